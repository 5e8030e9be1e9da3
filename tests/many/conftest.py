"""A province for each test: on PostgreSQL with clocks or with workers, or inside one process on SQLite."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.conftest import Sandbox
from tests.many.province import Province


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CCHC_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def province(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Province]:
    """Nothing runs yet."""
    if sys.platform == "win32":
        pytest.skip("Windows has no SIGTERM that a process can catch, and no SIGSTOP")
    made = Province(engine, sandbox, tmp_path)
    yield made
    made.close()
