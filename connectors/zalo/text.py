"""What both types of article share: how text is cleaned and compared, which picture is the cover. Pure."""

import re
import unicodedata
from html import unescape
from ipaddress import ip_address
from urllib.parse import quote, urlsplit, urlunsplit

from connectors.base import Media, Outgoing

_TAG = re.compile(r"<[^>]*>")
_INSIDE = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_KEPT = "/%:@!$&'()*+,;=~-._?"
"""What may stand in an address as it is; all else is percent-encoded (zalo 2.1)."""


def clean(text: str) -> str:
    """NFC, without blanks at the ends."""
    return unicodedata.normalize("NFC", text).strip()


def squeezed(text: object) -> str:
    """For comparing: no tags, NFC, one space between words."""
    return " ".join(clean(unescape(_TAG.sub(" ", str(text or "")))).split())


def cover_of(outgoing: Outgoing) -> Media | None:
    """The picture that stands for the article; every article needs one."""
    return outgoing.cover or next(iter(outgoing.images), None)


def pictures_of(outgoing: Outgoing) -> tuple[Media, ...]:
    """The pictures Zalo will fetch: of a video only its cover."""
    used = (cover_of(outgoing),) if outgoing.video else (outgoing.cover, *outgoing.images)
    return tuple(picture for picture in used if picture)


def is_public_address(url: str) -> bool:
    """Whether Zalo's servers could fetch it: http or https with a host (zalo 2.1)."""
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname and parts.netloc.encode("idna"))
    except ValueError:
        return False


def is_inside(url: str) -> bool:
    """Whether only this machine or the office's own network knows the host, so that Zalo cannot fetch from it."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_INSIDE)


def address_of(picture: Media) -> str:
    """A picture's address in ASCII: Zalo refuses blanks and Vietnamese letters in it (zalo 2.1)."""
    if not is_public_address(picture.url):
        return ""
    parts = urlsplit(picture.url)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    path, query = (re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe=_KEPT)) for part in parts[2:4])
    return urlunsplit((parts.scheme, host, path, query, ""))
