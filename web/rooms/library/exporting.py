"""Posts as a table or as Markdown, made for the moment in a folder that is gone afterwards."""

import tempfile
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import select

from connectors import CONNECTORS, connector_class
from content.errors import ContentError
from content.exchange.markdown import as_markdown
from content.exchange.sheet import ROWS_MAX
from content.exchange.shelf import Shelf, gather
from content.exchange.tablefile import CSV_NAME, XLSX_NAME, csv_writer, xlsx_writer
from content.exchange.template import NAME, write_template
from content.plan import Plan, active_plan
from content.tables import Post
from content.vietnamese import local_day
from scheduler.db import reading
from web.campaigns import offers
from web.door import Someone, house_of, may
from web.house import House
from web.page import go
from web.plans import Words
from web.roles import Permission
from web.rooms.library.asked import Asked
from web.rooms.library.post import find
from web.words import say

router = APIRouter()
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "md": "text/markdown; charset=utf-8",
}


@router.get("/thu-vien/xuat", dependencies=[Depends(may(Permission.READ))])
def export(request: Request, person: Someone, dang: str = "xlsx") -> Response:
    """Everything that the list with the same address shows, as one table; readers may take it along, too."""
    house = house_of(request)
    form = "csv" if dang == "csv" else "xlsx"
    with reading(house.engine) as session:
        try:
            plan = active_plan(session)
            campaigns = offers(session, request.query_params.get("chien_dich", ""))
            asked = Asked.of(request.query_params, Words(plan), campaigns)
            shelf = gather(
                session, plan, search=asked.tim, most=ROWS_MAX, marked=True, **asked.facts(person, campaigns)
            )  # fmt: skip
            data = _table(shelf, plan, form, house)
        except ContentError as error:
            back = Asked.of(request.query_params, Words(None))
            return go(request, back.address(), say("Chưa xuất được: {words}", words=error.words), "bad")
    return _file(data, f"thu-vien-{local_day(house.now()):%Y-%m-%d}.{form}", form)


@router.get("/bai/{key}/xuat")
def export_one(request: Request, key: str, person: Someone, dang: str = "md") -> Response:
    """One post, as the library's own file or as a table of one row."""
    house = house_of(request)
    form = dang if dang in TYPES else "md"
    with reading(house.engine) as session:
        post = find(session, person, key)
        try:
            plan = active_plan(session)
            shelf = gather(session, plan, marked=True, among=select(Post.id).where(Post.id == post.id))
            data = as_markdown(shelf.posts[0]).encode() if form == "md" else _table(shelf, plan, form, house)
        except ContentError as error:
            return go(request, f"/bai/{key}", say("Chưa xuất được: {words}", words=error.words), "bad")
    return _file(data, f"{key}.{form}", form)


@router.get("/thu-vien/mau-nhap.xlsx", dependencies=[Depends(may(Permission.EDIT))])
def template(request: Request) -> Response:
    """The workbook that staff fill in."""
    house = house_of(request)
    labels = {name: connector_class(name).capabilities.label for name in CONNECTORS}
    try:
        with reading(house.engine) as session:
            plan = active_plan(session)
        with tempfile.TemporaryDirectory() as folder:
            write_template(Path(folder) / NAME, plan, labels, house.now())
            data = (Path(folder) / NAME).read_bytes()
    except ContentError as error:
        return go(request, "/thu-vien/nhap", say("{words}", words=error.words), "bad")
    return _file(data, NAME, "xlsx")


def _table(shelf: Shelf, plan: Plan, form: str, house: House) -> bytes:
    writer, name = (csv_writer(plan), CSV_NAME) if form == "csv" else (xlsx_writer(plan, house.now()), XLSX_NAME)
    with tempfile.TemporaryDirectory() as folder:
        writer(shelf, Path(folder))
        return (Path(folder) / name).read_bytes()


def _file(data: bytes, name: str, form: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(data, media_type=TYPES[form], headers=headers)
