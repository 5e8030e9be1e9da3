"""Figures with the names and definitions of the platform (youtube 4). Absent or hidden is None, never 0."""

from collections.abc import Iterable, Sequence

from connectors.base import Figure, Metric
from connectors.errors import Limited, Misconfigured, Rejected
from connectors.youtube.analytics import Analytics
from connectors.youtube.api import IDS_MAX, Api, Json

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
METRICS = (Metric.VIEWS, Metric.REACTIONS, Metric.COMMENTS, Metric.FOLLOWERS)
"""Shares only where the settings switch the Analytics API on and the channel granted it."""


def read_posts(api: Api, external_ids: Sequence[str], analytics: Analytics | None = None) -> list[Figure]:
    """The figures of these videos, 50 a call; a video that is not shown has none."""
    figures = []
    ids = list(dict.fromkeys(external_ids))
    for start in range(0, len(ids), IDS_MAX):
        for item in _statistics(api, ids[start : start + IDS_MAX]):
            figures += _figures(item["id"], item.get("statistics", {}), POST_METRICS)
    if analytics:
        figures += analytics.read_shares(api, list(dict.fromkeys(figure.ref for figure in figures)))
    return figures


def _statistics(api: Api, ids: list[str]) -> list[Json]:
    """From batchGetStats, which has a quota of its own; from videos.list where that is not to be had."""
    if api.settings.use_batch_stats:
        try:
            params = {"part": "id,statistics", "id": ",".join(ids)}
            return list(api.read("/youtube/v3/videos:batchGetStats", params).get("items") or [])
        except (Rejected, Misconfigured, Limited):
            pass  # A new call that a project may not have yet, or its own bucket is empty.
    return api.videos("statistics", ids)


def read_channel(api: Api) -> list[Figure]:
    """The figures of the channel; the number of subscribers is None where the channel hides it."""
    statistics = dict(api.own_channel("statistics").get("statistics", {}))
    if statistics.get("hiddenSubscriberCount"):
        statistics.pop("subscriberCount", None)
    return _figures("", statistics, CHANNEL_METRICS)


def _figures(ref: str, statistics: Json, metrics: Iterable[tuple[Metric, str, str, str]]) -> list[Figure]:
    return [
        Figure(ref, metric, _count(statistics.get(name)), name, version, words)
        for metric, name, version, words in metrics
    ]


def _count(value: object) -> int | None:
    """Counters come as decimal strings (youtube 4.1)."""
    text = str(value)
    return int(text) if text.isdecimal() else None
