"""Pauses as people order them: begun, ended, listed. Two who do it at once get one pause and one sentence."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Engine, and_, bindparam, func, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from content import tags
from content.errors import ContentError
from content.tables import Post
from content.vietnamese import moment, nfc
from content.words import REASON_WORDS
from scheduler.channels import find_channel
from scheduler.db import writing
from scheduler.pauses.scope import in_force, tell
from scheduler.tables import Channel, Pause

REASONS = REASON_WORDS
"""Why everything stops (domain 2.6)."""
WORDS_MOST = 1000
WHILE_WRITING = timedelta(minutes=10)
"""A beginning that passed so lately, while somebody filled in the form, means now."""
REMEMBERED = timedelta(days=366)
"""After a pause of this year nothing whose hour lay in it goes out by itself, however long the server stood still."""
NUMBER_MOST = 2**31 - 1
"""No number of a pause is larger; a database would refuse to compare it."""


class PauseError(Exception):
    """Something asked of a pause cannot be done; the message says why and the way out."""


def begin(
    engine: Engine,
    reason: str,
    words: str = "",
    *,
    channel_key: str = "",
    agency: str = "",
    tag: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime,
    by: str,
) -> Pause:
    """Stop everything, or one channel, one agency or one tag, from `since` (None: now) to `until` (None: until a
    person ends it).

    Times are aware. Raises `PauseError`, and `ChannelError` for a channel that does not exist.
    """
    words, agency = nfc(words).strip(), nfc(agency).strip()
    tag = _tag(tag)
    if reason not in REASONS:
        raise PauseError("Hãy chọn lý do tạm dừng trong danh sách.")
    if not by.strip():
        raise PauseError("Thiếu tên người tạm dừng.")
    if len(words) > WORDS_MOST:
        raise PauseError(f"Lời ghi dài {len(words)} ký tự; tối đa {WORDS_MOST} ký tự.")
    if [bool(channel_key), bool(agency), bool(tag)].count(True) > 1:
        raise PauseError("Mỗi lệnh tạm dừng chỉ có một phạm vi: toàn bộ, một kênh, một cơ quan hoặc một nhãn.")
    begins = _times(since, until, now)
    with writing(engine) as session:
        _one_at_a_time(session)
        if agency:
            _refuse_unknown(session, agency)
        pause = Pause(
            channel_id=find_channel(session, channel_key).id if channel_key else None, agency=agency, tag=tag,
            reason=reason, words=words, since=begins, at_once=begins == now, until=until, started_by=nfc(by.strip()),
        )  # fmt: skip
        _refuse_twice(standing(session, now=now), pause)
        session.add(pause)
    return pause


def _tag(text: str) -> str:
    try:
        found = tags.clean([tags.named(text.strip())])
    except ContentError as error:
        raise PauseError(f"Nhãn không dùng được: {error.words.removeprefix('tags: ')}") from None
    return found[0] if found else ""


def _times(since: datetime | None, until: datetime | None, now: datetime) -> datetime:
    """When it begins. Raises `PauseError` for times that make no sense."""
    begins = since or now
    if begins < now - WHILE_WRITING:
        raise PauseError(f"Giờ bắt đầu {moment(begins)} đã qua; hãy để trống để tạm dừng ngay từ bây giờ.")
    begins = max(begins, now)
    if until is not None and until <= now:
        raise PauseError(f"Giờ kết thúc {moment(until)} đã qua; hãy chọn một giờ trong tương lai hoặc để trống.")
    if until is not None and until <= begins:
        raise PauseError(f"Giờ kết thúc {moment(until)} phải sau giờ bắt đầu {moment(begins)}.")
    return begins


def _refuse_unknown(session: Session, agency: str) -> None:
    """Raises `PauseError` for a code that neither the plan, a channel nor a post knows."""
    from content.plan import active_plan  # who publishes asks for pauses at every tick, and orders none

    try:
        known = agency in {one.code for one in active_plan(session).agencies}
    except ContentError:
        known = False
    for table in (Channel, Post):
        known = known or session.exec(select(table.id).where(table.agency == agency).limit(1)).first() is not None
    if not known:
        raise PauseError(f"Không có cơ quan “{agency[:80]}” trong kế hoạch; hãy xem mã ở trang Cấu hình.")


def _refuse_twice(others: Sequence[Pause], new: Pause) -> None:
    """Raises `PauseError` for what already stands from first to last; to stop sooner or longer is new."""
    for one in others:
        same = (one.channel_id, one.agency, one.tag, one.reason) == (new.channel_id, new.agency, new.tag, new.reason)
        begun = one.since <= new.since
        lasts = one.until is None or (new.until is not None and new.until <= one.until)
        if same and begun and lasts:
            raise PauseError(f"Đã có lệnh tạm dừng này do {one.started_by} đặt nên không đặt hai lần. {tell(one)}")


def end(engine: Engine, pause_id: int, *, now: datetime, by: str) -> Pause:
    """Let things go on. What is held stays held until a person decides. Raises `PauseError`."""
    if not by.strip():
        raise PauseError("Thiếu tên người kết thúc tạm dừng.")
    with writing(engine) as session:
        pause = session.get(Pause, pause_id) if 0 < pause_id <= NUMBER_MOST else None
        if pause is None:
            raise PauseError(f"Không có lệnh tạm dừng số {pause_id}.")
        if pause.ended_at is None and pause.until is not None and pause.until <= now:
            raise PauseError(f"Lệnh tạm dừng số {pause_id} đã tự kết thúc lúc {moment(pause.until)}.")
        ending = update(Pause).where(col(Pause.id) == pause_id, col(Pause.ended_at).is_(None))
        if session.exec(ending.values(ended_at=now, ended_by=nfc(by.strip()))).rowcount != 1:
            session.refresh(pause)
            who = f"{pause.ended_by} kết thúc lúc {moment(pause.ended_at)}"
            raise PauseError(f"Lệnh tạm dừng số {pause_id} đã được {who}.")
        session.refresh(pause)
    return pause


def _one_at_a_time(session: Session) -> None:
    """Two who press the button at once come one after the other; on SQLite all writers do."""
    session.exec(select(Channel.id).order_by(col(Channel.id)).limit(1).with_for_update(key_share=True)).first()


# Reading ---------------------------------------------------------------------------------------------------

_END = func.coalesce(col(Pause.ended_at), col(Pause.until))


def _not_over(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return col(Pause.ended_at).is_(None) & or_(col(Pause.until).is_(None), col(Pause.until) > now)


def is_in_force(now: datetime) -> ColumnElement[bool]:
    """Whether a pause is in force, as a part of a statement."""
    return _not_over(now) & or_(col(Pause.since) <= now, col(Pause.at_once))


def standing(session: Session, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force and those still to come, oldest first."""
    return session.exec(_standing(), params={"now": now}).all()


