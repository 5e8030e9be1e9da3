"""The web floor: a picture by its hash and nothing else, and whether the service is alive."""

import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from PIL import Image

from content.store import AssetFile, AssetStore
from web.app import create_app
from web.server import WebServer


class Desk:
    """A running server over a store with one big picture, and a switch for its heartbeat."""

    def __init__(self, folder: Path) -> None:
        self.alive = True
        self.store = AssetStore(folder / "assets")
        file = folder / "picture.png"
        Image.effect_noise((300, 300), 90).convert("RGB").save(file)
        self.picture: AssetFile = self.store.put(file)
        self.file = self.store.path(self.picture.sha256, self.picture.mime)
        (folder / "cchc.key").write_text("a secret beside the store")
        self.server = WebServer(
            create_app(self.store.folder, lambda: self.alive, watch=count().__next__), "127.0.0.1", 0
        )

    def get(self, path: str) -> requests.Response:
        with requests.Session() as http:
            http.trust_env = False
            return http.get(self.server.address + path, timeout=10)

    def raw(self, path: str) -> bytes:
        """The answer to a path exactly as it is: a client library would tidy it up first."""
        with socket.create_connection(("127.0.0.1", urlsplit(self.server.address).port or 0), timeout=10) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    with made.server:
        yield made


def test_a_picture_is_served_by_its_hash(desk: Desk) -> None:
    answer = desk.get(f"/media/{desk.file.name}")
    assert answer.status_code == 200
    assert answer.content == desk.file.read_bytes()
    assert answer.headers["Content-Type"] == "image/png"
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_fitted_picture_is_served_too(desk: Desk) -> None:
    fitted = desk.store.fit(desk.picture.sha256, "image/png", 40_000, ["image/jpeg"])
    answer = desk.get(f"/media/{fitted.path.name}")
    assert answer.status_code == 200
    assert answer.content == fitted.path.read_bytes() and len(answer.content) <= 40_000


NAMES = (
    "../cchc.key",
    "..%2fcchc.key",
    "%2e%2e/cchc.key",
    "%2e%2e%2fcchc.key",
    "..%5ccchc.key",
    "..%252fcchc.key",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "%00",
    "",
    ".",
    "cchc.key",
    "{hash}",
    "{hash}.svg",
    "{hash}.png%00",
    "{hash}.png%0a",
    "{hash}.png/../../../cchc.key",
    "{HASH}.png",
    "{other}.png",
    "{hash}-40000.png",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_other_name_leads_to_a_file(desk: Desk, name: str) -> None:
    name = name.format(hash=desk.picture.sha256, HASH=desk.picture.sha256.upper(), other="0" * 64)
    head, _, body = desk.raw(f"/media/{name}").partition(b"\r\n\r\n")
    assert head.split()[1] in (b"404", b"307"), head
    assert b"secret" not in body


def test_a_picture_cannot_be_changed_over_http(desk: Desk) -> None:
    with requests.Session() as http:
        http.trust_env = False
        for method in ("PUT", "POST", "DELETE"):
            url = f"{desk.server.address}/media/{desk.file.name}"
            assert http.request(method, url, data=b"x", timeout=10).status_code == 405
    assert desk.file.is_file()


def test_health_follows_the_heartbeat(desk: Desk) -> None:
    assert (desk.get("/healthz").status_code, desk.get("/healthz").json()) == (200, {"ok": True, "database": True})
    desk.alive = False
    assert (desk.get("/healthz").status_code, desk.get("/healthz").json()) == (503, {"ok": False, "database": True})


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/media"])
def test_nothing_else_is_shown(desk: Desk, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_the_server_stops_and_gives_its_port_back(tmp_path: Path) -> None:
    with WebServer(create_app(tmp_path, lambda: True), "127.0.0.1", 0) as first:
        port = urlsplit(first.address).port or 0
    with WebServer(create_app(tmp_path, lambda: True), "127.0.0.1", port) as second:
        assert second.address == first.address
