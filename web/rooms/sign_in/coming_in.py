"""What the doors share: pages before anybody is known, and the session that begins behind them."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session, col, update

from scheduler.db import reading
from web.acts import Act, note
from web.agencies import office_name
from web.door import (
    COOKIE,
    DOOR_COOKIE,
    STAYS,
    begin_session,
    client_address,
    csrf_of,
    give_cookie,
    hashed,
    house_of,
    safe_way_back,
)
from web.guessing import device_mark, device_source
from web.page import page
from web.roles import Role
from web.tables import Staff, StaffSession

DEVICE_COOKIE = "cchc_device"
DEVICE_STAYS = timedelta(days=180)


def at_the_door(request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page for nobody in particular: its form carries the token of a cookie that the browser is given for it."""
    with reading(house_of(request).engine) as session:
        office = office_name(session)
    secret = request.cookies.get(COOKIE) or request.cookies.get(DOOR_COOKIE)
    fresh = "" if secret else secrets.token_urlsafe(32)
    request.state.csrf = csrf_of(secret or fresh)
    answer = page(request, template, status=status, office=office, **facts)
    if fresh:
        give_cookie(answer, request, DOOR_COOKIE, fresh)
    return answer


def source_of(request: Request, staff: Staff | None) -> str:
    """Where a try comes from: a browser this person came in with before, else an address."""
    mark = request.cookies.get(DEVICE_COOKIE, "")
    known = device_source(house_of(request).service.vault, mark, staff.id or 0) if staff and mark else ""
    return known or client_address(request)


def must_have_second_step(request: Request, staff: Staff) -> bool:
    """Whether one of the person's roles does not come in without a second factor."""
    return bool(house_of(request).totp_roles & {Role(one) for one in staff.roles})


def step_in(request: Request, session: Session, staff: Staff, wanted: str, *, second: bool = False) -> RedirectResponse:
    """Begin a session with a token that nobody had before; halfway while the second step is ahead.

    `second`: the second step has just been taken. The caller commits.
    """
    house, now = house_of(request), house_of(request).now()
    where = safe_way_back(wanted)
    passed = second or not (staff.totp or must_have_second_step(request, staff))
    end_this_session(request, session)
    token = begin_session(
        session, staff.id or 0, now=now, address=client_address(request),
        device=request.headers.get("user-agent", ""), passed=passed,
    )  # fmt: skip
    if passed:
        note(session, request, staff.name, Act.SIGNED_IN, staff.login, now=now)
    answer = RedirectResponse(where if passed else second_step(staff, where), status_code=303)
    give_cookie(answer, request, COOKIE, token, seconds=int(STAYS.total_seconds()))
    answer.delete_cookie(DOOR_COOKIE, path="/")
    if passed and not source_of(request, staff).startswith("device:"):
        mark = device_mark(house.service.vault, staff.id or 0, token)
        give_cookie(answer, request, DEVICE_COOKIE, mark, seconds=int(DEVICE_STAYS.total_seconds()))
    return answer


def second_step(staff: Staff, where: str) -> str:
    """The address of what is ahead: the code, or setting one up."""
    return with_way_on("/dang-nhap/ma" if staff.totp else "/dang-nhap/thiet-lap", where)


def with_way_on(address: str, where: str) -> str:
    """An address of the door that remembers where to go on to."""
    return address if where == "/" else f"{address}?{urlencode({'tiep': where})}"


def end_this_session(request: Request, session: Session) -> None:
    """Whatever session this browser has, halfway or not, ends. The caller commits."""
    token = request.cookies.get(COOKIE, "")
    if token:
        mine = (col(StaffSession.token_hash) == hashed(token), col(StaffSession.ended_at).is_(None))
        session.exec(update(StaffSession).where(*mine).values(ended_at=house_of(request).now()))
