"""What time has overtaken, channel by channel: late posts get their turns, or their late rule decides at once.

`scheduler.lateness` and `scheduler.slots` decide, this carries it out. Each channel is one short transaction that
holds the channel first, as a claim does, so that two clocks do it once. Repeating it changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import cache

from sqlalchemy import ColumnElement, CompoundSelect, Engine, and_, bindparam, func, or_, union, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from connectors.base import Part
from content.editorial import is_approved
from content.seasons import last_day, season_words
from content.tables import LateRule, Post
from content.vietnamese import LOCAL, local_day, moment
from scheduler.astir import STILL, is_late_and_may_go, waits_for_its_approval
from scheduler.autopilot.values import DayRule
from scheduler.channels import CONNECTED, OFF
from scheduler.days import broken, day_rules
from scheduler.db import reading, writing
from scheduler.hours import midnight
from scheduler.lateness import SPACED, Overdue, Pace, Turn, turns
from scheduler.lifecycle import Event, State
from scheduler.move import LostRace, apply
from scheduler.policy import Policy
from scheduler.retry import LATE
from scheduler.rows import OCCUPIES, back
from scheduler.slots import FAR, Coming, coming
from scheduler.tables import Channel, Publication, PublicationEvent

COMING_MOST = 1_000
"""Hours of what is on time that late posts keep away from."""
MOVES_MOST = 7
"""So many times a post moves to the next slot by itself; then a person decides."""
PLANNED = 30
"""Days whose maximum and rules are heeded when a late post gets its turn."""
_FLYING = (State.PUBLISHING, State.UNCONFIRMED, State.NEEDS_PERSON)
_UNKNOWN = "lúc đó hệ thống chưa đăng được"


def overtake(engine: Engine, *, now: datetime, policy: Policy) -> None:
    """Give every overdue post its turn, move to the next slot what its late rule moves, miss what fits none."""
    with reading(engine) as session:
        told = {"now": now, "late": now - LATE}
        moving = session.connection().execute(_moving_late(), told).scalars()
        channels = {*moving, *session.exec(_waiting_late(), params=told)}
    for channel_id in sorted(channels):
        with writing(engine) as session:
            held = select(Channel).where(Channel.id == channel_id).with_for_update(key_share=True)
            _Overtaken(session, session.exec(held).one(), now, policy).settle()


def give_turns(session: Session, channel: Channel, *, now: datetime, policy: Policy) -> None:
    """The turns of a channel that this transaction holds, for whoever is about to claim there; the caller commits.

    What has become ready since the last sweep has no turn yet, and would go out beside the one before.
    """
    _Overtaken(session, channel, now, policy).space()


def late_channels(session: Session, channels: Iterable[int], *, now: datetime) -> list[int]:
    """Those of these channels where a post, or what follows one, is late: `give_turns` decides before anything is
    claimed."""
    wanted = sorted(channels)
    if not wanted:
        return []
    told = {"channels": wanted, "late": now - LATE}
    return list(session.exec(_with_late(), params=told))


@cache
def _with_late() -> SelectOfScalar[int]:
    """`part` is not asked for: no index of a channel's states has it, and PostgreSQL would go through another one from
    its begin to its end."""
    row = Publication
    late = select(row.channel_id).where(
        col(row.channel_id).in_(bindparam("channels", expanding=True)),
        col(row.state).in_((*STILL, State.PREPARING)),
        col(row.due_at) < bindparam("late"),
    )
    return late.distinct()


def moves_by_itself() -> ColumnElement[bool]:
    """Rows whose late rule moves them to the next slot; for statements that join the post."""
    return and_(col(Post.late_rule) == LateRule.NEXT_SLOT, col(Publication.part) == Part.POST)


def _waits() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Rows that wait: for their hour, or only for an approval that has come."""
    return col(Publication.state).in_(STILL), waits_for_its_approval()


