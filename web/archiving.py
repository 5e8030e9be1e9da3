"""Makes, seals and keeps the archive of a month: what the reports make, under the seal that the records keep.

One is made at a time in the whole house. The file takes its place before its seal is committed, so that no seal ever
stands for a file that is not there; a file without a seal was broken off and is made again.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Engine, and_
from sqlmodel import Session, col, select

from content.documents import documents_in
from content.vietnamese import number
from records.errors import RecordsError
from records.files import ARCHIVE
from records.keeping_tables import ArchiveSeal
from records.seals import digest, name_of, of_month, seal
from reports.archive.making import asked_for, make
from reports.archive.rows import Facts, Table, plain
from reports.evidence.preview import preview
from reports.evidence.values import Asked
from scheduler.db import reading, writing
from web.acts import Act, note
from web.tables import DeskAct


@dataclass(frozen=True, slots=True)
class Archived:
    """The seal of a month, and whether it was made just now. `mended`: its file had been lost and is there again."""

    seal: ArchiveSeal
    new: bool
    mended: bool = False


def folder_of(data_dir: Path) -> Path:
    """Where the archives lie."""
    return data_dir / ARCHIVE


def archive(
    engine: Engine, data_dir: Path, month: str, *, by: str, now: datetime, chain_head: str = "", videos: bool = True
) -> Archived:
    """The sealed archive of a month. Raises `ReportError`, `RecordsError` or `ContentError`, each one sentence.

    `chain_head`: where the audit log stands now.
    """
    asked, folder = asked_for(month, now, videos=videos), folder_of(data_dir)
    month = f"{asked.first:%Y-%m}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        _room(engine, asked, folder)
        with reading(engine) as session:
            earlier = of_month(session, month)
        part = folder / f".{month}.{os.getpid()}.part"
        part.unlink(missing_ok=True)
        try:
            return _archived(engine, data_dir, asked, earlier, part, by=by, now=now, chain_head=chain_head)
        finally:
            part.unlink(missing_ok=True)


def _archived(
    engine: Engine, data_dir: Path, asked: Asked, earlier: Sequence[ArchiveSeal], part: Path, *, by: str, now: datetime,
    chain_head: str,
) -> Archived:  # fmt: skip
    folder, month = folder_of(data_dir), f"{asked.first:%Y-%m}"
    last = earlier[0] if earlier else None
    facts = (engine, data_dir / "assets", documents_in(data_dir), asked, part)
    head = last.chain_head if last else chain_head  # made again with what it was made with, to be held against it
    made, data = make(*facts, chain_head=head, beside=(ACTS,))
    same = [one for one in earlier if one.data_sha256 == data]  # with and without videos a month has two archives
    for one in same:
        if is_whole(folder / one.name, one):
            return Archived(one, new=False)
    for one in same:
        if one.chain_head != head:
            part.unlink()
            head = one.chain_head
            made, data = make(*facts, chain_head=head, beside=(ACTS,))
        if digest(part) == one.sha256:
            _put(part, folder / one.name)
            return Archived(one, new=False, mended=True)
    if not same and head != chain_head:
        part.unlink()
        head = chain_head
        made, data = make(*facts, chain_head=head, beside=(ACTS,))
    version = last.version + 1 if last else 1
    target = folder / name_of(month, version)
    _put(part, target)
    with writing(engine) as session:
        row = seal(
            session, month, version, target, manifest_sha256=made.manifest_sha256, data_sha256=data, chain_head=head,
            by=by, now=now,
        )  # fmt: skip
        note(session, None, by, Act.ARCHIVE, row.name, f"mã băm {row.sha256}", now=now)
    return Archived(row, new=True)


def is_whole(file: Path, row: ArchiveSeal) -> bool:
    """Whether the file is there as it was sealed."""
    try:
        return file.stat().st_size == row.size and digest(file) == row.sha256
    except OSError:
        return False


def _put(part: Path, target: Path) -> None:
    part.chmod(0o440)
    part.replace(target)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / ".khoa")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RecordsError("Đang lập một gói lưu trữ khác; hãy đợi xong rồi lập tiếp.") from None
    with lock:
        yield


def _room(engine: Engine, asked: Asked, folder: Path) -> None:
    with reading(engine) as session:
        size = preview(session, asked).size
    free = shutil.disk_usage(folder).free
    if free < size * 2:
        raise RecordsError(
            f"Máy chủ chỉ còn trống {number(free / 1024**2, 0)} MB, gói lưu trữ cần khoảng "
            f"{number(size / 1024**2, 0)} MB; hãy chuyển bớt gói cũ sang nơi lưu trữ khác rồi lập lại."
        )


def _acts(session: Session, asked: Asked) -> Iterator[Facts]:
    """What was done at the desk, without the addresses of browsers."""
    names = ("id", "at", "actor", "act", "subject", "words")
    within = and_(col(DeskAct.at) >= asked.since, col(DeskAct.at) < asked.until)
    for row in session.exec(select(DeskAct).where(within).order_by(col(DeskAct.id))):
        yield {name: plain(getattr(row, name)) for name in names}


ACTS = Table("viec-lam", "việc làm tại bàn làm việc", _acts)
