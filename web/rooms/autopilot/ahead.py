"""What the autopilot will decide for the days beyond the queue: nothing of it is written."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from content.vietnamese import local_day
from scheduler.choices import open_choices
from scheduler.db import reading
from scheduler.foresight import foresee
from scheduler.foresight.snapshot import take
from web.door import house_of, may
from web.marks import marks
from web.page import page
from web.roles import Permission, Person

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
SEEN = 10
"""So many coming days are looked at."""


@router.get("/tu-dong/du-kien")
def ahead(request: Request, someone: Reader) -> HTMLResponse:
    """The coming days as the job would fill them, the slots that stay empty and why, and what the plan will not get."""
    house = house_of(request)
    now = house.now()
    today = local_day(now)
    forecast = foresee(take(house.service.desk, today, today + timedelta(days=SEEN), now=now))
    with reading(house.engine) as session:
        wishes = open_choices(session, now=now)
    return page(
        request,
        "autopilot/ahead.html",
        tab="du-kien",
        forecast=forecast,
        planned=[one for one in forecast.days if one.gaps or any(item.planned for item in one.items)],
        marks=marks(forecast.channels),
        choices_open=len(wishes),
        may_schedule=someone.may(Permission.SCHEDULE),
    )
