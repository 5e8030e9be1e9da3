"""What holds for every office there could be."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.autopilot import (
    Candidate,
    ChannelRules,
    Decision,
    Outcome,
    SlotTime,
    Task,
    TopicGoal,
    Wish,
    alternatives,
    coverage,
    decide,
    slot_times,
    why_not,
)
from scheduler.autopilot.running import Run
from scheduler.autopilot.steady import most_coverage
from tests.scheduler.autopilot.checker import VIETNAM, broken
from tests.scheduler.autopilot.tasks import MONDAY, POSTS, crowded, crowded_with_pins, posts, tasks, used_of

generous = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@settings(generous, max_examples=150)
@given(tasks())
def test_no_rule_is_ever_broken(task: Task) -> None:
    assert broken(task, decide(task).decisions) == []


@generous
@given(tasks(), st.randoms(use_true_random=False))
def test_the_same_task_in_any_order_gives_the_same_outcome(task: Task, rng: Random) -> None:
    def mixed(values: object) -> list[object]:
        found = list(values)
        rng.shuffle(found)
        return found

    told = decide(task)
    names = ("days", "channels", "candidates", "used", "stops", "campaigns", "wishes")
    shuffled = replace(task, **{name: mixed(getattr(task, name)) for name in names})
    shuffled = replace(
        shuffled,
        topics=dict(sorted(task.topics.items(), reverse=True)),
        channels=[replace(one, slots=tuple(mixed(one.slots))) for one in shuffled.channels],  # type: ignore[arg-type]  # facts of a test
    )
    assert decide(task) == told
    assert decide(shuffled) == told


def worth(task: Task, outcome: Outcome) -> tuple[int, int]:
    return len({one.pin_id for one in outcome.decisions if one.pin_id}), coverage(task, outcome.decisions)


@generous
@given(tasks(), posts(POSTS + 1))
def test_a_new_post_never_lowers_what_is_covered_of_the_plan(task: Task, new: Candidate) -> None:
    task = replace(task, wishes=[one for one in task.wishes if one.post_id != POSTS + 1])
    more = replace(task, candidates=[*task.candidates, new])
    before, after = decide(task), decide(more)
    pins, covered = worth(task, before)
    assert worth(more, after) >= (pins, covered)
    if worth(more, after)[0] == pins:
        assert coverage(more, after.decisions) >= covered


@settings(generous, max_examples=300)
@given(crowded())
def test_a_library_that_grows_post_by_post_covers_more_and_more(task: Task) -> None:
    covered = -1
    for place in range(len(task.candidates) + 1):
        smaller = replace(task, candidates=task.candidates[:place])
        found = coverage(smaller, decide(smaller).decisions)
        assert found >= covered
        covered = found


@generous
@given(tasks())
def test_no_plan_covers_more_than_was_said_to_be_possible(task: Task) -> None:
    run = Run(task)
    if run.board.days:
        most = most_coverage(run)
        assert coverage(task, decide(task).decisions) <= most


@settings(generous, max_examples=200)
@given(st.one_of(crowded_with_pins(), tasks()))
def test_a_pin_is_carried_out_whenever_the_rules_allow_it_and_else_told_with_its_reason(task: Task) -> None:
    outcome = decide(task)
    told = {one.wish_id: one.reason for one in outcome.shortfalls if one.wish_id}
    pinned = [one for one in outcome.decisions if one.pin_id]
    for pin in (one for one in task.wishes if one.kind == "pin" and days_of(one, task)):
        if stands(pin, task, outcome.decisions):
            assert pin.id not in told
            continue
        assert told[pin.id].startswith("Ghim của Lan") and told[pin.id].endswith(".")
        for decision in could_be(pin, task):
            assert broken(task, [*pinned, decision]), (pin, decision)


def days_of(pin: Wish, task: Task) -> list[date]:
    return [on for on in task.days if pin.since <= on <= (pin.until or date.max)]


def stands(pin: Wish, task: Task, decisions: Sequence[Decision]) -> bool:
    channels = {one.id for one in task.channels} if pin.channel_id is None else {pin.channel_id}
    return any(
        one.post_id == pin.post_id and one.channel_id in channels
        and pin.since <= one.at.astimezone(VIETNAM).date() <= (pin.until or date.max)
        for one in [*decisions, *task.used]
    )  # fmt: skip


def could_be(pin: Wish, task: Task) -> Iterator[Decision]:
    """Every way to carry the pin out, whatever the rules say."""
    if any(one.post_id == pin.post_id for one in task.candidates):
        for channel in (one for one in task.channels if pin.channel_id in (None, one.id)):
            for on in days_of(pin, task):
                for slot in (one for one in channel.slots if one.weekday == on.weekday()):
                    [at] = slot_times(on, [slot.minute])
                    yield Decision(pin.post_id, "", channel.id, channel.key, at, "", pin.id)


@generous
@given(tasks())
def test_every_slot_gets_a_post_or_a_sentence_that_tells_why_not(task: Task) -> None:
    outcome = decide(task)
    taken = {(one.channel_id, one.at) for one in task.used}
    slots = {
        (channel.id, at)
        for channel in task.channels
        for on in task.days
        for slot in channel.slots
        if slot.weekday == on.weekday()
        for at in slot_times(on, [slot.minute])
        if at > task.now
    }
    told = [(one.channel_id, one.at) for one in (*outcome.decisions, *outcome.gaps)]
    assert sorted(told) == sorted(slots - taken)
    for words in (one.reason for one in (*outcome.decisions, *outcome.gaps, *outcome.shortfalls)):
        assert words.endswith(".") and words[0].isupper() and "None" not in words and "\n" not in words


@generous
@given(st.one_of(crowded(), tasks()))
def test_filling_the_same_days_again_adds_nothing(task: Task) -> None:
    posts_of = {one.post_id: one for one in task.candidates}
    made = [used_of(posts_of[one.post_id], one.at, one.channel_id) for one in decide(task).decisions]
    assert decide(replace(task, used=[*task.used, *made])).decisions == ()


@generous
@given(tasks())
def test_what_is_offered_for_a_place_is_what_no_rule_is_against(task: Task) -> None:
    for decision in decide(task).decisions[:2]:
        others = [one for one in decide(task).decisions if one != decision]
        posts_of = {one.post_id: one for one in task.candidates}
        standing = [used_of(posts_of[one.post_id], one.at, one.channel_id) for one in others]
        later = replace(task, used=[*task.used, *standing])
        offered = alternatives(later, decision.channel_id, decision.at, POSTS)
        assert decision.post_id in {one.post_id for one in offered}
        for one in task.candidates:
            words = why_not(later, one.post_id, decision.channel_id, decision.at)
            assert (words == "") == (one.post_id in {other.post_id for other in offered}), words
        for one in offered:
            assert broken(later, [one]) == []


@generous
@given(tasks())
def test_a_minimum_is_told_only_when_it_is_not_reached_and_always_when_its_last_day_was_filled(task: Task) -> None:
    outcome = decide(task)
    for one in outcome.shortfalls:
        assert one.have < one.wanted or one.last < one.first
    told = {(one.topic, one.first, one.last) for one in outcome.shortfalls if not one.campaign_id and not one.wish_id}
    posts_of = {one.post_id: one.topic for one in task.candidates}
    topics = [(one.topic, one.at) for one in task.used] + [(posts_of[one.post_id], one.at) for one in outcome.decisions]
    for goal in task.topics.values():
        sunday = task.days[-1]
        if sunday.weekday() == 6:
            monday = sunday - timedelta(days=6)
            have = sum(
                topic == goal.letter and monday <= at.astimezone(VIETNAM).date() <= sunday for topic, at in topics
            )  # fmt: skip
            assert ((goal.letter, monday, sunday) in told) == (have < goal.per_week)


def test_a_library_of_zero_posts_leaves_gaps_and_shortfalls_that_say_so() -> None:
    channel = ChannelRules(1, "fanpage", "Fanpage", (SlotTime(0, 450), SlotTime(0, 690)))
    goal = TopicGoal("d", 4, "Một cửa", 1, 7, 30, 365)
    now = slot_times(MONDAY, [0])[0]
    outcome = decide(Task([MONDAY], now, [channel], {"d": goal}, []))
    assert [one.reason for one in outcome.gaps] == ["Không có bài đã duyệt nào dùng được cho kênh này."] * 2
    assert {one.wanted for one in outcome.shortfalls} == {7, 30, 365}
    assert outcome.shortfalls[0].reason == (
        "Điểm d (Một cửa) tuần 28/12–03/01/2027 chỉ có 0 trên 7 lượt đăng: "
        "thư viện chưa có bài đã duyệt nào của điểm d."
    )
