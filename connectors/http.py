"""One place for what every platform call needs: a pooled session, time-outs, redaction, lost answers.

Nothing here retries. `call` turns what `requests`, or urllib3 below it, raises into the two facts a scheduler needs to
know: surely not sent (`Unavailable`), or perhaps done (`Unconfirmed`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from weakref import WeakValueDictionary

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ClosedPoolError,
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout

from connectors.errors import Misconfigured, Unavailable, Unconfirmed
from connectors.redaction import redact as redact

_AS_GIVEN = "X-Address-As-Given"
"""Carries an address past `requests` and urllib3, which both rewrite it; it never reaches the wire."""
_SENDABLE = re.compile(r"(?P<origin>https?://[^/?#@]+)(?P<target>/[!\"$-~]*)(?:#.*)?")
"""An address with its path and query; one with blanks or letters beyond ASCII cannot be sent as it is."""
_PLAIN = frozenset({"data", "headers", "timeout", "allow_redirects"})
_SMALL = 65_536
"""Bytes of a body that are sent in one piece with its head."""
_NEVER = Retry(False)
_NO_CONNECTION = NewConnectionError | NameResolutionError | ConnectTimeoutError | ClosedPoolError

_ALLOWED: ContextVar[Callable[[], bool]] = ContextVar("allowed")


@contextmanager
def only_while(allowed: Callable[[], bool]) -> Iterator[None]:
    """What is called within, in this thread, is sent only while `allowed` says so: asked when the connection is open,
    just before the first byte, where a machine that slept finds out. Else `Unavailable`: not one byte was sent."""
    token = _ALLOWED.set(allowed)
    try:
        yield
    finally:
        _ALLOWED.reset(token)


def _ask_whether_allowed(connection: HTTPConnection) -> None:
    allowed = _ALLOWED.get(None)
    if allowed is None:
        return
    if connection.sock is None:
        connection.connect()
    if not allowed():
        raise Unavailable("Đã quá lúc được gửi nên không gửi; hệ thống sẽ xem lại.", evidence="too late to send")


class _Whole:
    """A connection that asks whether it may still send, sends an address byte for byte where `call` wants it, and a
    small request in one piece: each piece costs a way through the system, and threads wait for each other there."""

    _held: list[bytes] | None = None

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **kwargs: Any) -> None:
        connection = cast(HTTPConnection, super())
        _ask_whether_allowed(cast(HTTPConnection, self))
        target, kept = _as_given(url, headers)
        self._held = [] if isinstance(body, bytes) and len(body) <= _SMALL else None
        try:
            connection.request(method, target, body, kept, **kwargs)
            pieces, self._held = self._held, None
            if pieces:
                connection.send(b"".join(pieces))
        finally:
            self._held = None

    def send(self, data: Any) -> None:
        if self._held is None:
            cast(HTTPConnection, super()).send(data)
        else:
            self._held.append(data)


class _PlainConnection(_Whole, HTTPConnection):
    pass


class _SecureConnection(_Whole, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    """Pools of our own connections, which send an address byte for byte where `call` asks for it."""

    def __init__(self, pool: int) -> None:
        # weakly: the library closes a pool by letting it go
        self._known: WeakValueDictionary[tuple[str, Any, Any], HTTPConnectionPool] = WeakValueDictionary()
        super().__init__(pool_connections=pool, pool_maxsize=pool, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def pool_of(self, origin: str, verify: Any, cert: Any) -> HTTPConnectionPool:
        """The connections to a host, secured as the library secures them for a request there."""
        known = self._known.get((origin, verify, cert))
        if known is not None:
            return known
        library: Any = self  # as it does itself for each request; not all of it has types
        pool = library.get_connection_with_tls_context(requests.Request("GET", origin).prepare(), verify, cert=cert)
        library.cert_verify(pool, origin, verify, cert)
        self._known[origin, verify, cert] = pool
        return cast(HTTPConnectionPool, pool)


class _Session(requests.Session):
    """A program's session: it keeps no cookies, and the environment says nothing."""

    def __init__(self, proxy: str, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        if proxy:
            self.proxies = {"http": proxy, "https": proxy}
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.headers["User-Agent"] = "cchc-campaign-scheduler"

    def request(self, method: Any, url: Any, *args: Any, **content: Any) -> requests.Response:
        """As the library does. What needs nothing of what it does for browsers (two fifths of what a call cost) goes by
        urllib3 alone, which is below it."""
        answer = None if args else self._straight(str(method), str(url), content)
        return super().request(method, url, *args, **content) if answer is None else answer

    def resolve_redirects(self, *args: Any, yield_requests: bool = False, **kwargs: Any) -> Iterator[Any]:
        """Nobody asks where an answer would lead: to tell it, the library reads what may have no end."""
        return iter(()) if yield_requests else super().resolve_redirects(*args, **kwargs)

    def _straight(self, method: str, url: str, content: Mapping[str, Any]) -> requests.Response | None:
        """One exchange by urllib3; None, and nothing is sent, where the request or the session needs more."""
        found = _SENDABLE.fullmatch(url)
        has_more = self.proxies or self.auth or self.params or self.hooks["response"] or not content.keys() <= _PLAIN
        if found is None or has_more or content.get("allow_redirects", True):
            return None
        body = content.get("data", None if method in ("GET", "HEAD") else b"")
        timeout = content.get("timeout")
        if not isinstance(body, bytes | None) or not isinstance(timeout, tuple):
            return None
        adapter = self.get_adapter(url)
        if not isinstance(adapter, _Adapter):
            return None
        headers: CaseInsensitiveDict[Any] = CaseInsensitiveDict(self.headers)
        headers.update({name: value for name, value in (content.get("headers") or {}).items() if value is not None})
        heard = adapter.pool_of(found["origin"], self.verify, self.cert).urlopen(
            method, found["target"], body=body, headers=dict(headers),
            timeout=Timeout(connect=timeout[0], read=timeout[1]), retries=_NEVER, redirect=False,
        )  # fmt: skip
        return _answer(heard, url)


def _answer(heard: BaseHTTPResponse, url: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code, answer.reason, answer.url = heard.status, heard.reason or "", url
    answer.headers = CaseInsensitiveDict(heard.headers)
    answer.encoding = get_encoding_from_headers(answer.headers)
    answer.raw = BytesIO(heard.data)
    return answer


def _as_given(url: str, headers: Mapping[str, str] | None) -> tuple[str, Mapping[str, str] | None]:
    """What to ask for, and the headers without our own; a proxy wants the host before the path."""
    if not headers or _AS_GIVEN not in headers:
        return url, headers
    kept = dict(headers)
    target = kept.pop(_AS_GIVEN)
    host = "" if url.startswith("/") else "://".join(urlsplit(url)[:2])
    return f"{host}{target}", kept


def open_connections(pool: int = 10) -> HTTPAdapter:
    """Connections that stay open, so many to each host; sessions of several accounts may share them."""
    return _Adapter(pool)


def new_session(proxy: str = "", *, connections: HTTPAdapter | None = None) -> requests.Session:
    """A session that never retries, over connections of its own or shared ones.

    It ignores the environment (a .netrc would replace our Authorization header); `proxy` is the office's
    proxy address, where it has one.
    """
    return _Session(proxy, connections or open_connections())


def json_of(answer: requests.Response) -> Any:
    """The JSON of an answer, read as UTF-8 whatever its content type says. Raises ValueError when it is none.

    `Response.json()` reads text/javascript without a charset as Latin-1, and our own words are not recognised
    in it (facebook 1.3).
    """
    return json.loads(answer.content)


def call(
    session: requests.Session,
    method: str,
    url: str,
    *,
    timeout: tuple[float, float],
    changes: bool,
    as_given: bool = False,
    **kwargs: Any,
) -> requests.Response:
    """One request, one response; redirects are not followed.

    `as_given`: the address is the platform's own and opaque, so not one byte of it may be written otherwise.

    `changes` says whether the call may change something at the platform. Raises `Unavailable` when
    nothing can have been done there, and `Unconfirmed` when a changing call was sent and no whole answer
    came back.
    """
    url, kwargs = _written_out(url, kwargs)
    found = _SENDABLE.fullmatch(url) if as_given else None
    if found and isinstance(session.get_adapter(url), _Adapter):
        kwargs["headers"] = {**(kwargs.get("headers") or {}), _AS_GIVEN: found["target"]}
    try:
        return session.request(method, url, timeout=timeout, allow_redirects=False, **kwargs)
    except UnicodeEncodeError:  # a header: it is written before anything is sent
        raise Misconfigured("Mã truy cập hoặc bí mật có chữ không gửi được; hãy nhập lại.") from None
    except (requests.RequestException, HTTPError, ValueError) as error:
        kind = type(error).__name__
        if not changes or _never_sent(error):
            raise Unavailable("Chưa kết nối được tới nền tảng; hệ thống sẽ tự thử lại.", evidence=kind) from None
        raise Unconfirmed(
            "Đã gửi nhưng không nhận được trả lời; hệ thống sẽ kiểm tra trên nền tảng trước khi làm gì thêm.",
            evidence=kind,
        ) from None


def _written_out(url: str, content: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An address with its query, and a body in bytes, as `requests` would write them."""
    told = {name: value for name, value in content.items() if value is not None}
    if query := _form(told.pop("params", {})):
        url = f"{url}{'&' if '?' in url else '?'}{query}"
    kind = ""
    if isinstance(told.get("data"), dict) and not told.get("files"):
        told["data"], kind = _form(told["data"]).encode(), "application/x-www-form-urlencoded"
    elif "json" in told and "data" not in told:
        told["data"], kind = json.dumps(told.pop("json"), allow_nan=False).encode(), "application/json"
    if kind:
        told["headers"] = {"Content-Type": kind, **told.get("headers", {})}
    return url, told


def _form(values: Mapping[str, Any]) -> str:
    return urlencode({name: value for name, value in values.items() if value is not None}, doseq=True)


def _never_sent(error: Exception) -> bool:
    """True when the connection was never made, so not one byte of the request can have arrived."""
    if isinstance(error, requests.exceptions.ConnectTimeout | _NO_CONNECTION):
        return True
    reason: Any = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    reason = getattr(reason, "original_error", reason)  # the office's proxy refused
    return isinstance(reason, _NO_CONNECTION)
