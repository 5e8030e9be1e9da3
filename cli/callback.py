"""The page on this machine to which a browser comes back from a consent; it waits for one answer, then ends.

Bound to one loopback address and one port, open only while somebody is waiting. The address that comes in
holds a code, so nothing is logged and the pages name nothing of it.
"""

import hmac
import socket
import sys
import threading
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from types import TracebackType
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cli.errors import UserError

DONE = (200, "Đã nhận câu trả lời", "Có thể đóng trang này và xem kết quả ở cửa sổ đang chạy lệnh.")
OTHER = (
    400,
    "Không phải câu trả lời đang chờ",
    "Trang này thuộc một lượt kết nối khác. Hãy mở đúng địa chỉ vừa được in ở cửa sổ đang chạy lệnh.",
)
NO_PAGE = (404, "Không có trang này", "Hãy mở địa chỉ được in ở cửa sổ đang chạy lệnh.")

_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:1.125rem/1.6 sans-serif;max-width:36rem;margin:20vh auto;padding:0 1rem}}</style></head>
<body><main><h1>{title}</h1><p>{words}</p></main></body></html>
"""


class Callback:
    """Listens at a loopback `redirect_uri` until the `with` block ends; port 0 takes a free one.

    Raises `UserError` when the port cannot be had.
    """

    def __init__(self, redirect_uri: str) -> None:
        asked = urlsplit(redirect_uri)
        host, port = asked.hostname or "", 80 if asked.port is None else asked.port
        try:
            self._server = _Server(host, port, asked.path or "/")
        except OSError as error:
            raise UserError(
                f"Không mở được cổng {port} của máy này để chờ trình duyệt quay lại ({error.strerror}); hãy dừng "
                "chương trình đang giữ cổng hoặc đổi cổng trong CCHC_REDIRECT_URI, hoặc thêm --paste-address."
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="callback")
        self.redirect_uri = _with_port(asked, self._server.server_address[1]) if port == 0 else redirect_uri
        """The address as the platform has to be told, with the port that was found."""

    def expect(self, state: str) -> None:
        """From now on the answer that carries `state` is taken; call it before anybody knows the address."""
        self._server.expected = state

    def wait(self, longest: timedelta) -> Mapping[str, str] | None:
        """The query of the first answer that was taken; None when none came in time."""
        return self._server.answer if self._server.told.wait(longest.total_seconds()) else None

    def __enter__(self) -> "Callback":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingMixIn, TCPServer):
    """A thread for each connection: a browser opens some that never ask for anything."""

    daemon_threads = True
    allow_reuse_address = sys.platform != "win32"  # there it would let two programs share the port

    def __init__(self, host: str, port: int, path: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.path = path
        self.expected = ""
        """Of the answer that is waited for; empty: of none yet."""
        self.answer: Mapping[str, str] | None = None
        self.told = threading.Event()
        """Set once the browser that brought the answer has its page."""
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1" if host == "localhost" else host, port), _Handler)

    def keep(self, answer: Mapping[str, str]) -> None:
        """The first answer counts; whoever comes back again changes nothing."""
        with self._lock:
            self.answer = self.answer or answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is nobody's error; a trace would show the address with the code."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "cchc", ""
    timeout = 10
    """Seconds until a connection that asks for nothing is dropped."""

    def do_GET(self) -> None:
        """Take the answer; be polite to everything else and go on waiting."""
        asked = urlsplit(self.path)
        answer = dict(parse_qsl(asked.query))
        if asked.path != self.server.path:
            self._say(*NO_PAGE)
        elif not self.server.expected or not hmac.compare_digest(
            answer.get("state", "").encode(), self.server.expected.encode()
        ):
            self._say(*OTHER)
        else:
            self.server.keep(answer)
            try:
                self._say(*DONE)
            finally:
                self.server.told.set()

    def _say(self, status: int, title: str, words: str) -> None:
        page = _PAGE.format(title=title, words=words).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Referrer-Policy", "no-referrer"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the line would hold the code."""


def _with_port(asked: SplitResult, port: int) -> str:
    host = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname
    return asked._replace(netloc=f"{host}:{port}").geturl()
