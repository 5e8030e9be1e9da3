"""Conversations with other machines that end in time, whatever the other side does.

A shutdown of the socket is what ends a slow one: it reaches a handshake, a head that drips and a body alike, which
time-outs between two bytes do not.
"""

import contextlib
import socket
from threading import Lock, Timer
from time import monotonic
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter


class Deadline:
    """Ends every socket it was given when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._end_at = monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = Lock()
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    @property
    def left(self) -> float:
        """Seconds until the end; not above 0 when it is over."""
        return 0.0 if self.passed else self._end_at - monotonic()

    def watch(self, made: socket.socket) -> socket.socket:
        """The same socket, watched from now on. Raises TimeoutError when it is too late already."""
        with self._lock:
            if self.passed:
                made.close()
                raise TimeoutError("the whole time is over")
            # TLS takes the socket over; a second handle on it stays ours
            self._sockets.append(made.dup())
        return made

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


class OwnPools(HTTPAdapter):
    """Sends through one connection of the pools that it is given, scheme by scheme, and repeats nothing."""

    def __init__(self, pools: dict[str, Any]) -> None:
        self._pools = pools
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library does, with our pools."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """As the library does, with our pools."""
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager
