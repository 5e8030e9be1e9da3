"""What people have to know before it is too late: one row for one event, however often it is seen.

A notice has a subject that names its cause, such as "empty_day:2026-11-24". While the cause stands the row is open;
when it is gone the row is cleared and stays. A cause that comes back soon opens the same row again, so that
something that flickers is told once; later it is a new event, with a row of its own ("…#2").
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, case, func
from sqlmodel import Session, col, select, update

from content.vietnamese import nfc
from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.db import inserting

COMES_BACK = timedelta(hours=1)
"""A cause that was gone for no longer than this is the same event."""
OPEN_MOST = 500
WORDS_MOST = 2000
_AGAIN = "#"


class Grade(StrEnum):
    """How much it matters."""

    ALARM = "alarm"
    """Something was not published, or will not be, unless somebody acts."""
    WARNING = "warning"
    """Something to look after in the coming days."""
    NEWS = "news"


GRADE_WORDS = {Grade.ALARM: "Báo động", Grade.WARNING: "Cảnh báo", Grade.NEWS: "Tin"}


class Kind(StrEnum):
    """What it is about."""

    EMPTY_DAY = "empty_day"
    QUIET = "quiet"
    TOKEN_EXPIRY = "token_expiry"
    TOKEN_REFRESH = "token_refresh"
    QUOTA = "quota"
    NOT_SENT = "not_sent"
    LATE = "late"
    CHANNEL_STOPPED = "channel_stopped"
    HELD = "held"
    PAUSE = "pause"
    APPROVAL = "approval"
    JOB = "job"
    PORTAL = "portal"
    TELLING = "telling"
    FIGURES = "figures"
    DEADLINE = "deadline"
    WORKERS = "workers"
    AUDIT = "audit"
    BACKUP = "backup"


KINDS = {
    Kind.AUDIT: "Nhật ký kiểm toán không nguyên vẹn",
    Kind.EMPTY_DAY: "Ngày trống lịch",
    Kind.QUIET: "Kênh lâu không có bài",
    Kind.TOKEN_EXPIRY: "Mã truy cập sắp hết hạn",
    Kind.TOKEN_REFRESH: "Không làm mới được mã truy cập",
    Kind.QUOTA: "Hạn mức không đủ",
    Kind.NOT_SENT: "Bài không đăng được",
    Kind.LATE: "Bài trễ giờ",
    Kind.CHANNEL_STOPPED: "Kênh đang dừng",
    Kind.HELD: "Bài đang giữ lại",
    Kind.PAUSE: "Tạm dừng",
    Kind.APPROVAL: "Duyệt không kịp giờ",
    Kind.JOB: "Việc theo lịch bị lỗi",
    Kind.PORTAL: "Nguồn tin không đọc được",
    Kind.TELLING: "Không gửi được thông báo",
    Kind.FIGURES: "Số liệu không về",
    Kind.DEADLINE: "Sắp đến hạn nộp",
    Kind.WORKERS: "Không có tiến trình nhận việc",
    Kind.BACKUP: "Sao lưu và khóa",
}
"""The kinds, as staff call them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that people should be told. `subject` names the cause; two findings of one event have one subject."""

    kind: Kind
    subject: str
    grade: Grade
    words: str
    """Whole Vietnamese sentences, with the way out; nothing of followers, no secret."""
    path: str = ""


def kind_words(kind: str) -> str:
    """What staff call a kind; one that this version does not know keeps its name."""
    return KINDS[Kind(kind)] if kind in set(Kind) else kind


def cause_of(notice: Notice) -> str:
    """The subject without the number of its return."""
    return notice.subject.partition(_AGAIN)[0]


# Raising and clearing -------------------------------------------------------------------------------------


def raise_notice(
    session: Session, kind: str, subject: str, grade: str, words: str, path: str = "", *, now: datetime
) -> Notice:
    """The open notice of this cause: a new row, or the one that there is, seen again; the caller commits.

    Of two who raise the same at once, one makes the row and both see it.
    """
    row = _newest(session, subject)
    if row is not None and row.cleared_at is not None and row.cleared_at < now - COMES_BACK:
        row = _made(session, f"{subject}{_AGAIN}{_returns(session, subject) + 2}", kind, grade, now)
    row = row or _made(session, subject, kind, grade, now)
    row.grade, row.words, row.path = grade, nfc(words)[:WORDS_MOST], path
    row.seen_at, row.cleared_at = now, None
    session.add(row)
    return row


def clear(session: Session, subjects: Iterable[str], *, now: datetime) -> int:
    """These causes are gone; how many open notices that cleared. The caller commits."""
    wanted = (col(Notice.subject).in_(list(subjects)), col(Notice.cleared_at).is_(None))
    return int(session.exec(update(Notice).where(*wanted).values(cleared_at=now)).rowcount)


def keep_up(session: Session, findings: Sequence[Finding], kinds: Iterable[str], *, now: datetime) -> tuple[int, int]:
    """Raise what is new, and clear the open notices of these kinds whose cause was not found; the caller commits.

    How many were raised and how many cleared. What stands as it stood costs one statement for all of it.
    """
    watched = set(kinds)
    standing = {cause_of(one): one for one in open_notices(session) if one.kind in watched}
    found = {one.subject: one for one in findings}
    same, raised = [], 0
    for subject, one in found.items():
        row = standing.get(subject)
        if row is not None and (row.grade, row.words, row.path) == (one.grade, one.words, one.path):
            same.append(row.id)
        else:
            raised += row is None
            raise_notice(session, one.kind, subject, one.grade, one.words, one.path, now=now)
    if same:
        session.exec(update(Notice).where(col(Notice.id).in_(same)).values(seen_at=now))
    gone = [row.subject for cause, row in standing.items() if cause not in found]
    return raised, clear(session, gone, now=now) if gone else 0


def _newest(session: Session, subject: str) -> Notice | None:
    """The last event of this cause, held until the transaction ends."""
    first = session.exec(select(Notice).where(Notice.subject == subject).with_for_update()).first()
    if first is None or first.cleared_at is None:
        return first
    returns = select(Notice).where(_is_return(subject)).order_by(col(Notice.id).desc()).limit(1).with_for_update()
    return session.exec(returns).first() or first


def _returns(session: Session, subject: str) -> int:
    return session.exec(select(func.count()).where(_is_return(subject))).one()


def _is_return(subject: str) -> ColumnElement[bool]:
    return col(Notice.subject).startswith(f"{subject}{_AGAIN}", autoescape=True)


def _made(session: Session, subject: str, kind: str, grade: str, now: datetime) -> Notice:
    """A row with this subject; the one that somebody else made meanwhile is as good."""
    row = {"kind": kind, "subject": subject, "grade": grade, "words": "", "path": "", "raised_at": now, "seen_at": now}
    new = inserting(session, Notice).values(**row)
    session.connection().execute(new.on_conflict_do_nothing(index_elements=["subject"]))
    return session.exec(select(Notice).where(Notice.subject == subject)).one()


# Reading ---------------------------------------------------------------------------------------------------


def open_notices(session: Session, *, limit: int = OPEN_MOST) -> Sequence[Notice]:
    """The open ones: alarms first, of each grade the newest first."""
    return session.exec(_OPEN, params={"most": limit}).all()


def gravest_first() -> ColumnElement[int]:
    """The place of a notice's grade, to order by."""
    return case({grade: place for place, grade in enumerate(Grade)}, value=col(Notice.grade))


