"""The list that lies beside every copy of an office: what it consists of, and how to see that all of it is whole."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.errors import UserError
from records.files import ARCHIVE

FORMAT = 1
FILES = "files"
"""Where the files of all copies of a folder lie, each once."""
IMMUTABLE = ("assets", "evidence")
"""Folders whose files are called by their hash."""
KINDS = (*IMMUTABLE, "summaries", ARCHIVE)
"""Nothing else of the data folder is ever in a copy, least of all a key."""


@dataclass(frozen=True)
class Kept:
    """One file of a copy: what stands in it (hash and bytes before any encryption)."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What one copy holds. `made_at` is before the copy began: nothing later is surely in it."""

    name: str
    made_at: datetime
    program: str
    revision: str
    kind: str
    """Of the database that was copied: sqlite or postgresql. The copy is a SQLite file either way."""
    database: Kept
    rows: Mapping[str, int]
    files: tuple[Kept, ...]
    encrypted: bool
    chain_head: str = ""
    """The newest link of the audit chain; empty when there is none."""
    folder: Path = field(default=Path(), compare=False)

    def place(self, kept: Kept) -> Path:
        """Where a file of this copy lies."""
        below = self.folder if kept == self.database else self.folder / FILES
        return below / (f"{kept.path}.age" if self.encrypted else kept.path)

    def write(self) -> Path:
        """Put the list beside the copy: whole, or not at all. It comes last, so a copy without it is none."""
        target = self.folder / f"{self.name}.json"
        body = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        del body["folder"]
        part = target.with_suffix(".tmp")
        with part.open("w", encoding="utf-8") as file:
            json.dump(body, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        return target


def read(path: Path) -> Manifest:
    """The list in this file. Raises `UserError` for anything else, or for one of a newer program."""
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if body.pop("format") > FORMAT:
            raise UserError(f"Bản sao {path.name} do phiên bản mới hơn tạo ra; hãy cập nhật chương trình.")
        body |= {
            "made_at": datetime.fromisoformat(body["made_at"]),
            "database": Kept(**body["database"]),
            "files": tuple(Kept(**one) for one in body["files"]),
            "folder": path.parent,
        }
        manifest = Manifest(**body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} không phải danh mục của một bản sao lưu đọc được.") from None
    if Path(manifest.database.path).name != manifest.database.path or not manifest.database.path.endswith(".sqlite3"):
        raise UserError(f"Danh mục {path.name} nêu tệp ngoài bản sao; không dùng bản này.")
    if any(not _is_inside(one.path) for one in (manifest.database, *manifest.files)) or any(
        len(Path(one.path).parts) < 2 or Path(one.path).parts[0] not in KINDS for one in manifest.files
    ):
        raise UserError(f"Danh mục {path.name} nêu tệp ngoài bản sao; không dùng bản này.")
    return manifest


def newest_of(folder: Path) -> Manifest | None:
    """The newest whole copy in this folder; lists that cannot be read are passed over."""
    found = []
    for path in folder.glob("cchc-*.json"):
        try:
            found.append(read(path))
        except UserError:
            continue
    return max(found, key=lambda one: (one.made_at, one.name), default=None)


def _is_inside(path: str) -> bool:
    """Whether a name of a list stays within its folder: whoever changed a list must not reach other files."""
    parts = Path(path).parts
    return bool(parts) and not Path(path).is_absolute() and ".." not in parts and "\\" not in path and ":" not in path


def stale(folder: Path, *, older_than: datetime) -> str:
    """The alarm when there is no whole copy that is new enough, in one sentence; "" when there is one."""
    newest = newest_of(folder)
    if newest is None:
        return f"Chưa có bản sao lưu nào trọn vẹn trong {folder}; hãy chạy: cchc backup."
    if newest.made_at < older_than:
        return f"Bản sao lưu mới nhất đã cũ ({newest.name}); hãy xem cchc status, sửa lỗi rồi chạy: cchc backup."
    return ""
