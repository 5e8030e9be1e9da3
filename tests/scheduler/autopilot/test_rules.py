"""Each rule by itself: what it keeps out, and the sentence that tells so."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from scheduler.autopilot import (
    Before,
    Candidate,
    ChannelRules,
    DayRule,
    Stop,
    Task,
    Used,
    Wish,
    alternatives,
    decide,
    why_not,
)
from tests.scheduler.autopilot.office import MONDAY, SUNDAY_AT_FOUR, at, candidate, page, task, used

DAY = timedelta(days=1)
TUESDAY = MONDAY + DAY


def gap(given: Task) -> str:
    outcome = decide(given)
    assert outcome.decisions == (), outcome.decisions
    return outcome.gaps[0].reason


def part(number: int) -> Candidate:
    return candidate(number, "abcd"[number], series="Một cửa", series_part=number)


def standing(one: Candidate, days: int) -> Used:
    return used(one.post_id, one.topic, days, series=one.series, series_part=one.series_part)


REFUSED: list[tuple[str, Candidate, dict[str, Any], str]] = [
    ("channel", candidate(1, "a", channels=frozenset({2})), {}, "không dành cho kênh này"),
    ("validity", candidate(1, "a", valid_from=TUESDAY), {}, "chỉ có hiệu lực từ 24/11/2026 đến về sau"),
    ("season", candidate(1, "a", season="12-20/01-10"), {}, "chỉ đăng theo mùa từ 20/12 đến 10/01 hằng năm"),
    ("once", candidate(1, "a", evergreen=False), {"used": [used(1, "a", -90)]}, "chỉ đăng một lần"),
    ("long ago", candidate(1, "a", evergreen=False), {"before": {(1, 1): Before(1, at(-700))}}, "chỉ đăng một lần"),
    ("most", candidate(1, "a", repeat_most=2), {"used": [used(1, "a", -90), used(1, "a", -50)]}, "đã đăng đủ 2 lần"),
    ("until", candidate(1, "a", repeat_until=MONDAY - DAY), {"used": [used(1, "a", -90)]}, "đến hết ngày 22/11/2026"),
    ("cool-down", candidate(1, "a"), {"used": [used(1, "a", -29)]}, "ngày 25/10/2026, chưa cách đủ 30 ngày"),
    ("cool-down ahead", candidate(1, "a"), {"used": [used(1, "a", 29)]}, "ngày 22/12/2026, chưa cách đủ 30 ngày"),
    ("cool-down of its own", candidate(1, "a", repeat_days=90), {"used": [used(1, "a", -80)]}, "chưa cách đủ 90 ngày"),
    ("topic", candidate(1, "a"), {"used": [used(9, "a", 0)]}, "trùng điểm a với một bài khác trong ngày"),
    ("series order", part(2), {}, "phần 2 của loạt bài “Một cửa” mà phần 1 chưa đăng trước đó"),
    ("series day", part(1), {"used": [standing(part(3), 0)]}, "cùng loạt bài “Một cửa”"),
    ("alike", candidate(1, "a", alike=frozenset({9})), {"used": [used(9, "b", -59)]}, "gần giống một bài khác"),
    ("veto", candidate(1, "a"), {"wishes": [Wish("veto", 1, None, MONDAY, None, "Hà", "đang xác minh")]},
     "không được đăng vì Hà yêu cầu không đăng: đang xác minh"),
    ("day", candidate(1, "a", tags=frozenset({"thong-bao"})),
     {"rules": {MONDAY: DayRule("Tết Nguyên đán", None, frozenset({"thong-bao"}))}}, "không hợp với Tết Nguyên đán"),
    ("only", candidate(1, "a"), {"rules": {MONDAY: DayRule("Tết", None, only=frozenset({"chuc-mung"}))}}, "Tết"),
    ("pause of a tag", candidate(1, "a", tags=frozenset({"tin-vui"})),
     {"stops": [Stop("Quốc tang.", SUNDAY_AT_FOUR, tag="tin-vui")]}, "tạm dừng theo cơ quan hoặc nhãn"),
    ("pause of an agency", candidate(1, "a", agency="snv"),
     {"stops": [Stop("Chỉ đạo.", SUNDAY_AT_FOUR, agency="snv")]}, "tạm dừng theo cơ quan hoặc nhãn"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "facts", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_rule_keeps_the_post_out_and_tells_why(one: Candidate, facts: dict[str, Any], words: str) -> None:
    given = task([one], 690, **facts)
    told = why_not(given, one.post_id, 1, at(0, 11, 30))
    assert told.startswith(f"Bài “{one.key}” ") and words in told
    assert gap(given).endswith(".")
    assert alternatives(given, 1, at(0, 11, 30)) == []


ALLOWED: list[tuple[str, Candidate, dict[str, Any]]] = [
    ("season over New Year", candidate(1, "a", season="11-20/01-10"), {}),
    ("cool-down is over", candidate(1, "a"), {"used": [used(1, "a", -30)]}),
    ("a short cool-down of its own", candidate(1, "a", repeat_days=5), {"used": [used(1, "a", -5)]}),
    ("on another channel yesterday", candidate(1, "a"), {"used": [used(1, "a", -1, channel_id=2)]}),
    ("once, on another channel", candidate(1, "a", evergreen=False), {"used": [used(1, "a", -9, channel_id=2)]}),
    ("its first time after the repeats", candidate(1, "a", repeat_until=MONDAY - DAY), {}),
    ("the part after one of yesterday", part(2), {"used": [standing(part(1), -1)]}),
    ("alike long ago", candidate(1, "a", alike=frozenset({9})), {"used": [used(9, "b", -60)]}),
    ("a veto for another channel", candidate(1, "a"), {"wishes": [Wish("veto", 1, 2, MONDAY, None)]}),
    ("a veto that is over", candidate(1, "a"), {"wishes": [Wish("veto", 1, None, MONDAY - DAY, MONDAY - DAY)]}),
    ("allowed in a pause of its tag", candidate(1, "a", tags=frozenset({"tin-vui"}), allowed_in_pause=True),
     {"stops": [Stop("Quốc tang.", SUNDAY_AT_FOUR, tag="tin-vui")]}),
    ("a pause of another channel", candidate(1, "a"), {"stops": [Stop("Dừng.", SUNDAY_AT_FOUR, channel_id=2)]}),
]  # fmt: skip


@pytest.mark.parametrize(("one", "facts"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED])
def test_what_no_rule_is_against_goes_out(one: Candidate, facts: dict[str, Any]) -> None:
    given = task([one], 690, **facts)
    assert why_not(given, one.post_id, 1, at(0, 11, 30)) == ""
    assert [decision.post_id for decision in decide(given).decisions] == [one.post_id]
    assert [decision.post_id for decision in alternatives(given, 1, at(0, 11, 30))] == [one.post_id]


CLOSED: list[tuple[str, ChannelRules, dict[str, Any], str]] = [
    ("quiet", page(1350), {}, "Khung giờ 22:30 nằm trong giờ yên lặng của kênh (22:00–06:00)."),
    ("quiet in the morning", page(330), {}, "Khung giờ 05:30 nằm trong giờ yên lặng của kênh (22:00–06:00)."),
    ("a time that no day has", page(1440), {},
     "Khung giờ này không nằm trong ngày (từ 00:00 đến 23:59); hãy sửa khung giờ của kênh."),
    ("gap", page(620, gap_minutes=60), {"used": [used(9, "b", 0)]},
     "Cách bài lúc 10:00 chưa đủ 60 phút theo quy tắc của kênh."),
    ("full", page(690, daily_most=1), {"used": [used(9, "b", 0)]},
     "Kênh chỉ đăng nhiều nhất 1 bài mỗi ngày và ngày này đã đủ."),
    ("lighter day", page(690), {"used": [used(9, "b", 0)], "rules": {MONDAY: DayRule("Giỗ Tổ", 1)}},
     "Giỗ Tổ: ngày này mỗi kênh chỉ đăng nhiều nhất 1 bài."),
    ("closed day", page(690), {"rules": {MONDAY: DayRule("Quốc tang", 0)}}, "Quốc tang: ngày này không tự xếp bài."),
    ("pause", page(690), {"stops": [Stop("Tạm dừng (Thiên tai).", SUNDAY_AT_FOUR)]}, "Tạm dừng (Thiên tai)."),
    ("pause of its agency", page(690, agency="snv"), {"stops": [Stop("Dừng Sở.", SUNDAY_AT_FOUR, agency="snv")]},
     "Dừng Sở."),
]  # fmt: skip


@pytest.mark.parametrize(("channel", "facts", "words"), [row[1:] for row in CLOSED], ids=[row[0] for row in CLOSED])
def test_a_place_that_may_not_be_used_stays_empty_and_says_why(
    channel: ChannelRules, facts: dict[str, Any], words: str
) -> None:
    assert gap(task([candidate(1, "a")], channels=[channel], **facts)) == words


def test_posts_keep_the_gap_among_themselves_and_the_day_its_most() -> None:
    posts = [candidate(number, topic) for number, topic in enumerate("abcdđ")]
    near = decide(task(posts, channels=[page(420, 440, 480, gap_minutes=60)]))
    assert [one.at for one in near.decisions] == [at(0, 7), at(0, 8)]
    assert len(decide(task(posts, channels=[page(420, 480, 540, daily_most=2)])).decisions) == 2


def test_a_slot_kept_for_a_form_takes_only_that_form() -> None:
    channel = replace(page(450, 690), slots=(replace(page(450).slots[0], form="video"), page(690).slots[0]))
    film = candidate(2, "b", form="video")
    outcome = decide(task([candidate(1, "a"), film], channels=[channel]))
    assert [(one.post_id, one.at) for one in outcome.decisions] == [(2, at(0, 7, 30)), (1, at(0, 11, 30))]
    assert "không đúng hình thức của khung giờ (video)" in why_not(
        task([candidate(1, "a")], channels=[channel]), 1, 1, at(0, 7, 30)
    )


def test_a_series_goes_out_part_by_part_one_a_day() -> None:
    days = [MONDAY + timedelta(days=offset) for offset in range(3)]
    outcome = decide(task([part(3), part(1), part(2)], days=days))
    assert [(one.post_id, one.at.date()) for one in outcome.decisions] == list(zip((1, 2, 3), days, strict=True))


def test_what_is_past_is_no_place() -> None:
    outcome = decide(task([candidate(1, "a"), candidate(2, "b")], 450, 690, now=at(0, 7, 30)))
    assert ([one.at for one in outcome.decisions], outcome.gaps) == ([at(0, 11, 30)], ())


def test_one_topic_stands_at_most_once_a_day_on_a_channel_and_the_gap_says_so() -> None:
    outcome = decide(task([candidate(1, "d"), candidate(2, "d")]))
    assert len(outcome.decisions) == 1
    assert outcome.gaps[0].reason == "Trong ngày đã có bài của mọi nội dung còn bài để đăng."


def test_a_gap_is_told_by_the_rule_that_kept_out_most() -> None:
    posts = [candidate(1, "a"), candidate(2, "b"), candidate(3, "c", valid_to=date(2026, 1, 1))]
    assert gap(task(posts, 690, used=[used(1, "a", -5), used(2, "b", -20)])) == (
        "Không có bài phù hợp: 2 trong 3 bài dùng được cho kênh này chưa qua thời gian chờ đăng lại; "
        "bài sớm nhất đăng lại được từ ngày 03/12/2026."
    )


def test_what_cannot_be_asked_is_told_in_a_sentence() -> None:
    given = task([candidate(1, "a")], 690)
    assert why_not(given, 1, 9, at(0)) == "Kênh này đã tắt hoặc không có."
    assert why_not(given, 7, 1, at(0)) == "Bài chưa được duyệt, hoặc là bài nhạy cảm nên không tự xếp."
    assert why_not(given, 1, 1, at(-3)) == "Giờ 10:00 ngày 20/11/2026 đã qua."
    assert alternatives(given, 9, at(0)) == alternatives(given, 1, at(-3)) == []
