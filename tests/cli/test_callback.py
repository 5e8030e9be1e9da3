"""The page on this machine that waits for a browser: where it listens, what it takes, when it ends."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from cli.callback import Callback
from tests.conftest import Sandbox

HERE = "http://127.0.0.1:0/cchc/callback"
LONG = timedelta(seconds=30)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
@pytest.mark.parametrize("path", ["", "/", "/cchc/callback"])
def test_it_waits_at_every_name_of_this_machine(host: str, path: str, sandbox: Sandbox) -> None:
    with Callback(f"http://{host}:0{path}") as callback, ThreadPoolExecutor(1) as pool:
        assert re.fullmatch(rf"http://{re.escape(host)}:[1-9]\d*{path}", callback.redirect_uri)
        callback.expect("s")
        answer = pool.submit(callback.wait, LONG)
        sandbox.http.get(f"{callback.redirect_uri}?code=a%2Fb&state=s&scope=x", timeout=10)
        assert answer.result() == {"code": "a/b", "state": "s", "scope": "x"}


def test_it_listens_on_the_loopback_address_alone() -> None:
    for host, bound in (("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("[::1]", "::1")):
        with Callback(f"http://{host}:0") as callback:
            assert callback._server.server_address[0] == bound


def test_a_port_that_is_named_is_kept_as_it_stands() -> None:
    with Callback("http://127.0.0.1:0") as found:
        address = found.redirect_uri
    with Callback(address) as callback:
        assert callback.redirect_uri == address


def test_waiting_ends_when_nobody_comes_in_time() -> None:
    threads = threading.active_count()
    with Callback(HERE) as callback:
        callback.expect("s")
        assert callback.wait(timedelta(0)) is None
    assert threading.active_count() == threads


def test_nothing_is_taken_before_an_answer_is_expected(sandbox: Sandbox) -> None:
    with Callback(HERE) as callback:
        for query in ("code=1", "code=1&state="):
            assert sandbox.http.get(f"{callback.redirect_uri}?{query}", timeout=10).status_code == 400
        assert callback.wait(timedelta(0)) is None


def test_a_browser_that_comes_back_twice_does_no_harm(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    with Callback(HERE) as callback, ThreadPoolExecutor(1) as pool:
        callback.expect("s")
        answer = pool.submit(callback.wait, LONG)
        pages = [sandbox.http.get(f"{callback.redirect_uri}?code={n}&state=s", timeout=10).text for n in (1, 2)]
        assert answer.result()["code"] == "1"
    assert all("đóng trang này" in page for page in pages)
    assert capfd.readouterr() == ("", "")
