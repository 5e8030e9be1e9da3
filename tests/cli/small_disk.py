"""Runs commands on a file system of a few megabytes that is filled to its last byte, then again with room.

Run by test_full_disk.py within a mount namespace of its own (`unshare`), so that nobody else sees the file system.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from cli.program import program
from tests.cli.full_disk import forked
from tests.cli.test_full_disk import state

SIZE = "24m"
ENDS = 64
"""Blocks: no file system of this size holds so many."""


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1_000_000, 4_096, 1):
            try:
                for _ in range(ENDS):
                    file.write(bytes(size))
            except OSError:
                continue
    return ballast


def main() -> None:
    """Every case that stands on the input: what was told, and what stood before and after."""
    asked: dict[str, Any] = json.loads(sys.stdin.read())
    disk = Path(asked["disk"])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)], check=True)
    office = disk / "office"
    shutil.copytree(asked["office"], office, ignore=shutil.ignore_patterns(disk.name))
    program()
    told = []
    for case in asked["cases"]:
        before, key = state(office / "data"), (office / "data" / "cchc.key").read_text()
        ballast = fill(disk)
        forked({**case, "folder": str(office)})
        full = json.loads(Path(case["told"]).read_text())
        ballast.unlink()  # SQLite cannot even be opened before
        same = state(office / "data") == before and (office / "data" / "cchc.key").read_text() == key
        forked({**case, "folder": str(office)})
        told.append({"full": full, "same": same, "then": json.loads(Path(case["told"]).read_text())})
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
