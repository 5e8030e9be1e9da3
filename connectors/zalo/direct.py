"""The article created public at its hour, for OAs where showing a hidden one does not serve (zalo 9.7).

A lost answer may leave a public article, so only `publish` creates it, and only after `find` looked long enough.
What is saved: `video` (see `Upload`), the mark (see `lookup`), and after the call `public_ticket` and `public_at`.
"""

from datetime import datetime, timedelta

from connectors.base import Accepted, Found, NotThere, Receipt, Saved, Step, Unclear
from connectors.errors import Rejected, Unconfirmed
from connectors.zalo import lookup
from connectors.zalo.budgets import ARTICLES
from connectors.zalo.codes import StillProcessing
from connectors.zalo.listing import Row
from connectors.zalo.upload import next_upload
from connectors.zalo.work import (
    HIDE,
    LOOK_AFTER,
    PATIENCE,
    SHOW,
    Work,
    ask_for_id,
    is_picture_trouble,
    is_unknown_ticket,
)

FRESH_FOR = timedelta(minutes=10)
"""The list is read again when the hour comes later than this: others may publish the same news (zalo 9.1)."""


def prepare(work: Work, saved: Saved) -> Step:
    """Upload the video and note what is in the list now; nothing is created.

    Prepared again, it refuses to go on when an article of that title has appeared: it may be ours.
    """
    step = next_upload(work, saved)
    if step:
        return step
    twins = lookup.candidates(work, saved) if saved.get("started_at") else []
    if twins:
        words = (
            f"Trên Zalo OA vừa có bài cùng tiêu đề: {_named(twins)}. Nếu đó là bài này thì không đăng nữa; nếu là bài "
            "khác, hãy sửa tiêu đề rồi đăng lại."
        )
        raise Rejected(words, section="zalo 9")
    kept = {"video": saved["video"]} if work.outgoing.video else {}
    return Step({**kept, **lookup.mark(work)}, ready=True, good_until=work.now + FRESH_FOR)


def publish(work: Work, saved: Saved) -> Accepted:
    """The one call; it must not be repeated before `find` has looked."""
    data = work.api.change("/v2.0/article/create", work.payload(SHOW, saved), now=work.now, costs=ARTICLES)
    if not data.get("token"):
        words = "Zalo nhận bài nhưng không trả mã xử lý; hệ thống sẽ kiểm tra trên Zalo trước khi làm gì thêm."
        raise Unconfirmed(words, section="zalo 2.3")
    ticket = {"public_ticket": str(data["token"]), "public_at": work.now.isoformat()}
    return Accepted({**saved, **ticket}, LOOK_AFTER)


def find(work: Work, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
    """Ask with the ticket; without one, or when that does not help, look in the list (zalo 9.2 to 9.5).

    What Zalo has given a ticket for is never called missing, or it would be created a second time.
    """
    if not saved.get("public_ticket"):
        return NotThere() if work.now - since < lookup.SETTLED else _found(work, saved, known) or NotThere()
    waited = work.now - datetime.fromisoformat(saved["public_at"])
    try:
        return _told_of(work, ask_for_id(work, saved["public_ticket"]))
    except StillProcessing:
        if waited < PATIENCE:
            return NotThere()
    except Rejected as refused:
        if not is_unknown_ticket(refused):
            found = None if is_picture_trouble(refused) else _found(work, saved, known)
            if found:
                return found
            raise
    words = "Zalo đã nhận bài nhưng quá 15 phút chưa xử lý xong; hãy xem bài đã có trên Zalo OA chưa."
    return _found(work, saved, known) or (NotThere() if waited < PATIENCE else Unclear(words))


def find_unmarked(work: Work, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
    """Look where no mark was left, because an older copy of the database is in use: anything from `since` on may be it.

    A hidden article that says itself that it is ours was prepared and never shown: it is not what people see. What a
    list that was not read to `since` does not show is not called missing.
    """
    if work.now - since < lookup.SETTLED:
        return NotThere()
    listed, is_whole = lookup.listed_since(work, since)
    mark = {**saved, **lookup.wanted(work), "seen_before": [], "started_at": since.isoformat()}
    hidden = {
        row.id
        for row in lookup.candidates(work, mark, known, listed=listed)
        if row.status == HIDE and lookup.is_our_draft(work, mark, row)
    }
    found = _found(work, mark, known | hidden, listed)
    if found is None and not is_whole:
        return Unclear("Zalo OA có quá nhiều bài mới để dò hết; hãy xem trên Zalo OA bài đã có chưa.")
    return found or NotThere()


def _found(
    work: Work, saved: Saved, known: frozenset[str], listed: list[Row] | None = None
) -> Receipt | Unclear | None:
    twins = lookup.candidates(work, saved, known, listed=listed)
    if not twins:
        return None
    if len(twins) == 1 and lookup.is_ours(work, saved, twins[0]):
        return _receipt(twins[0].id, twins[0])
    words = f"Không rõ bài nào trên Zalo OA là bài vừa đăng: {_named(twins)}. Hãy xem rồi ghi nhận hoặc đăng lại."
    return Unclear(words)


def _told_of(work: Work, article_id: str) -> Receipt | Unclear:
    return _receipt(article_id, work.row(article_id))


def _receipt(article_id: str, row: Row | None) -> Receipt | Unclear:
    if row and row.status == HIDE:
        return Unclear(f"Bài đã có trên Zalo OA nhưng đang bị ẩn {_named([row])}; hãy cho hiện trong OA Manager.")
    return Receipt(article_id, row.link if row else "", row.created if row else None)


def _named(rows: list[Row]) -> str:
    return ", ".join(f"“{row.title}” (mã {row.id})" for row in rows)
