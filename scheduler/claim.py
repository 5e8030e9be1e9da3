"""Who works on what: one claim with lease and fence for the whole life cycle, and the sweep before it.

A channel has two lanes: preparing (may take long, nothing public) and publishing (the public call, or a
look). Each lane holds one publication at a time, so writes to one channel are in order, and a long upload
does not make the next post late.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Engine, and_, bindparam, case, func, insert, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from connectors.base import Part
from connectors.meter import Level
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day
from scheduler.channels import CONNECTED
from scheduler.db import writing
from scheduler.lifecycle import WAITING, WORKING, Event, State
from scheduler.limits import Work, levels, may
from scheduler.move import LostRace, apply, hand_to
from scheduler.overtaken import give_turns
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
    hand_over: HandOver | None = None,
) -> list[Claim]:
    """Take up to `limit` due publications (`preparing` of them to prepare), one for each free lane.

    Each comes with its attempt row, committed here: nothing public is ever tried without one. What is no
    longer approved or valid is moved aside instead. With `hand_over` (and `owner` then `HANDED_OVER`) they go into
    the workers' queue in the same transaction, where a worker takes them (`take`).
    """
    claims: list[Claim] = []
    may_prepare = limit if preparing is None else preparing
    with writing(engine) as session:
        told, pauses = levels(session, now=now), counting(session, now=now)
        channels = _due_channels(session, now, limit, told)
        for channel in channels.values():
            give_turns(session, channel, now=now, policy=policy)
        moved = True
        while moved and len(claims) < limit:
            moved = False
            for row, post in _first_in_free_lanes(session, channels, now):
                try:
                    aside = _moved_aside(session, row, post, channels[row.channel_id], pauses, now=now)
                except LostRace:  # the sweep of another clock was faster; what it left is looked at anew
                    aside = True
                if aside:
                    moved = True
                    continue
                action = _ACTION[State(row.state)]
                if len(claims) >= limit or (action == PREPARE and may_prepare <= 0):
                    continue
                if not may(_work(row, action, now), told.get(row.channel_id)):
                    continue  # it waits its turn; only what is due to be public now is still sent
                may_prepare -= action == PREPARE
                with suppress(LostRace):
                    claims.append(_take(session, row, channels[row.channel_id], post, owner=owner, now=now))
        if hand_over is not None and claims:
            hand_over(session, claims)
    return claims


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


def _due_channels(session: Session, now: datetime, limit: int, told: Mapping[int, Level]) -> dict[int, Channel]:
    """The channels that may be written to and have something due, the most urgent first, theirs locked.

    The lock keeps two clocks on PostgreSQL from filling one lane; it does not stop readings being stored.
    """
    statement = _due(limit, *([not_(waits_for_a_level(told, now))] if told else []))
    return {channel.id: channel for channel in session.exec(statement, params={"now": now}) if channel.id is not None}


@lru_cache(maxsize=16)
def _due(limit: int, *more: ColumnElement[bool]) -> SelectOfScalar[Channel]:
    now: BindParameter[datetime] = bindparam("now")
    due = (
        select(Publication.channel_id, func.min(Publication.due_at).label("first"))
        .where(
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            *more,
        )
        .group_by(col(Publication.channel_id))
        .subquery()
    )
    return (
        select(Channel)
        .where(
            col(Channel.id) == due.c.channel_id,
            col(Channel.state) == CONNECTED,
            or_(col(Channel.not_before).is_(None), col(Channel.not_before) <= now),
        )
        .order_by(due.c.first)
        .limit(limit * 4)
        .with_for_update(of=Channel, skip_locked=True, key_share=True)
    )


def _first_in_free_lanes(
    session: Session, channels: Iterable[int], now: datetime
) -> Sequence[tuple[Publication, Post]]:
    """For each lane nobody works in, what comes first: the public call or a look, then the earliest hour."""
    found = list(channels)
    return session.exec(_lanes(), params={"channels": found, "now": now}).all() if found else []


@cache
def _lanes() -> "Select[Publication, Post]":
    now: BindParameter[datetime] = bindparam("now")
    to_prepare = col(Publication.state).in_(_PREPARE_STATES)
    busy = aliased(Publication)
    place = func.row_number().over(
        partition_by=[col(Publication.channel_id), case((to_prepare, 1), else_=0)],
        order_by=[
            case((col(Publication.state) == State.READY, 0), else_=1),
            col(Publication.due_at),
            col(Publication.id),
        ],
    )
    in_lane = (
        select(busy.id)
        .where(
            busy.channel_id == col(Publication.channel_id),
            col(busy.state).in_(WORKING),
            col(busy.lease_until) >= now,
            case((col(busy.state).in_(_PREPARE_STATES), 1), else_=0) == case((to_prepare, 1), else_=0),
        )
        .exists()
    )
    ranked = (
        select(Publication.id, place.label("place"))
        .where(
            col(Publication.channel_id).in_(bindparam("channels", expanding=True)),
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            or_(col(Publication.lease_until).is_(None), col(Publication.lease_until) < now),
            not_(in_lane),
        )
        .subquery()
    )
    return (
        select(Publication, Post)
        .where(col(Publication.id) == ranked.c.id, ranked.c.place == 1, col(Publication.post_id) == col(Post.id))
        .order_by(case((to_prepare, 1), else_=0), col(Publication.due_at), col(Publication.id))
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


def _take(
    session: Session,
    row: Publication,
    channel: Channel,
    post: Post,
    *,
    owner: str,
    now: datetime,
) -> Claim:
    action = _ACTION[State(row.state)]
    facts: dict[str, Any] = {"lease_until": now + LEASES[action], "lease_owner": owner}
    if action == PREPARE:
        facts["prepared_hash"] = post.content_hash
    if action == PUBLISH and row.sent_at is None:
        facts["sent_at"] = now
    after = apply(session, row, Event.CLAIMED, now=now, **facts)
    attempt_id = (
        session.connection()
        .execute(
            insert(Attempt)
            .values(publication_id=row.id, fence=row.fence + 1, action=action, started_at=now)
            .returning(col(Attempt.id))
        )
        .scalar_one()
    )
    session.expunge(row)
    for name, value in {**facts, "state": after, "fence": row.fence + 1}.items():
        setattr(row, name, value)
    return Claim(row, post, channel, action, int(attempt_id or 0))
