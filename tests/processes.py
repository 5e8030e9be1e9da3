"""A `cchc …` command as a process of its own, for tests that start, stop and kill it; and waiting without sleeping."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120
"""Seconds until a process that says nothing is taken for stuck; it is never waited for in full when all is well."""


class Process:
    """One `cchc …` process; its lines are read as they come."""

    def __init__(self, folder: Path, env: Mapping[str, str], *arguments: str, module: str = "cli.app") -> None:
        # what the machine needs to start a program, and nothing of the developer's own settings
        own = {name: value for name, value in os.environ.items() if not name.startswith("CCHC_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env={**own, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self._coming: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                self.lines.append(line)
                self._coming.put(line)
        self._coming.put("")

    def until(self, words: str) -> None:
        """Read on until a line has `words`."""
        while line := self._coming.get(timeout=PATIENCE):
            if words in line:
                return
        raise AssertionError(f"it ended without “{words}”: {self.lines}")

    def end(self, number: int | None = None) -> tuple[int, str]:
        """Send a signal, wait for the end: the exit code and everything it said."""
        if number is not None:
            self._process.send_signal(number)
        code = self._process.wait(timeout=PATIENCE)
        self._reader.join(timeout=PATIENCE)
        return code, "".join(self.lines)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def signal(self, number: int) -> None:
        """Send a signal and go on."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it if it still runs."""
        if self._process.poll() is None:
            self.end(signal.SIGKILL)


def until(so: Callable[[], bool], words: str) -> None:
    """Look until it is so: a bounded number of quick looks, one at a time."""
    pause = threading.Event()
    for _ in range(PATIENCE * 10):
        if so():
            return
        pause.wait(0.1)
    raise AssertionError(f"it never came to this: {words}")
