"""How far the plan's content was covered in a span of days (domain 1.3): topic by channel, agency, form and period.

What counts is publications: one post on one channel at one time. So every cell is a whole number of the same things,
the cells of a column add up to the channel's publications, and those of a row to the topic's. How many posts they
are of (each once) stands beside. A publication counts in the span in which it became public; taken down later, it is
still counted, and told beside. Only a post's main topic counts. What was done outside the channels is its own column.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, case, func, literal, or_, select, union_all
from sqlalchemy.sql.expression import SQLColumnExpression
from sqlmodel import Session, col

from content.activities import KINDS, Asked, Column, Tally, tallies
from content.plan import Plan
from content.tables import PortalSource, Post, Suggestion
from content.vietnamese import local_day
from reports.only import OFFICE, Only, is_post, went_public
from reports.spans import Span, minimum, months_of, weeks_of
from scheduler.lifecycle import OPEN, State
from scheduler.rows import one_of, own_time
from scheduler.tables import Channel, Publication

MONTH, WEEK = "month", "week"
"""How a span may be cut into periods."""
ELSEWHERE = "Nội dung ngoài kế hoạch"
"""The row of publications whose topic the plan does not name: without it the columns would not add up."""


class Cell(NamedTuple):
    """One cell: publications that went out, those that wait, and what the plan asks."""

    done: int = 0
    queued: int = 0
    wanted: int | None = None
    """None: the plan asks nothing of such a cell; it sets minimums by topic and time alone."""

    @property
    def missing(self) -> int | None:
        """How many were not published yet, whatever waits; None without a minimum."""
        return None if self.wanted is None else max(0, self.wanted - self.done)

    @property
    def short(self) -> int | None:
        """How many would still be missing if everything that waits went out; None without a minimum."""
        return None if self.wanted is None else max(0, self.wanted - self.done - self.queued)


class Key(NamedTuple):
    """What a count is of."""

    topic: str
    form: str
    """The content form of the post: van_ban, infographic, video, lien_ket."""
    channel: int
    agency: str
    period: int
    """The place in `Coverage.periods`."""


@dataclass(frozen=True, slots=True)
class ChannelColumn:
    """A channel of the matrix."""

    id: int
    key: str
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One point of the plan in the span, in publications."""

    letter: str
    """Empty: every topic that the plan does not name."""
    label: str
    cell: Cell
    posts: int = 0
    """How many posts the publications are of, each once."""
    outside: Mapping[Column, int] = field(default_factory=dict)
    """What was done outside the channels, by column: articles of the portals, the press, direct. Never added to the
    publications."""

    @property
    def done(self) -> int:
        """Publications."""
        return self.cell.done

    @property
    def queued(self) -> int:
        """Publications that wait and may still go out within the span."""
        return self.cell.queued

    @property
    def wanted(self) -> int | None:
        """What the plan asks; None where it cannot be held against a part of the office."""
        return self.cell.wanted

    @property
    def missing(self) -> int:
        """How many publications are missing, not counting those that wait; 0 where nothing is asked."""
        return self.cell.missing or 0


@dataclass(frozen=True, slots=True)
class Split:
    """Online and traditional communications (domain 1.11.5), each in things of its own kind."""

    publications: int
    portal: int
    press: int
    direct: int

    @property
    def online(self) -> int:
        """Publications on the channels and articles of the portals."""
        return self.publications + self.portal

    @property
    def traditional(self) -> int:
        """The press, and what was done face to face or in print."""
        return self.press + self.direct

    @property
    def share(self) -> float | None:
        """The share of online ones in all; None when there is nothing."""
        every = self.online + self.traditional
        return self.online / every if every else None


