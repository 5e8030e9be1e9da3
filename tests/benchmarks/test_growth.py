"""What `benchmarks/growth.py` measures can still be done."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def test_every_work_is_done_and_made_undone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.every_work", str(tmp_path / "office")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {"tick, nothing due", "sweep", "watch (alarms)", "fill a day"} <= set(done.stdout.splitlines())
