"""What the calendar's templates draw: cells with lines, made of the queue's items, empty slots and holidays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connectors.base import Part
from content.holidays import Holiday
from content.vietnamese import local
from scheduler.agenda import DayItems, EmptySlot, Item
from scheduler.moving import MOVABLE
from scheduler.parts import PART_WORDS
from web.marks import Mark
from web.rooms.calendar.asked import Asked, View
from web.rooms.calendar.special import Special, Stopped

MOST = {View.MONTH: 4, View.WEEK: 60, View.LIST: 12, View.DAY: 400}
"""Items of a day that one page shows; the others are one click away."""
IN_A_CELL = 3
"""Lines of one hour of one day in the table of a week; also empty slots of a day in the table of a month."""
USUAL_HOURS = range(6, 22)
"""The rows of a week that are always there; others when something stands in them."""
MOVES_ALONE = (Part.POST, Part.BROADCAST)


@dataclass(frozen=True, slots=True)
class Line:
    """A publication, or a slot that waits for one."""

    at: datetime
    channel: Mark
    item: Item | None = None
    part: str = ""
    """What it is, when it is not the post itself."""
    movable: bool = False

    @property
    def day(self) -> str:
        """Its local day as an address says it."""
        return f"{local(self.at):%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of the calendar."""

    on: date
    lines: tuple[Line, ...] = ()
    more: int = 0
    """Items that are not among the lines."""
    more_slots: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """One day with everything that is told of it."""

    cell: Cell
    holiday: Holiday | None
    is_today: bool
    is_past: bool
    outside: bool
    """Whether it belongs to the month before or after."""
    gap: bool
    """Whether it is still to come and nothing at all stands on it."""
    rule: str = ""
    """What the day asks of the queue, in words."""
    stops: tuple[Stopped, ...] = ()
    """The pauses that are or were in force on it."""

    @property
    def on(self) -> date:
        """The day."""
        return self.cell.on

    @property
    def classes(self) -> str:
        """For the style sheet."""
        flags = {
            "today": self.is_today,
            "past": self.is_past,
            "outside": self.outside,
            "weekend": self.on.weekday() > 4,
            "off": self.holiday is not None and self.holiday.off,
            "gap": self.gap,
            "paused": bool(self.stops),
            "idle": not (self.cell.lines or self.holiday or self.gap or self.is_today or self.stops),
        }
        return " ".join(name for name, on in flags.items() if on)


@dataclass(frozen=True, slots=True)
class Hour:
    """A row of the week's table."""

    number: int
    cells: tuple[Cell, ...]


def lines_of(items: Sequence[Item], slots: Sequence[EmptySlot], known: Mapping[int, Mark], now: datetime) -> list[Line]:
    """Items and empty slots by time."""
    lines = [
        Line(
            item.due_at,
            known[item.channel_id],
            item,
            "" if item.part == Part.POST else PART_WORDS[item.part],
            may_drag(item, now),
        )
        for item in items
    ] + [Line(slot.at, known[slot.channel_id]) for slot in slots]
    return sorted(lines, key=lambda line: line.at)


def may_drag(item: Item, now: datetime) -> bool:
    """Whether a person may give it another time and it is still to come: the past of a calendar is only read."""
    return item.due_at > now and can_move(item.state, item.part)


def can_move(state: str, part: str) -> bool:
    """Whether the queue would take another time for it (`scheduler.moving.move` has the last word)."""
    return state in MOVABLE and part in MOVES_ALONE


def days_of(
    asked: Asked,
    found: Mapping[date, DayItems],
    slots: Mapping[date, Sequence[EmptySlot]],
    known: Mapping[int, Mark],
    special: Special,
    now: datetime,
    *,
    gaps: bool,
) -> list[Day]:
    """Every day that is shown. `gaps`: whether an empty day says something, because nothing is filtered."""
    shown_slots = IN_A_CELL if asked.view is View.MONTH else MOST[View.DAY]
    days = []
    for on in asked.days:
        day, empty = found.get(on, DayItems()), slots.get(on, ())
        # beyond the last item that is shown, an empty slot would look as if nothing stood before it
        upto = day.items[-1].due_at if day.total > len(day.items) else None
        early = [slot for slot in empty if upto is None or slot.at <= upto][:shown_slots]
        lines = tuple(lines_of(day.items, early, known, now))
        cell = Cell(on, lines, day.total - len(day.items), len(empty) - len(early), day.total)
        nothing = gaps and not day.total and not empty and on >= asked.today
        outside = asked.view is View.MONTH and on.month != asked.on.month
        facts = (on == asked.today, on < asked.today, outside, nothing)
        days.append(Day(cell, special.holidays.get(on), *facts, special.rule(on), special.stops(on)))
    return days


def hours_of(days: Sequence[Day]) -> list[Hour]:
    """A week's days cut into hours."""
    by_place: dict[tuple[int, date], list[Line]] = {}
    for day in days:
        for line in day.cell.lines:
            by_place.setdefault((local(line.at).hour, day.on), []).append(line)
    hours = sorted({*USUAL_HOURS, *(hour for hour, _on in by_place)})
    return [Hour(hour, tuple(_hour_cell(by_place.get((hour, day.on), []), day.on) for day in days)) for hour in hours]


def _hour_cell(lines: Sequence[Line], on: date) -> Cell:
    first, rest = lines[:IN_A_CELL], lines[IN_A_CELL:]
    slots = sum(line.item is None for line in rest)
    return Cell(on, tuple(first), len(rest) - slots, slots, len(lines))
