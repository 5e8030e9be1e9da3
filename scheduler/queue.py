"""What people do to the queue: add, hold, resume, cancel, settle, withdraw, list."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, and_, or_
from sqlmodel import Session, col, select

from connectors.base import Part, Problem
from content.store import AssetStore
from content.tables import Post
from content.vietnamese import moment
from scheduler.access import Access, Platforms
from scheduler.adding import MOST as MOST
from scheduler.adding import Checks, Place, Refusal, Wanted, add_all, states_at, told
from scheduler.adding import QueueError as QueueError
from scheduler.adding import find_post as find_post
from scheduler.adding import find_publication as find_publication
from scheduler.adding import taken_words as taken_words
from scheduler.candidates import Contents
from scheduler.db import reading, writing
from scheduler.fitting import Fits, placed
from scheduler.following import refuse_following
from scheduler.lifecycle import FINAL, OPEN, TRANSITIONS, WORDS, Event, State
from scheduler.move import LostRace, apply
from scheduler.parts import PART_WORDS, comment_of
from scheduler.pauses import active, stopped_by, tell
from scheduler.policy import Policy
from scheduler.rows import OCCUPIES as OCCUPIES
from scheduler.rows import back
from scheduler.tables import Channel, Publication
from scheduler.withdrawal import take_down

AT_ONCE = timedelta(hours=1)
"""So near to another publication of the same post on the same channel, "now" is a second click."""
_MAYBE_PUBLIC = (State.PUBLISHING, State.UNCONFIRMED, State.NEEDS_PERSON)


@dataclass(frozen=True)
class Desk:
    """What the queue's verbs need: the database, the asset store, and the connectors' limits."""

    engine: Engine
    store: AssetStore
    platforms: Platforms
    media_address: Callable[[str], str]
    access: Access
    policy: Policy = field(default_factory=Policy)

    @cached_property
    def contents(self) -> Contents:
        """The approved posts, as far as they were read."""
        return Contents()

    @cached_property
    def fits(self) -> Fits:
        """Which posts which channels take, as far as it was looked at."""
        return Fits(self.store, self.platforms, self.media_address)

    # Adding --------------------------------------------------------------------------------------------

    def add(
        self,
        post_key: str,
        channel_key: str,
        at: datetime,
        *,
        now: datetime,
        actor: str,
        unapproved: bool = False,
    ) -> Publication:
        """Queue an approved post on a channel at `at` (aware). Raises `QueueError` naming what is wrong, also
        `ChannelError` and `ContentError`.

        `unapproved`: a post that is not approved may be given a time, too; it is held until it is approved.
        """
        return self.add_many([Wanted(post_key, channel_key, at)], now=now, actor=actor, unapproved=unapproved)[0]

    def add_many(
        self, wanted: Sequence[Wanted], *, now: datetime, actor: str, unapproved: bool = False
    ) -> list[Publication]:
        """Queue all of these, or none: their rows in that order. Raises as `add`.

        Where several are refused one `QueueError` says each reason once.
        """
        done = add_all(self.engine, self.fits, wanted, now=now, actor=actor, unapproved=unapproved, whole=True)
        refused = [one for one in done if not isinstance(one, Publication)]
        if len(refused) == 1:
            raise refused[0]
        if refused:
            raise QueueError("\n".join(dict.fromkeys(map(str, refused))))
        return [one for one in done if isinstance(one, Publication)]

    def add_each(
        self, wanted: Sequence[Wanted], *, now: datetime, actor: str, unapproved: bool = False
    ) -> list[Publication | Refusal]:
        """Queue those of these that may be: for each its row, or what `add` would have raised."""
        return add_all(self.engine, self.fits, wanted, now=now, actor=actor, unapproved=unapproved, whole=False)

    def refuse_unfit(
        self, session: Session, post: Post, channel: Channel, at: datetime, *, unapproved: bool = False
    ) -> None:
        """Raises `QueueError` when this post may not stand in this channel's queue at `at` (aware)."""
        place = Place(post, channel, at)
        Checks.of(session, self.fits, [place]).refuse(place, unapproved=unapproved)

    def check(self, session: Session, post: Post, channel: Channel) -> list[Problem]:
        """Everything this channel's platform would refuse about this post."""
        return Checks(self.fits, placed(session, [post.id or 0]), {}).problems(post, channel)

    def refused(self, session: Session, post: Post, channel: Channel) -> str:
        """Why this channel's platform would not take this post, for staff; "" when it would."""
        return told(self.check(session, post, channel))

    # Moving --------------------------------------------------------------------------------------------

    def act(self, publication_id: int, event: Event, *, now: datetime, actor: str, words: str = "") -> State:
        """A person's move: HELD, RESUMED or CANCELLED. Raises `QueueError` when it is not possible now."""
        with one_move(publication_id), writing(self.engine) as session:
            row = find_publication(session, publication_id)
            if (State(row.state), event) not in TRANSITIONS:
                raise QueueError(
                    f"Không làm được với mục {publication_id}: đang ở trạng thái “{WORDS[State(row.state)]}”."
                )
            facts = self._resume(session, row, now) if event is Event.RESUMED else {"next_attempt_at": None}
            return apply(session, row, event, now=now, words=words, actor=actor, **facts)

    def _resume(self, session: Session, row: Publication, now: datetime) -> dict[str, Any]:
        """Back into the queue: at its own hour when that is still to come, else now, by a person's decision.

        Neither is a second time of the same; of several that are late the sweep lets one out at a time.
        """
        one_at_a_time(session, row.channel_id)
        post, channel = session.get_one(Post, row.post_id), session.get_one(Channel, row.channel_id)
        at = max(row.due_at, now)
        if row.part == Part.POST and at == now:
            refuse_double(session, post, channel, now, itself=row.id)
        refuse_following(self.platforms, session, row, at)
        pause = stopped_by(session, active(session, now=now), row, channel, post, now=now)
        if pause is not None:
            raise QueueError(f"Chưa đăng được: {tell(pause)} Hãy kết thúc tạm dừng trước, hoặc chọn một giờ mới.")
        return back(session, row, at, now)

    def settle(
        self,
        publication_id: int,
        permalink: str,
        *,
        now: datetime,
        actor: str,
        sent: bool = False,
        reason: str = "",
    ) -> State:
        """A person looked: it is there (at `permalink`, or `sent` where there is no address), or it may be sent again.

        `reason` is kept with the decision.

        What should follow the post cannot follow one whose id nobody knows; the item says so.
        """
        if permalink and not is_address(permalink):
            raise QueueError("Địa chỉ bài đăng phải bắt đầu bằng https:// và chép nguyên từ trình duyệt.")
        with one_move(publication_id), writing(self.engine) as session:
            row = find_publication(session, publication_id)
            if row.state != State.NEEDS_PERSON:
                raise QueueError(f"Mục {publication_id} không ở trạng thái “{WORDS[State.NEEDS_PERSON]}”.")
            if permalink or sent:
                facts = {"permalink": permalink, "published_at": row.sent_at or now, "next_attempt_at": None}
                facts["problem"] = _left_out(session, row)
                words = " ".join(filter(None, (permalink or "Người kiểm tra xác nhận đã gửi.", reason)))
                return apply(session, row, Event.FOUND, now=now, words=words, actor=actor, **facts)
            facts = {"next_attempt_at": now, "sent_at": None, "looks": 0}
            words = " ".join(filter(None, ("Người kiểm tra xác nhận chưa có trên kênh.", reason)))
            return apply(session, row, Event.NOT_FOUND, now=now, words=words, actor=actor, **facts)

    def withdraw(self, publication_id: int, reason: str, *, now: datetime, actor: str) -> State:
        """Take a published post down from its channel; doing so again is fine.

        Raises `QueueError` for what was never public or has no id, and the connector's `ConnectorError`, after
        which the item is still published and says why.
        """
        if not reason.strip():
            raise QueueError("Gỡ bài phải có lý do, để người kiểm tra sau này hiểu; hãy ghi bằng --reason.")
        with reading(self.engine) as session:
            row = find_publication(session, publication_id)
            channel = session.get_one(Channel, row.channel_id)
        if row.part in (Part.BROADCAST, Part.REVISION):
            which = f"; muốn gỡ bài thì gỡ mục {row.follows_id}" if row.follows_id else ""
            raise QueueError(f"Mục {publication_id} là {PART_WORDS[row.part]}, không rút lại được{which}.")
        if row.state not in (State.PUBLISHED, State.WITHDRAWN):
            raise QueueError(
                f"Không gỡ được mục {publication_id}: trạng thái là “{WORDS[State(row.state)]}”, chưa phải bài đã đăng."
            )
        if not row.external_id:
            raise QueueError(
                f"Mục {publication_id} do người kết luận nên không có mã bài; hãy gỡ bằng tay trên kênh {channel.key}."
            )
        with one_move(publication_id):
            return take_down(self.engine, self.access, row, channel, reason=reason.strip(), now=now, actor=actor)

    # Listing -------------------------------------------------------------------------------------------

    def waiting(self, *, limit: int = 50) -> list[tuple[Publication, Channel, Post]]:
        """What is not at its end yet, by due time."""
        with reading(self.engine) as session:
            statement = (
                select(Publication, Channel, Post)
                .where(
                    col(Publication.channel_id) == col(Channel.id),
                    col(Publication.post_id) == col(Post.id),
                    col(Publication.state).not_in(FINAL | {State.PUBLISHED}),
                )
                .order_by(col(Publication.due_at), col(Publication.id))
                .limit(limit)
            )
            return list(session.exec(statement).all())


