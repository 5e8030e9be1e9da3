"""How every channel stands, for people to look at: a handful of statements, however many channels there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from connectors import connector_class
from connectors.meter import Budget, Level
from scheduler.access import Platforms
from scheduler.lifecycle import WAITING
from scheduler.limits import left_of, levels
from scheduler.pauses import active, covers
from scheduler.tables import Channel, Credential, JobRun, Pause, Publication

CHECK = "check"
"""The calendar job that looks at every channel."""
CHANNELS_AT_ONCE = 200
"""Each with some budgets: SQLite refuses a condition of more than a thousand parts."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One channel, what its access is worth, and what waits for it. Times are aware UTC."""

    channel: Channel
    has_access: bool
    expires_at: datetime | None
    """When the access dies; None: it has no date."""
    renews: bool
    """Whether it is renewed by itself before that."""
    waiting: int
    """Publications that will go out by themselves."""
    too_late: int
    """Those of them whose hour comes after the access died, where nothing renews it."""
    left: Sequence[tuple[Budget, int]]
    """What is left of each limit that is counted here."""
    level: Level | None
    """What the platform told last of a limit that only it counts."""
    pauses: Sequence[Pause]
    """What holds it or every channel now."""


def standings(session: Session, platforms: Platforms, *, now: datetime, key: str | None = None) -> list[Standing]:
    """Every channel by its key, or the one called `key`."""
    statement = select(Channel, Credential).outerjoin(Credential, col(Credential.channel_id) == col(Channel.id))
    if key is not None:
        statement = statement.where(Channel.key == key)
    rows = session.exec(statement.order_by(Channel.key)).all()
    channels = {channel.id or 0: channel for channel, _ in rows}
    queued = _queued(session, key)
    left = left_of_many(
        session, {one: (channel, _budgets(platforms, channel)) for one, channel in channels.items()}, now=now
    )
    told = levels(session, channels.values(), now=now)
    pauses = active(session, now=now)
    return [_standing(channel, access, queued, left, told, pauses) for channel, access in rows]


def _standing(
    channel: Channel,
    access: Credential | None,
    queued: Mapping[int, tuple[int, int]],
    left: Mapping[int, Sequence[tuple[Budget, int]]],
    told: Mapping[int, Level],
    pauses: Sequence[Pause],
) -> Standing:
    number = channel.id or 0
    waiting, late = queued.get(number, (0, 0))
    renews = access is not None and access.refresh_at is not None
    return Standing(
        channel=channel,
        has_access=access is not None,
        expires_at=access.expires_at if access else None,
        renews=renews,
        waiting=waiting,
        too_late=0 if renews else late,
        left=left.get(number, ()),
        level=told.get(number),
        pauses=[one for one in pauses if covers(one, channel)],
    )


def left_of_many(
    session: Session, budgets: Mapping[int, tuple[Channel, Sequence[Budget]]], *, now: datetime
) -> dict[int, list[tuple[Budget, int]]]:
    """`left_of` for however many channels: databases limit how much one statement may ask."""
    pairs = list(budgets.items())
    found: dict[int, list[tuple[Budget, int]]] = {}
    for start in range(0, len(pairs), CHANNELS_AT_ONCE):
        found |= left_of(session, dict(pairs[start : start + CHANNELS_AT_ONCE]), now=now)
    return found


def _budgets(platforms: Platforms, channel: Channel) -> Sequence[Budget]:
    return connector_class(channel.platform).budgets(platforms.settings[channel.platform])


def _queued(session: Session, key: str | None) -> dict[int, tuple[int, int]]:
    """Channel id -> how many publications wait, and how many of them come after the access died. None: of all.

    Counted channel by channel within the index: its past is not read, nor the rows themselves.
    """
    waits = columns(func.count()).where(
        col(Publication.channel_id) == col(Channel.id), col(Publication.state).in_(WAITING)
    )
    late = waits.where(col(Publication.due_at) > col(Credential.expires_at))
    statement = columns(
        col(Channel.id),
        waits.correlate(Channel).scalar_subquery(),
        case((col(Credential.expires_at).is_(None), 0), else_=late.correlate(Channel, Credential).scalar_subquery()),
    ).outerjoin(Credential, col(Credential.channel_id) == col(Channel.id))
    if key is not None:
        statement = statement.where(col(Channel.key) == key)
    return {number: (count, after) for number, count, after in session.connection().execute(statement) if number}


def last_check(session: Session) -> datetime | None:
    """When the daily look at every channel ended last."""
    return session.exec(
        select(func.max(JobRun.finished_at)).where(JobRun.job == CHECK, col(JobRun.finished_at).is_not(None))
    ).one()
