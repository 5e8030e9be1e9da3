"""The lists of an evidence file: what stands in which column, as CSV and XLSX. No cell is ever a formula."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from connectors.base import Metric
from content.exchange.values import harmless
from content.vietnamese import MISSING
from reports.evidence import values
from reports.evidence.values import BASIS_WORDS, Basis, Item
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
    yield "\ufeff".encode() + _csv(head)
    for row in rows:
        yield _csv(row)


def _csv(row: Sequence[object]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerow([harmless(value) for value in row])
    return out.getvalue().encode()


class Lists:
    """The lists as they grow on disk, a publication at a time: four CSV files and a workbook."""

    def __init__(self, folder: Path, title: str, at: datetime) -> None:
        """In `folder`, which is ours; `at` is what the workbook says of its own making."""
        self.paths = {name: folder / name for name in (values.LIST_CSV, values.FIGURES, values.LIVES, values.FILES)}
        self.book_path = folder / values.LIST_XLSX
        heads = (list(LIST), FIGURES, LIVES, FILES)
        self._files: dict[str, IO[bytes]] = {name: path.open("wb") for name, path in self.paths.items()}
        for file, head in zip(self._files.values(), heads, strict=True):
            file.writelines(csv_of(head, ()))
        (folder / "xlsx").mkdir()
        options = {
            "constant_memory": True, "tmpdir": str(folder / "xlsx"), "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        self._book = xlsxwriter.Workbook(str(self.book_path), options)
        self._book.set_properties({"title": title, "author": "", "created": at.replace(tzinfo=None)})
        self._sheet = self._book.add_worksheet("Danh sách")
        bold = self._book.add_format({"bold": True, "text_wrap": True})
        self._text = self._book.add_format({"num_format": "@"})
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_column(0, len(LIST) - 1, 16)
        for place, name in enumerate(LIST):
            self._sheet.write_string(0, place, name, bold)
        self._line, self._closed = 0, False

    def add(self, item: Item) -> None:
        """Its line in each list; several where it has several figures, steps or files."""
        row = cells(item)
        self._files[values.LIST_CSV].write(_csv(row))
        for name, many in ((values.FIGURES, figures), (values.LIVES, lives), (values.FILES, files)):
            self._files[name].writelines(_csv(one) for one in many(item))
        self._line += 1
        for place, value in enumerate(row):
            if isinstance(value, int):
                self._sheet.write_number(self._line, place, value)
            else:
                self._sheet.write_string(self._line, place, str(value)[:_CELL_MOST], self._text)

    def close(self) -> None:
        """Everything is on disk. Closing again does nothing. Raises OSError when there is no room for all of it."""
        if self._closed:
            return
        self._closed = True
        with ExitStack() as all_of_them:
            all_of_them.callback(self._close_book)
            for file in self._files.values():
                all_of_them.callback(file.close)

    def _close_book(self) -> None:
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        finally:
            with suppress(OSError):
                self._sheet.row_data_fh.close()
