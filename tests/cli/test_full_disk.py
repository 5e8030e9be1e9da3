"""A full disk at every place where a command writes: one clear sentence, the old state, nothing half-written."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.settings import ROOT
from tests.cli.conftest import Cchc
from tests.cli.test_backup import data_of, filled
from tests.web.test_library_exchange import GOOD, csv

__all__ = ["filled"]
PHRASE = "bưởi xanh chín cầu thang"
COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "init": (("init",), ""),
    "backup": (("backup",), ""),
    "backup elsewhere": (("backup", "--to", "ngoai"), ""),
    "backup sealed": (("backup", "--to", "ngoai"), ""),
    "keys rotate": (("keys", "rotate"), ""),
    "keys export": (("keys", "export", "--out", "khoa.age"), f"{PHRASE}\n{PHRASE}\n"),
    "keys backup-key": (("keys", "backup-key", "--out", "sao-luu.key"), ""),
    "restore": (("restore", "data/backup", "--into", "moi", "--secrets", "data/cchc.key"), ""),
    "restore-drill": (("restore-drill",), ""),
    "queue add": (("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan"), ""),
    "summary": (("summary", "--week", "2026-W48"), ""),
    "evidence make": (("evidence", "make", "--from", "01/01/2026", "--to", "31/12/2026", "--out", "ho-so.zip"), ""),
    "export-data": (("export-data", "--out", "du-lieu"), ""),
    "library export": (("library", "export", "thu-vien"), ""),
    "library export as a workbook": (("library", "export", "thu-vien", "--format", "xlsx"), ""),
    "library template": (("library", "template", "mau.xlsx"), ""),
    "library import": (("library", "import", "bang.csv"), ""),
    "activities export": (("activities", "export", "hoat-dong.xlsx"), ""),
    "coverage": (("coverage", "--out", "do-phu.xlsx"), ""),
    "queue month": (("queue", "month", "12/2026", "--out", "lich"), ""),
    "report make": (("report", "make", "--from", "01/01/2026", "--to", "31/10/2026", "--out", "bao-cao"), ""),
    "records archive": (("records", "archive", "--month", "2026-10"), ""),
    "audit export": (("audit", "export", "--from", "01/01/2026", "--to", "31/12/2026", "--out", "nhat-ky"), ""),
    "staff export-data": (("staff", "export-data", "mai", "--out", "mai.json"), ""),
}
LIMITS = (2_000, 40_000)
"""Bytes beyond which no file grows: nothing of a database can be written, or its first pages only."""
MAY_STAY = ("init", "summary", "report make", "restore-drill")
"""Commands that keep one thing after the other: what was kept before the disk was full is whole and stays."""


def state(data: Path) -> dict[str, Any]:
    """What an office must not lose: its rows, its key, its files."""
    with closing(sqlite3.connect(data / "cchc.sqlite3")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        rows = {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    files = {str(path.relative_to(data)) for kind in ("assets", "evidence") for path in (data / kind).rglob("*")}
    return {"rows": rows, "key": (data / "cchc.key").exists(), "files": files}


def outside(folder: Path) -> set[str]:
    """The files that do not lie in the data folder."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(one) for one in found if one.parts[0] not in ("data", "full")}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size is POSIX's, the forks are Linux'")
def test_a_full_disk_ends_every_command_with_one_sentence_and_the_old_state(filled: Cchc, tmp_path: Path) -> None:
    filled.ok("backup")
    filled.ok("staff", "add", "mai", "--name", "Mai", "--role", "editor")
    filled.ok("keys", "backup-key", "--out", "ban-sao.key")
    (filled.folder / "bang.csv").write_bytes(csv(GOOD))
    there = outside(filled.folder) | {"told.json"}
    secret = (data_of(filled) / "cchc.key").read_bytes()
    before, cases = state(data_of(filled)), []
    for name, (command, typed) in COMMANDS.items():
        for limit in LIMITS:
            folder = tmp_path / "full" / f"{name} {limit}".replace(" ", "-")
            shutil.copytree(filled.folder, folder, ignore=shutil.ignore_patterns("full"))
            told = folder / "told.json"
            told.touch()
            env = {"COLUMNS": "80", **({"CCHC_BACKUP_KEY_FILE": "ban-sao.key"} if "sealed" in name else {})}
            cases.append(
                {"name": name, "command": command, "typed": typed, "limit": limit, "folder": str(folder),
                 "told": str(told), "env": {**env, **filled.env}}
            )  # fmt: skip
    own = {name: value for name, value in os.environ.items() if not name.startswith("CCHC_")}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.cli.full_disk"], input=json.dumps(cases), text=True, cwd=ROOT, timeout=300,
        env={**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, capture_output=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    wrong, refused = [], 0
    for case in cases:
        told, folder = json.loads(Path(case["told"]).read_text() or '{"code": 98}'), Path(case["folder"])
        where = f"{case['name']} at {case['limit']}: {told}"
        refused += told["code"] == 1
        if told["code"] not in (0, 1) or (told["code"] and len(told["err"].strip().splitlines()) != 1):
            wrong.append(where)
        left = state(folder / "data")
        if told["code"] == 1 and left["rows"] != before["rows"] and case["name"] not in MAY_STAY:
            wrong.append(f"rows: {where}")
        if not left["key"] or left["files"] != before["files"]:
            wrong.append(f"files: {where}")
        if secret != (folder / "data" / "cchc.key").read_bytes() and told["code"] == 1:
            wrong.append(f"the key is another one: {where}")
        halves = [one for one in outside(folder) - there if told["code"] == 1 and not one.endswith(".lock")]
        if halves:
            wrong.append(f"half of {halves}: {where}")
    assert not wrong, "\n".join(wrong)
    assert refused >= len(COMMANDS), "the disk was not full"


def _may_mount() -> bool:
    """Whether a file system may be mounted that nobody else sees; a container may forbid it."""
    unshare = shutil.which("unshare")
    mount = [str(unshare), "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return unshare is not None and not subprocess.run(mount, capture_output=True, timeout=20).returncode


def test_on_a_disk_that_is_really_full_nothing_is_done_and_with_room_the_same_command_works(
    filled: Cchc, tmp_path: Path
) -> None:
    if not _may_mount():
        pytest.skip("no file system may be mounted here")
    told, disk = tmp_path / "told.json", tmp_path / "disk"
    told.touch()
    disk.mkdir()
    cases = [
        {"command": COMMANDS[name][0], "typed": "", "limit": None, "told": str(told), "env": {**filled.env}}
        for name in ("queue add", "keys rotate", "backup")
    ]
    own = {name: value for name, value in os.environ.items() if not name.startswith("CCHC_")}
    ran = subprocess.run(
        ["unshare", "-Urm", sys.executable, "-m", "tests.cli.small_disk"], text=True, cwd=ROOT, timeout=120,
        input=json.dumps({"disk": str(disk), "office": str(filled.folder), "cases": cases}),
        env={**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, capture_output=True,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    for case, one in zip(cases, json.loads(ran.stdout), strict=True):
        where = f"{case['command']}: {one}"
        assert one["full"]["code"] == 1 and len(one["full"]["err"].strip().splitlines()) == 1, where
        assert "đĩa" in one["full"]["err"] and one["same"] and one["then"]["code"] == 0, where
