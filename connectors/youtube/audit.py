"""What stands on the channel: the uploads playlist, then what each video is now (youtube 4.1, 6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.errors import Rejected
from connectors.youtube.api import IDS_MAX, Api, Json
from connectors.youtube.readback import read_time

PAGES_MAX = 40
"""2,000 uploads, 80 units of quota."""
EARLY = timedelta(days=30)
"""How long a video may wait private: the playlist is in the order of uploading, newest first."""
SHOWN = frozenset({"uploaded", "processed"})
"""A failed, rejected or deleted video has no public page, whatever its privacy says."""


class Found(NamedTuple):
    """A public video; `at` is the time YouTube tells (aware UTC)."""

    id: str
    at: datetime
    title: str
    text: str


def public_videos(api: Api, *, since: datetime, until: datetime) -> list[Found]:
    """The public videos whose `publishedAt` lies in [since, until); it may be the time of the upload (youtube 6).

    Raises `Rejected` when 40 pages do not reach back far enough.
    """
    found = []
    for ids in _uploads(api, since - EARLY):
        for video in api.videos("snippet,status", ids):
            snippet = video.get("snippet", {})
            at = read_time(snippet.get("publishedAt"))
            if at is not None and since <= at < until and _is_shown(video):
                found.append(Found(video["id"], at, snippet.get("title", ""), snippet.get("description", "")))
    return found


def _is_shown(video: Json) -> bool:
    status = video.get("status", {})
    return status.get("privacyStatus") == "public" and status.get("uploadStatus", "processed") in SHOWN


def _uploads(api: Api, earliest: datetime) -> Iterator[list[str]]:
    """The ids of the uploads, a list for each page, until a page holds nothing uploaded since `earliest`."""
    playlist = api.own_channel("contentDetails")["contentDetails"]["relatedPlaylists"]["uploads"]
    params = {"part": "snippet,contentDetails", "playlistId": playlist, "maxResults": str(IDS_MAX)}
    for _ in range(PAGES_MAX):
        answer = api.send("GET", "/youtube/v3/playlistItems", params=params)
        if answer.status_code == 404:
            return  # A channel that never uploaded anything has no such list.
        page = api.body(answer, changes=False)
        items = page.get("items") or []
        if items:
            yield [item["contentDetails"]["videoId"] for item in items]
        times = [read_time(item.get("snippet", {}).get("publishedAt")) for item in items]
        if not page.get("nextPageToken") or all(at is not None and at < earliest for at in times):
            return
        params["pageToken"] = page["nextPageToken"]
    words = f"Kênh có hơn {PAGES_MAX * IDS_MAX} video từ đầu khoảng này; hãy chọn khoảng thời gian gần hơn."
    raise Rejected(words, section="youtube 6")
