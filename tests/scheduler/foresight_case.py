"""A month as values, made by hand: nothing behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from connectors.base import Part
from content.vietnamese import LOCAL
from scheduler.autopilot.values import Candidate, ChannelRules, SlotTime, Task, TopicGoal
from scheduler.foresight import foresee
from scheduler.foresight.values import ChannelFacts, Forecast, Item, PostFacts, Snapshot, Standing
from scheduler.lifecycle import State
from tests.conftest import NOW

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
FANPAGE = ChannelFacts(
    1, "fanpage", "Fanpage tỉnh", "facebook", "Facebook", "FB", "connected", quiet_from=1320, quiet_until=360
)
POST = PostFacts(1, "bai-1", "Giữ giấy hẹn", "d", approved=True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026, local."""
    return datetime(2026, 11, day, hour, minute, tzinfo=LOCAL)


def row(number: int, when: datetime, post: int = 1, channel: int = 1, **facts: Any) -> Standing:
    """An item that stands in the queue; late by at most three hours."""
    state = facts.pop("state", State.SCHEDULED)
    until = facts.pop("late_until", when + timedelta(hours=3))
    return Standing(number, post, channel, when, facts.pop("part", Part.POST), state, late_until=until, **facts)


def snapshot(
    rows: Sequence[Standing] = (),
    posts: Sequence[PostFacts] = (POST,),
    channels: Sequence[ChannelFacts] = (FANPAGE,),
    *,
    task: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Snapshot:
    """Everything told, at NOW; without slots the autopilot adds nothing."""
    topics = {"d": TopicGoal("d", 4, "Một cửa", per_week=1)}
    whole = Task((), NOW, (), topics, (), **(task or {})) if not task or "channels" not in task else None
    if whole is None:
        assert task is not None
        whole = replace(Task((), NOW, (), topics, ()), **task)
    return Snapshot(
        NOW, FIRST, LAST, whole, time(16), 2, {one.id: one for one in posts}, {one.id: one for one in channels},
        rows, **facts,
    )  # fmt: skip


def slots(*hours: int) -> ChannelRules:
    """The rules of the Fanpage: these hours on every day."""
    times = tuple(SlotTime(weekday, hour * 60) for weekday in range(7) for hour in hours)
    return ChannelRules(FANPAGE.id, FANPAGE.key, FANPAGE.name, times)


def candidate(post: PostFacts, **facts: Any) -> Candidate:
    """The post as the autopilot sees it."""
    return Candidate(post.id, post.key, post.title, post.topic, "van_ban", frozenset({FANPAGE.id}), **facts)


def forecast(*rows: Standing, **facts: Any) -> Forecast:
    """What would come of it."""
    return foresee(snapshot(rows, **facts))


def only(found: Forecast) -> Item:
    """Its one item."""
    [item] = found.items
    return item
