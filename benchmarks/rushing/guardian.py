"""Ends what a killed run left behind: process groups and temporary folders.

    python -m benchmarks.rushing.guardian

Reads "end <pid> <started>", "keep <pid> <started>", "remove <folder>", "kept <folder>" on its standard input. When that
ends, everything that was to be ended and was not taken back is: by `SIGKILL` to the process's group, and only when the
process of this id is still the one that began then.
"""

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil


def main() -> None:
    """Listen until the end, then clear up."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    processes: dict[int, float] = {}
    folders: dict[str, None] = {}
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word in ("end", "keep"):
            pid, _, started = rest.partition(" ")
            if word == "end":
                processes[int(pid)] = float(started)
            else:
                processes.pop(int(pid), None)
        elif word == "remove":
            folders[rest] = None
        elif word == "kept":
            folders.pop(rest, None)
    for number, began in processes.items():
        end_group(number, began)
    for folder in folders:
        if "rush-" in Path(folder).name:
            shutil.rmtree(folder, ignore_errors=True)


def end_group(pid: int, began: float) -> None:
    """Kill the group that this process leads, or the process alone where it leads none."""
    with suppress(psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        if abs(psutil.Process(pid).create_time() - began) < 1:
            if os.getpgid(pid) == pid:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
