"""A view's rows as Python values, the same from SQLite and PostgreSQL, read piece by piece."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from reports.open_data.columns import Kind, View

AT_ONCE = 2_000
"""Rows that are held at a time."""


def rows_of(session: Session, view: View) -> Iterator[tuple[Any, ...]]:
    """Every row of the view in the order of its key; texts of keys are compared byte by byte.

    A moment is aware UTC, a local time has no zone, a day is a date.
    """
    bytewise = ' COLLATE "C"' if session.get_bind().dialect.name == "postgresql" else ""
    kinds = {one.name: one.type for one in view.columns}
    order = ", ".join(f"{name}{bytewise if kinds[name] is Kind.TEXT else ''}" for name in view.key)
    names = ", ".join(one.name for one in view.columns)
    statement = text(f"SELECT {names} FROM {view.name} ORDER BY {order}")  # noqa: S608  names of our own
    found = session.connection().execute(statement, execution_options={"stream_results": True, "yield_per": AT_ONCE})
    readers = [_READERS.get(one.type, _same) for one in view.columns]
    for row in found:
        yield tuple(None if value is None else read(value) for read, value in zip(readers, row, strict=True))


def count_of(session: Session, view: View) -> int:
    """How many rows the view has."""
    counted = session.connection().execute(text(f"SELECT count(*) FROM {view.name}"))  # noqa: S608  names of our own
    return int(counted.scalar_one())


def _same(value: Any) -> Any:
    return value


def _moment(value: Any) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def _local(value: Any) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.MOMENT: _moment,
    Kind.LOCAL: _local,
    Kind.DATE: _date,
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
}
