"""One place for what every platform call needs: a pooled session, time-outs, redaction, lost answers.

Nothing here retries. `call` turns what `requests` raises into the two facts a scheduler needs to know:
surely not sent (`Unavailable`), or perhaps done (`Unconfirmed`).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from connectors.errors import Unavailable, Unconfirmed
from connectors.redaction import redact as redact

_AS_GIVEN = "X-Address-As-Given"
"""Carries an address past `requests` and urllib3, which both rewrite it; it never reaches the wire."""
_SENDABLE = re.compile(r"https?://[^/?#]+(/[!\"$-~]*)(?:#.*)?")
"""An address with its path and query; one with blanks or letters beyond ASCII cannot be sent as it is."""


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


class _PlainConnection(HTTPConnection):
    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **kwargs: Any) -> None:
        _ask_whether_allowed(self)
        target, kept = _as_given(url, headers)
        super().request(method, target, body, kept, **kwargs)


class _SecureConnection(HTTPSConnection):
    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **kwargs: Any) -> None:
        _ask_whether_allowed(self)
        target, kept = _as_given(url, headers)
        super().request(method, target, body, kept, **kwargs)


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Pools whose connections send an address byte for byte where `call` asks for it."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """As the library makes it, but for cookies: who sends with a token of its own keeps none."""
        answer = requests.Response()
        answer.status_code, answer.reason = resp.status, resp.reason
        answer.headers = CaseInsensitiveDict(resp.headers)
        answer.encoding = get_encoding_from_headers(answer.headers)
        answer.raw, answer.url, answer.request, answer.connection = resp, req.url or "", req, self
        return answer


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class _Session(requests.Session):
    """A program's session: what `requests` does for browsers (cookies, redirects, the environment) is left out of a
    call that follows no redirect. It was a fifth of what a call costs."""

    def __init__(self, proxy: str, adapter: HTTPAdapter) -> None:
        super().__init__()
        self.trust_env = False
        if proxy:
            self.proxies = {"http": proxy, "https": proxy}
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        self.headers["User-Agent"] = "cchc-campaign-scheduler"

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Our headers and the request's, its address and its body."""
        if request.auth or request.cookies or self.auth or self.params or "@" in str(request.url):
            return super().prepare_request(request)
        made = requests.PreparedRequest()
        made.prepare_method(request.method)
        made.prepare_url(request.url, request.params or "")
        told = {**self.headers, **(request.headers or {})}
        made.prepare_headers({name: value for name, value in told.items() if value is not None})
        made.prepare_cookies({})
        made.prepare_body(request.data, request.files, request.json)
        hooks = request.hooks if any(request.hooks.values()) else self.hooks
        made.prepare_hooks(hooks)
        return made

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """What the session has, where the request says nothing; the environment says nothing."""
        return {
            "proxies": proxies or self.proxies,
            "stream": self.stream if stream is None else stream,
            "verify": self.verify if verify is None else verify,
            "cert": cert or self.cert,
        }

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """One request, one answer, read to its end unless it is streamed; redirects are the library's."""
        if kwargs.get("allow_redirects", True) or "proxies" not in kwargs:
            return super().send(request, **kwargs)
        del kwargs["allow_redirects"]
        answer = self.get_adapter(request.url or "").send(request, **kwargs)
        for hear in request.hooks["response"]:
            answer = hear(answer, **kwargs) or answer
        if not kwargs["stream"]:
            _ = answer.content
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
    return _Adapter(pool_connections=pool, pool_maxsize=pool, max_retries=0)


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
    kwargs.setdefault("allow_redirects", False)
    form = kwargs.get("data")
    if isinstance(form, dict) and not kwargs.get("files"):  # as `requests` would write it, in a tenth of its time
        kwargs["data"] = urlencode({name: value for name, value in form.items() if value is not None}, doseq=True)
        kwargs["headers"] = {**(kwargs.get("headers") or {}), "Content-Type": "application/x-www-form-urlencoded"}
    found = _SENDABLE.fullmatch(url) if as_given else None
    if found and isinstance(session.get_adapter(url), _Adapter):
        kwargs["headers"] = {**(kwargs.get("headers") or {}), _AS_GIVEN: found[1]}
    try:
        return session.request(method, url, timeout=timeout, **kwargs)
    except requests.RequestException as error:
        kind = type(error).__name__
        if not changes or _never_sent(error):
            raise Unavailable("Chưa kết nối được tới nền tảng; hệ thống sẽ tự thử lại.", evidence=kind) from None
        raise Unconfirmed(
            "Đã gửi nhưng không nhận được trả lời; hệ thống sẽ kiểm tra trên nền tảng trước khi làm gì thêm.",
            evidence=kind,
        ) from None


def _never_sent(error: requests.RequestException) -> bool:
    """True when the connection was never made, so not one byte of the request can have arrived."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason: Any = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    reason = getattr(reason, "original_error", reason)  # the office's proxy refused
    return isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)
