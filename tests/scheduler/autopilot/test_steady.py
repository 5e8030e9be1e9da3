"""A new post never makes the plan worse, and a place that stayed empty in the better plan gets what fits it."""

from dataclasses import replace

from scheduler.autopilot import CampaignGoal, Candidate, SlotTime, Task, coverage, decide
from scheduler.autopilot.running import Run
from tests.scheduler.autopilot.office import GOALS, MONDAY, candidate, page, task, used

TEXT_THEN_FILM = replace(page(), slots=(SlotTime(0, 450, "van_ban"), SlotTime(0, 690, "video")))


def given(*candidates: Candidate) -> Task:
    return task(candidates, channels=[TEXT_THEN_FILM])


def chosen(one: Task) -> list[int]:
    return [decision.post_id for decision in decide(one).decisions]


def test_a_new_post_does_not_take_the_place_that_another_topic_needed() -> None:
    before = given(candidate(1, "a"), candidate(2, "l", form="video"))
    after = given(*before.candidates, candidate(3, "l"))
    run = Run(after)
    run.go()
    assert [step.one.post_id for step in run.steps] == [3], "place after place, the heavier new post would win"
    assert coverage(before, decide(before).decisions) == coverage(after, decide(after).decisions) == 2
    assert chosen(after) == [1, 2]


def test_what_fits_an_empty_place_of_the_better_plan_still_goes_there() -> None:
    channel = replace(TEXT_THEN_FILM, slots=(*TEXT_THEN_FILM.slots, SlotTime(0, 1170, "infographic")))
    goals = {letter: GOALS[letter] for letter in "al"}
    posts = [
        candidate(1, "a"),
        candidate(2, "l", form="video"),
        candidate(3, "l"),
        candidate(4, "b", form="infographic"),
    ]
    assert chosen(task(posts, channels=[channel], topics=goals)) == [1, 2, 4]


def test_a_campaign_is_no_addition_that_may_be_left_out() -> None:
    goal = CampaignGoal(1, "CĐS", MONDAY, MONDAY, frozenset({3}), total=1)
    after = replace(given(candidate(1, "a"), candidate(2, "l", form="video"), candidate(3, "l")), campaigns=[goal])
    assert chosen(after) == [3]


def test_coverage_counts_what_is_wanted_and_there_and_no_more() -> None:
    one = task([candidate(1, "a")], 450, used=[used(9, "b", 1), used(8, "b", 2), used(7, "i", -30)])
    assert coverage(one, ()) == 1
    assert coverage(one, decide(one).decisions) == 2
