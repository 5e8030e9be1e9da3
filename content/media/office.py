"""A Word or Excel file at the door: a package of the newer kind, of the promised kind, without anything that runs.

Only its table of contents and the small parts that tell what it is are read; nothing is unpacked to disk.
"""

import re
import zipfile
from typing import BinaryIO

from defusedxml import ElementTree

from content.media.verdict import Unfit
from content.vietnamese import number

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAIN = {
    "word/document.xml": (DOCX, f"{DOCX}.main+xml"),
    "xl/workbook.xml": (XLSX, f"{XLSX}.main+xml"),
}
ENTRIES_MAX, UNPACKED_MAX, PART_MAX, RATIO_MAX, RATIO_FROM = 5_000, 400_000_000, 2_000_000, 200, 5_000_000
_SAVE = "hãy mở tệp và lưu lại thành .docx hoặc .xlsx thường"
BROKEN = f"tệp Word hoặc Excel hỏng; {_SAVE}."
MACROS = f"tệp có macro (mã lệnh) nên không được nhận; {_SAVE} (không phải .docm, .xlsm)."
CARRIES = "tệp có chương trình hoặc đối tượng lạ nhúng bên trong nên không được nhận; hãy bỏ đối tượng đó rồi lưu lại."
OUTSIDE = f"tệp lấy mẫu hoặc nội dung từ nơi khác khi mở nên không được nhận; {_SAVE}."
LOCKED = "tệp đặt mật khẩu; hãy bỏ mật khẩu rồi gửi lại."
_MACRO_PART = re.compile(r"vbaproject|vbadata|/macrosheets/|/dialogsheets/|customui", re.IGNORECASE)
_OBJECT_PART = re.compile(r"/activex/|/oleobject[^/]*\.bin$|^customxml/.*\.bin$", re.IGNORECASE)
_FINE = re.compile(
    r"\.(xml|rels|vml|png|jpe?g|jfif|gif|bmp|tiff?|emf|wmf|wdp|svg|webp|xlsx|docx|pptx|odttf|fntdata|ttf|psmdcp)$",
    re.IGNORECASE,
)
"""Endings of the parts that a plain file has. A document in a document is a chart's data; macros in it never run."""
_PLAIN_BIN = re.compile(r"/printersettings/[^/]+\.bin$", re.IGNORECASE)
_OUTSIDE = ("attachedTemplate", "oleObject", "subDocument", "frame", "control")
"""Kinds of relations that fetch something when the file is opened; links and pictures are for whoever clicks."""


def check(file: BinaryIO) -> str:
    """The media type of a plain Word or Excel file. Raises `Unfit` for every other package."""
    try:
        with zipfile.ZipFile(file) as package:
            return _checked(package)
    except Unfit:
        raise
    except Exception as error:  # a hostile package makes its readers raise whatever they like
        raise Unfit(BROKEN) from error


def _checked(package: zipfile.ZipFile) -> str:
    entries = package.infolist()
    names = [one.filename for one in entries]
    if any(one.flag_bits & 1 for one in entries) or "EncryptedPackage" in names:
        raise Unfit(LOCKED)
    unpacked = sum(one.file_size for one in entries)
    tight = any(one.file_size > RATIO_FROM and one.file_size > RATIO_MAX * max(one.compress_size, 1) for one in entries)
    if (
        len(entries) > ENTRIES_MAX
        or len({one.lower() for one in names}) < len(names)
        or unpacked > UNPACKED_MAX
        or tight
    ):
        raise Unfit(f"tệp có cấu trúc bất thường (giải nén ra {number(unpacked)} byte); {_SAVE}.")
    if any(_MACRO_PART.search(f"/{one}") for one in names):
        raise Unfit(MACROS)
    if any(_is_strange(one) for one in names if not one.endswith("/")):
        raise Unfit(CARRIES)
    mime = _kind(package, names)
    for name in names:
        if name.lower().endswith(".rels"):
            _refuse_outside(package, name)
    return mime


def _is_strange(name: str) -> bool:
    path = f"/{name}"
    if _OBJECT_PART.search(path) or "\\" in name or ".." in name:
        return True
    return not _FINE.search(name) and not _PLAIN_BIN.search(path)


def _kind(package: zipfile.ZipFile, names: list[str]) -> str:
    if "[Content_Types].xml" not in names:
        raise Unfit(f"tệp nén này không phải tệp Word hay Excel; {_SAVE}.")
    text = _part(package, "[Content_Types].xml")
    types = {one.get("ContentType", ""): one.get("PartName", "") for one in ElementTree.fromstring(text).iter()}
    if any("macroenabled" in one.lower() or "vbaproject" in one.lower() for one in types):
        raise Unfit(MACROS)
    found = [mime for mime, main in _MAIN.values() if main in types]
    if len(found) != 1:
        raise Unfit(f"tệp không phải văn bản Word hay bảng tính Excel; {_SAVE}.")
    return found[0]


def _refuse_outside(package: zipfile.ZipFile, name: str) -> None:
    for one in ElementTree.fromstring(_part(package, name)).iter():
        kind = one.get("Type", "").rpartition("/")[2]
        if one.get("TargetMode") == "External" and kind in _OUTSIDE:
            raise Unfit(OUTSIDE)


def _part(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as part:
        text = part.read(PART_MAX + 1)
    if len(text) > PART_MAX:
        raise Unfit(BROKEN)
    return text
