"""What stands in the queue and what went out, as the autopilot counts it: near its days row by row, the rest in sums.

A decision asks of what is far from its days only how often a post was used on a channel, when the nearest time was, and
how many publications the year and a campaign have: the database counts that, along its indexes, however long the past
is and however much waits ahead.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    not_,
    or_,
    union_all,
)
from sqlalchemy import select as columns
from sqlmodel import Session, col

from connectors.base import Part
from content.tables import Post
from scheduler.autopilot import After, Before, CampaignGoal, Used, slot_times
from scheduler.candidates import IS_CHOSEN, chunks
from scheduler.db import spelled
from scheduler.lifecycle import State
from scheduler.rows import OCCUPIES, one_of, own_time
from scheduler.tables import Channel, Publication

Pair = tuple[int, int]
"""(post, channel)."""
FOR_GOOD = spelled((State.PUBLISHED, State.WITHDRAWN))
"""What is used in one of these stays used."""


@dataclass(frozen=True, slots=True)
class Near:
    """Some days with the weeks and months they lie in, and what a gap between posts reaches beyond: from `begin` up to
    `end` (aware) everything is read row by row."""

    first: date
    last: date
    begin: datetime
    end: datetime

    @classmethod
    def around(cls, first: date, last: date, gap_minutes: int) -> "Near":
        """Around the days from `first` to `last`."""
        more = 1 + gap_minutes // (24 * 60)
        monday = first - timedelta(days=first.weekday())
        sunday = last + timedelta(days=6 - last.weekday())
        month_end = date(last.year + last.month // 12, last.month % 12 + 1, 1) - timedelta(days=1)
        begin, end = min(monday, first.replace(day=1)), max(sunday, month_end)
        return cls(first, last, midnight(begin - timedelta(days=more)), midnight(end + timedelta(days=more + 1)))

    @property
    def told(self) -> dict[str, Any]:
        """For statements."""
        return {"begin": self.begin, "end": self.end}


class Row(NamedTuple):
    """A post of the queue, or one that went out, at its own time (aware)."""

    id: int
    post_id: int
    channel_id: int
    at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts of its post."""

    topic: str
    audiences: tuple[str, ...]
    series: str
    part: int
    content_hash: str = ""


def as_used(row: Row, post: Facts) -> Used:
    """What the autopilot counts."""
    return Used(row.post_id, post.topic, row.at, row.channel_id, post.audiences, post.series, post.part)


_SERIES = columns(col(Post.id)).where(col(Post.series) != "")


class Whole(NamedTuple):
    """The posts of which everything is read, however far. An old library has more parts of series than a statement may
    have parameters, so the database looks those up itself; pins are few."""

    series: frozenset[int] = frozenset()
    pins: frozenset[int] = frozenset()

    @classmethod
    def of(cls, session: Session, pins: Iterable[int]) -> "Whole":
        """All that are parts of a series, and these."""
        series = session.connection().execute(_SERIES).scalars()
        return cls(frozenset(number or 0 for number in series), frozenset(pins))

    @property
    def posts(self) -> frozenset[int]:
        """All of them."""
        return self.series | self.pins


def midnight(on: date) -> datetime:
    """The begin (aware) of a local day."""
    return slot_times(on, [0])[0]


# Near ------------------------------------------------------------------------------------------------------


def rows_near(session: Session, near: Near, whole: Whole, channels: Sequence[int] | None = None) -> list[Row]:
    """All that stands in the queue or went out near the days, all of the posts `whole` however far, and what is ready,
    whose hour may be another one by now; on these channels, or on all."""
    told: dict[str, Any] = dict(near.told)
    if whole.pins:
        told["pins"] = sorted(whole.pins)
    if channels is not None:
        told["channels"] = list(channels)
    found = session.connection().execute(_rows(channels is None, bool(whole.series), bool(whole.pins)), told)
    return list({number: Row(number, *rest) for number, *rest in found}.values())


@cache
def _rows(everywhere: bool, some_series: bool, some_pins: bool) -> CompoundSelect[Any]:
    row = Publication
    due = col(row.due_at)
    spans = [
        and_(due >= bindparam("begin"), due < bindparam("end")),
        col(row.state) == State.READY,
        *([col(row.post_id).in_(_SERIES)] if some_series else []),
        *([col(row.post_id).in_(bindparam("pins", expanding=True))] if some_pins else []),
    ]
    these = () if everywhere else (col(row.channel_id).in_(bindparam("channels", expanding=True)),)
    facts = (col(row.id), col(row.post_id), col(row.channel_id), own_time(), due)
    return union_all(*(columns(*facts).where(span, *_stands(), *these) for span in spans))


