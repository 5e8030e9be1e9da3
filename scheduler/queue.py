"""What people and the autopilot do to the queue: add, hold, resume, cancel, settle, withdraw, list, fill a day."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from connectors import connector_class
from connectors.base import Credentials, Part, Problem
from content.editorial import is_approved
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.store import AssetStore
from content.tables import Editorial, LateRule, Post
from content.vietnamese import LOCAL, local_day, moment
from scheduler.access import Access, Platforms
from scheduler.autopilot import Candidate, Decision, Gap, TopicGoal, Used, fill_day, slot_times
from scheduler.channels import OFF, find_channel
from scheduler.compose import blocking, compose, problems, valid_on
from scheduler.db import reading, writing
from scheduler.lifecycle import FINAL, OPEN, TRANSITIONS, WORDS, Event, State
from scheduler.move import LostRace, apply
from scheduler.parts import PART_WORDS, comment_of, queued
from scheduler.tables import Channel, Publication, Slot
from scheduler.withdrawal import take_down

log = structlog.get_logger("scheduler.queue")

OCCUPIES = frozenset(State) - {State.CANCELLED, State.MISSED, State.EXPIRED, State.FAILED}
"""States in which a publication fills its slot and counts as used."""


@dataclass
class Filled:
    """What the autopilot did: posts queued, slots that stay empty and why, and what kept a post or channel out."""

    decisions: list[Decision] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class QueueError(Exception):
    """Something asked of the queue cannot be done; the message says why and the way out."""


@dataclass(frozen=True)
class Desk:
    """What the queue's verbs need: the database, the asset store, and the connectors' limits."""

    engine: Engine
    store: AssetStore
    platforms: Platforms
    media_address: Callable[[str], str]
    access: Access

    # Adding --------------------------------------------------------------------------------------------

    def add(self, post_key: str, channel_key: str, at: datetime, *, now: datetime, actor: str) -> Publication:
        """Queue an approved post on a channel at `at` (aware). Raises `QueueError` naming what is wrong."""
        if at <= now:
            raise QueueError(
                f"Giờ đăng {moment(at)} đã qua (bây giờ là {moment(now)}); hãy chọn một giờ trong tương lai."
            )
        with reading(self.engine) as session:
            channel = find_channel(session, channel_key)
            post = _find_post(session, post_key)
            self._refuse_unfit(session, post, channel, at)
        with writing(self.engine) as session:
            return _insert(
                session, post, channel, at, now=now, origin="staff", reason=f"{actor} xếp lịch.", actor=actor
            )

    def _refuse_unfit(self, session: Session, post: Post, channel: Channel, at: datetime) -> None:
        if not is_approved(post):
            raise QueueError(f"Bài “{post.key}” chưa được duyệt; hãy trình duyệt và duyệt bài trước khi lên lịch.")
        if not valid_on(post, local_day(at)):
            raise QueueError(f"Bài “{post.key}” không còn (hoặc chưa) hiệu lực vào {moment(at)}; hãy chọn ngày khác.")
        if channel.state == OFF:
            raise QueueError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh hoặc chọn kênh khác.")
        found = blocking(self.check(session, post, channel))
        if found:
            raise QueueError("; ".join(f"{problem.field}: {problem.words}" for problem in found))
        taken = session.exec(
            select(Publication.id).where(
                Publication.channel_id == channel.id,
                Publication.post_id == post.id,
                Publication.due_at == at,
                Publication.part == Part.POST,
            )
        ).first()
        if taken is not None:
            raise QueueError(_taken(post, channel))

    def check(self, session: Session, post: Post, channel: Channel) -> list[Problem]:
        """Everything this channel's platform would refuse about this post."""
        outgoing = compose(session, self.store, self.media_address, post, channel, "check")
        connector = self.platforms.open(channel, Credentials({}))
        return problems(outgoing, post, connector, channel)

    # Moving --------------------------------------------------------------------------------------------

    def act(self, publication_id: int, event: Event, *, now: datetime, actor: str, words: str = "") -> State:
        """A person's move: HELD, RESUMED or CANCELLED. Raises `QueueError` when it is not possible now."""
        with _one_move(publication_id), writing(self.engine) as session:
            row = find_publication(session, publication_id)
            if (State(row.state), event) not in TRANSITIONS:
                raise QueueError(
                    f"Không làm được với mục {publication_id}: đang ở trạng thái “{WORDS[State(row.state)]}”."
                )
            facts = _resume(session, row, now) if event is Event.RESUMED else {"next_attempt_at": None}
            return apply(session, row, event, now=now, words=words, actor=actor, **facts)

    def settle(self, publication_id: int, permalink: str, *, now: datetime, actor: str, sent: bool = False) -> State:
        """A person looked: it is there (at `permalink`, or `sent` where there is no address), or it may be sent again.

        What should follow the post cannot follow one whose id nobody knows; the item says so.
        """
        with _one_move(publication_id), writing(self.engine) as session:
            row = find_publication(session, publication_id)
            if row.state != State.NEEDS_PERSON:
                raise QueueError(f"Mục {publication_id} không ở trạng thái “{WORDS[State.NEEDS_PERSON]}”.")
            if permalink or sent:
                facts = {"permalink": permalink, "published_at": row.sent_at or now, "next_attempt_at": None}
                words, facts["problem"] = permalink or "Người kiểm tra xác nhận đã gửi.", _left_out(session, row)
                return apply(session, row, Event.FOUND, now=now, words=words, actor=actor, **facts)
            facts = {"next_attempt_at": now, "sent_at": None, "looks": 0}
            words = "Người kiểm tra xác nhận chưa có trên kênh."
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
        with _one_move(publication_id):
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

    # The autopilot -------------------------------------------------------------------------------------

    def fill(self, on: date, *, now: datetime) -> Filled:
        """Queue approved posts into every channel's free slots of the local day `on`.

        Repeating it adds nothing: slots that are taken are not free any more. What is wrong with one post
        or one channel does not keep the others from being filled.
        """
        filled = Filled()
        with reading(self.engine) as session:
            plan = active_plan(session)
            channels = session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)).all()
        for channel in channels:
            rng = random.Random(f"{plan.code}:{channel.key}:{on.isoformat()}")
            try:
                with reading(self.engine) as session:
                    candidates = self._candidates(session, channel, filled)
                with writing(self.engine) as session:
                    made, empty = _fill_channel(session, channel, candidates, _goals(plan), on, now=now, rng=rng)
            except Exception as error:
                log.exception("not_filled", channel=channel.key)
                filled.problems.append(f"{channel.key}: {type(error).__name__}")
                continue
            filled.decisions += made
            filled.gaps += empty
        return filled

    def _candidates(self, session: Session, channel: Channel, filled: Filled) -> list[Candidate]:
        """Approved, not sensitive (those need a person), meant for this platform and accepted by its limits."""
        posts = session.exec(select(Post).where(Post.state == Editorial.APPROVED, col(Post.sensitive).is_(False)))
        found = []
        for post in posts:
            if not is_approved(post) or channel.platform not in post.platforms:
                continue
            try:
                fits = not blocking(self.check(session, post, channel))
            except ContentError as error:
                filled.problems.append(f"{post.key}: {error.words}")
                continue
            if fits:
                found.append(_candidate(post))
        return found


