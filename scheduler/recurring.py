"""One post again and again: every k weeks on a weekday, or every k months on a day, at an hour, until a day.

A pure function tells the days; the daily plan queues those of the coming days before the autopilot fills the rest.
Each occurrence is queued once, whatever becomes of it: what somebody cancelled or moved does not come back.
"""

import calendar
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from content.editorial import is_approved
from content.errors import ContentError
from content.tables import Post
from content.vietnamese import LOCAL, clock, day, local_day, moment, weekday
from scheduler.calendar_tables import Recurrence
from scheduler.channels import OFF, find_channel
from scheduler.db import reading, writing
from scheduler.hours import DAY_MINUTES, clock_of, is_quiet
from scheduler.queue import Desk, QueueError, find_post
from scheduler.rows import insert_row
from scheduler.slots import coming
from scheduler.tables import Channel, Publication

WEEK, MONTH = "week", "month"
EVERY = {WEEK: "tuần", MONTH: "tháng"}
ORIGIN = "recurrence"
LONGEST = timedelta(days=2 * 366)
"""Nobody knows whether a post is still right after two years."""
STEPS_MOST, TIMES_MOST = 12, 200
NOT_APPROVED = "Bài chưa được duyệt hoặc đã sửa sau khi duyệt."
AHEAD = 7
"""So many days further than the autopilot fills, recurring posts are queued already."""


# The days ----------------------------------------------------------------------------------------------------


def days_of(every: str, step: int, on: int, since: date, until: date) -> Iterator[date]:
    """The local days from `since` to `until`: every `step` weeks on weekday `on`, or months on day `on`, in order.

    Counted from the first such day; a month without that day has it on its last one.
    """
    if every == WEEK:
        found = since + timedelta(days=(on - since.weekday()) % 7)
        while found <= until:
            yield found
            found += timedelta(weeks=step)
        return
    months = since.year * 12 + since.month - 1
    if _in_month(months, on) < since:
        months += 1
    while (found := _in_month(months, on)) <= until:
        yield found
        months += step


def _in_month(months: int, on: int) -> date:
    year, month = divmod(months, 12)
    return date(year, month + 1, min(on, calendar.monthrange(year, month + 1)[1]))


def moments_of(one: Recurrence) -> Iterator[datetime]:
    """Every occurrence (aware, local), in order; how many of them may be queued is not asked here."""
    for on in days_of(one.every, one.step, one.day, one.since, one.until):
        yield _at(on, one.minute)


def _at(on: date, minute: int) -> datetime:
    return datetime.combine(on, datetime.min.time(), LOCAL) + timedelta(minutes=minute)


def tell(one: Recurrence) -> str:
    """ "thứ Hai mỗi 2 tuần lúc 07:30, từ … đến …", for a sentence."""
    step = f"mỗi {one.step} " if one.step > 1 else "mỗi "
    on = weekday(date(2024, 1, 1) + timedelta(days=one.day)) if one.every == WEEK else f"ngày {one.day}"
    times = f", tối đa {one.most} lần" if one.most else ""
    last = " (tháng ngắn hơn thì ngày cuối tháng)" if one.every == MONTH and one.day > 28 else ""
    span = f"từ ngày {day(one.since)} đến ngày {day(one.until)}"
    return f"{on} {step}{EVERY[one.every]}{last} lúc {clock_of(one.minute)}, {span}{times}"


# Beginning and ending ----------------------------------------------------------------------------------------


def begin(
    desk: Desk,
    post_key: str,
    channel_key: str,
    *,
    every: str,
    on: int,
    minute: int,
    since: date,
    until: date,
    step: int = 1,
    most: int = 0,
    now: datetime,
    actor: str,
) -> Recurrence:
    """Let a post recur on a channel. `on`: the weekday (0 is Monday) or the day of the month.

    Raises `QueueError` that says what is wrong, also for a hour in the channel's quiet hours, which a rule does not
    use, and for a second rule of the same post, channel and hour.
    """
    _refuse_unreadable(every, step, on, minute, most)
    _refuse_days(every, step, on, minute, since, until, now)
    with reading(desk.engine) as session:
        channel, post = find_channel(session, channel_key), find_post(session, post_key)
        _refuse_post(desk, session, post, channel, minute, since, until)
    with writing(desk.engine) as session:
        _hold(session, channel)
        for other in session.exec(_open().where(Recurrence.post_id == post.id, Recurrence.channel_id == channel.id)):
            same_days = (other.every, other.day) == (every, on)
            if same_days and other.minute == minute and other.since <= until and since <= other.until:
                raise QueueError(
                    f"Bài “{post.key}” đã có lịch lặp lại số {other.id} như vậy trên kênh “{channel.key}”."
                )
        assert post.id is not None and channel.id is not None
        made = Recurrence(
            post_id=post.id, channel_id=channel.id, every=every, step=step, day=on, minute=minute, since=since,
            until=until, most=most, actor=actor, created_at=now,
        )  # fmt: skip
        session.add(made)
    return made