def one_at_a_time(session: Session, channel_id: int | None) -> None:
    """Who wants something out at once on a channel waits here until the row of whoever came before stands."""
    session.exec(select(Channel.id).where(Channel.id == channel_id).with_for_update(key_share=True)).one()


def refuse_double(session: Session, post: Post, channel: Channel, now: datetime, *, itself: int | None = None) -> None:
    """Raises `QueueError` when the post went out within the hour, may be public already, or is about to go out."""
    mine = and_(
        col(Publication.post_id) == post.id,
        col(Publication.channel_id) == channel.id,
        col(Publication.part) == Part.POST,
        col(Publication.id) != (itself or 0),
    )
    lately, soon = now - AT_ONCE, now + AT_ONCE
    due, state = col(Publication.due_at), col(Publication.state)
    in_the_way = or_(
        state.in_(_MAYBE_PUBLIC),
        and_(state.in_(OPEN - {State.HELD}), due < soon),
        and_(state == State.HELD, due > lately, due < soon),
        and_(state == State.PUBLISHED, or_(due > lately, col(Publication.published_at) > lately)),
    )
    other = session.exec(select(Publication).where(mine, in_the_way).order_by(due.desc())).first()
    if other is not None:
        raise QueueError(
            f"Bài “{post.key}” đã có mục {other.id} trên kênh “{channel.key}” lúc {moment(other.due_at)} "
            f"(“{WORDS[State(other.state)]}”) nên không đăng thêm lần nữa; hãy xem mục đó."
        )


