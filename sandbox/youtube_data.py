"""Reading and changing what was uploaded: videos, channels, counters (youtube 2.6, 2.9, 4.1).

Faults by name: late_listing {seconds}, force_private, hidden_subscribers, no_channel.
"""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response

from sandbox.youtube_state import (
    CHANNEL_ID,
    CHANNEL_NAME,
    FAILURES,
    PROCESSING_TIME,
    UPLOADS_ID,
    ApiError,
    Json,
    State,
    Video,
    read_body,
    read_ids,
    read_json,
    read_query,
    write_time,
)

SETTABLE = {
    "snippet": {"title", "description", "tags", "categoryId", "defaultLanguage"},
    "status": {
        "embeddable",
        "license",
        "privacyStatus",
        "publicStatsViewable",
        "publishAt",
        "selfDeclaredMadeForKids",
        "containsSyntheticMedia",
    },
}


def data_routes(state: State) -> APIRouter:
    """videos.list, update, delete and batchGetStats; channels.list."""
    router = APIRouter(prefix="/youtube/v3")

    @router.get("/videos")
    def list_videos(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, bucket="other")
            query = read_query(request, required={"part", "id"})
            parts = set(query["part"].split(","))
            found = [state.videos[one] for one in read_ids(query) if one in state.videos]
            items = [resource(state, video, parts) for video in found]
        return {"kind": "youtube#videoListResponse", "items": items, "pageInfo": {"totalResults": len(items)}}

    @router.get("/videos:batchGetStats")
    def batch_stats(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, bucket="batch")
            ids = read_ids(read_query(request, required={"part", "id"}))
            items = [_stats(state, state.videos[one]) for one in ids if one in state.videos]
        return {"kind": "youtube#batchGetStatsResponse", "items": items}

    @router.put("/videos")
    def update_video(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, bucket="other", cost=50)
            parts = set(read_query(request, required={"part"})["part"].split(","))
            change = read_json(body)
            video = state.own_video(change.pop("id", ""))
            check_metadata(change, parts)
            _replace(state, video, change)
            return resource(state, video, parts)

    @router.delete("/videos")
    def delete_video(request: Request) -> Response:
        with state.world.lock:
            state.guard(request, bucket="other", cost=50)
            del state.videos[state.own_video(read_query(request, required={"id"})["id"]).id]
        return Response(status_code=204)

    @router.get("/channels")
    def list_channels(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, bucket="other")
            parts = set(read_query(request, required={"part", "mine"})["part"].split(","))
            none = state.world.strikes("no_channel", request.method, request.url.path)
            hidden = state.world.strikes("hidden_subscribers", request.method, request.url.path)
            items = [] if none else [_channel(state, parts, hidden is not None)]
        return {"kind": "youtube#channelListResponse", "items": items}

    return router


def check_metadata(metadata: Json, parts: set[str]) -> None:
    """Refuse what YouTube refuses (youtube 2.5). Raises `ApiError`."""
    if set(metadata) - set(SETTABLE) or set(metadata) - parts:
        raise ApiError(400, "unexpectedPart", domain="youtube.part")
    for part, fields in metadata.items():
        if set(fields) - SETTABLE[part]:
            raise ApiError(400, "badRequest", message=f"Unknown fields: {sorted(set(fields) - SETTABLE[part])}")
    if "snippet" in parts:
        _check_snippet(metadata.get("snippet", {}))
    status = metadata.get("status", {})
    if status.get("privacyStatus", "public") not in {"public", "unlisted", "private"}:
        raise ApiError(400, "invalidVideoMetadata", domain="youtube.video")


def _check_snippet(snippet: Json) -> None:
    title, text = snippet.get("title", ""), snippet.get("description", "")
    tags = snippet.get("tags", [])
    counted = sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)
    rules = {
        "invalidTitle": 0 < len(title) <= 100 and "<" not in title and ">" not in title,
        "invalidDescription": len(text.encode()) <= 5000 and "<" not in text and ">" not in text,
        "invalidTags": counted <= 500,
        "invalidCategoryId": isinstance(snippet.get("categoryId"), str) and snippet["categoryId"].isdecimal(),
    }
    for reason, holds in rules.items():
        if not holds:
            raise ApiError(400, reason, domain="youtube.video")


