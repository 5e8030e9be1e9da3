"""The Facebook Page as a connector: photos go up unpublished ahead of time, one small POST makes the post public.

There is no idempotency key on this platform (facebook 3.1): an answer that is lost after the POST was
sent means "look", and the ids of the photos are the proof to look for (facebook 4.3).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

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
    Metric,
    NotThere,
    Outgoing,
    Problem,
    Receipt,
    Saved,
    Step,
    Unclear,
)
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import consent as login
from connectors.facebook import health, lookup, photos
from connectors.facebook import settings as own
from connectors.facebook.figures import PostFigures, read_page
from connectors.facebook.graph import Graph

MB = 1_000_000
POST_FIELDS = "id,permalink_url,created_time"
LISTED_BEFORE = timedelta(seconds=120)
"""How far before our own start the listing is asked (facebook 4.3)."""
PAGE_SIZE, PAGES_MAX = 25, 20
OWN_HOSTS = ("facebook.com", "fb.com", "fb.me", "fb.watch")


class FacebookPage(Connector):
    """Text, a link, or one to ten pictures on one Facebook Page."""

    capabilities = Capabilities(
        platform="facebook",
        label="Facebook",
        kinds=frozenset({Kind.TEXT, Kind.LINK, Kind.IMAGE, Kind.ALBUM}),
        text_max=63_206,
        text_unit="characters",
        title_max=0,
        summary_max=0,
        images_max=10,
        image_bytes_max=4 * MB,
        image_types=("image/jpeg", "image/png"),
        video_bytes_max=0,
        video_types=(),
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

    def __init__(self, settings: BaseModel, account: Account, credentials: Credentials, http: requests.Session) -> None:
        super().__init__(settings, account, credentials, http)
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
        """What Facebook would refuse (facebook 3.2, 3.12)."""
        return [*self._check_text(outgoing), *self._check_link(outgoing), *self._check_media(outgoing)]

    def _check_text(self, outgoing: Outgoing) -> list[Problem]:
        limit = self.capabilities.text_max
        if len(outgoing.text) > limit:
            shown = f"{limit:,}".replace(",", ".")
            return [Problem("text", f"Nội dung dài quá {shown} ký tự; Facebook không nhận, cần rút gọn.")]
        if not (outgoing.text.strip() or outgoing.link or outgoing.images):
            return [Problem("text", "Bài trống; cần có chữ, ảnh hoặc liên kết.")]
        return []

    def _check_link(self, outgoing: Outgoing) -> list[Problem]:
        if not outgoing.link:
            return []
        parts = urlsplit(outgoing.link)
        host = (parts.hostname or "").lower()
        if parts.scheme not in ("http", "https") or not host:
            return [Problem("link", "Liên kết phải là địa chỉ đầy đủ, bắt đầu bằng https://.")]
        if any(host == own or host.endswith(f".{own}") for own in OWN_HOSTS):
            return [Problem("link", "Facebook không nhận liên kết trỏ về chính Facebook; hãy bỏ hoặc thay liên kết.")]
        if outgoing.images and outgoing.link not in outgoing.text:
            words = "Bài có ảnh thì Facebook không hiện thẻ liên kết; hãy ghi địa chỉ vào nội dung bài."
            return [Problem("link", words, blocks=False)]
        return []

    def _check_media(self, outgoing: Outgoing) -> list[Problem]:
        limits, problems = self.capabilities, []
        if outgoing.video:
            problems.append(Problem("video", "Chưa hỗ trợ đăng video lên Fanpage; hãy dùng ảnh hoặc liên kết."))
        if len(outgoing.images) > limits.images_max:
            problems.append(Problem("images", f"Facebook nhận tối đa {limits.images_max} ảnh trong một bài."))
        for number, image in enumerate(outgoing.images, 1):
            if image.mime not in limits.image_types:
                problems.append(Problem("images", f"Ảnh thứ {number} phải là JPG hoặc PNG."))
            elif image.size > limits.image_bytes_max:
                problems.append(Problem("images", f"Ảnh thứ {number} lớn hơn 4 MB; hãy thu nhỏ ảnh."))
        return problems

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Upload one picture, unpublished; a post without pictures is ready at once (facebook 3.4)."""
        images = outgoing.images
        place = photos.next_missing(images, saved, now)
        if place is not None:
            photo_id = self._upload(outgoing, place, now)
            saved = photos.with_photo(saved, place, images[place], photo_id, now)
        ready = photos.next_missing(images, saved, now) is None
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

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Receipt:
        """One POST to the Page's feed, answered with the new post itself (facebook 3)."""
        photo_ids = photos.current_ids(outgoing.images, saved)
        answer = self._graph(now).put_object(
            self.account.external_id,
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
        """Our post among those published since two minutes before `since` (facebook 4.3)."""
        posts, whole = self._published_since(since - LISTED_BEFORE, now)
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

    def _published_since(self, since: datetime, now: datetime) -> tuple[list[dict[str, Any]], bool]:
        """The posts, and whether the listing was read to its end. `next` is never followed: it carries the token."""
        graph, after = self._graph(now), None
        posts: list[dict[str, Any]] = []
        for _ in range(PAGES_MAX):
            answer = self._listed(graph, since, after)
            posts += answer["data"]
            paging = answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            if not paging.get("next") or not after:
                return posts, True
        return posts, False

    def _listed(self, graph: Graph, since: datetime, after: str | None) -> dict[str, Any]:
        """One page of the listing. Raises `Unavailable` for an unreadable one, or when the cursor died meanwhile."""
        words = "Facebook chưa trả danh sách bài; hệ thống sẽ kiểm tra lại."
        edge = {"since": int(since.timestamp()), "limit": PAGE_SIZE, "fields": lookup.FIELDS, "after": after}
        try:
            answer = graph.get_connections(self.account.external_id, "published_posts", **edge)
        except Misconfigured as error:
            if after and error.code == "100":  # the next look begins at the beginning (facebook 4.1)
                raise Unavailable(words, code=error.code, section="facebook 4.1") from None
            raise
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise Unavailable(words, section="facebook 4.1")
        return answer

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
        return self._post_figures.read(self._graph(now), external_ids)

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The Page's followers (facebook 5.1)."""
        return read_page(self._graph(now), self.account.external_id)


def _own(settings: BaseModel) -> own.Settings:
    """The settings as ours. Raises TypeError for another platform's: an error of the wiring."""
    if not isinstance(settings, own.Settings):
        raise TypeError(f"not the settings of a Facebook Page: {type(settings).__name__}")
    return settings


def _sent_link(outgoing: Outgoing) -> str:
    """The link as Facebook gets it: pictures and a link card exclude each other (facebook 3.2)."""
    return "" if outgoing.images else outgoing.link


def _has_id(answer: Any) -> bool:
    return isinstance(answer, dict) and bool(answer.get("id"))


def _receipt(post: Mapping[str, Any]) -> Receipt:
    return Receipt(str(post["id"]), str(post.get("permalink_url") or ""), lookup.instant(post.get("created_time")))
