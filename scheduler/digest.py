"""The words of the mail that tells several notices at once. Pure: notices in, subject and body out."""

from collections.abc import Sequence
from datetime import datetime

from content.vietnamese import moment, number
from postbox.mail import SUBJECT_MOST, one_line
from scheduler.calendar_tables import Notice
from scheduler.notices import GRADE_WORDS, WORDS_MOST, Grade

FOOT = (
    "Thư này do hệ thống tự gửi, xin không trả lời. Mỗi thông báo chỉ được gửi một lần; tình trạng mới nhất ở trang "
    "Thông báo."
)


def digest(notices: Sequence[Notice], address: str, *, now: datetime) -> tuple[str, str]:
    """Subject and body. `address`: the desk as browsers know it; empty: no links."""
    ordered = sorted(notices, key=lambda one: (list(Grade).index(Grade(one.grade)), one.raised_at))
    alarms = sum(one.grade == Grade.ALARM for one in ordered)
    how_many = f"{number(len(ordered))} thông báo" + (f", {number(alarms)} báo động" if alarms else "")
    subject = one_line(f"[CCHC] {how_many}: {ordered[0].words}", SUBJECT_MOST)
    lines = [f"Hệ thống có {how_many} tính đến {moment(now)}."]
    for grade in Grade:
        ours = [one for one in ordered if one.grade == grade]
        if ours:
            lines += ["", GRADE_WORDS[grade].upper()]
        for one in ours:
            lines.append(f"- {one_line(one.words, WORDS_MOST)}")
            if address and one.path:
                lines.append(f"  {address}{one.path}")
    whole = f"Xem tất cả: {address}/thong-bao" if address else "Xem tất cả ở trang Thông báo của bàn làm việc."
    return subject, "\n".join([*lines, "", whole, FOOT])
