"""The only code that changes a publication's state: compare, swap, and leave a row that names the edge."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col

from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.tables import Publication, PublicationEvent


class LostRace(Exception):
    """Somebody else moved this publication first; whoever gets this has nothing more to do with it."""


def apply(
    session: Session,
    publication: Publication,
    event: Event,
    *,
    now: datetime,
    words: str = "",
    actor: str = "",
    **facts: Any,
) -> State:
    """Move one publication along one edge and leave an event row; the caller commits.

    `facts` are further columns to set in the same statement. The move is a compare-and-swap on state and
    fence. Raises KeyError for a move the table does not have (a bug) and `LostRace` when the row is not
    as `publication` says any more. `publication` itself is not changed: load it again to see the result.
    """
    before = State(publication.state)
    after = TRANSITIONS[before, event]
    values: dict[str, Any] = {
        "state": after,
        "fence": publication.fence + (event is Event.CLAIMED),
        "held_by": event if after is State.HELD else "",
        **facts,
    }
    if event is not Event.CLAIMED:
        values = {"lease_until": None, "lease_owner": "", **values}
    statement = (
        update(Publication)
        .where(
            col(Publication.id) == publication.id,
            col(Publication.state) == before,
            col(Publication.fence) == publication.fence,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise LostRace(f"publication {publication.id} is not {before} with fence {publication.fence} any more")
    session.connection().execute(
        insert(PublicationEvent).values(
            publication_id=publication.id,
            at=now,
            event=event,
            state_before=before,
            state_after=after,
            fence=values["fence"],
            words=words,
            actor=actor,
        )
    )
    return after


def hand_to(session: Session, publication_id: int, fence: int, giver: str, taker: str, *, until: datetime) -> bool:
    """Pass the lease of one publication on, by compare-and-swap; its state stays. The caller commits."""
    statement = (
        update(Publication)
        .where(
            col(Publication.id) == publication_id,
            col(Publication.fence) == fence,
            col(Publication.lease_owner) == giver,
        )
        .values(lease_owner=taker, lease_until=until)
    )
    return session.connection().execute(statement).rowcount == 1
