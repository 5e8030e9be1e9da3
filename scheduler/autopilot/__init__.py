"""Which approved post goes out next, and why: a decision made of values, before anything is done.

The plan gives topics weights; on each channel the topics' shares of a week are held to those weights. A
post is taken when its topic is the furthest behind, and among a topic's posts the one that was not seen
for the longest time. Every decision explains itself in one Vietnamese sentence a person can check.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from content.vietnamese import LOCAL, day

COOL_DOWN_DAYS = 30
"""A post is not repeated on a channel before this many days have passed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An approved post that this channel can carry and that may be chosen without a person."""

    post_id: int
    key: str
    title: str
    topic: str
    evergreen: bool
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class TopicGoal:
    """What the plan asks of a topic."""

    letter: str
    order: int
    label: str
    weight: int
    per_week: int


@dataclass(frozen=True, slots=True)
class Used:
    """A post that stands in this channel's queue or went out on it, at `at` (aware)."""

    post_id: int
    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """This post in this slot, for this reason. `at` is aware UTC."""

    post_id: int
    key: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A slot that stays empty, and why."""

    at: datetime
    reason: str


def fill_day(
    on: date,
    slots: Sequence[datetime],
    candidates: Sequence[Candidate],
    used: Sequence[Used],
    goals: Mapping[str, TopicGoal],
    *,
    rng: random.Random,
) -> tuple[list[Decision], list[Gap]]:
    """Fill one channel's free `slots` (aware) of the local day `on`.

    `used` is what the channel already has, past and queued. Same arguments, same decisions: `rng` only
    breaks ties between posts that are equal in everything else.
    """
    history = list(used)
    ties = {candidate.post_id: rng.random() for candidate in sorted(candidates, key=lambda one: one.key)}
    decisions: list[Decision] = []
    gaps: list[Gap] = []
    for at in sorted(slots):
        today = {row.topic for row in history if row.at.astimezone(LOCAL).date() == on}
        open_posts = [one for one in candidates if _may_run(one, on, history)]
        fresh_topics = [one for one in open_posts if one.topic not in today]
        if not fresh_topics:
            gaps.append(Gap(at, _why_empty(candidates, open_posts)))
            continue
        week = Counter(row.topic for row in history if _same_week(row.at, on))
        last = _last_used(history)
        chosen = min(fresh_topics, key=lambda one: _order(one, week, last, goals, ties))
        reason = _reason(chosen, week[chosen.topic], last.get(chosen.post_id), goals.get(chosen.topic))
        decisions.append(Decision(chosen.post_id, chosen.key, at, reason))
        history.append(Used(chosen.post_id, chosen.topic, at))
    return decisions, gaps


def _may_run(one: Candidate, on: date, history: Sequence[Used]) -> bool:
    if (one.valid_from and on < one.valid_from) or (one.valid_to and on > one.valid_to):
        return False
    times = [row.at for row in history if row.post_id == one.post_id]
    if times and not one.evergreen:
        return False
    return all(abs((at.astimezone(LOCAL).date() - on).days) >= COOL_DOWN_DAYS for at in times)


def _same_week(at: datetime, on: date) -> bool:
    return at.astimezone(LOCAL).date().isocalendar()[:2] == on.isocalendar()[:2]


def _last_used(history: Sequence[Used]) -> dict[int, datetime]:
    last: dict[int, datetime] = {}
    for row in history:
        last[row.post_id] = max(row.at, last.get(row.post_id, row.at))
    return last


def _order(
    one: Candidate,
    week: Counter[str],
    last: Mapping[int, datetime],
    goals: Mapping[str, TopicGoal],
    ties: Mapping[int, float],
) -> tuple[float, float, float, float]:
    """Smallest first: the topic furthest behind its weight, the heavier topic, the post unseen longest."""
    goal = goals.get(one.topic)
    weight = goal.weight if goal else 1
    seen = last.get(one.post_id)
    return (week[one.topic] / weight, -weight, seen.timestamp() if seen else 0.0, ties[one.post_id])


def _reason(one: Candidate, this_week: int, seen: datetime | None, goal: TopicGoal | None) -> str:
    label = f"điểm {one.topic} ({goal.label})" if goal else f"điểm {one.topic}"
    target = f" trên mức {goal.per_week} bài mỗi tuần" if goal and goal.per_week else ""
    heavy = f", hệ số {goal.weight} trong kế hoạch" if goal and goal.weight > 1 else ""
    fresh = (
        f"lần gần nhất đăng ngày {day(seen.astimezone(LOCAL).date())}" if seen else "bài chưa đăng lần nào ở kênh này"
    )
    behind = "mới có" if not goal or not goal.per_week or this_week < goal.per_week else "đã có"
    need = f"{label} tuần này {behind} {this_week} bài{target}{heavy}"
    return f"Chọn vì {need}; {fresh}; trong ngày chưa có bài cùng nội dung."


def _why_empty(candidates: Sequence[Candidate], open_posts: Sequence[Candidate]) -> str:
    if not candidates:
        return "Không có bài đã duyệt nào dùng được cho kênh này."
    if not open_posts:
        return "Các bài đã duyệt đều mới đăng gần đây hoặc ngoài thời gian hiệu lực."
    return "Trong ngày đã có bài của mọi nội dung còn bài để đăng."


def slot_times(on: date, minutes: Sequence[int]) -> list[datetime]:
    """The moments (aware, local) of slots given in minutes after midnight on the local day `on`."""
    midnight = datetime(on.year, on.month, on.day, tzinfo=LOCAL)
    return [midnight + timedelta(minutes=minute) for minute in sorted(minutes)]
