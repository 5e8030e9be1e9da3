"""Results of many hands: written together, none dragged along by another's lost race, none lost with the database."""

import threading
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from connectors.base import Receipt
from scheduler import recorder as books
from scheduler.claim import LEASES, Claim, claim
from scheduler.clock import FrozenClock
from scheduler.db import writing
from scheduler.lifecycle import Event, State
from scheduler.recorder import Recorder, Result
from scheduler.sweep import sweep
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.scheduler.house import House
from tests.web.test_request_ids import logs as logs


def claimed(house: House, count: int) -> list[Claim]:
    """So many publications, each on a channel of its own, claimed for their public call."""
    post = house.post()
    for _ in range(count):
        house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash)
    return claim(house.engine, now=NOW, owner="a", limit=count)


def public(one: Claim) -> Result:
    """The platform has it."""
    facts = {"external_id": f"p{one.id}", "permalink": f"https://nen-tang.example/{one.id}", "published_at": NOW}
    receipt = Receipt(facts["external_id"], facts["permalink"], NOW)
    return Result(one, Event.SUCCEEDED, NOW, "ok", facts["permalink"], facts, receipt=receipt)


def bring_together(recorder: Recorder, results: list[Result]) -> None:
    """The first result is being written while the others are brought, so those are written at once."""
    brought = threading.Event()

    def hold_the_first(_platforms: Collection[str]) -> None:
        assert brought.wait(10)

    recorder.written = hold_the_first
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(recorder.record, results[0])
        while not recorder.is_writing:
            threading.Event().wait(0.001)
        for one in results[1:]:
            recorder.record(one)
        brought.set()
        first.result(timeout=30)


def test_what_many_hands_bring_while_one_writes_is_one_transaction(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 9)
    commits: list[object] = []
    count = commits.append  # one name, so that the same listener is taken away again
    event.listen(engine, "commit", count)
    bring_together(Recorder(engine, FrozenClock(NOW)), [public(one) for one in claims])
    event.remove(engine, "commit", count)
    assert len(commits) == 2
    rows = [house.load(one.id) for one in claims]
    assert {(row.state, row.external_id == f"p{row.id}", row.lease_owner) for row in rows} == {
        (State.PUBLISHED, True, "")
    }
    assert all(house.events(one.id)[-1] == "succeeded" for one in claims)
    assert all(house.attempts(one.id)[-1].outcome == "ok" for one in claims)


def test_a_hand_does_not_wait_for_the_books_and_what_it_brought_is_written_by_the_end(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 4)
    recorder, goes_on = Recorder(engine, FrozenClock(NOW)), threading.Event()

    def hold(_platforms: Collection[str]) -> None:
        assert goes_on.wait(10)

    recorder.written, recorder.rushed = hold, lambda: True
    recorder.begin()
    for one in claims[:2]:
        recorder.record(public(one))
    while not recorder.is_writing:
        threading.Event().wait(0.001)
    for one in claims[2:]:
        recorder.record(public(one))  # the thread of the books is held: this comes back all the same
    goes_on.set()
    recorder.end()
    assert {house.load(one.id).state for one in claims} == {State.PUBLISHED}
    assert "books" not in {one.name for one in threading.enumerate()}


def test_a_result_that_lost_its_race_takes_no_other_with_it_and_is_not_forgotten(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 3)
    late = claims[1]
    with writing(engine) as session:
        session.get_one(Publication, late.id).lease_until = NOW - timedelta(seconds=1)
    sweep(engine, now=NOW)
    assert house.load(late.id).state == State.UNCONFIRMED
    bring_together(Recorder(engine, FrozenClock(NOW)), [public(one) for one in claims])
    assert {house.load(one.id).state for one in claims} == {State.PUBLISHED}
    assert house.events(late.id)[-2:] == ["lease_ran_out", "found"]


def test_an_answer_is_kept_while_the_database_is_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(engine)
    [one] = claimed(house, 1)
    monkeypatch.setattr(books, "PAUSE", timedelta(0))
    away = [OperationalError("COMMIT", {}, Exception("server closed the connection"))] * 3

    def refuse(*_facts: object) -> None:
        if away:
            raise away.pop()

    event.listen(engine, "before_cursor_execute", refuse)
    Recorder(engine, FrozenClock(NOW)).record(public(one))
    event.remove(engine, "before_cursor_execute", refuse)
    assert (house.load(one.id).state, away) == (State.PUBLISHED, [])


