"""Shares from the Analytics API, as totals over a video's life (youtube 4.2).

They come two to three days late. Whatever goes wrong here costs only these figures, never the others.
"""

from collections.abc import Sequence

from connectors.base import Figure, Metric
from connectors.errors import ConnectorError, Unavailable
from connectors.youtube.api import Api, Json
from connectors.youtube.quota import PACIFIC

IDS_MAX = 200
"""Rows in one answer with the dimension `video`."""

FIRST_DAY = "2005-01-01"
"""Earlier than any video, so that the totals are over the whole life."""

NAME, VERSION = "shares", "analytics v2"
WORDS = (
    "Tổng số lần bấm nút chia sẻ video từ khi đăng, theo API phân tích của YouTube; YouTube xử lý chậm 48 đến 72 giờ, "
    "ngày tính theo giờ Thái Bình Dương."
)


class Analytics:
    """Asks for shares; once refused it does not ask again in its own life, which is one piece of work."""

    def __init__(self) -> None:
        self._refused = False

    def read_shares(self, api: Api, video_ids: Sequence[str]) -> list[Figure]:
        """The shares of these videos, 200 a call. A video without a row has no figure: it is unknown, not 0."""
        figures: list[Figure] = []
        for start in range(0, len(video_ids), IDS_MAX):
            ids = video_ids[start : start + IDS_MAX]
            shares = self._ask(api, ids)
            figures += [Figure(one, Metric.SHARES, shares[one], NAME, VERSION, WORDS) for one in ids if one in shares]
        return figures

    def _ask(self, api: Api, ids: Sequence[str]) -> dict[str, int]:
        if self._refused:
            return {}
        try:
            return _read_table(api.read("/v2/reports", _query(api, ids)))
        except ConnectorError as error:
            # Not supported, not granted, no quota: the same query would only be refused again.
            self._refused = not isinstance(error, Unavailable)
            return {}


def _query(api: Api, ids: Sequence[str]) -> dict[str, str]:
    """The dimension `video` demands a falling order and a limit; days are Pacific days."""
    return {
        "ids": "channel==MINE",
        "startDate": FIRST_DAY,
        "endDate": api.now.astimezone(PACIFIC).date().isoformat(),
        "dimensions": "video",
        "metrics": "views,shares",
        "filters": f"video=={','.join(ids)}",
        "sort": "-views",
        "maxResults": str(len(ids)),
    }


def _read_table(table: Json) -> dict[str, int]:
    """Video id -> shares. Columns are found by name; `rows` is absent when there is no data."""
    names = [column.get("name") for column in table.get("columnHeaders") or []]
    if "video" not in names or NAME not in names:
        return {}
    video, shares = names.index("video"), names.index(NAME)
    rows = [row for row in table.get("rows") or [] if isinstance(row, list) and len(row) == len(names)]
    return {str(row[video]): int(row[shares]) for row in rows if _is_count(row[shares])}


def _is_count(value: object) -> bool:
    """Values are JSON numbers, which may be written 3.0."""
    if isinstance(value, float):
        return value.is_integer() and value >= 0
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
