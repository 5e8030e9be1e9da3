"""A row as one text that is the same on both databases and on no two different rows: what the chain's hashes are over.

SQLite gives its bytes as they lie in the file, because reading them as times or JSON would forgive a changed byte (a
space more in a JSON text, a "T" for the space in a time). What is not exactly as this product writes it stays as bytes,
so that it has another hash. JSON columns count as the text that is stored.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from operator import itemgetter
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
    Select,
    Table,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

Value = str | int | bool | None | dict[str, str]
Raw = RowMapping | Mapping[str, Any]
Read = Callable[[Sequence[Any]], dict[str, Value]]
_TIME = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")
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


@cache
def teller(names: tuple[str, ...]) -> Callable[[Mapping[str, Value]], str]:
    """`text_of` of these of the facts: the same text, some times as fast where nothing in it has to be escaped."""
    keys = sorted(names)
    values_of = itemgetter(*keys)
    forms: dict[tuple[type, ...], tuple[str, int]] = {}

    def tell(facts: Mapping[str, Value]) -> str:
        values = values_of(facts)
        kinds = tuple(map(type, values))
        if kinds not in forms:
            forms[kinds] = _form_of(keys, kinds)
        form, quotes = forms[kinds]
        text: str = form % values
        # a quotation mark more than its own, a backslash or a control character would have to be escaped
        if quotes and text.count('"') == quotes and "\\" not in text and text.isprintable():
            return text
        return text_of(dict(zip(keys, values, strict=True)))

    return tell


def _form_of(keys: Sequence[str], kinds: Sequence[type]) -> tuple[str, int]:
    """The text with places for values of these types, and how many quotation marks are its own; 0: not this way."""
    if not set(kinds) <= _PLACES.keys():
        return "%.0s" * len(kinds), 0
    form = "{" + ",".join(f'"{key}":{_PLACES[kind]}' for key, kind in zip(keys, kinds, strict=True)) + "}"
    return form, form.count('"')


_PLACES: dict[type, str] = {str: '"%s"', int: "%d", type(None): "null%.0s"}


def sha256(text: str) -> str:
    """Of the text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def selected(dialect: str, table: Table, names: Iterable[str]) -> list[ColumnElement[Any]]:
    """The columns in the form that `read` takes, each under its own name."""
    return [_column(table.c[name], dialect == "sqlite").label(name) for name in names]


def beyond(column: ColumnElement[int], mark: int | None) -> list[ColumnElement[bool]]:
    """What comes after the mark; None: everything, because a number below 1 is a number, too."""
    return [] if mark is None else [column > mark]


def read_rows(
    connection: Connection, table: str, names: tuple[str, ...], numbers: Iterable[int]
) -> dict[int, dict[str, Value]]:
    """Of a table of evidence: those of the rows of these numbers that are there, by their number."""
    is_sqlite = connection.dialect.name == "sqlite"
    read = reader(table, names, is_sqlite)
    rows = connection.execute(_those(table, names, connection.dialect.name), {"numbers": list(numbers)})
    return {row[-1]: read(row) for row in rows}


@cache
def _those(table: str, names: tuple[str, ...], dialect: str) -> Select[Any]:
    own = table_named(table)
    wanted = select(*selected(dialect, own, names), own.c.id)
    return wanted.where(own.c.id.in_(bindparam("numbers", expanding=True)))


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
def reader(table: str, names: tuple[str, ...], is_sqlite: bool) -> Read:
    """What turns a row that begins with the `selected` columns into values for `text_of`."""
    columns = table_named(table).c
    forms = [_form(columns[name].type, is_sqlite) for name in names]

    def one_by_one(row: Sequence[Any]) -> dict[str, Value]:
        told = zip(names, forms, row, strict=False)  # what was asked beside them comes after them
        return {name: None if value is None else form(value) for name, form, value in told}

    return _all_at_once(names, forms, one_by_one) if is_sqlite else one_by_one


def _all_at_once(names: Sequence[str], forms: Sequence[Callable[[Any], Value]], one_by_one: Read) -> Read:
    """The same for bytes, several times as fast: nearly all of them are words, and are decoded in one go."""
    count = len(names)
    every = zip(names, forms, range(count), strict=True)
    others = [(name, form, place) for name, form, place in every if form != _words]

    def read(row: Sequence[Any]) -> dict[str, Value]:
        values = row[:count]
        try:
            words = b"\0".join(values).decode().split("\0")
        except (TypeError, UnicodeDecodeError):  # a value that is NULL, or no text
            return one_by_one(row)
        if len(words) != count:  # a zero byte within a value
            return one_by_one(row)
        told: dict[str, Value] = dict(zip(names, words, strict=True))
        for name, form, place in others:
            told[name] = form(values[place])
        return told

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
    return value.decode().replace(" ", "T") + "Z" if _TIME.fullmatch(value) else {"bytes": value.hex()}


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
