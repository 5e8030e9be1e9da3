"""Who works on what: one claim with lease and fence for the whole life cycle, and the sweep before it.

A channel has two lanes: preparing (may take long, nothing public) and publishing (the public call, or a
look). Each lane holds one publication at a time, so writes to one channel are in order, and a long upload
does not make the next post late.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, case, func, insert, not_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Part
from connectors.meter import Level
from content.editorial import is_approved
from content.tables import Editorial, LateRule, Post
from content.vietnamese import local_day
from scheduler.channels import CHANNEL_WORDS, CONNECTED, reopen_channels
from scheduler.db import writing
from scheduler.lifecycle import WAITING, WORKING, Event, State
from scheduler.limits import Work, levels, may
from scheduler.move import LostRace, apply
from scheduler.overtaken import STILL, give_turns, moves_by_itself, overtake
from scheduler.parts import comment_of
from scheduler.pauses import counting, hold, hold_the_due, stopped_by
from scheduler.policy import Policy
from scheduler.retry import BACKOFF, FIND, PREPARE, PUBLISH
from scheduler.rows import first_try
from scheduler.tables import Attempt, Channel, Pause, Publication, PublicationEvent

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

WAITS = "waits"
"""The event of a row that is due and has to wait; it moves nothing."""
LEVEL_WORDS = "nền tảng báo gần hết giới hạn số lượt gọi; chỉ bài đã đến giờ mới được đăng."

_WORK = {PREPARE: Work.PREPARE, PUBLISH: Work.PUBLISH, FIND: Work.LOOK}

APPROVED, APPROVED_LATE = "Bài đã được duyệt.", "Bài được duyệt sau giờ đăng."
APPROVAL_WORDS = "Bài chưa được duyệt hoặc đã sửa sau khi duyệt nên cần trình duyệt lại."


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


def sweep(engine: Engine, *, now: datetime, everything: bool = False, policy: Policy = Policy()) -> None:
    """Move what time has overtaken: dead leases, late publications, new approvals, blocks that have run out.

    Then every channel's late posts get their turns, each channel in a transaction of its own.

    `everything` gives up every lease whatever its time: right only for the one process that holds the data
    folder's lock, at its start.
    """
    with writing(engine) as session:
        reopen_channels(session, now=now)
        for row in _dead_leases(session, now, everything):
            _give_back(session, row, now=now, pause=not everything)
        hold_the_due(session, now=now)
        _tell_the_held_up(session, now)
        _miss_the_late(session, now)
        _release_the_approved(session, now)
    overtake(engine, now=now, policy=policy)


def _dead_leases(session: Session, now: datetime, everything: bool) -> Sequence[Publication]:
    statement = select(Publication).where(
        col(Publication.state).in_(WORKING), col(Publication.lease_until).is_not(None)
    )
    if not everything:
        statement = statement.where(col(Publication.lease_until) < now)
    return session.exec(statement.with_for_update(skip_locked=True)).all()


def _give_back(session: Session, row: Publication, *, now: datetime, pause: bool) -> None:
    """A worker died, or is so slow that its fence has to go: look, or prepare again.

    A preparation that keeps killing its worker counts against the tries, or it would do so for ever.
    """
    if row.state != State.PREPARING:
        channel = session.get_one(Channel, row.channel_id)
        first_look = connector_class(channel.platform).capabilities.looks[0]
        at, looks = (now + first_look, 0) if row.state == State.PUBLISHING else (now, row.looks)
        words = "Tiến trình dừng khi đang đăng; sẽ kiểm tra trên kênh."
        apply(session, row, Event.LEASE_RAN_OUT, now=now, words=words, fence=row.fence + 1, looks=looks,
              next_attempt_at=at)  # fmt: skip
        return
    tries = row.attempts + pause
    if tries > len(BACKOFF):
        words = f"Việc chuẩn bị đã bị ngắt {tries} lần; cần người kỹ thuật xem."
        apply(session, row, Event.REJECTED, now=now, words=words, problem=words, next_attempt_at=None)
        return
    at = now + BACKOFF[tries - 1] if pause else now
    words = "Tiến trình dừng giữa chừng; sẽ chuẩn bị lại."
    apply(session, row, Event.LEASE_RAN_OUT, now=now, words=words, fence=row.fence + 1, attempts=tries,
          next_attempt_at=at)  # fmt: skip


def _tell_the_held_up(session: Session, now: datetime) -> None:
    """What is due and has to wait says why, once: nothing is late without a word."""
    told = levels(session, now=now)
    stopped = or_(col(Channel.state) != CONNECTED, col(Channel.not_before) > now)
    held_up = select(Publication, Channel).where(
        col(Publication.channel_id) == col(Channel.id),
        or_(stopped, _waits_for_a_level(told, now)) if told else stopped,
        col(Publication.state).in_(WAITING),
        col(Publication.next_attempt_at) <= now,
        col(Publication.problem) == "",
    )
    for row, channel in session.exec(held_up.with_for_update(of=Publication, skip_locked=True)):
        is_stopped = channel.state != CONNECTED or channel.not_before is not None
        why = (channel.state_words or CHANNEL_WORDS[channel.state]) if is_stopped else LEVEL_WORDS
        row.problem = f"Chờ kênh “{channel.key}”: {why}"
        session.add(
            PublicationEvent(
                publication_id=row.id or 0, at=now, event=WAITS, state_before=row.state, state_after=row.state,
                fence=row.fence, words=row.problem,
            )
        )  # fmt: skip


def _miss_the_late(session: Session, now: datetime) -> None:
    late = select(Publication).where(
        col(Publication.state).in_(STILL),
        col(Publication.late_until) < now,
        col(Publication.post_id) == col(Post.id),
        not_(moves_by_itself()),
    )
    for row in session.exec(late.with_for_update(of=Publication, skip_locked=True)):
        words = "Đã quá giờ đăng theo quy định của bài" + (f"; trước đó: {row.problem}" if row.problem else ".")
        apply(session, row, Event.TOO_LATE, now=now, words=words, problem=words, next_attempt_at=None)


def _release_the_approved(session: Session, now: datetime) -> None:
    """What was held only for its approval goes on once the post is approved; when its time is over it is missed.

    It may go out late, as late as the post's own rule lets it; then it says why.
    """
    held = select(Publication, Post, Channel).where(
        col(Publication.post_id) == col(Post.id),
        col(Publication.channel_id) == col(Channel.id),
        Publication.state == State.HELD,
        Publication.held_by == Event.APPROVAL_LOST,
        Post.state == Editorial.APPROVED,
    )
    for row, post, channel in session.exec(held.with_for_update(of=Publication, skip_locked=True)):
        if not is_approved(post):
            continue
        is_over = row.late_until is not None and row.late_until < now
        if is_over and row.part == Part.POST and post.late_rule == LateRule.NEXT_SLOT:
            continue  # `overtake` gives it the next slot
        if is_over:
            words = "Bài được duyệt khi đã quá giờ đăng nên không tự đăng nữa; hãy chọn giờ khác hoặc hủy mục này."
            apply(session, row, Event.TOO_LATE, now=now, words=words, problem=words, next_attempt_at=None)
        else:
            at = first_try(channel, row.due_at, now=now)
            words = APPROVED_LATE if row.due_at < now else APPROVED
            apply(session, row, Event.RESUMED, now=now, words=words, problem="", next_attempt_at=at)


def claim(
    engine: Engine,
    *,
    now: datetime,
    owner: str,
    limit: int,
    preparing: int | None = None,
    policy: Policy = Policy(),
) -> list[Claim]:
    """Take up to `limit` due publications (`preparing` of them to prepare), one for each free lane.

    Each comes with its attempt row, committed here: nothing public is ever tried without one. What is no
    longer approved or valid is moved aside instead.
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
    return claims


