"""Comments under the posts of the imitated Page (facebook 3.7)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.facebook_errors import GraphError
from sandbox.facebook_login import PAGE_NAME
from sandbox.facebook_posts import Post
from sandbox.world import World

COMMENT_MAX = 8000
ORDERS, FILTERS = ("chronological", "reverse_chronological"), ("toplevel", "stream")


@dataclass
class Comment:
    """`listed_at` is later than `at` while the list lags behind."""

    id: str
    post_id: str
    message: str
    author: tuple[str, str]
    at: datetime
    listed_at: datetime


class Comments:
    """Every comment, oldest first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.comments: dict[str, Comment] = {}

    def write(self, post: Post, args: dict[str, Any], path: str) -> dict[str, Any]:
        """`POST /{post}/comments` by the Page. Nothing stops it from saying the same twice."""
        message = str(args.get("message", ""))
        if not message.strip() and not any(name.startswith("attachment_") for name in args):
            raise GraphError(194, "(#194) Param message is required")
        if len(message) > COMMENT_MAX:
            raise GraphError(100, "(#100) Param message is too long")
        if not post.published:
            raise GraphError(100, "(#100) Comments are not possible on a post that is not published")
        late = self.world.strikes("late_listing", "POST", path)
        lag = timedelta(seconds=float(late.values.get("seconds", 60))) if late else timedelta(0)
        return {"id": self.add(post, message, (post.page_id, PAGE_NAME), lag).id}

    def add(self, post: Post, message: str, author: tuple[str, str], lag: timedelta = timedelta(0)) -> Comment:
        """A comment by anybody, given as id and name; of one without an id nobody is told who wrote it."""
        now = self.world.now().replace(microsecond=0)
        number = 1_386_857_980_000_000 + self.world.next_number()
        comment_id = f"{post.id.partition('_')[2]}_{number}"
        comment = Comment(comment_id, post.id, message, author, now, now + lag)
        self.comments[comment.id] = comment
        return comment

    def listed(self, post: Post, args: dict[str, Any]) -> list[Comment]:
        """The comments under a post in the order that was asked for."""
        order, chosen = str(args.get("order", "chronological")), str(args.get("filter", "toplevel"))
        if order not in ORDERS or chosen not in FILTERS:
            raise GraphError(100, "(#100) Param order or filter has a value that does not exist")
        now = self.world.now()
        shown = [one for one in self.comments.values() if one.post_id == post.id and one.listed_at <= now]
        return shown[::-1] if order == "reverse_chronological" else shown

    def fields(self, comment: Comment) -> dict[str, Any]:
        """Every plain field of a comment."""
        author_id, name = comment.author
        told = {"from": {"name": name, "id": author_id}} if author_id else {}
        at = comment.at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        return {"id": comment.id, "message": comment.message, "created_time": at, "can_remove": True, **told}

    def delete(self, comment: Comment) -> dict[str, Any]:
        """`DELETE /{comment}`."""
        del self.comments[comment.id]
        return {"success": True}