@cache
def _moving_late() -> CompoundSelect[int]:
    """Channels with something that is over and moves by itself: each way of waiting along its own index."""
    over = select(col(Publication.channel_id)).where(
        col(Publication.post_id) == col(Post.id), col(Publication.late_until) < bindparam("now"), moves_by_itself()
    )
    return union(*(over.where(waits) for waits in _waits()))


@cache
def _waiting_late() -> SelectOfScalar[int]:
    """Channels that may be written to and have something to send whose hour is long over."""
    rows = select(Publication.channel_id).where(col(Publication.channel_id) == col(Channel.id), is_late_and_may_go())
    return rows.distinct()


class _Overtaken:
    """One channel, held by this transaction; the caller commits."""

    def __init__(self, session: Session, channel: Channel, now: datetime, policy: Policy) -> None:
        self.session, self.channel, self.now, self.policy = session, channel, now, policy
        self.gap = max(timedelta(minutes=channel.gap_minutes), policy.catch_up)
        self._days: Coming | None = None

    def settle(self) -> None:
        """First the late rules of what is over, then the turns of what may still go out."""
        over = select(Publication, Post).where(
            Publication.channel_id == self.channel.id, col(Publication.post_id) == col(Post.id),
            or_(*_waits()), col(Publication.late_until) < self.now, moves_by_itself(),
        )  # fmt: skip
        rows = self.session.exec(over.order_by(col(Publication.due_at), col(Publication.id))).all()
        moving = [(row, post) for row, post in rows if is_approved(post) or row.state != State.HELD]
        for row, _ in moving:
            self._coming().leave(row.id or 0)
        for row, post in moving:
            self._to_next_slot(row, post, _why(row))
        if self.channel.state == CONNECTED and (self.channel.not_before or self.now) <= self.now:
            self.space()

    # Turns -----------------------------------------------------------------------------------------------

    def space(self) -> None:
        """Give each late post its turn; what would come too late by its own rule is decided about."""
        late = select(Publication, Post).where(
            Publication.channel_id == self.channel.id, col(Publication.post_id) == col(Post.id),
            col(Publication.state).in_((*STILL, State.PREPARING)), Publication.part == Part.POST,
            col(Publication.due_at) < self.now - LATE,
        )  # fmt: skip
        rows = {row.id or 0: (row, post) for row, post in self.session.exec(late)}
        if not rows:
            return
        first = local_day(self.now)
        rules = day_rules(self.session, self.policy, [first + timedelta(days=offset) for offset in range(PLANNED)])
        pace = Pace(self.gap, self.channel.quiet_from, self.channel.quiet_until, self._room(rules))
        resumed = self._resumed(rows.values())
        overdue = [_as_overdue(row, post, self.now, rules, resumed.get(number)) for number, (row, post) in rows.items()]
        for turn in turns(overdue, self._out(), self._due(), pace, now=self.now):
            row, post = rows[turn.id]
            if row.state == State.PREPARING:
                continue
            if not turn.in_time:
                self._too_late(row, post, turn)
            elif row.state == State.READY and turn.at > self.now and row.next_attempt_at != turn.at:
                self._give(row, turn)

    def _resumed(self, rows: Iterable[tuple[Publication, Post]]) -> dict[int, datetime]:
        """When a person last let those go on that have a season and no end of their own, which would tell it."""
        asked = [row.id for row, post in rows if post.season and row.late_until is None]
        event = PublicationEvent
        by_hand = select(event.publication_id, func.max(event.at)).where(
            col(event.publication_id).in_(asked), col(event.event) == Event.RESUMED, col(event.actor) != ""
        )  # fmt: skip
        return dict(self.session.exec(by_hand.group_by(col(event.publication_id))).all()) if asked else {}

    def _room(self, rules: Mapping[date, DayRule]) -> dict[date, int]:
        """How many more may go out on each coming day that has a maximum, beside what went out and is on time."""
        most = self.channel.daily_most
        today = local_day(self.now)
        days = [today + timedelta(days=offset) for offset in range(PLANNED)] if most else list(rules)
        limits = {on: [*([most] if most else []), *_at_most(rules.get(on))] for on in days}
        limits = {on: found for on, found in limits.items() if found}
        if not limits:
            return {}
        row, begin = Publication, midnight(self.now)
        standing = select(row.due_at, row.published_at).where(
            row.channel_id == self.channel.id, row.part == Part.POST, col(row.state).in_(OCCUPIES),
            or_(col(row.published_at) >= begin, and_(
                col(row.published_at).is_(None), col(row.due_at) >= self.now - LATE,
                col(row.due_at) < begin + timedelta(days=PLANNED),
            )),
        )  # fmt: skip
        there = Counter(local_day(public or due) for due, public in self.session.exec(standing))
        return {on: min(found) - there[on] for on, found in limits.items()}

    def _out(self) -> list[datetime]:
        """When something went out on the channel lately, or may have."""
        mine = (Publication.channel_id == self.channel.id, Publication.part == Part.POST)
        lately = self.now - self.gap - timedelta(hours=1)
        public = select(Publication.sent_at, Publication.published_at).where(
            *mine, col(Publication.published_at) > lately
        )
        flying = select(Publication.sent_at).where(*mine, col(Publication.state).in_(_FLYING))
        told = [sent or at for sent, at in self.session.exec(public)]
        return [at for at in (*told, *self.session.exec(flying)) if at is not None]

    def _due(self) -> list[datetime]:
        """The hours of what is on time and still to come."""
        on_time = select(Publication.due_at).where(
            Publication.channel_id == self.channel.id, Publication.part == Part.POST,
            col(Publication.state).in_((*STILL, State.PREPARING)), col(Publication.due_at) >= self.now - LATE,
        )  # fmt: skip
        found = self.session.exec(on_time.distinct().order_by(col(Publication.due_at)).limit(COMING_MOST))
        return [max(at, self.now) for at in found]

    def _give(self, row: Publication, turn: Turn) -> None:
        mine = (col(Publication.id) == row.id, col(Publication.state) == row.state, col(Publication.fence) == row.fence)
        changed = update(Publication).where(*mine).values(next_attempt_at=turn.at)
        if self.session.exec(changed).rowcount != 1:
            return
        words = (
            f"Trễ giờ {moment(row.due_at)} vì {_why(row)}; để không đăng dồn, cách các mục khác của kênh ít nhất "
            f"{self.gap // timedelta(minutes=1)} phút và tránh giờ yên lặng, bài được đăng lúc {moment(turn.at)}."
        )
        self.session.add(
            PublicationEvent(
                publication_id=row.id or 0, at=self.now, event=SPACED, state_before=row.state, state_after=row.state,
                fence=row.fence, words=words,
            )
        )  # fmt: skip

    def _too_late(self, row: Publication, post: Post, turn: Turn) -> None:
        """Its turn comes when it is not worth sending any more, so its late rule decides now."""
        turn_at = f"sớm nhất {moment(turn.at)} mới tới lượt"
        if row.late_until is not None and turn.at > row.late_until:
            why = f"các mục trễ phải đăng cách nhau, {turn_at}"
            over = (
                f"Đã quá giờ đăng theo quy định của bài: các mục trễ phải đăng cách nhau nên {turn_at}, "
                f"mà bài chỉ còn đáng đăng đến {moment(row.late_until)}."
            )
        else:
            why = f"{turn_at}, khi đã hết mùa của bài"
            over = (
                f"Trễ giờ {moment(row.due_at)} vì {_why(row)}; {turn_at}, mà bài chỉ đăng theo mùa "
                f"{season_words(post.season)} nên không tự đăng nữa; hãy chọn giờ mới hoặc hủy mục này."
            )
        if post.late_rule == LateRule.NEXT_SLOT:
            self._to_next_slot(row, post, why)
        else:
            self._miss(row, over)

    # Late rules ------------------------------------------------------------------------------------------

    def _to_next_slot(self, row: Publication, post: Post, why: str) -> None:
        over = f"Quá giờ {moment(row.due_at)} vì {why}"
        if self.channel.state == OFF:
            self._miss(row, f"{over}; kênh đã tắt nên không tự chuyển sang giờ khác.")
            return
        if self._moves(row) >= MOVES_MOST:
            self._miss(row, f"{over}; mục này đã tự chuyển giờ {MOVES_MOST} lần nên cần người chọn giờ hoặc hủy.")
            return
        days = self._coming()
        days.leave(row.id or 0)
        at = days.next_free(post)
        if at is None:
            self._miss(
                row,
                f"{over}; trong {FAR} ngày tới kênh không còn khung giờ trống nào hợp với bài, "
                "hãy tự chọn giờ hoặc hủy mục này.",
            )
            return
        event = Event.RESUMED if row.state == State.HELD else Event.MOVED
        facts = {**back(self.session, row, at, self.now), "due_at": at, "fence": row.fence + 1}
        words = f"{over} nên chuyển sang khung giờ trống kế tiếp {moment(at)}."
        try:
            with self.session.begin_nested():
                apply(self.session, row, event, now=self.now, words=words, **facts)
        except LostRace:
            return
        except IntegrityError:  # somebody queued the same post there a moment ago
            days.take(at, row.post_id)
            self._to_next_slot(row, post, why)
            return
        days.take(at, row.post_id)

    def _miss(self, row: Publication, words: str) -> None:
        with suppress(LostRace):
            apply(self.session, row, Event.TOO_LATE, now=self.now, words=words, problem=words, next_attempt_at=None)

    def _moves(self, row: Publication) -> int:
        """How many times it has moved by itself."""
        by_itself = select(func.count()).where(
            PublicationEvent.publication_id == row.id, PublicationEvent.event == Event.MOVED,
            PublicationEvent.actor == "",
        )  # fmt: skip
        return self.session.exec(by_itself).one()

    def _coming(self) -> Coming:
        if self._days is None:
            since = max(self.now, self.channel.not_before or self.now)
            self._days = coming(self.session, self.channel, now=since, days=FAR, policy=self.policy)
        return self._days


