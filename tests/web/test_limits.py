"""How much may be sent, and that a browser stays on https."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI, Request
from sqlalchemy import Engine

from tests.conftest import Sandbox
from tests.web.desk import Desk
from tests.web.door import caller
from web.limits import MEGABYTE, BodyLimit
from web.server import WebServer

HSTS = "Strict-Transport-Security"


@pytest.fixture
def server() -> Iterator[WebServer]:
    """A small server of our own that reads bodies: 1 MB usually, 3 MB below /wide."""
    app = FastAPI()

    @app.post("/{path:path}")
    async def length(request: Request) -> dict[str, int]:
        return {"bytes": sum([len(part) async for part in request.stream()])}

    app.add_middleware(BodyLimit, usual=MEGABYTE, wider={"/wide": 3 * MEGABYTE})
    with WebServer(app, "127.0.0.1", 0) as running:
        yield running


def test_an_address_that_is_told_takes_visitors_before_its_thread_runs() -> None:
    server = WebServer(FastAPI(), "127.0.0.1", 0)
    place = urlsplit(server.address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=5) as early, server:
        early.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert early.recv(100).startswith(b"HTTP/1.1 404")


def send(address: str, path: str, size: int, *, kind: str = "application/octet-stream", told: bool = True) -> int:
    """The status of the answer to so many bytes; `told`: with their length, otherwise in chunks."""
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    pieces = (b"x" * 100_000 for _ in range(size // 100_000))
    headers = {"Content-Type": kind, **({"Content-Length": str(size)} if told else {})}
    line.request("POST", path, body=pieces, headers=headers, encode_chunked=not told)
    status = line.getresponse().status
    line.close()
    return status


def test_a_connection_stays_open_for_longer_than_a_proxy_in_front_keeps_it(server: WebServer) -> None:
    proxy_keeps_it = 120  # Caddy's transport, as deploy/Caddyfile leaves it
    assert server._server.config.timeout_keep_alive > proxy_keeps_it


@pytest.mark.parametrize("told", [True, False], ids=["with its length", "in chunks"])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/a", MEGABYTE, 200),
        ("/a", MEGABYTE + 100_000, 413),
        ("/wide", 3 * MEGABYTE, 200),
        ("/wide/file", 3 * MEGABYTE, 200),
        ("/wide", 4 * MEGABYTE, 413),
        ("/wider", 3 * MEGABYTE, 413),
        ("/a", 30 * MEGABYTE, 413),
    ],
)
def test_bytes_are_counted_as_they_come(server: WebServer, path: str, size: int, status: int, told: bool) -> None:
    assert send(server.address, path, size, told=told) == status


def test_a_form_gets_no_wide_door(server: WebServer) -> None:
    for kind in ("multipart/form-data; boundary=x", "Multipart/Form-Data; boundary=x"):
        assert send(server.address, "/wide", 2 * MEGABYTE, kind=kind) == 413


def test_a_form_that_is_too_large_is_refused_in_words_before_anybody_is_known(desk: Desk) -> None:
    visitor = caller(desk)
    visitor.get("/dang-nhap")
    body = visitor.http.post(
        f"{desk.address}/dang-nhap", data={"csrf": visitor.csrf}, files={"file": b"x" * 26 * MEGABYTE}, timeout=30
    )
    assert body.status_code == 413 and "lớn hơn 25 MB" in body.text
    assert visitor.get("/dang-nhap").status_code == 200, "the server goes on"


def test_a_browser_that_came_over_https_stays_there(engine: Engine, tmp_path: Path, sandbox: Sandbox) -> None:
    desk = Desk(engine, sandbox, tmp_path, address="https://cchc.hue.gov.vn")
    try:
        answer = caller(desk).get("/dang-nhap")
        assert answer.headers[HSTS] == "max-age=31536000"
        assert all("Secure" in cookie for cookie in answer.headers["Set-Cookie"].split(", "))
    finally:
        desk.close()


def test_over_plain_http_nothing_is_said_of_https(desk: Desk) -> None:
    assert HSTS not in caller(desk).get("/dang-nhap").headers
