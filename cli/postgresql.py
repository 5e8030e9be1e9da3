"""`cchc move-to-postgresql`: everything of the SQLite file into an empty PostgreSQL, once, all of it or nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from filelock import FileLock, Timeout
from sqlalchemy import Engine, StaticPool, create_engine

from cli import revisions
from cli import settings as settings_module
from cli.acts import leave
from cli.carrying import carry
from cli.console import say
from cli.errors import UserError
from cli.wiring import make_database
from content.vietnamese import number
from scheduler.clock import SystemClock
from scheduler.db import writing
from web.acts import Act

HELP = "Chuyển toàn bộ dữ liệu từ SQLite sang PostgreSQL đang trống mà CCHC_DATABASE_URL chỉ tới; tệp cũ giữ nguyên."
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
        new = make_database(settings)
        copied = carry(old, new)
        with writing(new) as session:
            words = f"{number(sum(copied.values()))} dòng sang PostgreSQL"
            leave(session, Act.MOVED, file.name, words, now=SystemClock().now())
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
            revisions.check(engine)
        except UserError as error:
            raise UserError(f"{file.name}: {error} Làm việc đó với CCHC_DATABASE_URL để trống.") from None
        yield engine
