"""`cchc move-to-postgresql`: everything of the SQLite file into an empty PostgreSQL, once, all of it or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer
from filelock import FileLock, Timeout
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Select,
    StaticPool,
    Table,
    collate,
    create_engine,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from cli import database
from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.wiring import make_database
from content.vietnamese import number

HELP = "Chuyển toàn bộ dữ liệu từ SQLite sang PostgreSQL đang trống mà CCHC_DATABASE_URL chỉ tới; tệp cũ giữ nguyên."
BATCH = 1000
"""Rows in one go."""
NOT_CARRIED = frozenset({"heartbeat", "post_search"})
"""The signs of life of processes that were stopped; and what the target's own triggers write."""
_STOPPED = "hãy dừng mọi “cchc run”, “cchc web” và lệnh khác đang dùng {file} rồi chạy lại."


def move_to_postgresql(
    source: Annotated[
        Path | None, typer.Option("--from", help="Tệp SQLite; bỏ trống: cchc.sqlite3 trong CCHC_DATA_DIR.")
    ] = None,
) -> None:
    """Copy every row into the empty PostgreSQL of CCHC_DATABASE_URL. The SQLite file stays as it is."""
    settings = settings_module.load()
    if settings.embedded:
        raise UserError(
            "CCHC_DATABASE_URL chưa chỉ tới PostgreSQL; hãy ghi địa chỉ một cơ sở dữ liệu trống "
            "(postgresql+psycopg://…) vào tệp .env rồi chạy lại."
        )
    file = source or settings.data_dir / "cchc.sqlite3"
    if not file.is_file():
        raise UserError(f"Không có tệp {file}; hãy kiểm tra CCHC_DATA_DIR, hoặc chỉ tệp bằng --from.")
    with _service_stopped(settings.data_dir, file), _alone(file) as old:
        copied = carry(old, make_database(settings))
    say(
        f"Đã chuyển {number(sum(copied.values()))} dòng của {number(len(copied))} bảng sang PostgreSQL, đã đối chiếu "
        f"từng dòng; {file} giữ nguyên."
    )
    say("Tiếp theo: cchc init, cchc doctor, rồi khởi động lại dịch vụ; cất tệp SQLite cũ đi để không ai dùng nhầm.")


@contextmanager
def _service_stopped(data_dir: Path, file: Path) -> Iterator[None]:
    """Hold the lock of `cchc run` meanwhile. Raises `UserError` when one runs."""
    lock = FileLock(data_dir / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(f"“cchc run” còn đang chạy; {_STOPPED.format(file=file.name)}") from None
    with lock:
        yield


@contextmanager
def _alone(file: Path) -> Iterator[Engine]:
    """The SQLite database for reading, with nobody else at it. Raises `UserError` when somebody has it open, or when
    it is none that this program reads."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False)) as raw:
        try:
            # whoever has the file open, even idle, keeps this lock from us; nobody opens it while we have it
            raw.execute("PRAGMA locking_mode=EXCLUSIVE")
            raw.execute("BEGIN EXCLUSIVE")
            raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
            raw.rollback()
        except sqlite3.OperationalError as error:
            raise UserError(f"Có tiến trình đang mở {file} ({error}); {_STOPPED.format(file=file.name)}") from None
        except sqlite3.DatabaseError as error:
            raise UserError(f"{file} không phải cơ sở dữ liệu SQLite đọc được ({error}).") from None
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
        try:
            database.check(engine)
        except UserError as error:
            raise UserError(f"{file.name}: {error} Làm việc đó với CCHC_DATABASE_URL để trống.") from None
        yield engine


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
    for rows in source.execute(_in_order(table)).mappings().partitions(BATCH):
        try:
            target.execute(insert(table), [dict(row) for row in rows])
        except DBAPIError as error:
            words = " ".join(str(error.orig).split())[:300]
            raise UserError(
                f"PostgreSQL không nhận một dòng của bảng {table.name} ({words}); chưa có gì được chuyển."
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
