"""The plan in force, to read; and the way back to its files for the lists that were changed at the desk."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import select

from content import office
from content.plan import LEGAL_WORDS, LegalState
from content.tables import PlanRecord
from scheduler.db import reading
from web.door import Posted, house_of
from web.forms import Form
from web.office_lists import SUBJECTS, Keeper, Reader, give_up, plan_in_force
from web.page import go, page
from web.words import say

router = APIRouter()

LEGAL_STATES = {LegalState.IN_FORCE: "published", LegalState.EXPIRED: "cancelled", LegalState.UNCHECKED: "needs_person"}
"""The shape and colour of a document's validity, from the states every page knows."""
LISTS = {
    "co-quan": (office.AGENCIES, "/cau-hinh/co-quan"),
    "nhan-dien": (office.BRANDS, "/cau-hinh/nhan-dien"),
    "ngay-nghi": (office.HOLIDAYS, "/cau-hinh/ngay-nghi"),
    "tam-dung": (office.PAUSE_TEXTS, "/cau-hinh/tam-dung"),
}


@router.get("/cau-hinh")
def the_plan(request: Request, _reader: Reader) -> HTMLResponse:
    """What the plan in force says, and where it came from."""
    house = house_of(request)
    with reading(house.engine) as session:
        plan = plan_in_force(session)
        loaded_at = session.exec(select(PlanRecord.loaded_at).where(PlanRecord.active)).first()
    return page(
        request,
        "settings/plan.html",
        plan=plan,
        loaded_at=loaded_at,
        folder=house.plan_dir,
        names={one.code: one.short for one in plan.agencies} if plan else {},
        legal_words=LEGAL_WORDS,
        legal_states=LEGAL_STATES,
    )


@router.post("/cau-hinh/{which}/theo-tep")
def by_the_file(request: Request, someone: Keeper, posted: Posted, which: str) -> RedirectResponse:
    """Give the desk's own list up."""
    if which not in LISTS:
        raise HTTPException(404)
    name, address = LISTS[which]
    seen = Form(posted).number("seen", "Phiên bản", least=0, most=2**31 - 1, start=0)
    if give_up(request, someone, name, seen):
        return go(request, address, say("“{list}” dùng lại theo tệp của kế hoạch.", list=SUBJECTS[name]))
    words = "Chưa đổi: có người vừa sửa “{list}”; hãy xem lại danh sách rồi bấm lại nếu vẫn cần."
    return go(request, address, say(words, list=SUBJECTS[name]), "warn")
