"""Putting posts into the queue: thousands at once, each checked as one alone would be, and one alone the same way.

Decide, then do. What speaks against the places is read for all of them together and decided from values, outside any
writing transaction; then all rows are written in one, in batches. Who was faster meanwhile is found out by the unique
key of the table, and looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine, tuple_
from sqlalchemy import select as columns
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from connectors.base import Connector, Credentials, Part, Problem
from content.editorial import is_approved
from content.errors import ContentError
from content.tables import Post
from content.vietnamese import local_day, moment
from scheduler.candidates import CHUNK
from scheduler.channels import OFF, ChannelError, find_channel
from scheduler.compose import Placed, blocking, compose_of, problems, valid_on
from scheduler.db import reading, writing
from scheduler.fitting import Fits, placed
from scheduler.lifecycle import WORDS, State
from scheduler.rows import OCCUPIES, NewRow, insert_rows
from scheduler.tables import Channel, Publication

MOST = 2**31 - 1
"""No number of an item is larger; a database would refuse to compare it."""
TRIES = 3
"""So often it is looked again when somebody else was faster; whoever was stands there the next time."""
Value = TypeVar("Value")


class QueueError(Exception):
    """Something asked of the queue cannot be done; the message says why and the way out."""


Refusal = QueueError | ChannelError | ContentError
"""What a place in the queue is refused with."""


class Wanted(NamedTuple):
    """A post and a channel, as staff call them, and an hour (aware)."""

    post: str
    channel: str
    at: datetime


class Place(NamedTuple):
    """The same with their rows."""

    post: Post
    channel: Channel
    at: datetime


@dataclass
class Checks:
    """What speaks against these places; each post is fitted to each channel once, however many hours it has there."""

    fits: Fits
    files: Mapping[int, Placed]
    taken: dict[tuple[int | None, int | None, datetime], str]
    """(channel, post, hour) -> the state of the row that has it."""
    _open: dict[int | None, Connector] = field(default_factory=dict)
    _refused: dict[tuple[int | None, int | None], str] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, fits: Fits, places: Sequence[Place]) -> "Checks":
        """Read everything that counts, in batches."""
        return cls(fits, placed(session, {one.post.id or 0 for one in places}), states_at(session, places))

    def refuse(self, place: Place, *, unapproved: bool) -> None:
        """Raises `QueueError` or `ContentError` when the post may not stand there."""
        post, channel, at = place
        if not is_approved(post) and not unapproved:
            raise QueueError(f"Bài “{post.key}” chưa được duyệt; hãy trình duyệt và duyệt bài trước khi lên lịch.")
        if not valid_on(post, local_day(at)):
            raise QueueError(f"Bài “{post.key}” không còn (hoặc chưa) hiệu lực vào {moment(at)}; hãy chọn ngày khác.")
        if channel.state == OFF:
            raise QueueError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh hoặc chọn kênh khác.")
        refused = self._words(post, channel)
        if refused:
            raise QueueError(refused)
        state = self.taken.get((channel.id, post.id, at))
        if state is not None:
            raise QueueError(taken_words(post, channel, state))

    def take(self, place: Place) -> None:
        """Whoever comes later in the same batch finds the hour taken."""
        self.taken[place.channel.id, place.post.id, place.at] = State.SCHEDULED

    def problems(self, post: Post, channel: Channel) -> list[Problem]:
        """Everything that the channel's platform would refuse about the post."""
        if channel.id not in self._open:
            self._open[channel.id] = self.fits.platforms.open(channel, Credentials({}))
        files = self.files.get(post.id or 0, ())
        outgoing = compose_of(self.fits.store, self.fits.address, post, files, channel, "check")
        return problems(outgoing, post, self._open[channel.id], channel)

    def _words(self, post: Post, channel: Channel) -> str:
        key = (post.id, channel.id)
        if key not in self._refused:
            self._refused[key] = told(self.problems(post, channel))
        return self._refused[key]


def told(found: Sequence[Problem]) -> str:
    """What stops a publication, for staff; "" when nothing does."""
    return "; ".join(f"{problem.field}: {problem.words}" for problem in blocking(found))


