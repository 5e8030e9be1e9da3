"""What speaks against pushing published posts to followers at an hour, and against new words for a public post.

Nobody gets the same twice by mistake. Whoever asks for one, gives it another hour or lets it go on holds the channel
first, so that two who do so at once see each other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from connectors.base import Credentials, Part
from content.tables import Post
from content.vietnamese import local_day, moment
from scheduler.access import Platforms
from scheduler.adding import QueueError, find_publication
from scheduler.compose import valid_on
from scheduler.lifecycle import OPEN, WORDS, State
from scheduler.parts import PART_WORDS
from scheduler.rows import OCCUPIES, one_of
from scheduler.tables import Channel, Publication

REST = timedelta(days=7)
"""Within this time the same article is not pushed to followers again by mistake."""


def refuse_following(platforms: Platforms, session: Session, row: Publication, at: datetime) -> None:
    """Raises `QueueError` when this row, which follows a public post, may not go out at `at` (aware)."""
    if row.part == Part.BROADCAST:
        found = [public_post(session, number) for number in row.details.get("articles") or [row.follows_id or 0]]
        refuse_push(platforms, session, found, at, itself=row.id)
    elif row.part == Part.REVISION:
        refuse_second_revision(session, row.follows_id or 0, itself=row.id)


def refuse_second_revision(session: Session, number: int, *, itself: int | None = None) -> None:
    """Raises `QueueError` when other new words (not the row `itself`) wait for the public post `number`."""
    waiting = select(Publication).where(
        Publication.follows_id == number, Publication.part == Part.REVISION, one_of(OPEN),
        col(Publication.id) != (itself or 0),
    )  # fmt: skip
    if other := session.exec(waiting).first():
        raise QueueError(
            f"Mục {number} đang có một lần sửa chưa xong (mục {other.id}, “{WORDS[State(other.state)]}”); hãy đợi, "
            "hoặc xử lý mục đó bằng cchc queue settle hay cchc queue cancel."
        )


def refuse_push(
    platforms: Platforms,
    session: Session,
    found: Sequence[tuple[Publication, Post, Channel]],
    at: datetime,
    *,
    itself: int | None = None,
) -> None:
    """Raises `QueueError` when these posts of one channel cannot be pushed at `at` (aware) by the row `itself`."""
    channel = found[0][2]
    opens = platforms.open(channel, Credentials({})).next_open(Part.BROADCAST, at)
    if opens > at:
        raise QueueError(f"{channel.name} không nhận gửi lúc {moment(at)}; giờ gần nhất gửi được là {moment(opens)}.")
    _refuse_again(session, channel, [row.id for row, _, _ in found], at, itself)
    late = [post.key for _, post, _ in found if not valid_on(post, local_day(at))]
    if late:
        raise QueueError(f"Bài “{late[0]}” không còn (hoặc chưa) hiệu lực vào {moment(at)}; hãy chọn bài khác.")


def public_post(session: Session, number: int) -> tuple[Publication, Post, Channel]:
    """The public post of this number. Raises `QueueError` when it is none, or its id is not known."""
    row = find_publication(session, number)
    if row.part != Part.POST or row.state != State.PUBLISHED:
        words = WORDS[State(row.state)]
        raise QueueError(f"Mục {number} không phải bài đang hiện trên kênh ({PART_WORDS[row.part]}, “{words}”).")
    if not row.external_id:
        raise QueueError(f"Mục {number} do người kết luận nên không có mã bài; hãy làm bằng tay trên kênh.")
    return row, session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)


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
        if same and row.state in OCCUPIES and abs(_goes_out(row) - at) < REST:
            words = WORDS[State(row.state)]
            raise QueueError(
                f"Mục {min(same)} đã có trong tin truyền thông số {row.id} (“{words}”); không gửi hai lần."
            )
        if row.due_at == at:
            raise QueueError(f"Tin truyền thông số {row.id} đã dùng đúng giờ này; hãy chọn giờ lệch đi một phút.")


def _goes_out(row: Publication) -> datetime:
    """When it goes out, or went: at its hour, or later when it was late, or a person let it go on."""
    return max(at for at in (row.due_at, row.next_attempt_at, row.sent_at, row.published_at) if at is not None)
