"""What the YouTube tests share: one test's channel, connected anew for every piece of work."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import requests

from connectors.base import Accepted, Found, Media, Outgoing, Receipt, Saved
from connectors.errors import Unavailable
from connectors.http import new_session
from connectors.meter import Meter
from connectors.youtube import YouTubeChannel
from connectors.youtube.merging import SETTABLE
from connectors.youtube.settings import CHUNK_UNIT, Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import STEPS_MAX

UPLOAD = "/upload/youtube/v3/videos"
VIDEOS = "/youtube/v3/videos"
CAPTIONS = "/upload/youtube/v3/captions"
PLAYLIST_ITEMS = "/youtube/v3/playlistItems"
PLAYLIST_ID = "PLsandbox0000000000000001"
REFRESH_TOKEN = "1//sandbox-youtube-refresh"
SRT = """1
00:00:00,500 --> 00:00:03,000
Nộp hồ sơ trực tuyến: chỉ ba bước.

2
00:00:03,000 --> 00:00:06,000
Bước một, đăng nhập bằng VNeID.
"""


class FreshChannel(YouTubeChannel):
    """Keeps its token fresh as the scheduler does, because the sandbox's tokens die after an hour."""

    def _api(self, now: datetime) -> Any:
        if self.credentials.refresh_at and now >= self.credentials.refresh_at:
            self.credentials = self.refresh(now=now)
        return super()._api(now)


def make_settings(sandbox: Sandbox, **changes: Any) -> Settings:
    return Settings(**{**sandbox.settings["youtube"], "read_timeout": 5, "chunk_bytes": CHUNK_UNIT, **changes})


