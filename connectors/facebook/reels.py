"""A reel: its bytes go up ahead of time, and the call that ends the upload publishes it (facebook 3.6).

Facebook processes a reel only after that call, so the call is answered early and the look by the video's
id tells the result. While it is being processed nothing is decided, and nothing is sent again.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from connectors.base import Found, Media, NotThere, Outgoing, Published, Saved, Step, Unclear
from connectors.errors import Misconfigured, Rejected, Unavailable
from connectors.facebook import film as memory
from connectors.facebook.body import require_file
from connectors.facebook.codes import OffsetDiffers, Purpose
from connectors.facebook.graph import Graph
from connectors.facebook.node import Node, read_node, shown
from connectors.facebook.settings import Settings
from connectors.facebook.video import GIVE_UP_AFTER, LATER_WORDS, is_unusable, require_success
from connectors.meter import Budget, Per, Rolling

SECTION = "facebook 3.6"
REELS_BUDGET = Budget(
    name="reels",
    words="thước phim (reel) trong 24 giờ",
    per=Per.CHANNEL,
    amount=30,
    window=Rolling(timedelta(hours=24)),
)
LOOK_AGAIN = timedelta(minutes=1)
NOT_YET = timedelta(minutes=5)
"""How long "being processed" counts as a plain "not there yet"; ends before the last of the looks."""


class Reel:
    """One reel of one Page, at one moment."""

    way = "reel"

    def __init__(self, graph: Graph, page_id: str) -> None:
        self.graph = graph
        self.page_id = page_id

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """One step towards "all bytes are there". Raises a `ConnectorError`; every step may be repeated."""
        assert outgoing.video is not None
        return memory.step_of(saved, self._step(outgoing.video, memory.fitted(saved, self.way, outgoing.video)))

    def publish(self, outgoing: Outgoing, saved: Saved) -> Published:
        """End the upload as published. A refusal may only mean that an earlier call had done it."""
        film, words = saved["video"], memory.told(memory.words_of(outgoing))
        values = {"upload_phase": "finish", "video_id": film["video_id"], "video_state": "PUBLISHED", **words}
        self.graph.meter.spend(REELS_BUDGET.name)
        try:
            answer = self.graph.write(f"{self.page_id}/video_reels", Purpose.PUBLISH, values)
        except (Rejected, Misconfigured):
            node = read_node(self.graph, film["video_id"])
            if node is None or node.failure or not (node.is_public or _is_under_way(node, film)):
                raise
            answer = {"success": True}
        require_success(answer)
        return shown(self.graph, self.page_id, film["video_id"], {**saved, "video": {**film, "ended": True}})

    def find(self, saved: Saved, *, since: datetime) -> Found:
        """Ask the video itself (facebook 4.3).

        A reel that Facebook works on for long raises `Unavailable`: the last look must not decide that it
        is not there, or it would be sent again.
        """
        film = saved["video"]
        node = read_node(self.graph, film["video_id"])
        if node and node.is_public:
            return node.receipt(self.page_id, self.graph.settings.dialog_url)
        if node is None or node.failure or not _is_under_way(node, film):
            return NotThere()
        if self.graph.now - since < NOT_YET:
            return NotThere()
        if self.graph.now - since > GIVE_UP_AFTER:
            return Unclear("Facebook vẫn chưa xử lý xong thước phim (reel) sau 24 giờ; cần người kiểm tra.")
        words = "Facebook đang xử lý thước phim (reel); hệ thống sẽ kiểm tra lại."
        raise Unavailable(words, retry_after=LOOK_AGAIN, section=SECTION)

    def _step(self, video: Media, film: Saved) -> Step:
        if "video_id" not in film:
            return self._open(video, film)
        if "uploaded_at" in film:
            return self._verify(film)
        if memory.is_too_old(film, self.graph):
            return memory.restarted(film, "lượt tải lên đã quá hạn", self.graph)
        return self._send(video, film)

    def _open(self, video: Media, film: Saved) -> Step:
        """Open an upload. No bytes are sent, so a lost answer leaves nothing that anybody sees."""
        require_file(video)
        answer = self.graph.write(f"{self.page_id}/video_reels", Purpose.REPEATABLE, {"upload_phase": "start"})
        url = str(answer.get("upload_url") or "")
        if not answer.get("video_id") or not is_protected(url, self.graph.settings):
            raise Unavailable(LATER_WORDS, section=SECTION)
        opened = {"video_id": str(answer["video_id"]), "upload_url": url, "opened_at": self.graph.now.isoformat()}
        return Step({**film, **opened}, ready=False)

    def _send(self, video: Media, film: Saved) -> Step:
        """Send what Facebook does not hold yet; it says itself how much that is. A request takes all the rest."""
        require_file(video)
        node = read_node(self.graph, film["video_id"])
        held = node.held(video.size) if node else 0
        if node and node.status == "expired":
            return memory.restarted(film, node.failure, self.graph)
        try:
            answer = {"success": True} if held == video.size else self.graph.send_rest(film["upload_url"], video, held)
        except OffsetDiffers:
            return memory.struck(film, self.graph)
        except (Rejected, Misconfigured) as error:
            if is_unusable(error):
                return memory.restarted(film, f"Facebook không nhận lượt tải này ({error.code})", self.graph, error)
            raise
        if answer.get("success") is False:
            raise Unavailable(LATER_WORDS, section=SECTION)
        rest = {name: value for name, value in film.items() if name not in ("upload_url", "strikes")}
        return Step({**rest, "uploaded_at": self.graph.now.isoformat()}, ready=False)

    def _verify(self, film: Saved) -> Step:
        """The bytes are there: nothing more happens before the hour, unless Facebook gave the upload up."""
        node = read_node(self.graph, film["video_id"])
        if node is None:
            return memory.missing(film, self.graph)
        if node.failure and not node.is_public:
            return memory.refused(film, node, self.graph)
        return Step({**film, "looks": 0, "early": node.is_past_upload}, ready=True)


def is_protected(url: str, settings: Settings) -> bool:
    """Whether the token may go to this address: it must be as well protected as the Graph API's own."""
    scheme = urlsplit(url).scheme
    return scheme == "https" or (scheme == "http" and urlsplit(settings.graph_url).scheme == "http")


def _is_under_way(node: Node, film: Saved) -> bool:
    """Whether the publishing call has arrived; processing proves it unless it had begun without that call."""
    return bool(film.get("ended")) or node.is_publishing or (node.is_past_upload and not film.get("early"))
