"""Posts: list, read, write, check, submit, approve, return."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field
from sqlmodel import Session, col, or_, select

from content.checks.rules import PARTS_MOST, REPEAT_DAYS_MOST, REPEATS_MOST, SERIES_MOST
from content.editing import AssetUse, PostFields, fields_of, new_key, save
from content.editorial import ACTION_WORDS, give_back, standing
from content.errors import ContentError
from content.postfile import Season, Tags
from content.search import Facts, search
from content.tables import Asset, Editorial, Post, PostAsset, Review
from content.tags import MOST
from scheduler.db import reading, writing
from web.api.frame import (
    Caller,
    Cursor,
    In,
    Limit,
    OnceKey,
    Out,
    Page,
    Told,
    Words,
    cursor_at,
    cursor_of,
    missing,
    needs,
    once,
)
from web.authority import approver, refuse_change, returner
from web.door import Forbidden, house_of
from web.files import not_theirs
from web.roles import Permission, Person

router = APIRouter(prefix="/posts", tags=["posts"])
Key = Annotated[str, Path(max_length=100)]


class AssetIn(In):
    """A stored file in its place; the order is that of the list."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    role: Annotated[str, Field(pattern=r"^(image|cover|video)$")]
    platform: Annotated[str, Field(max_length=40)] = ""
    alt: Annotated[Words, Field(max_length=1000)] = ""


class VariantIn(In):
    """What differs on one platform; an empty field means "as in the post"."""

    title: Annotated[Words, Field(max_length=300)] = ""
    summary: Annotated[Words, Field(max_length=10_000)] = ""
    text: Annotated[Words, Field(max_length=70_000)] = ""
    link: Annotated[Words, Field(max_length=2000)] = ""
    first_comment: Annotated[Words, Field(max_length=10_000)] = ""
    options: Annotated[dict[str, Any], Field(max_length=30)] = {}


class PostIn(In):
    """Everything staff may change in a post. A draft may be incomplete; the checks tell what is missing."""

    title: Annotated[Words, Field(max_length=300)]
    body: Annotated[Words, Field(max_length=70_000)] = ""
    topic: Annotated[Words, Field(max_length=5)] = ""
    form: Annotated[str, Field(max_length=40)] = "van_ban"
    audiences: Annotated[tuple[Words, ...], Field(max_length=30)] = ()
    source: Annotated[Words, Field(max_length=1000)] = ""
    source_url: Annotated[Words, Field(max_length=2000)] = ""
    legal_refs: Annotated[tuple[Words, ...], Field(max_length=50)] = ()
    hashtags: Annotated[tuple[Words, ...], Field(max_length=50)] = ()
    platforms: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    variants: Annotated[dict[str, VariantIn], Field(max_length=20)] = {}
    sensitive: bool = False
    evergreen: bool = True
    allowed_in_pause: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    late_rule: Annotated[str, Field(pattern=r"^(expire|next_slot|any_time)$")] = "expire"
    late_minutes: Annotated[int, Field(ge=1, le=10_080)] = 180
    tags: Annotated[Tags, Field(max_length=MOST)] = []
    """Small letters, digits and hyphens, such as "thong-bao"."""
    season: Annotated[Season, Field(max_length=60, examples=["01/9 - 15/12", "09-01/12-15"])] = ""
    """The part of every year it is meant for; answered as "MM-DD/MM-DD"."""
    repeat_days: Annotated[int, Field(ge=0, le=REPEAT_DAYS_MOST)] = 0
    repeat_most: Annotated[int, Field(ge=0, le=REPEATS_MOST)] = 0
    repeat_until: date | None = None
    series: Annotated[Words, Field(max_length=SERIES_MOST)] = ""
    series_part: Annotated[int, Field(ge=0, le=PARTS_MOST)] = 0
    agency: Annotated[str, Field(max_length=60)] = ""
    assets: Annotated[tuple[AssetIn, ...], Field(max_length=60)] = ()


class PostLine(Out):
    """One post of a list."""

    key: str
    title: str
    topic: str
    form: str
    state: str
    agency: str
    author: str
    updated_at: Told


class AssetOut(Out):
    """A stored file in its place."""

    sha256: str
    role: str
    platform: str
    alt: str
    mime: str


class ReviewOut(Out):
    """One editorial act."""

    at: Told
    action: str
    words: str
    actor: str
    reason: str


