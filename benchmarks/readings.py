"""How many calls one collection of figures takes for 500 posts on each platform, against what the batches demand.

    python benchmarks/readings.py

Fills the imitated platforms over HTTP, then lets each connector read its channel and all its posts once, and
counts the requests that arrived. Ends with status 1 when a connector asks more often than it has to.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors import connector_class
from connectors.base import Connector
from connectors.http import new_session

ROOT = Path(__file__).resolve().parents[1]
POSTS = 500
A_DAY = 90
"""Posts of one day: YouTube takes 100 uploads (youtube 3)."""
BEGIN = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
DEMANDED = {
    "facebook": (POSTS * 2 + 49) // 50,  # insights and fields are two items of a batch of 50 (facebook 5.6)
    "zalo": (POSTS + 9) // 10 + 1,  # pages of 10, and a look into the other list, that of videos (zalo 2.5)
    "youtube": (POSTS + 49) // 50 + (POSTS + 199) // 200,  # 50 ids, and 200 rows of a report (youtube 4.1, 4.2)
}
CHANNEL = {"facebook": 1, "zalo": 1, "youtube": 2}
"""Calls for the figures of the channel itself; YouTube has its days in a report of their own."""
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


@dataclass
class Platform:
    """One imitated platform, and a connector with fresh access to it."""

    name: str
    address: str
    settings: dict[str, Any]
    http: requests.Session

    def ask(self, method: str, path: str, **content: Any) -> requests.Response:
        """One request that has to succeed."""
        answer = self.http.request(method, f"{self.address}{path}", timeout=30, **content)
        answer.raise_for_status()
        return answer

    def at(self, now: datetime) -> None:
        """Set its clock."""
        self.ask("POST", "/_sandbox/clock", json={"now": now.isoformat()})

    def calls(self) -> int:
        """How many requests arrived so far."""
        return len(self.ask("GET", "/_sandbox/requests").json())

    def connector(self, now: datetime) -> Connector:
        """Grant access, as a person does."""
        one = connector_class(self.name)
        settings = one.Settings(**self.settings)
        consent = one.begin_consent(settings, redirect_uri="https://localhost/back", state="s", verifier="v" * 43)
        landed = self.http.get(consent.url, allow_redirects=False, timeout=10).headers["Location"]
        answer = dict(parse_qsl(urlsplit(landed).query))
        found = one.finish_consent(settings, consent, answer, now=now, http=self.http)[0]
        return one(settings, found.account, found.credentials, self.http)


# Filling, past the connectors --------------------------------------------------------------------------------


def fill_facebook(platform: Platform, token: str, numbers: range, page: str, picture: str) -> list[str]:
    """Text posts; their ids."""
    headers = {"Authorization": f"Bearer {token}"}
    posted = [
        platform.ask("POST", f"/v26.0/{page}/feed", headers=headers, data={"message": f"Bài số {number}"})
        for number in numbers
    ]
    return [str(answer.json()["id"]) for answer in posted]


def fill_zalo(platform: Platform, token: str, numbers: range, page: str, picture: str) -> list[str]:
    """Articles that are shown; their ids are known only when they are processed."""
    cover = {"cover_type": "photo", "photo_url": picture, "status": "show"}
    body = [{"type": "text", "content": "Nội dung"}]
    for number in numbers:
        words = {"title": f"Bài số {number}", "author": "UBND", "description": "Tóm tắt", "comment": "show"}
        article = {"type": "normal", **words, "cover": cover, "body": body, "status": "show"}
        answer = platform.ask("POST", "/v2.0/article/create", headers={"access_token": token}, json=article).json()
        if answer["error"]:
            raise SystemExit(f"zalo: {answer}")
    return []


def ids_of_zalo(platform: Platform, token: str) -> list[str]:
    """The ids of all articles."""
    ids: list[str] = []
    for offset in range(0, POSTS, 10):
        asked = {"offset": offset, "limit": 10, "type": "normal"}
        answer = platform.ask("GET", "/v2.0/article/getslice", headers={"access_token": token}, params=asked).json()
        ids += [row["id"] for row in answer["data"]["medias"]]
    return ids


def fill_youtube(platform: Platform, token: str, numbers: range, page: str, picture: str) -> list[str]:
    """Public videos of a few bytes; their ids."""
    headers = {"Authorization": f"Bearer {token}"}
    ids = []
    for number in numbers:
        size = {"X-Upload-Content-Length": "12", "X-Upload-Content-Type": "video/mp4"}
        status = {"privacyStatus": "public", "selfDeclaredMadeForKids": False, "containsSyntheticMedia": False}
        video = {"snippet": {"title": f"Bài số {number}", "categoryId": "25"}, "status": status}
        path = "/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
        opened = platform.ask("POST", path, headers={**headers, **size}, json=video)
        where = opened.headers["Location"].removeprefix(platform.address)
        ranged = {"Content-Range": "bytes 0-11/12", "Content-Type": "video/mp4"}
        done = platform.ask("PUT", where, headers={**headers, **ranged}, data=b"\0\0\0\x18ftypmp42")
        ids.append(str(done.json()["id"]))
    return ids


FILLS: dict[str, Callable[[Platform, str, range, str, str], list[str]]] = {
    "facebook": fill_facebook,
    "zalo": fill_zalo,
    "youtube": fill_youtube,
}


def fill(platform: Platform, picture: str) -> tuple[list[str], datetime]:
    """500 posts, some days long; their ids, and the time it is then."""
    ids, now = [], BEGIN
    for first in range(0, POSTS, A_DAY):
        now += timedelta(days=1)
        platform.at(now)
        connector = platform.connector(now)
        numbers = range(first, min(first + A_DAY, POSTS))
        token = connector.credentials.values["access_token"]
        ids += FILLS[platform.name](platform, token, numbers, connector.account.external_id, picture)
    now += timedelta(days=1)
    platform.at(now)
    if platform.name == "zalo":
        ids = ids_of_zalo(platform, platform.connector(now).credentials.values["access_token"])
    if len(set(ids)) != POSTS:
        raise SystemExit(f"{platform.name}: {len(set(ids))} posts instead of {POSTS}")
    return ids, now


# Reading -----------------------------------------------------------------------------------------------------


def read(platform: Platform, ids: list[str], now: datetime) -> bool:
    """Collect once and print what it took; whether it was no more than it has to be."""
    connector = platform.connector(now)
    before, begun = platform.calls(), time.perf_counter()
    figures = [*connector.read_channel(now=now), *connector.read_posts(ids, now=now)]
    took, calls = time.perf_counter() - begun, platform.calls() - before
    posts = len({figure.ref for figure in figures if figure.ref and figure.value is not None})
    demanded = DEMANDED[platform.name] + CHANNEL[platform.name]
    good = calls <= demanded and posts == POSTS
    verdict = "kept" if good else "MISSED"
    sys.stdout.write(
        f"{platform.name:10}{posts:8}{len(figures):9}{calls:8}{demanded:10}{took:9.2f}   {verdict}\n"
    )  # fmt: skip
    return good


class Gallery(BaseHTTPRequestHandler):
    """One picture, at every address."""

    def do_GET(self) -> None:
        """The picture."""
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[tuple[dict[str, Any], str]]:
    """The sandbox's addresses and settings, and the address of a picture, until the block ends."""
    gallery = ThreadingHTTPServer(("127.0.0.1", 0), Gallery)
    threading.Thread(target=gallery.serve_forever, daemon=True).start()
    process = subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline()), f"http://127.0.0.1:{gallery.server_address[1]}/picture.png"
    finally:
        process.terminate()
        process.wait(timeout=10)
        gallery.shutdown()
        gallery.server_close()


def main() -> None:
    """Fill, read, compare."""
    sys.stdout.write(f"{'platform':10}{'posts':>8}{'figures':>9}{'calls':>8}{'demanded':>10}{'seconds':>9}\n")
    with running() as (told, picture), new_session() as http:
        good = []
        for name, address in told["addresses"].items():
            platform = Platform(name, address, told["settings"][name], http)
            ids, now = fill(platform, picture)
            good.append(read(platform, ids, now))
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
