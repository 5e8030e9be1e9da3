"""`cchc library import`, `export`, `template`, `media`: posts and pictures in from staff's files, and out again."""

import tempfile
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.wiring import open_database
from connectors import CONNECTORS, connector_class
from content.drawings import infographics_of, kept_pictures
from content.errors import LibraryError
from content.exchange import importing
from content.exchange.markdown import write_markdown
from content.exchange.media import take_media
from content.exchange.rows import Problem
from content.exchange.shelf import export, gather
from content.exchange.tablefile import csv_writer, xlsx_writer
from content.exchange.template import NAME, write_template
from content.plan import active_plan
from content.store import AssetStore
from content.vietnamese import number
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from scheduler.queue import still_to_come

TOLD_MAX = 300
"""Lines about rows before the rest is only counted."""


class Form(StrEnum):
    """What an export is written as."""

    MD = "md"
    CSV = "csv"
    XLSX = "xlsx"


def register(app: typer.Typer) -> None:
    """Add the commands to `cchc library`."""
    app.command("template", help="Ghi tệp mẫu XLSX: danh sách chọn, chú thích, một dòng ví dụ.")(template)
    app.command("import", help="Nhập bài từ bảng CSV hoặc XLSX; đủ cả hoặc không gì cả.")(import_table)
    app.command("export", help="Xuất bài cùng ảnh, video ra một thư mục mới; nhập lại thì giữ nguyên.")(export_posts)
    app.command("media", help="Đưa ảnh và video của một thư mục vào kho tư liệu.")(media)


def template(
    file: Annotated[Path, typer.Argument(help="Tệp sẽ ghi.")] = Path(NAME),
) -> None:
    """Write the workbook that staff fill in."""
    engine = open_database(settings_module.load())
    with reading(engine) as session:
        plan = active_plan(session)
    target = file if file.suffix.lower() == ".xlsx" else file.with_name(f"{file.name}.xlsx")
    labels = {name: connector_class(name).capabilities.label for name in CONNECTORS}
    write_template(target, plan, labels, SystemClock().now())
    say(f"Đã ghi tệp mẫu {target}. Điền xong, chạy thử bằng: cchc library import {target} --dry-run.")


def import_table(
    file: Annotated[Path, typer.Argument(help="Tệp .csv hoặc .xlsx.")],
    sheet: Annotated[str, typer.Option("--sheet", help="Trang tính; bỏ trống: trang có dòng tiêu đề theo mẫu.")] = "",
    media: Annotated[
        Path | None, typer.Option("--media", help="Thư mục ảnh, video; bỏ trống: thư mục chứa tệp.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ đọc và báo từng dòng; không ghi gì.")] = False,
    rows: Annotated[str, typer.Option("--rows", help="Chỉ nhập các dòng này, như 2,5-9.")] = "",
    by: Annotated[str, typer.Option("--by", help="Người thực hiện.")] = "Nhập từ bảng",
) -> None:
    """Read and tell everything, then import all rows (or those named) in one transaction."""
    settings = settings_module.load()
    engine = open_database(settings)
    with reading(engine) as session:
        plan = active_plan(session)
    table = importing.read_import(file, plan, tuple(CONNECTORS), sheet=sheet, media=media or file.parent)
    if rows:
        importing.keep(table, importing.row_numbers(rows))
    now = SystemClock().now()
    assets = AssetStore(settings.data_dir / "assets")
    with reading(engine) as session:
        kept = kept_pictures(session, assets)
    with tempfile.TemporaryDirectory() as scratch:
        store = AssetStore(Path(scratch)) if dry_run else assets
        importing.place(table, store, infographics_of(plan), kept)
    with reading(engine) as session:
        importing.compare(session, table)
        queued = still_to_come(session, [row.key for row in table.rows if row.outcome == "changed"])
    _tell(table, queued)
    importing.refuse_bad(table)
    if dry_run:
        count = Counter(row.outcome for row in table.rows)
        say(
            f"Chạy thử, chưa ghi gì: sẽ có {count['new']} bài mới, {count['changed']} bài thay đổi, "
            f"{count['same']} bài giữ nguyên{_left(count['left'])}."
        )
        return
    with writing(engine) as session:
        report = importing.write(session, table, now, by)
    say(
        f"Đã nhập {table.file}: {len(report.new)} bài mới, {len(report.changed)} bài thay đổi, "
        f"{len(report.same)} bài giữ nguyên{_left(len(report.left))}."
    )
    if report.new or report.changed:
        say("Bài mới và bài thay đổi là bản nháp; trình duyệt bằng: cchc post submit.")


