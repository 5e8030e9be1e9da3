"""The page of everything that was done."""

from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlmodel import col, select
from starlette.datastructures import FormData

from content.vietnamese import LOCAL, local_day
from scheduler.db import reading
from scheduler.tables import Channel
from web.channel_names import channel_names
from web.door import house_of, may
from web.forms import Form
from web.page import page
from web.roles import Permission, Person
from web.rooms.history.telling import KINDS, Wanted, after_of, stories
from web.tables import Staff
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
KIND_WORDS = (
    ("dang", "Bài trên các kênh"),
    ("duyet", "Soạn và duyệt bài"),
    ("khac", "Người dùng, cấu hình và việc khác"),
)
ASKED = ("nguoi", "loai", "kenh", "tu", "den", "chi_tiet")
_DAY = timedelta(days=1)


@router.get("/nhat-ky")
def what_was_done(request: Request, _reader: Reader) -> HTMLResponse:
    """What was done, newest first; narrowed by person, kind, channel and period."""
    house = house_of(request)
    form = Form(FormData([(name, request.query_params.get(name, "")) for name in ASKED]))
    with reading(house.engine) as session:
        people = list(session.exec(select(Staff.name).order_by(col(Staff.name_key))))
        channels = list(session.exec(select(Channel).order_by(Channel.key)))
        wanted = _wanted(request, form, people, channels)
        found = stories(session, wanted, house.now())
    asked = {name: form.raw(name) for name in ASKED if form.raw(name)}
    return page(
        request,
        "history/stream.html",
        form=form,
        found=found,
        days=[(on, list(told)) for on, told in groupby(found.stories, lambda one: local_day(one.at))],
        people=[(name, name) for name in people],
        channels=channel_names(channels),
        kinds=KIND_WORDS,
        is_narrowed=bool(asked),
        first=f"/nhat-ky?{urlencode(asked)}" if wanted.after else "",
        after=f"/nhat-ky?{urlencode({**asked, 'sau': str(found.after)})}" if found.after else "",
    )


def _wanted(request: Request, form: Form, people: list[str], channels: list[Channel]) -> Wanted:
    """What the address asks for; what makes no sense is told beside its field and left out."""
    known = {one.key: one.id or 0 for one in channels}
    since, until = form.day("tu", "Từ ngày"), form.day("den", "Đến ngày")
    if since and until and since > until:
        form.fail("den", say("“Đến ngày” phải từ “Từ ngày” trở đi."))
        since = until = None
    return Wanted(
        person=form.choice("nguoi", "Người", people, required=False),
        kind=form.choice("loai", "Loại việc", KINDS, required=False),
        channel_id=known.get(form.choice("kenh", "Kênh", known, required=False), 0),
        since=datetime.combine(since, time(), LOCAL) if since else None,
        until=datetime.combine(until, time(), LOCAL) + _DAY if until else None,
        technical=form.yes("chi_tiet"),
        after=after_of(request.query_params.get("sau", "")),
    )
