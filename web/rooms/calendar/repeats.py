"""Posts that recur: what stands, a new one in two steps (the post, then its days), and the end of one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException

from content.errors import ContentError
from content.search import search
from content.tables import Editorial, Post
from content.vietnamese import WEEKDAYS, local_day, nfc
from scheduler.calendar_tables import Recurrence
from scheduler.channels import OFF, ChannelError
from scheduler.db import reading
from scheduler.queue import QueueError
from scheduler.recurring import MONTH, STEPS_MOST, TIMES_MOST, WEEK, begin, end, standing, tell
from scheduler.tables import Channel
from web import asking
from web.channel_names import channel_names
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]
HERE = "/lich/lap-lai"
SHOWN, CHOICE = 100, 20
"""Rules that are listed, and posts that are offered."""
DAYS = {str(number): name[0].upper() + name[1:] for number, name in enumerate(WEEKDAYS)}
EVERY = {WEEK: "Theo tuần", MONTH: "Theo tháng"}
SPAN = timedelta(days=182)
"""What the form starts with: half a year."""


@router.get(HERE)
def repeats(request: Request, someone: Reader) -> HTMLResponse:
    """What recurs, and the way to a new one."""
    query = request.query_params
    return _page(request, someone, nfc(query.get("bai", ""))[:300], words=nfc(query.get("tim", ""))[:200].strip())


def _page(request: Request, someone: Person, key: str, *, words: str = "", form: Form | None = None) -> HTMLResponse:
    house = house_of(request)
    today = local_day(house.now())
    with reading(house.engine) as session:
        found = standing(session, now=house.now(), limit=SHOWN)
        post = session.exec(select(Post).where(Post.key == key, Post.state == Editorial.APPROVED)).first()
        channels = _channels(session, post) if post is not None else []
        offered = [] if post is not None or not someone.may(Permission.SCHEDULE) else _offered(session, words)
    start = {"bai": key, "chu_ky": WEEK, "thu": str(today.weekday()), "ngay": "1", "cach": "1", "gio": "07:30"}
    dates = {"tu": f"{today:%Y-%m-%d}", "den": f"{today + SPAN:%Y-%m-%d}"}
    return page(
        request,
        "calendar/repeats.html",
        status=422 if form is not None else 200,
        repeats=[(one, tell(one.one)) for one in found],
        shown=SHOWN,
        post=post,
        wanted=key,
        channels=channels,
        offered=offered,
        searched=words,
        form=form or Form(None, **start, **dates, tim=words),
        days=DAYS,
        every=EVERY,
        steps=STEPS_MOST,
        may_schedule=someone.may(Permission.SCHEDULE),
    )


def _channels(session: Session, post: Post) -> Sequence[tuple[str, str]]:
    rows = session.exec(
        select(Channel).where(col(Channel.platform).in_(post.platforms), Channel.state != OFF).order_by(Channel.key)
    )
    return channel_names(rows.all())


def _offered(session: Session, words: str) -> Sequence[Any]:
    return search(session, words, state=Editorial.APPROVED, limit=CHOICE).posts


@router.post(HERE)
def repeat(request: Request, someone: Scheduler, sent: Posted) -> Response:
    """Let a post recur."""
    house, form = house_of(request), Form(sent)
    key = nfc(form.raw("bai"))[:300]
    every = form.choice("chu_ky", "Chu kỳ", EVERY)
    facts: dict[str, Any] = {
        "every": every,
        "step": form.number("cach", "Cách mấy tuần (tháng)", least=1, most=STEPS_MOST, start=1),
        "most": form.number("so_lan", "Số lần tối đa", least=0, most=TIMES_MOST, start=0),
        "on": 0,
    }
    if every == WEEK:
        facts["on"] = int(form.choice("thu", "Ngày trong tuần", DAYS) or 0)
    elif every == MONTH:
        facts["on"] = form.number("ngay", "Ngày trong tháng", least=1, most=31)
    channel = form.text("kenh", "Kênh", most=100, required=True)
    at = form.hour("gio", "Giờ đăng")
    since, until = _day(form, "tu", "Từ ngày"), _day(form, "den", "Đến hết ngày")
    if form.errors or at is None:
        return _page(request, someone, key, form=form)
    try:
        made = begin(
            house.service.desk, key, channel, minute=at.hour * 60 + at.minute, since=since, until=until,
            now=house.now(), actor=someone.name, **facts,
        )  # fmt: skip
    except (QueueError, ChannelError, ContentError) as error:
        form.fail("", say("{words}", words=str(error)))
        return _page(request, someone, key, form=form)
    words = "Đã đặt lịch lặp lại số {number}: {when}. Từng lượt được xếp vào hàng chờ trước khoảng một tuần."
    return go(request, HERE, say(words, number=made.id, when=tell(made)))


def _day(form: Form, name: str, label: str) -> date:
    return form.day(name, label, required=True) or date.min


@router.post(HERE + "/{number}/ket-thuc")
def end_one(request: Request, someone: Scheduler, number: str) -> Response:
    """Queue no more of it."""
    known = asking.number(number)
    house = house_of(request)
    with reading(house.engine) as session:
        if known is None or session.get(Recurrence, known) is None:
            raise HTTPException(404)
    try:
        end(house.service.desk, known, now=house.now(), actor=someone.name)
    except QueueError as error:
        return go(request, HERE, str(error), "warn")
    words = "Đã kết thúc lịch lặp lại số {number}. Những lượt đã xếp vẫn ở hàng chờ; muốn bỏ thì hủy từng mục."
    return go(request, HERE, say(words, number=known))