def _stands() -> tuple[ColumnElement[bool], ...]:
    return (col(Publication.part) == Part.POST, one_of(OCCUPIES))


def facts_of(session: Session, posts: Iterable[int]) -> dict[int, Facts]:
    """What counts of these posts, by id."""
    found: dict[int, Facts] = {}
    for chunk in chunks(posts):
        for number, topic, audiences, series, part, content_hash in session.connection().execute(
            _FACTS, {"posts": chunk}
        ):
            found[number or 0] = Facts(topic, tuple(audiences), series, part, content_hash)
    return found


_FACTS = columns(
    col(Post.id), col(Post.topic), col(Post.audiences), col(Post.series), col(Post.series_part), col(Post.content_hash)
).where(col(Post.id).in_(bindparam("posts", expanding=True)))


# Far -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Far:
    """What lies before and after everything that is near: of each post on each channel."""

    before: Mapping[Pair, Before]
    after: Mapping[Pair, After]
    for_good: Mapping[int, frozenset[int]]
    """Post -> the channels on which it is used and will always be."""


def far(session: Session, near: Near, asked: Mapping[frozenset[int], Sequence[int]], uncounted: Collection[int]) -> Far:
    """The sums of these posts (channels -> posts) on these channels; of what is read row by row nothing is in them.

    `uncounted`: posts of which nobody asks how often, so that only the nearest and the last use are looked up.
    """
    before: dict[Pair, Before] = {}
    after: dict[Pair, After] = {}
    for_good: dict[int, set[int]] = defaultdict(set)
    for channels, every in asked.items():
        told = {**near.told, "channels": sorted(channels)}
        for posts in chunks(set(every).difference(uncounted)) if channels else ():
            counted = session.connection().execute(_FAR, {**told, "posts": posts})
            for post_id, channel_id, had, last, coming, first, latest, final in counted:
                if had:
                    before[post_id, channel_id] = Before(had, last)
                if coming:
                    after[post_id, channel_id] = After(coming, first, latest)
                if final:
                    for_good[post_id].add(channel_id)
        for posts in chunks(set(every).intersection(uncounted)) if channels else ():
            for post_id, channel_id, last, first, latest, final in session.connection().execute(
                _NEAREST, {**told, "posts": posts}
            ):
                if last is not None:
                    before[post_id, channel_id] = Before(1, last)
                if first is not None:
                    after[post_id, channel_id] = After(1 if first == latest else 3, first, latest)
                if final is not None:
                    for_good[post_id].add(channel_id)
    return Far(before, after, {post_id: frozenset(channels) for post_id, channels in for_good.items()})


def _nearest() -> Select[Any]:
    row, due = Publication, col(Publication.due_at)

    def one(span: ColumnElement[bool], order: ColumnElement[Any]) -> ScalarSelect[Any]:
        mine = (col(row.post_id) == col(Post.id), col(row.channel_id) == col(Channel.id))
        found = columns(due).where(*mine, span, col(row.state) != State.READY, *_stands())
        return found.order_by(order).limit(1).correlate(Post, Channel).scalar_subquery()

    past, coming = due < bindparam("begin"), due >= bindparam("end")
    final = one(col(row.state).in_(FOR_GOOD), due.desc())
    facts = (one(past, due.desc()), one(coming, due.asc()), one(coming, due.desc()), final)
    return (
        columns(col(Post.id), col(Channel.id), *facts)
        .join_from(Post, Channel, col(Channel.id).in_(bindparam("channels", expanding=True)))
        .where(col(Post.id).in_(bindparam("posts", expanding=True)))
    )


_NEAREST = _nearest()


def _far() -> Select[int, int, int, datetime, int, datetime, datetime, int]:
    row = Publication
    due, past = col(row.due_at), col(row.due_at) < bindparam("begin")
    coming = col(row.due_at) >= bindparam("end")
    one: ColumnElement[int] = func.sum(case((past, 1), else_=0))
    other: ColumnElement[int] = func.sum(case((coming, 1), else_=0))
    return (
        columns(
            col(row.post_id), col(row.channel_id), one, func.max(case((past, due))), other,
            func.min(case((coming, due))), func.max(case((coming, due))),
            func.sum(case((col(row.state).in_(FOR_GOOD), 1), else_=0)),
        )
        .where(
            col(row.post_id).in_(bindparam("posts", expanding=True)),
            col(row.channel_id).in_(bindparam("channels", expanding=True)),
            # and no span of time, or it would not go along one index to its end
            col(row.state) != State.READY,
            *_stands(),
        )
        .group_by(col(row.post_id), col(row.channel_id))
    )  # fmt: skip


