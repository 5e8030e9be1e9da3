"""What stands on which day: of every day the first few items of the queue and how many there are, and the empty slots.

A month of a busy office is thousands of rows, and a page shows a few of each day: so a day's items are cut off by the
database, by the index over `due_at`, and only the columns that are shown are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Integer, and_, column, exists, func, select, values
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from connectors.base import Part
from content.tables import Post
from content.vietnamese import local_day
from scheduler.autopilot import slot_times
from scheduler.channels import OFF
from scheduler.lifecycle import State
from scheduler.queue import OCCUPIES
from scheduler.tables import Channel, Publication, Slot

A_DAY = timedelta(days=1)


class Group(StrEnum):
    """States that mean the same to whoever plans."""

    WAITING = "cho-dang"
    TROUBLE = "can-xu-ly"
    PUBLISHED = "da-dang"
    OVER = "da-dung"


GROUP_WORDS = {
    Group.WAITING: "Chờ đăng",
    Group.TROUBLE: "Cần xử lý",
    Group.PUBLISHED: "Đã đăng",
    Group.OVER: "Đã hủy, đã gỡ, hết hiệu lực",
}
GROUPS: Mapping[Group, frozenset[State]] = {
    Group.WAITING: frozenset(
        {State.SCHEDULED, State.PREPARING, State.READY, State.PUBLISHING, State.UNCONFIRMED, State.RETRY_WAIT}
    ),
    Group.TROUBLE: frozenset({State.NEEDS_PERSON, State.HELD, State.FAILED, State.MISSED}),
    Group.PUBLISHED: frozenset({State.PUBLISHED}),
    Group.OVER: frozenset({State.CANCELLED, State.WITHDRAWN, State.EXPIRED}),
}
USUAL = frozenset(State) - {State.CANCELLED}
"""What a plan shows while nobody asks for more: a cancelled item is not part of it."""


class Item(NamedTuple):
    """One publication, as a calendar shows it. `due_at` is aware UTC."""

    id: int
    due_at: datetime
    part: str
    state: str
    channel_id: int
    post_key: str
    title: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which items; what is None is not asked for."""

    states: frozenset[State] = USUAL
    channel_id: int | None = None
    topic: str | None = None
    agency: str | None = None

    @property
    def every_post(self) -> bool:
        """Whether nothing is left out of what a channel sends: only then does an empty place mean anything."""
        return self.states == USUAL and self.topic is None and self.agency is None


@dataclass(frozen=True, slots=True)
class DayItems:
    """A day's first items by time, and how many it has."""

    items: tuple[Item, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class EmptySlot:
    """A channel's regular time with nothing in it. `at` is aware, local."""

    at: datetime
    channel_id: int


def agenda(session: Session, days: Sequence[date], wanted: Wanted, *, most: int) -> dict[date, DayItems]:
    """Of each local day at most `most` items by time, and the number of all; one statement."""
    span = _span(days)
    counted, cut = aliased(Publication), aliased(Publication)
    total = select(func.count()).select_from(counted).where(*_in_span(counted, span), *_wanted(counted, wanted))
    beyond = (
        select(col(cut.due_at))
        .where(*_in_span(cut, span), *_wanted(cut, wanted))
        .order_by(col(cut.due_at), col(cut.id))
        .limit(1)
        .offset(most)
    )
    part = select(
        *(span.c.place, span.c.since, span.c.until),
        total.correlate(span).scalar_subquery().label("total"),
        beyond.correlate(span).scalar_subquery().label("beyond"),
    ).cte("part")
    row = Publication
    shown = (row.id, row.due_at, row.part, row.state, row.channel_id, Post.key, Post.title)
    # what is due at the very moment of the first item beyond comes along, and is cut off below
    statement = (
        select(part.c.place, part.c.total, *(col(one) for one in shown))
        .select_from(part)
        .join(row, and_(*_in_span(row, part), col(row.due_at) <= func.coalesce(part.c.beyond, part.c.until)))
        .join(Post, col(Post.id) == col(row.post_id))
        .where(*_wanted(row, wanted))
        .order_by(col(row.due_at), col(row.id))
    )
    found: dict[date, list[Item]] = {}
    totals: dict[date, int] = {}
    for place, count, *facts in session.connection().execute(statement):
        found.setdefault(days[place], []).append(Item(*facts))
        totals[days[place]] = count
    return {on: DayItems(tuple(items[:most]), totals[on]) for on, items in found.items()}


def _span(days: Sequence[date]) -> CTE:
    """The days as rows: place, and from when until when."""
    moment = SQLModel.metadata.tables["publication"].c.due_at.type
    rows = [(place, midnight, midnight + A_DAY) for place, on in enumerate(days) for midnight in slot_times(on, [0])]
    return values(column("place", Integer), column("since", moment), column("until", moment)).data(rows).cte("span")


def _in_span(row: Any, span: CTE) -> tuple[ColumnElement[bool], ...]:
    return col(row.due_at) >= span.c.since, col(row.due_at) < span.c.until


def _wanted(row: Any, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    left_out = frozenset(State) - wanted.states
    yield col(row.state).not_in(left_out) if len(left_out) == 1 else col(row.state).in_(wanted.states)
    if wanted.channel_id is not None:
        yield col(row.channel_id) == wanted.channel_id
    if wanted.topic is not None or wanted.agency is not None:
        # looked up for each item of the days, never the other way round: a topic has thousands of posts
        post = aliased(Post)
        facts = [col(post.topic) == wanted.topic] if wanted.topic is not None else []
        facts += [col(post.agency) == wanted.agency] if wanted.agency is not None else []
        yield exists().where(col(post.id) == col(row.post_id), *facts)


def weekly_slots(session: Session) -> dict[int, list[tuple[int, int]]]:
    """The slots of every channel that is not off: weekday (0 is Monday) -> (minute, channel id)."""
    rows = session.connection().execute(
        select(col(Slot.weekday), col(Slot.minute), col(Slot.channel_id))
        .join(Channel, col(Channel.id) == col(Slot.channel_id))
        .where(col(Channel.state) != OFF)
        .order_by(col(Slot.minute), col(Slot.channel_id))
    )
    found: dict[int, list[tuple[int, int]]] = {}
    for weekday, minute, channel_id in rows:
        found.setdefault(weekday, []).append((minute, channel_id))
    return found


def empty_slots(
    session: Session, days: Sequence[date], *, now: datetime, channel_id: int | None = None
) -> dict[date, list[EmptySlot]]:
    """Of these days the slots that are still to come and that nothing occupies; at most two statements."""
    weekly = weekly_slots(session)
    slots = [
        EmptySlot(at, channel)
        for on in days
        for minute, channel in weekly.get(on.weekday(), ())
        if channel_id in (None, channel)
        for at in slot_times(on, [minute])
        if at > now
    ]
    taken = _taken(session, slots)
    found: dict[date, list[EmptySlot]] = {}
    for slot in sorted(slots, key=lambda one: one.at):
        if (slot.channel_id, slot.at) not in taken:
            found.setdefault(local_day(slot.at), []).append(slot)
    return found


def _taken(session: Session, slots: Sequence[EmptySlot]) -> set[tuple[int, datetime]]:
    if not slots:
        return set()
    statement = (
        select(col(Publication.channel_id), col(Publication.due_at))
        .where(
            col(Publication.due_at).in_({slot.at for slot in slots}),
            col(Publication.state).in_(OCCUPIES),
            col(Publication.part) == Part.POST,
        )
        .distinct()
    )
    return {(channel_id, at) for channel_id, at in session.connection().execute(statement)}
