"""Views and shares of articles, ten to a call, and the number of followers (zalo 2.5, 5.4)."""

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.base import Figure, Metric
from connectors.errors import OverBudget
from connectors.transcript import Transcript, counter
from connectors.zalo.api import Api
from connectors.zalo.codes import number
from connectors.zalo.listing import COUNTERS, KINDS, Row, pages_of
from connectors.zalo.settings import Settings

VERSION = "v2.0"
_VIEWS = "Lượt xem bài viết, cộng dồn từ khi tạo, không phải số người; Zalo không công bố cách đếm (getslice)."
_SHARES = "Lượt chia sẻ bài viết, cộng dồn từ khi tạo (getslice)."
_FOLLOWERS = "Số người quan tâm OA tại thời điểm đọc (getoa)."

ARTICLE_SHAPE = dict.fromkeys(COUNTERS, counter)
OA_SHAPE = {"num_follower": counter}
CUT = "Hết phần lượt gọi Zalo dành cho số liệu trong phút này nên chưa hỏi hết các bài."

_log = logging.getLogger(__name__)


def of_posts(
    api: Api, settings: Settings, article_ids: Sequence[str], transcript: Transcript, *, now: datetime
) -> list[Figure]:
    """The figures of these articles, in no more calls than the pages on which they stand.

    When the share of calls that figures may use ends on the way, what was read so far is told, the newest articles
    first. Raises `OverBudget` only when nothing was.
    """
    figures: list[Figure] = []
    try:
        for row in _wanted_rows(api, settings, set(article_ids), now):
            transcript.hear("getslice", row.id, row.told, ARTICLE_SHAPE)
            figures += _of(row)
    except OverBudget:
        if not figures:
            raise
        transcript.cut_short(CUT)
        _log.warning("zalo_figures_cut: the calls of this minute ended before every article was read (zalo 7.1)")
    return figures


def _wanted_rows(api: Api, settings: Settings, wanted: set[str], now: datetime) -> Iterator[Row]:
    """The rows of these articles, until all were found, or as many pages were read as the settings allow.

    Which of the two lists an article is in, its id does not tell. So a list is read on as long as its pages hold
    what is wanted, then the other one has its turn.
    """
    lists = deque(pages_of(api, kind, settings.page_limit, now=now) for kind in KINDS)
    calls = 0
    while wanted and lists:
        if calls >= settings.pages_max:
            _log.warning("zalo_figures_cut: %d articles are not on the first %d pages (pages_max)", len(wanted), calls)
            return
        page = next(lists[0], None)
        if page is None:
            lists.popleft()
            continue
        calls += 1
        found = [row for row in page if row.id in wanted]
        wanted -= {row.id for row in found}
        yield from found
        if not found:
            lists.rotate(-1)


def of_channel(api: Api, transcript: Transcript, *, now: datetime) -> list[Figure]:
    """The number of followers at this moment."""
    told = api.read("/v2.0/oa/getoa", now=now)
    transcript.hear("getoa", "", told, OA_SHAPE)
    return [Figure("", Metric.FOLLOWERS, number(told.get("num_follower")), "num_follower", VERSION, _FOLLOWERS)]


def _of(row: Row) -> list[Figure]:
    return [
        Figure(row.id, Metric.VIEWS, row.views, "total_view", VERSION, _VIEWS),
        Figure(row.id, Metric.SHARES, row.shares, "total_share", VERSION, _SHARES),
    ]
