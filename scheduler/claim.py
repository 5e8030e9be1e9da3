"""Who works on what: one claim with lease and fence for the whole life cycle, and the sweep before it.

A channel has two lanes: preparing (may take long, nothing public) and publishing (the public call, or a
look). Each lane holds one publication at a time, so writes to one channel are in order, and a long upload
does not make the next post late.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Engine, Select, and_, bindparam, case, func, insert, not_, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select as SelectOf
from sqlmodel.sql.expression import SelectOfScalar

from connectors.base import Part
from connectors.meter import Level
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day
from scheduler.channels import CONNECTED
from scheduler.db import writing
from scheduler.lifecycle import WAITING, WORKING, Event, State
from scheduler.limits import Work, levels, may
from scheduler.move import LostRace, Move, apply, apply_all, hand_to
from scheduler.overtaken import give_turns, late_channels
from scheduler.parts import comment_of
from scheduler.pauses import counting, hold, stopped_by
from scheduler.policy import Policy
from scheduler.retry import FIND, PREPARE, PUBLISH
from scheduler.tables import Attempt, Channel, Pause, Publication

LEASES = {PREPARE: timedelta(minutes=15), PUBLISH: timedelta(minutes=5), FIND: timedelta(minutes=5)}
"""How long a worker may hold a publication between two records: longer than any time-out of a connector, and long
enough for one upload of 50 MB on a slow line."""

_PREPARE_STATES = (State.SCHEDULED, State.RETRY_WAIT, State.PREPARING)
_ACTION = {
    State.SCHEDULED: PREPARE,
    State.RETRY_WAIT: PREPARE,
    State.PREPARING: PREPARE,
    State.READY: PUBLISH,
    State.PUBLISHING: PUBLISH,
    State.UNCONFIRMED: FIND,
}

_HELD_ACTION = {State.PREPARING: PREPARE, State.PUBLISHING: PUBLISH, State.UNCONFIRMED: FIND}

HANDED_OVER = "queue"
"""Whose lease it is while a claim waits in the workers' queue: no worker has begun, so surely nothing was sent."""

SPARE = 20
"""So many more channels are looked at than are claimed: some have nothing that may go on."""

WAITS = "waits"
"""The event of a row that is due and has to wait; it moves nothing."""
LEVEL_WORDS = "nền tảng báo gần hết giới hạn số lượt gọi; chỉ bài đã đến giờ mới được đăng."

_WORK = {PREPARE: Work.PREPARE, PUBLISH: Work.PUBLISH, FIND: Work.LOOK}

APPROVED, APPROVED_LATE = "Bài đã được duyệt.", "Bài được duyệt sau giờ đăng."
APPROVAL_WORDS = "Bài chưa được duyệt hoặc đã sửa sau khi duyệt nên cần trình duyệt lại."


HandOver = Callable[[Session, "Sequence[Claim]"], None]
"""Puts claims into the workers' queue within the claim's own transaction."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One publication in one worker's hands: what to do, and the fence that proves it is still ours."""

    publication: Publication
    post: Post
    channel: Channel
    action: str
    attempt_id: int

    @property
    def id(self) -> int:
        """The publication's id."""
        assert self.publication.id is not None
        return self.publication.id


def claim(
    engine: Engine,
    *,
    now: datetime,
    owner: str,
    limit: int,
    preparing: int | None = None,
    policy: Policy = Policy(),
    platform: str = "",
    hand_over: HandOver | None = None,
) -> list[Claim]:
    """Take up to `limit` due publications (`preparing` of them to prepare), one for each free lane.

    `platform`: only its channels. Each claim comes with its attempt row, committed here: nothing public is ever tried
    without one. What is no longer approved or valid is moved aside instead. With `hand_over` (and `owner` then
    `HANDED_OVER`) they go into the workers' queue in the same transaction, where a worker takes them (`take`).
    """
    with writing(engine) as session:
        told = levels(session, now=now)
        channels = _due_channels(session, now, limit, told, platform)
        for channel_id in late_channels(session, channels, now=now):
            give_turns(session, channels[channel_id], now=now, policy=policy)
        picked = _pick(
            session, channels, told, now=now, limit=limit, preparing=limit if preparing is None else preparing
        )
        claims = _take_all(session, picked, channels, owner=owner, now=now)
        if hand_over is not None and claims:
            hand_over(session, claims)
    return claims


