"""What items do to each other: the limits of a platform, the rules of a channel, the same thing said twice."""

import heapq
from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from connectors.base import Budget, Part
from connectors.meter import Rolling
from content.vietnamese import LOCAL, day, local_day, moment
from scheduler.foresight.checks import Asked
from scheduler.foresight.values import STAFF, BudgetLine, Cause, Snapshot, Trouble
from scheduler.lifecycle import State
from scheduler.limits import scope_of

SPENT_ALREADY = frozenset({State.READY, State.PUBLISHING, State.UNCONFIRMED, State.PUBLISHED, State.NEEDS_PERSON})
"""What stands here used its units when it was prepared."""
SHIFTS = 70
"""More windows than any forecast has: an item that finds none is given up."""

Found = dict[int, list[Trouble]]
"""Place among the items -> what was found."""


# Budgets -------------------------------------------------------------------------------------------------


@dataclass
class _Ledger:
    """What one budget is asked for, when."""

    budget: Budget
    spent: list[tuple[datetime, int]] = field(default_factory=list)

    def used(self, at: datetime) -> int:
        start = self.budget.window.start(at)
        return sum(units for when, units in self.spent if start < when <= at)

    def more_at(self, at: datetime) -> datetime:
        """When there will be more, as the queue reckons it (`scheduler.limits`)."""
        window = self.budget.window
        if isinstance(window, Rolling):
            return min(when for when, _ in self.spent if when > window.start(at)) + window.length
        return window.end(at)


def over_budget(items: Sequence[Asked], living: Iterable[int]) -> tuple[Found, tuple[BudgetLine, ...]]:
    """Of those places that are `living` the ones a platform's limit would stop or delay, and the fullest windows."""
    if not items:
        return {}, ()
    snapshot = items[0].snapshot
    ledgers = _ledgers(snapshot)
    asked = {key: _Ledger(one.budget, list(one.spent)) for key, one in ledgers.items()}
    queue = [(_begins(items[place]), place, 0) for place in living if _costs(items[place])]
    heapq.heapify(queue)
    found: Found = defaultdict(list)
    while queue:
        at, place, shifts = heapq.heappop(queue)
        one = items[place]
        wanted = [(ledgers[key], asked[key], units) for key, units in _keys(one) if key in ledgers]
        if not shifts:
            for _, whole, units in wanted:
                insort(whole.spent, (at, units))
        full = [(ledger, units) for ledger, _, units in wanted if ledger.used(at) + units > ledger.budget.amount]
        if not full:
            for ledger, _, units in wanted:
                insort(ledger.spent, (at, units))
            continue
        ledger, units = full[0]
        opens = ledger.more_at(at) if units <= ledger.budget.amount and shifts < SHIFTS else None
        trouble = _of_budget(one, ledger.budget, opens)
        if trouble is not None:
            found[place] = [trouble]
        if opens is not None and (trouble is None or not trouble.fails):
            heapq.heappush(queue, (opens, place, shifts + 1))
    return found, _fullest(snapshot, asked)


def _of_budget(one: Asked, budget: Budget, opens: datetime | None) -> Trouble | None:
    why = f"Hết hạn mức của {one.channel.label}: {budget.amount} {budget.words}."
    path = f"/kenh/{one.channel.key}"
    if opens is None:
        return Trouble(Cause.BUDGET, f"{why} Bài này cần nhiều hơn cả hạn mức.", path)
    return None if opens <= one.row.at else one.when_open_at(opens, Cause.BUDGET, why, path)


def _ledgers(snapshot: Snapshot) -> dict[tuple[str, str], _Ledger]:
    found: dict[tuple[str, str], _Ledger] = {}
    for channel in snapshot.channels.values():
        for budget in channel.budgets:
            key = (scope_of(budget.per, channel.platform, channel.id), budget.name)
            if budget.amount and key not in found:
                found[key] = _Ledger(budget, sorted(snapshot.spent.get(key, ())))
    return found


def _costs(one: Asked) -> Mapping[str, int]:
    if State(one.row.state) in SPENT_ALREADY:
        return {}
    if one.row.part == Part.BROADCAST:
        return one.snapshot.broadcast_costs.get(one.channel.id, {})
    return one.snapshot.costs.get((one.post.id, one.channel.id), {}) if one.row.part == Part.POST else {}


def _keys(one: Asked) -> list[tuple[tuple[str, str], int]]:
    per = {budget.name: budget.per for budget in one.channel.budgets}
    return [
        ((scope_of(per[name], one.channel.platform, one.channel.id), name), units)
        for name, units in _costs(one).items()
        if name in per
    ]


def _begins(one: Asked) -> datetime:
    """When it is prepared, and so when it spends: some hours ahead, a broadcast at its hour."""
    ahead = timedelta(0) if one.row.part == Part.BROADCAST else one.channel.prepare_ahead
    return max(one.snapshot.now, one.row.at - ahead)


def _fullest(snapshot: Snapshot, asked: Mapping[tuple[str, str], _Ledger]) -> tuple[BudgetLine, ...]:
    """Of each limit the window of these days in which most of it is asked for."""
    names = {f"channel:{one.id}": one.name for one in snapshot.channels.values()}
    names |= {f"app:{one.platform}": one.label for one in snapshot.channels.values()}
    since = max(snapshot.now, datetime.combine(snapshot.first, time(), LOCAL))
    lines = []
    for (scope, _name), ledger in asked.items():
        moments = [when for when, _ in ledger.spent if when >= since]
        if moments:
            most, when = max(
                ((ledger.used(at), at) for at in moments), key=lambda pair: (pair[0], -pair[1].timestamp())
            )
            lines.append(BudgetLine(names[scope], ledger.budget.words, ledger.budget.amount, most, local_day(when)))
    return tuple(lines)


