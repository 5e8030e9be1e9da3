"""What may still be spent: counted in tables, so that a restart forgets nothing, and shared as the policy says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from connectors import connector_class
from connectors.base import Account, Budget, Connector, Credentials
from connectors.errors import OverBudget
from connectors.http import new_session
from connectors.meter import Calendar, Level, Meter, Per, Rolling
from scheduler import limits
from scheduler.channels import keep_books
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.lanes import full_limits
from scheduler.lifecycle import State
from scheduler.limits import Work, levels, may, open_meter, open_meters, told_levels
from scheduler.sweep import sweep
from scheduler.tables import Channel, Spending, UsageLevel
from tests.conftest import NOW
from tests.scheduler.house import HOUR, House

REELS = Budget("reels", "thước phim", Per.CHANNEL, 3, Rolling(timedelta(hours=24)))
UNITS = Budget("units", "đơn vị", Per.APP, 10, Calendar("America/Los_Angeles"), reading_share=0.5)


def spender(channel: Channel, *budgets: Budget, **spent: int) -> Connector:
    """A connector that has spent this."""
    kind = connector_class(channel.platform)

    class Spender(kind):  # type: ignore[misc, valid-type]  # only its budgets are other ones
        @classmethod
        def budgets(cls, settings: object) -> tuple[Budget, ...]:
            return budgets

    meter = Meter()
    for name, units in spent.items():
        meter.spend(name, units)
    return Spender(kind.Settings(), Account("1", "x"), Credentials({}), new_session(), meter)


def store(engine: Engine, channel: Channel, connector: Connector, now: datetime = NOW) -> None:
    with writing(engine) as session:
        keep_books(session, channel, connector, now=now)
    connector.http.close()


def left(engine: Engine, channel: Channel, budget: Budget, now: datetime, *, figures: bool = False) -> int:
    with reading(engine) as session:
        return open_meter(session.connection(), channel, [budget], now=now, reading=figures).left[budget.name].units


def test_what_was_spent_is_there_after_a_restart(engine: Engine) -> None:
    channel = House(engine).channel()
    store(engine, channel, spender(channel, REELS, reels=2))
    assert left(engine, channel, REELS, NOW + HOUR) == 1


def test_a_window_that_moves_gives_back_what_has_left_it_and_says_when(engine: Engine) -> None:
    channel = House(engine).channel()
    store(engine, channel, spender(channel, REELS, reels=2))
    store(engine, channel, spender(channel, REELS, reels=1), now=NOW + 5 * HOUR)
    with reading(engine) as session:
        told = open_meter(session.connection(), channel, [REELS], now=NOW + 6 * HOUR).left["reels"]
    assert (told.units, told.until) == (0, NOW + 24 * HOUR)
    assert left(engine, channel, REELS, NOW + 24 * HOUR) == 2


def test_what_is_left_for_the_whole_app_is_spent_only_once_by_work_that_runs_at_once(engine: Engine) -> None:
    house = House(engine)
    channels = [house.channel() for _ in range(3)]
    of_the_app = replace(REELS, per=Per.APP)
    store(engine, channels[0], spender(channels[0], of_the_app, reels=1))
    with reading(engine) as session:
        meters = open_meters(session.connection(), [(one, [of_the_app]) for one in channels], now=NOW + HOUR)
        own = open_meters(session.connection(), [(one, [REELS]) for one in channels], now=NOW + HOUR)
    meters[0].spend("reels")
    meters[1].spend("reels")
    with pytest.raises(OverBudget):
        meters[2].spend("reels")
    for meter in own[1:]:
        meter.spend("reels", 3)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-23T01:00Z", "2026-11-22T08:00Z", "2026-11-23T08:00Z"),
        ("2026-07-01T06:59Z", "2026-06-30T07:00Z", "2026-07-01T07:00Z"),
        # the night in which the clocks of California go back has 25 hours
        ("2026-11-01T20:00Z", "2026-11-01T07:00Z", "2026-11-02T08:00Z"),
    ],
)
def test_a_day_of_a_budget_is_a_day_where_the_platform_counts_it(now: str, start: str, end: str) -> None:
    day, moment = Calendar("America/Los_Angeles"), datetime.fromisoformat(now)
    assert (day.start(moment), day.end(moment)) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_a_month_of_a_budget_ends_on_the_first() -> None:
    month = Calendar("Asia/Ho_Chi_Minh", monthly=True)
    now = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    assert month.start(now) == datetime(2026, 11, 30, 17, tzinfo=UTC)
    assert month.end(now) == datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert month.end(now + timedelta(minutes=1)) == datetime(2027, 1, 31, 17, tzinfo=UTC)


def test_the_channels_of_one_app_share_its_budget_and_others_do_not(engine: Engine) -> None:
    house = House(engine)
    first, second, other = house.channel("youtube"), house.channel("youtube"), house.channel("zalo")
    store(engine, first, spender(first, UNITS, units=4))
    assert [left(engine, one, UNITS, NOW) for one in (first, second, other)] == [6, 6, 10]


def test_figures_may_use_only_their_share(engine: Engine) -> None:
    channel = House(engine).channel("youtube")
    store(engine, channel, spender(channel, UNITS, units=4))
    assert left(engine, channel, UNITS, NOW, figures=True) == 1
    store(engine, channel, spender(channel, UNITS, units=3))
    assert left(engine, channel, UNITS, NOW, figures=True) == 0
    assert left(engine, channel, UNITS, NOW) == 3


def test_a_call_that_is_over_budget_is_not_counted_and_names_the_time(engine: Engine) -> None:
    channel = House(engine).channel()
    store(engine, channel, spender(channel, REELS, reels=3))
    with reading(engine) as session:
        meter = open_meter(session.connection(), channel, [REELS], now=NOW + HOUR)
    with pytest.raises(OverBudget) as caught:
        meter.spend("reels")
    assert caught.value.until == NOW + 24 * HOUR
    assert not meter.spent


def test_what_no_window_reaches_is_forgotten(engine: Engine) -> None:
    channel = House(engine).channel()
    store(engine, channel, spender(channel, REELS, reels=1), now=NOW - timedelta(days=41))
    store(engine, channel, spender(channel, REELS, reels=1))
    with writing(engine) as session:
        limits.forget(session, now=NOW)
    with reading(engine) as session:
        assert session.exec(select(Spending.at)).all() == [NOW]


# What the platform tells of its own counters -------------------------------------------------------------


def told(engine: Engine, channel: Channel, per: Per, percent: float, until: datetime | None = None) -> None:
    connector = spender(channel)
    connector.meter.hear(per, Level(percent, until))
    store(engine, channel, connector)


@pytest.mark.parametrize(
    ("percent", "allowed"),
    [
        (69, {Work.READ_OLD, Work.READ, Work.PREPARE, Work.LOOK, Work.PUBLISH}),
        (70, {Work.READ, Work.PREPARE, Work.LOOK, Work.PUBLISH}),
        (84, {Work.READ, Work.PREPARE, Work.LOOK, Work.PUBLISH}),
        (85, {Work.PREPARE, Work.LOOK, Work.PUBLISH}),
        (94, {Work.PREPARE, Work.LOOK, Work.PUBLISH}),
        (96, {Work.PUBLISH}),
        (99, {Work.PUBLISH}),
        (100, set()),
    ],
)
def test_the_fuller_the_limit_the_less_is_done_and_publishing_goes_last(percent: float, allowed: set[Work]) -> None:
    assert {work for work in Work if may(work, Level(percent))} == allowed


def test_a_level_is_believed_for_an_hour_or_as_long_as_the_platform_says(engine: Engine) -> None:
    house = House(engine)
    short, long = house.channel(), house.channel()
    told(engine, short, Per.CHANNEL, 90)
    told(engine, long, Per.CHANNEL, 97, NOW + 3 * HOUR)
    with reading(engine) as session:
        at = {hours: levels(session, [short, long], now=NOW + hours * HOUR) for hours in (0, 2, 4)}
    assert {hours: sorted(one.percent for one in found.values()) for hours, found in at.items()} == {
        0: [90, 97], 2: [97], 4: [],
    }  # fmt: skip


def test_an_apps_level_counts_for_all_its_channels(engine: Engine) -> None:
    house = House(engine)
    first, second, other = house.channel(), house.channel(), house.channel("zalo")
    told(engine, first, Per.APP, 88)
    with reading(engine) as session:
        found = levels(session, [first, second, other], now=NOW)
    assert set(found) == {first.id, second.id}


def test_a_low_level_is_not_worth_a_row_but_takes_back_a_high_one(engine: Engine) -> None:
    channel = House(engine).channel()
    told(engine, channel, Per.CHANNEL, 10)
    with reading(engine) as session:
        assert session.exec(select(UsageLevel)).all() == []
    told(engine, channel, Per.CHANNEL, 97)
    told(engine, channel, Per.CHANNEL, 10)
    with reading(engine) as session:
        assert not levels(session, [channel], now=NOW)


def test_a_full_limit_stops_the_page_alone_or_every_page_of_the_app(engine: Engine) -> None:
    house = House(engine)
    first, second = house.channel(), house.channel()
    told(engine, first, Per.CHANNEL, 100, NOW + timedelta(minutes=37))
    with reading(engine) as session:
        stops = [session.get_one(Channel, one.id).not_before for one in (first, second)]
    assert stops == [NOW + timedelta(minutes=37), None]
    told(engine, first, Per.APP, 100)
    with reading(engine) as session:
        stops = [session.get_one(Channel, one.id).not_before for one in (first, second)]
    assert stops == [NOW + HOUR, NOW + HOUR]


def test_close_to_the_limit_only_what_is_due_goes_out(engine: Engine) -> None:
    house = House(engine)
    channel = house.channel()
    waiting = house.publication(channel_id=channel.id, due_at=NOW + 5 * HOUR)
    unprepared = house.publication(channel_id=channel.id)
    post = house.post()
    due = house.publication(post_id=post.id, channel_id=channel.id, state=State.READY, prepared_hash=post.content_hash)
    told(engine, channel, Per.CHANNEL, 97)
    assert {one.id for one in claim(engine, now=NOW, owner="x", limit=8)} == {due.id, unprepared.id}
    sweep(engine, now=NOW)
    assert "gần hết giới hạn" in house.load(waiting.id).problem
    assert waiting.id in {one.id for one in claim(engine, now=NOW + 2 * HOUR, owner="x", limit=8)}


def test_a_claim_asks_about_limits_only_when_one_is_too_full_for_it(engine: Engine) -> None:
    house = House(engine)
    first, second = house.channel(), house.channel("zalo")
    told(engine, first, Per.CHANNEL, 94)
    with reading(engine) as session:
        assert full_limits(told_levels(session, now=NOW)) == {}
    told(engine, first, Per.CHANNEL, 95)
    told(engine, second, Per.APP, 96)
    with reading(engine) as session:
        full = full_limits(told_levels(session, now=NOW))
    assert {name: those for name, those in full.items() if those} == {
        "channels_PREPARE": [first.id], "apps_PREPARE": ["zalo"], "apps_LOOK": ["zalo"],
    }  # fmt: skip


def test_channels_that_wait_for_their_limit_do_not_keep_others_from_their_hour(engine: Engine) -> None:
    house = House(engine)
    for _ in range(40):
        held = house.channel()
        house.publication(channel_id=held.id, due_at=NOW + 5 * HOUR)
    told(engine, held, Per.APP, 97)
    other = house.channel("zalo")
    post = house.post()
    due = house.publication(post_id=post.id, channel_id=other.id, state=State.READY, prepared_hash=post.content_hash)
    assert [one.id for one in claim(engine, now=NOW, owner="x", limit=8)] == [due.id]


def test_a_full_limit_without_a_time_is_over_when_its_pause_is(engine: Engine) -> None:
    channel = House(engine).channel()
    told(engine, channel, Per.CHANNEL, 100)
    with reading(engine) as session:
        assert levels(session, [channel], now=NOW + timedelta(minutes=14))
        assert not levels(session, [channel], now=NOW + timedelta(minutes=16))
