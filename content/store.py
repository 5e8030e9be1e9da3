"""Pictures and videos on disk, each stored once under the hash of its bytes.

What a file is, is read from its first bytes, never from its name. A file becomes visible under its final
name only when it is whole: a full disk leaves nothing behind.
"""

import errno
import hashlib
import io
import os
import threading
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps

from content.errors import ContentError
from content.vietnamese import nfc, number

ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}
_QUALITIES = (90, 82, 74, 66)
_SHRINK = 0.8
_SMALLEST_SIDE = 200
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A stored file: its hash, what it is, bytes, pixels (0 for a video) and the name it came with."""

    sha256: str
    mime: str
    size: int
    width: int = 0
    height: int = 0
    name: str = ""


class Fitted(NamedTuple):
    """A picture that keeps a platform's limits."""

    path: Path
    mime: str
    size: int
    width: int
    height: int
    sha256: str


def sniff(head: bytes) -> str:
    """The media type told by the first bytes of a file; "" when it is none we carry."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    return "video/webm" if head.startswith(b"\x1a\x45\xdf\xa3") else ""


class AssetStore:
    """The folder in which assets live. Any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, path: Path) -> AssetFile:
        """Store a picture or a video. The same bytes give the same answer and are stored once.

        Raises `ContentError` naming the file when it is missing, neither picture nor video, a broken
        picture, or when the disk is full.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise ContentError(f"{path.name}: không đọc được tệp; hãy kiểm tra đường dẫn {path}.") from error
        return self.put_bytes(data, nfc(path.name))

    def put_bytes(self, data: bytes, name: str) -> AssetFile:
        """The same for bytes that came from elsewhere; `name` is how errors call them."""
        mime = sniff(data[:16])
        if not mime:
            raise ContentError(
                f"{name}: không phải ảnh (JPEG, PNG, GIF, WebP) hay video (MP4, MOV, WebM), dù tên tệp ghi gì; "
                "hãy xuất lại tệp đúng loại."
            )
        width, height = _picture(data, name).size if mime.startswith("image/") else (0, 0)
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256, mime)
        if not target.exists():
            write_whole(target, data)
        return AssetFile(sha256, mime, len(data), width, height, name)

    def path(self, sha256: str, mime: str) -> Path:
        """Where the file of that hash lies, whether or not it is there yet."""
        return self.folder / sha256[:2] / f"{sha256}{ENDINGS[mime]}"

    def fit(self, sha256: str, mime: str, max_bytes: int, types: Collection[str]) -> Fitted:
        """The picture within `max_bytes` and one of `types`: itself, or a JPEG made of it.

        The JPEG is made once and kept, so a repeated try sends the same bytes. It carries no EXIF: no place,
        no camera. Raises `ContentError` when the picture is lost or cannot be made to fit.
        """
        original = self.path(sha256, mime)
        try:
            data = original.read_bytes()
        except OSError as error:
            raise ContentError(f"{original.name}: tệp đã mất khỏi kho tư liệu; hãy nạp lại thư viện.") from error
        if len(data) <= max_bytes and mime in types:
            return _fitted(original, mime, data)
        if "image/jpeg" not in types:
            raise ContentError(f"{original.name}: nền tảng không nhận JPEG; hãy dùng ảnh loại {', '.join(types)}.")
        target = self.folder / "fit" / f"{sha256}-{max_bytes}.jpg"
        if not target.exists():
            write_whole(target, _as_jpeg(_picture(data, original.name), max_bytes, original.name))
        return _fitted(target, "image/jpeg", target.read_bytes())


def _fitted(path: Path, mime: str, data: bytes) -> Fitted:
    width, height = _picture(data, path.name).size
    return Fitted(path, mime, len(data), width, height, hashlib.sha256(data).hexdigest())


def _picture(data: bytes, name: str) -> Image.Image:
    """The decoded picture, turned the way its camera held it. Raises `ContentError` for a broken one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data))
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ContentError(f"{name}: ảnh có quá nhiều điểm ảnh; hãy thu nhỏ rồi thử lại.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ContentError(f"{name}: tệp ảnh hỏng hoặc thiếu dữ liệu; hãy xuất lại ảnh.") from error


def _as_jpeg(picture: Image.Image, max_bytes: int, name: str) -> bytes:
    """The best JPEG within `max_bytes`: first lower quality, then smaller. Transparency becomes white."""
    flat = Image.new("RGB", picture.size, "white")
    clear = picture.convert("RGBA")
    flat.paste(clear, mask=clear.getchannel("A"))
    while min(flat.size) >= _SMALLEST_SIDE:
        for quality in _QUALITIES:
            out = io.BytesIO()
            flat.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= max_bytes:
                return out.getvalue()
        flat = flat.resize((round(flat.width * _SHRINK), round(flat.height * _SHRINK)), Image.Resampling.LANCZOS)
    raise ContentError(
        f"{name}: không nén được ảnh xuống {number(max_bytes)} byte mà vẫn đọc được; hãy dùng ảnh đơn giản hơn."
    )


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises `ContentError` when the disk is full."""
    part = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in _DISK_FULL:
            raise ContentError(
                f"{target.name}: đĩa đã đầy, chưa ghi gì; hãy giải phóng chỗ ở {target.parent} rồi làm lại."
            ) from error
        raise ContentError(f"{target.name}: không ghi được vào {target.parent} ({error.strerror}).") from error
