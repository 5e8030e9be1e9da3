"""Figures of a later moment: what they change is shown first, then taken over as it was shown."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from content.errors import ContentError
from reports.official.changes import changes
from reports.official.data import ReportData
from reports.official.document import heading_of
from reports.official.keeping import DRAFT, data_mark, data_of, renewed, take_over
from reports.official.places import places
from reports.official.prefill import prefilled
from reports.periods import ReportError
from reports.tables import Report
from scheduler.db import reading, writing
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.reports.shared import HOME, Editor, found, noted
from web.words import say

router = APIRouter()


@router.get("/bao-cao/{number:int}/so-lieu")
def compare(request: Request, _editor: Editor, number: int) -> Response:
    """The figures as they stand now beside those of the report."""
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        row = found(session, number)
        if row.state != DRAFT or row.withdrawn_at is not None:
            return go(request, f"{HOME}/{number}", say("Báo cáo không còn là bản nháp nên không sửa được."), "warn")
        try:
            fresh = renewed(session, row, now, now)
        except ReportError as error:
            return go(request, f"{HOME}/{number}", say("{words}", words=error.words), "bad")
    return _page(request, row, fresh)


def _page(request: Request, row: Report, fresh: ReportData) -> HTMLResponse:
    heading, old = heading_of(row.heading), data_of(row)
    before, after = (prefilled(one, heading.issuer, heading.addressees) for one in (old, fresh))
    named = places(old) | places(fresh)
    moved = [named[code] for code in after if before.get(code) != after[code]]
    return page(
        request,
        "reports/renew.html",
        row=row,
        fresh=fresh,
        changes=changes(old, fresh),
        mark=data_mark(fresh),
        moved=[one for one in moved if one.code not in row.texts],
        kept=[one for one in moved if one.code in row.texts],
        stamp=fresh.cutoff_at.astimezone(UTC).isoformat(),
        from_stamp=row.cutoff_at.astimezone(UTC).isoformat(),
    )


@router.post("/bao-cao/{number:int}/so-lieu")
def take(request: Request, someone: Editor, posted: Posted, number: int) -> Response:
    """Take over what was shown."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        found(session, number)
    try:
        cutoff, since = _moment(form.raw("cutoff")), _moment(form.raw("from"))
        row = take_over(
            house.engine, number, cutoff, seen=form.raw("seen"), from_=since, by=someone.name, now=house.now()
        )
    except ContentError as error:
        return go(request, f"{HOME}/{number}/so-lieu", say("{words}", words=error.words), "bad")
    with writing(house.engine) as session:
        noted(session, request, someone, row, "Cập nhật số liệu")
    return go(request, f"{HOME}/{number}", say("Đã cập nhật số liệu. Những mục bạn đã viết được giữ nguyên."))


def _moment(text: str) -> datetime:
    try:
        found_ = datetime.fromisoformat(text)
        if found_.tzinfo is None or not 2000 <= found_.year <= 2100:
            raise ValueError(text)
    except ValueError:
        raise ReportError("Biểu mẫu đã cũ: hãy xem lại bản so sánh mới.") from None
    return found_.astimezone(UTC)
