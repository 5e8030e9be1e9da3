"""Counters of the imitated Page (facebook 5): they rise after a post and never fall."""

from datetime import timedelta
from typing import Any

from sandbox.facebook_errors import GraphError
from sandbox.facebook_posts import Post
from sandbox.world import World

POST_METRICS = {"post_media_view": 3200, "post_total_media_view_unique": 2100, "post_clicks": 140}
"""Name -> about where it ends."""
OTHER_METRICS = frozenset({"post_clicks_by_type", "post_reactions_by_type_total", "post_video_views"})
"""Valid names that do not apply here: an answer without a row."""
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

    def of_post(self, post: Post, args: dict[str, Any], path: str) -> dict[str, Any]:
        """`GET /{post}/insights`; one bad name fails the whole call."""
        names = [name for name in str(args.get("metric", "")).split(",") if name]
        if not names:
            raise GraphError(3001, "(#3001) No metric was specified to be fetched.", 1504028)
        dead = self.world.strikes("dead_metric", "GET", path)
        valid = (POST_METRICS.keys() | OTHER_METRICS) - {str(dead.values["name"]) if dead else ""}
        if not valid.issuperset(names):
            raise GraphError(100, "(#100) The value must be a valid insights metric")
        if args.get("period", "lifetime") != "lifetime":
            names = []
        rows = [self._row(post, name) for name in names if name in POST_METRICS]
        window = f"{self.world.base_url}/v26.0/{post.id}/insights?since=1&until=2"
        return {"data": rows, "paging": {"previous": window, "next": window}}

    def _row(self, post: Post, name: str) -> dict[str, Any]:
        mark = "clicks" if name == "post_clicks" else "views"
        return {
            "name": name,
            "period": "lifetime",
            "values": [{"value": self._grown(post, mark, POST_METRICS[name])}],
            "title": f"Lifetime {name}",
            "description": f"Lifetime: {name}",
            "id": f"{post.id}/insights/{name}/lifetime",
        }

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
        return 5_200 + self.world.grown("followers", self.born, final=2_400, half_life=timedelta(days=300))
