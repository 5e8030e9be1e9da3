"""What one channel is to be asked at one moment: looked up, then decided by the cadence."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, ScalarSelect, Select, bindparam, func, or_
from sqlalchemy import select as columns
from sqlmodel import col

from connectors.base import Metric, Part
from scheduler.channels import CONNECTED
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.metrics.cadence import Cadence
from scheduler.rows import one_of
from scheduler.tables import Channel, Publication, Reading

PLATFORM = "platform"
"""The source of a collection that was read, not entered."""
OWN_EVERY = timedelta(hours=6)
"""The channel's own figures: four times a day, the last time right before it ends."""
OLD_AFTER = timedelta(days=2)
"""Counters of older posts hardly move in a day, so they are the first to be left out."""


LATE_MOST = timedelta(days=31)
"""Nothing goes out longer after its hour than this."""
EARLY_MOST = timedelta(days=1)
"""Nothing went out so long before its hour: what waits further ahead is not read."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be asked: the channel's own figures, and these posts (external id -> publication)."""

    own: bool = False
    posts: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    """Posts that are due and have to wait, because the platform's limit is nearly used up."""
    old: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """Those of the posts that may wait."""

    def __bool__(self) -> bool:
        return self.own or bool(self.posts) or self.left_out > 0

    def only_new(self) -> "Due":
        """What is left of it near a limit: old posts have to wait."""
        posts = {name: number for name, number in self.posts.items() if name not in self.old}
        return Due(self.own, posts, len(self.posts) - len(posts))


class Asked(NamedTuple):
    """How far a connected channel was asked: enough to tell that nothing can be due, without a look at its posts."""

    channel_id: int
    whole: datetime | None
    """When everything that was due was asked and answered last."""
    newest: datetime | None
    """When its newest post went out, where that was not long ago."""
    last: datetime | None
    """When anything was asked last, whatever became of it."""

    def leaves(self, cadence: Cadence, now: datetime) -> bool:
        """Whether anything may be due: a mark has passed since then, or a post went out that was never asked for."""
        if self.whole is None or (self.newest is not None and self.newest > self.whole):
            return True
        return any(cadence.passed(self.whole, now, every) for every in {OWN_EVERY, *cadence.intervals})

    @property
    def is_in_part(self) -> bool:
        """Whether there may be answers that belong to no whole collection."""
        return self.whole is None or self.last is None or self.last > self.whole


def asked(connection: Connection, now: datetime) -> Sequence[Asked]:
    """Every connected channel by its key, in one statement."""
    # a whole collection from before this leaves the channel's own figures due, whatever went out since
    facts = {"now": now, "recent": now - OWN_EVERY}
    return [Asked._make(row) for row in connection.execute(_asked(), facts)]


def due_on(
    connection: Connection, waiting: Iterable[Asked], cadence: Cadence, *, now: datetime, everything: bool = False
) -> dict[int, Due]:
    """What is due on each of these channels at `now` (aware), by its id. `everything`: due or not.

    A collection that came to its end asked everything that was due then, so its moment counts for every publication
    that was public before. After one that did not, what was answered counts, post by post. Channels that were asked
    together last are looked up together.
    """
    together: dict[datetime | None, list[int]] = defaultdict(list)
    in_part = set()
    for one in waiting:
        together[one.whole].append(one.channel_id)
        if one.is_in_part:
            in_part.add(one.channel_id)
    found: dict[int, Due] = {}
    for whole, channels in together.items():
        found |= _due_after(connection, channels, whole, in_part, cadence, now=now, everything=everything)
    return found


def _due_after(
    connection: Connection, channels: Sequence[int], whole: datetime | None, in_part: Set[int], cadence: Cadence, *,
    now: datetime, everything: bool,
) -> dict[int, Due]:  # fmt: skip
    """The same for channels of which everything was asked and answered last at the moment `whole`; and some of it
    since then of those that are `in_part`."""
    # what was answered longer ago does not matter any more: a mark of every interval has passed since
    since = now - max(cadence.longest, OWN_EVERY)
    rows = connection.execute(_posts(), _reach(channels, None if everything else whole, cadence, now)).all()
    own = everything or cadence.passed(whole, now, OWN_EVERY)
    doubtful = [] if everything else channels if own else sorted({row.channel_id for row in rows})
    doubtful = [number for number in doubtful if number in in_part]
    told = _told_since(connection, doubtful, max(since, whole or since), now) if doubtful else {}
    posts: dict[int, dict[str, int]] = {number: {} for number in channels}
    old: dict[int, set[str]] = {number: set() for number in channels}
    for channel_id, number, external_id, published_at in rows:
        assert number is not None and published_at is not None
        asked_at = _later(told.get((channel_id, number)), whole if whole and whole >= published_at else None)
        if everything or cadence.is_due(published_at, asked_at, now):
            posts[channel_id][external_id] = number
            if published_at <= now - OLD_AFTER:
                old[channel_id].add(external_id)
    return {
        number: Due(
            everything or (own and cadence.passed(_later(told.get((number, None)), whole), now, OWN_EVERY)),
            posts[number],
            old=frozenset(old[number]),
        )
        for number in channels
    }


