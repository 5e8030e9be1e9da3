"""Figures of the Analytics API: totals over a video's life, and the channel day by day (youtube 4.2).

They come two to three days late. Whatever goes wrong here costs only these figures, never the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from connectors.base import Figure, Metric
from connectors.errors import ConnectorError, Rejected, Unavailable
from connectors.transcript import Shape, any_of, counter, moment, one_of
from connectors.youtube.api import REPORTS, Api, Json
from connectors.youtube.quota import PACIFIC

IDS_MAX = 200
"""Rows in one answer with the dimension `video`."""
DAYS = 7
"""Days are read again until they no longer move; recent ones are missing at first."""
FIRST_DAY = "2005-01-01"
"""Earlier than any video, so that the totals are over the whole life."""

VERSION = "analytics v2"
VIEW_VERSION = "analytics v2; lượt xem từ 24/08/2026"
LATE = "theo API phân tích của YouTube, chậm 48 đến 72 giờ, ngày tính theo giờ Thái Bình Dương."
VIEW_WORDS = "số lần bắt đầu phát, kể cả tự phát và xem lướt; cách tính áp dụng từ 24/08/2026;"
WATCH_WORDS = "thời gian xem tính bằng giây, bằng số phút YouTube ước tính (estimatedMinutesWatched) nhân 60,"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report by the platform's name, and the figure it becomes, `factor` times as large."""

    name: str
    metric: str
    words: str
    version: str = VERSION
    factor: int = 1


def _columns(of: str) -> tuple[Column, ...]:
    return (
        Column("views", Metric.VIEWS, f"{of}: {VIEW_WORDS} {LATE}", VIEW_VERSION),
        Column("engagedViews", Metric.ENGAGED_VIEWS, f"{of}: số lượt xem có chủ đích (cách tính cũ), {LATE}"),
        Column("estimatedMinutesWatched", Metric.WATCH_SECONDS, f"{of}: {WATCH_WORDS} {LATE}", factor=60),
    )


VIDEO = (
    *_columns("Tổng từ khi đăng"),
    Column("likes", Metric.REACTIONS, f"Tổng từ khi đăng: số lượt thích, {LATE}"),
    Column("comments", Metric.COMMENTS, f"Tổng từ khi đăng: số bình luận, {LATE}"),
    Column("shares", Metric.SHARES, f"Tổng từ khi đăng: số lần bấm nút chia sẻ, {LATE}"),
)
IMPRESSIONS = (
    Column(
        "videoThumbnailImpressions",
        "impressions",
        f"Tổng từ khi đăng: số lần ảnh đại diện được hiển thị, không phải số người, {LATE}",
    ),
)
CHANNEL_DAY = (
    *_columns("Riêng trong ngày, cả kênh"),
    Column("subscribersGained", Metric.NEW_FOLLOWERS, f"Riêng trong ngày: số người mới đăng ký kênh, {LATE}"),
    Column("subscribersLost", Metric.LOST_FOLLOWERS, f"Riêng trong ngày: số người bỏ đăng ký kênh, {LATE}"),
)

Rows = dict[str, dict[str, int]]
"""Video or day -> column -> value; what was not told is not there."""


def probe(api: Api) -> None:
    """One small report whose figures nobody needs. Raises the `ConnectorError` that real ones would meet."""
    day = _today(api).isoformat()
    api.read(REPORTS, {"ids": "channel==MINE", "metrics": "views", "startDate": day, "endDate": day})


