"""Which of the posts that may stand in a place is taken, and what its sentence says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from scheduler.autopilot import CampaignGoal, SlotTime, Task, TopicGoal, Wish, decide, slot_times
from tests.scheduler.autopilot.office import GOALS, MONDAY, candidate, page, task, used


def chosen(given: Task) -> list[int]:
    return [one.post_id for one in decide(given).decisions]


def reason(given: Task) -> str:
    return decide(given).decisions[0].reason


def test_it_takes_the_topic_that_is_furthest_behind_the_plan() -> None:
    posts = [candidate(1, "a"), candidate(2, "b")]
    assert chosen(task(posts, 690, used=[used(90, "a", 1, channel_id=2)])) == [2]
    assert chosen(task(posts, 690, used=[used(90, "b", 1, channel_id=2)])) == [1]


def test_a_heavier_topic_comes_first_and_says_so() -> None:
    given = task([candidate(1, "a"), candidate(2, "l")], 450)
    assert chosen(given) == [2]
    assert "hệ số 2" in reason(given)


def test_a_topic_far_behind_for_the_year_comes_before_one_that_has_all_but_this_week() -> None:
    goals = {letter: TopicGoal(letter, 1, letter, 1, 1, 4, 48) for letter in "ab"}
    history = [used(90, "a", -day, channel_id=2) for day in range(7, 307, 7)]
    given = task([candidate(1, "a"), candidate(2, "b")], 450, topics=goals, used=history)
    assert chosen(given) == [2]
    assert "năm 2026 mới có 0 bài trên mức 48 bài cả năm" in reason(given)


def test_what_is_wanted_less_is_taken_only_when_nothing_is_wanted_more() -> None:
    goals = {**GOALS, "b": replace(GOALS["b"], per_week=0)}
    assert chosen(task([candidate(1, "a"), candidate(2, "b")], 450, topics=goals)) == [1]
    assert chosen(task([candidate(2, "b")], 450, topics=goals)) == [2]


def test_of_two_equal_topics_the_one_this_channel_had_less_of_this_month_comes_first() -> None:
    history = [used(90, "a", -10, channel_id=1), used(91, "b", -10, channel_id=2)]
    assert chosen(task([candidate(1, "a"), candidate(2, "b")], 450, used=history)) == [2]


def test_the_audience_that_this_month_had_the_least_for_comes_first() -> None:
    history = [used(90, "e", -3, audiences=("nguoi_dan",)), used(91, "g", -2, audiences=("nguoi_dan",))]
    people, firms = candidate(1, "a", audiences=("nguoi_dan",)), candidate(2, "a", audiences=("doanh_nghiep",))
    assert chosen(task([people, firms], 450, used=history)) == [2]


def test_a_post_whose_season_or_validity_ends_soon_comes_first_and_says_until_when() -> None:
    ends = candidate(2, "a", season="11-20/11-25")
    assert chosen(task([candidate(1, "a"), ends], 450)) == [2]
    assert "bài hết mùa sau ngày 25/11/2026" in reason(task([ends], 450))
    valid = candidate(3, "a", valid_to=date(2026, 11, 24))
    assert chosen(task([ends, valid], 450)) == [3]
    assert "bài hết hiệu lực sau ngày 24/11/2026" in reason(task([valid], 450))


def test_the_post_that_was_not_seen_for_the_longest_time_comes_first() -> None:
    history = [used(1, "d", -40), used(2, "d", -83), used(3, "d", -114)]
    given = task([candidate(number, "d") for number in (1, 2, 3)], 450, used=history)
    assert chosen(given) == [3]
    assert "lần gần nhất đăng ngày 01/08/2026" in reason(given)


def test_ties_go_by_seed_and_key_not_by_place() -> None:
    posts = [candidate(number, "d") for number in range(1, 30)]
    winners = {chosen(task(order, 450, seed="a"))[0] for order in (posts, posts[::-1], posts[7:] + posts[:7])}
    assert len(winners) == 1
    assert len({chosen(task(posts, 450, seed=str(seed)))[0] for seed in range(20)}) > 5


def test_a_decision_explains_itself_in_one_sentence() -> None:
    assert reason(task([candidate(1, "đ")], 450)) == (
        "Chọn vì điểm đ (Nội dung đ) tuần 23/11–29/11/2026 mới có 0 bài trên mức 1 bài mỗi tuần; "
        "bài chưa đăng lần nào ở kênh này; trong ngày chưa có bài cùng nội dung."
    )


def test_a_topic_that_has_its_share_of_the_week_is_not_said_to_be_behind() -> None:
    given = task([candidate(1, "đ")], 450, used=[used(90, "đ", 2)])
    assert "đã có 1 bài trên mức 1 bài mỗi tuần" in reason(given)


# Campaigns -------------------------------------------------------------------------------------------------


def campaign(**facts: object) -> CampaignGoal:
    values = {"total": 10, **facts}
    return CampaignGoal(7, "Tháng CĐS", MONDAY, MONDAY + timedelta(days=9), frozenset({1, 2}), **values)  # type: ignore[arg-type]  # facts of a test


def test_a_campaign_behind_its_pace_comes_before_the_plan_and_says_so() -> None:
    given = task([candidate(1, "a"), candidate(9, "l")], 450, campaigns=[campaign()])
    assert chosen(given) == [1]
    assert reason(given).startswith(
        "Chọn vì chiến dịch “Tháng CĐS” mới có 0 trên 10 bài, chậm hơn tiến độ đến ngày 23/11/2026; "
    )


def test_a_campaign_that_keeps_its_pace_leaves_the_place_to_the_plan() -> None:
    assert chosen(task([candidate(1, "a"), candidate(9, "l")], 450, 690, campaigns=[campaign()])) == [1, 9]
    assert chosen(task([candidate(1, "a"), candidate(9, "l")], 450, campaigns=[campaign(total=0)])) == [9]


def test_a_campaign_counts_its_own_channels_and_topics() -> None:
    goal = campaign(total=0, channels=frozenset({2}), topics={"a": 4})
    posts = [candidate(1, "a"), candidate(2, "b"), candidate(9, "l")]
    assert chosen(task(posts, 450, campaigns=[goal])) == [9]
    given = task(posts, 450, channels=[page(450, number=2)], campaigns=[goal])
    assert chosen(given) == [1]
    assert "mới có 0 trên 4 bài về điểm a" in reason(given)
    goal = campaign(total=0, per_channel={1: 5})
    assert "mới có 0 trên 5 bài trên kênh này" in reason(task(posts, 450, campaigns=[goal]))


# Pins ------------------------------------------------------------------------------------------------------


def pin(number: int, **facts: object) -> Wish:
    values = {"since": MONDAY, "until": MONDAY, "actor": "Lan", "id": 5, **facts}
    return Wish("pin", number, 1, **values)  # type: ignore[arg-type]  # facts of a test


def test_a_pin_comes_before_everything_and_names_who_asked_for_it() -> None:
    given = task([candidate(1, "a"), candidate(9, "l")], 450, wishes=[pin(1, reason="họp báo")])
    [decision] = decide(given).decisions
    assert (decision.post_id, decision.pin_id) == (1, 5)
    assert decision.reason.startswith("Chọn vì Lan ghim bài này cho ngày 23/11/2026 (họp báo); ")


def test_a_pin_that_fits_only_the_second_slot_keeps_the_first_one_from_spoiling_it() -> None:
    film, other = candidate(1, "a", form="video"), candidate(2, "a")
    channel = replace(page(), slots=(SlotTime(0, 450, "van_ban"), SlotTime(0, 690, "video")))
    given = task([film, other, candidate(3, "b")], channels=[channel], wishes=[pin(1)])
    assert chosen(given) == [3, 1]


def test_two_pins_that_want_one_place_are_one_decision_and_one_sentence() -> None:
    given = task([candidate(1, "a"), candidate(2, "b")], 450, wishes=[pin(1), pin(2, id=6)])
    outcome = decide(given)
    assert [one.pin_id for one in outcome.decisions] == [5]
    [told] = [one for one in outcome.shortfalls if one.wish_id]
    assert (told.wish_id, told.post_key) == (6, "bai-02")
    assert told.reason == (
        "Ghim của Lan cho bài “bai-02” chưa thực hiện được: khung giờ đã dành cho bài khác được ghim."
    )


def test_a_pin_carried_out_already_asks_for_nothing() -> None:
    outcome = decide(task([candidate(1, "a"), candidate(2, "b")], 690, used=[used(1, "a", 0)], wishes=[pin(1)]))
    assert [one.post_id for one in outcome.decisions] == [2]
    assert not [one for one in outcome.shortfalls if one.wish_id]


def test_a_pin_against_a_rule_is_told_with_the_rule() -> None:
    over = candidate(1, "a", valid_to=date(2026, 11, 1))
    told = {one.wish_id: one.reason for one in decide(task([over], 450, wishes=[pin(1), pin(8, id=6)])).shortfalls}
    assert told[5].endswith("bài chỉ có hiệu lực từ trước đến 01/11/2026.")
    assert told[6].endswith("bài chưa được duyệt, hoặc là bài nhạy cảm nên không tự xếp.")


def test_slots_are_local_hours_on_every_machine() -> None:
    assert slot_times(MONDAY, [450])[0].astimezone(UTC) == datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
