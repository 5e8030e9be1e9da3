"""What each call costs, from which bucket, and when the buckets are full again (youtube 3).

Buckets belong to the Google Cloud project, not to a channel. Nothing is stored here: `Api.spent` counts,
and whoever keeps the counts of a project adds them up until `next_reset`.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")

UPLOAD, SEARCH, BATCH, OTHER, ANALYTICS = "upload", "search", "batch", "other", "analytics"

DAILY = {UPLOAD: 100, SEARCH: 100, BATCH: 10_000, OTHER: 10_000}
"""Units a day that a project has unless Google granted more. The Analytics API has limits of its own, not told."""

COSTS = {
    "videos.insert": (UPLOAD, 1),
    "videos.list": (OTHER, 1),
    "videos.batchGetStats": (BATCH, 1),
    "videos.update": (OTHER, 50),
    "videos.delete": (OTHER, 50),
    "channels.list": (OTHER, 1),
    "playlistItems.list": (OTHER, 1),
    "playlistItems.insert": (OTHER, 50),
    "thumbnails.set": (OTHER, 50),
    "captions.list": (OTHER, 50),
    "captions.insert": (OTHER, 400),
    "captions.update": (OTHER, 450),
    "reports.query": (ANALYTICS, 1),
}
"""Method -> (bucket, units) of every call this connector makes."""

_PATHS = {
    ("POST", "/upload/youtube/v3/videos"): "videos.insert",
    ("GET", "/youtube/v3/videos"): "videos.list",
    ("GET", "/youtube/v3/videos:batchGetStats"): "videos.batchGetStats",
    ("PUT", "/youtube/v3/videos"): "videos.update",
    ("DELETE", "/youtube/v3/videos"): "videos.delete",
    ("GET", "/youtube/v3/channels"): "channels.list",
    ("GET", "/youtube/v3/playlistItems"): "playlistItems.list",
    ("POST", "/youtube/v3/playlistItems"): "playlistItems.insert",
    ("POST", "/upload/youtube/v3/thumbnails/set"): "thumbnails.set",
    ("GET", "/youtube/v3/captions"): "captions.list",
    ("POST", "/upload/youtube/v3/captions"): "captions.insert",
    ("PUT", "/upload/youtube/v3/captions"): "captions.update",
    ("GET", "/v2/reports"): "reports.query",
}


def cost(method: str, path: str) -> tuple[str, int]:
    """Bucket and units of a call below one of the API's hosts; a call that is not listed costs one unit."""
    return COSTS.get(_PATHS.get((method, path), ""), (OTHER, 1))


def next_reset(now: datetime) -> datetime:
    """The next midnight in California, when every bucket is filled again; aware UTC."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC)