class PostOut(PostLine):
    """One post, whole. `content_hash` is what a change and an approval must name as what was seen."""

    content_hash: str
    approved: bool
    body: str
    audiences: list[str]
    source: str
    source_url: str
    legal_refs: list[str]
    hashtags: list[str]
    platforms: list[str]
    variants: dict[str, dict[str, Any]]
    sensitive: bool
    evergreen: bool
    allowed_in_pause: bool
    valid_from: date | None
    valid_to: date | None
    late_rule: str
    late_minutes: int
    tags: list[str]
    season: str
    repeat_days: int
    repeat_most: int
    repeat_until: date | None
    series: str
    series_part: int
    created_at: Told
    assets: list[AssetOut] = []
    history: list[ReviewOut] = []


class FindingOut(Out):
    """Something to mend, to fill in or to think about."""

    field: str
    words: str
    grade: str


class Findings(Out):
    """What the checks find now."""

    items: list[FindingOut]


class SubmitIn(In):
    """Putting a post before the approver."""

    accept_warnings: bool = False


class ApproveIn(In):
    """Approving exactly what was seen."""

    seen: Annotated[str, Field(min_length=64, max_length=64)]
    accept_warnings: bool = False
    urgent: Annotated[Words, Field(max_length=1000)] = ""
    """The reason for the urgent lane: a sensitive post by one second-level approver alone."""


class ReturnIn(In):
    """Returning a post to its editor."""

    reason: Annotated[Words, Field(min_length=1, max_length=2000)]
    seen: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    """The content_hash of what was read, to return nothing else; without it, whatever stands there."""


