"""Stop everything, let it go on, and decide about what was held meanwhile."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, select

from content import office
from content.vietnamese import number
from scheduler.channels import OFF, ChannelError
from scheduler.db import reading, writing
from scheduler.lifecycle import WORDS, State
from scheduler.parts import PART_WORDS
from scheduler.pauses import REASONS, WORDS_MOST, PauseError, begin, count_held, end, held_by_pause, standing, tell
from scheduler.queue import MOST
from scheduler.release import spread
from scheduler.tables import Channel
from web.acts import Act, acting, note
from web.door import Forbidden, Posted, Someone, house_of, may
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Pauser = Annotated[Person, Depends(may(Permission.PAUSE))]
LISTED = 100
HELD = "/tam-dung/giu-lai"


@router.get("/tam-dung")
def ask(request: Request, _someone: Pauser) -> Response:
    """The form of a pause, and the pauses that stand."""
    return _form(request, Form(None, kenh=request.query_params.get("kenh", "")))


@router.post("/tam-dung")
def pause(request: Request, someone: Pauser, posted: Posted) -> Response:
    """Stop everything, or one channel."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        known, texts = _channels(session), _texts(session)
    reason = form.choice("ly_do", "Lý do tạm dừng", REASONS)
    words = form.text("loi", "Lời ghi", most=WORDS_MOST) or texts.get(reason, "")
    channel = form.choice("kenh", "Kênh", [one.key for one in known], required=False)
    until = None
    if form.raw("den_ngay") or form.raw("den_gio"):
        until = form.moment("den_ngay", "den_gio", "Kết thúc")
    if form.errors:
        return _form(request, form, status=422)
    by = acting(someone, Permission.PAUSE)
    try:
        made = begin(house.engine, reason, words, channel_key=channel, until=until, now=house.now(), by=by)
    except (PauseError, ChannelError) as error:
        return _form(request, form, status=409, problem=str(error))
    with writing(house.engine) as session:
        note(session, request, by, Act.PAUSED, channel, tell(made), now=house.now())
    return go(request, "/", say("Đã tạm dừng. Từ bây giờ chỉ bài được phép khi tạm dừng mới được đăng."), "warn")


@router.post("/tam-dung/{number:int}/ket-thuc")
def finish(request: Request, number: int, someone: Pauser) -> Response:
    """End a pause; what it held waits for decisions on the page this leads to."""
    house, by = house_of(request), acting(someone, Permission.PAUSE)
    try:
        ended = end(house.engine, number if number <= MOST else 0, now=house.now(), by=by)
    except PauseError as error:
        return go(request, "/tam-dung", str(error), "bad")
    with writing(house.engine) as session:
        note(session, request, by, Act.RESUMED, "", tell(ended), now=house.now())
        waiting = count_held(session)
    if waiting:
        return go(request, HELD, say("Đã kết thúc tạm dừng. Hãy quyết định về những mục đã bị giữ lại."))
    return go(request, "/", say("Đã kết thúc tạm dừng; không có mục nào bị giữ lại."))


@router.get(HELD)
def held(request: Request, someone: Someone) -> Response:
    """What pauses have held, each with the ways on."""
    if not someone.may(Permission.READ):
        raise Forbidden
    house = house_of(request)
    with reading(house.engine) as session:
        rows, total = held_by_pause(session, limit=LISTED), count_held(session)
        pauses = [tell(one) for one in standing(session, now=house.now())]
    return page(
        request, "today/held.html", rows=rows, total=total, pauses=pauses, states=WORDS, held=State.HELD,
        parts=PART_WORDS, may_schedule=someone.may(Permission.SCHEDULE), may_spread=_may_spread(someone),
    )  # fmt: skip


@router.post(f"{HELD}/xep-lai")
def spread_all(request: Request, someone: Someone) -> Response:
    """Give everything that is held the next free slots of its channel."""
    if not _may_spread(someone):
        raise Forbidden
    house = house_of(request)
    by = acting(someone, Permission.SCHEDULE if someone.may(Permission.SCHEDULE) else Permission.PAUSE)
    done = spread(house.service.desk, now=house.now(), actor=by)
    if not done.left:
        words = say("Đã xếp lại {n} mục vào các khung giờ trống.", n=number(len(done.moved)))
        return go(request, "/", words)
    words = say(
        "Đã xếp lại {n} mục; còn {left} mục cần tự quyết định. Ví dụ “{title}”: {why}",
        n=number(len(done.moved)), left=number(len(done.left)), title=done.left[0].title, why=done.left[0].why,
    )  # fmt: skip
    return go(request, HELD, words, "warn")


def _may_spread(someone: Person) -> bool:
    return someone.may(Permission.SCHEDULE) or someone.may(Permission.PAUSE)


def _form(request: Request, form: Form, *, status: int = 200, problem: str = "") -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        known, texts = _channels(session), _texts(session)
        pauses = [(one, tell(one)) for one in standing(session, now=house.now())]
    names = {one.id: one.name for one in known}
    return page(
        request, "today/pause.html", status=status, form=form, problem=problem, reasons=REASONS, texts=texts,
        channels=known, pauses=pauses, names=names,
    )  # fmt: skip


def _channels(session: Session) -> list[Channel]:
    return list(session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)))


def _texts(session: Session) -> dict[str, str]:
    """What stands for each reason when nobody writes anything."""
    return {one.reason: one.words for one in office.pauses(session)}
