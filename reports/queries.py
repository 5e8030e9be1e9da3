"""Everything the weekly summary asks the database: SELECTs on columns, no objects, on SQLite and PostgreSQL alike.

A counter is cumulative, so a week needs three values of each series: the last told in the week, the last
told in the week before, and the last told before that. Each is one seek in the covering index on
`reading`, which is why the size of the table hardly matters. "Told" means not None: a platform that
answers nothing for once does not wipe out what it said before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, ScalarSelect, Select, func, or_, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from connectors.base import Metric, Part
from content.tables import Editorial, Post
from reports.periods import Week, midnight
from scheduler.lifecycle import OPEN, Event
from scheduler.tables import Channel, Publication, PublicationEvent, Reading

COUNTERS = (Metric.REACH, Metric.VIEWS, Metric.REACTIONS, Metric.COMMENTS, Metric.SHARES, Metric.CLICKS)
"""What is counted on a publication; followers are counted on the channel."""

TROUBLE = (
    Event.WILL_RETRY,
    Event.REJECTED,
    Event.NO_ANSWER,
    Event.UNCLEAR,
    Event.TOO_LATE,
    Event.EXPIRED,
    Event.APPROVAL_LOST,
    Event.LEASE_RAN_OUT,
    Event.HELD,
    Event.PAUSED,
    Event.WITHDRAWN,
)
"""The events a leader should hear of."""

_WEEK = timedelta(days=7)
_PLACES = tuple((3 * n, metric.value) for n, metric in enumerate(COUNTERS))


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel and when its figures were last collected (None: never)."""

    id: int
    key: str
    platform: str
    name: str
    state: str
    collected_at: datetime | None


class Series(NamedTuple):
    """A cumulative counter: its last value in the week, in the week before, and before both."""

    now: int | None = None
    previous: int | None = None
    older: int | None = None


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One publication that was public before the cut-off, with its counters."""

    id: int
    channel_id: int
    title: str
    topic: str
    permalink: str
    published_at: datetime
    counters: Mapping[str, Series]


@dataclass(frozen=True, slots=True)
class NameRow:
    """What the platform itself calls one of our metrics, on one channel."""

    channel_id: int
    metric: str
    name: str
    version: str
    definition: str


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One event that went wrong, and where its publication stands now."""

    publication_id: int
    channel_id: int
    title: str
    due_at: datetime
    at: datetime
    event: str
    state_after: str
    words: str
    state: str
    problem: str


@dataclass(frozen=True, slots=True)
class WeekRows:
    """All rows of one weekly summary."""

    channels: tuple[ChannelRow, ...]
    published: tuple[PublishedRow, ...]
    followers: Mapping[int, Series]
    breaks: frozenset[tuple[int, str]]
    """(publication, metric) whose name or definition changed between the values this week is made of."""
    previous_breaks: frozenset[tuple[int, str]]
    """The same for the week before."""
    follower_breaks: frozenset[int]
    names: tuple[NameRow, ...]
    covered: tuple[tuple[str, int, datetime], ...]
    """(topic, post, published_at) of everything published this year."""
    trouble: tuple[TroubleRow, ...]
    queue: tuple[tuple[int, datetime], ...]
    """(channel, due_at) of what may still go out in the week after."""
    pending: tuple[str, ...]
    """Titles that wait for approval, oldest first."""


def week_rows(session: Session, week: Week, cutoff: datetime) -> WeekRows:
    """Everything about `week` that was known at `cutoff` (aware)."""
    until = min(week.until, cutoff)
    channels = channel_rows(session, cutoff)
    ids = [channel.id for channel in channels]
    return WeekRows(
        channels=channels,
        published=published_rows(session, week.since, until),
        followers=followers(session, ids, week.since, until),
        breaks=definition_breaks(session, week.since, until),
        previous_breaks=definition_breaks(session, week.since - _WEEK, week.since),
        follower_breaks=follower_breaks(session, ids, week.since, until),
        names=metric_names(session, ids, until),
        covered=covered(session, date(week.year, 1, 1), week, until),
        trouble=trouble_rows(session, week.since, until),
        queue=queue_rows(session, week.until, week.until + _WEEK),
        pending=pending_titles(session),
    )


def channel_rows(session: Session, cutoff: datetime) -> tuple[ChannelRow, ...]:
    """The channels in the order they were connected, with the last collection up to `cutoff`."""
    columns = (Channel.id, Channel.key, Channel.platform, Channel.name, Channel.state)
    rows = _rows(session, select(*(col(column) for column in columns)).order_by(col(Channel.id)))
    return tuple(
        ChannelRow(id, key, platform, name, state, _collected(session, id, cutoff))
        for id, key, platform, name, state in rows
    )


