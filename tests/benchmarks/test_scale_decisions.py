"""What the simulation of many channels puts into a worker's queue is what the product puts there."""

import random
from array import array
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Engine

from benchmarks.scaling.costs import Costs
from benchmarks.scaling.day import Day, Platform
from benchmarks.scaling.setup import Setup
from benchmarks.scaling.simulation import Simulation
from scheduler.handover import Handover
from scheduler.retry import PREPARE, PUBLISH
from tests.conftest import Sandbox
from tests.scheduler.crew_case import Crewed

AHEAD, NINE, APART = 3600.0, 9 * 3600.0, 60.0
Waves = Sequence[tuple[int, int]]
"""One after another, and nobody takes anything: so many come to their hour, so many have to be prepared."""


def by_the_model(workers: int, in_flight: int, waves: Waves, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    hours = [NINE + APART * wave + AHEAD * part for wave, counts in enumerate(waves) for part in (0, 1)
             for _ in range(counts[part])]  # fmt: skip
    hours.sort()
    day = Day(array("d", hours), array("b", [0] * len(hours)), array("l", range(len(hours))))
    monkeypatch.setattr(Simulation, "_fetch", lambda *_told: None)
    one = (Platform("one", 1.0, (1, 1, 0), AHEAD),)
    model = Simulation(Setup(workers, 1, in_flight=in_flight), Costs(), one, [1.0], random.Random(1))
    model.run(day, prepared_before=NINE + AHEAD / 2, until=NINE + APART * len(waves))
    return [[len(batch) for batch, _lease in queue] for queue in model.jobs[0]]


def by_the_product(house: Crewed, workers: int, in_flight: int, waves: Waves) -> list[list[int]]:
    house.service.handover = Handover(house.engine, in_flight)
    for number in range(workers):
        house.a_worker_is_alive(f"elsewhere:{number}")
    for at_their_hour, to_prepare in waves:
        for _ in range(at_their_hour):
            house.ready(house.channel())
        for _ in range(to_prepare):
            house.due(house.channel())
        while house.service.tick():
            pass
    jobs = [job["args"] for job in house.jobs()]
    return [[len(one["work"]) for one in jobs if one["lane"] == lane] for lane in (PUBLISH, PREPARE)]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("workers", "in_flight", "waves", "jobs"),
    [
        pytest.param(1, 4, [(3, 0)], [[1, 1, 1], []], id="a few are shared out"),
        pytest.param(2, 8, [(20, 0)], [[2] * 10, []], id="all that is due finds room"),
        pytest.param(1, 8, [(30, 0)], [[4, 4, 4, 4], []], id="more is due than may wait"),
        pytest.param(1, 8, [(9, 0), (3, 0)], [[2, 2, 2, 2, 1, 3], []], id="every hand has something already"),
        pytest.param(1, 8, [(13, 0), (3, 0)], [[3, 3, 3, 3, 1], []], id="too little room is not worth a claim"),
        pytest.param(1, 8, [(0, 20), (3, 0)], [[1, 1, 1], [2, 2, 2, 2]], id="preparations leave hands for the hour"),
        pytest.param(2, 8, [(5, 20)], [[1] * 5, [2] * 8], id="both at once"),
    ],
)
def test_the_model_makes_the_same_jobs_as_the_product(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str, monkeypatch: pytest.MonkeyPatch,
    workers: int, in_flight: int, waves: Waves, jobs: list[list[int]],
) -> None:  # fmt: skip
    house = Crewed(engine, sandbox, tmp_path, media_host)
    try:
        product = by_the_product(house, workers, in_flight, waves)
    finally:
        house.close()
    assert product == jobs
    assert by_the_model(workers, in_flight, waves, monkeypatch) == product
