"""Which slots are free by the channel's rules, and what is said about an hour that a person chose."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from content.vietnamese import LOCAL
from scheduler.channels import ChannelError, set_rules, set_slots
from scheduler.db import reading, writing
from scheduler.hours import read_hour, read_slot
from scheduler.lifecycle import State
from scheduler.policy import Policy
from scheduler.slots import free_slots, next_free, spread_over_days, warnings
from scheduler.tables import Channel, Pause, Publication
from tests.conftest import NOW
from tests.scheduler.house import House
from tests.web.desk import counted

DAY = timedelta(days=1)
WEDNESDAY = datetime(2026, 11, 25, tzinfo=LOCAL)


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def slotted(house: House, *minutes: int, **facts: Any) -> Channel:
    channel = house.channel(**facts)
    with writing(house.engine) as session:
        set_slots(session, channel, {2: dict.fromkeys(minutes, "")})
    return channel


def free(house: House, channel: Channel, **facts: Any) -> list[str]:
    with reading(house.engine) as session:
        found = free_slots(session, channel, now=NOW, policy=Policy(), days=facts.pop("days", 7), **facts)
    return [f"{at:%d %H:%M}" for at in found]


def test_a_slot_is_free_until_something_stands_there(house: House) -> None:
    channel = slotted(house, 450, 1170)
    assert free(house, channel, days=14) == ["25 07:30", "25 19:30", "02 07:30", "02 19:30"]
    house.publication(channel_id=channel.id, due_at=WEDNESDAY + 450 * timedelta(minutes=1))
    house.publication(channel_id=channel.id, due_at=WEDNESDAY + 1170 * timedelta(minutes=1), state=State.CANCELLED)
    assert free(house, channel) == ["25 19:30"]


def test_the_gap_counts_to_everything_that_stands(house: House) -> None:
    channel = slotted(house, 450, 480, 520, gap_minutes=45)
    house.publication(channel_id=channel.id, due_at=WEDNESDAY + 440 * timedelta(minutes=1))
    assert free(house, channel) == ["25 08:40"]


def test_no_more_than_the_daily_maximum_is_free(house: House) -> None:
    channel = slotted(house, 450, 690, 1170, daily_most=1)
    assert len(free(house, channel)) == 3, "each of them may be the one"
    house.publication(channel_id=channel.id, due_at=WEDNESDAY + 600 * timedelta(minutes=1))
    assert free(house, channel) == []


def test_quiet_hours_over_midnight_leave_no_slot(house: House) -> None:
    channel = slotted(house, 5 * 60 + 59, 6 * 60, 21 * 60 + 59, 22 * 60, 0)
    assert free(house, channel) == ["25 06:00", "25 21:59"]
    awake = slotted(house, 0, 23 * 60, quiet_from=0, quiet_until=0)
    assert free(house, awake) == ["25 00:00", "25 23:00"]


def test_a_slot_that_is_kept_for_a_form_fits_only_that_form(house: House) -> None:
    channel = house.channel()
    with writing(house.engine) as session:
        set_slots(session, channel, {2: {450: "video", 690: ""}})
    assert free(house, channel, post=house.post(form="van_ban")) == ["25 11:30"]
    assert free(house, channel, post=house.post(form="video")) == ["25 07:30", "25 11:30"]
    assert free(house, channel) == ["25 07:30", "25 11:30"]


def test_validity_and_pauses_are_heeded_and_a_warning_passes_a_pause(house: House) -> None:
    channel = slotted(house, 450)
    assert free(house, channel, post=house.post(valid_to=WEDNESDAY.date() - DAY)) == []
    with writing(house.engine) as session:
        session.add(Pause(reason="chi_dao", since=NOW, until=NOW + 3 * DAY, started_by="Lan"))
    assert free(house, channel, days=14, post=house.post()) == ["02 07:30"]
    assert free(house, channel, days=14, post=house.post(allowed_in_pause=True)) == ["25 07:30", "02 07:30"]


def test_a_post_of_a_season_is_given_no_slot_outside_of_it(house: House) -> None:
    """A greeting for a feast that a pause held, or that came late, is not sent weeks after it."""
    channel = slotted(house, 450)
    assert free(house, channel, days=14, post=house.post(season="11-20/11-25")) == ["25 07:30"]
    assert free(house, channel, days=14, post=house.post(season="11-26/12-02")) == ["02 07:30"]


def test_a_day_off_takes_one_post_and_no_notice(house: House) -> None:
    channel = house.channel()
    with writing(house.engine) as session:
        set_slots(session, channel, {4: [450, 690]})
    new_year = datetime(2026, 12, 31, tzinfo=LOCAL)  # 01/01/2027 is a Friday

    def on_the_day(**facts: Any) -> list[str]:
        with reading(house.engine) as session:
            found = free_slots(session, channel, now=new_year, policy=Policy(), days=2, post=house.post(**facts))
        return [f"{at:%d %H:%M}" for at in found]

    assert on_the_day(tags=["thong-bao"]) == []
    assert on_the_day() == ["01 07:30", "01 11:30"]
    house.publication(channel_id=channel.id, due_at=new_year + DAY + 600 * timedelta(minutes=1))
    assert on_the_day() == []


def test_one_slot_a_day_is_given_over_several_days(house: House) -> None:
    channel = slotted(house, 450, 1170)
    with reading(house.engine) as session:
        found = spread_over_days(session, channel, 3, now=NOW, policy=Policy())
        assert [f"{at:%d/%m %H:%M}" for at in found] == ["25/11 07:30", "02/12 07:30", "09/12 07:30"]
        assert next_free(session, channel, now=NOW, policy=Policy()) == found[0]
        assert next_free(session, house.channel(), now=NOW, policy=Policy()) is None


def test_a_person_is_told_everything_that_speaks_against_an_hour(house: House) -> None:
    channel = slotted(house, 450, gap_minutes=30, daily_most=1)
    at = WEDNESDAY + timedelta(hours=22, minutes=30)
    row = house.publication(channel_id=channel.id, due_at=at - timedelta(minutes=10))
    with reading(house.engine) as session:
        told = warnings(session, channel, at, now=NOW, policy=Policy(), post=house.post())
        alone = warnings(session, channel, at, now=NOW, policy=Policy(), itself=row.id)
    assert [words.split(" ")[0] for words in told] == ["22:30", "Kênh", "Ngày"] and len(alone) == 1
    assert "(22:00–06:00)" in told[0] and "22:20 ngày 25/11/2026" in told[1] and "tối đa 1 mục" in told[2]


def test_only_the_days_that_are_asked_about_are_read(house: House) -> None:
    channel = slotted(house, 450)
    post = house.post()
    with writing(house.engine) as session:
        for n in range(300):
            session.add(
                Publication(
                    post_id=post.id or 0, channel_id=channel.id or 0, due_at=NOW - n * DAY, state=State.PUBLISHED,
                    saved={}, created_at=NOW,
                )
            )  # fmt: skip
    with counted(house.engine) as statements:
        assert free(house, channel) == ["25 07:30"]
    assert len(statements) <= 8


@pytest.mark.parametrize(
    ("text", "minute"), [("07:30", 450), ("7h30", 450), ("7g30", 450), ("7h", 420), ("0:00", 0), (" 23:59 ", 1439)]
)
def test_an_hour_is_read_as_people_write_it(text: str, minute: int) -> None:
    assert read_hour(text) == minute


@pytest.mark.parametrize("text", ["24:00", "25:10", "7:60", "-1:00", "", "sáng", "٠٧:٣٠", "7h30h"])
def test_what_is_no_hour_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="không phải giờ trong ngày"):
        read_hour(text)
    with pytest.raises(ValueError, match="không phải"):
        read_slot(f"{text} video")


@pytest.mark.parametrize(
    "facts",
    [{"gap_minutes": -1}, {"gap_minutes": 721}, {"daily_most": 101}, {"quiet_from": 1440}, {"quiet_until": -1}],
)
def test_rules_that_make_no_sense_are_refused(house: House, facts: dict[str, int]) -> None:
    good = {"gap_minutes": 0, "daily_most": 0, "quiet_from": 0, "quiet_until": 0}
    with writing(house.engine) as session, pytest.raises(ChannelError):
        set_rules(session, house.channel(), **{**good, **facts})


def test_a_slot_that_is_kept_for_nothing_we_know_is_refused(house: House) -> None:
    channel = house.channel()
    with pytest.raises(ChannelError, match="Hình thức"), writing(house.engine) as session:
        set_slots(session, channel, {0: {450: "phim"}})
