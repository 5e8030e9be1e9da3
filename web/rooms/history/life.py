"""One publication's life, told from its events and its tries, and what a person may do about it now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session, col, func, or_, select

from connectors import connector_class
from connectors.base import Part
from connectors.http import redact
from content.tables import Post
from reports.phrases import METRIC_WORDS
from scheduler.db import reading
from scheduler.hours import midnight
from scheduler.lifecycle import WORDS, Event, State, allowed
from scheduler.moving import MOVABLE
from scheduler.parts import PART_WORDS
from scheduler.queue import MOST
from scheduler.retry import FIND, PUBLISH
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent, Reading
from web.door import Someone, house_of
from web.forms import Form
from web.house import House
from web.page import page
from web.roles import Permission, Person
from web.stories import Story, of_attempt, of_event

router = APIRouter()
Row = TypeVar("Row", PublicationEvent, Attempt)
EVENTS_MOST, TRIES_MOST, PARTS_MOST = 300, 200, 50
VERBS = {
    Event.RESUMED: ("tiep-tuc", "Tiếp tục"),
    Event.HELD: ("giu", "Giữ lại"),
    Event.CANCELLED: ("huy", "Hủy lịch"),
    Event.WITHDRAWN: ("go-bai", "Gỡ bài"),
}
"""What a person may do where the life cycle has this edge: the last part of its address, and its name."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try, in words; `evidence` is what the platform answered, without tokens."""

    at: datetime
    tried: str
    ended: str
    seconds: float | None
    words: str
    code: str
    section: str
    evidence: str
    is_well: bool


@dataclass(frozen=True, slots=True)
class Related:
    """Another publication that this one follows, or that follows it."""

    number: int
    what: str
    state: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Value:
    """The last value of one figure."""

    name: str
    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """Everything the page tells."""

    row: Publication
    post: Post
    channel: Channel
    moments: tuple[tuple[Story | None, Try | None], ...]
    """Oldest first: what happened, or what was tried."""
    sent: Try | None
    """The last time it was sent."""
    looks: tuple[Try, ...]
    """How often the platform was asked since, and what it said."""
    parent: Related | None
    parts: tuple[Related, ...]
    figures: tuple[Value, ...]


