"""Articles of the portals that somebody may want to post: kept, renewed, put away; never queued by themselves.

What a feed or a page told comes in as `content.articles` made it ready; nothing here touches a network. Authors
are not kept. A suggestion that was taken up or dismissed is never opened again, however often the feed
shows it; when an article changed after it was taken, its editor is told.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, tuple_

from content.articles import SUMMARY_MAX, Article, cut, line
from content.errors import ContentError
from content.tables import PortalSource, Suggestion
from content.vietnamese import fold, moment

NEW, TAKEN, DISMISSED = "new", "taken", "dismissed"
STATE_WORDS = {NEW: "Mới", TAKEN: "Đã lấy", DISMISSED: "Đã bỏ qua"}

NEW_AT_ONCE = 200
"""A feed that suddenly shows ten thousand articles does not bury the others."""
SYSTEM = "Hệ thống"
AT_ONCE, PAGE = 500, 500
"""Names that are looked up, and rows that are read, by one statement."""
LOOKED_AT = 1_000
"""Suggestions that one page looks at, at most."""
SEARCHED_MAX = 100_000
"""Suggestions of one state that a search looks through."""

CHANGED = "Bài gốc đã sửa sau khi lấy"


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
    told: Sequence[Article],
    now: datetime,
    *,
    most: int = NEW_AT_ONCE,
    topic: str = "",
) -> Recorded:
    """Keep the articles of one reading as suggestions; the caller commits. `now` is aware UTC.

    The same article again renews its suggestion. `source` is None for an address that a person pasted; `topic`
    is then what they chose. At most `most` new ones are kept.
    """
    source_id = source.id if source else None
    items = [(article, article.key_in(source_id)) for article in told]
    known = _Known(session, source_id, items)
    done = Recorded()
    for article, key in items:
        row, is_new = known.find(key, article), False
        if row is None:
            if done.new >= most:
                done.left += 1
                continue
            row, is_new = _stored(
                session,
                Suggestion(
                    source_id=source_id,
                    dedupe_key=key,
                    topic=source.topic if source else topic,
                    notes=list(article.notes),
                    seen_at=now,
                    updated_at=now,
                    **article.values,
                ),
            )
            known.add(row)
        if is_new:
            done.new += 1
        else:
            outcome = _renew(row, article, key, source, now)
            setattr(done, outcome, getattr(done, outcome) + 1)
        assert row.id is not None
        done.ids.append(row.id)
    session.flush()
    return done


def _stored(session: Session, row: Suggestion) -> tuple[Suggestion, bool]:
    """The row and whether it is new: of two who are told of the same article at once, one makes it."""
    session.flush()  # what fails about the rows before it is none of its own
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        [theirs] = _rows_with(session, Suggestion.dedupe_key, {row.dedupe_key})
        return theirs, False
    return row, True


class _Known:
    """The suggestions that the articles of one reading may be."""

    def __init__(self, session: Session, source_id: int | None, items: Sequence[tuple[Article, str]]) -> None:
        self.by_key: dict[str, Suggestion] = {}
        self.by_guid: dict[str, Suggestion] = {}
        for row in _rows_with(session, Suggestion.dedupe_key, {key for _, key in items}):
            self.by_key[row.dedupe_key] = row
        if source_id is None:
            return
        guids = {article.values["guid"] for article, _ in items if article.unique}
        for row in _rows_with(session, Suggestion.guid, guids, col(Suggestion.source_id) == source_id):
            self.by_guid[row.guid] = row

    def find(self, key: str, article: Article) -> Suggestion | None:
        """By key; else by a guid that only one article of the feed has.

        Some portals number their articles by place, so a guid alone is believed only where the title or the
        hour is the same, too.
        """
        row = self.by_key.get(key)
        if row is not None or not article.unique:
            return row
        values = article.values
        row = self.by_guid.get(values["guid"])
        if row is None:
            return None
        same_hour = row.published_at is not None and row.published_at == values["published_at"]
        return row if same_hour or fold(row.title) == fold(values["title"]) else None

    def add(self, row: Suggestion) -> None:
        self.by_key[row.dedupe_key] = row


def _rows_with(
    session: Session, column: Any, names: Collection[str], *also: ColumnElement[bool]
) -> Iterator[Suggestion]:
    """The rows, locked in one order, in pieces that every database takes."""
    ordered = sorted(names)
    for place in range(0, len(ordered), AT_ONCE):
        statement = select(Suggestion).where(col(column).in_(ordered[place : place + AT_ONCE]), *also)
        yield from session.exec(statement.order_by(col(Suggestion.id)).with_for_update())


def _renew(row: Suggestion, article: Article, key: str, source: PortalSource | None, now: datetime) -> str:
    """Bring a known suggestion up to date; the answer names the count."""
    values = article.values
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
    row.dedupe_key, row.notes, row.updated_at = key, list(article.notes), now
    return "updated"


# Looking and deciding ------------------------------------------------------------------------------------


def find_suggestion(session: Session, number: int, *, locked: bool = True) -> Suggestion:
    """The suggestion of that number as it is now, held until the transaction ends if `locked`.

    Raises `ContentError`.
    """
    which = select(Suggestion).where(Suggestion.id == number).execution_options(populate_existing=True)
    row = session.exec(which.with_for_update() if locked else which).one_or_none()
    if row is None:
        raise ContentError(f"Không có đề xuất số {number}; xem danh sách bằng lệnh: cchc portal suggestions.")
    return row


def suggestions(session: Session, search: str = "", *, limit: int = 50, everything: bool = False) -> list[Suggestion]:
    """Suggestions, new ones first and the newest of them first; `everything`: also taken and dismissed ones.

    `search` finds without marks, in title, summary and categories, among the newest `SEARCHED_MAX` of each state.
    """
    wanted = fold(search)
    found: list[Suggestion] = []
    for state in (NEW, TAKEN, DISMISSED) if everything else (NEW,):
        for row in islice(_newest(session, state), SEARCHED_MAX):
            if len(found) >= limit:
                return found
            if wanted in fold(" ".join((row.title, row.summary, *row.categories))):
                found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of suggestions, and where the next one begins: behind this number; None at the end."""

    rows: list[Suggestion]
    after: int | None = None
    searched_on: bool = False
    """Older ones were not looked at yet: the page is not full, and yet there may be more."""


