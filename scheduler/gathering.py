"""Everything the autopilot decides from, as it stands now: read in a handful of statements, changed by nothing."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors.base import Part
from content.alike import Alikes, texts_of_post
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.tables import Campaign, CampaignPost, Post
from content.vietnamese import local_day
from scheduler.autopilot import CampaignGoal, ChannelRules, SlotTime, Stop, Task, TopicGoal, Wish
from scheduler.autopilot.board import PIN
from scheduler.calendar_tables import Choice
from scheduler.candidates import Approved, Unspent, chunks
from scheduler.channels import OFF
from scheduler.days import day_rules
from scheduler.db import spelled
from scheduler.history import (
    Near,
    Whole,
    as_used,
    facts_of,
    far,
    had_in,
    midnight,
    rows_near,
    standing_unchosen,
    went_in_years,
)
from scheduler.pauses import standing, tell
from scheduler.queue import Desk
from scheduler.rows import OCCUPIES
from scheduler.tables import Channel, Publication, Slot

HAD = "bài đã có một mục trong ngày này mà bị hủy hoặc không đăng được"
_CHANNELS = select(Channel).where(Channel.state != OFF).order_by(Channel.key)
_ALIKES = Alikes()
"""By content hash, so that it holds for every database that this process serves."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The task, and what kept a post out of it, one sentence each."""

    task: Task
    problems: tuple[str, ...]
    near: Near
    whole: Whole
    """The posts of which everything is in `Task.used`; of the others what is near the days."""
    asked: Mapping[frozenset[int], Sequence[int]]
    """Channels -> the posts of which the rest is in `Task.before` and `Task.after`."""
    uncounted: frozenset[int]
    """Those of them of which no rule asks how often they were used."""
    hashes: Mapping[int, str]
    """Post id -> the content that was looked at, of each candidate."""
    alike: Mapping[int, frozenset[int]]
    """Post id -> the posts that say nearly the same: of all that may be chosen, stand near the days, or are asked
    about; nothing of a post that is like no other."""


def task_for(
    session: Session, desk: Desk, days: Sequence[date], *, now: datetime, until: date | None = None,
    about: Collection[int] = (), where: Collection[int] = (),
) -> Task:  # fmt: skip
    """What the autopilot would decide from about these local days at `now` (aware). Reads only.

    No days: what is known of the days from today to `until`, for whoever fills in `Task.days` later. `about`: posts
    that are asked about, which are candidates though they can go out nowhere any more; `where`: channels that are asked
    about though they have no slots.
    """
    return gather(session, desk, days, now=now, until=until, about=about, where=where).task


def gather(
    session: Session, desk: Desk, days: Sequence[date], *, now: datetime, until: date | None = None,
    about: Collection[int] = (), where: Collection[int] = (),
) -> Gathered:  # fmt: skip
    """The same, with what is wrong with single posts and channels."""
    problems: list[str] = []
    first = min(days, default=local_day(now))
    last = max((*days, until or first))
    plan = _plan(session, problems)
    topics = goals(plan) if plan else {}
    channels = session.exec(_CHANNELS).all()
    near = Near.around(first, last, max((one.gap_minutes for one in channels), default=0))
    campaigns = _campaigns(session, first)
    wishes = (*_wishes(session, first), *_had(session, first, last))
    named = {*about, *(wish.post_id for wish in wishes), *(post_id for one in campaigns for post_id in one.posts)}
    library = desk.contents.approved(session)
    rules = _channel_rules(session, channels)
    planned = frozenset(one.id for one in rules if one.slots)
    # on a channel without slots a post may be free that is spent wherever slots are
    asked_for = Unspent(library, {}, None)
    if planned.issuperset(where):
        asked_for = desk.contents.unspent(library, channels, planned, named)
    posts, planned = asked_for.posts, planned.union(where)
    fitting = desk.fits.channels_of(session, posts, channels, problems)
    everywhere = frozenset(one.id for one in rules)
    whole = Whole.of(session, (wish.post_id for wish in wishes if wish.kind == PIN))
    rows = rows_near(session, near, whole)
    facts = facts_of(session, {row.post_id for row in rows})
    apart = timedelta(days=desk.policy.alike_days)
    unchosen = standing_unchosen(session, first - apart, last + apart)
    unchosen |= _asked_about(session, about, library, unchosen)
    alike = desk.contents.near(library, unchosen, lambda: _near(session, library, unchosen))
    places = {number: on & planned for number, on in fitting.channels.items()}
    more = {*about, *(other for number in about for other in alike.get(number, ()))}
    asked = _asked(posts, places, alike, dict.fromkeys(more, everywhere), whole.posts)
    uncounted = frozenset(post.id for post in posts if not post.facts.repeat_most)
    sums = far(session, near, asked, uncounted)
    sure = [post for post in posts if not planned & fitting.unsure.get(post.id, frozenset())]
    desk.contents.learn(asked_for, sure, places, sums.for_good)
    task = Task(
        days=tuple(days),
        now=now,
        channels=rules,
        topics=topics,
        candidates=tuple(
            desk.contents.candidate(post, fitting.channels[post.id], alike.get(post.id, frozenset())) for post in posts
        ),
        used=tuple(as_used(row, facts[row.post_id]) for row in rows),
        before=sums.before,
        after=sums.after,
        went=went_in_years(session, near, whole) if any(one.per_year for one in topics.values()) else {},
        spent=asked_for.spent,
        rules=day_rules(session, desk.policy, list(days) or _days_between(first, last)),
        stops=_stops(session, now),
        campaigns=tuple(replace(one, had=had_in(session, near, one, whole)) for one in campaigns),
        wishes=wishes,
        cool_down=desk.policy.cool_down,
        alike_days=desk.policy.alike_days,
        seed=plan.code if plan else "",
    )
    hashes = {post.id: post.content_hash for post in posts}
    return Gathered(task, tuple(dict.fromkeys(problems)), near, whole, asked, uncounted, hashes, alike)