def make_media(path: Path, data: bytes, mime: str) -> Media:
    path.write_bytes(data)
    return Media(path=path, mime=mime, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def make_video(tmp_path: Path, seed: bytes = b"CCHC", name: str = "huong-dan.mp4") -> Media:
    """A megabyte and a bit: five chunks of the smallest size."""
    return make_media(tmp_path / name, (seed * 300_000)[: 4 * CHUNK_UNIT + 1234], "video/mp4")


def make_outgoing(tmp_path: Path) -> Outgoing:
    return Outgoing(
        key="publication-1",
        title="Hướng dẫn nộp hồ sơ trực tuyến",
        text="Ba bước nộp hồ sơ trên Cổng Dịch vụ công.\n#CCHC",
        video=make_video(tmp_path),
        tags=("cải cách hành chính", "CCHC"),
    )


def until_the_last_chunk(youtube: "Session", outgoing: Outgoing) -> tuple[FreshChannel, Saved]:
    """A connector whose next step sends the last byte."""
    connector, saved = youtube.build(), cast(Saved, {})
    while not saved.get("last_byte_sent"):
        saved = connector.prepare(outgoing, saved, now=NOW).saved
    return connector, saved


class Session:
    """One test's channel: connects anew for every piece of work, as the scheduler does."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = new_session()
        self.http.hooks["response"].append(self._note)
        self.sent: list[requests.PreparedRequest] = []
        self.puts: list[tuple[str, int]] = []
        self.now = NOW
        """The moment of the step that is being taken."""
        self.tuning: dict[str, Any] = {}
        """Settings for every connector from now on."""
        self.settings = make_settings(sandbox)
        self.connected = FreshChannel.adopt(self.settings, {"refresh_token": REFRESH_TOKEN}, now=NOW, http=self.http)[0]
        self.credentials = self.connected.credentials

    def _note(self, answer: requests.Response, **_: Any) -> None:
        """Every answered request; of each PUT of an upload its Content-Range and the status."""
        self.sent.append(answer.request)
        if answer.request.method == "PUT" and UPLOAD in str(answer.request.url):
            self.puts.append((answer.request.headers["Content-Range"], answer.status_code))

    def build(self, meter: Meter | None = None, **changes: Any) -> FreshChannel:
        settings = make_settings(self.sandbox, **{**self.tuning, **changes})
        return FreshChannel(settings, self.connected.account, self.credentials, self.http, meter)

    def uploads(self, now: datetime = NOW) -> list[str]:
        """Every video of the channel, private ones included."""
        params = {"part": "contentDetails", "playlistId": "UUsandbox0000000000000001", "maxResults": "50"}
        page = self.build()._api(now).read("/youtube/v3/playlistItems", params)
        return [item["contentDetails"]["videoId"] for item in page["items"]]

    def playlist(self, now: datetime) -> list[str]:
        """The videos in the channel's own playlist, a video twice when it is there twice."""
        params = {"part": "snippet", "playlistId": PLAYLIST_ID, "maxResults": "50"}
        page = self.build()._api(now).read(PLAYLIST_ITEMS, params)
        return [item["snippet"]["resourceId"]["videoId"] for item in page["items"]]

    def captions(self, video_id: str) -> list[str]:
        """The text of every track of a video."""
        shown = self.http.get(f"{self.sandbox.url('youtube')}/media/{video_id}/captions", timeout=5)
        return list(shown.json())

    def prepare(
        self,
        outgoing: Outgoing,
        saved: Saved | None = None,
        now: datetime = NOW,
        stop: Callable[[Saved], bool] | None = None,
    ) -> tuple[Saved, datetime]:
        """A new connector for each step, until ready or until `stop` says so; retries what may be retried."""
        saved = saved or {}
        for _ in range(STEPS_MAX):
            self.now = now
            self.sandbox.at(now)
            try:
                step = self.build().prepare(outgoing, json.loads(json.dumps(saved)), now=now)
            except Unavailable:
                now += timedelta(seconds=30)
                continue
            saved = step.saved
            if step.ready or (stop and stop(saved)):
                return saved, now
            now += step.again_after
        raise AssertionError(f"not ready: {sorted(saved)}")

    def run(
        self,
        outgoing: Outgoing,
        saved: Saved | None = None,
        now: datetime = NOW,
        stop: Callable[[Saved], bool] | None = None,
        trouble: Callable[[], None] = lambda: None,
    ) -> tuple[Saved, datetime]:
        """One connector for steps that follow at once, as the scheduler's worker does it; a new one after a pause.

        `trouble` is called whenever a step failed in a way that may be repeated.
        """
        saved, connector = saved or {}, self.build()
        for _ in range(STEPS_MAX):
            self.now = now
            self.sandbox.at(now)
            try:
                step = connector.prepare(outgoing, json.loads(json.dumps(saved)), now=now)
            except Unavailable:
                trouble()
                now, connector = now + timedelta(seconds=30), self.build()
                continue
            saved = step.saved
            if step.ready or (stop and stop(saved)):
                return saved, now
            if step.again_after:
                now, connector = now + step.again_after, self.build()
        raise AssertionError(f"not ready: {sorted(saved)}")

    def publish(self, outgoing: Outgoing, saved: Saved, now: datetime) -> Receipt:
        """Publish, and look as the scheduler does once the platform has accepted it."""
        answer = self.build().publish(outgoing, saved, now=now)
        assert isinstance(answer, Accepted)
        later = now + answer.look_after
        self.sandbox.at(later)
        found = self.find(outgoing, answer.saved, since=now, now=later)
        assert isinstance(found, Receipt)
        return found

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, now: datetime) -> Found:
        """One look, by a connector of its own."""
        self.sandbox.at(now)
        return self.build().find(outgoing, saved, since=since, known=frozenset(), now=now)

    def video(self, video_id: str, now: datetime) -> dict[str, Any]:
        """A video as its owner reads it."""
        found = self.build()._api(now).video("snippet,status,localizations", video_id)
        assert found is not None
        return dict(found)

    def edit(self, video_id: str, now: datetime, **parts: Any) -> None:
        """Change a video as somebody does in YouTube Studio: the named fields of the named parts."""
        video = self.video(video_id, now)
        body = {"id": video_id}
        for part in {*parts, "snippet"}:
            known = SETTABLE.get(part)
            stands = {name: words for name, words in video.get(part, {}).items() if known is None or name in known}
            body[part] = {**stands, **parts.get(part, {})}
        params = {"part": ",".join(sorted(body.keys() - {"id"}))}
        self.build()._api(now).body(self.build()._api(now).send("PUT", VIDEOS, params=params, json=body), changes=False)

    def fault(self, kind: str, **facts: Any) -> None:
        self.sandbox.fault("youtube", kind, **facts)

    def bodies(self, method: str, path: str) -> list[dict[str, Any]]:
        """The JSON bodies of the answered requests to a path."""
        asked = [one for one in self.sent if one.method == method and urlsplit(str(one.url)).path == path]
        return [json.loads(one.body) for one in asked if one.body]

    def count(self, method: str, path: str) -> int:
        asked = self.sandbox.requests("youtube")
        return len([one for one in asked if (one["method"], one["path"]) == (method, path)])
