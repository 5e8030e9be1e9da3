"""What the autopilot decides from and what it answers: values alone, no database, no clock, no randomness.

Whoever has the same `Task` gets the same `Outcome`. Moments are aware; days are local (Asia/Ho_Chi_Minh).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

COOL_DOWN_DAYS = 30
"""A post is not repeated on a channel before this many days have passed, unless it says otherwise."""
ALIKE_DAYS = 60
"""For so many days no other post with near the same words goes out on the channel."""


@dataclass(frozen=True, slots=True)
class TopicGoal:
    """What the plan asks of a topic: its weight, and how many publications on all channels together."""

    letter: str
    order: int
    label: str
    weight: int = 1
    per_week: int = 0
    per_month: int = 0
    per_year: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """An approved post, not sensitive, as the autopilot judges it."""

    post_id: int
    key: str
    title: str
    topic: str
    form: str
    channels: frozenset[int]
    """Ids of the channels that it is meant for and whose limits accept it."""
    audiences: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    agency: str = ""
    allowed_in_pause: bool = False
    evergreen: bool = True
    """False: it goes out once on a channel, and never again."""
    valid_from: date | None = None
    valid_to: date | None = None
    season: str = ""
    """ "MM-DD/MM-DD", perhaps over New Year; empty: the whole year."""
    repeat_days: int = 0
    """Its own cool-down in days; 0: `Task.cool_down`."""
    repeat_most: int = 0
    """At most so many times on one channel; 0: without end."""
    repeat_until: date | None = None
    series: str = ""
    series_part: int = 0
    alike: frozenset[int] = frozenset()
    """Ids of other posts that say nearly the same."""


@dataclass(frozen=True, slots=True)
class SlotTime:
    """A regular posting time of a channel: weekday (0 is Monday), minutes after midnight, the form it is kept for."""

    weekday: int
    minute: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """A channel and when something may be given an hour on it. Quiet hours may run over midnight."""

    id: int
    key: str
    name: str
    slots: tuple[SlotTime, ...] = ()
    gap_minutes: int = 0
    daily_most: int = 0
    quiet_from: int = 22 * 60
    quiet_until: int = 6 * 60
    agency: str = ""


@dataclass(frozen=True, slots=True)
class DayRule:
    """What holds on one local day, and the day's name."""

    name: str
    at_most: int | None = None
    """So many posts on a channel; None: as on every day."""
    without: frozenset[str] = frozenset()
    """Posts with one of these tags do not go out."""
    only: frozenset[str] = frozenset()
    """When set: only posts with one of these tags go out."""


@dataclass(frozen=True, slots=True)
class Used:
    """A post that stands in a channel's queue or went out on it, at `at` (aware)."""

    post_id: int
    topic: str
    at: datetime
    channel_id: int
    audiences: tuple[str, ...] = ()
    series: str = ""
    series_part: int = 0


class Before(NamedTuple):
    """How often a post went out on a channel before everything that `Task.used` tells, and when last (aware).

    Of a post that has no `repeat_most` it is only the least that it can be.
    """

    times: int
    last: datetime


class After(NamedTuple):
    """How often it stands there after all of that (as above), and when for the first and the last time (aware)."""

    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A pause, as far as it stops the autopilot. At most one of channel, agency, tag is set; none: everything."""

    words: str
    since: datetime
    until: datetime | None = None
    channel_id: int | None = None
    agency: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class CampaignGoal:
    """A campaign: its days, its posts, and how many publications are wanted in all, by topic and by channel."""

    id: int
    name: str
    first: date
    last: date
    posts: frozenset[int]
    channels: frozenset[int] = frozenset()
    """None in it: every channel."""
    total: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)
    per_channel: Mapping[int, int] = field(default_factory=dict)
    had: Mapping[tuple[str, int], int] = field(default_factory=dict)
    """(topic, channel) -> its publications before and after all of `Task.used`."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What staff told: this post on this channel on one of these days (pin), or not on any of them (veto)."""

    kind: str
    """pin or veto."""
    post_id: int
    channel_id: int | None
    since: date
    until: date | None
    actor: str = ""
    reason: str = ""
    id: int = 0
    post_key: str = ""
    """Its post, to be told also when it is no candidate."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything one decision is made from. `now` is aware: nothing is given an hour that is not after it."""

    days: Sequence[date]
    """The local days to fill, in order."""
    now: datetime
    channels: Sequence[ChannelRules]
    topics: Mapping[str, TopicGoal]
    candidates: Sequence[Candidate]
    used: Sequence[Used] = ()
    """What stands or went out near the days: at least in their weeks and months, every part of a series, and all of
    the posts that are pinned."""
    before: Mapping[tuple[int, int], Before] = field(default_factory=dict)
    """(post id, channel id) -> what went out there before all of `used`."""
    after: Mapping[tuple[int, int], After] = field(default_factory=dict)
    """(post id, channel id) -> what stands there after all of `used`."""
    went: Mapping[tuple[int, str], int] = field(default_factory=dict)
    """(year, topic) -> publications of that year that are not in `used`: only the year's minimums ask for them."""
    spent: Mapping[Candidate, frozenset[int]] = field(default_factory=dict)
    """The approved posts that go out once, were used on each of `channels` (which are all with slots that take them),
    and so are no candidates: one for all that are the same in what rules ask of them, without a number -> theirs."""
    rules: Mapping[date, DayRule] = field(default_factory=dict)
    stops: Sequence[Stop] = ()
    campaigns: Sequence[CampaignGoal] = ()
    wishes: Sequence[Wish] = ()
    cool_down: int = COOL_DOWN_DAYS
    alike_days: int = ALIKE_DAYS
    seed: str = ""
    """Only breaks ties between posts that are equal in everything else."""


@dataclass(frozen=True, slots=True)
class Decision:
    """This post in this slot, for this reason, one Vietnamese sentence a person can check. `at` is aware."""

    post_id: int
    key: str
    channel_id: int
    channel_key: str
    at: datetime
    reason: str
    pin_id: int = 0
    """The wish that it carries out; 0: none."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot that stays empty, and why, in one Vietnamese sentence."""

    at: datetime
    reason: str
    channel_id: int = 0
    channel_key: str = ""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What is wanted and will not be reached: a minimum of the plan, a campaign's target, a pin; dates, and why."""

    topic: str
    first: date
    last: date
    wanted: int
    have: int
    """Publications that went out or stand in the queue after this plan, between the two days."""
    reason: str
    campaign_id: int = 0
    wish_id: int = 0
    """The pin that these days could not carry out; 0: none."""
    post_key: str = ""
    """The pinned post, where it is known."""
    whose: str = ""
    """Of a minimum of the plan: "Điểm d (Một cửa)"; with the next two it makes `reason`."""
    period: str = ""
    """"tuần 23/11–29/11/2026"; empty for campaigns and pins."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, what stays empty, and what the plan asks for and will not get."""

    decisions: tuple[Decision, ...] = ()
    gaps: tuple[Gap, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
