"""The publications of a period with everything that is known of them at the cut-off, some hundred at a time.

SELECTs only, each batch in a short reading transaction of its own, so that nobody waits for a file that takes minutes.
What came after the cut-off is not told, and what is told comes from rows that are only ever added: the same period and
cut-off give the same answer next year.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, tuple_
from sqlmodel import Session, col, select

from content.editorial import ACTION_WORDS
from content.tables import APPROVALS, Asset, Post, PostAsset, PostRevision, Review
from content.vietnamese import local
from reports.evidence.sent import Content
from reports.evidence.values import Asked, Basis, Figure, Step
from reports.lives import MOVES, OUTCOMES, TRIES
from scheduler.figure_tables import Collection
from scheduler.lifecycle import WORDS, Event
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent, Reading

BATCH = 200
AUTOPILOT = "Xếp lịch tự động"
_STATES: dict[str, str] = {state.value: words for state, words in WORDS.items()}
WRITTEN = ("created", "proposed", "loaded")


@dataclass(frozen=True, slots=True)
class Known:
    """One publication and what the database knows of it at the cut-off."""

    row: Publication
    post: Post
    channel: Channel
    content: Content | None
    basis: Basis
    content_hash: str
    author: str
    submitted: Review | None
    endorsed: Review | None
    approved: Review | None
    withdrawn_at: datetime | None
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]
    assets: Mapping[str, Asset]


def iso(at: datetime | None) -> str:
    """Local, to the second, with the offset; "" for what is not known."""
    return local(at).isoformat(timespec="seconds") if at else ""


def asked_rows(asked: Asked) -> list[ColumnElement[bool]]:
    """Which publications are meant: public in the period and before the cut-off, whatever became of them."""
    found = [
        col(Publication.published_at) >= asked.since,
        col(Publication.published_at) < asked.until,
        col(Publication.published_at) < asked.cutoff,
    ]
    return [*found, col(Channel.key) == asked.channel] if asked.channel else found


def batch_after(session: Session, asked: Asked, last: tuple[datetime, int] | None) -> list[Known]:
    """The next publications in the order in which they became public. What is wanted of the topic is the caller's."""
    at, number = col(Publication.published_at), col(Publication.id)
    statement = (
        select(Publication, Post, Channel)
        .join(Post, col(Post.id) == col(Publication.post_id))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(*asked_rows(asked))
        .order_by(at, number)
        .limit(BATCH)
    )
    if last is not None:
        statement = statement.where(tuple_(at, number) > last)
    rows = session.exec(statement).all()
    return list(_known(session, rows, asked.cutoff)) if rows else []


def _known(
    session: Session, rows: Sequence[tuple[Publication, Post, Channel]], cutoff: datetime
) -> Iterator[Known]:  # fmt: skip
    ids = [row.id or 0 for row, _, _ in rows]
    reviews = _reviews(session, {post.id or 0 for _, post, _ in rows}, cutoff)
    hashes = {row.id: _hash_of(row, reviews[post.id or 0]) for row, post, _ in rows}
    contents = contents_of(session, [(post, hashes[row.id][0]) for row, post, _ in rows])
    assets = _assets(session, contents.values())
    figures, steps = _figures(session, ids, cutoff), _steps(session, ids, cutoff)
    gone = _withdrawals(session, ids, cutoff)
    for row, post, channel in rows:
        told = reviews[post.id or 0]
        content_hash, sure = hashes[row.id]
        content, basis = contents.get((post.id or 0, content_hash), (None, Basis.NONE))
        basis = Basis.APPROVED if content is not None and not sure else basis
        same = [one for one in told if one.content_hash == content_hash and content_hash]
        life = [*_decisions(told, content_hash), *steps[row.id or 0]]
        yield Known(
            row, post, channel, content, basis, content_hash, post.author or _first(told, WRITTEN),
            submitted=_last(same, ("submitted",)),
            endorsed=_last(same, ("endorsed",)),
            approved=_last(same, APPROVALS),
            withdrawn_at=gone.get(row.id or 0),
            figures=tuple(figures[row.id or 0]),
            steps=tuple(step for _at, step in sorted(life, key=lambda one: one[0])),
            assets=assets,
        )  # fmt: skip


# What was sent ---------------------------------------------------------------------------------------------


def _hash_of(row: Publication, told: Sequence[Review]) -> tuple[str, bool]:
    """The hash of the content that went out, and whether that is certain."""
    if row.prepared_hash:
        return row.prepared_hash, True
    before = row.sent_at or row.published_at
    known = [one for one in told if one.action in APPROVALS and (before is None or one.at <= before)]
    return (known[-1].content_hash, False) if known else ("", False)


def contents_of(
    session: Session, wanted: Iterable[tuple[Post, str]]
) -> dict[tuple[int, str], tuple[Content | None, Basis]]:
    """What these posts said under these hashes, as far as it is kept: by (post's id, hash)."""
    pairs = {(post.id or 0, digest): post for post, digest in wanted if digest}
    if not pairs:
        return {}
    kept = session.exec(
        select(PostRevision).where(
            col(PostRevision.post_id).in_({number for number, _ in pairs}),
            col(PostRevision.content_hash).in_({digest for _, digest in pairs}),
        )
    )
    found: dict[tuple[int, str], tuple[Content | None, Basis]] = {
        (one.post_id, one.content_hash): (Content(one.data, one.data["assets"]), Basis.REVISION) for one in kept
    }
    unchanged = {
        number: post for (number, digest), post in pairs.items()
        if (number, digest) not in found and post.content_hash == digest
    }  # fmt: skip
    places = _places(session, unchanged)
    for number, post in unchanged.items():
        content = Content(post.model_dump(), places[number])
        found[number, post.content_hash] = (content, Basis.CURRENT)
    return found


