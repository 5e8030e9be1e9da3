"""Pictures and videos on disk, each stored once under the hash of its bytes.

What a file is, is read from its first bytes, never from its name. On the way in it is checked by its structure
and loses what it tells besides picture and sound: place, camera, people (see `content.media`). A file becomes
visible under its final name only when it is whole: a full disk leaves nothing behind. Once a function here has
answered, a power cut loses neither the bytes nor the name.

What reads pictures and films is imported where a file comes in or is made smaller: most of the time nothing does, and
who publishes words alone never carries it.
"""

import errno
import hashlib
import io
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from content.errors import ContentError, DiskError, is_disk_full
from content.media.intake import clean_name, opened
from content.media.kinds import ENDINGS, HEAD, refusal, sniff, wrong_ending
from content.media.verdict import BROKEN_VIDEO, NoDisk, Unfit, notes_of
from content.vietnamese import number

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["ENDINGS", "AssetFile", "AssetStore", "Fitted", "sniff", "write_new", "write_whole"]

PICTURE_BYTES_MAX = 40 * 1024 * 1024
VIDEO_BYTES_MAX = 4 * 1024**3
_STEP = 1 << 20
_QUALITIES = (90, 82, 74, 66)
_SHRINK = 0.8
_SMALLEST_SIDE = 200
_PROFILE_MAX = 64 * 1024
_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""What a share says that cannot sync a folder."""


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A stored file: its hash, what it is, bytes, pixels as people see them, and the name it came with.

    `seconds` and `codec` are a video's (0 when it does not tell its length). `notes` is what staff should know
    about what became of the file: Vietnamese, each a part of a sentence.
    """

    sha256: str
    mime: str
    size: int
    width: int = 0
    height: int = 0
    name: str = ""
    seconds: float = 0.0
    codec: str = ""
    notes: tuple[str, ...] = ()


class Fitted(NamedTuple):
    """A picture that keeps a platform's limits."""

    path: Path
    mime: str
    size: int
    width: int
    height: int
    sha256: str