def _left(count: int) -> str:
    return f", {count} bài thuộc trang Soạn bài nên không nhập đè" if count else ""


def _tell(table: importing.TableImport, queued: dict[str, int]) -> None:
    """Everything about the rows, what must be mended first of all; `queued`: changed posts that wait to go out."""
    for note in table.notes:
        say(note)
    told = sorted(table.told(), key=lambda one: not one.blocks)
    waiting = (
        Problem(
            row.number,
            "",
            f"{row.key}: đang có {number(queued[row.key])} lượt đăng trong hàng đợi; sửa thì lần duyệt hết hiệu lực, "
            "các lượt đó dừng lại cho đến khi bài được duyệt lại.",
            False,
        )
        for row in table.rows
        if row.key in queued
    )
    told += waiting
    for problem in told[:TOLD_MAX]:
        say(f"{'Lỗi' if problem.blocks else 'Lưu ý'}: {problem}")
    if len(told) > TOLD_MAX:
        say(f"… và {number(len(told) - TOLD_MAX)} điều nữa; hãy sửa lỗi ở trên trước, hoặc xem từng phần bằng --rows.")


def export_posts(
    folder: Annotated[Path, typer.Argument(help="Thư mục mới hoặc trống.")],
    form: Annotated[Form, typer.Option("--format", help="md, csv hoặc xlsx.")] = Form.MD,
    topic: Annotated[str, typer.Option("--topic", help="Chỉ một điểm của kế hoạch, như đ.")] = "",
    search: Annotated[str, typer.Option("--search", help="Chỉ bài có từ này; gõ không dấu cũng được.")] = "",
) -> None:
    """Write posts and their pictures into a folder, whole or not at all."""
    settings = settings_module.load()
    engine = open_database(settings)
    with reading(engine) as session:
        plan = active_plan(session)
        shelf = gather(session, plan, topic=topic, search=search)
    now = SystemClock().now()
    writer = {Form.MD: write_markdown, Form.CSV: csv_writer(plan), Form.XLSX: xlsx_writer(plan, now)}[form]
    for words in export(shelf, AssetStore(settings.data_dir / "assets"), folder, writer):
        say(words)
    say(f"Đã xuất {len(shelf.posts)} bài và {len(shelf.files)} ảnh, video vào {folder}.")


def media(folder: Annotated[Path, typer.Argument(help="Thư mục ảnh, video.")]) -> None:
    """Take the pictures and videos of a folder into the asset store."""
    settings = settings_module.load()
    open_database(settings)
    taken = take_media(folder, AssetStore(settings.data_dir / "assets"))
    for name, file in taken.files:
        for note in file.notes:
            say(f"{name}: {note}.")
    distinct = len({file.sha256 for _, file in taken.files})
    if not taken.files and not taken.problems:
        raise UserError(f"{folder}: không có ảnh hay video nào trong thư mục này.")
    say(f"Đã đưa {len(taken.files)} tệp ({distinct} nội dung khác nhau) vào kho tư liệu.")
    say(f"Khi nhập bảng tính, ghi tên tệp ở cột Ảnh/Video và chỉ cùng thư mục này: --media {folder}")
    if taken.problems:
        raise LibraryError([*taken.problems, f"{len(taken.problems)} tệp chưa dùng được; hãy sửa rồi chạy lại."])
