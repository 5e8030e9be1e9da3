"""What a post said at one moment, whole: kept each time it is saved, so that any two of them can be held side by side.

Rows are only ever added, and the same content is kept once. The caller commits.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, select

from content.tables import APPROVALS, HASHED, Post, PostAsset, PostRevision, Review
from content.vietnamese import nfc

if TYPE_CHECKING:
    from content.differences import Differences


def keep(session: Session, post: Post, *, by: str, now: datetime) -> None:
    """Keep the post as it stands, unless this very content was kept before. `now` is aware UTC.

    Whoever calls holds the post's row or is its only writer.
    """
    assert post.id is not None, "a post is stored before a revision of it is kept"
    session.flush()
    kept = select(PostRevision.id).where(
        PostRevision.post_id == post.id, PostRevision.content_hash == post.content_hash
    )
    if session.exec(kept).first() is None:
        data = _told(session, post)
        row = PostRevision(post_id=post.id, content_hash=post.content_hash, at=now, actor=nfc(by.strip()), data=data)
        session.add(row)
        session.flush()


def _told(session: Session, post: Post) -> dict[str, Any]:
    """Everything an approval is bound to, as JSON; days as "2026-12-31"."""
    order = (col(PostAsset.role), col(PostAsset.platform), col(PostAsset.position))
    assets = session.exec(select(PostAsset).where(PostAsset.post_id == post.id).order_by(*order))
    values = {name: getattr(post, name) for name in HASHED}
    facts = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    names = ("role", "platform", "position", "sha256", "alt")
    return {**facts, "assets": [{name: getattr(one, name) for name in names} for one in assets]}


@dataclass(frozen=True, slots=True)
class SinceApproval:
    """When a post was approved last, by whom, and what is different now."""

    at: datetime
    actor: str
    differences: "Differences | None"
    """None: what was approved then was not kept."""


def since_approval(session: Session, post: Post) -> SinceApproval | None:
    """What changed since the post was approved last; None for a post that never was. Changes nothing."""
    from content.differences import differences  # whoever keeps a revision need not compare any

    last = session.exec(
        select(Review)
        .where(Review.post_id == post.id, col(Review.action).in_(APPROVALS))
        .order_by(col(Review.id).desc())
        .limit(1)
    ).first()
    if last is None:
        return None
    kept = session.exec(
        select(PostRevision).where(PostRevision.post_id == post.id, PostRevision.content_hash == last.content_hash)
    ).first()
    told = None if kept is None else differences(kept.data, _told(session, post))
    return SinceApproval(last.at, last.actor, told)
