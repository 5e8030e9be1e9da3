"""Who approves in whose name, for everybody."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from content.vietnamese import local_day
from scheduler.db import reading, writing
from web import delegations
from web.acts import Act, note
from web.door import Posted, house_of
from web.forms import Form
from web.page import go, page
from web.rooms.people.list_of_people import HERE as PEOPLE
from web.rooms.people.list_of_people import Manager
from web.words import say

router = APIRouter()

HERE = f"{PEOPLE}/uy-quyen"


@router.get(HERE)
def absences(request: Request, _someone: Manager) -> Response:
    """All delegations of late, and a form for another one."""
    return _page(request, Form(tu_ngay=local_day(house_of(request).now()).isoformat()))


def _page(request: Request, form: Form) -> Response:
    house = house_of(request)
    with reading(house.engine) as session:
        lines = delegations.of(session, now=house.now())
        givers, receivers = delegations.givers(session), delegations.receivers(session, 0)
    return page(
        request, "people/absences.html", status=422 if form.errors else 200, form=form, lines=lines,
        givers=givers.items(), receivers=receivers.items(), today=local_day(house.now()), all_to_end=lambda _line: True,
    )  # fmt: skip


@router.post(HERE)
def delegate(request: Request, someone: Manager, posted: Posted) -> Response:
    """Put an absent approver's right into another's hands."""
    form, house = Form(posted), house_of(request)
    with writing(house.engine) as session:
        giver = form.choice("tu", "Người ủy quyền", delegations.givers(session))
        line = delegations.from_form(session, form, int(giver or 0), by=someone.name, now=house.now())
        if line is not None:
            note(session, request, someone, Act.DELEGATED, line.giver, line.words, now=house.now())
    if line is None:
        return _page(request, form)
    return go(request, HERE, say("{giver} đã ủy quyền duyệt cho {name}.", giver=line.giver, name=line.receiver))


@router.post(f"{HERE}/{{delegation_id:int}}/ket-thuc")
def end(request: Request, someone: Manager, delegation_id: int) -> Response:
    """End one at once."""
    house = house_of(request)
    with writing(house.engine) as session:
        line = delegations.end(session, delegation_id, giver_id=None, now=house.now())
        if line is not None:
            note(session, request, someone, Act.DELEGATED, line.giver, f"kết thúc: {line.words}", now=house.now())
    if line is None:
        return go(request, HERE, say("Ủy quyền này đã kết thúc từ trước."), "warn")
    return go(request, HERE, say("Đã kết thúc ủy quyền của {giver}.", giver=line.giver))
