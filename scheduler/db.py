"""How the database is opened, read and written: SQLite inside one office, PostgreSQL when outgrown.

On SQLite we own BEGIN: a writing transaction takes the write lock at once (BEGIN IMMEDIATE), or two
workers could read the same row as free; a reading one never waits for a writer. `synchronous=FULL`
because a sent post that is forgotten at a power cut would be sent again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlmodel import Session

_PRAGMAS = ("journal_mode=WAL", "busy_timeout=15000", "foreign_keys=ON", "synchronous=FULL")


def open_engine(url: str) -> Engine:
    """An engine for `url`, set up as this product needs it. Creates a SQLite file's folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_size=20, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, pool_size=20, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _own_begin)
    event.listen(engine, "begin", _begin)
    return engine


def _own_begin(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    readonly = connection.get_execution_options().get("readonly")
    connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")


def refresh_statistics(engine: Engine) -> None:
    """Tell SQLite's planner how large the tables have become; PostgreSQL looks for itself.

    A sample of each index is read, so it takes no longer however large they are.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()  # between transactions: ours begin by themselves
        cursor.execute("PRAGMA analysis_limit=1000")
        cursor.execute("ANALYZE")
        cursor.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One short writing transaction: commits at the end, rolls back when something is raised.

    Never make an HTTP call inside it.
    """
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One short reading transaction; what was loaded stays usable afterwards."""
    with Session(engine.execution_options(readonly=True), expire_on_commit=False) as session:
        yield session
