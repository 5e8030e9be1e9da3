"""The queue: what goes out where and when, and what a person may do about it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from content.tables import Post
from scheduler.channels import find_channel
from scheduler.db import reading
from scheduler.doubts import doubts
from scheduler.lifecycle import WORDS, Event, State, allowed
from scheduler.moving import ask_again, move, publish_now
from scheduler.policy import Policy
from scheduler.slots import FAR, next_free
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent
from web.acts import acting
from web.api.frame import (
    Caller,
    Cursor,
    In,
    Limit,
    Moment,
    OnceKey,
    Out,
    Page,
    Told,
    Words,
    aware,
    cursor_at,
    cursor_of,
    missing,
    needs,
    once,
)
from web.api.posts import find
from web.asking import NUMBER_MOST
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/publications", tags=["publications"])
Number = Annotated[int, Path(ge=1, le=NUMBER_MOST)]
Scheduler = Annotated[Person, Depends(needs(Permission.SCHEDULE))]
Reader = Annotated[Person, Depends(needs(Permission.READ))]


class PublicationOut(Out):
    """One post on one channel at one time, or what follows it there."""

    id: int
    post: str
    title: str
    channel: str
    part: str
    due_at: Told
    state: str
    words: str
    origin: str
    reason: str
    permalink: str
    published_at: Told | None
    problem: str
    may: list[str] = []
    """The events that may happen to it now."""
    warnings: list[str] = []
    """What the channel's own rules say against the time that was just chosen by hand."""


class EventOut(Out):
    """One move of its life."""

    at: Told
    event: str
    state_before: str
    state_after: str
    words: str
    actor: str


class AttemptOut(Out):
    """One try, and what was answered."""

    action: str
    started_at: Told
    finished_at: Told | None
    outcome: str
    code: str
    section: str
    words: str


class PublicationLife(PublicationOut):
    """One publication with its whole life."""

    events: list[EventOut]
    attempts: list[AttemptOut]


class PublicationIn(In):
    """Queue a post: at a time, at the channel's next free slot, or now."""

    post: Annotated[Words, Field(max_length=100)]
    channel: Annotated[Words, Field(max_length=100)]
    at: Moment | None = None
    when: Literal["at", "next_slot", "now"] = "at"

    @model_validator(mode="after")
    def _one_time(self) -> "PublicationIn":
        if (self.when == "at") != (self.at is not None):
            raise ValueError("ghi at khi when là at, và chỉ khi đó")
        return self


class MoveIn(In):
    """Another time."""

    at: Moment


class ReasonIn(In):
    """Why."""

    reason: Annotated[Words, Field(min_length=1, max_length=2000)]


class SettleIn(In):
    """What a person found on the platform."""

    result: Literal["there", "sent", "not_there"]
    permalink: Annotated[Words, Field(max_length=1000)] = ""
    reason: Annotated[Words, Field(min_length=1, max_length=2000)]


@router.get("")
def list_publications(
    request: Request,
    _someone: Reader,
    since: Annotated[Moment | None, Query()] = None,
    until: Annotated[Moment | None, Query()] = None,
    state: Annotated[State | None, Query()] = None,
    channel: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PublicationOut]:
    """By due time, earliest first."""
    after = cursor_at(cursor, aware, int)
    due, number = col(Publication.due_at), col(Publication.id)
    statement = publication_rows()
    for wanted in (
        due >= since if since else None,
        due < until if until else None,
        col(Publication.state) == state if state else None,
        col(Channel.key) == channel if channel else None,
        (due > after[0]) | ((due == after[0]) & (number > after[1])) if after else None,
    ):
        statement = statement if wanted is None else statement.where(wanted)
    with reading(house_of(request).engine) as session:
        rows = session.exec(statement.order_by(due, number).limit(limit + 1)).all()
    items = [publication_told(*row) for row in rows[:limit]]
    more = cursor_of(rows[limit - 1][0].due_at, rows[limit - 1][0].id) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.get("/{number}")
def read_publication(request: Request, someone: Caller, number: Number) -> PublicationLife:
    """One publication with its events and attempts."""
    with reading(house_of(request).engine) as session:
        return _life(session, someone, number)


