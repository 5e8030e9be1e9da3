"""What the imitated YouTube remembers: one channel, its videos, upload sessions, tokens and quota (youtube 1 to 3)."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from sandbox.world import World

CLIENT_ID = "sandbox-youtube-client"
CLIENT_SECRET = "sandbox-youtube-secret"
REFRESH_TOKEN = "1//sandbox-youtube-refresh"
"""A refresh token that is always there, for connecting by pasting."""
CHANNEL_ID = "UCsandbox0000000000000001"
CHANNEL_NAME = "UBND thành phố Huế (thử nghiệm)"
UPLOADS_ID = "UUsandbox0000000000000001"
PLAYLIST_ID = "PLsandbox0000000000000001"
"""An ordinary playlist of the channel, empty at first."""
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"

PACIFIC = ZoneInfo("America/Los_Angeles")
BUCKETS = {"upload": 100, "search": 100, "batch": 10_000, "other": 10_000}
TOKEN_LIFE = timedelta(seconds=3599)
SESSION_LIFE = timedelta(hours=24)
PROCESSING_TIME = timedelta(seconds=40)
FAILURES = frozenset({"conversion", "invalidFile", "emptyFile", "tooSmall", "codec", "uploadAborted"})

UPLOADING = frozenset({"youtube.upload", "youtube.force-ssl", "youtube"})
READING = frozenset({"youtube.readonly", "youtube.force-ssl", "youtube"})
WRITING = frozenset({"youtube.force-ssl", "youtube"})
CAPTIONING = frozenset({"youtube.force-ssl", "youtubepartner"})
ANALYSING = frozenset({"yt-analytics.readonly", "youtube.readonly", "youtube"})
"""The scopes of which any one is enough (youtube 1.2)."""

Json = dict[str, Any]


class ApiError(Exception):
    """An answer in Google's error shape (youtube 5.1)."""

    def __init__(self, status: int, reason: str, *, domain: str = "global", message: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.domain = domain
        self.message = message or f"The request was refused: {reason}."

    def body(self) -> Json:
        """The envelope with the one detail."""
        detail = {"message": self.message, "domain": self.domain, "reason": self.reason}
        return {"error": {"code": self.status, "message": self.message, "errors": [detail]}}


@dataclass
class Video:
    """A video of the channel. `listed_at` and `privacy_shown_at` are when the lists learn of a change."""

    id: str
    snippet: Json
    status: Json
    data: bytes
    mime: str
    at: datetime
    listed_at: datetime
    name: str = ""
    failure: str = ""
    public_at: datetime | None = None
    privacy_before: str = ""
    privacy_shown_at: datetime | None = None
    thumbnail: bytes = b""
    thumbnail_mime: str = ""
    localizations: Json = field(default_factory=dict)


@dataclass
class Grant:
    """What a refresh token stands for, and until when where its life is limited (youtube 1.4)."""

    scope: str
    dies_at: datetime | None = None


@dataclass
class Session:
    """A resumable upload. `answer` is the final status and body, repeated for ever (youtube 2.4).

    `name` is the file's, where it was told; `chunk` the size of the first one.
    """

    metadata: Json
    size: int
    mime: str
    at: datetime
    name: str = ""
    chunk: int = 0
    held: bytearray = field(default_factory=bytearray)
    answer: tuple[int, Json] | None = None


@dataclass
class PlaylistItem:
    """One place in a playlist. `listed_at` is when the lists learn of it."""

    id: str
    video_id: str
    listed_at: datetime


@dataclass
class Caption:
    """A track of captions."""

    id: str
    video_id: str
    language: str
    name: str
    data: bytes


class State:
    """Everything behind the routes. Hold `world.lock` while using it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.videos: dict[str, Video] = {}
        self.sessions: dict[str, Session] = {}
        self.playlists: dict[str, list[PlaylistItem]] = {PLAYLIST_ID: []}
        self.captions: dict[str, Caption] = {}
        self.codes: dict[str, Json] = {}
        self.refresh_tokens = {REFRESH_TOKEN: Grant(SCOPE)}
        self.access_tokens: dict[str, datetime] = {}
        self.scopes: dict[str, str] = {}
        self.used: dict[tuple[str, date], int] = {}

    def guard(self, request: Request, *, scopes: frozenset[str] = frozenset(), bucket: str = "", cost: int = 1) -> None:
        """Refuse for the reasons every call can meet: ordered faults, a dead token, a missing scope, an empty bucket.

        A call that is refused for its content was counted before (youtube 3).
        """
        world, method, path = self.world, request.method, request.url.path
        if hit := world.strikes("error", method, path):
            raise _ordered(hit.values)
        if world.strikes("expired_token", method, path):
            raise ApiError(401, "authError", message="Invalid Credentials")
        if self.access_tokens.get(_token(request), world.now()) <= world.now():
            raise ApiError(401, "authError", message="Invalid Credentials")
        granted = {scope.rpartition("/")[2] for scope in self.scopes.get(_token(request), "").split()}
        if scopes and scopes.isdisjoint(granted):
            raise ApiError(403, "insufficientPermissions", message="Insufficient Permission")
        if hit := world.strikes("rate_limit", method, path):
            raise _too_many(bool(hit.values.get("per_day")))
        if world.strikes("quota", method, path):
            raise _no_quota()
        if bucket:
            self._charge(bucket, cost)

    def _charge(self, bucket: str, cost: int) -> None:
        """Count by the Pacific day; the counters of other days no longer matter."""
        key = (bucket, self.world.now().astimezone(PACIFIC).date())
        if self.used.get(key, 0) + cost > BUCKETS[bucket]:
            raise _no_quota() if bucket == "other" else _too_many(True)
        self.used[key] = self.used.get(key, 0) + cost

    def own_video(self, video_id: str) -> Video:
        """A video of this channel. Raises 404 videoNotFound."""
        if video_id not in self.videos:
            raise ApiError(404, "videoNotFound", domain="youtube.video")
        return self.videos[video_id]

    def counters(self, video: Video) -> dict[str, int]:
        """Views, likes and comments; they grow from the moment the video became public."""
        finals = {"viewCount": 2400, "likeCount": 130, "commentCount": 18}
        since = video.public_at or self.world.now()
        half_life = timedelta(days=2)
        return {
            name: self.world.grown(f"{video.id}:{name}", since, final=final, half_life=half_life)
            for name, final in finals.items()
        }


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _ordered(values: Json) -> ApiError:
    return ApiError(
        int(values.get("status", 400)),
        str(values.get("reason", "badRequest")),
        domain=str(values.get("domain", "global")),
        message=str(values.get("message", "")),
    )


def _too_many(per_day: bool) -> ApiError:
    limit = "Video Uploads per day" if per_day else "Queries per minute"
    message = f"Quota exceeded for quota metric 'Video Uploads' and limit '{limit}' of this service."
    return ApiError(429, "rateLimitExceeded", message=message)


def _no_quota() -> ApiError:
    return ApiError(403, "quotaExceeded", domain="youtube.quota", message="You have exceeded your quota.")


async def read_body(request: Request) -> bytes:
    """The raw body, for routes that are plain functions."""
    return await request.body()


def answer_error(request: Request, error: Exception) -> Response:
    """An `ApiError` as an answer."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status)


def read_json(body: bytes) -> Json:
    """The body as a JSON object. Raises 400 parseError."""
    try:
        found = json.loads(body)
    except ValueError:
        raise ApiError(400, "parseError") from None
    if not isinstance(found, dict):
        raise ApiError(400, "parseError")
    return found


def write_time(at: datetime) -> str:
    """A time as YouTube writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


GLOBAL_PARAMETERS = frozenset({"alt", "fields", "key", "prettyPrint", "quotaUser", "uploadType"})


def read_query(request: Request, *, required: set[str], optional: Collection[str] = ()) -> dict[str, str]:
    """The query of a call; strict about names, as the discovery document is (youtube 7)."""
    query = dict(request.query_params)
    unknown = set(query) - required - set(optional) - GLOBAL_PARAMETERS
    if unknown:
        raise ApiError(400, "unexpectedParameter", domain="youtube.parameter", message=f"Unknown: {sorted(unknown)}")
    if required - set(query):
        raise ApiError(400, "missingRequiredParameter", domain="youtube.parameter")
    return query


def check_parts(query: dict[str, str], known: Collection[str]) -> set[str]:
    """The parts that are asked for. Raises 400 for one that does not exist."""
    parts = set(query["part"].split(","))
    if not parts <= set(known):
        raise ApiError(400, "unknownPart", domain="youtube.part", message=f"Unknown: {sorted(parts - set(known))}")
    return parts


def read_ids(query: dict[str, str]) -> list[str]:
    """The ids of a list call; at most 50 (youtube 4.1)."""
    ids = query["id"].split(",")
    if len(ids) > 50:
        raise ApiError(400, "invalidParameter", domain="youtube.parameter")
    return ids
