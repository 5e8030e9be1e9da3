"""Uploads: the resumable protocol, strict about every rule of it, and thumbnails (youtube 2.2 to 2.5, 2.9).

A connection that is cut in the middle of a chunk is range_short together with hang_up.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from sandbox.youtube_data import VIDEO_PARTS, check_metadata, resource
from sandbox.youtube_state import (
    SESSION_LIFE,
    UPLOADING,
    ApiError,
    Json,
    Session,
    State,
    Video,
    check_parts,
    read_body,
    read_json,
    read_query,
)

CHUNK_UNIT = 256 * 1024
THUMBNAIL_BYTES_MAX = 52_428_800
PATH = "/upload/youtube/v3/videos"
KINDS: Mapping[str, str] = {
    "odd_address": "the address of a session looks as no client would write it",
    "session_gone": "404 at the address of a session",
    "full_308": "308 although every byte is held: the result is not ready",
    "range_short": "only half of a chunk is stored",
    "range_lost": "nothing is held any more: 308 without Range",
    "moved_308": "308 with a new address of the session",
    "retry_after": "308 that asks for a pause of {seconds} (30), or until that moment",
    "final_error": "the session ends with {status} {reason} and no video; without a reason with an empty body",
    "kept_names": "a video tells the name under which its file was sent (nobody promises that it does)",
    "failed_processing": "the video is not processed: {reason} (codec), or terminated",
}


def upload_routes(state: State) -> APIRouter:
    """POST and PUT of an upload session, and thumbnails.set."""
    router = APIRouter()

    @router.post(PATH)
    def open_session(request: Request, body: bytes = Depends(read_body)) -> Response:
        with state.world.lock:
            state.guard(request, scopes=UPLOADING, bucket="upload")
            query = read_query(request, required={"part", "uploadType"}, optional={"notifySubscribers"})
            if query.get("notifySubscribers", "true") not in {"true", "false"}:
                raise ApiError(400, "invalidParameter", domain="youtube.parameter")
            if query["uploadType"] != "resumable":
                raise ApiError(400, "wrongUrlForUpload")
            metadata = read_json(body)
            check_metadata(metadata, check_parts(query, VIDEO_PARTS))
            headers = request.headers
            size, mime = headers.get("x-upload-content-length", ""), headers.get("x-upload-content-type", "")
            if not size.isdecimal():
                raise ApiError(400, "badRequest", message="X-Upload-Content-Length is missing.")
            if not mime.startswith("video/") and mime != "application/octet-stream":
                raise ApiError(400, "invalidParameter", message="Media type is not supported.")
            name = headers.get("slug", "")
            if name and re.fullmatch(r"[\w][\w. -]*", name) is None:
                raise ApiError(400, "invalidFilename", domain="youtube.video")
            uri = _register(state, Session(metadata, int(size), mime, state.world.now(), name))
        return Response(status_code=200, headers={"Location": uri})

    @router.put(PATH)
    def put_session(request: Request, body: bytes = Depends(read_body)) -> Response:
        with state.world.lock:
            state.guard(request)
            return _put(state, request, body)

    @router.post("/upload/youtube/v3/thumbnails/set")
    def set_thumbnail(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, scopes=UPLOADING, bucket="other", cost=50)
            video = state.own_video(read_query(request, required={"videoId"})["videoId"])
            mime = request.headers.get("content-type", "")
            if not body:
                raise ApiError(400, "mediaBodyRequired", domain="youtube.thumbnail")
            if mime not in {"image/jpeg", "image/png"} or len(body) > THUMBNAIL_BYTES_MAX:
                raise ApiError(400, "invalidImage", domain="youtube.thumbnail")
            video.thumbnail, video.thumbnail_mime = body, mime
            url = f"{state.world.base_url}/media/{video.id}/cover"
        return {"kind": "youtube#thumbnailSetResponse", "items": [{"default": {"url": url}}]}

    return router


def _register(state: State, session: Session) -> str:
    """Keep a session under a new, opaque address, which is known only byte for byte (youtube 2.1)."""
    query = f"upload_id={state.world.token('session')}&uploadType=resumable"
    if state.world.strikes("odd_address", "POST", PATH):
        query = f"b=%3a%2D&&flag&{query}&a="
    state.sessions[query] = session
    return f"{state.world.base_url}{PATH}?{query}"


def _put(state: State, request: Request, body: bytes) -> Response:
    query = request.scope["query_string"].decode("latin-1")
    if state.world.strikes("session_gone", request.method, request.url.path):
        state.sessions.pop(query, None)
    session = state.sessions.get(query)
    if session is None or state.world.now() - session.at > SESSION_LIFE:
        return Response(status_code=404)
    if session.answer is None:
        if body:
            _store(state, request, session, body)
        if len(session.held) == session.size and not state.world.strikes("full_308", "PUT", PATH):
            session.answer = _finish(state, session)
    if session.answer is not None:
        status, told = session.answer
        return JSONResponse(told, status) if told else Response(status_code=status)
    return _incomplete(state, session)


def _store(state: State, request: Request, session: Session, body: bytes) -> None:
    """Take the bytes, or refuse them whole: wrong type, wrong range, or a chunk of a forbidden size."""
    if request.headers.get("content-type") != session.mime:
        raise ApiError(400, "badRequest", message="The media type differs from the announced one.")
    default = f"bytes 0-{len(body) - 1}/{session.size}"
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", request.headers.get("content-range", default))
    if found is None:
        raise ApiError(400, "badRequest", message="Content-Range is not readable.")
    first, last, total = map(int, found.groups())
    is_last = last + 1 == session.size
    if total != session.size or last - first + 1 != len(body) or (not is_last and len(body) % CHUNK_UNIT):
        raise ApiError(400, "badRequest", message="The chunk has a wrong size.")
    session.chunk = session.chunk or len(body)
    if len(body) > session.chunk or (not is_last and len(body) != session.chunk):
        raise ApiError(400, "badRequest", message="All chunks but the last have one size.")
    if first != len(session.held):
        raise ApiError(416, "requestedRangeNotSatisfiable", message="The next byte was expected.")
    if state.world.strikes("range_short", request.method, request.url.path):
        body = body[: len(body) // 2 // CHUNK_UNIT * CHUNK_UNIT]
    session.held += body
    if state.world.strikes("range_lost", request.method, request.url.path):
        session.held.clear()


def _incomplete(state: State, session: Session) -> Response:
    """308: no body, no Location but for a named fault, and a Range only when bytes are held."""
    headers = {"Content-Length": "0"}
    if session.held:
        headers["Range"] = f"bytes=0-{len(session.held) - 1}"
    if hit := state.world.strikes("retry_after", "PUT", PATH):
        headers["Retry-After"] = str(hit.values.get("seconds", 30))
    if state.world.strikes("moved_308", "PUT", PATH):
        old = next(key for key, value in state.sessions.items() if value is session)
        del state.sessions[old]
        headers["Location"] = _register(state, session)
    return Response(status_code=308, headers=headers)


def _finish(state: State, session: Session) -> tuple[int, Json]:
    """One session yields at most one video, or a refusal for good."""
    world = state.world
    if hit := world.strikes("final_error", "PUT", PATH):
        error = ApiError(int(hit.values["status"]), str(hit.values.get("reason", "")), domain="youtube.video")
        return error.status, error.body() if error.reason else {}
    now = world.now()
    late = world.strikes("late_listing", "PUT", PATH)
    failure = world.strikes("failed_processing", "PUT", PATH)
    video = Video(
        id=f"sbx{world.next_number():08d}",
        snippet=dict(session.metadata.get("snippet", {})),
        status={"privacyStatus": "public", **session.metadata.get("status", {})},
        data=bytes(session.held),
        mime=session.mime,
        at=now,
        localizations=dict(session.metadata.get("localizations", {})),
        listed_at=now + timedelta(seconds=float(late.values.get("seconds", 60)) if late else 0),
        name=session.name if world.strikes("kept_names", "PUT", PATH) else "",
        failure=str(failure.values.get("reason", "codec")) if failure else "",
    )
    if world.strikes("force_private", "PUT", PATH):
        video.status["privacyStatus"] = "private"
    video.public_at = now if video.status["privacyStatus"] == "public" else None
    state.videos[video.id] = video
    session.held.clear()
    return 201, resource(state, video, {"snippet", "status"})
