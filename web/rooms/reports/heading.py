"""The heading of a report: who writes to whom, who signs, who gets it."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from reports.official.heads import LABELS, LINE_MOST, LINES, LINES_MOST, TEXT_MOST, HeadingError, shown
from reports.official.keeping import DRAFT, ReportConflict, change_heading, heading_mark
from reports.periods import ReportError
from reports.tables import Report
from scheduler.db import reading, writing
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.reports.shared import HOME, Editor, found, noted
from web.stale import Clash, changes, clash
from web.words import say

router = APIRouter()


@router.get("/bao-cao/{number:int}/the-thuc")
def standing(request: Request, _editor: Editor, number: int) -> Response:
    """The form as it stands."""
    with reading(house_of(request).engine) as session:
        row = found(session, number)
    if row.state != DRAFT or row.withdrawn_at is not None:
        return go(request, f"{HOME}/{number}", say("Báo cáo không còn là bản nháp nên không sửa được."), "warn")
    return _form(request, row, Form(**shown(row.heading)), seen=heading_mark(row))


@router.post("/bao-cao/{number:int}/the-thuc")
def keep(request: Request, someone: Editor, posted: Posted, number: int) -> Response:
    """Keep what the form says, unless somebody changed the heading meanwhile: then both are shown."""
    house, form = house_of(request), Form(posted)
    given = {
        **{
            name: form.text(name, label, most=TEXT_MOST)
            for name, label in LABELS.items()
            if name not in (*LINES, "dated")
        },
        **{name: form.long_text(name, LABELS[name], most=LINE_MOST * LINES_MOST).splitlines() for name in LINES},
        "dated": form.day("dated", LABELS["dated"], required=True),
    }
    with reading(house.engine) as session:
        row = found(session, number)
    seen = form.raw("seen")
    if form.errors:
        return _form(request, row, form, seen=seen, status=422)
    try:
        with writing(house.engine) as session:
            before = shown(found(session, number).heading)
            row = change_heading(session, number, given, seen=seen, by=someone.name, now=house.now())
            told = changes(LABELS, before, shown(row.heading))
            if told:
                noted(session, request, someone, row, f"Sửa thể thức: {told}")
    except HeadingError as error:
        for name, words in error.problems:
            form.fail(name, say("{words}", words=words))
        return _form(request, row, form, seen=seen, status=422)
    except ReportConflict as conflict:
        mine = {
            name: "\n".join(value) if isinstance(value, list) else str(value or "") for name, value in given.items()
        }
        both = clash(LABELS, shown(conflict.row.heading), mine, conflict.who)
        return _form(request, conflict.row, form, seen=heading_mark(conflict.row), both=both, status=409)
    except ReportError as error:
        return go(request, f"{HOME}/{number}", say("{words}", words=error.words), "bad")
    return go(request, f"{HOME}/{number}", say("Đã lưu thể thức của báo cáo."))


def _form(
    request: Request, row: Report, form: Form, *, seen: str, both: Clash | None = None, status: int = 200
) -> HTMLResponse:
    return page(
        request, "reports/heading.html", status=status, row=row, form=form, seen=seen, clash=both, labels=LABELS
    )
