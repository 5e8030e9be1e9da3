"""A copy of the database every night, while it is in use; the newest fourteen are kept."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

KEEP = 14


def back_up(engine: Engine, folder: Path, on: date) -> str:
    """Copy the SQLite database to `folder`; a sentence for the job's row.

    The key file is not copied: whoever finds a backup must not find the tokens with it. PostgreSQL is
    backed up with its own tools.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return "Cơ sở dữ liệu PostgreSQL: sao lưu bằng công cụ của PostgreSQL."
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"cchc-{on.isoformat()}.sqlite3"
    unfinished = target.with_suffix(".tmp")
    with closing(sqlite3.connect(engine.url.database)) as source, closing(sqlite3.connect(unfinished)) as copy:
        source.backup(copy)
    unfinished.replace(target)
    for old in sorted(folder.glob("cchc-*.sqlite3"))[:-KEEP]:
        old.unlink()
    return f"Đã sao lưu vào {target.name}."
