"""The evidence files that were made at the desk: where they lie, what is known of each, and the one in the making.

One is made at a time in the whole house, whichever process does it: a lock of the system holds it, which a process that
dies lets go. A file beside it tells how far it is; what a dead process left behind is swept away by the next one.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from content.errors import ContentError
from content.store import write_whole
from content.vietnamese import number
from reports.evidence.values import Asked, Made
from scheduler.db import is_full

NAME = r"kiem-chung-[a-z0-9_-]{1,150}\.zip"
SHOWN = 50
BUSY = "Đang lập một hồ sơ khác; hãy đợi xong rồi lập tiếp."
CUT = "Lần lập trước bị ngắt giữa chừng; hãy lập lại."
FULL = "Ổ đĩa của máy chủ đã đầy nên chưa lập được; hãy báo quản trị hệ thống dọn bớt, rồi lập lại."
_WORK = ".dang-lap.json"
_WAIT = 0.5


class Busy(ContentError):
    """Another one is being made."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One that was made; times are ISO, aware."""

    name: str
    label: str
    by: str
    made_at: str
    manifest_sha256: str
    size: int
    publications: int
    videos: bool

    @property
    def at(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.made_at)


@dataclass(frozen=True, slots=True)
class Work:
    """The one in the making, or the last that came to nothing (`problem`)."""

    label: str
    by: str
    done: int = 0
    total: int = 0
    problem: str = ""


class Shelf:
    """The folder. Any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Kept]:
        """The newest first; at most `SHOWN`."""
        files = sorted(self.folder.glob("kiem-chung-*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
        found = (self._read(file) for file in files[:SHOWN])
        return [one for one in found if one is not None and (self.folder / one.name).is_file()]

    @staticmethod
    def _read(file: Path) -> Kept | None:
        try:
            return Kept(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def work(self) -> Work | None:
        """What is in the making, how far it is, or why the last one came to nothing; None: nothing to tell."""
        try:
            told = Work(**json.loads((self.folder / _WORK).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return told if told.problem or self._held() else replace(told, problem=CUT)

    def _held(self) -> bool:
        try:
            with self._lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    def _lock(self) -> FileLock:
        return FileLock(self.folder / ".khoa", thread_local=False)

    def begin(self, asked: Asked, by: str, total: int, size: int) -> "Place":
        """Take the only place there is. Raises `Busy`, or `ContentError` when it is made already or has no room."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{asked.stem}.zip"
        if target.exists():
            raise ContentError("Hồ sơ của kỳ này với thời điểm chốt này đã có trong danh sách bên dưới.")
        free = shutil.disk_usage(self.folder).free
        if free < size * 2:
            raise ContentError(
                f"Máy chủ chỉ còn trống {number(free / 1024**2, 0)} MB, "
                f"hồ sơ cần khoảng {number(size / 1024**2, 0)} MB; "
                "hãy bỏ video, chọn kỳ ngắn hơn, hoặc báo quản trị máy chủ dọn đĩa."
            )
        lock = self._lock()
        try:
            lock.acquire(timeout=_WAIT)
        except Timeout:
            raise Busy(BUSY) from None
        try:
            self._sweep()
            place = Place(self, lock, target, Work(asked.label, by, total=total))
            place.told(0)
        except BaseException:  # no room even for that: whoever asks next finds the place free
            lock.release()
            raise
        return place

    def _sweep(self) -> None:
        """What a process left that died while it made one."""
        for left in self.folder.glob(".*.part"):
            left.unlink(missing_ok=True)
        for folder in self.folder.glob(".hs-*"):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Place:
    """The place of the one in the making; whoever holds it lets it go by `working`."""

    shelf: Shelf
    lock: FileLock
    target: Path
    work: Work

    def told(self, done: int) -> None:
        """How many publications are done."""
        self.work = replace(self.work, done=done)
        self._write()

    def _write(self) -> None:
        write_whole(self.shelf.folder / _WORK, json.dumps(asdict(self.work), ensure_ascii=False).encode())

    @contextmanager
    def working(self) -> Iterator[None]:
        """While it is made; a failure is kept as a sentence, and the place is free afterwards."""
        try:
            yield
            (self.shelf.folder / _WORK).unlink(missing_ok=True)
        except ContentError as error:
            self.work = replace(self.work, problem=error.words)
            self._write()
        except BaseException as error:
            words = FULL if is_full(error) else f"{CUT} Nếu vẫn lỗi, hãy báo quản trị hệ thống."
            self.work = replace(self.work, problem=words)
            self._write()
            raise
        finally:
            self.lock.release()

    @contextmanager
    def kept(self, asked: Asked, made: Made, now: datetime) -> Iterator[None]:
        """It was made, and the list shows it; gone again when the record of that cannot be written."""
        told = self.target.with_suffix(".json")
        try:
            self._keep(told, asked, made, now)
            yield
        except BaseException:
            told.unlink(missing_ok=True)
            self.target.unlink(missing_ok=True)
            raise

    def _keep(self, told: Path, asked: Asked, made: Made, now: datetime) -> None:
        kept = Kept(
            self.target.name, asked.label, self.work.by, now.isoformat(), made.manifest_sha256, made.size,
            made.counts.publications, asked.videos,
        )  # fmt: skip
        data = json.dumps(asdict(kept), ensure_ascii=False).encode()
        write_whole(told, data)
