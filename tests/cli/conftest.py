"""The command as staff use it: words in, exit code, words out. The folder and the environment are the test's own."""

import io
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner

from cli import app as program
from scheduler.vault import Vault
from tests.conftest import LAN, MINH, Sandbox

LIBRARY = {
    "a-gioi-thieu": ("a", "Giới thiệu chương trình cải cách hành chính"),
    "d-giay-hen": ("d", "Giữ giấy hẹn để biết ngày nhận kết quả"),
    "k-canh-bao": ("k", "Nhận ra trang giả mạo cơ quan nhà nước"),
}
"""Key -> (topic, title). The first two are approved, the last is a draft."""

POST = """---
title: {title}
topic: {topic}
form: van_ban
audiences: [nguoi_dan]
source: Cổng Thông tin điện tử của tỉnh
hashtags: [CCHC]
platforms: [facebook]
---

{title}: mời bà con đọc, hỏi và góp ý.

Nguồn: Cổng Thông tin điện tử của tỉnh.
"""

Input = str | Callable[[str], str]
"""What is typed: the text, or the answer to what stands on the screen."""


@dataclass
class Told:
    """What one run of the command told."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one complaint of a command that failed."""
        assert self.code == 1, f"exit code {self.code}: {self.out}{self.err}"
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class _Keyboard(io.StringIO):
    """Types what the screen asks for, once it has been asked."""

    def __init__(self, screen: Callable[[], str], answer: Callable[[str], str]) -> None:
        super().__init__()
        self._screen, self._answer = screen, answer

    def readline(self, size: int | None = -1) -> str:
        return self._answer(self._screen()) + "\n"


@dataclass
class Cchc:
    """Runs `cchc …` in this process: the same `main`, an environment and a working folder of its own.

    What is no expected complaint comes out here with its trace, so a test cannot mistake it for one.
    """

    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    charset: str = "utf-8"
    """What the screen is said to understand."""

    def __call__(self, *arguments: str, input: Input = "", **env: str) -> Told:
        given = {"COLUMNS": "80", **self.env, **env}
        typed = input if isinstance(input, str) else ""
        with pytest.MonkeyPatch.context() as patch, CliRunner(self.charset, given).isolation(typed) as (out, err, _):
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["cchc", *arguments])
            if callable(input):
                patch.setattr(sys, "stdin", _Keyboard(lambda: out.getvalue().decode(), input))
            try:
                program.main()
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stdout.flush()
            sys.stderr.flush()
            told = Told(code, out.getvalue().decode(), err.getvalue().decode())
        for secret in self.secrets:
            assert secret not in told.out + told.err, "a secret was shown"
        return told

    def ok(self, *arguments: str, input: Input = "", **env: str) -> str:
        """What a run that must end well told."""
        told = self(*arguments, input=input, **env)
        assert told.code == 0, told
        return told.out

    def write_library(self) -> None:
        """Three posts as files, in a folder of their own."""
        folder = self.folder / "library"
        folder.mkdir()
        for key, (topic, title) in LIBRARY.items():
            (folder / f"{key}.md").write_text(POST.format(title=title, topic=topic), encoding="utf-8")
        self.env["CCHC_LIBRARY_DIR"] = "library"


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CCHC_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def cchc(tmp_path: Path) -> Cchc:
    """The command in an empty folder."""
    return Cchc(tmp_path)


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Cchc(tmp_path_factory.mktemp("prepared"))
    made.write_library()
    made.ok("init")
    made.ok("post", "submit", "a-gioi-thieu", "d-giay-hen", "--by", LAN)
    made.ok("post", "approve", "a-gioi-thieu", "d-giay-hen", "--by", MINH)
    return made.folder


@pytest.fixture
def office(cchc: Cchc, _prepared: Path) -> Cchc:
    """The command in a folder that was initialised, with the library loaded."""
    shutil.copytree(_prepared, cchc.folder, dirs_exist_ok=True)
    cchc.env["CCHC_LIBRARY_DIR"] = "library"
    return cchc


class Browser:
    """An administrator with a browser: opens the address on the screen, allows, and pastes where it lands."""

    def __init__(self, http: requests.Session) -> None:
        self.http = http
        self.codes: set[str] = set()

    def __call__(self, screen: str) -> str:
        address = re.findall(r"^https?://\S+$", screen, re.M)[-1]
        landed = self.http.get(address, allow_redirects=False, timeout=10).headers["Location"]
        self.codes |= set(re.findall(r"code=([^&]+)", landed))
        return str(landed)


@pytest.fixture
def online(office: Cchc, sandbox: Sandbox) -> Iterator[Cchc]:
    """An office whose platforms are the sandbox, standing at the computer's own time.

    Its pictures have a public address that cannot be reached from here, as in many offices.
    """
    office.env["CCHC_MEDIA_URL"] = "http://127.0.0.1:9/anh"
    for platform, settings in sandbox.settings.items():
        sandbox._ask("POST", platform, "clock", {"now": None})
        for name, value in settings.items():
            office.env[f"CCHC_{platform}__{name}".upper()] = str(value)
            if "secret" in name:
                office.secrets.add(str(value))
    yield office


@pytest.fixture
def fanpage(online: Cchc, sandbox: Sandbox) -> Cchc:
    """An office with a connected Facebook Page called fanpage; its token must never be shown."""
    online.ok("connect", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    online.secrets |= tokens(online)
    return online


def kept(cchc: Cchc) -> list[Mapping[str, str]]:
    """The secrets that are kept, one mapping for each channel."""
    data = cchc.folder / "data"
    vault = Vault.at(data / "cchc.key")
    with closing(sqlite3.connect(data / "cchc.sqlite3")) as connection:
        rows = connection.execute("SELECT channel_id, secret FROM credential").fetchall()
    return [vault.open(channel_id, secret).values for channel_id, secret in rows]


def tokens(cchc: Cchc) -> set[str]:
    """Every token that is kept for a channel."""
    return {value for values in kept(cchc) for name, value in values.items() if name.endswith("_token")}
