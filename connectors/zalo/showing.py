"""The hidden article shown at its hour: the whole of it again, with its id and "show" (zalo 2.4, 9.7).

Repeating the call changes nothing. What it leaves is `update_ticket`, Zalo's token of the update.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.base import Accepted, Found, NotThere, Receipt, Saved, Unclear
from connectors.errors import Rejected
from connectors.zalo.codes import StillProcessing
from connectors.zalo.listing import Row, detail
from connectors.zalo.work import CLOCKS, HIDE, LOOK_AFTER, SHOW, Work, is_picture_trouble, verify


def publish(work: Work, saved: Saved) -> Accepted:
    """The one call."""
    return Accepted({**saved, "update_ticket": update(work, saved, str(saved["id"]), SHOW)}, LOOK_AFTER)


def update(work: Work, saved: Saved, article_id: str, status: str) -> str:
    """Send the whole article again; the ticket, which may be empty."""
    body = {**work.payload(status, saved), "id": article_id}
    return str(work.api.change("/v2.0/article/update", body, now=work.now).get("token") or "")


def is_processed(work: Work, saved: Saved) -> bool:
    """Whether Zalo has finished the update that it gave a ticket for; without a ticket only a look can tell.

    Raises `Rejected` when it gave it up because of the pictures, which Zalo fetches again.
    """
    if not saved.get("update_ticket"):
        return True
    try:
        verify(work, saved["update_ticket"])
    except StillProcessing:
        return False
    except Rejected as refused:
        if is_picture_trouble(refused):
            raise
        # What Zalo says of a ticket that is too old is unverified.
    return True


def find(work: Work, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
    """Whether our article is shown; its address and time come from the list (zalo 2.4, 2.5, 9)."""
    article_id = str(saved["id"])
    if article_id in known:
        return Unclear("Bài này trên Zalo đã được ghi cho một lần đăng khác; cần người kiểm tra.")
    if not is_processed(work, saved):
        return NotThere()
    status = status_in(detail(work.api, article_id, now=work.now))
    if status == HIDE:
        return NotThere()
    row = work.row(article_id)
    if (status or (row.status if row else "")) != SHOW:
        return NotThere()
    return Receipt(article_id, row.link if row else "", changed_at(row, since))


def status_in(told: Mapping[str, Any] | None) -> str:
    """Show or hide; "" when Zalo does not tell: of a video it may tell the state of the file (zalo 2.4)."""
    status = (told or {}).get("status")
    return status if isinstance(status, str) and status in (SHOW, HIDE) else ""


def changed_at(row: Row | None, since: datetime) -> datetime | None:
    """When the article was changed, if that was after `since`; an older time is that of the hidden article."""
    return row.updated if row and row.updated and row.updated >= since - CLOCKS else None
