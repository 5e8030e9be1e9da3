"""The record of what people did to activities, submissions, evidence and the office's index results.

A row holds the thing as it stood afterwards, so the next auditor sees every state it ever had. Rows are only added.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from content.record_tables import ActRecord


class Subject(StrEnum):
    """What was changed."""

    ACTIVITY = "activity"
    SUBMISSION = "submission"
    EVIDENCE = "evidence"
    INDICES = "indices"
    """The list at the desk; its `subject_id` is the list's version."""
    DEADLINES = "deadlines"


class Action(StrEnum):
    """What was done to it."""

    RECORDED = "recorded"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


ACTION_WORDS = {
    Action.RECORDED: "Ghi vào sổ",
    Action.CHANGED: "Sửa",
    Action.WITHDRAWN: "Rút",
    Action.RESTORED: "Khôi phục",
}


def record(
    session: Session, subject: Subject, subject_id: int, action: Action, data: dict[str, Any], *, by: str, now: datetime
) -> None:
    """Leave a row in the same transaction as the change; the caller commits. `now` is aware UTC."""
    session.add(ActRecord(at=now, actor=by, subject=subject, subject_id=subject_id, action=action, data=data))


def as_it_stands(row: SQLModel) -> dict[str, Any]:
    """A row as JSON."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in row.model_dump().items()
    }


def history(session: Session, subject: Subject, subject_id: int, *, limit: int = 200) -> list[ActRecord]:
    """What was done to one thing, the newest first."""
    statement = select(ActRecord).where(ActRecord.subject == subject, ActRecord.subject_id == subject_id)
    return list(session.exec(statement.order_by(col(ActRecord.id).desc()).limit(limit)))
