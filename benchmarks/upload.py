"""Videos through the connectors' own steps into a sink that keeps nothing: peak memory, seconds, speed.

    python benchmarks/upload.py

Three ways to upload: YouTube's resumable session, Facebook's video in chunks, Facebook's reel in one body. Each
run is a fresh process with a sparse file; first the median of three small ones, then one of 1 GB. The sink is
this process, so a run's peak (ru_maxrss) is the connector's own. Goal: under 150 MB for 1 GB; a connector that
reads the file whole would need 1 GB more. Ends with status 1 when the goal is missed.
"""

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = 64_000_000, 1_000_000_000
ROUNDS = 3
GOAL = 150
PIECE = 64 * 1024
CHUNK = 5 * 1024 * 1024
"""What the imitated Facebook asks for at a time."""
STEPS_MAX = 2_000
WAYS = ("youtube", "facebook video", "facebook reel")
PAGE_ID, VIDEO_ID = "723701000000001", "1000000000000001"
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


# The sink: counts the bytes of one upload after the other and throws them away --------------------------------


class Sink(BaseHTTPRequestHandler):
    """Just enough of both platforms to take a whole upload, strict about where each piece begins."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms, and that is what would be measured
    size = held = 0
    wrong = ""

    def do_GET(self) -> None:
        """Ours: how far it is. Facebook's: what is known of the video."""
        if self.path == "/sink":
            return self._tell({"held": Sink.held, "wrong": Sink.wrong})
        state = "ready" if Sink.held == Sink.size else "uploading"
        phases = {"uploading_phase": {"status": "in_progress", "bytes_transfered": Sink.held}}
        return self._tell({"id": VIDEO_ID, "published": False, "status": {"video_status": state, **phases}})

    def do_POST(self) -> None:
        """Open a session, or take Facebook's bytes."""
        path, length = urlsplit(self.path).path, int(self.headers.get("Content-Length", 0))
        if path.endswith("/reel"):
            return self._take_reel(length)
        if path.endswith(("/videos", "/video_reels")) and not path.startswith("/upload"):
            return self._facebook(path, length)
        self._discard(length)
        return self._answer(200, {"Location": f"http://{self.headers['Host']}/session?upload_id=1"})

    def do_PUT(self) -> None:
        """YouTube: take the next bytes, or say how many are held."""
        found = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", self.headers["Content-Range"])
        length = self._discard(int(self.headers.get("Content-Length", 0)))
        if found is None or (found[1] and int(found[1]) != Sink.held):
            Sink.wrong = self.headers["Content-Range"]
            return self._answer(416, {})
        Sink.held += length
        if Sink.held < Sink.size:
            return self._answer(308, {"Range": f"bytes=0-{Sink.held - 1}"} if Sink.held else {})
        status = {"privacyStatus": "private", "uploadStatus": "uploaded"}
        return self._tell({"kind": "youtube#video", "id": "benchmark001", "status": status}, 201)

    def _facebook(self, path: str, length: int) -> None:
        head = self.rfile.read(min(length, 8_192))
        text = head.decode("latin-1")
        if "transfer" in text:
            start = re.search(r'name="start_offset"\r\n\r\n(\d+)\r\n', text)
            fresh = min(CHUNK, Sink.size - Sink.held)
            if start is None or int(start[1]) != Sink.held or not fresh < length < fresh + len(head):
                Sink.wrong = f"chunk at {start and start[1]} of {length} bytes, {Sink.held} are held"
            self._discard(length - len(head))
            Sink.held += fresh
            return self._tell(self._range())
        ids = {"video_id": VIDEO_ID, "upload_session_id": "1"}
        if path.endswith("/video_reels"):
            ids["upload_url"] = f"http://{self.headers['Host']}/reel"
        return self._tell({"success": True, **ids, **self._range()})

    def _range(self) -> dict[str, str]:
        return {"start_offset": str(Sink.held), "end_offset": str(min(Sink.held + CHUNK, Sink.size))}

    def _take_reel(self, length: int) -> None:
        if int(self.headers["offset"]) != Sink.held or length != Sink.size - Sink.held:
            Sink.wrong = f"body at {self.headers['offset']} of {length} bytes, {Sink.held} are held"
        Sink.held += self._discard(length)
        return self._tell({"success": True})

    def _discard(self, length: int) -> int:
        left = length
        while left > 0:
            left -= len(self.rfile.read(min(left, PIECE)))
        return length

    def _tell(self, body: dict[str, Any], status: int = 200) -> None:
        self._answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def running_sink() -> Iterator[str]:
    """The sink's address, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


# One run, in a process of its own ---------------------------------------------------------------------------


def upload(way: str, path: Path, address: str) -> dict[str, float]:
    """Drive `prepare` with the default settings until the sink holds every byte; what it took."""
    sys.path.insert(0, str(ROOT))
    from connectors import connector_class
    from connectors.base import Account, Credentials, Media, Outgoing, Saved
    from connectors.http import new_session

    platform, _, kind = way.partition(" ")
    size = path.stat().st_size
    video = Media(path=path, mime="video/mp4", size=size, sha256="benchmark", width=1080, height=1920, seconds=60)
    options = {"reel": True} if kind == "reel" else {}
    outgoing = Outgoing(key="benchmark", title="Video", text="Video", video=video, options=options)
    hosts = {"api_url": address} if platform == "youtube" else {"graph_url": address, "video_url": address}
    app = {"client_id": "benchmark"} if platform == "youtube" else {"app_id": "1"}
    before, begun = peak_megabytes(), time.perf_counter()
    saved, steps = Saved(), 0
    with new_session() as http:
        connector = connector_class(platform)(
            connector_class(platform).Settings(**hosts, **app),
            Account(PAGE_ID, "Benchmark"),
            Credentials({"access_token": "benchmark"}),
            http,
        )
        told: dict[str, Any] = {"held": 0, "wrong": ""}
        while told["held"] < size and not told["wrong"] and steps < STEPS_MAX:
            saved = connector.prepare(outgoing, saved, now=NOW).saved
            told, steps = http.get(f"{address}/sink", timeout=5).json(), steps + 1
    if told["wrong"] or told["held"] != size:
        raise SystemExit(f"{way}: not uploaded, {told}")
    took = time.perf_counter() - begun
    return {"before": before, "peak": peak_megabytes(), "seconds": took, "steps": steps}


def peak_megabytes() -> float:
    """The most memory this process has held so far; ru_maxrss is in bytes on macOS, in KiB elsewhere."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


