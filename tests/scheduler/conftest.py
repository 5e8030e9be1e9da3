"""A running house over each kind of database, for tests that need no other tuning."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.conftest import Sandbox
from tests.scheduler.house import Running


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    """The service over the sandbox, with our own picture server."""
    house = Running(engine, sandbox, tmp_path, media_host)
    yield house
    house.close()
