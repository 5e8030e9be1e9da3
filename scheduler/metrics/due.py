"""What one channel is to be asked at one moment: looked up, then decided by the cadence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from connectors.base import Metric, Part
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.metrics.cadence import Cadence
from scheduler.tables import Publication, Reading

PLATFORM = "platform"
"""The source of a collection that was read, not entered."""
OWN_EVERY = timedelta(hours=6)
"""The channel's own figures: four times a day, the last time right before it ends."""
OLD_AFTER = timedelta(days=2)
"""Counters of older posts hardly move in a day, so they are the first to be left out."""


LATE_MOST = timedelta(days=31)
"""Nothing goes out longer after its hour than this."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be asked: the channel's own figures, and these posts (external id -> publication)."""

    own: bool = False
    posts: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    """Posts that are due and have to wait, because the platform's limit is nearly used up."""

    def __bool__(self) -> bool:
        return self.own or bool(self.posts) or self.left_out > 0


def due_of(
    session: Session, channel_id: int, cadence: Cadence, *, now: datetime, only_new: bool = False, everything: bool
) -> Due:
    """What is due on a channel at `now` (aware). `everything`: due or not; `only_new`: old posts have to wait.

    A collection that came to its end asked everything that was due then, so its moment counts for every publication
    that was public before. After one that did not, what was answered counts, post by post.
    """
    whole = _last_whole(session, channel_id, now)
    # what was answered longer ago does not matter any more: a mark of every interval has passed since
    since = now - max(cadence.longest, OWN_EVERY)
    told = {} if everything else _told_since(session, channel_id, max(since, whole or since), now)
    rows = session.exec(
        select(Publication.id, Publication.external_id, Publication.published_at)
        .where(
            Publication.channel_id == channel_id,
            Publication.part == Part.POST,
            # said so that the index over a channel's days is used: nearly every row of the past is published
            col(Publication.due_at) > now - cadence.oldest - LATE_MOST,
            col(Publication.state).not_in(set(State) - {State.PUBLISHED}),
            Publication.external_id != "",
            col(Publication.published_at) > now - cadence.oldest,
        )
        .order_by(col(Publication.published_at).desc(), col(Publication.id))
    ).all()
    posts, left_out = dict[str, int](), 0
    for number, external_id, published_at in rows:
        assert number is not None and published_at is not None
        asked_at = _later(told.get(number), whole if whole and whole >= published_at else None)
        if not everything and not cadence.is_due(published_at, asked_at, now):
            continue
        if only_new and published_at <= now - OLD_AFTER:
            left_out += 1
        else:
            posts[external_id] = number
    own = everything or cadence.passed(_later(told.get(None), whole), now, OWN_EVERY)
    return Due(own, posts, left_out)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _last_whole(session: Session, channel_id: int, now: datetime) -> datetime | None:
    """When everything that was due was asked and answered last; a moment to come is of a clock that went wrong."""
    return session.exec(
        select(Collection.taken_at)
        .where(
            Collection.channel_id == channel_id,
            Collection.source == PLATFORM,
            Collection.words == "",
            Collection.taken_at <= now,
        )
        .order_by(col(Collection.taken_at).desc())
        .limit(1)
    ).first()


def _told_since(session: Session, channel_id: int, since: datetime, now: datetime) -> dict[int | None, datetime]:
    """Publication (None: the channel itself) -> when its figures came last, by what the platform told."""
    rows = session.exec(
        select(Reading.publication_id, func.max(Reading.taken_at))
        .join(Collection, col(Collection.id) == col(Reading.collection_id), isouter=True)
        .where(
            # said so that the index over moments is used: a channel has years of readings
            col(Reading.channel_id) + 0 == channel_id,
            Reading.taken_at > since,
            Reading.taken_at <= now,
            or_(col(Reading.publication_id).is_not(None), col(Reading.metric) == Metric.FOLLOWERS),
            or_(col(Collection.id).is_(None), col(Collection.source) == PLATFORM),
        )
        .group_by(col(Reading.publication_id))
    )
    return {number: at for number, at in rows if at is not None}
