"""The computer's clock: turned back, turned ahead, and in whatever time zone the server stands."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from content.tables import Post
from scheduler import pauses
from scheduler.clock import SystemClock
from scheduler.db import reading
from scheduler.jobs import Job, Timetable, mark_installed, run_due
from scheduler.lifecycle import State
from scheduler.tables import Channel, Heartbeat, Pause
from scheduler.ticker import Ticker
from tests.architecture.sources import ROOT
from tests.conftest import NOW
from tests.scheduler.house import HOUR, House, Running

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FEED = r"/v26\.0/\d+/feed"


# Turned back -------------------------------------------------------------------------------------------------


def test_what_went_out_before_the_clock_was_turned_back_does_not_go_out_again(running: Running) -> None:
    page = running.connect("facebook")
    sent = running.queue(running.post(), page, NOW + 30 * MINUTE)
    later = running.queue(running.post(), page, NOW + 50 * MINUTE)
    running.pass_time(NOW + 40 * MINUTE)
    assert running.load(sent.id).state == State.PUBLISHED
    running.clock.set(NOW - 20 * MINUTE)
    running.pass_time(NOW + 2 * HOUR)
    assert [running.load(row.id).state for row in (sent, later)] == [State.PUBLISHED] * 2
    assert len(running.sandbox.public("facebook")) == 2


def test_a_pause_ordered_for_at_once_holds_although_the_clock_is_turned_back(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(), page, NOW + 30 * MINUTE)
    running.clock.set(NOW + HOUR - 31 * MINUTE)
    pause = pauses.begin(running.engine, "quoc_tang", now=running.clock.now(), by="Hà")
    running.clock.set(NOW - HOUR)
    running.pass_time(NOW + 5 * HOUR)
    assert (running.load(row.id).state, running.load(row.id).held_by) == (State.HELD, "paused")
    assert running.sandbox.public("facebook") == []
    with reading(running.engine) as session:
        assert [one.id for one in pauses.active(session, now=NOW - HOUR)] == [pause.id]
        assert session.exec(select(Pause.id).where(pauses.is_in_force(NOW - HOUR))).all() == [pause.id]


def test_a_pause_planned_for_later_waits_for_its_hour_also_when_the_clock_is_turned_back(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(), page, NOW + 30 * MINUTE)
    pauses.begin(running.engine, "quoc_tang", since=NOW + HOUR, now=NOW, by="Hà")
    running.clock.set(NOW - HOUR)
    running.pass_time(NOW + 45 * MINUTE)
    assert running.load(row.id).state == State.PUBLISHED


def test_what_was_late_before_a_pause_of_an_hour_goes_on_after_it(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(due_at=NOW - MINUTE, next_attempt_at=NOW + 2 * HOUR, state=State.RETRY_WAIT)
    pauses.begin(engine, "quoc_tang", until=NOW + HOUR, now=NOW, by="Hà")
    with reading(engine) as session:
        told, post = pauses.counting(session, now=NOW + 2 * HOUR), session.get_one(Post, row.post_id)
        channel = session.get_one(Channel, row.channel_id)
        assert len(told) == 1
        assert pauses.stopped_by(session, told, row, channel, post, now=NOW + HOUR / 2) is not None
        assert pauses.stopped_by(session, told, row, channel, post, now=NOW + 2 * HOUR) is None


@pytest.mark.parametrize("ahead", [5 * MINUTE, HOUR])
def test_a_post_whose_answer_was_lost_is_found_although_our_clock_stood_ahead_when_it_was_sent(
    running: Running, ahead: timedelta
) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(late_rule="any_time"), page, NOW + 30 * MINUTE)
    running.pass_time(NOW + 29 * MINUTE)
    running.sandbox.fault("facebook", "hang_up", path=FEED, method="POST", effect=True)
    running.clock.set(NOW + 30 * MINUTE + ahead)  # the platform's clock stays where it is
    running.service.settle()
    assert running.load(row.id).state == State.UNCONFIRMED
    running.clock.set(NOW + 31 * MINUTE)
    running.pass_time(NOW + 5 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert len(running.sandbox.public("facebook")) == 1


def test_an_article_created_in_one_call_is_found_although_our_clock_stood_ahead(running: Running) -> None:
    oa = running.connect("zalo")
    post = running.post(late_rule="any_time", variants={"zalo": {"options": {"hidden_first": False}}})
    running.picture(post)
    row = running.queue(post, oa, NOW + 30 * MINUTE)
    running.pass_time(NOW + 29 * MINUTE)
    running.clock.set(NOW + 30 * MINUTE + HOUR)
    running.sandbox.fault("zalo", "hang_up", path="/v2.0/article/.*", method="POST", effect=True)
    running.service.settle()
    running.clock.set(NOW + 31 * MINUTE)
    running.pass_time(NOW + 5 * HOUR)
    assert running.load(row.id).state in (State.PUBLISHED, State.NEEDS_PERSON)
    assert len(running.sandbox.public("zalo")) == 1


def counting(calls: list[datetime]) -> Job:
    def run(slot: datetime, _now: datetime) -> str:
        calls.append(slot)
        return "xong"

    return Job("thu", Timetable((time(7, 0), time(16, 0))), run)


def test_no_calendar_job_runs_twice_when_the_clock_is_turned_back(engine: Engine) -> None:
    mark_installed(engine, now=NOW - 30 * DAY)
    calls: list[datetime] = []
    seven = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    for at in (seven + MINUTE, seven - HOUR, seven - MINUTE, seven, seven + MINUTE, seven + HOUR):
        run_due(engine, [counting(calls)], now=at)
    assert calls == [seven]


def test_a_clock_that_stood_far_ahead_does_not_keep_the_jobs_from_running(engine: Engine) -> None:
    mark_installed(engine, now=NOW - 30 * DAY)
    calls: list[datetime] = []
    run_due(engine, [counting(calls)], now=NOW + 365 * DAY)
    assert run_due(engine, [counting(calls)], now=NOW) == ["thu"]
    assert run_due(engine, [counting(calls)], now=NOW + DAY) == ["thu"]


def test_the_bell_rings_on_at_once_when_the_computers_clock_is_turned_back(running: Running) -> None:
    ticker = Ticker(running.service, tick_seconds=30)
    ticker.start()
    try:
        for job in ticker._scheduler.get_jobs():
            if hasattr(job.trigger, "interval"):  # what an hour of turning back looks like to it
                job.modify(next_run_time=SystemClock().now() + HOUR)
        ticker.catch_up()
        soon = SystemClock().now() + MINUTE
        rings = {job.id: job.next_run_time for job in ticker._scheduler.get_jobs()}
    finally:
        ticker.stop()
    assert rings["tick"] <= soon and rings["jobs"] <= soon


def test_the_sign_of_life_goes_on_when_the_clock_is_turned_back(running: Running) -> None:
    ticker = Ticker(running.service)
    running.clock.set(NOW + HOUR)
    ticker._beat()
    running.clock.set(NOW)
    ticker._beat()
    with reading(running.engine) as session:
        assert session.exec(select(Heartbeat.at)).one() == NOW


# Turned ahead ------------------------------------------------------------------------------------------------


def test_a_clock_that_jumps_ahead_by_a_day_is_an_outage(running: Running) -> None:
    page = running.connect("facebook")
    strict = [running.queue(running.post(late_minutes=60), page, NOW + n * HOUR) for n in (1, 2)]
    patient = [running.queue(running.post(late_rule="any_time"), page, NOW + n * HOUR) for n in (3, 4, 5)]
    running.clock.set(NOW + DAY)
    running.pass_time(NOW + DAY + 2 * HOUR)
    assert {running.load(row.id).state for row in strict} == {State.MISSED}
    sent = [running.load(row.id).sent_at for row in patient]
    assert sent == [NOW + DAY + n * 15 * MINUTE for n in range(3)]


# The server's time zone ----------------------------------------------------------------------------------------

_PROBE = """
import json, sys
from datetime import date, time, timedelta
from pathlib import Path
from sqlalchemy import Engine
from cli.database import upgrade
from cli.when import parse_day, parse_moment
from content.vietnamese import local, local_day, moment
from scheduler.channels import set_slots
from scheduler.sweep import sweep
from scheduler.db import open_engine, reading, writing
from scheduler.jobs import Timetable
from scheduler.lifecycle import State
from scheduler.policy import Policy
from scheduler.recurring import days_of
from scheduler.slots import free_slots, warnings
from tests.conftest import NOW
from tests.scheduler.house import House

