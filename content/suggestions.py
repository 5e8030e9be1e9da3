"""Articles of the portals that somebody may want to post: kept, renewed, put away; never queued by themselves.

What a feed or a page told comes in as plain values (`portal.values` has them; nothing here touches a network).
Authors are not kept. A suggestion that was taken up or dismissed is never opened again, however often the feed
shows it; when an article changed after it was taken, its editor is told.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Protocol
from urllib.parse import urlsplit

from sqlmodel import Session, col, func, select

from content.errors import ContentError
from content.tables import PortalSource, Suggestion
from content.vietnamese import fold, moment, nfc

NEW, TAKEN, DISMISSED = "new", "taken", "dismissed"
STATE_WORDS = {NEW: "Mới", TAKEN: "Đã lấy", DISMISSED: "Đã bỏ qua"}

NEW_AT_ONCE = 200
"""A feed that suddenly shows ten thousand articles does not bury the others."""
TITLE_MAX, SUMMARY_MAX = 300, 1000
"""Characters that are kept."""
LINK_MAX = 2000
CATEGORIES_MAX, CATEGORY_MAX = 10, 100
RAW_MAX = 100
KEY_MAX_BYTES = 1000
"""What an index holds on every database; longer keys are kept as their hash."""
SYSTEM = "Hệ thống"
PAGE = 500

CAPITALS = "Tiêu đề viết hoa toàn bộ; hãy viết thường như câu văn."
NO_LINK = "Bài không có liên kết; nếu lấy thì thành bài văn bản."
NO_DATE = "Bài không ghi ngày đăng nên không đo được độ trễ."
ONLY_DAY = "Bài chỉ ghi ngày, không ghi giờ đăng nên không đo được độ trễ."
CHANGED = "Bài gốc đã sửa sau khi lấy"


class Told(Protocol):
    """One article as a feed or a page tells it."""

    @property
    def title(self) -> str:
        """NFC, without tags."""

    @property
    def link(self) -> str | None:
        """Absolute, as the server wrote it; None when there is none."""

    @property
    def published(self) -> datetime | None:
        """Aware; None when it is not known."""

    @property
    def summary(self) -> str:
        """NFC, without tags."""

    @property
    def image(self) -> str | None:
        """Absolute; None when there is none."""

    @property
    def guid(self) -> str | None:
        """What the feed calls it."""

    @property
    def categories(self) -> tuple[str, ...]:
        """What the portal files it under."""

    @property
    def date_only(self) -> bool:
        """Whether only the day was told."""

    @property
    def published_raw(self) -> str:
        """What stood there."""

    @property
    def key(self) -> str:
        """What makes two articles the same one."""

    @property
    def superseded_by(self) -> int | None:
        """The place of the later item in the same feed that renews it."""

    @property
    def shouting(self) -> bool:
        """Whether the title is all capitals."""


class ToldTogether(Protocol):
    """What came of reading one feed or page."""

    @property
    def items(self) -> Sequence[Told]:
        """The articles, in the order in which they were told."""


@dataclass(slots=True)
class Recorded:
    """What became of the articles of one reading."""

    new: int = 0
    updated: int = 0
    same: int = 0
    changed_after: int = 0
    """Taken up before, and changed on the portal since."""
    left: int = 0
    """New ones beyond the limit; the next reading takes them."""
    ids: list[int] = field(default_factory=list)
    """The suggestions, in the order in which the articles were told."""


# Keeping what was told -----------------------------------------------------------------------------------


def record(
    session: Session,
    source: PortalSource | None,
    reading: ToldTogether,
    now: datetime,
    *,
    most: int = NEW_AT_ONCE,
    topic: str = "",
) -> Recorded:
    """Keep the articles of a reading as suggestions; the caller commits. `now` is aware UTC.

    The same article again renews its suggestion. `source` is None for an address that a person pasted; `topic`
    is then what they chose. At most `most` new ones are kept.
    """
    often = Counter(_guid(item) for item in reading.items)
    once = {guid for guid, count in often.items() if guid and count == 1}
    items = [
        (item, _key(item, source))
        for item in reading.items
        if item.superseded_by is None and (_line(item.title) or _line(item.summary))
    ]
    known = _Known(session, source, [item for item, _ in items], [key for _, key in items])
    done = Recorded()
    for item, key in items:
        values = _values(item)
        row = known.find(key, values, unique=values["guid"] in once)
        if row is None:
            if done.new >= most:
                done.left += 1
                continue
            row = Suggestion(
                source_id=source.id if source else None,
                dedupe_key=key,
                topic=source.topic if source else topic,
                notes=list(_notes(item, values)),
                seen_at=now,
                updated_at=now,
                **values,
            )
            session.add(row)
            session.flush()
            known.add(row)
            done.new += 1
        else:
            outcome = _renew(row, item, key, values, source, now)
            setattr(done, outcome, getattr(done, outcome) + 1)
        assert row.id is not None
        done.ids.append(row.id)
    session.flush()
    return done


class _Known:
    """The suggestions that the articles of one reading may be."""

    def __init__(
        self, session: Session, source: PortalSource | None, items: Sequence[Told], keys: Sequence[str]
    ) -> None:
        self.by_key: dict[str, Suggestion] = {}
        self.by_guid: dict[str, Suggestion] = {}
        guids = sorted({_guid(item) for item in items} - {""})
        for row in _rows_with(session, col(Suggestion.dedupe_key), sorted(set(keys))):
            self.by_key[row.dedupe_key] = row
        for row in _rows_with(session, col(Suggestion.guid), guids if source else []):
            if source is not None and row.source_id == source.id:
                self.by_guid[row.guid] = row

    def find(self, key: str, values: dict[str, Any], *, unique: bool) -> Suggestion | None:
        """By key; else by a guid that only one article of the feed has.

        Some portals number their articles by place, so a guid alone is believed only where the title or the
        hour is the same, too.
        """
        row = self.by_key.get(key)
        if row is not None or not unique:
            return row
        row = self.by_guid.get(values["guid"])
        if row is None:
            return None
        same_hour = row.published_at is not None and row.published_at == values["published_at"]
        return row if same_hour or fold(row.title) == fold(values["title"]) else None

    def add(self, row: Suggestion) -> None:
        self.by_key[row.dedupe_key] = row


def _rows_with(session: Session, column: Any, names: Sequence[str]) -> Iterator[Suggestion]:
    """The rows, locked in one order, in pieces that every database takes."""
    for place in range(0, len(names), 500):
        statement = select(Suggestion).where(column.in_(names[place : place + 500]))
        yield from session.exec(statement.order_by(col(Suggestion.id)).with_for_update())


def _renew(
    row: Suggestion, item: Told, key: str, values: dict[str, Any], source: PortalSource | None, now: datetime
) -> str:
    """Bring a known suggestion up to date; the answer names the count."""
    mine = source is not None and row.source_id in (None, source.id)
    if row.state == DISMISSED or not (mine or (source is None and row.source_id is None)):
        return "same"  # another feed's words of the same article would come and go with every reading
    if row.source_id is None and source is not None:
        row.source_id = source.id
    if row.state == TAKEN:
        words = ("title", "summary")
        if all(getattr(row, name) == values[name] for name in words):
            return "same"
        for name in words:
            setattr(row, name, values[name])
        row.notes = [note for note in row.notes if not note.startswith(CHANGED)] + [f"{CHANGED}, lúc {moment(now)}."]
        row.updated_at = now
        return "changed_after"
    if row.dedupe_key == key and all(getattr(row, name) == value for name, value in values.items()):
        return "same"
    for name, value in values.items():
        setattr(row, name, value)
    row.dedupe_key, row.notes, row.updated_at = key, list(_notes(item, values)), now
    return "updated"


def _values(item: Told) -> dict[str, Any]:
    """The columns an article fills, cleaned and cut."""
    told = item.published if item.published is not None and item.published.tzinfo is not None else None
    return {
        "title": cut(_line(item.title) or _line(item.summary), TITLE_MAX),
        "link": _address(item.link),
        "summary": cut(_line(item.summary), SUMMARY_MAX),
        "image": _address(item.image),
        "guid": _guid(item),
        "categories": [cut(_line(one), CATEGORY_MAX) for one in item.categories if _line(one)][:CATEGORIES_MAX],
        "published_at": told.astimezone(UTC) if told else None,
        "date_only": item.date_only,
        "published_raw": cut(_line(item.published_raw), RAW_MAX),
    }


def _notes(item: Told, values: dict[str, Any]) -> Iterator[str]:
    if item.shouting:
        yield CAPITALS
    if not values["link"]:
        yield NO_LINK
    if values["published_at"] is None and values["published_raw"]:
        yield f"Không đọc được ngày đăng “{values['published_raw']}”; hãy xem lại bài gốc."
    elif values["published_at"] is None:
        yield NO_DATE
    elif values["date_only"]:
        yield ONLY_DAY


def _key(item: Told, source: PortalSource | None) -> str:
    """What its reader says it is; else its title, which means something within one feed only."""
    if item.key:
        return _short(nfc(item.key))
    return _short(f"title:{source.id if source else 0}:{fold(item.title or item.summary)}")


def _guid(item: Told) -> str:
    return _short(_line(item.guid or ""))


def _short(text: str) -> str:
    text = _bare(text)
    raw = text.encode()
    return text if len(raw) <= KEY_MAX_BYTES else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _address(link: str | None) -> str:
    """The link exactly as it was told, or "" when no browser should follow it."""
    if not link or len(link) > LINK_MAX or not link.isprintable() or " " in link:
        return ""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return link if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def _line(text: str) -> str:
    """One line of NFC text without control characters and lone surrogates, which databases refuse."""
    return " ".join(_bare(nfc(text)).split())


def _bare(text: str) -> str:
    kept = (
        letter if letter == "\u200d" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " "
        for letter in text
    )
    return "".join(kept)


def cut(text: str, most: int) -> str:
    """`text` within `most` characters; what is too long ends at a word, with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    if not text[most - 1].isspace() and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:.-–") + "…"