@dataclass(frozen=True)
class Coverage:
    """The counts of one span; every matrix is a view of them."""

    span: Span
    cutoff: datetime
    """What was published from then on is not counted."""
    only: Only
    periods: tuple[Span, ...]
    """The span itself, or its months or weeks."""
    topics: tuple[TopicLine, ...]
    channels: tuple[ChannelColumn, ...]
    agencies: tuple[str, ...]
    """Those that have something in the span, the office first."""
    forms: tuple[str, ...]
    """The content forms that occur."""
    done: Mapping[Key, int]
    queued: Mapping[Key, int]
    activities: tuple[Tally, ...]
    """What was done outside the channels, by kind, agency, topic and form."""
    targets: Mapping[tuple[str, int], int]
    """(topic, period) -> what the plan asks; empty where the figures are of a part of the office."""
    withdrawn: int = 0
    """Of the publications, those that were taken down again."""

    @property
    def published(self) -> int:
        """Every publication of the span."""
        return sum(self.done.values())

    @property
    def posts(self) -> int:
        """How many posts they are of, each once."""
        return sum(line.posts for line in self.topics)

    @property
    def planned(self) -> int:
        """What the plan asks of all topics together."""
        return sum(line.wanted or 0 for line in self.topics)

    @property
    def fulfilled(self) -> int:
        """How much of it was done, each topic no further than its own minimum."""
        return sum(min(line.done, line.wanted or 0) for line in self.topics)

    @property
    def completion(self) -> float | None:
        """The share of the plan that was done; None when nothing is planned. A surplus covers no other topic's lack."""
        return self.fulfilled / self.planned if self.planned else None

    @property
    def completion_told(self) -> float | None:
        """The same, cut off after a tenth of a percent: what is not reached is never rounded up to it."""
        return self.fulfilled * 1000 // self.planned / 1000 if self.planned else None

    @property
    def short(self) -> tuple[TopicLine, ...]:
        """The topics that are below their minimum."""
        return tuple(line for line in self.topics if line.missing)

    @property
    def split(self) -> Split:
        """Online and traditional."""
        return Split(self.published, *(self.outside[column] for column in Column))

    @property
    def outside(self) -> dict[Column, int]:
        """The foot of the columns outside the channels."""
        return {column: sum(line.outside.get(column, 0) for line in self.topics) for column in Column}

    def cells(self, across: str) -> dict[tuple[str, Any], Cell]:
        """(topic, value) -> cell, for one way across: "channel", "agency", "form" or "period"; empty cells left out."""
        done, queued = self._sums(self.done, across), self._sums(self.queued, across)
        asked: Mapping[tuple[str, Any], int] = self.targets if across == "period" else {}
        keys = dict.fromkeys([*done, *queued, *(key for key, wanted in asked.items() if wanted)])
        return {key: Cell(done[key], queued[key], asked.get(key)) for key in keys}

    def totals(self, across: str) -> dict[Any, Cell]:
        """The foot of each column: what its cells add up to."""
        found: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
        for (_, value), cell in self.cells(across).items():
            found[value][0] += cell.done
            found[value][1] += cell.queued
        return {value: Cell(done, queued) for value, (done, queued) in found.items()}

    def _sums(self, counts: Mapping[Key, int], across: str) -> Counter[tuple[str, Any]]:
        known = {line.letter for line in self.topics}
        found: Counter[tuple[str, Any]] = Counter()
        for key, count in counts.items():
            found[key.topic if key.topic in known else "", getattr(key, across)] += count
        return found


def coverage(
    session: Session,
    span: Span,
    plan: Plan | None,
    cutoff: datetime,
    only: Only = Only(),
    *,
    steps: str = "",
    first_weekday: int = 0,
) -> Coverage:
    """The coverage of a span as known at `cutoff` (aware); seven statements, however much there is.

    `steps` cuts the span into periods ("month", "week"; a week begins on `first_weekday`).
    """
    periods = {MONTH: months_of(span), WEEK: weeks_of(span, first_weekday)}.get(steps, (span,))
    at = col(Publication.published_at)
    done, withdrawn = _counted(session, periods, only, at, is_post(), at < min(cutoff, span.until))
    queued, _ = _counted(session, periods, only, own_time(), *_waiting(span)) if cutoff < span.until else ({}, 0)
    activities = _activities(session, span, only, cutoff)
    outside = _outside(session, span, only, cutoff, activities)
    counts = _Counts(done, queued, _posts(session, span, only, cutoff), outside)
    asked = plan.topics if plan and only.whole else ()
    agencies = {key.agency for key in (*done, *queued)} | {one.agency for one in activities}
    return Coverage(
        span=span,
        cutoff=cutoff,
        only=only,
        periods=periods,
        topics=tuple(_lines(plan, span, only, counts)),
        channels=_channels(session, only),
        agencies=tuple(sorted(agencies, key=lambda code: (code != OFFICE, code))),
        forms=tuple(sorted({key.form for key in (*done, *queued)})),
        done=done,
        queued=queued,
        activities=activities,
        targets={(one.letter, place): minimum(one, part) for one in asked for place, part in enumerate(periods)},
        withdrawn=withdrawn,
    )


# Asking the database ---------------------------------------------------------------------------------------


def _waiting(span: Span) -> tuple[ColumnElement[bool], ...]:
    """What waits and goes out in the span: at its hour, or late at a turn of its own."""
    hour, turn, state = col(Publication.due_at), col(Publication.next_attempt_at), col(Publication.state)
    return (
        is_post(),
        one_of(OPEN),
        or_(
            and_(hour >= span.since, hour < span.until),
            and_(state == State.READY.value, turn >= span.since, turn < span.until),
        ),
    )


