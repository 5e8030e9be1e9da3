"""How channels stand: what their access is worth, what waits, what is left, all in a few statements."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from connectors import connector_class
from scheduler.channels import CONNECTED, OFF, ChannelError, open_channel, set_slots, stop_channel, switch_off
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.standing import Standing, last_check, standings
from scheduler.tables import Channel, Credential, JobRun, Pause, Spending, UsageLevel
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, House, Running
from tests.web.desk import counted

DAY = timedelta(days=1)


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path)
    yield house
    house.close()


def stand(running: Running, key: str | None = None) -> dict[str, Standing]:
    with reading(running.engine) as session:
        found = standings(session, running.service.platforms, now=NOW, key=key)
    return {one.channel.key: one for one in found}


def access(house: House, channel: Channel, **facts: object) -> None:
    with writing(house.engine) as session:
        session.add(Credential(channel_id=channel.id or 0, secret=b"x", updated_at=NOW, **facts))


def test_what_waits_is_told_apart_by_the_hour_at_which_the_access_dies(running: Running) -> None:
    bare, dies, renews = (running.channel(key=key) for key in ("bare", "dies", "renews"))
    access(running, dies, expires_at=NOW + 2 * DAY)
    access(running, renews, expires_at=NOW + HOUR, refresh_at=NOW)
    for channel in (dies, renews, bare):
        for due in (NOW + DAY, NOW + 3 * DAY, NOW + 4 * DAY):
            running.publication(channel_id=channel.id, due_at=due)
        running.publication(channel_id=channel.id, due_at=NOW + 5 * DAY, state=State.CANCELLED)
    found = stand(running)
    assert {key: (one.waiting, one.too_late, one.renews, one.has_access) for key, one in found.items()} == {
        "bare": (3, 0, False, False),
        "dies": (3, 2, False, True),
        "renews": (3, 0, True, True),
    }
    assert list(stand(running, "dies")) == ["dies"]


def test_what_is_left_is_told_for_each_limit_that_is_counted(running: Running) -> None:
    channels = [running.channel("youtube"), running.channel("youtube")]
    settings = running.service.platforms.settings["youtube"]
    limits = [one for one in connector_class("youtube").budgets(settings) if one.amount]
    first = limits[0]
    with writing(running.engine) as session:
        for at, units in ((NOW - timedelta(minutes=1), 3), (NOW - 3 * DAY, 50)):
            session.add(Spending(scope="app:youtube", budget=first.name, at=at, units=units))
        session.add(UsageLevel(scope="app:youtube", percent=90, at=NOW))
    found = stand(running)
    for one in channels:
        left = {budget.name: units for budget, units in found[one.key].left}
        assert left == {limit.name: limit.amount - 3 * (limit == first) for limit in limits}
        level = found[one.key].level
        assert level is not None and level.percent == 90


def test_a_pause_of_every_channel_and_one_of_its_own_stand_beside_a_channel(running: Running) -> None:
    mine = running.channel(key="mine")
    running.channel(key="other")
    times = ((None, NOW - HOUR, None), (mine.id, NOW - HOUR, None), (mine.id, NOW + HOUR, None), (None, NOW - DAY, NOW))
    with writing(running.engine) as session:
        for channel_id, since, ended in times:
            session.add(Pause(channel_id=channel_id, reason="chi_dao", since=since, started_by="Hà", ended_at=ended))
    found = stand(running)
    assert (len(found["mine"].pauses), len(found["other"].pauses)) == (2, 1)


def test_many_channels_cost_no_more_statements_than_one(running: Running) -> None:
    costs = []
    for _ in range(2):
        for platform in ("facebook", "zalo", "youtube"):
            running.publication(channel_id=running.channel(platform).id)
        with counted(running.engine) as statements:
            stand(running)
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 5


def test_the_last_check_is_that_of_the_job_that_ended(running: Running) -> None:
    with writing(running.engine) as session:
        for hours, finished in ((48, True), (24, True), (0, False)):
            at = NOW - timedelta(hours=hours)
            session.add(JobRun(job="check", slot=at, started_at=at, finished_at=at if finished else None))
    with reading(running.engine) as session:
        assert last_check(session) == NOW - DAY


@pytest.mark.parametrize("weekly", [{0: [1440]}, {0: [-1]}, {7: [60]}, {0: [60, 60]}])
def test_a_slot_that_no_day_has_or_that_is_named_twice_is_refused(
    running: Running, weekly: dict[int, list[int]]
) -> None:
    channel = running.channel()
    with pytest.raises(ChannelError), writing(running.engine) as session:
        set_slots(session, channel, weekly)


def test_a_channel_that_is_off_stays_off_whatever_a_check_finds_until_a_person_opens_it(running: Running) -> None:
    channel = running.channel()
    with writing(running.engine) as session:
        switch_off(session, channel, "Quang", NOW)
        stop_channel(session, channel.id or 0, "reconnect", "x", None)
    row = stand(running)[channel.key].channel
    assert (row.state, row.state_words) == (OFF, "Quang tắt lúc 08:00 ngày 23/11/2026.")
    with writing(running.engine) as session:
        open_channel(session, channel.id or 0)
    assert stand(running)[channel.key].channel.state == CONNECTED


def test_what_waits_is_counted_without_reading_all_that_ever_went_out(running: Running) -> None:
    if running.engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL the plan depends on what is in the table")
    running.publication()
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, facts: Any, *_: Any) -> None:
        if "count(*)" in statement and "credential.expires_at" in statement:
            asked.append((statement, facts))

    event.listen(running.engine, "before_cursor_execute", note)
    try:
        with reading(running.engine) as session:
            standings(session, running.service.platforms, now=NOW)
    finally:
        event.remove(running.engine, "before_cursor_execute", note)
    [(statement, facts)] = asked
    with running.engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", facts).all())
    assert "COVERING INDEX ix_publication_channel_state (channel_id=? AND state=?" in plan, plan
