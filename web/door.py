"""The door of the desk: whose browser this is, and whether a change really comes from our own page.

A session is a random token in a cookie; the table keeps its hash. Every change carries a CSRF token made of the
session's, in the form or in a header, and must come from our own origin where the browser tells one.
"""

import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from sqlmodel import Session, col, exists, select, update
from starlette.datastructures import FormData, UploadFile

from content.vietnamese import local_day
from scheduler.db import reading, unless_full, writing
from scheduler.notices import alarms_open
from scheduler.pauses import is_in_force
from scheduler.tables import Pause
from web.house import House
from web.roles import DELEGABLE, Delegated, Permission, Person, Role, permissions_of
from web.tables import Delegation, Staff, StaffSession

COOKIE, DOOR_COOKIE = "cchc", "cchc_door"
STAYS = timedelta(days=14)
"""How long a session lives; every use of it begins that time anew."""
IDLE_STEP = timedelta(minutes=10)
"""A session's last use is written down no more often than this."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_FIELDS, FORM_FILES, FIELD_BYTES = 2000, 30, 1_000_000
FORM_BYTES = 512 * 1024 * 1024
"""A form with all its files; larger files are sent one at a time, without a form."""


class NotSignedIn(Exception):
    """Nobody, or somebody halfway: the way to the door is the answer."""


class Forbidden(Exception):
    """The person may not do this; `words` says why, in Vietnamese."""

    def __init__(self, words: str = "Bạn không có quyền làm việc này.") -> None:
        self.words = words
        super().__init__(words)


def hashed(token: str) -> str:
    """How a random token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(secret: str) -> str:
    """The CSRF token that belongs to a cookie's secret."""
    return hmac.new(secret.encode(), b"cchc csrf", hashlib.sha256).hexdigest()


def house_of(request: Request) -> House:
    """The house behind the request."""
    found = request.app.state.house
    assert isinstance(found, House)
    return found


def client_address(request: Request) -> str:
    """The browser's address; behind a proxy that we trust, what the proxy tells."""
    forwarded = request.headers.get("x-forwarded-for", "")
    if forwarded and house_of(request).trust_proxy:
        return forwarded.split(",")[-1].strip()[:64]
    return request.client.host if request.client else ""


# Sessions --------------------------------------------------------------------------------------------------


def begin_session(
    session: Session, staff_id: int, *, now: datetime, address: str, device: str, passed: bool = True
) -> str:
    """A new session; returns its token, which is told to the browser and kept nowhere. The caller commits."""
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        token_hash=hashed(token), staff_id=staff_id, created_at=now, seen_at=now, expires_at=now + STAYS,
        passed=passed, address=address, device=device[:200], flash=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return token


def give_cookie(response: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set one of our cookies; over https it never travels in clear."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=is_secure(request)
    )


def is_secure(request: Request) -> bool:
    """Whether the browser reaches us over https."""
    return (house_of(request).address or str(request.base_url)).startswith("https:")


