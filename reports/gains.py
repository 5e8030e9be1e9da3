"""From readings of cumulative counters to what a week gained: last minus last-before (domain 3.5).

Over consecutive weeks the gains of one counter add up to its last value minus its first one, or to its last value where
it is counted from its publication on: a week without a reading has no gain, and the next reading brings both weeks'.
Where a counter changed its meaning, the week of the change has no gain, and what was gained across it is in no week.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reports.breaks import Broken
from reports.queries import PublishedRow
from reports.seeks import WEEK, Series
from reports.summary import BASES, PARTS, Figure


class Gain(NamedTuple):
    """What was gained in the week, and in the week before."""

    value: int | None
    previous: int | None

    @property
    def figure(self) -> Figure:
        """The same, as it is stored."""
        return Figure(value=self.value, previous=self.previous)


Counted = dict[str, Gain]


@dataclass(frozen=True, slots=True)
class Post:
    """A publication with what each counter gained in the week."""

    row: PublishedRow
    gained: Counted
    engagement: int | None
    broken: frozenset[str] = frozenset()
    """The counters whose meaning changed, so that their gain is not known."""
    broken_before: frozenset[str] = frozenset()
    """The same of the week before."""
    late: bool = False
    """Published in the week before, and read in this week for the first time: counted from zero here."""


def gained(series: Series, *, born: bool) -> int | None:
    """What a cumulative counter gained in the week: last minus last-before.

    `born`: it was published in that week, so before it there was nothing. Otherwise a counter that was
    never read before the week has no known gain. A falling counter gives a negative gain, kept as it is.
    """
    before = series.previous if series.previous is not None else series.older
    if series.now is None or (before is None and not born):
        return None
    return series.now - (before or 0)


def gains_of(row: PublishedRow, since: datetime, changed: Broken) -> Post:
    """A publication with what each of its counters gained in the week from `since` on, and the week before."""
    told_before = any(series.previous is not None or series.older is not None for series in row.counters.values())
    told_long_before = any(series.older is not None for series in row.counters.values())
    born = _from_zero(row, since, told_before)
    born_before = row.published_at < since and _from_zero(row, since - WEEK, told_long_before)
    figures: Counted = {}
    broken, broken_before = set(), set()
    for metric in (*BASES, *PARTS):
        series = row.counters.get(metric, Series())
        value = gained(series, born=born)
        previous = gained(Series(series.previous, series.older), born=born_before)
        if value is not None and (row.id, metric) in changed.now:
            value = None
            broken.add(metric)
        if previous is not None and (row.id, metric) in changed.before:
            previous = None
            broken_before.add(metric)
        figures[metric] = Gain(value, previous)
    interactions = interactions_of(figures).value
    late = born and row.published_at < since and any(gain.value is not None for gain in figures.values())
    return Post(row, figures, interactions, frozenset(broken), frozenset(broken_before), late)


def _from_zero(row: PublishedRow, since: datetime, told_before: bool) -> bool:
    """Whether the counters of a week that begins at `since` start from nothing.

    They do when it was published in that week. A post of the evening before may go unread until the week begins: then
    nothing was counted of it in the week before, and all of it is counted here, so that no interaction is lost.
    """
    return row.published_at >= since or (row.published_at >= since - WEEK and not told_before)


def _sum(values: Iterable[int | None]) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def total(gains: Iterable[Gain]) -> Gain:
    """The sum of what is known, of each of the two weeks."""
    both = list(gains)
    return Gain(_sum(gain.value for gain in both), _sum(gain.previous for gain in both))


def interactions_of(counted: Counted) -> Gain:
    """Cảm xúc + bình luận + chia sẻ + lượt bấm, of what is known.

    Without a part in one of the two weeks the weeks would not be of the same things, so there is no `previous`.
    """
    parts = [counted[part] for part in PARTS]
    both = total(parts)
    same = all((part.value is None) == (part.previous is None) for part in parts)
    return both if same else Gain(both.value, None)
