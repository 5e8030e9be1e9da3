"""Uploaded videos of the imitated OA: taken, converted in the background, asked about (sheet 2.6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI, File, Request, UploadFile
from fastapi.responses import Response

from sandbox.world import World
from sandbox.zalo_oa import ARTICLE
from sandbox.zalo_wire import Wire, failure, success

KINDS = {
    "slow_convert": "an uploaded video is in work for {seconds} (120)",
    "convert_failed": "an uploaded video cannot be converted: status 4",
    "video_locked": "an uploaded video is locked: status 2",
    "video_deleted": "an uploaded video is deleted: status 5",
    "token_in_query": "the ticket of an upload counts in the query; else in the header, as in Zalo's own SDK",
}
UPLOAD = "/v2.0/article/upload_video"
VIDEO_MAX = 50_000_000
CONVERTING = timedelta(seconds=12)
ENDS = {"convert_failed": 4, "video_locked": 2, "video_deleted": 5}
WORDS = {
    1: "Video is ready",
    2: "Video is locked",
    3: "Video is being converted",
    4: "Convert failed",
    5: "Video is deleted",
}


@dataclass
class Video:
    """One upload. `end` is the state it will be in from `ready` on."""

    id: str
    name: str
    data: bytes
    mime: str
    sent: datetime
    ready: datetime
    end: int = 1


def kind_of(data: bytes) -> str:
    """The MIME type by the first bytes; empty for what Zalo does not take."""
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return "video/x-msvideo" if data[:4] == b"RIFF" and data[8:12] == b"AVI " else ""


class Videos:
    """All uploads. Call its methods with the world's lock held."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._by_ticket: dict[str, Video] = {}

    def take(self, name: str, data: bytes) -> str:
        """Keep a video and begin to convert it; its ticket."""
        path = f"{UPLOAD}/preparevideo"
        slow = self._world.strikes("slow_convert", "POST", path)
        ends = [state for fault, state in ENDS.items() if self._world.strikes(fault, "POST", path)]
        now = self._world.now()
        ready = now + (timedelta(seconds=float(slow.values.get("seconds", 120))) if slow else CONVERTING)
        ticket = self._world.token("video") + "/+=="
        video_id = self._world.token("video-id")[:18]
        self._by_ticket[ticket] = Video(video_id, name, data, kind_of(data), now, ready, *ends[:1])
        return ticket

    def state(self, video: Video) -> int:
        """The number Zalo tells."""
        return video.end if video.ready <= self._world.now() else 3

    def usable(self, video_id: str) -> Video | None:
        """A video that an article may show."""
        found = (video for video in self._by_ticket.values() if video.id == video_id)
        return next((video for video in found if self.state(video) == 1), None)

    def told(self, ticket: str) -> dict[str, Any] | None:
        """What `verify` tells; None for an unknown ticket."""
        video = self._by_ticket.get(ticket)
        if video is None:
            return None
        state = self.state(video)
        share = (self._world.now() - video.sent) / (video.ready - video.sent)
        return {
            "status": state,
            "status_message": WORDS[state],
            "convert_percent": min(int(100 * share), 100),
            "video_id": video.id if state == 1 else "",
            "video_name": video.name,
            "video_size": len(video.data),
        }


def add_video_routes(app: FastAPI, world: World, wire: Wire, videos: Videos) -> None:
    """Upload and its state."""

    @app.post(f"{UPLOAD}/preparevideo", response_model=None)
    def preparevideo(request: Request, file: UploadFile | None = File(None)) -> Response:
        data = file.file.read() if file else b""
        with world.lock:
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            if file is None or not kind_of(data):
                return wire.answer(failure(-201, "file is invalid"))
            if len(data) > VIDEO_MAX:
                return wire.answer(failure(-210, "Parameter exceeds allowable limit"))
            return wire.answer(success({"token": videos.take(file.filename or "", data)}))

    @app.get(f"{UPLOAD}/verify", response_model=None)
    def verify(request: Request, token: str = "") -> Response:
        with world.lock:
            refused = wire.refuse(request, ARTICLE)
            if refused:
                return refused
            in_query = world.strikes("token_in_query", "GET", request.url.path)
            told = videos.told(token if in_query else request.headers.get("token", ""))
            return wire.answer(success(told) if told else failure(-201, "token is invalid"))
