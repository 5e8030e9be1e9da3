"""Spans of days that figures are asked for: a week, a month, a quarter, a year, or two days of one's own.

A month and a year also run as the statistics law reckons them, from the 15th to the 14th (domain 3.4); the office's
own report for the plan ends on the last day before its deadline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from content.minimums import Minimums, whole_months
from content.plan import Topic
from content.vietnamese import day, local_day
from reports.periods import MONDAY, ReportError, midnight

LONGEST = timedelta(days=366)
STATISTICS_DAY = 15
"""The day on which a statistical month begins (Nghị định 09/2019/NĐ-CP, Điều 12)."""
PLAN_ENDS = (10, 31)
"""Month and day until which the plan's own year is reported: agencies hand in "before 01/11"."""

SPAN_WORDS = {
    "tuan-nay": "Tuần này",
    "tuan-truoc": "Tuần trước",
    "thang-nay": "Tháng này",
    "thang-truoc": "Tháng trước",
    "thang-15-nay": "Tháng số liệu này (15–14)",
    "thang-15-truoc": "Tháng số liệu trước (15–14)",
    "quy-nay": "Quý này",
    "quy-truoc": "Quý trước",
    "sau-thang-dau": "6 tháng đầu năm",
    "sau-thang-cuoi": "6 tháng cuối năm",
    "nam-nay": "Năm nay",
    "nam-truoc": "Năm trước",
    "nam-15-nay": "Năm số liệu này (15/12–14/12)",
    "nam-15-truoc": "Năm số liệu trước (15/12–14/12)",
    "den-31-10": "Từ đầu năm đến 31/10 theo kế hoạch",
    "12-thang-qua": "12 tháng qua",
}
"""The spans that have a name, seen from today."""


class Preset(StrEnum):
    """The lengths a report may have (domain 3.4)."""

    WEEK = "tuan"
    MONTH = "thang"
    STATISTICS_MONTH = "thang-15"
    QUARTER = "quy"
    HALF = "sau-thang"
    YEAR = "nam"
    STATISTICS_YEAR = "nam-15"
    TO_DEADLINE = "den-31-10"


