"""The command `cchc`. Each command reads its arguments, calls one thing, and prints what came of it."""

import errno
import io
import sys

import typer
from sqlalchemy.exc import SQLAlchemyError

from cli import (
    activities,
    campaigns,
    channels,
    clips,
    connect,
    coverage,
    days,
    evidence,
    exchange,
    export_data,
    figures,
    gallery,
    keys,
    library,
    month,
    notices,
    operate,
    pause,
    plan,
    portal,
    postgresql,
    posts,
    queue,
    reports,
    restore,
    staff,
    web,
    worker,
)
from cli.console import complain, say
from cli.errors import UserError
from cli.usage import UsageError, words_of
from cli.wiring import opened
from connectors.errors import ConnectorError
from content.errors import ContentError
from content.vietnamese import nfc
from portal.errors import PortalError
from reports.periods import ReportError
from scheduler.channels import ChannelError
from scheduler.db import is_away
from scheduler.handover_tables import QueueTablesError
from scheduler.pauses import PauseError
from scheduler.queue import QueueError
from scheduler.vault import VaultError
from web.staff import StaffError

app = typer.Typer(
    name="cchc",
    help="Vận hành kế hoạch truyền thông cải cách hành chính: thư viện, hàng chờ, kênh, số liệu, tổng hợp tuần.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
operate.register(app)
restore.register(app)
coverage.register(app)
app.command(help=connect.HELP)(connect.connect)
app.command(help=web.HELP)(web.web)
app.command(help=worker.HELP)(worker.worker)
app.command(help=days.HELP)(days.days)
app.command("move-to-postgresql", help=postgresql.HELP)(postgresql.move_to_postgresql)
app.command("export-data", help=export_data.HELP)(export_data.export_data)
app.command(help=activities.SUBMISSIONS_HELP)(activities.submissions)
clips.register(library.app)
exchange.register(library.app)
gallery.register(library.app)
month.register(queue.app)
app.add_typer(library.app, name="library")
app.add_typer(posts.app, name="post")
app.add_typer(queue.app, name="queue")
app.add_typer(plan.app, name="plan")
app.add_typer(campaigns.app, name="campaign")
app.add_typer(activities.app, name="activities")
app.add_typer(channels.app, name="channels")
app.add_typer(figures.app, name="figures")
app.add_typer(pause.app, name="pause")
app.add_typer(portal.app, name="portal")
app.add_typer(reports.app, name="report")
app.add_typer(notices.app, name="notices")
app.add_typer(staff.app, name="staff")
app.add_typer(evidence.app, name="evidence")
app.add_typer(keys.app, name="keys")

EXPECTED = (
    *(UserError, ContentError, QueueError, ChannelError, VaultError, ReportError, ConnectorError, PortalError),
    *(StaffError, PauseError, QueueTablesError),
)
"""What a person can mend: one sentence and exit code 1. Everything else is a bug and shows its trace."""


NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The disk is full, or what this person may use of it, or the file may not grow."""


def main() -> None:
    """The entry point of the command. What is typed becomes NFC here; what is printed is UTF-8 everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        with opened:
            code = app(args=[nfc(argument) for argument in sys.argv[1:]], standalone_mode=False)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            say(str(error))
        else:
            complain(words_of(error))
        sys.exit(2)
    except typer.Abort:
        complain("Đã dừng theo yêu cầu.")
        sys.exit(1)
    except EXPECTED as error:
        complain(str(error))
        sys.exit(1)
    except SQLAlchemyError as error:
        if not is_away(error):
            raise
        words = " ".join(str(getattr(error, "orig", "") or "hết kết nối").split())
        complain(f"Cơ sở dữ liệu đang bận hoặc không truy cập được ({words}); hãy thử lại sau ít phút.")
        sys.exit(1)
    except OSError as error:
        if error.errno in NO_ROOM:
            complain("Ổ đĩa đã đầy nên lệnh dừng, dữ liệu giữ nguyên như trước; hãy dọn bớt ổ đĩa rồi chạy lại.")
            sys.exit(1)
        if error.filename is None:
            raise
        complain(f"Không đọc hoặc ghi được {error.filename}: {error.strerror}.")
        sys.exit(1)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
