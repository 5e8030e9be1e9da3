"""A job of the queue is an envelope that comes once: whoever opens it must not lose what lies in it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from scheduler.claim import Claim, take
from scheduler.hands import Hands
from scheduler.lifecycle import State
from tests.conftest import NOW, Sandbox
from tests.processes import PATIENCE, until
from tests.scheduler.crew_case import Crewed
from tests.scheduler.house import Running

HELD = {
    "FOR KEY SHARE": "a row that names the publication is being written",
    "FOR UPDATE": "somebody looks whether it may still be changed",
}


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Crewed]:
    """A service that hands over."""
    made = Crewed(engine, sandbox, tmp_path, media_host)
    yield made
    made.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("lock", HELD)
def test_a_worker_takes_what_was_handed_over_although_somebody_holds_its_row_for_a_moment(
    house: Crewed, engine: Engine, lock: str
) -> None:
    house.a_worker_is_alive()
    publication = house.due(house.channel())
    assert house.service.tick() == 1
    fence = house.load(publication.id).fence
    taken: list[Claim] = []

    def open_it() -> None:
        taken.extend(take(engine, [(publication.id or 0, fence)], now=NOW, owner="this:1"))

    worker = threading.Thread(target=open_it)
    with engine.connect() as other:
        other.execute(text(f"SELECT id FROM publication WHERE id = {publication.id} {lock}"))
        worker.start()
        until(lambda: not worker.is_alive() or waiting(engine) > 0, "it took it, or waits for the row")
        other.rollback()
    worker.join(PATIENCE)
    assert [one.id for one in taken] == [publication.id], "lost until its lease runs out: minutes too late"


def waiting(engine: Engine) -> int:
    """How many transactions wait for a lock."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hands", [1, 2, 3])
def test_even_the_smallest_number_of_hands_prepares_and_publishes(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, hands: int
) -> None:
    house = Running(engine, sandbox, tmp_path)
    house.service.hands = Hands(hands)
    row = house.queue(house.post(), house.connect("facebook"), NOW + timedelta(minutes=30))
    house.pass_time(NOW + timedelta(hours=1))
    house.close()
    assert house.load(row.id).state == State.PUBLISHED