# Rules and repeats ---------------------------------------------------------------------------------------


def crowded(items: Sequence[Asked], living: Iterable[int]) -> Found:
    """More in a day than the channel or the day allows, or too close to the item before; the later one is told.

    An occurrence that is not queued yet gives way instead (`scheduler.foresight.recurrences`).
    """
    found: Found = defaultdict(list)
    counts: dict[tuple[int, date], int] = defaultdict(int)
    before: dict[int, datetime] = {}
    for place in sorted(living, key=lambda one: items[one].row.at):
        one = items[place]
        if one.row.part != Part.POST:
            continue
        channel, on = one.channel, local_day(one.row.at)
        counts[channel.id, on] += 1
        rule = one.snapshot.task.rules.get(on)
        most = rule.at_most if rule else None
        if most is not None and counts[channel.id, on] > most:
            words = f"{rule.name if rule else ''}: mỗi kênh chỉ đăng tối đa {most} bài trong ngày này."
            found[place].append(Trouble(Cause.DAY, words, one.page, fails=False))
        elif channel.daily_most and counts[channel.id, on] > channel.daily_most:
            words = f"Kênh “{channel.name}” chỉ nên đăng tối đa {channel.daily_most} bài mỗi ngày."
            found[place].append(Trouble(Cause.RULES, words, one.page, fails=False))
        last, gap = before.get(channel.id), timedelta(minutes=channel.gap_minutes)
        if last is not None and one.row.at - last < gap:
            words = f"Cách bài trước trên kênh “{channel.name}” chưa đủ {channel.gap_minutes} phút."
            found[place].append(Trouble(Cause.RULES, words, one.page, fails=False))
        before[channel.id] = one.row.at
    return found


def repeated(items: Sequence[Asked], living: Iterable[int]) -> Found:
    """The same post, or one that says nearly the same, on the same channel too soon; the later one is told."""
    found: Found = defaultdict(list)
    if not items:
        return found
    snapshot = items[0].snapshot
    seen: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    for row in snapshot.task.used:
        if row.at < snapshot.now:
            insort(seen[row.channel_id, row.post_id], row.at)
    for (post_id, channel_id), before in snapshot.task.before.items():
        insort(seen[channel_id, post_id], before.last)
    for place in sorted(living, key=lambda one: items[one].row.at):
        one = items[place]
        if one.row.part != Part.POST:
            continue
        at, post = one.row.at, one.post
        cool_down = post.repeat_days or snapshot.task.cool_down
        earlier = _within(seen[one.channel.id, post.id], at, cool_down)
        if earlier is not None and one.row.origin == STAFF:
            words = f"Bài này đã có trên kênh “{one.channel.name}” lúc {moment(earlier)}, quá gần lần này."
            found[place].append(Trouble(Cause.DOUBLE, words, one.page, fails=False))
        near = snapshot.task.alike_days
        alike = ((_within(seen.get((one.channel.id, other), ()), at, near), other) for other in sorted(post.alike))
        told = next(((when, other) for when, other in alike if when is not None), None)
        if told is not None:
            other = snapshot.posts.get(told[1])
            name = f" “{other.title}”" if other else ""
            words = f"Lời gần giống bài{name} đăng trên cùng kênh ngày {day(local_day(told[0]))}."
            found[place].append(Trouble(Cause.ALIKE, words, one.page, fails=False))
        insort(seen[one.channel.id, post.id], at)
    return found


def out_of_order(items: Sequence[Asked], living: Iterable[int]) -> Found:
    """A part of a series before the part before it, or while that one would not go out on the channel at all."""
    found: Found = defaultdict(list)
    if not items:
        return found
    there = _parts_elsewhere(items)
    for place in sorted(living, key=lambda one: items[one].row.at):
        one, post = items[place], items[place].post
        if one.row.part != Part.POST or not post.series:
            continue
        before = there.get((one.channel.id, post.series, post.series_part - 1))
        if post.series_part > 1 and (before is None or before > one.row.at):
            words = (
                f"Phần {post.series_part} của loạt bài “{post.series}” mà phần {post.series_part - 1} chưa lên kênh "
                f"“{one.channel.name}” trước đó; hãy đổi giờ mục này, hoặc xếp phần {post.series_part - 1} trước."
            )
            found[place].append(Trouble(Cause.SERIES, words, one.page, fails=False))
        there.setdefault((one.channel.id, post.series, post.series_part), one.row.at)
    return found


def _parts_elsewhere(items: Sequence[Asked]) -> dict[tuple[int, str, int], datetime]:
    """(channel, series, part) -> when first, of what is none of the items: what went out before these days or was taken
    down since, and what is late and has its turn in them."""
    snapshot = items[0].snapshot
    shown = {(one.channel.id, one.post.id) for one in items}
    told_from = min(snapshot.first, local_day(snapshot.now))
    parts = [
        (one.at, one.channel_id, one.series, one.series_part)
        for one in snapshot.task.used
        if one.series and (local_day(one.at) < told_from or (one.channel_id, one.post_id) not in shown)
    ]
    parts += [
        (row.at, row.channel_id, snapshot.posts[row.post_id].series, snapshot.posts[row.post_id].series_part)
        for row in snapshot.standing
        if row.state == State.WITHDRAWN and row.part == Part.POST and row.post_id in snapshot.posts
    ]
    return {(channel_id, series, part): at for at, channel_id, series, part in sorted(parts, reverse=True)}


def _within(times: Sequence[datetime], at: datetime, days: int) -> datetime | None:
    """The last of these moments, if it is less than so many local days before `at`."""
    return times[-1] if times and (local_day(at) - local_day(times[-1])).days < days else None