_FAR = _far()


def standing_unchosen(session: Session, since: date, until: date) -> dict[int, str]:
    """Post -> content hash, of the posts that may not be chosen and stand or went out from `since` to `until` (local
    days), or are ready, which may be at another hour by now: those that may be chosen are known whether they do or
    not."""
    told = {"since": midnight(since), "until": midnight(until + timedelta(days=1))}
    return {number or 0: name for number, name in session.connection().execute(_UNCHOSEN, told)}


def _unchosen() -> CompoundSelect[Any]:
    row = Publication
    due, mine = col(row.due_at), col(row.post_id) == col(Post.id)
    spans = (
        exists().where(mine, due >= bindparam("since"), due < bindparam("until"), *_stands()),
        # few are ready at a time, along the index of what waits
        col(Post.id).in_(columns(col(row.post_id)).where(col(row.state) == State.READY, col(row.part) == Part.POST)),
    )
    facts = (col(Post.id), col(Post.content_hash))
    return union_all(*(columns(*facts).where(not_(and_(*IS_CHOSEN)), span) for span in spans))


_UNCHOSEN = _unchosen()


def went_in_years(session: Session, near: Near, whole: Whole) -> dict[tuple[int, str], int]:
    """(year, topic) -> what the years of the days have outside of what is near, without the posts `whole`."""
    found: Counter[tuple[int, str]] = Counter()
    for year in range(near.first.year, near.last.year + 1):
        told = {
            **near.told, "since": midnight(date(year, 1, 1)), "until": midnight(date(year + 1, 1, 1)),
            "pins": sorted(whole.pins) or [0],
        }  # fmt: skip
        for topic, times in session.connection().execute(_went(), told):
            found[year, topic] += int(times)  # PostgreSQL sums up counts to a Decimal
    return found


@cache
def _went() -> Select[str, int]:
    row, due = Publication, col(Publication.due_at)
    spans = (
        (due >= bindparam("since"), due < bindparam("begin"), due < bindparam("until")),
        (due >= bindparam("end"), due >= bindparam("since"), due < bindparam("until")),
    )
    counted = union_all(
        *(
            columns(col(row.post_id).label("post_id"), func.count().label("times"))
            .where(
                *span, *_stands(), col(row.state) != State.READY,
                col(row.post_id).not_in(_SERIES), col(row.post_id).not_in(bindparam("pins", expanding=True)),
            )
            .group_by(col(row.post_id))
            for span in spans
        )
    ).subquery()  # fmt: skip
    times: ColumnElement[int] = func.sum(counted.c.times)
    return columns(col(Post.topic), times).where(counted.c.post_id == col(Post.id)).group_by(col(Post.topic))


def had_in(session: Session, near: Near, campaign: CampaignGoal, whole: Whole) -> dict[tuple[str, int], int]:
    """(topic, channel) -> what the campaign's posts had in its days outside of what is near, without `whole`."""
    since, until = midnight(campaign.first), midnight(campaign.last + timedelta(days=1))
    found: Counter[tuple[str, int]] = Counter()
    if since >= near.begin and until <= near.end:
        return {}
    for chunk in chunks(campaign.posts - whole.posts):
        told = {**near.told, "since": since, "until": until, "posts": chunk}
        for topic, channel_id, times in session.connection().execute(_had_in(), told):
            found[topic, channel_id] += times
    return dict(found)


@cache
def _had_in() -> Select[str, int, int]:
    row, due = Publication, col(Publication.due_at)
    return (
        columns(col(Post.topic), col(row.channel_id), func.count())
        .where(
            col(row.post_id).in_(bindparam("posts", expanding=True)),
            col(row.post_id) == col(Post.id),
            due >= bindparam("since"), due < bindparam("until"),
            or_(due < bindparam("begin"), due >= bindparam("end")),
            col(row.state) != State.READY,
            *_stands(),
        )
        .group_by(col(Post.topic), col(row.channel_id))
    )  # fmt: skip