@router.get("/muc/{number:int}")
def one_life(request: Request, number: int, someone: Someone) -> HTMLResponse:
    """What became of one publication, and what may be done."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = _life(session, number) if 0 < number <= MOST else None
        flag = _flag_of(house, session, found.row) if found and someone.may(Permission.READ) else ""
    if found is None or not someone.sees(found.post):
        raise HTTPException(404, "Không có mục này.")
    row = found.row
    settles = row.state == State.NEEDS_PERSON and someone.may(Permission.SCHEDULE)
    return page(
        request,
        "history/life.html",
        life=found,
        row=row,
        post=found.post,
        channel=found.channel,
        label=connector_class(found.channel.platform).capabilities.label,
        state_words=WORDS[State(row.state)],
        what=PART_WORDS[row.part],
        verbs=list(_verbs(row, someone)),
        settles=settles,
        asks=settles and Event.ASKED in allowed(row.state),
        form=Form(),
        flag=flag,
        is_as_prepared=row.prepared_hash == found.post.content_hash,
        swaps=_swaps(row, someone, house.now()),
    )


def _flag_of(house: House, session: Session, row: Publication) -> str:
    """What it is too close to: looked up for its whole day, once after each change of the queue."""
    begin = midnight(row.due_at)
    return house.watch.flags(session, begin, begin + timedelta(days=1), now=house.now()).get(row.id or 0, "")


def _life(session: Session, number: int) -> Life | None:
    found = session.exec(
        select(Publication, Post, Channel).where(
            Publication.id == number,
            col(Publication.post_id) == col(Post.id),
            col(Publication.channel_id) == col(Channel.id),
        )
    ).first()
    if found is None:
        return None
    row, post, channel = found
    events = _newest(session, PublicationEvent, number, EVENTS_MOST)
    tries = _newest(session, Attempt, number, TRIES_MOST)
    sent = [one for one in tries if one.action == PUBLISH]
    since = sent[-1].started_at if sent else None
    return Life(
        row,
        post,
        channel,
        tuple(_moments(events, tries, row.part, channel.name)),
        _try(sent[-1]) if sent else None,
        tuple(_try(one) for one in tries if one.action == FIND and (since is None or one.started_at >= since)),
        *_related(session, row),
        _figures(session, number),
    )


def _newest(session: Session, model: type[Row], number: int, most: int) -> list[Row]:
    """The last rows of this publication, oldest first."""
    rows = select(model).where(col(model.publication_id) == number).order_by(col(model.id).desc()).limit(most)
    return list(reversed(session.exec(rows).all()))


def _moments(
    events: Sequence[PublicationEvent], tries: Sequence[Attempt], part: str, channel: str
) -> Iterator[tuple[Story | None, Try | None]]:
    """Events and tries in order. A try stands for the event that began it, before whatever ended it."""
    begun = {one.fence for one in tries}
    told: list[tuple[tuple[datetime, int, int, int], tuple[Story | None, Try | None]]] = [
        ((one.started_at, one.fence, 0, one.id or 0), (None, _try(one))) for one in tries
    ]
    for row in events:
        if row.event == Event.CLAIMED and row.fence in begun:
            continue
        told.append(((row.at, row.fence, 1, row.id or 0), (of_event(row, "", part, channel), None)))
    yield from (one for _, one in sorted(told, key=lambda pair: pair[0]))


def _try(row: Attempt) -> Try:
    tried, ended = of_attempt(row)
    seconds = (row.finished_at - row.started_at).total_seconds() if row.finished_at else None
    # Connectors keep no token; whatever a platform may have repeated in its words is struck out here again.
    return Try(
        row.started_at, tried, ended, seconds, redact(row.words), row.code, row.section, redact(row.evidence),
        row.outcome in ("ok", "accepted"),
    )  # fmt: skip


def _related(session: Session, row: Publication) -> tuple[Related | None, tuple[Related, ...]]:
    """What it follows, and what follows it."""
    wanted = col(Publication.follows_id) == row.id
    if row.follows_id is not None:  # said only where there is one: "or nothing" would read every publication
        wanted = or_(wanted, col(Publication.id) == row.follows_id)
    rows = session.exec(select(Publication).where(wanted).order_by(col(Publication.id)).limit(PARTS_MOST)).all()
    told = [
        Related(one.id or 0, PART_WORDS[one.part], one.state, WORDS[State(one.state)], one.published_at or one.due_at)
        for one in rows
    ]
    parent = next((one for one in told if one.number == row.follows_id), None)
    return parent, tuple(one for one in told if one is not parent)


def _figures(session: Session, number: int) -> tuple[Value, ...]:
    """The last value that was told of each counter; what was never told is not shown."""
    of_it = (Reading.publication_id == number, col(Reading.value).is_not(None), col(Reading.day).is_(None))
    last = select(Reading.metric, func.max(col(Reading.taken_at)).label("at")).where(*of_it)
    newest = last.group_by(col(Reading.metric)).subquery()
    rows = session.exec(
        select(Reading.metric, Reading.value, Reading.taken_at)
        .join(newest, (newest.c.metric == col(Reading.metric)) & (newest.c.at == col(Reading.taken_at)))
        .where(*of_it)
    )
    values = {metric: Value(METRIC_WORDS.get(metric, metric), value or 0, at) for metric, value, at in rows}
    return tuple(values[metric] for metric in dict.fromkeys([*METRIC_WORDS, *sorted(values)]) if metric in values)


def _swaps(row: Publication, someone: Person, now: datetime) -> bool:
    """Whether the autopilot chose it and this person may have it choose again."""
    return row.origin == "autopilot" and row.state in MOVABLE and row.due_at > now and someone.may(Permission.SCHEDULE)


def _verbs(row: Publication, someone: Person) -> Iterator[tuple[str, str, bool]]:
    """What this person may do about it now: address, name, and whether it takes something away."""
    state, follows = State(row.state), row.part in (Part.COMMENT, Part.REVISION)
    if someone.may(Permission.SCHEDULE) and state in MOVABLE and not follows:
        yield "doi-gio", "Đổi giờ", False
        yield "dang-ngay", "Đăng ngay", False
    for event, (verb, name) in VERBS.items():
        if event not in allowed(state):
            continue
        takes_down = event is Event.WITHDRAWN
        if takes_down and (row.part in (Part.BROADCAST, Part.REVISION) or not row.external_id):
            continue
        if someone.may(Permission.SCHEDULE) or (takes_down and someone.may(Permission.APPROVE)):
            yield verb, name, event in (Event.CANCELLED, Event.WITHDRAWN)
