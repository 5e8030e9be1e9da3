"""What the benchmarks' platform takes for a post."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def platform() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rushing.loopback"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def test_a_batch_of_questions_is_no_post(platform: str) -> None:
    requests.post(f"{platform}/v25.0/", data={"batch": "[]"}, timeout=10)
    requests.post(f"{platform}/v25.0/7/feed", data={"message": "rush-3- xin chào"}, timeout=10)
    requests.post(f"{platform}/v25.0/7/feed", data={"message": "rush-3- xin chào"}, timeout=10)
    told = requests.get(f"{platform}/_rush/count", timeout=10).json()
    assert told == {"arrived": 2, "different": 1}
