"""One look at everything the watch decides from: a fixed number of statements, each by an index and with an end."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Select, and_, bindparam, case, func, or_, union_all
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors.base import Metric, Part
from content import office
from content.errors import ContentError
from content.plan import active_plan
from content.submissions import reminder_words, reminders
from content.tables import PortalSource, Post
from content.vietnamese import local_day
from scheduler.access import Platforms, renews
from scheduler.alarms.access import UNREAD
from scheduler.alarms.days import SILENT, is_silent
from scheduler.alarms.items import AHEAD, GOING, LATE, STOPPED
from scheduler.alarms.quotas import quotas
from scheduler.alarms.values import (
    ChannelFacts,
    DeadlineFacts,
    ItemFacts,
    JobFacts,
    PauseFacts,
    PortalFacts,
    RefreshFacts,
    Snapshot,
    WayFacts,
)
from scheduler.autopilot import slot_times
from scheduler.calendar_tables import NoticeDelivery
from scheduler.channels import OFF
from scheduler.days import rule_of
from scheduler.db import spelled
from scheduler.lifecycle import WAITING, Event, State
from scheduler.notices import cause_of, open_notices
from scheduler.pauses import tell
from scheduler.policy import Policy
from scheduler.rows import OCCUPIES, is_held, one_of, waits_for_a_person
from scheduler.signs import ALIVE, Who, alive
from scheduler.tables import Channel, Credential, JobRun, Pause, Publication, Reading, Slot, TokenRefresh

RECENT = timedelta(days=14)
"""What failed or was missed longer ago is history."""
PAUSES_SHOWN = timedelta(days=1)
ITEMS_MOST, PAUSES_MOST, WAYS_MOST = 300, 100, 60
_A_DAY = timedelta(days=1)
_QUEUED = (*WAITING, State.PREPARING, State.HELD)


def look(
    session: Session,
    platforms: Platforms,
    policy: Policy,
    jobs: Mapping[str, str],
    *,
    empty_day_at: time,
    by_workers: bool = False,
    now: datetime,
) -> Snapshot:
    """Everything as it stands at `now` (aware). `jobs`: the calendar jobs and what staff call them.
    `by_workers`: the clocks hand over what is due."""
    today = local_day(now)
    days = [today, today + _A_DAY]
    special, _whole = office.holidays_anyway(session, policy.plan_dir, days)
    rows = session.exec(_CHANNELS).all()
    channels = _channels(session, rows, now)
    seen = Snapshot(
        now=now,
        empty_day_at=empty_day_at,
        channels=channels,
        filled=_filled(session, days),
        days_off={on: one.name for on, one in special.items() if one.off},
        rules={on: rule for on, one in special.items() if (rule := rule_of(one)) is not None},
        pauses=_pauses(session, now),
        active=_active(session, now),
        items=_items(session, now),
        held=_held(session),
        after_expiry=_after_expiry(session, channels.values()),
        refreshes=_refreshes(session),
        quotas=quotas(session, platforms, [channel for channel, _ in rows if channel.state != OFF], now=now),
        jobs=_jobs(session, jobs),
        portals=_portals(session),
        ways=_ways(session, now),
        deadlines=_deadlines(session, today),
        workers=_workers(session, now) if by_workers else None,
        open=frozenset(cause_of(one) for one in open_notices(session)),
    )
    if any(one.agency and is_silent(seen, one) for one in channels.values()):
        return replace(seen, agencies=_agencies(session))
    return seen


# Channels --------------------------------------------------------------------------------------------------

# The statements are put together once: the watch looks every half hour of the day.
_CHANNELS = (
    select(Channel, Credential)
    .join(Credential, col(Credential.channel_id) == col(Channel.id), isouter=True)
    .order_by(Channel.key)
)
_SLOTS = columns(col(Slot.channel_id), col(Slot.weekday), col(Slot.minute))
_READ = columns(col(Channel.id)).where(
    columns(col(Reading.id))
    .where(
        col(Reading.channel_id) == col(Channel.id),
        col(Reading.metric) == Metric.FOLLOWERS,
        col(Reading.taken_at) > bindparam("since"),
    )
    .exists()
)
# not DISTINCT: for that a database would rather go through a channel's whole past than through some days
_ACTIVE = columns(col(Publication.channel_id)).where(col(Publication.published_at) >= bindparam("since"))
# from the few accesses to their tries: a channel has years of them
_TRIES = (
    columns(col(Credential.channel_id), col(Credential.version), func.count(), func.max(TokenRefresh.started_at))
    .join(
        TokenRefresh,
        and_(
            col(TokenRefresh.channel_id) == col(Credential.channel_id),
            col(TokenRefresh.credential_version) == col(Credential.version),
        ),
    )
    .where(col(TokenRefresh.outcome).in_(spelled(("refused", "unknown", "not_sent"))))
    .group_by(col(Credential.channel_id), col(Credential.version))
)


def _channels(
    session: Session, rows: Iterable[tuple[Channel, Credential | None]], now: datetime
) -> dict[int, ChannelFacts]:
    slots: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for channel_id, weekday, minute in session.connection().execute(_SLOTS):
        slots[channel_id][weekday].append(minute)
    read = set(session.connection().execute(_READ, {"since": now - UNREAD}).scalars())
    return {
        channel.id or 0: ChannelFacts(
            id=channel.id or 0,
            key=channel.key,
            name=channel.name,
            state=channel.state,
            words=channel.state_words,
            agency=channel.agency,
            created_at=channel.created_at,
            expires_at=access.expires_at if access else None,
            renews=renews(channel.platform),
            slots=slots.get(channel.id or 0, {}),
            is_read=channel.id in read,
        )
        for channel, access in rows
    }


def _active(session: Session, now: datetime) -> frozenset[int]:
    return frozenset(session.connection().execute(_ACTIVE, {"since": now - SILENT}).scalars())


def _after_expiry(session: Session, channels: Iterable[ChannelFacts]) -> dict[int, tuple[int, datetime]]:
    ending = [one for one in channels if one.expires_at is not None and not one.renews and one.state != OFF]
    if not ending:
        return {}
    over = or_(
        *(and_(col(Publication.channel_id) == one.id, col(Publication.due_at) > one.expires_at) for one in ending)
    )
    found = session.exec(
        select(Publication.channel_id, func.count(), func.min(Publication.due_at))
        .where(col(Publication.state).in_(_QUEUED), over)
        .group_by(col(Publication.channel_id))
    )
    return {channel_id: (count, first) for channel_id, count, first in found}


def _refreshes(session: Session) -> list[RefreshFacts]:
    """Of each access as it is now: tries that came to nothing. One that works makes a new version."""
    tries = session.connection().execute(_TRIES)
    return [RefreshFacts(*one) for one in tries]


# The queue -------------------------------------------------------------------------------------------------

_FILLED = columns(col(Publication.channel_id), col(Publication.due_at)).where(
    col(Publication.due_at) >= bindparam("begin"),
    col(Publication.due_at) < bindparam("end"),
    col(Publication.part) == Part.POST,
    one_of(OCCUPIES),
)
_HELD = (
    columns(col(Publication.channel_id), func.count())
    .where(is_held(Event.PAUSED))
    .group_by(col(Publication.channel_id))
)


def _filled(session: Session, days: Sequence[date]) -> frozenset[tuple[int, date]]:
    begin, end = slot_times(days[0], [0])[0], slot_times(days[-1], [24 * 60])[0]
    rows = session.connection().execute(_FILLED, {"begin": begin, "end": end})
    return frozenset((channel_id, local_day(due_at)) for channel_id, due_at in rows)


def _items(session: Session, now: datetime) -> list[ItemFacts]:
    """What may have to be told, the newest first: the last days by the time's index, older things by the state's."""
    told = {"now": now, "late": now - LATE, "recent": now - RECENT, "ahead": now + AHEAD}
    return [ItemFacts(*one) for one in session.connection().execute(_told_items(), told)]


@cache
def _told_items() -> Select[Any]:
    row = Publication
    state, due = col(row.state), col(row.due_at)
    waits = and_(state.in_(spelled(GOING)), due <= bindparam("late"))
    unapproved = is_held(Event.APPROVAL_LOST)
    recent = columns(col(row.id)).where(
        due >= bindparam("recent"),
        due <= bindparam("ahead"),
        one_of((*STOPPED, *GOING, State.HELD)),
        # said so that the time's index is used: a state may have very many rows far ahead, or long ago
        case((or_(state.in_(spelled(STOPPED)), waits, unapproved), 1), else_=0) == 1,
    )
    still_waits = and_(
        state.in_(spelled((State.SCHEDULED, State.READY, State.RETRY_WAIT))),
        col(row.next_attempt_at) <= bindparam("now"),
    )
    old = due < bindparam("recent")
    unknown = columns(col(row.id)).where(waits_for_a_person(State.NEEDS_PERSON), old)
    waiting = columns(col(row.id)).where(still_waits, old)
    facts = (
        row.id, Post.title, Post.key, row.channel_id, row.due_at, row.state, row.held_by, row.problem, row.fence,
    )  # fmt: skip
    return (
        columns(*cast("tuple[Any, ...]", facts))
        .where(col(row.post_id) == col(Post.id), col(row.id).in_(union_all(recent, unknown, waiting)))
        .order_by(due.desc(), col(row.id))
        .limit(ITEMS_MOST)
    )


def _held(session: Session) -> dict[int, int]:
    rows = session.connection().execute(_HELD)
    return {row[0]: row[1] for row in rows}


# The house -------------------------------------------------------------------------------------------------

_PAUSES = (
    select(Pause)
    .where(
        or_(col(Pause.ended_at).is_(None), col(Pause.ended_at) > bindparam("lately")),
        or_(col(Pause.until).is_(None), col(Pause.until) > bindparam("lately")),
    )
    .order_by(col(Pause.id).desc())
    .limit(PAUSES_MOST)
)
_FAILING = (
    select(PortalSource)
    .where(col(PortalSource.active).is_(True), PortalSource.failures > 0)
    .order_by(PortalSource.key)
)  # fmt: skip
_DELIVERIES = select(NoticeDelivery).order_by(col(NoticeDelivery.id).desc()).limit(WAYS_MOST)


def _pauses(session: Session, now: datetime) -> list[PauseFacts]:
    rows = session.exec(_PAUSES, params={"lately": now - PAUSES_SHOWN})
    return [
        PauseFacts(
            id=one.id or 0, since=one.since, until=one.until, ended_at=one.ended_at, ended_by=one.ended_by,
            started_by=one.started_by, told=tell(one), channel_id=one.channel_id, agency=one.agency, tag=one.tag,
        )
        for one in rows
    ]  # fmt: skip


def _jobs(session: Session, words: Mapping[str, str]) -> list[JobFacts]:
    """The newest run of each job, each by one step into the index."""
    if not words:
        return []
    rows = session.connection().execute(_newest_runs(tuple(words)))
    return [JobFacts(job, words[job], *facts) for job, *facts in rows]


@lru_cache(maxsize=4)
def _newest_runs(names: tuple[str, ...]) -> Select[Any]:
    newest = [
        columns(
            columns(col(JobRun.id)).where(col(JobRun.job) == name).order_by(col(JobRun.slot).desc()).limit(1)
            .scalar_subquery().label("id")
        )
        for name in names
    ]  # fmt: skip
    one = JobRun
    facts: tuple[Any, ...] = (one.job, one.slot, one.started_at, one.outcome, one.words)
    return columns(*facts).where(col(one.id).in_(union_all(*newest))).order_by(col(one.id))


def _portals(session: Session) -> list[PortalFacts]:
    rows = session.exec(_FAILING)
    return [PortalFacts(one.key, one.name, one.ok_at or one.created_at, one.words) for one in rows]


def _ways(session: Session, now: datetime) -> list[WayFacts]:
    """Ways whose last tries failed, as the newest deliveries tell; what was tried long ago says nothing of today."""
    rows = session.exec(_DELIVERIES).all()
    last: dict[tuple[str, str], NoticeDelivery] = {}
    for row in sorted(rows, key=lambda one: one.started_at or one.finished_at or now):
        if row.started_at and row.started_at > now - _A_DAY:
            last[row.way, row.target] = row
    return [
        WayFacts(one.way, one.target, one.started_at or now, one.words)
        for one in last.values()
        if one.state == "failed" or (one.state == "waiting" and one.attempts > 1)
    ]


def _workers(session: Session, now: datetime) -> int | None:
    """Those alive; None while every clock began so lately that the workers may still be starting beside it."""
    if not any(one.started_at <= now - ALIVE for one in alive(session, Who.CLOCK, now=now)):
        return None
    return len(alive(session, Who.WORKER, now=now))


def _agencies(session: Session) -> dict[str, str]:
    try:
        return {one.code: one.short for one in active_plan(session).agencies}
    except ContentError:
        return {}


def _deadlines(session: Session, today: date) -> list[DeadlineFacts]:
    try:
        plan = active_plan(session)
    except ContentError:
        return []
    return [
        DeadlineFacts(plan.code, one.standing.deadline.code, one.step, reminder_words(one))
        for one in reminders(session, plan, today)
    ]
