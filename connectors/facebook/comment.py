"""The first comment under an own post that is public: one POST that must not be repeated blindly (facebook 3.7).

`Saved` keeps {"post_id"} where the post was known by its video's id only.
"""

from typing import Any

from connectors.base import Found, NotThere, Outgoing, Published, Receipt, Saved, Step, Unclear
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import listing, lookup
from connectors.facebook.codes import GONE, NO_PERMISSION, Purpose
from connectors.facebook.graph import Graph
from connectors.facebook.node import read_node
from connectors.facebook.revision import is_bare
from connectors.facebook.settings import COMMENT_SCOPES

SECTION = "facebook 3.7"
FIELDS = "id,message,from,created_time"
PAGE_SIZE = 100


class FirstComment:
    """One comment of one Page under one of its posts, at one moment."""

    def __init__(self, graph: Graph, page_id: str) -> None:
        self.graph = graph
        self.page_id = page_id

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """See that the post is public: nobody comments on one that is not (facebook 3.7)."""
        ref = outgoing.refs[0]
        if is_bare(ref):
            saved = {**saved, "post_id": self._post_of_video(ref)}
        post = self._post(_under(outgoing, saved))
        if post is None:
            raise Rejected("Bài không còn trên Fanpage nên không bình luận được.", code=GONE, section=SECTION)
        if post.get("is_published") is False:
            raise Unavailable("Bài chưa hiện trên Fanpage; hệ thống sẽ bình luận khi bài đã hiện.", section=SECTION)
        return Step(saved, ready=True)

    def _post_of_video(self, video_id: str) -> str:
        node = read_node(self.graph, video_id)
        if node is None:
            raise Rejected("Video không còn trên Fanpage nên không bình luận được.", code=GONE, section=SECTION)
        post_id = node.post_id(self.page_id)
        if not post_id:
            raise Unavailable("Facebook chưa cho biết mã bài của video; hệ thống sẽ hỏi lại.", section="facebook 4.2")
        return post_id

    def _post(self, post_id: str) -> dict[str, Any] | None:
        """The post that is commented on; None when it is gone."""
        try:
            return self.graph.read(post_id, fields="id,is_published")
        except Misconfigured as error:
            if error.code != GONE:
                raise
            return None

    def publish(self, outgoing: Outgoing, saved: Saved) -> Published:
        """Write the comment as the Page."""
        try:
            path = f"{_under(outgoing, saved)}/comments"
            answer = self.graph.write(path, Purpose.PUBLISH, {"message": outgoing.text})
        except Misconfigured as error:
            if error.code == GONE:  # surely not written; preparing again finds out why
                raise Unavailable("Không thấy bài để bình luận; hệ thống sẽ kiểm tra lại.", code=GONE) from None
            if error.code.partition("/")[0] not in NO_PERMISSION:
                raise
            words = f"Ứng dụng chưa có quyền bình luận thay Fanpage ({COMMENT_SCOPES[0]}); hãy kết nối lại và cấp thêm."
            raise Misconfigured(words, code=error.code, section=SECTION, evidence=error.evidence) from None
        if not answer.get("id"):
            words = "Facebook trả lời nhưng không cho mã bình luận; hệ thống sẽ kiểm tra dưới bài."
            raise Unconfirmed(words, section=SECTION)
        return Receipt(str(answer["id"]))

    def find(self, outgoing: Outgoing, saved: Saved, known: frozenset[str]) -> Found:
        """Look for the Page's own identical words under the post. Their time is left out of account: whoever wrote
        them for the Page, a second time is once too often."""
        post_id = _under(outgoing, saved)
        try:
            comments, whole = self._listed(post_id)
        except Misconfigured as error:
            # an edge may be denied for want of a permission: only a post that is gone has no comment for sure
            if error.code != GONE or self._post(post_id) is not None:
                raise
            return NotThere()
        wanted = lookup.normalised(outgoing.text)
        same = [one for one in comments if lookup.normalised(str(one.get("message") or "")) == wanted]
        same = [one for one in same if one.get("id") and str(one["id"]) not in known]
        own = [one for one in same if _author(one) == self.page_id]
        if len(own) == 1:
            return Receipt(str(own[0]["id"]), "", lookup.instant(own[0].get("created_time")))
        if own:
            return Unclear(f"Dưới bài có {len(own)} bình luận giống nhau của Fanpage; cần người kiểm tra.")
        if [one for one in same if not _author(one)]:
            return Unclear("Dưới bài có bình luận cùng nội dung nhưng không rõ ai viết; cần người kiểm tra.")
        return NotThere() if whole else Unclear("Bài có quá nhiều bình luận để dò hết; cần người kiểm tra.")

    def _listed(self, post_id: str) -> tuple[list[dict[str, Any]], bool]:
        """The comments, newest first; replies are among them, because nothing but the words decides."""
        asked = {"fields": FIELDS, "order": "reverse_chronological", "filter": "stream"}
        return listing.read_all(self.graph, f"{post_id}/comments", asked, limit=PAGE_SIZE)


def _under(outgoing: Outgoing, saved: Saved) -> str:
    """The post that the comment stands under."""
    return str(saved.get("post_id") or outgoing.refs[0])


def _author(comment: dict[str, Any]) -> str:
    author = comment.get("from")
    return str(author.get("id") or "") if isinstance(author, dict) else ""
