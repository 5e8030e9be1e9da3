"""`cchc export-data`: everything that may leave the house, as files for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say
from cli.wiring import open_database
from content.vietnamese import number
from reports.open_data.export import Form, export
from scheduler.clock import SystemClock


def export_data(
    out: Annotated[Path, typer.Option("--out", help="Thư mục mới hoặc trống.")],
    form: Annotated[Form, typer.Option("--format", help="csv hoặc parquet.")] = Form.CSV,
) -> None:
    """Write every view into a new folder, whole or not at all."""
    engine = open_database(settings_module.load())
    counts = export(engine, out, form, now=SystemClock().now().replace(microsecond=0))
    for name, rows in counts.items():
        say(f"{name}.{form}: {number(rows)} dòng.")
    say(f"Đã xuất {len(counts)} bảng vào {out}; mô tả từng cột ở datapackage.json, mã băm ở SHA256SUMS.txt.")