def _asked(
    posts: Sequence[Approved], places: Mapping[int, frozenset[int]], alike: Mapping[int, frozenset[int]],
    more: Mapping[int, frozenset[int]], whole: Collection[int],
) -> dict[frozenset[int], list[int]]:  # fmt: skip
    """Channels -> the posts whose uses there are counted: each where it may be put, what is like it there as well, and
    more."""
    wanted = {post.id: places[post.id] for post in posts}
    for post in posts:
        for other in alike.get(post.id, ()):
            wanted[other] = wanted.get(other, frozenset()) | places[post.id]
    for number, channels in more.items():
        wanted[number] = wanted.get(number, frozenset()) | channels
    found: dict[frozenset[int], list[int]] = defaultdict(list)
    for number in sorted(wanted.keys() - whole):
        found[wanted[number]].append(number)
    return found


def _days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def as_told_now(session: Session, desk: Desk, task: Task) -> Task:
    """The task with what people may have said since it was gathered: rules of channels and days, pauses, wishes."""
    first = min(task.days)
    channels = session.exec(_CHANNELS).all()
    return replace(
        task, channels=_channel_rules(session, channels), rules=day_rules(session, desk.policy, task.days),
        stops=_stops(session, task.now), wishes=(*_wishes(session, first), *_had(session, first, max(task.days))),
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


def _asked_about(
    session: Session, about: Collection[int], library: Sequence[Approved], known: Mapping[int, str]
) -> dict[int, str]:
    """Post id -> content hash, of those of these posts that are known neither as approved nor as standing."""
    rest = set(about).difference(known)
    rest -= {post.id for post in library} if rest else set()
    return {number: one.content_hash for number, one in facts_of(session, rest).items() if one.content_hash}


def _near(session: Session, library: Sequence[Approved], unchosen: Mapping[int, str]) -> dict[int, frozenset[int]]:
    """Post id -> the posts that say nearly the same, among the approved ones and these others."""
    every = [*unchosen.items(), *((post.id, post.content_hash) for post in library)]
    hashes = {number: name for number, name in every if name}

    def read(missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        texts: dict[str, tuple[str, ...]] = {}
        for chunk in chunks(number for number, name in hashes.items() if name in missing):
            told = session.exec(select(Post.content_hash, Post.body, Post.variants).where(col(Post.id).in_(chunk)))
            texts |= {name: texts_of_post(body, variants) for name, body, variants in told}
        return texts

    ids: dict[str, set[int]] = defaultdict(set)
    for number, name in hashes.items():
        ids[name].add(number)
    return {
        number: frozenset(other for like in names for other in ids.get(like, ()))
        for name, names in _ALIKES.among(ids.keys(), read).items()
        for number in ids[name]
    }


# What people said ------------------------------------------------------------------------------------------


def _wishes(session: Session, first: date) -> list[Wish]:
    return [Wish(*row) for row in session.connection().execute(_open_choices(), {"first": first})]


@cache
def _open_choices() -> Select[Any]:
    one = Choice
    facts: tuple[Any, ...] = (
        one.kind, one.post_id, one.channel_id, one.since, one.until, one.actor, one.reason, one.id, Post.key,
    )  # fmt: skip
    lasts = or_(col(one.until).is_(None), col(one.until) >= bindparam("first"))
    open_ones = columns(*facts).where(col(one.post_id) == col(Post.id), col(one.ended_at).is_(None), lasts)
    return open_ones.order_by(col(one.id))


def _had(session: Session, first: date, last: date) -> list[Wish]:
    """What stood on a day and does not any more is not chosen for it again: a person may have cancelled it."""
    told = {"since": midnight(first), "until": midnight(last + timedelta(days=1))}
    rows = session.connection().execute(_gone_between(), told)
    found = Counter((post_id, channel_id, local_day(at)) for post_id, channel_id, at in rows)
    return [Wish("veto", post_id, channel_id, on, on, reason=HAD) for post_id, channel_id, on in found]


@cache
def _gone_between() -> Select[int, int, datetime]:
    row = Publication
    return columns(col(row.post_id), col(row.channel_id), col(row.due_at)).where(
        col(row.due_at) >= bindparam("since"),
        col(row.due_at) < bindparam("until"),
        col(row.part) == Part.POST,
        col(row.state).not_in(spelled(sorted(OCCUPIES))),
    )
