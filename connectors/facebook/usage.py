"""What Facebook tells of its own limits in the headers of every answer (facebook 6.4).

All numbers are percentages; the headers are absent on quiet days. What follows from a percentage is not
decided here, but a limit that is full has an end: the one that is told, else the one that its kind demands.
"""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.meter import Level, Per

BUSINESS, APP, OLD_PAGE = "x-business-use-case-usage", "x-app-usage", "x-page-usage"
SHARES = ("call_count", "total_cputime", "total_time", "call_volume", "cpu_time")
"""In both spellings that were seen."""
WAIT = "estimated_time_to_regain_access"
"""Minutes."""
WAIT_MAX = 7 * 24 * 60
"""No header stops a Page for longer."""

PAGE_PAUSE = timedelta(minutes=15)
"""After a Page's own limit, when no header names a time."""
APP_PAUSE = timedelta(minutes=60)
"""After a limit of the app or of a person, when no header names a time."""

FULL = 100.0
PAUSES = {Per.CHANNEL: PAGE_PAUSE, Per.APP: APP_PAUSE}

Entries = list[Mapping[str, Any]]


def levels(headers: Mapping[str, str], page_id: str, *, now: datetime) -> dict[Per, Level]:
    """How much of each limit is used up, as far as the headers tell."""
    found = {}
    for per, entries in _told(headers, page_id).items():
        if not entries:
            continue
        told = (_number(entry.get(name)) for entry in entries for name in SHARES)
        shares = [share for share in told if share is not None]
        wait = _longest(entries)
        if shares or wait:
            percent = max(shares, default=FULL)
            wait = wait or (PAUSES[per] if percent >= FULL else wait)
            found[per] = Level(percent, now + wait if wait else None)
    return found


def full_until(levels: Mapping[Per, Level], now: datetime, full: float = FULL) -> datetime | None:
    """Until when nothing more should be asked; None when no limit is as full as `full`."""
    ends = [level.until or now + PAUSES[per] for per, level in levels.items() if level.percent >= full]
    return max((end for end in ends if end > now), default=None)


def named_wait(headers: Mapping[str, str], page_id: str) -> timedelta:
    """The longest wait the headers name for this Page or the app; zero when they name none."""
    return _longest([entry for entries in _told(headers, page_id).values() for entry in entries])


def _told(headers: Mapping[str, str], page_id: str) -> dict[Per, Entries]:
    app, old_page = _parsed(headers, APP), _parsed(headers, OLD_PAGE)
    pages = [*_of_page(_parsed(headers, BUSINESS), page_id), *([old_page] if old_page else [])]
    return {Per.APP: [app] if app else [], Per.CHANNEL: pages}


def _of_page(usage: Mapping[str, Any], page_id: str) -> Entries:
    """What concerns this Page. Keys may be ids of Pages or of businesses: without our own, all of them count."""
    chosen = [usage[page_id]] if page_id in usage else list(usage.values())
    entries = list(_flat(chosen))
    return [entry for entry in entries if entry.get("type") == "pages"] or entries


def _flat(lists: list[Any]) -> Iterator[Mapping[str, Any]]:
    for entries in lists:
        yield from (entry for entry in entries if isinstance(entry, dict)) if isinstance(entries, list) else ()


def _parsed(headers: Mapping[str, str], name: str) -> Mapping[str, Any]:
    told = headers.get(name)
    if not told:
        return {}
    try:
        usage = json.loads(told)
    except ValueError:
        return {}
    return usage if isinstance(usage, dict) else {}


def _longest(entries: Entries) -> timedelta:
    minutes = max((_number(entry.get(WAIT)) or 0 for entry in entries), default=0)
    return timedelta(minutes=min(minutes, WAIT_MAX))


def _number(value: Any) -> float | None:
    """A number that is told, in digits too; None for anything else."""
    try:
        number = float(value) if not isinstance(value, bool) else -1.0
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
