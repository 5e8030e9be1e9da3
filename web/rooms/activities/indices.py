"""Results of indices: last year, this year, rank, target, source; entered at the desk with their source."""

import math
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from content import office
from content.indices import MET_WORDS, Met, index_lines, rank_words, target_words, value_words
from content.plan import Plan
from content.plan_goals import Index, IndexResult
from content.vietnamese import day, local_day, number
from scheduler.db import reading
from web.asking import number as number_asked
from web.door import Posted, house_of, may
from web.forms import Form
from web.office_lists import Item, Reader, change, plan_in_force
from web.page import go, page
from web.roles import Permission, Person
from web.stale import MARK, Clash, mark_of
from web.words import say

router = APIRouter()
HERE = "/hoat-dong/chi-so"
FIRST_YEAR, LAST_YEAR, MOST = 2000, 2100, 1000
LABELS = {
    "value": "Giá trị",
    "unit": "Đơn vị tính",
    "rank": "Thứ hạng",
    "out_of": "Tổng số địa phương xếp hạng",
    "published": "Ngày công bố",
    "source": "Nguồn",
    "target": "Mục tiêu của kế hoạch",
    "target_rank": "Mục tiêu thứ hạng: trong nhóm",
    "target_out_of": "Mục tiêu đặt khi xếp hạng trên tổng số",
    "results": "Kết quả",
}
MET_SHAPES = {
    Met.YES: "published",
    Met.NO: "failed",
    Met.NO_RESULT: "draft",
    Met.NO_TARGET: "cancelled",
    Met.OTHER_DENOMINATOR: "needs_person",
}
"""The shape and colour of each, from the states every page knows."""
Editor = may(Permission.EDIT)


@router.get(HERE)
def listing(request: Request, _reader: Reader, nam: str = "") -> HTMLResponse:
    """Every index of the plan in one year."""
    house = house_of(request)
    with reading(house.engine) as session:
        plan = plan_in_force(session)
        kept = office.read(session, office.INDICES)
    this_year = local_day(house.now()).year
    year = _year(nam) or (_last_year(plan) if plan else None) or this_year
    told = {one.year for index in plan.indices for one in index.results} if plan else set()
    return page(
        request,
        "activities/indices.html",
        lines=index_lines(plan, year) if plan else [],
        year=year,
        years=sorted({*told, this_year, this_year - 1, year, *({plan.year} if plan else ())}, reverse=True),
        kept=kept,
        met_words=MET_WORDS,
        shapes=MET_SHAPES,
        value_words=value_words,
        rank_words=rank_words,
        target_words=target_words,
        may_edit=_editor(request),
    )


@router.get(HERE + "/{code}/{year:int}")
def one(request: Request, _reader: Reader, code: str, year: int) -> HTMLResponse:
    """The form of one index in one year."""
    index = _standing(request, code, year)
    return _form(request, index, year, Form(**_start(index, year)), mark=mark_of(index.model_dump(mode="json")))


@router.post(HERE + "/{code}/{year:int}")
def keep(request: Request, posted: Posted, code: str, year: int) -> Response:
    """Keep the year's result and the target, unless somebody changed the index meanwhile."""
    someone: Person = Editor(request)
    index, form = _standing(request, code, year), Form(posted)
    item = _read(form, index, year)
    found: Clash | None = None
    if item is not None:
        found = change(request, someone, office.INDICES, code, item, form, LABELS, tell=lambda it: _told(it, year))
    if form.errors or found or item is None:
        status = 409 if found else 422
        return _form(request, index, year, form, found, mark=found.mark if found else form.raw(MARK), status=status)
    words = say("Đã lưu kết quả {code} năm {year}.", code=code, year=str(year))
    return go(request, f"{HERE}?nam={year}", words)


def _editor(request: Request) -> bool:
    return bool(request.state.person.may(Permission.EDIT))


def _year(text: str) -> int | None:
    found = number_asked(text, most=LAST_YEAR)
    return found if found and found >= FIRST_YEAR else None


