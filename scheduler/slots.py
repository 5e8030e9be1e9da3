"""Which of a channel's regular times are free, and what its rules say about any other hour.

The one place that answers both. A rule (the autopilot, a late rule, a pause that is over) is given nothing but free
slots; a person may choose any hour and is told what speaks against it. Only the days that are asked about are read.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors.base import Part
from content.seasons import in_season, season_words
from content.tables import Post
from content.vietnamese import LOCAL, clock, day, local_day, moment
from scheduler.autopilot.values import DayRule
from scheduler.compose import valid_on
from scheduler.days import broken, day_rules
from scheduler.hours import clock_of, is_quiet, midnight
from scheduler.lifecycle import State
from scheduler.pauses import covering, standing, stopping, tell
from scheduler.policy import Policy
from scheduler.rows import OCCUPIES, own_time
from scheduler.tables import Channel, Pause, Publication, Slot

DAYS = 14
"""Days in which a person looks for a free slot."""
FAR = 60
"""Days in which a rule looks for one before it gives up."""
APART = timedelta(hours=1)
"""So near to each other nothing gives one post two hours on one channel."""
A_DAY = timedelta(days=1)


@dataclass
class Coming:
    """Some days of a channel: its slots, what stands there and what its rules allow. Moments are aware.

    `take` gives a slot away, so that several posts are given their hours from one reading.
    """

    channel: Channel
    now: datetime
    slots: Sequence[tuple[datetime, str]]
    """Each with the form it is kept for, soonest first."""
    rules: Mapping[date, DayRule] = field(default_factory=dict)
    pauses: Sequence[Pause] = ()
    _times: list[datetime] = field(default_factory=list)
    """When something goes out, in order."""
    _a_day: Counter[date] = field(default_factory=Counter)
    _of_post: dict[int, list[datetime]] = field(default_factory=dict)
    _burnt: set[tuple[int, datetime]] = field(default_factory=set)
    """Moments at which a post has a row that is over, which cannot be given to it again."""
    _rows: dict[int, tuple[datetime, int]] = field(default_factory=dict)
    """Publication id -> where it stands, and its post."""

    def free(self, post: Post | None = None) -> Iterator[datetime]:
        """The slots that nothing occupies and no rule forbids, soonest first; `post`: that it fits, too."""
        for at, form in self.slots:
            fits = post is None or not form or form == post.form
            if fits and at > self.now and not self._stands(at) and not self.why_not(at, post):
                yield at

    def next_free(self, post: Post | None = None) -> datetime | None:
        """The first of them."""
        return next(self.free(post), None)

    def take(self, at: datetime, post_id: int) -> None:
        """From now on this post stands there."""
        insort(self._times, at)
        self._a_day[local_day(at)] += 1
        self._of_post.setdefault(post_id, []).append(at)

    def leave(self, publication_id: int) -> None:
        """This row does not stand where it stood any more."""
        if publication_id in self._rows:
            at, post_id = self._rows.pop(publication_id)
            self._times.remove(at)
            self._a_day[local_day(at)] -= 1
            self._of_post[post_id].remove(at)

    def why_not(self, at: datetime, post: Post | None = None) -> str:
        """Why no rule may give `post` (None: any) this hour, in one sentence; "" when it may."""
        stopped = self._paused(at, post)
        if stopped:
            return stopped
        if post is not None:
            if not valid_on(post, local_day(at)):
                return f"Ngày {day(local_day(at))} nằm ngoài thời gian hiệu lực của bài."
            if not in_season(post.season, local_day(at)):
                return f"Bài chỉ đăng theo mùa {season_words(post.season)}, không đăng ngày {day(local_day(at))}."
            near = [one for one in self._of_post.get(post.id or 0, ()) if abs(one - at) < APART]
            if near:
                return f"Chính bài này đã có một mục lúc {moment(near[0])} trên kênh."
            if (post.id, at) in self._burnt:
                return f"Chính bài này đã từng có một mục đúng lúc {moment(at)} trên kênh."
        return next(self.against(at, post), "")

    def against(self, at: datetime, post: Post | None = None) -> Iterator[str]:
        """What speaks against this hour by the rules of the channel and of the day, one sentence each."""
        channel, on = self.channel, local_day(at)
        if is_quiet(at, channel.quiet_from, channel.quiet_until):
            hours = f"{clock_of(channel.quiet_from)}–{clock_of(channel.quiet_until)}"
            yield f"{clock(at)} nằm trong giờ yên lặng của kênh ({hours})."
        near = self._too_near(at)
        if near is not None:
            yield f"Kênh đã có mục lúc {moment(near)}, cách chưa đủ {channel.gap_minutes} phút."
        if channel.daily_most and self._a_day[on] >= channel.daily_most:
            yield f"Ngày {day(on)} kênh đã có {self._a_day[on]} mục, đủ mức tối đa {channel.daily_most} mục mỗi ngày."
        rule = self.rules.get(on)
        if rule is not None:
            yield from _by_day(rule, on, self._a_day[on], post)

    def _stands(self, at: datetime) -> bool:
        place = bisect_left(self._times, at)
        return place < len(self._times) and self._times[place] == at

    def _too_near(self, at: datetime) -> datetime | None:
        gap = timedelta(minutes=self.channel.gap_minutes)
        place = bisect_left(self._times, at)
        around = self._times[max(0, place - 1) : place + 1]
        return next((one for one in around if abs(one - at) < gap), None)

    def _paused(self, at: datetime, post: Post | None) -> str:
        if post is None:
            pause = covering(self.pauses, self.channel, at)
        else:
            pause = stopping(self.pauses, self.channel, at, [post])
        return tell(pause) if pause is not None else ""


def _by_day(rule: DayRule, on: date, count: int, post: Post | None) -> Iterator[str]:
    which = f"Ngày {day(on)} ({rule.name})"
    if rule.at_most is not None and count >= rule.at_most:
        yield f"{which} chỉ đăng tối đa {rule.at_most} mục trên mỗi kênh."
    if post is not None and (words := broken(rule, post.tags, on)):
        yield words


def coming(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    policy: Policy,
    days: int = DAYS,
    start: datetime | None = None,
    itself: int | None = None,
) -> Coming:
    """`days` days of a channel from the local day of `start` (aware; None: now). `itself`: a row that does not count.

    A handful of statements, however long the channel's history is.
    """
    first = midnight(start or now)
    last = first + timedelta(days=days)
    every_day = [local_day(first + timedelta(days=offset)) for offset in range(days)]
    rows = session.exec(select(Slot).where(Slot.channel_id == channel.id)).all()
    found = Coming(
        channel,
        now,
        sorted(
            (one + timedelta(minutes=slot.minute), slot.form)
            for one in (first + timedelta(days=offset) for offset in range(days))
            for slot in rows
            if slot.weekday == one.weekday()
        ),
        day_rules(session, policy, every_day),
        standing(session, now=now),
    )
    gap = timedelta(minutes=channel.gap_minutes)
    row, at = Publication, own_time()
    known = columns(col(row.id), col(row.post_id), col(row.due_at), col(row.state), at).where(
        col(row.channel_id) == channel.id,
        col(row.part) == Part.POST,
        or_(
            and_(col(row.due_at) >= first - gap, col(row.due_at) < last + gap),
            # what is late, however long, goes out at its own time
            and_(col(row.state) == State.READY, col(row.next_attempt_at) >= first - gap, at < last + gap),
        ),
        col(row.id) != (itself or 0),
    )
    for number, post_id, due_at, state, own in session.connection().execute(known.order_by(at)):
        if state in OCCUPIES:
            found.take(own, post_id)
            found._rows[number or 0] = (own, post_id)
        else:
            found._burnt.add((post_id, due_at))
    return found


def free_slots(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    policy: Policy,
    days: int = DAYS,
    post: Post | None = None,
) -> list[datetime]:
    """The channel's free slots of the next `days` days (aware, local), soonest first; `post`: that it fits."""
    return list(coming(session, channel, now=now, days=days, policy=policy).free(post))


def next_free(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    policy: Policy,
    days: int = FAR,
    post: Post | None = None,
) -> datetime | None:
    """The first of them within `days` days; None when there is none."""
    return coming(session, channel, now=now, days=days, policy=policy).next_free(post)


def spread_over_days(
    session: Session,
    channel: Channel,
    count: int,
    *,
    now: datetime,
    policy: Policy,
    days: int = FAR,
    post: Post | None = None,
) -> list[datetime]:
    """The first free slot of each of the next `count` local days that have one."""
    first: dict[date, datetime] = {}
    for at in coming(session, channel, now=now, days=days, policy=policy).free(post):
        first.setdefault(local_day(at), at)
        if len(first) == count:
            break
    return list(first.values())


def warnings(
    session: Session,
    channel: Channel,
    at: datetime,
    *,
    now: datetime,
    policy: Policy,
    post: Post | None = None,
    itself: int | None = None,
) -> list[str]:
    """What speaks against an hour (aware) that a person chose: it may stand there, and this is said once."""
    around = coming(session, channel, now=now, policy=policy, days=1, start=at.astimezone(LOCAL), itself=itself)
    return list(around.against(at, post))
