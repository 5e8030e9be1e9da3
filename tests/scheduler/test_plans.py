"""What the clock asks reads a handful of rows however long the past is and however much waits: on both databases.

Twenty thousand publications, two thousand of them waiting further ahead than a month; then every statement of a tick,
a publication's whole way and the calendar jobs is explained and what it reads is counted.
"""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlmodel import select

from benchmarks import growth_fill
from content.tables import Editorial
from content.vietnamese import local_day
from scheduler.alarms import watch
from scheduler.astir import look
from scheduler.channels import set_slots
from scheduler.db import looking, reading, writing
from scheduler.filling import fill
from scheduler.jobs import Job, Timetable, run_due
from scheduler.lifecycle import Event, State
from scheduler.metrics.cadence import USUAL
from scheduler.metrics.due import asked as asked_last
from scheduler.metrics.due import due_on
from scheduler.pauses.holding import count_held
from scheduler.policy import Policy
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import NOW, Sandbox
from tests.plans import asked
from tests.scheduler.house import HOUR, House, Running

ROWS = 20_000
MOST = 600
"""So many rows may one statement read where a thousandth part of that is due."""
MANY, FEW = 2_000, 5
"""Rows that wait for a person: beside many, a few that are asked for."""


@pytest.fixture
def old_house(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Running]:
    """A service over a long past: three channels, a library, and little that is due."""
    running = Running(engine, sandbox, tmp_path)
    for _ in range(30):
        running.post(platforms=["facebook"])
    running.post(state=Editorial.SUBMITTED)
    for _ in range(2):
        running.channel()
    running.connect("facebook")
    growth_fill.grow(engine, "history", growth_fill.Size(ROWS, 0, 100), NOW)
    yield running
    running.close()


def test_an_idle_tick_asks_one_statement_that_reads_a_handful_of_rows(old_house: Running) -> None:
    old_house.service.tick()
    with asked(old_house.engine) as found:
        old_house.service.tick()
    assert len(found.statements) == 1
    assert found.faults(MOST) == []
    with asked(old_house.engine) as found:
        old_house.service.next_moment()
        old_house.service.beat()
    assert len(found.statements) == 1, "the one for the next moment: a sign of life asks for nothing"
    assert found.faults(MOST) == []


def test_a_publication_goes_its_whole_way_by_indexes(old_house: Running) -> None:
    channel = old_house.connect("facebook")
    old_house.publication(channel_id=channel.id, due_at=NOW + HOUR, next_attempt_at=NOW)
    with asked(old_house.engine) as found:
        old_house.service.settle()
        old_house.clock.set(NOW + HOUR)
        old_house.service.settle()
    assert len(found.statements) > 12, "the statements were seen"
    assert old_house.sandbox.public("facebook"), "it went out"
    assert found.faults(MOST) == []


def test_what_is_late_or_lost_is_found_by_indexes(old_house: Running) -> None:
    late = old_house.publication(due_at=NOW - 5 * HOUR, next_attempt_at=NOW - 5 * HOUR, late_until=NOW - HOUR)
    dead = old_house.publication(state="publishing", lease_until=NOW - HOUR, lease_owner="x", sent_at=NOW - HOUR)
    with asked(old_house.engine) as found:
        old_house.service.tick()
        old_house.service.wait()
    assert [old_house.load(one.id).state for one in (late, dead)] == ["missed", "unconfirmed"]
    assert found.faults(MOST) == []


def test_the_calendar_jobs_that_are_due_and_the_watch_go_by_indexes(old_house: Running) -> None:
    engine, service = old_house.engine, old_house.service
    jobs = [Job(name, Timetable((time(0, 30),)), lambda _slot, _now: "") for name in ("collect", "tokens")]
    with asked(engine) as found:
        run_due(engine, jobs, now=NOW)
        watch(engine, service.platforms, Policy(), {"collect": "x"}, empty_day_at=time(15), now=NOW)
    assert len(found.statements) > 15, "the statements were seen"
    assert found.faults(MOST) == []


