"""The last reading of a counter before a moment: one seek in the covering index on `reading`, told once for all.

That is why the size of the table hardly matters. "Told" means not None: a platform that answers nothing for once does
not wipe out what it said before.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, ScalarSelect, Select, select
from sqlmodel import Session, col

from connectors.base import Metric
from scheduler.tables import Channel, Publication, Reading

COUNTERS = (Metric.REACH, Metric.VIEWS, Metric.REACTIONS, Metric.COMMENTS, Metric.SHARES, Metric.CLICKS)
"""What is counted on a publication; followers are counted on the channel."""
WEEK = timedelta(days=7)
AT_ONCE = 2_000
"""Ids in one statement; every database takes as many."""

Clauses = tuple[ColumnElement[bool], ...]


class Series(NamedTuple):
    """A cumulative counter: its last value in the week, in the week before, and before both."""

    now: int | None = None
    previous: int | None = None
    older: int | None = None


def rows_of(session: Session, statement: Executable) -> list[tuple[Any, ...]]:
    """The rows of a statement as plain tuples."""
    return [tuple(row) for row in session.connection().execute(statement)]


def chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    """At most `AT_ONCE` ids each."""
    return [ids[place : place + AT_ONCE] for place in range(0, len(ids), AT_ONCE)]


def of_publication() -> Clauses:
    """Readings of the publication of the enclosing statement."""
    return (col(Reading.publication_id) == col(Publication.id),)


def of_channel(number: int | None = None) -> Clauses:
    """Counters of this channel, or of that of the enclosing statement; what a platform tells for a single day is
    another kind."""
    return (
        col(Reading.channel_id) == (col(Channel.id) if number is None else number),
        col(Reading.publication_id).is_(None),
        col(Reading.day).is_(None),
    )


def last_of_channel(
    column: Any, metric: Metric, first: datetime | None, before: datetime, also: Clauses = (), *, exact: bool = False
) -> ScalarSelect[Any]:
    """A column of the channel's own last told reading in [first, before), for each of the enclosing statement."""
    found = latest(metric, first, before, (*of_channel(), *also), column, exact=exact)
    return found.correlate(Channel).scalar_subquery()


def windows(since: datetime, until: datetime) -> tuple[tuple[datetime | None, datetime], ...]:
    """The week [since, until), the week before it, and all that was before both; in the order of `Series`."""
    return (since, until), (since - WEEK, since), (None, since - WEEK)


def last(
    column: Any, metric: Metric, first: datetime | None, before: datetime, owner: Clauses, *, exact: bool = False
) -> ScalarSelect[Any]:
    """A column of the last told reading in [first, before), for each publication of the enclosing statement."""
    return latest(metric, first, before, owner, column, exact=exact).correlate(Publication).scalar_subquery()


def latest(
    metric: Metric,
    first: datetime | None,
    before: datetime,
    owner: Clauses,
    *columns: Any,
    told: bool = True,
    exact: bool = False,
) -> Select[Any]:
    """The last reading in [first, before). Its order is the index's own, so this is one seek.

    `exact`: of two that are equal in moment and value the newer row, for columns in which they may differ.
    """
    statement = select(*columns).where(*owner, col(Reading.metric) == metric.value, col(Reading.taken_at) < before)
    if first is not None:
        statement = statement.where(col(Reading.taken_at) >= first)
    if told:
        statement = statement.where(col(Reading.value).is_not(None))
    statement = statement.order_by(col(Reading.taken_at).desc(), col(Reading.value).desc())
    return (statement.order_by(col(Reading.id).desc()) if exact else statement).limit(1)
