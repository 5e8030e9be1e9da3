"""What the dry run's templates draw: a month's cells, channels' marks, what is missing put together by its reason."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.monthly import Month
from scheduler.autopilot.values import Gap
from scheduler.foresight.values import DayPlan, Forecast, Grade, Item

IN_A_CELL = 4
"""Items of a day that the month shows; the others are one click away."""
LISTED = 60
"""Items of one list on the page."""
_URGENT = {Grade.FAILS: 0, Grade.WARN: 1, Grade.GOES: 2, Grade.DONE: 2}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of the month's table. `plan` None: it is past, or of another month."""

    on: date
    plan: DayPlan | None
    outside: bool
    today: bool
    items: tuple[Item, ...] = ()
    more: int = 0

    @property
    def classes(self) -> str:
        """For the style sheet."""
        flags = {
            "today": self.today,
            "outside": self.outside,
            "past": self.plan is None and not self.outside,
            "weekend": self.on.weekday() > 4,
            "off": self.plan is not None and bool(self.plan.name),
            "idle": self.plan is None,
        }
        return " ".join(name for name, on in flags.items() if on)


@dataclass(frozen=True, slots=True)
class Missing:
    """Slots of one channel that stay empty for one reason."""

    channel_id: int
    reason: str
    count: int
    first: datetime
    last: datetime


def cells_of(forecast: Forecast, month: Month, today: date) -> list[list[Cell]]:
    """The month's weeks from this one on, whole; a day shows what is urgent first, then by time."""
    plans = {one.on: one for one in forecast.days}
    first, last = month.days[0], month.days[-1]
    monday = first - timedelta(days=first.weekday())
    cells = []
    for place in range((last - monday).days + 7 - last.weekday()):
        on = monday + timedelta(days=place)
        plan = plans.get(on)
        chosen = sorted(plan.items if plan else (), key=lambda one: _URGENT[one.grade])[:IN_A_CELL]
        items = tuple(sorted(chosen, key=lambda one: one.at))
        more = len(plan.items) - len(items) if plan else 0
        cells.append(Cell(on, plan, not first <= on <= last, on == today, items, more))
    weeks = [cells[start : start + 7] for start in range(0, len(cells), 7)]
    return [week for week in weeks if any(cell.plan for cell in week)]


def missing_of(forecast: Forecast) -> list[Missing]:
    """Empty slots, those of one channel with one reason together; the most first."""
    found: dict[tuple[int, str], list[Gap]] = defaultdict(list)
    for gap in forecast.gaps:
        found[gap.channel_id, gap.reason].append(gap)
    lines = [
        Missing(channel_id, reason, len(gaps), gaps[0].at, gaps[-1].at) for (channel_id, reason), gaps in found.items()
    ]
    return sorted(lines, key=lambda one: -one.count)
