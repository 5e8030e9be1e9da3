"""Timed captions from SRT text: checked here, sent by hand as multipart/related (youtube 2.9)."""

import hashlib
import json
import re
import unicodedata
from typing import ClassVar

from connectors.base import Problem
from connectors.youtube.additions import Addition, Note, Taken
from connectors.youtube.api import Api, Json, items
from connectors.youtube.settings import Options

PATH = "/youtube/v3/captions"
UPLOAD_PATH = "/upload/youtube/v3/captions"
BYTES_MAX = 104_857_600

_MOMENT = r"(\d{2,}):([0-5]\d):([0-5]\d)[,.](\d{3})"
_TIMING = re.compile(rf"{_MOMENT}\s*-->\s*{_MOMENT}(\s.*)?")


def find_caption_problems(text: str) -> list[Problem]:
    """What a person must mend in an SRT text, naming the first passage that is wrong; empty text is no captions."""
    if not text:
        return []
    if len(text.encode()) > BYTES_MAX:
        return [Problem("captions_text", "Phụ đề lớn hơn 100 MB.")]
    passages = [lines for lines in re.split(r"\n[ \t]*\n", _plain(text).strip()) if lines.strip()]
    if not passages:
        return [Problem("captions_text", "Phụ đề không có đoạn nào; hãy điền nội dung SRT hoặc để trống.")]
    for number, passage in enumerate(passages, 1):
        if words := _fault(passage.strip().split("\n")):
            return [Problem("captions_text", f"Phụ đề, đoạn thứ {number}: {words}")]
    return []


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _fault(lines: list[str]) -> str:
    rest = lines[1:] if lines[0].strip().isdecimal() else lines
    timing = _TIMING.fullmatch(rest[0].strip()) if rest else None
    if timing is None:
        return "thiếu dòng thời gian dạng 00:00:01,000 --> 00:00:04,000."
    parts = timing.groups()
    if _milliseconds(parts[:4]) >= _milliseconds(parts[4:8]):
        return "thời điểm kết thúc phải sau thời điểm bắt đầu."
    return "" if any(line.strip() for line in rest[1:]) else "chưa có lời."


def _milliseconds(parts: tuple[str, ...]) -> int:
    hours, minutes, seconds, thousandths = map(int, parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


class CaptionsAddition(Addition):
    """One track of captions. YouTube refuses a second one of the same language and name, so one look is enough."""

    name: ClassVar[str] = "captions"
    looks: ClassVar[int] = 1
    looks_first: ClassVar[bool] = False
    doubt_words: ClassVar[str] = "Chưa xác nhận được phụ đề đã tải lên; hãy kiểm tra phụ đề trên YouTube Studio."
    step_words: ClassVar[str] = "Hãy tải phụ đề lên trên YouTube Studio."

    def __init__(self, api: Api, video_id: str, options: Options) -> None:
        self.api = api
        self.video_id = video_id
        self.track = options.captions_name
        self.language = api.settings.language
        self.text = _plain(options.captions_text).encode()
        self.mark = f"{self.language}/{self.track}/{hashlib.sha256(self.text).hexdigest()}"

    def replaces(self, earlier: Note) -> bool:
        """Another text under the same language and name."""
        return str(earlier["mark"]).rpartition("/")[0] == self.mark.rpartition("/")[0]

    def look(self) -> str:
        """The id of the track of this language and name (50 units)."""
        found = items(self.api.read(PATH, {"part": "snippet", "videoId": self.video_id}))
        return next((str(item.get("id") or "?") for item in found if self._is_ours(item)), "")

    def _is_ours(self, item: Json) -> bool:
        snippet = item.get("snippet") or {}
        name = unicodedata.normalize("NFC", str(snippet.get("name") or ""))
        return (snippet.get("language"), name) == (self.language, self.track)

    def add(self, replaced: str) -> None:
        """Insert the track (400 units), or give the one that is there the new text (450 units).

        Raises `Taken` when there is one already, put there by somebody or by a call whose answer was lost.
        """
        if replaced:
            body: Json = {"id": replaced}
        else:
            body = {
                "snippet": {
                    "videoId": self.video_id,
                    "language": self.language,
                    "name": self.track,
                    "isDraft": False,
                }
            }
        mime, data = multipart(body, self.text)
        answer = self.api.send(
            "PUT" if replaced else "POST",
            UPLOAD_PATH,
            params={"uploadType": "multipart", "part": "id" if replaced else "snippet"},
            headers={"Content-Type": mime},
            data=data,
            changes=True,
        )
        if answer.status_code == 409 and self.api.refusal(answer).reason == "captionExists":
            raise Taken
        self.api.body(answer, changes=True)


def multipart(metadata: Json, file: bytes) -> tuple[str, bytes]:
    """Content type and body of multipart/related: a JSON part, then a file part."""
    text = json.dumps(metadata, ensure_ascii=False).encode()
    boundary = hashlib.sha256(text + file).hexdigest()
    parts = (
        f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode(),
        text,
        f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n\r\n".encode(),
        file,
        f"\r\n--{boundary}--\r\n".encode(),
    )
    return f"multipart/related; boundary={boundary}", b"".join(parts)
