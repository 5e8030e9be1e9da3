"""One small office for examples: a page with two slots a day, eleven topics, and a Monday to fill."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from content.vietnamese import LOCAL, TOPIC_ORDER
from scheduler.autopilot import Candidate, ChannelRules, SlotTime, Task, TopicGoal, Used

MONDAY = date(2026, 11, 23)
SUNDAY_AT_FOUR = datetime(2026, 11, 22, 16, tzinfo=LOCAL)
GOALS = {
    letter: TopicGoal(letter, order, f"Nội dung {letter}", 2 if letter in "ikl" else 1, 1)
    for order, letter in enumerate(TOPIC_ORDER, 1)
}


def candidate(number: int, topic: str, **facts: Any) -> Candidate:
    values = {"form": "van_ban", "channels": frozenset({1, 2}), **facts}
    return Candidate(number, f"bai-{number:02}", f"Bài {number}", topic, **values)


def page(*minutes: int, number: int = 1, **facts: Any) -> ChannelRules:
    """A channel with these slots (minutes after midnight) on every day."""
    slots = tuple(SlotTime(weekday, minute) for weekday in range(7) for minute in minutes)
    return ChannelRules(number, f"kenh-{number}", f"Kênh {number}", **{"slots": slots, **facts})


def at(days: int, hour: int = 10, minute: int = 0) -> datetime:
    """An hour, so many days after the Monday."""
    return datetime(2026, 11, 23, hour, minute, tzinfo=LOCAL) + timedelta(days=days)


def used(number: int, topic: str, days: int, channel_id: int = 1, **facts: Any) -> Used:
    return Used(number, topic, at(days), channel_id, **facts)


def task(candidates: Sequence[Candidate], *minutes: int, **facts: Any) -> Task:
    """Fill the Monday's slots at `minutes` on one channel."""
    values: dict[str, Any] = {
        "days": [MONDAY], "now": SUNDAY_AT_FOUR, "channels": [page(*(minutes or (450, 690)))], "topics": GOALS, **facts,
    }  # fmt: skip
    return Task(candidates=candidates, **values)
