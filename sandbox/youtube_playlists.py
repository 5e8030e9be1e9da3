"""Playlists: the uploads, newest first, and an ordinary one that takes a video any number of times (youtube 2.9, 6)."""

from datetime import timedelta

from fastapi import APIRouter, Depends, Request

from sandbox.youtube_state import (
    READING,
    UPLOADS_ID,
    WRITING,
    ApiError,
    Json,
    PlaylistItem,
    State,
    check_parts,
    read_body,
    read_json,
    read_query,
    write_time,
)

PAGE = 50
ITEM_PARTS = ("id", "snippet", "contentDetails", "status")
PATH = "/youtube/v3/playlistItems"


def playlist_routes(state: State) -> APIRouter:
    """playlistItems.list and insert."""
    router = APIRouter()

    @router.get(PATH)
    def list_items(request: Request) -> Json:
        with state.world.lock:
            state.guard(request, scopes=READING, bucket="other")
            return _page(state, request)

    @router.post(PATH)
    def insert_item(request: Request, body: bytes = Depends(read_body)) -> Json:
        with state.world.lock:
            state.guard(request, scopes=WRITING, bucket="other", cost=50)
            check_parts(read_query(request, required={"part"}), ITEM_PARTS)
            return _resource(state, _insert(state, read_json(body)))

    return router


def _insert(state: State, body: Json) -> PlaylistItem:
    snippet = body.get("snippet") or {}
    if set(body) != {"snippet"} or set(snippet) - {"playlistId", "resourceId", "position"}:
        raise ApiError(400, "unexpectedPart", domain="youtube.part")
    resource = snippet.get("resourceId") or {}
    if resource.get("kind") != "youtube#video" or "playlistId" not in snippet:
        raise ApiError(400, "required", domain="youtube.playlistItem")
    if snippet["playlistId"] not in state.playlists:
        raise ApiError(404, "playlistNotFound", domain="youtube.playlistItem")
    if resource.get("videoId") not in state.videos:
        raise ApiError(404, "videoNotFound", domain="youtube.playlistItem")
    world = state.world
    late = world.strikes("late_listing", "POST", PATH)
    item = PlaylistItem(
        id="PLI" + world.token("item")[:20],
        video_id=str(resource["videoId"]),
        listed_at=world.now() + timedelta(seconds=float(late.values.get("seconds", 60)) if late else 0),
    )
    state.playlists[snippet["playlistId"]].append(item)
    return item


def _page(state: State, request: Request) -> Json:
    query = read_query(request, required={"part", "playlistId"}, optional={"maxResults", "pageToken", "videoId"})
    check_parts(query, ITEM_PARTS)
    now = state.world.now()
    if query["playlistId"] == UPLOADS_ID:
        # private ones included, because the owner asks
        items = [PlaylistItem(f"UUI{one.id}", one.id, one.listed_at) for one in reversed(state.videos.values())]
    elif query["playlistId"] in state.playlists:
        items = state.playlists[query["playlistId"]]
    else:
        raise ApiError(404, "playlistNotFound", domain="youtube.playlistItem")
    shown = [item for item in items if item.listed_at <= now and item.video_id in state.videos]
    if "videoId" in query:
        shown = [item for item in shown if item.video_id == query["videoId"]]
    start = int(query.get("pageToken", "0"))
    size = min(int(query.get("maxResults", "5")), PAGE)
    found = [_resource(state, item) for item in shown[start : start + size]]
    page: Json = {"kind": "youtube#playlistItemListResponse", "items": found}
    if start + size < len(shown):
        page["nextPageToken"] = str(start + size)
    return page


def _resource(state: State, item: PlaylistItem) -> Json:
    video = state.videos[item.video_id]
    snippet = {
        "title": video.snippet["title"],
        "publishedAt": write_time(video.at),
        "resourceId": {"kind": "youtube#video", "videoId": video.id},
    }
    details = {"videoId": video.id}
    return {"kind": "youtube#playlistItem", "id": item.id, "snippet": snippet, "contentDetails": details}