_OPEN = (
    select(Notice)
    .where(col(Notice.cleared_at).is_(None))
    .order_by(gravest_first(), col(Notice.raised_at).desc(), col(Notice.id))
    .limit(bindparam("most"))
)


def cleared_notices(session: Session, *, since: datetime, limit: int) -> Sequence[Notice]:
    """Those whose cause went away after `since` (aware), the last one first."""
    statement = select(Notice).where(col(Notice.cleared_at) >= since)
    return session.exec(statement.order_by(col(Notice.cleared_at).desc(), col(Notice.id)).limit(limit)).all()


def alarms_open() -> ScalarSelect[int]:
    """How many alarms are open, to be asked within another question: by the index over what is open."""
    alarms = (col(Notice.cleared_at).is_(None), Notice.grade == Grade.ALARM)
    return select(func.count()).select_from(Notice).where(*alarms).scalar_subquery()


def count_alarms(session: Session) -> int:
    """How many alarms are open."""
    return int(session.exec(select(alarms_open())).one())


def deliveries_of(session: Session, notices: Iterable[Notice]) -> dict[int, list[NoticeDelivery]]:
    """Notice id -> how it was told, oldest first."""
    numbers = [one.id for one in notices]
    found: dict[int, list[NoticeDelivery]] = {}
    if numbers:
        rows = select(NoticeDelivery).where(col(NoticeDelivery.notice_id).in_(numbers))
        for row in session.exec(rows.order_by(col(NoticeDelivery.id))):
            found.setdefault(row.notice_id, []).append(row)
    return found
