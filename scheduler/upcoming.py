"""When the queue has something to do next: asked after every tick, so it reads a handful of rows, however many wait."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    literal,
    or_,
    union_all,
)
from sqlalchemy import select as columns
from sqlmodel import col

from scheduler.channels import CONNECTED
from scheduler.db import spelled
from scheduler.lifecycle import WAITING, WORKING, State
from scheduler.tables import Channel, Publication

_DEAD_AFTER = timedelta(seconds=1)


def next_moment(connection: Connection, *, now: datetime) -> datetime | None:
    """When the next publication after `now` (aware) may be claimed, or the next lease has run out.

    None: nothing waits that a channel lets go, and nobody works.
    """
    rows = connection.execute(_next(), {"now": now})
    return min((at + _DEAD_AFTER if is_lease else at for at, is_lease in rows if at is not None), default=None)


@cache
def _next() -> CompoundSelect[datetime | None, int]:
    """The first row of each waiting state, by one step into the index; when a stopped channel opens again; and when
    the first lease ends.

    The channel is asked for row by row, so that the database goes along the hours and stops at the first one.
    """
    now: BindParameter[datetime] = bindparam("now")
    row, at, opens = Publication, col(Publication.next_attempt_at), col(Channel.not_before)
    mine = (col(Channel.id) == col(row.channel_id), col(Channel.state) == CONNECTED)
    lets_go = exists().where(*mine, or_(opens.is_(None), opens <= at))
    firsts = [
        columns(
            columns(at)
            .where(col(row.state) == state, at > now, lets_go)
            .order_by(at)
            .limit(1)
            .scalar_subquery()
            .label("at")
        )
        for state in WAITING
    ]
    waits = exists().where(col(row.channel_id) == col(Channel.id), col(row.state).in_(spelled(WAITING)), at <= opens)
    opening = columns(func.min(opens).label("at")).where(col(Channel.state) == CONNECTED, opens > now, waits)
    every = union_all(*firsts, opening).subquery()
    leases = columns(func.min(col(row.lease_until)).label("at")).where(col(row.state).in_(spelled(WORKING))).subquery()
    of_leases = columns(leases.c.at, literal(1))
    return columns(every.c.at, literal(0)).union_all(of_leases)


def over(states: Iterable[State], most: int) -> Select[int]:
    """The ids of rows in these states whose time is over by their own late rule, the longest over first; for `:now`.

    Each state by itself and with an end: so both databases go along the index and never look at what waits.
    """
    row, until = Publication, col(Publication.late_until)
    now: BindParameter[datetime] = bindparam("now")
    each = [
        columns(col(row.id)).where(col(row.state) == state, until < now).order_by(until).limit(most).subquery()
        for state in states
    ]
    every = union_all(*(columns(one.c.id) for one in each)).subquery()
    return columns(every.c.id)