def add_all(
    engine: Engine,
    fits: Fits,
    wanted: Sequence[Wanted],
    *,
    now: datetime,
    actor: str,
    unapproved: bool,
    whole: bool,
) -> list[Publication | Refusal]:
    """Queue what may be queued: for each its row, or why not. The caller's order is kept.

    `whole`: where something is refused nothing is queued, and only the reasons are told.

    The number of statements does not depend on how many there are, but for batches.
    """
    for _ in range(TRIES):
        with reading(engine) as session:
            judged = _judge(session, fits, wanted, now=now, unapproved=unapproved)
        refused = [one for one in judged if not isinstance(one, Place)]
        if len(refused) == len(judged) or (whole and refused):
            return [*refused]
        reason = f"{actor} xếp lịch."
        new = [NewRow(*one, reason, is_approved(one.post)) for one in judged if isinstance(one, Place)]
        try:
            with writing(engine) as session:
                rows = iter(insert_rows(session, new, now=now, origin="staff", actor=actor))
        except IntegrityError:  # somebody else was faster: who that was is seen at the next look
            continue
        return [next(rows) if isinstance(one, Place) else one for one in judged]
    raise QueueError("Nhiều người đang xếp lịch cùng lúc nên chưa lên lịch được; hãy thử lại.")


def _judge(
    session: Session, fits: Fits, wanted: Sequence[Wanted], *, now: datetime, unapproved: bool
) -> list[Place | Refusal]:
    """Each with its rows, or why it may not stand there."""
    posts, channels = _posts(session, wanted), _channels(session, wanted)
    found = [_found(session, one, posts, channels, now) for one in wanted]
    checks = Checks.of(session, fits, [one for one in found if isinstance(one, Place)])
    judged: list[Place | Refusal] = []
    for one in found:
        if isinstance(one, Place):
            try:
                checks.refuse(one, unapproved=unapproved)
                checks.take(one)
            except (QueueError, ContentError) as error:
                judged.append(error)
                continue
        judged.append(one)
    return judged


def _found(
    session: Session, one: Wanted, posts: Mapping[str, Post], channels: Mapping[str, Channel], now: datetime
) -> Place | Refusal:
    if one.at <= now:
        return QueueError(
            f"Giờ đăng {moment(one.at)} đã qua (bây giờ là {moment(now)}); hãy chọn một giờ trong tương lai."
        )
    try:
        channel = channels[one.channel] if one.channel in channels else find_channel(session, one.channel)
        post = posts[one.post] if one.post in posts else find_post(session, one.post)
    except (ChannelError, QueueError) as error:
        return error
    return Place(post, channel, one.at)


def _posts(session: Session, wanted: Sequence[Wanted]) -> dict[str, Post]:
    keys = {one.post for one in wanted if one.post.isprintable()}
    return {
        post.key: post
        for some in in_chunks(sorted(keys))
        for post in session.exec(select(Post).where(col(Post.key).in_(some)))
    }


def _channels(session: Session, wanted: Sequence[Wanted]) -> dict[str, Channel]:
    return {
        channel.key: channel
        for some in in_chunks(sorted({one.channel for one in wanted if one.channel.isprintable()}))
        for channel in session.exec(select(Channel).where(col(Channel.key).in_(some)))
    }


def states_at(
    session: Session, places: Iterable[Place], *, part: str = Part.POST, itself: int | None = None
) -> dict[tuple[int | None, int | None, datetime], str]:
    """(channel, post, hour) -> the state of the row (not `itself`) that has it, by the table's unique key."""
    row = Publication
    key = (col(row.channel_id), col(row.post_id), col(row.due_at))
    asked = sorted({(one.channel.id or 0, one.post.id or 0, one.at) for one in places})
    statement = columns(*key, col(row.state)).where(col(row.part) == part, col(row.id) != (itself or 0))
    return {
        (channel_id, post_id, at): state
        for some in in_chunks(asked)
        for channel_id, post_id, at, state in session.connection().execute(statement.where(tuple_(*key).in_(some)))
    }


def in_chunks(values: Sequence[Value]) -> Iterable[Sequence[Value]]:
    """As many as a statement may hold."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def taken_words(post: Post, channel: Channel, state: str) -> str:
    """Why the post cannot have this hour: it stands there, or stood there and ended as `state`."""
    if state and state not in OCCUPIES:
        ended = f"(“{WORDS[State(state)]}”); hãy chọn giờ lệch đi một phút."
        return f"Bài “{post.key}” đã từng có một mục trên kênh “{channel.key}” đúng giờ này {ended}"
    return f"Bài “{post.key}” đã có trong hàng chờ của kênh “{channel.key}” đúng giờ này."


def find_post(session: Session, key: str) -> Post:
    """The post of this key. Raises `QueueError`."""
    post = session.exec(select(Post).where(Post.key == key)).one_or_none() if key.isprintable() else None
    if post is None:
        raise QueueError(f"Không có bài “{key}” trong thư viện; xem danh sách bằng lệnh: cchc library list.")
    return post


def find_publication(session: Session, publication_id: int) -> Publication:
    """The item of this number. Raises `QueueError`."""
    row = session.get(Publication, publication_id) if 0 < publication_id <= MOST else None
    if row is None:
        raise QueueError(f"Không có mục số {publication_id} trong hàng chờ.")
    return row
