"""The page of the dry run: a month as it would come out, or one day of it with every reason."""

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import QueryParams

from content.vietnamese import local_day
from reports.monthly import Month
from scheduler.foresight import foresee
from scheduler.foresight.snapshot import MONTHS_AHEAD, ForesightError, month_days, take
from scheduler.foresight.values import CAUSE_WORDS, GRADE_WORDS, Grade
from web.door import house_of, may
from web.forms import Form
from web.marks import marks as marks_of
from web.page import page
from web.roles import Permission, Person
from web.rooms.dry_run.shown import LISTED, cells_of, missing_of
from web.words import Say, say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]


@router.get("/chay-thu")
def dry_run(request: Request, _someone: Reader) -> HTMLResponse:
    """The month that was asked for; computed anew each time, nothing is written."""
    house = house_of(request)
    now = house.now()
    today = local_day(now)
    month, problem = _asked(request.query_params, today)
    try:
        first, last = month_days(month.year, month.number, now=now)
    except ForesightError as error:
        month, problem = Month(today.year, today.month), say("{words}", words=str(error))
        first, last = month_days(month.year, month.number, now=now)
    forecast = foresee(take(house.service.desk, first, last, now=now))
    day = next((one for one in forecast.days if one.on.isoformat() == request.query_params.get("ngay")), None)
    marks = marks_of(forecast.channels)
    return page(
        request,
        "dry_run/day.html" if day else "dry_run/month.html",
        month=month,
        name=f"{month.year}-{month.number:02}",
        forecast=forecast,
        weeks=cells_of(forecast, month, today),
        day=day,
        marks=marks,
        missing=missing_of(forecast),
        failing=forecast.failing[:LISTED],
        warned=forecast.warned[:LISTED],
        counts={grade: sum(one.grade is grade for one in forecast.items) for grade in Grade},
        grades=GRADE_WORDS,
        causes=CAUSE_WORDS,
        form=Form(None, thang=f"{month.year}-{month.number:02}"),
        months=[(f"{one.year}-{one.number:02}", one.label.capitalize()) for one in _months(today)],
        problem=problem,
    )


def _months(today: date) -> list[Month]:
    """The months that can be tried."""
    start = today.year * 12 + today.month - 1
    return [Month(place // 12, place % 12 + 1) for place in range(start, start + MONTHS_AHEAD + 1)]


def _asked(query: QueryParams, today: date) -> tuple[Month, Say | None]:
    """The month in the address, and a sentence about one that is none."""
    text = query.get("thang", "")[:20]
    found = re.fullmatch(r"(\d{4})-(\d{1,2})|(\d{1,2})/(\d{4})", text, re.ASCII)
    year, number = (int(found[1] or found[4]), int(found[2] or found[3])) if found else (0, 0)
    if 1 <= number <= 12 and 2000 <= year <= 2100:
        return Month(year, number), None
    words = say("Không hiểu tháng “{text}”; đang xem tháng này.", text=text) if text else None
    return Month(today.year, today.month), words
