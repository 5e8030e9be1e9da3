"""When the office's own publications were answered most, with how sure that is (domain 2.4).

Only like is compared with like: one channel at a time; the last reading on the seventh day after each publication, so
that every counter is of the same age; the same counters, called and meant the same by the platform; nothing across a
day on which the platform changed its way of counting. Of each hour band there are the median and an interval for it
that rests on ranks alone. The intervals of one comparison hold together with 95 %, so two that do not touch differ.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from sqlalchemy import Integer, Select, inspect, literal, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from connectors.base import DefinitionBreak, Metric
from content.tables import Post
from content.vietnamese import WEEKDAYS, local, local_day
from reports.only import Only, is_post
from reports.periods import midnight
from reports.queries import COUNTERS
from reports.spans import Span
from reports.summary import BASES, PARTS
from scheduler.tables import Channel, Publication, Reading

AGE_DAYS = 7
"""On which day after the publication its figures are taken; most of what a post reaches it has by then."""
LEAST = 10
"""Fewer posts in a cell are not compared."""
SURE = Fraction(95, 100)
BANDS = ((6, 9), (9, 11), (11, 14), (14, 16), (16, 19), (19, 22), (22, 6))
"""Local hours from … until; the last one over midnight. Drawn around the usual posting windows (domain 2.4)."""
INTERACTIONS = "interactions"


@dataclass(frozen=True, slots=True)
class Sample:
    """One publication with its value at that age."""

    published_at: datetime
    """Aware."""
    value: int


@dataclass(frozen=True, slots=True)
class Stats:
    """One cell: how many posts, their median, and the interval in which the true median lies."""

    label: str
    count: int
    median: float | None = None
    low: int | None = None
    """None, as the next one: too few posts to say anything."""
    high: int | None = None

    @property
    def enough(self) -> bool:
        """Whether it may be compared."""
        return self.low is not None and self.high is not None

    def above(self, other: "Stats") -> bool:
        """Whether it is surely higher: the two intervals do not touch."""
        return self.low is not None and other.high is not None and self.low > other.high


@dataclass(frozen=True, slots=True)
class Comparison:
    """Cells of one kind beside each other."""

    cells: tuple[Stats, ...]

    @property
    def compared(self) -> tuple[Stats, ...]:
        """Those with enough posts."""
        return tuple(one for one in self.cells if one.enough)

    @property
    def best(self) -> Stats | None:
        """The cell that is surely higher than every other one that can be compared; None: no cell is."""
        compared = self.compared
        if len(compared) < 2:
            return None
        return next((one for one in compared if all(one.above(o) for o in compared if o is not one)), None)

    @property
    def differences(self) -> tuple[tuple[Stats, Stats], ...]:
        """Pairs of which the first is surely higher, by the higher median."""
        pairs = [(one, other) for one in self.compared for other in self.compared if one.above(other)]
        return tuple(sorted(pairs, key=lambda pair: (-(pair[0].median or 0), pair[1].median or 0)))


@dataclass(frozen=True, slots=True)
class BestTimes:
    """One channel's posts of a span by their hours."""

    channel_id: int
    measure: str
    """"interactions", or the metric that stands for them where the platform tells no interactions; empty: nothing."""
    parts: tuple[str, ...]
    """What the interactions are made of here."""
    samples: tuple[Sample, ...]
    bands: Comparison
    weekdays: Comparison
    too_young: int = 0
    """Posts whose seventh day is not over."""
    unread: int = 0
    """Posts without figures of that day."""
    unlike: int = 0
    """Posts whose figures were made of other counters, or counted in another way."""
    breaks: tuple[DefinitionBreak, ...] = ()
    """The changes of counting in the span that cut the comparison."""

    def cell(self, weekday: int, band: int) -> Stats:
        """The posts of one weekday in one band: their number, and their median where there are enough."""
        values = [
            one.value
            for one in self.samples
            if local(one.published_at).weekday() == weekday and band_of(one.published_at) == band
        ]
        return Stats("", len(values), float(median(values)) if len(values) >= LEAST else None)


