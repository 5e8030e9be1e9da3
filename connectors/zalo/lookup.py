"""An article that was perhaps created, but the answer was lost: what to remember before, how to find it (zalo 9)."""

from datetime import datetime, timedelta

from connectors.base import Saved
from connectors.zalo import article
from connectors.zalo.compare import same_article
from connectors.zalo.listing import Row, detail, first_ids, newest
from connectors.zalo.text import squeezed
from connectors.zalo.work import CLOCKS, HIDE, LIST_PAGES, Work

SETTLED = timedelta(seconds=60)
"""After this a created article is in the list (zalo 9.2)."""


def mark(work: Work) -> Saved:
    """What has to be on record before an article is created: its fingerprint, the newest articles, the time (9.1)."""
    rows = newest(work.api, [work.kind], work.settings.page_limit, 1, now=work.now)
    return {
        "digest": digest(work),
        "seen_before": first_ids(rows, work.settings.page_limit),
        "started_at": work.now.isoformat(),
    }


def digest(work: Work) -> str:
    """The fingerprint of what goes out; the same whether it is hidden or shown, and before its video has an id."""
    return article.digest(work.payload(HIDE, {}), work.outgoing)


def started_at(saved: Saved) -> datetime:
    """When the mark was written, aware UTC."""
    return datetime.fromisoformat(saved["started_at"])


def candidates(work: Work, saved: Saved, known: frozenset[str] = frozenset()) -> list[Row]:
    """Articles of this title that appeared since the mark, and belong to nobody we know (zalo 9.3)."""
    since = started_at(saved) - CLOCKS
    title = squeezed(work.outgoing.title)
    rows = newest(work.api, [work.kind], work.settings.page_limit, LIST_PAGES, now=work.now)
    return [
        row
        for row in rows
        if row.id not in saved["seen_before"]
        and row.id not in known
        and squeezed(row.title) == title
        and (row.created is None or since <= row.created <= work.now + CLOCKS)
    ]


def is_ours(work: Work, saved: Saved, row: Row) -> bool:
    """Whether a candidate has our words, as far as Zalo tells them (zalo 9.4)."""
    told = detail(work.api, row.id, now=work.now)
    return bool(told) and same_article(told or {}, work.payload(HIDE, saved)) is True
