"""What stands on which day: of every day the first few items of the queue and how many there are, and the empty slots.

A month of a busy office is thousands of rows, and a page shows a few of each day: so a day's items are cut off by the
database, by the index over `due_at`, and only the columns that are shown are read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from connectors.base import Part
from content.tables import CampaignPost, Post
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
    campaign_id: int | None = None

    @property
    def every_post(self) -> bool:
        """Whether nothing is left out of what a channel sends: only then does an empty place mean anything."""
        return self.states == USUAL and {self.topic, self.agency, self.campaign_id} == {None}


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
    asked: dict[str, Any] = {
        "most": most, "channel": wanted.channel_id, "topic": wanted.topic, "agency": wanted.agency,
        "campaign": wanted.campaign_id,
    }  # fmt: skip
    for place, on in enumerate(days):
        asked |= {f"since{place}": slot_times(on, [0])[0], f"until{place}": slot_times(on, [0])[0] + A_DAY}
    asked |= {"first": slot_times(min(days), [0])[0], "end": slot_times(max(days), [0])[0] + A_DAY}
    filters = tuple(name for name in ("channel", "topic", "agency", "campaign") if asked[name] is not None)
    statement = _statement(len(days), wanted.states, filters)
    found: dict[date, list[Item]] = {}
    totals: dict[date, int] = {}
    for place, count, *facts in session.connection().execute(statement, asked):
        found.setdefault(days[place], []).append(Item(*facts))
        totals[days[place]] = count
    return {on: DayItems(tuple(items[:most]), totals[on]) for on, items in found.items()}


@lru_cache(maxsize=128)
def _statement(days: int, states: frozenset[State], filters: tuple[str, ...]) -> Select[Any]:
    """The statement for so many days, made once: putting it together takes longer than running it."""
    span = _span(days)
    counted, cut, row = aliased(Publication), aliased(Publication), Publication
    total = (
        select(func.count()).select_from(counted).where(*_in_span(counted, span), *_wanted(counted, states, filters))
    )
    beyond = (
        select(col(cut.due_at))
        .where(*_in_span(cut, span), *_wanted(cut, states, filters))
        .order_by(col(cut.due_at))
        .limit(1)
        .offset(bindparam("most", type_=Integer))
    )
    counts = select(
        *(span.c.place, span.c.since, span.c.until),
        total.correlate(span).scalar_subquery().label("total"),
        beyond.correlate(span).scalar_subquery().label("beyond"),
    )
    # once for each day, not once for each of its rows
    part = counts.cte("part").prefix_with("MATERIALIZED")
    shown = (row.id, row.due_at, row.part, row.state, row.channel_id, Post.key, Post.title)
    # What is due at the very moment of the first item beyond comes along, and `agenda` cuts it off. SQLite goes from
    # the first lower bound that is told to the first upper one, so the narrow ones come first. All days are told once
    # more in plain moments: in spans that are joined PostgreSQL expects a large part of the whole past.
    due = col(row.due_at)
    narrow = (due >= part.c.since, due <= func.coalesce(part.c.beyond, part.c.until), due < part.c.until)
    wide = (due >= bindparam("first"), due < bindparam("end"))
    return (
        select(part.c.place, part.c.total, *(col(one) for one in shown))
        .select_from(part)
        .join(row, and_(*narrow, *wide))
        .join(Post, col(Post.id) == col(row.post_id))
        .where(*_wanted(row, states, filters))
        .order_by(col(row.due_at), col(row.id))
    )


def _span(days: int) -> CTE:
    """The days as rows: place, and from when until when."""
    moment = SQLModel.metadata.tables["publication"].c.due_at.type
    rows = [
        select(
            literal_column(str(place), Integer).label("place"),
            bindparam(f"since{place}", type_=moment).label("since"),
            bindparam(f"until{place}", type_=moment).label("until"),
        )
        for place in range(days)
    ]
    return union_all(*rows).cte("span")


def _in_span(row: Any, span: CTE) -> tuple[ColumnElement[bool], ...]:
    return col(row.due_at) >= span.c.since, col(row.due_at) < span.c.until


def _wanted(row: Any, states: frozenset[State], filters: Sequence[str]) -> Iterable[ColumnElement[bool]]:
    # told by what is left out: asked for one state, a database would rather read all of that state than some days
    yield col(row.state).not_in(sorted(frozenset(State) - states))
    if "channel" in filters:
        yield col(row.channel_id) == bindparam("channel", type_=Integer)
    # looked up for each item of the days, never the other way round: a topic has thousands of posts
    post = aliased(Post)
    columns = {"topic": post.topic, "agency": post.agency}
    facts = [col(column) == bindparam(name, type_=String) for name, column in columns.items() if name in filters]
    if facts:
        yield exists().where(col(post.id) == col(row.post_id), *facts)
    if "campaign" in filters:
        member = aliased(CampaignPost)
        mine = col(member.campaign_id) == bindparam("campaign", type_=Integer)
        yield exists().where(col(member.post_id) == col(row.post_id), mine)


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
        for midnight in slot_times(on, [0])
        if midnight + A_DAY > now
        for minute, channel in weekly.get(on.weekday(), ())
        if channel_id in (None, channel) and (at := midnight + timedelta(minutes=minute)) > now
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
