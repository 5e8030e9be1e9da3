"""`cchc notices`: what people have to know, how it was told, and whether telling works."""

from datetime import timedelta
from typing import Annotated

import typer

from cli import settings as settings_module
from cli.console import say, table
from cli.errors import UserError
from cli.settings import CommonSettings, listed
from cli.wiring import build, open_database
from content.vietnamese import moment
from postbox.hosts import is_inside
from scheduler.clock import SystemClock
from scheduler.db import reading
from scheduler.deliveries import SENDING_WORDS, WAY_WORDS, Sending, Way
from scheduler.notices import GRADE_WORDS, Grade, cleared_notices, deliveries_of, kind_words, open_notices
from scheduler.telling import told_words

LATELY = timedelta(days=14)
CLEARED_MOST = 100

app = typer.Typer()


@app.callback(invoke_without_command=True)
def notices(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Cả những thông báo đã hết nguyên nhân gần đây.")] = False,
) -> None:
    """The open notices, the gravest first; with --all also those that were cleared lately."""
    if context.invoked_subcommand is not None:
        return
    now = SystemClock().now()
    with reading(open_database(settings_module.load())) as session:
        found = list(open_notices(session))
        if everything:
            found += cleared_notices(session, since=now - LATELY, limit=CLEARED_MOST)
        told = deliveries_of(session, found)
    if not found:
        say("Không có thông báo nào đang mở.")
        return
    columns = ("Mức", "Loại", "Từ", "Nội dung", "Đã báo", *(["Hết lúc"] if everything else []))
    rows = [
        (
            GRADE_WORDS[Grade(one.grade)], kind_words(one.kind), moment(one.raised_at), one.words,
            "; ".join(
                f"{WAY_WORDS[Way(sent.way)]} {SENDING_WORDS[Sending(sent.state)]} {moment(sent.finished_at)}"
                for sent in told.get(one.id or 0, ())
            ) or "-",
            *([moment(one.cleared_at)] if everything else []),
        )
        for one in found
    ]  # fmt: skip
    table("Thông báo", columns, rows)


@app.command(help="Gửi thử một thư và một webhook tới từng nơi nhận đã cấu hình. Mã thoát 1 khi có nơi không gửi được.")
def test() -> None:
    """A trial message on every way, at once."""
    settings = settings_module.load()
    problems = untold(settings)
    service = build(settings)
    try:
        told = service.telling.test() if service.telling is not None else []
    finally:
        service.close()
    for one in told:
        say(told_words(one))
    if problems:
        raise UserError(" ".join(problems))
    if not told:
        raise UserError(
            "Chưa cấu hình nơi nhận thông báo nào; hãy điền CCHC_SMTP_HOST, CCHC_MAIL_FROM, CCHC_MAIL_TO hoặc "
            "CCHC_WEBHOOKS trong tệp .env."
        )
    failed = [one for one in told if one.state is not Sending.SENT]
    if failed:
        raise UserError(f"Có {len(failed)} nơi chưa nhận được thông báo thử; xem các dòng trên.")


def untold(settings: CommonSettings) -> list[str]:
    """Why notices would reach nobody, or travel in clear: one sentence each."""
    found = []
    mail = {"CCHC_SMTP_HOST": settings.smtp_host, "CCHC_MAIL_FROM": settings.mail_from}
    mail["CCHC_MAIL_TO"] = "".join(listed(settings.mail_to))
    missing = [name for name, value in mail.items() if not value]
    if listed(settings.summary_to):  # mail may be there for the weekly summary alone
        missing = [] if missing == ["CCHC_MAIL_TO"] else missing
    if missing and len(missing) < len(mail):
        found.append(f"Chưa gửi được thông báo bằng thư vì còn thiếu {', '.join(missing)} trong tệp .env.")
    server = {name: value for name, value in mail.items() if name != "CCHC_MAIL_TO"}
    if listed(settings.summary_to) and not all(server.values()):
        names = ", ".join(name for name, value in server.items() if not value)
        found.append(f"Có CCHC_SUMMARY_TO nhưng thiếu {names} nên không gửi được bản tổng hợp tuần bằng thư.")
    if settings.smtp_host and settings.smtp_security == "none" and not is_inside(settings.smtp_host):
        found.append(
            f"CCHC_SMTP_SECURITY=none gửi thư và mật khẩu không mã hóa tới {settings.smtp_host}; hãy dùng starttls "
            "hoặc tls."
        )
    if bool(settings.smtp_user) != bool(settings.smtp_password.get_secret_value()):
        found.append("CCHC_SMTP_USER và CCHC_SMTP_PASSWORD phải có cả hai, hoặc bỏ trống cả hai.")
    if listed(settings.webhooks) and not settings.hooks:
        found.append("Có CCHC_WEBHOOKS nhưng thiếu CCHC_WEBHOOK_SECRET nên không gửi webhook; hãy đặt khóa để ký.")
    return found
