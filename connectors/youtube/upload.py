"""The resumable upload, one call a step (youtube 2.2 to 2.4).

The server's word is the only offset that counts. After a crash, a lost answer or a change of hands the
session is asked first, because bytes that overlap or leave a gap are not stored, and because the upload
may have been finished by the very call whose answer was lost. One session yields at most one video.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import requests

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError, Limited, Reconnect, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.api import Api, Json, json_object
from connectors.youtube.checks import describe
from connectors.youtube.codes import BUSY_WORDS, Refusal, classify, read_retry_after
from connectors.youtube.readback import READ_EVERY, count_look, find_candidates, search_candidates
from connectors.youtube.settings import Options

NOW = timedelta(0)
REFUSAL_KEPT = timedelta(hours=1)
PUT_REFUSALS_MAX = 3
ALIVE = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Answers that leave the session alive: ask it again later (youtube 2.2)."""
AMBIGUOUS_WORDS = "Trên kênh có nhiều video giống bài này; cần người kiểm tra và xóa bản thừa trên YouTube Studio."


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a session said: a finished video, how many bytes it holds, that it is gone, or that it refuses."""

    video_id: str = ""
    held: int = 0
    gone: bool = False
    moved_to: str = field(default="", repr=False)
    wait: timedelta = NOW
    refusal: Refusal | None = None

    @property
    def is_final(self) -> bool:
        """Whether no more bytes can go into this session."""
        return bool(self.video_id) or self.gone or self.refusal is not None


class Uploader:
    """Takes the next step of one upload. It remembers, for its own life only, what the server just confirmed."""

    def __init__(self) -> None:
        self._confirmed: tuple[str, int] | None = None

    def step(self, api: Api, outgoing: Outgoing, video: Media, saved: Saved) -> Step:
        """One step towards `video_id`. Raises a `ConnectorError`; every step may be repeated."""
        confirmed, self._confirmed = self._confirmed, None
        if "refused" in saved:
            return _after_refusal(api, outgoing, saved)
        if not saved.get("session_uri"):
            return self._open(api, outgoing, video, saved)
        if confirmed == (saved["session_uri"], saved["offset"]):
            return self._send(api, saved, video)
        state = ask_session(api, saved)
        must_pause = bool(state.wait) and not saved.get("paused")
        if state.is_final or must_pause or state.held >= saved["size"]:
            return self._settle(api, saved, state)
        saved = {**saved, "offset": state.held}
        if state.moved_to in ("", saved["session_uri"]):
            return self._send(api, saved, video)
        return self._go_on({**saved, "session_uri": state.moved_to})

    def _go_on(self, saved: Saved, pause: timedelta = NOW) -> Step:
        """The session just said how many bytes it holds, so the next step may send without asking."""
        self._confirmed = (saved["session_uri"], saved["offset"])
        return _step(saved, pause)

    def _open(self, api: Api, outgoing: Outgoing, video: Media, saved: Saved) -> Step:
        """Open a session. No bytes are sent, so a lost answer leaves nothing behind."""
        body = describe(outgoing, api.settings)
        notify = Options.model_validate(dict(outgoing.options)).notify_subscribers
        answer = api.send(
            "POST",
            "/upload/youtube/v3/videos",
            params={
                "uploadType": "resumable",
                "part": ",".join(body),
                "notifySubscribers": "true" if notify else "false",
            },
            headers={
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Length": str(video.size),
                "X-Upload-Content-Type": video.mime,
            },
            json=body,
        )
        uri = answer.headers.get("Location", "")
        if answer.status_code not in {200, 201} or not uri:
            raise api.error(answer, changes=False)
        opened = {"sent": body, "session_uri": uri, "opened_at": api.now.isoformat(), "offset": 0}
        return self._go_on({**saved, **opened, "last_byte_sent": False, "waits": 0})

    def _send(self, api: Api, saved: Saved, video: Media) -> Step:
        """Send the next chunk; before the one with the last byte, only say so."""
        start = saved["offset"]
        if not saved["last_byte_sent"] and _is_too_old(api, saved):
            return Step(memory.restarted(saved, "phiên tải lên đã quá hạn", now=api.now), ready=False)
        stop = min(start + api.settings.chunk_bytes, video.size)
        if stop == video.size and not saved["last_byte_sent"]:
            return self._go_on({**saved, "last_byte_sent": True})
        headers = {"Content-Type": video.mime, "Content-Range": f"bytes {start}-{stop - 1}/{video.size}"}
        answer = api.send("PUT", saved["session_uri"], headers=headers, data=read_chunk(video, start, stop))
        state = read_session(api, answer)
        if state.refusal is not None:
            state = self._second_opinion(api, saved, state.refusal)
        return self._settle(api, saved, state)

    def _second_opinion(self, api: Api, saved: Saved, refusal: Refusal) -> SessionState:
        """A refused chunk may be our mistake about the range; only the session knows whether it is final."""
        state = ask_session(api, saved)
        if state.refusal is None and not (state.video_id or state.gone) and saved["waits"] >= PUT_REFUSALS_MAX:
            raise classify(refusal, now=api.now, changes=False)
        return state

    def _settle(self, api: Api, saved: Saved, state: SessionState) -> Step:
        """Turn what the session said into the next memory."""
        if state.video_id:
            return Step(memory.uploaded(saved, state.video_id, now=api.now), ready=False, progress=1.0)
        if state.gone:
            return _lost_session(api, saved)
        if state.refusal is not None:
            return _refuse(api, saved, state.refusal)
        has_grown = saved["offset"] < state.held < saved["size"]
        saved = {**saved, "session_uri": state.moved_to or saved["session_uri"]}
        if not has_grown:
            return _wait(saved, state)
        return self._go_on({**saved, "offset": state.held, "waits": 0, "paused": bool(state.wait)}, state.wait)


def _step(saved: Saved, pause: timedelta = NOW) -> Step:
    return Step(saved, ready=False, again_after=pause, progress=saved["offset"] / saved["size"])


def ask_session(api: Api, saved: Saved) -> SessionState:
    """The session's own word; costs no quota and changes nothing. A finished one repeats its final answer."""
    headers = {"Content-Range": f"bytes */{saved['size']}"}
    return read_session(api, api.send("PUT", saved["session_uri"], headers=headers))


