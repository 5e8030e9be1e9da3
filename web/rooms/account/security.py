"""My password and my second factor; each change asks for the password again."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from content.vietnamese import moment
from scheduler.db import reading, writing
from web import totp
from web.acts import Act, note
from web.door import Posted, Someone, client_address, house_of
from web.forms import Form
from web.guessing import begin_try, end_try, shut
from web.page import go, page
from web.passwords import fits, kept, new_password, password_of
from web.roles import Person
from web.staff import set_password
from web.tables import Staff
from web.words import say

router = APIRouter()

HERE = "/tai-khoan/bao-mat"


@router.get(HERE)
def security(request: Request, someone: Someone) -> Response:
    """The page with both."""
    return _page(request, someone)


def _page(
    request: Request, someone: Person, *, change: Form | None = None, factor: Form | None = None, **facts: Any
) -> Response:
    staff = _staff(request, someone)
    wrong = bool((change and change.errors) or (factor and factor.errors))
    shown = {"offer": "", "picture": "", "secret": "", **facts}
    return page(
        request, "account/security.html", tab=HERE, status=422 if wrong else 200, change=change or Form(),
        factor=factor or Form(), has_factor=staff.totp is not None, must=_must(request, someone), **shown,
    )  # fmt: skip


def _staff(request: Request, someone: Person) -> Staff:
    with reading(house_of(request).engine) as session:
        return session.get_one(Staff, someone.id)


def _must(request: Request, someone: Person) -> bool:
    return bool(house_of(request).totp_roles & someone.roles)


def _own_password(request: Request, someone: Person, form: Form, name: str) -> None:
    """Whoever found the desk open does not guess the password either."""
    house = house_of(request)
    with writing(house.engine) as session:
        source = client_address(request)
        one = begin_try(session, f"{someone.login} account", source, now=house.now())
    if one.wait:
        form.fail(name, shut(one.wait))
    elif not fits(house.passwords, _staff(request, someone).password_hash, password_of(form.raw(name))):
        form.fail(name, say("Mật khẩu hiện tại không đúng."))
    else:
        with writing(house.engine) as session:
            end_try(session, one)


@router.post("/tai-khoan/mat-khau")
def change_password(request: Request, someone: Someone, posted: Posted) -> Response:
    """Another password; every other session ends."""
    form, house = Form(posted), house_of(request)
    password = new_password(form, someone.login, someone.name)
    if not form.errors:
        _own_password(request, someone, form, "mat_khau_cu")
    if form.errors:
        return _page(request, someone, change=form)
    password_hash = kept(house.passwords, password)
    with writing(house.engine) as session:
        row = session.get_one(Staff, someone.id)
        set_password(session, row, password_hash, now=house.now(), keep_session=someone.session_id)
        note(session, request, someone, Act.PASSWORD, someone.login, "tự đổi", now=house.now())
    return go(request, HERE, say("Đã đổi mật khẩu; các phiên ở nơi khác đã kết thúc."))


@router.post("/tai-khoan/xac-thuc/bat")
def offer(request: Request, someone: Someone, posted: Posted) -> Response:
    """With the password, the picture for the phone."""
    form = Form(posted)
    _own_password(request, someone, form, "mat_khau")
    if form.errors:
        return _page(request, someone, factor=form)
    house = house_of(request)
    secret, sealed = totp.new_offer(house.service.vault, someone.id, now=house.now())
    return _offered(request, someone, secret, sealed)


def _offered(request: Request, someone: Person, secret: str, sealed: str, form: Form | None = None) -> Response:
    picture = totp.picture(secret, someone.login)
    return _page(request, someone, factor=form, offer=sealed, picture=picture, secret=totp.in_groups(secret))


@router.post("/tai-khoan/xac-thuc/xac-nhan")
def confirm(request: Request, someone: Someone, posted: Posted) -> Response:
    """The first code proves that the phone has it."""
    form, house = Form(posted), house_of(request)
    now, vault = house.now(), house.service.vault
    secret = totp.offered(vault, someone.id, form.raw("hen"), now=now)
    if not secret:
        return go(request, HERE, say("Hình đã quá hạn; hãy bắt đầu lại."), "warn")
    step = totp.matching_step(secret, form.raw("ma"), now=now)
    if not step:
        words = "Mã không đúng hoặc đã dùng. Giờ của máy chủ là {now}; giờ trên điện thoại phải đúng như vậy."
        form.fail("ma", say(words, now=moment(now)))
        return _offered(request, someone, secret, form.raw("hen"), form)
    with writing(house.engine) as session:
        done = totp.keep(session, vault, session.get_one(Staff, someone.id), secret, step, now=now)
        if done:
            note(session, request, someone, Act.TOTP, someone.login, "bật", now=now)
    if not done:
        return go(request, HERE, say("Xác thực hai bước đã bật từ trước."), "warn")
    return go(request, HERE, say("Đã bật xác thực hai bước."))


@router.post("/tai-khoan/xac-thuc/tat")
def switch_off(request: Request, someone: Someone, posted: Posted) -> Response:
    """With the password, no second factor any more; not where a role demands one."""
    form, house = Form(posted), house_of(request)
    if _must(request, someone):
        form.fail("mat_khau", say("Vai trò của bạn bắt buộc xác thực hai bước nên không tắt được."))
    else:
        _own_password(request, someone, form, "mat_khau")
    if form.errors:
        return _page(request, someone, factor=form)
    with writing(house.engine) as session:
        totp.drop(session, someone.id, now=house.now())
        note(session, request, someone, Act.TOTP, someone.login, "tắt", now=house.now())
    return go(request, HERE, say("Đã tắt xác thực hai bước."))
