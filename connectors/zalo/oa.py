"""The connector of a Zalo Official Account: each post is an article, with a body or with a video (zalo 2)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

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
from connectors.errors import Rejected, Unsupported
from connectors.zalo import article, audit, broadcast, budgets, direct, draft, figures, health, revision, showing
from connectors.zalo import consent as access
from connectors.zalo.api import Api
from connectors.zalo.by_hand import BY_HAND
from connectors.zalo.listing import KINDS, detail, find_row, newest
from connectors.zalo.settings import Options, Settings
from connectors.zalo.upload import SUFFIXES
from connectors.zalo.work import Run, Work

LOOKS = (60, 60, 180, 300, 360)
"""Seconds: 1, 2, 5, 10 and 16 minutes after a lost answer (zalo 9.2, 9.5). After an answer the looks end later than
the quarter of an hour that Zalo may take over an article, so that none in work is ever called missing."""


class ZaloOA(Connector):
    """One Official Account. Articles are created hidden and shown at their hour by one repeatable update."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="zalo",
        label="Zalo OA",
        mark="ZA",
        kinds=frozenset({Kind.TEXT, Kind.LINK, Kind.IMAGE, Kind.ALBUM, Kind.ARTICLE, Kind.VIDEO}),
        # Neither the text of an article nor its number of pictures has a documented limit (zalo 2.1).
        text_max=20_000,
        text_unit="characters",
        title_max=140,
        summary_max=250,
        images_max=20,
        image_bytes_max=1_000_000,
        image_types=("image/jpeg", "image/png"),
        video_bytes_max=50_000_000,
        video_types=tuple(SUFFIXES),
        needs_public_media=True,
        prepare_ahead=timedelta(hours=6),
        looks=tuple(timedelta(seconds=seconds) for seconds in LOOKS),
        metrics=(Metric.VIEWS, Metric.SHARES, Metric.FOLLOWERS),
        usual_slots=("08:00",),
        abilities=frozenset({"withdraw", "refresh", "rotating_refresh"}),
        parts=frozenset({Part.POST, Part.BROADCAST, Part.REVISION}),
        # An article opens with its cover and is read whole (zalo 2.1); how long a title its list shows is [U].
        look=Look("article"),
        needed_settings=("app_id", "app_secret"),
        pasted_tokens=("access_token", "refresh_token"),
        connect_steps=(
            "Tài khoản Zalo đang là quản trị viên của OA đã xác thực, gói dịch vụ có Open API.",
            "Ứng dụng của cơ quan trên Zalo for Developers, đã liên kết với OA và khai địa chỉ quay về.",
            "Ảnh của bài phải có địa chỉ công khai mà Zalo lấy được (mục Địa chỉ công khai của ảnh trong tệp .env).",
        ),
        by_hand=BY_HAND,
    )
    Settings: ClassVar[type[BaseModel]] = Settings
    Options: ClassVar[type[BaseModel]] = Options

    def __init__(
        self,
        settings: BaseModel,
        account: Account,
        credentials: Credentials,
        http: requests.Session,
        meter: Meter | None = None,
    ) -> None:
        super().__init__(settings, account, credentials, http, meter)
        self._own = _own(settings)
        self._api = Api(self._own, credentials.values.get("access_token", ""), http, self.meter)
        self._run = Run()

    @classmethod
    def budgets(cls, settings: BaseModel) -> tuple[Budget, ...]:
        """Calls in any minute, articles and broadcasts in a month (zalo 4.3, 7.1)."""
        return budgets.budgets(_own(settings))

    def costs(self, outgoing: Outgoing) -> Mapping[str, int]:
        """One article of the month, or one broadcast (zalo 4.3)."""
        return budgets.costs(outgoing.part)

    # Connecting ----------------------------------------------------------------------------------------

    @classmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """Zalo's permission page, for an administrator of the OA (zalo 1.1)."""
        return access.begin(_own(settings), redirect_uri=redirect_uri, state=state, verifier=verifier)

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
        """The OA that was granted (zalo 1.2, 1.3)."""
        return access.finish(_own(settings), consent, answer, now=now, http=http)

    @classmethod
    def adopt(
        cls, settings: BaseModel, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """The OA of a pair {"access_token", "refresh_token"} from Zalo's API Explorer (zalo 1.1)."""
        return access.adopt(_own(settings), pasted, now=now, http=http)

    def refresh(self, *, now: datetime) -> Credentials:
        """A new pair; the old one dies (zalo 1.4).

        Raises `Reconnect` when the refresh token is used up, `Unavailable` when not a byte was sent, and
        `Unconfirmed` when the answer was lost: then `probe` tells whether the pair has changed (zalo 1.8).
        """
        return access.refresh(self._own, self.credentials, now=now, http=self.http)

    def probe(self, *, now: datetime) -> Account:
        """The OA the current access token belongs to: after a lost refresh, does it still live? (zalo 1.8)."""
        told = self._api.read("/v2.0/oa/getoa", now=now)
        return Account(access.oa_id(told), str(told.get("name") or ""))

    def health(self, *, now: datetime) -> list[Finding]:
        """The OA, its package, its permissions and its tokens (zalo 1.6, 5.1, 7.2)."""
        return health.findings(self._api, self._own, self.account, self.credentials, now)

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Limits of an article, its pictures and its video, or of a broadcast (zalo 2.1, 2.2, 2.6, 4.1)."""
        if outgoing.part is Part.BROADCAST:
            return broadcast.problems(outgoing)
        if outgoing.part is Part.COMMENT:
            return [Problem("comment", "Zalo OA không có bình luận qua phần mềm; hãy bỏ phần bình luận.")]
        found = article.problems(outgoing, self.capabilities, self._own, self.account.name)
        return [*found, *revision.problems(outgoing)] if outgoing.part is Part.REVISION else found

    def next_open(self, part: Part, at: datetime) -> datetime:
        """Broadcasts are called between 06:00 and 21:15 in Việt Nam; articles at any hour (zalo 4.3, 7.4)."""
        return broadcast.next_window(at) if part is Part.BROADCAST else at

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Make the article hidden; of a part that follows, see that its articles are there."""
        work = self._work(outgoing, now)
        if outgoing.part is Part.BROADCAST:
            return broadcast.prepare(work)
        if outgoing.part is Part.REVISION:
            return revision.prepare(work, saved)
        hidden = self._own.two_phase_publish or saved.get("id") or saved.get("ticket")
        return draft.prepare(work, saved) if hidden else direct.prepare(work, saved)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """Show the hidden article, update the public one, or send the broadcast; in one phase, create it public."""
        work = self._work(outgoing, now)
        if outgoing.part is Part.BROADCAST:
            return broadcast.publish(work)
        if outgoing.part is Part.REVISION:
            return revision.publish(work, saved)
        hidden = self._own.two_phase_publish or saved.get("id")
        return showing.publish(work, saved) if hidden else direct.publish(work, saved)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Whether it is there (zalo 9); a broadcast only a person can find."""
        work = self._work(outgoing, now)
        if outgoing.part is Part.BROADCAST:
            return broadcast.find(work, since=since)
        if outgoing.part is Part.REVISION:
            return revision.find(work, saved, since=since)
        if saved.get("id"):
            return showing.find(work, saved, since=since, known=known)
        if saved.get("started_at"):
            return direct.find(work, saved, since=since, known=known)
        return direct.find_unmarked(work, saved, since=since, known=known)

    def _work(self, outgoing: Outgoing, now: datetime) -> Work:
        if outgoing.part not in self.capabilities.parts:
            raise Unsupported(self.capabilities.label, "bình luận")
        return Work(self._api, self._own, self._signature(outgoing, now), outgoing, now, self._run)

    def _signature(self, outgoing: Outgoing, now: datetime) -> str:
        """The OA's name; asked for where it could not be had when the OA was connected."""
        name = self.account.name
        if name != self.account.external_id or outgoing.part is Part.BROADCAST or outgoing.options.get("author"):
            return name
        told = self._api.read("/v2.0/oa/getoa", now=now)
        return str(told.get("name") or name)

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Remove the article. What Zalo answers for one that is gone is unverified, so the list decides (zalo 2.4)."""
        try:
            self._api.change("/v2.0/article/remove", {"id": external_id}, now=now)
        except Rejected:
            rows = newest(self._api, KINDS, self._own.page_limit, self._own.pages_max, now=now)
            if detail(self._api, external_id, now=now) or find_row(rows, external_id):
                raise

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Views and shares of these articles, of both types (zalo 2.5, 5.4)."""
        return figures.of_posts(self._api, self._own, external_ids, self.transcript, now=now)

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The number of followers at this moment (zalo 5.4)."""
        return figures.of_channel(self._api, self.transcript, now=now)

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """The shown articles of both types that existed, or were changed, in the period (zalo 2.5)."""
        return audit.list_shown(self._api, self._own, since=since, until=until, now=now)


def _own(settings: BaseModel) -> Settings:
    if not isinstance(settings, Settings):
        raise TypeError("ZaloOA needs connectors.zalo.settings.Settings")
    return settings
