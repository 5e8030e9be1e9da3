"""The connector of one YouTube channel: uploaded private ahead of time, made public by one small call."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

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
    NotThere,
    Outgoing,
    Problem,
    Published,
    Receipt,
    Saved,
    Step,
    Unclear,
)
from connectors.errors import Blocked, Rejected, Unavailable, Unconfirmed
from connectors.youtube import audit, checks, figures, memory, processing
from connectors.youtube.additions import Additions
from connectors.youtube.analytics import Analytics
from connectors.youtube.api import Api
from connectors.youtube.codes import DAY, LOST_WORDS, VISIBILITY_WORDS
from connectors.youtube.consent import (
    adopt_token,
    begin_consent,
    find_access_problems,
    finish_consent,
    may_ask_analytics,
)
from connectors.youtube.readback import find_candidates, read_time
from connectors.youtube.settings import Options, Settings
from connectors.youtube.tokens import refresh_grant
from connectors.youtube.upload import AMBIGUOUS_WORDS, Uploader, ask_session

NOT_READY_WORDS = "Video chưa tải lên xong nên chưa thể công khai; hệ thống sẽ chuẩn bị lại."


class YouTubeChannel(Connector):
    """One channel. `prepare` ends with a processed private video; `publish` is a single videos.update.

    `spent` counts the units of quota this piece of work has used, by bucket (youtube 3).
    """

    Settings = Settings
    Options = Options
    capabilities = Capabilities(
        platform="youtube",
        label="YouTube",
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
        self.spent: Counter[str] = Counter()
        self._uploader = Uploader()
        self._additions = Additions()
        self._analytics = Analytics()

    def _api(self, now: datetime) -> Api:
        token = self.credentials.values.get("access_token", "")
        return Api(cast(Settings, self.settings), self.http, token, now=now, spent=self.spent)

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
        values = self.credentials.values
        return refresh_grant(
            cast(Settings, self.settings),
            values.get("refresh_token", ""),
            values.get("scope", ""),
            now=now,
            http=self.http,
        )

    def health(self, *, now: datetime) -> list[Problem]:
        """Whether the token works, belongs to this channel and may do everything (1 unit of quota)."""
        return find_access_problems(self._api(now), self.account, self.credentials)

    # Publishing ----------------------------------------------------------------------------------------

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Title, description in bytes, tags, video, cover and options (youtube 2.5)."""
        return checks.find_problems(outgoing)

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """One step: session, chunks, processing, cover, captions, playlist; all the time private (youtube 2).

        Cover, captions and playlist never stop the video; what failed is kept in `saved` under
        thumbnail_problem, captions_problem and playlist_problem, and told as warnings.
        """
        problems = [problem.words for problem in self.check(outgoing) if problem.blocks]
        if problems or outgoing.video is None:
            raise Rejected(" ".join(problems), section="youtube 2.5")
        saved = memory.fitted(saved, outgoing.video)
        if saved.get("video_id"):
            step = processing.next_step(self._api(now), outgoing, saved, self._additions)
            failed = [str(words) for name, words in sorted(step.saved.items()) if name.endswith("_problem") and words]
            return replace(step, warnings=tuple(failed))
        return self._uploader.step(self._api(now), outgoing, outgoing.video, saved)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """Set it public, with every other mutable status field as it stands (youtube 2.9).

        The call may be repeated, but a lost answer is still `Unconfirmed`: the video may be public, and
        nobody may take it for waiting. Raises `Blocked` when YouTube keeps another visibility (youtube 2.7).
        """
        video_id, status = saved.get("video_id"), saved.get("status")
        if not video_id or not status:
            raise Unavailable(NOT_READY_WORDS)
        api = self._api(now)
        body = {"id": video_id, "status": {**status, "privacyStatus": "public"}}
        answer = api.send("PUT", "/youtube/v3/videos", params={"part": "status"}, json=body, changes=True)
        video = api.body(answer, changes=True)
        privacy = (video.get("status") or {}).get("privacyStatus")
        if video.get("id") != video_id or not privacy:
            raise Unconfirmed(LOST_WORDS, section="youtube 2.9")
        if privacy != "public":
            raise Blocked(VISIBILITY_WORDS, until=now + DAY, code=str(privacy), section="youtube 2.7")
        return Receipt(video_id, permalink(video_id), now)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Look the video up by its id, or read it back when its id was never learned (youtube 6)."""
        api = self._api(now)
        video_id = saved.get("video_id") or self._finished_session(api, saved)
        if video_id:
            video = api.video("status,snippet", video_id)
            found = [] if video is None else [video]
        else:
            opened_at = read_time(saved.get("opened_at")) or since
            found = find_candidates(api, outgoing, since=opened_at, known=known)
        if len(found) > 1:
            return Unclear(AMBIGUOUS_WORDS)
        if not found or found[0].get("status", {}).get("privacyStatus") != "public":
            return NotThere()
        # publishedAt may be the time of the upload (youtube 6), which is not when it became public.
        at = read_time(found[0].get("snippet", {}).get("publishedAt"))
        return Receipt(found[0]["id"], permalink(found[0]["id"]), at if at and at >= since else None)

    def _finished_session(self, api: Api, saved: Saved) -> str:
        return ask_session(api, saved).video_id if saved.get("session_uri") else ""

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Delete the video; already gone is success (youtube 2.9)."""
        api = self._api(now)
        answer = api.send("DELETE", "/youtube/v3/videos", params={"id": external_id}, changes=True)
        gone = answer.status_code == 404 and api.refusal(answer).reason == "videoNotFound"
        if answer.status_code not in {200, 204} and not gone:
            raise api.error(answer, changes=True)

    # Figures -------------------------------------------------------------------------------------------

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Views, likes and comments, 50 videos a call; shares where the analytics are granted (youtube 4)."""
        return figures.read_posts(self._api(now), external_ids, self._usable_analytics())

    def _usable_analytics(self) -> Analytics | None:
        wanted = cast(Settings, self.settings).use_analytics and may_ask_analytics(self.credentials)
        return self._analytics if wanted else None

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """Subscribers and views of the channel (youtube 4.1)."""
        return figures.read_channel(self._api(now))

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """The public videos, 2 units of quota for every 50 uploads back to a month before `since` (youtube 6)."""
        found = audit.public_videos(self._api(now), since=since, until=until)
        return [Listed(one.id, permalink(one.id), one.at, one.title, one.text, None) for one in found]


def permalink(video_id: str) -> str:
    """The address people share."""
    return f"https://youtu.be/{video_id}"
