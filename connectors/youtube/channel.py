"""The connector of one YouTube channel: uploaded private ahead of time, made public by one small call."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

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
    Outgoing,
    Part,
    Problem,
    Published,
    Saved,
    Step,
)
from connectors.errors import Rejected, Unsupported
from connectors.youtube import audit, checks, figures, health, memory, processing, publishing, quota, revision
from connectors.youtube.additions import Additions
from connectors.youtube.api import Api
from connectors.youtube.breaks import BREAKS
from connectors.youtube.consent import adopt_token, begin_consent, finish_consent
from connectors.youtube.publishing import permalink
from connectors.youtube.scopes import ANALYTICS, may
from connectors.youtube.settings import Options, Settings
from connectors.youtube.tokens import refresh_grant
from connectors.youtube.upload import Uploader


class YouTubeChannel(Connector):
    """One channel. `prepare` ends with a processed private video; `publish` is a single videos.update."""

    Settings = Settings
    Options = Options
    capabilities = Capabilities(
        platform="youtube",
        label="YouTube",
        mark="YT",
        kinds=frozenset({Kind.VIDEO}),
        text_max=checks.TEXT_MAX,
        text_unit="bytes",
        title_max=checks.TITLE_MAX,
        summary_max=0,
        images_max=0,
        image_bytes_max=checks.COVER_BYTES_MAX,
        image_types=checks.COVER_TYPES,
        video_bytes_max=checks.VIDEO_BYTES_MAX,
        video_types=checks.VIDEO_TYPES,
        needs_public_media=False,
        prepare_ahead=timedelta(hours=24),
        # A video is looked up by its id, which is not a listing that lags, so few looks are enough.
        looks=(timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2)),
        metrics=figures.METRICS,
        usual_slots=("T2 19:30", "T4 19:30", "T6 19:30"),
        abilities=frozenset({"withdraw", "captions", "thumbnail", "refresh"}),
        parts=frozenset({Part.POST, Part.REVISION}),
        title_unit="utf16",
        # [U]: how much of a title and a description is shown before it is opened is documented nowhere.
        look=Look("video", text_lines=3, text_letters=160),
        needed_settings=("client_id", "client_secret"),
        pasted_tokens=("refresh_token",),
        connect_steps=(
            "Tài khoản Google đang là chủ sở hữu hoặc người quản lý của kênh YouTube.",
            "Ứng dụng OAuth của cơ quan trên Google Cloud, đã bật YouTube Data API và khai địa chỉ quay về.",
            "Khi Google hỏi, chọn đúng kênh của cơ quan và cho phép mọi quyền được xin.",
        ),
        breaks=BREAKS,
    )

    def __init__(
        self,
        settings: BaseModel,
        account: Account,
        credentials: Credentials,
        http: requests.Session,
        meter: Meter | None = None,
    ) -> None:
        super().__init__(settings, account, credentials, http, meter)
        self._uploader = Uploader()
        self._additions = Additions()
        self._figures = figures.Reader()

    def _api(self, now: datetime) -> Api:
        token = self.credentials.values.get("access_token", "")
        return Api(cast(Settings, self.settings), self.http, token, now=now, meter=self.meter)

    @classmethod
    def budgets(cls, settings: BaseModel) -> tuple[Budget, ...]:
        """The four daily buckets of the Google Cloud project (youtube 3)."""
        return quota.budgets(cast(Settings, settings))

    def costs(self, outgoing: Outgoing) -> Mapping[str, int]:
        """One upload of the day, and the units of everything around it (youtube 3)."""
        return quota.costs(outgoing, cast(Settings, self.settings))

    # Connecting an account -----------------------------------------------------------------------------

    @classmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """Google's consent page with PKCE; asks for as little as the settings need, and to last (youtube 1.1)."""
        return begin_consent(cast(Settings, settings), redirect_uri=redirect_uri, state=state, verifier=verifier)

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
        """The channel that was granted. Raises `Misconfigured` for a wrong state, a refusal or no channel."""
        return finish_consent(cast(Settings, settings), consent, answer, now=now, http=http)

    @classmethod
    def adopt(
        cls, settings: BaseModel, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """The channel behind a pasted `refresh_token`."""
        return adopt_token(cast(Settings, settings), pasted, now=now, http=http)

    def refresh(self, *, now: datetime) -> Credentials:
        """A new access token (about an hour); the refresh token stays unless Google gives another (youtube 1.3)."""
        return refresh_grant(cast(Settings, self.settings), self.credentials.values, now=now, http=self.http)

    def health(self, *, now: datetime) -> list[Finding]:
        """Channel, token, every right and what it is for, long videos (1 unit of quota)."""
        return health.findings(self._api(now), self.account, self.credentials)

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Title, description in bytes, tags, video, cover and options (youtube 2.5); of a revision only its words."""
        return checks.find_problems(outgoing)

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """One step: session, chunks, processing, cover, captions, playlist; all the time private (youtube 2).

        Cover, captions and playlist never stop the video; what failed is kept in `saved` under
        thumbnail_problem, captions_problem and playlist_problem, and told as warnings.
        """
        is_revision = self._is_revision(outgoing)
        problems = [problem.words for problem in self.check(outgoing) if problem.blocks]
        if problems:
            raise Rejected(" ".join(problems), section="youtube 2.5")
        if is_revision:
            return revision.prepare(self._api(now), outgoing, saved)
        assert outgoing.video is not None
        saved = memory.fitted(saved, outgoing.video)
        if saved.get("video_id"):
            step = processing.next_step(self._api(now), outgoing, saved, self._additions)
            failed = [str(words) for name, words in sorted(step.saved.items()) if name.endswith("_problem") and words]
            return replace(step, warnings=tuple(failed))
        return self._uploader.step(self._api(now), outgoing, outgoing.video, saved)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """A read, then the one changing call: videos.update (youtube 2.9)."""
        if self._is_revision(outgoing):
            return revision.publish(self._api(now), outgoing)
        return publishing.publish(self._api(now), outgoing, saved)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Read the video back (youtube 2.7, 6)."""
        if self._is_revision(outgoing):
            return revision.find(self._api(now), outgoing)
        return publishing.find(self._api(now), outgoing, saved, since=since, known=known)

    def _is_revision(self, outgoing: Outgoing) -> bool:
        if outgoing.part not in self.capabilities.parts:
            raise Unsupported(self.capabilities.label, str(outgoing.part))
        return outgoing.part is Part.REVISION

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Delete the video; already gone is success (youtube 2.9)."""
        api = self._api(now)
        answer = api.send("DELETE", "/youtube/v3/videos", params={"id": external_id}, changes=True)
        if answer.status_code in {200, 204}:
            return
        is_named = api.refusal(answer).reason == "videoNotFound"
        if answer.status_code == 404 and (is_named or api.video("id", external_id) is None):
            return
        raise api.error(answer, changes=True)

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Views, likes and comments, 50 videos a call; more from the Analytics API where granted (youtube 4)."""
        return self._figures.posts(self._api(now), external_ids, with_analytics=self._may_analyse())

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """Subscribers and views of the channel; its last days from the Analytics API where granted (youtube 4)."""
        return self._figures.channel(self._api(now), with_analytics=self._may_analyse())

    def _may_analyse(self) -> bool:
        return cast(Settings, self.settings).use_analytics and may(ANALYTICS, self.credentials)

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """The public videos, 2 units of quota for every 50 uploads back to a month before `since` (youtube 6)."""
        found = audit.public_videos(self._api(now), since=since, until=until)
        return [Listed(one.id, permalink(one.id), one.at, one.title, one.text, None) for one in found]
