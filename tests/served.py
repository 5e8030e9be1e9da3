"""Web servers that outlive a test: each test brings an app of its own, but no server is started and stopped for it.

uvicorn takes a fifth of a second to stop, and there are thousands of tests. A server holds nothing of an app.
"""

from threading import Condition
from typing import Any, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from web.server import WebServer

PATIENCE = 10.0
"""Seconds that requests still have when their test is over."""


class _Door:
    """Leads to the app of the test that has the server now, and counts who is inside."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self._inside = 0
        self._left = Condition()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._left:
            app, self._inside = self.app, self._inside + 1
        try:
            if app is None:  # somebody of a test that is over
                await send({"type": "http.response.start", "status": 410, "headers": []})
                await send({"type": "http.response.body", "body": b""})
            else:
                await app(scope, receive, send)
        finally:
            with self._left:
                self._inside -= 1
                self._left.notify_all()

    def shut(self) -> bool:
        """Let nobody in any more; whether all have left."""
        with self._left:
            self.app = None
            return self._left.wait_for(lambda: not self._inside, PATIENCE)


_idle: list[tuple[_Door, WebServer]] = []


class Served:
    """An app on a port of 127.0.0.1 until the `with` block ends, by then every request has been answered."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._door, self._server = _idle.pop() if _idle else _new()

    @property
    def address(self) -> str:
        return self._server.address

    def __enter__(self) -> "Served":
        self._door.app = self.app
        return self

    def __exit__(self, *_error: object) -> None:
        if self._door.app is None:
            return
        if self._door.shut():
            _idle.append((self._door, self._server))
        else:
            self._server.__exit__(None, None, None)


def _new() -> tuple[_Door, WebServer]:
    door = _Door()
    server = WebServer(cast(Any, door), "127.0.0.1", 0)
    return door, server.__enter__()


def put_away() -> None:
    """Stop the servers; the tests are over."""
    while _idle:
        _idle.pop()[1].__exit__(None, None, None)
