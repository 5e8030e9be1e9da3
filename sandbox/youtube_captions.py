"""Captions: a track for each language and name, sent as multipart/related (youtube 2.9)."""

import json
import re

from fastapi import APIRouter, Depends, Request

from sandbox.youtube_state import CAPTIONING, ApiError, Caption, Json, State, check_parts, read_body, read_query

DOMAIN = "youtube.caption"
NAME_MAX = 150
PATH = "/upload/youtube/v3/captions"


def caption_routes(state: State) -> APIRouter:
    """captions.list, insert and update."""
    router = APIRouter()

    @router.get("/youtube/v3/captions")
    def list_captions(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=CAPTIONING, bucket="other", cost=50)
            video = state.own_video(read_query(request, required={"part", "videoId"})["videoId"])
            items = [_resource(one) for one in state.captions.values() if one.video_id == video.id]
        return {"kind": "youtube#captionListResponse", "items": items}

    @router.post(PATH)
    def insert_caption(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, scopes=CAPTIONING, bucket="other", cost=400)
            _read_query(request)
            metadata, file = _read_parts(request, body)
            caption = _new(state, metadata.get("snippet") or {}, file)
            state.captions[caption.id] = caption
            return _resource(caption)

    @router.put(PATH)
    def update_caption(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, scopes=CAPTIONING, bucket="other", cost=450)
            _read_query(request)
            metadata, file = _read_parts(request, body)
            if metadata.get("id") not in state.captions:
                raise ApiError(404, "captionNotFound", domain=DOMAIN)
            caption = state.captions[metadata["id"]]
            caption.data = file
            return _resource(caption)

    return router


def _read_query(request: Request) -> None:
    """`sync` stopped working, and without uploadType=multipart there is no file (youtube 2.9)."""
    query = read_query(request, required={"part", "uploadType"})
    if query["uploadType"] != "multipart":
        raise ApiError(400, "wrongUrlForUpload")
    check_parts(query, {"id", "snippet"})


def _new(state: State, snippet: Json, file: bytes) -> Caption:
    wanted = {"videoId", "language", "name"}
    if not wanted <= set(snippet) <= wanted | {"isDraft"}:
        raise ApiError(400, "invalidMetadata", domain=DOMAIN)
    if len(snippet["name"]) > NAME_MAX:
        raise ApiError(400, "nameTooLong", domain=DOMAIN)
    if not file:
        raise ApiError(400, "contentRequired", domain=DOMAIN)
    video = state.own_video(snippet["videoId"])
    track = (video.id, snippet["language"], snippet["name"])
    if track in {(one.video_id, one.language, one.name) for one in state.captions.values()}:
        raise ApiError(409, "captionExists", domain=DOMAIN)
    return Caption("CAP" + state.world.token("caption")[:20], *track, file)


def _read_parts(request: Request, body: bytes) -> tuple[Json, bytes]:
    """The JSON part and the file part. Raises 400 when the body is anything else."""
    mime = request.headers.get("content-type", "")
    found = re.fullmatch(r"multipart/related; ?boundary=\"?([^\";]{1,70})\"?", mime)
    if found is None:
        raise ApiError(400, "badRequest", message="multipart/related was expected.")
    parts = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    if len(parts) != 4 or parts[0] or parts[3].strip() != b"--":
        raise ApiError(400, "badRequest", message="Two parts were expected.")
    heads, contents = zip(*(part.removeprefix(b"\r\n").split(b"\r\n\r\n", 1) for part in parts[1:3]), strict=True)
    if b"application/json" not in heads[0] or b"application/octet-stream" not in heads[1]:
        raise ApiError(400, "badRequest", message="A JSON part and a file part were expected.")
    return dict(json.loads(contents[0])), contents[1]


def _resource(caption: Caption) -> Json:
    snippet = {
        "videoId": caption.video_id,
        "language": caption.language,
        "name": caption.name,
        "trackKind": "standard",
        "isDraft": False,
        "status": "serving",
    }
    return {"kind": "youtube#caption", "id": caption.id, "snippet": snippet}
