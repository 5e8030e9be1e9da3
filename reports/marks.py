"""The days in a span on which a platform changed its way of counting: figures on both sides do not compare."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from connectors import connector_class
from connectors.base import DefinitionBreak, Metric
from reports.periods import midnight
from reports.queries import COUNTERS
from reports.spans import Span

SHOWN = frozenset({*COUNTERS, Metric.FOLLOWERS})
"""The metrics that pages show."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One such day of one platform, as charts mark it."""

    number: int
    """From 1, in the order of days: what stands beside the line and before the note."""
    on: date
    platform: str
    metrics: frozenset[Metric]
    words: tuple[str, ...]
    """One sentence for each metric."""
    sure: bool = True
    """False: the day itself is not certain."""


def breaks_in(platform: str, span: Span) -> tuple[DefinitionBreak, ...]:
    """The changes that fall into the span; one on its first day separates nothing in it."""
    return tuple(one for one in connector_class(platform).capabilities.breaks if span.first < one.on <= span.last)


def broken_between(platform: str, metric: Metric, older: datetime | None, newer: datetime | None) -> bool:
    """Whether the platform changed its way of counting the metric between two readings (aware)."""
    if older is None or newer is None:
        return False
    changes = (one for one in connector_class(platform).capabilities.breaks if one.metric is metric)
    return any(older < midnight(one.on) <= newer for one in changes)


def marks_of(platforms: Iterable[str], span: Span, metrics: Iterable[Metric] = SHOWN) -> tuple[Mark, ...]:
    """The days to mark for these platforms' metrics, each day of a platform once."""
    wanted = frozenset(metrics)
    found: dict[tuple[date, str], list[DefinitionBreak]] = {}
    for platform in sorted(set(platforms)):
        for one in breaks_in(platform, span):
            if one.metric in wanted:
                found.setdefault((one.on, platform), []).append(one)
    return tuple(
        Mark(
            number, on, platform, frozenset(one.metric for one in several),
            tuple(dict.fromkeys(one.words for one in several)), all(one.sure for one in several),
        )
        for number, ((on, platform), several) in enumerate(sorted(found.items()), 1)
    )  # fmt: skip


def numbers_by_platform(marks: Iterable[Mark]) -> Mapping[str, tuple[int, ...]]:
    """Platform -> the numbers of its marks, for a row of figures to refer to."""
    found: dict[str, tuple[int, ...]] = {}
    for mark in marks:
        found[mark.platform] = (*found.get(mark.platform, ()), mark.number)
    return found
