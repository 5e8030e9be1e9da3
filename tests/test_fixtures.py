"""What is kept between tests for speed brings nothing of one test into the next."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import requests
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from tests.conftest import ROOMY, _emptied
from tests.scheduler.house import House
from tests.served import Served
from web.app import create_app


@pytest.mark.parametrize("letters", [10, ROOMY], ids=["little", "much"])
def test_an_emptied_postgresql_has_no_row_and_counts_from_one(_postgres: Engine, letters: int) -> None:
    rare = "".join(chr(0x4E00 + place * 7919 % 20_000) for place in range(letters))  # hard to pack
    for _ in range(2):
        _emptied(_postgres)
        with _postgres.connect() as connection:
            for table in SQLModel.metadata.sorted_tables:
                assert not connection.scalar(text(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")')), table.name
        house = House(_postgres)
        made = house.publication(post_id=house.post(body=rare).id)
        assert (made.id, made.post_id, made.channel_id) == (1, 1, 1)


def test_ids_begin_at_one_after_a_row_that_was_taken_back(_postgres: Engine) -> None:
    _emptied(_postgres)
    with _postgres.connect() as connection:
        connection.execute(text("SELECT nextval(pg_get_serial_sequence('post', 'id'))"))
        connection.rollback()
    assert House(_emptied(_postgres)).post().id == 1


def test_a_kept_server_shows_the_app_of_its_test_only(tmp_path: Path) -> None:
    with Served(create_app(tmp_path, lambda: True)) as one, Served(create_app(tmp_path, lambda: False)) as other:
        assert one.address != other.address
        assert [requests.get(f"{web.address}/healthz", timeout=5).status_code for web in (one, other)] == [200, 503]
    assert requests.get(f"{one.address}/healthz", timeout=5).status_code == 410


def test_a_kept_server_ends_a_test_when_the_last_request_is_answered(tmp_path: Path) -> None:
    begun, may_go, ended = Event(), Event(), Event()

    def alive() -> bool:
        begun.set()
        return may_go.wait(5)

    with ThreadPoolExecutor() as pool:
        web = Served(create_app(tmp_path, alive)).__enter__()
        answer = pool.submit(requests.get, f"{web.address}/healthz", timeout=5)
        assert begun.wait(5)
        leaving = pool.submit(lambda: (web.__exit__(), ended.set()))
        assert not ended.wait(0.05)
        may_go.set()
        leaving.result(5)
        assert answer.result(5).status_code == 200
