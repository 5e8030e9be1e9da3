"""Copies of what an office cannot make again: its database, while it is in use, and its files.

In the folder of copies: `cchc-<day>.sqlite3` with its list `cchc-<day>.json`, the newest fourteen nights, and `files/`
as in the data folder. A picture or a document lies under the hash of its bytes and never changes, so one copy serves
every day; on the same disk it is a second name of the same bytes and takes no room. The database comes first: a file is
stored before the row that names it, so every file of the copied rows is there when the files' turn comes. The list
comes last: a copy without one is not finished. The key file is not copied: whoever finds a copy must not find the
tokens with it. A PostgreSQL database is copied out of one snapshot into the same kind of file (`cli.carrying`).
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import date, datetime, time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine, inspect
from sqlalchemy import table as table_named
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlmodel import col, func, select

from cli.carrying import copy_out
from cli.errors import UserError
from cli.manifest import FILES as FILES_FOLDER
from cli.manifest import IMMUTABLE, KINDS, Kept, Manifest
from cli.sealing import SUFFIX, CopyKey, hash_of, seal_file
from content.documents import Documents, documents_in
from content.record_tables import Evidence
from content.store import AssetStore
from content.tables import Asset
from content.vietnamese import LOCAL, number
from records.chain import head
from records.chain_tables import AuditEntry
from records.files import ARCHIVE
from records.holds import Held, held
from records.keeping_tables import ArchiveSeal, LegalHold
from records.seals import seals
from scheduler import recovery
from scheduler.clock import SystemClock
from scheduler.db import open_engine, reading, writing
from scheduler.recovery_tables import Restoration

KEEP = 14
Hashes = Mapping[str, str]
"""Of the sealed archives, by name: they never change either."""
MADE_AGAIN = frozenset({"fit"})
"""Below assets: pictures made smaller for a platform."""
LOCK = ".sao-luu.lock"
_NIGHT = re.compile(r"cchc-\d{4}-\d\d-\d\d")
_BY_HAND = re.compile(r"cchc-\d{4}-\d\d-\d\d-\d{6}")


class Damaged(UserError, RuntimeError):
    """A copy that was just written is not what it should be, or a stored file is damaged."""


def back_up(
    engine: Engine,
    data_dir: Path,
    on: date,
    *,
    to: Path | None = None,
    key: CopyKey | None = None,
    now: datetime | None = None,
    name: str = "",
) -> str:
    """Copy the database and the files into `to` (or `data_dir`/backup); a sentence for the job's row.

    Raises OSError when the disk is full, `Damaged` when a stored file is damaged or the copy does not pass its
    proof; what is kept already stays.
    """
    made, new = make_copy(engine, data_dir, name or f"cchc-{on.isoformat()}", to=to, key=key, now=now)
    return f"Đã sao lưu vào {made.place(made.database).name}, đã đọc lại và kiểm tra, thêm {number(new)} tệp mới."


def make_copy(
    engine: Engine,
    data_dir: Path,
    name: str,
    *,
    to: Path | None = None,
    key: CopyKey | None = None,
    now: datetime | None = None,
) -> tuple[Manifest, int]:
    """A whole copy under this name, proved by reading it again; its list, and how many files are new in the folder."""
    folder = to or data_dir / "backup"
    with _alone_in(folder, data_dir):
        return _made(engine, data_dir, name, folder, key, now or SystemClock().now())


def _made(
    engine: Engine, data_dir: Path, name: str, folder: Path, key: CopyKey | None, made_at: datetime
) -> tuple[Manifest, int]:
    # What is encrypted for another place is never there in plain, not even half of it or for a moment.
    unfinished = (data_dir if key else folder) / f"{name}.tmp"
    try:
        revision, last_link = _copy_database(engine, unfinished, made_at)
        rows = _proved(unfinished)
        database = Kept(f"{name}.sqlite3", hash_of(unfinished), unfinished.stat().st_size)
        (folder / f"{name}.json").unlink(missing_ok=True)
        target = folder / (database.path + (SUFFIX if key else ""))
        if key is not None:
            _seal(unfinished, target, database.sha256, key)
        else:
            _onto_disk(unfinished)
            unfinished.replace(target)
    finally:
        _sweep(data_dir, folder)
    files, new, damaged = _keep_files(data_dir, folder / FILES_FOLDER, key, _sealed(engine))
    manifest = Manifest(
        name=name, made_at=made_at, program=program(), revision=revision, kind=engine.dialect.name, database=database,
        rows=rows, files=files, encrypted=key is not None, chain_head=last_link, folder=folder,
    )  # fmt: skip
    manifest.write()
    _forget_old(folder, _held(engine))
    if damaged:
        raise Damaged(f"{len(damaged)} tệp trong kho đã hỏng, bản sao cũ được giữ lại: {', '.join(damaged[:3])}")
    return manifest, new


@contextmanager
def _alone_in(folder: Path, data_dir: Path) -> Iterator[None]:
    """Nobody else writes copies of this data folder or into this folder, so what is unfinished there broke off."""
    with ExitStack() as locks:
        for place in sorted({data_dir.absolute(), folder.absolute()}):
            place.mkdir(parents=True, exist_ok=True)
            try:
                locks.enter_context(FileLock(place / LOCK, timeout=0))
            except Timeout:
                raise UserError("Một lần sao lưu khác đang chạy; hãy chờ lần đó xong rồi chạy lại.") from None
            except (NotImplementedError, OSError):  # a share that knows no locks
                if place == data_dir.absolute():
                    raise
        _sweep(data_dir, folder)
        yield


def _sweep(data_dir: Path, folder: Path) -> None:
    """Take away what broke off."""
    for place in (data_dir, folder):
        for left in place.glob("cchc-*.tmp*"):
            left.unlink(missing_ok=True)


def _held(engine: Engine) -> Held:
    """What legal holds keep; a database from before there were any has none."""
    if not inspect(engine).has_table(LegalHold.__tablename__):
        return Held()
    with reading(engine) as session:
        return held(session)


def _sealed(engine: Engine) -> Hashes:
    """The sealed archives; a database from before there were any has none."""
    if not inspect(engine).has_table(ArchiveSeal.__tablename__):
        return {}
    with reading(engine) as session:
        return {one.name: one.sha256 for one in seals(session, limit=10_000)}


def chain_head(engine: Engine) -> str:
    """The newest link of the audit chain, by which a copy shows that nothing was taken off its end; "" without one."""
    if not inspect(engine).has_table(AuditEntry.__tablename__):
        return ""
    with reading(engine) as session:
        return head(session).kept


def program() -> str:
    """The version of this program."""
    try:
        return version("cchc-campaign-scheduler")
    except PackageNotFoundError:
        return ""


# The database --------------------------------------------------------------------------------------------


def _copy_database(engine: Engine, target: Path, made_at: datetime) -> tuple[str, str]:
    """Copy the database into a SQLite file of its own, which says of itself that it is a copy; its revision, and the
    last link of the audit chain that is in it (the living office may have sealed more by the end)."""
    try:
        return _written(engine, target, made_at)
    except sqlite3.Error as error:
        raise UserError(f"Không ghi được bản sao ({error}); bản trước vẫn còn. Hãy xem ổ đĩa còn chỗ không.") from None


def _written(engine: Engine, target: Path, made_at: datetime) -> tuple[str, str]:
    if engine.dialect.name == "sqlite" and engine.url.database:
        with closing(sqlite3.connect(engine.url.database)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    else:
        copy_out(engine, target)
    copied = open_engine(f"sqlite:///{target}")
    try:
        if inspect(copied).has_table(Restoration.__tablename__):  # one from before an upgrade may not have it
            with writing(copied) as session:
                recovery.mark_as_copy(session, made_at)
        last_link = chain_head(copied)
    finally:
        copied.dispose()
    with closing(sqlite3.connect(target)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")  # one file, whole by itself
        return str(raw.execute("SELECT version_num FROM alembic_version").fetchone()[0]), last_link


def _proved(file: Path) -> dict[str, int]:
    """Open the copy again and read all of it; the number of rows of each table. Raises `Damaged`."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        told = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if told != "ok":
            raise Damaged(f"Bản sao vừa ghi không đọc lại được ({told}); bản trước vẫn còn.")
        return count_rows(copy)


