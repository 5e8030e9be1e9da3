"""What follows a public post: its first comment, a broadcast, new words. Each is a row of the queue of its own.

So the attempt before the call, the lease, the looks after a lost answer and the approval are the same as
for the post itself, and nothing that follows can make the post appear twice.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Part
from content.tables import Post
from scheduler.lifecycle import FINAL, TRANSITIONS, Event, State
from scheduler.move import LostRace, apply
from scheduler.tables import Channel, Publication, PublicationEvent

SETTLING = timedelta(seconds=10)
"""Before a first comment is sent, its post has to be there for the platform's own readers, too (facebook 3.7)."""
WORTH_SENDING = timedelta(days=1)
"""A first comment that is a day late helps nobody."""
TOO_LATE = timedelta(hours=12)
"""A broadcast cannot be taken back, so one that waited longer than a night is a person's to send anew."""

PART_WORDS: dict[str, str] = {
    Part.POST: "bài",
    Part.COMMENT: "bình luận đầu tiên",
    Part.BROADCAST: "tin truyền thông",
    Part.REVISION: "sửa bài đã đăng",
}


def comment_of(post: Post, platform: str) -> str:
    """The first comment that goes under this post on this platform; "" when there is none."""
    return str(post.variants.get(platform, {}).get("first_comment") or "").strip()


def follow(session: Session, row: Publication, post: Post, channel: Channel, *, now: datetime) -> None:
    """Queue what belongs under a post that has just become public; repeating it adds nothing. The caller commits."""
    parts = connector_class(channel.platform).capabilities.parts
    if not comment_of(post, channel.platform) or Part.COMMENT not in parts:
        return
    there = session.exec(
        select(Publication.id).where(Publication.follows_id == row.id, Publication.part == Part.COMMENT)
    ).first()
    if there is None:
        reason = "Bình luận đầu tiên của bài vừa đăng."
        queue_part(session, row, post, channel, Part.COMMENT, due_at=row.due_at, first_try=now + SETTLING,
                   late_until=now + WORTH_SENDING, now=now, actor="", reason=reason)  # fmt: skip


def queue_part(
    session: Session,
    parent: Publication,
    post: Post,
    channel: Channel,
    part: Part,
    *,
    due_at: datetime,
    first_try: datetime,
    late_until: datetime | None,
    now: datetime,
    actor: str,
    reason: str,
    details: Mapping[str, Any] | None = None,
) -> Publication:
    """Add a row that follows `parent`; the caller commits."""
    assert post.id is not None and channel.id is not None
    row = Publication(
        post_id=post.id,
        channel_id=channel.id,
        part=part,
        follows_id=parent.id,
        details=dict(details or {}),
        due_at=due_at,
        late_until=late_until,
        state=State.SCHEDULED,
        next_attempt_at=first_try,
        origin="staff" if actor else "post",
        reason=reason,
        saved={},
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(queued(row, now=now, words=reason, actor=actor))
    return row


def queued(row: Publication, *, now: datetime, words: str, actor: str) -> PublicationEvent:
    """The first event of a row's life."""
    return PublicationEvent(**queued_facts(row, now=now, words=words, actor=actor))


def queued_facts(row: Publication, *, now: datetime, words: str, actor: str) -> dict[str, Any]:
    """The same by its columns, for many at once."""
    assert row.id is not None
    return {
        "publication_id": row.id,
        "at": now,
        "event": "queued",
        "state_before": "",
        "state_after": State.SCHEDULED,
        "fence": 0,
        "words": words,
        "actor": actor,
    }


def cancel_parts(session: Session, row: Publication, *, now: datetime, actor: str) -> None:
    """A post was taken down: what still waits to follow it is not sent any more. The caller commits.

    What may have been sent already stays a person's to decide, and what is in a worker's hands ends there.
    """
    waiting = col(Publication.state).in_(set(State) - FINAL - {State.PUBLISHED, State.NEEDS_PERSON})
    same_channel = and_(col(Publication.channel_id) == row.channel_id, col(Publication.part) == Part.BROADCAST)
    for part in session.exec(
        select(Publication).where(waiting, or_(col(Publication.follows_id) == row.id, same_channel))
    ).all():
        belongs = part.follows_id == row.id or row.id in part.details.get("articles", ())
        if belongs and (State(part.state), Event.CANCELLED) in TRANSITIONS:
            words = f"Mục {row.id} đã gỡ khỏi kênh nên {PART_WORDS[part.part]} không gửi nữa."
            with suppress(LostRace):
                apply(session, part, Event.CANCELLED, now=now, words=words, problem=words, actor=actor,
                      next_attempt_at=None)  # fmt: skip


def public_ids(session: Session, publication_ids: Sequence[int]) -> list[str]:
    """The external ids of those of these publications that are public, in their order."""
    rows = session.exec(
        select(Publication.id, Publication.external_id).where(
            col(Publication.id).in_(publication_ids),
            Publication.state == State.PUBLISHED,
            Publication.external_id != "",
        )
    )
    found = dict(rows.all())
    return [found[one] for one in publication_ids if one in found]
