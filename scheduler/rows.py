"""A row of the queue for a post: how it is found and made, when it is prepared, until when it is worth sending."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, and_, case, func, insert
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Part
from content.tables import LateRule, Post
from scheduler.db import spelled
from scheduler.lifecycle import Event, State
from scheduler.parts import TOO_LATE, WORTH_SENDING, queued_facts
from scheduler.tables import Channel, Publication, PublicationEvent

OCCUPIES = frozenset(State) - {State.CANCELLED, State.MISSED, State.EXPIRED, State.FAILED}
"""States in which a publication fills its slot and counts as used."""
AWAITED = "Chờ duyệt: mục này chỉ được đăng sau khi bài được duyệt."


def one_of(states: Iterable[State]) -> ColumnElement[bool]:
    """Rows in one of these states, told by the states that are left out.

    So a database goes along the index of an hour, a post or a channel and not along the states': most rows share one.
    """
    return col(Publication.state).not_in(spelled(sorted(set(State) - set(states))))


def waits_for_a_person(state: Literal[State.HELD, State.NEEDS_PERSON]) -> ColumnElement[bool]:
    """Held rows, or rows of unknown fate, along the index of these few: its states stand in its text, so here too."""
    return col(Publication.state) == spelled((state,))[0]


def is_held(by: Event) -> ColumnElement[bool]:
    """Rows that are held by this event."""
    return and_(waits_for_a_person(State.HELD), col(Publication.held_by) == by)


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


class NewRow(NamedTuple):
    """What is to stand in the queue. Not `approved`: it is held until the post is."""

    post: Post
    channel: Channel
    at: datetime
    reason: str
    approved: bool = True


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
    new = NewRow(post, channel, at, reason, approved)
    return insert_rows(session, [new], now=now, origin=origin, actor=actor)[0]


def insert_rows(
    session: Session, new: Sequence[NewRow], *, now: datetime, origin: str, actor: str
) -> list[Publication]:
    """Put posts into the queue, each with its first event; the caller commits.

    Four statements, however many there are: making objects of the tables' models for thousands of rows takes longer
    than storing them. Raises `IntegrityError` where a place is taken, by another row or by one of these.
    """
    connection = session.connection()
    before = connection.execute(_NEWEST).scalar_one() or 0
    connection.execute(insert(Publication), [_facts(one, now=now, origin=origin) for one in new])
    # whatever another transaction adds meanwhile has other places
    stored = {
        (row.post_id, row.channel_id, row.due_at): row
        for row in session.exec(select(Publication).where(col(Publication.id) > before))
    }
    rows = [stored[one.post.id or 0, one.channel.id or 0, one.at] for one in new]
    words = (one.reason if one.approved else f"{one.reason} {AWAITED}" for one in new)
    events = [queued_facts(row, now=now, words=why, actor=actor) for row, why in zip(rows, words, strict=True)]
    connection.execute(insert(PublicationEvent), events)
    return rows


_NEWEST = select(func.max(Publication.id))


def _facts(new: NewRow, *, now: datetime, origin: str) -> dict[str, Any]:
    assert new.post.id is not None and new.channel.id is not None
    return {
        **_untouched(),
        "post_id": new.post.id,
        "channel_id": new.channel.id,
        "due_at": new.at,
        "late_until": late_until(new.post, new.at),
        "state": State.SCHEDULED if new.approved else State.HELD,
        "held_by": "" if new.approved else Event.APPROVAL_LOST,
        "problem": "" if new.approved else AWAITED,
        "next_attempt_at": first_try(new.channel, new.at, now=now) if new.approved else None,
        "origin": origin,
        "reason": new.reason,
        "created_at": now,
    }


@cache
def _untouched() -> dict[str, Any]:
    """Every column of a row, as the table's model begins it."""
    blank = Publication(post_id=0, channel_id=0, due_at=_NEVER, saved={}, created_at=_NEVER)
    return blank.model_dump(exclude={"id"})


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
