"""The occurrences of recurring posts that are not queued yet, as the calendar job will treat them: queued or left out.

The job asks `scheduler.slots` about each hour; this asks the same of what the snapshot tells. What is left out takes
nothing from anything else.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from connectors.base import Part
from content.vietnamese import day, local_day, moment
from scheduler.foresight.checks import Asked, troubles_of
from scheduler.foresight.values import RECURRENCE, Cause, Snapshot, Standing, Trouble
from scheduler.lifecycle import State
from scheduler.rows import OCCUPIES
from scheduler.slots import APART

RECURRING_WORDS = "Bài lặp lại theo lịch do người phụ trách đặt."
_LEAVES_OUT = frozenset({Cause.APPROVAL, Cause.VALIDITY, Cause.SEASON, Cause.PAUSE, Cause.QUIET, Cause.DAY})
"""Why an occurrence by itself is not queued. For any other reason it is queued, and does not go out."""


@dataclass
class _There:
    """What stands on a channel when an occurrence comes to it."""

    times: list[tuple[datetime, int]] = field(default_factory=list)
    """In order, each with its post."""
    a_day: Counter[date] = field(default_factory=Counter)
    burnt: set[tuple[datetime, int]] = field(default_factory=set)
    """When a post has an item that is over, which cannot be given to it again."""

    def take(self, row: Standing) -> None:
        insort(self.times, (row.at, row.post_id))
        self.a_day[local_day(row.at)] += 1

    def near(self, at: datetime, apart: timedelta) -> Iterable[tuple[datetime, int]]:
        """What stands less than `apart` before or after."""
        first, last = bisect_right(self.times, at - apart, key=_time), bisect_left(self.times, at + apart, key=_time)
        return self.times[first:last]


def _time(one: tuple[datetime, int]) -> datetime:
    return one[0]


def occurrences(snapshot: Snapshot) -> tuple[list[Standing], list[Standing]]:
    """What the job would queue, and what it would leave out: of the latter each with what its neighbours do to it."""
    there: dict[int, _There] = defaultdict(_There)
    for row in snapshot.standing:
        if row.part != Part.POST:
            continue
        if row.state in OCCUPIES:
            there[row.channel_id].take(row)
        else:
            there[row.channel_id].burnt.add((row.at, row.post_id))
    queued, left_out = [], []
    for row in _in_the_jobs_order(snapshot):
        asked = Asked(row, snapshot.posts[row.post_id], snapshot.channels[row.channel_id], snapshot)
        if any(one.fails and one.cause in _LEAVES_OUT for one in troubles_of(asked)):
            left_out.append(row)
        elif crowd := tuple(_crowd(asked, there[row.channel_id])):
            left_out.append(replace(row, crowd=crowd))
        else:
            there[row.channel_id].take(row)
            queued.append(row)
    return queued, left_out


def _in_the_jobs_order(snapshot: Snapshot) -> list[Standing]:
    """Day by day, and on each day what was set up first; the snapshot has the newest first."""
    rows = [
        Standing(
            0, one.post_id, one.channel_id, at, Part.POST, State.SCHEDULED, origin=RECURRENCE, reason=RECURRING_WORDS
        )
        for one in reversed(snapshot.recurring)
        for at in one.moments
    ]
    return sorted(rows, key=lambda row: local_day(row.at))


def _crowd(asked: Asked, there: _There) -> Iterator[Trouble]:
    """What stands beside it and keeps it out, by the rules of the channel and of the day."""
    channel, at, on = asked.channel, asked.row.at, local_day(asked.row.at)
    itself = [when for when, post_id in there.near(at, APART) if post_id == asked.post.id]
    if itself:
        words = f"Chính bài này đã có một mục lúc {moment(itself[0])} trên kênh “{channel.name}”."
        yield asked.against(Cause.DOUBLE, words)
    elif (at, asked.post.id) in there.burnt:
        words = f"Chính bài này đã từng có một mục đúng lúc {moment(at)} trên kênh “{channel.name}”."
        yield asked.against(Cause.DOUBLE, words)
    near = [when for when, _ in there.near(at, timedelta(minutes=channel.gap_minutes))]
    if near:
        words = f"Kênh “{channel.name}” đã có mục lúc {moment(near[0])}, cách chưa đủ {channel.gap_minutes} phút."
        yield asked.against(Cause.RULES, words)
    if channel.daily_most and there.a_day[on] >= channel.daily_most:
        words = f"Kênh “{channel.name}” ngày {day(on)} đã đủ mức tối đa {channel.daily_most} bài mỗi ngày."
        yield asked.against(Cause.RULES, words)
    rule = asked.snapshot.task.rules.get(on)
    if rule is not None and rule.at_most is not None and there.a_day[on] >= rule.at_most:
        words = f"{rule.name}: mỗi kênh chỉ đăng tối đa {rule.at_most} bài trong ngày này."
        yield asked.against(Cause.DAY, words)
