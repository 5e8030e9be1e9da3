"""Handing due work over to workers: in the claim's transaction, no more than they can take, and never twice."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, select

from scheduler import crew
from scheduler.claim import LEASES, Claim, claim, take
from scheduler.crew import Gate
from scheduler.db import reading
from scheduler.handover import IN_A_JOB, PER_HAND, TIDY, WORTH, queue_of, tidy
from scheduler.hands import KEPT_FREE, MANY
from scheduler.lanes import HANDED_OVER
from scheduler.lifecycle import State
from scheduler.retry import FIND, PREPARE, PUBLISH
from scheduler.signs import ALIVE, FORGOTTEN, Who, alive
from scheduler.sweep import sweep
from scheduler.tables import Heartbeat
from tests.conftest import NOW, Sandbox
from tests.scheduler.crew_case import IN_FLIGHT, Crewed, Died, DyingClock

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
SECOND = timedelta(seconds=1)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Crewed]:
    """A service that hands over."""
    made = Crewed(engine, sandbox, tmp_path, media_host)
    yield made
    made.close()


def calls(sandbox: Sandbox) -> int:
    """How often the Page was spoken to."""
    return len(sandbox.requests("facebook"))


# Into the queue -----------------------------------------------------------------------------------------


@POSTGRES
def test_what_is_claimed_stands_in_the_queue_by_number_and_fence_and_nothing_else(house: Crewed) -> None:
    house.a_worker_is_alive()
    publication = house.due(house.channel())
    assert house.service.tick() == 1
    [job] = house.jobs()
    row = house.load(publication.id)
    assert (row.state, row.lease_owner) == (State.PREPARING, HANDED_OVER)
    assert job["args"] == {"work": [[publication.id, row.fence]], "lane": PREPARE}
    assert job["queue_name"] == queue_of("facebook", PREPARE)
    assert len(house.attempts(publication.id)) == 1, "its attempt is written down before anyone may send it"


@POSTGRES
def test_a_claim_that_does_not_commit_leaves_no_job(house: Crewed) -> None:
    publication = house.due(house.channel())
    house.a_worker_is_alive()

    def put_and_die(session: Session, claims: Sequence[Claim]) -> None:
        house.handover.put(session, claims, 1)
        raise Died

    with pytest.raises(Died):
        claim(house.engine, now=NOW, owner=HANDED_OVER, limit=9, hand_over=put_and_die)
    assert house.jobs() == []
    assert house.load(publication.id).state == State.SCHEDULED


@POSTGRES
def test_no_more_waits_in_the_queue_than_the_workers_alive_can_take_soon(house: Crewed) -> None:
    for _ in range(3 * PER_HAND * IN_FLIGHT):
        house.ready(house.channel())
    assert house.service.tick() == 0 and house.jobs() == [], "nobody is there: it stays due, and simply waits"
    house.a_worker_is_alive()
    assert house.service.tick() == PER_HAND * IN_FLIGHT
    assert house.service.tick() == 0, "the queue is full"
    house.a_worker_is_alive("elsewhere:2")
    assert house.service.tick() == PER_HAND * IN_FLIGHT, "two workers take twice as much"
    handed, worth = house.handed(), 2 * PER_HAND * IN_FLIGHT // WORTH
    assert len(take(house.engine, handed[: worth - 1], now=NOW, owner="elsewhere:1")) == worth - 1
    assert house.service.tick() == 0, "so little is not worth a claim while so much waits"
    assert take(house.engine, handed[worth - 1 : worth], now=NOW, owner="elsewhere:1")
    assert house.service.tick() == worth, "what was taken makes room"
    house.clock.set(NOW + ALIVE + SECOND)
    assert house.service.tick() == 0, "the workers are gone"


@POSTGRES
def test_preparations_and_a_slow_platform_leave_room_for_what_is_due_elsewhere(house: Crewed) -> None:
    house.a_worker_is_alive()
    for _ in range(2 * PER_HAND * IN_FLIGHT):
        house.due(house.channel())
    assert house.service.tick() == PER_HAND * IN_FLIGHT // 2, "half of the queue at most is for preparing"
    late = [house.ready(house.channel()) for _ in range(2 * PER_HAND * IN_FLIGHT)]
    assert house.service.tick() == PER_HAND * IN_FLIGHT // 2
    assert house.service.tick() == 0, "this platform's queue is full"
    elsewhere = house.ready(house.channel("zalo"))
    assert house.service.tick() == 1
    assert house.lease_owner(elsewhere) == HANDED_OVER and house.lease_owner(late[-1]) == ""
    assert {job["queue_name"] for job in house.jobs()} == {"facebook", queue_of("facebook", PREPARE), "zalo"}


# Out of the queue ---------------------------------------------------------------------------------------


@POSTGRES
def test_a_worker_publishes_what_a_clock_hands_over(house: Crewed, sandbox: Sandbox) -> None:
    publication = house.due(house.connect("facebook"))
    with house.working():
        house.service.tick()
        house.until(lambda: house.load(publication.id).state == State.PUBLISHED)
    assert len(sandbox.public("facebook")) == 1
    assert house.events(publication.id) == ["claimed", "prepared", "claimed", "succeeded"]
    assert house.jobs() == [], "done is gone"
    with reading(house.engine) as session:
        assert not alive(session, Who.WORKER, now=NOW), "a worker that ended leaves no sign of life"


@POSTGRES
def test_a_worker_fills_the_lanes_it_frees_without_waiting_for_a_clock(house: Crewed, sandbox: Sandbox) -> None:
    page = house.connect("facebook")
    rows = [house.due(page) for _ in range(6)]
    with house.working():  # no clock ticks here at all
        house.until(lambda: all(house.load(row.id).state == State.PUBLISHED for row in rows))
    assert len(sandbox.public("facebook")) == 6


@POSTGRES
def test_a_job_is_not_spent_where_the_database_was_away_for_a_moment(
    house: Crewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    publication = house.ready(house.connect("facebook"))
    failures = [NoConnectionFree()]

    def away_once(*handed: Any, **more: Any) -> list[Claim]:
        if failures:
            raise failures.pop()
        return take(*handed, **more)

    monkeypatch.setattr(crew, "take", away_once)
    with house.working():
        house.until(lambda: house.load(publication.id).state == State.PUBLISHED)
    assert house.events(publication.id) == ["claimed", "succeeded"] and not failures


@POSTGRES
def test_a_job_that_is_delivered_twice_is_carried_out_once(house: Crewed, sandbox: Sandbox) -> None:
    house.a_worker_is_alive()
    rows = [house.due(house.connect("facebook"))]
    house.service.tick()
    again = "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT queue_name, task_name, args FROM {}"
    with house.engine.begin() as connection:
        for _ in range(3):
            connection.execute(text(again.format("procrastinate_jobs")))
    assert len(house.jobs()) == 8
    with house.working("this:1"), house.working("this:2"):
        house.until(lambda: house.load(rows[0].id).state == State.PUBLISHED and house.jobs() == [])
    assert len(sandbox.public("facebook")) == 1
    assert house.events(rows[0].id) == ["claimed", "prepared", "claimed", "succeeded"]


LISTENING = "SELECT pid FROM pg_stat_activity WHERE application_name = 'cchc-queue' AND query LIKE 'LISTEN%'"


@POSTGRES
def test_a_new_job_is_heard_of_at_once_and_again_after_the_connection_was_lost(
    house: Crewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.crew.POLL", 3600.0)  # who does not listen would wait for an hour
    page = house.connect("facebook")

    def listeners() -> set[int]:
        with house.engine.connect() as connection:
            return set(connection.execute(text(LISTENING)).scalars())

    with house.working():
        for _ in range(2):
            house.until(lambda: bool(listeners()))
            before, publication = listeners(), house.due(page)
            house.service.tick()
            house.until(lambda one=publication: house.load(one.id).state == State.PUBLISHED)  # type: ignore[misc]
            with house.engine.begin() as connection:
                for pid in before:
                    connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            house.until(lambda lost=before: not listeners() & lost)  # type: ignore[misc]  # bound in the loop


@POSTGRES
def test_only_one_of_two_workers_takes_it(house: Crewed) -> None:
    house.a_worker_is_alive()
    house.due(house.channel())
    house.service.tick()
    taken = [take(house.engine, house.handed(), now=NOW, owner=f"elsewhere:{number}") for number in (1, 2)]
    assert [len(one) for one in taken] == [1, 0]


@POSTGRES
def test_what_no_worker_takes_is_given_back_without_a_look_and_its_late_job_does_nothing(
    house: Crewed, sandbox: Sandbox
) -> None:
    publication = house.due(house.connect("facebook"))
    house.a_worker_is_alive()
    for action in (PREPARE, PUBLISH):
        house.service.tick()
        if action == PREPARE:
            [one] = take(house.engine, house.handed(), now=NOW, owner="elsewhere:1")
            house.service.worker.run(one)
    assert house.load(publication.id).state == State.PUBLISHING
    late, before = house.handed(), calls(sandbox)
    after = NOW + LEASES[PUBLISH] + SECOND
    house.clock.set(after)
    sweep(house.engine, now=after)
    assert house.events(publication.id)[-1] == "not_begun"
    assert house.load(publication.id).state == State.READY
    assert calls(sandbox) == before, "surely nothing was sent, so nobody asks the platform"
    last = house.attempts(publication.id)[-1]
    assert (last.outcome, last.finished_at) == ("not_begun", after), "the try that was written down has its end"
    assert take(house.engine, late, now=after, owner="elsewhere:1") == []
    with house.working():
        house.until(lambda: house.load(publication.id).state == State.PUBLISHED and house.jobs() == [])
    assert len(sandbox.public("facebook")) == 1


@POSTGRES
def test_what_a_worker_took_and_died_with_is_looked_for_and_found(house: Crewed, sandbox: Sandbox) -> None:
    publication = house.due(house.connect("facebook"))
    house.a_worker_is_alive()
    house.service.tick()
    [one] = take(house.engine, house.handed(), now=NOW, owner="elsewhere:1")
    house.service.worker.run(one)
    house.service.tick()
    dying = house.another("elsewhere:1", DyingClock(house.clock, sandbox))
    [one] = take(house.engine, house.handed()[1:], now=NOW, owner="elsewhere:1")
    with pytest.raises(Died):
        dying.worker.run(one)
    assert len(sandbox.public("facebook")) == 1 and house.load(publication.id).state == State.PUBLISHING
    house.clock.set(NOW + LEASES[PUBLISH] + SECOND)
    sandbox.at(house.clock.now())
    sweep(house.engine, now=house.clock.now())
    assert house.load(publication.id).state == State.UNCONFIRMED
    house.clock.set(house.clock.now() + timedelta(minutes=30))
    sandbox.at(house.clock.now())
    with house.working():
        house.until(lambda: house.load(publication.id).state == State.PUBLISHED)
    assert house.events(publication.id)[-3:] == ["lease_ran_out", "claimed", "found"]
    assert len(sandbox.public("facebook")) == 1


# Hands --------------------------------------------------------------------------------------------------


def test_uploads_never_take_the_hands_that_the_hour_needs() -> None:
    async def play() -> None:
        gate = Gate("kenh", 10)
        assert gate.open() == gate.queues
        gate.take(PREPARE, 8)
        assert gate.open() == [queue_of("kenh", PUBLISH)], "what may take long waits"
        gate.take(PUBLISH, 2)
        assert gate.open() == [], "all hands are full: other workers may have what comes"
        waiting = asyncio.ensure_future(gate.wait())
        gate.release(PREPARE)
        assert await waiting == gate.queues
        gate.take(PREPARE, 1)
        ending = asyncio.ensure_future(gate.wait())
        await asyncio.wait([ending], timeout=0)
        gate.stop()
        assert await ending == []
        gate.pool.shutdown()

    asyncio.run(play())


def test_a_queue_that_was_empty_is_not_asked_again_before_it_is_told_of_a_job() -> None:
    async def play() -> None:
        gate = Gate("kenh", 2)
        publish, prepare = gate.queues
        assert await gate.wait() == gate.queues, "nobody knows what stands there at first"
        asking = asyncio.ensure_future(gate.wait())
        gate.take(PUBLISH, 1)
        gate.release(PUBLISH)
        await asyncio.wait([asking], timeout=0)
        assert not asking.done(), "a hand that is free fills no queue"
        gate.heard(prepare)
        assert await asking == [prepare]
        gate.take(PREPARE, 1)
        gate.heard(publish, prepare)
        assert await gate.wait() == [publish]
        gate.release(PREPARE)
        assert await gate.wait() == [prepare], "what nobody could take then is still there"
        gate.pool.shutdown()

    asyncio.run(play())


def test_many_hands_have_their_next_work_beside_them_but_not_behind_uploads() -> None:
    gate = Gate("kenh", 2 * MANY)
    gate.take(PUBLISH, 3 * MANY - 1)
    assert gate.open() == gate.queues
    gate.take(PUBLISH, 1)
    assert gate.open() == []
    gate.release(PUBLISH, 3 * MANY)
    gate.take(PREPARE, 2 * MANY)
    gate.take(PUBLISH, KEPT_FREE + KEPT_FREE // 2 - 1)
    assert gate.open() == [queue_of("kenh", PUBLISH)]
    gate.take(PUBLISH, 1)
    assert gate.open() == []
    gate.pool.shutdown()


def test_a_job_of_many_uploads_leaves_the_hour_its_hands() -> None:
    async def play() -> None:
        gate = Gate("kenh", 10)
        gate.take(PREPARE, IN_A_JOB)
        gate.take(FIND, 1)
        assert gate.open() == [queue_of("kenh", PUBLISH)], "those beyond their share take no hand"
        for _ in range(10 - KEPT_FREE):
            await gate.may_prepare.acquire()
        assert gate.may_prepare.locked()
        gate.take(PUBLISH, 1)
        assert gate.open() == []
        gate.pool.shutdown()

    asyncio.run(play())


# Tidying ------------------------------------------------------------------------------------------------


@POSTGRES
def test_jobs_that_nobody_needs_are_tidied_away_and_the_others_stay(house: Crewed) -> None:
    house.a_worker_is_alive()
    house.due(house.channel())
    house.service.tick()
    after = NOW + LEASES[PREPARE] + SECOND
    house.clock.set(after)
    house.a_worker_is_alive()
    house.due(house.channel())
    assert house.service.tick() == 2, "the one that was given back, and a new one"
    assert len(house.jobs()) == 3
    gone = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
    with house.engine.begin() as connection:
        dead = connection.execute(text(gone)).scalar_one()
        lively = connection.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")).scalar_one()
        for worker in (dead, lively):
            connection.execute(
                text(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) "
                    "VALUES ('kenh', 'cchc.carry_out', 'doing', :worker)"
                ),
                {"worker": worker},
            )
    assert asyncio.run(tidy(house.engine)) == 2
    rest = house.jobs()
    assert [job["status"] for job in rest] == ["todo", "todo", "doing"]
    assert all(house.load(one).lease_owner == HANDED_OVER for one, _ in house.handed_of(rest[:2]))
    assert rest[2]["worker_id"] == lively


@POSTGRES
def test_a_clock_tidies_now_and_then_and_forgets_workers_that_died_long_ago(house: Crewed) -> None:
    house.a_worker_is_alive("dead:1")
    house.service.beat()
    house.clock.set(NOW + FORGOTTEN + TIDY)
    house.service.run_jobs()
    with reading(house.engine) as session:
        assert [one.owner for one in session.exec(select(Heartbeat))] == [house.service.owner]
