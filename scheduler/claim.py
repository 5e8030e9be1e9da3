"""Who works on what: one claim with lease and fence for the whole life cycle, and the sweep before it.

A channel has two lanes: preparing (may take long, nothing public) and publishing (the public call, or a
look). Each lane holds one publication at a time, so writes to one channel are in order, and a long upload
does not make the next post late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, case, insert, or_
from sqlmodel import Session, col, select

from connectors import connector_class
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day
from scheduler.channels import CONNECTED, reopen_channels
from scheduler.compose import valid_on
from scheduler.db import writing
from scheduler.lifecycle import WAITING, WORKING, Event, State
from scheduler.move import apply
from scheduler.retry import FIND, PREPARE, PUBLISH
from scheduler.tables import Attempt, Channel, Publication

LEASE = timedelta(minutes=5)
"""How long a worker may hold a publication between two records; longer than any time-out of a connector."""

_ACTION = {
    State.SCHEDULED: PREPARE,
    State.RETRY_WAIT: PREPARE,
    State.PREPARING: PREPARE,
    State.READY: PUBLISH,
    State.PUBLISHING: PUBLISH,
    State.UNCONFIRMED: FIND,
}

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


def sweep(engine: Engine, *, now: datetime, everything: bool = False) -> None:
    """Move what time has overtaken: dead leases, late publications, channels whose block has run out.

    `everything` gives up every lease whatever its time: right only for the one process that holds the data
    folder's lock, at its start.
    """
    with writing(engine) as session:
        reopen_channels(session, now=now)
        for row in _dead_leases(session, now, everything):
            _give_back(session, row, now=now)
        late = select(Publication).where(
            col(Publication.state).in_((State.SCHEDULED, State.READY, State.RETRY_WAIT)),
            col(Publication.late_until) < now,
        )
        for row in session.exec(late.with_for_update(skip_locked=True)):
            words = "Đã quá giờ đăng theo quy định của bài" + (f"; trước đó: {row.problem}" if row.problem else ".")
            apply(session, row, Event.TOO_LATE, now=now, words=words, next_attempt_at=None)


def _dead_leases(session: Session, now: datetime, everything: bool) -> Sequence[Publication]:
    statement = select(Publication).where(
        col(Publication.state).in_(WORKING), col(Publication.lease_until).is_not(None)
    )
    if not everything:
        statement = statement.where(col(Publication.lease_until) < now)
    return session.exec(statement.with_for_update(skip_locked=True)).all()


def _give_back(session: Session, row: Publication, *, now: datetime) -> None:
    """A worker died, or is so slow that its fence has to go: prepare again, or look."""
    preparing = row.state == State.PREPARING
    words = "Tiến trình dừng giữa chừng; chuẩn bị lại." if preparing else "Tiến trình dừng khi đang đăng; kiểm tra lại."
    facts: dict[str, Any] = {"next_attempt_at": now}
    if row.state == State.PUBLISHING:
        channel = session.get_one(Channel, row.channel_id)
        facts = {"next_attempt_at": now + connector_class(channel.platform).capabilities.looks[0], "looks": 0}
    apply(session, row, Event.LEASE_RAN_OUT, now=now, words=words, fence=row.fence + 1, **facts)


def claim(engine: Engine, *, now: datetime, owner: str, limit: int, lease: timedelta = LEASE) -> list[Claim]:
    """Take up to `limit` due publications, each in a free lane of a channel that may be written to.

    Each comes with its attempt row, committed here: nothing public is ever tried without one. What is no
    longer approved, valid or fresh is moved aside instead.
    """
    with writing(engine) as session:
        busy = _busy_lanes(session, now)
        claims: list[Claim] = []
        for row, channel, post in _due(session, now, limit):
            if _lane(row) in busy or not _channel_is_mine(session, channel):
                continue
            if _moved_aside(session, row, post, now=now):
                continue
            _refreshed_if_stale(session, row, post, now=now)
            if _lane(row) in busy:
                continue
            busy.add(_lane(row))
            claims.append(_take(session, row, channel, post, owner=owner, now=now, lease=lease))
            if len(claims) == limit:
                break
        return claims


def _lane(row: Publication) -> tuple[int, bool]:
    return row.channel_id, _ACTION[State(row.state)] == PREPARE


def _busy_lanes(session: Session, now: datetime) -> set[tuple[int, bool]]:
    working = select(Publication).where(col(Publication.state).in_(WORKING), col(Publication.lease_until) >= now)
    return {_lane(row) for row in session.exec(working)}


def _due(session: Session, now: datetime, limit: int) -> Sequence[tuple[Publication, Channel, Post]]:
    """Due rows, the public calls first, then by the hour they are meant for."""
    order = case((col(Publication.state) == State.READY, 0), (col(Publication.state) == State.UNCONFIRMED, 1), else_=2)
    statement = (
        select(Publication, Channel, Post)
        .where(
            col(Publication.channel_id) == col(Channel.id),
            col(Publication.post_id) == col(Post.id),
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            or_(col(Publication.lease_until).is_(None), col(Publication.lease_until) < now),
            and_(
                col(Channel.state) == CONNECTED,
                or_(col(Channel.not_before).is_(None), col(Channel.not_before) <= now),
            ),
        )
        .order_by(order, col(Publication.due_at), col(Publication.id))
        .limit(limit * 20)
        .with_for_update(of=Publication, skip_locked=True)
    )
    return session.exec(statement).all()


def _channel_is_mine(session: Session, channel: Channel) -> bool:
    """Take the channel's row, so that two clocks on PostgreSQL cannot fill one lane at the same moment."""
    statement = select(Channel.id).where(Channel.id == channel.id).with_for_update(skip_locked=True)
    return session.exec(statement).first() is not None


def _moved_aside(session: Session, row: Publication, post: Post, *, now: datetime) -> bool:
    """Move a publication that must not go on; one that may already be public always goes on to the look."""
    if row.state == State.UNCONFIRMED:
        return False
    if not valid_on(post, local_day(max(now, row.due_at))):
        words = "Bài đã hết thời gian hiệu lực trước giờ đăng."
        apply(session, row, Event.EXPIRED, now=now, words=words, next_attempt_at=None)
        return True
    if not is_approved(post):
        apply(session, row, Event.APPROVAL_LOST, now=now, words=APPROVAL_WORDS, next_attempt_at=None)
        return True
    return False


def _refreshed_if_stale(session: Session, row: Publication, post: Post, *, now: datetime) -> None:
    """Prepare again what was prepared too long ago, or from words that have changed since.

    `saved` stays: only the connector knows what of it can still be used (an uploaded video, not a caption).
    """
    too_old = row.good_until is not None and row.good_until <= now
    if row.state == State.READY and (too_old or row.prepared_hash != post.content_hash):
        words = "Bản chuẩn bị đã cũ; chuẩn bị lại." if too_old else "Bài đã được sửa và duyệt lại; chuẩn bị lại."
        apply(session, row, Event.STALE, now=now, words=words, next_attempt_at=now, good_until=None)
        session.refresh(row)


def _take(
    session: Session,
    row: Publication,
    channel: Channel,
    post: Post,
    *,
    owner: str,
    now: datetime,
    lease: timedelta,
) -> Claim:
    action = _ACTION[State(row.state)]
    facts: dict[str, Any] = {"lease_until": now + lease, "lease_owner": owner}
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
