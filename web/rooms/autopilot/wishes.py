"""What people tell the autopilot: this post then (pin), not this post then (veto), and taking either back."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException

from content.search import search
from content.tables import Editorial, Post
from content.vietnamese import day, local_day
from scheduler.channels import OFF
from scheduler.choices import ChoiceError, open_choices, pin, take_back, veto
from scheduler.db import reading
from scheduler.tables import Channel
from web.asking import NUMBER_MOST, words
from web.channel_names import channel_names
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]
HOME = "/tu-dong/y-kien"
FOUND, REASON_MOST = 20, 500


@router.get(HOME)
def wishes(request: Request, someone: Reader) -> HTMLResponse:
    """Everything that was told and still counts."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = open_choices(session, now=house.now())
    may_schedule = someone.may(Permission.SCHEDULE)
    return page(
        request, "autopilot/wishes.html", tab="y-kien", wishes=found, choices_open=len(found), may_schedule=may_schedule
    )


@router.post(HOME + "/{number:int}/bo")
def take_one_back(request: Request, number: int, someone: Scheduler) -> Response:
    """It counts no more; its row stays."""
    house = house_of(request)
    if not 0 < number <= NUMBER_MOST:
        raise HTTPException(404)
    try:
        take_back(house.engine, number, now=house.now(), by=someone.name)
    except ChoiceError as error:
        return go(request, HOME, str(error), "bad")
    return go(request, HOME, say("Đã bỏ; từ lần xếp lịch tới, hệ thống tự chọn như thường."))


# Pin and veto by hand ------------------------------------------------------------------------------------


PIN, VETO = "ghim", "loai"
"""What the form is for, and the last part of its address."""


@router.get("/tu-dong/ghim")
def ask_pin(request: Request, _someone: Scheduler) -> Response:
    """Choose a post; then its channel and day."""
    if request.query_params.get("bai"):
        tomorrow = local_day(house_of(request).now()) + timedelta(days=1)  # the first day that is still to be filled
        return _form(request, PIN, _start(request.query_params, tomorrow))
    wanted = words(request.query_params, "tim")
    with reading(house_of(request).engine) as session:
        posts = search(session, wanted, state=Editorial.APPROVED, sensitive=False, limit=FOUND).posts
    return page(request, "autopilot/choose.html", posts=posts, form=Form(None, tim=wanted))


@router.get("/tu-dong/loai")
def ask_veto(request: Request, _someone: Scheduler) -> Response:
    """Until when the post is not chosen, and why."""
    return _form(request, VETO, _start(request.query_params, local_day(house_of(request).now())))


@router.post("/tu-dong/ghim")
def do_pin(request: Request, someone: Scheduler, posted: Posted) -> Response:
    """This post on one of these days."""
    return _do(request, PIN, someone, Form(posted))


@router.post("/tu-dong/loai")
def do_veto(request: Request, someone: Scheduler, posted: Posted) -> Response:
    """Not this post on any of these days."""
    return _do(request, VETO, someone, Form(posted))


def _start(query: QueryParams, first: date) -> Form:
    on = query.get("ngay", "")
    return Form(None, bai=query.get("bai", ""), kenh=query.get("kenh", ""), tu=on or first.isoformat(), den="")


def _do(request: Request, kind: str, someone: Person, form: Form) -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        post, channels = _post(session, form), _channels(session)
    channel = form.choice("kenh", "Kênh", [one.key for one in channels], required=kind == PIN)
    since, until = form.day("tu", "Từ ngày", required=True), form.day("den", "Đến ngày")
    reason = form.text("ly_do", "Lý do", most=REASON_MOST, required=kind == VETO)
    if form.errors or since is None:
        return _form(request, kind, form, status=422)
    now, who = house.now(), someone.name
    try:
        if kind == PIN:
            pin(house.engine, post.key, channel, since, until or since, now=now, actor=who, reason=reason)
        else:
            veto(house.engine, post.key, channel, since, until, now=now, actor=who, reason=reason)
    except ChoiceError as error:
        return _form(request, kind, form, status=422, problem=str(error))
    if kind == PIN:
        told = say("Đã ghim bài “{title}” từ ngày {day}.", title=post.title, day=day(since))
    else:
        told = say("Hệ thống sẽ không tự chọn bài “{title}” từ ngày {day}.", title=post.title, day=day(since))
    return go(request, HOME, told)


def _form(request: Request, kind: str, form: Form, *, status: int = 200, problem: str = "") -> HTMLResponse:
    house = house_of(request)
    with reading(house.engine) as session:
        post, channels = _post(session, form), _channels(session)
    return page(
        request,
        "autopilot/wish.html",
        status=status,
        kind=kind,
        post=post,
        item=None,
        form=form,
        channels=channel_names([one for one in channels if one.platform in post.platforms]),
        action=f"/tu-dong/{kind}",
        back="/tu-dong",
        today=local_day(house.now()),
        problem=problem,
    )


def _post(session: Session, form: Form) -> Post:
    """The post of the form. Raises a 404 for one that is not there."""
    key = form.raw("bai")[:300]
    post = session.exec(select(Post).where(Post.key == key)).first() if key.isprintable() else None
    if post is None:
        raise HTTPException(404, "Không có bài này.")
    return post


def _channels(session: Session) -> Sequence[Channel]:
    return session.exec(select(Channel).where(Channel.state != OFF).order_by(col(Channel.key))).all()
