"""Why a new post never makes the plan worse: the plan is the best of those that older libraries had made.

A plan that takes place after place can lose by a new post: it is taken where another topic needed the place. So,
with G(n) the plan of the first n posts by number and D(n) the answer for them:

    D(n) = the better of G(n) and D(n-1) with post n in a place that had stayed empty

and D(n) is worth no less than D(n-1). Most days G(n) covers all that any plan could, and then it is the answer at
once. Else only few of the G are different: G(n) is also the plan of every library back to its newest chosen post,
and begins like the next one up to the place where that post stands.

Posts that people named for these days (a pin, a running campaign) are in every library: their word goes first.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from scheduler.autopilot.board import Board, Place
from scheduler.autopilot.places import closed
from scheduler.autopilot.rules import cool_down
from scheduler.autopilot.running import Run, Step, Value
from scheduler.autopilot.values import Candidate


def best_plan(run: Run) -> None:
    """Fill the run's places; `run` has its pins and nothing else."""
    most = most_coverage(run)
    run.go()
    if run.board.covered < most:
        _try_older_libraries(run)


class _Plan(NamedTuple):
    newest: int
    """The newest post chosen in it: it is the plan of the library from this post on."""
    value: Value
    steps: tuple[Step, ...]


def _try_older_libraries(run: Run) -> None:
    plans = {plan.newest: plan for plan in _greedy_plans(run)}
    best = plans[min(plans)]
    run.load(best.steps)
    empty = run.open_places()
    for one in run.board.candidates.values():
        if one.post_id in run.named:
            continue
        for index in empty:
            if run.fits(index, one):
                run.put(index, one)
        plan = plans.get(one.post_id)
        if plan is not None and plan.value >= run.value:
            run.load(plan.steps)
            empty = run.open_places()


def _greedy_plans(run: Run) -> list[_Plan]:
    """The different plans of all libraries, from the whole one to the one of named posts alone."""
    found = []
    while True:
        chosen = [
            (step.one.post_id, count) for count, step in enumerate(run.steps) if step.one.post_id not in run.named
        ]
        newest = max((post_id for post_id, _ in chosen), default=-1)
        found.append(_Plan(newest, run.value, tuple(run.steps)))
        if not chosen:
            return found
        count = min(count for post_id, count in chosen if post_id == newest)
        first = run.steps[count].place
        run.back_to(count)
        run.go(first, newest - 1)


# What no plan can exceed -----------------------------------------------------------------------------------


def most_coverage(run: Run) -> int:
    """What the plan's minimums could be covered to at most, told by the places and posts there are."""
    board = run.board
    rooms: dict[tuple[int, date], list[Place]] = defaultdict(list)
    for index, place in enumerate(run.places):
        if index not in run.filled and not closed(board, place):
            rooms[place.channel.id, place.on].append(place)
    days: dict[tuple[str, int], list[date]] = defaultdict(list)
    posts: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for (channel_id, on), places in rooms.items():
        there = board.topics_on.get((channel_id, on), ())
        forms = {place.form for place in places}
        able = [
            one for one in _could(run, places[0]) if one.topic not in there and ("" in forms or one.form in forms)
        ]  # fmt: skip
        for topic in {one.topic for one in able}:
            days[topic, channel_id].append(on)
        for one in able:
            posts[one.topic, channel_id][one.post_id] = _uses(board, one, channel_id)
    free = {key: _room(board, places) for key, places in rooms.items()}
    most = board.covered
    for index, period in enumerate(board.periods):
        gain = 0
        for letter, wanted in board.wanted[index].items():
            missing = max(wanted - board.have[index][letter], 0)
            gain += min(missing, sum(
                min(sum(period.first <= on <= period.last for on in found), sum(posts[topic, channel_id].values()))
                for (topic, channel_id), found in days.items() if topic == letter
            ))  # fmt: skip
        most += min(gain, sum(count for (_, on), count in free.items() if period.first <= on <= period.last))
    return most


def _could(run: Run, place: Place) -> Sequence[Candidate]:
    """The posts that may come to stand on the place's day, whatever is put on the days before."""
    # what is put on the days before may be the part of a series that another one waits for
    return run.open_posts(place) if place.on == run.board.days[0] else run.not_kept_out(place, but="series order")


def _uses(board: Board, one: Candidate, channel_id: int) -> int:
    """How often the post can be put on the channel within the task's days."""
    if not one.evergreen:
        return 1
    span = (board.days[-1] - board.days[0]).days
    often = 1 + span // max(cool_down(board, one), 1)
    return min(often, one.repeat_most - board.times_used(one.post_id, channel_id)) if one.repeat_most else often


def _room(board: Board, places: Sequence[Place]) -> int:
    """How many posts fit into these places of one channel on one day."""
    place = places[0]
    rule, standing = board.task.rules.get(place.on), board.count_on(place.channel.id, place.on)
    limits = [len(places)]
    if place.channel.daily_most:
        limits.append(place.channel.daily_most - standing)
    if rule is not None and rule.at_most is not None:
        limits.append(rule.at_most - standing)
    return min(limits)
