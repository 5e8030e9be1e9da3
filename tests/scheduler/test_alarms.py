"""What the watch finds, and what it leaves alone: each check from values, then all of it over a real database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from content.vietnamese import LOCAL
from scheduler.alarms import find
from scheduler.alarms.access import ending_accesses, failing_refreshes, missing_figures, short_quotas, stopped_channels
from scheduler.alarms.days import empty_days, silent_channels
from scheduler.alarms.house import failed_jobs, pauses, unheard, unread_portals
from scheduler.alarms.items import held, late, late_approvals, not_sent
from scheduler.alarms.values import (
    ChannelFacts,
    ItemFacts,
    JobFacts,
    PauseFacts,
    PortalFacts,
    QuotaFacts,
    RefreshFacts,
    Snapshot,
    WayFacts,
)
from scheduler.autopilot.values import DayRule
from scheduler.lifecycle import Event, State
from scheduler.notices import Finding, Grade
from tests.conftest import NOW

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
AFTERNOON = datetime(2026, 11, 23, 16, 30, tzinfo=LOCAL)
"""Monday."""
TUESDAY = date(2026, 11, 24)
DAILY = dict.fromkeys(range(7), (450, 690))


def channel(number: int = 1, **facts: Any) -> ChannelFacts:
    values = {
        "id": number, "key": f"kenh-{number}", "name": f"Kênh {number}", "state": "connected", "words": "",
        "agency": "", "created_at": NOW - 90 * DAY, "slots": DAILY, **facts,
    }  # fmt: skip
    return ChannelFacts(**values)


def seen(*channels: ChannelFacts, now: datetime = AFTERNOON, **facts: Any) -> Snapshot:
    known = {one.id: one for one in channels or (channel(),)}
    return Snapshot(now=now, empty_day_at=time(16, 30), channels=known, **facts)


def item(state: State, due_at: datetime, **facts: Any) -> ItemFacts:
    values = {
        "id": 12, "title": "Giữ giấy hẹn", "post_key": "giay-hen", "channel_id": 1, "due_at": due_at, "state": state,
        "held_by": "", "problem": "", "fence": 1, **facts,
    }  # fmt: skip
    return ItemFacts(**values)


def stop(since: datetime = NOW - DAY, **facts: Any) -> PauseFacts:
    values = {
        "id": 5, "since": since, "until": None, "ended_at": None, "ended_by": "", "started_by": "Hà",
        "told": "Tạm dừng (Quốc tang) từ 08:00.", **facts,
    }  # fmt: skip
    return PauseFacts(**values)


def grades(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.subject, one.grade.value) for one in findings]


# Days ------------------------------------------------------------------------------------------------------


def test_a_day_on_which_no_channel_has_anything_is_one_alarm() -> None:
    (one,) = empty_days(seen(channel(1), channel(2)))
    assert (one.subject, one.grade) == ("empty_day:2026-11-24", Grade.ALARM)
    assert one.words.startswith("Thứ Ba, ngày 24/11/2026, chưa có bài nào") and one.path == "/lich?ngay=2026-11-24"


def test_a_channel_without_anything_on_a_day_of_its_hours_is_a_warning() -> None:
    found = list(
        empty_days(seen(channel(1), channel(2), channel(3, slots={0: (450,)}), filled=frozenset({(1, TUESDAY)})))
    )
    assert grades(found) == [("empty_day:2026-11-24:2", "warning")]
    assert "“Kênh 2”" in found[0].words


def test_before_the_afternoon_tomorrow_is_not_looked_at() -> None:
    assert list(empty_days(seen(now=AFTERNOON - MINUTE))) == []


def test_weekends_and_days_off_are_news_that_say_so() -> None:
    friday, saturday = AFTERNOON + 4 * DAY, date(2026, 11, 28)
    (weekend,) = empty_days(seen(now=friday))
    assert (weekend.grade, saturday.isoformat() in weekend.subject) == (Grade.NEWS, True)
    assert "ngày nghỉ cuối tuần" in weekend.words
    (holiday,) = empty_days(seen(days_off={TUESDAY: "Ngày Văn hóa Việt Nam"}))
    assert holiday.grade is Grade.NEWS and "Ngày Văn hóa Việt Nam" in holiday.words
    weekdays_only = channel(slots=dict.fromkeys(range(5), (450,)))
    assert list(empty_days(seen(weekdays_only, now=friday))) == []


def test_nothing_is_expected_of_what_is_off_paused_or_ruled_out() -> None:
    assert list(empty_days(seen(channel(state="off")))) == []
    assert list(empty_days(seen(pauses=[stop()]))) == []
    assert list(empty_days(seen(rules={TUESDAY: DayRule("Quốc tang", at_most=0)}))) == []
    others = seen(channel(1, agency="snv"), channel(2), filled=frozenset({(2, TUESDAY)}), pauses=[stop(agency="snv")])
    assert list(empty_days(others)) == []


@pytest.mark.parametrize(
    "facts", [{"tag": "tin-vui"}, {"until": AFTERNOON + HOUR}, {"channel_id": 9}, {"agency": "khac"}]
)
def test_a_pause_of_something_else_or_another_time_excuses_nothing(facts: dict[str, Any]) -> None:
    assert len(list(empty_days(seen(pauses=[stop(**facts)])))) == 1


def test_what_was_told_yesterday_stands_until_the_day_is_over_or_filled() -> None:
    morning, told = AFTERNOON + 16 * HOUR, frozenset({"empty_day:2026-11-24"})
    assert grades(list(empty_days(seen(now=morning, open=told)))) == [("empty_day:2026-11-24", "alarm")]
    assert list(empty_days(seen(now=morning))) == [], "a day that has begun is not told anew"
    assert list(empty_days(seen(now=morning, open=told, filled=frozenset({(1, TUESDAY)})))) == []
    assert list(empty_days(seen(now=morning + 18 * HOUR, open=told))) == []


def test_a_channel_that_was_silent_for_a_week_is_told_once_and_an_agency_as_a_whole() -> None:
    assert grades(list(silent_channels(seen(channel(1), channel(2), active=frozenset({2}))))) == [
        ("quiet:channel:1", "warning")
    ]
    both = seen(channel(1, agency="snv"), channel(2, agency="snv"), agencies={"snv": "Sở Nội vụ"})
    (one,) = silent_channels(both)
    assert one.subject == "quiet:agency:snv" and one.words.startswith("Sở Nội vụ không có bài nào")
    for facts in ({"state": "reconnect"}, {"created_at": NOW - DAY}):
        assert list(silent_channels(seen(channel(**facts)))) == []


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"is_read": False}, True),
        ({"is_read": True}, False),
        ({"is_read": False, "created_at": AFTERNOON - DAY}, False),
        ({"is_read": False, "state": "reconnect"}, False),
        ({"is_read": False, "state": "off"}, False),
    ],
)
def test_a_channel_whose_figures_do_not_come_for_two_days_is_told(facts: dict[str, Any], told: bool) -> None:
    found = list(missing_figures(seen(channel(**facts))))
    assert grades(found) == ([("figures:1", "warning")] if told else [])
    assert all(one.path == "/nhap-so-lieu?kenh=kenh-1" for one in found)


# Accesses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends_in", "queued", "grade"),
    [
        (3 * DAY, 4, "alarm"),
        (3 * DAY, 0, "warning"),
        (20 * DAY, 4, "warning"),
        (20 * DAY, 0, None),
        (-HOUR, 0, "alarm"),
    ],
)
def test_an_access_that_dies_before_the_queue_does(ends_in: timedelta, queued: int, grade: str | None) -> None:
    after = {1: (queued, AFTERNOON + ends_in + HOUR)} if queued else {}
    found = list(ending_accesses(seen(channel(expires_at=AFTERNOON + ends_in), after_expiry=after)))
    assert [one.grade.value for one in found] == ([grade] if grade else [])
    if queued and found:
        assert "còn 4 mục" in found[0].words and "mục đầu tiên lúc" in found[0].words


def test_an_access_that_renews_itself_is_no_matter() -> None:
    assert (
        list(ending_accesses(seen(channel(expires_at=AFTERNOON + HOUR, renews=True), after_expiry={1: (9, NOW)}))) == []
    )


def test_a_renewal_that_keeps_failing_is_told_and_pressing_near_the_end() -> None:
    def found(failed: int, ends_in: timedelta) -> list[str]:
        tries = [RefreshFacts(1, 3, failed, NOW)]
        one = channel(expires_at=AFTERNOON + ends_in, renews=True)
        return [one.grade.value for one in failing_refreshes(seen(one, refreshes=tries))]

    assert (found(1, HOUR), found(2, 3 * DAY), found(2, HOUR)) == ([], ["warning"], ["alarm"])


def test_a_stopped_channel_is_an_alarm_with_its_reason_and_one_that_is_off_is_not() -> None:
    down = channel(state="reconnect", words="Mã truy cập đã bị thu hồi.")
    (one,) = stopped_channels(seen(down, channel(2, state="off")))
    assert one.grade is Grade.ALARM and "cần kết nối lại. Mã truy cập đã bị thu hồi." in one.words


def test_a_budget_that_is_too_small_is_told_with_its_day_and_numbers() -> None:
    facts = QuotaFacts("app:x", "upload", "lượt tải video lên trong ngày", "kênh “A”", TUESDAY, False, 2, 5, "/lich")
    (one,) = short_quotas(seen(quotas=[facts, replace(facts, name="other", wanted=2)]))
    assert one.words.startswith(
        "Ngày 24/11/2026, hàng chờ của kênh “A” cần 5 lượt tải video lên trong ngày nhưng chỉ còn 2"
    )


# Items -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.FAILED, State.MISSED, State.NEEDS_PERSON])
def test_what_did_not_go_out_is_an_alarm_of_its_own_for_each_try(state: State) -> None:
    one, again = (item(state, NOW, fence=fence, problem="Ảnh quá lớn.") for fence in (1, 2))
    first, second = not_sent(seen(items=[one, again]))
    assert first.grade is Grade.ALARM and first.path == "/muc/12" and "Ảnh quá lớn." in first.words
    assert first.subject != second.subject


def test_a_title_with_line_breaks_stays_on_one_line() -> None:
    (one,) = not_sent(seen(items=[item(State.FAILED, NOW, title="Tên\r\nBcc: x@y.z")]))
    assert "\n" not in one.words and "“Tên Bcc: x@y.z”" in one.words


@pytest.mark.parametrize(("minutes", "count"), [(29, 0), (30, 1)])
def test_what_waits_half_an_hour_after_its_time_is_late(minutes: int, count: int) -> None:
    found = list(late(seen(items=[item(State.READY, AFTERNOON - minutes * MINUTE)])))
    assert len(found) == count


def test_what_waits_for_its_approval_is_told_a_day_before() -> None:
    waits = {"held_by": Event.APPROVAL_LOST}
    near, far = item(State.HELD, AFTERNOON + 23 * HOUR, **waits), item(State.HELD, AFTERNOON + 25 * HOUR, **waits)
    assert len(list(late_approvals(seen(items=[near, far])))) == 1
    assert list(late_approvals(seen(items=[item(State.HELD, AFTERNOON, held_by=Event.HELD)]))) == []


def test_what_a_pause_holds_is_told_only_after_the_pause() -> None:
    assert list(held(seen(held={1: 3}, pauses=[stop()]))) == []
    (one,) = held(seen(held={1: 3}, pauses=[stop(ended_at=AFTERNOON - HOUR)]))
    assert "Còn 3 mục" in one.words


# The house -------------------------------------------------------------------------------------------------


def test_a_pause_is_news_when_it_begins_and_for_a_day_when_it_ended() -> None:
    ended = {"ended_at": AFTERNOON - HOUR, "ended_by": "Hà"}
    assert grades(list(pauses(seen(pauses=[stop()])))) == [("pause:5:began", "news")]
    (one,) = pauses(seen(pauses=[stop(**ended)]))
    assert one.subject == "pause:5:ended" and "do Hà kết thúc" in one.words
    for facts in ({"since": AFTERNOON + HOUR}, {"ended_at": AFTERNOON - 2 * DAY, "since": NOW - 9 * DAY}):
        assert list(pauses(seen(pauses=[stop(**facts)]))) == []


def test_a_job_that_failed_or_died_is_an_alarm() -> None:
    def job(outcome: str, ago: timedelta) -> JobFacts:
        return JobFacts("backup", "sao lưu", AFTERNOON - ago, AFTERNOON - ago, outcome, "OSError: đĩa đầy")

    assert len(list(failed_jobs(seen(jobs=[job("failed", HOUR), job("", 2 * HOUR)])))) == 2
    assert list(failed_jobs(seen(jobs=[job("ok", 9 * HOUR), job("", MINUTE)]))) == []


def test_a_feed_that_fails_for_a_day_and_a_way_that_does_not_work_are_told() -> None:
    feed = PortalFacts("cong", "Cổng tỉnh", AFTERNOON - 25 * HOUR, "Không tìm thấy máy chủ.")
    assert len(list(unread_portals(seen(portals=[feed, replace(feed, since=AFTERNOON - HOUR)])))) == 1
    (one,) = unheard(seen(ways=[WayFacts("mail", "a@b.c", NOW, "Máy chủ không nhận.")]))
    assert one.grade is Grade.ALARM and "cchc notices test" in one.words


def test_finding_again_finds_the_same() -> None:
    snapshot = seen(channel(1), channel(2, state="blocked"), items=[item(State.FAILED, NOW)])
    assert list(find(snapshot)) == list(find(snapshot))
