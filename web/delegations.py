"""An approver who is away puts their right into another's hands, from one day to another."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from content.vietnamese import day, local_day
from web.forms import Form
from web.staff import StaffError, may_give, may_receive
from web.tables import LARGEST_ID, Delegation, Staff
from web.words import say

LONGEST = timedelta(days=366)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One delegation with the names of both."""

    row: Delegation
    giver: str
    receiver: str

    @property
    def words(self) -> str:
        """For the record: who to whom, and when."""
        reason = f"; lý do: {self.row.reason}" if self.row.reason else ""
        return f"{self.giver} → {self.receiver}, từ {day(self.row.since)} đến {day(self.row.until)}{reason}"

    def over(self, today: date) -> bool:
        """Whether it will not hold any more."""
        return self.row.ended_at is not None or self.row.until < today

    def running(self, today: date) -> bool:
        """Whether it holds today."""
        return not self.over(today) and self.row.since <= today


def receivers(session: Session, giver_id: int) -> dict[str, str]:
    """Who may be given the right: id as text -> name."""
    rows = session.exec(select(Staff).where(col(Staff.active).is_(True)).order_by(Staff.name_key)).all()
    return {str(row.id): row.name for row in rows if row.id != giver_id and may_receive(row)}


def givers(session: Session) -> dict[str, str]:
    """Who has a right to give: id as text -> name."""
    rows = session.exec(select(Staff).where(col(Staff.active).is_(True)).order_by(Staff.name_key)).all()
    return {str(row.id): row.name for row in rows if may_give(row)}


def delegate(
    session: Session, giver_id: int, receiver_id: int, since: date, until: date, *, reason: str, by: str, now: datetime
) -> Delegation:
    """Put a right into another's hands. Raises `StaffError` beside the field. The caller commits."""
    giver, receiver = session.get(Staff, giver_id), session.get(Staff, receiver_id)
    if giver is None or not may_give(giver):
        raise StaffError("tu", say("Người ủy quyền phải là người duyệt đang dùng hệ thống."))
    if receiver is None or not may_receive(receiver):
        raise StaffError("cho", say("Người nhận phải đang dùng hệ thống và không giữ khóa các kênh."))
    if giver.id == receiver.id:
        raise StaffError("cho", say("Không thể ủy quyền cho chính mình."))
    if since < local_day(now):
        raise StaffError("tu_ngay", say("Ngày bắt đầu không được trước hôm nay."))
    if until < since or until - since > LONGEST:
        raise StaffError("den_ngay", say("Ngày kết thúc phải từ ngày bắt đầu trở đi, trong vòng một năm."))
    row = Delegation(
        from_id=giver_id, to_id=receiver_id, since=since, until=until, reason=reason, created_by=by, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def from_form(session: Session, form: Form, giver_id: int, *, by: str, now: datetime) -> Line | None:
    """As a form asks for it; None when something is wrong, which stands beside its field. The caller commits."""
    receiver = form.choice("cho", "Người nhận", receivers(session, giver_id))
    since = form.day("tu_ngay", "Từ ngày", required=True)
    until = form.day("den_ngay", "Đến hết ngày", required=True)
    reason = form.text("ly_do", "Lý do", most=300)
    if form.errors or since is None or until is None:
        return None
    try:
        row = delegate(session, giver_id, int(receiver), since, until, reason=reason, by=by, now=now)
    except StaffError as error:
        form.fail(error.field, error.words)
        return None
    return _lines(session, col(Delegation.id) == row.id)[0]


def end(session: Session, delegation_id: int, *, giver_id: int | None, now: datetime) -> Line | None:
    """End one at once. `giver_id`: only one of theirs. None when there is none to end. The caller commits."""
    found = _lines(session, Delegation.id == delegation_id) if delegation_id < LARGEST_ID else []
    line = found[0] if found else None
    if line is None or line.over(local_day(now)) or giver_id not in (None, line.row.from_id):
        return None
    line.row.ended_at = now
    session.add(line.row)
    return line


def of(session: Session, staff_id: int | None = None, *, now: datetime) -> list[Line]:
    """Those that hold or will hold, and those of the last month; given by or to a person, or everybody's."""
    recent = col(Delegation.until) >= local_day(now) - timedelta(days=31)
    if staff_id is None:
        return _lines(session, recent)
    return _lines(session, recent, or_(col(Delegation.from_id) == staff_id, col(Delegation.to_id) == staff_id))


def _lines(session: Session, *which: ColumnElement[bool] | bool) -> list[Line]:
    giver, receiver = aliased(Staff), aliased(Staff)
    rows = select(Delegation, giver.name, receiver.name).where(
        col(Delegation.from_id) == giver.id, col(Delegation.to_id) == receiver.id, *which
    )
    newest = rows.order_by(col(Delegation.since).desc(), col(Delegation.id).desc()).limit(SHOWN)
    return [Line(*found) for found in session.exec(newest)]
