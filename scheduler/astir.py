"""Whether time has overtaken anything: the one statement of an idle tick, however much waits or went out.

A tick comes every few seconds and nearly all of them find nothing to do. Each condition here belongs to a step of the
sweep (`scheduler.sweep`, `scheduler.overtaken`), which uses the same one; where the step decides by more than that,
the condition here is the wider one. So silence here means that the sweep would change nothing; a test holds that.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Engine,
    ScalarSelect,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
)
from sqlalchemy import select as columns
from sqlmodel import col

from connectors.base import Part
from content.tables import Editorial, Post
from scheduler.channels import CONNECTED, is_reopening
from scheduler.db import looking, spelled
from scheduler.lanes import due_platforms
from scheduler.lifecycle import WAITING, WORKING, Event, State
from scheduler.limits import BELIEVED, is_believed
from scheduler.pauses.orders import counts_for, counts_now
from scheduler.retry import LATE
from scheduler.rows import is_held
from scheduler.tables import Channel, Pause, Publication

STILL = (State.SCHEDULED, State.READY, State.RETRY_WAIT)
"""States in which the clock may still move a row."""


class Seen(NamedTuple):
    """What there is to do."""

    sweep: bool
    """The sweep may find something."""
    platforms: Sequence[str]
    """Where something is due that may be claimed, as long as nothing is swept."""


def look(engine: Engine, *, now: datetime) -> Seen:
    """What there is to do at `now` (aware)."""
    with looking(engine) as connection:
        told = {"now": now, "late": now - LATE, "believed": now - BELIEVED}
        found = set(connection.execute(_what(), told).scalars())
    return Seen(_SWEEP in found, sorted(found - {_SWEEP}))


# The conditions, for `:now`, `:late` (so long ago that who is due since then is late) and `:believed` --------------


def _now() -> BindParameter[datetime]:
    return bindparam("now")


def lease_is_over() -> ColumnElement[bool]:
    """Rows whose worker is dead."""
    return and_(col(Publication.state).in_(spelled(WORKING)), col(Publication.lease_until) < _now())


def waits_without_a_word() -> ColumnElement[bool]:
    """Rows whose time has come and that nothing was said about."""
    row = Publication
    return and_(col(row.state).in_(spelled(WAITING)), col(row.next_attempt_at) <= _now(), col(row.problem) == "")


def is_stopped() -> ColumnElement[bool]:
    """Channels that nothing is written to now."""
    return or_(col(Channel.state) != CONNECTED, col(Channel.not_before) > _now())


def waits_for_its_approval() -> ColumnElement[bool]:
    """Rows held only for an approval that has come; for statements that join the post."""
    return and_(is_held(Event.APPROVAL_LOST), col(Post.state) == Editorial.APPROVED)


def is_late_and_may_go() -> ColumnElement[bool]:
    """Rows that may be sent now and whose hour is long over; for statements that join the channel."""
    return and_(
        col(Publication.state).in_(spelled(STILL)),
        col(Publication.next_attempt_at) <= _now(),
        col(Publication.due_at) < bindparam("late"),
        col(Publication.part) == Part.POST,
        col(Channel.state) == CONNECTED,
        or_(col(Channel.not_before).is_(None), col(Channel.not_before) <= _now()),
    )


def _is_over() -> ColumnElement[bool]:
    """The late rule of something that waits has come to its end."""
    ends = col(Publication.late_until)
    firsts = (columns(func.min(ends)).where(col(Publication.state) == word) for word in spelled(STILL))
    return or_(*(one.scalar_subquery() < _now() for one in firsts))


def _first_waiting(*since: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The earliest hour of what waits."""
    due = col(Publication.due_at)
    waits = columns(due).where(col(Publication.state).in_(spelled(STILL)), *since)
    return waits.order_by(due).limit(1).scalar_subquery()


def _waits_since_a_pause() -> ColumnElement[bool]:
    """The hour of something that waits has passed and lay in a pause, which may be over since."""
    first = _first_waiting(col(Publication.due_at) >= col(Pause.since)).correlate(Pause)
    return exists().where(counts_for(first), first <= _now())


_SWEEP = ""
"""No platform has this name."""


@cache
def _what() -> CompoundSelect[str]:
    """`_SWEEP` where one of the steps may find something, and the platforms."""
    row = Publication
    of_channel, of_post = col(row.channel_id) == col(Channel.id), col(row.post_id) == col(Post.id)
    told = exists().where(is_believed())
    # Where the first of many in an index tells it, it is asked for: for "is there any" PostgreSQL, which expects many
    # where there are none, would begin to read the whole table.
    steps: tuple[Any, ...] = (
        exists().where(is_reopening()),
        exists().where(lease_is_over()),
        exists().where(waits_without_a_word(), of_channel, or_(is_stopped(), told)),
        _is_over(),
        exists().where(is_late_and_may_go(), of_channel),
        # a number instead of every column, so that the few in the index are all that is read
        exists(literal_column("1")).where(waits_for_its_approval(), of_post),
        and_(exists().where(counts_now()), _first_waiting() <= _now()),
        _waits_since_a_pause(),
    )
    return columns(literal(_SWEEP)).where(or_(*steps)).union_all(due_platforms().order_by(None))
