"""The plan's periods: the week, the month and the year that a local day lies in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scheduler.autopilot.values import TopicGoal

WEEK, MONTH, YEAR = "tuần", "tháng", "năm"


@dataclass(frozen=True, slots=True)
class Period:
    """All days from `first` to `last`."""

    kind: str
    first: date
    last: date

    @property
    def length(self) -> int:
        """Its days."""
        return (self.last - self.first).days + 1

    def gone(self, on: date) -> float:
        """The share of it that is over at the end of the day `on`, from 0 to 1."""
        return min(max(((on - self.first).days + 1) / self.length, 0.0), 1.0)

    def wanted(self, goal: TopicGoal) -> int:
        """How many publications of the topic the plan wants in it."""
        return {WEEK: goal.per_week, MONTH: goal.per_month, YEAR: goal.per_year}[self.kind]


def periods_of(on: date) -> tuple[Period, Period, Period]:
    """The week, the month and the year of a day."""
    monday = on - timedelta(days=on.weekday())
    next_month = date(on.year + on.month // 12, on.month % 12 + 1, 1)
    return (
        Period(WEEK, monday, monday + timedelta(days=6)),
        Period(MONTH, on.replace(day=1), next_month - timedelta(days=1)),
        Period(YEAR, date(on.year, 1, 1), date(on.year, 12, 31)),
    )


def touched(days: Sequence[date]) -> tuple[Period, ...]:
    """Every period that one of the days lies in: weeks first, then months, then years, each by date."""
    order = {WEEK: 0, MONTH: 1, YEAR: 2}
    found = {period for on in days for period in periods_of(on)}
    return tuple(sorted(found, key=lambda one: (order[one.kind], one.first)))
