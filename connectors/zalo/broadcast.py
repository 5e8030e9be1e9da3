"""A broadcast: published articles pushed to followers (zalo 4).

There is no way to ask whether one was sent, to cancel it or to count it. So it is sent at most once, and
a lost answer is for a person, who looks in OA Manager.
"""

from datetime import datetime, time, timedelta

from connectors.base import Outgoing, Problem, Receipt, Step, Unclear
from connectors.errors import LimitedWork, Rejected, Unconfirmed
from connectors.zalo.audience import Target, faults_of
from connectors.zalo.budgets import BROADCASTS
from connectors.zalo.codes import BROADCAST, UNKNOWN_BROADCAST, VIETNAM, next_time
from connectors.zalo.listing import KINDS, Row, detail, newest
from connectors.zalo.showing import status_in
from connectors.zalo.text import clean
from connectors.zalo.work import HIDE, LIST_PAGES, Work

ARTICLES_MAX = 5
OPENS = time(6, 0)
LAST_CALL = time(21, 15)
"""Review takes about half an hour, and delivery must end by 21:59 (zalo 4.3)."""
CHECKED_FOR = timedelta(hours=12)
"""How long the articles are believed to be still there; a night lies between 21:15 and 06:00."""

WHERE = "OA Manager, mục Broadcast, phần Lịch sử"
ONLY_ACCEPTED = (
    "Zalo duyệt tin Truyền thông khoảng 30 phút rồi mới gửi và không báo lại kết quả: hệ thống chỉ biết Zalo đã nhận "
    f"lệnh. Số đã gửi, đã nhận, đã xem chỉ có trong {WHERE}."
)
_NEVER_AGAIN = (
    "Không rõ Zalo đã nhận lệnh gửi tin Truyền thông hay chưa. Hệ thống không gửi lại; cần người mở "
    f"{WHERE} để kiểm tra."
)


def next_window(now: datetime) -> datetime:
    """The first moment from `now` on (aware) at which a broadcast may be called: 06:00 to 21:15 in Việt Nam."""
    if OPENS <= now.astimezone(VIETNAM).time() <= LAST_CALL:
        return now
    return next_time(now, OPENS.hour, OPENS.minute)


def problems(outgoing: Outgoing) -> list[Problem]:
    """What is wrong with the number of articles or with the target."""
    found = [Problem("audience", words) for words in faults_of(outgoing.audience)]
    count = len(_article_ids(outgoing))
    if not 1 <= count <= ARTICLES_MAX:
        words = f"Tin Truyền thông cần từ 1 đến {ARTICLES_MAX} bài viết đã đăng; đang chọn {count} bài."
        found.append(Problem("articles", words))
    return found


def prepare(work: Work) -> Step:
    """See that every article is there and shown: the last chance before the hour. Changes nothing."""
    _refuse_faults(work.outgoing)
    rows = _rows_of(work)
    bad, untold = list[str](), list[str]()
    for article_id in _article_ids(work.outgoing):
        row = rows.get(article_id)
        name = f"“{row.title}”" if row and row.title else f"có mã {article_id}"
        told = {"status": row.status} if row and row.status else detail(work.api, article_id, now=work.now)
        if told is None:
            bad.append(f"Bài {name} không còn trên Zalo OA.")
        elif status_in(told) == HIDE:
            bad.append(f"Bài {name} đang bị ẩn trên Zalo OA.")
        elif not status_in(told):
            untold.append(f"Không kiểm tra được bài {name} đang hiện hay ẩn.")
    if bad:
        words = f"{' '.join(bad)} Tin Truyền thông chỉ gửi được các bài đang hiện trên Zalo OA; hãy chọn lại bài."
        raise Rejected(words, section="zalo 4.1")
    return Step({}, ready=True, good_until=work.now + CHECKED_FOR, warnings=tuple(untold))


def publish(work: Work) -> Receipt:
    """The one call. Its id says "accepted", not "delivered" (zalo 4.2).

    Raises `LimitedWork` outside the hours and when a quota is used up, `Rejected` when it was refused, and
    `Unconfirmed` when nobody knows: then it must never be sent again.
    """
    _refuse_faults(work.outgoing)
    opens = next_window(work.now)
    if opens != work.now:
        words = "Tin Truyền thông trên Zalo chỉ gửi được từ 06:00 đến 21:15."
        raise LimitedWork(words, until=opens, section="zalo 4.3")
    elements = [{"media_type": "article", "attachment_id": ref} for ref in _article_ids(work.outgoing)]
    payload = {"template_type": "media", "elements": elements}
    body = {
        "recipient": {"target": Target.model_validate(dict(work.outgoing.audience)).wire()},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    try:
        data = work.api.change(
            "/v2.0/oa/message", body, now=work.now, costs=BROADCASTS, special=BROADCAST, unknown=UNKNOWN_BROADCAST
        )
    except Unconfirmed as lost:
        raise Unconfirmed(_NEVER_AGAIN, code=lost.code, section="zalo 9", evidence=lost.evidence) from None
    if not data.get("message_id"):
        raise Unconfirmed(_NEVER_AGAIN, section="zalo 4.2", evidence="error 0 without a message_id")
    return Receipt(str(data["message_id"]), words=ONLY_ACCEPTED)


def find(work: Work, *, since: datetime) -> Unclear:
    """Nobody can ask Zalo, so a person looks; `since` (aware) is when it was sent (zalo 9)."""
    at = since.astimezone(VIETNAM)
    title = f" “{clean(work.outgoing.title)}”" if work.outgoing.title.strip() else ""
    return Unclear(
        f"Không rõ Zalo đã nhận lệnh gửi tin Truyền thông{title} ({len(_article_ids(work.outgoing))} bài) hay chưa, và "
        f"Zalo không có cách hỏi lại. Hãy mở {WHERE}, tìm tin tạo vào khoảng {at:%H:%M} ngày {at:%d/%m/%Y}: có thì ghi "
        "nhận là đã gửi, không có thì mới gửi lại. Hệ thống không tự gửi lần thứ hai."
    )


def _article_ids(outgoing: Outgoing) -> list[str]:
    return list(dict.fromkeys(filter(None, outgoing.refs)))


def _refuse_faults(outgoing: Outgoing) -> None:
    found = problems(outgoing)
    if found:
        raise Rejected(" ".join(problem.words for problem in found), section="zalo 4.1")


def _rows_of(work: Work) -> dict[str, Row]:
    """The articles as the lists show them, read no further than needed."""
    wanted, rows = set(_article_ids(work.outgoing)), dict[str, Row]()
    for row in newest(work.api, KINDS, work.settings.page_limit, 2 * LIST_PAGES, now=work.now):
        if row.id in wanted:
            rows[row.id] = row
        if len(rows) == len(wanted):
            break
    return rows