def band_of(at: datetime) -> int:
    """The place in `BANDS` of a moment (aware)."""
    hour = local(at).hour
    found = (place for place, (first, until) in enumerate(BANDS) if first <= hour < until)
    return next(found, len(BANDS) - 1)


def band_words(band: tuple[int, int]) -> str:
    """ "06–09 giờ"."""
    return f"{band[0]:02d}–{band[1]:02d} giờ"


# Reckoning -------------------------------------------------------------------------------------------------


def interval(values: Sequence[int], error: Fraction) -> tuple[int, int] | None:
    """An interval that holds the median with at least 1 − `error`, from the ranks of the values alone.

    The k-th smallest and the k-th largest value miss the median when fewer than k values lie on one side of it, and
    how many lie there is a matter of tossing a coin. So nothing is assumed about how values are spread. None: there
    are too few values for any such interval.
    """
    count, rank = len(values), 0
    missed, ways, most = 0, 1, error * 2**count / 2
    while rank < count and missed + ways <= most:
        missed += ways
        ways = ways * (count - rank) // (rank + 1)
        rank += 1
    if rank == 0:
        return None
    ordered = sorted(values)
    return ordered[rank - 1], ordered[count - rank]


def compare(groups: Mapping[str, Sequence[int]]) -> Comparison:
    """Medians and intervals of all groups; those of the groups that are large enough hold together."""
    large = sum(len(values) >= LEAST for values in groups.values())
    cells = []
    for label, values in groups.items():
        found = interval(values, (1 - SURE) / large) if len(values) >= LEAST else None
        if found is None:
            cells.append(Stats(label, len(values)))
        else:
            cells.append(Stats(label, len(values), float(median(values)), *found))
    return Comparison(tuple(cells))


def by_band(samples: Iterable[Sample]) -> Comparison:
    """The hour bands beside each other."""
    groups: dict[str, list[int]] = {band_words(band): [] for band in BANDS}
    for one in samples:
        groups[band_words(BANDS[band_of(one.published_at)])].append(one.value)
    return compare(groups)


def by_weekday(samples: Iterable[Sample]) -> Comparison:
    """The weekdays beside each other."""
    groups: dict[str, list[int]] = {name: [] for name in WEEKDAYS}
    for one in samples:
        groups[WEEKDAYS[local(one.published_at).weekday()]].append(one.value)
    return compare(groups)


# Asking the database ---------------------------------------------------------------------------------------

_MOMENT = inspect(Reading).columns["taken_at"].type
Told = Mapping[str, tuple[int, str, str]]
"""Metric -> value, the platform's name of it, and its definition; what was not told is left out."""


def best_times(
    session: Session,
    channel_id: int,
    span: Span,
    now: datetime,
    breaks: Sequence[DefinitionBreak] = (),
    only: Only = Only(),
) -> BestTimes:
    """One channel's posts of the span by their hours, as far as they may be compared; one statement.

    `breaks`: the days on which its platform changed its counting.
    """
    rows = _rows(session, channel_id, span, now, only)
    young = sum(local_day(at) + timedelta(days=AGE_DAYS) >= local_day(now) for at, _ in rows)
    read = [(at, told) for at, told in rows if told and local_day(at) + timedelta(days=AGE_DAYS) < local_day(now)]
    measure, parts = _measure([told for _, told in read])
    cuts = tuple(one for one in breaks if one.metric.value in parts and span.first < one.on <= span.last)
    since = max((one.on for one in cuts), default=span.first)
    alike = _alike([(at, told) for at, told in read if local_day(at) >= since], parts)
    samples = tuple(Sample(at, sum(told[part][0] for part in parts)) for at, told in alike)
    return BestTimes(
        channel_id=channel_id,
        measure=measure,
        parts=parts,
        samples=samples,
        bands=by_band(samples),
        weekdays=by_weekday(samples),
        too_young=young,
        unread=len(rows) - young - len(read),
        unlike=len(read) - len(samples),
        breaks=cuts,
    )


