"""The rush benchmark runs with one command, and its table tells what arrived at the platform."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are measured and ended as groups")
def test_the_rush_tells_that_every_post_arrived_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "rush.md"
    told = subprocess.run(
        [
            sys.executable, "benchmarks/rush.py", "--engines", "raw-sqlite", "--posts", "40", "--rounds", "1",
            "--delay", "0.05", "--in-flight", "10", "--only-rush", "--out", str(out),
        ],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr[-3000:]
    assert told.stdout == out.read_text()
    row = next(line for line in told.stdout.splitlines() if line.startswith("| raw loop, SQLite"))
    assert row.endswith("| 0 / 0 |")
    assert float(row.split("|")[3].split("(")[0].replace(",", "")) <= 40 / (3 * 0.05), "faster than the platform lets"
    assert [one.name for one in tmp_path.iterdir()] == ["rush.md"]
