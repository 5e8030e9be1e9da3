"""Secrets are blotted out of whatever leaves the program in words: logs, errors, evidence, pages.

Two nets, because each has holes: secrets that this process has held, in every form in which they travel, and what looks
like a secret by its name or its shape, whoever it belongs to.
"""

import base64
import json
import re
import threading
from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus, unquote

GONE = "***"
SHORTEST = 6
"""Shorter values are not looked for by themselves: they stand in ordinary words."""
MOST = 500
"""So many values are remembered, the newest; patterns catch the tokens of the ten-thousandth channel as well."""
_DEEPEST = 8

_IS = r"(\\*[\"']?\s*(?:=|:|%3[dDaA])\s*\\*[\"']?)"
"""What stands between a name and its value: in an address, in JSON, in JSON within JSON, in a repr."""
_NAMES = (
    r"(?:[\w-]{0,40}(?:token|secret|password|passwd|passphrase|secret_key|api[_-]?key|private[_-]?key|signature)"
    r"|mat_khau\w*|appsecret_proof|code_verifier|upload_id|(?:proxy-)?authorization|(?:set-)?cookie|cchc|cchc_door"
    r"|x-amz-(?:credential|security-token)|awsaccesskeyid|totp|otp)"
)
_HINTS = ("token", "secret", "pass", "key", "signature", "mat_khau", "proof", "verifier", "upload_id", "auth", "cookie",
          "cchc", "credential", "otp", "code")  # fmt: skip
"""Without one of these in it no text has a telling name, and need not be searched for one."""
_QUOTED = re.compile(rf"(?i)\b({_NAMES})(\\*[\"']?\s*[=:]\s*(\\*[\"']))(?!\*\*\*)(?:(?!\3).)+", re.DOTALL)
_NAMED = re.compile(rf"(?i)\b({_NAMES}){_IS}(?!\*\*\*|(?:bearer|oauth|basic)\s)[^\"'\\&\s,}}<]+")
_CODE = re.compile(rf"(?i)\b(code){_IS}(?!-?\d{{1,6}}\b)[^\"'\\&\s,}}<]+")
_SCHEME = re.compile(r"(?i)\b(bearer|oauth|basic)\s+[\w.~+/|=-]+")
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}://[^/\s:@\"'?#]{0,200}):[^/\s@\"'?#]+@")
_SHAPED = re.compile(
    r"(?:\bEAA\w{8,}|\bya29\.[\w-]+|\b1//[\w-]+|\bwhsec_[\w+/=-]{8,}|\bcchc_[\w-]{40,}|\bgAAAAA[\w-]{20,}={0,2}"
    r"|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
    re.DOTALL,
)
"""What a secret looks like, wherever it stands: tokens of platforms, our own keys, what the vault has sealed."""
_TELLING = re.compile(rf"(?i)\A{_NAMES}\Z")

_lock = threading.Lock()
_known: dict[str, tuple[str, ...]] = {}
_forms: tuple[str, ...] = ()


def remember(*secrets: str) -> None:
    """From now on these values are blotted out wherever they turn up, also encoded. Short ones are passed over."""
    global _forms
    new = [one for one in secrets if len(one) >= SHORTEST and one not in _known]
    if not new:
        return
    with _lock:
        for one in new:
            _known[one] = _in_other_words(one)
        for old in list(islice(_known, max(0, len(_known) - MOST))):
            del _known[old]
        # the longest first: a secret may begin with another one
        _forms = tuple(sorted({form for forms in _known.values() for form in forms}, key=len, reverse=True))


def is_telling(name: str) -> bool:
    """Whether what is called so is a secret, whatever it looks like."""
    return bool(_TELLING.match(name))


def _in_other_words(secret: str) -> tuple[str, ...]:
    """The forms in which a value travels: as it is, in an address, in JSON, in base64 wherever it begins there."""
    raw = secret.encode()
    forms = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for offset in range(3):
        # without the letters that depend on what stands before and after
        coded = base64.b64encode(b"\0" * offset + raw).rstrip(b"=").decode()
        inner = coded[(0, 2, 3)[offset] : len(coded) - (1 if (offset + len(raw)) % 3 else 0)]
        if len(inner) >= SHORTEST:
            forms |= {inner, inner.replace("+", "-").replace("/", "_"), quote(inner, safe="")}
    return tuple(forms)


def redact(text: str) -> str:
    """`text` without tokens and secrets; error codes, which are short numbers, stay."""
    for form in _forms:
        if form in text:
            text = text.replace(form, GONE)
    small = text.lower()
    if any(hint in small for hint in _HINTS):
        for pattern in (_QUOTED, _NAMED, _CODE):
            text = pattern.sub(rf"\1\2{GONE}", text)
    text = _USERINFO.sub(rf"\1:{GONE}@", text)
    text = _SHAPED.sub(GONE, _SCHEME.sub(rf"\1 {GONE}", text))
    if "%25" in text and (plain := unquote(text)) != text:  # encoded twice, as in the address within an address
        inner = redact(plain)
        return inner if inner != plain else text
    return text


def blot(value: Any, depth: int = 0) -> Any:
    """The same for what stands in a log line: values under a telling name, texts, and whatever is turned into text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {
            redact(str(name)): GONE if is_telling(str(name)) and inner else blot(inner, depth + 1)
            for name, inner in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [blot(inner, depth + 1) for inner in value]
    return redact(str(value) if not isinstance(value, bytes) else value.decode("utf-8", "replace"))
