"""What one publication remembers between the steps (`saved`), and when it forgets.

sha256, size      the file this is about; another file starts anew
sent              the metadata YouTube was last given
session_uri       the upload session (secret-like: stored, never shown)
opened_at         when it was opened, aware UTC as ISO text
offset            bytes YouTube said it holds
waits, paused     steps without progress; whether the pause that the server named was just kept
last_byte_sent    set before the call that may complete the upload
video_id          the private video; from here on there is no session
told_public_at    when the answer to the public call said "public" (see `connectors.youtube.publishing`)
captions, playlist  what was added to the video (see `connectors.youtube.additions`)
restarts          why an upload was begun again: a kept decision, never a silent one
"""

from datetime import datetime, timedelta

from connectors.base import Media, Saved

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)

KEPT = ("restarts", "abandoned")


def fitted(saved: Saved, video: Media) -> Saved:
    """`saved` if it belongs to this file, else a new memory that only knows what was left behind."""
    if saved.get("sha256") == video.sha256 and saved.get("size") == video.size:
        return saved
    kept = {key: saved[key] for key in KEPT if key in saved}
    if saved.get("video_id"):
        kept["abandoned"] = [*kept.get("abandoned", []), saved["video_id"]]
    return {**kept, "sha256": video.sha256, "size": video.size}


def restarted(saved: Saved, why: str, *, now: datetime) -> Saved:
    """A memory without session and video, with one more line about why."""
    note = {"at": now.isoformat(), "why": why}
    return {
        "sha256": saved["sha256"],
        "size": saved["size"],
        "abandoned": saved.get("abandoned", []),
        "restarts": [*saved.get("restarts", []), note],
    }


def uploaded(saved: Saved, video_id: str, *, now: datetime) -> Saved:
    """The memory of a finished upload: the session is forgotten, the video is known."""
    gone = ("session_uri", "opened_at", "offset", "last_byte_sent", "waits", "paused", "lookback", "refused")
    rest = {key: value for key, value in saved.items() if key not in gone}
    return {**rest, "video_id": video_id, "uploaded_at": now.isoformat()}


def pause(times: int) -> timedelta:
    """15 seconds, doubled each time, at most 5 minutes; `times` counts from 0."""
    return min(FIRST_PAUSE * (1 << min(times, 10)), LONGEST_PAUSE)
