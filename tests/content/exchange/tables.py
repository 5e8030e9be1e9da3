"""Tables as staff hand them over, made by the tests: rows to CSV bytes, to a workbook, and into the library."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlmodel import Session, select

from content.exchange import importing
from content.exchange.importing import TableImport
from content.library import LoadReport
from content.store import AssetStore
from content.tables import Post
from tests.conftest import LAN, NOW
from tests.content.shelf import draw, plan, png

PLATFORMS = ("facebook", "zalo", "youtube")

ROW: dict[str, Any] = {
    "Mã bài": "d-giay-hen",
    "Tiêu đề": "Giấy hẹn trả kết quả",
    "Nội dung": "Có giấy hẹn trong tay, bà con biết khi nào đến lấy kết quả.\n\nNguồn: Cổng Thông tin điện tử.",
    "Điểm": "d",
    "Hình thức": "Văn bản",
    "Đối tượng": "Người dân",
    "Nguồn": "Cổng Thông tin điện tử",
    "Thẻ": "CCHC; MotCua",
    "Kênh": "facebook; zalo",
}


def row(**changes: Any) -> dict[str, Any]:
    """The ordinary row with these columns changed; underscores stand for blanks."""
    return {**ROW, **{name.replace("_", " "): value for name, value in changes.items()}}


def grid(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Header and rows, with every column any row has."""
    names = list(dict.fromkeys(name for one in rows for name in one))
    return [names, *([one.get(name, "") for name in names] for one in rows)]


def csv_text(rows: Sequence[Mapping[str, Any]], delimiter: str = ";") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(grid(rows))
    return out.getvalue()


def write_csv(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "bang.csv", **how: Any) -> Path:
    path = folder / name
    path.write_bytes(csv_text(rows, how.get("delimiter", ";")).encode(how.get("encoding", "utf-8-sig")))
    return path


def write_xlsx(folder: Path, rows: Sequence[Mapping[str, Any]], name: str = "bang.xlsx", sheet: str = "Bài") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "default_date_format": "dd/mm/yyyy"})
    page = book.add_worksheet(sheet)
    for number, cells in enumerate(grid(rows)):
        for column, cell in enumerate(cells):
            if cell != "":
                page.write(number, column, cell)
    book.close()
    return path


def read(path: Path, media: Path | None = None, **how: Any) -> TableImport:
    return importing.read_import(path, plan(), PLATFORMS, media=media, **how)


def errors(table: TableImport) -> list[str]:
    return [str(one) for one in table.told() if one.blocks]


def warnings(table: TableImport) -> list[str]:
    return [str(one) for one in table.told() if not one.blocks]


def look(session: Session, path: Path, store: AssetStore, media: Path | None = None) -> TableImport:
    """Everything but the writing."""
    table = read(path, media)
    importing.place(table, store, draw)
    importing.compare(session, table)
    return table


def bring_in(session: Session, path: Path, store: AssetStore, media: Path | None = None) -> LoadReport:
    """The whole import, committed."""
    report = importing.write(session, look(session, path, store, media), NOW, LAN)
    session.commit()
    return report


def picture(folder: Path, name: str = "giay-hen.png", colour: str = "teal") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(colour))
    return path


def post(session: Session, key: str = "d-giay-hen") -> Post:
    """The post of that key as it stands in the table."""
    return session.exec(select(Post).where(Post.key == key)).one()
