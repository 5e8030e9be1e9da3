"""A place outside this program where pictures are put: what a folder, a bucket and an SFTP server have in common.

The files are reached through fsspec. What one place does in its own way stands in its own module, which is
imported only when the settings name it, because two of them need an extra.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from connectors.errors import ConnectorError, Rejected


class Target(ABC):
    """One place, at `root` in its own file system. Any number of processes may put pictures there at once."""

    renames: ClassVar[bool] = True
    """Whether a file gets its name only when it is whole by being renamed; else one `put_file` is all or nothing."""

    def __init__(self, root: str) -> None:
        self.root = root.rstrip("/")

    @abstractmethod
    def opened(self) -> AbstractContextManager[Any]:
        """The fsspec file system, for one piece of work."""

    @abstractmethod
    def explain(self, error: Exception) -> ConnectorError | None:
        """What the library raised, named by what to do next; None for what is nobody's fault but ours."""

    def put_options(self, name: str) -> dict[str, Any]:
        """What the place wants to know of a file besides its bytes."""
        return {}

    def offer(self, path: Path, name: str) -> None:
        """Put the file there unless one of that name and size is there already. Raises a `ConnectorError`."""
        try:
            size = path.stat().st_size
        except OSError:
            raise Rejected(f"{path.name}: tệp đã mất khỏi kho tư liệu; hãy nạp lại thư viện.") from None
        with self._at_work() as files:
            if self._size(files, name) != size:
                self._put(files, path, name)

    def prove(self, path: Path, name: str) -> bytes:
        """Put the file there whatever is there, and read it back. Raises a `ConnectorError`."""
        with self._at_work() as files:
            self._put(files, path, name)
            found: bytes = files.cat_file(self._at(name))
            return found

    @contextmanager
    def _at_work(self) -> Iterator[Any]:
        try:
            with self.opened() as files:
                yield files
        except ConnectorError:
            raise
        except Exception as error:
            explained = self.explain(error)
            if explained is None:
                raise
            # Not chained: the library's own words may hold what it was given to log in.
            raise explained from None

    def _at(self, name: str) -> str:
        return f"{self.root}/{name}"

    def _size(self, files: Any, name: str) -> int | None:
        """Bytes of what is there under this name; None when nothing is, or when we may not look."""
        try:
            size: int = files.info(self._at(name))["size"]
        except (FileNotFoundError, PermissionError):
            return None
        return size

    def _put(self, files: Any, path: Path, name: str) -> None:
        if not self.renames:
            files.put_file(str(path), self._at(name), **self.put_options(name))
            return
        part = self._at(f".{name}.{uuid4().hex}.part")
        try:
            files.put_file(str(path), part)
            files.mv(part, self._at(name))
        except BaseException:
            with suppress(Exception):  # the first error is the one to tell
                files.rm_file(part)
            raise
