"""A video of 1 GB through the YouTube connector's own steps into a sink that keeps nothing: peak memory.

    python benchmarks/upload.py

The file is sparse and the sink is a thread of this process on 127.0.0.1, so its memory counts too. Goal: a peak
under 150 MB. An upload that reads the file whole would need 1 GB more.
"""

import re
import resource
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from connectors.base import Account, Credentials, Media, Outgoing, Saved
from connectors.http import new_session
from connectors.youtube import YouTubeChannel
from connectors.youtube.settings import Settings

SIZE = 1024**3
GOAL = 150
PIECE = 64 * 1024
STEPS_MAX = 1_000
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FINAL = b'{"kind":"youtube#video","id":"benchmark001","status":{"privacyStatus":"private","uploadStatus":"uploaded"}}'


class Sink(BaseHTTPRequestHandler):
    """One upload session that counts its bytes and throws them away."""

    protocol_version = "HTTP/1.1"
    held = 0
    largest = 0

    def do_POST(self) -> None:
        """Open the session."""
        self._discard()
        self._answer(200, {"Location": f"http://{self.headers['Host']}/session?upload_id=1"})

    def do_PUT(self) -> None:
        """Take the next bytes, or say how many are held."""
        found = re.fullmatch(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)", self.headers["Content-Range"])
        length = self._discard()
        if found is None or (found[1] and int(found[1]) != Sink.held):
            self._answer(416, {})
            return
        Sink.held += length
        Sink.largest = max(Sink.largest, length)
        if Sink.held == int(found[3]):
            self._answer(201, {"Content-Type": "application/json"}, FINAL)
        else:
            self._answer(308, {"Range": f"bytes=0-{Sink.held - 1}"} if Sink.held else {})

    def _discard(self) -> int:
        length = left = int(self.headers.get("Content-Length", 0))
        while left:
            left -= len(self.rfile.read(min(left, PIECE)))
        return length

    def _answer(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Upload once, print the peak."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before = peak_megabytes()
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        with path.open("wb") as file:
            file.truncate(SIZE)
        steps = upload(path, server.server_address[1])
    took = time.perf_counter() - begun
    server.shutdown()
    server.server_close()
    peak = peak_megabytes()
    sys.stdout.write(
        f"uploaded                {Sink.held / 1e6:8.0f} MB in {steps} steps, {took:.1f} s\n"
        f"largest body            {Sink.largest / 1e6:8.1f} MB\n"
        f"peak memory             {peak:8.1f} MB (before the upload {before:.1f} MB)\n"
        f"goal                    {GOAL:8d} MB: {'kept' if peak < GOAL else 'missed'}\n"
    )


def upload(path: Path, port: int) -> int:
    """Drive `prepare` with the default chunk size until the video has an id; the number of steps."""
    settings = Settings(client_id="benchmark", api_url=f"http://127.0.0.1:{port}")
    credentials = Credentials({"access_token": "benchmark"})
    video = Media(path=path, mime="video/mp4", size=SIZE, sha256="benchmark")
    outgoing = Outgoing(key="benchmark", title="Video", text="Video", video=video)
    saved: Saved = {}
    with new_session() as http:
        connector = YouTubeChannel(settings, Account("UCbenchmark", "Benchmark"), credentials, http)
        for number in range(1, STEPS_MAX):
            saved = connector.prepare(outgoing, saved, now=NOW).saved
            if saved.get("video_id"):
                return number
    raise RuntimeError(f"not uploaded: {Sink.held} bytes")


def peak_megabytes() -> float:
    """The most memory this process has held so far; ru_maxrss is in bytes on macOS, in KiB elsewhere."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main()
