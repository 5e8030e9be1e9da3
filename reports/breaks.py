"""Where a counter began to mean something else, so that a difference across that moment is no growth.

Two kinds: the platform told another name or definition with the later reading, and a dated change that is known of
the platform (`connectors.measuring.DefinitionBreak`) and lies between the two readings. Which platform has which is
handed in per channel. A gain from zero has its publication for its first reading: with a dated change between the two
the counter is of both kinds, and the gain is of neither.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, and_, false, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from connectors.measuring import DefinitionBreak, Metric
from reports.periods import midnight
from reports.seeks import COUNTERS, Clauses, chunks, last, last_of_channel, of_publication, rows_of, windows
from scheduler.tables import Channel, Publication, Reading

Breaks = Mapping[int, Sequence[DefinitionBreak]]
"""Channel -> the dated changes of its platform."""

Pairs = frozenset[tuple[int, str]]
"""(publication, metric)."""


def moment_of(broken: DefinitionBreak) -> datetime:
    """The first moment of the day from which the platform counts otherwise, aware UTC."""
    return midnight(broken.on)


class Broken(NamedTuple):
    """The pairs whose gain is not known because they changed their meaning within it."""

    now: Pairs
    """Of the week."""
    before: Pairs
    """Of the week before."""


def definition_breaks(
    session: Session,
    ids: Sequence[int],
    since: datetime,
    until: datetime,
    breaks: Breaks | None = None,
    also: Clauses = (),
) -> Broken:
    """Of these publications, the pairs that mean something else at the end of a week than before it."""
    found: tuple[set[tuple[int, str]], set[tuple[int, str]]] = (set(), set())
    for metric in COUNTERS:
        for some in chunks(ids):
            for id, *broken in rows_of(session, _compared(metric, some, since, until, breaks or {}, also)):
                for which, yes in zip(found, broken, strict=True):
                    if yes:
                        which.add((id, metric.value))
    return Broken(*map(frozenset, found))


def _compared(
    metric: Metric, ids: Sequence[int], since: datetime, until: datetime, breaks: Breaks, also: Clauses
) -> Executable:
    """The publications with a change in one of the two weeks, and in which."""
    owner = (*of_publication(), *also)
    ends = (
        select(
            col(Publication.id).label("publication"),
            *(
                last(col(Reading.id), metric, first, before, owner, exact=True).label(f"end_{n}")
                for n, (first, before) in enumerate(windows(since, until))
            ),
        )
        .where(col(Publication.id).in_(ids))
        .subquery()
    )
    now, previous, older = (aliased(Reading) for _ in range(3))

    def changed(end: Any, *starts: Any) -> ColumnElement[bool]:
        """Whether `end` differs from the last reading before it, the first of `starts` that there is."""
        name, definition = (
            func.coalesce(*(getattr(one, column) for one in starts), getattr(end, column))
            for column in ("name", "definition")
        )
        start = func.coalesce(*(one.taken_at for one in starts), col(Publication.published_at))
        return func.coalesce(
            or_(end.name != name, end.definition != definition, *_dated(breaks, metric, start, end.taken_at, until)),
            false(),
        )

    both = changed(now, previous, older), changed(previous, older)
    return (
        select(col(Publication.id), *both)
        .join(ends, ends.c.publication == col(Publication.id))
        .outerjoin(now, col(now.id) == ends.c.end_0)
        .outerjoin(previous, col(previous.id) == ends.c.end_1)
        .outerjoin(older, col(older.id) == ends.c.end_2)
        .where(or_(*both))
    )


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
    ids = list(channel_ids)
    new, old = _ends(session, ids, since, until, also), _ends(session, ids, None, since, also)
    found = set()
    for channel_id in new.keys() & old.keys():
        (*after, read_at), (*before, read_before) = new[channel_id], old[channel_id]
        known = (breaks or {}).get(channel_id, ())
        moments = (moment_of(one) for one in known if one.metric == Metric.FOLLOWERS)
        if after != before or any(read_before < at <= read_at for at in moments):
            found.add(channel_id)
    return frozenset(found)


def _ends(
    session: Session, channel_ids: Sequence[int], first: datetime | None, before: datetime, also: Clauses
) -> dict[int, tuple[str, str, datetime]]:
    """Channel -> name, definition and moment of the last told count of its followers in [first, before)."""
    newest = last_of_channel(col(Reading.id), Metric.FOLLOWERS, first, before, also, exact=True)
    end = aliased(Reading)
    facts = (col(end.name), col(end.definition), col(end.taken_at))
    told = select(col(Channel.id), *facts).join(end, col(end.id) == newest)
    return {
        number: (name, definition, at)
        for some in chunks(channel_ids)
        for number, name, definition, at in rows_of(session, told.where(col(Channel.id).in_(some)))
    }
