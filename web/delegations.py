"""An approver who is away puts their right into another's hands, from one day to another."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from content.vietnamese import local_day
from web.staff import StaffError, may_give, may_receive
from web.tables import Delegation, Staff
from web.words import say

LONGEST = timedelta(days=366)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One delegation with the names of both."""

    row: Delegation
    giver: str
    receiver: str

    def running(self, today: date) -> bool:
        """Whether it holds today."""
        return self.row.ended_at is None and self.row.since <= today <= self.row.until


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


def end(session: Session, delegation_id: int, *, giver_id: int | None, now: datetime) -> Line | None:
    """End one at once. `giver_id`: only one of theirs. None when there is none to end. The caller commits."""
    found = _lines(session, Delegation.id == delegation_id)
    line = found[0] if found else None
    over = line is None or line.row.ended_at is not None or line.row.until < local_day(now)
    if line is None or over or giver_id not in (None, line.row.from_id):
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
