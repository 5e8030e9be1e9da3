"""Reading back a video whose answer was lost: the uploads playlist, then a confirmation by facts (youtube 6)."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from connectors.base import Saved
from connectors.errors import Limited, Misconfigured, Rejected, Unavailable
from connectors.youtube.api import IDS_MAX, Api, Json, items
from connectors.youtube.codes import BUSY_WORDS

PAGES_MAX = 10
"""500 uploads since the one that is looked for, 20 units of quota; it is nearly always among the first 50."""
EARLIER = timedelta(days=1)
"""A page that is older by so much ends a look: the playlist is in the order of uploading, newest first."""
READS_MIN = 3
WAIT_MIN = timedelta(minutes=15)
READ_EVERY = timedelta(minutes=5)
DEAD = frozenset({"failed", "deleted"})
"""An abandoned session may show up as a failed video; such a one is never ours (youtube 2.4)."""

_NAME = re.compile(r"cchc-([0-9a-f]{16})(?![0-9a-z])")
_SUFFIX = re.compile(r"\.[0-9A-Za-z]{1,8}")


def find_candidates(
    api: Api, sent: Json, size: int, *, since: datetime, known: frozenset[str], name: str = ""
) -> tuple[list[Json], bool]:
    """Videos of the channel that may be this upload: the title that was `sent`, uploaded since then, `size` bytes; and
    whether the uploads were read back to `since`.

    `since` is aware UTC, `name` the file's name as it was sent. Costs 1 unit of quota, and 2 for each page.
    """
    found, is_whole = list[Json](), True
    for page, is_last in islice(uploads(api), PAGES_MAX):
        found += _confirmed(api, [video_id(item) for item in page], sent, size, since=since, known=known, name=name)
        is_whole = is_last or are_before(page, since - EARLIER)
        if is_whole:
            break
    return found, is_whole


def search_candidates(
    api: Api, sent: Json, size: int, *, since: datetime, known: frozenset[str], name: str = ""
) -> list[Json]:
    """The same by the search index, the last resort: it lags, and a project has 100 searches a day."""
    title = sent["snippet"]["title"]
    params = {"part": "snippet", "forMine": "true", "type": "video", "q": title, "maxResults": str(IDS_MAX)}
    try:
        found = items(api.read("/youtube/v3/search", params))
    except (Limited, Misconfigured, Rejected):
        return []  # The uploads playlist has said what there is.
    ids = [str((item.get("id") or {}).get("videoId") or "") for item in found]
    return _confirmed(api, ids, sent, size, since=since, known=known, name=name)


def upload_name(key: str, path: Path) -> str:
    """The name under which a file is sent. It tells publications apart where YouTube keeps it; nobody else sees it."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:16]
    suffix = path.suffix if _SUFFIX.fullmatch(path.suffix) else ""
    return f"cchc-{mark}{suffix}"


def pick(found: Sequence[Json], sent: Json, *, name: str = "", until: datetime | None = None) -> str:
    """The one candidate that is surely this upload, else "".

    The name of the file decides where YouTube tells it (nobody promises that it does). Otherwise it is the only
    one with the words that were sent that was there at `until` (aware UTC): a later one is another upload's.
    """
    named = [video for video in found if name and _mark(_file(video).get("fileName")) == _mark(name)]
    sure = named or [video for video in found if _says(video, sent["snippet"]) and _was_there(video, until)]
    return str(sure[0]["id"]) if len(sure) == 1 else ""


def is_measured(video: Json) -> bool:
    """Whether YouTube tells of the file by now, which it may not do while the video is processed (youtube 6)."""
    return _file(video).get("fileSize") is not None


def uploads(api: Api, page_size: int = IDS_MAX) -> Iterator[tuple[list[Json], bool]]:
    """The newest uploads, private ones included, newest first: a list for each page, and whether it is the last."""
    lists = (api.own_channel("contentDetails").get("contentDetails") or {}).get("relatedPlaylists") or {}
    if not lists.get("uploads"):
        raise Unavailable(BUSY_WORDS, section="youtube 6", evidence="no uploads playlist")
    params = {"part": "snippet,contentDetails,status", "playlistId": lists["uploads"], "maxResults": str(page_size)}
    while True:
        answer = api.send("GET", "/youtube/v3/playlistItems", params=params)
        if answer.status_code == 404:
            return  # A channel that never uploaded anything has no such list.
        page = api.body(answer, changes=False)
        following = page.get("nextPageToken")
        yield items(page), not following
        if not following:
            return
        params["pageToken"] = following


def are_before(items: Sequence[Json], earliest: datetime) -> bool:
    """Whether everything on a page of uploads is from before; what tells no time may be newer."""
    times = [read_time((item.get("snippet") or {}).get("publishedAt")) for item in items]
    return bool(times) and all(at is not None and at < earliest for at in times)


def video_id(item: Json) -> str:
    """The video that an item of a playlist stands for."""
    resource = (item.get("snippet") or {}).get("resourceId") or {}
    return str((item.get("contentDetails") or {}).get("videoId") or resource.get("videoId") or "")


def _confirmed(
    api: Api, ids: Sequence[str], sent: Json, size: int, *, since: datetime, known: frozenset[str], name: str
) -> list[Json]:
    ids = [one for one in ids if one and one not in known]
    if not ids:
        return []
    earliest = since - api.settings.clock_skew
    videos = api.videos("snippet,status,fileDetails,contentDetails,processingDetails", ids)
    return [video for video in videos if _may_be_ours(video, sent["snippet"], size, earliest, name)]


def _may_be_ours(video: Json, sent: Json, size: int, earliest: datetime, name: str) -> bool:
    snippet = video.get("snippet") or {}
    if (video.get("status") or {}).get("uploadStatus") in DEAD or not _same(snippet.get("title"), sent["title"]):
        return False
    uploaded_at = read_time(snippet.get("publishedAt"))
    if uploaded_at is None or uploaded_at < earliest:
        return False
    if name and _mark(_file(video).get("fileName")) not in ("", _mark(name)):
        return False  # sent by us for another publication
    measured = _file(video).get("fileSize")
    if measured is None:
        return _same(snippet.get("description"), sent["description"])
    return str(measured) == str(size)


def _says(video: Json, sent: Json) -> bool:
    """Whether description and tags are those that were sent; what is not told is no difference."""
    snippet = video.get("snippet") or {}
    tags = snippet.get("tags")
    return _same(snippet.get("description", sent["description"]), sent["description"]) and (
        tags is None or {_plain(tag) for tag in tags} == {_plain(tag) for tag in sent["tags"]}
    )


def _was_there(video: Json, until: datetime | None) -> bool:
    uploaded_at = read_time((video.get("snippet") or {}).get("publishedAt"))
    return until is None or (uploaded_at is not None and uploaded_at <= until)


def _file(video: Json) -> Json:
    return dict(video.get("fileDetails") or {})


def _mark(name: object) -> str:
    """What tells publications apart in a name of ours; "" for any other name."""
    found = _NAME.match(str(name or ""))
    return found[1] if found else ""


def _plain(text: object) -> str:
    return unicodedata.normalize("NFC", str(text or "")).replace("\r\n", "\n").strip()


def _same(theirs: str | None, ours: str) -> bool:
    return _plain(theirs) == _plain(ours)


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