def read_session(api: Api, answer: requests.Response) -> SessionState:
    """Every row of the answers to a PUT (youtube 2.2). Raises what leaves the session alive: 401, 408, 429, 5xx."""
    if answer.status_code == 308:
        return SessionState(
            held=_held(answer.headers.get("Range", "").strip()),
            moved_to=answer.headers.get("Location", ""),
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
    if isinstance(error, Rejected):
        # Only a readable reason is a final result; anything else may come from a proxy on the way.
        raise Unavailable(BUSY_WORDS, code=refusal.code, section="youtube 2.2")
    raise error


def _held(told: str) -> int:
    """How many bytes a Range header says are held: none without one. Raises `Unavailable` when it is unreadable."""
    found = re.fullmatch(r"(?:bytes[= ])?0-([0-9]+)", told)
    if told and found is None:
        raise Unavailable(BUSY_WORDS, section="youtube 2.2")
    return int(found[1]) + 1 if found else 0


def _is_final(refusal: Refusal, error: ConnectorError) -> bool:
    """Whether this is the session's last word: a 4xx or a rare 5xx with a reason that is not about the token."""
    if refusal.status < 400 or refusal.status in ALIVE or not refusal.reason:
        return False
    return refusal.status >= 500 or not isinstance(error, Reconnect | Unavailable)


def _video_id(body: Json | None) -> str:
    found = (body or {}).get("id")
    return found if isinstance(found, str) else ""


def read_chunk(video: Media, start: int, stop: int) -> bytes:
    """Only these bytes of the file. Raises `Rejected` when it is not the file that was planned."""
    try:
        with video.path.open("rb") as file:
            file.seek(0, 2)
            if file.tell() == video.size:
                file.seek(start)
                chunk = file.read(stop - start)
                if len(chunk) == stop - start:
                    return chunk
    except OSError as error:
        words = f"Không đọc được tệp video {video.path.name}; hãy chọn lại tệp."
        raise Rejected(words, evidence=type(error).__name__) from None
    raise Rejected(f"Tệp video {video.path.name} đã thay đổi sau khi lên lịch; hãy lưu lại bài để dùng tệp mới.")


def _is_too_old(api: Api, saved: Saved) -> bool:
    return api.now - datetime.fromisoformat(saved["opened_at"]) > api.settings.session_ttl


def _wait(saved: Saved, state: SessionState) -> Step:
    """The server holds everything but has no answer yet, or took nothing: wait and ask again, send nothing anew."""
    waits = saved["waits"] + 1
    held = min(state.held, saved["size"])
    pause = max(state.wait, memory.pause(waits - 1))
    return _step({**saved, "offset": held, "waits": waits, "paused": bool(state.wait)}, pause)


def _lost_session(api: Api, saved: Saved) -> Step:
    """The session is gone (youtube 2.4). Whether the last byte was sent decides everything."""
    if not saved["last_byte_sent"]:
        again = memory.restarted(saved, "phiên tải lên không còn, chưa gửi hết tệp", now=api.now)
        times = len(again["restarts"]) - 1
        return Step(again, False, memory.pause(times - 1) if times else NOW)
    since = datetime.fromisoformat(saved["opened_at"])
    known = frozenset(saved.get("abandoned", []))
    found = find_candidates(api, saved["sent"], saved["size"], since=since, known=known)
    if not found:
        saved, enough = count_look(saved, "lookback", now=api.now)
        if not enough:
            return _step(saved, READ_EVERY)
        found = search_candidates(api, saved["sent"], saved["size"], since=since, known=known)
    if len(found) == 1:
        return Step(memory.uploaded(saved, found[0]["id"], now=api.now), ready=False, progress=1.0)
    if found:
        raise Rejected(AMBIGUOUS_WORDS, section="youtube 6", evidence=f"{len(found)} videos")
    why = "phiên tải lên không còn và không thấy video trên kênh sau 15 phút"
    return Step(memory.restarted(saved, why, now=api.now), ready=False)


def _refuse(api: Api, saved: Saved, refusal: Refusal) -> Step:
    """The session's final answer is a refusal: keep it, because an error could not forget the dead session."""
    kept = {"status": refusal.status, "reason": refusal.reason, "domain": refusal.domain, "at": api.now.isoformat()}
    return Step({**saved, "refused": kept}, ready=False)


def _after_refusal(api: Api, outgoing: Outgoing, saved: Saved) -> Step:
    """Say the refusal; start anew once the content was mended, the limit is over or a person insists later."""
    kept = saved["refused"]
    at = datetime.fromisoformat(kept["at"])
    error: ConnectorError = classify(Refusal(kept["status"], kept["reason"], kept["domain"]), now=at, changes=False)
    kept_for = memory.LONGEST_PAUSE if isinstance(error, Unavailable) else REFUSAL_KEPT
    until = error.until if isinstance(error, Limited) else at + kept_for
    if saved["sent"] == describe(outgoing, api.settings) and api.now < until:
        raise error
    return Step(memory.restarted(saved, f"YouTube từ chối lần trước ({error.code})", now=api.now), ready=False)
