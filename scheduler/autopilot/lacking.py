"""Shortfalls as people read them: all that one topic lacks in one line, each reason said once.

A topic that is short is so in its week, its month and its year at once, mostly for one reason; as rows of their own
they read like many faults.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from scheduler.autopilot.values import Shortfall


def by_topic(shortfalls: Iterable[Shortfall]) -> tuple[Shortfall, ...]:
    """The minimums of one topic as one shortfall, from its first day to its last; campaigns and pins as they are.

    `wanted` and `have` are those of its first period: periods lie in each other, so their numbers do not add up.
    """
    topics: dict[str, list[Shortfall]] = defaultdict(list)
    others: list[Shortfall] = []
    for one in shortfalls:
        (topics[one.topic] if one.period else others).append(one)
    return (*(_one(several) for several in topics.values()), *others)


def _one(several: Sequence[Shortfall]) -> Shortfall:
    if len(several) == 1:
        return several[0]
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in several:
        reasons[one.why].append(f"{one.period} có {one.have}/{one.wanted}")
    told = [f"{', '.join(periods)} lượt đăng: {why}" for why, periods in reasons.items()]
    first = several[0]
    return replace(
        first,
        last=max(one.last for one in several),
        first=min(one.first for one in several),
        reason=f"{first.whose} {' Còn '.join(told)}",
    )
