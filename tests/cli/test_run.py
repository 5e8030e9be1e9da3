"""The program as its own process: `cchc run` publishes, stops cleanly, stands alone, and comes back after a kill."""

import signal
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from content.vietnamese import LOCAL
from scheduler.clock import SystemClock
from tests.cli.conftest import LIBRARY, Cchc, tokens
from tests.conftest import LAN, Sandbox
from tests.processes import PATIENCE, Process


@pytest.fixture
def running(fanpage: Cchc) -> Iterator[list[Process]]:
    """Every process that a test starts; none outlives it."""
    started: list[Process] = []
    yield started
    for process in started:
        process.kill()
        for secret in fanpage.secrets:
            assert secret not in "".join(process.lines), "a secret was logged"


def start(running: list[Process], cchc: Cchc, *arguments: str) -> Process:
    running.append(Process(cchc.folder, cchc.env, *arguments))
    return running[-1]


def free_port() -> str:
    """A port that was free a moment ago."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def due_in_a_moment(cchc: Cchc, post: str) -> None:
    """Queue a post for a time that the command itself can still reach."""
    at = SystemClock().now().astimezone(LOCAL) + timedelta(seconds=4)
    cchc.ok("queue", "add", post, "fanpage", "--at", at.isoformat(), "--by", LAN)


def wait_for_public(sandbox: Sandbox, words: str) -> None:
    """Ask the public page until the post is there; a bounded number of quick looks, one at a time."""
    pause = threading.Event()
    for _ in range(PATIENCE * 10):
        if any(words in item["text"] for item in sandbox.public("facebook")):
            return
        pause.wait(0.1)
    raise AssertionError(f"never published: {words}")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process can catch")
def test_run_publishes_stands_alone_stops_cleanly_and_comes_back_after_a_kill(
    fanpage: Cchc, sandbox: Sandbox, running: list[Process]
) -> None:
    port = free_port()
    fanpage.env |= {"CCHC_TICK_SECONDS": "1", "CCHC_LOG_LEVEL": "DEBUG", "CCHC_WEB_PORT": port}
    first = start(running, fanpage, "run")
    first.until("Đang chạy")
    assert sandbox.http.get(f"http://127.0.0.1:{port}/healthz", timeout=10).status_code == 200
    assert "Dịch vụ đang chạy" in fanpage.ok("status")
    due_in_a_moment(fanpage, "d-giay-hen")

    second = start(running, fanpage, "run")
    code, said = second.end()
    assert code == 1 and "Đã có một “cchc run” khác" in said and len(said.splitlines()) == 1, said

    wait_for_public(sandbox, LIBRARY["d-giay-hen"][1])
    code, said = first.end(signal.SIGTERM)
    assert code == 0 and "Đã dừng." in said and "Traceback" not in said and '"level": "error"' not in said, said

    killed = start(running, fanpage, "run")
    killed.until("Đang chạy")
    killed.end(signal.SIGKILL)

    due_in_a_moment(fanpage, "a-gioi-thieu")
    again = start(running, fanpage, "run")
    again.until("Đang chạy")
    wait_for_public(sandbox, LIBRARY["a-gioi-thieu"][1])
    code, said = again.end(signal.SIGINT)
    assert code == 0 and "Đã dừng." in said, said
    assert len(sandbox.public("facebook")) == 2, "nothing was published twice"


def test_run_refuses_a_port_in_use(fanpage: Cchc, sandbox: Sandbox, running: list[Process]) -> None:
    taken = sandbox.url("facebook").rpartition(":")[2]
    fanpage.env["CCHC_WEB_PORT"] = taken
    code, said = start(running, fanpage, "run").end()
    assert code == 1 and taken in said and "CCHC_WEB_PORT" in said and len(said.splitlines()) == 1, said


def test_the_tokens_lie_encrypted_and_nowhere_else(fanpage: Cchc) -> None:
    fanpage.ok("channels", "check")
    kept = b"".join(file.read_bytes() for file in fanpage.folder.rglob("*") if file.is_file())
    assert tokens(fanpage), "there is something to hide"
    assert not any(secret.encode() in kept for secret in fanpage.secrets)
