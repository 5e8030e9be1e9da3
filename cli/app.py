"""The command `cchc`. Each command reads its arguments, calls one thing, and prints what came of it."""

import sys

import typer

from cli import channels, library, operate, posts, queue
from cli.console import complain
from cli.errors import UserError
from connectors.errors import ConnectorError
from content.errors import ContentError
from reports.periods import ReportError
from scheduler.channels import ChannelError
from scheduler.queue import QueueError
from scheduler.vault import VaultError

app = typer.Typer(
    name="cchc",
    help="Runs a yearly communications campaign: library, queue, Facebook Page, Zalo OA, YouTube, weekly summary.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
operate.register(app)
app.add_typer(library.app, name="library")
app.add_typer(posts.app, name="post")
app.add_typer(queue.app, name="queue")
app.add_typer(channels.app, name="channels")

EXPECTED = (UserError, ContentError, QueueError, ChannelError, VaultError, ReportError, ConnectorError)
"""What a person can mend: one sentence and exit code 1. Everything else is a bug and shows its trace."""


def main() -> None:
    """The entry point of the command."""
    try:
        app()
    except EXPECTED as error:
        complain(str(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
