"""The whole time of a fetch also ends what comes before the first byte: the look-up and the connecting."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from portal.errors import PortalError
from portal.fetch import Limits, fetch
from portal.guard import Guard
from tests.portal.server import HOST


@contextmanager
def deaf() -> Iterator[int]:
    """A port of loopback that lets everybody wait for a connection: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(3):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def waits(
    monkeypatch: pytest.MonkeyPatch, machines: Sequence[str], limits: Limits
) -> tuple[PortalError, list[tuple[str, float]]]:
    """How a fetch from deaf machines ends, and how long each of them was given."""
    given: list[tuple[str, float]] = []
    real = socket.create_connection

    def watched(address: tuple[str, int], timeout: float) -> socket.socket:
        given.append((address[0], timeout))
        return real(address, timeout)

    with deaf() as port, monkeypatch.context() as watching, pytest.raises(PortalError) as caught:
        watching.setattr(socket, "create_connection", watched)
        guard = Guard.of(f"{HOST}:{port}", resolve=lambda _host, _port: machines)
        fetch(f"http://{HOST}:{port}/", guard=guard, limits=limits)
    return caught.value, given


def test_machines_that_let_it_wait_share_the_whole_time(monkeypatch: pytest.MonkeyPatch) -> None:
    failed, given = waits(monkeypatch, ["127.0.0.1"] * 12, Limits(connect=0.2, whole=0.3))
    assert failed.code == "timeout" and len(given) == 2
    assert given[0][1] <= 0.2 and given[1][1] <= 0.1


def test_only_a_few_machines_of_a_name_are_tried_and_both_kinds_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    failed, given = waits(monkeypatch, ["::1"] * 12 + ["127.0.0.1"], Limits(connect=0.1, whole=5))
    assert failed.code == "timeout" and [machine for machine, _seconds in given] == ["::1"] * 3 + ["127.0.0.1"]


def test_a_resolver_that_never_answers_is_ended_by_the_whole_time() -> None:
    tested, ended = threading.Event(), threading.Event()

    def slow(_host: str, _port: int) -> Sequence[str]:
        tested.wait(30)
        ended.set()
        return ["127.0.0.1"]

    with pytest.raises(PortalError) as caught:
        fetch(f"http://{HOST}/rss", guard=Guard.of(HOST, resolve=slow), limits=Limits(whole=0.3))
    assert caught.value.code == "timeout" and not ended.is_set()
    tested.set()
