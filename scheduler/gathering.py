"""Everything the autopilot decides from, as it stands now: read in a handful of statements, changed by nothing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors.base import Part
from content.alike import Alikes, texts_of_post
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import local_day
from scheduler.autopilot import (
    Before,
    CampaignGoal,
    ChannelRules,
    SlotTime,
    Stop,
    Task,
    TopicGoal,
    Used,
    Wish,
    slot_times,
)
from scheduler.calendar_tables import Choice
from scheduler.candidates import Approved, chunks
from scheduler.channels import OFF
from scheduler.days import day_rules
from scheduler.db import spelled
from scheduler.pauses import standing, tell
from scheduler.queue import Desk
from scheduler.rows import OCCUPIES, own_time
from scheduler.tables import Channel, Publication, Slot

FAR = 400
"""Whoever names no days is told the rules of so many days to come."""
HAD = "bài đã có một mục trong ngày này mà bị hủy hoặc không đăng được"
_ALIKES = Alikes()
"""By content hash, so that it holds for every database that this process serves."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The task, and what kept a post out of it, one sentence each."""

    task: Task
    problems: tuple[str, ...]
    since: datetime
    """Everything from then on is in `Task.used`."""
    hashes: Mapping[int, str]
    """Post id -> the content that was looked at, of each candidate."""


def task_for(session: Session, desk: Desk, days: Sequence[date], *, now: datetime) -> Task:
    """What the autopilot would decide from about these local days at `now` (aware). Reads only.

    No days: everything that is known of the days to come, for whoever fills in `Task.days` later.
    """
    return gather(session, desk, days, now=now).task


def gather(session: Session, desk: Desk, days: Sequence[date], *, now: datetime) -> Gathered:
    """The same, with what is wrong with single posts and channels."""
    problems: list[str] = []
    first = min(days, default=local_day(now))
    coming = list(days) or [first + timedelta(days=offset) for offset in range(FAR)]
    plan = _plan(session, problems)
    channels = session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)).all()
    posts = desk.contents.approved(session)
    fitting = desk.fits.channels_of(session, posts, channels, problems)
    campaigns = _campaigns(session, first)
    since = _since(first, posts, campaigns, desk)
    rows = rows_since(session, since)
    facts = facts_of(session, {row.post_id for row in rows})
    near = _near(session, posts, _lately(rows, facts, first, coming[-1], desk.policy.alike_days))
    task = Task(
        days=tuple(days),
        now=now,
        channels=_channel_rules(session, channels),
        topics=goals(plan) if plan else {},
        candidates=tuple(
            replace(post.facts, agency=post.agency, channels=fitting[post.id], alike=near[post.id]) for post in posts
        ),
        used=tuple(as_used(row, facts[row.post_id]) for row in rows),
        before=_before(session, since, [post.id for post in posts]),
        rules=day_rules(session, desk.policy, coming),
        stops=_stops(session, now),
        campaigns=campaigns,
        wishes=(*_wishes(session, first), *_had(session, first)),
        cool_down=desk.policy.cool_down,
        alike_days=desk.policy.alike_days,
        seed=plan.code if plan else "",
    )
    hashes = {post.id: post.content_hash for post in posts}
    return Gathered(task, tuple(dict.fromkeys(problems)), since, hashes)


def as_told_now(session: Session, desk: Desk, task: Task) -> Task:
    """The task with what people may have said since it was gathered: rules of channels and days, pauses, wishes."""
    first = min(task.days)
    channels = session.exec(select(Channel).where(Channel.state != OFF).order_by(Channel.key)).all()
    return replace(
        task, channels=_channel_rules(session, channels), rules=day_rules(session, desk.policy, task.days),
        stops=_stops(session, task.now), wishes=(*_wishes(session, first), *_had(session, first)),
    )  # fmt: skip


def _stops(session: Session, now: datetime) -> tuple[Stop, ...]:
    return tuple(
        Stop(tell(one), one.since, one.until, one.channel_id, one.agency, one.tag) for one in standing(session, now=now)
    )


# The plan and its channels ---------------------------------------------------------------------------------


def _plan(session: Session, problems: list[str]) -> Plan | None:
    try:
        return active_plan(session)
    except ContentError as error:
        problems.append(error.words)
        return None


def goals(plan: Plan) -> dict[str, TopicGoal]:
    """What the plan asks of each topic, by letter."""
    return {
        topic.letter: TopicGoal(
            topic.letter,
            topic.order,
            topic.label,
            topic.weight,
            topic.minimum_per_week,
            topic.minimum_per_month,
            topic.minimum_per_year,
        )
        for topic in plan.topics
    }


