"""One place for what every platform call needs: a pooled session, time-outs, redaction, lost answers.

Nothing here retries. `call` turns what `requests` raises into the two facts a scheduler needs to know:
surely not sent (`Unavailable`), or perhaps done (`Unconfirmed`).
"""

import re
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from connectors.errors import Unavailable, Unconfirmed

_NAMED = re.compile(
    r"(?i)((?:access_|refresh_|fb_exchange_|input_|id_|page_)?token|client_secret|app_secret|secret_key|secret"
    r"|appsecret_proof|code_verifier|upload_id)(\\?\"?\s*[=:]\s*\\?\"?)[^\"\\&\s,}]+"
)
_CODE = re.compile(r"(?i)\b(code)(\\?\"?\s*[=:]\s*\\?\"?)(?!-?\d{1,6}\b)[^\"\\&\s,}]+")
_BEARER = re.compile(r"(?i)\b(bearer|oauth)\s+[\w.~+/|=-]+")
_SHAPED = re.compile(r"\b(?:EAA\w{8,}|ya29\.[\w-]+|1//[\w-]+)")
"""What a token of a platform looks like, wherever it stands."""


def new_session(pool: int = 10, proxy: str = "") -> requests.Session:
    """A session that keeps connections open and never retries.

    It ignores the environment (a .netrc would replace our Authorization header); `proxy` is the office's
    proxy address, where it has one.
    """
    session = requests.Session()
    session.trust_env = False
    if proxy:
        session.proxies = {"http": proxy, "https": proxy}
    adapter = HTTPAdapter(pool_connections=pool, pool_maxsize=pool, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "cchc-campaign-scheduler"
    return session


def redact(text: str) -> str:
    """`text` without tokens and secrets; error codes, which are short numbers, stay."""
    for pattern in (_NAMED, _CODE):
        text = pattern.sub(r"\1\2***", text)
    return _SHAPED.sub("***", _BEARER.sub(r"\1 ***", text))


def call(
    session: requests.Session,
    method: str,
    url: str,
    *,
    timeout: tuple[float, float],
    changes: bool,
    **kwargs: Any,
) -> requests.Response:
    """One request, one response; redirects are not followed.

    `changes` says whether the call may change something at the platform. Raises `Unavailable` when
    nothing can have been done there, and `Unconfirmed` when a changing call was sent and no whole answer
    came back.
    """
    kwargs.setdefault("allow_redirects", False)
    try:
        return session.request(method, url, timeout=timeout, **kwargs)
    except requests.RequestException as error:
        kind = type(error).__name__
        if not changes or _never_sent(error):
            raise Unavailable("Chưa kết nối được tới nền tảng; hệ thống sẽ tự thử lại.", evidence=kind) from None
        raise Unconfirmed(
            "Đã gửi nhưng không nhận được trả lời; hệ thống sẽ kiểm tra trên nền tảng trước khi làm gì thêm.",
            evidence=kind,
        ) from None


def _never_sent(error: requests.RequestException) -> bool:
    """True when the connection was never made, so not one byte of the request can have arrived."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    reason: Any = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    reason = getattr(reason, "original_error", reason)  # the office's proxy refused
    return isinstance(reason, NewConnectionError | NameResolutionError | ConnectTimeoutError)
