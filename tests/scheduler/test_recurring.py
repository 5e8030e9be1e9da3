"""A post again and again: its days, and each of them queued once."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from content.tables import Editorial, Post
from content.vietnamese import local
from scheduler import recurring
from scheduler.calendar_tables import Recurrence
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.moving import move
from scheduler.pauses import begin as pause
from scheduler.queue import QueueError
from scheduler.recurring import MONTH, WEEK, begin, days_of, end, queue_coming, standing
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import Running

DAY = timedelta(days=1)
TODAY = local(NOW).date()
WEDNESDAY = TODAY + 2 * DAY


def weekly(house: Running, **facts: Any) -> Recurrence:
    post = facts.pop("post", None) or house.post()
    channel = facts.pop("channel", None) or house.channel()
    values = {
        "every": WEEK, "on": 2, "minute": 7 * 60 + 30, "since": TODAY, "until": TODAY + 60 * DAY, "now": NOW, **facts
    }  # fmt: skip
    return begin(house.service.desk, post.key, channel.key, actor=LAN, **values)


def rows(house: Running) -> list[Publication]:
    with reading(house.engine) as session:
        return list(session.exec(select(Publication).order_by(Publication.due_at)))  # type: ignore[arg-type]  # a column


def hours(house: Running) -> list[str]:
    return [f"{local(row.due_at):%d/%m %H:%M}" for row in rows(house)]


# The days ----------------------------------------------------------------------------------------------------


def test_every_second_wednesday_is_counted_from_the_first_one() -> None:
    found = list(days_of(WEEK, 2, 2, date(2026, 11, 23), date(2026, 12, 31)))
    assert found == [date(2026, 11, 25), date(2026, 12, 9), date(2026, 12, 23)]


def test_the_31st_is_the_last_day_of_a_month_that_is_shorter() -> None:
    found = list(days_of(MONTH, 1, 31, date(2027, 1, 31), date(2027, 4, 30)))
    assert found == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_a_day_of_the_month_that_has_passed_begins_with_the_next_month() -> None:
    assert list(days_of(MONTH, 3, 5, date(2026, 11, 23), date(2027, 4, 1))) == [date(2026, 12, 5), date(2027, 3, 5)]


@given(
    every=st.sampled_from([WEEK, MONTH]), step=st.integers(1, 12), on=st.integers(0, 31),
    since=st.dates(date(2024, 1, 1), date(2032, 1, 1)), span=st.integers(0, 732),
)  # fmt: skip
def test_the_days_are_what_was_asked_for(every: str, step: int, on: int, since: date, span: int) -> None:
    on, until = (on % 7 if every == WEEK else max(1, on)), since + timedelta(days=span)
    found = list(days_of(every, step, on, since, until))
    assert found == sorted(set(found)) and all(since <= one <= until for one in found)
    if every == WEEK:
        assert all(one.weekday() == on for one in found)
        assert all((after - before).days == 7 * step for before, after in itertools.pairwise(found))
        assert found or span < 7
    else:
        assert all(one.day == on or (one.day < on and (one + DAY).day == 1) for one in found)
        months = [one.year * 12 + one.month for one in found]
        assert all(after - before == step for before, after in itertools.pairwise(months))
        assert found or span < 62
    # nothing is left out before the first
    assert not found or not list(days_of(every, 1, on, since, found[0] - DAY))


# Queueing ----------------------------------------------------------------------------------------------------


def test_the_coming_days_are_queued_once_with_a_reason(running: Running) -> None:
    one = weekly(running)
    for _ in range(2):
        queue_coming(running.service.desk, 9, now=NOW)
    assert hours(running) == ["25/11 07:30", "02/12 07:30"]
    row = rows(running)[0]
    assert (row.origin, row.state, row.details) == (
        "recurrence", State.SCHEDULED, {"recurrence": one.id, "occurrence": "2026-11-25"}
    )  # fmt: skip
    assert row.reason.startswith(f"Lặp lại theo lịch số {one.id} do Lan đặt: thứ Tư mỗi tuần lúc 07:30")
    queue_coming(running.service.desk, 9, now=NOW + 7 * DAY)
    assert hours(running) == ["25/11 07:30", "02/12 07:30", "09/12 07:30"]


def test_what_somebody_cancelled_or_moved_does_not_come_back(running: Running) -> None:
    weekly(running)
    desk = running.service.desk
    queue_coming(desk, 9, now=NOW)
    first, second = rows(running)
    desk.act(first.id or 0, Event.CANCELLED, now=NOW, actor=LAN)
    move(desk, second.id or 0, second.due_at + timedelta(hours=3), now=NOW, actor=LAN)
    assert queue_coming(desk, 9, now=NOW).words == ""
    assert hours(running) == ["25/11 07:30", "02/12 10:30"]


def test_two_clocks_queue_an_occurrence_once(running: Running) -> None:
    weekly(running)
    with ThreadPoolExecutor(4) as pool:
        for one in [pool.submit(queue_coming, running.service.desk, 9, now=NOW) for _ in range(4)]:
            one.result(timeout=60)
    assert hours(running) == ["25/11 07:30", "02/12 07:30"]


def test_no_more_than_so_many_are_queued_and_a_cancelled_one_counts(running: Running) -> None:
    weekly(running, most=2)
    desk = running.service.desk
    queue_coming(desk, 2, now=NOW)
    desk.act(rows(running)[0].id or 0, Event.CANCELLED, now=NOW, actor=LAN)
    for week in range(4):
        queue_coming(desk, 9, now=NOW + 7 * week * DAY)
    assert hours(running) == ["25/11 07:30", "02/12 07:30"]


def test_a_day_of_a_pause_is_left_out_and_told(running: Running) -> None:
    weekly(running)
    pause(running.engine, "chi_dao", since=NOW + DAY, until=NOW + 3 * DAY, now=NOW, by=LAN)
    done = queue_coming(running.service.desk, 9, now=NOW)
    assert hours(running) == ["02/12 07:30"]
    assert "bỏ qua ngày 25/11/2026" in done.words and "Tạm dừng" in done.words


def test_a_notice_is_left_out_on_a_day_off(running: Running) -> None:
    post, channel = running.post(tags=["thong-bao"]), running.channel()
    weekly(running, post=post, channel=channel, on=5, since=date(2027, 2, 1), until=date(2027, 2, 20))
    done = queue_coming(running.service.desk, 20, now=NOW + 65 * DAY)
    assert hours(running) == ["13/02 07:30"] and "bỏ qua ngày 06/02/2027" in done.words


def test_the_gap_and_the_daily_maximum_of_the_channel_are_kept(running: Running) -> None:
    channel = running.channel(gap_minutes=60)
    weekly(running, channel=channel)
    at = local(NOW).replace(hour=8, minute=0) + 2 * DAY
    other = running.post()
    running.service.desk.add(other.key, channel.key, at, now=NOW, actor=LAN)
    done = queue_coming(running.service.desk, 9, now=NOW)
    assert hours(running) == ["25/11 08:00", "02/12 07:30"] and "60 phút" in done.words


def test_a_post_that_is_not_approved_any_more_waits_and_goes_on_when_it_is(running: Running) -> None:
    post = running.post()
    weekly(running, post=post)
    with writing(running.engine) as session:
        running.change(session, post, body="Lời mới.")
    done = queue_coming(running.service.desk, 9, now=NOW)
    assert rows(running) == [] and "chưa được duyệt" in done.words
    running.approve_again(post)
    queue_coming(running.service.desk, 9, now=NOW)
    assert hours(running) == ["25/11 07:30", "02/12 07:30"]


def test_what_was_queued_is_held_when_its_post_changes(running: Running) -> None:
    post, page = running.post(), running.connect("facebook")
    weekly(running, post=post, channel=page)
    queue_coming(running.service.desk, 3, now=NOW)
    with writing(running.engine) as session:
        running.change(session, post, body="Lời mới.")
    running.pass_time(NOW + 2 * DAY)
    assert rows(running)[0].state == State.HELD and running.sandbox.public("facebook") == []


def test_nothing_is_queued_after_the_validity_of_the_post(running: Running) -> None:
    weekly(running, post=running.post(valid_to=WEDNESDAY))
    done = queue_coming(running.service.desk, 9, now=NOW)
    assert hours(running) == ["25/11 07:30"] and "hiệu lực" in done.words


def test_after_its_end_nothing_more_is_queued_and_what_stands_stays(running: Running) -> None:
    one = weekly(running)
    desk = running.service.desk
    queue_coming(desk, 3, now=NOW)
    end(desk, one.id or 0, now=NOW, actor=MINH)
    queue_coming(desk, 30, now=NOW)
    assert hours(running) == ["25/11 07:30"]
    with pytest.raises(QueueError, match="Minh kết thúc"):
        end(desk, one.id or 0, now=NOW, actor=LAN)
    with reading(running.engine) as session:
        assert standing(session, now=NOW) == []


def test_what_is_ended_or_edited_while_the_job_looks_at_it_is_not_queued(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = weekly(running), weekly(running)
    real = recurring._refused_now

    def refused(desk: Any, session: Any, post: Post, channel: Any) -> str:
        if post.id == one.post_id:
            end(desk, one.id or 0, now=NOW, actor=LAN)
        else:
            with writing(running.engine) as writer:
                running.change(writer, writer.get_one(Post, post.id), body="Sửa sau khi duyệt.")
        return real(desk, session, post, channel)

    monkeypatch.setattr(recurring, "_refused_now", refused)
    done = queue_coming(running.service.desk, 9, now=NOW)
    assert rows(running) == [] and f"số {other.id}" in done.words and "sửa sau khi duyệt" in done.words


def test_what_recurs_is_listed_with_what_comes_next(running: Running) -> None:
    weekly(running, most=3)
    queue_coming(running.service.desk, 3, now=NOW)
    with reading(running.engine) as session:
        [one] = standing(session, now=NOW)
    assert one.had == 1 and [f"{at:%d/%m}" for at in one.coming] == ["02/12", "09/12"]


# Refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"every": "day"}, "theo tuần hoặc theo tháng"),
        ({"step": 0}, "từ 1 đến 12"),
        ({"on": 7}, "ngày trong tuần"),
        ({"every": MONTH, "on": 32}, "1 đến 31"),
        ({"minute": 24 * 60}, "00:00 đến 23:59"),
        ({"minute": 23 * 60}, "giờ yên lặng"),
        ({"most": -1}, "Số lần tối đa"),
        ({"until": TODAY - DAY}, "trước ngày bắt đầu"),
        ({"since": TODAY - 9 * DAY, "until": TODAY - DAY}, "đã qua"),
        ({"until": TODAY + 800 * DAY}, "hai năm"),
        ({"since": date(9999, 1, 1), "until": date(9999, 12, 31)}, "quá xa"),
        ({"until": TODAY + DAY}, "không còn ngày nào"),
        ({"since": TODAY - 9 * DAY, "on": 6, "until": TODAY}, "Từ bây giờ .* không còn ngày nào"),
        ({"on": 0, "minute": 7 * 60, "until": TODAY}, "Từ bây giờ .* không còn ngày nào"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(running: Running, facts: dict[str, Any], words: str) -> None:
    with pytest.raises(QueueError, match=words):
        weekly(running, **facts)
    with reading(running.engine) as session:
        assert session.exec(select(Recurrence)).all() == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": Editorial.DRAFT}, "chưa được duyệt"),
        ({"valid_to": TODAY - DAY}, "hết hiệu lực"),
        ({"valid_from": TODAY + 90 * DAY}, "mới có hiệu lực"),
        ({"platforms": ["youtube"]}, "không dành cho"),
    ],
)
def test_a_post_that_may_not_go_out_may_not_recur(running: Running, facts: dict[str, Any], words: str) -> None:
    with pytest.raises(QueueError, match=words):
        weekly(running, post=running.post(**facts))


def test_the_same_rule_twice_is_one(running: Running) -> None:
    post, channel = running.post(), running.channel()
    weekly(running, post=post, channel=channel)
    with pytest.raises(QueueError, match="đã có lịch lặp lại số"):
        weekly(running, post=post, channel=channel)
    weekly(running, post=post, channel=channel, on=4)


def test_a_channel_that_is_off_takes_none(running: Running) -> None:
    channel: Channel = running.channel(state="off")
    with pytest.raises(QueueError, match="đã tắt"):
        weekly(running, channel=channel)
