"""The portals' feeds that are read for suggestions: which there are, when each is due, how each stands.

Reading itself needs a network and happens elsewhere (`scheduler.intake`). A source belongs to one reader at a
time: whoever moves its `next_at` to the end of a lease. A reader that dies leaves the lease to run out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from content.errors import ContentError
from content.keys import KEY
from content.tables import PortalSource, Suggestion
from content.vietnamese import moment, nfc

if TYPE_CHECKING:
    from content.plan import Plan

EVERY_MIN, EVERY_MAX = 5, 1440
"""Minutes between two readings of one feed."""
LEASE = timedelta(minutes=9, seconds=59)
"""How long one reading may take. No rhythm of whole minutes looks like it, so a lease is told from a pause."""
RETRY_FIRST, RETRY_LAST = timedelta(minutes=30), timedelta(hours=6)
WAIT_MAX = timedelta(days=1)
"""The longest wait a server may ask for; one that asks for a year is not believed."""
ADDRESS_MAX = 2000
MARK_MAX = 500


def add_source(
    session: Session,
    plan: "Plan",
    *,
    key: str,
    address: str,
    now: datetime,
    name: str = "",
    topic: str = "",
    agency: str = "",
    every_minutes: int = 30,
) -> PortalSource:
    """Add a feed; it is read at the next turn. The caller commits. `now` is aware UTC.

    Raises `ContentError` that names the field when something does not fit the plan or is in use.
    """
    key, address, name = nfc(key.strip()), check_address(address), " ".join(nfc(name).split())
    if len(key) > 40 or not KEY.fullmatch(key):
        raise ContentError(
            f"key: “{key}” phải là chữ thường không dấu, số và gạch nối, tối đa 40 ký tự, như cong-cchc."
        )
    _fits_the_plan(plan, topic, agency, every_minutes)
    for taken in session.exec(select(PortalSource)):
        if taken.key == key:
            raise ContentError(f"key: tên nguồn “{key}” đã dùng cho {taken.address}; hãy chọn tên khác.")
        if _same(taken.address) == _same(address):
            raise ContentError(f"address: địa chỉ này đã có, là nguồn “{taken.key}”.")
    source = PortalSource(
        key=key,
        name=name or urlsplit(address).hostname or key,
        address=address,
        topic=topic,
        agency=agency,
        every_minutes=every_minutes,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(source)
    except IntegrityError:
        raise ContentError("key: người khác vừa thêm nguồn này; hãy xem danh sách nguồn.") from None
    return source


def check_address(address: str) -> str:
    """The address without blanks around it. Raises `ContentError` for one that is no page on the web."""
    address = nfc(address.strip())
    wrong = ContentError(f"address: “{address[:200]}” không phải địa chỉ trang; hãy viết đủ, như https://….")
    try:
        parts = urlsplit(address)
        _port = parts.port  # raises for one that is none
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or len(address) > ADDRESS_MAX:
        raise wrong
    if not address.isprintable() or " " in address:
        raise wrong
    if parts.username is not None or parts.password is not None:
        raise ContentError("address: địa chỉ không được chứa tên đăng nhập hay mật khẩu; hãy bỏ phần trước dấu @.")
    return address


def change_source(
    session: Session, plan: "Plan", key: str, *, name: str, topic: str, agency: str, every_minutes: int
) -> PortalSource:
    """What is said of a feed, but for its key and address; the caller commits. A new rhythm counts from the next
    reading on.

    Raises `ContentError` that names the field when something does not fit the plan.
    """
    source = find_source(session, key)
    _fits_the_plan(plan, topic, agency, every_minutes)
    source.name = " ".join(nfc(name).split()) or urlsplit(source.address).hostname or key
    source.topic, source.agency, source.every_minutes = topic, agency, every_minutes
    session.add(source)
    return source


def _fits_the_plan(plan: "Plan", topic: str, agency: str, every_minutes: int) -> None:
    if not EVERY_MIN <= every_minutes <= EVERY_MAX:
        raise ContentError(f"every_minutes: nhịp đọc phải từ {EVERY_MIN} đến {EVERY_MAX} phút.")
    if topic and plan.topic(topic) is None:
        raise ContentError(f"topic: kế hoạch không có nội dung “{topic}”; chỉ có {', '.join(plan.letters)}.")
    codes = [one.code for one in plan.agencies]
    if agency and agency not in codes:
        raise ContentError(f"agency: kế hoạch không có cơ quan “{agency}”; chỉ có {', '.join(codes)}.")


def _same(address: str) -> tuple[str, str, str]:
    """What makes two addresses the same feed: not the protocol, not the case of the host."""
    parts = urlsplit(address)
    return parts.netloc.casefold(), parts.path or "/", parts.query


def find_source(session: Session, key: str) -> PortalSource:
    """The source staff call `key`. Raises `ContentError` that lists the known ones."""
    source = session.exec(_locked(PortalSource.key == key)).one_or_none()
    if source is None:
        known = ", ".join(session.exec(select(PortalSource.key).order_by(PortalSource.key)).all())
        raise ContentError(f"Không có nguồn “{key}”. Các nguồn hiện có: {known or 'chưa có nguồn nào'}.")
    return source


def _locked(which: Any) -> SelectOfScalar[PortalSource]:
    """The row as it is now, held until the transaction ends."""
    return select(PortalSource).where(which).with_for_update().execution_options(populate_existing=True)


def sources(session: Session) -> Sequence[PortalSource]:
    """Every source, by key."""
    return session.exec(select(PortalSource).order_by(PortalSource.key)).all()


def pause_source(session: Session, key: str, *, active: bool) -> PortalSource:
    """Stop reading a source, or read it again from the next turn on; the caller commits."""
    source = find_source(session, key)
    if active and not source.active:
        source.next_at, source.failures = None, 0
    source.active = active
    session.add(source)
    return source


def remove_source(session: Session, key: str) -> None:
    """Forget a source that never suggested anything; the caller commits.

    Raises `ContentError` for one that did: its suggestions tell where an article came from.
    """
    source = find_source(session, key)
    count = session.exec(select(func.count()).where(col(Suggestion.source_id) == source.id)).one()
    if count:
        raise ContentError(
            f"Nguồn “{key}” đã có {count} đề xuất nên không xóa được; hãy tạm dừng nguồn này (cchc portal pause {key})."
        )
    session.delete(source)


# Reading in turn -----------------------------------------------------------------------------------------


def due_sources(session: Session, now: datetime) -> Sequence[PortalSource]:
    """The sources to read at `now`, those that waited longest first."""
    due = or_(col(PortalSource.next_at).is_(None), col(PortalSource.next_at) <= now)
    statement = select(PortalSource).where(col(PortalSource.active).is_(True), due)
    return session.exec(statement.order_by(col(PortalSource.checked_at).nulls_first(), col(PortalSource.id))).all()


def is_being_read(source: PortalSource, now: datetime) -> bool:
    """Whether somebody's lease on it still runs."""
    if source.next_at is None or source.checked_at is None:
        return False
    return source.next_at > now and source.next_at - source.checked_at == LEASE