def _last_year(plan: Plan) -> int | None:
    """The last year of which something is known."""
    return max((one.year for index in plan.indices for one in index.results), default=None)


def _standing(request: Request, code: str, year: int) -> Index:
    with reading(house_of(request).engine) as session:
        plan = plan_in_force(session)
    found = next((one for one in plan.indices if one.code == code), None) if plan else None
    if found is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise HTTPException(404)
    return found


def _read(form: Form, index: Index, year: int) -> Item | None:
    """The index as it shall stand; None when the form says something wrong."""
    value = _decimal(form, "value")
    rank, out_of, target_rank, target_out_of = (
        _whole(form, name) for name in ("rank", "out_of", "target_rank", "target_out_of")
    )
    unit = form.text("unit", LABELS["unit"], most=30)
    published = form.day("published", LABELS["published"])
    source = form.text("source", LABELS["source"], most=500)
    target = form.text("target", LABELS["target"], most=300)
    for name, ranked, out in (("out_of", rank, out_of), ("target_out_of", target_rank, target_out_of)):
        if ranked is not None and out is None:
            form.fail(name, say("Có thứ hạng thì phải ghi tổng số địa phương xếp hạng (63 hoặc 34)."))
        elif ranked is not None and out is not None and ranked > out:
            form.fail(name, say("Thứ hạng không thể lớn hơn tổng số địa phương xếp hạng."))
    if (value is not None or rank is not None) and not source:
        form.fail("source", say("Có giá trị hoặc thứ hạng thì phải ghi nguồn công bố."))
    if form.errors:
        return None
    told = value is not None or rank is not None or out_of is not None or source != "" or published is not None
    rest = [one for one in index.results if one.year != year]
    if told:
        rest.append(
            IndexResult(
                year=year, value=value, unit=unit, rank=rank, denominator=out_of, published=published, source=source
            )
        )
    target_facts: dict[str, Any] = {"target": target, "target_rank": target_rank, "denominator": target_out_of}
    results = [one.model_dump(mode="json") for one in sorted(rest, key=lambda one: one.year)]
    return index.model_dump(mode="json") | target_facts | {"results": results}


def _decimal(form: Form, name: str) -> float | None:
    """88,38 as people write it; 1.234,5 as well."""
    text = form.raw(name).strip()
    if not text:
        return None
    plain = text.replace(".", "").replace(",", ".") if "," in text else text
    try:
        value = float(plain) if len(plain) <= 20 and plain.isascii() and "_" not in plain else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e12:
        form.fail(name, say("“{label}” phải là số, như 88,38.", label=say(LABELS[name])))
        return None
    return value


def _whole(form: Form, name: str) -> int | None:
    if not form.raw(name).strip():
        return None
    return form.number(name, LABELS[name], least=1, most=MOST)


def _start(index: Index, year: int) -> dict[str, Any]:
    """What the form shows first."""
    found = index.of(year) or IndexResult(year=year)
    places = len(f"{found.value:.10f}".rstrip("0").partition(".")[2]) if found.value is not None else 0
    told = {
        "value": "" if found.value is None else number(found.value, places).replace(".", ""),
        "unit": found.unit,
        "rank": found.rank,
        "out_of": found.denominator,
        "published": day(found.published) if found.published else "",
        "source": found.source,
        "target": index.target,
        "target_rank": index.target_rank,
        "target_out_of": index.denominator,
    }
    return {name: "" if value is None else value for name, value in told.items()}


def _told(item: Item, year: int) -> dict[str, Any]:
    """An index as a person reads what differs in it."""
    if not item:
        return {}
    index = Index.model_validate(item)
    others = [f"{one.year}: {value_words(one)}, {rank_words(one)}" for one in index.results if one.year != year]
    return {**_start(index, year), "results": others}


def _form(
    request: Request, index: Index, year: int, form: Form, found: Clash | None = None, *, mark: str, status: int = 200
) -> HTMLResponse:
    return page(
        request, "activities/index.html", status=status, index=index, year=year, form=form, clash=found, mark=mark,
        may_edit=_editor(request),
    )  # fmt: skip
