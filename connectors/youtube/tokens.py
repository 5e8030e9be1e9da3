"""Tokens: the code exchange and the refresh grant (youtube 1.3 to 1.6), and what is kept with them.

access_token, refresh_token, scope   as Google gave them; scope is what was granted, not what was asked for
authorized_at                        when the person agreed (4.3)
checked_at                           when Google last confirmed it, which every refresh is (4.3)
refresh_expires_at                   when the refresh token dies, only where its life is limited (1.4)

Times are written like 2026-11-22T09:00:00Z.

google-auth makes the refresh request. Two of its habits are kept out through its public transport
interface: it would retry with pauses of its own (a connector never sleeps), and it would date the token by
the computer's clock (time is passed in). It is imported when a token is refreshed, because all of X.509 comes with it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connectors.base import Credentials
from connectors.errors import Misconfigured, Reconnect, Unavailable
from connectors.http import call
from connectors.youtube.api import Json, json_object
from connectors.youtube.codes import BUSY_WORDS, classify_token, read_refusal
from connectors.youtube.settings import Settings

EARLY = timedelta(minutes=5)
"""A token is refreshed this long before it dies."""

SECONDS_MAX = 1_000_000_000
"""More than thirty years; whoever names a longer life than that names none."""

CODE_WORDS = "Google không chấp nhận mã đồng ý (đã dùng hoặc đã quá hạn); hãy bắt đầu kết nối lại từ đầu."
NO_REFRESH_WORDS = "Google không cấp mã làm mới; hãy kết nối lại và đồng ý với mọi quyền được hỏi."


class _Answer:
    """A successful answer in the shape google-auth reads (`google.auth.transport.Response`)."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    @property
    def status(self) -> int:
        return self._answer.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    @property
    def data(self) -> bytes:
        return self._answer.content


class _OneTry:
    """A transport (`google.auth.transport.Request`) that asks once: anything but a success is raised at once, so
    nothing is left to retry."""

    def __init__(self, settings: Settings, http: requests.Session, now: datetime) -> None:
        self._settings = settings
        self._http = http
        self._now = now
        self.grant: Json = {}

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> _Answer:
        answer = _ask(self._settings, self._http, url, method=method, data=body, headers=headers)
        self.grant = _grant(answer, now=self._now)
        return _Answer(answer)


def refresh_grant(
    settings: Settings, values: Mapping[str, str], *, now: datetime, http: requests.Session
) -> Credentials:
    """New credentials from the `values` of old ones; the granted scope is sent along, or none when it is unknown.

    Raises `Reconnect` when the refresh token is dead, `Misconfigured` when the client is not accepted,
    `Blocked` when an administrator forbids it, `Unavailable` when Google gave no usable answer.
    """
    refresh_token = values.get("refresh_token", "")
    if not refresh_token:
        raise Reconnect(NO_REFRESH_WORDS, section="youtube 1.3")
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2.credentials import Credentials as GoogleCredentials

    google_credentials: Any = GoogleCredentials  # google-auth declares no types on it
    google = google_credentials(
        token=None,
        refresh_token=refresh_token,
        token_uri=settings.token_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        scopes=values.get("scope", "").split() or None,
    )
    request = _OneTry(settings, http, now)
    try:
        google.refresh(request)
    except (GoogleAuthError, ValueError, TypeError) as error:
        raise Unavailable(BUSY_WORDS, section="youtube 1.6", evidence=type(error).__name__) from None
    return _credentials(request.grant, values, now=now)


def exchange_code(
    settings: Settings, code: str, verifier: str, redirect_uri: str, *, now: datetime, http: requests.Session
) -> Credentials:
    """Credentials for the code that came back from the consent page. Raises as `refresh_grant` does, but a code that
    is not accepted is `Misconfigured`: there is no access yet that could be renewed."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.get_secret_value(),
        "redirect_uri": redirect_uri,
    }
    try:
        grant = _grant(_ask(settings, http, settings.token_url, method="POST", data=form), now=now)
    except Reconnect as error:
        raise Misconfigured(CODE_WORDS, code=error.code, section="youtube 1.5", evidence=error.evidence) from None
    if not grant.get("refresh_token"):
        raise Misconfigured(NO_REFRESH_WORDS, section="youtube 1.1")
    return _credentials(grant, {}, now=now)


def _ask(
    settings: Settings,
    http: requests.Session,
    url: str,
    *,
    method: str,
    data: Mapping[str, str] | bytes | None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    # A lost answer costs nothing: a refresh may be repeated, and a lost exchange means to consent once more.
    timeout = (settings.connect_timeout, settings.read_timeout)
    return call(http, method, url, timeout=timeout, changes=False, data=data, headers=headers)


def _grant(answer: requests.Response, *, now: datetime) -> Json:
    found = json_object(answer) if answer.status_code == 200 else None
    if found is None or not isinstance(found.get("access_token"), str):
        raise classify_token(read_refusal(answer, now=now), now=now)
    return found


def _credentials(grant: Json, earlier: Mapping[str, str], *, now: datetime) -> Credentials:
    """By our own `now`, never by the computer's clock. An answer without `expires_in` is trusted for no time."""
    expires_at = now + (_seconds(grant.get("expires_in")) or timedelta(0))
    values = {
        "access_token": str(grant["access_token"]),
        "refresh_token": str(grant.get("refresh_token") or earlier["refresh_token"]),
        "scope": str(grant.get("scope") or earlier.get("scope", "")),
        "authorized_at": earlier.get("authorized_at") or write_time(now),
        "checked_at": write_time(now),
    }
    life = _seconds(grant.get("refresh_token_expires_in"))
    if life is not None:
        values["refresh_expires_at"] = write_time(now + life)
    elif values["refresh_token"] == earlier.get("refresh_token") and "refresh_expires_at" in earlier:
        values["refresh_expires_at"] = earlier["refresh_expires_at"]
    return Credentials(values, expires_at=expires_at, refresh_at=expires_at - EARLY)


def _seconds(told: object) -> timedelta | None:
    try:
        return timedelta(seconds=max(0.0, min(float(str(told)), SECONDS_MAX)))
    except ValueError:
        return None


def write_time(at: datetime) -> str:
    """An aware time as Google writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
