"""One file as a multipart/form-data body that is read from the disk while it is sent."""

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO

PIECE = 64 * 1024


class FileBody:
    """The form with the one field `file`. Its length is known, so nothing is collected in memory first.

    `mark` names the content (its hash) and becomes the boundary: a file cannot contain its own hash.
    """

    def __init__(self, file: BinaryIO, *, name: str, mime: str, mark: str) -> None:
        boundary = f"cchc-{hashlib.sha256(mark.encode()).hexdigest()}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._file = file
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: {mime}\r\n\r\n"
        ).encode("ascii")
        self._tail = f"\r\n--{boundary}--\r\n".encode("ascii")

    def __len__(self) -> int:
        return len(self._head) + os.fstat(self._file.fileno()).st_size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        yield self._head
        while piece := self._file.read(PIECE):
            yield piece
        yield self._tail
