"""Notices: what is open, what is over, and how each was told. Reading only: a notice clears itself."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlmodel import col, select

from scheduler.calendar_tables import Notice, NoticeDelivery
from scheduler.db import reading
from scheduler.notices import deliveries_of, kind_words
from web.api.frame import Cursor, Limit, Out, Page, Told, cursor_at, cursor_of, needs
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/notices", tags=["notices"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]


class DeliveryOut(Out):
    """One way a notice went: mail or webhook, and how that stands."""

    way: str
    state: str
    attempts: int
    started_at: Told | None
    finished_at: Told | None


class NoticeOut(Out):
    """One event. `grade`: alarm, warning or news; `path`: where at the desk something can be done about it."""

    id: int
    kind: str
    label: str
    subject: str
    grade: str
    words: str
    path: str
    raised_at: Told
    seen_at: Told
    cleared_at: Told | None
    deliveries: list[DeliveryOut]


@router.get("")
def list_notices(
    request: Request,
    _someone: Reader,
    open: Annotated[bool, Query(description="false: also those whose cause is gone.")] = True,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[NoticeOut]:
    """The newest first."""
    before = cursor_at(cursor, int)
    statement = select(Notice)
    if open:
        statement = statement.where(col(Notice.cleared_at).is_(None))
    if before:
        statement = statement.where(col(Notice.id) < before[0])
    with reading(house_of(request).engine) as session:
        rows = session.exec(statement.order_by(col(Notice.id).desc()).limit(limit + 1)).all()
        told = deliveries_of(session, rows[:limit])
    more = cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[_out(row, told.get(row.id or 0, [])) for row in rows[:limit]], next=more)


def _out(row: Notice, deliveries: list[NoticeDelivery]) -> NoticeOut:
    facts = {name: getattr(row, name) for name in NoticeOut.model_fields if hasattr(row, name)}
    ways = [DeliveryOut.model_validate(one) for one in deliveries]
    return NoticeOut(**facts, label=kind_words(row.kind), deliveries=ways)
