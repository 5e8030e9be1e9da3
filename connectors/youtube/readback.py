"""Reading back a video whose answer was lost: the uploads playlist, then a confirmation by facts (youtube 6)."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from connectors.base import Saved
from connectors.errors import Limited, Misconfigured, Rejected
from connectors.youtube.api import IDS_MAX, Api, Json

PAGES_MAX = 2
READS_MIN = 3
WAIT_MIN = timedelta(minutes=15)
READ_EVERY = timedelta(minutes=5)
DEAD = frozenset({"failed", "deleted"})
"""An abandoned session may show up as a failed video; such a one is never ours (youtube 2.4)."""


def find_candidates(api: Api, sent: Json, size: int, *, since: datetime, known: frozenset[str]) -> list[Json]:
    """Videos of the channel that must be this upload: the title that was `sent`, uploaded since then, `size` bytes.

    `since` is aware UTC. While YouTube has not measured the file yet, the description that was sent stands in
    for the size. Costs 2 to 5 units of quota.
    """
    found = []
    for items, _ in islice(uploads(api), PAGES_MAX):
        found += _confirmed(api, [video_id(item) for item in items], sent, size, since=since, known=known)
    return found


def search_candidates(api: Api, sent: Json, size: int, *, since: datetime, known: frozenset[str]) -> list[Json]:
    """The same by the search index, the last resort: it lags, and a project has 100 searches a day."""
    title = sent["snippet"]["title"]
    params = {"part": "snippet", "forMine": "true", "type": "video", "q": title, "maxResults": str(IDS_MAX)}
    try:
        items = api.read("/youtube/v3/search", params).get("items") or []
    except (Limited, Misconfigured, Rejected):
        return []  # The uploads playlist has said what there is.
    ids = [str((item.get("id") or {}).get("videoId") or "") for item in items]
    return _confirmed(api, ids, sent, size, since=since, known=known)


def uploads(api: Api, page_size: int = IDS_MAX) -> Iterator[tuple[list[Json], bool]]:
    """The newest uploads, private ones included, newest first: a list for each page, and whether it is the last."""
    playlist = api.own_channel("contentDetails")["contentDetails"]["relatedPlaylists"]["uploads"]
    params = {"part": "snippet,contentDetails,status", "playlistId": playlist, "maxResults": str(page_size)}
    while True:
        answer = api.send("GET", "/youtube/v3/playlistItems", params=params)
        if answer.status_code == 404:
            return  # A channel that never uploaded anything has no such list.
        page = api.body(answer, changes=False)
        following = page.get("nextPageToken")
        yield page.get("items") or [], not following
        if not following:
            return
        params["pageToken"] = following


def video_id(item: Json) -> str:
    """The video that an item of a playlist stands for."""
    resource = (item.get("snippet") or {}).get("resourceId") or {}
    return str((item.get("contentDetails") or {}).get("videoId") or resource.get("videoId") or "")


def _confirmed(
    api: Api, ids: Sequence[str], sent: Json, size: int, *, since: datetime, known: frozenset[str]
) -> list[Json]:
    ids = [one for one in ids if one and one not in known]
    if not ids:
        return []
    earliest = since - api.settings.clock_skew
    videos = api.videos("snippet,status,fileDetails,contentDetails,processingDetails", ids)
    return [video for video in videos if _is_ours(video, sent["snippet"], size, earliest)]


def _is_ours(video: Json, sent: Json, size: int, earliest: datetime) -> bool:
    snippet = video.get("snippet") or {}
    if (video.get("status") or {}).get("uploadStatus") in DEAD or not _same(snippet.get("title"), sent["title"]):
        return False
    uploaded_at = read_time(snippet.get("publishedAt"))
    if uploaded_at is None or uploaded_at < earliest:
        return False
    measured = (video.get("fileDetails") or {}).get("fileSize")
    if measured is None:
        return _same(snippet.get("description"), sent["description"])
    return str(measured) == str(size)


def _same(theirs: str | None, ours: str) -> bool:
    return unicodedata.normalize("NFC", theirs or "").strip() == ours.strip()


def read_time(text: str | None) -> datetime | None:
    """A time as YouTube writes it ("2026-11-22T09:00:00Z"), aware UTC; None when it is no time."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo else None


def count_look(saved: Saved, key: str, *, now: datetime) -> tuple[Saved, bool]:
    """Note under `key` that a look found nothing; whether that was often and long enough to start anew.

    After 3 looks over at least 15 minutes a new upload is allowed, as a decision that is kept (youtube 6).
    """
    looks = saved.get(key) or {"first": now.isoformat(), "count": 0}
    looks = {**looks, "count": looks["count"] + 1}
    enough = looks["count"] >= READS_MIN and now - datetime.fromisoformat(looks["first"]) >= WAIT_MIN
    return {**saved, key: looks}, enough
