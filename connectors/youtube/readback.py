"""Reading back a video whose answer was lost: the uploads playlist, then a confirmation by facts (youtube 6)."""

import unicodedata
from datetime import datetime, timedelta

from connectors.base import Outgoing, Saved
from connectors.youtube.api import IDS_MAX, Api, Json

PAGES_MAX = 2
READS_MIN = 3
WAIT_MIN = timedelta(minutes=15)
READ_EVERY = timedelta(minutes=5)
DEAD = frozenset({"failed", "deleted"})
"""An abandoned session may show up as a failed video; such a one is never ours (youtube 2.4)."""


def find_candidates(api: Api, outgoing: Outgoing, *, since: datetime, known: frozenset[str]) -> list[Json]:
    """Videos of the channel that must be this upload: same title, uploaded since then, same size.

    `since` is aware UTC. While YouTube has not measured the file yet, the same description stands in for
    the size. Costs 2 to 5 units of quota.
    """
    earliest = since - api.settings.clock_skew
    found = []
    for ids in _uploads(api, known):
        videos = api.videos("snippet,status,fileDetails,processingDetails", ids)
        found += [video for video in videos if _is_ours(video, outgoing, earliest)]
    return found


def _uploads(api: Api, known: frozenset[str]) -> list[list[str]]:
    """The ids of the newest uploads, private ones included, newest first, a list for each page."""
    playlist = api.own_channel("contentDetails")["contentDetails"]["relatedPlaylists"]["uploads"]
    params = {"part": "snippet,contentDetails,status", "playlistId": playlist, "maxResults": str(IDS_MAX)}
    pages = []
    for _ in range(PAGES_MAX):
        answer = api.send("GET", "/youtube/v3/playlistItems", params=params)
        if answer.status_code == 404:
            break  # A channel that never uploaded anything has no such list.
        page = api.body(answer, changes=False)
        ids = [item["contentDetails"]["videoId"] for item in page.get("items") or []]
        pages.append([one for one in ids if one not in known])
        if not page.get("nextPageToken"):
            break
        params["pageToken"] = page["nextPageToken"]
    return [ids for ids in pages if ids]


def _is_ours(video: Json, outgoing: Outgoing, earliest: datetime) -> bool:
    snippet = video.get("snippet", {})
    if video.get("status", {}).get("uploadStatus") in DEAD or not _same(snippet.get("title"), outgoing.title):
        return False
    uploaded_at = read_time(snippet.get("publishedAt"))
    if uploaded_at is None or uploaded_at < earliest or outgoing.video is None:
        return False
    size = video.get("fileDetails", {}).get("fileSize")
    if size is None:
        return _same(snippet.get("description"), outgoing.text)
    return str(size) == str(outgoing.video.size)


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
