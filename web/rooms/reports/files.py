"""A report as files, and what the checker of the form says of it."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from reports.official.check import check
from reports.official.docx import docx
from reports.official.keeping import document_of
from reports.official.pdf import pdf
from scheduler.db import reading
from web.door import house_of
from web.page import page
from web.rooms.reports.shared import Reader, found

router = APIRouter()
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.get("/bao-cao/{number:int}/tai/{name}")
def download(request: Request, _reader: Reader, number: int, name: str) -> Response:
    """The Word file to be signed, or the preview, which the browser shows."""
    if name not in ("bao-cao.docx", "xem-truoc.pdf"):
        raise HTTPException(404)
    with reading(house_of(request).engine) as session:
        row = found(session, number)
    document = document_of(row)
    if name.endswith(".docx"):
        headers = {"Content-Disposition": f'attachment; filename="bao-cao-{row.id}.docx"', "Cache-Control": "no-store"}
        return Response(docx(document), media_type=WORD, headers=headers)
    headers = {"Content-Disposition": f'inline; filename="bao-cao-{row.id}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf(document, row.updated_at), media_type="application/pdf", headers=headers)


@router.get("/bao-cao/{number:int}/kiem-tra")
def checked(request: Request, _reader: Reader, number: int) -> HTMLResponse:
    """Each rule of the form, as read back from the Word file."""
    with reading(house_of(request).engine) as session:
        row = found(session, number)
    results = check(docx(document_of(row)))
    return page(request, "reports/check.html", row=row, results=results, missed=sum(not one.met for one in results))
