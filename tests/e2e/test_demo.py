"""`cchc demo --no-serve --json`: what a newcomer sees first, asked of the platforms' public pages."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The last line of one run, in a fresh folder."""
    folder = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "CCHC_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "cli.app", "demo", "--no-serve", "--json"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


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


def test_figures_flow_back_and_the_summary_is_written(told: dict[str, Any]) -> None:
    assert told["readings"] > 500
    files = {name: Path(path) for name, path in told["summary"]["files"].items()}
    assert set(files) >= {"summary.html", "summary.txt", "summary.json", "chart.png"}
    assert "Tuần 48 năm 2026" in files["summary.txt"].read_text(encoding="utf-8")
    assert 'lang="vi"' in files["summary.html"].read_text(encoding="utf-8")
    with Image.open(files["chart.png"]) as chart:
        assert chart.width >= 1200
