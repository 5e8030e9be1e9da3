"""After a pause: nothing goes on by itself, everything by a decision, and never in one burst."""

from typing import Any

import pytest
from sqlmodel import select

from connectors.base import Part
from content.tables import Review
from scheduler import release
from scheduler.channels import set_slots
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.moving import move
from scheduler.pauses import end, held_counts
from scheduler.queue import QueueError
from scheduler.release import Released, all_back_to_draft, back_to_draft, drop_all, spread
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_moving import both_at_once, words_of
from tests.scheduler.test_pauses import DAY, HA, MINUTE, held, pause

# Afterwards ---------------------------------------------------------------------------------------------


@pytest.fixture
def after(running: Running) -> tuple[Running, Channel, list[Publication]]:
    """Three posts that a pause held; it is over."""
    page = running.connect("facebook")
    with writing(running.engine) as session:
        set_slots(session, page, {weekday: [450, 690] for weekday in range(7)})
    rows = [running.queue(running.post(), page, NOW + hours * HOUR) for hours in (1, 2, 3)]
    one = pause(running)
    running.pass_time(NOW + 10 * HOUR)
    end(running.engine, one.id or 0, now=running.clock.now(), by=HA)
    return running, page, rows


Held = tuple[Running, Channel, list[Publication]]


def test_nothing_goes_on_by_itself_after_a_pause(after: Held) -> None:
    house, _, rows = after
    house.pass_time(NOW + 5 * DAY)
    assert [house.load(row.id).state for row in rows] == [State.HELD] * 3
    assert house.sandbox.public("facebook") == []


def test_all_at_once_means_one_free_slot_each_and_never_a_burst(after: Held) -> None:
    house, page, rows = after
    taken = house.queue(house.post(), page, NOW + DAY + 3 * HOUR + 30 * MINUTE)  # tomorrow 11:30
    done = spread(house.service.desk, now=house.clock.now(), actor=LAN)
    tomorrow = NOW + DAY - 30 * MINUTE  # 07:30
    hours = [tomorrow, tomorrow + DAY, tomorrow + DAY + 4 * HOUR]
    assert [(number, at) for number, at in done.moved] == [(row.id, at) for row, at in zip(rows, hours, strict=True)]
    assert done.left == [] and held(house) == []
    house.pass_time(NOW + 3 * DAY)
    assert {house.load(row.id).state for row in [*rows, taken]} == {State.PUBLISHED}


def test_two_who_spread_at_once_move_each_item_once(after: Held) -> None:
    house, _, rows = after
    now = house.clock.now()
    answers = both_at_once([lambda: spread(house.service.desk, now=now, actor=LAN)] * 2)
    assert sum(len(one.moved) for one in answers) == 3
    assert all(house.events(row.id).count("resumed") == 1 for row in rows)


