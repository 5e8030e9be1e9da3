"""The Facebook Page as a connector: media go up unpublished ahead of time, one small POST makes the post public.

There is no idempotency key on this platform (facebook 3.1): an answer that is lost after the POST was
sent means "look", and the ids of the photos are the proof to look for (facebook 4.3).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import requests
from pydantic import BaseModel

from connectors.base import (
    Account,
    Capabilities,
    Connected,
    Connector,
    Consent,
    Credentials,
    Figure,
    Found,
    Kind,
    Listed,
    Meter,
    Metric,
    NotThere,
    Outgoing,
    Problem,
    Published,
    Receipt,
    Saved,
    Step,
    Unclear,
)
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import audit, checks, health, listing, lookup, photos
from connectors.facebook import consent as login
from connectors.facebook import settings as own
from connectors.facebook.figures import PostFigures, read_page
from connectors.facebook.graph import Graph
from connectors.facebook.hidden import HiddenPost
from connectors.facebook.reels import Reel
from connectors.facebook.video import VideoPost

MB = 1_000_000
POST_FIELDS = "id,permalink_url,created_time"
LISTED_BEFORE = timedelta(seconds=120)
"""How far before our own start the listing is asked (facebook 4.3)."""


class FacebookPage(Connector):
    """Text, a link, one to ten pictures, or a video on one Facebook Page."""

    capabilities = Capabilities(
        platform="facebook",
        label="Facebook",
        kinds=frozenset({Kind.TEXT, Kind.LINK, Kind.IMAGE, Kind.ALBUM, Kind.VIDEO}),
        text_max=63_206,
        text_unit="characters",
        title_max=0,
        summary_max=0,
        images_max=10,
        image_bytes_max=4 * MB,
        image_types=("image/jpeg", "image/png"),
        video_bytes_max=1_000 * MB,
        video_types=("video/mp4",),
        needs_public_media=False,
        prepare_ahead=timedelta(hours=6),
        looks=(timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
        metrics=(
            Metric.VIEWS,
            Metric.REACH,
            Metric.REACTIONS,
            Metric.COMMENTS,
            Metric.SHARES,
            Metric.CLICKS,
            Metric.FOLLOWERS,
        ),
        usual_slots=("07:30", "11:30", "17:00"),
        abilities=frozenset({"withdraw"}),
    )
    Settings = own.Settings
    Options = own.Options

    def __init__(
        self,
        settings: BaseModel,
        account: Account,
        credentials: Credentials,
        http: requests.Session,
        meter: Meter | None = None,
    ) -> None:
        super().__init__(settings, account, credentials, http, meter)
        self._settings = _own(settings)
        self._post_figures = PostFigures()

    def _graph(self, now: datetime) -> Graph:
        return Graph(self._settings, self.credentials.values["access_token"], self.http, now=now)

    # Connecting an account -----------------------------------------------------------------------------

    @classmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """The login dialog (facebook 2.1)."""
        return login.begin(_own(settings), redirect_uri=redirect_uri, state=state, verifier=verifier)

    @classmethod
    def finish_consent(
        cls,
        settings: BaseModel,
        consent: Consent,
        answer: Mapping[str, str],
        *,
        now: datetime,
        http: requests.Session,
    ) -> list[Connected]:
        """Code, long-lived user token, Page tokens (facebook 2.1, 2.3)."""
        return login.finish(_own(settings), consent, answer, now=now, http=http)

    @classmethod
    def adopt(
        cls, settings: BaseModel, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """The Pages behind a pasted token of a Page, a person or a system user (facebook 2.1)."""
        return login.adopt(_own(settings), pasted, now=now, http=http)

    def health(self, *, now: datetime) -> list[Problem]:
        """Whether the token is alive, of this Page, and allowed to publish (facebook 2.4)."""
        return health.check_access(self._graph(now), self.account.external_id)

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """What Facebook would refuse (facebook 3.2, 3.5, 3.6, 3.12)."""
        return checks.check(outgoing, self.capabilities, self._settings)

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """One step: bytes of a video, one picture, or the hidden post; the simplest post is ready at once."""
        graph, page_id, options = self._graph(now), self.account.external_id, _options(outgoing)
        if outgoing.video:
            way = Reel(graph, page_id) if options.reel else VideoPost(graph, page_id)
            return way.prepare(outgoing, saved)
        hidden, wanted = HiddenPost(graph, page_id), options.hidden_first and bool(outgoing.images)
        step = hidden.settle(outgoing, saved, wanted=wanted)
        if step:
            return step
        if wanted and photos.next_missing(outgoing.images, saved, now) is None:
            return hidden.prepare(outgoing, saved)
        return self._next_photo(outgoing, saved, now, is_last_step=not wanted)

    def _next_photo(self, outgoing: Outgoing, saved: Saved, now: datetime, *, is_last_step: bool) -> Step:
        """Upload one picture, unpublished (facebook 3.4)."""
        images = outgoing.images
        place = photos.next_missing(images, saved, now)
        if place is not None:
            photo_id = self._upload(outgoing, place, now)
            saved = photos.with_photo(saved, place, images[place], photo_id, now)
        ready = is_last_step and photos.next_missing(images, saved, now) is None
        return Step(saved, ready, good_until=photos.good_until(images, saved) if ready else None)

    def _upload(self, outgoing: Outgoing, place: int, now: datetime) -> str:
        """The id of the uploaded picture. A lost answer is harmless: the orphan vanishes (facebook 3.10)."""
        image = outgoing.images[place]
        try:
            content = image.path.read_bytes()
        except OSError as error:
            words = f"Không đọc được tệp ảnh thứ {place + 1} ({image.path.name}); hãy tải ảnh lên lại."
            raise Rejected(words, evidence=type(error).__name__) from None
        answer = self._graph(now).put_photo(
            (f"{image.sha256[:16]}{image.path.suffix}", content, image.mime),
            album_path=f"{self.account.external_id}/photos",
            published=False,
            alt_text_custom=image.alt or None,
        )
        if not _has_id(answer):
            raise Unavailable("Facebook không trả mã ảnh; hệ thống sẽ tải ảnh lên lại.", section="facebook 3.3")
        return str(answer["id"])

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """Show the video or the hidden post, else one POST to the feed, answered with the post itself (facebook 3)."""
        graph, page_id = self._graph(now), self.account.external_id
        if outgoing.video:
            if saved["video"]["way"] == Reel.way:
                return Reel(graph, page_id).publish(outgoing, saved)
            return VideoPost(graph, page_id).publish(saved)
        if "draft" in saved:
            return HiddenPost(graph, page_id).publish(saved)
        photo_ids = photos.current_ids(outgoing.images, saved)
        answer = graph.put_object(
            page_id,
            "feed",
            message=outgoing.text or None,
            link=_sent_link(outgoing) or None,
            attached_media=[{"media_fbid": photo_id} for photo_id in photo_ids] or None,
            fields=POST_FIELDS,
        )
        if not _has_id(answer):
            words = "Facebook trả lời nhưng không cho mã bài; hệ thống sẽ kiểm tra trên Fanpage."
            raise Unconfirmed(words, section="facebook 3.1")
        return _receipt(answer)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Ask the video or the hidden post by its id, else look among the posts published since (facebook 4.3)."""
        graph, page_id = self._graph(now), self.account.external_id
        film = saved.get("video", {}) if outgoing.video else {}
        if film.get("video_id"):
            if film["way"] == Reel.way:
                return Reel(graph, page_id).find(saved, since=since)
            return VideoPost(graph, page_id).find(saved)
        if "draft" in saved:
            return HiddenPost(graph, page_id).find(saved)
        return self._find_listed(graph, outgoing, saved, since, known)

    def _find_listed(
        self, graph: Graph, outgoing: Outgoing, saved: Saved, since: datetime, known: frozenset[str]
    ) -> Found:
        """Our post among those published since two minutes before `since`."""
        posts, whole = listing.read_since(graph, self.account.external_id, listing.PUBLISHED, since - LISTED_BEFORE)
        wanted = lookup.Wanted(
            text=outgoing.text,
            link=_sent_link(outgoing),
            photo_ids=frozenset(photos.every_id(saved)),
            app_id=self._settings.app_id,
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

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Delete the post; one that is gone already is success (facebook 3.8)."""
        try:
            answer = self._graph(now).delete_object(external_id)
        except Misconfigured as error:
            if error.code != "100/33":
                raise
            return
        if isinstance(answer, dict) and answer.get("success") is False:
            raise Unavailable("Facebook chưa gỡ được bài; hệ thống sẽ thử lại.", section="facebook 3.8")

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Views, reach, clicks, shares, reactions and comments of many posts (facebook 5)."""
        # a video that never told its post's id is known by a bare number, of which no figures can be asked
        posts = [external_id for external_id in external_ids if "_" in external_id]
        return self._post_figures.read(self._graph(now), posts)

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The Page's followers (facebook 5.1)."""
        return read_page(self._graph(now), self.account.external_id)

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """The Page's public posts and its reels (facebook 4.1)."""
        return audit.list_public(self._graph(now), self.account.external_id, since=since, until=until)


def _own(settings: BaseModel) -> own.Settings:
    """The settings as ours. Raises TypeError for another platform's: an error of the wiring."""
    if not isinstance(settings, own.Settings):
        raise TypeError(f"not the settings of a Facebook Page: {type(settings).__name__}")
    return settings


def _options(outgoing: Outgoing) -> own.Options:
    return own.Options.model_validate(dict(outgoing.options))


def _sent_link(outgoing: Outgoing) -> str:
    """The link as Facebook gets it: pictures and a link card exclude each other (facebook 3.2)."""
    return "" if outgoing.images or outgoing.video else outgoing.link


def _has_id(answer: Any) -> bool:
    return isinstance(answer, dict) and bool(answer.get("id"))


def _receipt(post: Mapping[str, Any]) -> Receipt:
    return Receipt(str(post["id"]), str(post.get("permalink_url") or ""), lookup.instant(post.get("created_time")))
