"""Reading and changing what was uploaded: videos, channels, counters (youtube 2.6, 2.9, 4.1).

After a `late_listing` on an update the answer tells the new privacy at once, and reading it back does so later.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response

from sandbox.youtube_state import (
    CHANNEL_ID,
    CHANNEL_NAME,
    FAILURES,
    PROCESSING_TIME,
    READING,
    UPLOADS_ID,
    WRITING,
    ApiError,
    Json,
    State,
    Video,
    check_parts,
    read_body,
    read_ids,
    read_json,
    read_query,
    write_time,
)

SETTABLE = {
    "snippet": {"title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"},
    "status": {
        "embeddable",
        "license",
        "privacyStatus",
        "publicStatsViewable",
        "publishAt",
        "selfDeclaredMadeForKids",
        "containsSyntheticMedia",
    },
    "localizations": None,
}
"""The fields of each part that can be set (youtube 2.5); the languages of `localizations` are anybody's."""
VIDEO_PARTS = frozenset(
    {
        "brandPartner",
        "contentDetails",
        "fileDetails",
        "id",
        "liveStreamingDetails",
        "localizations",
        "paidProductPlacementDetails",
        "player",
        "processingDetails",
        "recordingDetails",
        "snippet",
        "statistics",
        "status",
        "suggestions",
        "topicDetails",
    }
)
CHANNEL_PARTS = frozenset({"brandingSettings", "contentDetails", "id", "snippet", "statistics", "status"})
STATS_PARTS = frozenset({"contentDetails", "id", "snippet", "statistics"})
KINDS: Mapping[str, str] = {
    "late_listing": "what was just uploaded, changed or added is shown after {seconds} (60)",
    "force_private": "an upload or an update stays private; {silent}: the answer says what was asked",
    "upload_status": "videos.list tells {uploadStatus}, and {rejectionReason} or {failureReason} with it",
    "left_out": "videos.list does not tell the {part}",
    "hidden_subscribers": "the channel hides its number of subscribers",
    "hidden_counters": "a video without likes and comments in batchGetStats",
    "no_channel": "the account has no channel",
    "long_uploads": "the channel's longUploadsStatus is {status}",
    "late_search": "the search index does not know the last {seconds} (600)",
}


def data_routes(state: State) -> APIRouter:
    """videos.list, update, delete and batchGetStats; channels.list."""
    router = APIRouter(prefix="/youtube/v3")

    @router.get("/videos")
    def list_videos(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=READING, bucket="other")
            query = read_query(request, required={"part", "id"})
            parts = check_parts(query, VIDEO_PARTS)
            found = [state.videos[one] for one in read_ids(query) if one in state.videos]
            items = [resource(state, video, parts) for video in found]
            if hit := state.world.strikes("upload_status", request.method, request.url.path):
                for item in items:
                    item.get("status", {}).update(hit.values)
            if hit := state.world.strikes("left_out", request.method, request.url.path):
                items = [{name: item[name] for name in item if name != hit.values["part"]} for item in items]
        return {"kind": "youtube#videoListResponse", "items": items, "pageInfo": {"totalResults": len(items)}}

    @router.get("/videos:batchGetStats")
    def batch_stats(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=READING, bucket="batch")
            query = read_query(request, required={"part", "id"})
            check_parts(query, STATS_PARTS)
            ids = read_ids(query)
            items = [_stats(state, state.videos[one]) for one in ids if one in state.videos]
        return {"kind": "youtube#batchGetStatsResponse", "items": items}

    @router.put("/videos")
    def update_video(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, scopes=WRITING, bucket="other", cost=50)
            parts = check_parts(read_query(request, required={"part"}), VIDEO_PARTS)
            change = read_json(body)
            video = state.own_video(change.pop("id", ""))
            check_metadata(change, parts)
            _check_moment(video, change.get("status", {}))
            return _replace(state, video, change, parts)

    @router.delete("/videos")
    def delete_video(request: Request) -> Response:
        with state.world.lock:
            state.guard(request, scopes=WRITING, bucket="other", cost=50)
            del state.videos[state.own_video(read_query(request, required={"id"})["id"]).id]
        return Response(status_code=204)

    @router.get("/channels")
    def list_channels(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=READING, bucket="other")
            parts = check_parts(read_query(request, required={"part", "mine"}), CHANNEL_PARTS)
            none = state.world.strikes("no_channel", request.method, request.url.path)
            hidden = state.world.strikes("hidden_subscribers", request.method, request.url.path)
            long_uploads = state.world.strikes("long_uploads", request.method, request.url.path)
            items = [] if none else [_channel(state, parts, hidden is not None)]
            if long_uploads and "status" in parts:
                items[0]["status"]["longUploadsStatus"] = long_uploads.values["status"]
        return {"kind": "youtube#channelListResponse", "items": items}

    @router.get("/search")
    def search(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=READING, bucket="search")
            return _search(state, request)

    return router


