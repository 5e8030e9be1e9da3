"""How many of what is handed over go into one job: they are shared out while a hand is free."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scheduler.claim import take
from scheduler.handover import IN_A_JOB, PER_HAND, batches, size_of_job
from tests.conftest import NOW, Sandbox
from tests.scheduler.crew_case import IN_FLIGHT, Crewed

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Crewed]:
    """A service that hands over."""
    made = Crewed(engine, sandbox, tmp_path, media_host)
    yield made
    made.close()


def test_a_few_are_shared_out_and_many_go_by_twenty() -> None:
    def sizes(count: int, workers: int, in_flight: int = 0) -> list[int]:
        size = size_of_job(count, workers, in_flight)
        return [len(one) for one in batches([None] * count, size)]

    assert sizes(3, 1) == [1, 1, 1]
    assert sizes(12, 3) == [1] * 12
    assert sizes(80, 2) == [10] * 8
    assert sizes(1000, 2) == [IN_A_JOB] * 50
    assert sizes(0, 0) == []
    assert sizes(25, 2, in_flight=24) == [12, 12, 1], "where more is due than may wait, a job fills half of the hands"
    assert sizes(80, 2, in_flight=100) == [IN_A_JOB] * 4


@POSTGRES
def test_while_much_waits_what_comes_is_put_into_few_jobs(house: Crewed) -> None:
    house.a_worker_is_alive()
    for _ in range(PER_HAND * IN_FLIGHT + 2):
        house.ready(house.channel())
    house.service.tick()
    assert len(take(house.engine, house.handed()[:IN_FLIGHT], now=NOW, owner="elsewhere:1")) == IN_FLIGHT
    before = len(house.jobs())
    assert house.service.tick() == 2
    [last] = house.jobs()[before:]
    assert len(last["args"]["work"]) == 2, "nobody is idle, so they need not be shared out"


@POSTGRES
def test_while_only_preparations_wait_what_comes_to_its_hour_is_shared_out(house: Crewed) -> None:
    house.a_worker_is_alive()
    for _ in range(PER_HAND * IN_FLIGHT):
        house.due(house.channel())
    assert house.service.tick() == PER_HAND * IN_FLIGHT // 2, "half of the queue is for preparing"
    house.ready(house.channel()), house.ready(house.channel())
    assert house.service.tick() == 2
    assert [len(job["args"]["work"]) for job in house.jobs()[-2:]] == [1, 1], "hands for the hour are free"
