"""A table file of any kind: what it is, is read from its first bytes, never from its name."""

from pathlib import Path

from content.errors import ContentError
from content.exchange.columns import POSTS, Kind
from content.exchange.csvfile import read_csv
from content.exchange.sheet import FILE_MAX, Grid
from content.exchange.xlsxfile import read_xlsx
from content.vietnamese import nfc, number

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = (
    (b"%PDF", "tài liệu PDF"),
    (b"\x89PNG", "ảnh"),
    (b"\xff\xd8\xff", "ảnh"),
    (b"{\\rtf", "văn bản RTF"),
    (b"\x1f\x8b", "tệp nén"),
    (b"Rar!", "tệp nén"),
    (b"7z\xbc\xaf", "tệp nén"),
)
_SAVE = "hãy mở bằng Excel và lưu thành .xlsx"


def open_table(path: Path, sheet: str = "", kind: Kind = POSTS) -> Grid:
    """The rows of a CSV or XLSX file; `kind` tells which sheet and which delimiter are meant.

    Raises `ContentError` naming the file and the way out.
    """
    name = nfc(path.name)
    if not path.is_file():
        raise ContentError(f"{name}: không tìm thấy tệp; hãy kiểm tra đường dẫn {path}.")
    try:
        with path.open("rb") as file:
            data = file.read(FILE_MAX + 1)
    except OSError as error:
        raise ContentError(f"{name}: không đọc được tệp ({error.strerror}).") from error
    if len(data) > FILE_MAX:
        raise ContentError(f"{name}: tệp lớn hơn {number(FILE_MAX)} byte; hãy tách thành nhiều tệp nhỏ.")
    if not data.strip():
        raise ContentError(f"{name}: tệp trống.")
    if data.startswith(_OLD_OFFICE):
        if _ENCRYPTED in data:
            raise ContentError(f"{name}: tệp đặt mật khẩu; hãy bỏ mật khẩu rồi nhập lại.")
        raise ContentError(f"{name}: tệp Excel đời cũ (.xls); {_SAVE}.")
    for start, what in _OTHERS:
        if data.startswith(start):
            raise ContentError(f"{name}: nội dung là {what}, không phải bảng CSV hay XLSX, dù tên tệp ghi gì.")
    if data.startswith(b"PK"):
        return read_xlsx(data, name, sheet, kind)
    if data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<html", b"<!doctype", b"<?xml", b"<table")):
        raise ContentError(f"{name}: nội dung là trang web hoặc XML mang tên bảng tính; {_SAVE}.")
    grid = read_csv(data, name, kind)
    if sheet:
        grid.notes.append(f"Tệp CSV không có trang tính; bỏ qua --sheet “{sheet}”.")
    return grid
