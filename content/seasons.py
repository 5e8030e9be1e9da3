"""The part of every year a post is meant for: read from what people write, kept as "MM-DD/MM-DD", told to staff.

A season may run over New Year ("15/12 - 28/02") and may begin or end on 29/02. Days are local.
"""

import re
from calendar import monthrange
from datetime import date, timedelta

from content.errors import ContentError
from content.vietnamese import nfc

_KEPT = re.compile(r"([0-9]{2})-([0-9]{2})/([0-9]{2})-([0-9]{2})")
_WRITTEN = re.compile(
    r"(?:từ\s+)?([0-9]{1,2})/([0-9]{1,2})\s*(?:[-–—]|đến)\s*([0-9]{1,2})/([0-9]{1,2})(?:\s+hằng năm)?", re.IGNORECASE
)
_LEAP = 2024
"""Any year that has a 29/02."""
_HOW = "hãy ghi ngày/tháng đầu và cuối, như 01/9 - 15/12."
_LONGEST_TOLD = 40

Ends = tuple[tuple[int, int], tuple[int, int]]
"""(month, day) of the first and of the last day."""


def parse(text: str) -> str:
    """A season as it is kept; "" for none. Takes "01/9 - 15/12", "từ 01/9 đến 15/12" and "09-01/12-15".

    Raises `ContentError`, one sentence without the field's name, when it is no season or a day does not exist.
    """
    written = " ".join(nfc(text).split())
    if not written:
        return ""
    if found := _WRITTEN.fullmatch(written):
        day, month, last_day, last_month = map(int, found.groups())
    elif found := _KEPT.fullmatch(written):
        month, day, last_month, last_day = map(int, found.groups())
    else:
        told = written if len(written) <= _LONGEST_TOLD else f"{written[:_LONGEST_TOLD]}…"
        raise ContentError(f"“{told}” không phải mùa trong năm; {_HOW}")
    for one_day, one_month in ((day, month), (last_day, last_month)):
        if not _exists(one_month, one_day):
            raise ContentError(f"ngày {one_day:02}/{one_month} không có trong năm; {_HOW}")
    return f"{month:02}-{day:02}/{last_month:02}-{last_day:02}"


def ends(season: str) -> Ends | None:
    """The first and the last day of a kept season; None for none, or for what is no season."""
    found = _KEPT.fullmatch(season)
    if not found:
        return None
    month, day, last_month, last_day = map(int, found.groups())
    return (month, day), (last_month, last_day)


def in_season(season: str, day: date) -> bool:
    """Whether a local day lies in a kept season, its two ends included. "" is the whole year; no season is no day."""
    if not season:
        return True
    if not (found := ends(season)):
        return False
    first, last = found
    asked = (day.month, day.day)
    return first <= asked <= last if first <= last else asked >= first or asked <= last


def last_day(season: str, day: date) -> date | None:
    """The last local day of the season that a day lies in; None when it lies in none, or the season has no end."""
    found = ends(season)
    if found is None or not in_season(season, day):
        return None
    month, number = found[1]
    year = day.year if (day.month, day.day) <= found[1] else day.year + 1
    last = date(year, month, min(number, monthrange(year, month)[1]))
    return None if in_season(season, last + timedelta(days=1)) else last


def written(season: str) -> str:
    """A kept season as people write it in a file or a table: "01/9 - 15/12". What is no season stays as it is."""
    if not (found := ends(season)):
        return season
    return " - ".join(_told(month, day) for month, day in found)


def season_words(season: str) -> str:
    """A kept season for staff: "từ 01/9 đến 15/12 hằng năm"; "" for none."""
    if not (found := ends(season)):
        return season
    first, last = (_told(month, day) for month, day in found)
    return f"từ {first} đến {last} hằng năm"


def _told(month: int, day: int) -> str:
    """As in official papers: days and the months 1 and 2 have two digits."""
    return f"{day:02}/{month:02}" if month <= 2 else f"{day:02}/{month}"


def _exists(month: int, day: int) -> bool:
    try:
        date(_LEAP, month, day)
    except ValueError:
        return False
    return True