def _at_most(rule: DayRule | None) -> list[int]:
    return [] if rule is None or rule.at_most is None else [rule.at_most]


def _as_overdue(
    row: Publication, post: Post, now: datetime, rules: Mapping[date, DayRule], resumed: datetime | None
) -> Overdue:
    assert row.id is not None
    own = now if row.state == State.PREPARING else row.next_attempt_at or now
    given = row.late_until and row.late_until - timedelta(minutes=post.late_minutes)
    wanted_at = max(row.due_at, given or row.due_at)
    ends = [at for at in (row.late_until, _season_ends(post, max(wanted_at, resumed or wanted_at))) if at is not None]
    return Overdue(
        id=row.id,
        due_at=row.due_at,
        earliest=max(own, now),
        ready=row.state == State.READY,
        until=min(ends, default=None),
        wanted_at=wanted_at,
        first=post.allowed_in_pause,
        barred=frozenset(on for on, rule in rules.items() if broken(rule, post.tags, on)),
    )


def _season_ends(post: Post, wanted_at: datetime) -> datetime | None:
    """When the season is over in which somebody wanted the post; whoever gave it an hour outside meant it so."""
    last = last_day(post.season, local_day(wanted_at))
    return None if last is None else datetime.combine(last, time.max, LOCAL)


def _why(row: Publication) -> str:
    """What it had waited for, to stand within a sentence."""
    if row.state == State.HELD:
        return "bài được duyệt muộn"
    words = row.problem.strip().rstrip(".")
    return words[:1].lower() + words[1:] if words else _UNKNOWN
