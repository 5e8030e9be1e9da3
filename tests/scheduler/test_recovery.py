"""After a restore from an older copy nothing is published twice: the channels are asked before anything is sent."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel, select

from scheduler import recovery
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.policy import Policy
from scheduler.recovery_tables import Lineage, Restoration
from scheduler.tables import Publication
from tests.conftest import LAN, NOW, Sandbox
from tests.content.test_approving import until_somebody_waits
from tests.records.unguarded import unguarded
from tests.scheduler.house import House, Running
from tests.web.desk import counted

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host)
    # without its check for twins the sandbox would not hide a text that is sent a second time
    sandbox.fault("facebook", "no_twin_check", times=100_000)
    yield running
    running.close()


def rows_of(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Everything that stands in the tables."""
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in SQLModel.metadata.sorted_tables
            if table.name != "post_search"
        }


def put_back(engine: Engine, rows: dict[str, list[dict[str, object]]]) -> None:
    """The tables as they were, without a word of it."""
    with unguarded(engine), engine.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name != "post_search":
                connection.execute(table.delete())
        for table in SQLModel.metadata.sorted_tables:
            if rows.get(table.name):
                connection.execute(table.insert(), rows[table.name])


def set_back(engine: Engine, rows: dict[str, list[dict[str, object]]], copied_at: datetime) -> None:
    """The tables as they were, and the mark that a copy is born with."""
    put_back(engine, rows)
    with writing(engine) as session:
        recovery.mark_as_copy(session, copied_at)


def go(house: Running, until: datetime) -> None:
    """Let time pass, one due moment after the other."""
    for _ in range(500):
        house.service.settle()
        at = house.service.next_moment()
        if at is None or at > until:
            break
        house.clock.set(max(at, house.clock.now() + timedelta(seconds=1)))
        house.sandbox.at(house.clock.now())
    house.clock.set(until)
    house.sandbox.at(until)


def restore(house: Running, rows: dict[str, list[dict[str, object]]], copied_at: datetime, file: Path) -> int:
    """Bring an older state back, as another process finds it at its start; how many were put aside."""
    set_back(house.engine, rows, copied_at)
    noticed = recovery.notice(house.engine, file, own_file=False, now=house.clock.now())
    assert noticed is not None
    return noticed.put_aside


@pytest.mark.parametrize("platform", ["facebook", "zalo", "youtube"])
def test_what_went_out_after_the_copy_is_found_and_not_sent_again(
    house: Running, sandbox: Sandbox, tmp_path: Path, platform: str
) -> None:
    channel = house.connect(platform)
    rows = []
    for number in range(3):
        post = house.post(late_rule="any_time", variants={"zalo": {"summary": f"Tóm tắt số {number}."}})
        if platform == "youtube":
            house.video(post, number)
        elif platform == "zalo":
            house.picture(post, "teal")
        rows.append(house.queue(post, channel, NOW + HOUR + number * HOUR))
    copy = rows_of(house.engine)  # nothing is prepared yet
    go(house, NOW + 2 * HOUR + 30 * MINUTE)
    assert len(sandbox.public(platform)) == 2
    assert restore(house, copy, NOW, tmp_path / "number") == 3
    go(house, NOW + 6 * HOUR)
    assert Counter(item["title"] or item["text"] for item in sandbox.public(platform)).most_common(1)[0][1] == 1
    assert len(sandbox.public(platform)) == 3
    assert [house.load(row.id).state for row in rows] == [State.PUBLISHED] * 3
    assert all(house.load(row.id).external_id for row in rows)
    assert "compared" in house.events(rows[2].id) and "found" in house.events(rows[0].id)


