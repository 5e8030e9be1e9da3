"""`cchc activities …` and `cchc submissions`: the log of what was done outside the networks; who has handed in."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from cli import settings as settings_module
from cli.acts import leave
from cli.console import say, table
from cli.errors import UserError
from cli.when import parse_day
from cli.wiring import build
from content.activities import FIGURES, KIND_NAMES, Asked, activities, count, create, totals
from content.activity_fields import ActivityFields, money, told
from content.errors import ContentError, LibraryError
from content.exchange.activity_file import as_csv, as_xlsx, template
from content.exchange.activity_table import compare, read_table, write
from content.exchange.activity_table import told as problem_words
from content.plan import Plan, active_plan
from content.record_tables import Submission
from content.store import write_new
from content.submissions import STATE_WORDS, State, standings
from content.vietnamese import day, local_day, number
from scheduler.db import reading, writing
from web.acts import Act

app = typer.Typer(help="Hoạt động trực tiếp: xem, ghi, nhập từ bảng, xuất ra bảng.", no_args_is_help=True)
By = Annotated[str, typer.Option("--by", help="Người thực hiện.")]
From = Annotated[str, typer.Option("--from", help="Từ ngày, như 01/01/2026.")]
To = Annotated[str, typer.Option("--to", help="Đến ngày.")]
Kind = Annotated[str, typer.Option(help=f"Chỉ một loại: {', '.join(KIND_NAMES)}.")]
AgencyOption = Annotated[str, typer.Option(help="Chỉ một cơ quan, theo mã.")]
EXPORT_MOST = 20_000
HELP = "Xem cơ quan nào đã nộp, nộp trễ, chưa nộp theo hạn của kế hoạch."


@app.command("list", help="Xem các hoạt động và cộng theo loại.")
def list_activities(
    first: From = "", last: To = "", kind: Kind = "", agency: AgencyOption = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Số dòng.")] = 50,
) -> None:  # fmt: skip
    """The activities of a span, the last to begin first, and what they add up to."""
    asked = _asked(first, last, kind, agency)
    service = build(settings_module.load())
    with reading(service.engine) as session:
        rows, total, sums = activities(session, asked, limit=limit), count(session, asked), totals(session, asked)
    lines = [
        (str(one.id), day(one.first), KIND_NAMES.get(one.kind, one.kind), one.title, one.agency, told(one.figures))
        for one in rows
    ]
    table(f"Hoạt động ({number(total)})", ("Số", "Từ ngày", "Loại", "Tên", "Cơ quan", "Kết quả"), lines)
    for one in sums:
        counted = ", ".join(f"{number(value)} {FIGURES[name].unit}" for name, value in one.figures.items())
        say(f"{one.kind.label}: {number(one.activities)} hoạt động; {counted}.")


@app.command("add", help="Ghi một hoạt động.")
def add(
    kind: Annotated[str, typer.Argument(help=f"Loại: {', '.join(KIND_NAMES)}.")],
    title: Annotated[str, typer.Argument(help="Tên hoạt động.")],
    first: Annotated[str, typer.Option("--on", help="Ngày, hoặc ngày đầu, như 31/12/2026.")],
    by: By,
    last: Annotated[str, typer.Option("--to", help="Ngày cuối; bỏ trống: một ngày.")] = "",
    agency: Annotated[str, typer.Option(help="Mã cơ quan; bỏ trống: cơ quan chủ trì.")] = "",
    topic: Annotated[str, typer.Option(help="Chữ cái của nội dung tuyên truyền.")] = "",
    place: Annotated[str, typer.Option(help="Địa điểm.")] = "",
    figure: Annotated[
        list[str] | None, typer.Option(help=f"Kết quả, ghi nhiều lần được, như people=120. Tên: {', '.join(FIGURES)}.")
    ] = None,
    cost: Annotated[str, typer.Option(help="Kinh phí bằng đồng, như 12.500.000.")] = "",
    funding: Annotated[str, typer.Option(help="Nguồn kinh phí.")] = "",
    outlet: Annotated[str, typer.Option(help="Báo, đài; chỉ với loại bao_chi.")] = "",
    url: Annotated[str, typer.Option(help="Địa chỉ trên mạng.")] = "",
) -> None:
    """Log one activity."""
    begins = parse_day(first, "--on")
    try:
        paid = money(cost)
    except ValueError as error:
        raise UserError(f"--cost: {error}") from None
    fields = ActivityFields(
        kind, title, begins, parse_day(last, "--to") if last else begins, place, agency, topic,
        figures=_figures(figure or []), cost=paid, funding=funding, outlet=outlet, url=url,
    )  # fmt: skip
    service = build(settings_module.load())
    now = service.clock.now()
    with writing(service.engine) as session:
        row, new = create(session, fields, by=by, now=now)
        if new:
            leave(session, Act.ACTIVITY, f"Hoạt động số {row.id}: {row.title}"[:300], "Ghi hoạt động", now=now, by=by)
    say(f"Đã ghi hoạt động số {row.id}: {row.title}." if new else f"Hoạt động này đã ghi từ trước, số {row.id}.")


@app.command("import", help="Nhập hoạt động từ tệp CSV hoặc XLSX; còn một dòng lỗi thì không dòng nào được nhập.")
def import_table(
    file: Annotated[Path, typer.Argument(help="Tệp CSV hoặc XLSX.")],
    by: By,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem thử, không ghi gì.")] = False,
    only_good: Annotated[bool, typer.Option("--only-good", help="Chỉ nhập các dòng không lỗi.")] = False,
    sheet: Annotated[str, typer.Option(help="Trang tính cần đọc.")] = "",
) -> None:
    """Import a table, or only say what would come of it."""
    service = build(settings_module.load())
    now = service.clock.now()
    with reading(service.engine) as session:
        found = read_table(file, _plan(session), local_day(now), sheet=sheet)
        compare(session, found)
    for line in found.notes:
        say(line)
    for row in found.rows:
        for one in row.problems:
            say(problem_words(found, row, one))
    bad = sum(one.blocked for one in found.rows)
    say(f"{found.count('new')} hoạt động mới, {found.count('same')} đã ghi từ trước, {bad} dòng phải sửa.")
    if dry_run:
        say("Chạy thử: chưa ghi gì.")
        return
    if bad and not only_good:
        raise LibraryError([f"{found.name}: còn {bad} dòng phải sửa nên chưa nhập dòng nào; hoặc dùng --only-good."])
    with writing(service.engine) as session:
        new, same = write(session, found, by=by, now=now, only_good=only_good)
        if new:
            leave(session, Act.ACTIVITY, found.name, f"Nhập {new} hoạt động từ bảng", now=now, by=by)
    say(f"Đã nhập {new} hoạt động; {same} hoạt động đã ghi từ trước giữ nguyên.")


@app.command("export", help="Xuất hoạt động ra tệp .csv hoặc .xlsx mà lệnh import đọc lại được.")
def export(
    out: Annotated[Path, typer.Argument(help="Tệp sẽ ghi, tên kết thúc bằng .csv hoặc .xlsx.")],
    first: From = "", last: To = "", kind: Kind = "", agency: AgencyOption = "",
    empty: Annotated[bool, typer.Option("--template", help="Ghi tệp mẫu để điền (.xlsx).")] = False,
) -> None:  # fmt: skip
    """Write the activities, or the template, to a new file."""
    asked = _asked(first, last, kind, agency)
    kinds = (".xlsx",) if empty else (".csv", ".xlsx")
    if out.suffix.lower() not in kinds:
        raise UserError(f"{out.name}: tên tệp phải kết thúc bằng {' hoặc '.join(kinds)}.")
    service = build(settings_module.load())
    now = service.clock.now()
    with reading(service.engine) as session:
        plan = _plan(session)
        rows = [] if empty else activities(session, asked, limit=EXPORT_MOST)
    data = (
        template(plan, now)
        if empty
        else as_csv(rows, plan, {})
        if out.suffix == ".csv"
        else as_xlsx(rows, plan, {}, now)
    )
    if not write_new(out, data):
        raise UserError(f"{out}: đã có tệp này; hãy đổi tên hoặc chọn tên khác.")
    say(f"Đã ghi {out}." if empty else f"Đã ghi {len(rows)} hoạt động vào {out}.")


def submissions(
    deadline: Annotated[str, typer.Argument(help="Mã hạn nộp; bỏ trống: mọi hạn.")] = "",
    on: Annotated[str, typer.Option("--on", help="Tính đến ngày; bỏ trống: hôm nay.")] = "",
    missing: Annotated[bool, typer.Option("--missing", help="Chỉ những cơ quan chưa nộp, để đôn đốc.")] = False,
) -> None:
    """Who has handed in for the plan's deadlines as of a day."""
    service = build(settings_module.load())
    as_of = parse_day(on, "--on") if on else local_day(service.clock.now())
    with reading(service.engine) as session:
        plan = active_plan(session)
        found = [one for one in standings(session, plan, as_of) if deadline in ("", one.deadline.code)]
    if deadline and not found:
        raise UserError(f"Không có hạn nộp “{deadline}”; các hạn: {', '.join(one.code for one in plan.deadlines)}.")
    for one in found:
        last = day(one.deadline.last_day) if one.deadline.last_day else "chưa đặt"
        say(f"{one.deadline.what} ({one.deadline.code}): ngày cuối {last}; đã nộp {one.handed_in}/{len(one.lines)}.")
        shown = one.of(State.MISSING, State.WAITING) if missing else one.lines
        rows = [
            (line.name, STATE_WORDS[line.state], *_came(line.submission), number(line.days_late or None))
            for line in shown
        ]
        table(f"Tính đến {day(as_of)}", ("Cơ quan", "Tình trạng", "Ngày nhận", "Văn bản", "Trễ (ngày)"), rows)


def _came(row: Submission | None) -> tuple[str, str]:
    return (day(row.received_on), row.document or "-") if row is not None else ("-", "-")


def _asked(first: str, last: str, kind: str, agency: str) -> Asked:
    if kind and kind not in KIND_NAMES:
        raise UserError(f"--kind: không có loại “{kind}”; chỉ nhận {', '.join(KIND_NAMES)}.")
    begins: date | None = parse_day(first, "--from") if first else None
    ends: date | None = parse_day(last, "--to") if last else None
    return Asked(begins, ends, kind, agency or None)


def _figures(entries: list[str]) -> dict[str, int]:
    """ "people=120" as figures. Raises `UserError`."""
    found: dict[str, int] = {}
    for entry in entries:
        name, _, value = (part.strip() for part in entry.partition("="))
        digits = value.replace(".", "")
        if name not in FIGURES or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
            raise UserError(
                f"--figure: không hiểu “{entry}”; hãy viết như people=120, tên trong: {', '.join(FIGURES)}."
            )
        found[name] = int(digits)
    return found


def _plan(session: Session) -> Plan | None:
    try:
        return active_plan(session)
    except ContentError:
        return None
