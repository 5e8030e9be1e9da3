"""One campaign: how it stands, its posts, its summary as a file, ended and reopened."""

from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from content.campaigns import PHASE_WORDS, NoCampaign, end, find_campaign, reopen
from content.editorial import STATE_WORDS
from content.tables import Campaign
from reports.campaign_chart import weeks_svg
from reports.campaigns import summarise
from reports.render import campaign_documents
from reports.summary import PARTS
from scheduler.db import reading, writing
from web import asking
from web.campaigns import noted
from web.door import house_of, may
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
ON_A_PAGE = 50
FILES = {"summary.html": "trang HTML", "summary.txt": "văn bản thường", "summary.json": "dữ liệu JSON"}
"""What `reports.render.campaign_documents` makes; a test holds the two together."""
TYPES = {".html": "text/html", ".txt": "text/plain", ".json": "application/json"}


def found(session: Session, key: str) -> Campaign:
    """The campaign of that key. Raises HTTPException 404."""
    try:
        return find_campaign(session, key)
    except NoCampaign:
        raise HTTPException(404) from None


@router.get("/chien-dich/{key}")
def show(request: Request, _reader: Reader, key: str) -> HTMLResponse:
    """How it stands, and what belongs to it."""
    house = house_of(request)
    with reading(house.engine) as session:
        row = found(session, key)
        summary = summarise(session, row, house.now())
    last = max(1, -(-len(summary.posts) // ON_A_PAGE))
    at = min(asking.number(request.query_params.get("trang", ""), most=10_000) or 1, last)
    here = f"/chien-dich/{row.key}"
    return page(
        request,
        "campaigns/one.html",
        row=row,
        summary=summary,
        chart=weeks_svg(summary),
        phases=PHASE_WORDS,
        parts=PARTS,
        files=FILES,
        states=STATE_WORDS,
        posts=summary.posts[(at - 1) * ON_A_PAGE : at * ON_A_PAGE],
        before=f"{asking.address(here, trang=at - 1)}#bai" if at > 1 else "",
        after=f"{asking.address(here, trang=at + 1)}#bai" if at < last else "",
    )


@router.get("/chien-dich/{key}/tai/{name}")
def document(request: Request, _reader: Reader, key: str, name: str) -> Response:
    """The summary as a file."""
    if name not in FILES:
        raise HTTPException(404)
    house = house_of(request)
    with reading(house.engine) as session:
        summary = summarise(session, found(session, key), house.now())
    headers = {
        "Content-Disposition": f'attachment; filename="chien-dich-{summary.key}-{name}"',
        "Cache-Control": "no-store",
    }
    kind = f"{TYPES[PurePosixPath(name).suffix]}; charset=utf-8"
    return Response(campaign_documents(summary)[name], media_type=kind, headers=headers)


@router.post("/chien-dich/{key}/ket-thuc")
def finish(request: Request, someone: Editor, key: str) -> Response:
    """End it; nothing of the queue is touched."""
    house = house_of(request)
    with writing(house.engine) as session:
        was = found(session, key).ended_at
        row = end(session, key, by=someone.name, now=house.now())
        if was is None:
            noted(session, request, someone, row, "Kết thúc chiến dịch")
    words = say("Chiến dịch “{name}” đã kết thúc; các bài đã có lịch vẫn đăng như đã xếp.", name=row.name)
    return go(request, f"/chien-dich/{row.key}", words)


@router.post("/chien-dich/{key}/mo-lai")
def go_on(request: Request, someone: Editor, key: str) -> Response:
    """Let an ended one go on."""
    house = house_of(request)
    with writing(house.engine) as session:
        was = found(session, key).ended_at
        row = reopen(session, key, by=someone.name, now=house.now())
        if was is not None:
            noted(session, request, someone, row, "Mở lại chiến dịch")
    return go(request, f"/chien-dich/{row.key}", say("Đã mở lại chiến dịch “{name}”.", name=row.name))
