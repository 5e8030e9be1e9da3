"""The resumable upload, one call a step (youtube 2.2 to 2.4).

The server's word is the only offset that counts. After a crash, a lost answer or a change of hands the
session is asked first, because bytes that overlap or leave a gap are not stored, and because the upload
may have been finished by the very call whose answer was lost. One session yields at most one video.
"""

from datetime import datetime, timedelta

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import Misconfigured, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.api import Api
from connectors.youtube.checks import describe
from connectors.youtube.codes import Refusal, as_work, classify
from connectors.youtube.readback import read_time, upload_name
from connectors.youtube.recovery import after_refusal, lost_session, refused_session
from connectors.youtube.session import NOW, SessionState, ask_session, read_session, session_address
from connectors.youtube.settings import Options

PUT_REFUSALS_MAX = 3
DOUBTS_MAX = 3
"""So often the same refusal without a readable reason is no trouble on the way, but the session's last word."""
INTERRUPTIONS_MAX = 2
"""Steps without progress after which the session's word is acted on although the process may have died before."""
ANNOUNCED_FOR = timedelta(minutes=1)
"""An older announcement of the last byte is made again, so that it tells when the video can have come into being."""


class Uploader:
    """Takes the next step of one upload. It remembers, for its own life only, what the server just confirmed."""

    def __init__(self) -> None:
        self._confirmed: tuple[str, int] | None = None

    def step(self, api: Api, outgoing: Outgoing, video: Media, saved: Saved) -> Step:
        """One step towards `video_id`. Raises a `ConnectorError`; every step may be repeated."""
        confirmed, self._confirmed = self._confirmed, None
        if "refused" in saved:
            return after_refusal(api, outgoing, saved)
        if not saved.get("session_uri"):
            return self._open(api, outgoing, video, saved)
        if saved.get("asked"):
            return self._go_on_after_a_pause(api, saved, video)
        if confirmed == (saved["session_uri"], saved["offset"]):
            return self._send(api, saved, video)
        state = _ask(api, saved)
        if state.is_final or state.wait or _has_moved(saved, state) or state.held >= saved["size"]:
            return self._settle(api, saved, state)
        return self._send(api, {**saved, "offset": state.held}, video)

    def _go_on(self, saved: Saved, pause: timedelta = NOW) -> Step:
        """The session just said how many bytes it holds, so the next step may send without asking."""
        self._confirmed = (saved["session_uri"], saved["offset"])
        return _step(saved, pause)

    def _go_on_after_a_pause(self, api: Api, saved: Saved, video: Media) -> Step:
        """The pause that the session named is over, and its word still holds because nothing was sent since.

        That this is used up is kept before a byte is sent; where that was of no avail, the byte comes first.
        """
        saved = {**saved, "asked": False}
        if saved["waits"] < INTERRUPTIONS_MAX:
            return self._go_on(saved)
        try:
            return self._send(api, saved, video)
        except Unavailable as error:
            return _step(saved, error.retry_after or memory.FIRST_PAUSE)

    def _open(self, api: Api, outgoing: Outgoing, video: Media, saved: Saved) -> Step:
        """Open a session. No bytes are sent, so a lost answer leaves nothing behind."""
        body = describe(outgoing, api.settings)
        name = upload_name(outgoing.key, video.path)
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
                "Slug": name,
            },
            json=body,
        )
        uri = session_address(answer)
        if answer.status_code not in {200, 201} or not uri:
            raise as_work(api.error(answer, changes=False))
        opened = {"sent": body, "session_uri": uri, "opened_at": api.now.isoformat(), "name": name}
        begun = {"chunk": api.settings.chunk_bytes, "offset": 0, "last_byte_sent": False, "waits": 0}
        return self._go_on({**saved, **opened, **begun})

    def _send(self, api: Api, saved: Saved, video: Media) -> Step:
        """Send the next chunk; before the one with the last byte, only say so."""
        start = saved["offset"]
        if not saved["last_byte_sent"] and _is_too_old(api, saved):
            return Step(memory.restarted(saved, "phiên tải lên đã quá hạn", now=api.now), ready=False)
        stop = min(start + saved.get("chunk", api.settings.chunk_bytes), video.size)
        if stop == video.size and not _is_announced(api, saved):
            return self._go_on({**saved, "last_byte_sent": True, "last_byte_at": api.now.isoformat()})
        headers = {"Content-Type": video.mime, "Content-Range": f"bytes {start}-{stop - 1}/{video.size}"}
        answer = api.send("PUT", saved["session_uri"], headers=headers, data=read_chunk(video, start, stop))
        state = read_session(api, answer)
        if state.refusal is not None:
            state = self._second_opinion(api, saved, state.refusal)
        return self._settle(api, saved, state)

    def _second_opinion(self, api: Api, saved: Saved, refusal: Refusal) -> SessionState:
        """A refused chunk may be our mistake about the range; only the session knows whether it is final."""
        state = ask_session(api, saved)
        if not state.is_final and saved["waits"] >= PUT_REFUSALS_MAX:
            raise classify(refusal, now=api.now, changes=False)
        return state

    def _settle(self, api: Api, saved: Saved, state: SessionState) -> Step:
        """Turn what the session said into the next memory."""
        if state.video_id:
            return Step(memory.uploaded(saved, state.video_id, now=api.now), ready=False, progress=1.0)
        if state.gone:
            return lost_session(api, saved)
        if state.refusal is not None:
            return _doubt(saved, state) or refused_session(api, saved, state.refusal)
        has_grown = saved["offset"] < state.held < saved["size"]
        has_moved = _has_moved(saved, state)
        waits = 0 if has_grown else saved["waits"] + 1
        held = min(state.held, saved["size"])
        saved = {**saved, "session_uri": state.moved_to or saved["session_uri"], "offset": held, "waits": waits}
        saved.pop("doubt", None)
        if held == saved["size"] or not (has_grown or has_moved or state.wait):
            # It holds everything but has no answer yet, or took nothing: ask again later, send nothing anew.
            return _step({**saved, "asked": False}, max(state.wait, memory.pause(waits - 1)))
        is_interrupted = has_moved and waits >= INTERRUPTIONS_MAX
        return self._go_on({**saved, "asked": bool(state.wait) or is_interrupted}, state.wait)


def _step(saved: Saved, pause: timedelta = NOW) -> Step:
    return Step(saved, ready=False, again_after=pause, progress=saved["offset"] / saved["size"])


def _ask(api: Api, saved: Saved) -> SessionState:
    """The session's word; one that has none after the longest life that is known is as good as gone (youtube 2.3)."""
    try:
        return ask_session(api, saved)
    except (Unavailable, Misconfigured):
        if _is_too_old(api, saved):
            return SessionState(gone=True)
        raise


def _has_moved(saved: Saved, state: SessionState) -> bool:
    return state.moved_to not in ("", saved["session_uri"])


def _doubt(saved: Saved, state: SessionState) -> Step | None:
    """A refusal that cannot be read may come from something on the way: None, to believe it, when it stays the same."""
    assert state.refusal is not None
    earlier = saved.get("doubt") or {}
    times = earlier["times"] + 1 if earlier.get("status") == state.refusal.status else 1
    if not state.is_doubtful or times >= DOUBTS_MAX:
        return None
    doubt = {"status": state.refusal.status, "times": times}
    return _step({**saved, "asked": False, "doubt": doubt}, memory.pause(times - 1))


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


def _is_announced(api: Api, saved: Saved) -> bool:
    at = read_time(saved.get("last_byte_at"))
    return bool(saved["last_byte_sent"]) and at is not None and api.now - at <= ANNOUNCED_FOR
