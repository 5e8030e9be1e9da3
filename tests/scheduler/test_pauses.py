"""The emergency pause: what it holds, what passes, that nothing is lost, and that nothing goes on by itself."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.base import Part
from content.tables import Editorial
from content.vietnamese import local_day
from scheduler.audit import audit_channel
from scheduler.channels import ChannelError, set_slots
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.filling import fill
from scheduler.lifecycle import Event, State
from scheduler.moving import hasten, move, publish_now
from scheduler.pauses import PauseError, active, begin, covering, end, held_by_pause, standing
from scheduler.queue import QueueError
from scheduler.sweep import sweep
from scheduler.tables import Pause
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import HOUR, House, Running
from tests.scheduler.test_moving import both_at_once

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
HA = "Hà"


def pause(house: House, reason: str = "quoc_tang", **facts: Any) -> Pause:
    values: dict[str, Any] = {"now": NOW, "by": HA, "words": "Theo công điện.", **facts}
    return begin(house.engine, reason, **values)


def held(house: House) -> list[int]:
    with reading(house.engine) as session:
        return [row.id or 0 for row, _, _ in held_by_pause(session)]


# Beginning and ending -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"until": NOW}, "đã qua"),
        ({"until": NOW - HOUR}, "đã qua"),
        ({"since": NOW + 2 * HOUR, "until": NOW + HOUR}, "phải sau giờ bắt đầu"),
        ({"reason": "vui"}, "lý do"),
        ({"words": "x" * 1001}, "tối đa 1000"),
        ({"by": " "}, "người tạm dừng"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused_in_words(engine: Engine, facts: dict[str, Any], says: str) -> None:
    house = House(engine)
    with pytest.raises(PauseError, match=says):
        pause(house, **facts)
    with reading(engine) as session:
        assert standing(session, now=NOW) == []


def test_a_pause_of_a_channel_that_does_not_exist_is_refused(engine: Engine) -> None:
    with pytest.raises(ChannelError, match="Không có kênh"):
        pause(House(engine), channel_key="khong-co")


def test_the_same_pause_is_not_set_twice_and_another_one_is(engine: Engine) -> None:
    house = House(engine)
    channel = house.channel()
    first = pause(house, until=NOW + DAY)
    for again in ({}, {"since": NOW + HOUR}):
        with pytest.raises(PauseError, match=f"do {HA} đặt nên không đặt hai lần"):
            pause(house, by=MINH, until=NOW + 2 * HOUR, **again)
    pause(house, channel_key=channel.key)
    pause(house, "thien_tai")
    pause(house, since=NOW + DAY)
    end(engine, first.id or 0, now=NOW + MINUTE, by=HA)
    pause(house, now=NOW + 2 * MINUTE, until=NOW + HOUR)


def test_what_is_planned_for_tomorrow_does_not_keep_anybody_from_stopping_now_or_longer(engine: Engine) -> None:
    house = House(engine)
    tomorrow = pause(house, since=NOW + DAY, until=NOW + 2 * DAY)
    sooner, longer = pause(house, until=NOW + 2 * DAY), pause(house, since=NOW + DAY)
    with reading(engine) as session:
        assert [one.id for one in standing(session, now=NOW)] == [sooner.id, tomorrow.id, longer.id]


def test_of_two_who_press_the_button_at_once_one_is_told(engine: Engine) -> None:
    house = House(engine)
    house.channel()

    def press() -> Any:
        try:
            return pause(house)
        except PauseError as error:
            raise QueueError(str(error)) from None

    answers = both_at_once([press] * 4)
    assert sum(isinstance(one, Pause) for one in answers) == 1, answers


def test_a_pause_is_ended_once_and_never_after_its_own_end(engine: Engine) -> None:
    house = House(engine)
    first, second = pause(house), pause(house, "chi_dao", until=NOW + HOUR)
    assert end(engine, first.id or 0, now=NOW + MINUTE, by=MINH).ended_by == MINH
    with pytest.raises(PauseError, match=f"{MINH} kết thúc lúc 08:01"):
        end(engine, first.id or 0, now=NOW + 2 * MINUTE, by=HA)
    with pytest.raises(PauseError, match="đã tự kết thúc"):
        end(engine, second.id or 0, now=NOW + HOUR, by=HA)
    with pytest.raises(PauseError, match="Không có lệnh"):
        end(engine, 99, now=NOW, by=HA)


@pytest.mark.parametrize(
    ("at", "covered"), [(NOW, False), (NOW + HOUR, True), (NOW + 2 * HOUR - MINUTE, True), (NOW + 2 * HOUR, False)]
)
def test_a_pause_covers_its_own_time_only(engine: Engine, at: Any, covered: bool) -> None:
    house = House(engine)
    one, other = house.channel(), house.channel()
    pause(house, channel_key=one.key, since=NOW + HOUR, until=NOW + 2 * HOUR)
    with reading(engine) as session:
        pauses = active(session, now=at)
    assert (covering(pauses, one, at) is not None) is covered
    assert covering(pauses, other, at) is None


# While it lasts -----------------------------------------------------------------------------------------


def test_nothing_goes_out_in_a_pause_but_what_is_allowed_in_it_and_nothing_is_lost(running: Running) -> None:
    page = running.connect("facebook")
    rows = [running.queue(running.post(), page, NOW + hours * HOUR) for hours in (1, 2)]
    warning = running.queue(running.post(allowed_in_pause=True), page, NOW + 2 * HOUR)
    later = running.queue(running.post(), page, NOW + 30 * HOUR)
    pause(running)
    running.pass_time(NOW + 10 * HOUR)
    assert [running.load(row.id).state for row in rows] == [State.HELD] * 2
    assert running.load(warning.id).state == State.PUBLISHED
    assert running.load(later.id).state in (State.SCHEDULED, State.READY)
    first = running.load(rows[0].id)
    assert (first.held_by, first.next_attempt_at) == ("paused", None)
    assert "Quốc tang" in first.problem and "Theo công điện" in first.problem
    assert held(running) == [row.id for row in rows]
    assert len(running.sandbox.public("facebook")) == 1


def test_preparing_goes_on_in_a_pause(running: Running) -> None:
    post = running.post()
    running.picture(post)
    row = running.queue(post, running.connect("facebook"), NOW + HOUR)
    pause(running)
    running.pass_time(NOW + HOUR - MINUTE)
    assert running.load(row.id).state == State.READY


def test_what_may_be_public_already_is_looked_for_in_a_pause(running: Running) -> None:
    row = running.queue(running.post(), running.connect("facebook"), NOW + HOUR)
    running.sandbox.fault("facebook", "hang_up", path=r"/v[0-9.]+/\d+/feed", method="POST", effect=True)
    running.pass_time(NOW + HOUR)
    assert running.load(row.id).state == State.UNCONFIRMED
    pause(running, now=running.clock.now())
    running.pass_time(NOW + 2 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED


def test_a_pause_that_begins_after_the_claim_stops_the_call(running: Running) -> None:
    row = running.queue(running.post(), running.connect("facebook"), NOW + HOUR)
    running.pass_time(NOW + HOUR - MINUTE)
    running.clock.set(NOW + HOUR)
    [taken] = claim(running.engine, now=NOW + HOUR, owner="slow", limit=1)
    pause(running, now=NOW + HOUR)
    running.service.worker.run(taken)
    stopped = running.load(row.id)
    assert (stopped.state, stopped.held_by, stopped.sent_at) == (State.HELD, "paused", None)
    assert running.sandbox.public("facebook") == []
    assert running.attempts(row.id)[-1].outcome == "paused"


def test_a_claim_alone_holds_what_a_pause_covers(engine: Engine) -> None:
    """The pause begins between the sweep and the claim of one tick."""
    house = House(engine)
    post = house.post()
    row = house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash)
    pause(house)
    assert claim(engine, now=NOW, owner="a", limit=5) == []
    assert (house.load(row.id).state, house.load(row.id).held_by) == (State.HELD, "paused")


def test_a_pause_of_one_channel_leaves_the_others_alone(engine: Engine) -> None:
    house = House(engine)
    stopped, free = house.channel(), house.channel()
    one, other = house.publication(channel_id=stopped.id), house.publication(channel_id=free.id)
    pause(house, channel_key=stopped.key)
    sweep(engine, now=NOW)
    assert (house.load(one.id).state, house.load(other.id).state) == (State.HELD, State.SCHEDULED)


def test_what_is_due_on_a_channel_that_stands_still_is_held_too_and_not_let_out_later(engine: Engine) -> None:
    house = House(engine)
    blocked = house.channel(state="blocked", not_before=NOW + HOUR)
    row = house.publication(channel_id=blocked.id, due_at=NOW)
    one = pause(house)
    sweep(engine, now=NOW)
    end(engine, one.id or 0, now=NOW + MINUTE, by=HA)
    sweep(engine, now=NOW + 2 * HOUR)
    assert claim(engine, now=NOW + 2 * HOUR, owner="a", limit=5) == []
    assert house.load(row.id).state == State.HELD


def test_what_was_missed_while_the_server_was_down_in_a_pause_is_held_and_not_thrown_away(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(due_at=NOW + HOUR, late_until=NOW + 2 * HOUR)
    pause(house)
    sweep(engine, now=NOW + DAY)
    assert (house.load(row.id).state, held(house)) == (State.HELD, [row.id])


@pytest.mark.parametrize("part", [Part.COMMENT, Part.REVISION, Part.BROADCAST])
def test_what_follows_a_post_is_held_as_well(engine: Engine, part: Part) -> None:
    house = House(engine)
    post, channel = house.post(), house.channel()
    parent = house.publication(post_id=post.id, channel_id=channel.id, state=State.PUBLISHED, external_id="1")
    row = house.publication(
        post_id=post.id, channel_id=channel.id, part=part, follows_id=parent.id, details={"articles": [parent.id]}
    )
    pause(house)
    sweep(engine, now=NOW)
    assert house.load(row.id).held_by == "paused"


def test_a_push_of_several_posts_passes_only_when_all_of_them_are_allowed(engine: Engine) -> None:
    house = House(engine)
    channel = house.channel()
    parents = [
        house.publication(post_id=house.post(allowed_in_pause=allowed).id, channel_id=channel.id, state=State.PUBLISHED)
        for allowed in (True, True, False)
    ]
    rows = [
        house.publication(
            post_id=parents[0].post_id, channel_id=channel.id, part=Part.BROADCAST, due_at=NOW - minutes * MINUTE,
            details={"articles": [one.id for one in articles]},
        )
        for minutes, articles in enumerate((parents[:2], parents))
    ]  # fmt: skip
    pause(house)
    sweep(engine, now=NOW)
    assert [house.load(row.id).state for row in rows] == [State.SCHEDULED, State.HELD]


def test_what_is_approved_in_a_pause_is_held_at_its_hour(running: Running) -> None:
    post, channel = running.post(state=Editorial.DRAFT), running.connect("facebook")
    row = running.service.desk.add(post.key, channel.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True)
    pause(running)
    running.approve_again(post)
    running.pass_time(NOW + HOUR)
    assert running.load(row.id).held_by == "paused"


def test_nobody_publishes_now_in_a_pause_and_nobody_lets_a_held_item_go(running: Running) -> None:
    post, channel, desk = running.post(), running.channel(), running.service.desk
    row = running.publication(channel_id=channel.id)
    one = pause(running)
    sweep(running.engine, now=NOW)
    for act in (
        lambda: publish_now(desk, post.key, channel.key, now=NOW, actor=LAN),
        lambda: hasten(desk, row.id or 0, now=NOW, actor=LAN),
        lambda: desk.act(row.id or 0, Event.RESUMED, now=NOW, actor=LAN),
    ):
        with pytest.raises(QueueError, match="Quốc tang"):
            act()
    warning = running.post(allowed_in_pause=True)
    assert publish_now(desk, warning.key, channel.key, now=NOW, actor=LAN).due_at == NOW
    end(running.engine, one.id or 0, now=NOW + MINUTE, by=HA)
    assert desk.act(row.id or 0, Event.RESUMED, now=NOW + MINUTE, actor=LAN) is State.SCHEDULED


def test_no_new_time_lies_in_a_pause_whose_end_is_known(running: Running) -> None:
    row = running.publication(due_at=NOW + HOUR)
    pause(running, until=NOW + DAY)
    with pytest.raises(QueueError, match="trong thời gian tạm dừng"):
        move(running.service.desk, row.id or 0, NOW + 2 * HOUR, now=NOW, actor=LAN)
    move(running.service.desk, row.id or 0, NOW + DAY, now=NOW, actor=LAN)


def test_without_a_pause_a_tick_asks_one_question_more(engine: Engine) -> None:
    from tests.web.desk import counted

    House(engine).publication(due_at=NOW + DAY, next_attempt_at=NOW + DAY)
    with counted(engine) as statements:
        sweep(engine, now=NOW)
    assert sum("FROM pause" in one for one in statements) == 1


# The autopilot and the audit ----------------------------------------------------------------------------


def test_the_autopilot_leaves_the_slots_of_a_pause_empty_and_says_why(running: Running) -> None:
    page, day = running.connect("facebook"), local_day(NOW) + DAY
    running.post(), running.post(topic="e")
    with writing(running.engine) as session:
        set_slots(session, page, {day.weekday(): [450, 600]})
    pause(running, until=NOW + DAY + HOUR)  # tomorrow 09:00: between the two slots
    filled = fill(running.service.desk, [day], now=NOW)
    assert (len(filled.decisions), [gap.reason[:9] for gap in filled.gaps]) == (1, ["Tạm dừng "])
    assert filled.decisions[0].at == NOW + DAY + 2 * HOUR


def test_the_audit_finds_nothing_wrong_with_what_a_pause_held_and_a_person_sent_later(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(), page, NOW + HOUR)
    one = pause(running)
    running.pass_time(NOW + 2 * HOUR)
    end(running.engine, one.id or 0, now=running.clock.now(), by=HA)
    move(running.service.desk, row.id or 0, NOW + 5 * HOUR, now=running.clock.now(), actor=LAN)
    running.pass_time(NOW + 7 * HOUR)
    found = audit_channel(
        running.engine, running.service.access, page, since=NOW, until=NOW + 7 * HOUR, now=running.clock.now()
    )
    assert (found.ok, found.recorded, found.seen, found.late) == (True, 1, 1, ())
