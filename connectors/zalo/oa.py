"""The connector of a Zalo Official Account: each post is an article, with a body or with a video (zalo 2)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import requests
from pydantic import BaseModel

from connectors.base import (
    Accepted,
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
    Receipt,
    Saved,
    Step,
    Unclear,
)
from connectors.errors import Misconfigured, Rejected
from connectors.zalo import article, audit
from connectors.zalo import consent as access
from connectors.zalo.api import Api
from connectors.zalo.codes import number
from connectors.zalo.draft import FIRST_ASK, LIST_PAGES, Draft
from connectors.zalo.listing import KINDS, Row, detail, find_row, newest
from connectors.zalo.settings import Options, Settings
from connectors.zalo.upload import SUFFIXES

API_VERSION = "v2.0"
_CLOCKS = timedelta(minutes=2)


class ZaloOA(Connector):
    """One Official Account. Articles are created hidden and shown at their hour by one repeatable update."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform="zalo",
        label="Zalo OA",
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
        looks=tuple(timedelta(seconds=seconds) for seconds in (15, 60, 120, 300, 600)),
        metrics=(Metric.VIEWS, Metric.SHARES, Metric.FOLLOWERS),
        usual_slots=("08:00",),
        abilities=frozenset({"withdraw", "refresh", "rotating_refresh"}),
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
        self._api = Api(self._own, credentials.values.get("access_token", ""), http)

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
        """A new pair; the old one dies (zalo 1.4). Raises `Reconnect` or, when the answer was lost, `Unconfirmed`."""
        return access.refresh(self._own, self.credentials, now=now, http=self.http)

    def probe(self, *, now: datetime) -> Account:
        """The OA the current access token belongs to: after a lost refresh, does it still live? (zalo 1.8)."""
        told = self._api.read("/v2.0/oa/getoa", now=now)
        return Account(access.oa_id(told), str(told.get("name") or ""))

    def health(self, *, now: datetime) -> list[Problem]:
        """Whether the token works, belongs to this OA, and the OA is verified (zalo 5.1)."""
        told = self._api.read("/v2.0/oa/getoa", now=now)
        if access.oa_id(told) != self.account.external_id:
            raise Misconfigured("Mã truy cập thuộc về một Zalo OA khác; hãy kết nối lại đúng OA.", section="zalo 5.1")
        if told.get("is_verified") is False:
            return [Problem("channel", "Zalo OA chưa được xác thực; một số chức năng sẽ bị từ chối.", blocks=False)]
        return []

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Limits of an article, its pictures and its video (zalo 2.1, 2.2, 2.6)."""
        return article.problems(outgoing, self.capabilities, self._own, self.account.name)

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Send a video, note the list, create the article hidden, ask until it is processed (see `Draft`)."""
        return Draft(self._api, self._own, self.account.name, outgoing, now=now).step(saved)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Accepted:
        """Show the article: the whole of it again with its id (zalo 2.4). Repeating it changes nothing."""
        video_id = str((saved.get("video") or {}).get("id") or "")
        shown = article.payload(outgoing, self._own, self.account.name, status="show", video_id=video_id)
        data = self._api.change("/v2.0/article/update", {**shown, "id": saved["id"]}, now=now)
        return Accepted({**saved, "update_ticket": str(data.get("token") or "")}, look_after=FIRST_ASK)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Whether our article is shown; its address and time come from the list (zalo 2.4, 2.5)."""
        article_id = str(saved.get("id") or "")
        if not article_id:
            return NotThere()
        if article_id in known:
            return Unclear("Bài này trên Zalo đã được ghi cho một lần đăng khác; cần người kiểm tra.")
        status = self._status(article_id, now=now)
        if status and status != "show":
            return NotThere()
        row = find_row(self._rows([article.kind_of(outgoing)], LIST_PAGES, now=now), article_id)
        if (status or (row.status if row else "")) != "show":
            return NotThere()
        # The update time is when it was shown; an older one is the time of the hidden article.
        shown_at = row.updated if row and row.updated and row.updated >= since - _CLOCKS else None
        return Receipt(article_id, row.link if row else "", shown_at)

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Remove the article. What Zalo answers for one that is gone is unverified, so the list decides (zalo 2.4)."""
        try:
            self._api.change("/v2.0/article/remove", {"id": external_id}, now=now)
        except Rejected:
            rows = self._rows(KINDS, self._own.pages_max, now=now)
            if detail(self._api, external_id, now=now) or find_row(rows, external_id):
                raise

    def _status(self, article_id: str, *, now: datetime) -> str:
        """show or hide; "" when Zalo does not tell: of a video it may tell the state of the file (zalo 2.4)."""
        told = detail(self._api, article_id, now=now) or {}
        return told["status"] if told.get("status") in ("show", "hide") else ""

    def _rows(self, kinds: Sequence[str], calls: int, *, now: datetime) -> Iterator[Row]:
        return newest(self._api, kinds, self._own.page_limit, calls, now=now)

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Views and shares of these articles, of both types: ten a call, until all were seen (zalo 2.5, 5.4)."""
        wanted = set(external_ids)
        figures: list[Figure] = []
        if not wanted:
            return figures
        for row in self._rows(KINDS, self._own.pages_max, now=now):
            if row.id in wanted:
                wanted.discard(row.id)
                figures += _figures(row)
            if not wanted:
                break
        return figures

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The number of followers at this moment (zalo 5.4)."""
        told = self._api.read("/v2.0/oa/getoa", now=now)
        value = number(told.get("num_follower"))
        words = "Số người quan tâm OA tại thời điểm đọc (getoa)."
        return [Figure("", Metric.FOLLOWERS, value, "num_follower", API_VERSION, words)]

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """The shown articles of both types that existed, or were changed, in the period (zalo 2.5)."""
        return audit.list_shown(self._api, self._own, since=since, until=until, now=now)


def _figures(row: Row) -> list[Figure]:
    views = "Lượt xem bài viết, cộng dồn từ khi tạo, không phải số người; Zalo không công bố cách đếm (getslice)."
    shares = "Lượt chia sẻ bài viết, cộng dồn từ khi tạo (getslice)."
    return [
        Figure(row.id, Metric.VIEWS, row.views, "total_view", API_VERSION, views),
        Figure(row.id, Metric.SHARES, row.shares, "total_share", API_VERSION, shares),
    ]


def _own(settings: BaseModel) -> Settings:
    if not isinstance(settings, Settings):
        raise TypeError("ZaloOA needs connectors.zalo.settings.Settings")
    return settings
