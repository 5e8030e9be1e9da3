"""After a pause: what it held goes on by a person's decision, one by one or by one rule for all of it.

Nothing here sends anything: a row gets an hour of its own and the queue does the rest, or it is dropped. Each item is
moved whole or not at all; what is left is told with its reason.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from connectors.base import Part
from content.editorial import give_back
from content.errors import ContentError
from content.tables import Editorial, Post
from content.vietnamese import moment
from scheduler.db import reading, writing
from scheduler.lifecycle import WORDS, Event, State
from scheduler.move import apply
from scheduler.moving import move
from scheduler.parts import PART_WORDS
from scheduler.pauses import HeldRow, active, count_held, held_by_pause, stopping, tell
from scheduler.queue import Desk, QueueError, find_publication, one_move
from scheduler.slots import FAR, Coming, coming
from scheduler.tables import Channel, Publication

MOST = 200
"""Items decided about in one go."""
LOOKED_AT = 2000
"""Items looked at in one go; those that cannot be moved must not stand in the way of the others."""
TRIED = 5
"""Free slots that one item is offered."""


@dataclass(frozen=True, slots=True)
class Left:
    """What still waits for a person, and why nothing became of it."""

    number: int
    title: str
    why: str


@dataclass
class Released:
    """What became of what pauses had held: the numbers of what was moved, what is left, how much was not looked at."""

    done: list[int] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    more: int = 0


@dataclass
class Spread(Released):
    """The same, with the new hour (aware) of each."""

    moved: list[tuple[int, datetime]] = field(default_factory=list)


# One rule for all ------------------------------------------------------------------------------------------


def spread(desk: Desk, *, now: datetime, actor: str, pause_id: int | None = None) -> Spread:
    """Give each held post the next free slot of its channel, in the order of their hours: never two at once.

    `pause_id`: only what this pause holds. What follows a post (a comment, a broadcast, new words) and what fits no
    slot is left to a person.
    """
    done, days = Spread(), dict[int, Coming]()
    with reading(desk.engine) as session:
        running = active(session, now=now)

    def one(row: Publication, channel: Channel, post: Post) -> str:
        if row.part != Part.POST:
            return f"Đây là {PART_WORDS[row.part]}; hãy tự quyết định."
        if (pause := stopping(running, channel, now, [post])) is not None:
            return tell(pause)
        if row.channel_id not in days:
            with reading(desk.engine) as session:
                days[row.channel_id] = coming(session, channel, now=now, days=FAR, policy=desk.policy)
        at, why = _into_a_slot(desk, row, post, days[row.channel_id], now=now, actor=actor)
        if at is not None:
            done.moved.append((row.id or 0, at))
        return why

    _each(desk, pause_id, done, one)
    return done


def _into_a_slot(
    desk: Desk, row: Publication, post: Post, days: Coming, *, now: datetime, actor: str
) -> tuple[datetime | None, str]:
    """Move the row into the first slot it fits, which then is taken; else why it could not be done."""
    why = "Kênh không còn khung giờ trống nào phù hợp; hãy tự chọn giờ."
    days.leave(row.id or 0)
    for at in islice(days.free(post), TRIED):
        try:
            move(
                desk, row.id or 0, at, now=now, actor=actor, seen=row.due_at, reason="Xếp lại sau khi tạm dừng.",
                into_slot=True,
            )  # fmt: skip
        except QueueError as error:
            why = str(error)
            continue
        days.take(at, row.post_id)
        return at, ""
    return None, why


def drop_all(desk: Desk, *, now: datetime, actor: str, pause_id: int | None = None, reason: str = "") -> Released:
    """Take everything that pauses (or one of them) hold out of the queue for good."""
    words = reason.strip() or "Bỏ qua sau khi tạm dừng."

    def one(row: Publication, _channel: Channel, _post: Post) -> str:
        _drop(desk, row.id or 0, words, now=now, actor=actor)
        return ""

    return _each(desk, pause_id, Released(), one)


def all_back_to_draft(
    desk: Desk, *, now: datetime, actor: str, pause_id: int | None = None, reason: str = ""
) -> Released:
    """Drop every held post and give it back to its editor; what follows a post is left to a person."""

    def one(row: Publication, _channel: Channel, _post: Post) -> str:
        if row.part != Part.POST:
            return f"Đây là {PART_WORDS[row.part]}; chỉ tiếp tục hoặc hủy được."
        back_to_draft(desk, row.id or 0, reason, now=now, actor=actor)
        return ""

    return _each(desk, pause_id, Released(), one)


def _each(
    desk: Desk, pause_id: int | None, found: Released, one: Callable[[Publication, Channel, Post], str]
) -> Released:
    """Let `one` decide about each held item until enough are done; it answers why nothing became of one."""
    for seen, (row, channel, post) in enumerate(_held(desk, pause_id)):
        if len(found.done) >= MOST or seen >= LOOKED_AT:
            with reading(desk.engine) as session:
                found.more = max(count_held(session, pause_id=pause_id) - len(found.left), 0)
            break
        try:
            why = one(row, channel, post)
        except (QueueError, ContentError) as error:
            why = str(error)
        if why:
            found.left.append(Left(row.id or 0, post.title, why))
        else:
            found.done.append(row.id or 0)
    return found


def _held(desk: Desk, pause_id: int | None) -> Iterator[HeldRow]:
    """Everything that is held, batch by batch, by its old hour."""
    after = None
    while True:
        with reading(desk.engine) as session:
            rows = held_by_pause(session, pause_id=pause_id, limit=MOST, after=after)
        yield from rows
        if len(rows) < MOST:
            return
        after = (rows[-1][0].due_at, rows[-1][0].id or 0)


# One item --------------------------------------------------------------------------------------------------


def _drop(desk: Desk, publication_id: int, words: str, *, now: datetime, actor: str) -> None:
    """Take a held item out of the queue. Raises `QueueError` when somebody decided about it meanwhile."""
    with one_move(publication_id), writing(desk.engine) as session:
        row = find_publication(session, publication_id)
        if row.state != State.HELD or row.held_by != Event.PAUSED:
            raise QueueError(f"Mục {publication_id} vừa được người khác quyết định (“{WORDS[State(row.state)]}”).")
        apply(session, row, Event.CANCELLED, now=now, words=words, actor=actor, next_attempt_at=None)


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
