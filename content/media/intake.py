"""Opening a file that a person or a package gave us: an ordinary file, and the same one from first to last byte."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from content.errors import ContentError
from content.vietnamese import nfc

_NAME_MAX = 120
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_STRANGE = (
    (stat.S_ISLNK, "là liên kết tới tệp khác; hãy chép chính tệp ảnh hoặc video vào đây."),
    (stat.S_ISDIR, "là thư mục; hãy chọn từng tệp ảnh hoặc video trong đó."),
)


def clean_name(name: str) -> str:
    """A file's name as it is kept and told: NFC, one line, no hidden or unreadable characters, not too long."""
    plain = "".join(
        letter if letter == " " or unicodedata.category(letter)[0] not in "CZ" else "\N{REPLACEMENT CHARACTER}"
        for letter in nfc(name.replace("\u00a0", " "))
    )
    return plain if len(plain) <= _NAME_MAX else f"{plain[: _NAME_MAX - 12]}…{plain[-10:]}"


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, Callable[[], None]]]:
    """The file, and what to call once it is read: it raises `ContentError` when somebody wrote to it meanwhile.

    Raises `ContentError` naming it when it is missing, a folder, a link, a pipe or a device (which could keep us
    waiting for ever).
    """
    name = clean_name(path.name)
    try:
        _refuse_strange(path.lstat(), name)
        handle = os.open(path, _OPEN)
    except (OSError, ValueError) as error:
        where = clean_name(str(path))
        raise ContentError(f"{name}: không đọc được tệp; hãy kiểm tra đường dẫn {where}.") from error
    with os.fdopen(handle, "rb") as file:
        before = os.fstat(handle)
        _refuse_strange(before, name)

        def steady() -> None:
            after = os.fstat(handle)
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                raise ContentError(f"{name}: tệp đang được ghi; hãy đợi ghi xong rồi làm lại.")

        yield file, steady


def _refuse_strange(facts: os.stat_result, name: str) -> None:
    for is_so, words in _STRANGE:
        if is_so(facts.st_mode):
            raise ContentError(f"{name}: {words}")
    if not stat.S_ISREG(facts.st_mode):
        raise ContentError(f"{name}: không phải tệp thường (ống dẫn hoặc thiết bị); hãy chọn tệp ảnh hoặc video.")