def _pick(
    session: Session,
    channels: Mapping[int, Channel],
    told: Mapping[int, Level],
    *,
    now: datetime,
    limit: int,
    preparing: int,
) -> list[tuple[Publication, Post]]:
    """What is claimed now, one for each free lane; what must not go on is moved aside, and the next one looked at."""
    picked: dict[tuple[int, bool], tuple[Publication, Post]] = {}
    pauses, moved = counting(session, now=now) if channels else [], bool(channels)
    while moved and len(picked) < limit:
        moved = False
        for row, post in _first_in_free_lanes(session, channels, now):
            action = _ACTION[State(row.state)]
            lane = row.channel_id, action == PREPARE
            if lane in picked:
                continue
            try:
                aside = _moved_aside(session, row, post, channels[row.channel_id], pauses, now=now)
            except LostRace:  # the sweep of another clock was faster; what it left is looked at anew
                aside = True
            if aside:
                moved = True
                continue
            if len(picked) >= limit or (action == PREPARE and preparing <= 0):
                continue
            if may(_work(row, action, now), told.get(row.channel_id)):  # else only what is due now is still sent
                preparing -= action == PREPARE
                picked[lane] = row, post
    return list(picked.values())


def take(engine: Engine, handed: Iterable[tuple[int, int]], *, now: datetime, owner: str) -> list[Claim]:
    """A worker takes what was handed over: (publication id, fence) each; what is not to be had any more is left out.

    Only one taker succeeds, and none after the sweep gave the row back: the lease changes its owner by
    compare-and-swap, and begins anew.
    """
    claims: list[Claim] = []
    with writing(engine) as session:
        for publication_id, fence in handed:
            state = _state_of(session, publication_id)
            if state not in WORKING:
                continue
            action = _HELD_ACTION[State(state)]
            if hand_to(session, publication_id, fence, HANDED_OVER, owner, until=now + LEASES[action]):
                claims.append(_taken(session, publication_id, action))
    return claims


def _state_of(session: Session, publication_id: int) -> str | None:
    return session.exec(select(Publication.state).where(Publication.id == publication_id)).one_or_none()


def _taken(session: Session, publication_id: int, action: str) -> Claim:
    row, post, channel = session.exec(
        select(Publication, Post, Channel).where(
            Publication.id == publication_id,
            col(Publication.post_id) == col(Post.id),
            col(Publication.channel_id) == col(Channel.id),
        )
    ).one()
    attempt = select(func.max(Attempt.id)).where(Attempt.publication_id == publication_id, Attempt.fence == row.fence)
    return Claim(row, post, channel, action, session.exec(attempt).one() or 0)


def _work(row: Publication, action: str, now: datetime) -> Work:
    """What is due to be public now and still has to be prepared counts as publishing (facebook 6.4)."""
    return Work.PUBLISH if action == PREPARE and row.due_at <= now else _WORK[action]


def waits_for_a_level(told: Mapping[int, Level], now: datetime) -> ColumnElement[bool]:
    """Rows that must not be claimed because their platform told that its limit is nearly full."""
    may_not = {work: [one for one, level in told.items() if not may(work, level)] for work in Work}
    state, channel = col(Publication.state), col(Publication.channel_id)
    early = and_(state.in_(_PREPARE_STATES), col(Publication.due_at) > now)
    return or_(
        channel.in_(may_not[Work.PUBLISH]),
        and_(channel.in_(may_not[Work.PREPARE]), early),
        and_(channel.in_(may_not[Work.LOOK]), state == State.UNCONFIRMED),
    )


