"""Everybody, found by name, role, agency and state."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import ColumnElement, String, cast
from sqlmodel import Session, col, func, or_, select
from starlette.datastructures import FormData

from content.vietnamese import fold
from scheduler.db import reading
from web.agencies import agency_names
from web.door import house_of, may
from web.forms import Form
from web.page import page
from web.roles import ROLE_WORDS, Permission, Person
from web.staff import roles_in_words
from web.tables import Staff, StaffSession

router = APIRouter()

Manager = Annotated[Person, Depends(may(Permission.PEOPLE))]
HERE = "/nguoi-dung"
PAGE = 50
STATES = {"dang-dung": "Đang dùng", "chua-vao": "Chưa đặt mật khẩu", "da-ngung": "Đã ngừng"}


@router.get(HERE)
def people(request: Request, _someone: Manager) -> Response:
    """The list with its filters."""
    house = house_of(request)
    form = Form(FormData([*request.query_params.multi_items()]))
    words = form.text("tim", "Tìm", most=100)
    number = form.number("trang", "Trang", least=1, most=10_000, start=1)
    with reading(house.engine) as session:
        agencies = agency_names(session)
        which = _which(form, words, agencies)
        order = select(Staff).where(*which).order_by(col(Staff.active).desc(), Staff.name_key)
        rows = session.exec(order.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
        shown = rows[:PAGE]
        last_seen = _last_seen(session, [row.id or 0 for row in shown])
    return page(
        request, "people/list.html", form=form, rows=shown, last_seen=last_seen, agencies=agencies, states=STATES,
        roles=ROLE_WORDS.items(), roles_in_words=roles_in_words, filtered=bool(which),
        before=_address(form, number - 1) if number > 1 else "",
        after=_address(form, number + 1) if rows[PAGE:] else "",
    )  # fmt: skip


def _which(form: Form, words: str, agencies: dict[str, str]) -> list[ColumnElement[bool]]:
    """The filters as clauses; a value that does not exist filters nothing, and its field shows nothing."""
    which: list[ColumnElement[bool]] = []
    if words:
        by_name = col(Staff.name_key).contains(fold(words), autoescape=True)
        which.append(or_(by_name, col(Staff.login).contains(words.lower(), autoescape=True)))
    if role := form.choice("vai_tro", "Vai trò", ROLE_WORDS, required=False):
        which.append(cast(col(Staff.roles), String).contains(f'"{role}"', autoescape=True))
    if agency := form.choice("co_quan", "Cơ quan, đơn vị", agencies, required=False):
        which.append(col(Staff.agency) == agency)
    if state := form.choice("tinh_trang", "Tình trạng", STATES, required=False):
        which.append(col(Staff.active).is_(state != "da-ngung"))
        if state != "da-ngung":
            without = col(Staff.password_hash) == ""
            which.append(without if state == "chua-vao" else ~without)
    return which


def _last_seen(session: Session, ids: list[int]) -> dict[int, object]:
    newest = select(StaffSession.staff_id, func.max(StaffSession.seen_at)).where(col(StaffSession.staff_id).in_(ids))
    return dict(session.exec(newest.group_by(col(StaffSession.staff_id))).all())


def _address(form: Form, number: int) -> str:
    kept = {name: form.raw(name) for name in ("tim", "vai_tro", "co_quan", "tinh_trang") if form.raw(name)}
    return f"{HERE}?{urlencode({**kept, 'trang': number})}"
