"""What Zalo tells about an OA's articles: the list, page by page, and one in detail (zalo 2.4, 2.5)."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count, islice
from typing import Any

from connectors.errors import Rejected, Unavailable
from connectors.zalo.api import Api
from connectors.zalo.codes import StillProcessing, number

KINDS = ("normal", "video")
"""The two lists an OA has."""
COUNTERS = ("total_view", "total_share")
_SECONDS_BELOW = 1e11
"""An epoch below this is in seconds, above it in milliseconds (zalo 2.5)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One article of the list. Times are aware UTC; None is what Zalo did not tell."""

    id: str
    title: str
    status: str
    link: str
    views: int | None
    shares: int | None
    created: datetime | None
    updated: datetime | None
    told: Mapping[str, Any] = field(default_factory=dict)
    """The counters as they came."""


def newest(api: Api, kinds: Sequence[str], limit: int, calls: int, *, now: datetime) -> Iterator[Row]:
    """The OA's articles of these kinds ("normal", "video"): `limit` (1 to 10) a call, at most `calls` calls.

    A page is read when it is needed, of each kind in turn, so that new articles of every kind come first.
    Hidden ones are listed too. Nothing rests on their order, which is not documented.
    """
    pages = _in_turn([pages_of(api, kind, limit, now=now) for kind in kinds])
    return chain.from_iterable(islice(pages, calls))


def everything(api: Api, kinds: Sequence[str], limit: int, calls: int, *, now: datetime) -> list[Row]:
    """Every article of these kinds, each once. Raises `Rejected` when `calls` calls do not reach the end."""
    pages = _in_turn([pages_of(api, kind, limit, now=now) for kind in kinds])
    # An article made while we read pushes the others back by one, so one may come twice.
    rows = {row.id: row for row in chain.from_iterable(islice(pages, calls))}
    if any(pages):
        words = f"Zalo OA có hơn {calls * limit} bài nên chưa đọc hết; hãy tăng số lần đọc tối đa (pages_max)."
        raise Rejected(words, section="zalo 2.5")
    return list(rows.values())


def _in_turn(lists: list[Iterator[list[Row]]]) -> Iterator[list[Row]]:
    waiting = deque(lists)
    while waiting:
        pages = waiting.popleft()
        page = next(pages, None)
        if page is not None:
            yield page
            waiting.append(pages)


def pages_of(api: Api, kind: str, limit: int, *, now: datetime) -> Iterator[list[Row]]:
    """One list, `limit` (1 to 10) articles a call, to its end; a page is read when it is asked for."""
    for offset in count(0, limit):
        query: dict[str, str | int] = {"offset": offset, "limit": limit, "type": kind}
        medias = api.read("/v2.0/article/getslice", query, now=now).get("medias")
        told = [one for one in medias if isinstance(one, dict)] if isinstance(medias, list) else []
        yield [_row(one) for one in told if one.get("id")]
        if len(told) < limit:
            return


def detail(api: Api, article_id: str, *, now: datetime) -> dict[str, Any] | None:
    """What Zalo tells about one article; None when it refuses or tells nothing.

    Its answer for an unknown id is unverified (zalo 2.4).
    """
    try:
        return api.read("/v2.0/article/getdetail", {"id": article_id}, now=now) or None
    except StillProcessing:
        raise
    except Rejected:
        return None
    except Unavailable as error:
        if not error.code:
            raise
        return None


def find_row(rows: Iterator[Row], article_id: str) -> Row | None:
    """The row of one article; stops reading where it is found."""
    return next((row for row in rows if row.id == article_id), None)


def first_ids(rows: Iterator[Row], count: int) -> list[str]:
    """The ids of the first `count` rows."""
    return [row.id for row in islice(rows, count)]


def _row(told: dict[str, Any]) -> Row:
    return Row(
        id=str(told["id"]),
        title=str(told.get("title") or ""),
        status=str(told.get("status") or ""),
        link=str(told.get("link_view") or ""),
        views=_count(told.get("total_view")),
        shares=_count(told.get("total_share")),
        created=_moment(told.get("create_date")),
        updated=_moment(told.get("update_date")),
        told={name: told[name] for name in COUNTERS if name in told},
    )


def _count(value: object) -> int | None:
    told = number(value)
    return told if told is None or told >= 0 else None


def _moment(value: object) -> datetime | None:
    epoch = number(value)
    if not epoch or epoch < 0:
        return None
    try:
        return datetime.fromtimestamp(epoch if epoch < _SECONDS_BELOW else epoch / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
