"""What a person does about one item that the autopilot chose: keep it, have another one, or not this one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException

from content.tables import Post
from content.vietnamese import local_day, moment
from scheduler.choices import ChoiceError, offers, pin, refuse, swap
from scheduler.db import reading
from scheduler.moving import MOVABLE
from scheduler.queue import MOST, QueueError
from scheduler.tables import Channel, Publication
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]
REASON_MOST = 500


@dataclass(frozen=True, slots=True)
class Single:
    """One item of the autopilot with what it is of."""

    row: Publication
    post: Post
    channel_row: Channel

    @property
    def number(self) -> int:
        """Its number."""
        return self.row.id or 0

    @property
    def at(self) -> datetime:
        """Its hour."""
        return self.row.due_at

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self.channel_row.name

    @property
    def reason(self) -> str:
        """Why it was chosen."""
        return self.row.reason


@router.post("/tu-dong/muc/{number:int}/ghim")
def keep(request: Request, number: int, someone: Scheduler) -> Response:
    """The item stays with its day: the autopilot gives the place to no other post, whatever comes."""
    house = house_of(request)
    with reading(house.engine) as session:
        one = _single(session, number)
    on = local_day(one.at)
    try:
        pin(house.engine, one.post.key, one.channel_row.key, on, on, now=house.now(), actor=someone.name, reason="")
    except ChoiceError as error:
        return go(request, "/tu-dong", str(error), "bad")
    return go(request, "/tu-dong", say("Đã ghim “{title}” cho {at}.", title=one.post.title, at=moment(one.at)))


@router.get("/tu-dong/muc/{number:int}/doi")
def ask_swap(request: Request, number: int, _someone: Scheduler) -> Response:
    """What could stand there instead, each with its sentence, the best first."""
    return _swap_page(request, number)


def _swap_page(request: Request, number: int, *, status: int = 200, problem: str = "") -> HTMLResponse:
    house = house_of(request)
    with reading(house.engine) as session:
        one = _single(session, number)
    try:
        found = offers(house.service.desk, number, now=house.now())
    except ChoiceError as error:
        found, status, problem = [], status if problem else 409, problem or str(error)
    with reading(house.engine) as session:
        rows = session.exec(
            select(Post.id, Post.title).where(col(Post.id).in_([offer.post_id for offer in found]))
        ).all()
    return page(
        request, "autopilot/swap.html", status=status, item=one, post=one.post, offers=found, titles=dict(rows),
        problem=problem,
    )  # fmt: skip


@router.post("/tu-dong/muc/{number:int}/doi")
def do_swap(request: Request, number: int, someone: Scheduler, posted: Posted) -> Response:
    """Another post in its place, chosen among the offers."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        one = _single(session, number)
    key = form.text("bai", "Bài", most=300, required=True)
    if form.errors:
        return _swap_page(request, number, status=422, problem=str(next(iter(form.errors.values()))))
    try:
        seen = _seen(form)
        made = swap(house.service.desk, number, key, now=house.now(), actor=someone.name, seen=seen)
    except QueueError as error:
        return _swap_page(request, number, status=422, problem=str(error))
    with reading(house.engine) as session:
        other = session.get_one(Post, made.post_id).title
    told = say("Đã đổi “{title}” lúc {at} sang “{other}”.", title=one.post.title, at=moment(one.at), other=other)
    return go(request, "/tu-dong", told)


@router.get("/tu-dong/muc/{number:int}/loai")
def ask_refuse(request: Request, number: int, _someone: Scheduler) -> Response:
    """Until when the post is not chosen again, and why."""
    return _refuse_page(request, number, Form(None, den="", ly_do=""))


def _refuse_page(request: Request, number: int, form: Form, *, status: int = 200, problem: str = "") -> HTMLResponse:
    house = house_of(request)
    with reading(house.engine) as session:
        one = _single(session, number)
    return page(
        request,
        "autopilot/wish.html",
        status=status,
        kind="loai",
        post=one.post,
        item=one,
        form=form,
        channels=[],
        action=f"/tu-dong/muc/{number}/loai",
        back="/tu-dong",
        today=local_day(house.now()),
        problem=problem,
    )


@router.post("/tu-dong/muc/{number:int}/loai")
def do_refuse(request: Request, number: int, someone: Scheduler, posted: Posted) -> Response:
    """Out of the queue, and not chosen again until then."""
    house, form = house_of(request), Form(posted)
    until, reason = form.day("den", "Đến ngày"), form.text("ly_do", "Lý do", most=REASON_MOST, required=True)
    if form.errors:
        return _refuse_page(request, number, form, status=422)
    with reading(house.engine) as session:
        one = _single(session, number)
    try:
        seen = _seen(form)
        refuse(house.service.desk, number, until, now=house.now(), actor=someone.name, reason=reason, seen=seen)
    except QueueError as error:
        return _refuse_page(request, number, form, status=422, problem=str(error))
    return go(request, "/tu-dong", say("Đã bỏ “{title}” lúc {at}.", title=one.post.title, at=moment(one.at)))


def _seen(form: Form) -> datetime | None:
    """The hour that stood on the page, where the form tells it. Raises `ChoiceError` for what is none."""
    text = form.raw("cu")
    try:
        seen = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise ChoiceError("Biểu mẫu đã cũ; hãy tải lại trang rồi làm lại.") from None
    if seen is not None and seen.tzinfo is None:
        raise ChoiceError("Biểu mẫu đã cũ; hãy tải lại trang rồi làm lại.")
    return seen


def _single(session: Session, number: int) -> Single:
    """The item, when the autopilot made it and it may still be changed. Raises a 404 for any other."""
    row = session.get(Publication, number) if 0 < number <= MOST else None
    if row is None or row.origin != "autopilot":
        raise HTTPException(404, "Không có mục này, hoặc không phải do hệ thống tự xếp.")
    if row.state not in MOVABLE:
        raise HTTPException(409, "Mục này đã đăng hoặc đang được xử lý nên không đổi được nữa.")
    return Single(row, session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id))
