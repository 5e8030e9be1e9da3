"""At its hour, what a pause covers is set aside; it is found again by the pause that holds it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true, tuple_
from sqlmodel import Session, col, select

from connectors.base import Part
from content.tables import Post
from scheduler.db import spelled
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.pauses.orders import counting
from scheduler.pauses.scope import covers, end_of, in_force, runs, tell
from scheduler.rows import is_held
from scheduler.tables import Channel, Pause, Publication, PublicationEvent

HeldRow = tuple[Publication, Channel, Post]
_BY = "pause"
"""Under this name a held publication's `details` keep the number of the pause that holds it."""
_IS_HELD = is_held(Event.PAUSED)


def _of_pause(pause_id: int | None) -> ColumnElement[bool]:
    return _IS_HELD if pause_id is None else and_(_IS_HELD, col(Publication.details)[_BY].as_integer() == pause_id)


def held_by_pause(
    session: Session, *, pause_id: int | None = None, limit: int = 200, after: tuple[datetime, int] | None = None
) -> Sequence[HeldRow]:
    """What pauses (or one of them) have held and nobody has decided about, by the hour it should have gone out.

    `after`: hour and number of the last one that is known already.
    """
    statement = (
        select(Publication, Channel, Post)
        .where(
            col(Publication.channel_id) == col(Channel.id),
            col(Publication.post_id) == col(Post.id),
            _of_pause(pause_id),
        )
        .order_by(col(Publication.due_at), col(Publication.id))
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(col(Publication.due_at), col(Publication.id)) > tuple_(*after))
    return session.exec(statement).all()


def count_held(session: Session, *, pause_id: int | None = None) -> int:
    """How much pauses (or one of them) have held and nobody has decided about."""
    return session.exec(select(func.count()).select_from(Publication).where(_of_pause(pause_id))).one()


def held_counts(session: Session) -> dict[int, int]:
    """How much each pause has held, by its number; 0: what was held before numbers were kept."""
    by = col(Publication.details)[_BY].as_integer()
    rows = session.exec(select(by, func.count()).where(_IS_HELD).group_by(by)).all()
    return {number or 0: count for number, count in rows}


# Holding ---------------------------------------------------------------------------------------------------


def stopped_by(
    session: Session, pauses: Sequence[Pause], row: Publication, channel: Channel, post: Post, *, now: datetime
) -> Pause | None:
    """The pause for which this publication must not become public now; None when it may, or is not due yet.

    Also one that is over when the hour lay in it and nobody has decided since: its end lets nothing go by itself.
    """
    if row.due_at > now or not pauses:
        return None
    barred = [one for one in posts_of(session, row, post) if not one.allowed_in_pause]
    for pause in pauses:
        in_it = in_force(pause, now) or (runs(pause, row.due_at) and not _decided_since(session, row, end_of(pause)))
        if in_it and any(covers(pause, channel, one) for one in barred):
            return pause
    return None


def posts_of(session: Session, row: Publication, post: Post) -> Sequence[Post]:
    """What the row sends: its post, or each post of a push of several."""
    articles = row.details.get("articles", ()) if row.part == Part.BROADCAST else ()
    if len(articles) < 2:
        return [post]
    statement = select(Post).where(col(Post.id) == col(Publication.post_id), col(Publication.id).in_(articles))
    return [post, *session.exec(statement).all()]


def _decided_since(session: Session, row: Publication, end: datetime | None) -> bool:
    """Whether a person has moved the row after that pause ended."""
    if end is None:
        return False
    decision = select(PublicationEvent.id).where(
        PublicationEvent.publication_id == row.id,
        col(PublicationEvent.at) >= end,
        col(PublicationEvent.actor).not_in(("", "autopilot")),
    )
    return session.exec(decision.limit(1)).first() is not None


def held_facts(row: Publication, pause: Pause) -> dict[str, Any]:
    """What a row keeps while this pause holds it."""
    words, details = tell(pause), {**row.details, _BY: pause.id}
    return {"words": words, "problem": words, "details": details, "next_attempt_at": None}


def hold(session: Session, row: Publication, pause: Pause, *, now: datetime) -> State:
    """Set one publication aside for a pause; the caller commits. Raises `LostRace`."""
    return apply(session, row, Event.PAUSED, now=now, **held_facts(row, pause))


def hold_the_due(session: Session, *, now: datetime) -> None:
    """Set aside what is due under a pause, also on a channel that stands still; the caller commits."""
    pauses = counting(session, now=now)
    if not pauses:
        return
    due = select(Publication, Channel, Post).where(
        col(Publication.channel_id) == col(Channel.id),
        col(Publication.post_id) == col(Post.id),
        col(Publication.state).in_(spelled((State.SCHEDULED, State.READY, State.RETRY_WAIT))),
        col(Publication.due_at) <= now,
        or_(*(_perhaps(pause, now) for pause in pauses)),
    )
    for row, channel, post in session.exec(due.with_for_update(of=Publication, skip_locked=True)):
        pause = stopped_by(session, pauses, row, channel, post, now=now)
        if pause is not None:
            hold(session, row, pause, now=now)


def _perhaps(pause: Pause, now: datetime) -> ColumnElement[bool]:
    """What of the due rows this pause may be about; `stopped_by` has the last word."""
    end = end_of(pause)
    parts: list[ColumnElement[bool]] = [true()]
    if not in_force(pause, now):
        parts += [col(Publication.due_at) >= pause.since, col(Publication.due_at) < end]
    if pause.channel_id is not None:
        parts.append(col(Publication.channel_id) == pause.channel_id)
    return and_(*parts)
