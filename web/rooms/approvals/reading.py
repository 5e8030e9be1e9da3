"""What waits for approval, read in a handful of statements however much there is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors.base import Part
from content.standing import Standing, Step, standing_of, why_not
from content.tables import Asset, Editorial, Post, PostAsset, Review
from scheduler.lifecycle import OPEN
from scheduler.rows import one_of
from scheduler.tables import Channel, Publication
from web.authority import approver
from web.roles import Person

PER_PAGE = 40
PAGES = 500
SOON = timedelta(hours=24)
"""What stands in the queue within this time is pressing."""
LOOKED_AT = 2_000
"""How many of the last acts are searched for urgent approvals."""


@dataclass(frozen=True, slots=True)
class Place:
    """A publication of the post that is still to come."""

    channel: str
    platform: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored file in its place in the post."""

    sha256: str
    alt: str
    role: str
    platform: str
    mime: str

    @property
    def is_video(self) -> bool:
        """Whether it moves."""
        return self.mime.startswith("video/")


@dataclass(frozen=True, slots=True)
class Waiting:
    """One post before the approvers, as this person sees it."""

    post: Post
    standing: Standing
    reviews: tuple[Review, ...]
    pictures: tuple[Picture, ...]
    places: tuple[Place, ...]
    why_not: str
    """Why this person may not say yes; "" when they may."""
    behalf: str
    """In whose name they would."""
    is_soon: bool

    @property
    def may(self) -> bool:
        """Whether it waits for this person."""
        return not self.why_not

    @property
    def at(self) -> datetime | None:
        """Its earliest time in the queue."""
        return min((one.at for one in self.places), default=None)

    @property
    def accepted(self) -> str:
        """The warnings that were accepted when it was submitted."""
        return self.standing.submitted.reason if self.standing.submitted else ""

    @property
    def is_plain(self) -> bool:
        """Ordinary, and nothing about it had to be accepted: good for deciding about many at once."""
        return self.may and self.standing.step is Step.ONLY and not self.accepted

    @property
    def picture(self) -> Picture | None:
        """What to show of it in a list."""
        return next((one for one in self.pictures if not one.is_video), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; empty: everything."""

    topic: str = ""
    agency: str = ""
    sensitive: bool = False
    number: int = 1
    """The page."""


def waiting(session: Session, someone: Person, wanted: Wanted, now: datetime) -> tuple[list[Waiting], bool]:
    """A page of what was submitted, urgent things first, then by time in the queue; and whether more follows."""
    # of a CASE, or PostgreSQL would go through every hour there ever was until it finds one of the post's
    earliest = (
        select(func.min(case((one_of(OPEN), col(Publication.due_at)))))
        .where(col(Publication.post_id) == col(Post.id), col(Publication.part) == Part.POST)
        .scalar_subquery()
    )
    statement = select(Post).where(Post.state == Editorial.SUBMITTED)
    if wanted.topic:
        statement = statement.where(Post.topic == wanted.topic)
    if wanted.agency:
        statement = statement.where(Post.agency == wanted.agency)
    if wanted.sensitive:
        statement = statement.where(col(Post.sensitive).is_(True))
    order = (col(Post.allowed_in_pause).desc(), earliest.is_(None), earliest, col(Post.updated_at), col(Post.id))
    posts = session.exec(statement.order_by(*order).offset((wanted.number - 1) * PER_PAGE).limit(PER_PAGE + 1)).all()
    return told(session, someone, posts[:PER_PAGE], now), len(posts) > PER_PAGE


def next_key(session: Session, someone: Person, now: datetime, but: str = "") -> str:
    """The next post that waits for this person; "" when nothing does."""
    found, _ = waiting(session, someone, Wanted(), now)
    return next((one.post.key for one in found if one.may and one.post.key != but), "")


def told(session: Session, someone: Person, posts: Sequence[Post], now: datetime) -> list[Waiting]:
    """Everything about these posts, in their order."""
    ids = [post.id or 0 for post in posts]
    reviews, pictures, places = _reviews(session, ids), _pictures(session, ids), _places(session, ids)
    return [
        _waiting(someone, post, reviews[post.id or 0], pictures[post.id or 0], places[post.id or 0], now)
        for post in posts
    ]


def _waiting(
    someone: Person, post: Post, reviews: list[Review], pictures: list[Picture], places: list[Place], now: datetime
) -> Waiting:
    standing = standing_of(post, reviews)
    who = approver(someone, standing)
    refusal = why_not(standing, who)
    first = min((one.at for one in places), default=None)
    return Waiting(
        post, standing, tuple(reviews), tuple(pictures), tuple(places), refusal, "" if refusal else who.behalf,
        first is not None and first <= now + SOON,
    )  # fmt: skip


def _reviews(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Review]]:
    found: defaultdict[int, list[Review]] = defaultdict(list)
    for row in session.exec(select(Review).where(col(Review.post_id).in_(ids)).order_by(col(Review.id))):
        found[row.post_id].append(row)
    return found


def _pictures(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Picture]]:
    found: defaultdict[int, list[Picture]] = defaultdict(list)
    rows = session.exec(
        select(PostAsset, Asset.mime)
        .where(col(PostAsset.sha256) == col(Asset.sha256), col(PostAsset.post_id).in_(ids))
        .order_by(col(PostAsset.platform), col(PostAsset.role).desc(), col(PostAsset.position))
    )
    for use, mime in rows:
        found[use.post_id].append(Picture(use.sha256, use.alt, use.role, use.platform, mime))
    return found


def _places(session: Session, ids: Sequence[int]) -> defaultdict[int, list[Place]]:
    found: defaultdict[int, list[Place]] = defaultdict(list)
    row = Publication
    facts = (col(row.post_id), col(Channel.name), col(Channel.platform), col(row.due_at), col(row.state))
    rows = session.connection().execute(
        columns(*facts)
        .where(
            col(row.channel_id) == col(Channel.id),
            col(row.post_id).in_(ids),
            col(row.part) == Part.POST,
            one_of(OPEN),
        )
        .order_by(col(row.due_at), col(row.id))
    )
    for post_id, name, platform, at, state in rows:
        found[post_id].append(Place(name, platform, at, state))
    return found


def urgent_approvals(session: Session, since: datetime) -> list[tuple[Review, Post]]:
    """What one person approved alone since then, newest first: somebody looks at it again."""
    newest = session.exec(select(func.max(col(Review.id)))).one() or 0
    return list(
        session.exec(
            select(Review, Post)
            .where(
                col(Review.id) > newest - LOOKED_AT,
                col(Review.post_id) == col(Post.id),
                Review.action == "approved_urgently",
                col(Review.at) >= since,
            )
            .order_by(col(Review.id).desc())
            .limit(20)
        ).all()
    )
