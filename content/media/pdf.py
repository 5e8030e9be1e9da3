"""A PDF at the door: that it is one, whole, and neither runs anything nor carries other files.

Nothing is unpacked but the object streams, where newer programs put what could run; they are unpacked within a limit.
Everything else is looked for in the raw bytes, so that no trick of structure hides it. What cannot be followed is
refused: whoever handed it in prints it to PDF anew, and the new file is plain.
"""

import re
import zlib
from collections.abc import Iterator

from content.media.verdict import Unfit

_ANEW = "hãy mở tệp, chọn In rồi “Lưu thành PDF” để có tệp mới, rồi gửi tệp mới"
BROKEN = "tệp PDF hỏng hoặc tải chưa hết; hãy xuất lại PDF."
LOCKED = f"tệp PDF đặt mật khẩu hoặc bị khóa; {_ANEW}."
RUNS = f"tệp PDF có mã lệnh (JavaScript, biểu mẫu động) nên không được nhận; {_ANEW}."
CARRIES = f"tệp PDF có tệp khác đính bên trong nên không được nhận; {_ANEW}."
STRANGE = f"tệp PDF có cấu trúc không kiểm tra được; {_ANEW}."
UNPACKED_MAX = 100_000_000
_TAIL = 2048
_HEAD = 4096
_OBJECT = re.compile(rb"[\r\n][ \t]*\d+\s+\d+\s+obj\b")
_STREAM = re.compile(rb"stream\r?\n")
_DEFLATED = re.compile(rb"/Filter\s*(?:/FlateDecode\b|\[\s*/FlateDecode\s*\])")


def _named(name: str) -> bytes:
    """A pattern of a PDF name, whose letters may be written as #4A."""
    letters = (f"(?:{one}|#{ord(one):02x}|#{ord(one):02X})" for one in name)
    return rf"/{''.join(letters)}(?![A-Za-z0-9#])".encode()


def _any(*names: str) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(_named, names)))


_RUNS = _any("JavaScript", "Launch", "RichMedia", "ImportData", "SubmitForm", "Rendition")
_XFA = re.compile(rb"/XFA\s*(?:\[|\d+\s+\d+\s+R)")
_CARRIES = _any("EmbeddedFile", "EmbeddedFiles", "GoToE")
_LOCKED = re.compile(_named("Encrypt") + rb"\s*(?:<<|\d+\s+\d+\s+R)")
_PACKED, _FILTER = re.compile(_named("ObjStm")), re.compile(_named("Filter") + b"|" + _named("F"))


def check(data: bytes) -> None:
    """Raises `Unfit` for a PDF that is not plain."""
    if not data.startswith(b"%PDF-1.") and not data.startswith(b"%PDF-2."):
        raise Unfit(BROKEN)
    if b"%%EOF" not in data[-_TAIL:] or b"startxref" not in data[-_TAIL:]:
        raise Unfit(BROKEN)
    if _LOCKED.search(data):
        raise Unfit(LOCKED)
    left = UNPACKED_MAX
    for part in (data, *_object_streams(data)):
        left -= len(part) if part is not data else 0
        if left < 0:
            raise Unfit(STRANGE)
        if _RUNS.search(part) or _XFA.search(part):
            raise Unfit(RUNS)
        if _CARRIES.search(part):
            raise Unfit(CARRIES)


def _object_streams(data: bytes) -> Iterator[bytes]:
    """What stands in the object streams, unpacked one after the other."""
    for found in _PACKED.finditer(data):
        stream = _STREAM.search(data, found.end())
        begins = [one.end() for one in _OBJECT.finditer(data, max(0, found.start() - _HEAD), found.start())]
        if not begins or stream is None:
            raise Unfit(STRANGE)
        head = data[begins[-1] : stream.start()]
        if b")" in head:  # an object stream has no texts in its head; one here could hide where it begins
            raise Unfit(STRANGE)
        if _FILTER.search(head) is None:
            continue  # not packed: its bytes were looked at
        if not _DEFLATED.search(head) or b"/Predictor" in head:
            raise Unfit(STRANGE)
        yield _unpacked(data[stream.end() :])


def _unpacked(packed: bytes) -> bytes:
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(packed, UNPACKED_MAX)
    except zlib.error as error:
        raise Unfit(BROKEN) from error
    if unpacking.unconsumed_tail:
        raise Unfit(STRANGE)
    return text
