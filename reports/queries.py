"""Everything the weekly summary asks the database: SELECTs on columns, no objects, on SQLite and PostgreSQL alike.

A counter is cumulative, so a week needs three values of each series: the last told in the week, the last
told in the week before, and the last told before that (`reports.seeks`). Asked are only publications that were
published or read in these two weeks: years of history cost one look each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, and_, case, exists, func, or_, select
from sqlmodel import Session, col

from connectors.base import Metric
from content.tables import Editorial, Post
from reports import hand
from reports.breaks import Breaks, Broken, definition_breaks, follower_breaks
from reports.hand import BroadcastRow, HandRow
from reports.only import is_post
from reports.periods import Week, midnight
from reports.seeks import COUNTERS as COUNTERS
from reports.seeks import (
    WEEK,
    Clauses,
    chunks,
    last,
    last_of_channel,
    latest,
    of_publication,
    rows_of,
    windows,
)
from reports.seeks import Series as Series
from reports.troubles import ActRow, TroubleRow, acts
from reports.troubles import trouble_rows as trouble_rows
from scheduler.figure_tables import Collection
from scheduler.lifecycle import OPEN, Event, State
from scheduler.tables import Channel, Publication, PublicationEvent, Reading

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
    failed_at: datetime | None = None
    """When it could not be read, or not wholly, the last time and not before `collected_at`."""
    failed_words: str = ""


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


class CoveredRow(NamedTuple):
    """Publications of one topic."""

    topic: str
    this_week: int
    last_week: int
    this_year: int
    """Of the year that the week's number belongs to, up to the end of the week."""


@dataclass(frozen=True, slots=True)
class WeekRows:
    """All rows of one weekly summary."""

    channels: tuple[ChannelRow, ...]
    published: tuple[PublishedRow, ...]
    followers: Mapping[int, Series]
    broken: Broken
    """(publication, metric) that changed its meaning between the values the week, or the one before, is made of."""
    follower_breaks: frozenset[int]
    names: tuple[NameRow, ...]
    covered: tuple[CoveredRow, ...]
    trouble: tuple[TroubleRow, ...]
    acts: tuple[ActRow, ...]
    queue: tuple[tuple[int, datetime], ...]
    """(channel, due_at) of what may still go out in the week after."""
    pending: tuple[str, ...]
    """Titles that wait for approval, oldest first."""
    withdrawn: frozenset[int] = frozenset()
    """Publications that were taken down by the cut-off."""
    broadcasts: tuple[BroadcastRow, ...] = ()
    by_hand: tuple[HandRow, ...] = ()


def week_rows(session: Session, week: Week, cutoff: datetime, breaks: Breaks | None = None) -> WeekRows:
    """Everything about `week` that was known at `cutoff` (aware); the queue as it stands now."""
    since, until = week.since, min(week.until, cutoff)
    channels = channel_rows(session, cutoff)
    ids = [channel.id for channel in channels]
    entered = hand.by_hand(session, cutoff)
    also: Clauses = (hand.only_platform(),) if hand.is_mixed(entered) else ()
    published = published_rows(session, since, until, also)
    read = [row.id for row in published if row.counters]
    trouble = trouble_rows(session, since, until, cutoff)
    return WeekRows(
        channels=channels,
        published=published,
        followers=followers(session, ids, since, until, also),
        broken=definition_breaks(session, read, since, until, breaks, also),
        follower_breaks=follower_breaks(session, ids, since, until, breaks, also),
        names=metric_names(session, ids, until),
        covered=covered(session, week, until),
        trouble=trouble,
        acts=acts(session, trouble, cutoff),
        queue=queue_rows(session, week.until, week.until + WEEK),
        pending=pending_titles(session),
        withdrawn=withdrawn(session, cutoff),
        **hand.of_week(session, entered, since, until),
    )


def channel_rows(session: Session, cutoff: datetime) -> tuple[ChannelRow, ...]:
    """The channels in the order they were connected, with the last collection up to `cutoff`."""
    columns = (Channel.id, Channel.key, Channel.platform, Channel.name, Channel.state)
    own = rows_of(session, select(*(col(column) for column in columns)).order_by(col(Channel.id)))
    collected = _collected(session, cutoff)
    failed = _failed(session, collected, cutoff)
    return tuple(
        ChannelRow(number, key, platform, name, state, collected.get(number), *failed.get(number, (None, "")))
        for number, key, platform, name, state in own
    )


