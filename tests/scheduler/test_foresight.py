"""What becomes of items in a month that is foreseen: values in, values out."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.base import Part
from connectors.meter import Budget, Calendar, Per
from content.tables import LateRule
from scheduler.autopilot.values import DayRule, Used, Wish
from scheduler.foresight import foresee
from scheduler.foresight.values import Again, Cause, Grade, Standing
from scheduler.lifecycle import State
from scheduler.tables import Pause
from tests.conftest import NOW
from tests.scheduler.foresight_case import FANPAGE, POST, at, candidate, forecast, only, row, slots, snapshot

DAILY = Budget("upload", "lượt tải video trong ngày", Per.CHANNEL, 2, Calendar("Asia/Ho_Chi_Minh"))
LIMITED = replace(FANPAGE, budgets=(DAILY,))


def test_an_approved_post_on_a_living_channel_goes_out() -> None:
    item = only(forecast(row(7, at(24, 8))))
    assert (item.grade, item.troubles, item.number) == (Grade.GOES, (), 7)


def test_what_is_public_is_told_as_done_whatever_became_of_its_post_since() -> None:
    item = only(forecast(row(7, at(23, 6), state=State.PUBLISHED), posts=[replace(POST, approved=False)]))
    assert item.grade is Grade.DONE


PAUSE = Pause(
    id=1, reason="quoc_tang", since=at(24, 0), until=at(25, 0), started_by="Hà", channel_id=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("cause", "facts"),
    [
        (Cause.APPROVAL, {"posts": [replace(POST, approved=False, submitted=True)]}),
        (Cause.VALIDITY, {"posts": [replace(POST, valid_to=date(2026, 11, 23))]}),
        (Cause.VALIDITY, {"posts": [replace(POST, valid_from=date(2026, 11, 25))]}),
        (Cause.PAUSE, {"pauses": [PAUSE]}),
        (Cause.CHANNEL, {"channels": [replace(FANPAGE, state="off")]}),
        (Cause.CHANNEL, {"channels": [replace(FANPAGE, state="reconnect")]}),
        (Cause.CHANNEL, {"channels": [replace(FANPAGE, state="misconfigured")]}),
        (Cause.CHANNEL, {"channels": [replace(FANPAGE, state="blocked")]}),
        (Cause.CHANNEL, {"channels": [replace(FANPAGE, state="blocked", not_before=at(25, 0))]}),
        (Cause.ACCESS, {"channels": [replace(FANPAGE, has_access=False)]}),
        (Cause.ACCESS, {"channels": [replace(FANPAGE, expires_at=at(24, 7))]}),
        (Cause.REFUSED, {"refusals": {(1, 1): "ảnh quá lớn."}}),
    ],
)
def test_each_thing_that_keeps_it_from_going_out_is_told_with_a_way_to_mend_it(
    cause: Cause, facts: dict[str, object]
) -> None:
    item = only(forecast(row(7, at(24, 8)), **facts))
    assert item.grade is Grade.FAILS
    [trouble] = item.troubles
    assert trouble.cause is cause and trouble.path.startswith("/") and trouble.words.endswith(".")


@pytest.mark.parametrize(
    "facts",
    [
        {"channels": [replace(FANPAGE, expires_at=at(24, 7), renews=True)]},
        {"channels": [replace(FANPAGE, expires_at=at(24, 9))]},
        {"posts": [replace(POST, allowed_in_pause=True)], "pauses": [PAUSE]},
        {"pauses": [Pause(id=1, reason="chi_dao", since=at(25, 0), started_by="Hà", channel_id=None)]},
        {"channels": [replace(FANPAGE, state="blocked", not_before=at(24, 7))]},
    ],
)
def test_what_is_over_or_renewed_by_its_hour_stops_nothing(facts: dict[str, object]) -> None:
    assert only(forecast(row(7, at(24, 8)), **facts)).grade is Grade.GOES


@pytest.mark.parametrize("state", [State.FAILED, State.MISSED, State.NEEDS_PERSON, State.HELD])
def test_what_only_a_person_can_move_on_does_not_go_out(state: State) -> None:
    item = only(forecast(row(7, at(24, 8), state=state, held_by="held" if state is State.HELD else "")))
    assert item.grade is Grade.FAILS and item.troubles[0].path == "/muc/7"


def test_what_waits_for_an_approval_that_has_come_meanwhile_goes_out() -> None:
    item = only(forecast(row(7, at(24, 8), state=State.HELD, held_by="approval_lost")))
    assert item.grade is Grade.GOES


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED, State.WITHDRAWN])
def test_what_was_ended_is_no_part_of_the_month(state: State) -> None:
    assert forecast(row(7, at(24, 8), state=state)).items == ()


def test_a_block_that_ends_within_the_late_rule_only_delays() -> None:
    blocked = replace(FANPAGE, state="blocked", not_before=at(24, 9))
    item = only(forecast(row(7, at(24, 8)), channels=[blocked]))
    assert item.grade is Grade.WARN and "09:00" in item.troubles[0].words


def test_a_late_item_goes_by_its_own_late_rule() -> None:
    late = row(7, NOW - timedelta(hours=5))
    assert only(forecast(late)).grade is Grade.FAILS
    moves = replace(POST, late_rule=LateRule.NEXT_SLOT)
    assert only(forecast(late, posts=[moves])).grade is Grade.WARN


@pytest.mark.parametrize(
    ("cause", "when", "facts"),
    [
        (Cause.QUIET, at(24, 23), {}),
        (Cause.SEASON, at(24, 8), {"posts": [replace(POST, season="12-15/02-28")]}),
        (Cause.DAY, at(24, 8), {
            "posts": [replace(POST, tags=frozenset({"thong-bao"}))],
            "task": {"rules": {date(2026, 11, 24): DayRule("Ngày Văn hóa", without=frozenset({"thong-bao"}))}},
        }),
        (Cause.DOUBLE, at(24, 8), {"task": {"used": (Used(1, "d", NOW - timedelta(days=3), 1),)}}),
        (Cause.PREPARING, at(23, 9), {
            "posts": [replace(POST, has_video=True)],
            "channels": [replace(FANPAGE, prepare_ahead=timedelta(hours=6))],
        }),
    ],
)  # fmt: skip
def test_what_a_person_should_look_at_goes_out_nevertheless(
    cause: Cause, when: object, facts: dict[str, object]
) -> None:
    item = only(forecast(row(7, when), **facts))  # type: ignore[arg-type]  # a moment
    assert item.grade is Grade.WARN
    assert [one.cause for one in item.troubles] == [cause]


def test_what_goes_out_beyond_a_platforms_limit_of_the_day_fails_and_the_limit_is_told() -> None:
    rows = [row(number, at(24, 8 + number)) for number in range(1, 4)]
    found = forecast(*rows, channels=[LIMITED], costs={(1, 1): {"upload": 1}})
    stopped = [one.number for one in found.items if Cause.BUDGET in {each.cause for each in one.troubles}]
    assert stopped == [3] and found.items[2].grade is Grade.FAILS
    [line] = found.budgets
    assert (line.most, line.amount, line.over) == (3, 2, True)


def test_what_was_spent_already_counts_against_the_limit_and_the_next_day_is_free_again() -> None:
    facts = {"channels": [LIMITED], "costs": {(1, 1): {"upload": 1}}}
    spent = {("channel:1", "upload"): [(NOW - timedelta(minutes=5), 2)]}
    found = forecast(row(1, at(23, 10)), row(2, at(24, 10)), spent=spent, **facts)
    failing = [one.number for one in found.failing]
    assert failing == [1]
    assert forecast(row(1, at(23, 10)), row(2, at(24, 10)), **facts).failing == ()


def test_what_fails_for_another_reason_uses_up_nothing() -> None:
    rows = [row(1, at(24, 8), post=2), row(2, at(24, 9)), row(3, at(24, 10))]
    draft = replace(POST, id=2, key="nhap", approved=False)
    costs = {(post, 1): {"upload": 1} for post in (1, 2)}
    found = forecast(*rows, posts=[POST, draft], channels=[LIMITED], costs=costs)
    assert [one.number for one in found.failing] == [1]


def test_a_broadcast_outside_the_platforms_hours_waits_for_them() -> None:
    late = row(7, at(24, 22), part=Part.BROADCAST, opens=at(25, 6), late_until=at(25, 10))
    item = only(forecast(late))
    assert item.grade is Grade.WARN and item.troubles[0].cause is Cause.WINDOW
    never = row(7, at(24, 22), part=Part.BROADCAST, opens=at(25, 6), late_until=at(25, 5))
    assert only(forecast(never)).grade is Grade.FAILS


def test_two_posts_that_say_nearly_the_same_on_one_channel_are_told_once_at_the_later_one() -> None:
    other = replace(POST, id=2, key="bai-2", title="Giữ giấy hẹn nhé", alike=frozenset({1}))
    found = forecast(row(1, at(24, 8)), row(2, at(25, 8), post=2), posts=[replace(POST, alike=frozenset({2})), other])
    assert [(one.number, [each.cause for each in one.troubles]) for one in found.warned] == [(2, [Cause.ALIKE])]


def test_days_between_two_posts_are_counted_as_the_autopilot_counts_them() -> None:
    """From the evening of one day to the morning of another: what the autopilot may put there is not flagged."""
    other = replace(POST, id=2, key="bai-2", alike=frozenset({1}))
    near = [row(1, at(24, 17)), row(2, at(27, 8), post=2)]
    for days, flagged in ((3, []), (4, [2])):
        found = forecast(*near, posts=[POST, other], task={"alike_days": days})
        assert [one.number for one in found.warned] == flagged
        again = forecast(row(1, at(24, 17)), row(2, at(27, 8), origin="staff"), task={"cool_down": days})
        assert [one.number for one in again.warned] == flagged


def test_a_part_of_a_series_without_the_part_before_it_is_told() -> None:
    """Part 1 was refused, put off, or cannot go out: part 2, which stands in the queue already, is looked at."""
    one, two = (replace(POST, id=part, key=f"phan-{part}", series="Sổ tay", series_part=part) for part in (1, 2))
    second = row(2, at(25, 8), post=2)

    def flagged(*rows: Standing, **facts: Any) -> list[int]:
        found = forecast(*rows, **{"posts": [one, two], **facts})
        return [item.number for item in found.warned if item.troubles[0].cause is Cause.SERIES]

    assert flagged(row(1, at(24, 8)), second) == []
    assert flagged(second) == flagged(row(1, at(26, 8)), second) == [2]
    assert flagged(row(1, at(24, 8), state=State.HELD, held_by="paused"), second) == [2]
    assert flagged(row(1, at(24, 8), channel=2), second, channels=[FANPAGE, replace(FANPAGE, id=2, key="kia")]) == [2]
    before = Used(1, "d", at(20, 8) - timedelta(days=30), FANPAGE.id, series="Sổ tay", series_part=1)
    assert flagged(second, task={"used": (before,)}) == []
    assert flagged(row(1, at(20, 8), state=State.WITHDRAWN), second) == [], "it was there, and counts as everywhere"
    late = Used(1, "d", at(24, 8), FANPAGE.id, series="Sổ tay", series_part=1)
    assert flagged(second, task={"used": (late,)}) == [], "it was due last month and has its turn the day before"
    assert flagged(second, task={"used": (replace(late, at=at(26, 8)),)}) == [2]
    assert flagged(row(1, at(24, 8), state=State.HELD, held_by="paused"), second, task={"used": (late,)}) == [2]


def test_more_than_a_channel_takes_in_a_day_and_too_close_together_is_told() -> None:
    narrow = replace(FANPAGE, daily_most=1, gap_minutes=120)
    posts = [POST, replace(POST, id=2, key="bai-2")]
    found = forecast(row(1, at(24, 8)), row(2, at(24, 9), post=2), posts=posts, channels=[narrow])
    assert [one.cause for one in found.items[1].troubles] == [Cause.RULES, Cause.RULES]
    assert found.items[0].troubles == ()


def test_the_autopilot_fills_the_coming_days_and_its_items_are_told_as_planned() -> None:
    posts = [replace(POST, id=number, key=f"bai-{number}", topic="d") for number in range(1, 9)]
    task = {"channels": (slots(8),), "candidates": tuple(candidate(one) for one in posts)}
    found = forecast(posts=posts, task=task)
    assert len(found.items) == 7, "24 to 30: the job of today at 16:00 fills from tomorrow on"
    assert all(one.planned and one.grade is Grade.GOES and one.reason for one in found.items)
    assert [one.on for one in found.empty_days] == [date(2026, 11, 23)]


def test_slots_without_a_post_are_told_with_the_reason_and_so_is_the_missing_coverage() -> None:
    found = forecast(posts=[POST], task={"channels": (slots(8),), "candidates": (candidate(POST),)})
    assert len(found.items) == 1 and len(found.gaps) == 6
    assert all(gap.reason for gap in found.gaps)
    [line] = found.coverage
    assert (line.to_come, line.wanted, line.missing) == (1, 4, 3)


def test_a_pin_that_no_coming_run_can_carry_out_is_told_with_the_way_out() -> None:
    """The run at 16:00 fills from tomorrow on; a pin for today was written after yesterday's."""
    pin = Wish("pin", POST.id, FANPAGE.id, date(2026, 11, 23), date(2026, 11, 23), "Lan", id=5, post_key=POST.key)
    facts: dict[str, Any] = {"task": {"channels": (slots(8),), "candidates": (candidate(POST),), "wishes": (pin,)}}
    [told] = [one for one in forecast(**facts).shortfalls if one.wish_id == 5]
    assert told.reason == (
        "Ghim của Lan cho bài “bai-1” chưa thực hiện được: lần tự xếp tới, lúc 16:00 ngày 23/11/2026, chỉ xếp từ ngày "
        "24/11/2026; hãy tự tay lên lịch cho bài."
    )
    facts["task"]["used"] = (Used(POST.id, "d", at(23, 8), FANPAGE.id),)
    assert [one for one in forecast(**facts).shortfalls if one.wish_id] == []


