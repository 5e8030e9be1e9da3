"""A video post: uploaded in pieces and finished hidden, ahead of time; at the hour one small call shows it.

Of the three ways to upload (facebook 3.5) this is the one with a session: the video's id is known before
the first byte, the server dictates every offset, and a Page token is enough. The one-shot call cannot be
resumed, and the Resumable Upload API creates the video by a call whose lost answer leaves no id to ask.

Finishing with `published=false` leaves a hidden video that can be waited for and reworded. Setting
`published` to true twice shows one video once.
"""

from datetime import datetime, timedelta
from typing import Any

from connectors.base import Found, Media, NotThere, Outgoing, Published, Saved, Step
from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect, Rejected, Unavailable
from connectors.errors import Unconfirmed as NoAnswer
from connectors.facebook import film as memory
from connectors.facebook.body import require_file
from connectors.facebook.codes import GONE, OffsetDiffers, Purpose
from connectors.facebook.graph import Graph
from connectors.facebook.node import Node, read_node, shown

SECTION = "facebook 3.5"
GIVE_UP_AFTER = timedelta(hours=24)
COVER_TRIES_MAX = 3
LATER_WORDS = "Facebook trả lời không đủ khi tải video lên; hệ thống sẽ thử lại."


class VideoPost:
    """One video of one Page, at one moment."""

    way = "video"

    def __init__(self, graph: Graph, page_id: str) -> None:
        self.graph = graph
        self.page_id = page_id
        self.host = graph.settings.video_url

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """One step towards a hidden, processed video. Raises a `ConnectorError`; every step may be repeated."""
        assert outgoing.video is not None
        return memory.step_of(
            saved, self._step(outgoing, outgoing.video, memory.fitted(saved, self.way, outgoing.video))
        )

    def publish(self, saved: Saved) -> Published:
        """Show it. Repeating this shows nothing twice (facebook 3.5, edit)."""
        video_id = saved["video"]["video_id"]
        try:
            answer = self.graph.write(video_id, Purpose.PUBLISH, {"published": True})
        except Misconfigured as error:
            if error.code == GONE:  # surely not shown; preparing again finds out and uploads it anew
                raise Unavailable("Không thấy video đã tải lên Facebook; hệ thống sẽ tải lại.", code=GONE) from None
            raise
        require_success(answer)
        return shown(self.graph, self.page_id, video_id, saved)

    def find(self, saved: Saved) -> Found:
        """Ask the video itself (facebook 4.3)."""
        node = read_node(self.graph, saved["video"]["video_id"])
        if node and node.is_public:
            return node.receipt(self.page_id, self.graph.settings.dialog_url)
        return NotThere()

    def _step(self, outgoing: Outgoing, video: Media, film: Saved) -> Step:
        if "uploaded_at" in film:
            return self._finished(outgoing, film)
        if "session_id" not in film:
            return self._open(video, film)
        if memory.is_too_old(film, self.graph):
            return memory.restarted(film, "lượt tải lên đã quá hạn", self.graph)
        try:
            if film["start"] < film["stop"]:
                return self._transfer(video, film)
            return self._finish(outgoing, video, film)
        except (Rejected, Misconfigured) as error:
            if is_unusable(error):
                return memory.restarted(film, f"Facebook không nhận lượt tải này ({error.code})", self.graph, error)
            raise

    # Uploading -----------------------------------------------------------------------------------------

    def _write(self, phase: str, purpose: Purpose, **values: Any) -> dict[str, Any]:
        values = {"upload_phase": phase, **values}
        return self.graph.write(f"{self.page_id}/videos", purpose, values, base=self.host)

    def _open(self, video: Media, film: Saved) -> Step:
        """Open a session. No bytes are sent, so a lost answer leaves nothing that anybody sees."""
        require_file(video)
        answer = self._write("start", Purpose.REPEATABLE, file_size=video.size)
        offsets = read_offsets(answer, video)
        if not (answer.get("video_id") and answer.get("upload_session_id")) or offsets is None:
            raise Unavailable(LATER_WORDS, section=SECTION)
        opened = {
            "video_id": str(answer["video_id"]),
            "session_id": str(answer["upload_session_id"]),
            "opened_at": self.graph.now.isoformat(),
            "start": offsets[0],
            "stop": offsets[1],
            "furthest": offsets[0],
        }
        return Step({**film, **opened}, ready=False)

    def _transfer(self, video: Media, film: Saved) -> Step:
        """Send the range Facebook asked for; its answer names the next one. Only its word counts."""
        require_file(video)
        start, stop = film["start"], film["stop"]
        values = {"upload_phase": "transfer", "upload_session_id": film["session_id"], "start_offset": start}
        try:
            path = f"{self.page_id}/videos"
            answer = self.graph.write_chunk(path, video, start, stop, values, base=self.host)
        except OffsetDiffers as error:
            return self._moved(video, film, {"start_offset": error.start, "end_offset": error.stop})
        return self._moved(video, film, answer)

    def _moved(self, video: Media, film: Saved, answer: dict[str, Any]) -> Step:
        offsets = read_offsets(answer, video)
        if offsets is None:
            raise Unavailable(LATER_WORDS, section=SECTION)
        moved = {**film, "start": offsets[0], "stop": offsets[1]}
        if offsets[0] > film["furthest"]:
            return Step({**moved, "furthest": offsets[0], "strikes": 0}, ready=False)
        # catching up after being sent back is no fault, but only new bytes are progress
        return Step(moved, ready=False) if offsets[0] > film["start"] else memory.struck(moved, self.graph)

    def _finish(self, outgoing: Outgoing, video: Media, film: Saved) -> Step:
        """End the upload, hidden. When this is refused, an earlier one whose answer was lost may have done it."""
        words = memory.words_of(outgoing)
        values = {"upload_session_id": film["session_id"], **memory.told(words), "published": False}
        try:
            answer = self._write("finish", Purpose.CHUNK, **values)
        except OffsetDiffers as error:
            return self._moved(video, film, {"start_offset": error.start, "end_offset": error.stop})
        except (Rejected, Misconfigured):
            node = read_node(self.graph, film["video_id"])
            if node is None or not node.is_past_upload:
                raise
            answer = {"success": True}
        if answer.get("success") is False:
            raise Unavailable(LATER_WORDS, section=SECTION)
        gone = ("session_id", "start", "stop", "furthest", "strikes")
        rest = {name: value for name, value in film.items() if name not in gone}
        return Step({**rest, "uploaded_at": self.graph.now.isoformat(), "sent": words}, ready=False)

    # Hidden at Facebook --------------------------------------------------------------------------------

    def _finished(self, outgoing: Outgoing, film: Saved) -> Step:
        """Wait until it can be played, keep its words up to date, give it its cover."""
        node = read_node(self.graph, film["video_id"])
        if node is None:
            return memory.missing(film, self.graph)
        film = {**film, "looks": 0}
        if node.failure:
            return memory.refused(film, node, self.graph)
        if film["sent"] != memory.words_of(outgoing):
            return self._reword(outgoing, film)
        if not node.is_ready and not node.is_public:
            return self._wait(film, node)
        if outgoing.cover and film.get("cover") != outgoing.cover.sha256:
            return self._set_cover(outgoing.cover, film)
        return Step(film, ready=True)

    def _wait(self, film: Saved, node: Node) -> Step:
        if self.graph.now - datetime.fromisoformat(film["uploaded_at"]) > GIVE_UP_AFTER:
            words = "Facebook chưa xử lý xong video sau 24 giờ; hãy thay tệp video."
            raise Rejected(words, code=node.status, section=SECTION)
        polls = film.get("polls", 0)
        return Step({**film, "polls": polls + 1}, False, memory.pause(polls))

    def _reword(self, outgoing: Outgoing, film: Saved) -> Step:
        """The post was changed after the upload: give the hidden video its new words."""
        words = memory.words_of(outgoing)
        values = {"name": words["title"], "description": words["description"]}
        self.graph.write(film["video_id"], Purpose.REPEATABLE, values)
        return Step({**film, "sent": words}, ready=False)

    def _set_cover(self, cover: Media, film: Saved) -> Step:
        """Set the thumbnail. Its failure never stops the video; it is kept in `cover_problem`."""
        tries = film.get("cover_tries", 0) + 1
        done = {**film, "cover": cover.sha256, "cover_tries": 0, "cover_problem": ""}
        try:
            part = (f"{cover.sha256[:16]}{cover.path.suffix}", cover.path.read_bytes(), cover.mime)
            self.graph.put_photo(part, album_path=f"{film['video_id']}/thumbnails", is_preferred=True)
        except (Reconnect, Limited, Blocked):
            raise
        except Unavailable as error:
            if tries < COVER_TRIES_MAX:
                return Step({**film, "cover_tries": tries}, False, memory.pause(tries))
            done["cover_problem"] = error.words
        except ConnectorError as error:
            done["cover_problem"] = error.words
        except OSError:
            done["cover_problem"] = f"Không đọc được ảnh bìa {cover.path.name}."
        problem = done["cover_problem"]
        warnings = (f"Không đặt được ảnh bìa; video vẫn được đăng. {problem}",) if problem else ()
        return Step(done, ready=True, warnings=warnings)


def read_offsets(answer: dict[str, Any], video: Media) -> tuple[int, int] | None:
    """The next range, or the end twice; None when it makes no sense for this file. Offsets come as texts."""
    try:
        start, stop = int(answer["start_offset"]), min(int(answer["end_offset"]), video.size)
    except (KeyError, TypeError, ValueError):
        return None
    return (start, stop) if 0 <= start < stop <= video.size or start == stop == video.size else None


def is_unusable(error: ConnectorError) -> bool:
    """Whether the upload, not the file or the access, is what Facebook refuses: a new one may be taken."""
    return error.code == GONE or (isinstance(error, Rejected) and error.code == "100")


def require_success(answer: dict[str, Any]) -> None:
    """Raise `Unconfirmed` unless the public call was answered with success."""
    if answer.get("success") is not True and not answer.get("id"):
        words = "Facebook trả lời nhưng chưa xác nhận đã đăng video; hệ thống sẽ kiểm tra."
        raise NoAnswer(words, section=SECTION)
