"""An office from a copy: everything is checked before anything counts, and nothing that lives is overwritten."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlmodel import col, select

from cli import database
from cli.backup import count_rows
from cli.errors import UserError
from cli.manifest import IMMUTABLE, Manifest, newest_of, read
from cli.sealing import SUFFIX, CopyKey, hash_of, unseal_file
from content.vietnamese import LOCAL, number
from scheduler import recovery
from scheduler.db import open_engine, reading, writing
from scheduler.recovery_tables import Restoration
from scheduler.vault import sync_folder

DATABASE = "cchc.sqlite3"
WORK = ".khoi-phuc"
"""Within the new data folder: where it is built."""


@dataclass(frozen=True)
class Copy:
    """A copy that was chosen: with its list, or, from before there were lists, only a database file."""

    database: Path
    made_at: datetime
    manifest: Manifest | None

    @property
    def name(self) -> str:
        """As a person calls it."""
        return self.database.name


def find_copy(place: Path) -> Copy:
    """The copy that a person named: a folder (its newest one), a list, or a database file. Raises `UserError`."""
    if place.is_dir():
        manifest = newest_of(place)
        if manifest is None:
            raise UserError(f"Thư mục {place} không có bản sao lưu nào trọn vẹn (cchc-….json).")
        return _of(manifest)
    if not place.is_file():
        raise UserError(f"Không có tệp hoặc thư mục {place}.")
    if place.suffix == ".json":
        return _of(read(place))
    beside = place.with_name(place.name.removesuffix(SUFFIX).removesuffix(".sqlite3") + ".json")
    if beside.is_file():
        return _of(read(beside))
    if place.suffix != ".sqlite3":
        raise UserError(f"{place.name} không phải bản sao lưu, hoặc thiếu danh mục {beside.name} bên cạnh.")
    return Copy(place, _day_of(place), None)


def unpack(copy: Copy, folder: Path, key: CopyKey | None) -> Path:
    """The database and every file of a copy into `folder`, which is empty; where the database lies.

    Every byte is checked on the way: hashes, whole database, number of rows. Raises `UserError` when one is not as
    the copy's list says, OSError when the disk is full.
    """
    target = folder / DATABASE
    manifest = copy.manifest
    _bring(copy.database, target, manifest.database.sha256 if manifest else "", key)
    rows = _sound(target)
    if manifest is None:
        files = copy.database.parent / "files"
        if files.is_dir():
            shutil.copytree(files, folder, dirs_exist_ok=True)
        return target
    if rows != dict(manifest.rows):
        raise UserError(f"Số dòng trong {copy.name} không đúng danh mục; không dùng bản này.")
    newer = _newer_papers(manifest)
    for kept in manifest.files:
        place = folder / kept.path
        place.parent.mkdir(parents=True, exist_ok=True)
        mutable = kept.path.split("/")[0] not in IMMUTABLE
        _bring(manifest.place(kept), place, kept.sha256, key, or_one_of=newer if mutable else frozenset())
    return target


def wake(file: Path, copied_at: datetime) -> Engine:
    """Open an unpacked database, bring it up to date, and see that it says of itself that it is a copy.

    Raises `UserError` for one that a newer program made.
    """
    engine = open_engine(f"sqlite:///{file}")
    try:
        database.upgrade(engine)
        if inspect(engine).has_table(Restoration.__tablename__):
            with reading(engine) as session:
                pending = session.exec(select(Restoration).where(col(Restoration.noticed_at).is_(None))).first()
            if pending is None:
                with writing(engine) as session:
                    recovery.mark_as_copy(session, copied_at)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def beside(target: Path, *, elsewhere: Callable[[Path], None] | None = None) -> Iterator[Path]:
    """A folder to build in, whose contents are moved up into `target` at the end; after an error nothing of it is left.

    It lies within `target`, which may be the root of a volume. `target` must not be there, or be empty, or hold the key
    file alone, which nothing here touches. The database comes last, because only with it the folder is an office;
    `elsewhere` takes it to a server instead. Raises `UserError`.
    """
    refuse_living(target)
    is_new, work, moved = not target.exists(), target / WORK, list[Path]()
    shutil.rmtree(work, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700, exist_ok=True)
    work.mkdir(mode=0o700)
    try:
        yield work
        refuse_living(target)
        for one in sorted(work.iterdir(), key=lambda one: (one.name.startswith(DATABASE), one.name)):
            place = target / one.name
            if place.exists():
                raise UserError(f"Trong {target} đã có {one.name}; chưa có gì được khôi phục.")
            if elsewhere is None or not one.name.startswith(DATABASE):
                moved.append(place)
                one.replace(place)
        sync_folder(target)
        if elsewhere is not None:
            elsewhere(work / DATABASE)
    except BaseException:
        for place in moved:
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # there is something in it: the office
                target.rmdir()


def refuse_living(target: Path) -> None:
    """Raises `UserError` when there is anything but a key file in this folder."""
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} là một tệp; hãy chỉ một thư mục chưa có.")
    there = sorted(one.name for one in target.iterdir()) if target.exists() else []
    others = [name for name in there if not name.startswith("cchc.key") and name != WORK]
    if others and WORK in there and DATABASE not in there:
        raise UserError(
            f"Lần khôi phục trước vào {target} bị ngắt giữa chừng; hãy xóa mọi thứ trong đó, trừ tệp khóa, rồi chạy "
            "lại."
        )
    if others:
        raise UserError(
            f"Thư mục {target} đang có dữ liệu ({', '.join(others[:3])}); không khôi phục đè lên. Hãy đổi tên thư mục "
            "đó (giữ lại để tra cứu) hoặc chọn thư mục khác."
        )


def _of(manifest: Manifest) -> Copy:
    return Copy(manifest.place(manifest.database), manifest.made_at, manifest)


def _day_of(file: Path) -> datetime:
    """From when a copy without a list is: the beginning of the day in its name, else when the file was written."""
    try:
        on = date.fromisoformat(file.stem.removeprefix("cchc-")[:10])
    except ValueError:
        return datetime.fromtimestamp(file.stat().st_mtime, LOCAL)
    return datetime.combine(on, time(0), LOCAL)


def _newer_papers(manifest: Manifest) -> frozenset[str]:
    """The hashes that any list of this folder names: a summary that was made again stands there in its newest form."""
    known = set()
    for path in manifest.folder.glob("cchc-*.json"):
        try:
            known |= {one.sha256 for one in read(path).files}
        except UserError:
            continue
    return frozenset(known)


def _bring(
    source: Path, target: Path, sha256: str, key: CopyKey | None, *, or_one_of: frozenset[str] = frozenset()
) -> None:
    """One file out of the copy, decrypted, and compared with what the list says."""
    try:
        if source.suffix == SUFFIX:
            with target.open("wb") as file:
                unseal_file(source, file.write, key)
        else:
            shutil.copy2(source, target)
    except FileNotFoundError:
        raise UserError(f"Bản sao thiếu tệp {source}; hãy dùng bản khác.") from None
    found = hash_of(target)
    if sha256 and found != sha256 and found not in or_one_of:
        raise UserError(f"Tệp {source} của bản sao đã bị hỏng hoặc bị sửa (mã băm khác danh mục); hãy dùng bản khác.")


def _sound(file: Path) -> dict[str, int]:
    """The number of rows of each table of a database that is whole. Raises `UserError` for another one."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as raw:
            told = raw.execute("PRAGMA integrity_check").fetchone()[0]
            if told == "ok":
                return count_rows(raw)
    except sqlite3.DatabaseError as error:
        told = str(error)
    raise UserError(f"Cơ sở dữ liệu trong bản sao không đọc được ({told}); hãy dùng bản khác.")


def count_of(manifest: Manifest | None) -> str:
    """How much a copy holds, for a person."""
    if manifest is None:
        return "bản sao kiểu cũ, không có danh mục"
    rows, tables = number(sum(manifest.rows.values())), number(len(manifest.rows))
    return f"{rows} dòng của {tables} bảng, {number(len(manifest.files))} tệp"