def _places(session: Session, ids: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    numbers = list(ids)
    if numbers:
        for one in session.exec(select(PostAsset).where(col(PostAsset.post_id).in_(numbers))):
            names = ("role", "platform", "position", "sha256", "alt")
            found[one.post_id].append({name: getattr(one, name) for name in names})
    return found


def _assets(session: Session, contents: Iterable[tuple[Content | None, Basis]]) -> dict[str, Asset]:
    hashes = {one["sha256"] for content, _ in contents if content is not None for one in content.assets}
    if not hashes:
        return {}
    return {one.sha256: one for one in session.exec(select(Asset).where(col(Asset.sha256).in_(hashes)))}


# Who decided, and what happened ----------------------------------------------------------------------------


def _reviews(session: Session, posts: set[int], cutoff: datetime) -> dict[int, list[Review]]:
    found: dict[int, list[Review]] = defaultdict(list)
    statement = select(Review).where(col(Review.post_id).in_(posts), col(Review.at) <= cutoff)
    for one in session.exec(statement.order_by(col(Review.id))):
        found[one.post_id].append(one)
    return found


def _first(told: Sequence[Review], actions: tuple[str, ...]) -> str:
    return next((one.actor for one in told if one.action in actions), "")


def _last(told: Sequence[Review], actions: tuple[str, ...]) -> Review | None:
    return next((one for one in reversed(told) if one.action in actions), None)


def _decisions(told: Sequence[Review], content_hash: str) -> Iterator[tuple[datetime, Step]]:
    """What was decided about exactly this content."""
    for one in told:
        if content_hash and one.content_hash == content_hash:
            words = ACTION_WORDS.get(one.action, one.action)
            yield one.at, Step(iso(one.at), words, one.actor, one.reason)


def _steps(session: Session, ids: Sequence[int], cutoff: datetime) -> dict[int, list[tuple[datetime, Step]]]:
    """Events and tries, in the order in which they were written down."""
    found: dict[int, list[tuple[datetime, Step]]] = defaultdict(list)
    event = PublicationEvent
    moves = select(event).where(col(event.publication_id).in_(ids), col(event.at) <= cutoff).order_by(col(event.id))
    for one in session.exec(moves):
        what = f"{MOVES.get(one.event, one.event)} → {_STATES.get(one.state_after, one.state_after)}"
        who = AUTOPILOT if one.actor == "autopilot" else one.actor
        found[one.publication_id].append((one.at, Step(iso(one.at), what, who, one.words)))
    tries = select(Attempt).where(col(Attempt.publication_id).in_(ids), col(Attempt.started_at) <= cutoff)
    for tried in session.exec(tries.order_by(col(Attempt.id))):
        ended = tried.finished_at is not None and tried.finished_at <= cutoff
        outcome = OUTCOMES.get(tried.outcome, tried.outcome) if ended else OUTCOMES[""]
        what = f"lần thử: {TRIES.get(tried.action, tried.action).lower()}: {outcome}"
        words = tried.words if ended else ""
        found[tried.publication_id].append((tried.started_at, Step(iso(tried.started_at), what, "", words)))
    return found


def _withdrawals(session: Session, ids: Sequence[int], cutoff: datetime) -> dict[int, datetime]:
    event = PublicationEvent
    statement = select(event.publication_id, func.max(event.at)).where(
        col(event.publication_id).in_(ids), event.event == Event.WITHDRAWN, col(event.at) <= cutoff
    )
    return dict(session.exec(statement.group_by(col(event.publication_id))).all())


# Figures ---------------------------------------------------------------------------------------------------


def _figures(session: Session, ids: Sequence[int], cutoff: datetime) -> dict[int, list[Figure]]:
    """The last told value of every metric; what a platform did not tell is simply not there.

    A person may copy later what a console showed before the cut-off: that was not known then, either.
    """
    place = func.row_number().over(
        partition_by=(col(Reading.publication_id), col(Reading.metric)),
        order_by=(col(Reading.taken_at).desc(), col(Reading.id).desc()),
    )
    ranked = (
        select(col(Reading.id).label("id"), place.label("place"))
        .outerjoin(Collection, col(Collection.id) == col(Reading.collection_id))
        .where(
            col(Reading.publication_id).in_(ids),
            col(Reading.taken_at) < cutoff,
            func.coalesce(col(Collection.taken_at), col(Reading.taken_at)) < cutoff,
            col(Reading.value).is_not(None),
            col(Reading.day).is_(None),
        )
        .subquery()
    )
    statement = (
        select(Reading, Collection.source)
        .join(ranked, ranked.c.id == col(Reading.id))
        .outerjoin(Collection, col(Collection.id) == col(Reading.collection_id))
        .where(ranked.c.place == 1)
        .order_by(col(Reading.publication_id), col(Reading.metric), col(Reading.id))
    )
    found: dict[int, list[Figure]] = defaultdict(list)
    for one, source in session.exec(statement):
        figure = Figure(
            one.metric, one.value or 0, one.name, one.version, one.definition, iso(one.taken_at), source or "platform"
        )
        found[one.publication_id or 0].append(figure)
    return found
