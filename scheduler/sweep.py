"""The sweep before every claim: what time has overtaken is given back, held, told, missed or let go."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Engine, and_, not_, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from connectors import connector_class
from connectors.base import Part
from content.editorial import is_approved
from content.tables import LateRule, Post
from scheduler.astir import STILL, is_stopped, lease_is_over, waits_for_its_approval, waits_without_a_word
from scheduler.channels import CHANNEL_WORDS, CONNECTED, reopen_channels
from scheduler.claim import APPROVED, APPROVED_LATE, LEVEL_WORDS, WAITS
from scheduler.db import writing
from scheduler.lanes import HANDED_OVER, full_limits, waits_for_a_limit
from scheduler.lifecycle import WORKING, Event, State
from scheduler.limits import told_levels
from scheduler.move import apply
from scheduler.overtaken import moves_by_itself, overtake
from scheduler.pauses import hold_the_due
from scheduler.policy import Policy
from scheduler.retry import BACKOFF
from scheduler.rows import first_try
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent
from scheduler.upcoming import over

MISSED_AT_ONCE = 100
"""So many of each state are read at once; few enough that PostgreSQL goes along the index for them."""


def sweep(engine: Engine, *, now: datetime, everything: bool = False, policy: Policy = Policy()) -> None:
    """Move what time has overtaken: dead leases, late publications, new approvals, blocks that have run out.

    Then every channel's late posts get their turns, each channel in a transaction of its own. A tick looks beforehand
    whether any of this can be (`scheduler.astir`); nearly always nothing can.

    `everything` gives up every lease whatever its time: right only for the one process that holds the data
    folder's lock, at its start.
    """
    with writing(engine) as session:
        reopen_channels(session, now=now)
        for row in _dead_leases(session, now, everything):
            _give_back(session, row, now=now, pause=not everything)
        hold_the_due(session, now=now)
        _tell_the_held_up(session, now)
        _miss_the_late(session, now)
        _release_the_approved(session, now)
    overtake(engine, now=now, policy=policy)


def _dead_leases(session: Session, now: datetime, everything: bool) -> Sequence[Publication]:
    return session.exec(_with_a_lease(everything), params={} if everything else {"now": now}).all()


# The statements of every tick are put together once: that takes longer than running them.


@cache
def _with_a_lease(everything: bool) -> SelectOfScalar[Publication]:
    any_lease = and_(col(Publication.state).in_(WORKING), col(Publication.lease_until).is_not(None))
    statement = select(Publication).where(any_lease if everything else lease_is_over())
    return statement.with_for_update(skip_locked=True)


def _give_back(session: Session, row: Publication, *, now: datetime, pause: bool) -> None:
    """A worker died, or is so slow that its fence has to go: look, or prepare again.

    A preparation that keeps killing its worker counts against the tries, or it would do so for ever.
    """
    if row.lease_owner == HANDED_OVER:
        words = "Chưa có tiến trình nào nhận việc; sẽ giao lại."
        facts: dict[str, Any] = {"sent_at": None} if row.state == State.PUBLISHING else {}
        # the try that was written down for whoever would take it has its end
        tried = (col(Attempt.publication_id) == row.id, col(Attempt.fence) == row.fence)
        ended = {"finished_at": now, "outcome": Event.NOT_BEGUN.value, "words": words}
        session.execute(update(Attempt).where(*tried).values(**ended))
        apply(session, row, Event.NOT_BEGUN, now=now, words=words, fence=row.fence + 1, next_attempt_at=now, **facts)
        return
    if row.state != State.PREPARING:
        channel = session.get_one(Channel, row.channel_id)
        first_look = connector_class(channel.platform).capabilities.looks[0]
        at, looks = (now + first_look, 0) if row.state == State.PUBLISHING else (now, row.looks)
        words = "Tiến trình dừng khi đang đăng; sẽ kiểm tra trên kênh."
        apply(session, row, Event.LEASE_RAN_OUT, now=now, words=words, fence=row.fence + 1, looks=looks,
              next_attempt_at=at)  # fmt: skip
        return
    tries = row.attempts + pause
    if tries > len(BACKOFF):
        words = f"Việc chuẩn bị đã bị ngắt {tries} lần; cần người kỹ thuật xem."
        apply(session, row, Event.REJECTED, now=now, words=words, problem=words, next_attempt_at=None)
        return
    at = now + BACKOFF[tries - 1] if pause else now
    words = "Tiến trình dừng giữa chừng; sẽ chuẩn bị lại."
    apply(session, row, Event.LEASE_RAN_OUT, now=now, words=words, fence=row.fence + 1, attempts=tries,
          next_attempt_at=at)  # fmt: skip


def _tell_the_held_up(session: Session, now: datetime) -> None:
    """What is due and has to wait says why, once: nothing is late without a word."""
    full = full_limits(told_levels(session, now=now))
    for row, channel in session.exec(_held_up(bool(full)), params={"now": now, **full}):
        is_stopped = channel.state != CONNECTED or channel.not_before is not None
        why = (channel.state_words or CHANNEL_WORDS[channel.state]) if is_stopped else LEVEL_WORDS
        row.problem = f"Chờ kênh “{channel.key}”: {why}"
        session.add(
            PublicationEvent(
                publication_id=row.id or 0, at=now, event=WAITS, state_before=row.state, state_after=row.state,
                fence=row.fence, words=row.problem,
            )
        )  # fmt: skip


@cache
def _held_up(some_are_full: bool) -> "Select[Publication, Channel]":
    held_up = select(Publication, Channel).where(
        col(Publication.channel_id) == col(Channel.id),
        or_(is_stopped(), *([waits_for_a_limit()] if some_are_full else [])),
        waits_without_a_word(),
    )
    return held_up.with_for_update(of=Publication, skip_locked=True)


def _miss_the_late(session: Session, now: datetime) -> None:
    while rows := session.exec(_late(), params={"now": now}).all():
        for row in rows:
            words = "Đã quá giờ đăng theo quy định của bài" + (f"; trước đó: {row.problem}" if row.problem else ".")
            apply(session, row, Event.TOO_LATE, now=now, words=words, problem=words, next_attempt_at=None)


@cache
def _late() -> SelectOfScalar[Publication]:
    late = select(Publication).where(
        col(Publication.id).in_(over(STILL, MISSED_AT_ONCE)),
        col(Publication.post_id) == col(Post.id),
        not_(moves_by_itself()),
    )
    return late.with_for_update(of=Publication, skip_locked=True)


def _release_the_approved(session: Session, now: datetime) -> None:
    """What was held only for its approval goes on once the post is approved; when its time is over it is missed.

    It may go out late, as late as the post's own rule lets it; then it says why.
    """
    for row, post, channel in session.exec(_held_for_approval()):
        if not is_approved(post):
            continue
        is_over = row.late_until is not None and row.late_until < now
        if is_over and row.part == Part.POST and post.late_rule == LateRule.NEXT_SLOT:
            continue  # `overtake` gives it the next slot
        if is_over:
            words = "Bài được duyệt khi đã quá giờ đăng nên không tự đăng nữa; hãy chọn giờ khác hoặc hủy mục này."
            apply(session, row, Event.TOO_LATE, now=now, words=words, problem=words, next_attempt_at=None)
        else:
            at = first_try(channel, row.due_at, now=now)
            words = APPROVED_LATE if row.due_at < now else APPROVED
            apply(session, row, Event.RESUMED, now=now, words=words, problem="", next_attempt_at=at)


@cache
def _held_for_approval() -> "Select[Publication, Post, Channel]":
    held = select(Publication, Post, Channel).where(
        col(Publication.post_id) == col(Post.id),
        col(Publication.channel_id) == col(Channel.id),
        waits_for_its_approval(),
    )
    return held.with_for_update(of=Publication, skip_locked=True)