def _counted(
    session: Session, periods: Sequence[Span], only: Only, at: SQLColumnExpression[Any], *where: ColumnElement[bool]
) -> tuple[dict[Key, int], int]:
    """Publications by what they are of; each period is one range of the index. And how many were taken down."""
    taken_down = func.sum(case((col(Publication.state) == State.WITHDRAWN.value, 1), else_=0))
    groups = (col(Post.topic), col(Post.form), col(Publication.channel_id), col(Post.agency))
    parts = [
        select(*groups, literal(place, Integer).label("period"), func.count().label("count"), taken_down.label("down"))
        .select_from(Publication)
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(*where, at >= period.since, at < period.until, *only.where)
        .group_by(*groups)
        for place, period in enumerate(periods)
    ]
    rows = session.connection().execute(union_all(*parts)).all()
    return {Key(*row[:5]): row[5] for row in rows}, sum(row[6] or 0 for row in rows)


def _posts(session: Session, span: Span, only: Only, cutoff: datetime) -> dict[str, int]:
    """Topic -> posts, each once."""
    statement = (
        select(col(Post.topic), func.count(func.distinct(col(Post.id))))
        .select_from(Publication)
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(*went_public(span, cutoff), *only.where)
        .group_by(col(Post.topic))
    )
    return {row[0]: row[1] for row in session.connection().execute(statement)}


def _activities(session: Session, span: Span, only: Only, cutoff: datetime) -> tuple[Tally, ...]:
    """Activities that began in the span; a channel or a campaign has none."""
    if only.channel or only.campaign:
        return ()
    last = min(span.last, local_day(cutoff))
    return tuple(tallies(session, Asked(span.first, last, topic=only.topic, agency=only.agency)))


def _outside(
    session: Session, span: Span, only: Only, cutoff: datetime, activities: Iterable[Tally]
) -> dict[str, Counter[Column]]:
    """Topic -> what was done outside the channels, as the tables count it."""
    found: dict[str, Counter[Column]] = defaultdict(Counter)
    for one in activities:
        column = KINDS[one.kind].column if one.kind in KINDS else Column.DIRECT
        if column is not None:
            found[one.topic][column] += one.counted
    if only.channel or only.campaign:
        return found
    for topic, count in _articles(session, span, only, cutoff):
        found[topic][Column.PORTAL] += count
    return found


def _articles(session: Session, span: Span, only: Only, cutoff: datetime) -> Iterable[tuple[str, int]]:
    """Topic and number of the articles that the portals published in the span, as far as their feeds were read."""
    at, topic = col(Suggestion.published_at), col(Suggestion.topic)
    statement = (
        select(topic, func.count())
        .join(PortalSource, col(PortalSource.id) == col(Suggestion.source_id))
        .where(at >= span.since, at < min(span.until, cutoff), topic != "")
    )
    if only.topic:
        statement = statement.where(topic == only.topic)
    if only.agency is not None:
        statement = statement.where(col(PortalSource.agency) == only.agency)
    return ((row[0], row[1]) for row in session.connection().execute(statement.group_by(topic)))


def _channels(session: Session, only: Only) -> tuple[ChannelColumn, ...]:
    columns = (col(Channel.id), col(Channel.key), col(Channel.name), col(Channel.platform))
    statement = select(*columns).order_by(col(Channel.id))
    if only.channel:
        statement = statement.where(col(Channel.key) == only.channel)
    return tuple(ChannelColumn(number or 0, *row) for number, *row in session.connection().execute(statement))


# Lines -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Counts:
    """Everything that lines are made of."""

    done: Mapping[Key, int]
    queued: Mapping[Key, int]
    posts: Mapping[str, int]
    outside: Mapping[str, Counter[Column]]


def _lines(plan: Plan | None, span: Span, only: Only, counts: _Counts) -> Iterable[TopicLine]:
    """Every point of the plan in its order, then whatever belongs to none of them."""
    went, waits, outside = _by_topic(counts.done), _by_topic(counts.queued), counts.outside
    named = [one for one in (plan.topics if plan else ()) if only.topic in ("", one.letter)]
    for one in sorted(named, key=lambda one: one.order):
        of = one.letter
        cell = Cell(went[of], waits[of], minimum(one, span) if only.whole else None)
        yield TopicLine(of, one.label, cell, counts.posts.get(of, 0), outside.get(of, {}))
    others = {*went, *waits, *outside} - {one.letter for one in named}
    if others:
        cell = Cell(sum(went[of] for of in others), sum(waits[of] for of in others))
        away = sum((outside[of] for of in others if of in outside), Counter[Column]())
        yield TopicLine("", ELSEWHERE, cell, sum(counts.posts.get(of, 0) for of in others), away)


def _by_topic(counts: Mapping[Key, int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, count in counts.items():
        found[key.topic] += count
    return found