def _collected(session: Session, channel_id: int, cutoff: datetime) -> datetime | None:
    """Metric by metric, because that is one seek each; over all of them it would be a scan."""
    times = [
        select(func.max(col(Reading.taken_at))).where(
            col(Reading.channel_id) == channel_id,
            col(Reading.metric) == metric.value,
            col(Reading.taken_at) <= cutoff,
        )
        for metric in Metric
    ]
    return max((row[0] for row in _rows(session, union_all(*times)) if row[0] is not None), default=None)


def published_rows(session: Session, since: datetime, until: datetime) -> tuple[PublishedRow, ...]:
    """Every publication public before `until`, with its counters as the week [since, until) needs them."""
    columns = (Publication.id, Publication.channel_id, Post.title, Post.topic)
    statement = (
        select(
            *(col(column) for column in columns),
            col(Publication.permalink),
            col(Publication.published_at),
            *(value for metric in COUNTERS for value in _three_values(metric, since, until)),
        )
        .join(Post, col(Post.id) == col(Publication.post_id))
        .where(_is_post(), col(Publication.published_at) < until)
        .order_by(col(Publication.published_at), col(Publication.id))
    )
    return tuple(
        PublishedRow(id, channel_id, title, topic, link, at, _counters(values))
        for id, channel_id, title, topic, link, at, *values in _rows(session, statement)
    )


def _counters(values: Sequence[int | None]) -> dict[str, Series]:
    """Three values a metric, as they were selected; a metric that was never told is left out."""
    return {
        metric: Series(*values[place : place + 3])
        for place, metric in _PLACES
        if values[place : place + 3] != [None, None, None]
    }


def followers(session: Session, channel_ids: Iterable[int], since: datetime, until: datetime) -> dict[int, Series]:
    """The followers of each channel at the end of the week [since, until), a week earlier, and before."""
    found = {}
    for channel_id in channel_ids:
        statement = select(
            *(
                _last(col(Reading.value), Metric.FOLLOWERS, first, before, _of_channel(channel_id))
                for first, before in _windows(since, until)
            )
        )
        found[channel_id] = Series(*_rows(session, statement)[0])
    return found


def definition_breaks(session: Session, since: datetime, until: datetime) -> frozenset[tuple[int, str]]:
    """The (publication, metric) pairs that mean something else at the end of the week than before it."""
    newer, older = aliased(Reading), aliased(Reading)
    found: set[tuple[int, str]] = set()
    for metric in COUNTERS:
        ends = (
            select(
                col(Publication.id).label("publication"),
                _last(col(Reading.id), metric, since, until, _of_publication()).label("newer"),
                _last(col(Reading.id), metric, None, since, _of_publication()).label("older"),
            )
            .where(_is_post(), col(Publication.published_at) < since)
            .subquery()
        )
        statement = (
            select(ends.c.publication)
            .join(newer, col(newer.id) == ends.c.newer)
            .join(older, col(older.id) == ends.c.older)
            .where(or_(col(newer.name) != col(older.name), col(newer.definition) != col(older.definition)))
        )
        found.update((row[0], metric.value) for row in _rows(session, statement))
    return frozenset(found)


def follower_breaks(session: Session, channel_ids: Iterable[int], since: datetime, until: datetime) -> frozenset[int]:
    """The channels whose followers are counted under another name or definition than a week before."""
    found = set()
    for channel_id in channel_ids:
        owner = _of_channel(channel_id)
        meanings = [
            _rows(
                session,
                _latest(Metric.FOLLOWERS, first, before, owner, col(Reading.name), col(Reading.definition)),
            )
            for first, before in ((since, until), (None, since))
        ]
        if all(meanings) and meanings[0] != meanings[1]:
            found.add(channel_id)
    return frozenset(found)


def metric_names(session: Session, channel_ids: Iterable[int], until: datetime) -> tuple[NameRow, ...]:
    """The platform's own name, version and definition of each metric, as in the last day of collecting it."""
    found = []
    for channel_id in channel_ids:
        for metric in Metric:
            owner = (
                _of_channel(channel_id)
                if metric is Metric.FOLLOWERS
                else (col(Reading.channel_id) == channel_id, col(Reading.publication_id).is_not(None))
            )
            last = _rows(session, _latest(metric, None, until, owner, col(Reading.taken_at), told=False))
            if not last:
                continue
            statement = (
                select(col(Reading.name), col(Reading.version), col(Reading.definition))
                .distinct()
                .where(
                    *owner,
                    col(Reading.metric) == metric.value,
                    col(Reading.taken_at) > last[0][0] - timedelta(days=1),
                    col(Reading.taken_at) <= last[0][0],
                )
                .order_by(col(Reading.name), col(Reading.version), col(Reading.definition))
            )
            found += [NameRow(channel_id, metric.value, *row) for row in _rows(session, statement)]
    return tuple(found)