engine = open_engine(f"sqlite:///{Path(sys.argv[1]) / 'probe.sqlite3'}")
upgrade(engine)
house = House(engine)
channel = house.channel(gap_minutes=30, daily_most=2)
rows = [
    house.publication(post_id=house.post(late_rule=rule).id, channel_id=channel.id, state=State.READY,
                      due_at=NOW - timedelta(hours=hours), late_until=NOW - timedelta(hours=hours - 1)
                      if rule != "any_time" else None, next_attempt_at=NOW - timedelta(hours=hours))
    for hours, rule in ((5, "any_time"), (4, "any_time"), (3, "expire"), (2, "next_slot"))
]
with writing(engine) as session:
    set_slots(session, channel, {day: [7 * 60 + 30, 19 * 60 + 30, 23 * 60] for day in range(7)})
night = NOW + timedelta(hours=15)
sweep(engine, now=night)
told = [(row.state, str(row.due_at), str(row.next_attempt_at)) for row in (house.load(one.id) for one in rows)]
with reading(engine) as session:
    told.append([moment(at) for at in free_slots(session, channel, now=NOW, policy=Policy(), days=5)])
    told.append(warnings(session, channel, night, now=NOW, policy=Policy()))
daily = Timetable((time(7, 0), time(16, 0)))
told.append([str(daily.latest(night)), str(daily.upcoming(night))])
told.append([str(parse_moment("31/12/2026 07:30", "--at")), str(parse_day("31/12/2026", "--on"))])
told.append([str(one) for one in days_of("month", 1, 31, local_day(night), date(2027, 4, 30))])
print(json.dumps(told))
"""


def test_the_time_zone_of_the_server_changes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    def probe(zone: str) -> object:
        folder = tmp_path_factory.mktemp("zone")
        run = subprocess.run(
            [sys.executable, "-c", _PROBE, str(folder)], cwd=ROOT, env={**os.environ, "TZ": zone},
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return json.loads(run.stdout)

    here = probe("Asia/Ho_Chi_Minh")
    assert probe("America/New_York") == here == probe("Pacific/Kiritimati")
    assert "06:00 ngày 24/11/2026" not in str(here) and "23:00" in str(here)


# Stopping ----------------------------------------------------------------------------------------------------


def test_a_clock_that_stops_lets_a_claim_that_is_on_its_way_find_its_hands(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, order = running.service, list[str]()
    begun, closed = threading.Event(), threading.Event()
    close = service.close

    def claiming(_platforms: Collection[str]) -> int:
        begun.set()
        closed.wait(0.3)  # it would come by now
        order.append("claimed")
        return 0

    def closing() -> None:
        order.append("closed")
        closed.set()
        close()

    ticker = Ticker(service, tick_seconds=3600)
    ticker.start()
    monkeypatch.setattr(service, "go_on", claiming)
    monkeypatch.setattr(service, "close", closing)
    filling = threading.Thread(target=service.worker.recorder.written, args=({"facebook"},))
    filling.start()
    assert begun.wait(10)
    ticker.stop()
    filling.join()
    assert order[-1] == "closed" and "claimed" in order[:-1]
    service.worker.recorder.written({"facebook"})
    assert order[-1] == "closed", "nothing is claimed any more"
