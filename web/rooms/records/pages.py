"""The page of evidence files: what will be inside, making one, and those that were made."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.datastructures import FormData

from content.errors import ContentError
from content.vietnamese import number
from reports.evidence.preview import Inside, preview
from reports.evidence.shelf import NAME
from scheduler.db import reading
from web.door import Posted, house_of, may
from web.page import go, page
from web.roles import Permission, Person
from web.rooms.records.asked import Question, question
from web.rooms.records.making import shelf_of, start
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
MOST = 30_000
"""Publications of one file that is made at the desk; the command makes larger ones."""


@router.get("/kiem-chung")
def records(request: Request, _reader: Reader) -> HTMLResponse:
    """The form, what the file will hold, and the list."""
    asked, inside = _answered(request, FormData([*request.query_params.multi_items()]))
    return _page(request, asked, inside)


def _answered(request: Request, sent: FormData) -> tuple[Question, Inside | None]:
    house = house_of(request)
    with reading(house.engine) as session:
        found = question(session, sent, house.now(), house.week_start)
        return found, preview(session, found.asked) if found.asked else None


def _page(request: Request, asked: Question, inside: Inside | None, status: int = 200) -> HTMLResponse:
    shelf = shelf_of(house_of(request))
    return page(
        request, "records/index.html", status=status, question=asked, inside=inside, most=MOST, kept=shelf.all(),
        work=shelf.work(), size_of=size_words,
    )  # fmt: skip


def size_words(size: int) -> str:
    """Bytes as people say them; never "0"."""
    return f"{number(size / 1024**2, 1)} MB" if size >= 1024**2 else f"{number(max(1, size // 1024))} KB"


@router.post("/kiem-chung")
def make(request: Request, reader: Reader, posted: Posted) -> Response:
    """Begin to make one."""
    house = house_of(request)
    asked, inside = _answered(request, posted)
    if asked.asked is None or inside is None:
        return _page(request, asked, inside, status=422)
    back = f"/kiem-chung?{asked.query}"
    if inside.empty:
        return go(request, back, say("Kỳ này chưa có gì để kiểm chứng; hãy chọn kỳ khác."), "warn")
    if inside.publications > MOST:
        return go(request, back, say("Kỳ này có hơn {most} lượt đăng; hãy chọn kỳ ngắn hơn.", most=MOST), "warn")
    try:
        start(request, house, reader, asked.asked, inside)
    except ContentError as error:
        return go(request, back, say("{words}", words=error.words), "warn")
    return go(request, f"{back}#da-lap", say("Đã bắt đầu lập hồ sơ kiểm chứng; xong sẽ có trong danh sách."))


@router.get("/kiem-chung/tien-do")
def progress(request: Request, _reader: Reader) -> JSONResponse:
    """How far the one in the making is, for the page's script."""
    work = shelf_of(house_of(request)).work()
    running = work is not None and not work.problem
    told = {"running": running, "done": work.done if work else 0, "total": work.total if work else 0}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("/kiem-chung/ho-so/{name}")
def download(request: Request, _reader: Reader, name: str) -> Response:
    """One that was made. It is packed already, so no middleware packs it again."""
    file = shelf_of(house_of(request)).folder / name
    if not re.fullmatch(NAME, name) or not file.is_file():
        raise HTTPException(404)
    headers = {"Cache-Control": "private, no-store", "Content-Encoding": "identity"}
    return FileResponse(file, media_type="application/zip", filename=name, headers=headers)
