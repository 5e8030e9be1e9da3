"""The days to come, one after the other, as the calendar job would fill them: the same decision, made beforehand."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from connectors.base import Part
from content.vietnamese import LOCAL, clock, day, local_day
from scheduler.autopilot import decide
from scheduler.autopilot.board import PIN, covers
from scheduler.autopilot.values import Candidate, Decision, Gap, Shortfall, Used, Wish
from scheduler.foresight.recurrences import occurrences
from scheduler.foresight.values import AUTOPILOT, Snapshot, Standing
from scheduler.lifecycle import State

LEAD = timedelta(days=35)
"""Longer than the usual cool-down: what was queued before it hardly changes what a month may take."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What would be added to the queue, what would stay empty, and what the plan would not get."""

    added: tuple[Standing, ...]
    gaps: tuple[Gap, ...]
    shortfalls: tuple[Shortfall, ...]


def look_ahead(snapshot: Snapshot) -> Ahead:
    """Recurring posts and the autopilot's decisions from now to the last day."""
    again, left_out = occurrences(snapshot)
    task = snapshot.task
    known = {one.post_id: one for one in task.candidates}
    used = [*task.used, *(_used(row, snapshot, known) for row in again)]
    decisions: list[Decision] = []
    gaps: dict[tuple[int, datetime], Gap] = {}
    shortfalls = list(_too_late_pins(snapshot))
    for moment in plan_moments(snapshot):
        days = _days_after(moment, snapshot)
        outcome = decide(replace(task, days=days, now=moment, used=tuple(used)))
        for one in outcome.decisions:
            gaps.pop((one.channel_id, one.at), None)
            used.append(_as_used(one, known[one.post_id]))
        gaps |= {(one.channel_id, one.at): one for one in outcome.gaps}
        decisions += outcome.decisions
        # a period that goes on is told anew by every later run; what is over stays as it ended
        shortfalls = [*(one for one in shortfalls if one.last < days[0]), *outcome.shortfalls]
    rows = [*again, *left_out, *(_standing(one) for one in decisions)]
    told = tuple(one for one in shortfalls if one.first <= snapshot.last and one.last >= snapshot.first)
    return Ahead(tuple(rows), tuple(sorted(gaps.values(), key=lambda one: (one.at, one.channel_id))), told)


def _too_late_pins(snapshot: Snapshot) -> Iterator[Shortfall]:
    """Pins whose last day is before the days that the next run fills, and that nothing has carried out."""
    job = datetime.combine(local_day(snapshot.now), snapshot.plan_at, LOCAL)
    job = job if job > snapshot.now else job + timedelta(days=1)
    begins_on = local_day(job) + timedelta(days=1)
    for wish in snapshot.task.wishes:
        if wish.kind != PIN or wish.until is None or wish.until >= begins_on or _is_there(wish, snapshot.task.used):
            continue
        post = snapshot.posts.get(wish.post_id)
        at_once = "bấm “Xếp lịch ngay” nếu còn khung giờ trống, hoặc " if wish.until > local_day(snapshot.now) else ""
        words = (
            f"Ghim của {wish.actor} cho bài “{wish.post_key}” chưa thực hiện được: lần tự xếp tới, lúc {clock(job)} "
            f"ngày {day(local_day(job))}, chỉ xếp từ ngày {day(begins_on)}; hãy {at_once}tự tay lên lịch cho bài."
        )
        topic = post.topic if post else ""
        yield Shortfall(topic, wish.since, wish.until, 1, 0, words, wish_id=wish.id, post_key=wish.post_key)


def _is_there(pin: Wish, used: Iterable[Used]) -> bool:
    return any(one.post_id == pin.post_id and covers(pin, one.channel_id, local_day(one.at)) for one in used)


def plan_moments(snapshot: Snapshot) -> Iterator[datetime]:
    """When the calendar job will run, from now on, as long as it fills days that are asked for."""
    on = begins(snapshot)
    while on < snapshot.last:
        at = datetime.combine(on, snapshot.plan_at, LOCAL)
        if at > snapshot.now:
            yield at
        on += timedelta(days=1)


def begins(snapshot: Snapshot) -> date:
    """The day from which on the job is tried: today, or long enough before a month that is far ahead."""
    return max(local_day(snapshot.now), snapshot.first - LEAD)


def _days_after(moment: datetime, snapshot: Snapshot) -> tuple[date, ...]:
    on = local_day(moment)
    return tuple(on + timedelta(days=ahead) for ahead in range(1, snapshot.days_ahead + 1))


def _standing(one: Decision) -> Standing:
    return Standing(
        0, one.post_id, one.channel_id, one.at, Part.POST, State.SCHEDULED, origin=AUTOPILOT, reason=one.reason
    )


def _used(row: Standing, snapshot: Snapshot, known: dict[int, Candidate]) -> Used:
    post, one = snapshot.posts[row.post_id], known.get(row.post_id)
    audiences, series, part = (one.audiences, one.series, one.series_part) if one else ((), "", 0)
    return Used(row.post_id, post.topic, row.at, row.channel_id, audiences, series, part)


def _as_used(one: Decision, post: Candidate) -> Used:
    return Used(one.post_id, post.topic, one.at, one.channel_id, post.audiences, post.series, post.series_part)
