"""What the watch decides from: values of one moment. Moments are aware, days are local."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from scheduler.autopilot.values import DayRule


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel, its regular hours, and the end of its access."""

    id: int
    key: str
    name: str
    state: str
    words: str
    agency: str
    created_at: datetime
    expires_at: datetime | None = None
    renews: bool = False
    """Whether the access is renewed without a person."""
    slots: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """Weekday (0 is Monday) -> minutes after midnight."""
    is_read: bool = True
    """Whether its own figures came in the last days (see `access.UNREAD`)."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """A publication that somebody may have to look at."""

    id: int
    title: str
    post_key: str
    channel_id: int
    due_at: datetime
    state: str
    held_by: str
    problem: str
    fence: int


@dataclass(frozen=True, slots=True)
class PauseFacts:
    """A pause; see `scheduler.tables.Pause`. `told`: its sentence."""

    id: int
    since: datetime
    until: datetime | None
    ended_at: datetime | None
    ended_by: str
    started_by: str
    told: str
    channel_id: int | None = None
    agency: str = ""
    tag: str = ""

    def covers(self, channel: ChannelFacts, at: datetime) -> bool:
        """Whether everything of the channel is stopped at that moment; a pause of a tag stops only some posts."""
        if self.tag or at < self.since or (self.over is not None and at >= self.over):
            return False
        return self.channel_id in (None, channel.id) and self.agency in ("", channel.agency)

    @property
    def over(self) -> datetime | None:
        """When it ended or will end; None: nobody knows yet."""
        ends = [one for one in (self.until, self.ended_at) if one is not None]
        return min(ends, default=None)


@dataclass(frozen=True, slots=True)
class RefreshFacts:
    """Tries to renew an access that came to nothing, since the last one that worked."""

    channel_id: int
    version: int
    failed: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class QuotaFacts:
    """One budget in one window, held against the queue."""

    scope: str
    name: str
    words: str
    """What is counted, as staff read it after a number."""
    channels: str
    first: date
    """The window's first local day."""
    monthly: bool
    left: int
    wanted: int
    """Units that the queue will use up in the window."""
    path: str


@dataclass(frozen=True, slots=True)
class JobFacts:
    """The newest run of a calendar job."""

    name: str
    words: str
    slot: datetime
    started_at: datetime
    outcome: str
    told: str


@dataclass(frozen=True, slots=True)
class PortalFacts:
    """A feed that could not be read for a while."""

    key: str
    name: str
    since: datetime
    words: str


@dataclass(frozen=True, slots=True)
class WayFacts:
    """A way of telling that does not work. `attempts`: how often in a row."""

    way: str
    target: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class DeadlineFacts:
    """A deadline that comes near: its plan and code, the reminder that was reached last (days), what is told."""

    plan: str
    code: str
    step: int
    words: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment."""

    now: datetime
    empty_day_at: time
    """From this local hour on tomorrow is looked at."""
    channels: Mapping[int, ChannelFacts] = field(default_factory=dict)
    filled: frozenset[tuple[int, date]] = frozenset()
    """Channel and local day of everything that stands in the queue or went out, today and tomorrow."""
    days_off: Mapping[date, str] = field(default_factory=dict)
    """The office's days off with their names, without weekends."""
    rules: Mapping[date, DayRule] = field(default_factory=dict)
    pauses: Sequence[PauseFacts] = ()
    """Those in force, to come, or over since a day."""
    active: frozenset[int] = frozenset()
    """Channels on which something was published in the last days."""
    agencies: Mapping[str, str] = field(default_factory=dict)
    """Code -> short name, as far as somebody asked."""
    items: Sequence[ItemFacts] = ()
    held: Mapping[int, int] = field(default_factory=dict)
    """Channel -> how many items pauses hold there."""
    after_expiry: Mapping[int, tuple[int, datetime]] = field(default_factory=dict)
    """Channel -> how many queued items come after the end of its access, and when the first one does."""
    refreshes: Sequence[RefreshFacts] = ()
    quotas: Sequence[QuotaFacts] = ()
    jobs: Sequence[JobFacts] = ()
    portals: Sequence[PortalFacts] = ()
    ways: Sequence[WayFacts] = ()
    deadlines: Sequence[DeadlineFacts] = ()
    """Days by which agencies have to hand in, that are near while some have not."""
    workers: int | None = None
    """How many processes take what the clocks hand over; None: the clocks publish by themselves, or begin just now."""
    open: frozenset[str] = frozenset()
    """Causes that stood at the last look."""
