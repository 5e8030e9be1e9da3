"""What was done, newest first, read from three tables that never meet in one statement.

Each table gives at most one page, by its index on the time; the pages are merged here. A page ends at a moment, a
table and a row, so that many things of one moment are told once each. A search that may find little looks through a
window of time only, and the next page goes on behind it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import ColumnElement, and_, not_, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from content.tables import Post, Review
from scheduler.lifecycle import Event
from scheduler.queue import MOST
from scheduler.tables import Channel, Publication, PublicationEvent
from web.stories import Story, of_act, of_event, of_review
from web.tables import DeskAct

PER_PAGE = 50
WINDOW = timedelta(days=62)
"""How far back one page of a narrowed search looks."""
TECHNICAL = (Event.CLAIMED, Event.STEP_DONE, Event.PREPARED, Event.STALE, Event.LOOK_AGAIN)
"""The system's own steps: they stand in the life of each publication, and in the stream only when asked for."""
EVENTS, REVIEWS, ACTS = 0, 1, 2
MODELS: dict[int, type[PublicationEvent] | type[Review] | type[DeskAct]] = {
    EVENTS: PublicationEvent,
    REVIEWS: Review,
    ACTS: DeskAct,
}
KINDS = {"dang": EVENTS, "duyet": REVIEWS, "khac": ACTS}
"""What a person may ask for -> the table that tells it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"(\d{10,17})-([0-3])-(\d{1,10})")
Row = TypeVar("Row", PublicationEvent, Review, DeskAct)


class After(NamedTuple):
    """Where a page ended: the next one begins with what is older, or stands behind it in the same moment."""

    at: datetime
    table: int
    id: int

    def __str__(self) -> str:
        return f"{_exactly(self.at)}-{self.table}-{self.id}"


def _exactly(at: datetime) -> int:
    """Microseconds since 1970; no rounding, because a cursor that is off by one loses a row."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def after_of(text: str) -> After | None:
    """Where to go on, as an address tells it; None when it tells nothing that makes sense."""
    found = _CURSOR.fullmatch(text)
    if not found:
        return None
    try:
        at = _EPOCH + timedelta(microseconds=int(found[1]))
    except OverflowError:
        return None
    number = int(found[3])
    return After(at, int(found[2]), number) if at.year < 2200 and number <= MOST else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the stream is narrowed to; empty: everything. Times are aware."""

    person: str = ""
    kind: str = ""
    channel_id: int = 0
    since: datetime | None = None
    until: datetime | None = None
    technical: bool = False
    after: After | None = None

    @property
    def is_sparse(self) -> bool:
        """Whether there may be little of it among much else."""
        return bool(self.person or self.channel_id)


class Page(NamedTuple):
    """A page of stories, and where the next one begins."""

    stories: list[Story]
    after: After | None
    until: datetime | None
    """When the page looked through a window only: back to when."""


def stories(session: Session, wanted: Wanted, now: datetime) -> Page:
    """One page of what was done, newest first."""
    top = wanted.after.at if wanted.after else wanted.until or now
    bottom = wanted.since
    if wanted.is_sparse:
        bottom = max(top - WINDOW, wanted.since or top - WINDOW)
    wanted = replace(wanted, since=bottom)
    tables = [KINDS[wanted.kind]] if wanted.kind else list(KINDS.values())
    if wanted.channel_id:
        tables = [one for one in tables if one == EVENTS]
    read: dict[int, Callable[[Session, Wanted], Sequence[tuple[int, Story]]]] = {
        EVENTS: _events, REVIEWS: _reviews, ACTS: _acts,
    }  # fmt: skip
    # newest first, then in the order of the tables, then the newest row
    keyed = [((-_exactly(one.at), table, -row), one) for table in tables for row, one in read[table](session, wanted)]
    found = sorted(keyed, key=lambda pair: pair[0])
    shown = found[:PER_PAGE]
    if len(found) > PER_PAGE:
        _, table, row = shown[-1][0]
        return Page([one for _, one in shown], After(shown[-1][1].at, table, -row), None)
    looked = bottom if wanted.is_sparse and bottom == top - WINDOW else None
    if looked is None or not any(_is_older(session, MODELS[table], looked) for table in tables):
        return Page([one for _, one in shown], None, None)
    return Page([one for _, one in shown], After(looked, ACTS + 1, 0), looked)


def _is_older(session: Session, model: type[PublicationEvent] | type[Review] | type[DeskAct], than: datetime) -> bool:
    """Whether anything at all happened before; then it is worth going on."""
    return session.exec(select(model.id).where(col(model.at) < than).limit(1)).first() is not None


def _rows(session: Session, table: int, model: type[Row], wanted: Wanted, *more: ColumnElement[bool]) -> Sequence[Row]:
    """The newest rows of one table that belong on the page, and one more."""
    at, number, after = col(model.at), col(model.id), wanted.after
    where = list(more)
    if wanted.until is not None:
        where.append(at < wanted.until)
    if wanted.since is not None:
        where.append(at >= wanted.since)
    if after is not None:
        where.append(at <= after.at)
        if table == after.table:
            where.append(not_(and_(at == after.at, number >= after.id)))
        elif table < after.table:
            where.append(at != after.at)
    if wanted.person:
        actor = col(model.actor)
        # whoever acts in another's name is called "name (thay …)"
        where.append(or_(actor == wanted.person, actor.startswith(f"{wanted.person} (thay ", autoescape=True)))
    statement: SelectOfScalar[Row] = select(model).where(*where)
    return session.exec(statement.order_by(at.desc(), number.desc()).limit(PER_PAGE + 1)).all()


def _events(session: Session, wanted: Wanted) -> list[tuple[int, Story]]:
    where: list[ColumnElement[bool]] = []
    if not wanted.technical:
        where.append(col(PublicationEvent.event).not_in(TECHNICAL))
    if wanted.channel_id:
        mine = select(Publication.id).where(
            col(Publication.id) == col(PublicationEvent.publication_id), Publication.channel_id == wanted.channel_id
        )
        where.append(mine.exists())
    rows = _rows(session, EVENTS, PublicationEvent, wanted, *where)
    facts = {
        publication.id: (title, publication.part, channel)
        for publication, title, channel in session.exec(
            select(Publication, Post.title, Channel.name).where(
                col(Publication.id).in_({row.publication_id for row in rows}),
                col(Publication.post_id) == col(Post.id),
                col(Publication.channel_id) == col(Channel.id),
            )
        )
    }
    return [(row.id or 0, of_event(row, *facts[row.publication_id])) for row in rows]


def _reviews(session: Session, wanted: Wanted) -> list[tuple[int, Story]]:
    rows = _rows(session, REVIEWS, Review, wanted)
    titles = {
        post.id: post for post in session.exec(select(Post).where(col(Post.id).in_({row.post_id for row in rows})))
    }
    return [(row.id or 0, of_review(row, titles[row.post_id].key, titles[row.post_id].title)) for row in rows]


def _acts(session: Session, wanted: Wanted) -> list[tuple[int, Story]]:
    return [(row.id or 0, of_act(row)) for row in _rows(session, ACTS, DeskAct, wanted)]
