"""Connecting a channel: consent with PKCE, or a refresh token that was pasted (youtube 1.1 to 1.3)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import requests

from connectors.base import Account, Connected, Consent, Credentials
from connectors.errors import Misconfigured
from connectors.youtube.api import Api
from connectors.youtube.codes import SCOPE_WORDS
from connectors.youtube.scopes import ANALYTICS_SCOPE, PUBLISH, SCOPES, may
from connectors.youtube.settings import Settings
from connectors.youtube.tokens import exchange_code, refresh_grant

NO_CLIENT_WORDS = "Chưa khai báo mã ứng dụng (client id) và khóa bí mật (client secret) của YouTube."
STATE_WORDS = "Trang đồng ý trả về mã không khớp; hãy bắt đầu kết nối lại từ đầu."
REFUSED_WORDS = "Việc kết nối kênh YouTube chưa được đồng ý; hãy bắt đầu lại và bấm đồng ý."


def begin_consent(settings: Settings, *, redirect_uri: str, state: str, verifier: str) -> Consent:
    """The address of Google's consent page. `prompt=consent` makes it give a refresh token every time."""
    if not settings.client_id or not settings.client_secret.get_secret_value():
        raise Misconfigured(NO_CLIENT_WORDS, section="youtube 1.1")
    scopes = (*SCOPES, ANALYTICS_SCOPE) if settings.use_analytics else SCOPES
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    query = {
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(scopes),
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return Consent(f"{settings.auth_url}?{urlencode(query)}", state, verifier, redirect_uri)


def finish_consent(
    settings: Settings, consent: Consent, answer: Mapping[str, str], *, now: datetime, http: requests.Session
) -> list[Connected]:
    """Exchange the code and ask whose channel it is."""
    if not hmac.compare_digest(answer.get("state", "").encode(), consent.state.encode()):
        raise Misconfigured(STATE_WORDS, section="youtube 1.1")
    if answer.get("error") or not answer.get("code"):
        raise Misconfigured(REFUSED_WORDS, code=answer.get("error", "")[:60], section="youtube 1.5")
    credentials = exchange_code(settings, answer["code"], consent.verifier, consent.redirect_uri, now=now, http=http)
    return [_connect(settings, credentials, now=now, http=http)]


def adopt_token(
    settings: Settings, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
) -> list[Connected]:
    """The channel behind a pasted refresh token."""
    credentials = refresh_grant(
        settings, {"refresh_token": pasted.get("refresh_token", "").strip()}, now=now, http=http
    )
    return [_connect(settings, credentials, now=now, http=http)]


def _connect(settings: Settings, credentials: Credentials, *, now: datetime, http: requests.Session) -> Connected:
    if not may(PUBLISH, credentials):
        raise Misconfigured(SCOPE_WORDS, section="youtube 1.2")
    channel = Api(settings, http, credentials.values["access_token"], now=now).own_channel("snippet")
    return Connected(Account(channel["id"], channel.get("snippet", {}).get("title", channel["id"])), credentials)