def _refuse_unreadable(every: str, step: int, on: int, minute: int, most: int) -> None:
    if every not in EVERY:
        raise QueueError("Chu kỳ lặp lại là theo tuần hoặc theo tháng.")
    if step not in range(1, STEPS_MOST + 1):
        raise QueueError(f"Lặp lại cách từ 1 đến {STEPS_MOST} {EVERY[every]}.")
    if every == WEEK and on not in range(7):
        raise QueueError("Hãy chọn một ngày trong tuần.")
    if every == MONTH and on not in range(1, 32):
        raise QueueError("Ngày trong tháng là số từ 1 đến 31.")
    if minute not in range(DAY_MINUTES):
        raise QueueError("Giờ đăng phải nằm trong ngày, từ 00:00 đến 23:59.")
    if most not in range(TIMES_MOST + 1):
        raise QueueError(f"Số lần tối đa là số từ 1 đến {TIMES_MOST}, hoặc để trống.")


def _refuse_days(every: str, step: int, on: int, minute: int, since: date, until: date, now: datetime) -> None:
    today = local_day(now)
    if until < since:
        raise QueueError(f"Ngày kết thúc {day(until)} trước ngày bắt đầu {day(since)}; hãy chọn lại.")
    if until < today:
        raise QueueError(f"Ngày kết thúc {day(until)} đã qua; hãy chọn một ngày trong tương lai.")
    if since - today > LONGEST:
        raise QueueError(f"Ngày bắt đầu {day(since)} quá xa; hãy chọn trong hai năm tới.")
    if until - since > LONGEST:
        raise QueueError("Lịch lặp lại dài nhất hai năm; hãy chọn ngày kết thúc sớm hơn.")
    if not any(_at(found, minute) > now for found in days_of(every, step, on, since, until)):
        begins = f"{day(since)}" if since > today else f"bây giờ ({moment(now)})"
        raise QueueError(f"Từ {begins} đến {day(until)} không còn ngày nào như vậy; hãy chọn lại.")


def _refuse_post(
    desk: Desk, session: Session, post: Post, channel: Channel, minute: int, since: date, until: date
) -> None:
    if not is_approved(post):
        raise QueueError(f"Bài “{post.key}” chưa được duyệt; hãy trình duyệt và duyệt bài trước khi cho lặp lại.")
    if channel.state == OFF:
        raise QueueError(f"Kênh “{channel.key}” đã tắt; hãy bật kênh hoặc chọn kênh khác.")
    if post.valid_to is not None and post.valid_to < since:
        raise QueueError(f"Bài “{post.key}” hết hiệu lực ngày {day(post.valid_to)}, trước ngày bắt đầu.")
    if post.valid_from is not None and until < post.valid_from:
        raise QueueError(f"Bài “{post.key}” đến ngày {day(post.valid_from)} mới có hiệu lực, sau ngày kết thúc.")
    at = _at(since, minute)
    if is_quiet(at, channel.quiet_from, channel.quiet_until):
        hours = f"{clock_of(channel.quiet_from)}–{clock_of(channel.quiet_until)}"
        raise QueueError(f"{clock(at)} nằm trong giờ yên lặng của kênh ({hours}); hãy chọn giờ khác.")
    refused = desk.refused(session, post, channel)
    if refused:
        raise QueueError(refused)


def end(desk: Desk, number: int, *, now: datetime, actor: str) -> Recurrence:
    """Queue no more of it; what stands in the queue stays there. Raises `QueueError`, also for a second person."""
    with writing(desk.engine) as session:
        one = session.get(Recurrence, number) if 0 < number < 2**31 else None
        if one is None:
            raise QueueError(f"Không có lịch lặp lại số {number}.")
        ending = update(Recurrence).where(col(Recurrence.id) == number, col(Recurrence.ended_at).is_(None))
        if session.exec(ending.values(ended_at=now, ended_by=actor)).rowcount != 1:
            session.refresh(one)
            raise QueueError(f"Lịch lặp lại số {number} đã được {one.ended_by} kết thúc lúc {moment(one.ended_at)}.")
        session.refresh(one)
    return one


# Looking -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repeat:
    """A recurring post with what it is about, and how many of it were queued."""

    one: Recurrence
    post: Post
    channel: Channel
    had: int
    coming: Sequence[datetime]
    """Its next occurrences (aware, local) that are not queued yet."""


def standing(session: Session, *, now: datetime, limit: int = 100, shown: int = 3) -> list[Repeat]:
    """What recurs and is not over, newest first; three statements."""
    rows = session.exec(
        select(Recurrence, Post, Channel)
        .where(
            col(Recurrence.post_id) == col(Post.id), col(Recurrence.channel_id) == col(Channel.id),
            col(Recurrence.ended_at).is_(None), col(Recurrence.until) >= local_day(now),
        )
        .order_by(col(Recurrence.id).desc())
        .limit(limit)
    ).all()  # fmt: skip
    made = _made(session, [one.post_id for one, _, _ in rows])
    found = []
    for one, post, channel in rows:
        had = made.get(one.id or 0, {})
        found.append(Repeat(one, post, channel, len(had), upcoming(one, had, now=now, most=shown)))
    return found


