"""The Facebook Page as a connector: everything that can fail is done ahead of time, one small POST makes it public.

This file only says who does what: `feed` and `hidden` carry posts without a video, `video` and `reels` those
with one, `comment` and `revision` what follows a post that is public.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import requests
from pydantic import BaseModel

from connectors.base import (
    Account,
    Budget,
    Capabilities,
    Connected,
    Connector,
    Consent,
    Credentials,
    Figure,
    Finding,
    Found,
    Kind,
    Listed,
    Look,
    Meter,
    Metric,
    Outgoing,
    Part,
    Problem,
    Published,
    Saved,
    Step,
)
from connectors.errors import Misconfigured, Unavailable, Unsupported
from connectors.facebook import audit, checks, figures, health
from connectors.facebook import consent as login
from connectors.facebook import settings as own
from connectors.facebook.asking import Asker
from connectors.facebook.breaks import BREAKS
from connectors.facebook.codes import GONE
from connectors.facebook.comment import FirstComment
from connectors.facebook.feed import FeedPost
from connectors.facebook.graph import Graph
from connectors.facebook.proof import HiddenFirstTrial
from connectors.facebook.reels import REELS_BUDGET, Reel
from connectors.facebook.revision import Revision
from connectors.facebook.video import VideoPost

MB = 1_000_000
HIDDEN_FIRST = "hidden_first"


class FacebookPage(Connector):
    """Text, a link, one to ten pictures, or a video on one Facebook Page."""

    capabilities = Capabilities(
        platform="facebook",
        label="Facebook",
        mark="FB",
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
            Metric.VIDEO_VIEWS,
            Metric.WATCH_SECONDS,
            Metric.ENGAGEMENTS,
            Metric.PROFILE_VIEWS,
            Metric.NEW_FOLLOWERS,
            Metric.LOST_FOLLOWERS,
        ),
        usual_slots=("07:30", "11:30", "17:00"),
        abilities=frozenset({"withdraw", "thumbnail"}),
        parts=frozenset({Part.POST, Part.COMMENT, Part.REVISION}),
        proven_options=frozenset({HIDDEN_FIRST}),
        comment_max=8_000,
        # [U]: where the feed folds is documented nowhere; seen on a phone.
        look=Look("feed", text_lines=5, text_letters=480),
        needed_settings=("app_id", "app_secret"),
        pasted_tokens=("access_token",),
        connect_steps=(
            "Tài khoản Facebook cá nhân đang là quản trị viên của Fanpage, có quyền đăng nội dung.",
            "Ứng dụng của cơ quan trên Meta for Developers, đã khai địa chỉ quay về.",
            "Khi Facebook hỏi, chọn đúng Fanpage và giữ nguyên các quyền được xin.",
        ),
        breaks=BREAKS,
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
        self._asker = Asker()

    def _graph(self, now: datetime) -> Graph:
        token = self.credentials.values["access_token"]
        page_id = self.account.external_id
        return Graph(self._settings, token, self.http, now=now, page_id=page_id, meter=self.meter)

    @classmethod
    def budgets(cls, settings: BaseModel) -> tuple[Budget, ...]:
        """Thirty reels a day; everything else only Facebook counts, and tells in its headers (facebook 3.6, 6.4)."""
        return (REELS_BUDGET,)

    def costs(self, outgoing: Outgoing) -> Mapping[str, int]:
        """One of the day's reels, where it is one (facebook 3.6)."""
        is_reel = outgoing.part is Part.POST and outgoing.video is not None and _options(outgoing).reel
        return {REELS_BUDGET.name: 1} if is_reel else {}

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

    def health(self, *, now: datetime) -> list[Finding]:
        """Whether the token is alive, of this Page, and allowed to do what; and the API itself (facebook 1.1, 2)."""
        return health.check_access(self._graph(now), self.account.external_id)

    def prove(self, option: str, *, now: datetime) -> list[Finding]:
        """Try hidden-first publishing on this Page (facebook 3.10); for some seconds the public sees a trial post."""
        if option != HIDDEN_FIRST:
            return super().prove(option, now=now)
        return HiddenFirstTrial(self._graph(now), self.account.external_id).run()

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """What Facebook would refuse (facebook 3.2, 3.5 to 3.8, 3.12)."""
        return checks.check(outgoing, self.capabilities, self._settings)

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """One step: bytes of a video, one picture, the hidden post; or a look at the post that something follows."""
        graph, page_id = self._graph(now), self.account.external_id
        if outgoing.part is not Part.POST:
            return _following(outgoing, graph, page_id).prepare(outgoing, saved)
        options = _options(outgoing)
        if outgoing.video:
            way = Reel(graph, page_id) if options.reel else VideoPost(graph, page_id)
            return way.prepare(outgoing, saved)
        return FeedPost(graph, page_id, hidden_first=options.hidden_first).prepare(outgoing, saved)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """The one call that makes it public (facebook 3)."""
        graph, page_id = self._graph(now), self.account.external_id
        if outgoing.part is not Part.POST:
            return _following(outgoing, graph, page_id).publish(outgoing, saved)
        if not outgoing.video:
            return FeedPost(graph, page_id).publish(outgoing, saved)
        if saved["video"]["way"] == Reel.way:
            return Reel(graph, page_id).publish(outgoing, saved)
        return VideoPost(graph, page_id).publish(saved)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Ask the video or the hidden post by its id, else look among the Page's posts or a post's comments."""
        graph, page_id = self._graph(now), self.account.external_id
        if outgoing.part is not Part.POST:
            return _following(outgoing, graph, page_id).find(outgoing, saved, known)
        film = saved.get("video", {}) if outgoing.video else {}
        if not film.get("video_id"):
            return FeedPost(graph, page_id).find(outgoing, saved, since=since, known=known)
        if film["way"] == Reel.way:
            return Reel(graph, page_id).find(saved, since=since)
        return VideoPost(graph, page_id).find(saved)

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Delete the post; one that is gone already is success (facebook 3.8)."""
        try:
            answer = self._graph(now).delete_object(external_id)
        except Misconfigured as error:
            if error.code != GONE:
                raise
            return
        if isinstance(answer, dict) and answer.get("success") is False:
            raise Unavailable("Facebook chưa gỡ được bài; hệ thống sẽ thử lại.", section="facebook 3.8")

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """What is known of many posts, in batches of 50 questions (facebook 5)."""
        return figures.read_posts(self._graph(now), self._asker, external_ids)

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The Page's followers, and its last days (facebook 5.1, 5.2)."""
        return figures.read_page(self._graph(now), self._asker, self.account.external_id)

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


def _following(outgoing: Outgoing, graph: Graph, page_id: str) -> FirstComment | Revision:
    """What carries a part that follows a public post. Raises `Unsupported` for one that no Page knows."""
    if outgoing.part is Part.COMMENT:
        return FirstComment(graph, page_id)
    if outgoing.part is Part.REVISION:
        return Revision(graph)
    raise Unsupported(FacebookPage.capabilities.label, "gửi bài tới từng người theo dõi")
