"""`cchc worker` processes: draining, rolling restart, death at the worst moments, a machine that slept, clocks gone."""

import re
import signal
import subprocess
from collections.abc import Callable

import pytest
from sqlalchemy import text

from scheduler.claim import HANDED_OVER
from scheduler.lifecycle import State
from tests.many.province import Province
from tests.processes import Process

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
BROKEN = re.compile(r"tick_failed|not_recorded|job_failed|unclassified|Traceback")


@pytest.fixture
def crewed(province: Province) -> Province:
    """A province whose clocks hand over to workers."""
    province.env["CCHC_HANDS"] = "workers"
    return province


def drained(process: Process) -> str:
    """End it politely; what it said."""
    code, said = process.end(signal.SIGTERM)
    assert code == 0 and "Đã dừng." in said and not BROKEN.search(said), said
    return said


def jobs(province: Province) -> int:
    """Envelopes in the queue, waiting or in a worker's hands."""
    with province.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())


def held_by(province: Province, process: Process, count: int) -> Callable[[], bool]:
    """Whether the process has asked the platform for so many things, and waits for every answer."""
    return lambda: len(province.writes()) == count and len(province.lease_of(process)) == count


def test_a_worker_that_is_told_to_stop_ends_what_is_in_flight_takes_nothing_new_and_leaves_nothing(
    crewed: Province,
) -> None:
    pages = crewed.pages(4)
    clock, worker = crewed.start("run"), crewed.start("worker")
    crewed.hold()
    ids = crewed.queue(pages, each=2)
    crewed.until(held_by(crewed, worker, len(pages)), "a public call of every channel is on its way")
    worker.signal(signal.SIGTERM)
    late = crewed.queue(crewed.pages(6)[4:])
    crewed.release()
    code, said = worker.end()
    assert code == 0 and "Đã dừng." in said and not BROKEN.search(said), said
    assert crewed.lease_of(worker) == [], "nothing stays leased to a worker that has gone"
    assert set(crewed.out()) == set(ids[: len(pages)]), "what was in flight is public, nothing else was taken"
    published = {row.id for row in crewed.rows() if row.state == State.PUBLISHED}
    assert published == set(ids[: len(pages)]), "and it is recorded"
    crewed.start("worker")
    crewed.run_out(HANDED_OVER)
    crewed.until_published(ids + late)
    crewed.assert_once(ids + late)
    drained(clock)


def test_workers_are_restarted_one_after_the_other_under_load_and_nobody_notices(crewed: Province) -> None:
    pages = crewed.pages(6)
    clock, workers = crewed.start("run"), [crewed.start("worker"), crewed.start("worker")]
    ids: list[int] = []
    for _ in workers:
        ids += crewed.queue(pages, each=2)
        new = crewed.start("worker")
        ids += crewed.queue(pages, each=1)
        drained(workers.pop(0))
        workers.append(new)
        ids += crewed.queue(pages, each=1)
        crewed.until_published(ids)
    crewed.assert_once(ids)
    for page in pages:
        crewed.assert_one_at_a_time(page)
    # Nothing went through a lease that ran out, a look or a second try: nobody waited longer than for a claim.
    assert {row.fence for row in crewed.rows()} == {2}, "each was claimed once to prepare and once to publish"
    for process in (*workers, clock):
        drained(process)
    assert jobs(crewed) == 0


@pytest.mark.parametrize("place", ["sending", "answered"])
def test_a_worker_that_dies_at_the_worst_moment_loses_nothing_and_doubles_nothing(crewed: Province, place: str) -> None:
    pages = crewed.pages(3)
    clock, mortal = crewed.start("run"), crewed.mortal(place, signal.SIGKILL, "worker")
    ids = crewed.queue(pages, each=2)
    crewed.until(lambda: not mortal.runs, "it was killed")
    other = crewed.start("worker")
    crewed.run_out(mortal)
    crewed.run_out(HANDED_OVER)
    crewed.until_published(ids)
    crewed.assert_once(ids)
    for page in pages:
        crewed.assert_one_at_a_time(page)
    for process in (other, clock):
        drained(process)


@pytest.mark.parametrize("place", ["taken", "answered"])
def test_a_worker_whose_machine_slept_past_its_lease_does_not_send_again(crewed: Province, place: str) -> None:
    pages = crewed.pages(3)
    clock, sleeper = crewed.start("run"), crewed.mortal(place, signal.SIGSTOP, "worker", CCHC_IN_FLIGHT="1")
    ids = crewed.queue(pages, each=2)
    crewed.until(lambda: asleep(sleeper), "it sleeps")
    other = crewed.start("worker")
    assert crewed.lease_of(sleeper), "it had something in its hands"
    crewed.run_out(sleeper)
    crewed.run_out(HANDED_OVER)
    crewed.until_published(ids)
    sleeper.signal(signal.SIGCONT)
    ids += crewed.queue(pages)
    crewed.until_published(ids)
    for process in (sleeper, other, clock):
        drained(process)
    crewed.assert_once(ids)


def asleep(process: Process) -> bool:
    """Whether it was stopped, as `ps` tells."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(process.pid)], capture_output=True, text=True, check=False)
    return told.stdout.startswith("T")


def test_workers_go_on_without_a_clock_and_what_is_due_later_waits_for_it(crewed: Province) -> None:
    pages = crewed.pages(3)
    clock, worker = crewed.start("run"), crewed.start("worker")
    crewed.hold()
    ids = crewed.queue(pages, each=3)
    crewed.until(held_by(crewed, worker, len(pages)), "everything is in flight")
    clock.end(signal.SIGKILL)
    crewed.release()
    crewed.until_published(ids)
    crewed.assert_once(ids)
    later = crewed.queue(pages)
    again = crewed.start("run")
    crewed.until_published(ids + later)
    for process in (worker, again):
        drained(process)
    crewed.assert_once(ids + later)


def test_a_clock_without_workers_keeps_everything_due_and_a_worker_that_comes_finds_it(crewed: Province) -> None:
    pages = crewed.pages(3)
    clock, worker = crewed.start("run"), crewed.start("worker")
    drained(worker)
    ids = crewed.queue(pages, each=2)
    looked = len(clock.lines)
    crewed.start("worker")
    crewed.until_published(ids)
    crewed.assert_once(ids)
    assert not BROKEN.search("".join(clock.lines[looked:]))
    drained(clock)
