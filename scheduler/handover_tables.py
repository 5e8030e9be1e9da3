"""The tables of the workers' queue: Procrastinate's own, made and brought up to date by `cchc init`.

Procrastinate ships its schema and, for each change of it, numbered scripts. Which of them a database has seen is
noted as a comment on its main table. An upgrade runs the later ones in their order, in one transaction; a schema that
is newer than the installed package, or that somebody else made, is left alone and named.
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, text

from scheduler.db import in_turn

MARK = "cchc: "
"""How our note begins."""
MAIN = "procrastinate_jobs"


class QueueTablesError(Exception):
    """The queue's tables are not as this program needs them; says so in one sentence for staff."""


def make(engine: Engine) -> bool:
    """Make or upgrade the queue's tables, all of it or nothing; whether anything was changed."""
    with engine.begin() as connection:
        in_turn(connection, "queue tables")
        scripts = _scripts()
        newest, current = scripts[-1].stem, _current(connection)
        if current == newest:
            return False
        if current is None:
            from procrastinate.schema import SchemaManager

            _run(connection, SchemaManager.get_schema())
        else:
            for script in scripts[_place(scripts, current) + 1 :]:
                _run(connection, script.read_text(encoding="utf-8"))
        connection.exec_driver_sql(f"COMMENT ON TABLE {MAIN} IS '{MARK}{newest}'")
        return True


def check(engine: Engine) -> None:
    """Raises `QueueTablesError` when the tables are missing, older or newer than the installed package."""
    scripts = _scripts()
    with engine.connect() as connection:
        current = _current(connection)
    if current is None:
        raise QueueTablesError("Chưa có bảng hàng giao việc cho các tiến trình cchc worker; hãy chạy lệnh: cchc init.")
    if _place(scripts, current) < len(scripts) - 1:
        raise QueueTablesError(
            "Bảng hàng giao việc thuộc bản Procrastinate cũ hơn; hãy dừng các cchc worker rồi chạy lệnh: cchc init."
        )


def _scripts() -> list[Path]:
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _place(scripts: list[Path], current: str) -> int:
    """Where in the line of scripts a database stands."""
    names = [script.stem for script in scripts]
    if current not in names:
        raise QueueTablesError(
            f"Bảng hàng giao việc do một bản Procrastinate khác tạo ra ({current or 'không rõ'}); hãy cài đúng bản mới "
            f"hơn, hoặc dừng mọi tiến trình, xóa các bảng {MAIN.rpartition('_')[0]}_* rồi chạy lệnh: cchc init."
        )
    return names.index(current)


def _current(connection: Connection) -> str | None:
    """The newest script this database has seen; None without tables, "" when they are not ours."""
    if connection.execute(text("SELECT to_regclass(:name)"), {"name": MAIN}).scalar() is None:
        return None
    note = (
        connection.execute(text("SELECT obj_description(to_regclass(:name), 'pg_class')"), {"name": MAIN}).scalar()
        or ""
    )
    return note.removeprefix(MARK) if note.startswith(MARK) else ""


def _run(connection: Connection, script: str) -> None:
    """A script of many statements, as it is: no parameters, so that nothing in it is read as one."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(script)
