"""How the database is opened, read and written: SQLite inside one office, PostgreSQL when outgrown.

On SQLite we own BEGIN: a writing transaction takes the write lock at once (BEGIN IMMEDIATE), or two
workers could read the same row as free; a reading one never waits for a writer. `synchronous=FULL`
because a sent post that is forgotten at a power cut would be sent again.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache, lru_cache, partial
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    String,
    Table,
    create_engine,
    event,
    inspect,
    literal_column,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlmodel import Session, SQLModel

from content.errors import is_disk_full

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T", bound=SQLModel)

# the cache: a megabyte for each connection instead of two, because the system keeps the file's pages as well
_PRAGMAS = ("journal_mode=WAL", "busy_timeout=15000", "foreign_keys=ON", "synchronous=FULL", "cache_size=-1000")

PATIENCE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""Seconds: a machine that fell silent is noticed within a minute instead of a quarter of an hour. What the address
says goes before."""
_TRUSTED = 1.0
"""Seconds after its last use for which a connection is not asked whether it lives: it may die after any answer, too."""
_AWAY_SQLITE = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")
_AWAY_POSTGRES = ("08", "53", "57P", "40001", "40P01", "55P03", "25006")
"""How the codes begin: no connection, no room, shutting down or starting; serialization, deadlock, lock; read only."""

_FULL_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")
"""No room left; a quota and a limit on files answer a write like a broken disk, and staff do the same about both."""
_FULL_POSTGRES = "53100"


def is_away(error: BaseException) -> bool:
    """Whether the database could not be had just now: the same question may be answered a little later.

    A question that is wrong in itself is a bug and stays one.
    """
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    told = getattr(error.orig, "sqlite_errorname", None)
    if told is not None:
        return str(told).startswith(_AWAY_SQLITE)
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_AWAY_POSTGRES)
    # a connection that could not be made, or broke, has no code
    return error.connection_invalidated or isinstance(error, OperationalError)


def is_full(error: BaseException) -> bool:
    """Whether there was no room to write: for a file, or for what the database keeps."""
    told = error.orig if isinstance(error, DBAPIError) else None
    name, state = getattr(told, "sqlite_errorname", None), getattr(told, "sqlstate", None)
    return is_disk_full(error) or name in _FULL_SQLITE or state == _FULL_POSTGRES


@contextmanager
def unless_full() -> Iterator[None]:
    """Around what may be left out on a full disk, such as when somebody was seen last: nothing else ends for it."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        if not is_full(error):
            raise


def open_engine(url: str) -> Engine:
    """An engine for `url`, set up as this product needs it. Creates a SQLite file's folder.

    The values of a failed statement, among them sealed tokens and hashes, stand in none of its errors.
    """
    parsed = make_url(url)
    # the connection that was used last is used next, so that few are open and warm
    common: dict[str, Any] = {
        "pool_size": 20, "pool_use_lifo": True, "hide_parameters": True, "json_deserializer": _from_json,
    }  # fmt: skip
    if parsed.get_backend_name() != "sqlite":
        patience = {name: value for name, value in PATIENCE.items() if name not in parsed.query}
        engine = create_engine(parsed, connect_args=patience, **common)
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_whether_it_lives, engine))
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # each connection keeps the schema, its statements (64 instead of 128, a lookup with another number of values is
    # another one) and its pages
    details = {"check_same_thread": False, "cached_statements": 64}
    engine = create_engine(parsed, connect_args=details, **common)
    event.listen(engine, "connect", _own_begin)
    _begin(engine.dialect, "BEGIN IMMEDIATE")
    return engine


def _from_json(text: str | bytes) -> Any:
    """Most lists and mappings in our tables are empty: those are not worth a parser."""
    if len(text) == 2 and text[:1] in ("[", b"["):
        return []
    return {} if text in ("{}", b"{}") else json.loads(text)


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _ask_whether_it_lives(engine: Engine, connection: Any, record: Any, _proxy: Any) -> None:
    """One that was left alone for a while may be dead by now; then it and all older ones are made anew.

    `pool_pre_ping` asks each time: in a rush one more round trip for every transaction.
    """
    now = monotonic()
    if now - record.info.get("used", now) <= _TRUSTED:  # one that was just made has not been used
        return
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _own_begin(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(dialect: Dialect, statement: str) -> None:
    """Have transactions begin with this statement.

    Not by SQLAlchemy's event: once anybody listens to one, all of them are told at each step of each statement, for a
    third of what a small transaction costs.
    """
    vars(dialect)["do_begin"] = lambda connection: connection.execute(statement)


def forget_statistics(engine: Engine) -> None:
    """Drop what ANALYZE has left in a SQLite file; PostgreSQL keeps its own, and may.

    With statistics SQLite before 3.42 (Debian 12, Ubuntu 22.04) may pass over the end of a range that follows an IN in
    the same index, and then calls posts late that are not: its OP_SeekScan, which it uses with statistics alone.
    Without them our statements go by their indexes, whatever the tables hold (tests/scheduler/test_plans.py).
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        tables = "SELECT name FROM sqlite_schema WHERE name IN ('sqlite_stat1', 'sqlite_stat4')"
        known = connection.exec_driver_sql(tables).scalars().all()
        for name in known:
            connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.commit()
        if known:
            connection.invalidate()  # others read the schema anew; this one would go on believing


def spelled(values: Iterable[str]) -> list[ColumnElement[str]]:
    """Words of our own, such as states, for an IN that is always the same: they stand in the statement's text, so that
    nothing has to be put in at each execution."""
    words = [str(one) for one in values]
    assert all(word.isidentifier() for word in words), words
    return [literal_column(f"'{word}'", String()) for word in words]


@cache
def columns_of(table: type[SQLModel]) -> Table:
    """What SQLAlchemy knows a table as, where mapped objects are not wanted."""
    return cast(Table, inspect(table).local_table)


def values_of(table: type[T], row: Sequence[Any]) -> T:
    """The first columns of this row, those of `table`, under their names: for who reads much and stores nothing by it.

    A mapped object costs three times as much to make and five to ask, and a rush does it for every publication. No
    session knows these values, or takes them.
    """
    return cast(T, SimpleNamespace(**dict(zip(_names_of(table), row, strict=False))))


@cache
def _names_of(table: type[SQLModel]) -> tuple[str, ...]:
    return tuple(columns_of(table).columns.keys())


def inserting(session: Session, table: type[SQLModel]) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that may have an ON CONFLICT: both databases spell it alike, SQLAlchemy has one for each.

    The dialect is imported once its database is there: PostgreSQL's brings all its drivers along.
    """
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def in_turn(connection: Connection, what: str) -> None:
    """Who asks for the same waits here until this transaction ends: for what no row stands for yet that could be held.

    Nothing on SQLite, where whoever writes is alone.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:what))"), {"what": f"cchc {what}"})


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
    with Session(_readonly(engine), expire_on_commit=False) as session:
        yield session


@contextmanager
def recording(engine: Engine) -> Iterator[Connection]:
    """`writing` for plain statements alone, where a session would cost more than they do."""
    with engine.begin() as connection:
        yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """`reading` for plain statements alone."""
    with _readonly(engine).connect() as connection:
        yield connection


@lru_cache(maxsize=4)
def _readonly(engine: Engine) -> Engine:
    """The same engine, on the same pool, whose transactions only read: made once, because every tick asks."""
    reader = engine.execution_options(readonly=True)
    if engine.dialect.name == "sqlite":
        engine.connect().close()  # from its first connection the dialect learns what it is copied with
        reader.dialect = copy(engine.dialect)
        _begin(reader.dialect, "BEGIN")
    return reader
