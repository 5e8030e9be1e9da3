"""Access to an OA: consent with PKCE, the code exchange, a pasted pair, and the refresh (zalo 1)."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from connectors.base import Account, Connected, Consent, Credentials
from connectors.errors import ConnectorError, Misconfigured, Reconnect, Unconfirmed
from connectors.http import call
from connectors.zalo.api import Api, json_object, no_answer
from connectors.zalo.codes import MEANINGS, OK, UNKNOWN_TOKEN, error_for, number
from connectors.zalo.settings import Settings

LIFETIME = timedelta(hours=25)
"""Of an access token (zalo 1.6), for an answer that does not tell it."""
REFRESH_EVERY = timedelta(hours=12)
"""Never only once a day: one missed run would use up the margin (zalo 1.6)."""

REFRESHED_AT = "refreshed_at"
"""In `Credentials.values`: when Zalo gave out the refresh token (ISO 8601); missing of a pasted one."""
NOT_ROTATED_AT = "not_rotated_at"
"""In `Credentials.values`: when a refresh brought no new refresh token (ISO 8601), so that the old one was kept."""

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
    if settings.console_link:
        return Consent(_console_link(settings, state), state, verifier, redirect_uri)
    query = {
        "app_id": settings.app_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_of(verifier),
        "state": state,
    }
    url = f"{settings.oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(query)}"
    return Consent(url, state, verifier, redirect_uri)


def _console_link(settings: Settings, state: str) -> str:
    """The ready-made link of Zalo's console, with our `state`; its challenge is that of the fixed verifier."""
    parts = urlsplit(settings.console_link)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not settings.pkce_verifier or query.get("code_challenge") != challenge_of(settings.pkce_verifier):
        words = (
            "Đường dẫn cấp quyền (console_link) không khớp với mã PKCE cố định (pkce_verifier); hãy khai cả hai đúng "
            "như trong trang quản trị ứng dụng, hoặc để trống cả hai."
        )
        raise Misconfigured(words, section="zalo 1.1")
    return urlunsplit(parts._replace(query=urlencode({**query, "state": state})))


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
    _require_oa(settings, answer.get("oa_id", ""))
    form = {
        "app_id": settings.app_id,
        "code": answer["code"],
        "grant_type": "authorization_code",
        "code_verifier": consent.verifier,
    }
    credentials = _exchanged(settings, form, now=now, http=http)
    told = _told_of(settings, credentials, answer.get("oa_id", ""), now=now, http=http)
    account = _account(settings, told)
    if answer.get("oa_id") and answer["oa_id"] != account.external_id:
        raise Misconfigured("Zalo OA đã cấp quyền không trùng với mã truy cập nhận được.", section="zalo 1.2")
    return [Connected(account, credentials)]


def _exchanged(settings: Settings, form: dict[str, str], *, now: datetime, http: requests.Session) -> Credentials:
    """The first pair. A code serves once, so after a lost answer a person consents again (zalo 1.2)."""
    try:
        return _credentials(settings, form, {}, now=now, http=http)
    except Unconfirmed as lost:
        words = "Zalo không trả lời khi đổi mã cấp quyền, và mã này chỉ dùng được một lần; hãy kết nối lại Zalo OA."
        raise Unconfirmed(words, code=lost.code, section="zalo 1.2", evidence=lost.evidence) from None


def _told_of(
    settings: Settings, credentials: Credentials, answered: str, *, now: datetime, http: requests.Session
) -> dict[str, Any]:
    """What Zalo tells about the OA that was granted, at least the id that came back with the code (zalo 1.2).

    The code is spent by now: a pair must not be thrown away because of a call that failed after it.
    """
    try:
        told = get_oa(settings, credentials.values["access_token"], now=now, http=http)
    except ConnectorError as error:
        if not answered:
            raise
        _log.warning("zalo_oa_not_told: its id is taken from the consent, its name is not known (%s)", error)
        return {"oa_id": answered}
    return told if oa_id(told) else {**told, "oa_id": answered}


def adopt(settings: Settings, pasted: Mapping[str, str], *, now: datetime, http: requests.Session) -> list[Connected]:
    """The OA of a pasted pair of tokens (zalo 1.1, "unblocking trick")."""
    values = {name: pasted.get(name, "").strip() for name in ("access_token", "refresh_token")}
    missing = [name for name, value in values.items() if not value]
    if missing:
        raise Misconfigured(f"Thiếu {' và '.join(missing)}; hãy dán đủ cặp mã lấy từ API Explorer của Zalo.")
    try:
        told = get_oa(settings, values["access_token"], now=now, http=http)
    except Reconnect as dead:
        words = "Mã truy cập đã dán không còn hiệu lực; hãy lấy một cặp mã mới trong API Explorer của Zalo."
        raise Reconnect(words, code=dead.code, section="zalo 1.1", evidence=dead.evidence) from None
    account = _account(settings, told)
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
    return _credentials(settings, form, old.values, now=now, http=http)


