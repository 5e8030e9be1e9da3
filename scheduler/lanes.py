"""What of the queue is due, lane by lane: the statements of a claim, put together once.

Each channel has two lanes: preparing (may take long, nothing public), and publishing (the public call, or a look).
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, case, func, not_, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import Select as SelectOf
from sqlmodel.sql.expression import SelectOfScalar

from connectors.meter import Per
from content.tables import Post
from scheduler.channels import CONNECTED
from scheduler.db import columns_of, spelled
from scheduler.lifecycle import WAITING, WORKING, State
from scheduler.limits import Told, Work
from scheduler.tables import Attempt, Channel, Publication

HANDED_OVER = "queue"
"""Whose lease it is while a claim waits in the workers' queue: no worker has begun, so surely nothing was sent."""

_PREPARE_STATES = (State.SCHEDULED, State.RETRY_WAIT, State.PREPARING)
_TO_PREPARE = case((col(Publication.state).in_(spelled(_PREPARE_STATES)), 1), else_=0)
_LANE = col(Publication.channel_id) * 2 + _TO_PREPARE
"""A channel's lane as one number."""
_BY_LIMIT = (Work.PUBLISH, Work.PREPARE, Work.LOOK)


def _busy() -> Select[int]:
    """The lanes that somebody works in."""
    held = aliased(Publication)
    lane = col(held.channel_id) * 2 + case((col(held.state).in_(spelled(_PREPARE_STATES)), 1), else_=0)
    return sa_select(lane).where(
        col(held.lease_until).is_not(None),
        col(held.lease_until) >= bindparam("now"),
        col(held.state).in_(spelled(WORKING)),
    )


def is_due() -> ColumnElement[bool]:
    """Rows whose own time has come, in a lane that is free; too late ones are the sweep's. For `:now`."""
    row: type[Publication] = Publication
    now: BindParameter[datetime] = bindparam("now")
    return and_(
        col(row.state).in_(spelled(WAITING)),
        col(row.next_attempt_at) <= now,
        or_(col(row.late_until).is_(None), col(row.late_until) >= now, col(row.state) == State.UNCONFIRMED),
        _LANE.not_in(_busy()),
    )


def may_be_written_to() -> ColumnElement[bool]:
    """Channels that nothing stops. For `:now`."""
    now: BindParameter[datetime] = bindparam("now")
    return and_(col(Channel.state) == CONNECTED, or_(col(Channel.not_before).is_(None), col(Channel.not_before) <= now))


@cache
def due_channels(platform: str, *, some_are_full: bool = False) -> Select[Any]:
    """Channels with something due in a free lane, the most urgent first; for `:now`, at `:most`. They are held.

    `some_are_full`: without what waits for a limit, see `full_limits`.

    What only has to go out comes before what has to be prepared: very many preparations that find no hand must not
    keep the hour's publications out of sight. Of what is due at the same moment, what was queued first goes first: so
    channels with several posts get on side by side, and the last of them are not alone at the end.
    """
    due = (
        select(
            Publication.channel_id,
            func.min(_TO_PREPARE).label("to_prepare"),
            func.min(Publication.due_at).label("first"),
            func.min(Publication.id).label("queued"),
        )
        .where(is_due(), *([not_(waits_for_a_limit())] if some_are_full else []))
        .group_by(col(Publication.channel_id))
        .subquery()
    )
    return (
        sa_select(columns_of(Channel))
        .where(
            col(Channel.id) == due.c.channel_id,
            may_be_written_to(),
            *([col(Channel.platform) == platform] if platform else []),
        )
        .order_by(due.c.to_prepare, due.c.first, due.c.queued)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(of=columns_of(Channel), skip_locked=True, key_share=True)
    )


@cache
def due_platforms() -> SelectOfScalar[str]:
    """Where something is due that may be claimed; for `:now`."""
    return (
        select(Channel.platform)
        .where(col(Channel.id) == col(Publication.channel_id), may_be_written_to(), is_due())
        .distinct()
        .order_by(Channel.platform)
    )


