"""An XLSX workbook as a grid. The file comes from anywhere, so the package is measured before it is opened.

A workbook is a zip of XML. Bombs are refused by size and ratio, documents with a DTD unread; macros and
links to other files are never followed; a formula is never calculated, and what Excel remembered of its
result is not believed. Sheets are read row by row, so a million empty rows cost little.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from content.errors import ContentError
from content.exchange.columns import POSTS, Kind
from content.exchange.sheet import COLUMNS_MAX, HEADER_WITHIN, Cell, Grid, Line, Odd, texts, worthwhile
from content.vietnamese import number

ENTRIES_MAX = 3_000
UNPACKED_MAX = 300_000_000
"""Bytes of everything in the package, unpacked."""
PART_MAX = 60_000_000
"""Bytes of one part that has to be held in memory at once: texts, styles, the list of sheets."""
RATIO_MAX = 150
RATIO_FROM = 5_000_000
"""Bytes; smaller parts may be packed as tightly as they like."""
SHEETS_MAX = 400
SHEETS_NAMED = 12
MERGED_MAX = 2_000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})"')
_DTD = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.IGNORECASE)
_ESCAPED = re.compile(r"_x00([01][0-9A-Fa-f])_")
_CHUNK, _OVERLAP = 1 << 20, 200
_PARTS_IN_MEMORY = ("sharedstrings", "styles", "workbook.xml", "[content_types]", ".rels", "docprops/", "theme")
_FORMULA = Odd("ô có công thức; hãy chép rồi dán lại dưới dạng giá trị (Paste Special, Values).")


def read_xlsx(data: bytes, name: str, sheet: str = "", kind: Kind = POSTS) -> Grid:
    """The rows of one sheet: the one named, else the only one with our headers.

    Raises `ContentError` naming the file, for everything that cannot be read or must not be.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            notes = _measure(package, name)
            return _read(package, data, name, sheet, notes, kind)
    except ContentError:
        raise
    except MemoryError:
        raise ContentError(f"{name}: bảng tính quá lớn so với bộ nhớ; hãy tách thành nhiều tệp nhỏ.") from None
    except Exception as error:
        # a hostile package makes the readers raise whatever they like; for staff it is one thing: broken
        raise ContentError(
            f"{name}: bảng tính hỏng hoặc không đúng quy cách XLSX; hãy mở bằng Excel, lưu thành tệp mới rồi nhập lại."
        ) from error


