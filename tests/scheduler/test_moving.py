"""Another time for a publication, publishing now, asking again: what is refused, what stays, who wins a race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from connectors.base import Part
from content.tables import Editorial
from scheduler.claim import claim
from scheduler.db import reading
from scheduler.lifecycle import Event, State
from scheduler.moving import move
from scheduler.queue import QueueError
from scheduler.rows import AWAITED
from scheduler.sweep import sweep
from scheduler.tables import Publication, PublicationEvent
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import HOUR, Running

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def words_of(house: Running, number: int | None) -> list[str]:
    with reading(house.engine) as session:
        rows = session.exec(select(PublicationEvent).where(PublicationEvent.publication_id == number)).all()
        return [row.words for row in sorted(rows, key=lambda row: row.id or 0)]


def both_at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """What becomes of acts that begin together: their answer, or the words of their refusal."""
    gate = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        gate.wait(timeout=20)
        try:
            return act()
        except QueueError as error:
            return str(error)

    with ThreadPoolExecutor(len(acts)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(do, act) for act in acts]]


# Moving -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SCHEDULED, State.READY, State.RETRY_WAIT])
def test_what_waits_gets_another_time_and_keeps_what_was_prepared(running: Running, state: State) -> None:
    post, channel = running.post(late_minutes=60), running.channel()
    row = running.publication(
        post_id=post.id, channel_id=channel.id, due_at=NOW + HOUR, late_until=NOW + 2 * HOUR, state=state,
        next_attempt_at=NOW + HOUR, saved={"photo": "1"}, prepared_hash=post.content_hash, attempts=3, problem="Lỗi.",
    )  # fmt: skip
    at = NOW + 3 * DAY
    assert move(running.service.desk, row.id or 0, at, now=NOW, actor=LAN) is State.SCHEDULED
    moved = running.load(row.id)
    assert (moved.due_at, moved.late_until, moved.saved) == (at, at + HOUR, {"photo": "1"})
    assert moved.next_attempt_at is not None and NOW + DAY < moved.next_attempt_at < at
    assert (moved.attempts, moved.problem, moved.prepared_hash) == (0, "", post.content_hash)
    assert running.events(row.id) == ["moved"]
    assert "09:00 ngày 23/11/2026 sang 08:00 ngày 26/11/2026" in words_of(running, row.id)[0]


def test_a_moved_post_goes_out_at_its_new_time_and_only_then(running: Running) -> None:
    row = running.queue(running.post(), running.connect("facebook"), NOW + HOUR)
    running.pass_time(NOW + HOUR - MINUTE)
    assert running.load(row.id).state == State.READY
    move(running.service.desk, row.id or 0, NOW + 5 * HOUR, now=running.clock.now(), actor=LAN)
    running.pass_time(NOW + 5 * HOUR - MINUTE)
    assert running.sandbox.public("facebook") == []
    running.pass_time(NOW + 5 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert "muộn" not in " ".join(words_of(running, row.id))


@pytest.mark.parametrize("state", [State.HELD, State.FAILED, State.MISSED])
def test_what_stopped_goes_on_at_the_time_a_person_gives_it(running: Running, state: State) -> None:
    row = running.publication(state=state, held_by="held", due_at=NOW - DAY, next_attempt_at=None, sent_at=NOW - DAY)
    at = NOW + 30 * MINUTE
    assert move(running.service.desk, row.id or 0, at, now=NOW, actor=LAN) is State.SCHEDULED
    moved = running.load(row.id)
    assert (moved.due_at, moved.next_attempt_at, moved.held_by, moved.sent_at) == (at, NOW, "", None)
    assert running.events(row.id) == ["resumed"]


def test_what_the_platform_asked_to_wait_for_is_not_tried_earlier_because_it_was_moved(running: Running) -> None:
    row = running.publication(state=State.RETRY_WAIT, due_at=NOW, next_attempt_at=NOW + 20 * MINUTE)
    move(running.service.desk, row.id or 0, NOW + HOUR, now=NOW, actor=LAN)
    assert running.load(row.id).next_attempt_at == NOW + 20 * MINUTE


def test_a_time_that_has_passed_is_refused(running: Running) -> None:
    row = running.publication()
    with pytest.raises(QueueError, match="đã qua"):
        move(running.service.desk, row.id or 0, NOW, now=NOW, actor=LAN)


def test_a_day_on_which_the_post_is_not_valid_is_refused(running: Running) -> None:
    row = running.publication(post_id=running.post(valid_to=date(2026, 11, 25)).id)
    with pytest.raises(QueueError, match="hiệu lực"):
        move(running.service.desk, row.id or 0, NOW + 3 * DAY, now=NOW, actor=LAN)
    move(running.service.desk, row.id or 0, NOW + 2 * DAY, now=NOW, actor=LAN)


def test_a_channel_that_is_off_takes_no_other_time(running: Running) -> None:
    row = running.publication(channel_id=running.channel(state="off").id)
    with pytest.raises(QueueError, match="đã tắt"):
        move(running.service.desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)


@pytest.mark.parametrize(("state", "says"), [(State.SCHEDULED, "đã có trong hàng chờ"), (State.CANCELLED, "Đã hủy")])
def test_the_same_post_never_stands_twice_at_one_time(running: Running, state: State, says: str) -> None:
    post, channel = running.post(), running.channel()
    running.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + DAY, state=state)
    row = running.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + HOUR)
    with pytest.raises(QueueError, match=says):
        move(running.service.desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)
    assert running.load(row.id).due_at == NOW + HOUR


@pytest.mark.parametrize(
    "state",
    sorted(set(State) - {State.SCHEDULED, State.READY, State.RETRY_WAIT, State.HELD, State.FAILED, State.MISSED}),
)
def test_nothing_else_can_be_moved(running: Running, state: State) -> None:
    row = running.publication(state=state, lease_until=NOW + HOUR)
    with pytest.raises(QueueError, match=f"mục {row.id}|Mục {row.id}"):
        move(running.service.desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)
    assert running.load(row.id).due_at == NOW


@pytest.mark.parametrize("number", [0, -1, 999, 2**31, 2**70])
def test_a_number_that_is_no_items_is_told_in_words(running: Running, number: int) -> None:
    with pytest.raises(QueueError, match="Không có mục số"):
        move(running.service.desk, number, NOW + DAY, now=NOW, actor=LAN)


def test_the_same_time_again_changes_nothing_and_is_no_mistake(running: Running) -> None:
    row = running.publication(due_at=NOW + HOUR)
    assert move(running.service.desk, row.id or 0, NOW + HOUR, now=NOW, actor=LAN) is State.SCHEDULED
    assert running.events(row.id) == []


def test_who_saw_an_older_time_is_told_the_new_one(running: Running) -> None:
    row = running.publication(due_at=NOW + HOUR)
    move(running.service.desk, row.id or 0, NOW + 2 * HOUR, now=NOW, actor=MINH, seen=NOW + HOUR)
    with pytest.raises(QueueError, match="10:00 ngày 23/11/2026"):
        move(running.service.desk, row.id or 0, NOW + 3 * HOUR, now=NOW, actor=LAN, seen=NOW + HOUR)


def test_of_two_who_move_the_same_item_from_the_same_time_one_is_told(running: Running) -> None:
    row = running.publication(due_at=NOW + HOUR)
    desk, number = running.service.desk, row.id or 0
    answers = both_at_once([
        lambda at=NOW + 2 * HOUR + minutes * MINUTE: move(desk, number, at, now=NOW, actor=LAN, seen=NOW + HOUR)
        for minutes in range(4)
    ])  # fmt: skip
    assert sorted(map(str, answers)).count("scheduled") == 1, answers
    assert running.events(row.id) == ["moved"]


def test_two_items_of_one_post_never_meet_at_one_time_when_both_are_moved_there_at_once(running: Running) -> None:
    post, channel = running.post(), running.channel()
    rows = [
        running.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + hours * HOUR) for hours in (1, 2, 3)
    ]
    desk = running.service.desk
    answers = both_at_once([
        lambda number=row.id or 0: move(desk, number, NOW + DAY, now=NOW, actor=LAN) for row in rows
    ])  # fmt: skip
    assert sorted(map(str, answers)).count("scheduled") == 1, answers
    assert all("đúng giờ này" in one for one in answers if one is not State.SCHEDULED)


def test_a_worker_that_holds_the_row_does_not_send_at_the_old_time(running: Running) -> None:
    """The clock claims the row in the very moment in which a person moves it: one of the two is told."""
    row = running.queue(running.post(), running.connect("facebook"), NOW + HOUR)
    running.pass_time(NOW + HOUR - MINUTE)
    running.clock.set(NOW + HOUR)
    [taken] = claim(running.engine, now=NOW + HOUR, owner="a", limit=1)
    with pytest.raises(QueueError, match="đang được xử lý"):
        move(running.service.desk, row.id or 0, NOW + DAY, now=NOW + HOUR, actor=LAN)
    running.service.worker.run(taken)
    assert len(running.sandbox.public("facebook")) == 1


# Parts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [Part.COMMENT, Part.REVISION])
def test_what_is_sent_at_once_has_no_hour_of_its_own(running: Running, part: Part) -> None:
    row = running.publication(part=part, state=State.FAILED)
    with pytest.raises(QueueError, match="không có giờ riêng"):
        move(running.service.desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)


def test_a_broadcast_moves_within_the_hours_its_platform_takes_and_stays_worth_a_night(running: Running) -> None:
    post, channel = running.post(), running.channel("zalo")
    parent = running.publication(
        post_id=post.id, channel_id=channel.id, state=State.PUBLISHED, external_id="a1", published_at=NOW
    )
    row = running.publication(
        post_id=post.id, channel_id=channel.id, part=Part.BROADCAST, follows_id=parent.id, due_at=NOW + HOUR,
        details={"articles": [parent.id], "audience": {}},
    )  # fmt: skip
    with pytest.raises(QueueError, match="giờ gần nhất gửi được"):
        move(running.service.desk, row.id or 0, NOW + 18 * HOUR, now=NOW, actor=LAN)
    move(running.service.desk, row.id or 0, NOW + 2 * HOUR, now=NOW, actor=LAN)
    assert running.load(row.id).late_until == NOW + 14 * HOUR


# A post that is not approved yet -------------------------------------------------------------------------


def test_a_post_that_is_not_approved_may_have_a_time_and_waits_for_its_approval(running: Running) -> None:
    post, channel = running.post(state=Editorial.DRAFT), running.connect("facebook")
    desk = running.service.desk
    with pytest.raises(QueueError, match="chưa được duyệt"):
        desk.add(post.key, channel.key, NOW + 3 * HOUR, now=NOW, actor=LAN)
    row = desk.add(post.key, channel.key, NOW + 3 * HOUR, now=NOW, actor=LAN, unapproved=True)
    assert (row.state, row.held_by, row.next_attempt_at) == (State.HELD, Event.APPROVAL_LOST, None)
    assert row.problem == AWAITED and "Chờ duyệt" in words_of(running, row.id)[0]
    running.pass_time(NOW + HOUR)
    assert running.load(row.id).state == State.HELD
    running.approve_again(post)
    running.pass_time(NOW + 3 * HOUR - MINUTE)
    assert (running.load(row.id).problem, running.sandbox.public("facebook")) == ("", [])
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED


def test_an_approved_post_that_may_be_unapproved_is_queued_as_ever(running: Running) -> None:
    row = running.service.desk.add(
        running.post().key, running.channel().key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True
    )
    assert (row.state, row.held_by) == (State.SCHEDULED, "")


def test_what_the_platform_would_refuse_is_refused_for_a_draft_too(running: Running) -> None:
    draft = running.post(state=Editorial.DRAFT, platforms=["zalo"])
    with pytest.raises(QueueError, match="không dành cho"):
        running.service.desk.add(draft.key, running.channel().key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)


def test_what_is_approved_after_its_late_rule_is_missed_with_words_and_never_sent(running: Running) -> None:
    post, channel = running.post(state=Editorial.DRAFT, late_minutes=60), running.connect("facebook")
    row = running.service.desk.add(post.key, channel.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.HELD
    running.approve_again(post)
    running.pass_time(NOW + 4 * HOUR)
    missed = running.load(row.id)
    assert missed.state == State.MISSED and "duyệt khi đã quá giờ" in missed.problem
    assert running.sandbox.public("facebook") == []


def test_what_is_approved_a_little_late_goes_out_and_says_why(running: Running) -> None:
    post, channel = running.post(state=Editorial.DRAFT, late_minutes=180), running.connect("facebook")
    row = running.service.desk.add(post.key, channel.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)
    running.pass_time(NOW + 2 * HOUR)
    running.approve_again(post)
    running.pass_time(NOW + 2 * HOUR + MINUTE)
    assert running.load(row.id).state == State.PUBLISHED
    assert any("Đăng muộn 60 phút. Bài được duyệt sau giờ đăng." in one for one in words_of(running, row.id))


def test_what_waits_for_its_approval_can_be_given_another_time_and_waits_on(running: Running) -> None:
    post, channel = running.post(state=Editorial.DRAFT), running.channel()
    desk = running.service.desk
    row = desk.add(post.key, channel.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)
    assert move(desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN) is State.HELD
    sweep(running.engine, now=NOW)
    moved = running.load(row.id)
    assert (moved.state, moved.held_by, moved.due_at) == (State.HELD, Event.APPROVAL_LOST, NOW + DAY)
    running.approve_again(post)
    sweep(running.engine, now=NOW)
    assert running.load(row.id).state == State.SCHEDULED


def test_of_two_who_add_the_same_post_at_the_same_time_one_is_told(running: Running) -> None:
    post, channel, desk = running.post(), running.channel(), running.service.desk
    answers = both_at_once([lambda: desk.add(post.key, channel.key, NOW + DAY, now=NOW, actor=LAN)] * 3)
    assert sum(isinstance(one, Publication) for one in answers) == 1, answers
    assert all("đúng giờ này" in one for one in answers if isinstance(one, str))