# All of them ----------------------------------------------------------------------------------------------


def run(way: str, path: Path, address: str) -> dict[str, float]:
    """One upload in a fresh process."""
    Sink.size, Sink.held, Sink.wrong = path.stat().st_size, 0, ""
    command = [sys.executable, __file__, "--way", way, "--file", str(path), "--address", address]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(told))


def measure_all(large: int) -> bool:
    """Print a line for each way and size; whether the goal is kept."""
    say(f"{'way':16}{'size':>9}{'runs':>6}{'steps':>7}{'seconds':>9}{'MB/s':>8}{'peak MB':>9}   goal {GOAL} MB")
    kept = True
    with running_sink() as address, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        for size, rounds in ((SMALL, ROUNDS), (large, 1)):
            with path.open("wb") as file:
                file.write(b"\0\0\0\x18ftypmp42")
                file.truncate(size)
            for way in WAYS:
                runs = [run(way, path, address) for _ in range(rounds)]
                median = {name: statistics.median(one[name] for one in runs) for name in runs[0]}
                kept = kept and median["peak"] < GOAL
                seconds = median["seconds"]
                say(
                    f"{way:16}{size / 1e6:6.0f} MB{rounds:6}{median['steps']:7.0f}{seconds:9.2f}"
                    f"{size / 1e6 / seconds:8.0f}{median['peak']:9.1f}   "
                    f"{'kept' if median['peak'] < GOAL else 'MISSED'}"
                )
    return kept


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure everything, or (for a run of our own) one upload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", type=int, default=LARGE, help="bytes of the large file")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--address", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        say(json.dumps(upload(arguments.way, arguments.file, arguments.address)))
    elif not measure_all(arguments.large):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
