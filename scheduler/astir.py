"""Whether time has overtaken anything: the one statement of an idle tick, however much waits or went out.

A tick comes every few seconds and nearly all of them find nothing to do. Each condition here belongs to a step of the
sweep (`scheduler.sweep`, `scheduler.overtaken`), which uses the same one; where the step decides by more than that,
the condition here is the wider one. So silence here means that the sweep would change nothing; a test holds that.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, CompoundSelect, Engine, and_, bindparam, exists, func, literal, or_
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
from scheduler.tables import Channel, Publication

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
    row = Publication
    held = and_(col(row.state) == State.HELD, col(row.held_by) == Event.APPROVAL_LOST)
    return and_(held, col(Post.state) == Editorial.APPROVED)


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


def _any(*where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row, asked by counting. Where PostgreSQL expects many rows and there are none, it would
    look for the first one by reading the whole table; all of them it counts by an index."""
    return columns(func.count()).where(*where).scalar_subquery() > 0


_SWEEP = ""
"""No platform has this name."""


@cache
def _what() -> CompoundSelect[str]:
    """`_SWEEP` where one of the steps may find something, and the platforms."""
    row, still = Publication, col(Publication.state).in_(spelled(STILL))
    of_channel, of_post = col(row.channel_id) == col(Channel.id), col(row.post_id) == col(Post.id)
    # the same, said by what is left out: so the rows of a pause are found by the time's index, not all that wait
    by_time = col(row.state).not_in(spelled(one for one in State if one not in STILL))
    due, told = and_(still, col(row.due_at) <= _now()), exists().where(is_believed())
    steps: tuple[Any, ...] = (
        exists().where(is_reopening()),
        exists().where(lease_is_over()),
        exists().where(waits_without_a_word(), of_channel, or_(is_stopped(), told)),
        _any(still, col(row.late_until) < _now()),
        exists().where(is_late_and_may_go(), of_channel),
        exists().where(waits_for_its_approval(), of_post),
        and_(exists().where(counts_now()), exists().where(due)),
        exists().where(counts_for(col(row.due_at)), by_time, col(row.due_at) <= _now()),
    )
    return columns(literal(_SWEEP)).where(or_(*steps)).union_all(due_platforms().order_by(None))