@router.get("")
def list_posts(
    request: Request,
    someone: Caller,
    q: Annotated[str, Query(max_length=300, description="Words to find, without marks too.")] = "",
    topic: Annotated[str, Query(max_length=5)] = "",
    form: Annotated[str, Query(max_length=40)] = "",
    state: Annotated[Editorial | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PostLine]:
    """Posts, the newest first; with `q` the best hits first."""
    facts: Facts = {"topic": topic or None, "form": form or None, "state": state}
    with reading(house_of(request).engine) as session:
        if q.strip():
            return _hits(session, someone, q, facts, limit, cursor)
        before = cursor_at(cursor, int)
        statement = select(Post).where(*(getattr(Post, name) == value for name, value in facts.items() if value))
        if before:
            statement = statement.where(col(Post.id) < before[0])
        if not someone.may(Permission.READ):
            own = col(Post.author) == someone.name
            of_agency = (col(Post.agency) == someone.agency) & (col(Post.agency) != "")
            statement = statement.where(or_(own, of_agency))
        rows = session.exec(statement.order_by(col(Post.id).desc()).limit(limit + 1)).all()
    more = cursor_of(rows[limit - 1].id) if len(rows) > limit else None
    return Page(items=[PostLine.model_validate(row) for row in rows[:limit]], next=more)


def _hits(session: Session, someone: Person, q: str, facts: Facts, limit: int, cursor: str | None) -> Page[PostLine]:
    if not someone.may(Permission.READ):
        facts = {**facts, "theirs": (someone.name, someone.agency)}
    at = cursor_at(cursor, int)
    offset = min(at[0], 100_000) if at else 0
    found = search(session, q, limit=limit, offset=offset, **facts)
    rows = {row.id: row for row in session.exec(select(Post).where(col(Post.id).in_([one.id for one in found.posts])))}
    more = cursor_of(offset + limit) if found.total > offset + limit else None
    return Page(items=[PostLine.model_validate(rows[one.id]) for one in found.posts], next=more)


@router.get("/{key}")
def read_post(request: Request, someone: Caller, key: Key) -> PostOut:
    """One post with its files and its history."""
    with reading(house_of(request).engine) as session:
        return _whole(session, find(session, someone, key))


@router.post("", status_code=201)
def create_post(request: Request, someone: Caller, body: PostIn, idempotency_key: OnceKey = None) -> PostOut:
    """A new draft; its key is made of the title."""
    if not someone.may(Permission.PROPOSE):
        raise Forbidden
    house = house_of(request)

    def do() -> PostOut:
        fields = _fields(someone, body)
        with writing(house.engine) as session:
            _refuse_foreign(session, someone, fields)
            key = new_key(session, body.title)
            return _whole(session, save(session, key, fields, by=someone.name, now=house.now(), seen=""))

    return once(request, someone, idempotency_key, body, do)  # type: ignore[no-any-return]  # the answer, or as the first time


@router.put("/{key}")
def change_post(
    request: Request,
    someone: Caller,
    key: Key,
    body: PostIn,
    seen: Annotated[str, Query(min_length=64, max_length=64, description="content_hash of what was read.")],
) -> PostOut:
    """Replace what a post says. 409 when somebody saved it since; a post that was approved is a draft again."""
    house = house_of(request)
    with writing(house.engine) as session:
        post = find(session, someone, key)
        refuse_change(someone, post)
        fields = _fields(someone, body, post)
        _refuse_foreign(session, someone, fields, had=fields_of(session, post))
        return _whole(session, save(session, key, fields, by=someone.name, now=house.now(), seen=seen))


@router.get("/{key}/findings")
def check_post(request: Request, someone: Caller, key: Key) -> Findings:
    """What the checks find in the post as it is now."""
    house = house_of(request)
    with reading(house.engine) as session:
        found = house.submissions.findings(session, find(session, someone, key), now=house.now())
    return Findings(items=[FindingOut(field=one.field, words=one.words, grade=one.grade.value) for one in found])


@router.post("/{key}/submit")
def submit_post(
    request: Request, someone: Annotated[Person, Depends(needs(Permission.EDIT))], key: Key, body: SubmitIn
) -> PostOut:
    """Put a post before the approver. 422 with what the checks found."""
    house = house_of(request)
    with reading(house.engine) as session:
        find(session, someone, key)
    house.submissions.submit([key], someone.name, now=house.now(), accept_warnings=body.accept_warnings)
    return read_post(request, someone, key)


@router.post("/{key}/approve")
def approve_post(
    request: Request, someone: Annotated[Person, Depends(needs(Permission.APPROVE))], key: Key, body: ApproveIn
) -> PostOut:
    """Approve, or give a sensitive post its first yes. 409 when it is not what was seen, or not theirs to approve."""
    house = house_of(request)
    with reading(house.engine) as session:
        who = approver(someone, standing(session, find(session, someone, key)), urgent=bool(body.urgent.strip()))
    house.submissions.approve(
        [key],
        someone.name,
        now=house.now(),
        accept_warnings=body.accept_warnings,
        seen={key: body.seen},
        level=who.level,
        behalf=who.behalf,
        urgent=body.urgent,
    )
    return read_post(request, someone, key)


@router.post("/{key}/return")
def return_post(
    request: Request, someone: Annotated[Person, Depends(needs(Permission.APPROVE))], key: Key, body: ReturnIn
) -> PostOut:
    """Return a post with a reason."""
    house = house_of(request)
    with writing(house.engine) as session:
        who = returner(someone, standing(session, find(session, someone, key)))
        give_back(session, key, someone.name, body.reason, house.now(), behalf=who.behalf, seen=body.seen)
    return read_post(request, someone, key)


def find(session: Session, someone: Person, key: str) -> Post:
    """The post, when it is there and theirs to see."""
    post = session.exec(select(Post).where(Post.key == key)).one_or_none()
    if post is None or not someone.sees(post):
        raise missing()
    return post


def _fields(someone: Person, body: PostIn, post: Post | None = None) -> PostFields:
    """What is to be saved; a contributor's new post is their agency's, one that is there stays whose it is."""
    values = body.model_dump(exclude={"assets", "variants"})
    values["variants"] = {name: one.model_dump(exclude_defaults=True) for name, one in body.variants.items()}
    if not someone.may(Permission.EDIT):
        values["agency"] = someone.agency if post is None else post.agency
    return PostFields(**values, assets=tuple(AssetUse(**one.model_dump()) for one in body.assets))


def _refuse_foreign(session: Session, someone: Person, fields: PostFields, *, had: PostFields | None = None) -> None:
    """Raises `ContentError` for a file that is neither theirs nor in the post already, as for one that is not there."""
    known = {one.sha256 for one in had.assets} if had is not None else set()
    if lost := sorted(not_theirs(session, someone, {one.sha256 for one in fields.assets} - known)):
        raise ContentError(f"assets: kho tư liệu không có tệp “{lost[0][:12]}”; hãy chọn lại ảnh hoặc video.")


def _whole(session: Session, post: Post) -> PostOut:
    session.flush()
    rows = session.exec(
        select(PostAsset, Asset.mime)
        .where(col(PostAsset.sha256) == col(Asset.sha256), PostAsset.post_id == post.id)
        .order_by(col(PostAsset.id))
    )
    assets = [
        AssetOut(sha256=use.sha256, role=use.role, platform=use.platform, alt=use.alt, mime=mime) for use, mime in rows
    ]
    reviews = session.exec(select(Review).where(Review.post_id == post.id).order_by(col(Review.id).desc()).limit(100))
    history = [
        ReviewOut(
            at=one.at,
            action=one.action,
            words=ACTION_WORDS.get(one.action, one.action),
            actor=one.actor,
            reason=one.reason,
        )
        for one in reviews
    ]
    facts = {name: getattr(post, name) for name in PostOut.model_fields if hasattr(post, name)}
    approved = post.state == Editorial.APPROVED and post.approved_hash == post.content_hash
    return PostOut(**facts, approved=approved, assets=assets, history=history)
