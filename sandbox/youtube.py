"""An imitation of YouTube: OAuth, the Data API, resumable uploads, and a page with what is public (youtube 8).

Point the connector at it with auth_url BASE/o/oauth2/v2/auth, token_url BASE/token, api_url BASE and the
client id and secret below; analytics_url is BASE too. Each module names the faults that it carries
out (`KINDS`); those here strike any call of an API.
"""

from collections.abc import Mapping

from fastapi import FastAPI, Response

from sandbox.control import add_control
from sandbox.world import PublicItem, World
from sandbox.youtube_analytics import analytics_routes
from sandbox.youtube_captions import caption_routes
from sandbox.youtube_data import data_routes
from sandbox.youtube_oauth import TokenError, answer_token_error, oauth_routes
from sandbox.youtube_playlists import playlist_routes
from sandbox.youtube_state import (
    CHANNEL_ID,
    CHANNEL_NAME,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    ApiError,
    State,
    Video,
    answer_error,
)
from sandbox.youtube_upload import upload_routes

__all__ = ["CHANNEL_ID", "CHANNEL_NAME", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "create_app"]

KINDS: Mapping[str, str] = {
    "expired_token": "401 authError: the access token is dead",
    "rate_limit": "429 rateLimitExceeded; {per_day}: for the whole day",
    "quota": "403 quotaExceeded: the units of the day are used up",
    "error": "{status} (400) {reason} (badRequest) in {domain} (global) with {message}",
}


def create_app(world: World) -> FastAPI:
    """The routes of one empty channel."""
    state = State(world)
    app = FastAPI(title="YouTube (sandbox)", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(ApiError, answer_error)
    app.add_exception_handler(TokenError, answer_token_error)
    app.include_router(oauth_routes(state))
    app.include_router(upload_routes(state))
    app.include_router(data_routes(state))
    app.include_router(playlist_routes(state))
    app.include_router(caption_routes(state))
    app.include_router(analytics_routes(state))

    @app.get("/media/{video_id}/video")
    def show_video(video_id: str) -> Response:
        video = state.own_video(video_id)
        return Response(video.data, media_type=video.mime)

    @app.get("/media/{video_id}/captions")
    def show_captions(video_id: str) -> list[str]:
        """The text of every track."""
        return [one.data.decode() for one in state.captions.values() if one.video_id == video_id]

    @app.get("/media/{video_id}/cover")
    def show_cover(video_id: str) -> Response:
        video = state.own_video(video_id)
        return Response(video.thumbnail, media_type=video.thumbnail_mime or "image/jpeg")

    add_control(app, world, lambda: _public(state))
    return app


def _public(state: State) -> list[PublicItem]:
    """The public videos, newest first."""
    videos = [video for video in state.videos.values() if video.status["privacyStatus"] == "public"]
    items = [_item(state, video) for video in videos]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _item(state: State, video: Video) -> PublicItem:
    counters = state.counters(video)
    return PublicItem(
        id=video.id,
        title=video.snippet["title"],
        text=video.snippet.get("description", ""),
        url=f"https://youtu.be/{video.id}",
        at=video.public_at or video.at,
        pictures=(f"/media/{video.id}/cover",) if video.thumbnail else (),
        video=f"/media/{video.id}/video",
        figures={"Lượt xem": counters["viewCount"], "Lượt thích": counters["likeCount"]},
    )


def client_settings(base_url: str) -> dict[str, str]:
    """What a client must be told to talk to this channel."""
    hosts = {"auth_url": f"{base_url}/o/oauth2/v2/auth", "token_url": f"{base_url}/token", "api_url": base_url}
    hosts["analytics_url"] = base_url
    return {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **hosts}
