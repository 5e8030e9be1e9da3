"""What a person who chose an hour should think about again: nothing is refused, everything is said once."""

from sqlmodel import Session

from content.tables import Post
from scheduler.conflicts import conflict_of
from scheduler.days import warning
from scheduler.policy import Policy
from scheduler.tables import Publication


def doubts(session: Session, row: Publication, policy: Policy) -> list[str]:
    """What speaks against the hour of this item, one Vietnamese sentence each: the day's rule, near the same words."""
    post = session.get_one(Post, row.post_id)
    found = [warning(session, policy.plan_dir, post, row.due_at)]
    close = conflict_of(session, row, policy)
    return [*filter(None, found), *([close.told(row.id or 0)] if close else [])]
