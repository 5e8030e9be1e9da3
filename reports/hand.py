"""Figures that no platform tells and a person copied from its console: shown as such, and in no other figure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session, col

from connectors.base import Metric, Part
from content.tables import Post
from reports.seeks import chunks, rows_of
from scheduler.figure_tables import Collection
from scheduler.tables import Publication, Reading

MANUAL, PLATFORM = "manual", "platform"
ONLY = frozenset({Metric.SENT, Metric.DELIVERED, Metric.OPENED})
"""What is never told but by hand."""


@dataclass(frozen=True, slots=True)
class HandRow:
    """One figure as it was entered last before the cut-off."""

    publication_id: int | None
    """None: of the channel itself."""
    channel_id: int
    metric: str
    value: int | None
    where: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class BroadcastRow:
    """One push to followers that went out in the week, or whatever else has figures by hand."""

    id: int
    channel_id: int
    title: str
    at: datetime
    part: str


def by_hand(session: Session, until: datetime) -> tuple[HandRow, ...]:
    """Of each thing and metric the figure that was entered last before `until`, in a fixed order."""
    columns = (Collection.id, Collection.channel_id, Collection.taken_at, Collection.readings)
    manual = select(*(col(column) for column in columns)).where(
        col(Collection.source) == MANUAL, col(Collection.taken_at) < until
    )
    entries = {id: (channel, at, count) for id, channel, at, count in rows_of(session, manual)}
    found = _entered(session, entries, col(Reading.metric).in_([metric.value for metric in ONLY]))
    met = Counter(entry for entry, _, _ in found)
    # nobody enters any other metric so far, and no index leads to those
    rest = {id: entry for id, entry in entries.items() if met[id] < entry[2]}
    found += _entered(session, rest, col(Reading.metric).not_in([metric.value for metric in ONLY]))
    found.sort(key=lambda one: (one[2].entered_at, one[1]))
    newest = {(row.channel_id, row.publication_id or 0, row.metric): row for _, _, row in found}
    return tuple(newest[key] for key in sorted(newest))


def _entered(
    session: Session, entries: Mapping[int, tuple[int, datetime, int]], which: ColumnElement[bool]
) -> list[tuple[int, int, HandRow]]:
    """Entry, number and figure. A person copies what the console showed a while ago, so the two moments differ."""
    found = []
    for some in chunks(sorted(entries)):
        columns = (Reading.collection_id, Reading.id, Reading.publication_id, Reading.channel_id)
        statement = select(
            *(col(column) for column in columns),
            *(col(Reading.metric), col(Reading.value), col(Reading.definition)),
        ).where(
            col(Reading.channel_id).in_(sorted({entries[id][0] for id in some})),
            which,
            col(Reading.collection_id).in_(some),
        )
        for entry, id, of, channel, metric, value, where in rows_of(session, statement):
            found.append((entry, id, HandRow(of, channel, metric, value, where, entries[entry][1])))
    return found


class OfWeek(TypedDict):
    """Two of the fields of `reports.queries.WeekRows`."""

    broadcasts: tuple[BroadcastRow, ...]
    by_hand: tuple[HandRow, ...]


def of_week(session: Session, entered: Sequence[HandRow], since: datetime, until: datetime) -> OfWeek:
    """The broadcasts that went out in [since, until) with what is known of them, and what else was entered then."""
    new = [row for row in entered if since <= row.entered_at < until]
    also = {row.publication_id for row in new if row.publication_id is not None}
    found = _broadcasts(session, since, until, sorted(also))
    shown = {row.id for row in found}
    own = {row for row in new if row.publication_id is None}
    return {
        "broadcasts": found,
        "by_hand": tuple(row for row in entered if row.publication_id in shown or row in own),
    }


def _broadcasts(session: Session, since: datetime, until: datetime, also: Sequence[int]) -> tuple[BroadcastRow, ...]:
    """The broadcasts that went out in [since, until), and these publications besides; the oldest first."""
    at = col(Publication.published_at)
    went_out = and_(col(Publication.part) == Part.BROADCAST.value, at >= since, at < until)
    columns = (Publication.id, Publication.channel_id, Post.title)
    found: dict[int, BroadcastRow] = {}
    for where in (went_out, *(and_(col(Publication.id).in_(some), at.is_not(None)) for some in chunks(also))):
        statement = (
            select(*(col(column) for column in columns), at, col(Publication.part))
            .join(Post, col(Post.id) == col(Publication.post_id))
            .where(where)
        )
        for id, channel_id, title, when, part in rows_of(session, statement):
            found[id] = BroadcastRow(id, channel_id, title, when, part)
    return tuple(sorted(found.values(), key=lambda row: (row.at, row.id)))


def only_platform() -> ColumnElement[bool]:
    """Readings that a person entered are left out; asked only where there are such, because no index knows them."""
    manual = select(col(Collection.id)).where(col(Collection.source) == MANUAL)
    return col(Reading.collection_id).is_(None) | col(Reading.collection_id).not_in(manual)


def is_mixed(rows: Sequence[HandRow]) -> bool:
    """Whether a counter that platforms tell was entered by hand as well, so that readings must be told apart."""
    return any(row.metric not in ONLY for row in rows)
