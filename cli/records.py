"""`cchc records …`: holds, periods, what is due, and the monthly sealed archive, for whoever looks after the server."""

from pathlib import Path
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.acts import at_the_server, leave
from cli.console import complain, say, table
from cli.errors import UserError
from cli.keeping import keeping_rules
from cli.library import choice
from cli.when import parse_day
from cli.wiring import has_database, open_database
from content.vietnamese import local_day, moment, number
from records.chain import head
from records.gone import words_of
from records.holds import SCOPE_WORDS, Scope, holds, lift, place, subject_words
from records.retention import Due, carry_out, due, periods, set_period
from records.rules import TableRule
from records.seals import digest, sealed_as, seals
from reports.archive.making import month_before
from reports.evidence.verifying import verify
from scheduler.clock import SystemClock
from scheduler.db import reading, writing
from web.acts import Act
from web.archiving import archive, folder_of, is_whole
from web.retention import acts_of

app = typer.Typer(help="Lưu trữ: lệnh giữ hồ sơ, thời hạn, gói lưu trữ tháng.", no_args_is_help=True)

TOLD_MOST = 200
"""Problems that are printed one by one."""
By = Annotated[str, typer.Option("--by", help="Người thực hiện; bỏ trống: máy chủ.")]
Reason = Annotated[str, typer.Option("--reason", help="Lý do, như số văn bản yêu cầu.")]
SCOPES_HELP = "; ".join(f"{scope} = {words}" for scope, words in SCOPE_WORDS.items())


# Legal holds -----------------------------------------------------------------------------------------------


@app.command("hold", help="Đặt lệnh giữ: những gì thuộc đó không bị xóa theo thời hạn cho đến khi dỡ lệnh.")
def hold(
    scope: Annotated[str, typer.Argument(metavar="PHẠM_VI", help=SCOPES_HELP)],
    subject: Annotated[str, typer.Argument(metavar="[MÃ]", help="Mã bài, số lượt đăng hoặc mã chiến dịch.")] = "",
    reason: Reason = "",
    first: Annotated[str, typer.Option("--from", help="Ngày đầu của khoảng thời gian.")] = "",
    last: Annotated[str, typer.Option("--to", help="Ngày cuối, kể cả ngày đó.")] = "",
    by: By = "",
) -> None:
    """Place a hold."""
    known = {one.value: words for one, words in SCOPE_WORDS.items()}
    wanted = Scope(choice(scope, "PHẠM_VI", known) or "")
    since, until = (parse_day(first, "--from") if first else None), (parse_day(last, "--to") if last else None)
    now, who = SystemClock().now(), by or at_the_server()
    with writing(open_database(settings_module.load())) as session:
        row = place(session, wanted, subject, first=since, last=until, reason=reason, by=who, now=now)
        words = subject_words(session, row)
        leave(session, Act.HOLD, f"lệnh giữ số {row.id}", f"đặt: {words}; lý do: {row.reason}", now=now, by=who)
    say(f"Đã đặt lệnh giữ số {row.id} ({words}). Dỡ lệnh: cchc records lift {row.id} --reason …")


@app.command("lift", help="Dỡ một lệnh giữ; lệnh và lý do vẫn còn trong sổ.")
def lift_hold(
    number_: Annotated[int, typer.Argument(metavar="SỐ", help="Số của lệnh, xem bằng cchc records holds.")],
    reason: Reason = "",
    by: By = "",
) -> None:
    """Lift a hold."""
    now, who = SystemClock().now(), by or at_the_server()
    with writing(open_database(settings_module.load())) as session:
        row = lift(session, number_, reason=reason, by=who, now=now)
        words = f"dỡ: {subject_words(session, row)}; lý do: {row.lifted_words}"
        leave(session, Act.HOLD, f"lệnh giữ số {row.id}", words, now=now, by=who)
    say(f"Đã dỡ lệnh giữ số {row.id}.")


@app.command("holds", help="Xem các lệnh giữ, đang có hiệu lực và đã dỡ.")
def list_holds() -> None:
    """All holds."""
    with reading(open_database(settings_module.load())) as session:
        rows = [(one, subject_words(session, one)) for one in holds(session)]
    table(
        "Lệnh giữ hồ sơ",
        ("Số", "Giữ gì", "Lý do", "Người đặt", "Từ lúc", "Tình trạng"),
        [
            (
                one.id, words, one.reason, one.placed_by, moment(one.placed_at),
                f"dỡ lúc {moment(one.lifted_at)}, {one.lifted_by}: {one.lifted_words}" if one.lifted_at else "đang giữ",
            )
            for one, words in rows
        ],
    )  # fmt: skip


# Archives --------------------------------------------------------------------------------------------------


@app.command("archive", help="Lập và niêm phong gói lưu trữ của một tháng đã qua; tháng không đổi thì giữ gói cũ.")
def archive_month(
    month: Annotated[str, typer.Option("--month", help="Tháng, như 2026-10; bỏ trống: tháng trước.")] = "",
    videos: Annotated[bool, typer.Option("--videos/--no-videos", help="Có kèm video không.")] = True,
    by: By = "",
) -> None:
    """Make, seal and keep the archive of a month."""
    settings, now = settings_module.load(), SystemClock().now()
    engine = open_database(settings)
    with reading(engine) as session:
        link = head(session).kept
    wanted = month or month_before(local_day(now))
    made = archive(engine, settings.data_dir, wanted, by=by or at_the_server(), now=now, chain_head=link, videos=videos)
    file = folder_of(settings.data_dir) / made.seal.name
    if made.new:
        say(f"Đã niêm phong {file} ({number(made.seal.size / 1024**2, 1)} MB), bản {made.seal.version}.")
    elif made.mended:
        say(f"Dữ liệu tháng không đổi nhưng tệp đã mất; đã lập lại đúng tệp cũ: {file}.")
    else:
        say(f"Dữ liệu tháng không đổi; gói đã niêm phong vẫn nguyên vẹn: {file}.")
    say(f"Mã kiểm chứng (ghi vào sổ): {made.seal.manifest_sha256}")