def _work(row: Publication, action: str, now: datetime) -> Work:
    """What is due to be public now and still has to be prepared counts as publishing (facebook 6.4)."""
    return Work.PUBLISH if action == PREPARE and row.due_at <= now else _WORK[action]


def _waits_for_a_level(told: Mapping[int, Level], now: datetime) -> ColumnElement[bool]:
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
    due = (
        select(Publication.channel_id, func.min(Publication.due_at).label("first"))
        .where(
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            *([not_(_waits_for_a_level(told, now))] if told else []),
        )
        .group_by(col(Publication.channel_id))
        .subquery()
    )
    statement = (
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
    return {channel.id: channel for channel in session.exec(statement) if channel.id is not None}


def _first_in_free_lanes(
    session: Session, channels: Iterable[int], now: datetime
) -> Sequence[tuple[Publication, Post]]:
    """For each lane nobody works in, what comes first: the public call or a look, then the earliest hour."""
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
            col(Publication.channel_id).in_(list(channels)),
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            or_(col(Publication.lease_until).is_(None), col(Publication.lease_until) < now),
            not_(in_lane),
        )
        .subquery()
    )
    statement = (
        select(Publication, Post)
        .where(col(Publication.id) == ranked.c.id, ranked.c.place == 1, col(Publication.post_id) == col(Post.id))
        .order_by(case((to_prepare, 1), else_=0), col(Publication.due_at), col(Publication.id))
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).all()


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
