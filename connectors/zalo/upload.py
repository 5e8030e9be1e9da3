"""A video on its way to Zalo, one call a step: sent, then asked about until it is converted (zalo 2.6).

What is kept between the steps: `sha256` of the file, `ticket` (Zalo's token of the upload), `sent_at`,
`asked_at`, `asked`, `sent` (how often), and at last `id`. An upload whose answer was lost is sent again:
a video without an article is seen by nobody.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Media, Saved, Step
from connectors.errors import Rejected, Unavailable, Unconfirmed
from connectors.zalo.api import Api
from connectors.zalo.codes import MEDIA_FAILED, StillProcessing, number
from connectors.zalo.multipart import FileBody
from connectors.zalo.work import Work

SUFFIXES = {"video/mp4": ".mp4", "video/x-msvideo": ".avi", "video/avi": ".avi"}
"""The types Zalo takes; AVI has two names in use (zalo 2.6)."""
READY, LOCKED, FAILED, DELETED = 1, 2, 4, 5
"""States of an upload; all others (0 unknown, 3 converting) mean: ask again."""
ASK_EVERY = timedelta(seconds=5)
OFTEN = 30
"""How many times at this pace; a longer conversion is asked about once a minute."""
ASK_SLOWLY = timedelta(minutes=1)
PATIENCE = timedelta(hours=1)
RECENT = timedelta(minutes=15)
"""A refusal is told to a person. One who comes back later than this wants the file to be sent again."""
SENDS_MAX = 3

_BAD_FILE = frozenset({str(MEDIA_FAILED), "-201", "-210"})


def next_upload(work: Work, saved: Saved) -> Step | None:
    """The next step of the post's video; None when there is none, or it is ready (`saved["video"]["id"]`)."""
    media, video = work.outgoing.video, saved.get("video") or {}
    if media is None or (video.get("id") and video.get("sha256") == media.sha256):
        return None
    step = Upload(work.api, media, now=work.now).step(video)
    return Step({**saved, "video": step.saved}, ready=False, again_after=step.again_after)


def name_of(video: Media) -> str:
    """The name that a file is uploaded under: ASCII, and another one for other bytes."""
    mark = hashlib.sha256(video.sha256.encode()).hexdigest()[:16]
    return f"cchc-{mark}{SUFFIXES.get(video.mime, '.mp4')}"


def is_file(video: Media, name: object) -> bool:
    """Whether what Zalo holds under this name is this very file."""
    return isinstance(name, str) and name_of(video).partition(".")[0] in name


class Upload:
    """The next step of one video."""

    def __init__(self, api: Api, video: Media, *, now: datetime) -> None:
        self._api = api
        self._video = video
        self._now = now

    def step(self, state: Saved) -> Step:
        """Send the file, or ask how far it is; `ready` when its `id` is known."""
        if state.get("sha256") != self._video.sha256:
            return self._send({})
        return self._ask(state)

    def _send(self, state: Saved) -> Step:
        try:
            data = self._sent()
        except FileNotFoundError:
            raise Rejected(f"Không còn tệp video {self._name}; hãy thêm lại tệp.", section="zalo 2.6") from None
        except Rejected as refused:
            raise self._named(refused) from None
        if not data.get("token"):
            raise Unconfirmed("Zalo nhận video nhưng không trả mã xử lý; hệ thống sẽ tải lên lại.", section="zalo 2.6")
        moment = self._now.isoformat()
        begun = {"sha256": self._video.sha256, "ticket": str(data["token"]), "sent_at": moment, "asked_at": moment}
        sent = int(state["sent"]) + 1 if self._is_recent(state) else 1
        return Step({**begun, "asked": 0, "sent": sent}, ready=False, again_after=ASK_EVERY)

    def _sent(self) -> dict[str, Any]:
        with self._video.path.open("rb") as file:
            body = FileBody(file, name=name_of(self._video), mime=self._video.mime, mark=self._video.sha256)
            return self._api.upload("/v2.0/article/upload_video/preparevideo", body, now=self._now)

    def _ask(self, state: Saved) -> Step:
        try:
            told = self._asked(state["ticket"])
        except StillProcessing:
            return self._wait(state)
        except Rejected as refused:
            # How long a ticket lives is unverified.
            if self._is_recent(state):
                raise self._named(refused) from None
            return self._send({})
        status = number(told.get("status"))
        if status == READY and told.get("video_id"):
            return Step({**state, "id": str(told["video_id"])}, ready=True)
        if status == LOCKED:
            raise self._refusal(status, "Zalo đã khóa video này; hãy xem lại nội dung video hoặc liên hệ Zalo.")
        if status == FAILED:
            if self._is_recent(state):
                raise self._refusal(status, "Zalo không chuyển đổi được video; hãy xuất lại video ở dạng MP4 (H.264).")
            return self._send({})
        if status == DELETED:
            if self._is_recent(state) and int(state["sent"]) >= SENDS_MAX:
                raise self._refusal(status, f"Zalo đã xóa video này {SENDS_MAX} lần sau khi nhận.")
            return self._send(state)
        return self._wait(state)

    def _asked(self, ticket: str) -> dict[str, Any]:
        """The ticket travels in the header and in the query: sources differ about which one counts (zalo 2.6)."""
        path = "/v2.0/article/upload_video/verify"
        return self._api.read(path, {"token": ticket}, headers={"token": ticket}, now=self._now)

    def _wait(self, state: Saved) -> Step:
        if self._now - datetime.fromisoformat(state["sent_at"]) >= PATIENCE:
            words = f"Zalo xử lý video {self._name} quá 1 giờ chưa xong; hệ thống sẽ hỏi lại."
            raise Unavailable(words, section="zalo 2.6")
        asked = int(state["asked"]) + 1
        again_after = ASK_EVERY if asked <= OFTEN else ASK_SLOWLY
        kept = {**state, "asked": asked, "asked_at": self._now.isoformat()}
        return Step(kept, ready=False, again_after=again_after)

    def _is_recent(self, state: Saved) -> bool:
        return bool(state) and self._now - datetime.fromisoformat(state["asked_at"]) < RECENT

    @property
    def _name(self) -> str:
        return f"“{self._video.path.name}”"

    def _refusal(self, status: int, words: str) -> Rejected:
        return Rejected(f"{words} Tệp: {self._name}.", code=f"video status {status}", section="zalo 2.6")

    def _named(self, refused: Rejected) -> Rejected:
        """The refusal with the file's name, in words about a video where the code's own are about pictures."""
        bad = "Zalo không nhận tệp video này; video phải là MP4 hoặc AVI, tối đa 50 MB."
        words = bad if refused.code in _BAD_FILE else refused.words
        told = {"code": refused.code, "section": refused.section, "evidence": refused.evidence}
        return Rejected(f"{words} Tệp: {self._name}.", **told)
