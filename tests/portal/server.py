"""A portal of our own on loopback: a path answers with whatever a test wants, byte for byte."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from portal.guard import Guard

HOST = "cong.vidu.example"
"""A name that only the test's own resolver knows."""

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Portal:
    """A running server; `asked` has the request lines and headers it got."""

    port: int
    scheme: str = "http"
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Whether a client left before an answer had ended."""
    names: list[str | None] = field(default_factory=list)
    """The server names that TLS asked for."""

    def url(self, path: str, host: str = HOST) -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def guard(self, *more: str) -> Guard:
        """A guard that allows this server by its name, and whose names all lead to it."""
        return Guard.of(" ".join([f"{HOST}:{self.port}", *more]), resolve=lambda _host, _port: ["127.0.0.1"])

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """Answer at `path` with this; underscores in a header's name stand for dashes."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in ({"Content_Length": str(len(body))} | headers).items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer

    def leads(self, path: str, to: str, status: int = 302) -> None:
        """Redirect from `path`."""
        self.says(path, status=status, Location=to)

    def drips(self, path: str, head: bytes, drop: bytes) -> None:
        """Answer with `head`, then a drop for ever, each well within any time-out between two bytes."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            gone = threading.Event()
            handler.wfile.write(head)
            for _ in range(600):
                try:
                    handler.wfile.write(drop)
                except OSError:
                    self.hung_up.set()
                    return
                gone.wait(0.02)

        self.answers[path] = answer


@contextmanager
def running(certificate: str | None = None) -> Iterator[Portal]:
    """A portal on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            portal.asked.append((self.path, dict(self.headers)))
            self.close_connection = True
            portal.answers[self.path](self)

        def log_message(self, *_words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_facts: object) -> None:
            """A client that hung up is what many tests are about."""

    with Server(("127.0.0.1", 0), Handler) as server:
        portal = Portal(server.server_address[1])
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.sni_callback = lambda _socket, name, _context: portal.names.append(name)
            server.socket = context.wrap_socket(server.socket, server_side=True)
            portal.scheme = "https"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield portal
        finally:
            server.shutdown()
            thread.join()
