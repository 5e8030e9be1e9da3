"""What people ask for after a post is public: give it new words, push published posts to followers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Credentials, Outgoing, Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day, moment
from scheduler.channels import OFF
from scheduler.compose import blocking, compose_part, placed_in, valid_on
from scheduler.db import writing
from scheduler.lifecycle import OPEN, WORDS, State
from scheduler.parts import PART_WORDS, TOO_LATE, queue_part
from scheduler.queue import Desk, QueueError, find_publication, one_at_a_time
from scheduler.rows import one_of
from scheduler.tables import Channel, Publication

REST = timedelta(days=7)
"""Within this time the same article is not pushed to followers again by mistake."""


def revise(desk: Desk, number: int, *, now: datetime, actor: str) -> Publication:
    """Queue the approved words of today for the public post `number`, to be sent at once.

    Raises `QueueError` when it is not public, its post is not approved, or its platform cannot change it.
    """
    with writing(desk.engine) as session:
        parent, post, channel = _public(session, number)
        one_at_a_time(session, channel.id)
        _refuse_unable(channel, Part.REVISION)
        if not is_approved(post):
            raise QueueError(f"Bài “{post.key}” chưa được duyệt sau khi sửa; hãy trình duyệt và duyệt rồi thử lại.")
        waiting = select(Publication).where(
            Publication.follows_id == parent.id, Publication.part == Part.REVISION, one_of(OPEN)
        )
        if other := session.exec(waiting).first():
            raise QueueError(
                f"Mục {number} đang có một lần sửa chưa xong (mục {other.id}, “{WORDS[State(other.state)]}”); hãy đợi, "
                "hoặc xử lý mục đó bằng cchc queue settle hay cchc queue cancel."
            )
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
        found = [_public(session, number) for number in dict.fromkeys(numbers)]
        parent, post, channel = found[0]
        if len({row.channel_id for row, _, _ in found}) > 1:
            raise QueueError("Các bài được chọn thuộc nhiều kênh; mỗi lần chỉ gửi bài của một kênh.")
        one_at_a_time(session, channel.id)
        _refuse_unable(channel, Part.BROADCAST)
        _refuse_hour(desk, session, channel, found, at)
        details = {"articles": [row.id for row, _, _ in found], "audience": dict(audience)}
        return _queued(
            session, desk, parent, post, channel, Part.BROADCAST, at=at, now=now, actor=actor, details=details
        )


def refuse_broadcast_hour(desk: Desk, session: Session, row: Publication, at: datetime) -> None:
    """Raises `QueueError` when this broadcast, which stands in the queue, cannot go out at `at` (aware)."""
    found = [_public(session, number) for number in row.details.get("articles") or [row.follows_id or 0]]
    _refuse_hour(desk, session, found[0][2], found, at, itself=row.id)


def _refuse_hour(
    desk: Desk,
    session: Session,
    channel: Channel,
    found: Sequence[tuple[Publication, Post, Channel]],
    at: datetime,
    *,
    itself: int | None = None,
) -> None:
    opens = desk.platforms.open(channel, Credentials({})).next_open(Part.BROADCAST, at)
    if opens > at:
        raise QueueError(f"{channel.name} không nhận gửi lúc {moment(at)}; giờ gần nhất gửi được là {moment(opens)}.")
    _refuse_again(session, channel, [row.id for row, _, _ in found], at, itself)
    late = [post.key for _, post, _ in found if not valid_on(post, local_day(at))]
    if late:
        raise QueueError(f"Bài “{late[0]}” không còn (hoặc chưa) hiệu lực vào {moment(at)}; hãy chọn bài khác.")


def _refuse_again(
    session: Session, channel: Channel, numbers: Sequence[int | None], at: datetime, itself: int | None
) -> None:
    """Followers do not want the same twice, and one broadcast has one hour."""
    rows = session.exec(
        select(Publication).where(
            Publication.channel_id == channel.id,
            Publication.part == Part.BROADCAST,
            col(Publication.id) != (itself or 0),
        )
    ).all()
    for row in rows:
        same = set(row.details.get("articles", ())) & set(numbers)
        ended = row.state in (State.CANCELLED, State.EXPIRED, State.FAILED, State.MISSED)
        if same and not ended and abs(row.due_at - at) < REST:
            words = WORDS[State(row.state)]
            raise QueueError(
                f"Mục {min(same)} đã có trong tin truyền thông số {row.id} (“{words}”); không gửi hai lần."
            )
        if row.due_at == at:
            raise QueueError(f"Tin truyền thông số {row.id} đã dùng đúng giờ này; hãy chọn giờ lệch đi một phút.")


def _public(session: Session, number: int) -> tuple[Publication, Post, Channel]:
    row = find_publication(session, number)
    if row.part != Part.POST or row.state != State.PUBLISHED:
        words = WORDS[State(row.state)]
        raise QueueError(f"Mục {number} không phải bài đang hiện trên kênh ({PART_WORDS[row.part]}, “{words}”).")
    if not row.external_id:
        raise QueueError(f"Mục {number} do người kết luận nên không có mã bài; hãy làm bằng tay trên kênh.")
    return row, session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)


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
