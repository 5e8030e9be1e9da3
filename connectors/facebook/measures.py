"""What is asked of a post and of a Page in late 2026, with Facebook's names and what they mean (facebook 5).

Every name here was alive at that time; the dead ones of facebook 5.3 are never asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors.base import Metric
from connectors.facebook.lookup import instant
from connectors.transcript import Shape, counter, moment, one_of

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Facebook's days begin and end at midnight there (facebook 5.4)."""
WINDOW = timedelta(days=8)
"""How far back daily values are read; Facebook takes at most 90 days (facebook 5.5)."""

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Measure:
    """One thing to ask: our word, Facebook's name, what it means, how to ask and to read the answer.

    `of_films`: Facebook tells it of posts with a video only, so where it is not told there is no such figure.
    """

    metric: Metric
    name: str
    definition: str
    ask: str
    read: Callable[[Answer], int | None]
    of_films: bool = False


@dataclass(frozen=True)
class Question:
    """Some measures of one post or of the Page, as one item of a batch.

    `kind` is what is asked: of one kind all questions are refused for the same reason. `whole` questions name
    no measure, so they cannot be asked one by one. The answer to a question that `decides` tells whether the
    object exists at all: an edge may deny it for want of a permission.
    """

    kind: str
    ref: str
    measures: tuple[Measure, ...]
    address: Callable[[str, str], str]
    """Relative to the versioned root, from the id and the names."""
    whole: bool = False
    decides: bool = False

    @property
    def relative_url(self) -> str:
        """Where it is asked."""
        return self.address(quote(self.ref, safe=""), ",".join(measure.ask for measure in self.measures))