def test_what_is_queued_or_resumed_later_is_looked_for_as_well(
    house: Running, sandbox: Sandbox, tmp_path: Path
) -> None:
    channel = house.connect("facebook")
    post, held = house.post(), house.post()
    waits = house.queue(held, channel, NOW + 3 * HOUR)
    house.service.desk.act(waits.id or 0, Event.HELD, now=NOW, actor=LAN)
    copy = rows_of(house.engine)
    house.queue(post, channel, NOW + HOUR)
    house.service.desk.act(waits.id or 0, Event.RESUMED, now=NOW, actor=LAN)
    go(house, NOW + 4 * HOUR)
    assert len(sandbox.public("facebook")) == 2
    assert restore(house, copy, NOW, tmp_path / "number") == 0, "the copy knows of nothing that goes by itself"
    again = house.queue(post, channel, NOW + 5 * HOUR)
    house.service.desk.act(waits.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    go(house, NOW + 8 * HOUR)
    assert len(sandbox.public("facebook")) == 2
    assert house.load(again.id).state == State.PUBLISHED and "found" in house.events(again.id)
    assert house.load(waits.id).state == State.PUBLISHED


def test_what_was_not_yet_due_waits_on_and_what_was_is_a_persons(
    house: Running, sandbox: Sandbox, tmp_path: Path
) -> None:
    channel = house.connect("facebook")
    late = house.queue(house.post(late_rule="expire", late_minutes=30), channel, NOW + HOUR)
    ahead = house.queue(house.post(), channel, NOW + 2 * DAY)
    copy = rows_of(house.engine)
    house.clock.set(NOW + 5 * HOUR)
    sandbox.at(NOW + 5 * HOUR)
    assert restore(house, copy, NOW, tmp_path / "number") == 2
    go(house, NOW + 6 * HOUR)
    assert house.load(late.id).state == State.NEEDS_PERSON
    assert "trước lúc khôi phục" in house.load(late.id).problem
    assert house.load(ahead.id).state == State.SCHEDULED
    assert house.load(ahead.id).next_attempt_at is not None
    assert sandbox.public("facebook") == []


def test_a_post_that_was_edited_after_the_copy_is_not_sent_in_its_old_words(
    house: Running, sandbox: Sandbox, tmp_path: Path
) -> None:
    channel = house.connect("facebook")
    post = house.post(late_rule="any_time")
    row = house.queue(post, channel, NOW + 2 * HOUR)
    copy = rows_of(house.engine)
    house.approve_again(post, body=f"{post.body} Đã sửa.")
    go(house, NOW + 3 * HOUR)
    [public] = sandbox.public("facebook")
    assert "Đã sửa." in public["text"]
    restore(house, copy, NOW, tmp_path / "number")
    go(house, NOW + 6 * HOUR)
    assert [one["id"] for one in sandbox.public("facebook")] == [public["id"]]
    assert house.load(row.id).state == State.NEEDS_PERSON
    house.service.desk.settle(row.id or 0, "", sent=True, now=house.clock.now(), actor=LAN)
    go(house, NOW + 9 * HOUR)
    assert [one["id"] for one in sandbox.public("facebook")] == [public["id"]]


@pytest.mark.parametrize("first", ["beat", "claim"])
def test_a_living_process_notices_that_its_database_went_back(
    house: Running, sandbox: Sandbox, tmp_path: Path, first: str
) -> None:
    file = tmp_path / "number"
    assert recovery.notice(house.engine, file, own_file=False, now=NOW) is None
    house.service.watch.file = file
    channel = house.connect("facebook")
    row = house.queue(house.post(late_rule="any_time"), channel, NOW + HOUR)
    house.service.beat()
    copy = rows_of(house.engine)
    go(house, NOW + 2 * HOUR)
    house.service.beat()
    assert len(sandbox.public("facebook")) == 1
    put_back(house.engine, copy)  # a server's database after a failover, under a process that lives on
    for _ in range(5 if first == "beat" else 0):
        house.service.beat()
    go(house, NOW + 5 * HOUR)
    house.service.beat()
    assert len(sandbox.public("facebook")) == 1
    assert house.load(row.id).state == State.PUBLISHED and "found" in house.events(row.id)
    with reading(house.engine) as session:
        [known] = session.exec(select(Restoration)).all()
        number = session.exec(select(Lineage.number)).one()
    assert (known.how, known.copied_at) == ("number", NOW)
    assert number == json.loads(file.read_text())["number"], "who starts now has nothing left to notice"
    assert recovery.notice(house.engine, file, own_file=False, now=house.clock.now()) is None


def test_a_living_process_follows_what_another_one_was_told(house: Running, sandbox: Sandbox, tmp_path: Path) -> None:
    channel = house.connect("facebook")
    waits = house.queue(house.post(late_rule="any_time"), channel, NOW + 3 * HOUR)
    house.service.desk.act(waits.id or 0, Event.HELD, now=NOW, actor=LAN)
    copy = rows_of(house.engine)
    house.service.desk.act(waits.id or 0, Event.RESUMED, now=NOW, actor=LAN)
    go(house, NOW + 4 * HOUR)
    put_back(house.engine, copy)  # the whole machine went back, and the service was started by it
    with writing(house.engine) as session:
        recovery.mark_as_copy(session, NOW, recovery.TOLD)
    assert recovery.notice(house.engine, tmp_path / "number", own_file=False, now=house.clock.now()) is not None
    house.service.desk.act(waits.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    go(house, NOW + 8 * HOUR)
    assert len(sandbox.public("facebook")) == 1 and house.load(waits.id).state == State.PUBLISHED


def test_a_tick_where_nothing_is_due_asks_nothing_of_what_waits(house: Running, tmp_path: Path) -> None:
    channel = house.connect("facebook")
    rows = [house.queue(house.post(), channel, NOW + 2 * DAY + number * HOUR) for number in range(3)]
    restore(house, rows_of(house.engine), NOW - HOUR, tmp_path / "number")
    go(house, NOW + HOUR)
    assert {house.load(row.id).state for row in rows} == {State.SCHEDULED}
    later = house.queue(house.post(), channel, NOW + 3 * DAY)
    house.service.tick()
    assert "restored" not in house.events(later.id), "it is looked for when its time comes"
    with counted(house.engine) as statements:
        house.service.tick()
    assert len(statements) == 1
    go(house, NOW + 4 * DAY)
    assert house.load(later.id).state == State.PUBLISHED and "restored" in house.events(later.id)


def test_a_platform_that_is_away_for_a_while_sends_nothing_to_a_person(
    house: Running, sandbox: Sandbox, tmp_path: Path
) -> None:
    channel = house.connect("facebook")
    row = house.queue(house.post(late_rule="any_time"), channel, NOW + 3 * DAY + HOUR)
    copy = rows_of(house.engine)
    house.clock.set(NOW + 3 * DAY)
    sandbox.at(NOW + 3 * DAY)
    restore(house, copy, NOW, tmp_path / "number")
    sandbox.fault("facebook", "status", times=3)
    go(house, NOW + 3 * DAY + 3 * HOUR)
    assert house.load(row.id).state == State.PUBLISHED
    assert Event.UNCLEAR not in house.events(row.id)


def test_a_database_that_is_older_than_its_folder_is_noticed(engine: Engine, tmp_path: Path) -> None:
    house, file = House(engine), tmp_path / "number"
    recovery.count_on(engine, file, now=NOW)
    row = house.publication(due_at=NOW + HOUR)
    assert recovery.notice(engine, file, own_file=True, now=NOW) is None
    copy = rows_of(engine)
    recovery.count_on(engine, file, now=NOW + MINUTE)
    assert recovery.notice(engine, file, own_file=True, now=NOW + MINUTE) is None
    put_back(engine, copy)  # somebody copies yesterday's file back, which nobody has marked
    noticed = recovery.notice(engine, file, own_file=True, now=NOW + HOUR)
    assert noticed is not None and (noticed.how, noticed.copied_at, noticed.put_aside) == ("number", NOW, 1)
    assert house.load(row.id).state == State.UNCONFIRMED
    assert recovery.notice(engine, file, own_file=True, now=NOW + HOUR) is None, "it is noticed once"
    with reading(engine) as session:
        assert recovery.waits_to_be_compared(session) == 1


def test_a_sqlite_file_in_a_folder_without_its_number_is_taken_for_a_copy(engine: Engine, tmp_path: Path) -> None:
    recovery.count_on(engine, tmp_path / "number", now=NOW)
    assert recovery.notice(engine, tmp_path / "other", own_file=False, now=NOW) is None, "a further machine"
    (tmp_path / "other").unlink()
    assert recovery.notice(engine, tmp_path / "other", own_file=True, now=NOW) is not None


def test_processes_that_start_a_new_office_together_all_begin(engine: Engine, tmp_path: Path) -> None:
    failed = list[Exception]()

    def other() -> None:
        try:
            recovery.count_on(engine, tmp_path / "other", now=NOW + MINUTE)
        except Exception as error:
            failed.append(error)

    second = Thread(target=other)
    with writing(engine) as session:
        session.add(Lineage(id=1, number=1, at=NOW))
        session.flush()
        second.start()
        until_somebody_waits(engine)
    second.join(timeout=20)
    assert failed == []
    with reading(engine) as session:
        assert [(row.number, row.at) for row in session.exec(select(Lineage))] == [(2, NOW + MINUTE)]


def test_an_office_that_never_counted_goes_by_the_last_that_it_knows_of(engine: Engine, tmp_path: Path) -> None:
    house, file = House(engine), tmp_path / "number"
    waits = house.publication(due_at=NOW + HOUR)
    with writing(engine) as session:
        apply(session, session.get_one(Publication, waits.id), Event.MOVED, now=NOW)
    file.write_text(json.dumps({"number": 3}), encoding="utf-8")
    watch = recovery.Watch(engine, Policy())
    watch.file = file
    noticed = watch.count(now=NOW + 2 * HOUR)
    assert noticed is not None and (noticed.copied_at, noticed.put_aside) == (NOW, 1)


def test_a_number_that_cannot_be_read_or_written_loses_nothing(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "number"
    file.write_bytes(b"\xff\x00half")
    assert recovery.notice(engine, file, own_file=True, now=NOW) is None
    assert json.loads(file.read_text()) == {"number": 0}
    file.unlink()
    file.mkdir()
    with pytest.raises(OSError):
        recovery.count_on(engine, file, now=NOW)
    with reading(engine) as session:
        assert session.exec(select(Restoration)).all() == []
