"""The command `cchc`. Each command reads its arguments, calls one thing, and prints what came of it."""

import io
import socket
import sys

import typer
from sqlalchemy.exc import SQLAlchemyError

from cli.console import complain, say
from cli.logs import quiet_crashes
from cli.program import program
from cli.usage import UsageError, words_of
from cli.wiring import opened
from content.origin import Via, coming_from
from content.vietnamese import nfc
from scheduler.db import is_away, is_full

EXPECTED = {
    "cli.errors.UserError",
    "connectors.errors.ConnectorError",
    "content.errors.ContentError",
    "portal.errors.PortalError",
    "records.chain.ChainError",
    "records.errors.RecordsError",
    "reports.periods.ReportError",
    "scheduler.channels.ChannelError",
    "scheduler.handover_tables.QueueTablesError",
    "scheduler.pauses.orders.PauseError",
    "scheduler.adding.QueueError",
    "scheduler.vault.VaultError",
    "web.staff.StaffError",
}
"""What a person can mend: one sentence and exit code 1. Everything else is a bug and shows its trace. By name, because
to load the modules only for their errors would take what loading commands when they are called saves."""

FULL = "Ổ đĩa đã đầy nên lệnh dừng, dữ liệu giữ nguyên như trước; hãy dọn bớt ổ đĩa rồi chạy lại."


def main() -> None:
    """The entry point of the command. What is typed becomes NFC here; what is printed is UTF-8 everywhere."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    quiet_crashes()
    try:
        with opened, coming_from(Via.CLI, socket.gethostname()):
            typed = [nfc(argument) for argument in sys.argv[1:]]
            code = program(*typed[:1])(args=typed, standalone_mode=False)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            say(str(error))
        else:
            complain(words_of(error))
        sys.exit(2)
    except typer.Abort:
        complain("Đã dừng theo yêu cầu.")
        sys.exit(1)
    except SQLAlchemyError as error:
        if is_full(error):
            complain(FULL)
            sys.exit(1)
        if not is_away(error):
            raise
        words = " ".join(str(getattr(error, "orig", "") or "hết kết nối").split())
        complain(f"Cơ sở dữ liệu đang bận hoặc không truy cập được ({words}); hãy thử lại sau ít phút.")
        sys.exit(1)
    except OSError as error:
        if is_full(error):
            complain(FULL)
            sys.exit(1)
        if error.filename is None:
            raise
        complain(f"Không đọc hoặc ghi được {error.filename}: {error.strerror}.")
        sys.exit(1)
    except Exception as error:
        if not is_expected(type(error)):
            raise
        complain(str(error))
        sys.exit(1)
    if code:
        sys.exit(code)


def is_expected(kind: type[BaseException]) -> bool:
    """Whether such an error is one that a person can mend."""
    return any(f"{one.__module__}.{one.__qualname__}" in EXPECTED for one in kind.__mro__)


if __name__ == "__main__":
    main()
