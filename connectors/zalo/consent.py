"""Access to an OA: consent with PKCE, the code exchange, a pasted pair, and the refresh (zalo 1)."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from connectors.base import Account, Connected, Consent, Credentials
from connectors.errors import Misconfigured, Reconnect
from connectors.http import call
from connectors.zalo.api import Api, json_object, no_answer
from connectors.zalo.codes import MEANINGS, OK, UNKNOWN_TOKEN, error_for, number
from connectors.zalo.settings import Settings

LIFETIME = timedelta(hours=25)
"""Of an access token (zalo 1.6), for an answer that does not tell it."""
REFRESH_EVERY = timedelta(hours=12)
"""Never only once a day: one missed run would use up the margin (zalo 1.6)."""

_TOLD = ("error_name", "error_description", "error_reason", "message")

_log = logging.getLogger(__name__)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a PKCE verifier: base64url of the raw digest, without padding (zalo 1.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()


def begin(settings: Settings, *, redirect_uri: str, state: str, verifier: str) -> Consent:
    """The permission page; exactly the four parameters that Zalo's own SDK sends (zalo 1.1)."""
    if not settings.app_id or not settings.app_secret.get_secret_value():
        raise Misconfigured("Chưa cấu hình app_id và app_secret của ứng dụng Zalo.", section="zalo 1.1")
    verifier = settings.pkce_verifier or verifier
    query = {
        "app_id": settings.app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_of(verifier),
        "state": state,
    }
    url = f"{settings.oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(query)}"
    return Consent(url, state, verifier, redirect_uri)


def finish(
    settings: Settings, consent: Consent, answer: Mapping[str, str], *, now: datetime, http: requests.Session
) -> list[Connected]:
    """The OA that was granted, from the query that came back (zalo 1.2 and 1.3).

    Raises `Misconfigured` when the state differs, the person refused, or the OA is not the one named.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), consent.state.encode()):
        raise Misconfigured("Câu trả lời cấp quyền không khớp với yêu cầu đã gửi; hãy kết nối lại.", section="zalo 1.2")
    if not answer.get("code"):
        raise Misconfigured("Người quản trị Zalo OA chưa đồng ý cấp quyền.", section="zalo 1.2")
    form = {
        "app_id": settings.app_id,
        "code": answer["code"],
        "grant_type": "authorization_code",
        "code_verifier": consent.verifier,
    }
    credentials = _credentials(settings, form, "", now=now, http=http)
    account = _account(get_oa(settings, credentials.values["access_token"], now=now, http=http))
    if answer.get("oa_id") and answer["oa_id"] != account.external_id:
        raise Misconfigured("Zalo OA đã cấp quyền không trùng với mã truy cập nhận được.", section="zalo 1.2")
    return [Connected(account, credentials)]


def adopt(settings: Settings, pasted: Mapping[str, str], *, now: datetime, http: requests.Session) -> list[Connected]:
    """The OA of a pasted pair of tokens (zalo 1.1, "unblocking trick")."""
    values = {name: pasted.get(name, "").strip() for name in ("access_token", "refresh_token")}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise Misconfigured(f"Thiếu {' và '.join(missing)}; hãy dán đủ cặp mã lấy từ API Explorer của Zalo.")
    account = _account(get_oa(settings, values["access_token"], now=now, http=http))
    # How old a pasted pair is, nobody knows: it is refreshed at the first chance.
    return [Connected(account, Credentials(values, expires_at=None, refresh_at=now))]


def refresh(settings: Settings, old: Credentials, *, now: datetime, http: requests.Session) -> Credentials:
    """A new pair for the old one, which dies with it (zalo 1.4, 1.5).

    Raises `Reconnect` when the refresh token is used up, and `Unconfirmed` when the answer was lost: then
    the pair may have changed at Zalo, and only a probe with the old access token tells (zalo 1.8).
    """
    form = {
        "app_id": settings.app_id,
        "grant_type": "refresh_token",
        "refresh_token": old.values.get("refresh_token", ""),
    }
    if not form["refresh_token"]:
        raise Reconnect("Không còn mã làm mới của Zalo; hãy kết nối lại Zalo OA.", section="zalo 1.5")
    return _credentials(settings, form, form["refresh_token"], now=now, http=http)


def get_oa(settings: Settings, access_token: str, *, now: datetime, http: requests.Session) -> dict[str, Any]:
    """What Zalo tells about the OA of this token (zalo 5.1)."""
    return Api(settings, access_token, http).read("/v2.0/oa/getoa", now=now)


def oa_id(told: Mapping[str, Any]) -> str:
    """The OA's id: `oaid` in the documents, `oa_id` in live code (zalo 5.1)."""
    return str(told.get("oaid") or told.get("oa_id") or "")


def _account(told: Mapping[str, Any]) -> Account:
    if not oa_id(told):
        raise Misconfigured("Zalo không cho biết mã của OA; hãy kết nối lại.", section="zalo 5.1")
    return Account(oa_id(told), str(told.get("name") or oa_id(told)))


def _credentials(
    settings: Settings, form: dict[str, str], old_refresh_token: str, *, now: datetime, http: requests.Session
) -> Credentials:
    body = _ask_for_tokens(settings, form, now=now, http=http)
    refresh_token = str(body.get("refresh_token") or "")
    if not refresh_token:
        _log.warning("zalo_no_new_refresh_token: the old one is kept, a new consent will be needed (zalo 1.5)")
    seconds = number(body.get("expires_in")) or 0
    lifetime = timedelta(seconds=seconds) if seconds > 0 else LIFETIME
    return Credentials(
        {"access_token": str(body["access_token"]), "refresh_token": refresh_token or old_refresh_token},
        expires_at=now + lifetime,
        refresh_at=now + min(REFRESH_EVERY, lifetime / 2),
    )


def _ask_for_tokens(
    settings: Settings, form: dict[str, str], *, now: datetime, http: requests.Session
) -> dict[str, Any]:
    response = call(
        http,
        "POST",
        settings.oauth_url.rstrip("/") + "/v4/oa/access_token",
        timeout=settings.timeout,
        changes=True,
        headers={"secret_key": settings.app_secret.get_secret_value()},
        data=form,
    )
    if response.status_code == 200 and not response.content.strip():
        raise Reconnect(
            "Zalo không cấp mã truy cập mới vì mã làm mới đã được dùng; hãy kết nối lại Zalo OA.",
            section="zalo 1.7",
            evidence="empty body",
        )
    body = json_object(response)
    told = body.get("error")
    code = number(told)
    refused = code not in (None, OK) or (isinstance(told, str) and told in MEANINGS)
    if response.status_code != 200 or not (refused or body.get("access_token")):
        raise no_answer(response, changes=True)
    if not refused:
        return body
    seen = " / ".join(str(body[name]) for name in _TOLD if body.get(name))
    secrets = [form.get(name, "") for name in ("code", "code_verifier", "refresh_token")]
    for secret in filter(None, (*secrets, settings.app_secret.get_secret_value())):
        seen = seen.replace(secret, "***")
    raise error_for(str(told) if code is None else code, seen, UNKNOWN_TOKEN, now=now)