def test_the_coverage_counts_what_went_out_and_what_would_but_not_what_fails() -> None:
    draft = replace(POST, id=2, key="nhap", approved=False)
    rows = [
        row(1, at(3, 8), state=State.PUBLISHED), row(2, at(23, 6), state=State.PUBLISHED), row(3, at(24, 8)),
        row(4, at(25, 8), post=2),
    ]  # fmt: skip
    [line] = forecast(*rows, posts=[POST, draft]).coverage
    assert (line.done, line.to_come, line.cells) == (2, 1, {1: 3})


def test_a_person_is_told_what_to_do_by_when_the_most_urgent_first() -> None:
    draft = replace(POST, id=2, key="nhap", approved=False, submitted=True)
    dying = replace(FANPAGE, expires_at=at(25, 0), prepare_ahead=timedelta(hours=6))
    found = forecast(row(1, at(26, 8)), row(2, at(24, 8), post=2), posts=[POST, draft], channels=[dying])
    assert [(one.cause, one.by, one.path) for one in found.needs] == [
        (Cause.APPROVAL, at(24, 2), "/duyet/nhap"),
        (Cause.ACCESS, at(25, 0), "/kenh/fanpage"),
    ]


def test_the_same_snapshot_gives_the_same_forecast() -> None:
    posts = [replace(POST, id=number, key=f"bai-{number}") for number in range(1, 30)]
    task = {"channels": (slots(8, 11, 17),), "candidates": tuple(candidate(one) for one in posts)}
    assert forecast(posts=posts, task=task) == forecast(posts=posts, task=task)


