"""How transactions begin on SQLite: a writing one holds the lock from its first moment, a reading one sees one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import OperationalError

from scheduler.db import is_away, looking, open_engine, reading, recording, writing


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Engine]:
    """A file with one table and one row; whoever finds it locked is told so at once."""
    engine = open_engine(f"sqlite:///{tmp_path / 'own.sqlite3'}")

    @event.listens_for(engine, "connect")
    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    yield engine
    engine.dispose()


@pytest.fixture
def other(own: Engine) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the same file."""
    assert own.url.database is not None
    connection = sqlite3.connect(own.url.database, timeout=0, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; CREATE TABLE thing (number int); INSERT INTO thing VALUES (1)")
    yield connection
    connection.close()


def test_a_writing_transaction_holds_the_lock_before_its_first_change(own: Engine, other: sqlite3.Connection) -> None:
    with recording(own) as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    with writing(own) as session:
        session.connection()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_a_reading_transaction_keeps_nobody_from_writing_and_sees_one_moment(
    own: Engine, other: sqlite3.Connection
) -> None:
    with looking(own) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM thing").scalar() == 1
        other.execute("INSERT INTO thing VALUES (2)")
        assert connection.exec_driver_sql("SELECT count(*) FROM thing").scalar() == 1
    with reading(own) as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM thing").scalar() == 2


def test_a_lock_that_cannot_be_had_says_that_the_database_is_away(own: Engine, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError) as told, recording(own) as connection:
        connection.exec_driver_sql("SELECT 1")
    assert is_away(told.value)
    with looking(own) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM thing").scalar() == 1


def test_whoever_reads_first_of_all_knows_the_database_as_the_writers_do(own: Engine) -> None:
    with looking(own) as connection:
        assert inspect(connection).get_table_names() == []
        assert vars(connection.dialect)["server_version_info"] == vars(own.dialect)["server_version_info"]
