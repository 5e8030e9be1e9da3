"""What one publication remembers of its video (`saved["video"]`), and when it begins again.

way                    "video" or "reel"; another way or another file starts anew
sha256, size           the file this is about
video_id               known before the first byte is sent: the proof to look for later
session_id, start, stop  of a video: the upload session, and the range Facebook wants next
furthest               where the upload stood at most; only beyond it is progress
upload_url             of a reel: where its bytes go
opened_at              when the upload was opened (aware UTC as ISO text)
strikes                wrong offsets since the last byte of progress
uploaded_at            the upload is finished; nothing is public yet
early, ended           of a reel: processing began before the public call; that call was answered with success
sent                   the words the hidden video carries
polls, looks           how often processing was asked for; how often the video was not there
cover                  the picture that was set, or given up on (`cover_problem`)
restarts               why an upload was begun again: a kept decision, never a silent one
"""

from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError, Rejected
from connectors.facebook.graph import Graph
from connectors.facebook.node import Node

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)
RESTARTS_MAX, STRIKES_MAX, LOOKS_MAX = 2, 5, 5
REFUSAL_KEPT = timedelta(hours=1)
"""How long a refused file stays refused; a person who insists later gets a new upload."""


def fitted(saved: Saved, way: str, video: Media) -> Saved:
    """The memory if it belongs to this file and this way, else a new one."""
    film: Saved = saved.get("video") or {}
    mark = {"way": way, "sha256": video.sha256, "size": video.size}
    return film if mark.items() <= film.items() else mark


def step_of(saved: Saved, step: Step) -> Step:
    """A step of the film as one of the whole publication, with how much of the upload Facebook holds."""
    film = step.saved
    held = film["size"] if "uploaded_at" in film else film.get("start", 0)
    progress = held / film["size"] if "video_id" in film and film["size"] else None
    return replace(step, saved={**saved, "video": film}, progress=progress)


def words_of(outgoing: Outgoing) -> dict[str, str]:
    """What a video is called and what is written with it."""
    return {"title": outgoing.title, "description": outgoing.text}


def told(words: dict[str, str]) -> dict[str, str]:
    """Only the words there are."""
    return {name: text for name, text in words.items() if text}


def is_too_old(film: Saved, graph: Graph) -> bool:
    """Whether an unfinished upload is older than we trust Facebook to keep it."""
    return graph.now - datetime.fromisoformat(film["opened_at"]) > timedelta(hours=graph.settings.upload_hours)


def restarted(film: Saved, why: str, graph: Graph, refusal: ConnectorError | None = None) -> Step:
    """Begin the upload again, and say why. Raises `refusal` (or `Rejected`) when that was done often enough."""
    restarts = film.get("restarts", [])
    if len(restarts) >= RESTARTS_MAX:
        raise refusal or Rejected(f"Tải video lên Facebook nhiều lần không được: {why}.", section="facebook 3.5")
    mark = {name: film[name] for name in ("way", "sha256", "size")}
    note = {"at": graph.now.isoformat(), "why": why}
    return Step({**mark, "restarts": [*restarts, note]}, False, pause(len(restarts)))


def struck(film: Saved, graph: Graph) -> Step:
    """One more wrong offset: go on at what `film` says, slower each time, and begin again after too many."""
    strikes = film.get("strikes", 0) + 1
    if strikes > STRIKES_MAX:
        return restarted(film, "Facebook không nhận tiếp phần tải dở", graph)
    return Step({**film, "strikes": strikes}, False, pause(strikes - 2) if strikes > 1 else timedelta(0))


def missing(film: Saved, graph: Graph) -> Step:
    """The video is not there: perhaps not yet. After looks enough it is uploaded again."""
    looks = film.get("looks", 0) + 1
    if looks > LOOKS_MAX:
        return restarted(film, f"không còn thấy video {film['video_id']} trên Fanpage", graph)
    return Step({**film, "looks": looks}, False, pause(looks))


def refused(film: Saved, node: Node, graph: Graph) -> Step:
    """Facebook gave the video up. Raises `Rejected` with its reason, unless that is old or not the file's fault."""
    since = datetime.fromisoformat(film["uploaded_at"])
    refusal = Rejected(node.failure, code=node.status, section="facebook 3.5")
    if node.is_expired or graph.now - since > REFUSAL_KEPT:
        return restarted(film, node.failure, graph, refusal)
    raise refusal


def pause(times: int) -> timedelta:
    """15 seconds, doubled each time, at most 5 minutes; `times` counts from 0."""
    return min(FIRST_PAUSE * (1 << min(max(times, 0), 10)), LONGEST_PAUSE)
