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
_IS_IN_CODE = r"(\\*[\"']\s*:\s*\\*[\"']|\\*[\"']?\s*(?:=|%3[dD])\s*\\*[\"']?)"
"""The same without the colon of a sentence."""
_VALUE = r"[^\"'\\&\s,}}<]"
_NAMES = {
    "token": "token",
    "secret": "secret",
    "pass": "password|passwd|passphrase",
    "key": r"(?:api|private|secret)[_-]?key|\bawsaccesskeyid",
    "mat_khau": r"\bmat_khau\w*",
    "proof": r"\bappsecret_proof",
    "verifier": r"\bcode_verifier",
    "upload_id": r"\bupload_id",
    "auth": r"\bauthorization",
    "cookie": r"\bcookie",
    "credential": r"\bx-amz-credential",
    "otp": r"\bt?otp",
}
"""How a telling name ends, whatever stands before; first what every such name has in it, without which none is sought:
each is looked for by itself, because that is ten times as fast as all at once."""
_WORDS = r"\bcode|signature|\bcchc(?:_door)?"
"""These are words of sentences as well, so they tell a secret only where a program wrote them."""
_WORD_HINTS = ("code", "signature", "cchc")
_STRICT = re.compile(r"(?i)pass|mat_khau|auth")


def _sought(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What finds a quoted value under this name, and any other."""
    quoted = rf"(?i)({name})(\\*[\"']?\s*[=:]\s*(\\*[\"']))(?!\*\*\*)(?:(?!\3).)+"
    named = rf"(?i)({name}){_IS}(?!\*\*\*|(?:bearer|oauth|basic)\s)({_VALUE}+)"
    return re.compile(quoted, re.DOTALL), re.compile(named)


_SOUGHT = {hint: _sought(name) for hint, name in _NAMES.items()}
_CODE = re.compile(rf"(?i)({_WORDS}){_IS_IN_CODE}(?!\*\*\*|-?\d{{1,6}}\b){_VALUE}+")
_COOKIES = re.compile(r"(?i)\b((?:set-)?cookie)(\s*:\s*)(?=[\w!#$%&'*+.^`|~-]{1,200}=)[^\r\n]+")
"""A header of several pairs: all of them, to the end of its line."""
_SCHEME = re.compile(r"(?i)\b(bearer|oauth|basic)\s+[\w.~+/|=-]+")
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}://[^/\s:@\"'?#]{0,200}):[^/\s@\"'?#]+@")
_SHAPED = re.compile(
    r"(?:\bEAA\w{8,}|\bya29\.[\w-]+|\b1//[\w-]+|\bwhsec_[\w+/=-]{8,}|\bcchc_[\w-]{40,}|\bgAAAAA[\w-]{20,}={0,2}"
    r"|\beyJ[\w-]{10,500}\.[\w-]+\.[\w-]*|\b(?i:age-secret-key-1)\w+"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z))",
    re.DOTALL,
)
"""What a secret looks like, wherever it stands: tokens of platforms, our own keys, what the vault has sealed."""
_SHAPE_HINTS = ("eaa", "ya29.", "1//", "whsec_", "cchc_", "gaaaaa", "eyj", "age-secret-key-1", "-----begin ")
_TELLING = re.compile(rf"(?i)\A[\w-]*(?:{'|'.join(_NAMES.values())}|signature|\bcchc(?:_door)?)\Z")
_RANDOM = re.compile(r"\d|[a-z][A-Z]|.{16}")
"""What no word of a sentence is like."""

_lock = threading.Lock()
_known: dict[str, tuple[str, ...]] = {}
_forms: dict[str, tuple[str, ...]] = {}
"""How a form of a known secret begins -> the forms that do, so that a text is gone through once, not once for each."""


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
        forms: dict[str, tuple[str, ...]] = {}
        for one in {form for several in _known.values() for form in several}:
            forms[one[:SHORTEST]] = (*forms.get(one[:SHORTEST], ()), one)
        _forms = forms


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
    """`text` without tokens and secrets; error codes, which are short numbers, and words of sentences stay."""
    if _forms:
        text = _without_known(text, _forms)
    small = text.lower()
    if "cookie" in small:
        text = _COOKIES.sub(rf"\1\2{GONE}", text)
    for hint, (quoted, named) in _SOUGHT.items():
        if hint in small:
            text = named.sub(_named, quoted.sub(rf"\1\2{GONE}", text))
    if any(hint in small for hint in _WORD_HINTS):
        text = _CODE.sub(rf"\1\2{GONE}", text)
    if "@" in small:
        text = _USERINFO.sub(rf"\1:{GONE}@", text)
    if any(hint in small for hint in ("bearer", "oauth", "basic")):
        text = _SCHEME.sub(rf"\1 {GONE}", text)
    if any(hint in small for hint in _SHAPE_HINTS):
        text = _SHAPED.sub(GONE, text)
    if "%25" in text and (plain := unquote(text)) != text:  # encoded twice, as in the address within an address
        inner = redact(plain)
        return inner if inner != plain else text
    return text


def _without_known(text: str, forms: Mapping[str, tuple[str, ...]]) -> str:
    begun = {text[at : at + SHORTEST] for at in range(len(text) - SHORTEST + 1)}
    near = [form for start in begun if start in forms for form in forms[start]]
    # the longest first: a secret may begin with another one
    for form in sorted(near, key=lambda form: (-len(form), form)):
        text = text.replace(form, GONE)
    return text


def _named(found: re.Match[str]) -> str:
    """After a colon and a blank stands a word as often as a secret ("token: mã đã hết hạn"); of a password, never."""
    name, between, value = found.groups()
    prose = between.startswith(":") and between[-1:].isspace()
    if prose and not _STRICT.search(name) and not _RANDOM.search(value):
        return found[0]
    return f"{name}{between}{GONE}"


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