_SLOTS = columns(col(Slot.channel_id), col(Slot.weekday), col(Slot.minute), col(Slot.form))


def _channel_rules(session: Session, channels: Sequence[Channel]) -> tuple[ChannelRules, ...]:
    slots: dict[int, list[SlotTime]] = defaultdict(list)
    for channel_id, weekday, minute, form in session.connection().execute(_SLOTS):
        slots[channel_id].append(SlotTime(weekday, minute, form))
    return tuple(
        ChannelRules(
            id=one.id or 0,
            key=one.key,
            name=one.name,
            slots=tuple(slots[one.id or 0]),
            gap_minutes=one.gap_minutes,
            daily_most=one.daily_most,
            quiet_from=one.quiet_from,
            quiet_until=one.quiet_until,
            agency=one.agency,
        )
        for one in channels
    )


def _campaigns(session: Session, first: date) -> tuple[CampaignGoal, ...]:
    open_ones = select(Campaign).where(col(Campaign.ended_at).is_(None), col(Campaign.last) >= first)
    found = session.exec(open_ones.order_by(col(Campaign.id))).all()
    if not found:
        return ()
    ids = {key: number or 0 for key, number in session.exec(select(Channel.key, Channel.id))}
    posts: dict[int, set[int]] = defaultdict(set)
    numbers = [one.id or 0 for one in found]
    for number, post_id in session.exec(
        select(CampaignPost.campaign_id, CampaignPost.post_id).where(col(CampaignPost.campaign_id).in_(numbers))
    ):
        posts[number].add(post_id)
    return tuple(_campaign_goal(one, posts[one.id or 0], ids) for one in found)


def _campaign_goal(row: Campaign, posts: Iterable[int], ids: Mapping[str, int]) -> CampaignGoal:
    targets: Mapping[str, Any] = row.targets
    return CampaignGoal(
        id=row.id or 0,
        name=row.name,
        first=row.first,
        last=row.last,
        posts=frozenset(posts),
        # 0 is no channel: a campaign whose channels are all gone runs nowhere
        channels=frozenset(ids.get(key, 0) for key in row.channels),
        total=targets.get("total") or 0,
        topics=dict(targets.get("topics") or {}),
        per_channel={ids[key]: wanted for key, wanted in (targets.get("channels") or {}).items() if key in ids},
    )


# Posts -----------------------------------------------------------------------------------------------------


def _near(session: Session, posts: Sequence[Approved], others: Mapping[int, str]) -> dict[int, frozenset[int]]:
    """Post id -> the posts that say nearly the same, among the approved ones and what stands near the days."""
    hashes = {**others, **{post.id: post.content_hash for post in posts}}
    missing = set(_ALIKES.missing(hashes.values()))
    texts: dict[str, tuple[str, ...]] = {}
    for chunk in chunks(number for number, name in hashes.items() if name in missing):
        rows = session.exec(select(Post.content_hash, Post.body, Post.variants).where(col(Post.id).in_(chunk)))
        texts |= {name: texts_of_post(body, variants) for name, body, variants in rows}
    if texts:
        _ALIKES.learn(texts, set(hashes.values()))
    ids: dict[str, set[int]] = defaultdict(set)
    for number, name in hashes.items():
        ids[name].add(number)
    return {
        post.id: frozenset(number for name in _ALIKES.near(post.content_hash) for number in ids.get(name, ()))
        for post in posts
    }