def count(value: Any) -> int | None:
    """A number that is told, in digits too; None for anything else, never 0."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def rows_of(answer: Answer, name: str, period: str) -> Iterator[Mapping[str, Any]]:
    """The values of one metric in one period; a metric may come in several (facebook 5.4)."""
    data = answer.get("data")
    for row in data if isinstance(data, list) else ():
        if isinstance(row, dict) and row.get("name") == name and row.get("period") == period:
            values = row.get("values")
            yield from (one for one in values if isinstance(one, dict)) if isinstance(values, list) else ()


def daily(answer: Answer, name: str) -> Iterator[tuple[date, int]]:
    """The values of a daily metric with their days: `end_time` is the midnight after the day (facebook 5.4)."""
    for row in rows_of(answer, name, "day"):
        ended, value = instant(row.get("end_time")), count(row.get("value"))
        if ended and value is not None:
            yield ended.astimezone(PACIFIC).date() - timedelta(days=1), value


def _lifetime(name: str, unit: int = 1) -> Callable[[Answer], int | None]:
    def read(answer: Answer) -> int | None:
        values = [count(row.get("value")) for row in rows_of(answer, name, "lifetime")]
        last = values[-1] if values else None
        return None if last is None else last // unit

    return read


def _insight(metric: Metric, name: str, definition: str) -> Measure:
    return Measure(metric, name, definition, name, _lifetime(name))


def _of_film(metric: Metric, name: str, definition: str, unit: int = 1) -> Measure:
    return Measure(metric, name, definition, name, _lifetime(name, unit), of_films=True)


def _summary(edge: str) -> Callable[[Answer], int | None]:
    return lambda answer: count(((answer.get(edge) or {}).get("summary") or {}).get("total_count"))


def _shares(answer: Answer) -> int | None:
    """Facebook leaves `shares` out when there are none (facebook 5.1)."""
    return count(answer["shares"].get("count")) if answer.get("shares") else 0


def _field(name: str) -> Callable[[Answer], int | None]:
    return lambda answer: count(answer.get(name))


SECONDS = 1000
"""Times are told in milliseconds (facebook 5.2)."""
VIEW_TIME = "Tổng thời gian xem video, tính từ khi đăng; Facebook tính bằng mili giây, ở đây đổi ra giây."

INSIGHTS = (
    _insight(Metric.VIEWS, "post_media_view", "Số lần nội dung của bài được phát hoặc hiển thị, tính từ khi đăng."),
    _insight(
        Metric.REACH,
        "post_total_media_view_unique",
        "Số người ước tính đã xem nội dung của bài ít nhất một lần, tính từ khi đăng.",
    ),
    _insight(Metric.CLICKS, "post_clicks", "Số lượt bấm vào bất kỳ chỗ nào của bài, tính từ khi đăng."),
    _of_film(Metric.VIDEO_VIEWS, "post_video_views", "Số lượt xem video của bài từ 3 giây trở lên, tính từ khi đăng."),
    _of_film(Metric.WATCH_SECONDS, "post_video_view_time", VIEW_TIME, SECONDS),
)
FIELDS = (
    Measure(Metric.SHARES, "shares.count", "Số lượt chia sẻ bài.", "shares", _shares),
    Measure(
        Metric.REACTIONS,
        "reactions.summary.total_count",
        "Tổng số lượt bày tỏ cảm xúc, gồm mọi loại.",
        "reactions.summary(true).limit(0)",
        _summary("reactions"),
    ),
    Measure(
        Metric.COMMENTS,
        "comments.summary.total_count",
        "Số bình luận do Facebook tổng hợp; chỉ gần đúng.",
        "comments.summary(true).limit(0)",
        _summary("comments"),
    ),
)
VIDEO = (
    _insight(Metric.VIDEO_VIEWS, "blue_reels_play_count", "Số lần thước phim (reel) được phát, tính từ khi đăng."),
    _of_film(Metric.WATCH_SECONDS, "post_video_view_time", VIEW_TIME, SECONDS),
)
"""Of a video that is known by its own id only (facebook 5.2)."""
FOLLOWERS = (
    Measure(
        Metric.FOLLOWERS,
        "followers_count",
        "Số người đang theo dõi Fanpage.",
        "followers_count",
        _field("followers_count"),
    ),
    Measure(
        Metric.FOLLOWERS,
        "fan_count",
        "Số người đã thích Fanpage; dùng khi Facebook không cho số người theo dõi.",
        "fan_count",
        _field("fan_count"),
    ),
)


def _day(metric: Metric, name: str, definition: str) -> Measure:
    return Measure(metric, name, f"{definition} Ngày tính theo giờ Thái Bình Dương của Mỹ.", name, lambda answer: None)


DAYS = (
    _day(Metric.VIEWS, "page_media_view", "Số lần nội dung của Fanpage được phát hoặc hiển thị trong ngày."),
    _day(
        Metric.REACH,
        "page_total_media_view_unique",
        "Số người ước tính đã xem nội dung của Fanpage ít nhất một lần trong ngày.",
    ),
    _day(Metric.FOLLOWERS, "page_follows", "Số người theo dõi Fanpage vào cuối ngày."),
    _day(Metric.NEW_FOLLOWERS, "page_daily_follows_unique", "Số người bắt đầu theo dõi Fanpage trong ngày, ước tính."),
    _day(Metric.LOST_FOLLOWERS, "page_daily_unfollows_unique", "Số người bỏ theo dõi Fanpage trong ngày, ước tính."),
    _day(
        Metric.ENGAGEMENTS,
        "page_post_engagements",
        "Số lượt tương tác với các bài của Fanpage trong ngày; không gồm thước phim (reel).",
    ),
    _day(Metric.PROFILE_VIEWS, "page_views_total", "Số lượt xem trang Fanpage trong ngày."),
    _day(Metric.VIDEO_VIEWS, "page_video_views", "Số lượt xem video của Fanpage từ 3 giây trở lên trong ngày."),
)
"""Of the Page, one value for each day; `daily` reads them."""


def _rows(measures: Iterable[Measure]) -> Shape:
    value = {"value": counter, "end_time": moment}
    return {"data": [{"name": one_of(one.name for one in measures), "period": one_of(PERIODS), "values": [value]}]}


PERIODS = ("day", "lifetime")
_TOTAL = {"summary": {"total_count": counter}}
SHAPES: Mapping[str, Shape] = {
    "insights": _rows(INSIGHTS),
    "fields": {"shares": {"count": counter}, "reactions": _TOTAL, "comments": _TOTAL},
    "video": _rows(VIDEO),
    "page": {one.name: counter for one in FOLLOWERS},
    "days": _rows(DAYS),
}
"""What is kept of the answer to each kind of question: who reacted and what was said never is."""


def of_post(ref: str) -> Iterator[Question]:
    """Both questions of a post: its insights, and what some tokens may not see (facebook 5.1, 5.2)."""
    yield Question("insights", ref, INSIGHTS, lambda ref, names: f"{ref}/insights?metric={names}&period=lifetime")
    yield Question("fields", ref, FIELDS, lambda ref, names: f"{ref}?fields={names}", decides=True)


def of_video(ref: str) -> Question:
    """The question of a video without a post; a set of metrics comes without any being named."""
    return Question("video", ref, VIDEO, lambda ref, names: f"{ref}/video_insights", whole=True, decides=True)


def of_page(page_id: str, now: datetime) -> Iterator[Question]:
    """Both questions of a Page: its followers now, and the last days."""
    window = f"period=day&since={int((now - WINDOW).timestamp())}&until={int(now.timestamp())}"
    yield Question("page", page_id, FOLLOWERS, lambda ref, names: f"{ref}?fields={names}", decides=True)
    yield Question("days", page_id, DAYS, lambda ref, names: f"{ref}/insights?metric={names}&{window}")


def last_whole_day(now: datetime) -> date:
    """The last day that was over at `now` (aware), as Facebook counts days."""
    return now.astimezone(PACIFIC).date() - timedelta(days=1)