@app.command("archives", help="Xem các gói lưu trữ tháng đã niêm phong và tệp còn nguyên không.")
def list_archives() -> None:
    """All seals, each held against its file."""
    settings = settings_module.load()
    with reading(open_database(settings)) as session:
        rows = seals(session)
    folder = folder_of(settings.data_dir)
    table(
        "Gói lưu trữ tháng",
        ("Tháng", "Bản", "Tệp", "MB", "Niêm phong lúc", "Người lập", "Tệp"),
        [
            (one.month, one.version, one.name, number(one.size / 1e6, 1), moment(one.made_at), one.made_by,
             "nguyên vẹn" if is_whole(folder / one.name, one) else "MẤT HOẶC HỎNG")
            for one in rows
        ],
    )  # fmt: skip


@app.command("check", help="Kiểm tra một gói lưu trữ: từng tệp bên trong, và niêm phong trong cơ sở dữ liệu.")
def check(file: Annotated[Path, typer.Argument(help="Tệp ZIP.")]) -> None:
    """Hold a file against its own manifest and against the seal, where there is a database."""
    found = verify(file)
    for words in found.problems[:TOLD_MOST]:
        complain(words)
    if not found.ok:
        raise UserError(f"{file.name} KHÔNG nguyên vẹn: {number(len(found.problems))} điều sai.")
    say(f"{file.name} nguyên vẹn: {number(found.files)} tệp đều đúng danh mục.")
    say(f"Mã kiểm chứng: {found.manifest_sha256}")
    settings = settings_module.load()
    if not has_database(settings):
        say("Ở đây không có cơ sở dữ liệu để đối chiếu niêm phong; hãy so mã trên với mã trong sổ của cơ quan.")
        return
    with reading(open_database(settings)) as session:
        row = sealed_as(session, digest(file))
    if row is None:
        raise UserError(f"{file.name} không phải gói nào mà hệ thống này đã niêm phong.")
    say(f"Đúng gói đã niêm phong lúc {moment(row.made_at)}: tháng {row.month}, bản {row.version}.")


# Periods ---------------------------------------------------------------------------------------------------


@app.command("rules", help="Xem thời hạn lưu giữ của từng loại dữ liệu không phải hồ sơ.")
def rules() -> None:
    """Every rule with this office's period."""
    settings = settings_module.load()
    with reading(open_database(settings)) as session:
        found = periods(session, keeping_rules(settings))
    table(
        "Thời hạn lưu giữ",
        ("Mã", "Loại", "Ngày", "Cho phép", "Căn cứ"),
        [
            (one.rule.kind, one.rule.label, one.days, f"{one.rule.least}-{one.rule.most}", one.rule.source)
            for one in found
        ],
        whole=("Mã",),
    )
    say("Bài, lượt đăng, duyệt, diễn biến, số liệu, báo cáo, tài liệu kiểm chứng là hồ sơ: giữ mãi, không xóa được.")


@app.command("keep", help="Đặt thời hạn lưu giữ của một loại, tính bằng ngày.")
def keep(
    kind: Annotated[str, typer.Argument(metavar="MÃ", help="Mã của loại, xem bằng cchc records rules.")],
    days: Annotated[int, typer.Option("--days", help="Số ngày.")],
    by: By = "",
) -> None:
    """Set the period of one kind."""
    settings, now, who = settings_module.load(), SystemClock().now(), by or at_the_server()
    with writing(open_database(settings)) as session:
        rule = set_period(session, keeping_rules(settings), kind, days, by=who, now=now)
        leave(session, Act.RETENTION, rule.kind, words_of(rule, days), now=now, by=who)
    say(f"{rule.label}: giữ {number(days)} ngày.")


@app.command("due", help="Xem trước những gì đã hết thời hạn và sẽ bị xóa đêm nay; không xóa gì.")
def show_due() -> None:
    """What would go now."""
    settings = settings_module.load()
    found = due(open_database(settings), keeping_rules(settings), now=SystemClock().now())
    table(
        "Đã hết thời hạn",
        ("Mã", "Loại", "Thời hạn (ngày)", "Sẽ xóa", "MB", "Bị lệnh giữ giữ lại"),
        [
            (one.period.rule.kind, one.period.rule.label, one.period.days, number(one.count), _size(one),
             number(one.kept_back))
            for one in found if one.count or one.kept_back
        ],
        whole=("Mã",),
    )  # fmt: skip


def _size(one: Due) -> str:
    return "-" if isinstance(one.period.rule, TableRule) else number(one.size / 1e6, 1)


@app.command("clear", help="Xóa ngay những gì đã hết thời hạn, như việc hằng đêm làm.")
def clear() -> None:
    """Do the night's work now."""
    settings, now = settings_module.load(), SystemClock().now()
    say(carry_out(open_database(settings), keeping_rules(settings), acts_of(at_the_server(), now), now=now))
