"""The lines of the log as they leave the process: each whole, with its end, in one write."""

import base64
import io
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from cli.logfile import Both, DailyFile
from cli.logs import set_up_logs
from cli.sealing import copy_key, new_copy_key
from connectors.redaction import redact
from tests.web.test_request_ids import logs as logs


class Writes(io.StringIO):
    """A stderr that remembers each write."""

    def __init__(self) -> None:
        super().__init__()
        self.each: list[str] = []

    def write(self, text: str) -> int:
        self.each.append(text)
        return super().write(text)


def test_a_line_and_its_end_are_one_write_so_that_no_other_process_comes_between(
    logs: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several processes write into the day's file: two writes of a line would let another line in between."""
    set_up_logs("INFO")
    screen = Writes()
    monkeypatch.setattr(sys, "stderr", Both(screen, DailyFile(tmp_path, lambda: datetime(2026, 11, 23, tzinfo=UTC))))
    structlog.get_logger("one").info("ours", words="Trang không trả lời")
    logging.getLogger("urllib3").warning("theirs")
    assert [json.loads(one)["event"] for one in screen.each] == ["ours", "theirs"]
    assert all(one.endswith("}\n") for one in screen.each)
    assert (tmp_path / "cchc-2026-11-23.log").read_text(encoding="utf-8") == "".join(screen.each)


def test_the_key_of_the_copies_is_held_and_stands_in_no_line(tmp_path: Path) -> None:
    made = new_copy_key()
    secret = made.splitlines()[-1]
    body = secret.removeprefix("AGE-SECRET-KEY-")
    assert body not in redact(f"tệp khóa: {secret}"), "by its shape, before anybody has read it"
    (tmp_path / "copy.key").write_text(made)
    assert copy_key(tmp_path / "copy.key") is not None
    coded = base64.b64encode(secret.encode()).decode()
    assert coded[8:-8] not in redact(f"body={coded}")
    assert body not in redact(f"body={secret!r}")
