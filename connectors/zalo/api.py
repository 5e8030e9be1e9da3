"""One call to Zalo's OA API: its header, its envelope, its errors, what it costs (zalo 0, 6 and 7.1)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from connectors.base import Meter
from connectors.errors import Unavailable, Unconfirmed
from connectors.http import call, json_of
from connectors.zalo.budgets import CALLS, hear
from connectors.zalo.codes import MEANINGS, OK, UNKNOWN_CHANGE, UNKNOWN_READ, Meaning, error_for, number
from connectors.zalo.multipart import FileBody
from connectors.zalo.settings import Settings


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """The signature of an access token, lower-case hex (zalo 1.9)."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


class Api:
    """The OA API with one access token, which travels in the header `access_token` and nowhere else."""

    def __init__(
        self, settings: Settings, access_token: str, http: requests.Session, meter: Meter | None = None
    ) -> None:
        self._settings = settings
        self._token = access_token
        self._http = http
        self._meter = meter or Meter()

    def read(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """`data` of a GET. Raises a `ConnectorError`; `Unavailable` when there is no trustworthy answer."""
        return self._call("GET", path, now=now, changes=False, unknown=UNKNOWN_READ, params=query, headers=headers)

    def ask(self, path: str, body: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
        """`data` of a POST that changes nothing but tells how a change went (zalo 2.3: verify)."""
        return self._call("POST", path, now=now, changes=False, unknown=UNKNOWN_CHANGE, json=body)

    def change(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        now: datetime,
        costs: str = "",
        special: Mapping[int, Meaning] | None = None,
        unknown: Meaning = UNKNOWN_CHANGE,
    ) -> dict[str, Any]:
        """`data` of a POST that changes something; `Unconfirmed` when there is no trustworthy answer.

        `costs` names a budget that it uses beside that of the calls. `special` and `unknown` say what codes mean
        where they mean something else than elsewhere.
        """
        return self._call("POST", path, now=now, changes=True, unknown=unknown, special=special, costs=costs, json=body)

    def upload(self, path: str, body: FileBody, *, now: datetime) -> dict[str, Any]:
        """`data` of a POST that sends a file; `Unconfirmed` when there is no trustworthy answer."""
        headers = {"Content-Type": body.content_type}
        return self._call("POST", path, now=now, changes=True, unknown=UNKNOWN_CHANGE, data=body, headers=headers)

    def _call(
        self,
        method: str,
        path: str,
        *,
        now: datetime,
        changes: bool,
        unknown: Meaning,
        special: Mapping[int, Meaning] | None = None,
        costs: str = "",
        headers: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        headers = {**(headers or {}), "access_token": self._token}
        if self._settings.use_appsecret_proof:
            headers["appsecret_proof"] = appsecret_proof(self._settings.app_secret.get_secret_value(), self._token)
        for budget in filter(None, (CALLS, costs)):
            self._meter.spend(budget)
        self._meter.calls += 1
        response = call(
            self._http,
            method,
            self._settings.api_url.rstrip("/") + path,
            timeout=self._settings.timeout,
            changes=changes,
            headers=headers,
            **kwargs,
        )
        hear(self._meter, response.headers, now=now)
        body = json_object(response)
        code = trusted_code(response, body)
        if code is None:
            raise no_answer(response, changes=changes)
        if code != OK:
            # A platform may repeat the token in its message; it must not reach a log.
            message = str(body.get("message") or "")
            message = message.replace(self._token, "***") if self._token else message
            raise error_for(code, message, unknown, special or {}, now=now)
        data = body.get("data")
        return data if isinstance(data, dict) else {}


def json_object(response: requests.Response) -> dict[str, Any]:
    """The body when it is a JSON object, else an empty one."""
    try:
        body = json_of(response)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def trusted_code(response: requests.Response, body: Mapping[str, Any]) -> int | None:
    """What `error` says; None when it is not Zalo that said it.

    Zalo answers with HTTP 200 whatever happened (zalo 6). Another status is a gateway's, unless it refuses (4xx)
    and the body carries a code that Zalo is known for: an unknown path was seen to answer 404 with -209.
    """
    code = number(body.get("error"))
    if response.status_code == 200 or (400 <= response.status_code < 500 and code in MEANINGS):
        return code
    return None


def no_answer(response: requests.Response, *, changes: bool) -> Unavailable | Unconfirmed:
    """A gateway's page, an empty body, or JSON without a numeric `error`: nothing that Zalo said (zalo 6)."""
    kind = response.headers.get("content-type", "")
    evidence = f"HTTP {response.status_code}, {kind}, {len(response.content)} bytes"
    if changes:
        return Unconfirmed(
            "Zalo trả lời không đọc được; hệ thống sẽ kiểm tra trên Zalo trước khi làm gì thêm.",
            section="zalo 6",
            evidence=evidence,
        )
    return Unavailable("Zalo tạm thời không trả lời được; hệ thống sẽ tự thử lại.", section="zalo 6", evidence=evidence)
