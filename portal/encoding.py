"""Bytes to text: what the bytes are counts for more than what anybody declares about them.

Valid UTF-8 with letters beyond ASCII is UTF-8, because no other text looks like it by chance. Only where it is not
does a declaration count, and windows-1258 is told from its western siblings by its tones, which stand after vowels.
"""

import codecs
import re
from dataclasses import dataclass

from content.vietnamese import composed
from portal.text import names

DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})""")
_META = re.compile(rb"""<meta\s[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
_HEAD = 4096
"""Bytes at the beginning in which a declaration is looked for."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = frozenset({"cp1252", "iso8859-1", "iso8859-15", "ascii"})
_SINGLE = re.compile(r"cp(?:125\d|874|437|85\d)|iso8859-\d+|koi8-[rut]|mac-\w+|tis-620")
_OTHERS = names("gb2312 gbk gb18030 big5 shift_jis euc_jp euc_kr cp932 cp949")
"""Besides the one-byte tables, what is decoded on somebody's word; UTF-7 and its like are not."""

_TONES_1258 = {0xCC: "\u0300", 0xD2: "\u0309", 0xDE: "\u0303", 0xEC: "\u0301", 0xF2: "\u0323"}
_VOWELS = frozenset(b"aeiouyAEIOUY\xc2\xc3\xca\xd4\xd5\xdd\xe2\xe3\xea\xf4\xf5\xfd")
"""With â ă ê ô ơ ư of windows-1258, after which a tone may stand."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how it was read."""

    text: str
    encoding: str
    warning: str = ""
    """What was odd about it, in Vietnamese; empty when the declaration was right."""


def decode(data: bytes, content_type: str = "", *, page: bool = False) -> Decoded:
    """The text of a feed, or of an HTML `page`. Never fails: what cannot be read becomes U+FFFD."""
    inside = (_META if page else DECLARED).search(data[:_HEAD]) or DECLARED.search(data[:_HEAD])
    declared = _canonical(inside[1].decode("ascii")) if inside else ""
    header = _HEADER.search(content_type)
    told = _canonical(header[1]) if header else ""
    text, encoding = _by_its_looks(data) or _by_declaration(data, [name for name in (declared, told) if name])
    odd = ""
    if declared and not _agree(declared, encoding):
        shown = inside[1].decode("ascii") if inside else ""
        odd = f"Khai bảng mã {shown} nhưng thực tế là {_shown(encoding)}; đã đọc theo thực tế."
    elif not declared and not told and not encoding.startswith("utf"):
        odd = f"Không khai bảng mã; đã đọc theo {_shown(encoding)}, cần đối chiếu với bài gốc."
    return Decoded(text, encoding, odd)


def _by_its_looks(data: bytes) -> tuple[str, str] | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) if name == "utf-8" else 0 :].decode(name, "replace"), name
    head = data[:200]
    if head.count(0) > len(head) // 4:
        # every other byte of Latin text is empty; XML and HTML begin with one sign of it
        name = "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
        return data.decode(name, "replace"), name
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        # cut in the middle of a letter
        if error.end >= len(data) - 3 and error.start >= len(data) - 3 and error.start > 0:
            return data[: error.start].decode("utf-8"), "utf-8"
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    whole = sum(1 for byte in data if byte >= 0xC2) - lost
    return (text, "utf-8") if whole > 4 * lost else None


def _by_declaration(data: bytes, names: list[str]) -> tuple[str, str]:
    for name in names:
        if name in _OTHERS or (_SINGLE.fullmatch(name) and name not in _WESTERN):
            return data.decode(name, "replace"), name
    if _tones_stand_after_vowels(data):
        return composed(data.decode("cp1258", "replace")), "cp1258"
    # what the web reads when somebody says ISO-8859-1
    return data.decode("cp1252", "replace"), "cp1252"


def _tones_stand_after_vowels(data: bytes) -> bool:
    marks = [place for place, byte in enumerate(data) if byte in _TONES_1258]
    right = sum(1 for place in marks if place and data[place - 1] in _VOWELS)
    return right >= 3 and right >= 0.9 * len(marks)


def _canonical(name: str) -> str:
    """Python's name of an encoding; "" for one that it does not have."""
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""


def _agree(declared: str, encoding: str) -> bool:
    plain = {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}
    declared, encoding = plain.get(declared, declared), plain.get(encoding, encoding)
    return declared == encoding or {declared, encoding} <= _WESTERN or (declared == "ascii" and encoding == "utf-8")


def _shown(encoding: str) -> str:
    return re.sub(r"\Acp125", "windows-125", encoding)
