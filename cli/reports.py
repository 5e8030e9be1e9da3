"""`cchc report …`: official reports are made and listed; `check` reads a Word file against the official form."""

from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day, parse_moment
from cli.wiring import build
from content.vietnamese import day, local_day, moment
from reports.official.check import check as check_form
from reports.official.docx import docx
from reports.official.keeping import STATE_WORDS, data_of, document_of, left_open, make_report, reports, wanted
from reports.official.pdf import pdf
from reports.official.presets import period
from reports.spans import Preset, Span
from reports.weekly import written
from scheduler.db import reading

app = typer.Typer(no_args_is_help=True)

_MOST_BYTES = 64 * 2**20


@app.command("check", help="Kiểm tra thể thức một tệp Word theo Nghị định 30/2020/NĐ-CP; mã kết thúc 1 khi chưa đạt.")
def check(file: Annotated[Path, typer.Argument(help="Tệp .docx cần kiểm tra.")]) -> int:
    """Print each rule, met or not; exit code 1 when one is not."""
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UserError(f"{file}: tệp lớn hơn 64 MB; hãy bớt hình trong phụ lục rồi kiểm tra lại.")
    results = check_form(content)
    for one in results:
        say(f"{'✓' if one.met else '✗'} {one.code}. {one.words}: {'đạt' if one.met else 'chưa đạt'} ({one.seen}).")
    unmet = [one.code for one in results if not one.met]
    if unmet:
        say(f"Chưa đạt {len(unmet)}/{len(results)} quy tắc: {', '.join(unmet)}.")
        return 1
    say(f"Đạt cả {len(results)} quy tắc.")
    return 0


@app.command("make", help="Lập một báo cáo theo thể thức: bản nháp với số liệu chốt lúc này, kèm tệp Word và PDF.")
def make(
    out: Annotated[Path, typer.Option("--out", help="Thư mục sẽ ghi.")],
    preset: Annotated[Preset | None, typer.Option(help="Kỳ báo cáo; bỏ trống thì phải ghi --from và --to.")] = None,
    year: Annotated[int, typer.Option(help="Năm; bỏ trống: năm nay.")] = 0,
    number: Annotated[int, typer.Option(help="Tháng, quý, tuần, nửa năm thứ mấy trong năm.")] = 1,
    first: Annotated[str, typer.Option("--from", help="Ngày đầu, như 01/01/2026.")] = "",
    last: Annotated[str, typer.Option("--to", help="Ngày cuối.")] = "",
    cutoff: Annotated[str, typer.Option(help="Chốt số liệu lúc, như 30/10/2026 17:00; bỏ trống: bây giờ.")] = "",
    by: Annotated[str, typer.Option("--by", help="Người lập.")] = "Dòng lệnh",
) -> None:
    """Begin a report and write its documents; the desk goes on from there."""
    settings = settings_module.load()
    service = build(settings)
    now = service.clock.now()
    closed = parse_moment(cutoff, "--cutoff") if cutoff else now
    if (preset is None) != bool(first and last):
        raise UserError("Hãy chọn một trong hai: --preset (kèm --year, --number), hoặc cả --from và --to.")
    if preset is None:
        asked = wanted(None, Span(parse_day(first, "--from"), parse_day(last, "--to")), closed)
    else:
        chosen = period(preset, year or local_day(now).year, number, settings.week_start)
        asked = wanted(preset, chosen.span, closed, year=chosen.year, number=chosen.number)
    row = make_report(service.engine, asked, by=by, now=now)
    document = document_of(row)
    content = docx(document)
    files = written(out, {f"bao-cao-{row.id}.docx": content, f"bao-cao-{row.id}.pdf": pdf(document, row.updated_at)})
    say(f"Báo cáo số {row.id}: {row.title}. Số liệu chốt lúc {moment(row.cutoff_at)}.")
    say(f"Đã ghi: {', '.join(str(file) for file in files.values())}.")
    unmet = [one.code for one in check_form(content) if not one.met]
    say(f"Thể thức: chưa đạt {', '.join(unmet)}." if unmet else "Thể thức: đạt mọi quy tắc.")
    left = left_open(row, data_of(row))
    if left:
        say(f"Còn viết: {'; '.join(one.title for one in left)} (trang Báo cáo của bàn làm việc).")


@app.command("list", help="Xem các báo cáo đã lập.")
def list_reports(
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Chỉ xem báo cáo đã rút.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Số dòng.")] = 50,
) -> None:
    """The reports, the last one made first."""
    with reading(build(settings_module.load()).engine) as session:
        found = reports(session, limit=limit, withdrawn=withdrawn)
    rows = [
        (one.id, one.title, f"{day(one.first)}–{day(one.last)}", moment(one.cutoff_at), STATE_WORDS[one.state])
        for one in found
    ]
    table("Báo cáo", ("Số", "Báo cáo", "Kỳ", "Số liệu chốt lúc", "Tình trạng"), rows)
