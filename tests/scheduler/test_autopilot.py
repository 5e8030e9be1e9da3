"""The autopilot decides from values alone, and every decision can be checked by a person."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from content.vietnamese import LOCAL, TOPIC_ORDER
from scheduler.autopilot import Candidate, Decision, Gap, TopicGoal, Used, fill_day, slot_times

MONDAY = date(2026, 11, 23)
GOALS = {
    letter: TopicGoal(letter, order, f"Nội dung {letter}", 2 if letter in "ikl" else 1, 1)
    for order, letter in enumerate(TOPIC_ORDER, 1)
}


def candidate(number: int, topic: str, *, evergreen: bool = True, valid_to: date | None = None) -> Candidate:
    return Candidate(number, f"bai-{number:02d}", f"Bài {number}", topic, evergreen, None, valid_to)


def fill(
    candidates: list[Candidate], used: list[Used] | None = None, minutes: tuple[int, ...] = (450, 690)
) -> tuple[list[Decision], list[Gap]]:
    slots = slot_times(MONDAY, minutes)
    return fill_day(MONDAY, slots, candidates, used or [], GOALS, rng=random.Random(1))


def test_it_takes_the_topic_that_is_furthest_behind_the_plan() -> None:
    used = [Used(90, "a", datetime(2026, 11, 23, 2, tzinfo=UTC) - timedelta(days=0, hours=1))]
    decisions, _ = fill([candidate(1, "a"), candidate(2, "b")], used, minutes=(690,))
    assert [one.post_id for one in decisions] == [2]


def test_a_heavier_topic_comes_first_and_more_often() -> None:
    decisions, _ = fill([candidate(1, "a"), candidate(2, "l")], minutes=(450,))
    assert decisions[0].post_id == 2
    assert "hệ số 2" in decisions[0].reason


def test_one_topic_stands_at_most_once_a_day_on_a_channel() -> None:
    decisions, gaps = fill([candidate(1, "d"), candidate(2, "d")])
    assert len(decisions) == 1
    assert gaps[0].reason == "Trong ngày đã có bài của mọi nội dung còn bài để đăng."


def test_a_topic_that_staff_queued_for_the_day_is_not_chosen_again() -> None:
    used = [Used(90, "d", datetime(2026, 11, 23, 10, tzinfo=LOCAL))]
    decisions, _ = fill([candidate(1, "d"), candidate(2, "e")], used)
    assert [one.post_id for one in decisions] == [2]


def test_a_post_that_went_out_lately_waits_and_the_one_unseen_longest_comes_first() -> None:
    used = [
        Used(1, "d", datetime(2026, 11, 10, tzinfo=UTC)),
        Used(2, "d", datetime(2026, 9, 1, tzinfo=UTC)),
        Used(3, "d", datetime(2026, 8, 1, tzinfo=UTC)),
    ]
    decisions, _ = fill([candidate(1, "d"), candidate(2, "d"), candidate(3, "d")], used)
    assert [one.post_id for one in decisions] == [3]
    assert "lần gần nhất đăng ngày 01/08/2026" in decisions[0].reason


def test_a_post_that_is_not_evergreen_goes_out_once() -> None:
    used = [Used(1, "d", datetime(2026, 1, 1, tzinfo=UTC))]
    decisions, gaps = fill([candidate(1, "d", evergreen=False)], used)
    assert decisions == []
    assert len(gaps) == 2


def test_a_post_outside_its_validity_is_not_chosen() -> None:
    decisions, gaps = fill([candidate(1, "d", valid_to=MONDAY - timedelta(days=1))])
    assert decisions == []
    assert gaps[0].reason.startswith("Các bài đã duyệt đều mới đăng gần đây hoặc ngoài thời gian hiệu lực")


def test_a_topic_that_has_its_share_of_the_week_is_not_said_to_be_behind() -> None:
    used = [Used(90, "đ", datetime(2026, 11, 25, 10, tzinfo=LOCAL))]
    decisions, _ = fill([candidate(1, "đ")], used, minutes=(450,))
    assert "tuần này đã có 1 bài trên mức 1 bài mỗi tuần" in decisions[0].reason


def test_a_decision_explains_itself_in_one_sentence() -> None:
    decisions, _ = fill([candidate(1, "đ")], minutes=(450,))
    assert decisions[0].reason == (
        "Chọn vì điểm đ (Nội dung đ) tuần này mới có 0 bài trên mức 1 bài mỗi tuần; "
        "bài chưa đăng lần nào ở kênh này; trong ngày chưa có bài cùng nội dung."
    )


def test_the_same_values_give_the_same_decisions() -> None:
    posts = [candidate(number, "abcdđ"[number % 5]) for number in range(20)]
    assert fill(posts) == fill(list(reversed(posts)))


def test_slots_are_local_hours_on_every_machine() -> None:
    assert slot_times(MONDAY, [450])[0].astimezone(UTC) == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


@given(
    posts=st.lists(st.sampled_from(TOPIC_ORDER), min_size=0, max_size=30),
    used=st.lists(st.tuples(st.integers(0, 29), st.sampled_from(TOPIC_ORDER), st.integers(-60, 0)), max_size=20),
    count=st.integers(0, 6),
)
def test_no_day_breaks_a_rule(posts: list[str], used: list[tuple[int, str, int]], count: int) -> None:
    candidates = [candidate(number, topic) for number, topic in enumerate(posts)]
    noon = datetime(2026, 11, 23, 12, tzinfo=LOCAL)
    history = [Used(number, topic, noon + timedelta(days=days)) for number, topic, days in used]
    slots = slot_times(MONDAY, [420 + 60 * place for place in range(count)])
    decisions, gaps = fill_day(MONDAY, slots, candidates, history, GOALS, rng=random.Random(1))
    assert len(decisions) + len(gaps) == count
    topics = [posts[one.post_id] for one in decisions] + [
        row.topic for row in history if row.at.astimezone(LOCAL).date() == MONDAY
    ]
    assert all(topics.count(posts[one.post_id]) == 1 for one in decisions)
    for one in decisions:
        ages = [(MONDAY - row.at.date()).days for row in history if row.post_id == one.post_id]
        assert all(age >= 30 for age in ages)
