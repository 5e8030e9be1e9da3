"""What stands on which day: local days, cut lists with whole counts, and the slots with nothing in them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, text

from content.vietnamese import LOCAL
from scheduler.agenda import GROUPS, USUAL, DayItems, Group, Wanted, agenda, empty_slots
from scheduler.channels import OFF, set_slots
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.plans import asked
from tests.scheduler.house import House

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


def ask(house: House, *days: date, most: int = 10, **wanted: Any) -> dict[date, DayItems]:
    with reading(house.engine) as session:
        return agenda(session, days, Wanted(**wanted), most=most)


def at(hour: int, minute: int = 0, on: date = TODAY) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=LOCAL)


def test_an_item_stands_on_its_local_day_and_not_on_the_day_it_is_in_utc(house: House) -> None:
    last = house.publication(due_at=datetime(2026, 11, 23, 16, 59, tzinfo=UTC))
    first = house.publication(due_at=datetime(2026, 11, 23, 17, 0, tzinfo=UTC))
    found = ask(house, TODAY, TOMORROW)
    assert [one.id for one in found[TODAY].items] == [last.id]
    assert [one.id for one in found[TOMORROW].items] == [first.id]


def test_a_day_of_sixty_items_is_cut_short_and_counted_whole(house: House) -> None:
    for number in range(60):
        house.publication(due_at=at(9 + number // 20))
    days = ask(house, TODAY, TOMORROW, most=4)
    assert len(days[TODAY].items) == 4 and days[TODAY].total == 60
    assert [one.due_at for one in days[TODAY].items] == [at(9)] * 4
    assert TOMORROW not in days


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL rightly reads so small a table as a whole
def test_a_busy_month_is_read_once_and_not_from_its_begin_for_each_day(house: House) -> None:
    post, channel, days = house.post(), house.channel(), [TODAY + timedelta(days=one) for one in range(42)]
    first = house.publication(post_id=post.id, channel_id=channel.id, due_at=at(9)).model_dump(exclude={"id"})
    hours = [at(8, on=on) + timedelta(minutes=number) for on in days for number in range(60)]
    with writing(house.engine) as session:
        session.execute(insert(Publication), [{**first, "due_at": hour} for hour in hours])
    with asked(house.engine) as found:
        month = ask(house, *days, most=4)
    assert [month[on].total for on in days] == [61, *[60] * 41]
    assert found.faults(8 * len(hours)) == []  # counted, cut off, shown: each by a join or two


def test_an_item_keeps_its_time_and_says_what_it_is(house: House) -> None:
    post = house.post(title="Một cửa", key="mot-cua")
    row = house.publication(post_id=post.id, due_at=at(7, 30), part="comment")
    (item,) = ask(house, TODAY)[TODAY].items
    assert item == (row.id, at(7, 30), "comment", "scheduled", row.channel_id, "mot-cua", "Một cửa")
    assert item.due_at.tzinfo is not None


def test_each_filter_leaves_out_what_it_names(house: House) -> None:
    post = house.post(topic="h", agency="snv")
    channel = house.channel()
    wanted = house.publication(post_id=post.id, channel_id=channel.id, due_at=at(8), state=State.PUBLISHED)
    house.publication(due_at=at(8))
    for facts in (
        {"topic": "h"},
        {"agency": "snv"},
        {"channel_id": channel.id},
        {"states": GROUPS[Group.PUBLISHED]},
        {"topic": "h", "agency": "snv", "channel_id": channel.id, "states": GROUPS[Group.PUBLISHED]},
    ):
        day = ask(house, TODAY, **facts)[TODAY]
        assert [one.id for one in day.items] == [wanted.id] and day.total == 1, facts
    assert ask(house, TODAY, agency="") != {}
    assert ask(house, TODAY, topic="h", states=GROUPS[Group.TROUBLE]) == {}


def test_a_cancelled_item_is_shown_only_when_it_is_asked_for(house: House) -> None:
    gone = house.publication(due_at=at(8), state=State.CANCELLED)
    assert ask(house, TODAY) == {}
    assert [one.id for one in ask(house, TODAY, states=GROUPS[Group.OVER])[TODAY].items] == [gone.id]


def test_every_state_belongs_to_one_group() -> None:
    named = [state for group in GROUPS.values() for state in group]
    assert sorted(named) == sorted(State) and frozenset(named) - USUAL == {State.CANCELLED}


# Empty slots -------------------------------------------------------------------------------------------------


def slots(house: House, *days: date, channel_id: int | None = None) -> list[tuple[date, str, int]]:
    with reading(house.engine) as session:
        found = empty_slots(session, days, now=NOW, channel_id=channel_id)
    return [(on, f"{one.at:%H:%M}", one.channel_id) for on, day in found.items() for one in day]


def with_slots(house: House, *minutes: int, **facts: Any) -> int:
    channel = house.channel(**facts)
    with writing(house.engine) as session:
        set_slots(session, channel, {TODAY.weekday(): list(minutes), TOMORROW.weekday(): list(minutes)})
    return channel.id or 0


def test_a_slot_is_empty_until_a_post_of_its_channel_stands_in_it(house: House) -> None:
    one = with_slots(house, 9 * 60)
    assert slots(house, TODAY, TOMORROW) == [(TODAY, "09:00", one), (TOMORROW, "09:00", one)]
    house.publication(due_at=at(9))
    assert len(slots(house, TODAY)) == 1, "another channel's post does not fill it"
    house.publication(due_at=at(9), channel_id=one, part="comment")
    house.publication(due_at=at(9), channel_id=one, state=State.CANCELLED)
    assert len(slots(house, TODAY)) == 1, "what follows a post, and what is cancelled, does not fill it"
    house.publication(due_at=at(9), channel_id=one)
    assert slots(house, TODAY) == []


def test_slots_that_have_passed_and_slots_of_a_channel_that_is_off_are_no_gaps(house: House) -> None:
    with_slots(house, 7 * 60 + 59, 8 * 60)
    with_slots(house, 9 * 60, state=OFF)
    assert slots(house, TODAY) == [], "it is 08:00"


def test_the_slots_of_one_channel_are_asked_for_alone(house: House) -> None:
    one = with_slots(house, 9 * 60)
    with_slots(house, 10 * 60)
    assert slots(house, TODAY, channel_id=one) == [(TODAY, "09:00", one)]


WRONG = ("ix_post_topic", "ix_publication_post_id", "ix_publication_waiting")
"""Indexes that lead to thousands of rows of which the days have few."""

# By the index --------------------------------------------------------------------------------------------------


def test_a_month_is_read_by_the_index_of_the_hours_whatever_is_filtered(house: House) -> None:
    """The plan is asked, not the clock: no way of asking reads the whole table."""
    if house.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, and plans by its own counts")
    post, channel = house.post(), house.channel()
    one = Publication(post_id=post.id or 0, channel_id=channel.id or 0, due_at=NOW, saved={}, created_at=NOW)
    row = one.model_dump(exclude={"id", "due_at"})
    with writing(house.engine) as session:
        session.execute(insert(Publication), [{**row, "due_at": NOW + timedelta(hours=n)} for n in range(500)])
        session.execute(text("ANALYZE"))  # now it knows that every item is in one state, and of one topic
    days = [TODAY + timedelta(days=n) for n in range(42)]
    for wanted in (Wanted(), Wanted(topic="d"), Wanted(agency=""), Wanted(channel_id=1), *map(Wanted, GROUPS.values())):
        plans = _plans(house.engine, days, wanted)
        assert "MATERIALIZE part" in plans, "a day is counted once, not once for each of its rows"
        assert not [line for line in plans if line.startswith("SCAN publication")], plans
        assert not [line for line in plans for name in WRONG if name in line], plans


def _plans(engine: Engine, days: list[date], wanted: Wanted) -> list[str]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("WITH"):
            asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    with reading(engine) as session:
        agenda(session, days, wanted, most=4)
    event.remove(engine, "before_cursor_execute", note)
    with reading(engine) as session:
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", facts).all() for sql, facts in asked]
    return [str(line[3]) for plan in plans for line in plan]
