"""What publishing carries: a process that does nothing but publish loads what that takes, and nothing else.

Each name here was taken out of the publishing process once and weighed half a megabyte or more; together they were
forty. Who needs one imports it where it is used.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

PACKAGES = {
    *("rich", "pygments", "greenlet", "charset_normalizer", "chardet", "attr"),
    *("alembic", "mako", "jinja2", "markupsafe", "yaml", "lxml", "defusedxml", "PIL", "resvg_py", "pyrage"),
    *("google", "typst", "docx", "xlsxwriter", "openpyxl", "fastapi", "starlette", "uvicorn", "fontTools", "holidays"),
}
"""Packages of others."""
POSTGRESQL = {"psycopg", "psycopg_binary", "procrastinate", "sqlalchemy.dialects.postgresql"}
"""What an office with SQLite does without."""
OURS = {
    *("cli.backup", "cli.database", "cli.keeping", "cli.library", "cli.operate", "cli.sealing", "cli.sending"),
    *("content.checks", "content.drawings", "content.infographic", "content.library", "content.logo"),
    *("content.media.pictures", "content.plan", "portal.feed", "portal.article", "postbox.mail"),
    *("reports.papers", "reports.views", "reports.weekly", "scheduler.alarms", "scheduler.filling"),
    *("scheduler.queue", "scheduler.submission", "web.app", "web.house"),
}
"""Modules of ours that bring much with them."""
ONE_TURN = """
import json, sys
import cli.app
from cli.program import program
program(sys.argv[1])
from sqlmodel import SQLModel
from cli import settings
from cli.wiring import build
from records.sources import SOURCES
from scheduler.db import open_engine
loaded = settings.load(_env_file=None, data_dir=sys.argv[2])
engine = open_engine(loaded.database)
SQLModel.metadata.create_all(engine)
service = build(loaded, engine=engine)
service.recover()
service.beat()
service.tick()
service.seal()
service.close()
tables = {one.table for one in SOURCES} - set(SQLModel.metadata.tables)
json.dump({"modules": sorted(sys.modules), "unknown": sorted(tables)}, sys.stdout)
"""


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_turn_of_the_service_loads_nothing_that_publishing_does_without(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_TURN, command, str(tmp_path / "data")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    loaded = set(told["modules"])
    assert loaded & (PACKAGES | POSTGRESQL | OURS) == set()
    assert told["unknown"] == [], "rows of every floor are sealed, so their tables are known from the start"


def test_what_is_not_to_be_loaded_exists() -> None:
    """A module that was renamed would be watched by nobody."""
    for name in OURS:
        place = ROOT.joinpath(*name.split("."))
        assert place.is_dir() or place.with_suffix(".py").is_file(), name
