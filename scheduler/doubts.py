"""What a person who chose an hour should think about again: nothing is refused, everything is said once."""

from datetime import datetime

from sqlmodel import Session

from connectors.base import Part
from content.tables import Post
from scheduler.conflicts import conflict_of
from scheduler.policy import Policy
from scheduler.slots import warnings
from scheduler.tables import Channel, Publication


def doubts(session: Session, row: Publication, policy: Policy, *, now: datetime) -> list[str]:
    """What speaks against the hour of this item, one Vietnamese sentence each.

    The rules of its channel and of its day, and the same or nearly the same words too close on that channel. What
    follows a post has no such rules.
    """
    if row.part != Part.POST:
        return []
    post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
    found = warnings(session, channel, row.due_at, now=now, policy=policy, post=post, itself=row.id)
    close = conflict_of(session, row, policy)
    return [*found, close.told(row.id or 0)] if close else found
