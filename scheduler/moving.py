"""Another time for what waits, publishing now, and asking the platform once more: what people do by the clock.

Each is one short transaction that changes nothing when it refuses. Two people at once, or one who clicks twice, get
one move and one sentence.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from connectors.base import Part
from content.editorial import is_approved
from content.tables import Post
from content.vietnamese import local_day, moment
from scheduler.channels import OFF, find_channel
from scheduler.compose import valid_on
from scheduler.db import reading, writing
from scheduler.following import refuse_following
from scheduler.lifecycle import TRANSITIONS, WORDS, Event, State
from scheduler.move import apply
from scheduler.parts import PART_WORDS
from scheduler.pauses import posts_of, standing, stopping, tell
from scheduler.queue import (
    Desk,
    QueueError,
    find_post,
    find_publication,
    one_at_a_time,
    one_move,
    refuse_double,
    refuse_taken,
    taken_words,
)
from scheduler.rows import AWAITED, back, insert_row
from scheduler.slots import coming
from scheduler.tables import Channel, Publication

WAITS_FOR_ITS_TIME = (State.SCHEDULED, State.READY, State.RETRY_WAIT)
MOVABLE = (*WAITS_FOR_ITS_TIME, State.HELD, State.FAILED, State.MISSED)
"""States in which a person may give another time; the last three go on with it."""


def move(
    desk: Desk,
    publication_id: int,
    at: datetime,
    *,
    now: datetime,
    actor: str,
    seen: datetime | None = None,
    reason: str = "",
    into_slot: bool = False,
) -> State:
    """Give a waiting publication another time (aware); what is held, failed or missed goes on with it.

    What was prepared stays. What is not approved stays held, with its new time. `seen` is the time the person saw
    beside it. Raises `QueueError` when that is not its time any more, and for every other reason against it;
    `into_slot`: also when `at` is no free slot that a rule may give the post.
    """
    if at <= now:
        raise QueueError(f"Giờ đăng {moment(at)} đã qua (bây giờ là {moment(now)}); hãy chọn một giờ trong tương lai.")
    with one_move(publication_id), writing(desk.engine) as session:
        row = find_publication(session, publication_id)
        if into_slot or row.part == Part.BROADCAST:  # what else stands on the channel counts, too
            row = _alone(session, row)
        post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
        _refuse_unmovable(row, seen)
        _refuse_hour(desk, session, row, post, channel, at, now)
        if into_slot:
            _refuse_filled(desk, session, row, post, channel, at, now)
        if row.state in WAITS_FOR_ITS_TIME and row.due_at == at:
            return State(row.state)
        words = f"Đổi giờ đăng từ {moment(row.due_at)} sang {moment(at)}." + (f" {reason}" if reason else "")
        try:
            return _move(session, row, post, channel, at, now=now, words=words, actor=actor)
        except IntegrityError:  # another row took this hour a moment ago
            raise QueueError(taken_words(post, channel, "")) from None


def _alone(session: Session, row: Publication) -> Publication:
    """The row as it is once nobody else wants something out at once on its channel."""
    one_at_a_time(session, row.channel_id)
    return session.get_one(Publication, row.id, populate_existing=True)


def _move(
    session: Session, row: Publication, post: Post, channel: Channel, at: datetime, *, now: datetime, words: str,
    actor: str,
) -> State:  # fmt: skip
    # The fence rises, so that of two people who move the same row at once the second one is told.
    facts: dict[str, Any] = {**back(session, row, at, now), "due_at": at, "fence": row.fence + 1}
    if row.state in WAITS_FOR_ITS_TIME:
        if row.state == State.RETRY_WAIT and row.next_attempt_at is not None:
            # the platform may have asked for this much patience
            facts["next_attempt_at"] = max(facts["next_attempt_at"], min(row.next_attempt_at, at))
        return apply(session, row, Event.MOVED, now=now, words=words, actor=actor, **facts)
    if row.state == State.HELD and not is_approved(post):
        facts |= {"held_by": Event.APPROVAL_LOST, "next_attempt_at": None, "problem": AWAITED}
        return apply(session, row, Event.MOVED, now=now, words=words, actor=actor, **facts)
    return apply(session, row, Event.RESUMED, now=now, words=words, actor=actor, **facts)


def _refuse_unmovable(row: Publication, seen: datetime | None) -> None:
    state = State(row.state)
    if state in (State.PREPARING, State.PUBLISHING):
        raise QueueError(f"Mục {row.id} đang được xử lý (“{WORDS[state]}”); hãy thử lại sau ít phút.")
    if state not in MOVABLE:
        raise QueueError(f"Không đổi giờ được mục {row.id}: đang ở trạng thái “{WORDS[state]}”.")
    if row.part in (Part.COMMENT, Part.REVISION):
        what = PART_WORDS[row.part]
        raise QueueError(f"Mục {row.id} là {what}, được gửi ngay chứ không có giờ riêng; chỉ tiếp tục hoặc hủy được.")
    if seen is not None and seen != row.due_at:
        raise QueueError(
            f"Mục {row.id} vừa được người khác đổi sang {moment(row.due_at)}; hãy tải lại trang rồi làm lại."
        )


def _refuse_hour(
    desk: Desk, session: Session, row: Publication, post: Post, channel: Channel, at: datetime, now: datetime
) -> None:
    if channel.state == OFF:
        raise QueueError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh hoặc chọn kênh khác.")
    if not valid_on(post, local_day(at)):
        raise QueueError(f"Bài “{post.key}” không còn (hoặc chưa) hiệu lực vào {moment(at)}; hãy chọn ngày khác.")
    refuse_following(desk.platforms, session, row, at)
    refuse_taken(session, post, channel, at, part=row.part, itself=row.id)
    with_an_end = [one for one in standing(session, now=now) if one.until is not None]
    pause = stopping(with_an_end, channel, at, posts_of(session, row, post)) if with_an_end else None
    if pause is not None:
        raise QueueError(f"Giờ {moment(at)} nằm trong thời gian tạm dừng. {tell(pause)} Hãy chọn giờ sau đó.")


def _refuse_filled(
    desk: Desk, session: Session, row: Publication, post: Post, channel: Channel, at: datetime, now: datetime
) -> None:
    """Raises `QueueError` for a slot that somebody else, or the autopilot, has filled since it was seen free."""
    that_day = coming(session, channel, now=now, policy=desk.policy, days=1, start=at, itself=row.id)
    if at not in that_day.free(post):
        raise QueueError(f"Khung giờ {moment(at)} vừa có mục khác; hãy chọn khung giờ khác.")


def publish_now(desk: Desk, post_key: str, channel_key: str, *, now: datetime, actor: str) -> Publication:
    """Queue a post to be public at once. Raises `QueueError`, also for a second click or a second person.

    Of all who ask within an hour exactly one gets a publication.
    """
    with reading(desk.engine) as session:
        channel, post = find_channel(session, channel_key), find_post(session, post_key)
        refuse_double(session, post, channel, now)  # first: of all reasons this one helps most
        desk.refuse_unfit(session, post, channel, now)
    try:
        with writing(desk.engine) as session:
            one_at_a_time(session, channel.id)
            refuse_double(session, post, channel, now)
            _refuse_in_pause(session, [post], channel, now)
            reason = f"{actor} chọn đăng ngay."
            return insert_row(session, post, channel, now, now=now, origin="staff", reason=reason, actor=actor)
    except IntegrityError:
        raise QueueError(taken_words(post, channel, "")) from None


def hasten(desk: Desk, publication_id: int, *, now: datetime, actor: str) -> State:
    """Send an item of the queue at once instead of at its hour; doing so again is fine. Raises `QueueError`."""
    with one_move(publication_id), writing(desk.engine) as session:
        row = _alone(session, find_publication(session, publication_id))
        post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
        if row.state in WAITS_FOR_ITS_TIME and row.due_at <= now:
            return State(row.state)  # it goes out as soon as it can
        _refuse_unmovable(row, None)
        if not is_approved(post):
            raise QueueError(f"Bài “{post.key}” chưa được duyệt nên chưa đăng được; hãy trình duyệt và duyệt bài.")
        if row.part == Part.POST:
            refuse_double(session, post, channel, now, itself=row.id)
        _refuse_hour(desk, session, row, post, channel, now, now)
        _refuse_in_pause(session, posts_of(session, row, post), channel, now)
        words = f"Đăng ngay, không đợi đến {moment(row.due_at)}."
        return _move(session, row, post, channel, now, now=now, words=words, actor=actor)


def _refuse_in_pause(session: Session, posts: Sequence[Post], channel: Channel, now: datetime) -> None:
    pause = stopping(standing(session, now=now), channel, now, posts)
    if pause is not None:
        raise QueueError(f"Không đăng ngay được: {tell(pause)}")


def ask_again(desk: Desk, publication_id: int, *, now: datetime, actor: str) -> State:
    """Have the platform asked once more about an item whose outcome nobody knows. Raises `QueueError`."""
    with one_move(publication_id), writing(desk.engine) as session:
        row = find_publication(session, publication_id)
        if (State(row.state), Event.ASKED) not in TRANSITIONS:
            raise QueueError(
                f"Chỉ hỏi lại được mục “{WORDS[State.NEEDS_PERSON]}”; "
                f"mục {publication_id} đang ở trạng thái “{WORDS[State(row.state)]}”."
            )
        channel = session.get_one(Channel, row.channel_id)
        if channel.state == OFF:
            raise QueueError(f"Kênh “{channel.key}” đã tắt nên không hỏi được; hãy bật kênh hoặc tự xem rồi kết luận.")
        words = "Hỏi lại nền tảng xem đã có trên kênh chưa."
        return apply(session, row, Event.ASKED, now=now, words=words, actor=actor, next_attempt_at=now, looks=0)
