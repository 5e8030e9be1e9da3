"""What stands on the channel: the uploads playlist, then what each video is now (youtube 4.1, 6)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.errors import Rejected
from connectors.youtube.api import IDS_MAX, Api, Json
from connectors.youtube.readback import are_before, read_time, uploads, video_id

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
    for number, (items, is_last) in enumerate(uploads(api, IDS_MAX), 1):
        ids = [one for one in map(video_id, items) if one]
        for video in api.videos("snippet,status", ids) if ids else []:
            snippet = video.get("snippet") or {}
            at = read_time(snippet.get("publishedAt"))
            if at is not None and since <= at < until and _is_shown(video):
                found.append(Found(video["id"], at, snippet.get("title", ""), snippet.get("description", "")))
        if is_last or are_before(items, since - EARLY):
            break
        if number == PAGES_MAX:
            words = f"Kênh có hơn {PAGES_MAX * IDS_MAX} video từ đầu khoảng này; hãy chọn khoảng thời gian gần hơn."
            raise Rejected(words, section="youtube 6")
    return found


def _is_shown(video: Json) -> bool:
    status = video.get("status") or {}
    return status.get("privacyStatus") == "public" and status.get("uploadStatus", "processed") in SHOWN
