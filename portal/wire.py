"""Connections that go to a machine that was checked, say what the server wrote, and end in time.

The name stays in the Host header, in TLS's server name and in the check of the certificate; only the look-up of the
name is left out. What takes too long is ended by `connectors.deadline`.
"""

import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import InvalidChunkLength, NewConnectionError

from connectors.deadline import Deadline, OwnPools
from portal.guard import Checked

_MACHINES = 4
"""Machines of one name that are tried."""


def open_session(checked: Checked, deadline: Deadline, proxy: str = "") -> requests.Session:
    """A session for one request to one checked address. It ignores the environment and keeps no cookies for others."""
    session = _Session()
    session.trust_env = False
    session.headers["User-Agent"] = "cchc-campaign-scheduler"
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    adapter = OwnPools(_pools(checked, deadline, proxied=bool(proxy)))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: each step is checked first, and an address that is none must not end in a trace here."""
        return None


def _pools(checked: Checked, deadline: Deadline, *, proxied: bool) -> dict[str, Any]:
    """Pools whose connections know where to go and what to ask for. Only the office's proxy is looked up by name."""

    def connect(connection: HTTPConnection) -> socket.socket:
        machines = (connection.host,) if proxied else _few(checked.addresses)
        return deadline.watch(_connect(connection, machines, deadline))

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

        def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            super().putrequest(method, _target(url, checked), *args, **kwargs)

        def getresponse(self) -> Any:
            return _with_honest_chunks(super().getresponse())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

        def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
            super().putrequest(method, _target(url, checked), *args, **kwargs)

        def getresponse(self) -> Any:
            return _with_honest_chunks(super().getresponse())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def _few(machines: tuple[str, ...]) -> tuple[str, ...]:
    """The machines that are tried: the first ones, among them one of the other kind (IPv4, IPv6) where there is one."""
    few = list(machines[:_MACHINES])
    other = next((one for one in machines if (":" in one) != (":" in few[0])), None)
    return tuple(few if other is None or other in few else [*few[:-1], other])


def _connect(connection: Any, machines: tuple[str, ...], deadline: Deadline) -> socket.socket:
    """A socket to the first of the machines that answers. Raises TimeoutError when the whole time is over."""
    last: OSError = OSError("no machine")
    for machine in machines:
        seconds = min(connection.timeout, deadline.left)
        if seconds <= 0:
            raise TimeoutError("the whole time is over")
        try:
            return socket.create_connection((machine, connection.port), seconds)
        except OSError as error:
            last = error
    if isinstance(last, TimeoutError):
        raise last
    raise NewConnectionError(connection, "no machine answered") from last


def _with_honest_chunks(answer: Any) -> Any:
    """`answer`, which ends at a chunk of less than nothing: that would be read without any limit."""
    read_length = answer._update_chunk_length

    def checked() -> None:
        read_length()
        if answer.chunk_left is not None and answer.chunk_left < 0:
            raise InvalidChunkLength(answer, b"less than nothing")

    answer._update_chunk_length = checked
    return answer


def _target(url: str, checked: Checked) -> str:
    """The path and query as they were written; a proxy that is asked in clear wants the host before them."""
    return checked.target if url.startswith("/") else "://".join(urlsplit(url)[:2]) + checked.target
