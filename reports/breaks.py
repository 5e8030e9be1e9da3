"""Where a counter began to mean something else, so that a difference across that moment is no growth.

Two kinds: the platform told another name or definition with the later reading, and a dated change that is known of
the platform (`connectors.measuring.DefinitionBreak`) and lies between the two readings. Which platform has which is
handed in per channel. A gain from zero has its publication for its first reading: with a dated change between the two
the counter is of both kinds, and the gain is of neither.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from connectors.measuring import DefinitionBreak, Metric
from reports.periods import midnight
from reports.seeks import COUNTERS, Clauses, chunks, last, latest, of_channel, of_publication, rows_of
from scheduler.tables import Publication, Reading

Breaks = Mapping[int, Sequence[DefinitionBreak]]
"""Channel -> the dated changes of its platform."""

Pairs = frozenset[tuple[int, str]]
"""(publication, metric)."""


def moment_of(broken: DefinitionBreak) -> datetime:
    """The first moment of the day from which the platform counts otherwise, aware UTC."""
    return midnight(broken.on)


def definition_breaks(
    session: Session,
    ids: Sequence[int],
    since: datetime,
    until: datetime,
    breaks: Breaks | None = None,
    also: Clauses = (),
) -> Pairs:
    """Of these publications, the pairs that mean something else at the end of the week than before it."""
    newer, older = aliased(Reading), aliased(Reading)
    start: Any = func.coalesce(col(older.taken_at), col(Publication.published_at))
    found: set[tuple[int, str]] = set()
    for metric in COUNTERS:
        renamed = or_(col(newer.name) != col(older.name), col(newer.definition) != col(older.definition))
        dated = _dated(breaks or {}, metric, start, col(newer.taken_at), until)
        for some in chunks(ids):
            ends = (
                select(
                    col(Publication.id).label("publication"),
                    last(col(Reading.id), metric, since, until, (*of_publication(), *also), exact=True).label("newer"),
                    last(col(Reading.id), metric, None, since, (*of_publication(), *also), exact=True).label("older"),
                )
                .where(col(Publication.id).in_(some))
                .subquery()
            )
            statement = (
                select(col(Publication.id))
                .join(ends, ends.c.publication == col(Publication.id))
                .join(newer, col(newer.id) == ends.c.newer)
                .outerjoin(older, col(older.id) == ends.c.older)
                .where(or_(renamed, *dated))
            )
            found.update((row[0], metric.value) for row in rows_of(session, statement))
    return frozenset(found)


def _dated(breaks: Breaks, metric: Metric, start: Any, end: Any, until: datetime) -> list[ColumnElement[bool]]:
    """For each moment of change the publications of its channels whose two readings lie on both sides of it."""
    channels: dict[datetime, list[int]] = {}
    for channel, some in breaks.items():
        for one in some:
            if one.metric == metric and moment_of(one) < until:
                channels.setdefault(moment_of(one), []).append(channel)
    return [
        and_(col(Publication.channel_id).in_(sorted(set(ids))), start < at, end >= at)
        for at, ids in sorted(channels.items())
    ]


def follower_breaks(
    session: Session,
    channel_ids: Iterable[int],
    since: datetime,
    until: datetime,
    breaks: Breaks | None = None,
    also: Clauses = (),
) -> frozenset[int]:
    """The channels whose followers are counted in another way at the end of the week than before it."""
    found = set()
    for channel_id in channel_ids:
        columns = (col(Reading.name), col(Reading.definition), col(Reading.taken_at))
        ends = [
            rows_of(
                session, latest(Metric.FOLLOWERS, first, before, (*of_channel(channel_id), *also), *columns, exact=True)
            )
            for first, before in ((since, until), (None, since))
        ]
        if not all(ends):
            continue
        (new, old) = (rows[0] for rows in ends)
        known = (breaks or {}).get(channel_id, ())
        moments = (moment_of(one) for one in known if one.metric == Metric.FOLLOWERS)
        if new[:2] != old[:2] or any(old[2] < at <= new[2] for at in moments):
            found.add(channel_id)
    return frozenset(found)
