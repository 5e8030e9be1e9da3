"""`cchc queue month`: a month's plan as a sheet to print and a calendar to subscribe to."""

import re
from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say
from cli.errors import UserError
from cli.wiring import open_database
from connectors import CONNECTORS, connector_class
from content import office
from reports.monthly import Month, month_rows, write_month
from scheduler.clock import SystemClock
from scheduler.db import reading


def register(app: typer.Typer) -> None:
    """Add the command to `cchc queue`."""
    app.command("month", help="Xuất lịch đăng của một tháng: bảng XLSX để in và tệp lịch ICS.")(month)


def month(
    name: Annotated[str, typer.Argument(help="Tháng, như 12/2026.")],
    out: Annotated[Path, typer.Option("--out", help="Thư mục sẽ ghi.")] = Path(),
) -> None:
    """Write the month's plan as XLSX and ICS; files of the same month are replaced."""
    settings = settings_module.load()
    chosen = parse_month(name)
    engine = open_database(settings)
    with reading(engine) as session:
        rows = month_rows(session, chosen)
        holidays = office.holidays(session, settings.plan_dir, chosen.days)
    platforms = {one: connector_class(one).capabilities.label for one in CONNECTORS}
    files = write_month(out, chosen, rows, holidays, platforms, SystemClock().now())
    say(f"Đã ghi lịch đăng {chosen.label} ({len(rows)} mục): {', '.join(str(file) for file in files)}.")


def parse_month(text: str) -> Month:
    """The month of "12/2026" or "2026-12". Raises `UserError`."""
    found = re.fullmatch(r"(\d{1,2})[/-](\d{4})|(\d{4})-(\d{1,2})", text.strip(), re.ASCII)
    number, year = (int(found[1] or found[4]), int(found[2] or found[3])) if found else (0, 0)
    if not (1 <= number <= 12 and 2000 <= year <= 2100):
        raise UserError(f"Không hiểu tháng “{text}”; hãy viết như 12/2026.")
    return Month(year, number)