@router.post("", status_code=201)
def queue_post(request: Request, someone: Scheduler, body: PublicationIn, key: OnceKey = None) -> PublicationOut:
    """Queue a post. One that is not approved yet waits, held, for its approval."""
    house = house_of(request)
    desk, now = house.service.desk, house.now()

    def do() -> PublicationOut:
        with reading(house.engine) as session:
            post, at = find(session, someone, body.post), body.at
            if body.when != "now" and at is None:
                at = _next_slot(session, find_channel(session, body.channel), post, now, desk.policy)
        if body.when == "now":
            made = publish_now(desk, body.post, body.channel, now=now, actor=someone.name)
        else:
            assert at is not None, "the model asks for one"
            made = desk.add(body.post, body.channel, at, now=now, actor=someone.name, unapproved=True)
        with reading(house.engine) as session:
            told = publication_told(*_found(session, someone, made.id or 0))
            against = [] if body.when == "now" else doubts(session, made, desk.policy, now=now)
        return told.model_copy(update={"warnings": against})

    return once(request, someone, key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/{number}/move")
def move_publication(request: Request, someone: Scheduler, number: Number, body: MoveIn) -> PublicationLife:
    """Give it another time."""
    house = house_of(request)
    desk, now = house.service.desk, house.now()
    _theirs(request, someone, number)
    move(desk, number, body.at, now=now, actor=someone.name)
    with reading(house.engine) as session:
        against = doubts(session, session.get_one(Publication, number), desk.policy, now=now)
    return read_publication(request, someone, number).model_copy(update={"warnings": against})


_ACTS = {"hold": Event.HELD, "resume": Event.RESUMED, "cancel": Event.CANCELLED}


@router.post("/{number}/{act}")
def act_on_publication(
    request: Request, someone: Scheduler, number: Number, act: Literal["hold", "resume", "cancel", "ask-again"]
) -> PublicationLife:
    """Hold it, let it go on, take it out of the queue, or have the platform asked again about it."""
    house = house_of(request)
    _theirs(request, someone, number)
    if act == "ask-again":
        ask_again(house.service.desk, number, now=house.now(), actor=someone.name)
    else:
        house.service.desk.act(number, _ACTS[act], now=house.now(), actor=someone.name)
    return read_publication(request, someone, number)


@router.post("/{number}/decisions/settle")
def settle_publication(request: Request, someone: Scheduler, number: Number, body: SettleIn) -> PublicationLife:
    """Say what was found on the platform about an item whose outcome nobody knew."""
    house = house_of(request)
    _theirs(request, someone, number)
    if (body.result == "there") != bool(body.permalink.strip()):
        raise HTTPException(422, "Ghi permalink khi result là there, và chỉ khi đó.")
    house.service.desk.settle(
        number,
        body.permalink.strip(),
        now=house.now(),
        actor=someone.name,
        sent=body.result == "sent",
        reason=body.reason,
    )
    return read_publication(request, someone, number)


@router.post("/{number}/decisions/withdraw")
def withdraw_publication(
    request: Request,
    someone: Annotated[Person, Depends(needs(Permission.SCHEDULE, Permission.APPROVE))],
    number: Number,
    body: ReasonIn,
) -> PublicationLife:
    """Take it down from its channel."""
    house = house_of(request)
    _theirs(request, someone, number)
    own = Permission.SCHEDULE if someone.may(Permission.SCHEDULE) else Permission.APPROVE
    house.service.desk.withdraw(number, body.reason, now=house.now(), actor=acting(someone, own))
    return read_publication(request, someone, number)


def publication_rows() -> Any:
    """The three rows that every answer is made of."""
    return select(Publication, Channel, Post).where(
        col(Publication.channel_id) == col(Channel.id), col(Publication.post_id) == col(Post.id)
    )


def _found(session: Session, someone: Person, number: int) -> tuple[Publication, Channel, Post]:
    row = session.exec(publication_rows().where(Publication.id == number)).first()
    if row is None or not someone.sees(row[2]):
        raise missing()
    return row[0], row[1], row[2]


def _theirs(request: Request, someone: Person, number: int) -> None:
    with reading(house_of(request).engine) as session:
        _found(session, someone, number)


def _next_slot(session: Session, channel: Channel, post: Post, now: datetime, policy: Policy) -> datetime:
    at = next_free(session, channel, now=now, policy=policy, post=post)
    if at is None:
        raise HTTPException(409, f"Kênh không còn khung giờ trống nào hợp với bài trong {FAR} ngày tới; hãy ghi at.")
    return at


def publication_told(row: Publication, channel: Channel, post: Post) -> PublicationOut:
    """One row as it is answered."""
    facts = {name: getattr(row, name) for name in PublicationOut.model_fields if hasattr(row, name)}
    words, may = WORDS[State(row.state)], [event.value for event in allowed(row.state)]
    return PublicationOut(**facts, post=post.key, title=post.title, channel=channel.key, words=words, may=may)


def _life(session: Session, someone: Person, number: int) -> PublicationLife:
    row, channel, post = _found(session, someone, number)
    events = session.exec(
        select(PublicationEvent)
        .where(PublicationEvent.publication_id == number)
        .order_by(col(PublicationEvent.id))
        .limit(500)
    )
    attempts = session.exec(
        select(Attempt).where(Attempt.publication_id == number).order_by(col(Attempt.id)).limit(500)
    )
    return PublicationLife(
        **publication_told(row, channel, post).model_dump(),
        events=[EventOut.model_validate(one) for one in events],
        attempts=[AttemptOut.model_validate(one) for one in attempts],
    )
