"""A hand that waited between its briefing and its call: it is briefed anew, and never sends what it must not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from content.tables import Post
from scheduler import briefing, pauses, record, recorder
from scheduler.briefing import FRESH
from scheduler.claim import LEASES
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, PublicationEvent
from tests.conftest import MINH, NOW, Sandbox
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_races import at_the_hour, feed_calls


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, media_host)
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    return running.connect("facebook")


@pytest.mark.parametrize("by_its_claim", [False, True])
def test_a_hand_that_waited_is_briefed_anew_and_does_not_send_into_a_pause(
    running: Running, page: Channel, by_its_claim: bool
) -> None:
    row = running.queue(running.post(), page)
    taken = at_the_hour(running)
    [brief] = running.service.worker.brief([taken], claimed=running.clock.now() if by_its_claim else None)
    running.clock.set(NOW + HOUR + 2 * FRESH)
    pauses.begin(running.engine, "quoc_tang", "Quốc tang.", now=running.clock.now(), by=MINH)
    running.service.worker.carry_out(brief)
    assert feed_calls(running) == 0
    assert running.load(row.id).state == State.HELD


def test_what_stands_in_the_table_in_other_words_than_were_approved_is_not_sent_by_who_has_just_claimed_it(
    running: Running, page: Channel
) -> None:
    row = running.queue(running.post(), page)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    with writing(running.engine) as session:  # past the desk: the hashes stay as they are
        session.get_one(Post, row.post_id).body = "Lời khác."
    running.clock.set(NOW + HOUR)
    running.service.tick()
    running.service.wait()
    assert feed_calls(running) == 0
    assert running.load(row.id).state == State.HELD
    assert running.events(row.id)[-2:] == ["claimed", "approval_lost"]


def test_a_hand_whose_machine_slept_past_the_lease_does_not_send(running: Running, page: Channel) -> None:
    running.queue(running.post(), page)
    taken = at_the_hour(running)
    [brief] = running.service.worker.brief([taken])
    running.pass_time(NOW + 2 * HOUR)
    running.service.worker.carry_out(brief)
    assert feed_calls(running) == 1


def test_a_hand_that_is_late_but_alone_takes_a_new_lease_before_it_sends(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    taken = at_the_hour(running)
    late = NOW + HOUR + timedelta(minutes=4)
    running.clock.set(late)
    leases = []
    real = running.http.request

    def looking(method: str, url: str, **kwargs: Any) -> Any:
        leases.append(running.load(row.id).lease_until)
        return real(method, url, **kwargs)

    running.http.request = looking  # type: ignore[method-assign]  # to see the row while the call is on the wire
    running.service.worker.run(taken)
    assert leases == [late + LEASES["publish"]]


def test_claims_whose_briefing_fails_go_on_as_soon_as_the_database_is_back(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = running.queue(running.post(), page)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    running.clock.set(NOW + HOUR)
    monkeypatch.setattr(recorder, "PAUSE", timedelta(0))
    away = [OperationalError("SELECT", {}, Exception("server closed the connection"))] * 3
    real = briefing.reading

    def refuse(engine: Engine) -> Any:
        if away:
            raise away.pop()
        return real(engine)

    monkeypatch.setattr(briefing, "reading", refuse)
    running.service.tick()
    running.service.wait()
    assert (running.load(row.id).state, feed_calls(running), away) == (State.PUBLISHED, 1, [])
    assert running.events(row.id)[-2:] == ["claimed", "succeeded"]


def test_what_went_out_late_is_recorded_although_nobody_can_say_why(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = running.queue(running.post(), page)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    running.clock.set(NOW + HOUR + timedelta(minutes=20))

    def refuse(_engine: Engine) -> Any:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(record, "reading", refuse)
    running.service.tick()
    running.service.wait()
    assert running.load(row.id).state == State.PUBLISHED
    with reading(running.engine) as session:
        told = session.exec(select(PublicationEvent).where(PublicationEvent.event == "succeeded")).one()
    assert told.words.endswith("Đăng muộn 20 phút.")