def _reach(channels: Sequence[int], whole: datetime | None, cadence: Cadence, now: datetime) -> dict[str, Any]:
    """Which posts have to be looked at: of those that were public at the last whole collection only the ages of which
    a mark has passed since."""
    oldest = now - cadence.oldest
    if whole is not None:
        ages = [step.age for step in cadence.steps if cadence.passed(whole, now, step.every)]
        oldest = max(oldest, min(whole, now - max(ages)) if ages else whole)
    return {"channels": channels, "after": oldest, "due_after": oldest - LATE_MOST, "due_until": now + EARLY_MOST}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _told_since(
    connection: Connection, channels: Sequence[int], since: datetime, now: datetime
) -> dict[tuple[int, int | None], datetime]:
    """Channel and publication (None: the channel itself) -> when its figures came last, by what the platform told."""
    rows = connection.execute(_told(), {"channels": channels, "since": since, "now": now})
    return {(channel_id, number): at for channel_id, number, at in rows}


# The statements, put together once: a channel is looked at every hour --------------------------------------


def _last(channel: Any, *which: Any) -> ScalarSelect[datetime]:
    """The last collection of a channel; a moment to come is of a clock that went wrong."""
    return (
        columns(col(Collection.taken_at))
        .where(
            col(Collection.channel_id) == channel,
            col(Collection.source) == PLATFORM,
            col(Collection.taken_at) <= bindparam("now"),
            *which,
        )
        .order_by(col(Collection.taken_at).desc())
        .limit(1)
        .scalar_subquery()
    )


def _stands() -> tuple[Any, ...]:
    """What figures are asked of: a post that is on its channel."""
    return (
        col(Publication.part) == Part.POST,
        one_of((State.PUBLISHED,)),
        col(Publication.external_id) != "",
    )


@cache
def _asked() -> Select[int | None, datetime | None, datetime | None, datetime | None]:
    row = Publication
    # said so that the index over moments is used: by a channel's own index all that ever went out is read
    channel = (col(row.channel_id) + 0).label("channel_id")
    newest = (
        columns(channel, func.max(row.published_at).label("at"))
        .where(*_stands(), col(row.published_at) > bindparam("recent"))
        .group_by(channel)
        .subquery()
    )
    return (
        columns(
            col(Channel.id), _last(col(Channel.id), col(Collection.words) == ""), newest.c.at, _last(col(Channel.id))
        )
        .outerjoin(newest, newest.c.channel_id == col(Channel.id))
        .where(col(Channel.state) == CONNECTED)
        .order_by(col(Channel.key), col(Channel.id))
    )


@cache
def _posts() -> Select[int, int | None, str, datetime | None]:
    row = Publication
    return (
        columns(col(row.channel_id), col(row.id), col(row.external_id), col(row.published_at))
        .where(
            col(row.channel_id).in_(bindparam("channels", expanding=True)),
            *_stands(),
            # said so that the index over a channel's days is used
            col(row.due_at) > bindparam("due_after"),
            col(row.due_at) <= bindparam("due_until"),
            col(row.published_at) > bindparam("after"),
        )
        .order_by(col(row.published_at).desc(), col(row.id))
    )


@cache
def _told() -> Select[int, int | None, datetime]:
    return (
        columns(col(Reading.channel_id), col(Reading.publication_id), func.max(Reading.taken_at))
        .join(Collection, col(Collection.id) == col(Reading.collection_id), isouter=True)
        .where(
            col(Reading.channel_id).in_(bindparam("channels", expanding=True)),
            col(Reading.taken_at) > bindparam("since"),
            col(Reading.taken_at) <= bindparam("now"),
            or_(col(Reading.publication_id).is_not(None), col(Reading.metric) == Metric.FOLLOWERS),
            or_(col(Collection.id).is_(None), col(Collection.source) == PLATFORM),
        )
        .group_by(col(Reading.channel_id), col(Reading.publication_id))
    )
