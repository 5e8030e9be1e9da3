"""2,000 posts from a table: a dry run and then the import, as staff do it, from CSV and from XLSX.

    python benchmarks/importing.py

Every round starts with an empty database and asset store; the same file is imported once more at the end,
which must change nothing. Forty pictures are shared among the rows; no row names a picture to be drawn.
Prints medians of three rounds in turn, and the memory one import of its own process takes at most. Beside it
stands what only reading the same table with csv and openpyxl takes in the same run. Ends with status 1 when
the goal is missed: an import, with all its checks, under ten seconds. What staff wait for in all, a dry run and then
the import, is told beside it.
"""

import csv
import io
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import openpyxl
import xlsxwriter
from PIL import Image
from sqlmodel import Session

from cli.database import upgrade
from connectors import CONNECTORS
from content.drawings import infographics_of
from content.exchange import importing
from content.library import LoadReport
from content.plan import load_plan, read_plan
from content.store import AssetStore
from scheduler.db import open_engine, reading, writing

ROWS, PICTURES, ROUNDS, GOAL = 2_000, 40, 3, 10.0
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLAN = read_plan(Path(__file__).resolve().parents[1] / "content" / "plans" / "mau-nam")
SENTENCES = (
    "Mang theo giấy hẹn khi đến nhận kết quả giải quyết thủ tục hành chính.",
    "Bà con nộp hồ sơ trực tuyến trên Cổng Dịch vụ công Quốc gia để không phải đi lại.",
    "Kiểm tra mã hồ sơ, ngày hẹn và nơi nhận ngay khi cầm giấy trên tay.",
    "Cán bộ một cửa hướng dẫn tận tình, không thu thêm khoản nào ngoài quy định.",
    "Nếu quá hẹn, bà con gọi đường dây nóng để được trả lời rõ lý do.",
    "Thông tin được cập nhật hằng ngày và công khai trên trang của phường, xã.",
)


class Took(NamedTuple):
    """How long a step took, and how much of that a core worked for it."""

    seconds: float
    cpu: float


def main() -> None:
    """Make the tables, run the rounds in turn, print the medians."""
    if len(sys.argv) == 4:
        _alone(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _pictures(folder)
        rows = _rows()
        tables = {"csv": folder / "bang.csv", "xlsx": folder / "bang.xlsx"}
        _write_csv(tables["csv"], rows)
        _write_xlsx(tables["xlsx"], rows)
        plain: dict[str, Callable[[Path], object]] = {"csv": _plain_csv, "xlsx": _plain_xlsx}
        took: dict[str, list[Took]] = {}
        for number in range(ROUNDS):
            for form, path in tables.items():
                home = folder / f"{form}-{number}"
                for step, seconds in _round(path, folder, home).items():
                    took.setdefault(f"{form}: {step}", []).append(seconds)
                took.setdefault(f"{form}: only reading the cells", []).append(_seconds(partial(plain[form], path)))
        medians = {
            name: Took(*(statistics.median(values) for values in zip(*one, strict=True))) for name, one in took.items()
        }
        missed = _tell(medians, {form: _memory(path, folder, folder / f"{form}-m") for form, path in tables.items()})
    sys.exit(missed)


def _tell(medians: dict[str, Took], memory: dict[str, int]) -> int:
    for name, one in medians.items():
        sys.stdout.write(f"{name:36} {one.seconds:7.2f} s, {one.cpu:6.2f} s of a core\n")
    missed = 0
    for form, most in memory.items():
        alone = medians[f"{form}: import"].seconds
        whole = medians[f"{form}: dry run"].seconds + alone
        missed |= alone >= GOAL
        sys.stdout.write(
            f"{form}: import {alone:6.2f} s (goal {GOAL:.0f} s), with the dry run before it {whole:6.2f} s, "
            f"at most {most} MB\n"
        )
    return missed


def _round(path: Path, media: Path, home: Path) -> dict[str, Took]:
    """One office: an empty database, a dry run, the import, the same again."""
    engine = open_engine(f"sqlite:///{home / 'cchc.sqlite3'}")
    upgrade(engine)
    with writing(engine) as session:
        load_plan(session, PLAN, NOW)
    store = AssetStore(home / "assets")

    def look(into: AssetStore) -> importing.TableImport:
        table = importing.read_import(path, PLAN, tuple(CONNECTORS), media=media)
        importing.place(table, into, infographics_of(PLAN))
        with reading(engine) as session:
            importing.compare(session, table)
        importing.refuse_bad(table)
        return table

    def bring(expected: tuple[int, int]) -> None:
        table = look(store)
        with writing(engine) as session:
            report = _written(session, table)
        assert (len(report.new), len(report.same)) == expected, report

    took = {
        "dry run": _seconds(lambda: look(AssetStore(home / "scratch"))),
        "import": _seconds(lambda: bring((ROWS, 0))),
        "the same again": _seconds(lambda: bring((0, ROWS))),
    }
    engine.dispose()
    return took


def _written(session: Session, table: importing.TableImport) -> LoadReport:
    return importing.write(session, table, NOW, "Lan")


def _memory(path: Path, media: Path, home: Path) -> int:
    """Megabytes that one office's round takes at most, in a process of its own."""
    command = [sys.executable, __file__, str(path), str(media), str(home)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _alone(path: Path, media: Path, home: Path) -> None:
    _round(path, media, home)
    sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def _rows() -> list[list[str]]:
    head = ["Mã bài", "Tiêu đề", "Nội dung", "Điểm", "Hình thức", "Đối tượng", "Nguồn", "Văn bản", "Thẻ", "Kênh",
            "Ảnh/Video", "Văn bản thay thế", "Hiệu lực đến", "zalo: tiêu đề", "zalo: tóm tắt",
            "zalo: nội dung"]  # fmt: skip
    rows = [head]
    for number in range(ROWS):
        text = "\n\n".join(SENTENCES[(number + step) % len(SENTENCES)] for step in range(5))
        rows.append(
            [
                f"bai-{number}",
                f"Bài số {number}: {SENTENCES[number % 6][:50]}",
                f"{text}\n\nNguồn: Cổng Thông tin điện tử.",
                "abcdđeghikl"[number % 11],
                "Infographic",
                "Người dân; Doanh nghiệp",
                "Cổng Thông tin điện tử",
                "118/2025/NĐ-CP",
                "CCHC; MotCua",
                "facebook; zalo",
                f"anh-{number % PICTURES}.png",
                "Tờ giấy hẹn có mã hồ sơ.",
                "31/12/2027",
                f"Bài số {number}",
                SENTENCES[number % 6],
                text,
            ]
        )
    return rows


def _pictures(folder: Path) -> None:
    for number in range(PICTURES):
        Image.new("RGB", (1080, 1350), (number * 6, 80, 160)).save(folder / f"anh-{number}.png")


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def _write_xlsx(path: Path, rows: list[list[str]]) -> None:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Bài đăng")
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    book.close()


def _plain_csv(path: Path) -> int:
    return len(list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";")))


def _plain_xlsx(path: Path) -> int:
    return len(list(openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)))


def _seconds(work: Callable[[], object]) -> Took:
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - begun, time.process_time() - cpu)


if __name__ == "__main__":
    main()
