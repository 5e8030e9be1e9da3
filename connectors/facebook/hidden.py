"""A photo post made hidden ahead of time and only shown at the hour (facebook 3.10).

The one step that must not be repeated, creating the post, makes something nobody sees; showing it twice
shows it once. `Saved` keeps {"draft": {"id", "photo_ids", "text"}} beside what `photos` keeps.
"""

from datetime import datetime, timedelta
from typing import Any

from connectors.base import Accepted, Found, NotThere, Outgoing, Published, Receipt, Saved, Step
from connectors.errors import ConnectorError, Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import listing, lookup, photos
from connectors.facebook.codes import GONE, Purpose, is_twin
from connectors.facebook.graph import Graph

SECTION = "facebook 3.10"
FIELDS = "id,is_published,permalink_url"
LOOK_AFTER = timedelta(seconds=20)
NEW_PHOTOS_MAX = 2
"""How often photos that Facebook will not attach any more are uploaded anew."""


class HiddenPost:
    """One photo post of one Page, at one moment."""

    def __init__(self, graph: Graph, page_id: str) -> None:
        self.graph = graph
        self.page_id = page_id

    def settle(self, outgoing: Outgoing, saved: Saved, *, wanted: bool) -> Step | None:
        """What an earlier draft demands before any photo goes up; None when there is nothing to settle.

        A draft that is public already stays; one that is gone, or whose photos are too old or were
        replaced, is given up together with its photos, because a photo serves only one post.
        """
        draft = saved.get("draft")
        if not draft:
            return None
        post = self._read(draft["id"])
        if post and post.get("is_published") is True:
            return Step(saved, ready=True)
        is_current = wanted and photos.next_missing(outgoing.images, saved, self.graph.now) is None
        if post and is_current and draft["photo_ids"] == photos.current_ids(outgoing.images, saved):
            return None
        if post:
            self._delete(draft["id"])
        return Step(_without_draft(saved), ready=False)

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """Create the hidden post, or give it its new words; all its photos are there."""
        good_until = photos.good_until(outgoing.images, saved)
        draft = saved.get("draft")
        if draft and draft["text"] == outgoing.text:
            return Step(saved, ready=True, good_until=good_until)
        if draft:
            self.graph.write(draft["id"], Purpose.REPEATABLE, {"message": outgoing.text})
            return Step({**saved, "draft": {**draft, "text": outgoing.text}}, True, good_until=good_until)
        photo_ids = photos.current_ids(outgoing.images, saved)
        try:
            post = self._find_draft(photo_ids, saved) or self._create(outgoing, photo_ids)
        except Rejected as error:
            twin = self._find_draft(photo_ids, saved) if is_twin(error) else None
            times = saved.get("new_photos", 0)
            if twin is None and (error.code != "100" or times >= NEW_PHOTOS_MAX):
                raise
            if twin is None:
                return Step({**_without_draft(saved), "new_photos": times + 1}, ready=False)
            post = twin
        text = str(post["message"]) if "message" in post else outgoing.text
        draft = {"id": str(post["id"]), "photo_ids": photo_ids, "text": text}
        return Step({**saved, "draft": draft}, ready=False)

    def publish(self, saved: Saved) -> Published:
        """Show it; the same call again changes nothing (facebook 3.10)."""
        post_id = saved["draft"]["id"]
        try:
            answer = self.graph.write(post_id, Purpose.PUBLISH, {"is_published": True})
        except Misconfigured as error:
            if error.code == GONE:  # surely not shown; preparing again makes a new one
                raise Unavailable("Không thấy bài ẩn đã tạo; hệ thống sẽ tạo lại.", code=GONE) from None
            raise
        if answer.get("success") is not True and not answer.get("id"):
            raise Unconfirmed("Facebook chưa xác nhận đã hiện bài; hệ thống sẽ kiểm tra.", section=SECTION)
        try:
            found = self.find(saved)
        except ConnectorError:
            found = NotThere()
        return found if isinstance(found, Receipt) else Accepted(saved, LOOK_AFTER)

    def find(self, saved: Saved) -> Found:
        """Ask the post itself. Its `created_time` may be that of the draft, so no time is told."""
        post = self._read(saved["draft"]["id"])
        if post and post.get("is_published") is True:
            return Receipt(saved["draft"]["id"], str(post.get("permalink_url") or ""))
        return NotThere()

    def _read(self, post_id: str) -> dict[str, Any] | None:
        try:
            return self.graph.read(post_id, fields=FIELDS)
        except Misconfigured as error:
            if error.code != GONE:
                raise
            return None

    def _create(self, outgoing: Outgoing, photo_ids: list[str]) -> dict[str, Any]:
        media = [{"media_fbid": photo_id} for photo_id in photo_ids]
        values = {"message": outgoing.text or None, "attached_media": media, "published": False}
        answer = self.graph.write(f"{self.page_id}/feed", Purpose.REPEATABLE, values)
        if not answer.get("id"):
            raise Unavailable("Facebook không trả mã bài ẩn; hệ thống sẽ kiểm tra lại.", section=SECTION)
        return {"id": answer["id"]}

    def _find_draft(self, photo_ids: list[str], saved: Saved) -> dict[str, Any] | None:
        """A post with our photos, from a call whose answer was lost; only such a post can hold them."""
        uploaded = min(datetime.fromisoformat(photo["uploaded_at"]) for photo in saved["photos"])
        try:
            posts, _ = listing.read_since(self.graph, self.page_id, listing.EVERYTHING, uploaded - lookup.EARLIER)
        except Misconfigured:  # some tokens may not read visitors' posts; at worst a hidden post is left over
            return None
        ours = set(photo_ids)
        return next((post for post in posts if post.get("id") and ours <= set(lookup.target_ids(post))), None)

    def _delete(self, post_id: str) -> None:
        try:
            self.graph.delete_object(post_id)
        except Misconfigured as error:
            if error.code != GONE:
                raise


def _without_draft(saved: Saved) -> Saved:
    """`saved` without the draft; its photos are kept only as ids that a lost post may hold."""
    kept = {name: value for name, value in saved.items() if name not in ("draft", "photos")}
    return {**kept, "spent": sorted(photos.every_id(saved))}
