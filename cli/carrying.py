"""Every row from one database into an empty one of the other kind, all of it or nothing, compared to the last value."""

from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    collate,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cli.database import migrate
from cli.errors import UserError
from cli.revisions import revision_of
from scheduler.db import open_engine

BATCH = 1000
"""Rows in one go."""
NOT_CARRIED = frozenset({"heartbeat", "post_search"})
"""The signs of life of processes that were stopped; and what the target's own triggers write."""


def copy_out(engine: Engine, file: Path) -> None:
    """Everything of a PostgreSQL database, as it stood at one moment, into a new SQLite file of the same revision.

    One read-only transaction sees one snapshot however long it takes, and nobody waits for it. Raises `UserError` when
    what stands in the file in the end is not the same to the last value.
    """
    made = open_engine(f"sqlite:///{file}")
    try:
        revision = revision_of(engine)
        migrate(made, revision)
        tables = _as_they_are(engine)
        snapshot = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with engine.connect().execution_options(**snapshot) as source, source.begin(), made.connect() as target:
            with target.begin():
                for table in tables:
                    _copy(table, source, target)
            with target.begin():
                for table in tables:
                    _compare(table, target, source)
    finally:
        made.dispose()


def _as_they_are(engine: Engine) -> list[Table]:
    """The tables that are carried with the columns that this database has: before an upgrade it has fewer."""
    found, there = inspect(engine), MetaData()
    return [
        Table(
            table.name,
            there,
            *(
                Column(one.name, one.type, primary_key=one.primary_key)
                for one in table.columns
                if one.name in {column["name"] for column in found.get_columns(table.name)}
            ),
        )
        for table in carried()
        if found.has_table(table.name)
    ]


def carried() -> list[Table]:
    """The tables whose rows are carried over, those that others point to first."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in NOT_CARRIED]


def carry(old: Engine, new: Engine) -> dict[str, int]:
    """Copy every row in one transaction; how many, by table.

    Raises `UserError`, with nothing changed, when the target holds something already, when it does not take a row, or
    when what stands there in the end is not the same to the last value.
    """
    with old.connect() as source, new.begin() as target:
        _take_for_ourselves(target)
        copied = {table.name: _copy(table, source, target) for table in carried()}
        for table in carried():
            _compare(table, source, target)
            _go_on_counting(table, target)
    with new.execution_options(isolation_level="AUTOCOMMIT").connect() as settled:
        settled.execute(text("ANALYZE"))
    return copied


def _take_for_ourselves(target: Connection) -> None:
    """Nobody else writes until the end. Raises `UserError` when somebody did already."""
    tables = SQLModel.metadata.sorted_tables
    target.execute(text(f"LOCK TABLE {', '.join(_quoted(table) for table in tables)} IN EXCLUSIVE MODE"))
    filled = [table.name for table in tables if target.execute(select(table).limit(1)).first() is not None]
    if filled:
        raise UserError(
            f"PostgreSQL đã có dữ liệu (bảng {', '.join(filled[:3])}); chỉ chuyển vào cơ sở dữ liệu trống, "
            "hãy tạo một cơ sở dữ liệu mới và sửa CCHC_DATABASE_URL."
        )


def _copy(table: Table, source: Connection, target: Connection) -> int:
    count = 0
    asked = _in_order(table).execution_options(yield_per=BATCH)
    for rows in source.execute(asked).mappings().partitions(BATCH):
        try:
            target.execute(insert(table), [dict(row) for row in rows])
        except DBAPIError as error:
            words = " ".join(str(error.orig).split())[:300]
            raise UserError(
                f"Cơ sở dữ liệu đích không nhận một dòng của bảng {table.name} ({words}); chưa có gì được chuyển."
            ) from None
        count += len(rows)
    return count


def _compare(table: Table, source: Connection, target: Connection) -> None:
    """Every value, in the order of the keys."""
    there = target.execute(_in_order(table, collation="C").execution_options(yield_per=BATCH))
    for ours, theirs in zip_longest(source.execute(_in_order(table)), there):
        if ours is None or theirs is None or tuple(ours) != tuple(theirs):
            raise UserError(
                f"Bảng {table.name} sau khi chuyển không giống bảng cũ; chưa có gì được chuyển, xin báo lại."
            )


def _go_on_counting(table: Table, target: Connection) -> None:
    """The next row gets a number that none had."""
    [key, *more] = table.primary_key
    if more or not isinstance(key.type, Integer):
        return
    counter = target.scalar(select(func.pg_get_serial_sequence(_quoted(table), key.name)))
    most = target.scalar(select(func.max(key)))
    if counter and most is not None:
        target.execute(select(func.setval(counter, most)))


def _in_order(table: Table, collation: str = "") -> Select[Any]:
    return select(table).order_by(*(_compared(key, collation) for key in table.primary_key))


def _compared(key: Column[Any], collation: str) -> ColumnElement[Any]:
    return collate(key, collation) if collation and not isinstance(key.type, Integer) else key


def _quoted(table: Table) -> str:
    return f'"{table.name}"'
