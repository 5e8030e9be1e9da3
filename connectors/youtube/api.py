"""Calls to the Data API with a Bearer header: one call, one answer, one class of error.

Session addresses are opaque and secret: they are never rebuilt and never shown (youtube 2.1).
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from connectors.errors import ConnectorError, Misconfigured, Reconnect
from connectors.http import call, json_of
from connectors.meter import Meter
from connectors.transcript import Transcript
from connectors.youtube.codes import NO_CHANNEL_WORDS, TOKEN_WORDS, Refusal, classify, read_refusal
from connectors.youtube.quota import cost
from connectors.youtube.settings import Settings

Json = dict[str, Any]

IDS_MAX = 50
"""Ids in one call of videos.list or batchGetStats (youtube 4.1)."""
REPORTS = "/v2/reports"
"""The one path that is the Analytics API's (youtube 4.2)."""


class Api:
    """The Data API, seen by one access token at one moment (`now`, aware UTC).

    `meter` is told of every call just before it is sent (youtube 3).
    """

    def __init__(
        self,
        settings: Settings,
        http: requests.Session,
        token: str,
        *,
        now: datetime,
        meter: Meter | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        if not token:
            raise Reconnect(TOKEN_WORDS, refresh_first=True, section="youtube 1.3")
        self.settings = settings
        self.http = http
        self.now = now
        self.meter = meter or Meter()
        self.transcript = transcript or Transcript()
        self._token = token

    def send(
        self,
        method: str,
        url: str,
        *,
        changes: bool = False,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Json | None = None,
        data: bytes | None = None,
    ) -> requests.Response:
        """One request; `url` is a path below the API's host or a whole session address. Any status is returned.

        `changes` is true where repeating the call blindly is not allowed (see `connectors.http.call`).
        A refused call costs its units too; calls to a session address cost none (youtube 3). Raises
        `OverBudget`, and sends nothing, when the call costs more than is left.
        """
        as_given = not url.startswith("/")
        if url == REPORTS:
            url = self.settings.analytics_url.rstrip("/") + url
        elif not as_given:
            self.meter.spend(*cost(method, url, self.settings))
            url = self.settings.api_url.rstrip("/") + url
        self.meter.calls += 1
        return call(
            self.http,
            method,
            url,
            timeout=(self.settings.connect_timeout, self.settings.read_timeout),
            changes=changes,
            as_given=as_given,
            params=params,
            headers={"Authorization": f"Bearer {self._token}", **(headers or {})},
            json=json,
            data=data,
        )

    def read(self, path: str, params: Mapping[str, str]) -> Json:
        """A GET that changes nothing. Raises a `ConnectorError` for anything but a JSON object."""
        return self.body(self.send("GET", path, params=params), changes=False)

    def body(self, answer: requests.Response, *, changes: bool) -> Json:
        """The JSON object of a success. Raises the class of anything else."""
        if answer.status_code in {200, 201}:
            found = json_object(answer)
            if found is not None:
                return found
        raise self.error(answer, changes=changes)

    def error(self, answer: requests.Response, *, changes: bool) -> ConnectorError:
        """The class of an answer that is not the success hoped for."""
        return classify(self.refusal(answer), now=self.now, changes=changes)

    def refusal(self, answer: requests.Response) -> Refusal:
        """What the answer says, without our own token should it be echoed."""
        found = read_refusal(answer, now=self.now)
        return dataclasses.replace(found, message=found.message.replace(self._token, "***"))

    # Reads that several modules need -------------------------------------------------------------------

    def own_channel(self, part: str) -> Json:
        """The channel of the account. Raises `Misconfigured` when it has none (youtube 4.1: two ways to say so)."""
        found = items(self.read("/youtube/v3/channels", {"part": part, "mine": "true"}))
        if not found:
            raise Misconfigured(NO_CHANNEL_WORDS, section="youtube 4.1")
        return found[0]

    def videos(self, part: str, ids: list[str]) -> list[Json]:
        """Up to 50 videos; those that are missing or foreign are left out (youtube 4.1: two ways to say so)."""
        answer = self.send("GET", "/youtube/v3/videos", params={"part": part, "id": ",".join(ids)})
        if answer.status_code == 404 and self.refusal(answer).reason == "videoNotFound":
            return []
        return items(self.body(answer, changes=False))

    def video(self, part: str, video_id: str) -> Json | None:
        """One video, or None when YouTube does not show it."""
        return next((item for item in self.videos(part, [video_id]) if item.get("id") == video_id), None)


def items(page: Json) -> list[Json]:
    """The entries of a list; it is absent where there are none."""
    found = page.get("items")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def json_object(answer: requests.Response) -> Json | None:
    """The body as a JSON object, or None when it is anything else."""
    try:
        found = json_of(answer)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
