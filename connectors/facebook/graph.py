"""facebook-sdk made safe: one choke point, the token in a header, an answer or one of our errors.

The SDK's own `request` ignores the status, waits for ever, puts tokens into addresses and reports a post
that was created as failed when the content type is unusual (facebook 1.3). Everything it offers goes
through `request`, so replacing that one method is enough. `get_objects`, `get_all_connections` and
`search` stay unused: the first calls a dead endpoint, the others follow addresses that carry the token.
"""

import hmac
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests

from connectors.base import Media
from connectors.errors import ConnectorError, OverBudget
from connectors.facebook.body import FileBody, form_with_chunk
from connectors.facebook.codes import WORDS, Purpose, Then, classify, throttled, unreadable, upload_error
from connectors.facebook.settings import Settings
from connectors.facebook.usage import full_until, levels, named_wait
from connectors.http import call, json_of, redact
from connectors.meter import Meter
from connectors.transcript import Transcript

with warnings.catch_warnings():
    # The SDK compiles a pattern that newer Pythons warn about; as an error it would not import at all.
    warnings.simplefilter("ignore")
    import facebook

log = logging.getLogger(__name__)

BATCH_MAX = 50
"""Requests in one batch (facebook 3.12)."""


class Graph(facebook.GraphAPI):  # type: ignore[misc]  # the SDK has no types
    """The Graph API with one token, at one moment (`now`, aware UTC: pauses are counted from it).

    What its answers tell of limits goes to `meter`: that of the Page `page_id`, and that of the app.
    """

    def __init__(
        self,
        settings: Settings,
        token: str,
        http: requests.Session,
        *,
        now: datetime,
        page_id: str = "",
        meter: Meter | None = None,
        transcript: Transcript | None = None,
    ) -> None:
        super().__init__(access_token=token, session=http)  # its `version` argument knows no version in use
        self.version = settings.version
        self.settings = settings
        self.now = now
        self.page_id = page_id
        self.meter = meter or Meter()
        self.transcript = transcript or Transcript()
        self.served_version = settings.version
        """The version that really answered last (facebook 1.1)."""
        self.told_headers: Mapping[str, str] = {}
        """What came with the last answer."""

    def read(self, path: str, **args: Any) -> dict[str, Any]:
        """GET one node or edge. Raises a `ConnectorError`; never `Unconfirmed`."""
        answer: dict[str, Any] = self.get_object(path, **args)
        return answer

    def batch(self, addresses: Sequence[str]) -> list[dict[str, Any] | ConnectorError | None]:
        """Read up to 50 relative addresses in one call; failures come back in place, None timed out (facebook 5.6)."""
        calls = [{"method": "GET", "relative_url": self._signed(address)} for address in addresses]
        post_args = {"access_token": self.access_token, "include_headers": False, "batch": calls}
        answers = self.request(f"{self.version}/", post_args=post_args)
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise unreadable(purpose=Purpose.READ, status=200, evidence="batch answer of another length")
        return [self._item(answer) for answer in answers]

    def _item(self, answer: Any) -> dict[str, Any] | ConnectorError | None:
        """One answer of a batch; what is told of limits stands in the headers of the batch."""
        if not isinstance(answer, dict):
            return None
        try:
            status, body = int(answer.get("code") or 0), json.loads(answer.get("body") or "")
            return _object(self._judged(body, status, self.told_headers, Purpose.READ), Purpose.READ)
        except ConnectorError as error:
            return error
        except (ValueError, TypeError):
            return None

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: Mapping[str, Any] | None = None,
        method: str | None = None,
    ) -> Any:
        """The one way out. A batch reads; files are unpublished pictures; any other POST publishes."""
        method = method or ("GET" if post_args is None else "POST")
        purpose = _purpose(method, post_args, files)
        url = f"{self.settings.graph_url.rstrip('/')}/{path}"
        query, body = _encoded(args or {}), _encoded(post_args or {})
        headers = {"Accept": "application/json"}
        if not {"access_token", "client_secret"} & query.keys():  # those calls bring their own (facebook 2.1, 2.4)
            headers["Authorization"] = f"Bearer {self.access_token}"
            (query if method != "POST" else body).update(self._proof())
        return self._sent(method, url, purpose, headers, params=query, data=body or None, files=files)

    def write(self, path: str, purpose: Purpose, values: Mapping[str, Any], *, base: str = "") -> dict[str, Any]:
        """POST, where the caller knows what it is for; `base` is another host of Facebook's than the usual one."""
        url = f"{(base or self.settings.graph_url).rstrip('/')}/{self.version}/{path}"
        data = {**_encoded(values), **self._proof(), **self._token_for(base)}
        return _object(self._sent("POST", url, purpose, self._bearer(), data=data), purpose)

    def write_chunk(
        self, path: str, video: Media, start: int, stop: int, values: Mapping[str, Any], *, base: str
    ) -> dict[str, Any]:
        """POST bytes `start` to `stop` of a video with these values, read from the disk piece by piece."""
        fields = {**_encoded(values), **self._proof(), **self._token_for(base)}
        form, kind = form_with_chunk(video, start, stop, fields)
        url, headers = f"{base.rstrip('/')}/{self.version}/{path}", {**self._bearer(), "Content-Type": kind}
        with form:
            return _object(self._sent("POST", url, Purpose.CHUNK, headers, data=form), Purpose.CHUNK)

    def send_rest(self, url: str, video: Media, start: int) -> dict[str, Any]:
        """POST everything from byte `start` to the address Facebook gave for it (facebook 3.6)."""
        headers = {
            "Accept": "application/json",
            "Authorization": f"OAuth {self.access_token}",
            "Content-Type": "application/octet-stream",
            "offset": str(start),
            "file_size": str(video.size),
        }
        with FileBody(video.path, start, video.size) as rest:
            return _object(self._sent("POST", url, Purpose.CHUNK, headers, data=rest), Purpose.CHUNK)

    def _sent(self, method: str, url: str, purpose: Purpose, headers: Mapping[str, str], **content: Any) -> Any:
        """One request on the wire, judged; no read after an answer that told of a full limit (facebook 6.4)."""
        full = full_until(self.meter.levels, self.now, self.meter.reads_until) if purpose is Purpose.READ else None
        if full:
            raise OverBudget("level", until=full, words=WORDS[Then.LIMIT_PAGE])
        self.meter.calls += 1
        response = call(
            self.session,
            method,
            url,
            timeout=(self.settings.connect_timeout, self.settings.read_timeout),
            changes=purpose is Purpose.PUBLISH,
            headers=headers,
            **content,
        )
        self.told_headers = response.headers
        self._note_version(response.headers.get("facebook-api-version", ""))
        for per, level in levels(response.headers, self.page_id, now=self.now).items():
            self.meter.hear(per, level)
        try:
            answer = json_of(response)
        except ValueError:
            answer = None
        return self._judged(answer, response.status_code, response.headers, purpose)

    def _bearer(self) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"Bearer {self.access_token}"}

    def _token_for(self, base: str) -> dict[str, str]:
        """The token as a value of the body, too: the header is on record for the usual host only (facebook 2.6)."""
        return {"access_token": self.access_token} if base else {}

    def _judged(self, answer: Any, status: int, headers: Mapping[str, str], purpose: Purpose) -> Any:
        """The answer when it is a success, otherwise one of our errors."""
        error = answer.get("error") if isinstance(answer, dict) else None
        named = upload_error(answer) if purpose is Purpose.CHUNK else None
        if named:
            raise named
        if isinstance(error, dict):
            shown = {**error, "message": self._without_secrets(str(error.get("message", "")))}
            wait = named_wait(headers, self.page_id)
            raise classify(shown, purpose=purpose, now=self.now, status=status, wait=wait)
        if status == 429:
            raise throttled(now=self.now, wait=named_wait(headers, self.page_id))
        if error is not None or status >= 300 or not isinstance(answer, dict | list):
            kind = "an error without details" if error is not None else type(answer).__name__
            raise unreadable(purpose=purpose, status=status, evidence=f"HTTP {status}, body: {kind}")
        return answer

    def _proof(self) -> dict[str, str]:
        """Proof that we hold the app secret, for the very token that is sent (facebook 2.5)."""
        if not self.settings.can_sign:
            return {}
        secret = self.settings.app_secret.get_secret_value().encode()
        return {"appsecret_proof": hmac.digest(secret, self.access_token.encode(), "sha256").hex()}

    def _signed(self, address: str) -> str:
        """An address inside a batch with the proof: each counts as a call of its own (facebook 2.5, 5.6)."""
        proof = urlencode(self._proof())
        return f"{address}{'&' if '?' in address else '?'}{proof}" if proof else address

    def _without_secrets(self, text: str) -> str:
        """Facebook repeats a token it cannot read in its message."""
        for secret in (self.access_token, self.settings.app_secret.get_secret_value()):
            text = text.replace(secret, "***") if secret else text
        return redact(text)

    def _note_version(self, served: str) -> None:
        if served and served != self.served_version:
            log.warning("Facebook answered as %s although %s was asked for", served, self.version)
            self.served_version = served


def _object(answer: Any, purpose: Purpose) -> dict[str, Any]:
    """The answer as an object. Raises as for an unreadable answer when it is a list."""
    if not isinstance(answer, dict):
        raise unreadable(purpose=purpose, status=200, evidence=f"body: {type(answer).__name__}")
    return answer


def _purpose(method: str, post_args: Mapping[str, Any] | None, files: Mapping[str, Any] | None) -> Purpose:
    if method == "GET" or (post_args and "batch" in post_args):
        return Purpose.READ
    return Purpose.REPEATABLE if method == "DELETE" or files else Purpose.PUBLISH


def _encoded(values: Mapping[str, Any]) -> dict[str, Any]:
    """Lists, objects and booleans travel as JSON text; what is None is left out (facebook 3)."""
    return {
        name: json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        if isinstance(value, dict | list | bool)
        else value
        for name, value in values.items()
        if value is not None
    }