def _candidate(post: Post) -> Candidate:
    assert post.id is not None
    return Candidate(post.id, post.key, post.title, post.topic, post.evergreen, post.valid_from, post.valid_to)


def _taken(post: Post, channel: Channel) -> str:
    return f"Bài “{post.key}” đã có trong hàng chờ của kênh “{channel.key}” đúng giờ này."


@contextmanager
def _one_move(publication_id: int) -> Iterator[None]:
    """A person's move on a row that somebody else may move at the same moment."""
    try:
        yield
    except LostRace:
        raise QueueError(f"Mục {publication_id} vừa được xử lý; hãy xem lại rồi thử lại.") from None


def _fill_channel(
    session: Session,
    channel: Channel,
    candidates: Sequence[Candidate],
    goals: dict[str, TopicGoal],
    on: date,
    *,
    now: datetime,
    rng: random.Random,
) -> tuple[list[Decision], list[Gap]]:
    # Two clocks would both see the slots free; on PostgreSQL the second one waits here.
    session.exec(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)).one()
    used = _used(session, channel)
    taken = {row.at for row in used}
    minutes = session.exec(select(Slot.minute).where(Slot.channel_id == channel.id, Slot.weekday == on.weekday()))
    free = [at for at in slot_times(on, minutes.all()) if at > now and at not in taken]
    had = _had_that_day(session, channel, on)
    open_posts = [one for one in candidates if one.post_id not in had]
    decisions, gaps = fill_day(on, free, open_posts, used, goals, rng=rng) if free else ([], [])
    for decision in decisions:
        post = session.get_one(Post, decision.post_id)
        _insert(
            session, post, channel, decision.at, now=now, origin="autopilot", reason=decision.reason, actor="autopilot"
        )
    return decisions, gaps


