"""Open data: each read-only view as a table to take along."""

import tempfile
import threading
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.background import BackgroundTask

from content.vietnamese import local_day
from reports.open_data.columns import KIND_WORDS
from reports.open_data.export import spreadsheet
from reports.views import VIEWS, view_named
from scheduler.db import reading
from web.door import house_of, may
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
_AT_ONCE = threading.BoundedSemaphore(2)
"""Tables that are read at a time: a large one keeps the disk busy for some seconds."""


@router.get("/kiem-chung/du-lieu")
def tables(request: Request, _reader: Reader) -> HTMLResponse:
    """Every view with its columns and what they mean."""
    return page(request, "records/data.html", views=VIEWS, kinds=KIND_WORDS)


@router.get("/kiem-chung/du-lieu/{name}.csv")
def table(request: Request, _reader: Reader, name: str) -> Response:
    """One view, written to a file first, so that a slow line keeps no transaction open."""
    view = view_named(name)
    if view is None:
        raise HTTPException(404)
    if not _AT_ONCE.acquire(blocking=False):
        return go(request, "/kiem-chung/du-lieu", say("Đang có người khác tải bảng; hãy thử lại sau ít giây."), "warn")
    house = house_of(request)
    try:
        with tempfile.NamedTemporaryFile(suffix=".csv", delete=False) as file:
            path = Path(file.name)
            try:
                with reading(house.engine) as session:
                    file.writelines(spreadsheet(session, view))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    finally:
        _AT_ONCE.release()
    return FileResponse(
        path,
        media_type="text/csv; charset=utf-8",
        filename=f"{name}-{local_day(house.now()):%Y-%m-%d}.csv",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
