"""Somebody with the database in their hands: no trigger, no foreign key and no check stops them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, Engine, Integer, delete, insert, select, text, update
from sqlmodel import SQLModel

from records import append_only, guards
from records.canonical import plain


@contextmanager
def tampering(engine: Engine) -> Iterator[Connection]:
    """One transaction with everything switched off that refuses."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute("PRAGMA ignore_check_constraints=ON")
        with connection.begin():
            if engine.dialect.name == "postgresql":  # no trigger, no foreign key
                connection.execute(text("SET LOCAL session_replication_role = replica"))
                yield connection
            else:
                append_only.drop(connection)
                guards.drop(connection)
                yield connection
                append_only.make(connection)
                guards.make(connection)
        if engine.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA ignore_check_constraints=OFF")


def remove(engine: Engine, table: str, **which: Any) -> dict[str, Any]:
    """Take one row away; what it was."""
    model = SQLModel.metadata.tables[table]
    mine = [model.c[name] == value for name, value in which.items()]
    with tampering(engine) as connection:
        [row] = connection.execute(select(model).where(*mine)).mappings().all()
        connection.execute(delete(model).where(*mine))
    return dict(row)


def slip_in(engine: Engine, table: str, *rows: dict[str, Any]) -> None:
    """Put rows in, whatever refuses."""
    with tampering(engine) as connection:
        for row in rows:
            connection.execute(insert(SQLModel.metadata.tables[table]), row)


def values(engine: Engine, table: str, key: str, names: tuple[str, ...]) -> dict[int, dict[str, bytes | None]]:
    """SQLite: the bytes of these columns as they lie in the file, by the row's number."""
    chosen = ", ".join(f'CAST("{name}" AS BLOB)' for name in names)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f'SELECT "{key}", {chosen} FROM "{table}" ORDER BY 1').all()
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def write_bytes(connection: Connection, table: str, key: str, number: int, name: str, value: bytes) -> None:
    """SQLite: put these bytes into one value."""
    kind = plain(SQLModel.metadata.tables[table].c[name].type)
    bound = "?" if kind.python_type is bytes else "CAST(? AS TEXT)"
    connection.exec_driver_sql(f'UPDATE "{table}" SET "{name}" = {bound} WHERE "{key}" = ?', (value, number))


def other(kind: Any, value: Any) -> Any:
    """PostgreSQL: the nearest other value of this type."""
    known = plain(kind)
    if isinstance(known, DateTime):
        return value + timedelta(microseconds=1)
    if isinstance(known, Date):
        return value + timedelta(days=1)
    if isinstance(known, Boolean):
        return not value
    if isinstance(known, Integer):
        return value + 1
    return _CHECKED.get(value, value + " ")


_CHECKED = {"week": "month", "pin": "veto", "chi_dao": "thien_tai", "everything": "period"}
"""Columns that take a few words only, which PostgreSQL insists on."""


def write_other(connection: Connection, table: str, key: str, number: int, name: str) -> None:
    """PostgreSQL: change one value by the least there is; in JSON one space more."""
    model = SQLModel.metadata.tables[table]
    mine, column = model.c[key] == number, model.c[name]
    if isinstance(plain(column.type), JSON):
        connection.execute(
            text(f'UPDATE "{table}" SET "{name}" = ("{name}"::text || \' \')::json WHERE "{key}" = {number}')
        )
        return
    old = connection.scalar(select(column).where(mine))
    connection.execute(update(model).where(mine).values({name: other(column.type, old)}))