def page_of(
    session: Session,
    state: str,
    *,
    search: str = "",
    source_id: int | None = None,
    topic: str = "",
    after: int | None = None,
    limit: int = 30,
) -> Listed:
    """The suggestions in a state, newest first, from behind number `after`; `source_id` 0: pasted addresses.

    One page looks at no more than `LOOKED_AT` of them, however few of those are wanted. A number that is not there
    begins from the newest.
    """
    place = (col(Suggestion.seen_at), col(Suggestion.id))
    some = select(Suggestion.id).where(Suggestion.state == state).order_by(*(one.desc() for one in place))
    last = session.get(Suggestion, after) if after is not None else None
    if last is not None:
        some = some.where(tuple_(*place) < (last.seen_at, last.id))
    looked_at = [number for number in session.exec(some.limit(LOOKED_AT + 1)) if number is not None]
    more, looked_at = len(looked_at) > LOOKED_AT, looked_at[:LOOKED_AT]
    wanted = fold(search)
    found: list[int] = []
    for start in range(0, len(looked_at), AT_ONCE):
        for number, text in _narrowed(session, looked_at[start : start + AT_ONCE], source_id, topic):
            if len(found) == limit:
                return Listed(_in_order(session, found), found[-1])
            if not wanted or wanted in fold(text):
                found.append(number)
    return Listed(_in_order(session, found), looked_at[-1] if more else None, searched_on=more)


def _narrowed(session: Session, numbers: Sequence[int], source_id: int | None, topic: str) -> Iterator[tuple[int, str]]:
    """Those of the numbers that are of the source and topic, each with what is searched in it; in their order."""
    rows = select(Suggestion.id, Suggestion.title, Suggestion.summary, Suggestion.categories)
    rows = rows.where(col(Suggestion.id).in_(numbers))
    if source_id is not None:
        rows = rows.where(col(Suggestion.source_id).is_(None) if source_id == 0 else Suggestion.source_id == source_id)
    if topic:
        rows = rows.where(Suggestion.topic == topic)
    texts = {number: " ".join((title, summary, *tags)) for number, title, summary, tags in session.exec(rows)}
    for number in numbers:
        if number in texts:
            yield number, texts[number]


def _in_order(session: Session, numbers: Sequence[int]) -> list[Suggestion]:
    rows = {row.id: row for row in session.exec(select(Suggestion).where(col(Suggestion.id).in_(numbers)))}
    return [rows[number] for number in numbers]


def counts(session: Session) -> dict[str, int]:
    """How many suggestions stand in each state."""
    told = session.exec(select(Suggestion.state, func.count()).group_by(Suggestion.state))
    return {NEW: 0, TAKEN: 0, DISMISSED: 0, **dict(told.all())}


def _newest(session: Session, state: str) -> Iterator[Suggestion]:
    """The suggestions in a state, newest first, page by page, each page from where the last one ended."""
    place = tuple_(col(Suggestion.seen_at), col(Suggestion.id))
    newest = select(Suggestion).where(Suggestion.state == state)
    newest = newest.order_by(col(Suggestion.seen_at).desc(), col(Suggestion.id).desc()).limit(PAGE)
    rows = session.exec(newest).all()
    while rows:
        yield from rows
        last = rows[-1]
        rows = session.exec(newest.where(place < (last.seen_at, last.id))).all() if len(rows) == PAGE else []


def still_new(row: Suggestion) -> None:
    """Raises `ContentError` that says what became of a suggestion which is not open any more."""
    by = f" bởi {row.decided_by}" if row.decided_by else ""
    if row.state == TAKEN:
        raise ContentError(f"Đề xuất {row.id} đã được lấy{by} thành bài “{row.post_key}”.")
    if row.state == DISMISSED:
        raise ContentError(f"Đề xuất {row.id} đã được bỏ qua{by}.")


def dismiss(session: Session, number: int, *, by: str, reason: str, now: datetime) -> Suggestion:
    """Put a suggestion away for good, with a reason; the caller commits. Raises `ContentError`."""
    by, reason = line(by), line(reason)
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
