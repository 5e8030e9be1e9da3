"""What stands on the Page: its published posts, and its reels, which may be missing among them (facebook 4.1)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Listed
from connectors.errors import Rejected
from connectors.facebook import listing, lookup
from connectors.facebook.graph import Graph
from connectors.facebook.node import FIELDS, Node

REELS = "video_reels"
UPLOADED_BEFORE = timedelta(days=1)
"""How long before its hour a reel may have been uploaded: the list may date it from then."""
REEL_FIELDS = f"id,created_time,description,{FIELDS}"


def list_public(graph: Graph, page_id: str, *, since: datetime, until: datetime) -> list[Listed]:
    """Every public post created in [since, until), each once. Raises `Rejected` when there are too many to list."""
    found = {post.external_id: post for post in _reels(graph, page_id, since, until)}
    found |= {post.external_id: post for post in _posts(graph, page_id, since, until)}
    # Facebook may take the two bounds for days or leave them out of account, so they are checked here (facebook 4.1).
    return [one for one in found.values() if one.published_at is None or since <= one.published_at < until]


def _posts(graph: Graph, page_id: str, since: datetime, until: datetime) -> Iterator[Listed]:
    for post in _read(graph, page_id, listing.PUBLISHED, lookup.FIELDS, since, until):
        if post.get("is_published") is not False:
            link, text = str(post.get("permalink_url") or ""), str(post.get("message") or "")
            at = lookup.instant(post.get("created_time"))
            yield Listed(str(post["id"]), link, at, "", text, _is_own(graph, post))


def _reels(graph: Graph, page_id: str, since: datetime, until: datetime) -> Iterator[Listed]:
    for reel in _read(graph, page_id, REELS, REEL_FIELDS, since - UPLOADED_BEFORE, until):
        node = Node(str(reel["id"]), reel)
        if node.is_public:
            post = node.receipt(page_id, graph.settings.dialog_url)
            at = post.published_at or lookup.instant(reel.get("created_time"))
            yield Listed(post.external_id, post.permalink, at, "", str(reel.get("description") or ""), None)


def _read(graph: Graph, page_id: str, edge: str, fields: str, since: datetime, until: datetime) -> list[dict[str, Any]]:
    found, whole = listing.read_since(graph, page_id, edge, since, until=until, fields=fields)
    if not whole:
        words = "Danh sách bài của Fanpage quá dài nên chưa đọc hết; hãy chọn khoảng thời gian ngắn hơn."
        raise Rejected(words, section="facebook 4.1")
    return [one for one in found if one.get("id")]


def _is_own(graph: Graph, post: dict[str, Any]) -> bool | None:
    """Whether our application made it; None when Facebook does not tell which one did."""
    application = post.get("application")
    app_id = str(application.get("id") or "") if isinstance(application, dict) else ""
    return app_id == graph.settings.app_id if app_id and graph.settings.app_id else None