PRESET_WORDS = {
    Preset.WEEK: "Tuần",
    Preset.MONTH: "Tháng (ngày 01 đến cuối tháng)",
    Preset.STATISTICS_MONTH: "Tháng (ngày 15 tháng trước đến 14)",
    Preset.QUARTER: "Quý",
    Preset.HALF: "6 tháng",
    Preset.YEAR: "Năm dương lịch",
    Preset.STATISTICS_YEAR: "Năm (15/12 năm trước đến 14/12)",
    Preset.TO_DEADLINE: "Từ đầu năm đến 31/10 theo kế hoạch",
}
MOST = {Preset.WEEK: 53, Preset.MONTH: 12, Preset.STATISTICS_MONTH: 12, Preset.QUARTER: 4, Preset.HALF: 2}
"""How many of them a year has; of the others one."""
_MONTHS = {Preset.MONTH: 1, Preset.QUARTER: 3, Preset.HALF: 6, Preset.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Span:
    """From the first local day to the last, both included."""

    first: date
    last: date
    name: str = ""
    """A key of `SPAN_WORDS`; empty for days of one's own."""

    @property
    def since(self) -> datetime:
        """The first moment, aware UTC."""
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first moment after it, aware UTC."""
        return midnight(self.last + timedelta(days=1))

    @property
    def days(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span":
        """As many days just before it, to compare with."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def label(self) -> str:
        """Such as "Tháng này (01/11/2026–30/11/2026)"."""
        days = f"{day(self.first)}–{day(self.last)}"
        return f"{SPAN_WORDS[self.name]} ({days})" if self.name else days


def preset_span(preset: Preset, year: int, number: int = 1, first_weekday: int = MONDAY) -> Span:
    """The `number`-th week, month, quarter or half of a year, or the year itself, in whichever way it runs.

    A week is counted as ISO does, a statistical month or year named after the one it ends in. Raises `ReportError`
    for a number or a year that there is not.
    """
    if not (2000 <= year <= 2100 and 1 <= number <= MOST.get(preset, 1)):
        raise ReportError("Không có kỳ này trong năm; hãy chọn lại số thứ tự và năm (2000–2100).")
    match preset:
        case Preset.WEEK:
            try:
                monday = date.fromisocalendar(year, number, 1)
            except ValueError:
                raise ReportError(f"Năm {year} không có tuần {number}; hãy chọn lại.") from None
            first = monday - timedelta(days=-first_weekday % 7)
            return Span(first, first + timedelta(days=6))
        case Preset.STATISTICS_MONTH | Preset.STATISTICS_YEAR:
            ends = date(year, number if preset is Preset.STATISTICS_MONTH else 12, STATISTICS_DAY)
            return Span(_months_on(ends, -1 if preset is Preset.STATISTICS_MONTH else -12), ends - timedelta(days=1))
        case Preset.TO_DEADLINE:
            return Span(date(year, 1, 1), date(year, *PLAN_ENDS))
    first = date(year, 1 + _MONTHS[preset] * (number - 1), 1)
    return Span(first, _months_on(first, _MONTHS[preset]) - timedelta(days=1))


def span_named(name: str, now: datetime, first_weekday: int = MONDAY) -> Span:
    """The span of that name around an aware moment. Raises `ReportError` for a name there is not."""
    if name not in SPAN_WORDS:
        raise ReportError(f"Không có khoảng thời gian “{name}”; hãy chọn trong danh sách.")
    today, earlier = local_day(now), name.endswith("-truoc")
    if name.startswith("tuan"):
        first = today - timedelta(days=(today.weekday() - first_weekday) % 7 + 7 * earlier)
        return Span(first, first + timedelta(days=6), name)
    found = _around(name, today, earlier)
    return Span(found.first, found.last, name)


def _around(name: str, today: date, earlier: bool) -> Span:
    """A named span of months or years; `earlier`: the one before that of today."""
    ends = _months_on(today.replace(day=1), 1) if today.day >= STATISTICS_DAY else today
    match name.rsplit("-", 1)[0]:
        case "thang":
            on = _months_on(today.replace(day=1), -earlier)
            return preset_span(Preset.MONTH, on.year, on.month)
        case "thang-15":
            on = _months_on(ends.replace(day=1), -earlier)
            return preset_span(Preset.STATISTICS_MONTH, on.year, on.month)
        case "quy":
            on = _months_on(today.replace(day=1), -3 * earlier)
            return preset_span(Preset.QUARTER, on.year, (on.month - 1) // 3 + 1)
        case "sau-thang":
            return preset_span(Preset.HALF, today.year, 1 if name.endswith("dau") else 2)
        case "nam":
            return preset_span(Preset.YEAR, today.year - earlier)
        case "nam-15":
            return preset_span(Preset.STATISTICS_YEAR, ends.year - earlier)
        case "12-thang":
            return Span(today - LONGEST + timedelta(days=2), today)
    return preset_span(Preset.TO_DEADLINE, today.year)


def own_span(first: date, last: date) -> Span:
    """Two days of one's own. Raises `ReportError` when they stand the wrong way round or too far apart."""
    if last < first:
        raise ReportError("Ngày cuối phải sau hoặc bằng ngày đầu; hãy chọn lại.")
    if last - first >= LONGEST:
        raise ReportError("Chỉ xem được tối đa một năm mỗi lần; hãy chọn khoảng ngắn hơn.")
    return Span(first, last)


def months_of(span: Span) -> tuple[Span, ...]:
    """Its months: from its first day on where it is made of whole ones, else the calendar's, cut at its ends."""
    start = span.first if whole_months(span.first, span.last) else span.first.replace(day=1)
    return tuple(_cut(span, (_months_on(start, n) for n in range(15))))


def weeks_of(span: Span, first_weekday: int = MONDAY) -> tuple[Span, ...]:
    """Its weeks, the first and the last cut at its ends."""
    start = span.first - timedelta(days=(span.first.weekday() - first_weekday) % 7)
    return tuple(_cut(span, (start + timedelta(days=7 * n) for n in range(56))))


def _cut(span: Span, starts: Iterator[date]) -> Iterator[Span]:
    for first, after in pairwise(starts):
        if first <= span.last:
            yield Span(max(first, span.first), min(after - timedelta(days=1), span.last))


def minimum(topic: Topic, span: Span) -> int:
    """How many publications the plan asks of a topic in a span; see `content.minimums`."""
    return minimums_of(topic).of(span.first, span.last)


def minimums_of(topic: Topic) -> Minimums:
    """What the plan asks of a topic."""
    return Minimums(topic.minimum_per_week, topic.minimum_per_month, topic.minimum_per_year)


def _months_on(on: date, months: int) -> date:
    """The same day of a month so many months later; on a day that every month has."""
    place = on.year * 12 + on.month - 1 + months
    return date(place // 12, place % 12 + 1, on.day)
