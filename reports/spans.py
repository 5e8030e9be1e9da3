"""Spans of days that figures are asked for: this week, last month, a quarter, a year, or two days of one's own."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.plan import Topic
from content.vietnamese import day, local_day
from reports.periods import MONDAY, ReportError, midnight

LONGEST = timedelta(days=366)

SPAN_WORDS = {
    "tuan-nay": "Tuần này",
    "tuan-truoc": "Tuần trước",
    "thang-nay": "Tháng này",
    "thang-truoc": "Tháng trước",
    "quy-nay": "Quý này",
    "nam-nay": "Năm nay",
    "nam-truoc": "Năm trước",
}
"""The spans that have a name."""


@dataclass(frozen=True, slots=True)
class Span:
    """From the first local day to the last, both included."""

    first: date
    last: date
    name: str = ""
    """A key of `SPAN_WORDS`; empty for two days of one's own."""

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


def span_named(name: str, now: datetime, first_weekday: int = MONDAY) -> Span:
    """The span of that name around an aware moment. Raises `ReportError` for a name there is not."""
    today = local_day(now)
    if name in ("tuan-nay", "tuan-truoc"):
        first = today - timedelta(days=(today.weekday() - first_weekday) % 7 + 7 * (name == "tuan-truoc"))
        return Span(first, first + timedelta(days=6), name)
    starts = {
        "thang-nay": today.replace(day=1),
        "thang-truoc": _months_on(today.replace(day=1), -1),
        "quy-nay": today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),
        "nam-nay": date(today.year, 1, 1),
        "nam-truoc": date(today.year - 1, 1, 1),
    }
    if name not in starts:
        raise ReportError(f"Không có khoảng thời gian “{name}”; hãy chọn trong danh sách.")
    months = 3 if name.startswith("quy") else 12 if name.startswith("nam") else 1
    return Span(starts[name], _months_on(starts[name], months) - timedelta(days=1), name)


def own_span(first: date, last: date) -> Span:
    """Two days of one's own. Raises `ReportError` when they stand the wrong way round or too far apart."""
    if last < first:
        raise ReportError("Ngày cuối phải sau hoặc bằng ngày đầu; hãy chọn lại.")
    if last - first >= LONGEST:
        raise ReportError("Chỉ xem được tối đa một năm mỗi lần; hãy chọn khoảng ngắn hơn.")
    return Span(first, last)


def minimum(topic: Topic, span: Span) -> int:
    """How many posts the plan asks of a topic in a span (domain 1.3): the greatest of its minimums that fit in it.

    A whole year asks for the year's minimum or twelve of the month's; a whole month for the month's or four of
    the week's; every full week for the week's.
    """
    wanted = [topic.minimum_per_week * (span.days // 7)]
    if span.first.day == 1 and (span.last + timedelta(days=1)).day == 1:
        months = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month + 1
        wanted.append(topic.minimum_per_month * months)
        if months == 12:
            wanted.append(topic.minimum_per_year)
    return max(wanted)


def _months_on(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
