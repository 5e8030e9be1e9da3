"""A broadcast: published articles pushed to followers (zalo 4). Nothing in the scheduler calls it.

There is no way to ask whether one was sent, to cancel it or to count it. So it is sent at most once, and
a lost answer is for a person, who looks in OA Manager.
"""

from collections.abc import Sequence
from datetime import datetime, time

from connectors.errors import Limited, Rejected, Unconfirmed
from connectors.zalo.api import Api
from connectors.zalo.audience import Target
from connectors.zalo.codes import MEDIA_FAILED, VIETNAM, next_time

ARTICLES_MAX = 5
OPENS = time(6, 0)
LAST_CALL = time(21, 15)
"""Review takes about half an hour, and delivery must end by 21:59 (zalo 4.3)."""

_NEVER_AGAIN = (
    "Không rõ Zalo đã nhận lệnh gửi tin Truyền thông hay chưa. Không gửi lại; hãy mở OA Manager, mục Broadcast, "
    "Lịch sử để kiểm tra."
)


def next_window(now: datetime) -> datetime:
    """The first moment from `now` on (aware) at which a broadcast may be called: 06:00 to 21:15 in Việt Nam."""
    if OPENS <= now.astimezone(VIETNAM).time() <= LAST_CALL:
        return now
    return next_time(now, OPENS.hour, OPENS.minute)


def send_broadcast(api: Api, article_ids: Sequence[str], target: Target, *, now: datetime) -> str:
    """Push 1 to 5 published articles; the message's id, which says "accepted", not "delivered" (zalo 4.2).

    Raises `Limited` outside the hours and when a quota is used up, `Rejected` or `Misconfigured` when it
    was refused, and `Unconfirmed` when nobody knows: then it must never be sent again.
    """
    ids = list(dict.fromkeys(filter(None, article_ids)))
    if not 1 <= len(ids) <= ARTICLES_MAX:
        words = f"Tin Truyền thông cần từ 1 đến {ARTICLES_MAX} bài viết đã đăng; đang chọn {len(ids)} bài."
        raise Rejected(words, section="zalo 4.1")
    opens = next_window(now)
    if opens != now:
        words = "Tin Truyền thông trên Zalo chỉ gửi được từ 06:00 đến 21:15."
        raise Limited(words, until=opens, section="zalo 4.3")
    elements = [{"media_type": "article", "attachment_id": article_id} for article_id in ids]
    payload = {"template_type": "media", "elements": elements}
    body = {
        "recipient": {"target": target.wire()},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    try:
        data = api.change("/v2.0/oa/message", body, now=now)
    except Unconfirmed as lost:
        raise Unconfirmed(_NEVER_AGAIN, code=lost.code, section="zalo 9", evidence=lost.evidence) from None
    except Rejected as refused:
        if refused.code != str(MEDIA_FAILED):
            raise
        # Of a message -200 only says "failed", after what, nobody knows (zalo 6).
        raise Unconfirmed(_NEVER_AGAIN, code=refused.code, section="zalo 6", evidence=refused.evidence) from None
    return str(data.get("message_id") or "")
