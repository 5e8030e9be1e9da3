"""A post without a video: its pictures go up unpublished ahead of time, one POST to the feed makes it public.

There is no idempotency key on this platform (facebook 3.1): an answer that is lost after the POST was sent
means "look", and the ids of the photos are the proof to look for (facebook 4.3).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.base import Found, NotThere, Outgoing, Published, Receipt, Saved, Step, Unclear
from connectors.errors import Unconfirmed
from connectors.facebook import listing, lookup, photos
from connectors.facebook.graph import Graph
from connectors.facebook.hidden import HiddenPost

POST_FIELDS = "id,permalink_url,created_time"
LISTED_BEFORE = lookup.EARLIER + timedelta(seconds=60)
"""How far before our own start the listing is asked (facebook 4.3)."""


class FeedPost:
    """Text, a link, or pictures on one Page, at one moment."""

    def __init__(self, graph: Graph, page_id: str, *, hidden_first: bool = False) -> None:
        self.graph = graph
        self.page_id = page_id
        self.hidden_first = hidden_first
        self.hidden = HiddenPost(graph, page_id)

    def prepare(self, outgoing: Outgoing, saved: Saved) -> Step:
        """One picture, or the hidden post; a post without pictures is ready at once."""
        wanted = self.hidden_first and bool(outgoing.images)
        step = self.hidden.settle(outgoing, saved, wanted=wanted)
        if step:
            return step
        if wanted and photos.next_missing(outgoing.images, saved, self.graph.now) is None:
            return self.hidden.prepare(outgoing, saved)
        return self._next_photo(outgoing, saved, is_last_step=not wanted)

    def _next_photo(self, outgoing: Outgoing, saved: Saved, *, is_last_step: bool) -> Step:
        """Upload one picture, unpublished (facebook 3.4)."""
        images, now = outgoing.images, self.graph.now
        place = photos.next_missing(images, saved, now)
        if place is not None:
            content = photos.content_of(images[place], place)
            photo_id = photos.upload(self.graph, self.page_id, images[place], content)
            saved = photos.with_photo(saved, place, images[place], photo_id, now)
        ready = is_last_step and photos.next_missing(images, saved, now) is None
        return Step(saved, ready, good_until=photos.good_until(images, saved) if ready else None)

    def publish(self, outgoing: Outgoing, saved: Saved) -> Published:
        """Show the hidden post, else one POST to the feed, answered with the post itself (facebook 3)."""
        if "draft" in saved:
            return self.hidden.publish(saved)
        photo_ids = photos.current_ids(outgoing.images, saved)
        answer = self.graph.put_object(
            self.page_id,
            "feed",
            message=outgoing.text or None,
            link=_sent_link(outgoing) or None,
            attached_media=[{"media_fbid": photo_id} for photo_id in photo_ids] or None,
            fields=POST_FIELDS,
        )
        if not isinstance(answer, dict) or not answer.get("id"):
            words = "Facebook trả lời nhưng không cho mã bài; hệ thống sẽ kiểm tra trên Fanpage."
            raise Unconfirmed(words, section="facebook 3.1")
        return _receipt(answer)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str]) -> Found:
        """Ask the hidden post by its id, else look among the posts published since (facebook 4.3)."""
        if "draft" in saved:
            return self.hidden.find(saved)
        posts, whole = listing.read_since(self.graph, self.page_id, listing.PUBLISHED, since - LISTED_BEFORE)
        wanted = lookup.Wanted(
            text=outgoing.text,
            link=_sent_link(outgoing),
            photo_ids=frozenset(photos.every_id(saved)),
            has_pictures=bool(outgoing.images),
            app_id=self.graph.settings.app_id,
            since=since,
        )
        candidates = lookup.sort_out(posts, wanted, known)
        best = candidates.best()
        if len(best) == 1:
            return _receipt(best[0])
        if best:
            return Unclear(f"Có {len(best)} bài giống nhau trên Fanpage; cần người kiểm tra bài nào là của lượt này.")
        if candidates.in_part:
            return Unclear("Trên Fanpage có bài trùng nội dung nhưng chưa chắc là của lượt này; cần người kiểm tra.")
        return NotThere() if whole else Unclear("Fanpage có quá nhiều bài mới để dò hết; cần người kiểm tra.")


def _sent_link(outgoing: Outgoing) -> str:
    """The link as Facebook gets it: pictures and a link card exclude each other (facebook 3.2)."""
    return "" if outgoing.images or outgoing.video else outgoing.link


def _receipt(post: Mapping[str, Any]) -> Receipt:
    return Receipt(str(post["id"]), str(post.get("permalink_url") or ""), lookup.instant(post.get("created_time")))
