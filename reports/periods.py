"""Weeks as the office counts them: ISO numbers, and a first day that is a setting."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from content.errors import ContentError
from content.vietnamese import LOCAL, day, local_day

MONDAY = 0


class ReportError(ContentError):
    """A report that cannot be made as asked. `words` is one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days in Asia/Ho_Chi_Minh. `period` is the ISO name of the week most of whose days they are."""

    period: str
    starts_on: date
    ends_on: date

    @property
    def since(self) -> datetime:
        """The first moment, aware UTC."""
        return midnight(self.starts_on)

    @property
    def until(self) -> datetime:
        """The first moment that no longer belongs to it, aware UTC."""
        return midnight(self.ends_on + timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        """Its seven days in order."""
        return tuple(self.starts_on + timedelta(days=n) for n in range(7))

    @property
    def year(self) -> int:
        """The year its number belongs to."""
        return int(self.period[:4])

    @property
    def label(self) -> str:
        """As leaders write it: "Tuần 48 năm 2026 (từ ngày 23/11/2026 đến ngày 29/11/2026)"."""
        number = int(self.period[-2:])
        return f"Tuần {number} năm {self.year} (từ ngày {day(self.starts_on)} đến ngày {day(self.ends_on)})"


def midnight(on: date) -> datetime:
    """The moment a local day begins, aware UTC."""
    return datetime.combine(on, time(), tzinfo=LOCAL).astimezone(UTC)


def parse_week(text: str, first_weekday: int = MONDAY) -> tuple[date, date]:
    """The first and the last day of a week such as "2026-W48"; see `week_named`."""
    week = week_named(text, first_weekday)
    return week.starts_on, week.ends_on


def week_named(text: str, first_weekday: int = MONDAY) -> Week:
    """The week "2026-W48". With `first_weekday` 5 it runs from the Saturday before that ISO week's Monday.

    Raises `ReportError` for anything that is not the name of an existing week.
    """
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text.strip(), re.ASCII)
    try:
        if match is None:
            raise ValueError(text)
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        starts_on = monday - timedelta(days=-first_weekday % 7)
        ends_on = starts_on + timedelta(days=6)
    except (ValueError, OverflowError):
        raise ReportError(f"Tuần “{text}” không đúng: hãy ghi năm và số tuần như 2026-W48.") from None
    return Week(match[0], starts_on, ends_on)


def week_before(moment: datetime, first_weekday: int = MONDAY) -> Week:
    """The last whole week before an aware moment: what is summed up on Monday morning."""
    on = local_day(moment)
    starts_on = on - timedelta(days=(on.weekday() - first_weekday) % 7 + 7)
    monday = starts_on + timedelta(days=-starts_on.weekday() % 7)
    year, number, _ = monday.isocalendar()
    return week_named(f"{year}-W{number:02d}", first_weekday)