@cache
def _standing() -> SelectOfScalar[Pause]:
    return select(Pause).where(_not_over(bindparam("now"))).order_by(col(Pause.since), col(Pause.id))


def active(session: Session, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force now, oldest first."""
    return [one for one in standing(session, now=now) if in_force(one, now)]


def counting(session: Session, *, now: datetime) -> Sequence[Pause]:
    """The pauses in force now, and those that are over: what was due in one of them still asks for a person."""
    return session.exec(_counting(), params={"now": now, "lately": now - REMEMBERED}).all()


@cache
def _counting() -> SelectOfScalar[Pause]:
    """Put together once: every tick asks."""
    lately = or_(_END.is_(None), bindparam("lately", type_=_END.type) < _END)
    statement = select(Pause).where(_has_begun(), lately)
    return statement.order_by(col(Pause.since), col(Pause.id))


def _has_begun() -> ColumnElement[bool]:
    return or_(col(Pause.since) <= bindparam("now"), and_(col(Pause.at_once), col(Pause.ended_at).is_(None)))


def counts_now() -> ColumnElement[bool]:
    """Of those that are counting: in force now, as a part of a statement for `:now`."""
    return and_(_has_begun(), or_(_END.is_(None), bindparam("now", type_=_END.type) < _END))


def counts_for(at: Any) -> ColumnElement[bool]:
    """Of those that are counting: in force at that moment, perhaps over since; as a part of a statement for `:now`."""
    return and_(_has_begun(), col(Pause.since) <= at, at < _END)


def between(session: Session, since: datetime, until: datetime) -> Sequence[Pause]:
    """The pauses that are or were in force at some moment from `since` to before `until`, oldest first."""
    statement = select(Pause).where(
        col(Pause.since) < until, or_(_END.is_(None), since < _END), or_(_END.is_(None), col(Pause.since) < _END)
    )
    return session.exec(statement.order_by(col(Pause.since), col(Pause.id))).all()


def remaining(session: Session, ended: Pause, *, now: datetime) -> Sequence[Pause]:
    """What still holds, now that this one is over: pauses in force that may cover the same posts."""
    others = (one for one in active(session, now=now) if one.id != ended.id)
    return [one for one in others if None in (one.channel_id, ended.channel_id) or one.channel_id == ended.channel_id]


def every(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[Pause]:
    """All pauses past and present, the latest first; `before`: those with a smaller number than this."""
    statement = select(Pause).order_by(col(Pause.id).desc()).limit(limit)
    if before is not None:
        statement = statement.where(col(Pause.id) < min(before, NUMBER_MOST))
    return session.exec(statement).all()
