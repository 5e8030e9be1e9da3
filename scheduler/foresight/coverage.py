"""The coverage a month would reach: topic by channel, against what the plan asks for in these days."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from content.minimums import Minimums
from scheduler.autopilot.values import TopicGoal
from scheduler.foresight.values import CoverageLine, Grade, Item, Snapshot


def coverage_of(snapshot: Snapshot, items: Sequence[Item], done: Counter[tuple[str, int]]) -> tuple[CoverageLine, ...]:
    """Every topic in the plan's order. `done`: (topic, channel) -> what went out earlier in these days."""
    to_come: Counter[tuple[str, int]] = Counter()
    went = Counter(done)
    for item in items:
        if item.part == "post" and item.grade is not Grade.FAILS:
            (went if item.grade is Grade.DONE else to_come)[item.topic, item.channel_id] += 1
    lines = []
    for goal in sorted(snapshot.task.topics.values(), key=lambda one: one.order):
        cells = {number: went[goal.letter, number] + to_come[goal.letter, number] for number in snapshot.channels}
        lines.append(
            CoverageLine(
                goal.letter,
                goal.label,
                {number: count for number, count in cells.items() if count},
                sum(went[goal.letter, number] for number in snapshot.channels),
                sum(to_come[goal.letter, number] for number in snapshot.channels),
                wanted(goal, *whole_month(snapshot.first)),
            )
        )
    return tuple(lines)


def whole_month(first: date) -> tuple[date, date]:
    """The first and the last day of the day's month."""
    begins = first.replace(day=1)
    return begins, (begins + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def wanted(goal: TopicGoal, first: date, last: date) -> int:
    """What is asked of these days (domain 1.3), reckoned as everywhere."""
    return Minimums(goal.per_week, goal.per_month, goal.per_year).of(first, last)