class AssetStore:
    """The folder in which assets live. Any number of processes may use it at once."""

    def __init__(
        self, folder: Path, *, picture_bytes_max: int = PICTURE_BYTES_MAX, video_bytes_max: int = VIDEO_BYTES_MAX
    ) -> None:
        self.folder = folder
        self._picture_bytes_max = picture_bytes_max
        self._video_bytes_max = video_bytes_max

    def put(self, path: Path) -> AssetFile:
        """Store a picture or a video. The same picture or video gives the same answer and is stored once.

        A video is never held in memory. Raises `ContentError` naming the file when it is no ordinary file, is
        missing, empty, too large, broken, neither picture nor video, moving, changed while it was read, or when
        the disk is full; nothing is left behind then.
        """
        with opened(path) as (file, steady):
            return self._take(file, clean_name(path.name), steady)

    def put_bytes(self, data: bytes, name: str) -> AssetFile:
        """The same for bytes that came from elsewhere; `name` is how errors call them."""
        return self.put_file(io.BytesIO(data), name)

    def put_file(self, file: BinaryIO, name: str) -> AssetFile:
        """The same for an open file of our own, which nobody else writes to: an upload, for example."""
        file.seek(0)
        return self._take(file, clean_name(name), lambda: None)

    def most_bytes(self, head: bytes, name: str) -> int:
        """How large a file that begins like this may be. Raises `ContentError` for one that will not be taken."""
        mime = sniff(head)
        if not mime:
            raise ContentError(f"{clean_name(name)}: {refusal(head)}")
        return self._picture_bytes_max if mime.startswith("image/") else self._video_bytes_max

    def path(self, sha256: str, mime: str) -> Path:
        """Where the file of that hash lies, whether or not it is there yet."""
        return self.folder / sha256[:2] / f"{sha256}{ENDINGS[mime]}"

    def has(self, sha256: str, mime: str, size: int) -> bool:
        """Whether the file is there with all its bytes."""
        return mime in ENDINGS and _is_there(self.path(sha256, mime), size)

    def fit(self, sha256: str, mime: str, max_bytes: int, types: Collection[str]) -> Fitted:
        """The picture within `max_bytes` and one of `types`: itself, or a JPEG made of it.

        The JPEG is made once and kept, so a repeated try sends the same bytes. It carries no EXIF: no place,
        no camera. Raises `ContentError` when the picture is lost or cannot be made to fit.
        """
        original = self.path(sha256, mime)
        try:
            size = original.stat().st_size
        except OSError as error:
            raise ContentError(f"{original.name}: tệp đã mất khỏi kho tư liệu; hãy nạp lại thư viện.") from error
        if size <= max_bytes and mime in types:
            return _fitted(original, mime)
        if "image/jpeg" not in types:
            raise ContentError(f"{original.name}: nền tảng không nhận JPEG; hãy dùng ảnh loại {', '.join(types)}.")
        target = self.folder / "fit" / f"{sha256}-{max_bytes}.jpg"
        if not target.exists():
            from content.media.pictures import decode

            with _told(original.name):
                _write(target, _as_jpeg(decode(original.read_bytes()), max_bytes, original.name))
        return _fitted(target, "image/jpeg")

    def _take(self, file: BinaryIO, name: str, steady: Callable[[], None]) -> AssetFile:
        with _told(name):
            head = _read(file, HEAD)
            mime = sniff(head)
            if not mime:
                raise Unfit(refusal(head))
            kept = self._picture(file, mime, steady) if mime.startswith("image/") else self._video(file, mime, steady)
        ending = Path(name).suffix
        if wrong_ending(ending, mime):
            real = ENDINGS[mime].removeprefix(".").upper()
            words = f"đuôi tệp là {ending} nhưng nội dung là {real}; đã nhận theo nội dung"
            kept = replace(kept, notes=(words, *kept.notes))
        return replace(kept, name=name)

    def _picture(self, file: BinaryIO, mime: str, steady: Callable[[], None]) -> AssetFile:
        from content.media.pictures import clean

        data = b"".join(_pieces(file, self._picture_bytes_max, "ảnh", "thu nhỏ ảnh"))
        steady()
        picture = clean(data, mime)
        sha256 = hashlib.sha256(picture.data).hexdigest()
        target = self.path(sha256, mime)
        if not _is_there(target, len(picture.data)):
            _write(target, picture.data)
        return AssetFile(sha256, mime, len(picture.data), picture.width, picture.height, notes=picture.notes)

    def _video(self, file: BinaryIO, mime: str, steady: Callable[[], None]) -> AssetFile:
        """Copied piece by piece into a part file of ours, which nobody changes while it is examined."""
        from content.media import mp4, webm
        from content.media.films import apply

        with _part_of(self.folder / "video") as (part, copy):
            hashing = hashlib.sha256()
            for piece in _pieces(file, self._video_bytes_max, "video", "xuất video ngắn hơn hoặc nhẹ hơn"):
                hashing.update(piece)
                copy.write(piece)
            steady()
            size, digest = copy.tell(), hashing.hexdigest()
            reader = webm if mime == "video/webm" else mp4
            try:
                film = reader.examine(copy, size)
            except (ValueError, LookupError, ArithmeticError) as error:
                raise Unfit(BROKEN_VIDEO) from error
            if film.wipe:
                apply(copy, film)
                digest = _hash_of(copy)
            _to_disk(copy)
            copy.close()
            target = self.path(digest, mime)
            if not _is_there(target, size):
                target.parent.mkdir(parents=True, exist_ok=True)
                part.replace(target)
                _name_to_disk(target)
        notes = (*notes_of(place=film.place, hidden=film.hidden), *film.notes)
        return AssetFile(
            digest, mime, size, film.width, film.height, seconds=film.seconds, codec=film.codec, notes=notes
        )


# Pictures within limits ----------------------------------------------------------------------------------


def _fitted(path: Path, mime: str) -> Fitted:
    told = path.stat()
    with _told(path.name):
        return _measured(path, mime, told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=512)
def _measured(path: Path, mime: str, size: int, _changed: int) -> Fitted:
    """Read once and kept as long as the file stays as it is: the composer asks at every pause in writing."""
    from content.media.pictures import decode

    data = path.read_bytes()
    with decode(data) as picture:
        width, height = picture.size
    return Fitted(path, mime, size, width, height, hashlib.sha256(data).hexdigest())


