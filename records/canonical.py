"""A row as one text that is the same on both databases and on no two different rows: what the chain's hashes are over.

SQLite gives its bytes as they lie in the file, because reading them as times or JSON would forgive a changed byte (a
space more in a JSON text, a "T" for the space in a time). What is not exactly as this product writes it stays as bytes,
so that it has another hash. JSON columns count as the text that is stored.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    RowMapping,
    Table,
    Text,
    case,
    cast,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

Value = str | int | bool | None | dict[str, str]
Raw = RowMapping | Mapping[str, Any]
_TIME = re.compile(rb"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6})")
_DATE = re.compile(rb"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(rb"0|-?[1-9]\d*")
_TRUTH = {b"0": False, b"1": True}
_NO_TEXT = literal_column("x'ff'", LargeBinary)
"""A byte that stands in no text."""


def table_named(name: str) -> Table:
    """A table of the house. Raises KeyError for a name that is none."""
    return SQLModel.metadata.tables[name]


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_of(facts: Mapping[str, Any]) -> str:
    """JSON in the one form that is hashed: sorted keys, no spaces, Unicode as it is."""
    return _CANONICAL.encode(facts)


def sha256(text: str) -> str:
    """Of the text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def selected(connection: Connection, table: Table, names: Iterable[str]) -> list[ColumnElement[Any]]:
    """The columns in the form that `read` takes, each under its own name."""
    is_sqlite = connection.dialect.name == "sqlite"
    return [_column(table.c[name], is_sqlite).label(name) for name in names]


def _column(column: ColumnElement[Any], is_sqlite: bool) -> ColumnElement[Any]:
    if is_sqlite:
        # bytes where text belongs look alike when read, and no query finds the row by them: they must not hash alike
        marked = _NO_TEXT.op("||")(func.hex(column))
        own = column if isinstance(plain(column.type), LargeBinary) else case(
            (func.typeof(column) == "blob", marked), else_=type_coerce(column, LargeBinary)
        )  # fmt: skip
        return type_coerce(cast(own, LargeBinary), LargeBinary)
    return cast(column, Text) if isinstance(plain(column.type), JSON) else column


@cache
def reader(table: str, names: tuple[str, ...], is_sqlite: bool) -> Callable[[Raw], dict[str, Value]]:
    """What turns a row of `selected` columns into values for `text_of`."""
    columns = table_named(table).c
    forms = [(name, _form(columns[name].type, is_sqlite)) for name in names]

    def read(row: Raw) -> dict[str, Value]:
        return {name: None if (value := row[name]) is None else form(value) for name, form in forms}

    return read


def _form(kind: TypeEngine[Any], is_sqlite: bool) -> Callable[[Any], Value]:
    if not is_sqlite:
        return _typed
    return next((form for known, form in _SQLITE.items() if isinstance(plain(kind), known)), _words)


def plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type beneath what this house puts around it."""
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _typed(value: Any) -> Value:
    """A value as PostgreSQL gave it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, str | bool | int):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _words(value: bytes) -> Value:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"bytes": value.hex()}


def _time(value: bytes) -> Value:
    found = _TIME.fullmatch(value)
    return f"{found[1].decode()}T{found[2].decode()}Z" if found else {"bytes": value.hex()}


def _day(value: bytes) -> Value:
    return value.decode() if _DATE.fullmatch(value) else {"bytes": value.hex()}


def _number(value: bytes) -> Value:
    return int(value) if _NUMBER.fullmatch(value) else {"bytes": value.hex()}


def _truth(value: bytes) -> Value:
    return _TRUTH.get(value, {"bytes": value.hex()})


def _bytes(value: bytes) -> Value:
    return {"bytes": value.hex()}


_SQLITE: dict[type[TypeEngine[Any]], Callable[[bytes], Value]] = {
    DateTime: _time, Date: _day, Boolean: _truth, Integer: _number, LargeBinary: _bytes,
}  # fmt: skip
