"""The second step: the code from the phone, or setting one up where a role demands it."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from content.vietnamese import moment
from scheduler.db import reading, writing
from scheduler.vault import VaultError
from web import totp
from web.acts import Act, note
from web.door import Posted, halfway, house_of, safe_way_back
from web.forms import Form
from web.guessing import begin_try, end_try, shut
from web.rooms.sign_in.coming_in import at_the_door, second_step, source_of, step_in, with_way_on
from web.tables import Staff
from web.words import Say, say

router = APIRouter()

WITHIN = timedelta(minutes=10)
"""From the password to the code."""


def _staff(request: Request) -> Staff | None:
    """Who has given the password lately and nothing more."""
    row, house = halfway(request), house_of(request)
    if row is None or row.passed or row.created_at < house.now() - WITHIN:
        return None
    with reading(house.engine) as session:
        staff = session.get(Staff, row.staff_id)
    return staff if staff and staff.active else None


def _back_to_the_door(wanted: str) -> Response:
    return RedirectResponse(with_way_on("/dang-nhap", safe_way_back(wanted)), status_code=303)


@router.get("/dang-nhap/ma")
def ask_code(request: Request, tiep: str = "/") -> Response:
    """The page that asks for the code."""
    staff, where = _staff(request), safe_way_back(tiep)
    if staff is None:
        return _back_to_the_door(where)
    if staff.totp is None:
        return RedirectResponse(second_step(staff, where), status_code=303)
    return at_the_door(request, "sign_in/code.html", form=Form(tiep=where))


@router.post("/dang-nhap/ma")
def check_code(request: Request, posted: Posted) -> Response:
    """The code, once, and never by guessing."""
    form, house, staff = Form(posted), house_of(request), _staff(request)
    if staff is None or staff.totp is None:
        return _back_to_the_door(form.raw("tiep"))
    now = house.now()
    with writing(house.engine) as session:
        one = begin_try(session, f"{staff.login} totp", source_of(request, staff), now=now)
    if one.wait:
        form.fail("ma", shut(one.wait))
        return at_the_door(request, "sign_in/code.html", status=429, form=form)
    try:
        with writing(house.engine) as session:
            if totp.use(session, house.service.vault, staff, form.raw("ma"), now=now):
                end_try(session, one)
                return step_in(request, session, staff, form.raw("tiep"), second=True)
        form.fail("ma", wrong_code(request))
    except VaultError:
        words = "Máy chủ không còn mở được mã hai bước của bạn; hãy nhờ quản trị viên tắt rồi thiết lập lại."
        form.fail("ma", say(words))
    return at_the_door(request, "sign_in/code.html", status=422, form=form)


def wrong_code(request: Request) -> Say:
    """A code that is none may come from a clock that is wrong, so the server's is told."""
    words = "Mã không đúng hoặc đã dùng. Giờ của máy chủ là {now}; giờ trên điện thoại phải đúng như vậy."
    return say(words, now=moment(house_of(request).now()))


@router.get("/dang-nhap/thiet-lap")
def set_up(request: Request, tiep: str = "/") -> Response:
    """The picture for the phone, for whose role demands a second factor and who has none yet."""
    staff, where = _staff(request), safe_way_back(tiep)
    if staff is None or staff.totp is not None:
        return _back_to_the_door(where) if staff is None else RedirectResponse(second_step(staff, where), 303)
    return _offer(request, staff, Form(tiep=where))


def _offer(request: Request, staff: Staff, form: Form, status: int = 200) -> Response:
    house, now = house_of(request), house_of(request).now()
    vault, staff_id = house.service.vault, staff.id or 0
    sealed = form.raw("hen")
    secret = totp.offered(vault, staff_id, sealed, now=now) if sealed else ""
    if not secret:
        secret, sealed = totp.new_offer(vault, staff_id, now=now)
    return at_the_door(
        request, "sign_in/set_up.html", status=status, form=form, offer=sealed,
        picture=totp.picture(secret, staff.login), secret=totp.in_groups(secret),
    )  # fmt: skip


@router.post("/dang-nhap/thiet-lap")
def confirm(request: Request, posted: Posted) -> Response:
    """The first code proves that the phone has it."""
    form, house, staff = Form(posted), house_of(request), _staff(request)
    if staff is None or staff.totp is not None:
        return _back_to_the_door(form.raw("tiep"))
    now, vault = house.now(), house.service.vault
    secret = totp.offered(vault, staff.id or 0, form.raw("hen"), now=now)
    step = totp.matching_step(secret, form.raw("ma"), now=now) if secret else 0
    if not step:
        form.fail("ma", wrong_code(request))
        return _offer(request, staff, form, status=422)
    with writing(house.engine) as session:
        if not totp.keep(session, vault, staff, secret, step, now=now):
            return _back_to_the_door(form.raw("tiep"))
        note(session, request, staff.name, Act.TOTP, staff.login, "bật", now=now)
        return step_in(request, session, staff, form.raw("tiep"), second=True)
