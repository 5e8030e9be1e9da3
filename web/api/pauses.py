"""Pauses: stop everything, one channel, one agency or one tag, and let it go on."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import Field
from sqlmodel import col, select

from scheduler.db import reading, writing
from scheduler.pauses import begin, end, standing, tell
from scheduler.tables import Channel, Pause
from web.acts import Act, acting, note
from web.api.frame import In, Moment, OnceKey, Out, Page, Told, Words, needs, once
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/pauses", tags=["pauses"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Stopper = Annotated[Person, Depends(needs(Permission.PAUSE))]


class PauseOut(Out):
    """One pause; without a channel, an agency and a tag it covers everything."""

    id: int
    channel: str
    agency: str
    tag: str
    reason: str
    words: str
    told: str
    since: Told
    until: Told | None
    started_by: str
    ended_at: Told | None
    ended_by: str


class PauseIn(In):
    """Stop what goes out, from now or a later time on, until a time or until a person ends it.

    At most one of channel, agency and tag; none: everything.
    """

    reason: Literal["quoc_tang", "thien_tai", "su_co_bao_mat", "chi_dao"]
    words: Annotated[Words, Field(max_length=1000)] = ""
    channel: Annotated[Words, Field(max_length=100)] = ""
    agency: Annotated[Words, Field(max_length=100)] = ""
    tag: Annotated[Words, Field(max_length=40)] = ""
    since: Moment | None = None
    until: Moment | None = None


@router.get("")
def list_pauses(request: Request, _someone: Reader) -> Page[PauseOut]:
    """The pauses in force and those still to come."""
    house = house_of(request)
    with reading(house.engine) as session:
        names = {one.id: one.key for one in session.exec(select(Channel).order_by(col(Channel.id)))}
        rows = standing(session, now=house.now())
    return Page(items=[_told(row, names) for row in rows])


@router.post("", status_code=201)
def begin_pause(request: Request, someone: Stopper, body: PauseIn, key: OnceKey = None) -> PauseOut:
    """Stop. What is due meanwhile is held, never lost."""
    house, by = house_of(request), acting(someone, Permission.PAUSE)

    def do() -> PauseOut:
        made = begin(
            house.engine, body.reason, body.words, channel_key=body.channel, agency=body.agency, tag=body.tag,
            since=body.since, until=body.until, now=house.now(), by=by,
        )  # fmt: skip
        with writing(house.engine) as session:
            note(session, request, by, Act.PAUSED, body.channel or made.agency or made.tag, tell(made), now=house.now())
        return _told(made, {made.channel_id: body.channel})

    return once(request, someone, key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/{number}/end")
def end_pause(request: Request, someone: Stopper, number: Annotated[int, Path(ge=1, le=NUMBER_MOST)]) -> PauseOut:
    """Let it go on. What was held waits for a person's decision."""
    house, by = house_of(request), acting(someone, Permission.PAUSE)
    ended = end(house.engine, number, now=house.now(), by=by)
    with writing(house.engine) as session:
        names = {one.id: one.key for one in session.exec(select(Channel).where(Channel.id == ended.channel_id))}
        note(
            session,
            request,
            by,
            Act.RESUMED,
            names.get(ended.channel_id, "") or ended.agency or ended.tag,
            tell(ended),
            now=house.now(),
        )
    return _told(ended, names)


def _told(row: Pause, names: dict[int | None, str]) -> PauseOut:
    facts = {name: getattr(row, name) for name in PauseOut.model_fields if hasattr(row, name)}
    return PauseOut(**facts, channel=names.get(row.channel_id, ""), told=tell(row))
