"""From the first landed schema to the newest with rows in every table; whatever breaks off leaves the old state."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, Table, event, inspect, text
from sqlalchemy.sql import sqltypes
from sqlmodel import SQLModel

from cli.database import _config, migrate
from reports import views

AT = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
MADE_BY_TRIGGERS = "post_search"
ROWS = 2


def revisions() -> list[str]:
    """Every revision, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


@pytest.fixture
def old_engine(engine: Engine) -> Iterator[Engine]:
    """A database as the first version made it; at the newest again in the end."""
    _clear(engine)
    migrate(engine, revisions()[0])
    yield engine
    _clear(engine)
    migrate(engine, "head")


def _clear(engine: Engine) -> None:
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        if engine.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            views.drop(connection)
            there = MetaData()
            there.reflect(connection, only=_is_ours)
            there.drop_all(connection)
        if engine.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=ON")


def _is_ours(name: str, _: object) -> bool:
    """Whether a table is the product's: the engine of the workers keeps its own, where another test has started it."""
    return not name.startswith("procrastinate_")


def fill(engine: Engine) -> None:
    """Put rows into every table that has none, whatever its columns, so that each rule of the database is kept."""
    with engine.begin() as connection:
        there = MetaData()
        there.reflect(connection, only=_is_ours)
        for table in there.sorted_tables:
            if table.name in ("alembic_version", MADE_BY_TRIGGERS) or table.name.startswith(MADE_BY_TRIGGERS):
                continue
            if connection.execute(table.select().limit(1)).first() is None:
                given = _allowed(connection, table)
                for number in range(1, ROWS + 1):
                    connection.execute(text(_insert(table)), _row(table, given, number))


def _insert(table: Table) -> str:
    names = [column.name for column in table.columns if not _is_left_out(column)]
    return f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join(f":{name}" for name in names)})'


def _is_left_out(column: Any) -> bool:
    """What need not be there, and may not be everything at once (a pause is of one channel or of one agency)."""
    return bool(column.nullable and not column.foreign_keys) or (column.nullable and column.table.name == "pause")


def _allowed(connection: Connection, table: Table) -> dict[str, str]:
    """For each column that may hold only some words, the first of them."""
    found = {}
    for rule in inspect(connection).get_check_constraints(table.name):
        match = re.search(r"(\w+)\)?(?:::text)? (?:IN \(|= ANY \(+ARRAY\[)'([^']*)'", rule["sqltext"])
        if match:
            found[match[1]] = match[2]
    return found


def _row(table: Table, given: dict[str, str], number: int) -> dict[str, Any]:
    return {column.name: _value(column, given, number) for column in table.columns if not _is_left_out(column)}


def _value(column: Any, given: dict[str, str], number: int) -> Any:
    if column.foreign_keys:
        return f"k{number}" if isinstance(column.type, sqltypes.String) else number
    if column.name in given:
        return given[column.name]
    match column.type:
        case sqltypes.JSON():
            return json.dumps({} if column.name in OBJECTS else [])
        case sqltypes.Boolean():
            return False
        case sqltypes.DateTime():
            return AT + timedelta(minutes=number)
        case sqltypes.Date():
            return date(2026, 11, 20 + number)
        case sqltypes.LargeBinary():
            return b"sealed"
        case sqltypes.Float():
            return 1.5
        case sqltypes.Integer():
            return number
    return f"k{number}"


OBJECTS = ("variants", "options", "saved", "details", "facts", "proofs", "data", "body", "drawn", "values", "content")
"""Columns whose JSON is an object; the others hold lists."""


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        names = [name for name in inspect(connection).get_table_names() if not name.startswith(MADE_BY_TRIGGERS)]
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


def everything(engine: Engine) -> dict[str, Any]:
    """What stands in the tables and how they are made, as the database itself tells."""
    if engine.dialect.name == "sqlite":
        made = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    else:
        made = (
            "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
            "WHERE table_schema = 'public' UNION ALL SELECT tablename, indexname, indexdef, '' FROM pg_indexes "
            "WHERE schemaname = 'public' ORDER BY 1, 2, 3"
        )
    with engine.connect() as connection:
        told: dict[str, Any] = {"": connection.execute(text(made)).all()}
        for name in inspect(connection).get_table_names():
            told[name] = sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
    return told


def test_an_upgrade_from_the_first_version_keeps_every_row_of_every_table(old_engine: Engine) -> None:
    written: dict[str, int] = {}
    for revision in revisions():
        migrate(old_engine, revision)
        for name, count in written.items():
            assert counts(old_engine).get(name) == count, f"{revision} changed how many rows {name} has"
        fill(old_engine)
        written = {name: count for name, count in counts(old_engine).items() if name != "alembic_version"}
    migrate(old_engine, "head")
    names = {table.name for table in SQLModel.metadata.sorted_tables} - {MADE_BY_TRIGGERS}
    assert {name for name, count in counts(old_engine).items() if count >= ROWS} >= names
    with old_engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            connection.execute(table.select()).all()  # the program reads every row of every table


class Broken(Exception):
    """The power went in the middle of an upgrade."""


class Breaker:
    """Counts the statements, and breaks off before the one that is named."""

    def __init__(self, engine: Engine, at: int = 0) -> None:
        self.engine, self.at, self.count = engine, at, 0

    def __enter__(self) -> "Breaker":
        event.listen(self.engine, "before_cursor_execute", self._step)
        return self

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._step)

    def _step(self, *_: Any) -> None:
        self.count += 1
        if self.count == self.at:
            raise Broken


def test_an_upgrade_that_breaks_off_anywhere_leaves_the_old_state(old_engine: Engine) -> None:
    statements = 0
    fill(old_engine)
    for revision in revisions()[1:]:
        before = everything(old_engine)
        with Breaker(old_engine) as whole, pytest.raises(Broken), _undone(old_engine):
            migrate(old_engine, revision)
        statements += whole.count
        for place in (whole.count // 2, whole.count - 1):
            with Breaker(old_engine, place), pytest.raises(Broken):
                migrate(old_engine, revision)
        assert everything(old_engine) == before, f"{revision} left something behind"
        migrate(old_engine, revision)
    assert statements > 100, "nothing was broken off"


class _undone:
    """The whole upgrade, undone at its very last moment: before its commit."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> None:
        event.listen(self.engine, "commit", self._refuse)

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "commit", self._refuse)

    def _refuse(self, _connection: Connection) -> None:
        raise Broken
