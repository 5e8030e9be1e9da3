"""A row of the queue for a post: how it is made, when it is prepared, until when it is worth sending."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case
from sqlmodel import Session, col

from connectors import connector_class
from connectors.base import Part
from content.tables import LateRule, Post
from scheduler.lifecycle import Event, State
from scheduler.parts import TOO_LATE, WORTH_SENDING, queued
from scheduler.tables import Channel, Publication

OCCUPIES = frozenset(State) - {State.CANCELLED, State.MISSED, State.EXPIRED, State.FAILED}
"""States in which a publication fills its slot and counts as used."""
AWAITED = "Chờ duyệt: mục này chỉ được đăng sau khi bài được duyệt."


def own_time() -> ColumnElement[datetime]:
    """When a row goes out, as part of a statement: at its hour, or when it is late and was given its turn, then."""
    turn, hour = col(Publication.next_attempt_at), col(Publication.due_at)
    return case((and_(col(Publication.state) == State.READY, turn > hour), turn), else_=hour)


def late_until(post: Post, at: datetime) -> datetime | None:
    """When the time of a publication due at `at` is over, by the post's own late rule; None: never.

    What becomes of it then differs: it is missed, or it moves to its channel's next free slot (`scheduler.overtaken`).
    """
    return None if post.late_rule == LateRule.ANY_TIME else at + timedelta(minutes=post.late_minutes)


def worth_until(part: str, post: Post, at: datetime) -> datetime | None:
    """The same for whatever a row sends: a post or what follows one."""
    match part:
        case Part.COMMENT:
            return at + WORTH_SENDING
        case Part.BROADCAST:
            return at + TOO_LATE
        case Part.REVISION:
            return None
    return late_until(post, at)


def first_try(channel: Channel, at: datetime, *, now: datetime) -> datetime:
    """When to begin to prepare what is due at `at`: some hours before it, by the platform's need."""
    return max(now, at - connector_class(channel.platform).capabilities.prepare_ahead)


def back(session: Session, row: Publication, at: datetime, now: datetime) -> dict[str, Any]:
    """What a row needs to wait anew for `at` (aware), whatever became of it before."""
    post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
    return {
        "next_attempt_at": first_try(channel, at, now=now),
        "late_until": worth_until(row.part, post, at),
        **{"attempts": 0, "looks": 0, "sent_at": None, "problem": "", "problem_code": ""},
    }


def insert_row(
    session: Session,
    post: Post,
    channel: Channel,
    at: datetime,
    *,
    now: datetime,
    origin: str,
    reason: str,
    actor: str,
    approved: bool = True,
) -> Publication:
    """Put a post into the queue; the caller commits. Not `approved`: it is held until the post is."""
    assert post.id is not None and channel.id is not None
    row = Publication(
        post_id=post.id,
        channel_id=channel.id,
        due_at=at,
        late_until=late_until(post, at),
        state=State.SCHEDULED if approved else State.HELD,
        held_by="" if approved else Event.APPROVAL_LOST,
        problem="" if approved else AWAITED,
        next_attempt_at=first_try(channel, at, now=now) if approved else None,
        origin=origin,
        reason=reason,
        saved={},
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(queued(row, now=now, words=reason if approved else f"{reason} {AWAITED}", actor=actor))
    return row
