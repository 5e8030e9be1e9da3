"""What the autopilot's pages show of the queue: its decisions for the coming days, and the slots nobody fills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from sqlmodel import Session, col, select

from connectors.base import Part
from content.tables import Post
from content.vietnamese import LOCAL, local, local_day
from scheduler.agenda import EmptySlot
from scheduler.calendar_tables import Choice
from scheduler.lifecycle import OPEN
from scheduler.moving import MOVABLE
from scheduler.rows import one_of
from scheduler.tables import JobRun, Publication
from web.marks import Mark

DAYS, MOST = 14, 200
"""So many coming days are shown, and at most so many items of them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One item that the autopilot put into the queue."""

    number: int
    at: datetime
    title: str
    post_key: str
    channel: Mark
    state: str
    reason: str
    pinned: bool
    open: bool
    """A person may still change it."""


@dataclass(frozen=True, slots=True)
class Day:
    """The decisions for one local day."""

    on: date
    items: tuple[Decided, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """A slot with nothing in it."""

    at: datetime
    channel: Mark

    @property
    def day(self) -> str:
        """Its local day as an address says it."""
        return f"{local(self.at):%Y-%m-%d}"


def decided(session: Session, known: Mapping[int, Mark], wishes: Sequence[Choice], *, now: datetime) -> list[Day]:
    """What the autopilot has queued for the coming days, by the index over `due_at`."""
    until = datetime.combine(local_day(now) + timedelta(days=DAYS), time(), LOCAL)
    statement = (
        select(Publication, Post.key, Post.title)
        .where(
            col(Publication.post_id) == col(Post.id),
            col(Publication.due_at) > now,
            col(Publication.due_at) < until,
            Publication.origin == "autopilot",
            Publication.part == Part.POST,
            one_of(OPEN),
        )
        .order_by(col(Publication.due_at), col(Publication.id))
        .limit(MOST)
    )
    items = [
        Decided(
            row.id or 0,
            row.due_at,
            title,
            key,
            known[row.channel_id],
            row.state,
            row.reason,
            any(covers(wish, row) for wish in wishes),
            row.state in MOVABLE,
        )
        for row, key, title in session.exec(statement)
    ]
    return [Day(on, tuple(day)) for on, day in groupby(items, lambda one: local_day(one.at))]


def covers(wish: Choice, row: Publication) -> bool:
    """Whether this pin holds the item where it stands."""
    on = local_day(row.due_at)
    return (
        wish.kind == "pin"
        and wish.post_id == row.post_id
        and wish.channel_id in (None, row.channel_id)
        and wish.since <= on <= (wish.until or on)
    )


def empty(slots: Mapping[date, Sequence[EmptySlot]], known: Mapping[int, Mark]) -> list[Empty]:
    """Empty slots by time."""
    return [Empty(one.at, known[one.channel_id]) for day in slots.values() for one in day if one.channel_id in known]


def last_run(session: Session) -> JobRun | None:
    """When the calendar job ran last."""
    statement = select(JobRun).where(JobRun.job == "plan").order_by(col(JobRun.slot).desc()).limit(1)
    return session.exec(statement).first()
