"""Every report, the last one made first."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from reports.official.keeping import KIND_WORDS, STATE_WORDS, count, reports
from scheduler.db import reading
from web import asking
from web.door import house_of
from web.page import page
from web.rooms.reports.shared import HOME, Reader

router = APIRouter()
ON_A_PAGE = 30
GONE = "da-rut"


@router.get("/bao-cao")
def listing(request: Request, _reader: Reader) -> HTMLResponse:
    """The reports that count, or those that were withdrawn."""
    gone = asking.one_of(request.query_params, "loc", {GONE})
    with reading(house_of(request).engine) as session:
        total, withdrawn = count(session), count(session, withdrawn=True)
        here = withdrawn if gone else total
        last = max(1, -(-here // ON_A_PAGE))
        at = min(asking.number(request.query_params.get("trang", ""), most=10_000) or 1, last)
        rows = reports(session, limit=ON_A_PAGE, offset=(at - 1) * ON_A_PAGE, withdrawn=bool(gone))
    return page(
        request,
        "reports/list.html",
        rows=rows,
        total=total,
        withdrawn=withdrawn,
        gone=gone,
        gone_code=GONE,
        kinds=KIND_WORDS,
        states=STATE_WORDS,
        before=asking.address(HOME, loc=gone, trang=at - 1) if at > 1 else "",
        after=asking.address(HOME, loc=gone, trang=at + 1) if at < last else "",
    )
