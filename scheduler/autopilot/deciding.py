"""What goes out where on the coming days, and why: a decision made of values, before anything is done."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from content.vietnamese import moment
from scheduler.autopilot.board import Board, Place
from scheduler.autopilot.explaining import reason, refusal, why_empty
from scheduler.autopilot.places import closed, paused, place_at
from scheduler.autopilot.rules import against
from scheduler.autopilot.running import Run
from scheduler.autopilot.shortfalls import Ended, shortfalls
from scheduler.autopilot.steady import best_plan
from scheduler.autopilot.values import Candidate, Decision, Gap, Outcome, Task
from scheduler.autopilot.weighing import Scale


def decide(task: Task) -> Outcome:
    """Fill the free slots of the task's days. The same task, in whatever order it is told, gives the same outcome."""
    run = Run(task)
    if not run.board.days:
        return Outcome()
    pins = len(run.steps)
    best_plan(run)
    return _told(run, pins)


def _told(run: Run, pins: int) -> Outcome:
    """The plan with its sentences, told in the order of time, the pins known beforehand."""
    board = run.board
    plan, pinned = dict(run.filled), {step.place for step in run.steps[:pins]}
    run.back_to(0)
    decisions: list[Decision] = []
    gaps: list[Gap] = []
    empty: list[Place] = []
    for index in sorted(plan, key=lambda index: (index not in pinned, index)):
        if index in pinned:
            decisions.append(_decision(board, plan[index], run.places[index]))
            run.put(index, plan[index])
    for index, place in enumerate(run.places):
        if index in pinned:
            continue
        if index in plan:
            decisions.append(_decision(board, plan[index], place))
            run.put(index, plan[index])
        else:
            words = closed(board, place) or why_empty(board, place)
            gaps.append(Gap(place.at, words, place.channel.id, place.channel.key))
            empty.append(place)
    decisions.sort(key=lambda one: (one.at, one.channel_key, one.channel_id))
    return Outcome(tuple(decisions), tuple(gaps), shortfalls(Ended(board, run.places, empty)))


def _decision(board: Board, one: Candidate, place: Place) -> Decision:
    pin = board.pin_for(one.post_id, place.channel.id, place.on)
    words = reason(board, one, place, pin)
    channel = place.channel
    return Decision(one.post_id, one.key, channel.id, channel.key, place.at, words, pin.id if pin else 0)


def coverage(task: Task, decisions: Iterable[Decision]) -> int:
    """How much of the plan's minimums is there with these decisions: the sum over topics and the periods that the
    task's days lie in of what is wanted and is there."""
    board = Board(task)
    channels = {one.id: one for one in task.channels}
    for one in decisions:
        board.put(board.candidates[one.post_id], place_at(channels[one.channel_id], one.at))
    return board.covered


# One place -------------------------------------------------------------------------------------------------


def alternatives(task: Task, channel_id: int, at: datetime, limit: int = 10) -> list[Decision]:
    """Other posts for this moment (aware) of a channel instead of what stands there, the best first.

    A place that no slot is for, or that is in quiet hours, is good enough where a person put something.
    """
    found = _place(task, channel_id, at)
    if found is None or at <= task.now:
        return []
    board, place = found
    if paused(board.task, place):
        return []
    there = {row.post_id for row in task.used if row.channel_id == channel_id and row.at == at}
    scale = Scale(board, place)
    able = [
        one for one in board.candidates.values()
        if one.post_id not in there and against(board, one, place) is None
    ]  # fmt: skip
    return [_decision(board, one, place) for one in sorted(able, key=scale.weigh)[:limit]]


def why_not(task: Task, post_id: int, channel_id: int, at: datetime) -> str:
    """Why the autopilot may not put this post on this channel at this moment (aware); empty: it may.

    What stands at that very moment is left out of account: the question is whether the post could be there instead.
    """
    found = _place(task, channel_id, at)
    if found is None:
        return "Kênh này đã tắt hoặc không có."
    board, place = found
    if at <= task.now:
        return f"Giờ {moment(at)} đã qua."
    one = board.candidates.get(post_id)
    if one is None:
        return "Bài chưa được duyệt, hoặc là bài nhạy cảm nên không tự xếp."
    return closed(board, place) or refusal(board, one, place)


def _place(task: Task, channel_id: int, at: datetime) -> tuple[Board, Place] | None:
    """The moment as a place, on a board without what stands there."""
    channel = next((one for one in task.channels if one.id == channel_id), None)
    if channel is None:
        return None
    place = place_at(channel, at)
    used = [row for row in task.used if row.channel_id != channel_id or row.at != at]
    return Board(replace(task, days=(place.on,), used=used)), place
