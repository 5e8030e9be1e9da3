"""Counters of the imitated Page (facebook 5): they rise after a post and never fall."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.facebook_errors import GraphError
from sandbox.facebook_login import PAGE_ID
from sandbox.facebook_posts import Post
from sandbox.world import World

POST_METRICS = {"post_media_view": 3200, "post_total_media_view_unique": 2100, "post_clicks": 140}
"""Name -> about where it ends."""
VIDEO_METRICS = {"post_video_views": 1300, "post_video_view_time": 9_100_000}
"""Of a post with a video; of any other there is no row. Times in milliseconds."""
REEL_METRICS = {"blue_reels_play_count": 1500, "post_video_view_time": 9_100_000, "post_video_avg_time_watched": 6100}
OTHER_METRICS = frozenset({"post_clicks_by_type", "post_reactions_by_type_total"})
"""Valid names without a row here."""
PAGE_METRICS = {
    "page_media_view": 900,
    "page_total_media_view_unique": 600,
    "page_daily_follows_unique": 14,
    "page_daily_unfollows_unique": 3,
    "page_post_engagements": 110,
    "page_views_total": 75,
    "page_video_views": 240,
}
"""Name -> about how many on a day; `page_follows` is a running total."""
PERIODS = ("day", "week", "days_28")
PACIFIC = ZoneInfo("America/Los_Angeles")
WINDOW_MAX = timedelta(days=90)
DEFAULT_WINDOW = timedelta(days=2)
REACTIONS, COMMENTS, SHARES = 120, 16, 24
HALF_LIFE = timedelta(hours=14)


class Insights:
    """Computes every value from the clock, so nothing has to be stored."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.born = world.now() - timedelta(days=400)

    def _grown(self, post: Post, mark: str, final: int) -> int:
        # views and viewers share one mark, so that there are never more viewers than views
        return self.world.grown(f"{post.id}:{mark}", post.at, final=final, half_life=HALF_LIFE)

    def of_post(self, post: Post, args: dict[str, Any], path: str, allowed: Callable[[], Any]) -> dict[str, Any]:
        """`GET /{post}/insights`; one bad name fails the whole call, and is found before the permission is asked."""
        names = self._names(args, POST_METRICS.keys() | VIDEO_METRICS.keys() | OTHER_METRICS, path)
        allowed()
        known = POST_METRICS | (VIDEO_METRICS if post.video_id else {})
        chosen = [name for name in names if name in known] if args.get("period", "lifetime") == "lifetime" else []
        return self._told(post.id, [self._row(post, name, known[name], f"{post.id}/insights") for name in chosen])

    def of_video(self, post: Post, video_id: str, args: dict[str, Any], path: str) -> dict[str, Any]:
        """`GET /{video}/video_insights`; without names a set of them (facebook 5.2)."""
        names = self._names(args, REEL_METRICS.keys(), path) if args.get("metric") else list(REEL_METRICS)
        edge = f"{video_id}/video_insights"
        return self._told(video_id, [self._row(post, name, REEL_METRICS[name], edge) for name in names])

    def of_page(self, args: dict[str, Any], path: str, allowed: Callable[[], Any]) -> dict[str, Any]:
        """`GET /{page}/insights`: a value for each day, told at the midnight after it in California (facebook 5.4)."""
        names = self._names(args, PAGE_METRICS.keys() | {"page_follows"}, path)
        allowed()
        period = str(args.get("period", "day"))
        if period not in PERIODS:
            raise GraphError(100, "(#100) The period is not one of those of this metric")
        now = self.world.now()
        until = datetime.fromtimestamp(int(args["until"]), PACIFIC) if "until" in args else now.astimezone(PACIFIC)
        since = datetime.fromtimestamp(int(args["since"]), PACIFIC) if "since" in args else until - DEFAULT_WINDOW
        if not timedelta(0) <= until - since <= WINDOW_MAX:
            raise GraphError(100, "(#100) There cannot be more than 90 days between since and until")
        ends = [end for end in _midnights(since, until) if end <= now] if period == "day" else []
        return self._told(PAGE_ID, [self._days(name, ends) for name in names])

    def _names(self, args: dict[str, Any], valid: Any, path: str) -> list[str]:
        names = [name for name in str(args.get("metric", "")).split(",") if name]
        if not names:
            raise GraphError(3001, "(#3001) No metric was specified to be fetched.", 1504028)
        dead = self.world.strikes("dead_metric", "GET", path)
        if not (set(valid) - {str(dead.values["name"]) if dead else ""}).issuperset(names):
            raise GraphError(100, "(#100) The value must be a valid insights metric")
        missing = self.world.strikes("missing_metric", "GET", path)
        return [name for name in names if not missing or name != missing.values["name"]]

    def _told(self, node: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        window = f"{self.world.base_url}/v26.0/{node}/insights?since=1&until=2"
        return {"data": rows, "paging": {"previous": window, "next": window}}

    def _row(self, post: Post, name: str, final: int, edge: str) -> dict[str, Any]:
        mark = "views" if name in ("post_media_view", "post_total_media_view_unique") else name
        return {
            "name": name,
            "period": "lifetime",
            "values": [{"value": self._grown(post, mark, final)}],
            "title": f"Lifetime {name}",
            "description": f"Lifetime: {name}",
            "id": f"{edge}/{name}/lifetime",
        }

    def _days(self, name: str, ends: list[datetime]) -> dict[str, Any]:
        told = [
            {"value": self._of_day(name, end), "end_time": end.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")}
            for end in ends
        ]
        return {
            "name": name,
            "period": "day",
            "values": told,
            "title": f"Daily {name}",
            "description": f"Daily: {name}",
            "id": f"{PAGE_ID}/insights/{name}/day",
        }

    def _of_day(self, name: str, end: datetime) -> int:
        if name == "page_follows":
            return self._followers_at(end)
        day = end.date() - timedelta(days=1)
        chance = random.Random(f"{self.world.seed}:{name}:{day}")  # a day that is over does not change any more
        return int(PAGE_METRICS[name] * chance.uniform(0.4, 2.2))

    def counts(self, post: Post) -> dict[str, int]:
        """Reactions, comments and shares as any visitor sees them."""
        finals = {"reactions": REACTIONS, "comments": COMMENTS, "shares": SHARES}
        return {name: self._grown(post, name, final) for name, final in finals.items()}

    def engagement(self, post: Post) -> dict[str, Any]:
        """The fields reactions, comments and shares; `shares` is left out when there are none."""
        counts = self.counts(post)
        reactions = {"data": [], "summary": {"total_count": counts["reactions"], "viewer_reaction": "NONE"}}
        comments = {"data": [], "summary": {"order": "ranked", "total_count": counts["comments"], "can_comment": True}}
        shares = {"shares": {"count": counts["shares"]}} if counts["shares"] else {}
        return {"reactions": reactions, "comments": comments, **shares}

    def followers(self) -> int:
        """Of the Page, today."""
        return self._followers_at(self.world.now())

    def _followers_at(self, at: datetime) -> int:
        since = self.born + (self.world.now() - at)
        return 5_200 + self.world.grown("followers", since, final=2_400, half_life=timedelta(days=300))


def _midnights(since: datetime, until: datetime) -> list[datetime]:
    """Every midnight in California from the first one at or after `since` up to `until`."""
    day, found = since.astimezone(PACIFIC).date(), []
    while (midnight := datetime.combine(day, time(), PACIFIC)) <= until:
        found += [midnight] if midnight >= since else []
        day += timedelta(days=1)
    return found
