"""A table that was handed in, kept on disk between the dry run and the import: for who brought it, for a day."""

import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.datastructures import UploadFile

from content.errors import ContentError, is_disk_full
from content.exchange.sheet import FILE_MAX
from content.media.intake import clean_name
from content.vietnamese import number
from web.roles import Person

STAYS = timedelta(days=1)
_NAME = re.compile(r"(?P<person>\d+)-(?P<at>\d+)-(?P<secret>[0-9a-f]{32})(?P<claimed>-dang-nhap)?")


@dataclass(frozen=True, slots=True)
class Kept:
    """One table with its files."""

    folder: Path

    @property
    def name(self) -> str:
        """How addresses call it; nobody guesses it, and it is good for one person only."""
        return self.folder.name

    @property
    def table(self) -> Path:
        """The table, under the name it came with."""
        return next((self.folder / "bang").iterdir())

    @property
    def media(self) -> Path:
        """The pictures and films that came with it."""
        return self.folder / "tep"


class Shelf:
    """Where tables are kept."""

    def __init__(self, data_dir: Path, name: str = "nhap-bang") -> None:
        """`name`: the shelf of one kind of table; what stands on another is not found here."""
        self.folder = data_dir / name

    def keep(self, person: Person, table: UploadFile, others: Sequence[UploadFile], now: datetime) -> Kept:
        """Put a table and its files aside. Raises `ContentError` for what is too large or called twice the same."""
        self.forget(now)
        kept = Kept(self.folder / f"{person.id}-{int(now.timestamp())}-{secrets.token_hex(16)}")
        try:
            (kept.folder / "bang").mkdir(parents=True)
            kept.media.mkdir()
            _copy(table, kept.folder / "bang", FILE_MAX)
            for one in others:
                _copy(one, kept.media)
        except ContentError:
            self.drop(kept)
            raise
        except OSError as error:
            self.drop(kept)
            if is_disk_full(error):
                raise  # told like everywhere, and what stands in the form is kept
            raise ContentError(f"Máy chủ không ghi được tệp ({error.strerror}); hãy báo quản trị viên.") from error
        return kept

    def find(self, person: Person, name: str) -> Kept | None:
        """What this person brought; None for every other name, and for what was imported meanwhile."""
        found = _NAME.fullmatch(name)
        mine = found is not None and found["person"] == str(person.id) and not found["claimed"]
        return Kept(self.folder / name) if mine and (self.folder / name / "tep").is_dir() else None

    @contextmanager
    def claimed(self, kept: Kept) -> Iterator[Kept | None]:
        """The table for one import, None when somebody (a second click) has it; gone afterwards, unless that raised."""
        mine = Kept(kept.folder.with_name(f"{kept.name}-dang-nhap"))
        try:
            kept.folder.rename(mine.folder)
        except OSError:
            yield None
            return
        try:
            yield mine
        except BaseException:
            mine.folder.rename(kept.folder)
            raise
        self.drop(mine)

    def drop(self, kept: Kept) -> None:
        """Delete it."""
        shutil.rmtree(kept.folder, ignore_errors=True)

    def forget(self, now: datetime) -> None:
        """Delete what nobody came back for. `now` is aware."""
        for folder in self.folder.iterdir() if self.folder.is_dir() else ():
            found = _NAME.fullmatch(folder.name)
            if found and datetime.fromtimestamp(int(found["at"]), UTC) < now - STAYS:
                shutil.rmtree(folder, ignore_errors=True)


def _copy(file: UploadFile, folder: Path, most: int | None = None) -> None:
    """Copy a file under its own name, whatever path it came with. How much may come at once, the desk's door says."""
    name = clean_name(re.split(r"[\\/]", file.filename or "")[-1]).lstrip(".") or "tep"
    if most is not None and (file.size or 0) > most:
        raise ContentError(f"{name}: tệp lớn hơn {number(most / 1e6, 0)} MB; hãy tách thành nhiều tệp nhỏ.")
    try:
        with (folder / name).open("xb") as target:
            shutil.copyfileobj(file.file, target)
    except FileExistsError:
        raise ContentError(f"{name}: có hai tệp cùng tên này; hãy đổi tên một tệp.") from None
