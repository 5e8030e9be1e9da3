"""Sign in with login and password; sign out; choose a language."""

import math

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from content.vietnamese import nfc
from scheduler.db import reading, writing
from web.acts import Act, note
from web.door import COOKIE, NotSignedIn, Posted, give_cookie, hashed, house_of, person, safe_way_back
from web.forms import Form
from web.guessing import begin_try, end_try, shut
from web.passwords import fits, kept, password_of
from web.rooms.sign_in.coming_in import at_the_door, end_this_session, source_of, step_in
from web.staff import anybody, set_language, staff_of
from web.tables import Staff
from web.words import LANGUAGES, Say, say

router = APIRouter()

LANGUAGE_COOKIE, LANGUAGE_DAYS = "cchc_lang", 365
WRONG = say("Tên đăng nhập hoặc mật khẩu không đúng.")
"""The same for every reason there is."""


@router.get("/dang-nhap")
def door(request: Request, tiep: str = "/") -> Response:
    """The sign-in page; whoever is in already goes on."""
    try:
        person(request)
    except NotSignedIn:
        return _page(request, Form(tiep=safe_way_back(tiep)))
    return RedirectResponse(safe_way_back(tiep), status_code=303)


def _page(request: Request, form: Form, refused: Say | None = None, status: int = 200) -> Response:
    with reading(house_of(request).engine) as session:
        nobody = not anybody(session)
    return at_the_door(request, "sign_in/door.html", status=status, form=form, refused=refused, nobody=nobody)


@router.post("/dang-nhap")
def sign_in(request: Request, posted: Posted) -> Response:
    """Ask for the password; every failure reads the same and costs the same work."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    login = nfc(form.raw("dang_nhap")[:200]).strip().lower()
    password = password_of(form.raw("mat_khau"))
    with reading(house.engine) as session:
        staff = staff_of(session, login)
    # What nobody is called may be a password typed into the wrong field: it is not kept in clear.
    about = login if staff else f"?{hashed(login)[:24]}"
    with writing(house.engine) as session:
        one = begin_try(session, about, source_of(request, staff), now=now)
    if one.wait:
        answer = _page(request, form, shut(one.wait), status=429)
        answer.headers["Retry-After"] = str(math.ceil(one.wait.total_seconds()))
        return answer
    known_hash = staff.password_hash if staff and staff.active else ""
    if not fits(house.passwords, known_hash, password) or staff is None:
        return _page(request, form, WRONG, status=422)
    renewed = kept(house.passwords, password) if house.passwords.check_needs_rehash(known_hash) else ""
    with writing(house.engine) as session:
        row = session.get_one(Staff, staff.id, with_for_update=True)
        if not row.active or row.password_hash != known_hash:
            return _page(request, form, WRONG, status=422)
        row.password_hash = renewed or row.password_hash
        session.add(row)
        end_try(session, one)
        return step_in(request, session, row, form.raw("tiep"))


@router.post("/dang-xuat")
def sign_out(request: Request) -> Response:
    """End this session."""
    house = house_of(request)
    try:
        someone = person(request)
    except NotSignedIn:
        someone = None
    with writing(house.engine) as session:
        end_this_session(request, session)
        if someone:
            note(session, request, someone, Act.SIGNED_OUT, someone.login, now=house.now())
    answer = RedirectResponse("/dang-nhap", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.post("/ngon-ngu")
def language(request: Request, posted: Posted) -> Response:
    """The language of the pages: the person's own, and this browser's while nobody is signed in."""
    form, house = Form(posted), house_of(request)
    chosen = form.choice("ngon_ngu", "Ngôn ngữ", LANGUAGES)
    answer = RedirectResponse(safe_way_back(form.raw("tiep")), status_code=303)
    if not chosen:
        return answer
    try:
        someone = person(request)
        with writing(house.engine) as session:
            set_language(session, someone.id, chosen)
    except NotSignedIn:
        pass
    give_cookie(answer, request, LANGUAGE_COOKIE, chosen, seconds=LANGUAGE_DAYS * 86400)
    return answer
