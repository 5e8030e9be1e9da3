"""Campaigns: list, read, begin, change, end, reopen; their posts and how far they are."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from pydantic import Field, StringConstraints
from sqlmodel import Session, col, select

from content.campaign_fields import CampaignError, CampaignFields, fields_of
from content.campaigns import (
    AT_ONCE,
    Moved,
    NoCampaign,
    Phase,
    add_posts,
    campaigns,
    change,
    create,
    end,
    find_campaign,
    phase,
    remove_posts,
    reopen,
)
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import local_day
from records.holds import check_whole
from reports.campaign_summary import CampaignSummary, Tally
from reports.campaigns import pace, progress, summarise
from scheduler.db import reading, writing
from scheduler.tables import Channel
from web.api.frame import Cursor, In, Limit, OnceKey, Out, Page, Told, Words, cursor_at, cursor_of, missing, needs, once
from web.asking import NUMBER_MOST
from web.campaigns import noted
from web.door import house_of
from web.roles import Permission, Person

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
Reader = Annotated[Person, Depends(needs(Permission.READ))]
Editor = Annotated[Person, Depends(needs(Permission.EDIT))]
Key = Annotated[str, Path(max_length=60)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Name = Annotated[Words, StringConstraints(max_length=200)]


class CampaignIn(In):
    """What a campaign is. Targets are publications of its posts, on its channels, between its two days."""

    name: Annotated[Words, Field(min_length=1, max_length=200)]
    first: date
    last: date
    purpose: Annotated[Words, Field(max_length=2000)] = ""
    channels: Annotated[tuple[Name, ...], Field(max_length=100, description="Keys; none: every channel.")] = ()
    total: Annotated[Count, Field(description="0: what the targets by topic or by channel add up to.")] = 0
    topics: Annotated[dict[str, Count], Field(max_length=50, description="Letter of the plan -> target.")] = {}
    per_channel: Annotated[dict[str, Count], Field(max_length=100, description="Key of a channel -> target.")] = {}


class NewCampaignIn(CampaignIn):
    """The same, under a key of its own or one that is made of its name."""

    key: Annotated[str, Field(max_length=60)] = ""


class PostsIn(In):
    """Posts by their keys: all of them are taken, or none."""

    posts: Annotated[tuple[Name, ...], Field(min_length=1, max_length=AT_ONCE)]


class TallyOut(Out):
    """How far something is; `wanted` 0: no target was set."""

    wanted: int
    published: int
    waiting: int
    failed: int
    left: int
    short: int


class CampaignLine(Out):
    """One campaign of a list. `pace` is where it should stand now; null without a target."""

    key: str
    name: str
    purpose: str
    phase: Phase
    first: date
    last: date
    channels: list[str]
    total: int
    topics: dict[str, int]
    per_channel: dict[str, int]
    version: int
    created_by: str
    created_at: Told
    updated_by: str
    updated_at: Told
    ended_at: Told | None
    ended_by: str
    pace: int | None
    progress: TallyOut


class CampaignOut(CampaignLine):
    """One campaign with the keys of its posts, by key. `version` is what a change must name as what was seen."""

    posts: list[str]


class MovedOut(Out):
    """Posts that were added or taken out, and those with which nothing had to be done."""

    done: list[str]
    same: list[str]


@router.get("")
def list_campaigns(
    request: Request,
    _someone: Reader,
    only: Annotated[Phase | None, Query(description="Running, to come, or over.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CampaignLine]:
    """Campaigns, the last to begin first."""
    house = house_of(request)
    at = cursor_at(cursor, date.fromisoformat, int)
    with reading(house.engine) as session:
        found = campaigns(
            session, today=local_day(house.now()), only=only, limit=limit + 1, before=(at[0], at[1]) if at else None
        )
        shown = found[:limit]
        tallies = progress(session, shown)
    more = cursor_of(shown[-1].first.isoformat(), shown[-1].id) if len(found) > limit else None
    return Page(items=[_line(request, row, tallies[row.id or 0]) for row in shown], next=more)


@router.get("/{key}")
def read_campaign(request: Request, _someone: Reader, key: Key) -> CampaignOut:
    """One campaign with its posts and how far it is."""
    with reading(house_of(request).engine) as session:
        return _whole(request, session, _found(session, key))


@router.get("/{key}/progress")
def read_progress(request: Request, _someone: Reader, key: Key) -> CampaignSummary:
    """Everything its summary tells: by topic, channel, week and post, with readings; null is what nobody told."""
    house = house_of(request)
    with reading(house.engine) as session:
        return summarise(session, _found(session, key), house.now())


@router.post("", status_code=201)
def create_campaign(
    request: Request, someone: Editor, body: NewCampaignIn, idempotency_key: OnceKey = None
) -> CampaignOut:
    """A new campaign. The same one sent again by the same person is the one that is there."""

    def act(session: Session) -> Campaign:
        now = house_of(request).now()
        channels, by = _channels(session), someone.name
        row, new = create(session, _fields(body), channels=channels, by=by, now=now, key=body.key)
        if new:
            noted(session, request, someone, row, "Tạo chiến dịch")
        return row

    return once(request, someone, idempotency_key, body, lambda: _done(request, act))  # type: ignore[no-any-return]  # the answer, or as the first time


@router.put("/{key}")
def change_campaign(
    request: Request,
    someone: Editor,
    key: Key,
    body: CampaignIn,
    seen: Annotated[int, Query(ge=1, le=NUMBER_MOST, description="`version` of what was read.")],
) -> CampaignOut:
    """Replace what a campaign is. 409, with who changed what, when somebody saved it since."""

    def act(session: Session) -> Campaign:
        before = fields_of(_found(session, key))
        channels, now = _channels(session), house_of(request).now()
        row = change(session, key, _fields(body), seen=seen, channels=channels, by=someone.name, now=now)
        noted(session, request, someone, row, before=before)
        return row

    return _done(request, act)


@router.post("/{key}/posts")
def add(request: Request, someone: Editor, key: Key, body: PostsIn, idempotency_key: OnceKey = None) -> MovedOut:
    """Put posts into it; one that is in it already stays."""

    def do() -> MovedOut:
        with writing(house_of(request).engine) as session:
            row = _found(session, key)
            moved = add_posts(session, key, body.posts, by=someone.name, now=house_of(request).now())
            if moved.done:
                noted(session, request, someone, row, f"Thêm bài: {', '.join(moved.done)}")
        return _moved(moved)

    return once(request, someone, idempotency_key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/{key}/posts/remove")
def remove(request: Request, someone: Editor, key: Key, body: PostsIn, idempotency_key: OnceKey = None) -> MovedOut:
    """Take posts out of it; what is queued of them stays queued."""

    def do() -> MovedOut:
        with writing(house_of(request).engine) as session:
            row = _found(session, key)
            check_whole(session, row.id or 0)
            moved = remove_posts(session, key, body.posts)
            if moved.done:
                noted(session, request, someone, row, f"Bỏ bài: {', '.join(moved.done)}")
        return _moved(moved)

    return once(request, someone, idempotency_key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.post("/{key}/end")
def end_campaign(request: Request, someone: Editor, key: Key) -> CampaignOut:
    """End it. Nothing of the queue is touched; the autopilot no longer minds it."""
    return _done(request, lambda session: _turned(session, request, someone, key, over=True))


@router.post("/{key}/reopen")
def reopen_campaign(request: Request, someone: Editor, key: Key) -> CampaignOut:
    """Let an ended one go on."""
    return _done(request, lambda session: _turned(session, request, someone, key, over=False))


def _turned(session: Session, request: Request, someone: Person, key: str, *, over: bool) -> Campaign:
    was = _found(session, key).ended_at
    row = (end if over else reopen)(session, key, by=someone.name, now=house_of(request).now())
    if (was is None) == over:
        noted(session, request, someone, row, "Kết thúc chiến dịch" if over else "Mở lại chiến dịch")
    return row


def _done(request: Request, act: Callable[[Session], Campaign]) -> CampaignOut:
    """What was done, and the campaign as it is then. Answers 422 for what cannot be kept."""
    try:
        with writing(house_of(request).engine) as session:
            return _whole(request, session, act(session))
    except CampaignError as error:
        raise HTTPException(422, " ".join(one.words for one in error.problems)) from None


def _found(session: Session, key: str) -> Campaign:
    try:
        return find_campaign(session, key)
    except NoCampaign:
        raise missing() from None


def _channels(session: Session) -> list[str]:
    return list(session.exec(select(Channel.key)))


def _fields(body: CampaignIn) -> CampaignFields:
    return CampaignFields(**body.model_dump(exclude={"key"}))


def _line(request: Request, row: Campaign, tally: Tally) -> CampaignLine:
    return CampaignLine(**_facts(request, row, tally))


def _whole(request: Request, session: Session, row: Campaign) -> CampaignOut:
    tally = progress(session, [row])[row.id or 0]
    keys = session.exec(
        select(Post.key)
        .join(CampaignPost, col(CampaignPost.post_id) == col(Post.id))
        .where(CampaignPost.campaign_id == row.id)
        .order_by(col(Post.key))
    )
    return CampaignOut(**_facts(request, row, tally), posts=list(keys))


def _facts(request: Request, row: Campaign, tally: Tally) -> dict[str, Any]:
    now = house_of(request).now()
    fields = fields_of(row)
    known: dict[str, Any] = {name: getattr(row, name) for name in CampaignLine.model_fields if hasattr(row, name)}
    return {
        **known,
        **{"total": fields.total, "topics": fields.topics, "per_channel": fields.per_channel},
        "phase": phase(row, local_day(now)),
        "pace": pace(row, now),
        "progress": TallyOut.model_validate(tally),
    }


def _moved(moved: Moved) -> MovedOut:
    return MovedOut(done=list(moved.done), same=list(moved.same))
