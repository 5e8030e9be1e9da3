"""`cchc demo --json`: what a newcomer sees first, asked of the platforms' public pages."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
import requests
from PIL import Image

from docs.take_pictures import FOLDER, PICTURES, look
from tests.e2e import leaks
from tests.web.browser import launched
from web.roles import Role

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The JSON line of one run in a fresh folder, which goes on serving until the tests are done."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "CCHC_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli.app", "demo", "--json"]
    with (
        (folder / "errors").open("w+") as errors,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=PIPE, stderr=errors, text=True) as process,
    ):
        assert process.stdout is not None
        line = next((line for line in process.stdout if line.startswith("{")), "")
        try:
            assert line, (folder / "errors").read_text()[-3000:]
            yield {**json.loads(line), "folder": folder}
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
        assert process.wait(timeout=60) == 0, (folder / "errors").read_text()[-3000:]


def test_the_public_pages_show_every_post_of_the_week_exactly_once(told: dict[str, Any]) -> None:
    assert (told["lost"], told["duplicates"], told["failed"]) == (0, 0, 0)
    for numbers in told["per_platform"].values():
        assert numbers["public"] == numbers["queued"] > 0


def test_the_autopilot_fills_a_week(told: dict[str, Any]) -> None:
    public = {platform: numbers["public"] for platform, numbers in told["per_platform"].items()}
    assert public["facebook"] >= 14
    assert public["zalo"] == 7
    assert public["youtube"] == 3
    assert told["published"] == sum(public.values())


def test_every_post_is_public_within_a_minute_of_its_hour(told: dict[str, Any]) -> None:
    folder = Path(told["summary"]["files"]["summary.json"]).parents[2]
    with closing(sqlite3.connect(folder / "cchc.sqlite3")) as database:
        late = "(julianday(published_at) - julianday(due_at)) * 24 * 60"
        posts = "publication WHERE state = 'published' AND part = 'post'"
        found = database.execute(f"SELECT id, due_at, published_at FROM {posts} AND {late} > 1").fetchall()
        number = database.execute(f"SELECT count(*) FROM {posts}").fetchone()
    assert found == []
    assert number == (told["published"],)


def test_figures_flow_back_and_the_summary_is_written(told: dict[str, Any]) -> None:
    assert told["readings"] > 500
    files = {name: Path(path) for name, path in told["summary"]["files"].items()}
    assert set(files) >= {"summary.html", "summary.txt", "summary.json", "chart.png"}
    assert "Tuần 48 năm 2026" in files["summary.txt"].read_text(encoding="utf-8")
    assert 'lang="vi"' in files["summary.html"].read_text(encoding="utf-8")
    with Image.open(files["chart.png"]) as chart:
        assert chart.width >= 1200


def test_the_desk_lets_everybody_in_with_the_password_that_was_told(told: dict[str, Any]) -> None:
    door = told["desk"]
    assert {one["role"] for one in door["people"]} == set(Role)
    for one in door["people"]:
        with requests.Session() as browser:
            browser.trust_env, browser.headers["Accept"] = False, "text/html"
            page = browser.get(f"{door['address']}/dang-nhap", timeout=20).text
            token = re.findall(r'name="csrf" value="(\w+)"', page)[0]
            fields = {"csrf": token, "dang_nhap": one["login"], "mat_khau": one["password"], "tiep": "/tai-khoan"}
            answer = browser.post(f"{door['address']}/dang-nhap", data=fields, timeout=20)
            assert answer.status_code == 200 and one["name"] in answer.text
            assert "07:05 ngày 30/11/2026" in answer.text, "the desk stands at the end of the week"


def test_the_pictures_of_the_documents_can_be_taken_again(told: dict[str, Any]) -> None:
    with launched() as browser:
        for picture in PICTURES:
            with (
                Image.open(io.BytesIO(look(browser, told["desk"], picture))) as taken,
                Image.open(FOLDER / f"{picture.name}.png") as kept,
            ):
                assert kept.size == taken.size, picture.name


def test_no_secret_of_the_whole_week_stands_in_anything_that_was_written_or_answered(told: dict[str, Any]) -> None:
    [data] = (told["folder"] / "data").iterdir()
    used, outputs = leaks.sit_down(told["desk"]), leaks.Outputs()
    used |= leaks.kept_secrets(data)
    assert len(used) >= 15 and {"Vault", "session", "API key", "TOTP", "password", "key file"} <= set(used.values())
    outputs["stderr"] = (told["folder"] / "errors").read_bytes()
    outputs.crawl(told["desk"], used)
    outputs.files(data)
    outputs.database(data / "cchc.sqlite3")
    outputs.command("status", data)
    assert outputs.pages >= 50 and len(outputs.kinds) >= 9, (outputs.pages, outputs.kinds)
    found = leaks.found(used, outputs)
    assert not found, found
    planted = leaks.Outputs({"a page": b"<p>" + leaks.forms(next(iter(used)))[-1] + b"</p>"})
    assert leaks.found(used, planted), "the search finds what is there"
