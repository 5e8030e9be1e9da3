"""Figures with the names and definitions of the platform (youtube 4). Absent or hidden is None, never 0."""

from collections.abc import Iterable, Sequence

from connectors.base import Figure, Metric
from connectors.errors import Limited, Misconfigured, Rejected
from connectors.transcript import counter, flag
from connectors.youtube.analytics import Analytics
from connectors.youtube.api import IDS_MAX, Api, Json, items

VERSION = "v3"
VIEW_VERSION = "v3; lượt xem từ 24/08/2026"
"""A jump around the day of a new definition is not growth, so the definition's date is part of the version."""

VIEW_WORDS = (
    "Số lần video công khai bắt đầu phát, kể cả tự phát và xem lướt; cách tính áp dụng từ 24/08/2026, "
    "không so sánh với số liệu trước đó."
)
POST_METRICS = (
    (Metric.VIEWS, "viewCount", VIEW_VERSION, VIEW_WORDS),
    (Metric.REACTIONS, "likeCount", VERSION, "Số lượt thích của video."),
    (Metric.COMMENTS, "commentCount", VERSION, "Số bình luận của video."),
)
CHANNEL_METRICS = (
    (Metric.FOLLOWERS, "subscriberCount", VERSION, "Số người đăng ký kênh, YouTube làm tròn xuống 3 chữ số có nghĩa."),
    (Metric.VIEWS, "viewCount", VIEW_VERSION, f"Tổng của mọi video trên kênh. {VIEW_WORDS}"),
)
POST_SHAPE = {"statistics": {name: counter for _, name, _, _ in POST_METRICS}}
CHANNEL_SHAPE = {
    "statistics": {**{name: counter for _, name, _, _ in CHANNEL_METRICS}, "hiddenSubscriberCount": flag},
}
"""What is kept of the answers."""
METRICS = (
    Metric.VIEWS,
    Metric.REACTIONS,
    Metric.COMMENTS,
    Metric.FOLLOWERS,
    Metric.SHARES,
    Metric.ENGAGED_VIEWS,
    Metric.WATCH_SECONDS,
    Metric.NEW_FOLLOWERS,
    Metric.LOST_FOLLOWERS,
)
"""The last five only where the settings switch the Analytics API on and the channel granted it."""


class Reader:
    """Reads figures. A way that was refused is not tried again in its own life, which is one piece of work."""

    def __init__(self) -> None:
        self._has_batch = True
        self._analytics = Analytics()

    def posts(self, api: Api, external_ids: Sequence[str], *, with_analytics: bool) -> list[Figure]:
        """The figures of these videos, 50 a call; a video that is not shown has none.

        One figure for each of our words: the counters of the Data API, which are of this hour, come first, and
        the Analytics API fills in what those do not tell.
        """
        told: dict[tuple[str, str], Figure] = {}
        ids = list(dict.fromkeys(external_ids))
        for start in range(0, len(ids), IDS_MAX):
            wanted = ids[start : start + IDS_MAX]
            for item in self._statistics(api, wanted):
                if item.get("id") in wanted:
                    api.transcript.hear("videos statistics", str(item["id"]), item, POST_SHAPE)
                    figures = _figures(str(item["id"]), item.get("statistics") or {}, POST_METRICS)
                    told |= {(one.ref, one.metric): one for one in figures}
        if with_analytics:
            shown = list(dict.fromkeys(ref for ref, _ in told))
            for one in self._analytics.read_videos(api, shown):
                key = (one.ref, one.metric)
                if key not in told or told[key].value is None:
                    told[key] = one
        return list(told.values())

    def _statistics(self, api: Api, ids: list[str]) -> list[Json]:
        """From batchGetStats, which has a quota of its own; from videos.list where that is not to be had."""
        if self._has_batch and api.settings.use_batch_stats:
            try:
                params = {"part": "id,statistics", "id": ",".join(ids)}
                return items(api.read("/youtube/v3/videos:batchGetStats", params))
            except (Rejected, Misconfigured, Limited):
                self._has_batch = False  # A new call that a project may not have yet, or its own bucket is empty.
        return api.videos("statistics", ids)

    def channel(self, api: Api, *, with_analytics: bool) -> list[Figure]:
        """The figures of the channel; the number of subscribers is None where the channel hides it."""
        told = api.own_channel("statistics")
        api.transcript.hear("channels statistics", "", told, CHANNEL_SHAPE)
        statistics = dict(told.get("statistics") or {})
        if statistics.get("hiddenSubscriberCount"):
            statistics.pop("subscriberCount", None)
        days = self._analytics.read_days(api) if with_analytics else []
        return [*_figures("", statistics, CHANNEL_METRICS), *days]


def _figures(ref: str, statistics: Json, metrics: Iterable[tuple[Metric, str, str, str]]) -> list[Figure]:
    return [
        Figure(ref, metric, _count(statistics.get(name)), name, version, words)
        for metric, name, version, words in metrics
    ]


def _count(value: object) -> int | None:
    """Counters come as decimal strings (youtube 4.1)."""
    text = str(value)
    return int(text) if text.isdecimal() else None