def _as_jpeg(picture: "Image.Image", max_bytes: int, name: str) -> bytes:
    """The best JPEG within `max_bytes`: first lower quality, then smaller. Transparency becomes white."""
    from PIL import Image

    profile = picture.info.get("icc_profile") or b""
    keeps_colours = picture.mode in ("RGB", "RGBA") and 0 < len(profile) <= _PROFILE_MAX
    flat = _on_white(picture)
    while min(flat.size) >= _SMALLEST_SIDE:
        for quality in _QUALITIES:
            out = io.BytesIO()
            flat.save(out, "JPEG", quality=quality, optimize=True, icc_profile=profile if keeps_colours else None)
            if out.tell() <= max_bytes:
                return out.getvalue()
        flat = flat.resize((round(flat.width * _SHRINK), round(flat.height * _SHRINK)), Image.Resampling.LANCZOS)
    raise ContentError(
        f"{name}: không nén được ảnh xuống {number(max_bytes)} byte mà vẫn đọc được; hãy dùng ảnh đơn giản hơn."
    )


def _on_white(picture: "Image.Image") -> "Image.Image":
    """In three colours and nothing else; without transparency there is no need for a second copy."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    from PIL import Image

    flat = Image.new("RGB", picture.size, "white")
    clear = picture.convert("RGBA")
    flat.paste(clear, mask=clear.getchannel("A"))
    return flat


# Writing -------------------------------------------------------------------------------------------------


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises `ContentError` when the disk is full."""
    with _told(target.name):
        _write(target, data)


def write_new(target: Path, data: bytes) -> bool:
    """Write a file whole, unless one of that name is there; whether it was written.

    Of any number of writers at once, one wins. Raises `ContentError` when it cannot be written.
    """
    with _told(target.name), _part_of(target) as (part, file):
        file.write(data)
        _to_disk(file)
        file.close()
        try:
            _give_name(part, target)
        except FileExistsError:
            return False
        _name_to_disk(target)
    return True


def _give_name(part: Path, target: Path) -> None:
    """Unlike a rename, a link never replaces what somebody else wrote meanwhile."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:  # a memory stick, a share: no links there, but a name can be reserved
        target.open("xb").close()
        try:
            part.replace(target)
        except OSError:
            target.unlink()
            raise


def _write(target: Path, data: bytes) -> None:
    with _part_of(target) as (part, file):
        file.write(data)
        _to_disk(file)
        file.close()
        part.replace(target)
        _name_to_disk(target)


@contextmanager
def _part_of(target: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside `target`, open for writing and reading; gone at the end unless it was given a name."""
    part = _part_name(target)
    with _disk_words(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb+") as file:
                yield part, file
        finally:
            part.unlink(missing_ok=True)


def _part_name(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.part")


def _pieces(file: BinaryIO, most: int, what: str, way: str) -> Iterator[bytes]:
    """The whole file piece by piece. Raises `Unfit` as soon as it is more than `most` bytes."""
    size = 0
    file.seek(0)
    while piece := _read(file, _STEP):
        size += len(piece)
        if size > most:
            raise Unfit(f"{what} lớn hơn {number(most / 1024**2, 0)} MB; hãy {way}.")
        yield piece


def _read(file: BinaryIO, size: int) -> bytes:
    try:
        return file.read(size)
    except OSError as error:
        raise Unfit(f"không đọc hết được tệp ({error.strerror}); hãy chép lại tệp sang ổ khác.") from error


def _hash_of(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_STEP):
        digest.update(piece)
    return digest.hexdigest()


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _name_to_disk(target: Path) -> None:
    """Keep the file's new name, and its folder's, which may be as new; Windows does so by itself."""
    if os.name != "posix":
        return
    for folder in (target.parent, target.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _NO_SYNC:
                raise
        finally:
            os.close(handle)


def _is_there(target: Path, size: int) -> bool:
    """Whether the file is stored already, and not cut short by a power failure."""
    try:
        return target.stat().st_size == size
    except OSError:
        return False


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Put the file's name before the reason for which it is refused."""
    try:
        yield
    except NoDisk as error:
        raise DiskError(f"{name}: {error.words}") from error.__cause__
    except Unfit as error:
        raise ContentError(f"{name}: {error.words}") from error.__cause__ or error


@contextmanager
def _disk_words(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            words = f"đĩa đã đầy, chưa ghi được tệp này; hãy giải phóng chỗ ở {target.parent} rồi làm lại."
        else:
            words = f"không ghi được vào {target.parent} ({error.strerror}); hãy kiểm tra quyền ghi rồi làm lại."
        raise NoDisk(words) from error
