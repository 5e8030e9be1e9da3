"""The Page's own lists of posts, read to their end (facebook 4.1)."""

from datetime import datetime
from typing import Any

from connectors.errors import Misconfigured, Unavailable
from connectors.facebook import lookup
from connectors.facebook.graph import Graph

PUBLISHED, EVERYTHING = "published_posts", "feed"
"""What the public sees; the same with unpublished posts and those of visitors."""
PAGE_SIZE, PAGES_MAX = 25, 20


def read_since(
    graph: Graph,
    page_id: str,
    edge: str,
    since: datetime,
    *,
    until: datetime | None = None,
    fields: str = lookup.FIELDS,
) -> tuple[list[dict[str, Any]], bool]:
    """The posts, and whether the listing was read to its end. `next` is never followed: it carries the token."""
    asked: dict[str, Any] = {"since": int(since.timestamp()), "limit": PAGE_SIZE, "fields": fields}
    if until is not None:
        asked["until"] = int(until.timestamp())
    after = None
    posts: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        answer = _page(graph, page_id, edge, asked, after)
        posts += answer["data"]
        paging = answer.get("paging") or {}
        after = (paging.get("cursors") or {}).get("after")
        if not paging.get("next") or not after:
            return posts, True
    return posts, False


def _page(graph: Graph, page_id: str, edge: str, asked: dict[str, Any], after: str | None) -> dict[str, Any]:
    """One page of the listing. Raises `Unavailable` for an unreadable one, or when the cursor died meanwhile."""
    words = "Facebook chưa trả danh sách bài; hệ thống sẽ kiểm tra lại."
    try:
        answer = graph.get_connections(page_id, edge, **asked, after=after)
    except Misconfigured as error:
        if after and error.code == "100":  # the next look begins at the beginning (facebook 4.1)
            raise Unavailable(words, code=error.code, section="facebook 4.1") from None
        raise
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise Unavailable(words, section="facebook 4.1")
    return answer