def _search(state: State, request: Request) -> Json:
    """Own videos only, whose index lags (youtube 6)."""
    query = read_query(request, required={"part", "forMine", "type"}, optional={"q", "maxResults", "order"})
    if (query["part"], query["forMine"], query["type"]) != ("snippet", "true", "video"):
        raise ApiError(400, "incompatibleParameters", domain="youtube.parameter")
    late = state.world.strikes("late_search", request.method, request.url.path)
    before = state.world.now() - timedelta(seconds=float(late.values.get("seconds", 600)) if late else 0)
    words = query.get("q", "").casefold()
    found = [one for one in state.videos.values() if words in one.snippet["title"].casefold() and one.at <= before]
    items = [
        {
            "kind": "youtube#searchResult",
            "id": {"kind": "youtube#video", "videoId": one.id},
            "snippet": {"title": one.snippet["title"], "publishedAt": write_time(one.at), "channelId": CHANNEL_ID},
        }
        for one in found[: int(query.get("maxResults", "5"))]
    ]
    return {"kind": "youtube#searchListResponse", "items": items}


def check_metadata(metadata: Json, parts: set[str]) -> None:
    """Refuse what YouTube refuses (youtube 2.5). Raises `ApiError`."""
    if set(metadata) - set(SETTABLE) or set(metadata) - parts:
        raise ApiError(400, "unexpectedPart", domain="youtube.part")
    for part, fields in metadata.items():
        known = SETTABLE[part]
        if known is not None and set(fields) - known:
            raise ApiError(400, "badRequest", message=f"Unknown fields: {sorted(set(fields) - known)}")
    if "snippet" in parts:
        _check_snippet(metadata.get("snippet", {}))
    if metadata.get("localizations") and not metadata.get("snippet", {}).get("defaultLanguage"):
        raise ApiError(400, "defaultLanguageNotSet", domain="youtube.video")
    status = metadata.get("status", {})
    if status.get("privacyStatus", "public") not in {"public", "unlisted", "private"}:
        raise ApiError(400, "invalidVideoMetadata", domain="youtube.video")
    if "publishAt" in status and status.get("privacyStatus") != "private":
        raise ApiError(400, "invalidPublishAt", domain="youtube.video")


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


def _check_moment(video: Video, status: Json) -> None:
    """A moment of publishing is only for what was never public (youtube 2.5)."""
    if "publishAt" in status and video.public_at is not None:
        raise ApiError(400, "invalidPublishAt", domain="youtube.video")


def _replace(state: State, video: Video, change: Json, parts: set[str]) -> Json:
    """Every mutable field of a named part is replaced; what is left out is reset, privacy to public. The answer."""
    world = state.world
    before = video.status["privacyStatus"]
    if "snippet" in parts:
        video.snippet = dict(change["snippet"])
    if "localizations" in parts:
        video.localizations = dict(change.get("localizations", {}))
    if "status" in parts:
        video.status = {"privacyStatus": "public", **change.get("status", {})}
    asked = video.status["privacyStatus"]
    kept = world.strikes("force_private", "PUT", "/youtube/v3/videos")
    if kept:
        video.status["privacyStatus"] = "private"
    if video.status["privacyStatus"] == "public" and before != "public":
        video.public_at = world.now()
    answer = resource(state, video, parts)
    if kept and kept.values.get("silent") and "status" in answer:
        answer["status"]["privacyStatus"] = asked
    if late := world.strikes("late_listing", "PUT", "/youtube/v3/videos"):
        video.privacy_before = before
        video.privacy_shown_at = world.now() + timedelta(seconds=float(late.values.get("seconds", 60)))
    return answer


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
    if video.localizations:
        made["localizations"] = dict(video.localizations)
    if now >= video.at + PROCESSING_TIME:
        made["fileDetails"] = {"fileSize": str(len(video.data)), "fileType": "video"}
        if video.name:
            made["fileDetails"]["fileName"] = video.name
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
    if video.failure == "terminated":
        return {**status, "uploadStatus": "uploaded"}  # whether it was processed is told nowhere any more
    if video.failure:
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
    if state.world.strikes("hidden_counters", "GET", "/youtube/v3/videos:batchGetStats"):
        statistics = {"viewCount": statistics["viewCount"]}
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