def test_a_month_far_ahead_says_from_when_on_it_was_tried() -> None:
    far = replace(snapshot(), first=date(2027, 3, 1), last=date(2027, 3, 31))
    found = foresee(far)
    assert any("25/01/2027" in note for note in found.notes)
    assert len(found.days) == 31 and found.days[0].on == date(2027, 3, 1)


@pytest.mark.parametrize(
    ("when", "cause", "facts"),
    [
        (at(24, 23), Cause.QUIET, {}),
        (at(24, 8), Cause.SEASON, {"posts": [replace(POST, season="12-15/02-28")]}),
        (at(24, 8), Cause.DAY, {
            "posts": [replace(POST, tags=frozenset({"thong-bao"}))],
            "task": {"rules": {date(2026, 11, 24): DayRule("Ngày Văn hóa", without=frozenset({"thong-bao"}))}},
        }),
    ],
)  # fmt: skip
def test_an_occurrence_that_the_job_will_leave_out_is_told_as_not_going_out(
    when: Any, cause: Cause, facts: dict[str, Any]
) -> None:
    item = only(forecast(recurring=(Again(POST.id, FANPAGE.id, (when,)),), **facts))
    assert item.grade is Grade.FAILS and [one.cause for one in item.troubles] == [cause]
    assert item.troubles[0].words.endswith("Lượt lặp lại này sẽ bị bỏ qua.")
    queued = only(forecast(row(3, when, origin="recurrence"), **facts))
    assert queued.grade is not Grade.FAILS, "what stands in the queue goes out"


