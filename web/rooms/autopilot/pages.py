"""What the autopilot has decided for the coming days, and the button that lets it decide now."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import col, select

from content.errors import ContentError
from content.vietnamese import local_day
from scheduler.agenda import empty_slots
from scheduler.choices import open_choices
from scheduler.db import reading
from scheduler.lifecycle import WORDS
from scheduler.tables import Channel
from web.door import house_of, may
from web.marks import marks
from web.page import go, page
from web.roles import Permission, Person
from web.rooms.autopilot.reading import decided, empty, last_run
from web.words import say

router = APIRouter()
Reader = Annotated[Person, Depends(may(Permission.READ))]
Scheduler = Annotated[Person, Depends(may(Permission.SCHEDULE))]


@router.get("/tu-dong")
def overview(request: Request, someone: Reader) -> HTMLResponse:
    """The coming days as they stand in the queue, and the slots that nobody fills."""
    house = house_of(request)
    now, policy = house.now(), house.service.policy
    days = [local_day(now) + timedelta(days=ahead) for ahead in range(policy.days_ahead + 1)]
    with reading(house.engine) as session:
        channels = session.exec(select(Channel).order_by(col(Channel.key))).all()
        wishes = open_choices(session, now=now)
        known = marks(channels)
        found = decided(session, known, [one.row for one in wishes], now=now)
        slots = empty(empty_slots(session, days, now=now), known)
        run = last_run(session)
    return page(
        request,
        "autopilot/index.html",
        tab="da-xep",
        days=found,
        slots=slots[:40],
        channels=channels,
        last_run=run,
        plan_at=f"{policy.plan_at:%H:%M}",
        days_ahead=policy.days_ahead,
        choices_open=len(wishes),
        words=WORDS,
        may_schedule=someone.may(Permission.SCHEDULE),
    )


@router.post("/tu-dong/xep")
def run_now(request: Request, _someone: Scheduler) -> Response:
    """Fill the coming days at once, as the calendar job does; doing so again adds nothing."""
    house = house_of(request)
    policy = house.service.policy
    try:
        words = house.service.fill_days(local_day(house.now()) + timedelta(days=1), policy.days_ahead)
    except ContentError as error:
        return go(request, "/tu-dong", error.words, "bad")
    return go(request, "/tu-dong", say("{words}", words=words))
