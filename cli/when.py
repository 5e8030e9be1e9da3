"""Times as staff type them, always in Asia/Ho_Chi_Minh unless an offset is given."""

import re
from datetime import UTC, date, datetime

from cli.errors import UserError
from content.vietnamese import LOCAL
from scheduler.hours import read_hour, read_slot

_FORMS = ("%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%H:%M %d/%m/%Y")
DAYS = {"T2": 0, "T3": 1, "T4": 2, "T5": 3, "T6": 4, "T7": 5, "CN": 6}
"""The days of a week as staff type them, Monday first."""


def parse_moment(text: str, option: str) -> datetime:
    """Aware UTC from "31/12/2026 07:30" or an ISO time. Raises `UserError` that names the option."""
    for form in _FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=LOCAL).astimezone(UTC)
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UserError(f"{option}: không hiểu thời gian “{text}”; hãy viết như 31/12/2026 07:30.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def parse_day(text: str, option: str) -> date:
    """A day from "31/12/2026" or "2026-12-31". Raises `UserError` that names the option."""
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=LOCAL).date()
        except ValueError:
            continue
    raise UserError(f"{option}: không hiểu ngày “{text}”; hãy viết như 31/12/2026.")


def parse_slots(entries: list[str]) -> dict[int, dict[int, str]]:
    """{weekday: {minute: form}} from "07:30" (every day), "T2 07:30" or "T7 19:30 video".

    What is told of one day goes before what is told of every day. Raises `UserError`.
    """
    every: dict[tuple[int, int], str] = {}
    own: dict[tuple[int, int], str] = {}
    for entry in entries:
        day, minute, form = _slot(entry)
        told, weekdays = (own, [DAYS[day]]) if day else (every, list(range(7)))
        for weekday in weekdays:
            if told.setdefault((weekday, minute), form) != form:
                raise UserError(f"--slot: khung giờ “{entry}” được ghi hai lần với hai hình thức; hãy giữ một.")
    weekly: dict[int, dict[int, str]] = {}
    for (weekday, minute), form in sorted((every | own).items()):
        weekly.setdefault(weekday, {})[minute] = form
    return weekly


def _slot(entry: str) -> tuple[str, int, str]:
    """The day as in `DAYS`, or ""; minute and form."""
    found = re.match(r"(T\d+|CN)\s+", entry.strip(), re.IGNORECASE)
    day = found[1].upper() if found else ""
    try:
        if day and day not in DAYS:
            raise ValueError(f"không có thứ “{day}”; các thứ: {', '.join(DAYS)}.")
        return day, *read_slot(entry.strip()[found.end() if found else 0 :])
    except ValueError as error:
        raise UserError(f"--slot: không hiểu khung giờ “{entry}”: {error}") from None


def parse_hour(text: str, option: str) -> int:
    """Minutes after midnight from "07:30" or "7h30". Raises `UserError` that names the option."""
    try:
        return read_hour(text)
    except ValueError as error:
        raise UserError(f"{option}: {error}") from None
