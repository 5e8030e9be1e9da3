"""Figures of a span for the desk: what was published in it, and its counters as they stand at the last reading.

SELECTs on columns only. A counter is cumulative and told per post, so a span's figures are those of the posts that
were published in it, up to the last collection; the weekly summary tells what a week gained. None means that the
platform told nothing. Reach and views of two channels are never added (architecture, "Honest numbers").
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col
from sqlmodel import select as rows

from connectors.base import Metric
from content.plan import Plan
from content.tables import Post
from content.vietnamese import local_day
from reports.coverage import TopicLine, coverage
from reports.marks import broken_between
from reports.only import Only, went_public
from reports.queries import COUNTERS
from reports.seeks import latest, of_channel
from reports.spans import Span
from reports.summary import BASES, PARTS
from scheduler.tables import Channel, Publication, Reading

ON_TIME = timedelta(minutes=5)
"""Public this long after its hour is still on time."""

AT_ONCE = 2_000
"""Ids in one statement; every database takes as many."""


@dataclass(frozen=True, slots=True)
class PostLine:
    """One publication with its counters."""

    id: int
    channel_id: int
    key: str
    title: str
    topic: str
    agency: str
    due_at: datetime
    published_at: datetime
    permalink: str
    counters: Mapping[str, int | None]

    @property
    def interactions(self) -> int | None:
        """Of the parts that are known; None when none is."""
        return total(self.counters[part] for part in PARTS)


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel's figures of the span."""

    id: int
    key: str
    name: str
    platform: str
    published: int = 0
    before: int = 0
    """Published in as many days just before."""
    base_metric: str = ""
    base: int | None = None
    interactions: int | None = None
    rate: float | None = None
    followers: int | None = None
    followers_before: int | None = None
    collected_at: datetime | None = None

    @property
    def gained(self) -> int | None:
        """Followers gained in the span; None when one of the two counts is missing or counted otherwise."""
        known = self.followers is not None and self.followers_before is not None
        return (self.followers or 0) - (self.followers_before or 0) if known else None


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything a page of figures shows of one span."""

    span: Span
    posts: tuple[PostLine, ...]
    channels: tuple[ChannelLine, ...]
    topics: tuple[TopicLine, ...]
    per_day: Mapping[tuple[int, date], int] = field(default_factory=dict)
    """(channel, local day) -> publications."""

    @property
    def published(self) -> int:
        """Publications of the span."""
        return len(self.posts)

    @property
    def published_before(self) -> int:
        """Publications of as many days just before."""
        return sum(line.before for line in self.channels)

    @property
    def asked(self) -> int:
        """Points of the plan that it asks something of in this span."""
        return sum(bool(line.wanted) for line in self.topics)

    @property
    def met(self) -> int:
        """Those of them that reached their minimum."""
        return sum(line.done >= line.wanted for line in self.topics if line.wanted)

    @property
    def on_time(self) -> float | None:
        """The share of publications that were public within `ON_TIME` of their hour."""
        if not self.posts:
            return None
        return sum(post.published_at - post.due_at <= ON_TIME for post in self.posts) / len(self.posts)


def figures(session: Session, span: Span, plan: Plan | None, now: datetime, only: Only = Only()) -> Figures:
    """The figures of `span` as known `now` (aware): nine statements and two for each channel, however much there is."""
    channels = session.exec(rows(Channel).order_by(col(Channel.id))).all()
    wanted = [one for one in channels if not only.channel or one.key == only.channel]
    posts = post_lines(session, span, only)
    before = _counts(session, span.before, only)
    return Figures(
        span,
        posts,
        tuple(_channel(session, one, posts, before, span) for one in wanted),
        coverage(session, span, plan, now, only).topics if plan else (),
        Counter((post.channel_id, local_day(post.published_at)) for post in posts),
    )


def post_lines(session: Session, span: Span, only: Only = Only()) -> tuple[PostLine, ...]:
    """Each publication that became public in the span, newest first, with the last value of each counter."""
    return _lines(session, *went_public(span), *only.where)


def lines_of(session: Session, ids: Sequence[int]) -> tuple[PostLine, ...]:
    """The same of these publications, as far as they are public; newest first."""
    at = col(Publication.published_at)
    parts = [ids[place : place + AT_ONCE] for place in range(0, len(ids), AT_ONCE)]
    lines = [line for part in parts for line in _lines(session, col(Publication.id).in_(part), at.is_not(None))]
    return tuple(sorted(lines, key=lambda line: (line.published_at, line.id), reverse=True))


def _lines(session: Session, *where: ColumnElement[bool]) -> tuple[PostLine, ...]:
    statement = (
        select(
            col(Publication.id), col(Publication.channel_id), col(Post.key), col(Post.title), col(Post.topic),
            col(Post.agency), col(Publication.due_at), col(Publication.published_at), col(Publication.permalink),
            *(_last(metric) for metric in COUNTERS),
        )
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(*where)
        .order_by(col(Publication.published_at).desc(), col(Publication.id).desc())
    )  # fmt: skip
    names = [metric.value for metric in COUNTERS]
    return tuple(_post_line(tuple(row), names) for row in session.connection().execute(statement))


_FACTS = ("id", "channel_id", "key", "title", "topic", "agency", "due_at", "published_at", "permalink")


def _post_line(row: tuple[Any, ...], names: Sequence[str]) -> PostLine:
    facts = dict(zip(_FACTS, row, strict=False))
    return PostLine(**facts, counters=dict(zip(names, row[len(_FACTS) :], strict=True)))


def total(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def base_of(posts: Sequence[PostLine]) -> str:
    """What these posts' interactions are measured against: reach where it is told, else views, else nothing."""
    return next((base for base in BASES if any(post.counters[base] is not None for post in posts)), "")


