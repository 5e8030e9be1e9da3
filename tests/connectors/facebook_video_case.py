"""What the tests of videos on the Facebook Page share: a small film in five chunks, and a Page that restarts."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from connectors.base import Accepted, Connector, Found, Media, Outgoing, Published, Receipt, Saved, Step
from connectors.errors import Unavailable, Unconfirmed
from connectors.facebook import FacebookPage
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import STEPS_MAX, look
from tests.connectors.facebook_case import FacebookCase

VIDEOS = r"/v[0-9.]+/[0-9]+/videos"
REELS = r"/v[0-9.]+/[0-9]+/video_reels"
BYTES = r"/video-upload/.*"
NODE = r"/v[0-9.]+/[0-9]{10,}"
CHUNK = 256 * 1024
FILM_SIZE = 4 * CHUNK + 1234


def film(folder: Path, name: str = "huong-dan.mp4", seed: bytes = b"CCHC", **facts: Any) -> Media:
    """Four full chunks and a bit; it begins like an MP4, which is all the sandbox looks at."""
    content = (b"\x00\x00\x00\x18ftypmp42" + seed * FILM_SIZE)[:FILM_SIZE]
    path = folder / name
    path.write_bytes(content)
    return Media(path, "video/mp4", len(content), hashlib.sha256(content).hexdigest(), **facts)


class VideoCase(FacebookCase):
    """A video for the Page, and a Page connected anew for every step, as after a crash."""

    options: dict[str, Any] = {}

    def simplest(self, tmp_path: Path) -> Outgoing:
        text = "Ba bước nộp hồ sơ trên Cổng Dịch vụ công.\n#CCHC"
        video = film(tmp_path, width=1080, height=1920, seconds=30)
        return Outgoing(key="k9", title="Hướng dẫn nộp hồ sơ", text=text, video=video, options=self.options)

    def once_connected(self, sandbox: Sandbox) -> Callable[..., Connector]:
        """Builds connectors of one account; the consent is given only once."""
        first = self.connected(sandbox)[0]
        return lambda **more: FacebookPage(self.settings(sandbox, **more), first.account, first.credentials, self.http)

    def walk(
        self,
        sandbox: Sandbox,
        outgoing: Outgoing,
        saved: Saved | None = None,
        *,
        now: datetime = NOW,
        stop: Callable[[Saved], bool] = lambda saved: False,
        build: Callable[..., Connector] | None = None,
    ) -> tuple[Saved, datetime]:
        """Prepare, each step by a new connector from what was committed last; a failed step is simply repeated."""
        build = build or self.once_connected(sandbox)
        kept = json.dumps(saved or {})
        for _ in range(STEPS_MAX):
            if stop(json.loads(kept).get("video", {})):
                return json.loads(kept), now
            sandbox.at(now)
            try:
                step = build().prepare(outgoing, json.loads(kept), now=now)
            except Unavailable:
                step = Step(json.loads(kept), False, timedelta(minutes=1))
            kept = json.dumps(step.saved)
            if step.ready:
                return json.loads(kept), now
            now += step.again_after
        raise AssertionError("never ready")

    def shown_at_last(
        self, sandbox: Sandbox, outgoing: Outgoing, saved: Saved, now: datetime, build: Callable[..., Connector]
    ) -> Receipt:
        """Publish as the scheduler does: look after a lost answer, send again only when it is not there."""
        for _ in range(3):
            try:
                answer: Published | Found = build().publish(outgoing, saved, now=now)
            except Unconfirmed:
                answer = look(build(), outgoing, saved, now, sandbox)
            if isinstance(answer, Accepted):
                answer = look(build(), outgoing, answer.saved, now, sandbox)
            if isinstance(answer, Receipt):
                return answer
        raise AssertionError("never shown")

    def sizes_sent(self) -> list[int]:
        """A list that grows with the length of the body of every answered POST from now on."""
        sizes: list[int] = []

        def note(answer: requests.Response, **_: Any) -> None:
            if answer.request.method == "POST":
                sizes.append(int(answer.request.headers["Content-Length"]))

        self.http.hooks["response"].append(note)
        return sizes

    def called(self, sandbox: Sandbox, method: str, part: str) -> int:
        """How many calls of this method went to a path with this part in it."""
        return len([one for one in sandbox.requests("facebook") if one["method"] == method and part in one["path"]])

    def reworded(self, outgoing: Outgoing, **changes: Any) -> Outgoing:
        return dataclasses.replace(outgoing, **changes)
