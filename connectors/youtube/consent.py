"""Connecting a channel: consent with PKCE, or a refresh token that was pasted (youtube 1.1 to 1.3)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode

import requests

from connectors.base import Account, Connected, Consent, Credentials, Problem
from connectors.errors import Misconfigured
from connectors.youtube.api import Api
from connectors.youtube.codes import SCOPE_WORDS
from connectors.youtube.settings import ANALYTICS_ENOUGH, ANALYTICS_SCOPE, ENOUGH, SCOPES, Settings
from connectors.youtube.tokens import exchange_code, refresh_grant

NO_CLIENT_WORDS = "Chưa khai báo mã ứng dụng (client id) và khóa bí mật (client secret) của YouTube."
STATE_WORDS = "Trang đồng ý trả về mã không khớp; hãy bắt đầu kết nối lại từ đầu."
REFUSED_WORDS = "Việc kết nối kênh YouTube chưa được đồng ý; hãy bắt đầu lại và bấm đồng ý."
OTHER_WORDS = "Quyền truy cập này thuộc một kênh YouTube khác; hãy kết nối lại và chọn đúng kênh."
LONG_WORDS = "Kênh chưa xác minh: video dài quá 15 phút sẽ bị từ chối. Hãy xác minh kênh tại youtube.com/verify."

ANALYTICS_WORDS = (
    "Kênh chưa cấp quyền đọc số liệu phân tích nên chưa có lượt chia sẻ; hãy kết nối lại và đồng ý với mọi quyền."
)


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
    token = pasted.get("refresh_token", "").strip()
    return [_connect(settings, refresh_grant(settings, token, "", now=now, http=http), now=now, http=http)]


def _connect(settings: Settings, credentials: Credentials, *, now: datetime, http: requests.Session) -> Connected:
    if not scope_is_enough(credentials):
        raise Misconfigured(SCOPE_WORDS, section="youtube 1.2")
    channel = Api(settings, http, credentials.values["access_token"], now=now).own_channel("snippet")
    return Connected(Account(channel["id"], channel.get("snippet", {}).get("title", channel["id"])), credentials)


def scope_is_enough(credentials: Credentials) -> bool:
    """Whether what was granted covers every call. An unknown grant is left to the calls themselves."""
    granted = credentials.values.get("scope", "").split()
    return not granted or bool(ENOUGH & set(granted))


def may_ask_analytics(credentials: Credentials) -> bool:
    """Whether the grant covers the Analytics API. An unknown grant is left to the call itself."""
    granted = credentials.values.get("scope", "").split()
    return not granted or bool(ANALYTICS_ENOUGH & set(granted))


def find_access_problems(api: Api, account: Account, credentials: Credentials) -> list[Problem]:
    """What a person should know about this access; empty when all is well. Raises when it does not work."""
    channel = api.own_channel("snippet,status")
    problems = []
    if not scope_is_enough(credentials):
        problems.append(Problem("channel", SCOPE_WORDS))
    if api.settings.use_analytics and not may_ask_analytics(credentials):
        problems.append(Problem("channel", ANALYTICS_WORDS, blocks=False))
    if channel.get("id") != account.external_id:
        problems.append(Problem("channel", OTHER_WORDS))
    if channel.get("status", {}).get("longUploadsStatus") in {"disallowed", "eligible"}:
        problems.append(Problem("channel", LONG_WORDS, blocks=False))
    return problems
