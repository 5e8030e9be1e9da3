"""What a hand has to know before it calls a platform: read once for many claims, just before their calls.

The post as it was claimed is what is sent, to the channel as it was claimed; what may have happened since (an edit, a
pause, a lease that ran out) is asked here. A briefing is good for a moment only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, Select, bindparam
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from connectors.base import Connector
from content.editorial import content_hash, is_approved
from content.tables import Post
from scheduler.access import Access
from scheduler.claim import Claim
from scheduler.compose import Placed, placed_in_all
from scheduler.db import reading
from scheduler.pauses import counting, stopped_by
from scheduler.retry import FIND, PUBLISH
from scheduler.tables import Pause, Publication

FRESH = timedelta(seconds=1)
"""Who calls later than this after the briefing is briefed again: a pause may have begun, the machine may have slept."""
NEVER = datetime.min.replace(tzinfo=UTC)
"""When a briefing was made that could not be had: it is never fresh."""


@dataclass(frozen=True, slots=True)
class Brief:
    """One claim, and how things stood at `at` (aware UTC)."""

    claim: Claim
    at: datetime
    placed: Placed = ()
    """The files of the post, each with its place."""
    connector: Connector | None = None
    """None: its access needs a refresh or a person first."""
    is_ours: bool = True
    """Whether the lease was still ours."""
    is_approved: bool = True
    """Whether the post is, word for word and picture for picture, what was approved."""
    pause: Pause | None = None
    """The pause in which it must not become public."""

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may still be relied on; a clock that was turned back makes it old, too."""
        return abs(now - self.at) <= FRESH


def brief_all(access: Access, claims: Sequence[Claim], *, now: datetime) -> list[Brief]:
    """Brief the hands about these claims, in their order: a handful of statements, however many they are.

    A look goes on whatever became of the post since.
    """
    with reading(access.engine) as session:
        told = session.connection().execute(_fences(), {"ids": [one.id for one in claims]})
        fences = {row.id: row.fence for row in told}
        posts = {row.id: row for row in session.connection().execute(_posts(), {"ids": _post_ids(claims)})}
        placed = placed_in_all(session, _post_ids(claims))
        stopped = _stopped(session, claims, now)
    connectors = access.at_hand([one.channel for one in claims], now=now)
    return [
        Brief(
            claim=one,
            at=now,
            placed=placed[one.post.id or 0],
            connector=connectors.pop(one.publication.channel_id, None),
            is_ours=fences.get(one.id) == one.publication.fence,
            is_approved=one.action == FIND or _is_what_was_approved(one, posts.get(one.post.id), placed),
            pause=stopped.get(one.id),
        )
        for one in claims
    ]


def brief_claimed(access: Access, claims: Sequence[Claim], *, now: datetime) -> list[Brief]:
    """The same of what this process has claimed or taken itself at `now`: that transaction has read the posts, and the
    leases are its own, so neither is read again. As good for a moment as any briefing."""
    with reading(access.engine) as session:
        placed = placed_in_all(session, _post_ids(claims))
        stopped = _stopped(session, claims, now)
        connectors = access.opened(session.connection(), [one.channel for one in claims], now=now)
    return [
        Brief(
            claim=one,
            at=now,
            placed=placed[one.post.id or 0],
            connector=connectors.pop(one.publication.channel_id, None),
            is_approved=one.action == FIND or _holds(one.post, placed),
            pause=stopped.get(one.id),
        )
        for one in claims
    ]


def _stopped(session: Session, claims: Sequence[Claim], now: datetime) -> dict[int, Pause | None]:
    """What of these a pause keeps from becoming public now."""
    pauses = counting(session, now=now)
    return {
        one.id: stopped_by(session, pauses, one.publication, one.channel, one.post, now=now)
        for one in claims
        if pauses and one.action == PUBLISH
    }


def _post_ids(claims: Sequence[Claim]) -> list[int]:
    return sorted({one.post.id for one in claims if one.post.id is not None})


def _is_what_was_approved(claim: Claim, now_there: object, placed: dict[int, Placed]) -> bool:
    """The claimed post is approved, so are its words and files as they are, and nobody has changed it since."""
    post = claim.post
    there = (getattr(now_there, name, None) for name in ("state", "content_hash", "approved_hash"))
    if tuple(there) != (post.state, post.content_hash, post.approved_hash):
        return False
    return _holds(post, placed)


def _holds(post: Post, placed: dict[int, Placed]) -> bool:
    """The words and files that were approved are these."""
    files = [use for use, _ in placed[post.id or 0]]
    return is_approved(post) and content_hash(post, files) == post.content_hash


def _ids() -> BindParameter[list[int]]:
    return bindparam("ids", expanding=True)


@cache
def _fences() -> Select[int | None, int]:
    return sa_select(col(Publication.id), col(Publication.fence)).where(col(Publication.id).in_(_ids()))


@cache
def _posts() -> Select[int | None, str, str, str]:
    return sa_select(col(Post.id), col(Post.state), col(Post.content_hash), col(Post.approved_hash)).where(
        col(Post.id).in_(_ids())
    )
