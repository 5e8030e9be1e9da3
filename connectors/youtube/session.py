"""What an upload session says when it is asked or sent bytes (youtube 2.2, 2.4); its address is opaque and secret."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urljoin

import requests

from connectors.base import Saved
from connectors.errors import ConnectorError, Rejected, Unavailable
from connectors.youtube.api import Api, Json, json_object
from connectors.youtube.codes import BUSY_WORDS, Refusal, as_work, read_retry_after

NOW = timedelta(0)
ALIVE = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Answers that leave the session alive: ask it again later (youtube 2.2)."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a session said: a finished video, how many bytes it holds, that it is gone, or that it refuses.

    `is_doubtful`: it refuses without a readable reason, which may be something on the way that speaks.
    """

    video_id: str = ""
    held: int = 0
    gone: bool = False
    moved_to: str = field(default="", repr=False)
    wait: timedelta = NOW
    refusal: Refusal | None = None
    is_doubtful: bool = False

    @property
    def is_final(self) -> bool:
        """Whether no more bytes can go into this session."""
        return bool(self.video_id) or self.gone or self.refusal is not None


def ask_session(api: Api, saved: Saved) -> SessionState:
    """The session's own word; costs no quota and changes nothing. A finished one repeats its final answer."""
    headers = {"Content-Range": f"bytes */{saved['size']}"}
    return read_session(api, api.send("PUT", saved["session_uri"], headers=headers))


def read_session(api: Api, answer: requests.Response) -> SessionState:
    """Every row of the answers to a PUT (youtube 2.2). Raises what leaves the session alive: 401, 408, 429, 5xx."""
    if answer.status_code == 308:
        return SessionState(
            held=_held(answer.headers.get("Range", "").strip()),
            moved_to=session_address(answer),
            wait=read_retry_after(answer, now=api.now) or NOW,
        )
    if answer.status_code in {200, 201}:
        video_id = _video_id(json_object(answer))
        if video_id:
            return SessionState(video_id=video_id)
    if answer.status_code in {404, 410}:
        return SessionState(gone=True)
    refusal = api.refusal(answer)
    error = api.error(answer, changes=False)
    if _is_final(refusal, error):
        return SessionState(refusal=refusal)
    if 400 <= refusal.status < 500 and refusal.status not in ALIVE and not refusal.reason:
        return SessionState(refusal=refusal, is_doubtful=True)
    if isinstance(error, Rejected):
        raise Unavailable(BUSY_WORDS, code=refusal.code, section="youtube 2.2")
    raise as_work(error)


def session_address(answer: requests.Response) -> str:
    """The address in an answer's Location, not touched; "" when there is none."""
    told = answer.headers.get("Location", "")
    return urljoin(answer.url, told) if told.startswith("/") else told


def _held(told: str) -> int:
    """How many bytes a Range header says are held: none without one. Raises `Unavailable` when it is unreadable."""
    found = re.fullmatch(r"(?:bytes[= ])?0-([0-9]+)", told)
    if told and found is None:
        raise Unavailable(BUSY_WORDS, section="youtube 2.2")
    return int(found[1]) + 1 if found else 0


def _is_final(refusal: Refusal, error: ConnectorError) -> bool:
    """Whether this is the session's last word: a 4xx or a rare 5xx with a reason that is not about the rate."""
    if refusal.status < 400 or refusal.status in ALIVE or not refusal.reason:
        return False
    return refusal.status >= 500 or not isinstance(error, Unavailable)


def _video_id(body: Json | None) -> str:
    found = (body or {}).get("id")
    return found if isinstance(found, str) else ""
