"""Which command stands in which module: a module is loaded when its command is called, not before.

All of them together take twice the memory and the start of what `cchc run` or `cchc status` needs. A new command is one
line here; `--help`, and a word that is no command, load everything.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import typer

COMMANDS = {
    "init": "operate.init",
    "demo": "demo.demo",
    "run": "run.run",
    "tick": "operate.tick",
    "collect": "operate.collect",
    "summary": "operate.summary",
    "status": "operate.status",
    "doctor": "doctor.doctor",
    "backup": "restore.backup",
    "restore": "restore.restore",
    "restored": "restore.restored",
    "restore-drill": "restore.restore_drill",
    "coverage": "coverage.show",
    "connect": "connect.connect",
    "web": "web.web",
    "worker": "worker.worker",
    "days": "days.days",
    "move-to-postgresql": "postgresql.move_to_postgresql",
    "export-data": "export_data.export_data",
    "submissions": "activities.submissions",
}
"""The commands that stand alone, in the order in which they are listed: the function, in a module of this folder whose
HELP has its words for staff."""
GROUPS = {
    "library": "library",
    "post": "posts",
    "queue": "queue",
    "plan": "plan",
    "campaign": "campaigns",
    "activities": "activities",
    "channels": "channels",
    "figures": "figures",
    "pause": "pause",
    "portal": "portal",
    "report": "reports",
    "notices": "notices",
    "staff": "staff",
    "evidence": "evidence",
    "audit": "audit",
    "records": "records",
    "keys": "keys",
}
"""The commands that have commands of their own: the module whose `app` they are."""
MORE = {"library": ("clips", "exchange", "gallery"), "queue": ("month",), "audit": ("audit_log",)}
"""Further modules that add commands to a group."""


def program(called: str = "") -> typer.Typer:
    """The command `cchc` with what was called; with everything where that is no command of it, or nothing."""
    known = called in COMMANDS or called in GROUPS
    app = typer.Typer(
        name="cchc",
        help="Vận hành kế hoạch truyền thông cải cách hành chính: thư viện, hàng chờ, kênh, số liệu, tổng hợp tuần.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_with_commands)
    for name in COMMANDS:
        if not known or name == called:
            command, words = _command(name)
            app.command(name, help=words)(command)
    for name in GROUPS:
        if not known or name == called:
            app.add_typer(_group(name), name=name)
    return app


def _with_commands() -> None:  # with only one command the library would take the program for that command itself
    pass


def _command(name: str) -> tuple[Callable[..., Any], str]:
    module, _, function = COMMANDS[name].partition(".")
    found = import_module(f"cli.{module}")
    command = getattr(found, function)
    return command, found.HELP[command] if isinstance(found.HELP, dict) else found.HELP


@cache
def _group(name: str) -> typer.Typer:
    group: typer.Typer = import_module(f"cli.{GROUPS[name]}").app
    for more in MORE.get(name, ()):
        import_module(f"cli.{more}").register(group)
    return group