def test_filling_a_day_counts_along_indexes_what_it_does_not_read(old_house: Running) -> None:
    tomorrow = local_day(NOW) + timedelta(days=1)
    with writing(old_house.engine) as session:
        for channel in session.exec(select(Channel)):
            set_slots(session, channel, {weekday: [450] for weekday in range(7)})
    for part in (1, 2):
        old_house.publication(post_id=old_house.post(series="loat", series_part=part).id, due_at=NOW - 9_000 * HOUR)
    with asked(old_house.engine) as found:
        filled = fill(old_house.service.desk, [tomorrow], now=NOW)
    assert filled.decisions and len(found.statements) > 15, "the statements were seen"
    assert found.faults(ROWS // 4) == [], "each post's past on each channel is counted, but nothing is gone through"


def test_what_is_due_on_a_channel_reads_neither_what_waits_there_nor_what_others_were_told(engine: Engine) -> None:
    house = House(engine)
    channels, post = [house.channel() for _ in range(40)], house.post()
    own = channels[0].id or 0
    for hours in range(3):
        house.publication(post_id=post.id, channel_id=own, due_at=NOW - (hours + 2) * HOUR, state=State.PUBLISHED,
                          published_at=NOW - (hours + 2) * HOUR, external_id=f"x{hours}")  # fmt: skip
    with writing(engine) as session:
        session.add_all(
            Publication(
                post_id=post.id or 0, channel_id=own, due_at=NOW + (48 + hours) * HOUR, saved={}, created_at=NOW
            )
            for hours in range(800)
        )
        session.add_all(
            Reading(channel_id=channel.id or 0, metric="followers", value=1, name="n", version="v",
                    taken_at=NOW - timedelta(minutes=minutes))
            for channel in channels for minutes in range(1, 41)
        )  # fmt: skip
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    with asked(engine) as found, looking(engine) as connection:
        waiting = [one for one in asked_last(connection, NOW) if one.channel_id == own]
        assert len(due_on(connection, waiting, USUAL, now=NOW)[own].posts) == 3
    assert found.faults(300) == []


def wait_for_a_person(house: Running, *, many: Event, few: Event) -> None:
    """Two thousand rows of unknown fate and two thousand held by one event, beside a few held by another."""
    channel, post, far = house.channel(), house.post(state=Editorial.SUBMITTED), NOW + 48 * HOUR
    held = [(State.NEEDS_PERSON, "")] * MANY + [(State.HELD, many)] * MANY + [(State.HELD, few)] * FEW
    with writing(house.engine) as session:
        session.add_all(
            Publication(post_id=post.id or 0, channel_id=channel.id or 0, due_at=far + timedelta(minutes=minutes),
                        late_until=far + 99 * HOUR, state=state, held_by=by, saved={}, created_at=NOW)
            for minutes, (state, by) in enumerate(held)
        )  # fmt: skip
    if house.engine.dialect.name == "postgresql":
        with house.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE publication"))


def test_what_waits_for_its_approval_is_found_among_what_pauses_hold_by_its_own_index(old_house: Running) -> None:
    wait_for_a_person(old_house, many=Event.PAUSED, few=Event.APPROVAL_LOST)
    sweep(old_house.engine, now=NOW)
    with asked(old_house.engine) as found:
        assert not look(old_house.engine, now=NOW).sweep
    assert found.statements and found.faults(MOST) == []
    with asked(old_house.engine) as found:
        sweep(old_house.engine, now=NOW)
    assert len(found.statements) > 5, "the statements were seen"
    assert found.faults(MOST) == []


def test_what_pauses_hold_is_counted_by_its_own_index_among_what_waits_for_its_approval(old_house: Running) -> None:
    wait_for_a_person(old_house, many=Event.APPROVAL_LOST, few=Event.PAUSED)
    with asked(old_house.engine) as found, reading(old_house.engine) as session:
        assert count_held(session) == FEW
    assert found.statements and found.faults(MOST) == []


def test_the_index_of_what_waits_for_a_person_is_used_whatever_values_are_bound(old_house: Running) -> None:
    wait_for_a_person(old_house, many=Event.PAUSED, few=Event.APPROVAL_LOST)
    with asked(old_house.engine) as found, reading(old_house.engine) as session:
        look(old_house.engine, now=NOW)
        sweep(old_house.engine, now=NOW)
        count_held(session)
    held = [one for one in found.statements if "publication.held_by = " in one]
    assert len(held) == 4, "the look's, the sweep's two and the count's were seen"
    with old_house.engine.connect() as connection:
        for statement in held:
            assert "ix_publication_person" in plan_of_any(connection, statement), statement


def plan_of_any(connection: Connection, statement: str) -> str:
    """How a statement is planned before its values are known, as PostgreSQL may do with what is asked often."""
    if connection.dialect.name == "sqlite":
        nothing = (None,) * statement.count("?")
        told = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", nothing)
        return "\n".join(words for *_, words in told)
    names = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${number}")
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    connection.exec_driver_sql(f"PREPARE of_any AS {statement}")
    told = connection.exec_driver_sql(f"EXPLAIN EXECUTE of_any({', '.join(['NULL'] * len(names))})")
    plan = "\n".join(words for (words,) in told)
    connection.exec_driver_sql("DEALLOCATE of_any")
    return plan


@pytest.mark.parametrize("index", ["ix_publication_late", "ix_publication_waiting"])
def test_without_its_index_a_tick_is_found_out(old_house: Running, index: str) -> None:
    with old_house.engine.begin() as connection:
        made = _definition(connection, index)
        connection.execute(text(f"DROP INDEX {index}"))
    try:
        with asked(old_house.engine) as found:
            old_house.service.tick()
            old_house.service.next_moment()
        assert found.faults(MOST) != []
    finally:
        with old_house.engine.begin() as connection:
            connection.exec_driver_sql(made)


def _definition(connection: Any, index: str) -> str:
    lite = connection.dialect.name == "sqlite"
    where = "sql FROM sqlite_master WHERE name" if lite else "indexdef FROM pg_indexes WHERE indexname"
    return str(connection.execute(text(f"SELECT {where} = :name"), {"name": index}).scalar_one())