def upcoming(one: Recurrence, had: Collection[str], *, now: datetime, most: int) -> list[datetime]:
    """The next occurrences (aware, local) after `now` that are not among `had`; no more than it may have."""
    left = min(most, one.most - len(had)) if one.most else most
    found: list[datetime] = []
    for at in moments_of(one) if one.ended_at is None else ():
        if len(found) >= left:
            break
        if at > now and _name(at) not in had:
            found.append(at)
    return found


def _open() -> SelectOfScalar[Recurrence]:
    return select(Recurrence).where(col(Recurrence.ended_at).is_(None))


def _name(at: datetime) -> str:
    """How an occurrence is kept with its row: its local day, for the hour may be moved."""
    return local_day(at).isoformat()


def _made(session: Session, posts: Sequence[int]) -> dict[int, dict[str, int]]:
    """Recurrence id -> occurrence -> the row that was queued for it, of recurring rows of these posts."""
    rows = session.exec(
        select(Publication.id, Publication.details).where(
            col(Publication.post_id).in_(set(posts)), Publication.origin == ORIGIN
        )
    )
    found: dict[int, dict[str, int]] = {}
    for number, details in rows:
        if "recurrence" in details:
            found.setdefault(details["recurrence"], {})[details["occurrence"]] = number or 0
    return found


# Queueing ----------------------------------------------------------------------------------------------------


@dataclass
class Queued:
    """What the daily plan did: items queued, and occurrences that were left out, each with a sentence."""

    made: list[Publication] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """For the job's row; "" when nothing recurs in these days."""
        if not self.made and not self.left_out:
            return ""
        return " ".join([f"Xếp {len(self.made)} lượt lặp lại.", *self.left_out])


def queue_coming(desk: Desk, days: int, *, now: datetime) -> Queued:
    """Queue what recurs in the next `days` days. Repeating it adds nothing, also by a second clock."""
    done = Queued()
    with reading(desk.engine) as session:
        rows = session.exec(
            _open()
            .where(col(Recurrence.since) <= local_day(now) + timedelta(days=days))
            .where(col(Recurrence.until) >= local_day(now))
            .order_by(col(Recurrence.id))
        ).all()
    for one in rows:
        _queue_one(desk, one, days, done, now=now)
    return done


def _queue_one(desk: Desk, one: Recurrence, days: int, done: Queued, *, now: datetime) -> None:
    with reading(desk.engine) as session:
        post, channel = session.get_one(Post, one.post_id), session.get_one(Channel, one.channel_id)
        refused = _refused_now(desk, session, post, channel)
    which = f"Lịch lặp lại số {one.id} (“{post.title}”, {channel.name})"
    last = local_day(now) + timedelta(days=days)
    with writing(desk.engine) as session:
        _hold(session, channel)
        if session.get_one(Recurrence, one.id).ended_at is not None:
            return  # somebody has ended it a moment ago
        post = session.get_one(Post, one.post_id)
        refused = refused or ("" if is_approved(post) else NOT_APPROVED)
        had = _made(session, [one.post_id]).get(one.id or 0, {})
        due = [at for at in upcoming(one, had, now=now, most=days + 1) if local_day(at) <= last]
        if due and refused:
            done.left_out.append(f"{which}: chưa xếp {_days(due)}. {refused}")
            return
        around = coming(session, channel, now=now, days=days + 1, policy=desk.policy)
        for at in due:
            why = around.why_not(at, post)
            if why:
                done.left_out.append(f"{which}: bỏ qua ngày {day(local_day(at))}. {why}")
                continue
            row = _insert(session, one, post, channel, at, now=now)
            if row is not None:
                around.take(at, one.post_id)
                done.made.append(row)


def _refused_now(desk: Desk, session: Session, post: Post, channel: Channel) -> str:
    if not is_approved(post):
        return NOT_APPROVED
    if channel.state == OFF:
        return "Kênh đã tắt."
    try:
        return desk.refused(session, post, channel)
    except ContentError as error:
        return error.words


def _insert(
    session: Session, one: Recurrence, post: Post, channel: Channel, at: datetime, *, now: datetime
) -> Publication | None:
    """The row of one occurrence; None when this very hour is taken by another row of the post."""
    reason = f"Lặp lại theo lịch số {one.id} do {one.actor} đặt: {tell(one)}."
    try:
        with session.begin_nested():
            row = insert_row(session, post, channel, at, now=now, origin=ORIGIN, reason=reason, actor="")
            row.details = {"recurrence": one.id, "occurrence": _name(at)}
            session.add(row)
    except IntegrityError:
        return None
    return row


def _hold(session: Session, channel: Channel) -> None:
    """Two clocks, or two people, come one after the other."""
    session.exec(select(Channel.id).where(Channel.id == channel.id).with_for_update(key_share=True)).one()


def _days(moments: Sequence[datetime]) -> str:
    return ", ".join(day(local_day(at)) for at in moments)
