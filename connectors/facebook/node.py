"""What Facebook says of a video by its id: a proof that needs no listing (facebook 3.5, 4.3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.base import Accepted, Published, Receipt, Saved
from connectors.errors import ConnectorError, Misconfigured
from connectors.facebook.codes import GONE
from connectors.facebook.graph import Graph
from connectors.facebook.lookup import instant
from connectors.http import redact

FIELDS = "status,published,post_id,permalink_url"
FAILED = {
    "error": "Facebook không xử lý được video; hãy thay tệp video",
    "upload_failed": "Facebook báo tải video lên không thành công; hãy thay tệp video",
    "expired": "Bản tải lên trên Facebook đã hết hạn",
}
BEGUN = ("in_progress", "complete", "completed")
PHASES = ("uploading_phase", "processing_phase", "publishing_phase")
LOOK_AFTER = timedelta(seconds=20)
"""When to look for a video that was made public but is not shown yet."""
REASON_MAX = 200


@dataclass(frozen=True)
class Node:
    """A video as Facebook describes it; every field may be missing."""

    video_id: str
    facts: Mapping[str, Any]

    @property
    def status(self) -> str:
        """`status.video_status`, or "" when it is not told."""
        return str(_part(self.facts, "status").get("video_status") or "")

    def phase(self, name: str) -> Mapping[str, Any]:
        """One of `PHASES`; empty when it is not told."""
        return _part(_part(self.facts, "status"), name)

    @property
    def is_public(self) -> bool:
        """On the Page for everybody. A video that is merely "ready", or has a post id, need not be (facebook 3.5)."""
        told = self.facts.get("published")
        return told is True or told == "true" or self.phase("publishing_phase").get("publish_status") == "published"

    @property
    def is_past_upload(self) -> bool:
        """Whether Facebook works on it or is done: what a finished upload looks like."""
        told = self.phase("processing_phase").get("status")
        return self.status == "ready" or (told in BEGUN if told else self.status == "processing")

    @property
    def is_publishing(self) -> bool:
        """Whether it is on its way to the Page."""
        return self.phase("publishing_phase").get("status") in BEGUN

    @property
    def is_ready(self) -> bool:
        """Whether it can be played."""
        told = self.phase("processing_phase").get("status")
        return self.status == "ready" or (not self.status and told in ("complete", "completed"))

    @property
    def is_expired(self) -> bool:
        """Whether it is lost for no fault of the file."""
        return self.status == "expired"

    @property
    def failure(self) -> str:
        """What went wrong, as a sentence with Facebook's own reason; "" when nothing did."""
        broken = any(self.phase(name).get("status") == "error" for name in PHASES)
        broken = broken or self.phase("publishing_phase").get("publish_status") == "error"
        words = FAILED.get(self.status) or (FAILED["error"] if broken else "")
        if not words:
            return ""
        reason = redact(next(self._reasons(), ""))[:REASON_MAX]
        return f"{words}. Lý do Facebook nêu: {reason}" if reason else f"{words}."

    def _reasons(self) -> Iterator[str]:
        """Where a reason was seen: `error` or `errors` of a phase or of the status, as objects or as texts."""
        for place in (*map(self.phase, PHASES), _part(self.facts, "status")):
            listed = place.get("errors")
            for one in (place.get("error"), *(listed if isinstance(listed, list) else ())):
                told = one.get("message") if isinstance(one, Mapping) else one
                if told:
                    yield str(told)

    def held(self, size: int) -> int:
        """How many of `size` bytes arrived; the sheet spells the field with one "r" (facebook 3.6)."""
        uploading = self.phase("uploading_phase")
        told = uploading.get("bytes_transfered", uploading.get("bytes_transferred"))
        try:
            return min(max(int(told), 0), size) if told is not None else size if self._has_all else 0
        except (TypeError, ValueError):
            return 0

    @property
    def _has_all(self) -> bool:
        told = self.phase("uploading_phase").get("status")
        return told in ("complete", "completed") or self.status == "upload_complete"

    def post_id(self, page_id: str) -> str:
        """Its post, "" when that is not told; a bare post id gets the Page's in front (facebook 3.5)."""
        told = str(self.facts.get("post_id") or "")
        return f"{page_id}_{told}" if told and "_" not in told else told

    def receipt(self, page_id: str, site: str) -> Receipt:
        """The post of a public video, else the video; a bare path gets the site in front."""
        link = str(self.facts.get("permalink_url") or "")
        link = f"{site.rstrip('/')}{link}" if link.startswith("/") else link
        at = instant(self.phase("publishing_phase").get("publish_time"))
        return Receipt(self.post_id(page_id) or self.video_id, link, at)


def read_node(graph: Graph, video_id: str) -> Node | None:
    """The video now; None when Facebook does not know it. Raises any other `ConnectorError`."""
    try:
        return Node(video_id, graph.read(video_id, fields=FIELDS))
    except Misconfigured as error:
        if error.code != GONE:
            raise
        return None


def shown(graph: Graph, page_id: str, video_id: str, saved: Saved) -> Published:
    """After the public call succeeded: the receipt when Facebook already shows the post, else look later."""
    try:
        node = read_node(graph, video_id)
    except ConnectorError:
        node = None
    if node and node.is_public and node.facts.get("post_id"):
        return node.receipt(page_id, graph.settings.dialog_url)
    return Accepted(saved, LOOK_AFTER)


def _part(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = facts.get(name)
    return part if isinstance(part, Mapping) else {}
