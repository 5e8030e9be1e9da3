"""Who works on what: one claim with lease and fence for the whole life cycle, and the sweep before it.

A channel has two lanes: preparing (may take long, nothing public) and publishing (the public call, or a
look). Each lane holds one publication at a time, so writes to one channel are in order, and a long upload
does not make the next post late.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Engine,
    String,
    bindparam,
    insert,
)
from sqlalchemy import select as sa_select
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, col

from connectors.base import Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day
from scheduler.db import columns_of, values_of, writing
from scheduler.lanes import HANDED_OVER, begun, due_channels, firsts, full_limits, handed_over
from scheduler.lifecycle import Event, State
from scheduler.limits import Told, Work, may, told_levels
from scheduler.move import LostRace, Move, apply, apply_alike, hand_on
from scheduler.overtaken import give_turns, late_channels
from scheduler.parts import comment_of
from scheduler.pauses import counting, hold, stopped_by
from scheduler.policy import Policy
from scheduler.retry import FIND, PREPARE, PUBLISH
from scheduler.tables import Attempt, Channel, Pause, Publication

LEASES = {PREPARE: timedelta(minutes=15), PUBLISH: timedelta(minutes=5), FIND: timedelta(minutes=5)}
"""How long a worker may hold a publication between two records: longer than any time-out of a connector, and long
enough for one upload of 50 MB on a slow line."""

_ACTION = {
    State.SCHEDULED: PREPARE,
    State.RETRY_WAIT: PREPARE,
    State.PREPARING: PREPARE,
    State.READY: PUBLISH,
    State.PUBLISHING: PUBLISH,
    State.UNCONFIRMED: FIND,
}

SPARE = 20
"""So many more channels are looked at when the first do not suffice: some have nothing that may go on."""

WAITS = "waits"
"""The event of a row that is due and has to wait; it moves nothing."""
LEVEL_WORDS = "nền tảng báo gần hết giới hạn số lượt gọi; chỉ bài đã đến giờ mới được đăng."

_WIDTH = len(columns_of(Publication).columns)

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
        told = told_levels(session, now=now)
        for most in (limit, limit + SPARE):
            channels = _due_channels(session, now, most, told, platform)
            for channel_id in late_channels(session, channels, now=now):
                give_turns(session, channels[channel_id], now=now, policy=policy)
            picked = _pick(
                session, channels, told, now=now, limit=limit, preparing=limit if preparing is None else preparing
            )
            if len(picked) >= limit or len(channels) < most:
                break
        claims = _take_all(session, picked, channels, owner=owner, now=now)
        if hand_over is not None and claims:
            hand_over(session, claims)
    return claims


def _pick(
    session: Session,
    channels: Mapping[int, Channel],
    told: Told,
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
            if may(
                _work(row, action, now), told.of(channels[row.channel_id])
            ):  # else only what is due now is still sent
                preparing -= action == PREPARE
                picked[lane] = row, post
    return list(picked.values())


def take(engine: Engine, handed: Iterable[tuple[int, int]], *, now: datetime, owner: str) -> list[Claim]:
    """A worker takes what was handed over: (publication id, fence) each; what is not to be had any more is left out.

    Only one taker succeeds, and none after the sweep gave the row back: the lease changes its owner by
    compare-and-swap, and begins anew.
    """
    wanted = dict(handed)
    if not wanted:
        return []
    with writing(engine) as session:
        rows = session.exec(handed_over(), params={"ids": sorted(wanted), "now": now}).all()
        mine = [one for one in rows if one[0].fence == wanted[one[0].id or 0]]
        attempts = session.connection().execute(begun(), {"ids": sorted(wanted)})
        ids = {(row.publication_id, row.fence): row.id for row in attempts}
        claims = []
        for row, post, channel in mine:
            action = _ACTION[State(row.state)]
            claims.append(Claim(row, post, channel, action, ids.get((row.id, row.fence), 0)))
            session.expunge(row)
            for name, value in {"lease_owner": owner, "lease_until": now + LEASES[action]}.items():
                set_committed_value(row, name, value)
        hand_on(session, [one.publication for one in claims], giver=HANDED_OVER)
    return claims


def _work(row: Publication, action: str, now: datetime) -> Work:
    """What is due to be public now and still has to be prepared counts as publishing (facebook 6.4)."""
    return Work.PUBLISH if action == PREPARE and row.due_at <= now else _WORK[action]


def _due_channels(session: Session, now: datetime, most: int, told: Told, platform: str) -> dict[int, Channel]:
    """The channels that may be written to and have something due in a free lane, the most urgent first, theirs locked.

    The lock keeps two clocks on PostgreSQL from filling one lane; it does not stop readings being stored.
    """
    full = full_limits(told)
    statement = due_channels(platform, some_are_full=bool(full))
    found = session.connection().execute(statement, {"now": now, "most": most, **full})
    return {row.id: values_of(Channel, row) for row in found}


def _first_in_free_lanes(
    session: Session, channels: Iterable[int], now: datetime
) -> Sequence[tuple[Publication, Post]]:
    """For each lane nobody works in, what comes first: the public call or a look, then the earliest hour."""
    found = session.connection().execute(firsts(), {"channels": list(channels), "now": now})
    return [(values_of(Publication, row), values_of(Post, row[_WIDTH:])) for row in found]


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
    elif (pause := stopped_by(session, pauses, row, channel, post, now=now)) is not None:
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
    alike: dict[tuple[Any, ...], list[Move]] = defaultdict(list)
    for move in moves:
        alike[move.publication.state, *move.facts.values()].append(move)
    ids: dict[int, int] = {}
    for some in alike.values():
        apply_alike(session, some)
        told = {"ids": [move.publication.id for move in some], "now": now, "action": _action(some[0].publication)}
        ids |= {row.publication_id: row.id for row in session.connection().execute(_attempted(), told)}
    claims = []
    for move, (row, post) in zip(moves, picked, strict=True):
        action = _action(row)
        for name, value in move.values().items():
            setattr(row, name, value)
        claims.append(Claim(row, post, channels[row.channel_id], action, ids[row.id or 0]))
    return claims


@cache
def _attempted() -> ReturningInsert[int | None, int]:
    """Attempts of what was claimed just now, with its new fence."""
    row = columns_of(Attempt).c
    told = bindparam("action", type_=String), bindparam("now", type_=row.started_at.type)
    claimed = (
        sa_select(col(Publication.id), col(Publication.fence), *told)
        .where(col(Publication.id).in_(bindparam("ids", expanding=True)))
        .order_by(col(Publication.id))
    )
    return (
        insert(Attempt)
        .from_select(["publication_id", "fence", "action", "started_at"], claimed)
        .returning(col(Attempt.id), col(Attempt.publication_id))
    )


def _action(row: Publication) -> str:
    return _ACTION[State(row.state)]


def _facts(row: Publication, post: Post, owner: str, now: datetime) -> dict[str, Any]:
    action = _ACTION[State(row.state)]
    facts: dict[str, Any] = {"lease_until": now + LEASES[action], "lease_owner": owner}
    if action == PREPARE:
        facts["prepared_hash"] = post.content_hash
    if action == PUBLISH and row.sent_at is None:
        facts["sent_at"] = now
    return facts
