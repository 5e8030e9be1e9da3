"""After a pause: what it held goes on by a person's decision, one by one or spread over the free slots.

Nothing here sends anything: every row gets an hour of its own, and the queue does the rest.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from connectors.base import Part
from content.editorial import give_back
from content.tables import Editorial, Post
from content.vietnamese import moment
from scheduler.db import reading, writing
from scheduler.lifecycle import WORDS, Event, State
from scheduler.move import apply
from scheduler.moving import move
from scheduler.parts import PART_WORDS
from scheduler.pauses import covering, held_by_pause, standing, tell
from scheduler.queue import Desk, QueueError, find_publication, one_move
from scheduler.slots import FAR, Coming, coming
from scheduler.tables import Publication

MOST = 200
"""Items in one go."""
TRIED = 5
"""Free slots that one item is offered."""


@dataclass(frozen=True, slots=True)
class Left:
    """What still waits for a person, and why it was not given an hour."""

    number: int
    title: str
    why: str


@dataclass
class Spread:
    """What became of everything that pauses had held: number and new hour (aware), and what is left."""

    moved: list[tuple[int, datetime]] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def spread(desk: Desk, *, now: datetime, actor: str) -> Spread:
    """Give each held post the next free slot of its channel, in the order of their hours: never two at once.

    What follows a post (a comment, a broadcast, new words) and what fits no slot is left to a person.
    """
    done = Spread()
    with reading(desk.engine) as session:
        rows = held_by_pause(session, limit=MOST)
        days = {
            channel.id: coming(session, channel, now=now, days=FAR, policy=desk.policy)
            for channel in {one.id: one for _, one, _ in rows}.values()
        }
        pauses = [one for one in standing(session, now=now) if one.since <= now]
    for row, _, post in rows:
        pause = covering(pauses, row.channel_id, now)
        if row.part != Part.POST:
            why = f"Đây là {PART_WORDS[row.part]}; hãy tự quyết định."
        elif pause is not None and not post.allowed_in_pause:
            why = tell(pause)
        else:
            why = _into_a_slot(desk, row, post, days[row.channel_id], done, now=now, actor=actor)
        if why:
            done.left.append(Left(row.id or 0, post.title, why))
    return done


def _into_a_slot(
    desk: Desk, row: Publication, post: Post, days: Coming, done: Spread, *, now: datetime, actor: str
) -> str:
    """Move the row into the first slot it fits, which then is taken; why it could not be done, else ""."""
    why = "Kênh không còn khung giờ trống nào phù hợp; hãy tự chọn giờ."
    for at in islice(days.free(post), TRIED):
        try:
            move(desk, row.id or 0, at, now=now, actor=actor, seen=row.due_at, reason="Xếp lại sau khi tạm dừng.")
        except QueueError as error:
            why = str(error)
            continue
        days.take(at, row.post_id)
        done.moved.append((row.id or 0, at))
        return ""
    return why


def back_to_draft(desk: Desk, publication_id: int, reason: str, *, now: datetime, actor: str) -> State:
    """Drop a held item and give its post back to its editor, both or neither. Raises `QueueError`, `ContentError`."""
    with one_move(publication_id), writing(desk.engine) as session:
        row = find_publication(session, publication_id)
        if row.state != State.HELD:
            words = WORDS[State(row.state)]
            raise QueueError(f"Mục {publication_id} không còn được giữ lại (“{words}”); hãy tải lại trang.")
        if row.part != Part.POST:
            raise QueueError(f"Mục {publication_id} là {PART_WORDS[row.part]}; chỉ tiếp tục hoặc hủy được.")
        post = session.get_one(Post, row.post_id)
        told = reason.strip() or f"Mục đăng lúc {moment(row.due_at)} bị giữ lại khi tạm dừng."
        if post.state in (Editorial.SUBMITTED, Editorial.APPROVED):
            give_back(session, post.key, actor, told, now)
        words = f"Chuyển bài về nháp: {told}"
        return apply(session, row, Event.CANCELLED, now=now, words=words, actor=actor, next_attempt_at=None)
