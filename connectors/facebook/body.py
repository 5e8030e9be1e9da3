"""Part of a file as the body of a request, read in small pieces: memory does not grow with the video."""

import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from connectors.base import Media
from connectors.errors import Rejected

PIECE = 64 * 1024


class FileBody:
    """Bytes `start` to `stop` of a file, between two short texts. Use it in a `with` statement.

    It has a length and can be read once, which is all that `requests` needs to send it piece by piece.
    """

    def __init__(self, path: Path, start: int, stop: int, *, before: bytes = b"", after: bytes = b"") -> None:
        self._path, self._start, self._left = path, start, stop - start
        self._before, self._after = before, after
        self._length = len(before) + (stop - start) + len(after)

    def __enter__(self) -> "FileBody":
        self._file = self._path.open("rb")
        self._file.seek(self._start)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(PIECE):
            yield piece

    def read(self, size: int = PIECE) -> bytes:
        """The next bytes, at most `size`; empty at the end."""
        size = PIECE if size < 0 else size
        if self._before:
            piece, self._before = self._before[:size], self._before[size:]
            return piece
        if self._left:
            piece = self._file.read(min(size, self._left))
            if not piece:
                raise OSError("the file is shorter than planned")
            self._left -= len(piece)
            return piece
        piece, self._after = self._after[:size], self._after[size:]
        return piece


def form_with_chunk(video: Media, start: int, stop: int, fields: Mapping[str, str]) -> tuple[FileBody, str]:
    """A multipart form with these fields and the part `video_file_chunk`; and its content type (facebook 3.5)."""
    boundary = secrets.token_hex(16)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="video_file_chunk"; filename="{video.sha256[:16]}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    tail = f"\r\n--{boundary}--\r\n".encode()
    body = FileBody(video.path, start, stop, before=head.encode(), after=tail)
    return body, f"multipart/form-data; boundary={boundary}"


def require_file(video: Media) -> None:
    """Raise `Rejected` unless the file is there and as long as it was when the post was made."""
    try:
        size = video.path.stat().st_size
    except OSError as error:
        words = f"Không đọc được tệp video {video.path.name}; hãy chọn lại tệp."
        raise Rejected(words, evidence=type(error).__name__) from None
    if size != video.size:
        raise Rejected(f"Tệp video {video.path.name} đã thay đổi sau khi lên lịch; hãy lưu lại bài để dùng tệp mới.")
