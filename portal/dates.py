"""Reading the dates that Vietnamese portals print, whatever calls itself a date (contract 2).

Day first. Every word and every figure must be understood: what is left over makes the date unreadable, because a
date that is silently wrong is worse than none. "hôm qua" and "2 giờ trước" are not read: they depend on when the
page was made.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from content.vietnamese import LOCAL, fold
from portal.text import names

LONGEST = 120
"""Characters; nothing that is a date is longer."""
YEARS = range(1990, 2101)
"""0001, 1900 and 1970 are what databases print for "no date"."""


@dataclass(frozen=True, slots=True)
class When:
    """A date that was read."""

    at: datetime
    """Aware, at +07:00 (Asia/Ho_Chi_Minh)."""
    date_only: bool = False
    """Whether only the day was told; `at` is 00:00 then."""


_MONTHS = {
    name: place
    for place, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH_WORDS = {
    "muoi mot": 11, "muoi hai": 12, "muoi": 10, "gieng": 1, "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6,
    "bay": 7, "tam": 8, "chin": 9, "chap": 12,
}  # fmt: skip
_ENGLISH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?(?![a-z])"
_VIETNAMESE = rf"(\d{{1,2}}|{'|'.join(_MONTH_WORDS)})"
_ZONES = {
    "z": 0, "gmt": 0, "utc": 0, "ut": 0, "ict": 7, "indochina time": 7, "se asia standard time": 7,
    "asia/ho_chi_minh": 7, "asia/saigon": 7, "asia/bangkok": 7, "sgt": 8, "hkt": 8, "jst": 9, "kst": 9, "cet": 1,
    "cest": 2, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
"""Hours east of Greenwich; the American ones as RFC 822 lists them."""
_MORNING, _AFTERNOON = frozenset({"sa", "am", "sang"}), frozenset({"ch", "pm", "chieu", "toi"})
_NOON = "trua"
_SAY_NOTHING = names(
    "ngay luc vao hoi gio cap nhat lan cuoi dang tai tin bai xuat ban thoi gian posted published updated date on at "
    "viet nam ha noi"
)

_WEEKDAY = re.compile(
    r"(?<![a-z0-9])(?:thu (?:[2-7]|hai|ba|tu|nam|sau|bay)|t[2-7]|cn|chu nhat|chua nhat"
    r"|(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?)(?![a-z0-9])"
    r"|^(?:hai|ba|tu|nam|sau|bay)(?=,)"  # as .NET abbreviates them
)
_OFFSET = re.compile(r"\(?\s?(?:gmt|utc|ut)\s?([+-])\s?(\d{1,2})(?:[:.]?(\d{2}))?(?!\d)\s?\)?")
_BARE_OFFSET = re.compile(r"(?<![\d+-])\(?([+-])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)\)?")
_ZONE = re.compile("(?<![a-z])(" + "|".join(sorted(_ZONES, key=len, reverse=True)) + ")(?![a-z])")
_CLOCK = re.compile(r"(?<![\d:+])(\d{1,2})\s?:\s?(\d{2})(?:\s?:\s?(\d{2})(?:[.,]\d{1,9})?)?(?![\d:])")
_SPOKEN = re.compile(
    r"(?<![\d:+])(\d{1,2})\s?(?:h|g|gio)(?![a-z])\s?(?:(\d{1,2})(?!\d|\s?[-/.]\s?\d)\s?(?:(?:phut|p|')(?![a-z]))?)?"
)
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2}) ?(?:z|[+-]\d{2}:?\d{2})")
_ISO_BASIC = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[t ]?(\d{2})(\d{2})(\d{2})?)?(?![\d])")

_Day = tuple[int, int, int]
_DAYS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Day]], ...] = (
    (
        re.compile(r"(?<!\d)(\d{4})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)"),
        lambda found: (int(found[1]), int(found[3]), int(found[4])),
    ),
    (
        re.compile(r"(?<!\d)(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)"),
        lambda found: (_year(found[4]), int(found[3]), int(found[1])),
    ),
    (
        re.compile(
            rf"(?<!\d)(\d{{1,2}})[\s,./-]*(?:thang|thg|th)\.?\s?{_VIETNAMESE}[\s,./-]*(?:nam\s?)?(\d{{4}}|\d{{2}})(?!\d)"
        ),
        lambda found: (
            _year(found[3]),
            _MONTH_WORDS[found[2]] if found[2] in _MONTH_WORDS else int(found[2]),
            int(found[1]),
        ),
    ),
    (
        re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s,.-]*{_ENGLISH}[\s,.'-]*(\d{{4}}|\d{{2}})(?!\d)"),
        lambda found: (_year(found[3]), _MONTHS[found[2]], int(found[1])),
    ),
    (
        re.compile(rf"(?<![a-z]){_ENGLISH}[\s,.]*(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)"),
        lambda found: (int(found[3]), _MONTHS[found[1]], int(found[2])),
    ),
)


def read_date(raw: str, zone: ZoneInfo = LOCAL) -> When | None:
    """What `raw` tells, or None when any part of it is not understood. A time without a zone is one of `zone`."""
    try:
        return _read(raw, zone) if len(raw) <= LONGEST else None
    except (ValueError, OverflowError):  # 31/02, 25:00, GMT+25
        return None


def _read(raw: str, zone: ZoneInfo) -> When | None:
    rest = _one_form(fold(raw))
    rest, offset = _take_offset(_WEEKDAY.sub(" ", rest))
    rest, clock = _take_clock(rest)
    rest, named = _take_named_zone(rest)
    rest, day = _take_day(rest)
    if day is None:
        return None
    if found := _BARE_OFFSET.search(rest):
        rest, offset = _cut(rest, found), _zone(found[1], found[2], found[3])
    offset = offset or named
    words = set(re.findall(r"[^\W_]+", rest))
    half = words & (_MORNING | _AFTERNOON | {_NOON})
    if words - half - _SAY_NOTHING or len(half) > 1 or (half and clock is None):
        return None
    when = date(*day)
    if when.year not in YEARS:
        return None
    if clock is None:
        return When(datetime.combine(when, time(), LOCAL), date_only=True)
    told = datetime.combine(when, time(_hour(clock[0], half), *clock[1:]), offset or zone)
    return When(told.astimezone(LOCAL))


def _one_form(text: str) -> str:
    """ISO's own spellings as the others are: a blank for the T, dashes in 20261122T140500, no zone on a bare day."""
    if basic := _ISO_BASIC.match(text):
        clock = f" {basic[4]}:{basic[5]}:{basic[6] or '00'}" if basic[4] else ""
        text = f"{basic[1]}-{basic[2]}-{basic[3]}{clock}{text[basic.end() :]}"
    if bare := _ISO_DAY.fullmatch(text):
        return bare[1]
    text = re.sub(r"(?<=\d)t(?=\d)", " ", text)
    text = re.sub(r"\bm[uo]ng (?=(?:0?[1-9]|10)\b)", "", text)  # "mùng 5"
    return re.sub(r"\b([ap])\.m\b\.?", r"\1m", text)