# Looking and deciding ------------------------------------------------------------------------------------


def find_suggestion(session: Session, number: int) -> Suggestion:
    """The suggestion of that number, locked for this transaction. Raises `ContentError`."""
    row = session.exec(
        select(Suggestion).where(Suggestion.id == number).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise ContentError(f"Không có đề xuất số {number}; xem danh sách bằng lệnh: cchc portal suggestions.")
    return row


def suggestions(session: Session, search: str = "", *, limit: int = 50, everything: bool = False) -> list[Suggestion]:
    """Suggestions, new ones first and the newest of them first; `everything`: also taken and dismissed ones.

    `search` finds without marks, in title, summary and categories.
    """
    wanted = fold(search)
    found: list[Suggestion] = []
    for state in (NEW, TAKEN, DISMISSED) if everything else (NEW,):
        for row in _newest(session, state):
            if len(found) >= limit:
                return found
            if wanted in fold(" ".join((row.title, row.summary, *row.categories))):
                found.append(row)
    return found


def _newest(session: Session, state: str) -> Iterator[Suggestion]:
    """The suggestions in a state, newest first, page by page."""
    newest = select(Suggestion).where(Suggestion.state == state)
    newest = newest.order_by(col(Suggestion.seen_at).desc(), col(Suggestion.id).desc()).limit(PAGE)
    for start in count(0, PAGE):
        rows = session.exec(newest.offset(start)).all()
        yield from rows
        if len(rows) < PAGE:
            return


def still_new(row: Suggestion) -> None:
    """Raises `ContentError` that says what became of a suggestion which is not open any more."""
    by = f" bởi {row.decided_by}" if row.decided_by else ""
    if row.state == TAKEN:
        raise ContentError(f"Đề xuất {row.id} đã được lấy{by} thành bài “{row.post_key}”.")
    if row.state == DISMISSED:
        raise ContentError(f"Đề xuất {row.id} đã được bỏ qua{by}.")


def dismiss(session: Session, number: int, *, by: str, reason: str, now: datetime) -> Suggestion:
    """Put a suggestion away for good, with a reason; the caller commits. Raises `ContentError`."""
    by, reason = _line(by), _line(reason)
    if not by:
        raise ContentError("by: thiếu tên người thực hiện.")
    if not reason:
        raise ContentError("reason: hãy ghi lý do bỏ qua để người khác khỏi xem lại.")
    row = find_suggestion(session, number)
    still_new(row)
    row.state, row.decided_by, row.updated_at = DISMISSED, by, now
    row.notes = [*row.notes, f"Bỏ qua: {cut(reason, SUMMARY_MAX)}"]
    session.add(row)
    return row


def oldest_new(session: Session) -> datetime | None:
    """Since when the suggestion that waits longest has waited."""
    return session.exec(select(func.min(Suggestion.updated_at)).where(Suggestion.state == NEW)).one()


def put_away(session: Session, now: datetime, days: int, *, most: int = 500) -> int:
    """Dismiss what nobody answered for `days` days; how many. Nothing is deleted; the caller commits."""
    old = select(Suggestion).where(Suggestion.state == NEW, col(Suggestion.updated_at) < now - timedelta(days=days))
    rows = session.exec(old.order_by(col(Suggestion.id)).limit(most).with_for_update()).all()
    for row in rows:
        row.state, row.decided_by, row.updated_at = DISMISSED, SYSTEM, now
        row.notes = [*row.notes, f"Tự cất đi: {days} ngày không có người xử lý."]
        session.add(row)
    return len(rows)
