"""A report with five thousand publications in its annex: the Word file, its preview, its check.

    python benchmarks/report.py

Each is made in a process of its own, three times; medians of the time and of the most memory that process held.
Beside them the annex alone as python-docx writes it, row after row and cell by cell, in the same run. Goal: the Word
file in 10 seconds and 300 MB, and so the preview; status 1 when one is missed.
"""

import io
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from docx import Document

from reports.official.check import check
from reports.official.docx import docx
from reports.official.pdf import pdf
from reports.official.values import Annex, Column, Heading, OfficialDocument, Paragraph, Section, Table

ROWS, ROUNDS = 5_000, 3
SECONDS, MEGABYTES = 10.0, 300.0
AT = datetime(2026, 10, 30, 10, tzinfo=UTC)


def _table() -> Table:
    names = ("STT", "Thời gian", "Tên tin, bài", "Kênh", "Điểm", "Lượt tiếp cận", "Đường dẫn")
    widths = (0.5, 1.3, 4, 1.2, 0.6, 1.1, 3)
    columns = tuple(
        Column(name, width, name in ("STT", "Lượt tiếp cận")) for name, width in zip(names, widths, strict=True)
    )
    rows = tuple(
        (
            one, "07:30 ngày 05/03/2026", f"Hướng dẫn nộp hồ sơ trực tuyến số {one}: đăng ký khai sinh, cấp thẻ",
            "Fanpage", "đ", 1_234 + one if one % 9 else None, f"https://bai.example/{one}",
        )
        for one in range(1, ROWS + 1)
    )  # fmt: skip
    return Table("Danh mục tin, bài", columns, rows)


def _document() -> OfficialDocument:
    heading = Heading(
        "Ủy ban nhân dân thành phố Huế", "Sở Khoa học và Công nghệ", "SKHCN", "Huế", date(2026, 11, 1),
        "Kết quả công tác tuyên truyền cải cách hành chính năm 2026", signing=("GIÁM ĐỐC",),
    )  # fmt: skip
    body = (Section("Kết quả thực hiện"), Paragraph("Danh mục tin, bài ở phụ lục."))
    return OfficialDocument(heading, body, (Annex("Danh mục tin, bài", (_table(),), landscape=True),), cutoff_at=AT)


def _word() -> Callable[[], object]:
    document = _document()
    return lambda: docx(document)


def _preview() -> Callable[[], object]:
    document = _document()
    return lambda: pdf(document, AT)


def _checked() -> Callable[[], object]:
    content = docx(_document())
    return lambda: check(content)


def _plain() -> Callable[[], object]:
    table = _table()

    def write() -> object:
        document = Document()
        made = document.add_table(1, len(table.columns))
        for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
            cell.text = column.title
        for row in table.rows:
            for cell, value in zip(made.add_row().cells, row, strict=True):
                cell.text = "-" if value is None else str(value)
        return document.save(io.BytesIO())

    return write


WAYS = {"Word file": _word, "preview": _preview, "check": _checked, "python-docx, cell by cell": _plain}


def main() -> None:
    """Measure all ways in turn and hold the first two against the goals."""
    told = {name: [_alone(name) for _ in range(ROUNDS)] for name in WAYS}
    medians = {name: tuple(map(statistics.median, zip(*rounds, strict=True))) for name, rounds in told.items()}
    plain = medians["python-docx, cell by cell"]
    for name, (seconds, megabytes) in medians.items():
        sys.stdout.write(
            f"{name}: {seconds:.2f} s ({seconds / plain[0]:.2f} x), {megabytes:.0f} MB ({megabytes / plain[1]:.2f} x)\n"
        )
    sys.exit(any(medians[name][0] > SECONDS or medians[name][1] > MEGABYTES for name in ("Word file", "preview")))


def _alone(name: str) -> tuple[float, float]:
    """Seconds and most megabytes of one way in a process of its own."""
    answer = subprocess.run([sys.executable, __file__, name], capture_output=True, check=True, text=True)
    seconds, megabytes = json.loads(answer.stdout)
    return seconds, megabytes


def _measure(name: str) -> None:
    way = WAYS[name]()
    begun = time.perf_counter()
    way()
    seconds = time.perf_counter() - begun
    sys.stdout.write(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


if __name__ == "__main__":
    _measure(sys.argv[1]) if len(sys.argv) > 1 else main()
