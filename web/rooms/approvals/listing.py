"""The list of what waits for approval, and approving many plain posts at once."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from connectors import CONNECTORS
from content.checks import tell
from content.errors import ContentError
from content.plan import active_plan
from content.standing import Step
from reports.weekly import platform_labels
from scheduler.db import reading
from scheduler.submission import NotReady
from web.authority import as_whom, may_approve
from web.door import Forbidden, Posted, house_of, person
from web.forms import Form
from web.page import go, page
from web.roles import Permission, Person
from web.rooms.approvals.reading import PAGES, PER_PAGE, Wanted, urgent_approvals, waiting
from web.words import say

router = APIRouter()
LOOKED_BACK = timedelta(days=30)
"""How long an urgent approval is shown for somebody to look at again."""
_CHOSEN = re.compile(r"(?P<key>[a-z0-9]+(?:-[a-z0-9]+)*):(?P<hash>[0-9a-f]{64})")
"""A post with the content that the page showed."""


def reader(request: Request) -> Person:
    """Who may see what waits: everybody who reads, and whoever approves today. Raises `Forbidden`."""
    someone = person(request)
    if not someone.may(Permission.READ) and not may_approve(someone):
        raise Forbidden
    return someone


def decider(request: Request) -> Person:
    """Who may decide about anything at all today. Raises `Forbidden`."""
    someone = person(request)
    if not may_approve(someone):
        raise Forbidden("Chỉ người duyệt mới được duyệt hoặc trả lại bài.")
    return someone


Reader = Annotated[Person, Depends(reader)]
Decider = Annotated[Person, Depends(decider)]


@router.get("/duyet")
def what_waits(request: Request, someone: Reader) -> HTMLResponse:
    """What waits for this person, then what waits for others and why not for them."""
    return _page(request, someone)


@router.post("/duyet/nhieu")
def approve_many(request: Request, someone: Decider, posted: Posted) -> Response:
    """Approve the plain posts that were chosen, all of them or none."""
    house = house_of(request)
    chosen = [found for one in Form(posted).raws("bai") if (found := _CHOSEN.fullmatch(one))][:PER_PAGE]
    if not chosen:
        return _page(request, someone, status=422, told=[say("Chưa chọn bài nào; hãy đánh dấu các bài muốn duyệt.")])
    seen = {one["key"]: one["hash"] for one in chosen}
    who = as_whom(someone, 1)[0]
    try:
        house.submissions.approve(
            list(seen), someone.name, now=house.now(), seen=seen, expected=Step.ONLY, level=who.level, behalf=who.behalf
        )
    except NotReady as error:
        lines = [
            f"{key}: {line.strip()}" for key, found in error.findings.items() for line in tell(found) if ": " in line
        ]
        first = say("Chưa duyệt bài nào, vì có bài cần xem kỹ; hãy mở từng bài dưới đây hoặc bỏ chọn.")
        return _page(request, someone, status=422, told=[first, *lines], chosen=list(seen))
    except ContentError as error:
        first = say("Chưa duyệt bài nào.")
        return _page(request, someone, status=409, told=[first, error.words], chosen=list(seen))
    return go(request, "/duyet", say("Đã duyệt {count} bài.", count=len(seen)))


def _page(
    request: Request, someone: Person, *, status: int = 200, told: Sequence[str] = (), chosen: Sequence[str] = ()
) -> HTMLResponse:
    house = house_of(request)
    now = house.now()
    with reading(house.engine) as session:
        plan = active_plan(session)
        topics = [(one.letter, f"{one.letter}) {one.label}") for one in plan.topics]
        agencies = [(one.code, one.name) for one in plan.agencies]
        wanted = _wanted(request, {letter for letter, _ in topics}, {code for code, _ in agencies})
        found, more = waiting(session, someone, wanted, now)
        urgent = urgent_approvals(session, now - LOOKED_BACK) if may_approve(someone) else []
    mine = [one for one in found if one.may]
    return page(
        request,
        "approvals/index.html",
        status=status,
        mine=mine,
        others=[one for one in found if not one.may],
        plain=[one for one in mine if one.is_plain],
        form=Form(diem=wanted.topic, don_vi=wanted.agency, nhay_cam="1" if wanted.sensitive else ""),
        is_narrowed=bool(wanted.topic or wanted.agency or wanted.sensitive),
        topics=topics,
        agencies=agencies,
        labels=platform_labels(CONNECTORS),
        urgent=urgent,
        approves=may_approve(someone),
        told=told,
        chosen=chosen,
        before=_address(wanted, wanted.number - 1) if wanted.number > 1 else "",
        after=_address(wanted, wanted.number + 1) if more else "",
    )


def _wanted(request: Request, topics: set[str], agencies: set[str]) -> Wanted:
    """What the address asks for; what nobody knows is left out."""
    ask = request.query_params
    topic, agency, number = ask.get("diem", ""), ask.get("don_vi", ""), ask.get("trang", "")
    return Wanted(
        topic=topic if topic in topics else "",
        agency=agency if agency in agencies else "",
        sensitive=ask.get("nhay_cam", "") == "1",
        number=min(PAGES, max(1, int(number))) if re.fullmatch("[0-9]{1,5}", number) else 1,
    )


def _address(wanted: Wanted, number: int) -> str:
    ask = {"diem": wanted.topic, "don_vi": wanted.agency, "nhay_cam": "1" if wanted.sensitive else ""}
    return f"/duyet?{urlencode({name: value for name, value in ask.items() if value} | {'trang': number})}"
