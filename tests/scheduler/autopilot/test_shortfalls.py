"""What is wanted and will not be reached, by topic and date, with the reason."""

from datetime import date, timedelta
from typing import Any

from scheduler.autopilot import CampaignGoal, Shortfall, SlotTime, Task, TopicGoal, decide
from tests.scheduler.autopilot.office import MONDAY, candidate, page, task, used

SUNDAY = MONDAY + timedelta(days=6)
WEEK = [MONDAY + timedelta(days=offset) for offset in range(7)]


def goal(**facts: int) -> dict[str, TopicGoal]:
    return {"e": TopicGoal("e", 6, "Chuyển đổi số", 1, **facts)}


def told(one: Task) -> list[Shortfall]:
    return list(decide(one).shortfalls)


def test_a_topic_without_an_approved_post_is_told_by_topic_and_dates() -> None:
    [one] = told(task([candidate(1, "a")], days=WEEK, topics=goal(per_week=2)))
    assert (one.topic, one.first, one.last, one.wanted, one.have) == ("e", MONDAY, SUNDAY, 2, 0)
    assert one.reason == (
        "Điểm e (Chuyển đổi số) tuần 23/11–29/11/2026 chỉ có 0 trên 2 lượt đăng: "
        "thư viện chưa có bài đã duyệt nào của điểm e."
    )


def test_posts_that_wait_to_be_repeated_are_told_with_the_day_on_which_they_may() -> None:
    [one] = told(task([candidate(1, "e")], days=WEEK, topics=goal(per_week=1), used=[used(1, "e", -10)]))
    assert one.reason.endswith(
        "các bài đã duyệt của điểm e phần lớn chưa qua thời gian chờ đăng lại; "
        "sớm nhất đăng lại được từ ngày 13/12/2026."
    )


def test_posts_out_of_their_validity_are_told_so() -> None:
    over = candidate(1, "e", valid_to=date(2026, 11, 1))
    [one] = told(task([over], days=WEEK, topics=goal(per_week=1)))
    assert one.reason.endswith("các bài đã duyệt của điểm e phần lớn ngoài thời gian hiệu lực.")


def test_a_week_without_a_free_slot_is_told_so() -> None:
    standing = [used(50 + day, "a", day) for day in range(7)]
    [one] = told(task([candidate(1, "e")], 600, days=WEEK, topics=goal(per_week=1), used=standing))
    assert one.reason.endswith("không còn khung giờ trống nào dùng được.")


def test_what_the_days_after_the_plan_can_still_bring_is_no_shortfall() -> None:
    posts = [candidate(number, "e") for number in range(1, 20)]
    assert told(task(posts, topics=goal(per_week=3, per_month=4, per_year=10))) == []


def test_a_minimum_that_no_slot_of_the_year_is_left_for_is_told_long_before() -> None:
    posts = [candidate(number, "e") for number in range(1, 20)]
    [one] = told(task(posts, topics=goal(per_year=400)))
    assert (one.first, one.last, one.wanted, one.have) == (date(2026, 1, 1), date(2026, 12, 31), 400, 1)
    [full] = told(task(posts, 450, topics=goal(per_year=400)))
    assert full.reason.endswith("khung giờ của những ngày còn lại không đủ.")


def test_a_full_day_is_not_called_the_cause_when_free_days_follow_and_posts_are_too_few() -> None:
    [one] = told(task([candidate(1, "e", evergreen=False)], 450, topics=goal(per_month=4)))
    assert (one.wanted, one.have) == (4, 1)
    assert one.reason.endswith(
        "các bài đã duyệt của điểm e quá ít để đăng lại cho đủ trong những ngày còn lại; hãy thêm bài."
    )


def test_slots_of_channels_that_no_post_of_the_topic_goes_to_do_not_hide_that_the_others_are_too_few() -> None:
    """19 posts for a channel with a slot a week; the other channel, with a slot each day, takes none of them."""
    weekly, daily = page(number=1, slots=(SlotTime(0, 450),)), page(450, number=2)
    posts = [candidate(number, "e", channels=frozenset({1})) for number in range(1, 20)]
    other = candidate(20, "a", channels=frozenset({2}))
    facts: dict[str, Any] = {"channels": [weekly, daily], "topics": goal(per_month=6)}
    [one] = told(task([*posts, other], **facts))
    assert (one.wanted, one.have) == (6, 1)
    assert one.reason.endswith("khung giờ của những ngày còn lại không đủ.")
    december = CampaignGoal(3, "Tuần lễ số", MONDAY, MONDAY + timedelta(days=20), frozenset(range(1, 20)), total=6)
    [short] = told(task([*posts, other], **{**facts, "topics": {}, "campaigns": [december]}))
    assert (short.campaign_id, short.wanted, short.have) == (3, 6, 1)
    assert short.reason.endswith("khung giờ của những ngày còn lại không đủ.")


def test_impossible_minimums_are_told_and_break_nothing() -> None:
    found = told(task([candidate(1, "e")], days=WEEK, topics=goal(per_week=10**6, per_month=10**7, per_year=10**8)))
    assert [(one.wanted, one.have) for one in found] == [(10**6, 1), (10**7, 1), (10**8, 1)]


def test_a_campaign_short_of_its_targets_is_told_by_what_it_lacks() -> None:
    one = CampaignGoal(
        3, "Tuần lễ số", MONDAY, SUNDAY, frozenset({1, 2, 99}), total=5, topics={"e": 3}, per_channel={1: 4}
    )
    found = told(task([candidate(1, "e"), candidate(2, "a")], days=WEEK, campaigns=[one], topics={}))
    assert [(short.campaign_id, short.topic, short.wanted, short.have) for short in found] == [
        (3, "", 5, 2), (3, "e", 3, 1), (3, "", 4, 2)
    ]  # fmt: skip
    assert found[0].reason.startswith(
        "Chiến dịch “Tuần lễ số” chỉ có 2 trên 5 lượt đăng: các bài đã duyệt của chiến dịch"
    )
    assert "về điểm e chỉ có 1 trên 3 lượt đăng" in found[1].reason and "trên kênh Kênh 1" in found[2].reason


def test_a_campaign_that_ends_before_it_begins_is_told_and_does_no_harm() -> None:
    wrong = CampaignGoal(3, "Ngược ngày", SUNDAY, MONDAY, frozenset({1}), total=5)
    outcome = decide(task([candidate(1, "e")], campaigns=[wrong], topics={}))
    assert len(outcome.decisions) == 1
    assert [one.reason for one in outcome.shortfalls] == [
        "Chiến dịch “Ngược ngày” kết thúc ngày 23/11/2026, trước ngày bắt đầu; hãy sửa ngày của chiến dịch."
    ]
