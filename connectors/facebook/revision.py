"""New words for a post that is public; its pictures, its film and its link stay as they are (facebook 3.8).

Sending the same words again changes nothing. A film's words belong to its video, which is asked by its own
id; everything else is changed at the post. Only posts that this very application made can be changed.
"""

from collections.abc import Mapping
from typing import Any

from connectors.base import Found, NotThere, Outgoing, Published, Receipt, Saved, Step
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import lookup
from connectors.facebook.codes import GONE, Purpose
from connectors.facebook.graph import Graph

SECTION = "facebook 3.8"
VIDEO_FIELDS = "id,title,description"
MEDIA_STAY = "Facebook không cho đổi ảnh, video của bài đã đăng; muốn đổi, hãy gỡ bài rồi đăng bài mới."


class Revision:
    """New words for one post of a Page, at one moment. `Saved` keeps {"video_id"}: empty when it has no film."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """See that the post is there, is ours, and what its words are written on."""
        ref = outgoing.refs[0]
        if is_bare(ref):
            return Step({**saved, "video_id": ref}, ready=True)
        post = self._read(ref, lookup.FIELDS)
        if post is None:
            raise Rejected("Bài không còn trên Fanpage nên không sửa được.", code=GONE, section=SECTION)
        application = post.get("application")
        made_by = str(application.get("id") or "") if isinstance(application, Mapping) else ""
        if made_by and self.graph.settings.app_id and made_by != self.graph.settings.app_id:
            words = "Facebook chỉ cho sửa bài do chính ứng dụng này đăng; hãy sửa bài này trên Fanpage."
            raise Rejected(words, section=SECTION)
        shown = list(lookup.shown_media(post))
        films = [target for kind, target in shown if kind == "video" and target]
        pictures = [target for kind, target in shown if kind == "photo"]
        differs = len(pictures) != len(outgoing.images) or bool(films) != bool(outgoing.video)
        warnings = (MEDIA_STAY,) if shown and differs else ()
        return Step({**saved, "video_id": films[0] if films else ""}, ready=True, warnings=warnings)

    def publish(self, outgoing: Outgoing, saved: Saved) -> Published:
        """Set the words."""
        ref, video_id = outgoing.refs[0], str(saved.get("video_id") or "")
        values = {"name": outgoing.title or None, "description": outgoing.text}
        try:
            answer = self.graph.write(
                video_id or ref, Purpose.PUBLISH, values if video_id else {"message": outgoing.text}
            )
        except Misconfigured as error:
            if error.code == GONE:  # surely not changed; preparing again finds out why
                raise Unavailable("Không thấy bài cần sửa; hệ thống sẽ kiểm tra lại.", code=GONE) from None
            raise
        if answer.get("success") is not True and not answer.get("id"):
            raise Unconfirmed("Facebook chưa xác nhận đã sửa bài; hệ thống sẽ kiểm tra.", section=SECTION)
        return Receipt(ref)

    def find(self, outgoing: Outgoing, saved: Saved, known: frozenset[str]) -> Found:
        """Whether the words that stand there are the wanted ones, white space aside."""
        ref, video_id = outgoing.refs[0], str(saved.get("video_id") or "")
        if video_id:
            film = self._read(video_id, VIDEO_FIELDS) or {}
            same = _agrees(film, "description", outgoing.text)
            same = same and (not outgoing.title or _agrees(film, "title", outgoing.title))
            return Receipt(ref) if same else NotThere()
        post = self._read(ref, "id,message,permalink_url") or {}
        if not _agrees(post, "message", outgoing.text):
            return NotThere()
        return Receipt(ref, str(post.get("permalink_url") or ""))

    def _read(self, node: str, fields: str) -> dict[str, Any] | None:
        """What stands there; None when it is gone."""
        try:
            return self.graph.read(node, fields=fields)
        except Misconfigured as error:
            if error.code != GONE:
                raise
            return None


def is_bare(ref: str) -> bool:
    """Whether this is the id of a video that never told its post's (facebook 4.2)."""
    return "_" not in ref


def _agrees(node: Mapping[str, Any], name: str, wanted: str) -> bool:
    """Whether an existing node has these words; one that leaves an empty text out has none."""
    return bool(node.get("id")) and lookup.normalised(str(node.get(name) or "")) == lookup.normalised(wanted)
