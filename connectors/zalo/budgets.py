"""What an OA may do in a time: what we count ourselves, and what Zalo tells in its answers (zalo 4.3, 7.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.base import Budget, Meter, Part
from connectors.meter import Calendar, Level, Per, Rolling
from connectors.zalo.codes import VIETNAM, number
from connectors.zalo.settings import Settings

CALLS, ARTICLES, BROADCASTS = "calls", "articles", "broadcasts"
MINUTE = timedelta(minutes=1)
APP_LIMIT = 4000
"""Calls of the app a minute, for an answer that tells only what is left (zalo 7.1)."""
READING_SHARE = 0.9
"""Of the calls of a minute, with the default of 60: 500 posts (51 calls) fit, and six calls stay for publishing."""


def budgets(settings: Settings) -> tuple[Budget, ...]:
    """Calls of one OA in any minute, articles and broadcasts in a month; of the last two nobody tells the amount."""
    month = Calendar(str(VIETNAM), monthly=True)
    return (
        Budget(
            CALLS,
            "lần gọi Zalo trong một phút",
            Per.CHANNEL,
            settings.calls_per_minute,
            Rolling(MINUTE),
            READING_SHARE,
        ),
        Budget(ARTICLES, "bài viết tạo trong tháng", Per.CHANNEL, settings.articles_per_month, month),
        Budget(BROADCASTS, "tin Truyền thông trong tháng", Per.CHANNEL, settings.broadcasts_per_month, month),
    )


def costs(part: Part) -> Mapping[str, int]:
    """What one publication takes of a month: an article that is made, a broadcast; new words take nothing."""
    return {Part.POST: {ARTICLES: 1}, Part.BROADCAST: {BROADCASTS: 1}}.get(part, {})


def hear(meter: Meter, headers: Mapping[str, str], *, now: datetime) -> None:
    """Note how much of the app's minute is used up, from `X-RateLimit-Remain` (so spelt); without it nothing."""
    left = number(headers.get("X-RateLimit-Remain"))
    most = number(headers.get("X-RateLimit-Limit")) or APP_LIMIT
    if left is not None and most > 0:
        percent = 100 * (most - left) / most
        meter.hear(Per.APP, Level(min(max(percent, 0.0), 100.0), until=now + MINUTE))
