"""The loopback platform, a process of its own: answers a post after a while, and counts what arrives.

    python -m benchmarks.rushing.loopback

Prints its address, and ends when its standard input does, that is when whoever started it is gone. As fast as asyncio
allows: one protocol object per connection, a request is looked at with three `find`s.

    POST …/{page}/feed              public at once, answered after the delay: id, permalink_url, created_time
    GET  …/{page}/published_posts   what is public on one Page, newest first, with cursors; anything else reads as empty
    POST /_rush/reset?delay=0.15    forget everything; answer so many seconds late from now on; with drop=0.05 this
                                    share of the posts is taken and the connection dropped, with late=0.05&late_by=6
                                    it is answered so late; the same seed= gives the same
    GET  /_rush/arrivals            [[number of the post, Unix time], …] in the order of arrival
    GET  /_rush/count               {"arrived": …, "different": …}, cheap enough to ask while the load runs

A post is known by the mark "rush-<number>-" in its words. `limits.py` shows how much it takes at most.
"""

import asyncio
import gc
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qs, parse_qsl, urlsplit

APP_ID = "rush"
"""The application that our product says it is, and that made every post here."""
_MARK = b"rush-"
LARGEST = 1_000_000


class Records:
    """What arrived, and how late to answer."""

    def __init__(self) -> None:
        self.reset({})

    def reset(self, facts: Mapping[str, str]) -> None:
        """Empty; answers take `delay` seconds, and a share of them fails."""
        self.delay = float(facts.get("delay", 0))
        self.drop, self.late, self.late_by = (float(facts.get(name, 0)) for name in ("drop", "late", "late_by"))
        self._rng = random.Random(int(facts.get("seed", 0)))
        self.arrivals: list[tuple[int, float]] = []
        self.different: set[int] = set()
        self.pages: defaultdict[str, list[tuple[str, float, bytes]]] = defaultdict(list)

    def answered_after(self) -> float | None:
        """Seconds until the answer to a post that was taken; None: it never comes."""
        if not (self.drop or self.late):
            return self.delay
        drawn = self._rng.random()
        if drawn < self.drop:
            return None
        return self.late_by if drawn < self.drop + self.late else self.delay

    def post(self, page: str, body: bytes) -> bytes:
        """A post is public from now on; the answer."""
        now = time.time()
        at = body.find(_MARK)
        number = int(body[at + 5 : body.index(b"-", at + 5)]) if at >= 0 else -1
        self.arrivals.append((number, now))
        self.different.add(number)
        post_id = f"{page}_{len(self.arrivals)}"
        self.pages[page].append((post_id, now, body))
        return (
            f'{{"id":"{post_id}","permalink_url":"https://www.facebook.com/{post_id}","created_time":"{_when(now)}"}}'
        ).encode()

    def listed(self, page: str, query: dict[str, list[str]]) -> bytes:
        """One page of a Page's posts, newest first; the cursor is the place to go on from."""
        since, limit = float(query.get("since", ["0"])[0]), int(query.get("limit", ["25"])[0])
        newest = [one for one in reversed(self.pages[page]) if one[1] >= since]
        begin = int(query.get("after", ["0"])[0])
        end = begin + limit
        rows = [_row(*one) for one in newest[begin:end]]
        paging = {"cursors": {"after": str(end)}} | ({"next": "more"} if end < len(newest) else {})
        return json.dumps({"data": rows, "paging": paging}).encode()


def _row(post_id: str, at: float, body: bytes) -> dict[str, object]:
    return {
        "id": post_id,
        "created_time": _when(at),
        "message": dict(parse_qsl(body.decode())).get("message", ""),
        "permalink_url": f"https://www.facebook.com/{post_id}",
        "is_published": True,
        "application": {"id": APP_ID, "name": "rush"},
        "status_type": "mobile_status_update",
    }


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


class Connection(asyncio.Protocol):
    """One kept-open connection; one request at a time, as HTTP/1.1 clients send them."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it for the answers."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        while end >= 0:
            head = self.buffer[:end]
            stop = end + 4 + _length_of(head)
            if stop > LARGEST:
                self.transport.close()
                return
            if len(self.buffer) < stop:
                return
            body, self.buffer = self.buffer[end + 4 : stop], self.buffer[stop:]
            self._answer(head, body)
            end = self.buffer.find(b"\r\n\r\n")

    def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.split(b" ", 2)
        if target.startswith(b"/_rush/"):
            self._write(*_control(self.records, target.decode()))
            return
        if method == b"POST" and target.endswith(b"/feed"):
            page = target.rsplit(b"/", 2)[-2].decode()
            content, after = self.records.post(page, body), self.records.answered_after()
            if after is None:
                self.transport.abort()
            else:
                self._later(content, after)
            return
        parts = urlsplit(target.decode())
        page, _, edge = parts.path.strip("/").rpartition("/")
        listing = edge in ("published_posts", "feed")
        page = page.rpartition("/")[2]
        content = self.records.listed(page, parse_qs(parts.query)) if listing else b'{"data":[]}'
        if method == b"POST":  # figures, which the clock asks for in batches at half past every hour: no post
            content = b"[]"
        self._later(content, self.records.delay)

    def _later(self, content: bytes, after: float) -> None:
        if after:
            asyncio.get_running_loop().call_later(after, self._write, content)
        else:
            self._write(content)

    def _write(self, content: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %d %s\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s"
                % (status.value, status.phrase.encode(), len(content), content)
            )


def _length_of(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    if at < 0:
        return 0
    end = head.find(b"\r\n", at + 17)
    return int(head[at + 17 : end if end >= 0 else len(head)])


def _control(records: Records, target: str) -> tuple[bytes, HTTPStatus]:
    parts = urlsplit(target)
    match parts.path.rpartition("/")[2]:
        case "reset":
            gc.collect()
            records.reset(dict(parse_qsl(parts.query)))
            answer: object = {"delay": records.delay}
        case "arrivals":
            answer = records.arrivals
        case "count":
            answer = {"arrived": len(records.arrivals), "different": len(records.different)}
        case _:
            return b"{}", HTTPStatus.NOT_FOUND
    return json.dumps(answer).encode(), HTTPStatus.OK


async def _serve() -> None:
    records, loop = Records(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(records), "127.0.0.1", 0, backlog=1_024)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(_serve())
