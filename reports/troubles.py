"""What went wrong with the publications of a week, what people did about it, and where each stood at the cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlmodel import Session, col

from content.tables import Post
from reports.only import is_post
from reports.seeks import chunks, rows_of
from scheduler.db import columns_of
from scheduler.lifecycle import Event
from scheduler.tables import Publication, PublicationEvent

TROUBLE = (
    Event.WILL_RETRY,
    Event.REJECTED,
    Event.NO_ANSWER,
    Event.UNCLEAR,
    Event.TOO_LATE,
    Event.EXPIRED,
    Event.APPROVAL_LOST,
    Event.LEASE_RAN_OUT,
    Event.HELD,
    Event.PAUSED,
    Event.WITHDRAWN,
)
"""The events a leader should hear of."""

DONE = (Event.RESUMED, Event.MOVED, Event.CANCELLED, Event.ASKED, Event.FOUND, Event.NOT_FOUND, Event.SUCCEEDED)
"""What may be done about them, by people and by the system."""


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One event that went wrong, and where its publication stood at the cut-off."""

    publication_id: int
    channel_id: int
    title: str
    due_at: datetime
    at: datetime
    event: str
    state_after: str
    words: str
    state: str
    problem: str


@dataclass(frozen=True, slots=True)
class ActRow:
    """One thing done about a publication after it went wrong."""

    publication_id: int
    at: datetime
    event: str
    words: str


def trouble_rows(
    session: Session, since: datetime, until: datetime, cutoff: datetime | None = None
) -> tuple[TroubleRow, ...]:
    """What went wrong in [since, until), a publication's events together, oldest first."""
    statement = (
        select(
            *(col(column) for column in (Publication.id, Publication.channel_id, Post.title, Publication.due_at)),
            *(col(column) for column in (PublicationEvent.at, PublicationEvent.event)),
            *(col(column) for column in (PublicationEvent.state_after, PublicationEvent.words)),
            func.coalesce(_stood(cutoff or until), col(Publication.state)),
            col(Publication.problem),
        )
        .join(Publication, col(Publication.id) == col(PublicationEvent.publication_id))
        .join(Post, col(Post.id) == col(Publication.post_id))
        .where(
            is_post(),
            col(PublicationEvent.at) >= since,
            col(PublicationEvent.at) < until,
            col(PublicationEvent.event).in_([event.value for event in TROUBLE]),
        )
        .order_by(col(Publication.due_at), col(Publication.id), col(PublicationEvent.at), col(PublicationEvent.id))
    )
    return tuple(TroubleRow(*row) for row in rows_of(session, statement))


def _stood(cutoff: datetime) -> ScalarSelect[str]:
    """The state after the last move before the cut-off: what came later belongs to a later summary."""
    later = columns_of(PublicationEvent).alias("later")
    return (
        select(later.c.state_after)
        .where(later.c.publication_id == col(Publication.id), later.c.at < cutoff)
        .order_by(later.c.at.desc(), later.c.id.desc())
        .limit(1)
        .correlate(Publication)
        .scalar_subquery()
    )


def acts(session: Session, troubled: Sequence[TroubleRow], cutoff: datetime) -> tuple[ActRow, ...]:
    """What was done about these publications after they first went wrong and before the cut-off, oldest first."""
    first: dict[int, datetime] = {}
    for row in troubled:
        first.setdefault(row.publication_id, row.at)
    columns = (PublicationEvent.publication_id, PublicationEvent.at, PublicationEvent.event, PublicationEvent.words)
    found = []
    for some in chunks(sorted(first)):
        statement = (
            select(*(col(column) for column in columns))
            .where(
                col(PublicationEvent.publication_id).in_(some),
                col(PublicationEvent.at) < cutoff,
                col(PublicationEvent.event).in_([event.value for event in DONE]),
            )
            .order_by(col(PublicationEvent.publication_id), col(PublicationEvent.at), col(PublicationEvent.id))
        )
        found += [ActRow(*row) for row in rows_of(session, statement)]
    return tuple(row for row in found if row.at >= first[row.publication_id])
