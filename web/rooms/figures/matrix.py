"""The coverage matrix: the plan's content across channels, agencies, forms and months, with what is missing."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from reports.coverage import Coverage
from reports.coverage_files import Told, as_csv, as_xlsx
from reports.coverage_table import STEPS, VIEW_WORDS, Table, View, table_of
from scheduler.db import reading
from web.door import house_of, may
from web.known import known_coverage
from web.page import page
from web.roles import Permission, Person
from web.rooms.figures.asked import Asked, asked

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
VIEWS = (View.CHANNEL, View.AGENCY, View.FORM, View.MONTH)
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    question: Asked
    found: Coverage
    table: Table


def _answered(request: Request) -> _Answer:
    """What was asked for and the table that answers it; an unknown way across is the usual one."""
    house = house_of(request)
    now, wanted = house.now(), request.query_params.get("xem", "")
    view = next((one for one in VIEWS if one.value == wanted), View.CHANNEL)
    with reading(house.engine) as session:
        question = asked(request, session, now, house.week_start)
        found = known_coverage(
            session, house, question.span, question.only, question.plan, now, steps=STEPS.get(view, ""),
            week_start=house.week_start,
        )  # fmt: skip
    return _Answer(question, found, table_of(found, view, question.plan))


@router.get("/so-lieu/do-phu")
def coverage(request: Request, _reader: Reader) -> HTMLResponse:
    """The matrix: each point of the plan across one way, what is missing, how far the plan is fulfilled."""
    answer = _answered(request)
    return page(
        request,
        "figures/coverage.html",
        question=answer.question,
        found=answer.found,
        table=answer.table,
        views=[(one.value, VIEW_WORDS[one]) for one in VIEWS],
    )


@router.get("/so-lieu/do-phu.{kind}")
def coverage_file(request: Request, _reader: Reader, kind: str) -> Response:
    """The table that the page shows, as a file."""
    if kind not in TYPES:
        raise HTTPException(404)
    answer = _answered(request)
    told = Told(answer.found, answer.question.narrowed)
    data = as_csv(answer.table, told) if kind == "csv" else as_xlsx(answer.table, told)
    span = answer.found.span
    name = f"do-phu-{answer.table.view}-{span.first.isoformat()}-{span.last.isoformat()}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=TYPES[kind], headers=headers)
