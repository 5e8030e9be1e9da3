"""The text of a file whose encoding nobody wrote down, as Vietnamese offices leave it.

UTF-8 and UTF-16 are told by their marks or their strictness. Windows-1258 writes tones as letters of their
own behind the vowel; a file in which every tone stands behind a vowel is one. Windows-1252 has no letters
for most of Vietnamese: whoever saved in it has lost them, and only the original can be saved again.
"""

import codecs
import re
import unicodedata

from content.errors import ContentError
from content.vietnamese import nfc

SAVE_AS = "hãy mở tệp gốc, chọn Lưu thành (Save As), loại “CSV UTF-8”, rồi nhập lại"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TONE_PLACES = re.compile("(?s:(.))([\u0300\u0301\u0303\u0309\u0323])")
_VOWELS = frozenset("aăâeêioôơuưyAĂÂEÊIOÔƠUƯY")
_LOST = re.compile(r"[^\W\d_]\?[^\W\d_]|\?[^\W\d_A-Z]")
_TWICE = re.compile(
    "[\u00c3\u00c4\u00c6\u00e1\u00e2]"
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
"""A first byte of UTF-8 and one that goes on, both read as Windows-1252."""
_SURELY = 2
"""So many signs of a double encoding are no accident."""


def decode(data: bytes, name: str) -> tuple[str, list[str]]:
    """The text, NFC, and what a person should know about it. Raises `ContentError` naming the file."""
    notes: list[str] = []
    text = _decoded(data, name, notes)
    if "\0" in text:
        raise ContentError(f"{name}: tệp có ký tự rỗng (NUL), thường do lưu hỏng; {SAVE_AS}.")
    return nfc(_undone(text, notes)), notes


def _decoded(data: bytes, name: str, notes: list[str]) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise ContentError(f"{name}: tệp có ký hiệu {encoding.upper()} nhưng nội dung hỏng; {SAVE_AS}.") from (
                    error
                )
    if wide := _wide(data):
        notes.append(f"Tệp là {wide.upper()} không có dấu hiệu đầu tệp (BOM); đã đọc theo bảng mã đó.")
        return data.decode(wide)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _single_byte(data, name, notes)


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every second byte of plain letters is zero."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if len(data) % 2 or 4 * max(even, odd) < len(data):
        return ""
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) > max(even, odd) // 20:
        return ""
    try:
        return "" if "\0" in data.decode(encoding) else encoding
    except UnicodeDecodeError:
        return ""


def _single_byte(data: bytes, name: str, notes: list[str]) -> str:
    try:
        text = data.decode("cp1258")
    except UnicodeDecodeError as error:
        raise ContentError(f"{name}: không nhận ra bảng mã của tệp; {SAVE_AS}.") from error
    tones = _TONE_PLACES.findall(text)
    if tones and all(letter in _VOWELS for letter, _ in tones):
        notes.append("Tệp dùng bảng mã Windows-1258; đã chuyển sang Unicode, hãy xem lại dấu vài dòng.")
        return unicodedata.normalize("NFC", text)
    if _LOST.search(text):
        raise ContentError(
            f"{name}: tệp lưu bằng bảng mã Windows-1252 (ANSI) nên nhiều chữ Việt đã thành dấu hỏi và không khôi phục "
            f"được; {SAVE_AS}."
        )
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise ContentError(f"{name}: không nhận ra bảng mã của tệp; {SAVE_AS}.") from error
    notes.append("Tệp dùng bảng mã Windows-1252 (ANSI); đã đọc được, nhưng hãy xem lại các chữ ă, đ, ơ, ư.")
    return western


def _undone(text: str, notes: list[str]) -> str:
    """UTF-8 that was once read as Windows-1252 and saved so ("Cáº£i cÃ¡ch"), read rightly."""
    if len(_TWICE.findall(text)) < _SURELY:
        return text
    try:
        # Windows lets the five bytes that 1252 leaves open pass as they are
        data = b"".join(_western(letter) for letter in text)
        undone = data.decode("utf-8")
    except UnicodeError:
        return text
    notes.append("Chữ trong tệp bị chuyển mã hai lần (kiểu “Ã¡”); đã khôi phục, hãy xem lại dấu vài dòng.")
    return undone


def _western(letter: str) -> bytes:
    return bytes([ord(letter)]) if "\x80" <= letter <= "\x9f" else letter.encode("cp1252")