def halfway(request: Request) -> StaffSession | None:
    """The session behind the cookie, passed or not; None when there is none that lives."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    house = house_of(request)
    with reading(house.engine) as session:
        row = session.exec(select(StaffSession).where(StaffSession.token_hash == hashed(token))).first()
    return row if row and row.ended_at is None and row.expires_at > house.now() else None


def person(request: Request) -> Person:
    """Who is signed in. Raises `NotSignedIn`."""
    known = getattr(request.state, "person", None)
    if isinstance(known, Person):
        return known
    token, house = request.cookies.get(COOKIE, ""), house_of(request)
    if not token:
        raise NotSignedIn
    now = house.now()
    with reading(house.engine) as session:
        found = session.exec(
            # what every page's frame shows comes along: a pause in force, the open alarms
            select(StaffSession, Staff, exists(select(Pause.id).where(is_in_force(now))), alarms_open()).where(
                col(StaffSession.staff_id) == col(Staff.id),
                StaffSession.token_hash == hashed(token),
                col(StaffSession.ended_at).is_(None),
                col(StaffSession.expires_at) > now,
                col(StaffSession.passed).is_(True),
                col(Staff.active).is_(True),
            )
        ).first()
        if found is None:
            raise NotSignedIn
        row, staff, request.state.paused, alarms = found
        someone = as_person(session, staff, now, session_id=row.id or 0)
    if row.seen_at < now - IDLE_STEP:
        with unless_full(), writing(house.engine) as session:
            session.exec(
                update(StaffSession).where(col(StaffSession.id) == row.id).values(seen_at=now, expires_at=now + STAYS)
            )
    request.state.person, request.state.flash, request.state.csrf = someone, row.flash, csrf_of(token)
    request.state.alarms = alarms if someone.may(Permission.READ) else 0
    return someone


def as_person(
    session: Session, staff: Staff, now: datetime, *, session_id: int = 0, only: frozenset[Permission] | None = None
) -> Person:
    """The person behind a row, with what others put into their hands today."""
    today = local_day(now)
    rows = session.exec(
        select(Delegation, Staff).where(
            col(Delegation.from_id) == col(Staff.id),
            Delegation.to_id == staff.id,
            col(Delegation.since) <= today,
            col(Delegation.until) >= today,
            col(Delegation.ended_at).is_(None),
            col(Staff.active).is_(True),
        )
    ).all()
    delegated = tuple(
        Delegated(one.name, permissions_of(Role(role) for role in one.roles) & DELEGABLE) for _, one in rows
    )
    return Person(
        staff.id or 0, staff.login, staff.name, frozenset(Role(role) for role in staff.roles), staff.agency,
        staff.language, session_id, delegated, only,
    )  # fmt: skip


# Changes ---------------------------------------------------------------------------------------------------


async def posted(request: Request) -> FormData:
    """The form that was sent; empty for what is not a form. Raises `Forbidden` for a form that is too large."""
    if request.headers.get("content-type", "").startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        told = request.headers.get("content-length", "")
        if not told.isdigit() or int(told) > FORM_BYTES:
            raise Forbidden("Các tệp gửi cùng lúc lớn quá 512 MB; hãy gửi từng tệp một.")
        form = await request.form(max_fields=FORM_FIELDS, max_files=FORM_FILES, max_part_size=FIELD_BYTES)
        # no person types a NUL, and PostgreSQL takes none
        return FormData([(name, _plain(value)) for name, value in form.multi_items()])
    return FormData()


def _plain(value: UploadFile | str) -> UploadFile | str:
    return value.replace("\x00", "") if isinstance(value, str) else value


Posted = Annotated[FormData, Depends(posted)]


async def checked(request: Request) -> AsyncIterator[None]:
    """On every router of the desk: a change without our token, or from another origin, is refused.

    Files that came with the form are closed at the end, whoever refused or took them.
    """
    try:
        if request.method not in SAFE:
            await _is_ours(request)
        yield
    finally:
        await request.close()


async def _is_ours(request: Request) -> None:
    if not from_ourselves(request.headers, house_of(request).address):
        raise Forbidden("Yêu cầu đến từ một trang khác nên không được thực hiện; hãy mở lại trang này rồi làm lại.")
    secret = request.cookies.get(COOKIE) or request.cookies.get(DOOR_COOKIE) or ""
    given = request.headers.get("x-csrf-token") or str((await posted(request)).get("csrf", ""))
    if not secret or not hmac.compare_digest(given.encode(), csrf_of(secret).encode()):
        raise Forbidden("Biểu mẫu đã cũ hoặc phiên đăng nhập đã thay đổi; hãy tải lại trang rồi gửi lại.")


def from_ourselves(headers: Mapping[str, str], address: str) -> bool:
    """What the browser tells of where a request comes from; one that tells nothing is left to the token."""
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    if site and site not in ("same-origin", "none"):
        return False
    if origin:
        return urlsplit(origin).netloc in {headers.get("host", ""), urlsplit(address).netloc} - {""}
    return True


Someone = Annotated[Person, Depends(person)]


def may(permission: Permission) -> Callable[[Request], Person]:
    """A dependency: the person, when they have this permission. Raises `Forbidden`."""

    def one_who_may(request: Request) -> Person:
        someone = person(request)
        if not someone.may(permission):
            raise Forbidden
        return someone

    return one_who_may


def way_to_the_door(request: Request) -> str:
    """The sign-in page, which leads back to where the person wanted to go."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?tiep={quote(wanted)}" if request.method == "GET" and wanted != "/" else ""
    return f"/dang-nhap{back}"


def safe_way_back(wanted: str) -> str:
    """An address of ours to go on to; anything else, whatever its disguise, is the front page."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted and not urlsplit(wanted).netloc else "/"