def _collected(session: Session, cutoff: datetime) -> dict[int, datetime]:
    """Channel -> its last collection that brought anything; from before those were kept its last reading, metric by
    metric: one seek each, in two statements however many channels there are."""
    kept = rows_of(session, select(col(Channel.id), _last_that_brought(cutoff)))
    found = {number: at for number, at in kept if at is not None}
    times = [
        select(func.max(col(Reading.taken_at)))
        .where(
            col(Reading.channel_id) == col(Channel.id),
            col(Reading.metric) == metric.value,
            col(Reading.taken_at) <= cutoff,
        )
        .correlate(Channel)
        .scalar_subquery()
        for metric in Metric
        if metric not in hand.ONLY
    ]
    for some in chunks([number for number, _ in kept if number not in found]):
        for number, *read in rows_of(session, select(col(Channel.id), *times).where(col(Channel.id).in_(some))):
            if any(read):
                found[number] = max(at for at in read if at is not None)
    return found


def _last_that_brought(cutoff: datetime) -> ScalarSelect[datetime]:
    brought = select(col(Collection.taken_at)).where(*_collections(cutoff), col(Collection.readings) > 0)
    return brought.order_by(col(Collection.taken_at).desc()).limit(1).correlate(Channel).scalar_subquery()


def _failed(
    session: Session, collected: Mapping[int, datetime], cutoff: datetime
) -> dict[int, tuple[datetime | None, str]]:
    """Channel -> the last time the platform could not be read (wholly), unless it was read well after that.

    Only what came after the last that brought something is looked through: where all is well that is nearly nothing.
    """
    after = func.coalesce(_last_that_brought(cutoff), _FIRST)
    last = (
        select(col(Collection.id))
        .where(*_collections(cutoff), col(Collection.words) != "", col(Collection.taken_at) >= after)
        .order_by(col(Collection.taken_at).desc(), col(Collection.id).desc())
        .limit(1)
        .correlate(Channel)
        .scalar_subquery()
    )
    told = select(col(Channel.id), col(Collection.taken_at), col(Collection.words)).join(
        Collection, col(Collection.id) == last
    )
    return {
        number: (at, words)
        for number, at, words in rows_of(session, told)
        if number not in collected or at >= collected[number]
    }


_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def _collections(cutoff: datetime) -> Clauses:
    """Of the channel of the enclosing statement."""
    return (
        col(Collection.channel_id) == col(Channel.id),
        col(Collection.source) == hand.PLATFORM,
        col(Collection.taken_at) <= cutoff,
    )


def published_rows(session: Session, since: datetime, until: datetime, also: Clauses = ()) -> tuple[PublishedRow, ...]:
    """What was published or read in the week [since, until) or the one before, with its counters as a week needs them.

    `also`: what else a reading has to be to count.
    """
    columns = (Publication.id, Publication.channel_id, Post.title, Post.topic)
    read = exists().where(
        *of_publication(),
        col(Reading.metric).in_([metric.value for metric in COUNTERS]),
        col(Reading.taken_at) >= since - WEEK,
        col(Reading.taken_at) < until,
    )
    statement = (
        select(
            *(col(column) for column in columns),
            col(Publication.permalink),
            col(Publication.published_at),
            *(value for metric in COUNTERS for value in _three_values(metric, since, until, also)),
        )
        .join(Post, col(Post.id) == col(Publication.post_id))
        .where(
            is_post(),
            col(Publication.published_at) < until,
            or_(col(Publication.published_at) >= since - WEEK, read),
        )
        .order_by(col(Publication.published_at), col(Publication.id))
    )
    return tuple(
        PublishedRow(id, channel_id, title, topic, link, at, _counters(values))
        for id, channel_id, title, topic, link, at, *values in rows_of(session, statement)
    )


def _three_values(metric: Metric, since: datetime, until: datetime, also: Clauses) -> list[ScalarSelect[Any]]:
    owner = (*of_publication(), *also)
    return [last(col(Reading.value), metric, first, before, owner) for first, before in windows(since, until)]


def _counters(values: Sequence[int | None]) -> dict[str, Series]:
    """Three values a metric, as they were selected; a metric that was never told is left out."""
    return {
        metric: Series(*values[place : place + 3])
        for place, metric in _PLACES
        if values[place : place + 3] != [None, None, None]
    }


def withdrawn(session: Session, cutoff: datetime) -> frozenset[int]:
    """The publications that had been taken down by the cut-off: few, and found by their state."""
    statement = (
        select(col(Publication.id))
        .join(PublicationEvent, col(PublicationEvent.publication_id) == col(Publication.id))
        .where(
            col(Publication.state) == State.WITHDRAWN.value,
            col(PublicationEvent.event) == Event.WITHDRAWN.value,
            col(PublicationEvent.at) < cutoff,
        )
    )
    return frozenset(row[0] for row in rows_of(session, statement))