def _due_channels(
    session: Session, now: datetime, limit: int, told: Mapping[int, Level], platform: str
) -> dict[int, Channel]:
    """The channels that may be written to and have something due in a free lane, the most urgent first, theirs locked.

    The lock keeps two clocks on PostgreSQL from filling one lane; it does not stop readings being stored.
    """
    more = [not_(waits_for_a_level(told, now))] if told else []
    statement = _due(limit + SPARE, platform, *more)
    return {channel.id: channel for channel in session.exec(statement, params={"now": now}) if channel.id is not None}


_LANE = col(Publication.channel_id) * 2 + case((col(Publication.state).in_(_PREPARE_STATES), 1), else_=0)
"""A channel's lane as one number."""


def _busy() -> Select[int]:
    """The lanes that somebody works in."""
    held = aliased(Publication)
    lane = col(held.channel_id) * 2 + case((col(held.state).in_(_PREPARE_STATES), 1), else_=0)
    return sa_select(lane).where(
        col(held.lease_until).is_not(None), col(held.lease_until) >= bindparam("now"), col(held.state).in_(WORKING)
    )


def is_due() -> ColumnElement[bool]:
    """Rows whose own time has come, in a lane that is free; too late ones are the sweep's. For `:now`."""
    row: type[Publication] = Publication
    now: BindParameter[datetime] = bindparam("now")
    return and_(
        col(row.state).in_(WAITING),
        col(row.next_attempt_at) <= now,
        or_(col(row.late_until).is_(None), col(row.late_until) >= now, col(row.state) == State.UNCONFIRMED),
        _LANE.not_in(_busy()),
    )


def may_be_written_to() -> ColumnElement[bool]:
    """Channels that nothing stops. For `:now`."""
    now: BindParameter[datetime] = bindparam("now")
    return and_(col(Channel.state) == CONNECTED, or_(col(Channel.not_before).is_(None), col(Channel.not_before) <= now))


@lru_cache(maxsize=64)
def _due(limit: int, platform: str, *more: ColumnElement[bool]) -> SelectOfScalar[Channel]:
    due = (
        select(Publication.channel_id, func.min(Publication.due_at).label("first"))
        .where(is_due(), *more)
        .group_by(col(Publication.channel_id))
        .subquery()
    )
    return (
        select(Channel)
        .where(
            col(Channel.id) == due.c.channel_id,
            may_be_written_to(),
            *([col(Channel.platform) == platform] if platform else []),
        )
        .order_by(due.c.first, col(Channel.id))
        .limit(limit)
        .with_for_update(of=Channel, skip_locked=True, key_share=True)
    )


@cache
def due_platforms() -> SelectOfScalar[str]:
    """Where something is due that may be claimed; for `:now`."""
    return (
        select(Channel.platform)
        .where(col(Channel.id) == col(Publication.channel_id), may_be_written_to(), is_due())
        .distinct()
        .order_by(Channel.platform)
    )


def _first_in_free_lanes(
    session: Session, channels: Iterable[int], now: datetime
) -> Sequence[tuple[Publication, Post]]:
    """For each lane nobody works in, what comes first: the public call or a look, then the earliest hour."""
    return session.exec(_lanes(), params={"channels": list(channels), "now": now}).all()


