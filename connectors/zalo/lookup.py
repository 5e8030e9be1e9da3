"""An article that was perhaps created, but the answer was lost: what to remember before, how to find it (zalo 9)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from connectors.base import Saved
from connectors.zalo import article
from connectors.zalo.compare import line_in, same_article, same_content
from connectors.zalo.listing import Row, detail, first_ids, newest, pages_of
from connectors.zalo.text import squeezed
from connectors.zalo.work import HIDE, LIST_PAGES, SHOW, Work

SETTLED = timedelta(seconds=60)
"""After this a created article is in the list (zalo 9.2)."""
FAR_PAGES = 30
"""So many pages are read where nothing else tells where an article may stand: half of what we call in a minute."""
TURNED = timedelta(hours=2)
"""By so much our clock may have been wrong, or was set right since; what was there before is known by its id."""


def mark(work: Work) -> Saved:
    """What has to be on record before an article is created: its fingerprint, the newest articles, the time (9.1)."""
    rows = newest(work.api, [work.kind], work.settings.page_limit, 1, now=work.now)
    seen = first_ids(rows, work.settings.page_limit)
    return {**wanted(work), "seen_before": seen, "started_at": work.now.isoformat()}


def wanted(work: Work) -> Saved:
    """The part of a mark that tells what is created."""
    return {"digest": digest(work), "title": squeezed(work.outgoing.title)}


def digest(work: Work) -> str:
    """The fingerprint of what goes out; the same whether it is hidden or shown, and before its video has an id."""
    return article.digest(work.payload(HIDE, {}), work.outgoing)


def listed_since(work: Work, since: datetime) -> tuple[list[Row], bool]:
    """The articles of a list, as far back as one may be that was created at `since` (aware) or later, and whether that
    far was read. The order is not documented, so an old page only ends it where what was read came newest first."""
    rows: list[Row] = []
    pages = pages_of(work.api, work.kind, work.settings.page_limit, now=work.now)
    for page in islice(pages, FAR_PAGES):
        rows += page
        if _are_before(page, since - TURNED) and _is_newest_first(rows):
            return rows, True
    return rows, next(pages, None) is None


def candidates(
    work: Work, saved: Saved, known: frozenset[str] = frozenset(), *, former_title: str = "",
    listed: Iterable[Row] | None = None,
) -> list[Row]:  # fmt: skip
    """Articles of this title, or of the one before an edit, that appeared since the mark and belong to nobody we know
    (zalo 9.3). `listed`: what was read of the list; without it the newest articles are read."""
    since = datetime.fromisoformat(saved["started_at"]) - TURNED
    titles = {squeezed(work.outgoing.title), squeezed(former_title)}
    rows = listed
    if rows is None:
        rows = newest(work.api, [work.kind], work.settings.page_limit, LIST_PAGES, now=work.now)
    return [
        row
        for row in rows
        if row.id not in saved["seen_before"]
        and row.id not in known
        and squeezed(row.title) in titles
        and (row.created is None or since <= row.created <= work.now + TURNED)
    ]


def _are_before(page: Sequence[Row], since: datetime) -> bool:
    """Whether everything on a page was created, and changed last, before; what tells no time may be newer."""
    return bool(page) and all(row.created and max(row.created, row.updated or row.created) < since for row in page)


def _is_newest_first(rows: Sequence[Row]) -> bool:
    """Whether they stand in the order of their creation or of their last change, the newest first."""
    created = [row.created for row in rows if row.created]
    touched = [max(row.created, row.updated or row.created) for row in rows if row.created]
    return any(
        len(times) == len(rows) and times[0] > times[-1] and times == sorted(times, reverse=True)
        for times in (created, touched)
    )


def is_ours(work: Work, saved: Saved, row: Row) -> bool:
    """Whether a candidate that was created public is our article, as far as Zalo tells it (zalo 9.4)."""
    told, sent = detail(work.api, row.id, now=work.now) or {}, work.payload(SHOW, saved)
    return same_article(told, sent) is True and same_content(told, sent)


def is_our_draft(work: Work, saved: Saved, row: Row) -> bool | None:
    """Whether a candidate is our hidden article: its line says so, or its video. None when nobody can say (9.6)."""
    told = detail(work.api, row.id, now=work.now)
    if told is None:
        return None
    line = line_in(told)
    if line:
        return line == squeezed(article.line_of(work.outgoing))
    same = same_article(told, work.payload(SHOW, saved))
    if work.outgoing.video or same is False:
        return same
    return False if row.status == SHOW else None