def get_oa(settings: Settings, access_token: str, *, now: datetime, http: requests.Session) -> dict[str, Any]:
    """What Zalo tells about the OA of this token (zalo 5.1)."""
    return Api(settings, access_token, http).read("/v2.0/oa/getoa", now=now)


def oa_id(told: Mapping[str, Any]) -> str:
    """The OA's id: `oaid` in the documents, `oa_id` in live code (zalo 5.1)."""
    return str(told.get("oaid") or told.get("oa_id") or "")


def _account(settings: Settings, told: Mapping[str, Any]) -> Account:
    if not oa_id(told):
        raise Misconfigured("Zalo không cho biết mã của OA; hãy kết nối lại.", section="zalo 5.1")
    _require_oa(settings, oa_id(told))
    return Account(oa_id(told), str(told.get("name") or oa_id(told)))


def _require_oa(settings: Settings, told: str) -> None:
    """Raises `Misconfigured` when another OA was granted than the one that is configured (zalo 1.2)."""
    if settings.oa_id and told and told != settings.oa_id:
        words = f"OA vừa cấp quyền có mã {told}, khác mã đã khai báo {settings.oa_id}; hãy kết nối lại đúng OA."
        raise Misconfigured(words, section="zalo 1.2")


def _credentials(
    settings: Settings, form: dict[str, str], old: Mapping[str, str], *, now: datetime, http: requests.Session
) -> Credentials:
    """The pair that Zalo gives out for `form`; a refresh token that it does not tell is kept from `old` (zalo 1.5)."""
    body = _ask_for_tokens(settings, form, now=now, http=http)
    values = {"access_token": str(body["access_token"]), "refresh_token": str(body.get("refresh_token") or "")}
    if values["refresh_token"]:
        values[REFRESHED_AT] = now.isoformat()
    else:
        _log.warning("zalo_no_new_refresh_token: the old one is kept, a new consent will be needed (zalo 1.5)")
        kept = {name: old[name] for name in ("refresh_token", REFRESHED_AT) if old.get(name)}
        values |= {**kept, NOT_ROTATED_AT: now.isoformat()}
    seconds = number(body.get("expires_in")) or 0
    lifetime = timedelta(seconds=seconds) if seconds > 0 else LIFETIME
    return Credentials(values, expires_at=now + lifetime, refresh_at=now + min(REFRESH_EVERY, lifetime / 2))


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
        # Seen for a refresh token that was used before; it takes one confirmation to say so.
        words = "Zalo trả lời trống khi được yêu cầu cấp mã truy cập, có thể vì mã đã gửi được dùng rồi."
        raise Unconfirmed(words, code="empty", section="zalo 1.7", evidence="empty body")
    body = json_object(response)
    code = _refusal(body)
    is_zalos = response.status_code == 200 or (400 <= response.status_code < 500 and code in MEANINGS)
    if not is_zalos or (code == OK and not body.get("access_token")):
        raise no_answer(response, changes=True)
    if code == OK:
        return body
    seen = " / ".join(str(body[name]) for name in _TOLD if body.get(name))
    secrets = [form.get(name, "") for name in ("code", "code_verifier", "refresh_token")]
    for secret in filter(None, (*secrets, settings.app_secret.get_secret_value())):
        seen = seen.replace(secret, "***")
        code = code.replace(secret, "***") if isinstance(code, str) else code
    raise error_for(code, seen, UNKNOWN_TOKEN, now=now)


def _refusal(body: Mapping[str, Any]) -> int | str:
    """The code of a refusal, 0 when it is none. It may be a number, a number as text, or a name (zalo 1.7).

    Without a code that somebody knows, the access token decides: where it is missing anything that is told is a
    refusal, and a new pair must not be thrown away.
    """
    told = body.get("error")
    code = number(told)
    names = [name for name in (code, told, body.get("error_name")) if isinstance(name, int | str) and name in MEANINGS]
    if names:
        return names[0]
    if body.get("access_token"):
        return OK
    if code:
        return code
    return str(told if told and code is None else body.get("error_name") or "")[:60] or OK
