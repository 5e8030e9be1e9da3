"""Shortfalls as people read them: one line for a topic, each reason once."""

from datetime import date

from scheduler.autopilot import Shortfall, Task, TopicGoal, by_topic, decide, slot_times
from tests.scheduler.autopilot.office import MONDAY, candidate, task

NONE = "thư viện chưa có bài đã duyệt nào của điểm e."


def lack(topic: str, period: str, why: str, have: int, wanted: int) -> Shortfall:
    whose = f"Điểm {topic} (Chuyển đổi số)"
    words = f"{whose} {period} chỉ có {have} trên {wanted} lượt đăng: {why}"
    return Shortfall(topic, MONDAY, MONDAY, wanted, have, words, whose=whose, period=period, why=why)


def test_what_a_topic_lacks_for_one_reason_is_one_sentence() -> None:
    topics = {"e": TopicGoal("e", 6, "Chuyển đổi số", 1, 2, 8, 96)}
    now = slot_times(MONDAY, [0])[0]
    outcome = decide(Task([MONDAY], now, task([candidate(1, "a")]).channels, topics, [candidate(1, "a")]))
    assert len(outcome.shortfalls) == 3, "the week, the month and the year"
    [one] = by_topic(outcome.shortfalls)
    assert one.reason == (
        "Điểm e (Chuyển đổi số) tuần 23/11–29/11/2026 có 0/2, tháng 11/2026 có 0/8, năm 2026 có 0/96 lượt đăng: " + NONE
    )
    assert (one.first, one.last) == (date(2026, 1, 1), date(2026, 12, 31))


def test_another_reason_is_a_sentence_of_its_own_and_other_topics_stand_apart() -> None:
    rows = [lack("e", "tuần 1", "hết giờ.", 0, 1), lack("e", "năm 2026", NONE, 3, 9), lack("a", "tuần 1", NONE, 0, 1)]
    first, second = by_topic(rows)
    assert (
        first.reason
        == f"Điểm e (Chuyển đổi số) tuần 1 có 0/1 lượt đăng: hết giờ. Còn năm 2026 có 3/9 lượt đăng: {NONE}"
    )
    assert second is rows[2]


def test_campaigns_and_pins_stay_as_they_are() -> None:
    campaign = Shortfall("e", MONDAY, MONDAY, 5, 2, "Chiến dịch …", campaign_id=1)
    again = Shortfall("e", MONDAY, MONDAY, 3, 2, "Chiến dịch … về điểm e", campaign_id=1)
    assert by_topic([campaign, again]) == (campaign, again)
