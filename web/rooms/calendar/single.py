"""One item seen close, another time for it, and an approved post for an empty slot."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, func, select
from starlette.exceptions import HTTPException

from connectors.base import Part
from content.errors import ContentError
from content.search import search
from content.tables import Editorial, Post
from content.vietnamese import LOCAL, local, local_day, moment, nfc
from scheduler.channels import OFF, ChannelError
from scheduler.compose import valid_on
from scheduler.conflicts import flag_of
from scheduler.db import reading
from scheduler.doubts import doubts
from scheduler.lifecycle import WORDS
from scheduler.parts import PART_WORDS
from scheduler.queue import QueueError
from scheduler.rows import OCCUPIES, one_of
from scheduler.slots import free_slots
from scheduler.tables import Channel, Publication
from web import asking
from web.door import Posted, house_of, may, safe_way_back
from web.forms import Form
from web.house import House
from web.marks import Mark, marks
from web.page import go, page, part
from web.roles import Permission, Person
from web.rooms.calendar.asked import FIRST, LAST
from web.rooms.calendar.shown import can_move
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]
SUGGESTED, SUGGESTED_DAYS = 6, 21
"""How many of a channel's next empty slots are offered, and how far ahead they are looked for."""
LOOKED_AT, CHOICE = 120, 30
"""Approved posts that are looked at for a slot, and how many of those that fit are offered."""
HOME = "/lich"


@dataclass(frozen=True, slots=True)
class Single:
    """One publication with what it is about. `movable`: the queue would take another time for it."""

    row: Publication
    post: Post
    channel: Mark
    part: str
    movable: bool
    flag: str = ""
    """What it is too close to, in one sentence."""


@router.get("/lich/muc/{number}")
def item(request: Request, number: str, someone: Reader) -> HTMLResponse:
    """The essentials of one publication; with `?phan=1` only the part that a script puts into a dialog."""
    house = house_of(request)
    found = _find(house, number)
    with reading(house.engine) as session:
        found = replace(found, flag=flag_of(session, found.row, house.service.policy))
    back = _back(request.query_params.get("tiep", ""), found.row.due_at)
    facts: dict[str, Any] = {
        "one": found, "words": WORDS, "back": back, "may_move": someone.may(Permission.SCHEDULE)
    }  # fmt: skip
    if request.query_params.get("phan"):
        return part(request, "calendar/essentials.html", **facts)
    return page(request, "calendar/item.html", **facts)


@router.get("/lich/doi/{number}")
def another_time(request: Request, number: str, _someone: Scheduler) -> HTMLResponse:
    """The form that does what dragging does."""
    house = house_of(request)
    found = _find(house, number)
    at = local(found.row.due_at)
    with reading(house.engine) as session:
        slots = _next_slots(session, house, found) if found.movable else []
    return page(
        request,
        "calendar/move.html",
        one=found,
        words=WORDS,
        slots=slots,
        form=Form(None, ngay=f"{at:%Y-%m-%d}", gio=f"{at:%H:%M}"),
        today=local_day(house.now()),
        back=_back(request.query_params.get("tiep", ""), found.row.due_at),
    )


def _find(house: House, number: str) -> Single:
    if (known := asking.number(number)) is None:
        raise HTTPException(404)
    with reading(house.engine) as session:
        found = session.exec(
            select(Publication, Post, Channel).where(
                Publication.id == known,
                col(Post.id) == col(Publication.post_id),
                col(Channel.id) == col(Publication.channel_id),
            )
        ).first()
    if found is None:
        raise HTTPException(404)
    row, post, channel = found
    what = "" if row.part == Part.POST else PART_WORDS[row.part]
    return Single(row, post, marks([channel])[row.channel_id], what, can_move(row.state, row.part))


def _next_slots(session: Session, house: House, one: Single) -> list[tuple[datetime, str]]:
    """The channel's next free slots that the post fits: the moment, and its day as an address says it."""
    channel = session.get_one(Channel, one.row.channel_id)
    post = one.post if one.row.part == Part.POST else None
    policy = house.service.policy
    found = free_slots(session, channel, now=house.now(), policy=policy, days=SUGGESTED_DAYS, post=post)
    return [(at, f"{at:%Y-%m-%d}") for at in found[:SUGGESTED]]


