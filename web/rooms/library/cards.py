"""What a list shows of each post: its picture, a few words, where it was and will be. Four statements a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case
from sqlalchemy import select as columns_of
from sqlmodel import Session, col, func, select

from connectors.base import Part
from content.search import FoundPost
from content.tables import Asset, Post, PostAsset
from scheduler.lifecycle import OPEN, State
from scheduler.tables import Publication

EXCERPT = 320
"""Characters of the text that stand where a post has no picture."""


class Thumb(NamedTuple):
    """The picture a post is known by."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Card:
    """One post of a list."""

    post: FoundPost
    agency: str
    platforms: Sequence[str]
    sensitive: bool
    evergreen: bool
    updated_at: datetime
    excerpt: str
    thumb: Thumb | None
    has_video: bool
    published_at: datetime | None
    """When it was public last."""
    due_at: datetime | None
    """When it will be public next."""


def cards(session: Session, posts: Sequence[FoundPost]) -> list[Card]:
    """The posts with what a list shows of them, in the same order."""
    ids = [one.id for one in posts]
    thumbs, films, times = _thumbs(session, ids), _films(session, ids), _times(session, ids)
    names = ("id", "agency", "platforms", "sensitive", "evergreen", "updated_at")
    columns = (*(col(getattr(Post, name)) for name in names), func.substr(Post.body, 1, EXCERPT).label("excerpt"))
    rows = {row.id: row for row in session.execute(columns_of(*columns).where(col(Post.id).in_(ids)))}
    found = []
    for post in posts:
        row, (published_at, due_at) = rows[post.id], times.get(post.id, (None, None))
        found.append(
            Card(
                post, row.agency, row.platforms, row.sensitive, row.evergreen, row.updated_at, row.excerpt,
                thumbs.get(post.id), post.id in films, published_at, due_at,
            )
        )  # fmt: skip
    return found


def _thumbs(session: Session, ids: Sequence[int]) -> dict[int, Thumb]:
    """The first picture of each post: one for every platform before others, an image before a cover."""
    rows = session.exec(
        select(PostAsset.post_id, Asset.sha256, Asset.width, Asset.height)
        .where(
            col(PostAsset.sha256) == col(Asset.sha256),
            col(PostAsset.post_id).in_(ids),
            col(PostAsset.role).in_(("image", "cover")),
        )
        .order_by(col(PostAsset.platform), col(PostAsset.role).desc(), col(PostAsset.position))
    )
    found: dict[int, Thumb] = {}
    for post_id, sha256, width, height in rows:
        found.setdefault(post_id, Thumb(sha256, width, height))
    return found


def _films(session: Session, ids: Sequence[int]) -> set[int]:
    return set(
        session.exec(select(PostAsset.post_id).where(col(PostAsset.post_id).in_(ids), PostAsset.role == "video"))
    )


def _times(session: Session, ids: Sequence[int]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """When each was public last, and when it will be next."""
    public = case((col(Publication.state) == State.PUBLISHED, col(Publication.published_at)))
    waiting = case((col(Publication.state).in_(OPEN), col(Publication.due_at)))
    rows = session.exec(
        select(Publication.post_id, func.max(public), func.min(waiting))
        .where(col(Publication.post_id).in_(ids), Publication.part == Part.POST)
        .group_by(col(Publication.post_id))
    )
    return {post_id: (last, following) for post_id, last, following in rows}