def rate_of(posts: Sequence[PostLine], base: str) -> float | None:
    """Interactions per base over the posts that have both."""
    both = [post for post in posts if base and post.counters[base] and post.interactions is not None]
    below = sum(post.counters[base] or 0 for post in both)
    return sum(post.interactions or 0 for post in both) / below if below else None


def _last(metric: Metric) -> Any:
    """The last value that was told; one seek in the covering index."""
    return (
        select(col(Reading.value))
        .where(
            col(Reading.publication_id) == col(Publication.id),
            col(Reading.metric) == metric.value,
            col(Reading.value).is_not(None),
        )
        .order_by(col(Reading.taken_at).desc(), col(Reading.value).desc())
        .limit(1)
        .correlate(Publication)
        .scalar_subquery()
    )


def _counts(session: Session, span: Span, only: Only) -> dict[int, int]:
    statement = (
        select(col(Publication.channel_id), func.count())
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(*went_public(span), *only.where)
        .group_by(col(Publication.channel_id))
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _channel(
    session: Session, channel: Channel, posts: Sequence[PostLine], before: Mapping[int, int], span: Span
) -> ChannelLine:
    mine = [post for post in posts if post.channel_id == channel.id]
    base = base_of(mine)
    last = _followers(session, channel.id or 0, span.until)
    earlier, told_at = _followers(session, channel.id or 0, span.since)
    otherwise = broken_between(channel.platform, Metric.FOLLOWERS, told_at, last[1])
    return ChannelLine(
        id=channel.id or 0,
        key=channel.key,
        name=channel.name,
        platform=channel.platform,
        published=len(mine),
        before=before.get(channel.id or 0, 0),
        base_metric=base,
        base=total(post.counters[base] for post in mine) if base else None,
        interactions=total(post.interactions for post in mine),
        rate=rate_of(mine, base),
        followers=last[0],
        followers_before=None if otherwise else earlier,
        collected_at=last[1],
    )


def _followers(session: Session, channel_id: int, until: datetime) -> tuple[int | None, datetime | None]:
    """The last count of followers before a moment, and when it was taken."""
    told = (col(Reading.value), col(Reading.taken_at))
    statement = latest(Metric.FOLLOWERS, None, until, of_channel(channel_id), *told)
    row = session.connection().execute(statement).first()
    return (row[0], row[1]) if row else (None, None)


def series(session: Session, channel_id: int, span: Span) -> list[tuple[date, int | None]]:
    """A channel's followers at the end of each local day of the span; None where nothing was told that day."""
    statement = (
        select(col(Reading.taken_at), col(Reading.value))
        .where(
            *of_channel(channel_id),
            col(Reading.metric) == Metric.FOLLOWERS.value,
            col(Reading.taken_at) >= span.since,
            col(Reading.taken_at) < span.until,
        )
        .order_by(col(Reading.taken_at))
    )
    told = {local_day(at): value for at, value in session.connection().execute(statement) if value is not None}
    return [(on, told.get(on)) for on in (span.first + timedelta(days=n) for n in range(span.days))]
