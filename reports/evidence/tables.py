"""The lists of an evidence file: what stands in which column, as CSV and XLSX. No cell is ever a formula."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import xlsxwriter

from connectors.base import Metric
from content.vietnamese import MISSING
from reports.evidence.values import BASIS_WORDS, Basis, Item
from reports.open_data.export import harmless
from reports.phrases import METRIC_WORDS
from reports.queries import COUNTERS

_SOURCES = {"platform": "đọc từ nền tảng", "manual": "nhập tay"}
_CELL_MOST = 32_000
Cells = Mapping[str, Callable[[Item], object]]


def _counter(metric: Metric) -> Callable[[Item], object]:
    return lambda item: next((one.value for one in item.figures if one.metric == metric), MISSING)


def _meaning(item: Item) -> str:
    """What the platform calls each figure, in which version, and when it was read."""
    return "; ".join(
        f"{METRIC_WORDS.get(one.metric, one.metric)} = {one.name} ({one.version or MISSING}; {one.at})"
        for one in item.figures
    )


LIST: Cells = {
    "Mục": lambda item: item.number,
    "Loại": lambda item: item.kind,
    "Trạng thái lúc chốt": lambda item: item.state,
    "Gỡ lúc": lambda item: item.withdrawn_at or MISSING,
    "Tiêu đề": lambda item: item.title,
    "Điểm": lambda item: item.topic,
    "Hình thức": lambda item: item.form,
    "Cơ quan đề xuất": lambda item: item.agency,
    "Kênh": lambda item: item.channel,
    "Nền tảng": lambda item: item.platform,
    "Giờ hẹn": lambda item: item.due_at,
    "Đăng lúc": lambda item: item.published_at,
    "Đường dẫn": lambda item: item.permalink or MISSING,
    "Người soạn": lambda item: item.author or MISSING,
    "Người trình": lambda item: item.submitted_by or MISSING,
    "Duyệt cấp 1": lambda item: item.endorsed_by or MISSING,
    "Người duyệt": lambda item: item.approved_by or MISSING,
    "Duyệt lúc": lambda item: item.approved_at or MISSING,
    "Mã băm nội dung đã duyệt": lambda item: item.content_hash or MISSING,
    "Căn cứ của nội dung": lambda item: BASIS_WORDS[Basis(item.basis)],
    "Tệp nội dung": lambda item: f"{item.name}.txt" if item.text_sha256 else MISSING,
    "Mã băm tệp nội dung": lambda item: item.text_sha256 or MISSING,
    "Số ảnh, video": lambda item: len(item.files),
    **{METRIC_WORDS[one].capitalize(): _counter(one) for one in COUNTERS},
    "Số liệu gần nhất lúc": lambda item: max((one.at for one in item.figures), default=MISSING),
    "Tên số liệu theo nền tảng": _meaning,
}
"""One line of each publication."""
FIGURES = ("Mục", "Số liệu", "Giá trị", "Tên theo nền tảng", "Phiên bản", "Định nghĩa", "Đọc lúc", "Nguồn")
LIVES = ("Mục", "Lúc", "Việc", "Người làm", "Ghi chú")
FILES = ("Mục", "Vai trò", "Tệp trong gói", "Mã băm SHA-256", "Loại", "Số byte", "Mô tả thay thế", "Ghi chú")
ROLES = {"image": "ảnh", "cover": "ảnh bìa", "video": "video"}


def figures(item: Item) -> Iterator[Sequence[object]]:
    """Its figures, one a line."""
    for one in item.figures:
        words = METRIC_WORDS.get(one.metric, one.metric)
        source = _SOURCES.get(one.source, one.source)
        yield (item.number, words, one.value, one.name, one.version, one.definition, one.at, source)


def lives(item: Item) -> Iterator[Sequence[object]]:
    """Its life, one step a line."""
    for one in item.steps:
        yield item.number, one.at, one.what, one.who or "Hệ thống", one.words


def files(item: Item) -> Iterator[Sequence[object]]:
    """Its pictures and videos, one a line."""
    for one in item.files:
        role = ROLES.get(one.role, one.role)
        yield item.number, role, one.path or MISSING, one.sha256, one.mime, one.size, one.alt, one.note


def cells(item: Item) -> list[object]:
    """Its line of the list."""
    return [told(item) for told in LIST.values()]


def csv_of(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """A CSV for spreadsheets, line by line: UTF-8 with its mark, a comma, CRLF."""
    yield "\ufeff".encode() + csv_bytes(head)
    for row in rows:
        yield csv_bytes(row)


def csv_bytes(row: Sequence[object]) -> bytes:
    """One line."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow([harmless(value) for value in row])
    return out.getvalue().encode()


def xlsx(folder: Path, items: Iterable[Item], title: str, at: datetime) -> Path:
    """The list as a workbook in `folder`, row by row; `at` is what it says of its own making."""
    target = folder / "danh-sach.xlsx"
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        options = {
            "constant_memory": True, "tmpdir": scratch, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        }  # fmt: skip
        book = xlsxwriter.Workbook(str(target), options)
        book.set_properties({"title": title, "author": "", "created": at.replace(tzinfo=None)})
        sheet = book.add_worksheet("Danh sách")
        bold, text = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(LIST) - 1, 16)
        for place, name in enumerate(LIST):
            sheet.write_string(0, place, name, bold)
        for line, item in enumerate(items, 1):
            for place, value in enumerate(cells(item)):
                if isinstance(value, int):
                    sheet.write_number(line, place, value)
                else:
                    sheet.write_string(line, place, str(value)[:_CELL_MOST], text)
        book.close()
    return target
