"""What every test may use: a real sandbox over HTTP, real databases, one fixed moment, four people."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Monday 23/11/2026, 08:00 in Việt Nam."""

LAN, MINH, CHARLIE = "Lan", "Minh", "Charlie"
"""Lan edits, Minh approves, Charlie has no rights."""


class Sandbox:
    """The running sandbox, with verbs for a test to read like a script."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses
        self.http = requests.Session()
        self.http.trust_env = False

    def url(self, platform: str) -> str:
        return self.addresses[platform]

    def _ask(self, method: str, platform: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{self.url(platform)}/_sandbox/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def reset(self) -> None:
        for platform in self.addresses:
            self._ask("POST", platform, "reset")

    def at(self, now: datetime) -> None:
        """Set every platform's clock."""
        for platform in self.addresses:
            self._ask("POST", platform, "clock", {"now": now.isoformat()})

    def fault(self, platform: str, kind: str, **facts: Any) -> None:
        self._ask("POST", platform, "faults", {"kind": kind, **facts})

    def public(self, platform: str) -> list[dict[str, Any]]:
        """What the people see, newest first."""
        return list(self._ask("GET", platform, "public"))

    def requests(self, platform: str) -> list[dict[str, Any]]:
        return list(self._ask("GET", platform, "requests"))


def start_sandbox(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """A sandbox process of our own and its addresses."""
    process = subprocess.Popen([sys.executable, "-m", "sandbox", *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())


@pytest.fixture(scope="session")
def _sandbox_process() -> Iterator[Sandbox]:
    process, addresses = start_sandbox()
    sandbox = Sandbox(addresses)
    yield sandbox
    sandbox.http.close()
    process.terminate()
    process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def sandbox(_sandbox_process: Sandbox) -> Sandbox:
    """The three platforms, empty, standing at NOW."""
    _sandbox_process.reset()
    _sandbox_process.at(NOW)
    return _sandbox_process