def claim(session: Session, source: PortalSource, now: datetime) -> datetime | None:
    """Take a source for one reading, as it was seen; the lease's end, or None when another was faster."""
    seen = (
        col(PortalSource.next_at).is_(None) if source.next_at is None else col(PortalSource.next_at) == source.next_at
    )
    statement = update(PortalSource).where(col(PortalSource.id) == source.id, seen)
    until = now + LEASE
    taken = session.exec(
        statement.values(next_at=until, checked_at=now).execution_options(synchronize_session=False)
    ).rowcount
    return until if taken == 1 else None


def leased(session: Session, source_id: int, until: datetime) -> PortalSource | None:
    """The source, locked, while the lease that ends at `until` is ours; None when it went to somebody else."""
    source = session.exec(_locked(PortalSource.id == source_id)).one_or_none()
    return source if source is not None and source.next_at == until else None


def went_well(source: PortalSource, now: datetime, etag: str, last_modified: str, *, words: str = "") -> None:
    """Write down a reading that worked; what was wrong before is forgotten. `words`: what was odd."""
    source.failures, source.words, source.ok_at = 0, words, now
    # half a tag is worse than none
    source.etag, source.last_modified = (mark if len(mark) <= MARK_MAX else "" for mark in (etag, last_modified))
    source.next_at = now + timedelta(minutes=source.every_minutes)


def went_wrong(source: PortalSource, now: datetime, words: str, wait: timedelta | None = None) -> None:
    """Write down a reading that came to nothing, and when to try again: later each time, at most `RETRY_LAST`.

    `wait` is what the server asked for; it is obeyed up to a day.
    """
    first = min(RETRY_FIRST, timedelta(minutes=source.every_minutes))
    pause = min(first * 2 ** min(source.failures, 12), RETRY_LAST)
    if wait is not None:
        pause = max(pause, min(wait, WAIT_MAX))
    source.failures += 1
    source.words, source.next_at = words, now + pause


def how_it_stands(source: PortalSource) -> str:
    """One sentence for staff: what is wrong since when, or when it was read last."""
    if not source.active:
        return "Đang tạm dừng."
    last = moment(source.ok_at) if source.ok_at else "chưa lần nào"
    if source.failures:
        return f"{source.words} Lần đọc được gần nhất: {last}; đọc lại lúc {moment(source.next_at)}."
    if source.ok_at is None:
        return "Chưa đọc lần nào."
    return f"Đọc tốt lúc {last}. {source.words}".strip()
