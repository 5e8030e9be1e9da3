"""What stands where, counted in every way that rules and weights ask for; a decision is put on it and taken back.

Built once for a task; each decision then costs a few additions, so that many plans can be tried.
"""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b

from content.vietnamese import local_day
from scheduler.autopilot.periods import MONTH, YEAR, Period, touched
from scheduler.autopilot.values import CampaignGoal, Candidate, ChannelRules, Task, Wish

PIN, VETO = "pin", "veto"
TOTAL = ""
"""The key of a campaign's count of everything; the others are a topic's letter and a channel's id."""


@dataclass(frozen=True, slots=True)
class Place:
    """One moment of one channel that a post may be put at. `at` is aware, `on` its local day."""

    channel: ChannelRules
    at: datetime
    on: date
    minute: int
    form: str = ""
    """The form that the slot is kept for; empty: any."""


@dataclass(frozen=True, slots=True)
class _Row:
    post_id: int
    topic: str
    channel_id: int
    on: date
    seconds: float
    audiences: tuple[str, ...]
    series: str
    part: int


class Board:
    """The task's history, indexed, with the decisions made so far on top of it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.days = tuple(sorted(set(task.days)))
        self.periods = touched(self.days)
        self.candidates = {one.post_id: one for one in sorted(task.candidates, key=lambda one: one.post_id)}
        self.alike: dict[int, set[int]] = defaultdict(set)
        for one in task.candidates:
            for other in one.alike - {one.post_id}:
                self.alike[one.post_id].add(other)
                self.alike[other].add(one.post_id)
        self.ties = {one.post_id: _tie(task.seed, one.key) for one in task.candidates}
        self.wishes: dict[int, list[Wish]] = defaultdict(list)
        for wish in sorted(task.wishes, key=_by_date):
            self.wishes[wish.post_id].append(wish)
        self.campaigns_of: dict[int, list[CampaignGoal]] = defaultdict(list)
        for campaign in sorted(task.campaigns, key=lambda one: one.id):
            for post_id in campaign.posts:
                self.campaigns_of[post_id].append(campaign)

        self.used_on: dict[tuple[int, int], list[date]] = defaultdict(list)
        """(post, channel) -> the days of its uses; of those that are summed up the nearest and the last."""
        self.more_on: dict[tuple[int, int], int] = {}
        """(post, channel) -> its uses on other days than these."""
        self.topics_on: dict[tuple[int, date], list[str]] = defaultdict(list)
        """(channel, day) -> the topics there, one for each post."""
        self.parts: dict[tuple[int, str], list[tuple[date, int]]] = defaultdict(list)
        """(channel, series) -> day and part of all that stands there."""
        self.times: dict[int, list[float]] = defaultdict(list)
        """Channel -> the moments that are taken, in order."""
        self.have = [Counter[str]() for _ in self.periods]
        """For each period: publications of each topic, on all channels."""
        self.cells: Counter[tuple[int, str, int]] = Counter()
        """(period, topic, channel) -> publications."""
        self.audiences: Counter[tuple[int, str]] = Counter()
        """(period, audience) -> publications."""
        self.campaign_have: Counter[tuple[int, str | int]] = Counter()
        self.covered = 0
        """The sum over topics and periods of what the plan wanted and has."""
        self.wanted = [{goal.letter: period.wanted(goal) for goal in task.topics.values()} for period in self.periods]
        self._within: dict[date, tuple[int, ...]] = {}
        self._put: list[_Row] = []
        self._count_far()
        for used in task.used:
            facts = (used.post_id, used.topic, used.channel_id, local_day(used.at), used.at.timestamp())
            self._add(_Row(*facts, used.audiences, used.series if used.series_part > 0 else "", used.series_part))
        for taken in self.times.values():
            taken.sort()

    def _count_far(self) -> None:
        """What is summed up in the task: uses, years, campaigns."""
        for key, before in self.task.before.items():
            self.used_on[key].append(local_day(before.last))
            self.more_on[key] = before.times - 1
        for key, after in self.task.after.items():
            days = sorted({local_day(after.first), local_day(after.last)})
            self.used_on[key] += days
            self.more_on[key] = self.more_on.get(key, 0) + after.times - len(days)
        for (year, topic), times in self.task.went.items():
            self._count_year(year, topic, times)
        for campaign in self.task.campaigns:
            for (topic, channel_id), times in campaign.had.items():
                if not campaign.channels or channel_id in campaign.channels:
                    for of in (TOTAL, topic, channel_id):
                        self.campaign_have[campaign.id, of] += times

    def _count_year(self, year: int, topic: str, times: int) -> None:
        for index, period in enumerate(self.periods):
            if period.kind == YEAR and period.first.year == year:
                self.have[index][topic] += times
                self.covered += min(times, self.wanted[index].get(topic, 0))

    @cached_property
    def posts_on(self) -> Mapping[tuple[int, date], frozenset[int]]:
        """(channel, day) -> the posts that the task tells there."""
        found: dict[tuple[int, date], set[int]] = defaultdict(set)
        for used in self.task.used:
            found[used.channel_id, local_day(used.at)].add(used.post_id)
        return {key: frozenset(posts) for key, posts in found.items()}

    # Changing ------------------------------------------------------------------------------------------

    def put(self, one: Candidate, place: Place) -> None:
        """Let the post stand at the place."""
        facts = (one.post_id, one.topic, place.channel.id, place.on, place.at.timestamp())
        row = _Row(*facts, one.audiences, one.series if one.series_part > 0 else "", one.series_part)
        self._put.append(row)
        self._add(row, in_order=True)

    def take_back(self) -> None:
        """Undo the last `put`."""
        row = self._put.pop()
        self.used_on[row.post_id, row.channel_id].pop()
        self.topics_on[row.channel_id, row.on].pop()
        if row.series:
            self.parts[row.channel_id, row.series].pop()
        taken = self.times[row.channel_id]
        del taken[bisect_left(taken, row.seconds)]
        self._count(row, -1)

    def _add(self, row: _Row, *, in_order: bool = False) -> None:
        self.used_on[row.post_id, row.channel_id].append(row.on)
        self.topics_on[row.channel_id, row.on].append(row.topic)
        if row.series:
            self.parts[row.channel_id, row.series].append((row.on, row.part))
        if in_order:
            insort(self.times[row.channel_id], row.seconds)
        else:
            self.times[row.channel_id].append(row.seconds)
        self._count(row, 1)

    def _count(self, row: _Row, step: int) -> None:
        topic = row.topic
        for index in self.within(row.on):
            have, wanted = self.have[index], self.wanted[index].get(topic, 0)
            before = have[topic]
            have[topic] = before + step
            self.covered += min(before + step, wanted) - min(before, wanted)
            if self.periods[index].kind == MONTH:
                self.cells[index, topic, row.channel_id] += step
                for audience in row.audiences:
                    self.audiences[index, audience] += step
        for campaign in self.campaigns_of.get(row.post_id, ()):
            if runs(campaign, row.channel_id, row.on):
                for key in (TOTAL, topic, row.channel_id):
                    self.campaign_have[campaign.id, key] += step

    # Reading -------------------------------------------------------------------------------------------

    def within(self, on: date) -> tuple[int, ...]:
        """The places, in `periods`, of those that the day lies in."""
        found = self._within.get(on)
        if found is None:
            found = tuple(index for index, one in enumerate(self.periods) if one.first <= on <= one.last)
            self._within[on] = found
        return found

    def month(self, on: date) -> int:
        """The place of the day's month in `periods`; -1 for a day that is not of the task."""
        return next((index for index in self.within(on) if self.periods[index].kind == MONTH), -1)

    def times_used(self, post_id: int, channel_id: int) -> int:
        """How often the post stands or went out on the channel, ever."""
        key = (post_id, channel_id)
        return len(self.used_on.get(key, ())) + self.more_on.get(key, 0)

    def last_seen(self, post_id: int, channel_id: int) -> date | None:
        """The latest day on which the post stands or went out on the channel."""
        return max(self.used_on.get((post_id, channel_id), ()), default=None)

    def count_on(self, channel_id: int, on: date) -> int:
        """How many posts stand or went out on the channel that day."""
        return len(self.topics_on.get((channel_id, on), ()))

    def pin_for(self, post_id: int, channel_id: int, on: date) -> Wish | None:
        """The pin that putting the post there would carry out."""
        for wish in self.wishes.get(post_id, ()):
            if wish.kind == PIN and covers(wish, channel_id, on) and not self.carried_out(wish):
                return wish
        return None

    def carried_out(self, pin: Wish) -> bool:
        """Whether the post stands where the pin wants it."""
        channels = [one.id for one in self.task.channels] if pin.channel_id is None else [pin.channel_id]
        days = (on for channel_id in channels for on in self.used_on.get((pin.post_id, channel_id), ()))
        return any(pin.since <= on and (pin.until is None or on <= pin.until) for on in days)

    def behind(self, letter: str, on: date) -> list[tuple[Period, int, int, float]]:
        """Of each period of the day with a minimum for the topic: have, wanted, and the share it is behind its time."""
        found = []
        for index in self.within(on):
            wanted = self.wanted[index].get(letter, 0)
            if wanted > 0:
                period, have = self.periods[index], self.have[index][letter]
                found.append((period, have, wanted, period.gone(on) - have / wanted))
        return found


def covers(wish: Wish, channel_id: int, on: date) -> bool:
    """Whether the wish speaks of this channel and this day."""
    return wish.channel_id in (None, channel_id) and wish.since <= on and (wish.until is None or on <= wish.until)


def runs(campaign: CampaignGoal, channel_id: int, on: date) -> bool:
    """Whether the campaign runs on this channel and this day."""
    return campaign.first <= on <= campaign.last and (not campaign.channels or channel_id in campaign.channels)


def _by_date(wish: Wish) -> tuple[date, date, int, str, int, int]:
    return (wish.until or date.max, wish.since, wish.post_id, wish.kind, wish.channel_id or 0, wish.id)


def _tie(seed: str, key: str) -> int:
    """Breaks ties between posts that are equal in everything else; knows nothing of any other post."""
    return int.from_bytes(blake2b(f"{seed}\n{key}".encode(), digest_size=8).digest(), "big")