def _replace(state: State, video: Video, change: Json) -> None:
    """Every mutable field of a named part is replaced; what is left out is reset, privacy to public."""
    world = state.world
    before = video.status["privacyStatus"]
    if "snippet" in change:
        video.snippet = dict(change["snippet"])
    if "status" in change:
        video.status = {"privacyStatus": "public", **change["status"]}
        if world.strikes("force_private", "PUT", "/youtube/v3/videos"):
            video.status["privacyStatus"] = "private"
    after = video.status["privacyStatus"]
    if after == "public" and before != "public":
        video.public_at = world.now()
    if late := world.strikes("late_listing", "PUT", "/youtube/v3/videos"):
        video.privacy_before = before
        video.privacy_shown_at = world.now() + timedelta(seconds=float(late.values.get("seconds", 60)))


def resource(state: State, video: Video, parts: set[str]) -> Json:
    """The named parts of a video, as its owner sees them now."""
    now = state.world.now()
    made = {
        "snippet": {**video.snippet, "publishedAt": write_time(video.at), "channelId": CHANNEL_ID},
        "status": _status(video, now),
        "statistics": {name: str(value) for name, value in state.counters(video).items()},
        "processingDetails": _processing(video, now),
        "contentDetails": {"duration": "PT1M", "hasCustomThumbnail": bool(video.thumbnail)},
    }
    if now >= video.at + PROCESSING_TIME:
        made["fileDetails"] = {"fileSize": str(len(video.data)), "fileType": "video"}
    kept = {part: made[part] for part in made if part in parts}
    return {"kind": "youtube#video", "etag": "sandbox", "id": video.id, **kept}


def _status(video: Video, now: datetime) -> Json:
    status = {**video.status, "madeForKids": bool(video.status.get("selfDeclaredMadeForKids"))}
    if video.privacy_shown_at and now < video.privacy_shown_at:
        status["privacyStatus"] = video.privacy_before
    if now < video.at + PROCESSING_TIME:
        return {**status, "uploadStatus": "uploaded"}
    if video.failure in FAILURES:
        return {**status, "uploadStatus": "failed", "failureReason": video.failure}
    if video.failure and video.failure != "terminated":
        return {**status, "uploadStatus": "rejected", "rejectionReason": video.failure}
    return {**status, "uploadStatus": "processed"}


def _processing(video: Video, now: datetime) -> Json:
    if now < video.at + PROCESSING_TIME:
        return {"processingStatus": "processing", "fileDetailsAvailability": "inProgress"}
    if video.failure == "terminated":
        return {"processingStatus": "terminated", "fileDetailsAvailability": "available"}
    if video.failure in FAILURES:
        return {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    return {"processingStatus": "succeeded", "fileDetailsAvailability": "available"}


def _stats(state: State, video: Video) -> Json:
    statistics = {name: str(value) for name, value in state.counters(video).items()}
    return {"kind": "youtube#videoStats", "id": video.id, "statistics": statistics}


def _channel(state: State, parts: set[str], hidden: bool) -> Json:
    public = [video for video in state.videos.values() if video.public_at]
    views = 250_000 + sum(state.counters(video)["viewCount"] for video in public)
    subscribers = 12_345 + sum(state.counters(video)["likeCount"] for video in public)
    made: Json = {
        "snippet": {"title": CHANNEL_NAME},
        "contentDetails": {"relatedPlaylists": {"uploads": UPLOADS_ID}},
        "statistics": {
            "viewCount": str(views),
            "subscriberCount": "0" if hidden else str(subscribers // 100 * 100),
            "hiddenSubscriberCount": hidden,
            "videoCount": str(len(public)),
        },
        "status": {"privacyStatus": "public", "longUploadsStatus": "allowed"},
    }
    return {"kind": "youtube#channel", "id": CHANNEL_ID, **{part: made[part] for part in made if part in parts}}