def test_a_slot_that_somebody_fills_meanwhile_is_not_given_away_twice(
    after: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking for free slots and moving, another person queues a post into the first of them."""
    house, page, rows = after
    tomorrow = NOW + DAY - 30 * MINUTE  # 07:30

    def moved(*given: Any, **facts: Any) -> State:
        monkeypatch.undo()
        house.queue(house.post(), page, tomorrow)
        return move(*given, **facts)

    monkeypatch.setattr(release, "move", moved)
    done = spread(house.service.desk, now=house.clock.now(), actor=LAN)
    assert len(done.moved) == len(rows)
    assert tomorrow not in [at for _, at in done.moved]


def test_what_cannot_be_spread_is_left_to_a_person_with_the_reason(running: Running) -> None:
    no_slots = running.channel()
    post = running.post()
    parent = running.publication(post_id=post.id, channel_id=no_slots.id, state=State.PUBLISHED, external_id="1")
    running.publication(post_id=post.id, channel_id=no_slots.id, part=Part.COMMENT, follows_id=parent.id, due_at=NOW)
    running.publication(channel_id=no_slots.id, due_at=NOW)
    one = pause(running)
    sweep(running.engine, now=NOW)
    still = spread(running.service.desk, now=NOW, actor=LAN)
    assert any("Quốc tang" in left.why for left in still.left)
    end(running.engine, one.id or 0, now=NOW + MINUTE, by=HA)
    done = spread(running.service.desk, now=NOW + MINUTE, actor=LAN)
    assert done.moved == []
    assert sorted(left.why[:19] for left in done.left) == ["Kênh không còn khun", "Đây là bình luận đầ"]


def test_a_held_item_goes_back_to_its_editor_whole_or_not_at_all(after: Held) -> None:
    house, _, rows = after
    now = house.clock.now()
    assert back_to_draft(house.service.desk, rows[0].id or 0, "Không còn phù hợp.", now=now, actor=LAN) is (
        State.CANCELLED
    )
    with reading(house.engine) as session:
        last = session.exec(select(Review).where(Review.post_id == rows[0].post_id)).all()[-1]
    assert (last.action, last.reason) == ("returned", "Không còn phù hợp.")
    assert "Chuyển bài về nháp: Không còn phù hợp." in words_of(house, rows[0].id)[-1]
    with pytest.raises(QueueError, match="không còn được giữ lại"):
        back_to_draft(house.service.desk, rows[0].id or 0, "", now=now, actor=LAN)
    assert held(house) == [rows[1].id, rows[2].id]


def test_of_two_who_decide_about_one_held_item_one_is_told(after: Held) -> None:
    house, _, rows = after
    desk, number, now = house.service.desk, rows[0].id or 0, house.clock.now()
    answers = both_at_once([
        lambda: back_to_draft(desk, number, "", now=now, actor=LAN),
        lambda: move(desk, number, now + DAY, now=now, actor=MINH),
        lambda: desk.act(number, Event.CANCELLED, now=now, actor=HA),
    ])  # fmt: skip
    assert sum(isinstance(one, State) for one in answers) >= 1
    state = house.load(number).state
    assert state in (State.CANCELLED, State.SCHEDULED, State.HELD)
    assert house.events(number).count("cancelled") <= 1


# By one rule, for all that one pause held ------------------------------------------------------------------


def two_pauses(house: Running) -> tuple[list[Publication], list[Publication], int, int]:
    """Two posts that a pause of a tag held, two that a later pause of everything held; both are over."""
    page = house.connect("facebook")
    with writing(house.engine) as session:
        set_slots(session, page, {weekday: [450, 690] for weekday in range(7)})
    tagged = [house.queue(house.post(tags=["cuoc-thi"]), page, NOW + hours * HOUR) for hours in (1, 2)]
    plain = [house.queue(house.post(), page, NOW + hours * HOUR) for hours in (3, 4)]
    first, second = pause(house, tag="cuoc-thi"), pause(house, "thien_tai", since=NOW + 2 * HOUR + MINUTE)
    house.pass_time(NOW + 6 * HOUR)
    for one in (first, second):
        end(house.engine, one.id or 0, now=house.clock.now(), by=HA)
    return tagged, plain, first.id or 0, second.id or 0


def test_one_rule_decides_about_all_that_one_pause_held_and_nothing_else(running: Running) -> None:
    tagged, plain, first, second = two_pauses(running)
    desk, now = running.service.desk, running.clock.now()
    with reading(running.engine) as session:
        assert held_counts(session) == {first: 2, second: 2}
    dropped = drop_all(desk, pause_id=first, now=now, actor=LAN)
    assert (dropped.done, dropped.left, dropped.more) == ([row.id for row in tagged], [], 0)
    assert held(running) == [row.id for row in plain]
    assert words_of(running, tagged[0].id)[-1] == "Bỏ qua sau khi tạm dừng."
    assert drop_all(desk, pause_id=first, now=now, actor=MINH).done == [], "a second click finds nothing"
    done = spread(desk, pause_id=second, now=now, actor=LAN)
    assert done.done == [row.id for row in plain] and len({at for _, at in done.moved}) == 2
    running.pass_time(NOW + 3 * DAY)
    assert {running.load(row.id).state for row in plain} == {State.PUBLISHED}
    assert len(running.sandbox.public("facebook")) == 2


def test_all_go_back_to_their_editors_and_what_follows_a_post_is_left(running: Running) -> None:
    channel = running.channel()
    rows = [running.publication(channel_id=channel.id) for _ in range(3)]
    parent = running.publication(channel_id=channel.id, state=State.PUBLISHED, external_id="1")
    comment = running.publication(
        post_id=parent.post_id, channel_id=channel.id, part=Part.COMMENT, follows_id=parent.id
    )
    one = pause(running)
    sweep(running.engine, now=NOW)
    back = all_back_to_draft(running.service.desk, pause_id=one.id, now=NOW, actor=LAN, reason="Sau quốc tang.")
    assert back.done == [row.id for row in rows]
    assert [(left.number, left.why[:19]) for left in back.left] == [(comment.id, "Đây là bình luận đầ")]
    assert {running.load(row.id).state for row in rows} == {State.CANCELLED}
    with reading(running.engine) as session:
        reviews = session.exec(select(Review)).all()
    assert [(one.action, one.reason) for one in reviews] == [("returned", "Sau quốc tang.")] * 3


def test_one_go_is_bounded_and_says_how_much_is_left(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "MOST", 3)
    rows = [running.publication() for _ in range(7)]
    pause(running)
    sweep(running.engine, now=NOW)
    first = drop_all(running.service.desk, now=NOW, actor=LAN)
    assert (len(first.done), first.more) == (3, 4)
    again = [drop_all(running.service.desk, now=NOW, actor=LAN) for _ in range(2)]
    assert [(len(one.done), one.more) for one in again] == [(3, 1), (1, 0)]
    assert {running.load(row.id).state for row in rows} == {State.CANCELLED}


def test_of_two_who_drop_and_spread_at_once_each_item_has_one_decision(running: Running) -> None:
    _, plain, _, second = two_pauses(running)
    desk, now = running.service.desk, running.clock.now()
    answers = both_at_once([
        lambda: drop_all(desk, pause_id=second, now=now, actor=LAN),
        lambda: spread(desk, pause_id=second, now=now, actor=MINH),
    ])  # fmt: skip
    dropped, moved = answers
    assert isinstance(dropped, Released) and isinstance(moved, Released)
    assert sorted([*dropped.done, *moved.done]) == [row.id for row in plain]
    for row in plain:
        assert running.load(row.id).state == (State.CANCELLED if row.id in dropped.done else State.SCHEDULED)


def test_a_post_of_a_tag_that_is_still_paused_is_not_given_a_slot_and_the_others_are(running: Running) -> None:
    page = running.channel()
    with writing(running.engine) as session:
        set_slots(session, page, {weekday: [450, 690] for weekday in range(7)})
    rows = [running.publication(channel_id=page.id, post_id=running.post(tags=tags).id) for tags in (["tin-vui"], [])]
    everything = pause(running)
    pause(running, "chi_dao", tag="tin-vui")
    sweep(running.engine, now=NOW)
    end(running.engine, everything.id or 0, now=NOW + MINUTE, by=HA)
    done = spread(running.service.desk, now=NOW + MINUTE, actor=LAN)
    assert done.done == [rows[1].id] and "nhãn “Tin vui, giải trí”" in done.left[0].why
