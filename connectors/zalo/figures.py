"""Views and shares of articles, ten to a call, and the number of followers (zalo 2.5, 5.4)."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from connectors.base import Figure, Metric
from connectors.zalo.api import Api
from connectors.zalo.codes import number
from connectors.zalo.listing import KINDS, Row, pages_of
from connectors.zalo.settings import Settings

VERSION = "v2.0"
_VIEWS = "Lượt xem bài viết, cộng dồn từ khi tạo, không phải số người; Zalo không công bố cách đếm (getslice)."
_SHARES = "Lượt chia sẻ bài viết, cộng dồn từ khi tạo (getslice)."
_FOLLOWERS = "Số người quan tâm OA tại thời điểm đọc (getoa)."


def of_posts(api: Api, settings: Settings, article_ids: Sequence[str], *, now: datetime) -> list[Figure]:
    """The figures of these articles, in no more calls than the pages on which they stand.

    Which of the two lists an article is in, its id does not tell. So a list is read on as long as its pages hold
    what is wanted, then the other one has its turn; it ends when all were found.
    """
    wanted, figures = set(article_ids), list[Figure]()
    lists = deque(pages_of(api, kind, settings.page_limit, now=now) for kind in KINDS)
    calls = 0
    while wanted and lists and calls < settings.pages_max:
        page = next(lists[0], None)
        if page is None:
            lists.popleft()
            continue
        calls += 1
        found = [row for row in page if row.id in wanted]
        wanted -= {row.id for row in found}
        figures += [figure for row in found for figure in _of(row)]
        if not found:
            lists.rotate(-1)
    return figures


def of_channel(api: Api, *, now: datetime) -> list[Figure]:
    """The number of followers at this moment."""
    told = api.read("/v2.0/oa/getoa", now=now)
    return [Figure("", Metric.FOLLOWERS, number(told.get("num_follower")), "num_follower", VERSION, _FOLLOWERS)]


def _of(row: Row) -> list[Figure]:
    return [
        Figure(row.id, Metric.VIEWS, row.views, "total_view", VERSION, _VIEWS),
        Figure(row.id, Metric.SHARES, row.shares, "total_share", VERSION, _SHARES),
    ]
