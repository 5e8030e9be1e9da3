"""Addresses: made absolute, compared, never written otherwise than the server wrote them (contract 3 and 5)."""

import re
from urllib.parse import unquote, urljoin, urlsplit

from content.vietnamese import composed

LONGEST = 4096
"""Characters of an address. A longer one is an attack on what joins addresses a thousand times."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);", re.I)
"""Left behind by those who escape twice; a "&amp;" is never meant in an address."""
_ENDS = " \t\r\n\f\v\u00a0\u200b\ufeff"
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|bmp|avif)\Z", re.I)
_BYTE = re.compile("[\udc80-\udcff]")
"""A byte that is no letter, as `surrogateescape` writes it."""
_TRACKING = re.compile(r"(?:utm_[^=]*|fbclid)(?:=|\Z)", re.I)


def tidy(raw: str | None) -> str:
    """`raw` as it may stand in a request: no white space around or line breaks inside, blanks as %20."""
    return _AMPERSAND.sub("&", re.sub(r"[\t\r\n]", "", (raw or "").strip(_ENDS))).replace(" ", "%20")


def absolute(raw: str | None, base: str) -> str | None:
    """`raw` as an absolute http(s) address, read from `base`; None when it is none, or too long to be one.

    An address that is absolute already is not touched: the server may know only this one form.
    """
    address = tidy(raw)
    if not address or address.startswith("#") or len(address) > LONGEST:
        return None
    scheme = _SCHEME.match(address)
    try:
        if scheme is None:
            if address.lower().startswith("www."):
                address = "//" + address
            address = urljoin(base, address) if len(base) <= LONGEST else ""
        elif scheme[1].lower() not in ("http", "https"):
            return None
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _port = parts.port  # raises for one that is none
    except ValueError:
        return None
    return address if usable and len(address) <= LONGEST else None


def host_of(address: str) -> str:
    """The host in small letters; "" when there is none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_home(address: str) -> bool:
    """Whether it is the front page of a host, which is never the address of one article."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.path in ("", "/") and not parts.query


def is_picture(address: str) -> bool:
    """Whether the path ends as a file that platforms take as a picture."""
    try:
        return bool(_PICTURE.search(urlsplit(address).path))
    except ValueError:
        return False


def dedupe_key(link: str) -> str:
    """What two addresses of the same article have in common (contract 5).

    https, host in small letters, path and query percent-decoded and NFC, without `utm_*`, `fbclid` and fragment.
    Bytes that are no UTF-8 stay percent-encoded. An address that cannot be taken apart is its own key.
    """
    try:
        parts = urlsplit(tidy(link))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return link
    if not host:
        return link
    host = host.rstrip(".") + (f":{port}" if port not in (None, 80, 443) else "")
    query = "&".join(piece for piece in parts.query.split("&") if piece and not _TRACKING.match(piece))
    rest = _decoded(parts.path or "/") + (f"?{_decoded(query)}" if query else "")
    return composed(f"https://{host}{rest}")


def _decoded(written: str) -> str:
    """Percent-decoded. What was written in another alphabet stays apart: "th%F4ng" is not "th%F5ng"."""
    return _BYTE.sub(lambda found: f"%{ord(found[0]) - 0xDC00:02X}", unquote(written, errors="surrogateescape"))