def _take_offset(text: str) -> tuple[str, tzinfo | None]:
    """A zone like "GMT+7", "UTC+07:00", "(GMT + 7)", which is east whatever POSIX says."""
    found = _OFFSET.search(text)
    return (text, None) if found is None else (_cut(text, found), _zone(found[1], found[2], found[3]))


def _take_named_zone(text: str) -> tuple[str, tzinfo | None]:
    """A zone like "GMT", "ICT", "Z"; an offset beside it counts for more."""
    found = _ZONE.search(text)
    if found is None:
        return text, None
    return _cut(text, found), timezone(timedelta(hours=_ZONES[found[1]]))


def _zone(sign: str, hours: str, minutes: str | None) -> tzinfo:
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if away > timedelta(hours=14) or int(minutes or 0) > 59:
        raise ValueError("no such zone on Earth")
    return timezone(-away if sign == "-" else away) if away else UTC


def _take_clock(text: str) -> tuple[str, tuple[int, int, int] | None]:
    if found := _CLOCK.search(text):
        return _cut(text, found), (int(found[1]), int(found[2]), int(found[3] or 0))
    if found := _SPOKEN.search(text):
        return _cut(text, found), (int(found[1]), int(found[2] or 0), 0)
    return text, None


def _take_day(text: str) -> tuple[str, _Day | None]:
    for pattern, day in _DAYS:
        if found := pattern.search(text):
            return _cut(text, found), day(found)
    return text, None


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _year(figures: str) -> int:
    """Two figures are of this century up to 69, as RFC 2822 and everybody reads them."""
    year = int(figures)
    return year if len(figures) == 4 else year + (2000 if year < 70 else 1900)


def _hour(hour: int, half: set[str]) -> int:
    """The hour of 24 that SA, CH and their like mean. Raises ValueError for "14:05 SA"."""
    if half & _MORNING:
        if hour > 12:
            raise ValueError("no such hour in the morning")
        return hour % 12
    if half & _AFTERNOON or (_NOON in half and hour < 10):
        return hour if hour > 12 else hour % 12 + 12
    return hour
