"""The words at one place: written over beside their facts, put back, left although the figures changed."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from reports.official import grids, keeping
from reports.official.keeping import DRAFT, ReportConflict, data_of, mark_of, written
from reports.official.places import TEXT_MOST, Grid
from reports.periods import ReportError
from reports.tables import Report
from scheduler.db import reading, writing
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.reports.shared import HOME, Editor, found, noted, shown
from web.stale import Clash
from web.words import say

router = APIRouter()


@router.get("/bao-cao/{number:int}/muc/{code}")
def standing(request: Request, _editor: Editor, number: int, code: str) -> Response:
    """The words as they stand, beside what the figures say."""
    with reading(house_of(request).engine) as session:
        row = found(session, number)
    if row.state != DRAFT or row.withdrawn_at is not None:
        return go(request, f"{HOME}/{number}", say("Báo cáo không còn là bản nháp nên không sửa được."), "warn")
    return _form(request, row, code, Form())


@router.post("/bao-cao/{number:int}/muc/{code}")
def keep(request: Request, someone: Editor, posted: Posted, number: int, code: str) -> Response:
    """Keep what was written, unless somebody wrote there meanwhile: then both are shown."""
    house, form = house_of(request), Form(posted)
    text = form.long_text("text", "Nội dung", most=TEXT_MOST)
    seen = form.raw("seen")
    try:
        with writing(house.engine) as session:
            before = found(session, number).version
            if not form.errors:
                row = keeping.write(session, number, code, text, seen=seen, by=someone.name, now=house.now())
                if row.version != before:
                    noted(session, request, someone, row, f"Sửa mục {code}")
    except ReportConflict as conflict:
        both = Clash(((_title(conflict.row, code), conflict.theirs, text),), mark_of(conflict.theirs), conflict.who)
        return _form(request, conflict.row, code, form, both=both, status=409)
    except ReportError as error:
        form.fail("text", say("{words}", words=error.words))
    if form.errors:
        with reading(house.engine) as session:
            row = found(session, number)
        return _form(request, row, code, form, seen=seen, status=422)
    return go(request, f"{HOME}/{number}#muc-{code}", say("Đã lưu mục {code}.", code=code))


@router.post("/bao-cao/{number:int}/muc/{code}/{verb}")
def other(request: Request, someone: Editor, posted: Posted, number: int, code: str, verb: str) -> Response:
    """ "dung-lai": the prefilled words again; "giu-loi": the words stay although the figures below them changed."""
    house, seen = house_of(request), Form(posted).raw("seen")
    do, told = {
        "dung-lai": (keeping.put_back, "dùng lại lời theo số liệu"),
        "giu-loi": (keeping.keep_words, "giữ lời đang có sau khi số liệu đổi"),
    }.get(verb, (None, ""))
    if do is None:
        raise HTTPException(404)
    try:
        with writing(house.engine) as session:
            before = found(session, number).version
            row = do(session, number, code, seen=seen, by=someone.name, now=house.now())
            if row.version != before:
                noted(session, request, someone, row, f"Mục {code}: {told}")
    except ReportError as error:
        return go(request, f"{HOME}/{number}#muc-{code}", say("{words}", words=error.words), "bad")
    return go(request, f"{HOME}/{number}#muc-{code}", say("Đã lưu mục {code}.", code=code))


def _title(row: Report, code: str) -> str:
    found_ = written(row, data_of(row)).get(code)
    return found_.place.title if found_ else code


def _form(
    request: Request,
    row: Report,
    code: str,
    form: Form,
    *,
    seen: str | None = None,
    both: Clash | None = None,
    status: int = 200,
) -> HTMLResponse:
    data = data_of(row)
    there = written(row, data).get(code)
    if there is None:
        raise HTTPException(404)
    if form.data is None:
        form = Form(text=there.words)
    number = {which: place for place, which in enumerate(Grid, 1)}
    grid = there.place.grid
    return page(
        request,
        "reports/words.html",
        status=status,
        row=row,
        there=there,
        table=shown(grids.grid(data, grid), number[grid]) if grid else None,
        form=form,
        clash=both,
        seen=both.mark if both else there.mark if seen is None else seen,
        most=TEXT_MOST,
    )