def _measure(read: Sequence[Told]) -> tuple[str, tuple[str, ...]]:
    """What is compared: the interactions in the parts that most posts tell, else their reach or views."""
    parts = Counter(tuple(part for part in PARTS if part in told) for told in read)
    usual = max(parts, key=lambda one: (parts[one], len(one), one), default=())
    if usual:
        return INTERACTIONS, usual
    base = next((base for base in BASES if any(base in told for told in read)), "")
    return base, (base,) if base else ()


def _alike(read: Sequence[tuple[datetime, Told]], parts: tuple[str, ...]) -> list[tuple[datetime, Told]]:
    """Those told in exactly these parts (of interactions), and meant as by the newest of them."""
    whole = [
        (at, told)
        for at, told in read
        if parts and all(part in told for part in parts) and (parts[0] in BASES or _parts(told) == parts)
    ]
    meant = _meaning(max(whole, key=lambda one: one[0])[1], parts) if whole else ()
    return [(at, told) for at, told in whole if _meaning(told, parts) == meant]


def _parts(told: Told) -> tuple[str, ...]:
    return tuple(part for part in PARTS if part in told)


def _meaning(told: Told, parts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple(told[part][1:] for part in parts)


def _rows(session: Session, channel_id: int, span: Span, now: datetime, only: Only) -> list[tuple[datetime, Told]]:
    """(published at, what was told on the seventh day) of each publication, oldest first."""
    windows = _windows([span.first + timedelta(days=n) for n in range(span.days)], now)
    if windows is None:
        return []
    at = col(Publication.published_at)
    ends = (
        select(
            col(Publication.id).label("id"),
            at.label("at"),
            *(_last(metric, windows.c.since, windows.c.until).label(metric.value) for metric in COUNTERS),
        )
        .select_from(Publication)
        .join(windows, (at >= windows.c.first) & (at < windows.c.after))
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        # + 0: the index over the hours of the channel would be read once for each day, all of it
        .where(is_post(), col(Publication.channel_id) + 0 == channel_id, *only.where)
        .subquery()
    )
    readings = {metric: aliased(Reading) for metric in COUNTERS}
    columns = [column for one in readings.values() for column in (col(one.value), col(one.name), col(one.definition))]
    statement: Select[Any] = select(ends.c.at, *columns).select_from(ends)
    for metric, one in readings.items():
        statement = statement.outerjoin(one, col(one.id) == ends.c[metric.value])
    found: list[tuple[datetime, Told]] = []
    for row in session.connection().execute(statement.order_by(ends.c.at, ends.c.id)):
        told = {
            metric.value: (row[3 * place + 1], row[3 * place + 2], row[3 * place + 3])
            for place, metric in enumerate(COUNTERS)
            if row[3 * place + 1] is not None
        }
        found.append((row[0], told))
    return found


def _windows(days: Sequence[date], now: datetime) -> Any:
    """Each local day with the day on which its posts are read: a table that every database can join."""
    moment = _MOMENT
    past = [on for on in days if midnight(on) < now]
    parts = [
        select(
            literal(place, Integer).label("place"),
            literal(midnight(on), moment).label("first"),
            literal(min(midnight(on + timedelta(days=1)), now), moment).label("after"),
            literal(midnight(on + timedelta(days=AGE_DAYS)), moment).label("since"),
            literal(midnight(on + timedelta(days=AGE_DAYS + 1)), moment).label("until"),
        )
        for place, on in enumerate(past)
    ]
    return union_all(*parts).cte("windows").prefix_with("MATERIALIZED") if parts else None


def _last(metric: Metric, since: Any, until: Any) -> Any:
    """The last reading in the window that told something; one seek in the covering index."""
    return (
        select(col(Reading.id))
        .where(
            col(Reading.publication_id) == col(Publication.id),
            col(Reading.metric) == metric.value,
            col(Reading.taken_at) >= since,
            col(Reading.taken_at) < until,
            col(Reading.value).is_not(None),
        )
        .order_by(col(Reading.taken_at).desc(), col(Reading.value).desc(), col(Reading.id).desc())
        .limit(1)
        .correlate(Publication, since.table)
        .scalar_subquery()
    )
