"""How often a publication's figures are asked for: often while it is new, then less and less. Pure: values only.

Every interval lays its marks on the calendar, counted from half an hour before the office's week turns. A publication
is due when a mark has passed since it was asked last. So a reading stands right before each day and each week ends,
which is where reports cut; what is due at one mark is asked together, in few calls; what failed stays due until it is
answered; and after an outage, however long, there is one reading and no burst.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from content.vietnamese import LOCAL, nfc

_UNITS = {"giờ": timedelta(hours=1), "ngày": timedelta(days=1), "tuần": timedelta(days=7)}
_STEP = re.compile(r"(\d{1,4}) ?(giờ|ngày|tuần) ?/ ?(\d{1,4}) ?(giờ|ngày|tuần)")
_A_MONDAY = datetime(2001, 1, 1, tzinfo=LOCAL)
BEFORE_MIDNIGHT = timedelta(minutes=30)
"""The collector wakes up at half past every hour; so the last reading of a day is from half an hour before its end."""
STEPS_MOST = 6
AGE_MOST = timedelta(days=3660)
EXAMPLE = "2 ngày/3 giờ, 28 ngày/1 ngày, 365 ngày/7 ngày"
"""Facebook advises hourly for two days, then daily for four weeks, and says that most figures change once a day
(facebook 5.5, 5.6). Eight readings a day show how a new post does while anybody asks; hourly ones would be three
times the rows and the calls and tell no more. After four weeks the counters hardly move: one reading a week, at its
end, carries the yearly report."""


@dataclass(frozen=True, slots=True)
class Step:
    """Up to this age, one reading in every such interval."""

    age: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True)
class Cadence:
    """The steps, the youngest age first; older than the last one is not asked any more."""

    steps: tuple[Step, ...]
    first_weekday: int = 0
    """On which day the office's week begins: 0 is Monday."""

    @property
    def oldest(self) -> timedelta:
        """The age from which on nothing is asked."""
        return self.steps[-1].age

    @property
    def intervals(self) -> set[timedelta]:
        """How far apart readings lie at one age or another."""
        return {step.every for step in self.steps}

    @property
    def longest(self) -> timedelta:
        """The longest interval."""
        return max(step.every for step in self.steps)

    def every(self, age: timedelta) -> timedelta | None:
        """The interval at this age; None when it is not asked any more."""
        return next((step.every for step in self.steps if age < step.age), None)

    def mark(self, at: datetime, every: timedelta) -> int:
        """The number of the last mark of this interval at or before `at` (aware)."""
        first = _A_MONDAY + timedelta(days=self.first_weekday) - BEFORE_MIDNIGHT
        return (at - first) // every

    def passed(self, since: datetime | None, now: datetime, every: timedelta) -> bool:
        """Whether a mark has passed since then; None: it was never asked."""
        return since is None or self.mark(now, every) > self.mark(since, every)

    def is_due(self, published_at: datetime, asked_at: datetime | None, now: datetime) -> bool:
        """Whether the figures of a publication are to be asked for. All moments are aware."""
        every = self.every(now - published_at)
        return every is not None and self.passed(asked_at, now, every)


def parse_steps(text: str) -> tuple[Step, ...]:
    """The steps that a setting tells, such as EXAMPLE. Raises ValueError with what is wrong, for staff."""
    parts = [" ".join(part.split()) for part in nfc(text).lower().split(",")]
    found = [_STEP.fullmatch(part) for part in parts]
    for part, match in zip(parts, found, strict=True):
        if match is None:
            raise ValueError(f"“{part[:60]}” không đúng dạng tuổi/khoảng cách, viết như: {EXAMPLE}")
    steps = tuple(Step(int(m[1]) * _UNITS[m[2]], int(m[3]) * _UNITS[m[4]]) for m in found if m)
    wrong = _wrong(steps)
    if wrong:
        raise ValueError(f"{wrong}, viết như: {EXAMPLE}")
    return steps


def _wrong(steps: Sequence[Step]) -> str:
    pairs = list(pairwise(steps))
    if len(steps) > STEPS_MOST:
        return f"có {len(steps)} nấc, nhiều nhất là {STEPS_MOST}"
    if any(not step.age or not step.every for step in steps):
        return "tuổi và khoảng cách phải lớn hơn 0"
    if any(step.every > step.age for step in steps):
        return "khoảng cách không được dài hơn tuổi"
    if any(older.age <= younger.age for younger, older in pairs):
        return "tuổi phải tăng dần"
    if any(older.every < younger.every for younger, older in pairs):
        return "khoảng cách phải thưa dần, không được ngắn lại"
    if steps[-1].age > AGE_MOST:
        return f"tuổi lớn nhất là {AGE_MOST.days} ngày"
    return ""


USUAL = Cadence(parse_steps(EXAMPLE))
