"""All activities of a span: what they add up to, then each of them, the last to begin first."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from content.activities import FIGURES, KIND_NAMES, KINDS, Asked, activities, costs, count, totals
from content.activity_fields import told
from content.documents import evidence_of_activities
from content.vietnamese import local_day
from scheduler.db import reading
from web import asking
from web.activities import NO_AGENCY, Viewer, may_log, sees_all
from web.door import house_of
from web.forms import Form
from web.page import page
from web.plans import Words, plan_words
from web.roles import Permission, Person

router = APIRouter()
ON_A_PAGE = 50
GONE = "da-rut"
OFFICE = "co-quan-chu-tri"
"""How addresses call what the office itself did, for which no agency is named."""
OFFICE_WORDS = "Cơ quan chủ trì"


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to, as the address says it and as it is asked."""

    facts: dict[str, str]
    asked: Asked


def wanted(query: QueryParams, someone: Person, called: Words, today: date) -> Wanted:
    """The list that somebody asks for: this year when they say nothing. Contributors see their own agency's."""
    form = Form(query)  # type: ignore[arg-type]  # it reads what both have
    first, last = form.day("tu", "Từ ngày"), form.day("den", "Đến ngày")
    plain = not query.get("tu") and not query.get("den")
    first = date(today.year, 1, 1) if first is None and plain else first
    last = date(today.year, 12, 31) if last is None and plain else last
    agency = asking.one_of(query, "co_quan", {OFFICE, *called.agencies})
    facts = {
        "tu": first.isoformat() if first else "",
        "den": last.isoformat() if last else "",
        "loai": asking.one_of(query, "loai", KINDS),
        "co_quan": agency if sees_all(someone) else "",
        "noi_dung": asking.one_of(query, "noi_dung", called.topics),
        "hinh_thuc": asking.one_of(query, "hinh_thuc", forms_of(called)),
        "tim": asking.words(query, "tim"),
        "xem": asking.one_of(query, "xem", {GONE}),
    }
    only = {"": None, OFFICE: ""}.get(agency, agency) if sees_all(someone) else someone.agency or "-"
    asked = Asked(
        first, last, facts["loai"], only, facts["noi_dung"], facts["hinh_thuc"], facts["tim"], facts["xem"] == GONE
    )
    return Wanted(facts, asked)


def forms_of(called: Words) -> dict[str, str]:
    """Letter -> "a. Tập huấn, hội nghị", in the plan's order."""
    return {one.letter: f"{one.letter}. {one.label}" for one in called.plan.forms} if called.plan else {}


@router.get("/hoat-dong")
def listing(request: Request, someone: Person = Viewer) -> HTMLResponse:
    """The list and its totals."""
    house = house_of(request)
    query = request.query_params
    with reading(house.engine) as session:
        called = plan_words(session)
        want = wanted(query, someone, called, local_day(house.now()))
        total = count(session, want.asked)
        last = max(1, -(-total // ON_A_PAGE))
        at = min(asking.number(query.get("trang", ""), most=100_000) or 1, last)
        rows = activities(session, want.asked, limit=ON_A_PAGE, offset=(at - 1) * ON_A_PAGE)
        files: dict[int, int] = {}
        for one in evidence_of_activities(session, [row.id for row in rows]):
            files[one.activity_id or 0] = files.get(one.activity_id or 0, 0) + 1
        sums = totals(session, want.asked) if total else []
        paid = costs(session, want.asked) if total else []
    here = "/hoat-dong"
    return page(
        request,
        "activities/list.html",
        rows=rows,
        total=total,
        sums=[(one, _figures(one.figures, one.untold)) for one in sums],
        paid=[one for one in paid if one.cost is not None],
        untold=sum(one.activities - one.told for one in paid),
        files=files,
        told=told,
        kinds=KIND_NAMES,
        agencies=called.agencies,
        topics=called.topics,
        forms=forms_of(called),
        asked=want.facts,
        office=OFFICE,
        office_words=OFFICE_WORDS,
        gone=GONE,
        may_log=may_log(someone),
        sees_all=sees_all(someone),
        may_edit=someone.may(Permission.EDIT),
        no_agency="" if sees_all(someone) or someone.agency else NO_AGENCY,
        files_address=asking.address(f"{here}/xuat", **want.facts),
        without=asking.address(here, **{**want.facts, "xem": "" if want.facts["xem"] else GONE}),
        before=asking.address(here, **want.facts, trang=at - 1) if at > 1 else "",
        after=asking.address(here, **want.facts, trang=at + 1) if at < last else "",
    )


def _figures(figures: dict[str, int | None], untold: dict[str, int]) -> list[tuple[Any, int | None, int]]:
    """Each figure of a kind: what it is, its sum, how many activities did not tell it."""
    return [(FIGURES[name], value, untold[name]) for name, value in figures.items()]