def covered(session: Session, year_start: date, week: Week, until: datetime) -> tuple[tuple[str, int, datetime], ...]:
    """(topic, post, published_at) of what was published since the year, or the week if earlier, began."""
    statement = (
        select(col(Post.topic), col(Post.id), col(Publication.published_at))
        .join(Publication, col(Publication.post_id) == col(Post.id))
        .where(
            _is_post(),
            col(Publication.published_at) >= min(midnight(year_start), week.since),
            col(Publication.published_at) < until,
        )
        .order_by(col(Publication.published_at), col(Publication.id))
    )
    return tuple((topic, post, at) for topic, post, at in _rows(session, statement))


def trouble_rows(session: Session, since: datetime, until: datetime) -> tuple[TroubleRow, ...]:
    """What went wrong in [since, until), a publication's events together, oldest first."""
    statement = (
        select(
            *(col(column) for column in (Publication.id, Publication.channel_id, Post.title, Publication.due_at)),
            *(col(column) for column in (PublicationEvent.at, PublicationEvent.event)),
            *(col(column) for column in (PublicationEvent.state_after, PublicationEvent.words)),
            *(col(column) for column in (Publication.state, Publication.problem)),
        )
        .join(Publication, col(Publication.id) == col(PublicationEvent.publication_id))
        .join(Post, col(Post.id) == col(Publication.post_id))
        .where(
            _is_post(),
            col(PublicationEvent.at) >= since,
            col(PublicationEvent.at) < until,
            col(PublicationEvent.event).in_([event.value for event in TROUBLE]),
        )
        .order_by(col(Publication.due_at), col(Publication.id), col(PublicationEvent.at), col(PublicationEvent.id))
    )
    return tuple(TroubleRow(*row) for row in _rows(session, statement))


def queue_rows(session: Session, since: datetime, until: datetime) -> tuple[tuple[int, datetime], ...]:
    """(channel, due_at) of the publications due in [since, until) that may still become public."""
    statement = (
        select(col(Publication.channel_id), col(Publication.due_at))
        .where(
            _is_post(),
            col(Publication.due_at) >= since,
            col(Publication.due_at) < until,
            col(Publication.state).in_(sorted(state.value for state in OPEN)),
        )
        .order_by(col(Publication.due_at), col(Publication.id))
    )
    return tuple((channel, due_at) for channel, due_at in _rows(session, statement))


def pending_titles(session: Session) -> tuple[str, ...]:
    """The titles of the posts that wait for approval, oldest first."""
    statement = (
        select(col(Post.title))
        .where(col(Post.state) == Editorial.SUBMITTED.value)
        .order_by(col(Post.updated_at), col(Post.id))
    )
    return tuple(row[0] for row in _rows(session, statement))


def _rows(session: Session, statement: Executable) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.connection().execute(statement)]


def _is_post() -> ColumnElement[bool]:
    """Comments, broadcasts and corrections are rows of the queue, too, and no posts."""
    return col(Publication.part) == Part.POST.value


def _of_publication() -> tuple[ColumnElement[bool], ...]:
    return (col(Reading.publication_id) == col(Publication.id),)


def _of_channel(channel_id: int) -> tuple[ColumnElement[bool], ...]:
    """Counters of the channel itself; what a platform tells for a single day is another kind of value."""
    return (
        col(Reading.channel_id) == channel_id,
        col(Reading.publication_id).is_(None),
        col(Reading.day).is_(None),
    )


def _windows(since: datetime, until: datetime) -> tuple[tuple[datetime | None, datetime], ...]:
    return (since, until), (since - _WEEK, since), (None, since - _WEEK)


def _three_values(metric: Metric, since: datetime, until: datetime) -> list[ScalarSelect[Any]]:
    return [
        _last(col(Reading.value), metric, first, before, _of_publication()) for first, before in _windows(since, until)
    ]


def _last(
    column: Any, metric: Metric, first: datetime | None, before: datetime, owner: tuple[ColumnElement[bool], ...]
) -> ScalarSelect[Any]:
    return _latest(metric, first, before, owner, column).correlate(Publication).scalar_subquery()


def _latest(
    metric: Metric,
    first: datetime | None,
    before: datetime,
    owner: tuple[ColumnElement[bool], ...],
    *columns: Any,
    told: bool = True,
) -> Select[Any]:
    """The last reading in [first, before). Its order is the index's own, so this is one seek."""
    statement = select(*columns).where(*owner, col(Reading.metric) == metric.value, col(Reading.taken_at) < before)
    if first is not None:
        statement = statement.where(col(Reading.taken_at) >= first)
    if told:
        statement = statement.where(col(Reading.value).is_not(None))
    return statement.order_by(col(Reading.taken_at).desc(), col(Reading.value).desc()).limit(1)
