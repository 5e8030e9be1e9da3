"""A month's plan as an iCalendar file (RFC 5545) that any calendar program takes.

An item keeps its identifier for ever, so a newer file updates what an older one brought. Times are UTC,
which needs no time-zone table and is right everywhere. Nobody is invited, and nothing secret is in it.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from content.checks import FORMS
from content.vietnamese import moment
from reports.monthly import Month, MonthRow
from scheduler.lifecycle import WORDS, State

_OURS = uuid.UUID("6b0f4f1e-6c1b-5d0e-9a55-0f3d8f1b7c21")
"""The namespace of our identifiers; never changed, or every calendar would show everything twice."""
_LONG = timedelta(minutes=15)
_OVER = (State.CANCELLED, State.EXPIRED, State.WITHDRAWN)
_DOUBTFUL = (State.FAILED, State.MISSED, State.HELD, State.NEEDS_PERSON)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def month_calendar(month: Month, rows: Sequence[MonthRow], platforms: Mapping[str, str], now: datetime) -> bytes:
    """The calendar, UTF-8 with CRLF line ends. `now` is aware UTC."""
    calendar = Calendar()
    calendar.add("prodid", "-//CCHC//Campaign Scheduler//VI")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", month.title)
    calendar.add("x-wr-timezone", "Asia/Ho_Chi_Minh")
    for row in rows:
        calendar.add_component(_event(row, platforms, now))
    return bytes(calendar.to_ical())


def _event(row: MonthRow, platforms: Mapping[str, str], now: datetime) -> Event:
    event = Event()
    made = row.created_at.astimezone(UTC)
    event.add("uid", str(uuid.uuid5(_OURS, f"{row.platform}/{row.account}/{row.id}/{made.isoformat()}")))
    event.add("dtstamp", now)
    event.add("created", made)
    event.add("last-modified", row.changed_at.astimezone(UTC))
    event.add("sequence", row.moves)
    event.add("dtstart", row.due_at.astimezone(UTC))
    event.add("dtend", row.due_at.astimezone(UTC) + _LONG)
    event.add("summary", _plain(f"{row.title} ({row.channel})"))
    event.add("description", _plain(_description(row, platforms)))
    event.add("status", _status(State(row.state)))
    event.add("transp", "TRANSPARENT")
    if row.permalink.startswith("https://"):
        event.add("url", _plain(row.permalink))
    return event


def _description(row: MonthRow, platforms: Mapping[str, str]) -> str:
    lines = (
        f"Kênh: {platforms.get(row.platform, row.platform)}, {row.channel}",
        f"Điểm: {row.topic}",
        f"Hình thức: {FORMS.get(row.form, row.form)}",
        f"Trạng thái: {WORDS[State(row.state)]}",
        f"Giờ đăng: {moment(row.due_at)}",
        f"Mã bài: {row.post_key}",
    )
    return "\n".join(lines)


def _status(state: State) -> str:
    if state in _OVER:
        return "CANCELLED"
    return "TENTATIVE" if state in _DOUBTFUL else "CONFIRMED"


def _plain(text: str) -> str:
    """Text without the control characters that a calendar may not carry."""
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