def _back(wanted: str, at: datetime) -> str:
    """The calendar that the person came from, else the month of the item."""
    way = safe_way_back(wanted)
    return way if way.startswith(HOME) else f"{HOME}?thang={local(at):%Y-%m}"


# An empty slot ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """A channel and a moment that is still to come (aware, local)."""

    channel: Channel
    at: datetime

    @property
    def day(self) -> str:
        """Its day as an address says it."""
        return f"{self.at:%Y-%m-%d}"


@router.get("/lich/khung-gio")
def slot(request: Request, _someone: Scheduler) -> Response:
    """Approved posts to choose from for an empty slot, or the way to a new one."""
    house, query = house_of(request), request.query_params
    place = _place(house, query.get("kenh", ""), query.get("ngay", ""), query.get("gio", ""))
    back = _back(query.get("tiep", ""), place.at)
    if place.at <= house.now():
        gone = say("Khung giờ {moment} đã qua; hãy chọn khung giờ khác.", moment=moment(place.at))
        return go(request, back, gone, "warn")
    words = nfc(query.get("tim", ""))[:200].strip()
    with reading(house.engine) as session:
        posts = _choice(session, words, place)
    mark = marks([place.channel])[place.channel.id or 0]
    form = Form(None, tim=words)
    return page(request, "calendar/slot.html", place=place, channel=mark, posts=posts, form=form, back=back)


@router.post("/lich/khung-gio")
def fill(request: Request, someone: Scheduler, sent: Posted) -> Response:
    """Put an approved post into a slot."""
    house, form = house_of(request), Form(sent)
    place = _place(house, form.raw("kenh"), form.raw("ngay"), form.raw("gio"))
    back = _back(form.raw("tiep"), place.at)
    key = nfc(form.raw("bai"))[:300]
    try:
        row = house.service.desk.add(key, place.channel.key, place.at, now=house.now(), actor=someone.name)
    except (QueueError, ChannelError, ContentError) as error:
        return go(request, back, str(error), "bad")
    words = say("Đã lên lịch lúc {moment} trên {channel}.", moment=moment(place.at), channel=place.channel.name)
    with reading(house.engine) as session:
        notes = doubts(session, row, house.service.policy, now=house.now())
    if notes:
        return go(request, back, say("{said} Nên xem lại: {notes}", said=words, notes=" ".join(notes)), "warn")
    return go(request, back, words)


def _place(house: House, key: str, day: str, hour: str) -> Place:
    """The slot of an address. Raises a 404 for a channel that is not there or a time that is none."""
    try:
        on, at = date.fromisoformat(day), time.fromisoformat(hour)
    except ValueError:
        raise HTTPException(404) from None
    if not re.fullmatch(r"\d\d:\d\d", hour, re.ASCII) or not FIRST <= on <= LAST:
        raise HTTPException(404)
    with reading(house.engine) as session:
        channel = session.exec(select(Channel).where(Channel.key == nfc(key)[:200], Channel.state != OFF)).first()
    if channel is None:
        raise HTTPException(404)
    return Place(channel, datetime.combine(on, at, LOCAL))


@dataclass(frozen=True, slots=True)
class Choice:
    """A post for a slot, and when the channel has or had it last (aware); None: never."""

    post: Post
    last: datetime | None


def _choice(session: Session, words: str, place: Place) -> list[Choice]:
    """Approved posts for the channel's platform that are valid on the day, those it has not had for longest first."""
    found = search(session, words, state=Editorial.APPROVED, limit=LOOKED_AT)
    known = session.exec(select(Post).where(col(Post.id).in_([one.id for one in found.posts]))).all()
    fit = [one for one in known if place.channel.platform in one.platforms and valid_on(one, local_day(place.at))]
    rows = session.exec(
        select(Publication.post_id, func.max(Publication.due_at))
        .where(
            Publication.channel_id == place.channel.id,
            Publication.part == Part.POST,
            col(Publication.post_id).in_([one.id for one in fit]),
            one_of(OCCUPIES),
        )
        .group_by(col(Publication.post_id))
    ).all()
    last: dict[int | None, datetime] = dict(rows)
    choices = [Choice(one, last.get(one.id)) for one in fit]
    return sorted(choices, key=lambda one: one.last.timestamp() if one.last else 0.0)[:CHOICE]