def test_a_process_that_ends_while_the_database_is_away_does_not_wait_for_it(engine: Engine) -> None:
    house = House(engine)
    [one] = claimed(house, 1)
    recorder = Recorder(engine, FrozenClock(NOW))
    tried = []

    def refuse(*_facts: object) -> None:
        tried.append(1)
        recorder.stop()
        raise OperationalError("BEGIN", {}, Exception("the database system is shutting down"))

    event.listen(engine, "before_cursor_execute", refuse)
    recorder.record(public(one))
    event.remove(engine, "before_cursor_execute", refuse)
    assert 0 < len(tried) < 5
    sweep(engine, now=NOW + LEASES["publish"] + timedelta(seconds=1))
    assert house.load(one.id).state == State.UNCONFIRMED, "somebody looks, nobody repeats"


def test_a_result_that_cannot_be_written_at_all_takes_no_other_with_it(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 3)
    late = claims[0]
    with writing(engine) as session:
        session.get_one(Publication, late.id).lease_until = NOW - timedelta(seconds=1)
    sweep(engine, now=NOW)
    wrong = replace(public(late), facts={"no_such_column": 1})
    bring_together(Recorder(engine, FrozenClock(NOW)), [public(claims[1]), wrong, public(claims[2])])
    assert [house.load(one.id).state for one in claims] == [State.UNCONFIRMED, State.PUBLISHED, State.PUBLISHED]


def test_what_is_told_after_a_record_and_fails_leaves_nothing_unwritten(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 3)
    recorder = Recorder(engine, FrozenClock(NOW))
    brought = threading.Event()

    def fail(_platforms: Collection[str]) -> None:
        assert brought.wait(10)
        raise ValueError("somebody's hook")

    recorder.written = fail
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(recorder.record, public(claims[0]))
        while not recorder.is_writing:
            threading.Event().wait(0.001)
        for one in claims[1:]:
            recorder.record(public(one))
        brought.set()
        first.result(timeout=30)
    assert {house.load(one.id).state for one in claims} == {State.PUBLISHED}


def test_of_a_database_that_stays_away_results_are_given_up_together(engine: Engine) -> None:
    house = House(engine)
    claims = claimed(house, 5)
    recorder = Recorder(engine, FrozenClock(NOW))
    recorder.stop()
    tried = []

    def refuse(*_facts: object) -> None:
        tried.append(1)
        raise OperationalError("BEGIN", {}, Exception("no route to host"))

    event.listen(engine, "before_cursor_execute", refuse)
    bring_together(recorder, [public(one) for one in claims])
    event.remove(engine, "before_cursor_execute", refuse)
    assert len(tried) == 2, "one try for the first, one for all the others: each may take many seconds"


class _NobodyReads:
    """A stream whose other end is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError


def test_where_no_line_of_the_log_can_be_written_results_are(
    engine: Engine, logs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(engine)
    claims = claimed(house, 12)
    recorder = Recorder(engine, FrozenClock(NOW))
    monkeypatch.setattr("sys.stderr", _NobodyReads())
    recorder.begin()
    for one in claims:
        recorder.record(public(one))
    recorder.end()
    assert {house.load(one.id).state for one in claims} == {State.PUBLISHED}


def test_a_batch_that_fails_in_a_way_that_nobody_foresaw_keeps_no_later_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(engine)
    claims = claimed(house, 2)
    recorder = Recorder(engine, FrozenClock(NOW))
    write, seen = recorder._write, threading.Event()

    def once(batch: Sequence[Result]) -> None:
        if not seen.is_set():
            seen.set()
            raise RuntimeError("nobody foresaw this")
        write(batch)

    monkeypatch.setattr(recorder, "_write", once)
    recorder.begin()
    recorder.record(public(claims[0]))
    assert seen.wait(10)
    recorder.record(public(claims[1]))
    recorder.end()
    assert [house.load(one.id).state for one in claims] == [State.PUBLISHING, State.PUBLISHED]
