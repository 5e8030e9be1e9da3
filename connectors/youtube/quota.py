"""What each call costs, from which bucket, and when the buckets are full again (youtube 3).

Buckets belong to the Google Cloud project, not to a channel. The Analytics API has limits of its own that
nobody tells; its calls are not counted.
"""

from collections import Counter
from datetime import UTC, datetime

from connectors.base import Outgoing, Part
from connectors.meter import Budget, Calendar, Per
from connectors.youtube.settings import Options, Settings

PACIFIC = "America/Los_Angeles"
PACIFIC_DAY = Calendar(PACIFIC)

UPLOAD, SEARCH, BATCH, OTHER = "upload", "search", "batch", "other"

READING_SHARE = 0.2
"""Of the shared units, because one video with cover, captions and playlist takes about 600 of them."""

COSTS = {
    "videos.insert": (UPLOAD, 1),
    "search.list": (SEARCH, 1),
    "videos.batchGetStats": (BATCH, 1),
    "videos.list": (OTHER, 1),
    "videos.update": (OTHER, 50),
    "videos.delete": (OTHER, 50),
    "channels.list": (OTHER, 1),
    "playlistItems.list": (OTHER, 1),
    "playlistItems.insert": (OTHER, 50),
    "thumbnails.set": (OTHER, 50),
    "captions.list": (OTHER, 50),
    "captions.insert": (OTHER, 400),
    "captions.update": (OTHER, 450),
}
"""Method -> (bucket, units) of every call this connector makes to the Data API."""

_PATHS = {
    ("POST", "/upload/youtube/v3/videos"): "videos.insert",
    ("GET", "/youtube/v3/search"): "search.list",
    ("GET", "/youtube/v3/videos:batchGetStats"): "videos.batchGetStats",
    ("GET", "/youtube/v3/videos"): "videos.list",
    ("PUT", "/youtube/v3/videos"): "videos.update",
    ("DELETE", "/youtube/v3/videos"): "videos.delete",
    ("GET", "/youtube/v3/channels"): "channels.list",
    ("GET", "/youtube/v3/playlistItems"): "playlistItems.list",
    ("POST", "/youtube/v3/playlistItems"): "playlistItems.insert",
    ("POST", "/upload/youtube/v3/thumbnails/set"): "thumbnails.set",
    ("GET", "/youtube/v3/captions"): "captions.list",
    ("POST", "/upload/youtube/v3/captions"): "captions.insert",
    ("PUT", "/upload/youtube/v3/captions"): "captions.update",
}


def budgets(settings: Settings) -> tuple[Budget, ...]:
    """The four buckets of a project; each is full again at midnight in California."""

    def bucket(name: str, words: str, amount: int, share: float = 1.0) -> Budget:
        return Budget(name, words, Per.APP, amount, PACIFIC_DAY, share)

    return (
        bucket(UPLOAD, "lượt tải video lên trong ngày", settings.daily_uploads),
        bucket(SEARCH, "lượt tìm kiếm trong ngày", settings.daily_searches),
        bucket(BATCH, "lượt đọc số liệu theo lô trong ngày", settings.daily_batch_reads),
        bucket(OTHER, "đơn vị cho mọi lệnh khác trong ngày", settings.daily_units, READING_SHARE),
    )


def cost(method: str, path: str, settings: Settings) -> tuple[str, int]:
    """Bucket and units of a call to the Data API; a call that is not listed costs one unit (youtube 3)."""
    name = _PATHS.get((method, path), "")
    bucket, units = COSTS.get(name, (OTHER, 1))
    return bucket, settings.costs.get(name, units)


READS = 6
"""Of a video on its way, when nothing goes wrong: while it is processed, before and after it is made public."""


def costs(outgoing: Outgoing, settings: Settings) -> dict[str, int]:
    """What one publication uses up: an upload where it is a video of its own, and units of the shared bucket."""
    options = Options.model_validate(dict(outgoing.options))
    calls = ["videos.update", *["videos.list"] * READS]
    if outgoing.part is Part.POST:
        calls += ["videos.insert"]
        calls += ["thumbnails.set"] if outgoing.cover else []
        calls += ["captions.insert"] if options.captions_text else []
        calls += ["playlistItems.list", "playlistItems.insert"] if options.playlist_id else []
    found: Counter[str] = Counter()
    for name in calls:
        bucket, units = COSTS[name]
        found[bucket] += settings.costs.get(name, units)
    return dict(found)


def next_reset(now: datetime) -> datetime:
    """The next midnight in California, when every bucket is filled again; aware UTC."""
    return PACIFIC_DAY.end(now).astimezone(UTC)