def _measure(package: zipfile.ZipFile, name: str) -> list[str]:
    """Refuse what is dangerous by its table of contents; what is merely left out is noted."""
    entries = package.infolist()
    names = {entry.filename.lower() for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise ContentError(f"{name}: tệp đặt mật khẩu; hãy bỏ mật khẩu rồi nhập lại.")
    if "xl/workbook.bin" in names:
        raise ContentError(f"{name}: tệp là bảng tính nhị phân .xlsb; hãy mở bằng Excel và lưu thành .xlsx.")
    if "xl/workbook.xml" not in names and not any(one.startswith("xl/") for one in names):
        raise ContentError(
            f"{name}: tệp nén này không phải bảng tính Excel (có thể là ODS, Word hoặc ZIP); hãy lưu thành .xlsx."
        )
    if len(entries) > ENTRIES_MAX or len(names) < len(entries):
        raise ContentError(
            f"{name}: bảng tính có cấu trúc bất thường ({number(len(entries))} phần); "
            "hãy chép các dòng cần nhập sang bảng tính mới."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED_MAX or any(_is_bomb(entry) for entry in entries):
        raise ContentError(
            f"{name}: bảng tính giải nén ra quá lớn ({number(unpacked)} byte); có thể là tệp độc hại hoặc định dạng "
            "kéo tới cuối trang tính. Hãy chép các dòng cần nhập sang bảng tính mới."
        )
    for entry in entries:
        if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            _refuse_dtd(package, entry, name)
    return _left_out(names)


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    tight = entry.file_size > RATIO_FROM and entry.file_size > RATIO_MAX * max(entry.compress_size, 1)
    held = any(part in entry.filename.lower() for part in _PARTS_IN_MEMORY)
    return tight or (held and entry.file_size > PART_MAX)


def _refuse_dtd(package: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> None:
    """No part of a workbook has a DTD; one that has is an attack, whatever its encoding."""
    for text in _chunks(package, entry.filename):
        if _DTD.search(text):
            raise ContentError(
                f"{name}: bảng tính chứa khai báo DTD hoặc ENTITY, một kiểu tấn công; không đọc tệp này. "
                "Hãy xin lại tệp từ người gửi."
            )


def _chunks(package: zipfile.ZipFile, part_name: str) -> Iterator[bytes]:
    """A part piece by piece, each with the end of the one before, so that nothing is torn apart unseen."""
    with package.open(part_name) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _left_out(names: set[str]) -> list[str]:
    notes = []
    if any(one.endswith("vbaproject.bin") or "/macrosheets/" in one for one in names):
        notes.append("Tệp có macro; chỉ đọc dữ liệu trong ô, macro bị bỏ qua và không được chạy.")
    if any("/externallinks/" in one for one in names):
        notes.append("Tệp có liên kết tới bảng tính khác; liên kết bị bỏ qua, không mở tệp nào khác.")
    return notes


def _read(package: zipfile.ZipFile, data: bytes, name: str, sheet: str, notes: list[str], kind: Kind) -> Grid:
    # slow to import, and most commands read no workbook
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # openpyxl warns of what it leaves out, such as drop-down lists of newer kinds
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, data_only=False)
        try:
            found = _choose(book, name, sheet, notes, kind)
            kept, gave_up = worthwhile(_lines(found))
            if gave_up:
                notes.append(f"Từ dòng {number(gave_up)} trở xuống không đọc nữa vì quá nhiều dòng trống.")
            merged = _merged(package, str(found._worksheet_path))
        finally:
            book.close()
    return Grid(kept, str(found.title), notes, merged)


def _choose(book: Any, name: str, wanted: str, notes: list[str], kind: Kind) -> Any:
    """The sheet to read. Raises `ContentError` with the names to choose from."""
    sheets = [one for one in book.worksheets if hasattr(one, "reset_dimensions")]
    if len(sheets) > SHEETS_MAX:
        raise ContentError(
            f"{name}: bảng tính có {number(len(sheets))} trang tính, nhiều hơn {SHEETS_MAX}; "
            "hãy chép trang cần nhập sang bảng tính mới."
        )
    for one in sheets:
        one.reset_dimensions()
    if wanted:
        found = [one for one in sheets if one.title.casefold().strip() == wanted.casefold().strip()]
        if found:
            return found[0]
        raise ContentError(f"{name}: không có trang tính “{wanted}”; tệp có: {_titles(sheets)}.")
    shown = [one for one in sheets if one.sheet_state == "visible"]
    ours = [one for one in shown if _has_header(one, kind)]
    if len(ours) == 1:
        if len(shown) > 1:
            notes.append(f"Đọc trang tính “{ours[0].title}”; {len(shown) - 1} trang khác không dùng đến.")
        return ours[0]
    if not ours and len(shown) == 1:
        return shown[0]
    if not ours:
        raise ContentError(f"{name}: không trang tính nào có dòng tiêu đề cột theo mẫu; tệp có: {_titles(shown)}.")
    raise ContentError(
        f"{name}: có {len(ours)} trang tính dùng được ({_titles(ours)}); hãy chọn một trang bằng --sheet."
    )


def _titles(sheets: list[Any]) -> str:
    named = ", ".join(f"“{one.title}”" for one in sheets[:SHEETS_NAMED])
    more = len(sheets) - SHEETS_NAMED
    return f"{named} và {number(more)} trang nữa" if more > 0 else named or "không có trang nào"


def _has_header(sheet: Any, kind: Kind) -> bool:
    for place, line in enumerate(_lines(sheet)):
        if place >= HEADER_WITHIN:
            return False
        if kind.is_header(texts(line.cells)):
            return True
    return False


def _lines(sheet: Any) -> Iterator[Line]:
    for place, row in enumerate(sheet.iter_rows(max_col=COLUMNS_MAX), 1):
        cells = [_cell(one) for one in row]
        while cells and cells[-1] == "":
            cells.pop()
        yield Line(place, cells)


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        return _FORMULA
    if cell.data_type == "e":
        return Odd(f"ô báo lỗi {value}; hãy gõ lại giá trị đúng.")
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else Odd("ô là ngày kèm giờ; hãy chỉ ghi ngày, như 31/12/2026.")
    if isinstance(value, time | timedelta):
        return Odd("ô là giờ; hãy định dạng ô là Văn bản (Text) rồi gõ lại.")
    if isinstance(value, bool | int | float | date):
        return value
    return Odd("ô có kiểu giá trị không đọc được; hãy gõ lại dưới dạng chữ.")


def _merged(package: zipfile.ZipFile, path: str) -> dict[int, dict[int, int]]:
    """Row -> the cells a merged one covers, with the row where it begins; they stand behind the rows."""
    from openpyxl.utils import column_index_from_string

    covered: dict[int, dict[int, int]] = {}
    for text in _chunks(package, path):
        for found in _MERGED.finditer(text):
            first, last = column_index_from_string(found[1].decode()), column_index_from_string(found[3].decode())
            top, bottom = int(found[2]), int(found[4])
            for row in range(top, min(bottom, top + MERGED_MAX) + 1):
                cells = covered.setdefault(row, {})
                for column in range(first, min(last, COLUMNS_MAX) + 1):
                    if (row, column) != (top, first):
                        cells[column - 1] = top
            if len(covered) > MERGED_MAX:
                return covered
    return covered
