"""What the autopilot decided and will decide; pin, veto, swap; a month tried beforehand."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from sqlmodel import col

from connectors.base import Part
from content.vietnamese import local_day
from scheduler.calendar_tables import Choice
from scheduler.choices import open_choices, pin, swap, take_back, veto
from scheduler.db import reading
from scheduler.foresight import foresee
from scheduler.foresight.plain import plain
from scheduler.foresight.snapshot import month_days, take
from scheduler.lifecycle import OPEN
from scheduler.tables import Publication
from web.api.frame import In, OnceKey, Out, Page, Told, Words, needs, once
from web.api.publications import PublicationOut, publication_rows, publication_told
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/autopilot", tags=["autopilot"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Scheduler = Annotated[Person, Depends(needs(Permission.SCHEDULE))]
Number = Annotated[int, Path(ge=1, le=NUMBER_MOST)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]
Key = Annotated[Words, Field(min_length=1, max_length=300)]
Reason = Annotated[Words, Field(max_length=500)]
SEEN, MOST = 10, 200
"""Coming days that are looked at, and items that are listed, at most."""


class PlannedOut(Out):
    """A post that the autopilot would take; it stands in no queue yet."""

    post: str
    title: str
    channel: str
    at: Told
    reason: str


class GapOut(Out):
    """A slot that would stay empty, and why."""

    channel: str
    at: Told
    reason: str


class ShortfallOut(Out):
    """What is wanted between two days and would not be reached."""

    topic: str
    first: date
    last: date
    wanted: int
    have: int
    reason: str


class AheadOut(Out):
    """The coming days as the autopilot would fill them."""

    planned: list[PlannedOut]
    gaps: list[GapOut]
    shortfalls: list[ShortfallOut]


class ChoiceOut(Out):
    """What somebody told the autopilot: a pin or a veto. Without `until` it counts for good."""

    id: int
    kind: str
    post: str
    channel: str
    since: date
    until: date | None
    reason: str
    actor: str


class PinIn(In):
    """This post on this channel on one of these days."""

    post: Key
    channel: Key
    since: Day
    until: Day | None = None
    reason: Reason = ""


class VetoIn(In):
    """Not this post on this channel (without one: on any) on these days; without `until`: until it is taken back."""

    post: Key
    channel: Words = ""
    since: Day
    until: Day | None = None
    reason: Annotated[Words, Field(min_length=1, max_length=500)]


class SwapIn(In):
    """Another post in the place of an item that the autopilot chose."""

    publication: Annotated[int, Field(ge=1, le=NUMBER_MOST)]
    post: Key


class DoneOut(Out):
    """What came of it, in words."""

    words: str


@router.get("/decisions")
def decisions(request: Request, _someone: Reader) -> Page[PublicationOut]:
    """What the autopilot has queued and is still to come, by time."""
    house = house_of(request)
    statement = publication_rows().where(
        col(Publication.due_at) > house.now(),
        Publication.origin == "autopilot",
        Publication.part == Part.POST,
        col(Publication.state).in_(OPEN),
    )
    with reading(house.engine) as session:
        rows = session.exec(statement.order_by(col(Publication.due_at), col(Publication.id)).limit(MOST)).all()
    return Page(items=[publication_told(*row) for row in rows])


@router.get("/ahead")
def ahead(request: Request, _someone: Reader, days: Annotated[int, Query(ge=1, le=SEEN)] = SEEN) -> AheadOut:
    """The coming days as they would be filled: posts, empty slots, what the plan will not get; each with its reason."""
    house = house_of(request)
    today = local_day(house.now())
    found = foresee(take(house.service.desk, today, today + timedelta(days=days), now=house.now()))
    planned = [
        PlannedOut(post=one.post_key, title=one.title, channel=one.channel_key, at=one.at, reason=one.reason)
        for one in found.items
        if one.planned
    ]
    gaps = [GapOut(channel=one.channel_key, at=one.at, reason=one.reason) for one in found.gaps]
    return AheadOut(
        planned=planned, gaps=gaps, shortfalls=[ShortfallOut.model_validate(one) for one in found.shortfalls]
    )


@router.get("/months/{month}")
def month(request: Request, _someone: Reader, month: Annotated[str, Path(pattern=r"^\d{4}-\d{2}$")]) -> dict[str, Any]:
    """A whole month tried beforehand, as `cchc plan --json` tells it. Nothing is written or sent."""
    house = house_of(request)
    year, number = int(month[:4]), int(month[5:])
    first, last = month_days(year, number, now=house.now())
    return plain(foresee(take(house.service.desk, first, last, now=house.now())))


@router.post("/run")
def run(request: Request, _someone: Scheduler) -> DoneOut:
    """Fill the coming days now, as the daily job does; repeating it adds nothing."""
    house = house_of(request)
    first = local_day(house.now()) + timedelta(days=1)
    return DoneOut(words=house.service.fill_days(first, house.service.policy.days_ahead))


# What people tell it -------------------------------------------------------------------------------------


@router.get("/choices")
def choices(request: Request, _someone: Reader) -> Page[ChoiceOut]:
    """The pins and vetoes that count now or later, the soonest first."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = open_choices(session, now=house.now())
    return Page(items=[_choice(one.row, one.post_key, one.channel_key) for one in found])


@router.post("/pins", status_code=201)
def pin_post(request: Request, someone: Scheduler, body: PinIn, key: OnceKey = None) -> ChoiceOut:
    """Ask for a post on a channel on one of these days; the next planning gives it a slot."""
    house = house_of(request)

    def do() -> ChoiceOut:
        made = pin(
            house.engine, body.post, body.channel, body.since, body.until or body.since, now=house.now(),
            actor=someone.name, reason=body.reason,
        )  # fmt: skip
        return _made(made, body)

    return once(request, someone, key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/vetoes", status_code=201)
def veto_post(request: Request, someone: Scheduler, body: VetoIn, key: OnceKey = None) -> ChoiceOut:
    """Ask that a post is not chosen on these days."""
    house = house_of(request)

    def do() -> ChoiceOut:
        made = veto(
            house.engine, body.post, body.channel, body.since, body.until, now=house.now(), actor=someone.name,
            reason=body.reason,
        )  # fmt: skip
        return _made(made, body)

    return once(request, someone, key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/choices/{number}/end")
def end_choice(request: Request, someone: Scheduler, number: Number) -> DoneOut:
    """A pin or a veto counts no more."""
    house = house_of(request)
    ended = take_back(house.engine, number, now=house.now(), by=someone.name)
    return DoneOut(words=f"Đã kết thúc mục số {ended.id}.")


@router.post("/swaps", status_code=201)
def swap_post(request: Request, someone: Scheduler, body: SwapIn, key: OnceKey = None) -> PublicationOut:
    """Put another post in the place of an item that the autopilot chose."""
    house = house_of(request)

    def do() -> PublicationOut:
        made = swap(house.service.desk, body.publication, body.post, now=house.now(), actor=someone.name)
        with reading(house.engine) as session:
            row = session.exec(publication_rows().where(Publication.id == made.id)).one()
        return publication_told(*row)

    return once(request, someone, key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


def _made(row: Choice, body: PinIn | VetoIn) -> ChoiceOut:
    return _choice(row, body.post, body.channel)


def _choice(row: Choice, post: str, channel: str) -> ChoiceOut:
    return ChoiceOut(
        id=row.id or 0, kind=row.kind, post=post, channel=channel, since=row.since, until=row.until,
        reason=row.reason, actor=row.actor,
    )  # fmt: skip