ONE_A_DAY = {date(2026, 11, 24): DayRule("Ngày Văn hóa", at_most=1)}


@pytest.mark.parametrize(
    ("cause", "when", "post", "channel", "rules"),
    [
        (Cause.RULES, at(24, 8, 10), 2, {"gap_minutes": 60}, {}),
        (Cause.RULES, at(24, 7, 50), 2, {"gap_minutes": 60}, {}),
        (Cause.RULES, at(24, 17), 2, {"daily_most": 1}, {}),
        (Cause.RULES, at(24, 7), 2, {"daily_most": 1}, {}),
        (Cause.DAY, at(24, 17), 2, {}, ONE_A_DAY),
        (Cause.DOUBLE, at(24, 8, 30), 1, {}, {}),
    ],
)
def test_an_occurrence_gives_way_to_what_stands_beside_it(
    cause: Cause, when: Any, post: int, channel: dict[str, Any], rules: dict[Any, Any]
) -> None:
    """As the job leaves it out, whether it comes before or after what is queued; that is told nothing."""
    facts: dict[str, Any] = {
        "posts": [POST, replace(POST, id=2, key="bai-2")], "channels": [replace(FANPAGE, **channel)],
        "task": {"rules": rules},
    }  # fmt: skip
    found = forecast(row(7, at(24, 8)), recurring=(Again(post, FANPAGE.id, (when,)),), **facts)
    told = {one.number: one for one in found.items}
    assert told[7].grade is Grade.GOES and told[0].grade is Grade.FAILS
    assert [one.cause for one in told[0].troubles] == [cause]
    assert told[0].troubles[0].words.endswith("Lượt lặp lại này sẽ bị bỏ qua.")


