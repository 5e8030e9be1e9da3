"""What pauses have held: each item with its ways on, and one rule for all that one pause held."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import col, select

from content.vietnamese import number
from scheduler.db import reading
from scheduler.lifecycle import WORDS, State
from scheduler.parts import PART_WORDS
from scheduler.pauses import active, count_held, held_by_pause, held_counts, in_force, stopping
from scheduler.release import Released, all_back_to_draft, drop_all, spread
from scheduler.tables import Pause
from web.acts import acting
from web.asking import number as number_asked
from web.door import Forbidden, Posted, Someone, house_of, may
from web.forms import Form
from web.page import go, page
from web.pauses import Told, told
from web.roles import Permission, Person
from web.words import Say, say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
LISTED = 100
HELD = "/tam-dung/giu-lai"
REASON_MOST = 500

RULES = {
    "xep-lai": "Xếp lại: mỗi bài nhận khung giờ trống tiếp theo của kênh, theo thứ tự giờ cũ, không đăng dồn",
    "bo-qua": "Bỏ qua: hủy lịch tất cả, bài vẫn ở thư viện",
    "ve-nhap": "Chuyển về nháp: hủy lịch tất cả và trả bài cho biên tập viên sửa lại",
}
DONE = {
    "xep-lai": say("Đã xếp lại {n} mục vào các khung giờ trống."),
    "bo-qua": say("Đã bỏ qua {n} mục."),
    "ve-nhap": say("Đã chuyển {n} bài về nháp."),
}
_DO: dict[str, Callable[..., Released]] = {"xep-lai": spread, "bo-qua": drop_all, "ve-nhap": all_back_to_draft}


@router.get(HELD)
def held(request: Request, someone: Reader) -> Response:
    """What pauses (or the one that the address names) have held, each with the ways on."""
    return _page(request, someone, Form(None, lenh=request.query_params.get("lenh", "")))


@router.post(f"{HELD}/xep-lai")
def spread_all(request: Request, someone: Someone) -> Response:
    """Give everything that is held the next free slots of its channel."""
    return _decide(request, someone, "xep-lai", None, "")


@router.post(f"{HELD}/quyet-dinh")
def decide(request: Request, someone: Someone, posted: Posted) -> Response:
    """One rule for everything that one pause, or all of them, held."""
    if not may_spread(someone):
        raise Forbidden
    form = Form(posted)
    rule = form.choice("cach", "Cách quyết định", rules_of(someone))
    reason = form.text("ly_do", "Lý do", most=REASON_MOST)
    if form.errors:
        return _page(request, someone, form, status=422)
    chosen = form.raw("lenh")
    return _decide(request, someone, rule, (number_asked(chosen) or 0) if chosen else None, reason)


def _decide(request: Request, someone: Person, rule: str, pause_id: int | None, reason: str) -> Response:
    if rule not in rules_of(someone):
        raise Forbidden
    house = house_of(request)
    by = acting(someone, Permission.SCHEDULE if someone.may(Permission.SCHEDULE) else Permission.PAUSE)
    why: dict[str, Any] = {} if rule == "xep-lai" else {"reason": reason}
    found = _DO[rule](house.service.desk, now=house.now(), actor=by, pause_id=pause_id, **why)
    done = say(DONE[rule].pattern, n=number(len(found.done)))
    if found.more:
        words = say("{done} Còn {more} mục chưa làm đến; hãy làm lại để tiếp tục.", done=done, more=number(found.more))
        return go(request, HELD, words, "warn", done=bool(found.done))
    if found.left:
        first = found.left[0]
        words = say(
            "{done} Còn {left} mục cần tự quyết định. Ví dụ “{title}”: {why}",
            done=done, left=number(len(found.left)), title=first.title, why=first.why,
        )  # fmt: skip
        return go(request, HELD, words, "warn", done=bool(found.done))
    return go(request, "/", done)


def may_spread(someone: Person) -> bool:
    """Whether this person may give held items new hours."""
    return someone.may(Permission.SCHEDULE) or someone.may(Permission.PAUSE)


def rules_of(someone: Person) -> dict[str, str]:
    """The rules that this person may choose for everything."""
    if someone.may(Permission.SCHEDULE):
        return RULES
    return {"xep-lai": RULES["xep-lai"]} if may_spread(someone) else {}


def _page(request: Request, someone: Person, form: Form, *, status: int = 200) -> Response:
    house, now = house_of(request), house_of(request).now()
    chosen = number_asked(form.raw("lenh"))
    with reading(house.engine) as session:
        counts = held_counts(session)
        rows = held_by_pause(session, pause_id=chosen, limit=LISTED)
        total = count_held(session, pause_id=chosen) if len(rows) == LISTED else len(rows)
        running = active(session, now=now)
        wanted = set(counts) | {one.id or 0 for one in running}
        holding = session.exec(select(Pause).where(col(Pause.id).in_(wanted)).order_by(col(Pause.id))).all()
        words = told(session, holding)
    options = [("", say("Tất cả các mục đang giữ lại"))]
    options += [_option(one, counts) for one in words if counts.get(_id(one))]
    lines = [(row, channel, post, stopping(running, channel, now, [post]) is not None) for row, channel, post in rows]
    return page(
        request, "today/held.html", status=status, rows=lines, total=total, form=form, options=options,
        pauses=[one for one in words if in_force(one.pause, now)], states=WORDS, held=State.HELD, parts=PART_WORDS,
        may_schedule=someone.may(Permission.SCHEDULE), rules=rules_of(someone),
    )  # fmt: skip


def _id(one: Told) -> int:
    return one.pause.id or 0


def _option(one: Told, counts: dict[int, int]) -> tuple[str, Say]:
    words = say(
        "Lệnh số {n} ({reason}, {where}): {count} mục",
        n=str(_id(one)), reason=Say(one.reason), where=one.where, count=number(counts[_id(one)]),
    )  # fmt: skip
    return str(_id(one)), words
