"""How the whole product stands, asked of the database: what any process tells of it is the same.

Every question is bounded, however large the tables have become: the last day, the newest row of a kind, what came due.
Only the depth counts every open item, from its index: it grows with the plan that lies ahead, not with the years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col
from sqlmodel import select as rows

from connectors.base import Part
from scheduler.access import Platforms, renews
from scheduler.channels import OFF
from scheduler.lanes import may_be_written_to
from scheduler.lifecycle import OPEN, WAITING
from scheduler.signs import ALIVE, Who
from scheduler.tables import Attempt, Channel, Credential, Heartbeat, JobRun, Publication

LATELY = timedelta(days=1)
"""Lateness and outcomes are told of this time."""
PUBLISHED_MOST, ATTEMPTS_MOST, CHANNELS_MOST = 20_000, 20_000, 1_000
"""No more rows are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class ChannelPulse:
    """One channel by its key."""

    key: str
    platform: str
    connected: bool
    access_ends_at: datetime | None
    """When the access ends for good; None: it renews itself, or the platform did not tell."""
    left: Mapping[str, int]
    """Budget -> what is left of it in the window that runs."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One look; times are aware UTC, lateness is in seconds."""

    lateness: Sequence[float]
    """Of each post that became public lately: how long after its hour; before it counts as 0."""
    depth: Mapping[tuple[str, str], int]
    """(state, channel key) -> items that are not at their end."""
    outcomes: Mapping[tuple[str, str], int]
    """(action, outcome) -> tries of lately that have ended; an outcome is ok or the class of an error."""
    overdue: float
    """Seconds since the oldest item that may go out and that nobody took came due; 0 while there is none."""
    channels: Sequence[ChannelPulse]
    clock_at: datetime | None
    clocks: int
    workers: int
    jobs: Mapping[str, datetime | None]
    """Calendar job -> when it last ended well; None: never."""


def pulse(session: Session, platforms: Platforms, jobs: Sequence[str], *, now: datetime) -> Pulse:
    """Look once; `jobs` are the names of the calendar jobs."""
    channels = session.exec(
        rows(Channel).where(col(Channel.state) != OFF).order_by(col(Channel.id)).limit(CHANNELS_MOST)
    ).all()
    clock_at, clocks, workers = _signs(session, now)
    return Pulse(
        lateness=_lateness(session, now),
        depth=_depth(session),
        outcomes=_outcomes(session, now),
        overdue=_overdue(session, now),
        channels=_channels(session, platforms, channels, now),
        clock_at=clock_at,
        clocks=clocks,
        workers=workers,
        jobs=_jobs(session, jobs),
    )


def last_clock(session: Session, owner: str) -> datetime | None:
    """The last sign of life of one clock, named as it signs."""
    return session.exec(rows(Heartbeat.at).where(Heartbeat.owner == owner)).first()


def _lateness(session: Session, now: datetime) -> list[float]:
    statement = (
        select(col(Publication.due_at), col(Publication.published_at))
        .where(col(Publication.published_at) > now - LATELY, col(Publication.part) == Part.POST)
        .order_by(col(Publication.published_at).desc())
        .limit(PUBLISHED_MOST)
    )
    return [max(0.0, (out - due).total_seconds()) for due, out in session.connection().execute(statement) if out]


def _depth(session: Session) -> dict[tuple[str, str], int]:
    statement = (
        select(col(Publication.state), col(Channel.key), func.count())
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(col(Publication.state).in_(sorted(OPEN)))
        .group_by(col(Publication.state), col(Channel.key))
    )
    return {(state, key): count for state, key, count in session.connection().execute(statement)}


def _outcomes(session: Session, now: datetime) -> dict[tuple[str, str], int]:
    newest = session.exec(rows(func.max(Attempt.id))).one() or 0
    statement = (
        select(col(Attempt.action), col(Attempt.outcome), func.count())
        .where(
            col(Attempt.id) > newest - ATTEMPTS_MOST,
            col(Attempt.started_at) > now - LATELY,
            col(Attempt.outcome) != "",
        )
        .group_by(col(Attempt.action), col(Attempt.outcome))
    )
    return {(action, outcome): count for action, outcome, count in session.connection().execute(statement)}


def _overdue(session: Session, now: datetime) -> float:
    """What waits on a channel that may not be written to is told by that channel; nobody can take it."""
    waits = (
        rows(func.min(Publication.next_attempt_at))
        .join(Channel, col(Channel.id) == col(Publication.channel_id))
        .where(
            col(Publication.state).in_(WAITING),
            col(Publication.next_attempt_at) <= now,
            may_be_written_to(),
        )
    )
    oldest = session.exec(waits, params={"now": now}).one()
    return (now - oldest).total_seconds() if oldest else 0.0


def _channels(session: Session, platforms: Platforms, channels: Sequence[Channel], now: datetime) -> list[ChannelPulse]:
    ends = session.exec(
        rows(Credential.channel_id, Credential.expires_at).order_by(col(Credential.channel_id)).limit(CHANNELS_MOST)
    ).all()
    ending = dict(ends)
    meters = platforms.meters(session.connection(), channels, now=now)
    return [
        ChannelPulse(
            channel.key,
            channel.platform,
            channel.state == "connected",
            None if renews(channel.platform) else ending.get(channel.id or 0),
            {name: left.units for name, left in meter.left.items()},
        )
        for channel, meter in zip(channels, meters, strict=True)
    ]


def _signs(session: Session, now: datetime) -> tuple[datetime | None, int, int]:
    """The last sign of any clock, and how many clocks and workers are alive."""
    found = session.exec(rows(Heartbeat.kind, Heartbeat.at)).all()
    alive = [kind for kind, at in found if at > now - ALIVE]
    clocks = [at for kind, at in found if kind == Who.CLOCK]
    return max(clocks, default=None), alive.count(Who.CLOCK), alive.count(Who.WORKER)


def _jobs(session: Session, jobs: Sequence[str]) -> dict[str, datetime | None]:
    """One statement, in which each job's newest good run is found from the end of its index."""
    if not jobs:
        return {}
    each = [
        rows(JobRun.finished_at)
        .where(JobRun.job == job, JobRun.outcome == "ok")
        .order_by(col(JobRun.slot).desc())
        .limit(1)
        .scalar_subquery()
        .label(f"job_{place}")
        for place, job in enumerate(jobs)
    ]
    found = session.connection().execute(select(*each)).one()
    return dict(zip(jobs, found, strict=True))
