"""Stop everything, one channel, one agency or one tag, let it go on, and read what was stopped when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session, select

from content import office
from content.tags import KNOWN
from scheduler.channels import OFF, ChannelError
from scheduler.db import reading, unless_full, writing
from scheduler.pauses import (
    REASONS,
    WORDS_MOST,
    PauseError,
    begin,
    count_held,
    end,
    every,
    held_counts,
    remaining,
    standing,
    tell,
)
from scheduler.queue import MOST
from scheduler.tables import Channel
from web.acts import Act, acting, note
from web.agencies import agency_names
from web.asking import number as number_asked
from web.channel_names import channel_names
from web.door import Posted, house_of, may
from web.forms import Form
from web.page import go, page
from web.pauses import told
from web.roles import Permission, Person
from web.rooms.today.held import HELD
from web.words import say

router = APIRouter()
Pauser = Annotated[Person, Depends(may(Permission.PAUSE))]
Reader = Annotated[Person, Depends(may(Permission.READ))]
A_PAGE = 50


@router.get("/tam-dung")
def ask(request: Request, _someone: Pauser) -> Response:
    """The form of a pause, and the pauses that stand."""
    return _form(request, Form(None, kenh=request.query_params.get("kenh", "")))


@router.post("/tam-dung")
def pause(request: Request, someone: Pauser, posted: Posted) -> Response:
    """Stop everything, or one channel, one agency or one tag."""
    house, form = house_of(request), Form(posted)
    with reading(house.engine) as session:
        known, texts, agencies = _channels(session), _texts(session), agency_names(session)
    reason = form.choice("ly_do", "Lý do tạm dừng", REASONS)
    words = form.text("loi", "Lời ghi", most=WORDS_MOST) or texts.get(reason, "")
    channel = form.choice("kenh", "Kênh", [one.key for one in known], required=False)
    agency = form.choice("co_quan", "Cơ quan, đơn vị", agencies, required=False)
    tag = form.text("nhan", "Nhãn", most=60)
    if sum(map(bool, (channel, agency, tag))) > 1:
        form.fail("kenh", say("Hãy chỉ chọn một phạm vi: một kênh, một cơ quan hoặc một nhãn."))
    since, until = _moment(form, "tu", "Bắt đầu"), _moment(form, "den", "Kết thúc")
    if form.errors:
        return _form(request, form, status=422)
    by = acting(someone, Permission.PAUSE)
    try:
        made = begin(
            house.engine, reason, words, channel_key=channel, agency=agency, tag=tag, since=since, until=until,
            now=house.now(), by=by,
        )  # fmt: skip
    except (PauseError, ChannelError) as error:
        return _form(request, form, status=409, problem=str(error))
    # it is in force, and sealed as a row of its own: on a full disk nobody is told that it is not
    with unless_full(), writing(house.engine) as session:
        note(session, request, by, Act.PAUSED, channel or agency or made.tag, tell(made), now=house.now())
    with reading(house.engine) as session:
        [one] = told(session, [made])
    if made.since > house.now():
        return go(request, "/", say("Đã đặt lịch tạm dừng {where}.", where=one.where), "warn", done=True)
    if channel or agency or made.tag:
        return go(request, "/", say("Đã tạm dừng {where}.", where=one.where), "warn", done=True)
    words = say("Đã tạm dừng. Từ bây giờ chỉ bài được phép khi tạm dừng mới được đăng.")
    return go(request, "/", words, "warn", done=True)


def _moment(form: Form, name: str, label: str) -> datetime | None:
    """The moment of a day and an hour that may both be left empty."""
    if form.raw(f"{name}_ngay") or form.raw(f"{name}_gio"):
        return form.moment(f"{name}_ngay", f"{name}_gio", label)
    return None


@router.post("/tam-dung/{number:int}/ket-thuc")
def finish(request: Request, number: int, someone: Pauser) -> Response:
    """End a pause; what it held waits for decisions on the page this leads to."""
    house, by = house_of(request), acting(someone, Permission.PAUSE)
    try:
        ended = end(house.engine, number if number <= MOST else 0, now=house.now(), by=by)
    except PauseError as error:
        return go(request, "/tam-dung", str(error), "bad")
    with unless_full(), writing(house.engine) as session:  # as above
        note(session, request, by, Act.RESUMED, ended.agency or ended.tag, tell(ended), now=house.now())
    with reading(house.engine) as session:
        waiting = count_held(session)
        others = told(session, remaining(session, ended, now=house.now()))
    if others:
        still = "Đã kết thúc lệnh tạm dừng này. Vẫn còn lệnh khác có hiệu lực: {others}"
        words = say(still, others=" ".join(one.words for one in others[:3]))
        return go(request, HELD if waiting else "/", words, "warn", done=True)
    if waiting:
        return go(request, HELD, say("Đã kết thúc tạm dừng. Hãy quyết định về những mục đã bị giữ lại."))
    return go(request, "/", say("Đã kết thúc tạm dừng; không có mục nào bị giữ lại."))


@router.get("/tam-dung/tat-ca")
def all_pauses(request: Request, _someone: Reader) -> Response:
    """Every pause there is and was: who stopped what, why, from when until when, and who let it go on."""
    house, now = house_of(request), house_of(request).now()
    before = number_asked(request.query_params.get("truoc", ""))
    with reading(house.engine) as session:
        rows = every(session, before=before, limit=A_PAGE + 1)
        lines = told(session, rows[:A_PAGE])
        counts = held_counts(session)
    older = f"/tam-dung/tat-ca?truoc={rows[A_PAGE - 1].id}" if len(rows) > A_PAGE else ""
    return page(
        request, "today/pauses.html", lines=[(one, one.state(now), counts.get(one.pause.id or 0, 0)) for one in lines],
        older=older, newest="/tam-dung/tat-ca" if before else "", reasons=REASONS,
    )  # fmt: skip


def _form(request: Request, form: Form, *, status: int = 200, problem: str = "") -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        known, texts, agencies = _channels(session), _texts(session), agency_names(session)
        pauses = told(session, standing(session, now=house.now()))
    return page(
        request, "today/pause.html", status=status, form=form, problem=problem, reasons=REASONS, texts=texts,
        channels=channel_names(known), agencies=list(agencies.items()), tags=KNOWN, pauses=pauses,
    )  # fmt: skip


def _channels(session: Session) -> list[Channel]:
    return list(session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)))


def _texts(session: Session) -> dict[str, str]:
    """What stands for each reason when nobody writes anything."""
    return {one.reason: one.words for one in office.pauses(session)}
