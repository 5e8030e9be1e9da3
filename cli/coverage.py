"""`cchc coverage`: the matrix of topics on the screen, and as a file."""

from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day
from cli.wiring import open_database
from content.vietnamese import number
from reports.coverage import coverage
from reports.coverage_files import Told, as_csv, as_xlsx
from reports.coverage_table import STEPS, VIEW_WORDS, View, table_of
from reports.only import Only
from reports.plans import plan_of
from reports.spans import Span, own_span, span_named
from scheduler.channels import find_channel
from scheduler.clock import SystemClock
from scheduler.db import reading

USUAL = "thang-nay"
_FILES = {".csv": as_csv, ".xlsx": as_xlsx}


def show(
    since: Annotated[str, typer.Option("--from", help="Từ ngày, như 01/11/2026; bỏ trống: tháng này.")] = "",
    until: Annotated[str, typer.Option("--to", help="Đến hết ngày, như 30/11/2026.")] = "",
    by: Annotated[View, typer.Option("--by", help="Xem nội dung theo gì.")] = View.CHANNEL,
    channel: Annotated[str, typer.Option("--channel", help="Chỉ một kênh, bằng tên gọi của kênh.")] = "",
    agency: Annotated[str | None, typer.Option("--agency", help="Chỉ một cơ quan, bằng mã trong kế hoạch.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Ghi bảng ra tệp .csv hoặc .xlsx này.")] = None,
) -> None:
    """Print the matrix of a span; `--out` writes exactly this table."""
    settings = settings_module.load()
    now = SystemClock().now()
    span = _span(since, until) or span_named(USUAL, now, settings.week_start)
    if out is not None and out.suffix.lower() not in _FILES:
        raise UserError("--out: chỉ ghi được tệp .csv hoặc .xlsx; hãy đổi đuôi tên tệp.")
    with reading(open_database(settings)) as session:
        plan = plan_of(session, span.last.year)
        if channel:
            find_channel(session, channel)
        if agency and agency not in {one.code for one in (plan.agencies if plan else ())}:
            raise UserError(f"--agency: kế hoạch không có cơ quan “{agency}”.")
        only = Only(channel=channel, agency=agency)
        found = coverage(session, span, plan, now, only, steps=STEPS.get(by, ""), first_weekday=settings.week_start)
    made = table_of(found, by, plan)
    told = Told(found, [*([f"Kênh: {channel}"] if channel else []), *([f"Cơ quan: {agency}"] if agency else [])])
    for line in told.lines()[1:]:
        say(line)
    head, *rows = made.lines()
    cells = [["-" if one is None else number(one) if isinstance(one, int) else one for one in row] for row in rows]
    table(VIEW_WORDS[by], [str(name) for name in head], cells)
    if out is not None:
        out.write_bytes(_FILES[out.suffix.lower()](made, told))
        say(f"Đã ghi {out}.")


def _span(since: str, until: str) -> Span | None:
    if bool(since) != bool(until):
        raise UserError("Hãy ghi cả --from và --to, hoặc bỏ cả hai để xem tháng này.")
    return own_span(parse_day(since, "--from"), parse_day(until, "--to")) if since else None