def refuse_taken(
    session: Session, post: Post, channel: Channel, at: datetime, *, part: str = Part.POST, itself: int | None = None
) -> None:
    """Raises `QueueError` when another row of this post (not `itself`) has this channel at this very time."""
    for state in states_at(session, [Place(post, channel, at)], part=part, itself=itself).values():
        raise QueueError(taken_words(post, channel, state))


@contextmanager
def one_move(publication_id: int) -> Iterator[None]:
    """A person's move on a row that somebody else may move at the same moment."""
    try:
        yield
    except LostRace:
        raise QueueError(f"Mục {publication_id} vừa được xử lý; hãy xem lại rồi thử lại.") from None


def is_address(text: str) -> bool:
    """Whether a person's browser shows a page of the web there: it becomes a link that others follow."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text and text.isprintable()


def _left_out(session: Session, row: Publication) -> str:
    """What cannot follow a post whose id nobody knows, in words."""
    platform = session.get_one(Channel, row.channel_id).platform
    if row.part == Part.POST and comment_of(session.get_one(Post, row.post_id), platform):
        return "Chưa gửi bình luận đầu tiên vì không biết mã bài; hãy đăng bình luận bằng tay."
    return ""


def still_to_come(session: Session, keys: Sequence[str]) -> dict[str, int]:
    """Of these posts (by key) those that stand in the queue, with how many times each may still become public."""
    found: Counter[str] = Counter()
    for start in range(0, len(keys), 500):  # databases limit the values of one statement
        found.update(
            session.exec(
                select(Post.key).where(
                    col(Post.id) == col(Publication.post_id),
                    col(Post.key).in_(keys[start : start + 500]),
                    Publication.part == Part.POST,
                    col(Publication.state).in_(OPEN),
                )
            )
        )
    return dict(found)