class Analytics:
    """Asks for reports. What was refused is not asked for again in its own life, which is one piece of work."""

    def __init__(self) -> None:
        self._is_off = False
        self._refused: set[str] = set()

    def read_videos(self, api: Api, video_ids: Sequence[str]) -> list[Figure]:
        """The totals of these videos, 200 a call. A video without a row has no figures: unknown, not 0."""
        sets = (VIDEO, IMPRESSIONS) if api.settings.use_impressions else (VIDEO,)
        figures: list[Figure] = []
        for start in range(0, len(video_ids), IDS_MAX):
            ids = video_ids[start : start + IDS_MAX]
            query = {
                "dimensions": "video",
                "startDate": FIRST_DAY,
                "endDate": _today(api).isoformat(),
                "filters": f"video=={','.join(ids)}",
                "maxResults": str(len(ids)),
            }
            for columns in sets:
                rows = self._ask(api, query, columns)
                figures += [one for video in ids for one in _figures(video, rows.get(video, {}), columns)]
        return figures

    def read_days(self, api: Api) -> list[Figure]:
        """The channel's last seven days; each is told again until it no longer moves."""
        today = _today(api)
        query = {
            "dimensions": "day",
            "startDate": (today - timedelta(days=DAYS)).isoformat(),
            "endDate": today.isoformat(),
        }
        rows = self._ask(api, query, CHANNEL_DAY)
        days = {day: found for text, found in sorted(rows.items()) if (day := _day(text)) is not None}
        return [one for day, found in days.items() for one in _figures("", found, CHANNEL_DAY, day)]

    def _ask(self, api: Api, query: Mapping[str, str], columns: Sequence[Column]) -> Rows:
        """One report; a combination that is refused is split, and a single column that is refused is given up."""
        wanted = [column for column in columns if _mark(query, column) not in self._refused]
        if self._is_off or not wanted:
            return {}
        by_video = query["dimensions"] == "video"
        names = [column.name for column in wanted]
        order = {"sort": f"-{names[0]}" if by_video else "day"}
        whole = {"ids": "channel==MINE", "metrics": ",".join(names), **query, **order}
        try:
            told = api.read(REPORTS, whole)
            api.transcript.hear("reports", "", told, _shape(query))
            return _read_table(told, query["dimensions"])
        except Rejected:
            if len(wanted) == 1:
                self._refused.add(_mark(query, wanted[0]))
                return {}
        except ConnectorError as error:
            # Not granted, not switched on, no quota: the next report would only be refused, too.
            self._is_off = not isinstance(error, Unavailable)
            return {}
        half = (len(wanted) + 1) // 2
        rows = self._ask(api, query, wanted[:half])
        for key, found in self._ask(api, query, wanted[half:]).items():
            rows.setdefault(key, {}).update(found)
        return rows


def _shape(query: Mapping[str, str]) -> Shape:
    """What is kept of a report: the columns by name, and counts beside a day or one of the videos asked for."""
    asked = query.get("filters", "").removeprefix("video==").split(",")
    names = ("video", "day", *(column.name for columns in (VIDEO, IMPRESSIONS, CHANNEL_DAY) for column in columns))
    return {"columnHeaders": [{"name": one_of(names)}], "rows": [[any_of(counter, moment, one_of(asked))]]}


def _mark(query: Mapping[str, str], column: Column) -> str:
    return f"{query['dimensions']}/{column.name}"


def _today(api: Api) -> date:
    return api.now.astimezone(ZoneInfo(PACIFIC)).date()


def _figures(ref: str, row: Mapping[str, int], columns: Sequence[Column], day: date | None = None) -> list[Figure]:
    return [
        Figure(ref, one.metric, row[one.name] * one.factor, one.name, one.version, one.words, day)
        for one in columns
        if one.name in row
    ]


def _read_table(table: Json, dimension: str) -> Rows:
    """Columns are found by name, in whatever order; `rows` is absent when there is no data."""
    headers = table.get("columnHeaders") or []
    names = [str(column.get("name")) if isinstance(column, dict) else "" for column in headers]
    whole = [row for row in table.get("rows") or [] if isinstance(row, list) and len(row) == len(names)]
    rows = [dict(zip(names, row, strict=True)) for row in whole]
    return {
        str(row[dimension]): {name: count for name, value in row.items() if (count := _count(value)) is not None}
        for row in rows
        if dimension in row
    }


def _count(value: object) -> int | None:
    """Values are JSON numbers, which may be written 3.0; None for anything that is no count."""
    text = str(value).removesuffix(".0")
    return int(text) if text.isdecimal() else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