@cache
def _lanes() -> "SelectOf[Publication, Post]":
    row = Publication
    to_prepare = case((col(row.state).in_(_PREPARE_STATES), 1), else_=0)
    place = func.row_number().over(
        partition_by=[col(row.channel_id), to_prepare],
        order_by=[case((col(row.state) == State.READY, 0), else_=1), col(row.due_at), col(row.id)],
    )
    ranked = (
        select(row.id, place.label("place"))
        .where(col(row.channel_id).in_(bindparam("channels", expanding=True)), is_due())
        .subquery()
    )
    return (
        select(Publication, Post)
        .where(
            col(row.id) == ranked.c.id,
            ranked.c.place == 1,
            col(row.post_id) == col(Post.id),
            # once more on the row itself: PostgreSQL looks at these again when it had to wait for the row
            col(row.state).in_(WAITING),
            col(row.next_attempt_at) <= bindparam("now"),
        )
        .order_by(to_prepare, col(row.due_at), col(row.id))
        .with_for_update(of=Publication, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _moved_aside(
    session: Session, row: Publication, post: Post, channel: Channel, pauses: Sequence[Pause], *, now: datetime
) -> bool:
    """Move a publication that must not go on as it is; one that may already be public always goes on to the look."""
    if row.state == State.UNCONFIRMED:
        return False
    on = local_day(max(now, row.due_at))
    if row.part == Part.COMMENT and not comment_of(post, channel.platform):
        words = "Bài không còn bình luận đầu tiên nên không gửi nữa."
        apply(session, row, Event.CANCELLED, now=now, words=words, next_attempt_at=None)
    elif row.part != Part.REVISION and post.valid_to is not None and post.valid_to < on:
        words = "Bài đã hết thời gian hiệu lực trước giờ đăng."
        apply(session, row, Event.EXPIRED, now=now, words=words, next_attempt_at=None)
    elif row.part != Part.REVISION and post.valid_from is not None and on < post.valid_from:
        words = "Bài chưa đến ngày hiệu lực; hãy chọn ngày đăng khác."
        apply(session, row, Event.HELD, now=now, words=words, next_attempt_at=None)
    elif not is_approved(post):
        apply(session, row, Event.APPROVAL_LOST, now=now, words=APPROVAL_WORDS, next_attempt_at=None)
    elif (pause := stopped_by(session, pauses, row, post, now=now)) is not None:
        hold(session, row, pause, now=now)
    elif row.state == State.READY and _is_stale(row, post, now):
        # `saved` stays: only the connector knows what of it still holds (an uploaded video, not its words).
        words = "Bản chuẩn bị đã cũ hoặc bài đã được sửa và duyệt lại; chuẩn bị lại."
        apply(session, row, Event.STALE, now=now, words=words, next_attempt_at=now, good_until=None)
    else:
        return False
    return True


def _is_stale(row: Publication, post: Post, now: datetime) -> bool:
    return row.prepared_hash != post.content_hash or (row.good_until is not None and row.good_until <= now)


def _take_all(
    session: Session,
    picked: Sequence[tuple[Publication, Post]],
    channels: Mapping[int, Channel],
    *,
    owner: str,
    now: datetime,
) -> list[Claim]:
    """Claim these rows, which this transaction holds, and leave an attempt row for each."""
    if not picked:
        return []
    moves = [Move(row, Event.CLAIMED, now, facts=_facts(row, post, owner, now)) for row, post in picked]
    apply_all(session, moves)
    actions = [_ACTION[State(row.state)] for row, _ in picked]
    attempts = [
        {"publication_id": row.id, "fence": row.fence + 1, "action": action, "started_at": now}
        for (row, _), action in zip(picked, actions, strict=True)
    ]
    ids = session.connection().execute(_ATTEMPTED, attempts).scalars().all()
    claims = []
    for move, (row, post), action, attempt_id in zip(moves, picked, actions, ids, strict=True):
        session.expunge(row)
        for name, value in move.values().items():
            set_committed_value(row, name, value)
        claims.append(Claim(row, post, channels[row.channel_id], action, attempt_id or 0))
    return claims


_ATTEMPTED = insert(Attempt).returning(col(Attempt.id), sort_by_parameter_order=True)


def _facts(row: Publication, post: Post, owner: str, now: datetime) -> dict[str, Any]:
    action = _ACTION[State(row.state)]
    facts: dict[str, Any] = {"lease_until": now + LEASES[action], "lease_owner": owner}
    if action == PREPARE:
        facts["prepared_hash"] = post.content_hash
    if action == PUBLISH and row.sent_at is None:
        facts["sent_at"] = now
    return facts