# What stands and went out ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A post of the queue, or one that went out."""

    post_id: int
    channel_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What counts of its post."""

    topic: str
    audiences: tuple[str, ...]
    series: str
    part: int
    content_hash: str = ""


def as_used(row: Row, post: Facts) -> Used:
    """What the autopilot counts."""
    return Used(row.post_id, post.topic, row.at, row.channel_id, post.audiences, post.series, post.part)


def _since(first: date, posts: Sequence[Approved], campaigns: Sequence[CampaignGoal], desk: Desk) -> datetime:
    """How far back everything is counted: the year, the week, every cool-down, every campaign."""
    policy = desk.policy
    apart = max((policy.cool_down, policy.alike_days, *(post.facts.repeat_days for post in posts)))
    begin = min(
        date(first.year, 1, 1), first - timedelta(days=first.weekday()), first - timedelta(days=apart),
        *(one.first for one in campaigns),
    )  # fmt: skip
    return slot_times(begin, [0])[0]


def rows_since(session: Session, since: datetime, channels: Sequence[int] | None = None) -> list[Row]:
    """All that stands in the queue or went out from then on, and every part of a series before; on these channels, or
    on all."""
    facts = {"since": since} if channels is None else {"since": since, "channels": channels}
    return [Row(*row) for row in session.connection().execute(_rows(channels is None), facts)]


@cache
def _rows(everywhere: bool) -> Select[int, int, datetime]:
    series = select(Post.id).where(Post.series != "")
    these = () if everywhere else (col(Publication.channel_id).in_(bindparam("channels", expanding=True)),)
    return columns(col(Publication.post_id), col(Publication.channel_id), own_time()).where(
        col(Publication.part) == Part.POST,
        col(Publication.state).in_(spelled(sorted(OCCUPIES))),
        or_(col(Publication.due_at) >= bindparam("since"), col(Publication.post_id).in_(series)),
        *these,
    )


def facts_of(session: Session, posts: Iterable[int]) -> dict[int, Facts]:
    """What counts of these posts, by id."""
    found: dict[int, Facts] = {}
    for chunk in chunks(posts):
        for number, topic, audiences, series, part, content_hash in session.connection().execute(
            _FACTS, {"posts": chunk}
        ):
            found[number or 0] = Facts(topic, tuple(audiences), series, part, content_hash)
    return found


_FACTS = columns(
    col(Post.id), col(Post.topic), col(Post.audiences), col(Post.series), col(Post.series_part), col(Post.content_hash)
).where(col(Post.id).in_(bindparam("posts", expanding=True)))


def _lately(rows: Iterable[Row], facts: Mapping[int, Facts], first: date, last: date, days: int) -> dict[int, str]:
    """The posts that stand near enough to the days for their words to count: id -> content hash."""
    begin, end = (slot_times(on, [0])[0] for on in (first - timedelta(days=days), last + timedelta(days=days + 1)))
    return {row.post_id: facts[row.post_id].content_hash for row in rows if begin <= row.at < end}


def _before(session: Session, since: datetime, posts: Sequence[int]) -> dict[tuple[int, int], Before]:
    """What went out before all that is counted, parts of a series left out: those are counted in full."""
    found: dict[tuple[int, int], Before] = {}
    for chunk in chunks(posts):
        told = {"posts": chunk, "since": since}
        for post_id, channel_id, times, last in session.connection().execute(_went_before(), told):
            found[post_id, channel_id] = Before(times, last)
    return found


@cache
def _went_before() -> Select[int, int, int, datetime]:
    row = Publication
    return (
        columns(col(row.post_id), col(row.channel_id), func.count(), func.max(row.due_at))
        .where(
            col(row.post_id).in_(bindparam("posts", expanding=True)),
            col(row.post_id) == col(Post.id),
            col(Post.series) == "",
            col(row.part) == Part.POST,
            col(row.state).in_(spelled(sorted(OCCUPIES))),
            col(row.due_at) < bindparam("since"),
        )
        .group_by(col(row.post_id), col(row.channel_id))
    )


# What people said ------------------------------------------------------------------------------------------


def _wishes(session: Session, first: date) -> list[Wish]:
    return [Wish(*row) for row in session.connection().execute(_open_choices(), {"first": first})]


@cache
def _open_choices() -> Select[Any]:
    one = Choice
    facts: tuple[Any, ...] = (
        one.kind, one.post_id, one.channel_id, one.since, one.until, one.actor, one.reason, one.id,
    )  # fmt: skip
    lasts = or_(col(one.until).is_(None), col(one.until) >= bindparam("first"))
    return columns(*facts).where(col(one.ended_at).is_(None), lasts).order_by(col(one.id))


def _had(session: Session, first: date) -> list[Wish]:
    """What stood on a day and does not any more is not chosen for it again: a person may have cancelled it."""
    rows = session.connection().execute(_gone_since(), {"since": slot_times(first, [0])[0]})
    found = Counter((post_id, channel_id, local_day(at)) for post_id, channel_id, at in rows)
    return [Wish("veto", post_id, channel_id, on, on, reason=HAD) for post_id, channel_id, on in found]


@cache
def _gone_since() -> Select[int, int, datetime]:
    row = Publication
    return columns(col(row.post_id), col(row.channel_id), col(row.due_at)).where(
        col(row.due_at) >= bindparam("since"),
        col(row.part) == Part.POST,
        col(row.state).not_in(spelled(sorted(OCCUPIES))),
    )
