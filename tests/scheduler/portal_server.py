"""A small portal on loopback: feeds, pages and pictures over real HTTP, as a test wants them."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FEED = "application/rss+xml; charset=utf-8"


@dataclass
class Page:
    """What stands at a path. `meet` is called before the answer, in the server's thread."""

    body: bytes = b""
    status: int = 200
    kind: str = FEED
    headers: dict[str, str] = field(default_factory=dict)
    meet: Callable[[], object] | None = None


class Portal:
    """The portal's pages, and what was asked of it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str) -> str:
        return f"{self.address}{path}"

    def feed(self, path: str, *articles: Mapping[str, str], **facts: Any) -> str:
        """An RSS feed of these articles; its address."""
        self.pages[path] = Page(rss(*articles), **facts)
        return self.url(path)

    def count(self, path: str) -> int:
        return sum(one == path for one, _ in self.asked)


def article(number: int, **facts: str) -> dict[str, str]:
    """The article of that number, published at 07:30 on the day of NOW."""
    return {
        "title": f"Một cửa làm việc thứ Bảy, đợt {number}",
        "link": f"https://cong.tinhvidu.gov.vn/bai-{number}.htm",
        "description": "Người dân nộp hồ sơ được cả sáng thứ Bảy.",
        "pubDate": "Mon, 23 Nov 2026 07:30:00 +0700",
        "guid": f"bai-{number}",
        **facts,
    }


def rss(*articles: Mapping[str, str]) -> bytes:
    """A feed as bytes."""
    items = "".join(
        "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in one.items()) + "</item>" for one in articles
    )
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Cổng</title>{items}</channel></rss>'
    )
    return text.encode()


@contextmanager
def portal_server() -> Iterator[Portal]:
    """A portal in threads of its own, on a free loopback port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            portal.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            page = portal.pages.get(self.path, Page(b"khong co", 404, "text/plain"))
            if page.meet is not None:
                page.meet()
            etag = page.headers.get("ETag")
            same = etag is not None and self.headers.get("If-None-Match") == etag
            self.send_response(304 if same else page.status)
            body = b"" if same else page.body
            for name, value in {"Content-Type": page.kind, **page.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Silence on the test's screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    portal = Portal(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