def _had_that_day(session: Session, channel: Channel, on: date) -> set[int]:
    """Posts this channel had in its queue for that day, whatever became of them: a person may have cancelled one."""
    midnight = slot_times(on, [0])[0]
    rows = session.exec(
        select(Publication.post_id).where(
            Publication.channel_id == channel.id,
            Publication.part == Part.POST,
            col(Publication.due_at) >= midnight,
            col(Publication.due_at) < midnight + timedelta(days=1),
        )
    )
    return set(rows)


def _goals(plan: Plan) -> dict[str, TopicGoal]:
    return {
        topic.letter: TopicGoal(topic.letter, topic.order, topic.label, topic.weight, topic.minimum_per_week)
        for topic in plan.topics
    }


def _used(session: Session, channel: Channel) -> list[Used]:
    rows = session.exec(
        select(Publication.post_id, Post.topic, Publication.due_at).where(
            col(Publication.post_id) == col(Post.id),
            Publication.channel_id == channel.id,
            Publication.part == Part.POST,
            col(Publication.state).in_(OCCUPIES),
        )
    )
    return [Used(post_id, topic, due_at) for post_id, topic, due_at in rows]


def _find_post(session: Session, key: str) -> Post:
    post = session.exec(select(Post).where(Post.key == key)).one_or_none()
    if post is None:
        raise QueueError(f"Không có bài “{key}” trong thư viện; xem danh sách bằng lệnh: cchc library list.")
    return post


def find_publication(session: Session, publication_id: int) -> Publication:
    """The item of this number. Raises `QueueError`."""
    row = session.get(Publication, publication_id)
    if row is None:
        raise QueueError(f"Không có mục số {publication_id} trong hàng chờ.")
    return row


def _left_out(session: Session, row: Publication) -> str:
    """What cannot follow a post whose id nobody knows, in words."""
    platform = session.get_one(Channel, row.channel_id).platform
    if row.part == Part.POST and comment_of(session.get_one(Post, row.post_id), platform):
        return "Chưa gửi bình luận đầu tiên vì không biết mã bài; hãy đăng bình luận bằng tay."
    return ""


def late_until(post: Post, at: datetime) -> datetime | None:
    """After this a publication due at `at` is missed, by the post's own late rule; None: never too late."""
    return None if post.late_rule == LateRule.ANY_TIME else at + timedelta(minutes=post.late_minutes)


def _insert(
    session: Session,
    post: Post,
    channel: Channel,
    at: datetime,
    *,
    now: datetime,
    origin: str,
    reason: str,
    actor: str,
) -> Publication:
    assert post.id is not None and channel.id is not None
    ahead = connector_class(channel.platform).capabilities.prepare_ahead
    row = Publication(
        post_id=post.id,
        channel_id=channel.id,
        due_at=at,
        late_until=late_until(post, at),
        state=State.SCHEDULED,
        next_attempt_at=max(now, at - ahead),
        origin=origin,
        reason=reason,
        saved={},
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(queued(row, now=now, words=reason, actor=actor))
    return row


def _resume(session: Session, row: Publication, now: datetime) -> dict[str, Any]:
    """Back into the queue: at its own hour when that is still to come, else now, by a person's decision."""
    late = late_until(session.get_one(Post, row.post_id), max(row.due_at, now))
    return {"next_attempt_at": now, "attempts": 0, "problem": "", "problem_code": "", "late_until": late}


def free_slots(session: Session, channel: Channel, *, now: datetime, days: int = 14) -> Sequence[datetime]:
    """The channel's slots of the next `days` days that nothing occupies, soonest first."""
    taken = {row.at for row in _used(session, channel)}
    slots = session.exec(select(Slot).where(Slot.channel_id == channel.id)).all()
    today = now.astimezone(LOCAL).date()
    found = [
        at
        for offset in range(days)
        for on in [today + timedelta(days=offset)]
        for at in slot_times(on, [slot.minute for slot in slots if slot.weekday == on.weekday()])
        if at > now and at not in taken
    ]
    return sorted(found)


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
