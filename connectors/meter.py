"""What a platform lets one app or one account do in a time, and how much of that one piece of work uses.

A `Budget` is a limit as data: the connector declares it, the scheduler stores what was spent and gives each
piece of work a `Meter` with what is left. So limits survive a restart, and our own count stops a call before
the platform has to refuse it. Where only the platform counts, it tells a `Level`, which is stored as well.
Nothing here reads a clock or a table.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from threading import Lock
from zoneinfo import ZoneInfo

from connectors.errors import OverBudget


class Per(StrEnum):
    """Whose limit it is."""

    APP = "app"
    """Of the office's app on the platform, shared by all its channels there."""
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Rolling:
    """A window that ends now and moves along."""

    length: timedelta

    def start(self, now: datetime) -> datetime:
        """What was spent before this (aware) counts no more."""
        return now - self.length

    def end(self, now: datetime) -> datetime:
        """When all that counts now has stopped counting."""
        return now + self.length


@dataclass(frozen=True, slots=True)
class Calendar:
    """A window that begins at midnight in `zone`, every day or on the first of every month."""

    zone: str
    monthly: bool = False

    def start(self, now: datetime) -> datetime:
        """The last such midnight; aware."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        return datetime.combine(today.replace(day=1) if self.monthly else today, time(), ZoneInfo(self.zone))

    def end(self, now: datetime) -> datetime:
        """The next such midnight; aware."""
        start = self.start(now)
        following = (start + timedelta(days=32)).replace(day=1) if self.monthly else start + timedelta(days=1)
        return datetime.combine(following.date(), time(), ZoneInfo(self.zone))


@dataclass(frozen=True, slots=True)
class Budget:
    """One limit. `name` is what the connector calls it when it spends; `words` are what staff read after a number."""

    name: str
    words: str
    per: Per
    amount: int
    """Units in one window; 0: not known, only counted."""
    window: Rolling | Calendar
    reading_share: float = 1.0
    """The part of it that figures may use up; the rest is kept for publishing."""


@dataclass(slots=True)
class Left:
    """What is left of one budget, and until when (aware UTC) there will not be more.

    Pieces of work that run at once and share the budget share this, too.
    """

    units: int
    until: datetime
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def take(self, units: int) -> bool:
        """Use up so many units; False when there are not so many."""
        with self._lock:
            if units > self.units:
                return False
            self.units -= units
            return True


@dataclass(frozen=True, slots=True)
class Level:
    """How much of a limit is used up where only the platform counts, in percent, and when it ends if it told."""

    percent: float
    until: datetime | None = None


@dataclass
class Meter:
    """The budgets of one piece of work: what is left (a budget that is missing is not limited), what was spent.

    `spent` and `levels` are what the scheduler stores and empties.
    """

    left: Mapping[str, Left] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)
    levels: dict[Per, Level] = field(default_factory=dict)
    reads_until: float = 100.0
    """At this percentage of a limit that the platform counts, this work asks no more: figures stop early."""
    calls: int = 0
    """Requests that were sent, whether they count against a budget or not."""

    def spend(self, budget: str, units: int = 1) -> None:
        """Count a call just before it is sent. Raises `OverBudget` when it is more than is left: nothing is sent."""
        left = self.left.get(budget)
        if left is not None and not left.take(units):
            raise OverBudget(budget, until=left.until)
        self.spent[budget] += units

    def emptied(self) -> None:
        """What was spent and told is stored now."""
        self.spent.clear()
        self.levels.clear()

    def hear(self, per: Per, level: Level) -> None:
        """Note what the platform tells of a limit that it counts itself; the latest word counts."""
        self.levels[per] = level