def count_rows(raw: sqlite3.Connection) -> dict[str, int]:
    """The number of rows of every table that holds something of its own."""
    names = [
        str(name)
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not str(name).startswith(("sqlite_", "post_search"))
    ]
    dialect = sqlite_dialect()
    counts = (str(select(func.count()).select_from(table_named(name)).compile(dialect=dialect)) for name in names)
    return {name: int(raw.execute(count).fetchone()[0]) for name, count in zip(names, counts, strict=True)}


def _seal(plain: Path, target: Path, sha256: str, key: CopyKey) -> None:
    """Encrypt beside the target, read it again where the key lets us, then let it take its place."""
    part = target.with_name(f"{plain.name}{SUFFIX}")
    seal_file(plain, part, key)
    _onto_disk(part)
    if key.reads and hash_of(part, key) != sha256:
        raise Damaged("Bản sao vừa mã hóa không đọc lại được; bản trước vẫn còn.")
    part.replace(target)


def _onto_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _forget_old(folder: Path, hold: Held) -> None:
    """Of the nights the newest fourteen stay, and as many that were made by hand; and those that a legal hold keeps."""
    for kind in (_NIGHT, _BY_HAND):
        names = {one.name.split(".")[0] for one in folder.glob("cchc-*") if not one.name.endswith(".tmp")}
        for name in sorted(one for one in names if kind.fullmatch(one))[:-KEEP]:
            if hold.on(_night_of(name)):
                continue
            for suffix in (".json", ".sqlite3", f".sqlite3{SUFFIX}"):
                (folder / f"{name}{suffix}").unlink(missing_ok=True)


