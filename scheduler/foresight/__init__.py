"""A month ahead, tried without writing or sending anything: what would stand in the queue, and what would become of it.

`snapshot.take` reads everything at one moment; `foresee` decides from those values alone. The days to come are
filled by the very decision that the calendar job will make (`simulate`); each item is asked what the queue will ask
at its hour (`checks`), and held against the others (`crowd`).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from connectors.base import Part
from content.vietnamese import day, local_day
from scheduler.foresight.checks import Asked, troubles_of
from scheduler.foresight.coverage import coverage_of
from scheduler.foresight.crowd import Found, crowded, out_of_order, over_budget, repeated
from scheduler.foresight.needs import needs_of
from scheduler.foresight.simulate import Ahead, begins, look_ahead
from scheduler.foresight.values import DayPlan, Forecast, Grade, Item, Snapshot, Trouble
from scheduler.lifecycle import State

ENDED = frozenset({State.CANCELLED, State.EXPIRED, State.WITHDRAWN})
"""These are no part of any plan."""


def foresee(snapshot: Snapshot) -> Forecast:
    """What the days of the snapshot would bring. Pure: the same snapshot, the same forecast."""
    ahead = look_ahead(snapshot)
    rows = [row for row in (*snapshot.standing, *ahead.added) if row.state not in ENDED]
    rows.sort(key=lambda row: (row.at, row.channel_id, row.id))
    asked = [
        Asked(row, snapshot.posts[row.post_id], snapshot.channels[row.channel_id], snapshot)
        for row in rows
        if row.post_id in snapshot.posts and row.channel_id in snapshot.channels
    ]
    troubles = _troubles(asked)
    budgets_found, budgets = over_budget(asked, _living(asked, troubles))
    _add(troubles, budgets_found)
    for look in (crowded, repeated, out_of_order):
        _add(troubles, look(asked, _living(asked, troubles)))
    since = max(snapshot.first, local_day(snapshot.now))
    items, done = [], _taken_down(snapshot)
    for place, one in enumerate(asked):
        on, item = local_day(one.row.at), _item(one, troubles[place])
        if since <= on <= snapshot.last:
            items.append(item)
        elif snapshot.first <= on < since and item.grade is Grade.DONE and item.part == Part.POST:
            done[item.topic, item.channel_id] += 1
    return Forecast(
        snapshot.now,
        snapshot.first,
        snapshot.last,
        tuple(snapshot.channels.values()),
        _days(snapshot, since, items, ahead),
        ahead.shortfalls,
        coverage_of(snapshot, items, done),
        budgets,
        needs_of(snapshot, items),
        _notes(snapshot),
    )


def _taken_down(snapshot: Snapshot) -> Counter[tuple[str, int]]:
    """(topic, channel) -> what was public in these days and was taken down: it counts for the plan, as everywhere."""
    return Counter(
        (snapshot.posts[row.post_id].topic, row.channel_id)
        for row in snapshot.standing
        if row.state == State.WITHDRAWN and row.part == Part.POST and row.post_id in snapshot.posts
        and snapshot.first <= local_day(row.at) <= snapshot.last
    )  # fmt: skip


def _troubles(asked: Sequence[Asked]) -> dict[int, list[Trouble]]:
    return {place: [] if one.row.state == State.PUBLISHED else troubles_of(one) for place, one in enumerate(asked)}


def _living(asked: Sequence[Asked], troubles: Found) -> list[int]:
    """The places of what would still go out: what fails takes nothing from the others."""
    return [place for place in range(len(asked)) if not _fails(troubles[place])]


def _fails(troubles: Sequence[Trouble]) -> bool:
    return any(one.fails for one in troubles)


def _add(troubles: Found, found: Found) -> None:
    for place, several in found.items():
        troubles[place] = [*troubles[place], *several]


def _item(one: Asked, troubles: Sequence[Trouble]) -> Item:
    done = one.row.state == State.PUBLISHED
    grade = Grade.DONE if done else Grade.FAILS if _fails(troubles) else Grade.WARN if troubles else Grade.GOES
    return Item(
        at=one.row.at,
        channel_id=one.channel.id,
        channel_key=one.channel.key,
        post_id=one.post.id,
        post_key=one.post.key,
        title=one.post.title,
        topic=one.post.topic,
        part=one.row.part,
        grade=grade,
        number=one.row.id,
        origin=one.row.origin,
        reason=one.row.reason,
        troubles=() if done else tuple(sorted(troubles, key=lambda trouble: not trouble.fails)),
    )


def _days(snapshot: Snapshot, since: date, items: Sequence[Item], ahead: Ahead) -> tuple[DayPlan, ...]:
    per_day: dict[date, list[Item]] = defaultdict(list)
    for item in items:
        per_day[local_day(item.at)].append(item)
    rules = snapshot.task.rules
    days = (since + timedelta(days=place) for place in range((snapshot.last - since).days + 1))
    return tuple(
        DayPlan(
            on,
            tuple(per_day[on]),
            tuple(gap for gap in ahead.gaps if local_day(gap.at) == on),
            rules[on].name if on in rules else "",
        )
        for on in days
    )


def _notes(snapshot: Snapshot) -> tuple[str, ...]:
    words = [
        "Giả định: thư viện, lịch chờ, khung giờ và quy tắc giữ nguyên như lúc chạy thử; không tính sự cố bất ngờ.",
    ]
    if (since := begins(snapshot)) > local_day(snapshot.now):
        words.append(
            f"Tháng còn xa: chỉ mô phỏng việc tự xếp lịch từ ngày {day(since)}; trước đó coi như không xếp gì."
        )
    if snapshot.planless:
        words.append("Chưa nạp kế hoạch tuyên truyền nên không có chỉ tiêu để so.")
    if not snapshot.channels:
        words.append("Chưa có kênh nào; hãy kết nối kênh trước.")
    return tuple(words)
