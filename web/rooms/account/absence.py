"""When I am away: whom I put my right of approval into the hands of, and who put theirs into mine."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from content.vietnamese import local_day
from scheduler.db import reading, writing
from web import delegations
from web.acts import Act, note
from web.door import Forbidden, Posted, Someone, house_of
from web.forms import Form
from web.page import go, page
from web.roles import DELEGABLE, Person
from web.words import say

router = APIRouter()

HERE = "/tai-khoan/uy-quyen"


@router.get(HERE)
def absence(request: Request, someone: Someone) -> Response:
    """My delegations, and a form for another one when I have something to delegate."""
    today = local_day(house_of(request).now())
    return _page(request, someone, Form(tu_ngay=today.isoformat()))


def _page(request: Request, someone: Person, form: Form) -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        lines = delegations.of(session, someone.id, now=house.now())
        receivers = delegations.receivers(session, someone.id)
    return page(
        request, "account/absence.html", tab=HERE, status=422 if form.errors else 200, form=form, lines=lines,
        receivers=receivers.items(), may_give=bool(someone.own & DELEGABLE), today=local_day(house.now()),
        mine_to_end=lambda line: line.row.from_id == someone.id,
    )  # fmt: skip


@router.post(HERE)
def delegate(request: Request, someone: Someone, posted: Posted) -> Response:
    """Put my right into another's hands."""
    if not someone.own & DELEGABLE:
        raise Forbidden("Chỉ người duyệt mới ủy quyền duyệt được.")
    form, house = Form(posted), house_of(request)
    with writing(house.engine) as session:
        line = delegations.from_form(session, form, someone.id, by=someone.name, now=house.now())
        if line is not None:
            note(session, request, someone, Act.DELEGATED, line.giver, line.words, now=house.now())
    if line is None:
        return _page(request, someone, form)
    return go(request, HERE, say("Đã ủy quyền duyệt cho {name}.", name=line.receiver))


@router.post("/tai-khoan/uy-quyen/{delegation_id:int}/ket-thuc")
def end(request: Request, someone: Someone, delegation_id: int) -> Response:
    """End one of mine at once."""
    house = house_of(request)
    with writing(house.engine) as session:
        line = delegations.end(session, delegation_id, giver_id=someone.id, now=house.now())
        if line is not None:
            note(session, request, someone, Act.DELEGATED, line.giver, f"kết thúc: {line.words}", now=house.now())
    if line is None:
        return go(request, HERE, say("Ủy quyền này đã kết thúc hoặc không phải của bạn."), "warn")
    return go(request, HERE, say("Đã kết thúc ủy quyền cho {name}.", name=line.receiver))