def _night_of(name: str) -> datetime:
    return datetime.combine(date.fromisoformat(name.removeprefix("cchc-")[:10]), time(), LOCAL)


# The files -----------------------------------------------------------------------------------------------


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


def _keep_files(
    data_dir: Path, folder: Path, key: CopyKey | None, sealed: Hashes
) -> tuple[tuple[Kept, ...], int, list[str]]:
    """Bring `folder` up to date with the data folder; what it holds of it, how many files are new or newer, and the
    names of those that are damaged in the data folder. Nothing is ever taken away."""
    kept, new, damaged = list[Kept](), 0, list[str]()
    for kind in KINDS:
        for path in _files_in(data_dir / kind):
            name, known = path.relative_to(data_dir), _known_hash(kind, path, sealed)
            if known is None and kind == ARCHIVE:
                continue  # broken off before it was sealed
            target = folder / (f"{name}{SUFFIX}" if key else name)
            with suppress(FileNotFoundError):  # gone since the folder was read: nothing to keep
                if not _is_kept(path, target, immutable=known is not None, sealed=key is not None):
                    if known and hash_of(path) != known:
                        damaged.append(path.name)
                    else:
                        _bring(path, target, key)
                        new += 1
                if target.exists():
                    sha256 = known or hash_of(path)
                    kept.append(Kept(name.as_posix(), sha256, path.stat().st_size))
    return tuple(kept), new, damaged


def _known_hash(kind: str, path: Path, sealed: Hashes) -> str | None:
    """What the file must be for good; None: it may be made again."""
    return path.stem if kind in IMMUTABLE else sealed.get(path.name) if kind == ARCHIVE else None


def _files_in(folder: Path) -> Iterator[Path]:
    """Whole files only: what is being written has a name that begins with a dot."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - MADE_AGAIN)
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _is_kept(path: Path, target: Path, *, immutable: bool, sealed: bool) -> bool:
    here = path.stat()
    if not target.exists():
        return False
    there = target.stat()
    same_size = sealed or there.st_size == here.st_size
    return same_size and (immutable or there.st_mtime_ns == here.st_mtime_ns)


def _bring(path: Path, target: Path, key: CopyKey | None) -> None:
    """A second name for the same bytes; a copy where the disk is another one, or encrypted. Whole, or not there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        if key is not None:
            seal_file(path, part, key)
            shutil.copystat(path, part)
        else:
            try:
                part.hardlink_to(path)
            except OSError:
                shutil.copy2(path, part)
        # renaming a second name onto the first one does nothing and leaves both
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
