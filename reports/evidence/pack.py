"""A ZIP that is the same bytes for the same content: written piece by piece beside its place, then moved there.

Every file goes in once, with its hash and what it is about; times inside are the cut-off's, so that nothing tells when
or on which machine it was made. Files are never held in memory.
"""

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from content.errors import ContentError, why
from content.vietnamese import local

STEP = 1 << 20
_LARGE = 1 << 31
_NAME_MOST = 120
PACKED = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp4", ".webm", ".pdf", ".docx", ".xlsx")
"""Kinds that are small already; packing them again costs time and gains nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside."""

    path: str
    sha256: str
    size: int
    about: str


class Pack:
    """A ZIP in the making."""

    def __init__(self, archive: zipfile.ZipFile, at: datetime) -> None:
        self._archive = archive
        when = local(at)
        self._time = (when.year, when.month, when.day, when.hour, when.minute, when.second - when.second % 2)
        self.entries: dict[str, Entry] = {}

    def add(self, path: str, data: bytes, about: str) -> Entry:
        """Put a small file in."""
        return self.add_pieces(path, [data], about)

    def add_file(self, path: str, source: Path, about: str) -> Entry:
        """Put a file of the disk in. Raises OSError when it cannot be read."""
        with source.open("rb") as opened:
            return self.add_pieces(path, iter(lambda: opened.read(STEP), b""), about, size=source.stat().st_size)

    def add_pieces(self, path: str, pieces: Iterable[bytes], about: str, *, size: int = 0) -> Entry:
        """Put in what comes piece by piece; `size` is what is expected, for files beyond 2 GB."""
        assert path not in self.entries and len(path) <= _NAME_MOST and path.isascii(), path
        info = zipfile.ZipInfo(path, self._time)
        info.create_system, info.external_attr = 3, 0o644 << 16
        info.compress_type = zipfile.ZIP_STORED if path.endswith(PACKED) else zipfile.ZIP_DEFLATED
        digest, length = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=size >= _LARGE) as out:
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                length += len(piece)
        entry = Entry(path, digest.hexdigest(), length, about)
        self.entries[path] = entry
        return entry


@contextmanager
def packing(target: Path, at: datetime) -> Iterator[Pack]:
    """A ZIP that takes its place when all went well, and vanishes otherwise.

    Raises `ContentError` when something of that name is there already, or when the disk is full.
    """
    if target.exists():
        raise ContentError(f"{target}: đã có tệp này; hãy chọn tên khác hoặc cất tệp cũ đi rồi làm lại.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                yield Pack(archive, at)
            _to_disk(file)
        part.replace(target)
    except OSError as error:
        raise ContentError(
            f"Không ghi được {target.name} ({why(error)}); hãy kiểm tra chỗ trống và quyền ghi ở {target.parent}."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
