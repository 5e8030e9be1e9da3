"""Every night a copy of what an office cannot make again: its database, while it is in use, and its files.

In the folder: `cchc-<day>.sqlite3`, the newest fourteen, and `files/` as in the data folder. A picture or a document
lies under the hash of its bytes and never changes, so one copy serves every day; on the same disk it is a second name
of the same bytes and takes no room. The database comes first: a file is stored before the row that names it, so every
file of the copied rows is there when the files' turn comes. The key file is not copied: whoever finds a backup must
not find the tokens with it.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import col, select

from content.documents import Documents, documents_in
from content.record_tables import Evidence
from content.store import AssetStore
from content.tables import Asset
from content.vietnamese import number
from scheduler.db import reading

KEEP = 14
IMMUTABLE = ("assets", "evidence")
"""Folders whose files are called by their hash."""
FILES = (*IMMUTABLE, "summaries")
MADE_AGAIN = frozenset({"fit"})
"""Below assets: pictures made smaller for a platform."""


def back_up(engine: Engine, data_dir: Path, on: date) -> str:
    """Copy the database and the files into `data_dir`/backup; a sentence for the job's row.

    Raises OSError when the disk is full, RuntimeError when a stored file is damaged; what is kept already stays.
    PostgreSQL is backed up with its own tools, the files with the office's (docs/operating.md).
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return "Cơ sở dữ liệu PostgreSQL: sao lưu bằng pg_dump và chép thư mục dữ liệu, xem tài liệu vận hành."
    folder = data_dir / "backup"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"cchc-{on.isoformat()}.sqlite3"
    unfinished = target.with_suffix(".tmp")
    for broken_off in folder.glob("cchc-*.tmp"):
        broken_off.unlink()
    with closing(sqlite3.connect(engine.url.database)) as source, closing(sqlite3.connect(unfinished)) as copy:
        source.backup(copy)
    unfinished.replace(target)
    for old in sorted(folder.glob("cchc-*.sqlite3"))[:-KEEP]:
        old.unlink()
    new = _keep_files(data_dir, folder / "files")
    return f"Đã sao lưu vào {target.name}, thêm {number(new)} tệp mới."


def told_lost(engine: Engine, data_dir: Path) -> list[str]:
    """The doctor's sentence when rows name files that the disk does not have whole; nothing when all are there."""
    lost = list(_lost_files(engine, data_dir))
    if not lost:
        return []
    return [
        f"{number(len(lost))} tệp tư liệu hoặc minh chứng không có trong {data_dir} (như {lost[0]}); hãy gắn lại thư "
        "mục dùng chung, hoặc chép từ backup/files."
    ]


def _lost_files(engine: Engine, data_dir: Path) -> Iterator[Path]:
    stores: dict[type[Asset | Evidence], AssetStore | Documents]
    stores = {Asset: AssetStore(data_dir / "assets"), Evidence: documents_in(data_dir)}
    for table, store in stores.items():
        wanted = select(col(table.sha256), col(table.mime), col(table.size)).distinct().order_by(col(table.sha256))
        with reading(engine) as session:
            for sha256, mime, size in session.exec(wanted):
                if not store.has(sha256, mime, size):
                    yield store.path(sha256, mime).relative_to(data_dir)


def _keep_files(data_dir: Path, folder: Path) -> int:
    """Bring `folder` up to date with the data folder; how many files are new or newer. Nothing is ever taken away."""
    damaged, new = [], 0
    for kind in FILES:
        for path in _files_in(data_dir / kind):
            target = folder / path.relative_to(data_dir)
            if _is_kept(path, target, immutable=kind in IMMUTABLE):
                continue
            if kind in IMMUTABLE and target.exists() and not _is_sound(path):
                damaged.append(path.name)
                continue
            _link_or_copy(path, target)
            new += 1
    if damaged:
        raise RuntimeError(f"{len(damaged)} tệp trong kho đã hỏng, bản sao cũ được giữ lại: {', '.join(damaged[:3])}")
    return new


def _files_in(folder: Path) -> Iterator[Path]:
    """Whole files only: what is being written has a name that begins with a dot."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - MADE_AGAIN)
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _is_kept(path: Path, target: Path, *, immutable: bool) -> bool:
    try:
        there, here = target.stat(), path.stat()
    except FileNotFoundError:
        return not path.exists()  # gone since the folder was read: nothing to keep
    return there.st_size == here.st_size and (immutable or there.st_mtime_ns == here.st_mtime_ns)


def _is_sound(path: Path) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.stem


def _link_or_copy(path: Path, target: Path) -> None:
    """A second name for the same bytes; a copy where the disk is another one. Whole, or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        try:
            part.hardlink_to(path)
        except OSError:
            shutil.copy2(path, part)
        # renaming a second name onto the first one does nothing and leaves both
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
