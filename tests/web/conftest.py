"""A desk, and a browser to sit down at it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from scheduler.db import open_engine
from tests.conftest import Sandbox
from tests.web.browser import launched
from tests.web.desk import Desk


@pytest.fixture
def desk(_sqlite_template: Path, tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    """A desk over SQLite, at NOW, with no post and no channel yet."""
    path = tmp_path / "cchc.sqlite3"
    shutil.copy(_sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    made = Desk(engine, sandbox, tmp_path)
    yield made
    made.close()
    engine.dispose()


@pytest.fixture
def both(engine: Engine, tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    """The same on each kind of database, for what depends on it."""
    made = Desk(engine, sandbox, tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; skipped with a reason where there is none."""
    with launched() as found:
        yield found
