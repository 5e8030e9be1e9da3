"""What a plan asks of a topic between two days: the one reckoning that the queue, the desk and the reports share."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Minimums:
    """How many publications a plan asks of one topic; 0: it names no number for that length."""

    week: int = 0
    month: int = 0
    year: int = 0

    def of(self, first: date, last: date) -> int:
        """What is asked from the first to the last day, both included (domain 1.3).

        A year (any twelve whole months) asks for the year's own number where the plan names one, else for twelve of
        the month's; whole months ask for the month's number where there is one; everything else for its full weeks.
        """
        months = whole_months(first, last)
        if months == 12 and self.year:
            return self.year
        if months and self.month:
            return self.month * months
        return self.week * (((last - first).days + 1) // 7)


def whole_months(first: date, last: date) -> int:
    """How many months lie between two days that are as many whole ones, from any day that each month has; else 0."""
    after = last + timedelta(days=1)
    whole = after.day == first.day <= 28
    return (after.year - first.year) * 12 + after.month - first.month if whole else 0
