"""What people ask for after a post is public: give it new words, push published posts to followers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from connectors import connector_class
from connectors.base import Credentials, Outgoing, Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import moment
from scheduler.channels import OFF
from scheduler.compose import blocking, compose_part, placed_in
from scheduler.db import writing
from scheduler.following import public_post, refuse_push, refuse_second_revision
from scheduler.parts import PART_WORDS, TOO_LATE, queue_part
from scheduler.queue import Desk, QueueError, find_publication, one_at_a_time
from scheduler.tables import Channel, Publication


def revise(desk: Desk, number: int, *, now: datetime, actor: str) -> Publication:
    """Queue the approved words of today for the public post `number`, to be sent at once.

    Raises `QueueError` when it is not public, its post is not approved, or its platform cannot change it.
    """
    with writing(desk.engine) as session:
        _hold_channel(session, number)
        parent, post, channel = public_post(session, number)
        _refuse_unable(channel, Part.REVISION)
        if not is_approved(post):
            raise QueueError(f"Bài “{post.key}” chưa được duyệt sau khi sửa; hãy trình duyệt và duyệt rồi thử lại.")
        refuse_second_revision(session, number)
        return _queued(session, desk, parent, post, channel, Part.REVISION, at=now, now=now, actor=actor, details={})


def broadcast(
    desk: Desk, numbers: Sequence[int], audience: Mapping[str, Any], at: datetime, *, now: datetime, actor: str
) -> Publication:
    """Queue one push of published posts of one channel to its followers at `at` (aware).

    Raises `QueueError` for posts that are not public or of several channels, a time that has passed or at which
    the platform takes none, and everything the platform would refuse.
    """
    if not numbers:
        raise QueueError("Chưa chọn bài nào để gửi; hãy ghi số của một hoặc nhiều mục đã đăng.")
    if at < now:
        raise QueueError(f"Giờ gửi {moment(at)} đã qua (bây giờ là {moment(now)}); hãy chọn một giờ trong tương lai.")
    with writing(desk.engine) as session:
        _hold_channel(session, numbers[0])
        found = [public_post(session, number) for number in dict.fromkeys(numbers)]
        parent, post, channel = found[0]
        if len({row.channel_id for row, _, _ in found}) > 1:
            raise QueueError("Các bài được chọn thuộc nhiều kênh; mỗi lần chỉ gửi bài của một kênh.")
        _refuse_unable(channel, Part.BROADCAST)
        refuse_push(desk.platforms, session, found, at)
        details = {"articles": [row.id for row, _, _ in found], "audience": dict(audience)}
        return _queued(
            session, desk, parent, post, channel, Part.BROADCAST, at=at, now=now, actor=actor, details=details
        )


def _hold_channel(session: Session, number: int) -> None:
    """What is read from here on is as whoever came before has left it."""
    one_at_a_time(session, find_publication(session, number).channel_id)
    session.expire_all()


def _refuse_unable(channel: Channel, part: Part) -> None:
    limits = connector_class(channel.platform).capabilities
    if part not in limits.parts:
        raise QueueError(f"{limits.label} không hỗ trợ: {PART_WORDS[part]}.")
    if channel.state == OFF:
        raise QueueError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh trước.")


def _queued(
    session: Session,
    desk: Desk,
    parent: Publication,
    post: Post,
    channel: Channel,
    part: Part,
    *,
    at: datetime,
    now: datetime,
    actor: str,
    details: Mapping[str, Any],
) -> Publication:
    """The new row; the caller holds the channel, and commits."""
    ahead = connector_class(channel.platform).capabilities.prepare_ahead
    row = queue_part(
        session,
        parent,
        post,
        channel,
        part,
        due_at=at,
        first_try=max(now, at - ahead),
        late_until=at + TOO_LATE if part is Part.BROADCAST else None,
        now=now,
        actor=actor,
        reason=f"{actor} yêu cầu.",
        details=details,
    )
    outgoing: Outgoing = compose_part(
        session, desk.store, desk.media_address, post, channel, row, placed_in(session, post)
    )
    found = blocking(desk.platforms.open(channel, Credentials({})).check(outgoing))
    if found:
        raise QueueError("; ".join(f"{problem.field}: {problem.words}" for problem in found))
    return row
