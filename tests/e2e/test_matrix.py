"""Never lost, never twice: every changing call of every kind of post, struck by every fault there is."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import SQLModel

from scheduler.db import open_engine
from tests.conftest import Sandbox
from tests.e2e.flows import FLOWS
from tests.e2e.matrix import QUOTA, STRIKES, Flow, Stage, Strike, Wire
from tests.e2e.tally import Cell, Tally

SAMPLE = ("answer lost, done", "killed before the answer", "killed before the record")


class Database:
    """One SQLite file that is put back between two cells; the engine stays, with its compiled statements."""

    def __init__(self, empty: Path, folder: Path) -> None:
        self.empty = empty
        self.path = folder / "cell.sqlite3"
        self.furnished = folder / "furnished.sqlite3"
        self.engine = open_engine(f"sqlite:///{self.path}")

    def become(self, file: Path) -> None:
        """Be a copy of `file`."""
        self.engine.dispose()
        for old in self.path.parent.glob(f"{self.path.name}*"):
            old.unlink()
        shutil.copy(file, self.path)

    def keep(self) -> None:
        """Remember what is there now as `furnished`."""
        self.engine.dispose()
        shutil.copy(self.path, self.furnished)


@pytest.fixture(scope="module")
def database(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    one = Database(_sqlite_template, tmp_path_factory.mktemp("matrix"))
    yield one
    one.engine.dispose()


@pytest.mark.parametrize("flow", FLOWS, ids=str)
def test_whichever_call_is_struck_by_whatever_the_post_is_public_exactly_once(
    flow: Flow, sandbox: Sandbox, tmp_path: Path, media_host: str, database: Database, tally: Tally
) -> None:
    stage = Stage(database.engine, tmp_path, sandbox, media_host)
    database.become(database.empty)
    publication_id = stage.furnish(flow)
    database.keep()

    def play(place: int, strike: Strike | None, name: str) -> tuple[Cell, list[tuple[str, str]]]:
        database.become(database.furnished)
        wire = Wire(sandbox, flow.platform, strike, place)
        return stage.play(flow, publication_id, wire, name), wire.calls

    whole, calls = play(-1, None, "no fault")
    assert whole.is_good, whole
    assert calls
    cells = [
        play(place, strike, f"call {place + 1}, {method} {path}, {strike.name}")[0]
        for place, (method, path) in enumerate(calls)
        if not (path.endswith("/verify") and calls[place - 1] == (method, path))  # a question, asked again
        for strike in _strikes(flow.platform, path)
    ]
    tally.cells += cells
    assert [str(cell) for cell in cells if not cell.was_struck] == [], "these faults did not strike"
    assert [str(cell) for cell in cells if not (cell.is_good or (flow.by_person and cell.waits_for_a_person))] == []


def _strikes(platform: str, path: str) -> list[Strike]:
    """Every strike that this call can meet; a token endpoint knows neither dead tokens nor limits."""
    every = [*STRIKES, QUOTA] if platform == "youtube" else list(STRIKES)
    return [strike for strike in every if not (strike.is_refusal and path.endswith("token"))]


@pytest.mark.parametrize("flow", [flow for flow in FLOWS if str(flow) in ("facebook text", "zalo article")], ids=str)
def test_on_postgresql_the_public_call_is_made_exactly_once_too(
    flow: Flow, sandbox: Sandbox, tmp_path: Path, media_host: str, _postgres: Engine, tally: Tally
) -> None:
    stage = Stage(_postgres, tmp_path, sandbox, media_host)
    names = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)

    def play(place: int, strike: Strike | None, name: str) -> tuple[Cell, list[tuple[str, str]]]:
        with _postgres.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # records are guarded
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        wire = Wire(sandbox, flow.platform, strike, place)
        return stage.play(flow, stage.furnish(flow), wire, f"PostgreSQL, {name}"), wire.calls

    whole, calls = play(-1, None, "no fault")
    assert whole.is_good, whole
    public_call = max(place for place, (_, path) in enumerate(calls) if not path.endswith("/verify"))
    cells = [play(public_call, strike, strike.name)[0] for strike in STRIKES if strike.name in SAMPLE]
    assert len(cells) == len(SAMPLE)
    tally.cells += cells
    assert [str(cell) for cell in cells if not (cell.was_struck and cell.is_good)] == []
