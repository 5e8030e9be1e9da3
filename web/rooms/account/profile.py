"""Who I am, my language, and where I am signed in."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import col, select

from scheduler.db import reading, writing
from web.acts import Act, note
from web.agencies import agency_names
from web.devices import device_words
from web.door import Someone, house_of
from web.erasing import data_of
from web.page import go, page
from web.staff import end_session, end_sessions, roles_in_words
from web.tables import StaffSession
from web.words import say

router = APIRouter()

SHOWN = 50


@router.get("/tai-khoan")
def profile(request: Request, someone: Someone) -> Response:
    """My name, roles, language and sessions."""
    house = house_of(request)
    alive = (
        StaffSession.staff_id == someone.id,
        col(StaffSession.ended_at).is_(None),
        col(StaffSession.expires_at) > house.now(),
        col(StaffSession.passed).is_(True),
    )
    with reading(house.engine) as session:
        newest = select(StaffSession).where(*alive).order_by(col(StaffSession.seen_at).desc()).limit(SHOWN)
        sessions = session.exec(newest).all()
        agencies = agency_names(session)
    return page(
        request, "account/profile.html", tab="/tai-khoan", roles=roles_in_words(someone.roles),
        agency=agencies.get(someone.agency, someone.agency), sessions=sessions, device_words=device_words,
    )  # fmt: skip


@router.post("/tai-khoan/du-lieu")
def my_data(request: Request, someone: Someone) -> Response:
    """Everything that is stored of me, as a file."""
    house, now = house_of(request), house_of(request).now()
    with writing(house.engine) as session:
        note(session, request, someone, Act.PERSONAL_DATA, someone.login, "tự tải dữ liệu của mình", now=now)
    return data_of(house.engine, someone.id, now)


@router.post("/tai-khoan/phien/{session_id:int}/ket-thuc")
def end_one(request: Request, someone: Someone, session_id: int) -> Response:
    """Sign out one browser of mine."""
    house = house_of(request)
    with writing(house.engine) as session:
        row = end_session(session, someone.id, session_id, now=house.now())
        if row is not None:
            words = f"{device_words(row.device)}, {row.address}"
            note(session, request, someone, Act.SESSION_ENDED, someone.login, words, now=house.now())
    if row is None:
        return go(request, "/tai-khoan", say("Phiên này đã kết thúc từ trước."), "warn")
    return go(request, "/tai-khoan", say("Đã kết thúc phiên trên {device}.", device=device_words(row.device)))


@router.post("/tai-khoan/phien/ket-thuc-khac")
def end_others(request: Request, someone: Someone) -> Response:
    """Sign out every browser of mine but this one."""
    house = house_of(request)
    with writing(house.engine) as session:
        count = end_sessions(session, someone.id, now=house.now(), but=someone.session_id)
        note(session, request, someone, Act.SESSION_ENDED, someone.login, f"{count} phiên khác", now=house.now())
    return go(request, "/tai-khoan", say("Đã kết thúc {count} phiên ở nơi khác.", count=count))