@cache
def firsts() -> Select[Any]:
    """What comes first in each free lane of `:channels` at `:now`: the public call or a look, then by the hour.

    The columns of the publication, then those of its post.
    """
    row = Publication
    place = func.row_number().over(
        partition_by=[col(row.channel_id), _TO_PREPARE],
        order_by=[case((col(row.state) == State.READY, 0), else_=1), col(row.due_at), col(row.id)],
    )
    ranked = (
        select(row.id, place.label("place"))
        # not by the channel's index: all that waits there would be read, and what is due is little
        .where((col(row.channel_id) + 0).in_(bindparam("channels", expanding=True)), is_due())
        .subquery()
    )
    return (
        sa_select(columns_of(Publication), columns_of(Post))
        .where(
            col(row.id) == ranked.c.id,
            ranked.c.place == 1,
            col(row.post_id) == col(Post.id),
            # once more on the row itself: PostgreSQL looks at these again when it had to wait for the row
            col(row.state).in_(WAITING),
            col(row.next_attempt_at) <= bindparam("now"),
        )
        .order_by(_TO_PREPARE, col(row.due_at), col(row.id))
        .with_for_update(of=columns_of(Publication), skip_locked=True, key_share=True)
    )


def full_limits(told: Told) -> dict[str, list[int] | list[str]]:
    """For whose work a limit is too full, as `waits_for_a_limit` wants to know it; nothing where it is for nobody's."""
    full: dict[str, list[int] | list[str]] = {}
    for work in _BY_LIMIT:
        full[f"channels_{work.name}"] = [int(one) for one in told.too_full(Per.CHANNEL, work)]
        full[f"apps_{work.name}"] = told.too_full(Per.APP, work)
    return full if any(full.values()) else {}


def waits_for_a_limit() -> ColumnElement[bool]:
    """Rows that must not be claimed because their platform told that its limit is nearly full; for `:now` and
    `full_limits`."""
    state, due = col(Publication.state), col(Publication.due_at)
    return or_(
        _is_too_full(Work.PUBLISH),
        and_(_is_too_full(Work.PREPARE), state.in_(_PREPARE_STATES), due > bindparam("now")),
        and_(_is_too_full(Work.LOOK), state == State.UNCONFIRMED),
    )


def _is_too_full(work: Work) -> ColumnElement[bool]:
    """Rows whose channel, or whose platform's app, has no room for this work."""
    channel = col(Publication.channel_id)
    of_app = sa_select(col(Channel.id)).where(col(Channel.platform).in_(bindparam(f"apps_{work.name}", expanding=True)))
    return or_(channel.in_(bindparam(f"channels_{work.name}", expanding=True)), channel.in_(of_app))


@cache
def handed_over() -> "SelectOf[Publication, Post, Channel]":
    """What of `:ids` waits for a worker at `:now`, held by this transaction. What has waited for longer than its lease
    is the sweep's: its lane counts as free, and somebody may already have filled it.

    A row that somebody else holds for a moment is waited for: a job comes only once, and what it named would otherwise
    wait until its lease runs out. What another worker has taken meanwhile is then seen as taken.
    """
    row = Publication
    return (
        select(Publication, Post, Channel)
        .where(
            col(row.id).in_(bindparam("ids", expanding=True)),
            col(row.lease_owner) == HANDED_OVER,
            col(row.lease_until) >= bindparam("now"),
            col(row.state).in_(WORKING),
            col(row.post_id) == col(Post.id),
            col(row.channel_id) == col(Channel.id),
        )
        .order_by(col(row.due_at), col(row.id))
        .with_for_update(of=Publication, key_share=True)
    )


@cache
def begun() -> Select[int, int, int | None]:
    """The attempts of the publications `:ids`."""
    return sa_select(col(Attempt.publication_id), col(Attempt.fence), col(Attempt.id)).where(
        col(Attempt.publication_id).in_(bindparam("ids", expanding=True))
    )
