"""The front page: what goes out next, what needs this person, the rest of the day, how the channels stand."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from content.editorial import STATE_WORDS
from content.tables import Editorial
from content.vietnamese import local_day
from scheduler.channels import CHANNEL_WORDS, OFF
from scheduler.db import reading as reads
from scheduler.lifecycle import WORDS
from scheduler.pauses import standing
from web.door import Someone, house_of
from web.house import House
from web.page import page
from web.pauses import told
from web.roles import Permission, Person
from web.rooms.today import reading
from web.rooms.today.needs import named_days, needs

router = APIRouter()


@router.get("/")
def today(request: Request, someone: Someone) -> HTMLResponse:
    """What goes out today, and what needs this person; who may not read everything sees what is theirs."""
    house = house_of(request)
    with reads(house.engine) as session:
        if not someone.may(Permission.READ):
            return _own(request, session, someone, house)
        return _office(request, session, someone, house)


def _office(request: Request, session: Session, someone: Person, house: House) -> HTMLResponse:
    now = house.now()
    known = {one.id: one for one in reading.channels(session)}
    upcoming = reading.next_ones(session, now)
    shown = {one.id for one in upcoming}
    rest = [one for one in reading.of_the_day(session, local_day(now)) if one.id not in shown]
    counted, holidays = reading.counts(session), named_days(session, house.plan_dir, local_day(now))
    holiday = holidays.get(local_day(now))
    return page(
        request, "today/index.html", day=local_day(now), holiday=holiday.name if holiday else "",
        upcoming=upcoming, known=known, rest=reading.by_channel(rest, known),
        health=[one for one in known.values() if one.state != OFF],
        needs=needs(session, someone, known, counted, holidays, now),
        counted=counted, runs=counted.runs(now), states=WORDS, channel_states=CHANNEL_WORDS,
        pauses=told(session, standing(session, now=now), {number: one.name for number, one in known.items()}),
        may_pause=someone.may(Permission.PAUSE), may_write=someone.may(Permission.PROPOSE),
    )  # fmt: skip


def _own(request: Request, session: Session, someone: Person, house: House) -> HTMLResponse:
    known = {one.id: one for one in reading.channels(session)}
    states = {state.value: words for state, words in STATE_WORDS.items()}
    return page(
        request, "today/own.html", day=local_day(house.now()), known=known, states=WORDS, post_states=states,
        posts=reading.own_posts(session, someone.name, someone.agency),
        open_states=(Editorial.DRAFT, Editorial.RETURNED), may_write=someone.may(Permission.PROPOSE),
    )  # fmt: skip
