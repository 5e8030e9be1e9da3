"""A late post of a season: after an outage the clock gives it no turn when its season is over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from content.vietnamese import LOCAL, local
from scheduler.channels import set_slots
from scheduler.db import writing
from scheduler.lifecycle import Event, State
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication
from tests.conftest import LAN
from tests.scheduler.house import House, Running

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=LOCAL)
NIGHT, MORNING = EVENING + timedelta(hours=3), EVENING + timedelta(hours=10)
"""In quiet hours, and at their end."""
ENDS_TODAY, ENDS_TOMORROW, OVER = "09-01/11-23", "09-01/11-24", "09-01/11-22"


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def late(house: House, channel: Channel, **facts: Any) -> Publication:
    """Ready since the evening, when nothing could be sent."""
    post = house.post(**{"late_rule": "any_time", **facts})
    until = None if post.late_rule == "any_time" else EVENING + timedelta(minutes=post.late_minutes)
    return house.publication(
        post_id=post.id, channel_id=channel.id, state=State.READY, due_at=EVENING, next_attempt_at=EVENING,
        late_until=until, prepared_hash=post.content_hash,
    )  # fmt: skip


@pytest.mark.parametrize("rule", [{}, {"late_rule": "expire", "late_minutes": 24 * 60}])
def test_no_turn_is_given_on_a_day_after_the_season_and_a_person_is_told(house: House, rule: dict[str, Any]) -> None:
    row = late(house, house.channel(), season=ENDS_TODAY, **rule)
    sweep(house.engine, now=NIGHT)
    missed = house.load(row.id)
    assert (missed.state, missed.next_attempt_at) == (State.MISSED, None)
    assert missed.problem == (
        "Trễ giờ 20:00 ngày 23/11/2026 vì lúc đó hệ thống chưa đăng được; sớm nhất 06:00 ngày 24/11/2026 mới tới lượt, "
        "mà bài chỉ đăng theo mùa từ 01/9 đến 23/11 hằng năm nên không tự đăng nữa; "
        "hãy chọn giờ mới hoặc hủy mục này."
    )
    assert house.events(row.id) == [Event.TOO_LATE]


@pytest.mark.parametrize("season", [ENDS_TOMORROW, OVER, ""])
def test_a_turn_is_given_while_the_season_goes_on_or_where_a_person_chose_an_hour_outside_it(
    house: House, season: str
) -> None:
    row = late(house, house.channel(), season=season)
    sweep(house.engine, now=NIGHT)
    waits = house.load(row.id)
    assert (waits.state, local(waits.next_attempt_at or NIGHT)) == (State.READY, MORNING)


@pytest.mark.parametrize("rule", [{}, {"late_rule": "expire", "late_minutes": 24 * 60}])
def test_what_a_person_lets_go_on_after_its_season_goes_out(running: Running, rule: dict[str, Any]) -> None:
    page, later = running.connect("facebook"), MORNING + timedelta(hours=4)
    row = running.queue(running.post(season=ENDS_TODAY, **{"late_rule": "any_time", **rule}), page, EVENING)
    running.clock.set(later)
    running.service.tick()
    assert running.load(row.id).state == State.MISSED
    running.service.desk.act(row.id or 0, Event.RESUMED, now=later, actor=LAN)
    running.pass_time(later + timedelta(minutes=30))
    assert running.load(row.id).state == State.PUBLISHED


def test_what_moves_to_the_next_slot_finds_none_after_its_season(house: House) -> None:
    channel = house.channel()
    with writing(house.engine) as session:
        set_slots(session, channel, {weekday: [18 * 60] for weekday in range(7)})
    facts: dict[str, Any] = {"late_rule": "next_slot", "late_minutes": 24 * 60}
    over, goes_on = (
        late(house, channel, season=ENDS_TODAY, **facts),
        late(house, channel, season="09-01/12-31", **facts),
    )
    sweep(house.engine, now=NIGHT)
    missed = house.load(over.id)
    assert missed.state == State.MISSED and "khi đã hết mùa của bài; trong 60 ngày tới" in missed.problem
    assert local(house.load(goes_on.id).next_attempt_at or NIGHT) == MORNING
