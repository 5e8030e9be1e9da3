"""The hidden article shown at its hour: the whole of it again, with its id and "show" (zalo 2.4, 9.7).

Repeating the call changes nothing. What it leaves is `update_ticket`, Zalo's token of the update.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.base import Accepted, Found, NotThere, Receipt, Saved, Unclear
from connectors.errors import Rejected, Unavailable
from connectors.zalo import article
from connectors.zalo.codes import StillProcessing
from connectors.zalo.compare import same_article
from connectors.zalo.listing import Row, detail
from connectors.zalo.work import CLOCKS, HIDE, LOOK_AFTER, PATIENCE, SHOW, Work, is_unknown_ticket, verify


def publish(work: Work, saved: Saved) -> Accepted:
    """The one call. Raises `Unavailable` when somebody has removed the hidden article: it is prepared again."""
    article_id = str(saved["id"])
    try:
        ticket = update(work, saved, article_id, SHOW)
    except Rejected as refused:
        if not is_gone(work, article_id):
            raise
        words = "Bài ẩn đã chuẩn bị không còn trên Zalo OA; hệ thống sẽ tạo lại rồi đăng."
        raise Unavailable(words, code=refused.code, section="zalo 2.4", evidence=refused.evidence) from None
    return Accepted({**saved, "update_ticket": ticket}, LOOK_AFTER)


def update(work: Work, saved: Saved, article_id: str, status: str) -> str:
    """Send the whole article again; the ticket, which may be empty."""
    body = {**work.payload(status, saved), "id": article_id}
    return str(work.api.change("/v2.0/article/update", body, now=work.now).get("token") or "")


def is_gone(work: Work, article_id: str) -> bool:
    """Whether neither an article nor its row is there any more."""
    return detail(work.api, article_id, now=work.now) is None and work.row(article_id) is None


def is_processed(work: Work, saved: Saved, since: datetime) -> bool | None:
    """Whether Zalo has finished the update sent at `since`; None when it does not tell, so that only a look can.

    Raises `Rejected` when it gave the update up. What it says of a ticket that is too old is unverified.
    """
    if not saved.get("update_ticket"):
        return None
    try:
        verify(work, saved["update_ticket"])
    except StillProcessing:
        return False if work.now - since < PATIENCE else None
    except Rejected as refused:
        if not is_unknown_ticket(refused):
            raise
        return None
    return True


def find(work: Work, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
    """Whether our article is shown with our words; its address and time come from the list (zalo 2.4, 2.5, 9).

    Raises `Rejected` when Zalo gave the update up and the article is not shown.
    """
    article_id, given_up = str(saved["id"]), None
    if article_id in known:
        return Unclear("Bài này trên Zalo đã được ghi cho một lần đăng khác; cần người kiểm tra.")
    try:
        if is_processed(work, saved, since) is False:
            return NotThere()
    except Rejected as refused:
        given_up = refused
    told = detail(work.api, article_id, now=work.now) or {}
    row = None if status_in(told) == HIDE else work.row(article_id)
    if (status_in(told) or (row.status if row else "")) != SHOW:
        if given_up:
            raise given_up
        return NotThere()
    # a post that was edited after it was sent says nothing about what was sent: its id proves it
    as_sent = saved.get("digest") in (None, article.digest(work.payload(HIDE, {}), work.outgoing))
    if as_sent and same_article(told, work.payload(SHOW, saved)) is False:
        words = "Bài đang hiện trên Zalo OA nhưng nội dung không phải nội dung vừa gửi; cần người xem và quyết định."
        return Unclear(words)
    return Receipt(article_id, row.link if row else "", changed_at(row, since))


def status_in(told: Mapping[str, Any] | None) -> str:
    """Show or hide; "" when Zalo does not tell: of a video it may tell the state of the file (zalo 2.4)."""
    status = (told or {}).get("status")
    return status if isinstance(status, str) and status in (SHOW, HIDE) else ""


def changed_at(row: Row | None, since: datetime) -> datetime | None:
    """When the article was changed, if that was after `since`; an older time is that of the hidden article."""
    return row.updated if row and row.updated and row.updated >= since - CLOCKS else None
