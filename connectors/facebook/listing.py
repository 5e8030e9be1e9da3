"""Lists of a Page, read to their end (facebook 4.1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.errors import Misconfigured, Unavailable
from connectors.facebook import lookup
from connectors.facebook.graph import Graph

PUBLISHED, EVERYTHING = "published_posts", "feed"
"""What the public sees; the same with unpublished posts and those of visitors."""
PAGE_SIZE, PAGES_MAX = 25, 20
SMALLEST = 3
"""Facebook may say that so much is too much: half of it is asked then, but not fewer rows than these (facebook 5.6)."""
TOO_MUCH = "1"
DEAD_CURSOR = "100"


def read_since(
    graph: Graph,
    page_id: str,
    edge: str,
    since: datetime,
    *,
    until: datetime | None = None,
    fields: str = lookup.FIELDS,
) -> tuple[list[dict[str, Any]], bool]:
    """The posts, and whether the listing was read to its end; Facebook may not look at `since` (facebook 4.1)."""
    asked: dict[str, Any] = {"since": int(since.timestamp()), "fields": fields}
    if until is not None:
        asked["until"] = int(until.timestamp())
    return read_all(graph, f"{page_id}/{edge}", asked, limit=PAGE_SIZE, since=since)


def read_all(
    graph: Graph, path: str, asked: Mapping[str, Any], *, limit: int, since: datetime | None = None
) -> tuple[list[dict[str, Any]], bool]:
    """The rows, and whether the list was read to its end. `next` is never followed: it carries the token.

    The newest stand first, so a whole page that is older than `since` ends it as well.
    """
    after = None
    rows: list[dict[str, Any]] = []
    for _ in range(PAGES_MAX):
        try:
            answer = _page(graph, path, {**asked, "limit": limit}, after)
        except Unavailable as error:
            if error.code.partition("/")[0] != TOO_MUCH or limit // 2 < SMALLEST:
                raise
            limit //= 2
            continue
        page = [row for row in answer["data"] if isinstance(row, dict)]
        rows += page
        paging = answer.get("paging") or {}
        if not paging.get("next") or (since and _is_older(page, since)):
            return rows, True
        after = (paging.get("cursors") or {}).get("after")
        if not after:  # there is more, and no way to ask for it
            return rows, False
    return rows, False


def _is_older(page: list[dict[str, Any]], since: datetime) -> bool:
    """Whether every row of a page was created before `since`; one without a time was not."""
    times = [lookup.instant(row.get("created_time")) for row in page]
    return bool(times) and all(at is not None and at < since for at in times)


def _page(graph: Graph, path: str, asked: Mapping[str, Any], after: str | None) -> dict[str, Any]:
    """One page of the list. Raises `Unavailable` for an unreadable one, or when the cursor died meanwhile."""
    words = "Facebook chưa trả danh sách; hệ thống sẽ kiểm tra lại."
    try:
        answer = graph.read(path, **asked, after=after)
    except Misconfigured as error:
        if after and error.code == DEAD_CURSOR:  # the next look begins at the beginning (facebook 4.1)
            raise Unavailable(words, code=error.code, section="facebook 4.1") from None
        raise
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise Unavailable(words, section="facebook 4.1")
    return answer
