"""Technical logs as files, for a machine that has neither journald nor Docker: one file a day, never larger than is
allowed, beside what goes to stderr. Old files go by the rule "log" of `records.files`, so a legal hold keeps them.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from cli.settings import CommonSettings
from content.vietnamese import local_day
from records.files import LOGS
from scheduler.clock import SystemClock

MOST = 50_000_000
"""Bytes of one file; then the day goes on in a second one…"""
PARTS = 5
"""… and after so many nothing more is written that day but to stderr: a disk is not filled by a fault that repeats."""


class DailyFile:
    """Lines into the file of the local day: `cchc-2026-11-23.log`, then `cchc-2026-11-23.1.log`…"""

    def __init__(self, folder: Path, now: Callable[[], datetime], *, most: int = MOST, parts: int = PARTS) -> None:
        """`now`: this moment, aware. Makes the folder, for the office's eyes alone."""
        self.folder, self.now, self.most, self.parts = folder, now, most, parts
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)

    def write(self, text: str) -> None:
        """Append; what cannot be written (a full disk) is let go, because the line stands on stderr as well."""
        day = local_day(self.now()).isoformat()
        data = text.encode("utf-8", "replace")
        with suppress(OSError):
            for part in range(self.parts):
                file = self.folder / (f"cchc-{day}.{part}.log" if part else f"cchc-{day}.log")
                size = file.stat().st_size if file.exists() else 0
                if size + len(data) <= self.most:
                    # opened for each line: several processes write here, and a file that was moved away stays away
                    # one write for a line, so that theirs do not fall between
                    with file.open("ab", buffering=0) as opened:
                        opened.write(data)
                    return


class Both:
    """A stream that is written to the old one and into the day's file."""

    def __init__(self, stream: TextIO, file: DailyFile) -> None:
        self._stream, self._file = stream, file

    def write(self, text: str) -> int:
        """Into both."""
        self._file.write(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def keep_logs(settings: CommonSettings) -> None:
    """From here on whatever this process writes to stderr lies in the day's file as well, where the office wants it."""
    if settings.log_files:
        file = DailyFile(settings.data_dir / LOGS, SystemClock().now)
        sys.stderr = Both(sys.stderr, file)
