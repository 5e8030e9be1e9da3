"""A folder of pictures and videos that staff hand over, and nothing outside it.

Names are compared as people see them: NFC, and without case when that is not ambiguous. A name that leads
out of the folder is refused, and so is a link, wherever it leads.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from sqlmodel import Session, select

from content.errors import ContentError, DiskError
from content.exchange.shelf import MARK
from content.postfile import SPEC_ENDINGS
from content.store import ENDINGS, AssetFile, AssetStore
from content.tables import Asset
from content.vietnamese import nfc, number

FILES_MAX = 20_000
_MARKED = re.compile(rf"-([0-9a-f]{{{MARK}}})\.\w{{1,5}}$", re.ASCII)


class MediaFolder:
    """The files of a folder by the names people call them."""

    def __init__(self, folder: Path) -> None:
        """Raises `ContentError` when there is no such folder."""
        if not folder.is_dir():
            raise ContentError(f"{folder}: không tìm thấy thư mục ảnh, video; hãy kiểm tra đường dẫn.")
        self.folder = folder

    def find(self, written: str) -> Path:
        """The file a cell names. Raises `ContentError` with one sentence when there is none, or several."""
        name = nfc(written.strip()).replace("\\", "/")
        parts = name.split("/")
        if name.startswith("/") or ":" in parts[0] or ".." in parts or "\0" in name:
            raise ContentError(
                f"“{written}”: chỉ ghi tên tệp trong thư mục ảnh, không ghi đường dẫn từ gốc và không có “..”."
            )
        clean = "/".join(part for part in parts if part not in ("", "."))
        exact, folded = self._names
        found = exact.get(clean) or folded.get(clean.casefold(), [])
        if not found:
            raise ContentError(f"không tìm thấy tệp “{written}” trong thư mục {self.folder}; hãy kiểm tra tên tệp.")
        if len(found) > 1:
            raise ContentError(f"thư mục {self.folder} có {len(found)} tệp cùng tên “{written}”; hãy đổi tên một tệp.")
        if found[0].is_symlink():
            raise ContentError(f"“{written}” là liên kết, không phải tệp; hãy chép chính tệp đó vào thư mục.")
        return found[0]

    @cached_property
    def _names(self) -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
        """The files by name and by name without case; looked up when the first file is named."""
        exact: dict[str, list[Path]] = {}
        folded: dict[str, list[Path]] = {}
        for path in walk(self.folder):
            name = nfc(path.relative_to(self.folder).as_posix())
            exact.setdefault(name, []).append(path)
            folded.setdefault(name.casefold(), []).append(path)
        return exact, folded


class HandedIn(MediaFolder):
    """The files that came together with a table, and those of the store by the name or the mark they have there."""

    def __init__(self, folder: Path, stored: Callable[[str], Path | None]) -> None:
        """`stored` answers where the one file of the store lies that a name means; None when there is none, or many."""
        super().__init__(folder)
        self._stored = cache(stored)

    def find(self, written: str) -> Path:
        """As the folder does; what is wrong is told to somebody who sees no folders."""
        try:
            return super().find(written)
        except ContentError as error:
            known = self._stored(nfc(written.strip()).replace("\\", "/").rpartition("/")[2])
            if known is not None and known.is_file():
                return known
            raise ContentError(
                f"“{written}”: không có trong các tệp gửi kèm, và Tư liệu không có đúng một tệp mang tên này; "
                "hãy gửi kèm, hoặc tải tệp lên Tư liệu trước."
            ) from error


class StoreNames:
    """The files of the store by what people call them: the mark at the end of an exported name, else the name."""

    def __init__(self, session: Session, store: AssetStore) -> None:
        self._session, self._store = session, store

    def __call__(self, name: str) -> Path | None:
        """The one file that is meant; names are compared without case."""
        marked = _MARKED.search(name)
        starts = self._marks.get(marked[1], []) if marked else []
        found = starts or self._names.get(name.casefold(), [])
        return self._store.path(*found[0]) if len(found) == 1 and found[0][1] in ENDINGS else None

    @cached_property
    def _rows(self) -> Sequence[tuple[str, str, str]]:
        """Hash, kind and name of every file; read when the first one is asked for."""
        return self._session.exec(select(Asset.sha256, Asset.mime, Asset.name)).all()

    @cached_property
    def _marks(self) -> dict[str, list[tuple[str, str]]]:
        return _grouped((sha256[:MARK], sha256, mime) for sha256, mime, _ in self._rows)

    @cached_property
    def _names(self) -> dict[str, list[tuple[str, str]]]:
        return _grouped((nfc(name).casefold(), sha256, mime) for sha256, mime, name in self._rows)


def _grouped(rows: Iterable[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for key, *file in rows:
        found.setdefault(key, []).append((file[0], file[1]))
    return found


def walk(folder: Path) -> Iterator[Path]:
    """Every file in the folder and below it, links to folders not followed. Raises `ContentError` for too many."""
    count = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            if name.startswith(".") or not path.is_file():
                continue
            count += 1
            if count > FILES_MAX:
                raise ContentError(f"{folder}: có hơn {number(FILES_MAX)} tệp; hãy chọn thư mục nhỏ hơn.")
            yield path


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a folder: the files that are in the store now, and a sentence for each that is not."""

    files: list[tuple[str, AssetFile]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def take_media(folder: Path, store: AssetStore) -> Taken:
    """Put every picture and video of the folder into the store; a bad file stops only itself."""
    MediaFolder(folder)
    taken = Taken()
    for path in walk(folder):
        name = nfc(path.relative_to(folder).as_posix())
        if path.suffix in SPEC_ENDINGS:
            continue
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            taken.problems.append(f"{name!a}: tên tệp có ký tự không đọc được; hãy đổi tên tệp.")
        elif path.is_symlink():
            taken.problems.append(f"{name}: là liên kết, không phải tệp; hãy chép chính tệp đó vào thư mục.")
        else:
            try:
                taken.files.append((name, store.put(path)))
            except DiskError:
                raise
            except ContentError as error:
                taken.problems.append(error.words)
    return taken
