"""Serve the app in a thread of the running service."""

import socket
import threading
from types import TracebackType
from typing import Any

import uvicorn
from fastapi import FastAPI

KEPT_OPEN = 130
"""Seconds for which an idle connection stays open: longer than a proxy keeps one (Caddy: two minutes). After uvicorn's
five seconds a proxy would send a form into one that is just being closed, and answer 502."""
_OURS: dict[str, Any] = {
    # Its lines go where all lines go, so that nothing in them is shown that must not be.
    "log_config": None, "log_level": "warning", "access_log": False, "lifespan": "off",
    "timeout_keep_alive": KEPT_OPEN,
}  # fmt: skip


class WebServer:
    """The app on a port until the `with` block ends; port 0 takes a free one."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self.app = app
        # Named in full: for a socket without a protocol asyncio leaves Nagle on, and every answer waits 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self._socket.listen(128)  # from now on the address may be told: who comes early waits a moment
        self.address = f"http://{host}:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, **_OURS))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True, name="web")

    def __enter__(self) -> "WebServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
