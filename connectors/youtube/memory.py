"""What one publication remembers between the steps (`saved`), and when it forgets.

sha256, size      the file this is about; another file starts anew
sent              the metadata YouTube was last given
session_uri       the upload session (secret-like: stored, never shown)
opened_at         when it was opened, aware UTC as ISO text
name, chunk       the file's name as it was sent, and the size of its chunks, which must not change
offset            bytes YouTube said it holds
asked             whether that is its last word: nothing was sent since, so it need not be asked again
waits, doubt      steps without progress; a refusal that was not readable, and how often
last_byte_sent    set before the call that may complete the upload; `last_byte_at` is when
video_id          the private video; from here on there is no session
was_found         it was found by its looks, not told by its session
told              what a person was told of, and when (see `told`)
told_public_at    when the answer to the public call said "public" (see `connectors.youtube.publishing`)
captions, playlist  what was added to the video (see `connectors.youtube.additions`)
restarts          why an upload was begun again: a kept decision, never a silent one
"""

from datetime import datetime, timedelta

from connectors.base import Media, Saved, Step
from connectors.errors import ConnectorError

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=5)
TOLD_FOR = timedelta(minutes=10)
"""Within this time an error is the same one that nobody may have read yet; later, a person has asked to go on."""

KEPT = ("restarts", "abandoned")
OF_THE_SESSION = frozenset(
    {
        "session_uri",
        "opened_at",
        "name",
        "chunk",
        "offset",
        "asked",
        "waits",
        "doubt",
        "last_byte_sent",
        "last_byte_at",
        "lookback",
        "refused",
        "told",
    }
)


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
    rest = {key: value for key, value in saved.items() if key not in OF_THE_SESSION}
    return {**rest, "video_id": video_id, "uploaded_at": now.isoformat()}


def told(saved: Saved, about: str, error: ConnectorError, *, now: datetime) -> Step | None:
    """Raise `error` to a person, for whom the work then waits; None once somebody has asked to go on after it.

    The step before only notes it, because an error keeps nothing; a process that dies in between says it again.
    """
    note = saved.get("told") or {}
    if note.get("about") != about:
        return Step({**saved, "told": {"about": about, "at": now.isoformat()}}, ready=False)
    if now - datetime.fromisoformat(note["at"]) < TOLD_FOR:
        raise error
    return None


def pause(times: int) -> timedelta:
    """15 seconds, doubled each time, at most 5 minutes; `times` counts from 0."""
    return min(FIRST_PAUSE * (1 << min(times, 10)), LONGEST_PAUSE)