def followers(
    session: Session, channel_ids: Iterable[int], since: datetime, until: datetime, also: Clauses = ()
) -> dict[int, Series]:
    """The followers of each channel at the end of the week [since, until), a week earlier, and before."""
    told = [last_of_channel(col(Reading.value), Metric.FOLLOWERS, *span, also) for span in windows(since, until)]
    return {
        number: Series(*values)
        for some in chunks(list(channel_ids))
        for number, *values in rows_of(session, select(col(Channel.id), *told).where(col(Channel.id).in_(some)))
    }


def metric_names(session: Session, channel_ids: Iterable[int], until: datetime) -> tuple[NameRow, ...]:
    """The platform's own name, version and definition of each metric, as in the last day of collecting it."""
    found: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
    metrics = [metric for metric in Metric if metric not in hand.ONLY]
    ids = list(channel_ids)
    for metric in metrics:
        for newest, some in _asked_last(session, ids, metric, until):
            statement = (
                select(col(Reading.channel_id), col(Reading.name), col(Reading.version), col(Reading.definition))
                .distinct()
                .where(
                    col(Reading.channel_id).in_(some),
                    *_kind_of(metric),
                    col(Reading.metric) == metric.value,
                    col(Reading.taken_at) > newest - timedelta(days=1),
                    col(Reading.taken_at) <= newest,
                )
            )
            for channel_id, *names in rows_of(session, statement):
                found.setdefault((channel_id, metric.value), []).append(tuple(names))
    # sorted here: each database has its own order of letters
    return tuple(
        NameRow(channel_id, metric.value, *names)
        for channel_id in ids
        for metric in metrics
        for names in sorted(found.get((channel_id, metric.value), ()))
    )


def _asked_last(
    session: Session, channel_ids: Sequence[int], metric: Metric, until: datetime
) -> Iterator[tuple[datetime, Sequence[int]]]:
    """When the metric was told or asked last, with its channels: mostly all of them were asked at the same moment."""
    owner = (col(Reading.channel_id) == col(Channel.id), *_kind_of(metric))
    at = latest(metric, None, until, owner, col(Reading.taken_at), told=False).correlate(Channel).scalar_subquery()
    together: dict[datetime, list[int]] = {}
    for some in chunks(channel_ids):
        for number, newest in rows_of(session, select(col(Channel.id), at).where(col(Channel.id).in_(some))):
            if newest is not None:
                together.setdefault(newest, []).append(number)
    for newest, numbers in together.items():
        yield from ((newest, some) for some in chunks(numbers))


def _kind_of(metric: Metric) -> Clauses:
    """Followers are counted on the channel itself, everything else on its publications."""
    if metric is Metric.FOLLOWERS:
        return col(Reading.publication_id).is_(None), col(Reading.day).is_(None)
    return (col(Reading.publication_id).is_not(None),)


def covered(session: Session, week: Week, until: datetime) -> tuple[CoveredRow, ...]:
    """Publications of each topic this week, the week before, and in the week's year so far."""
    at = col(Publication.published_at)
    year = midnight(date(week.year, 1, 1)), min(midnight(date(week.year + 1, 1, 1)), until)
    spans = ((week.since, until), (week.since - WEEK, week.since), year)
    statement = (
        select(col(Post.topic), *(func.count(case((and_(at >= first, at < end), 1))) for first, end in spans))
        .join(Publication, col(Publication.post_id) == col(Post.id))
        .where(is_post(), at >= min(first for first, _ in spans), at < until)
        .group_by(col(Post.topic))
        .order_by(col(Post.topic))
    )
    return tuple(CoveredRow(*row) for row in rows_of(session, statement))


def queue_rows(session: Session, since: datetime, until: datetime) -> tuple[tuple[int, datetime], ...]:
    """(channel, due_at) of the publications due in [since, until) that may still become public."""
    statement = (
        select(col(Publication.channel_id), col(Publication.due_at))
        .where(
            is_post(),
            col(Publication.due_at) >= since,
            col(Publication.due_at) < until,
            col(Publication.state).in_(sorted(state.value for state in OPEN)),
        )
        .order_by(col(Publication.due_at), col(Publication.id))
    )
    return tuple((channel, due_at) for channel, due_at in rows_of(session, statement))


def pending_titles(session: Session) -> tuple[str, ...]:
    """The titles of the posts that wait for approval, oldest first."""
    statement = (
        select(col(Post.title))
        .where(col(Post.state) == Editorial.SUBMITTED.value)
        .order_by(col(Post.updated_at), col(Post.id))
    )
    return tuple(row[0] for row in rows_of(session, statement))