def test_of_two_occurrences_of_one_day_the_rule_that_was_set_up_first_has_the_day() -> None:
    newer, older = Again(2, FANPAGE.id, (at(24, 8), at(26, 8))), Again(1, FANPAGE.id, (at(24, 17), at(25, 17)))
    posts = [POST, replace(POST, id=2, key="bai-2")]
    found = forecast(posts=posts, channels=[replace(FANPAGE, daily_most=1)], recurring=(newer, older))
    assert [one.at for one in found.failing] == [at(24, 8)] and found.warned == ()


@pytest.mark.parametrize("kept_out_by", [{"season": "12-15/02-28"}, {"valid_to": date(2026, 11, 24)}, {}])
def test_an_occurrence_that_is_left_out_takes_no_place_from_the_autopilot(kept_out_by: dict[str, Any]) -> None:
    """The slot of its hour is filled, also where only what stands beside it keeps it out."""
    posts = [*(replace(POST, id=number, key=f"bai-{number}") for number in range(1, 8)),
             replace(POST, id=8, key="lap-lai", **kept_out_by)]  # fmt: skip
    task = {"channels": (replace(slots(8), gap_minutes=30),), "candidates": tuple(map(candidate, posts[:7]))}
    rows = [] if kept_out_by else [row(1, at(25, 7, 15), post=8)]
    channels = [replace(FANPAGE, gap_minutes=30)]
    again = Again(8, FANPAGE.id, (at(25, 8),))
    found = forecast(*rows, posts=posts, task=task, channels=channels, recurring=(again,))
    there = {(one.origin, one.grade) for one in found.items if one.at == at(25, 8)}
    assert there == {("recurrence", Grade.FAILS), ("autopilot", Grade.GOES)}


def test_recurring_posts_stand_before_the_autopilot_fills_the_rest() -> None:
    posts = [replace(POST, id=number, key=f"bai-{number}") for number in range(1, 9)]
    task = {"channels": (slots(8),), "candidates": tuple(candidate(one) for one in posts)}
    again = Again(8, FANPAGE.id, (at(25, 8), at(27, 8)))
    found = forecast(posts=posts, task=task, recurring=(again,))
    assert [(one.at, one.planned) for one in found.items if one.origin == "recurrence"] == [
        (at(25, 8), True),
        (at(27, 8), True),
    ]
    assert len({one.at for one in found.items}) == len(found.items) == 7, "no hour is given twice"
