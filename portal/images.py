"""The picture of an article: what was attached first, then the first usable one in the text, then a link to one."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from portal.links import absolute, is_picture
from portal.text import Markup

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-url", "data-image", "original-src")
"""Where pages keep the address until the picture is scrolled to; `src` is then only a placeholder."""
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_PLACEHOLDER = re.compile(
    r"(?:\A|/)(?:spacer|blank|pixel|clear|transparent|1x1|loading|lazy|placeholder|no-?image)\.(?:gif|png|jpe?g|svg|webp)\Z",
    re.I,
)
_UNFIT = re.compile(r"\.(?:svgz?|ico)\Z", re.I)
"""Pictures that no platform takes."""
_SIZE = re.compile(r"\s*(\d{1,6})(?:\.\d+)?\s*(?:px)?\s*\Z", re.I)
_STYLED = re.compile(r"(?:\A|[;\s])(width|height)\s*:\s*([01])(?:px)?\s*(?:;|!|\Z)", re.I)
_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])(?:\s+(\d{1,6})(?:\.\d+)?[wx])?\s*(?:,|\Z)")


def usable(raw: str | None, base: str) -> str | None:
    """`raw` as an absolute address of a picture that can be shown, or None."""
    address = absolute(raw, base)
    if address is None:
        return None
    path = urlsplit(address).path
    return None if _PLACEHOLDER.search(path) or _UNFIT.search(path) else address


def attached(media: Iterable[tuple[str, Mapping[str, str]]], base: str) -> str | None:
    """The picture among enclosures and media elements, given as (name, attributes in small letters).

    An enclosure comes before `media:content`, the largest of which counts; a thumbnail comes last.
    """
    best: tuple[tuple[int, int], str] | None = None
    for name, given in media:
        address = usable(given.get("url") or given.get("href"), base)
        if address is None or _is_a_dot(given) or not _shows_a_picture(name, given, address):
            continue
        rank = {"enclosure": 3, "media:content": 2}.get(name, 1)
        wide = int(found[1]) if (found := _SIZE.match(given.get("width", ""))) else 0
        size = (rank, wide if name == "media:content" else 0)
        if best is None or size > best[0]:
            best = (size, address)
    return best[1] if best else None


def in_text(markup: Markup, base: str) -> str | None:
    """The first usable `<img>`, and only without any what is shown in the place of one."""
    return next((address for given in (*markup.images, *markup.spare) if (address := _of_tag(given, base))), None)


def linked(markup: Markup, base: str) -> str | None:
    """The first link that leads to a picture."""
    addresses = (usable(link, base) for link in markup.links)
    return next((address for address in addresses if address and is_picture(address)), None)


def _shows_a_picture(name: str, given: Mapping[str, str], address: str) -> bool:
    kind = given.get("type", "").strip().lower()
    if name not in ("enclosure", "media:content"):
        return True
    if given.get("medium", "").lower() == "image" or kind.startswith("image/"):
        return True
    return is_picture(address) and kind in ("", "application/octet-stream", "binary/octet-stream")


def _of_tag(given: Mapping[str, str], base: str) -> str | None:
    if _is_a_dot(given):
        return None
    written = [given.get(name) for name in _LAZY] + [_largest(given.get(name, "")) for name in _SETS]
    lazy, sets = written[: len(_LAZY)], written[len(_LAZY) :]
    for raw in [*lazy, given.get("src"), *sets]:
        if raw and (address := usable(raw, base)):
            return address
    return None


def _is_a_dot(given: Mapping[str, str]) -> bool:
    """Whether it is one pixel wide or high, as what counts visitors is."""
    sides = [_SIZE.match(given.get(side, "")) for side in ("width", "height")]
    return any(found and int(found[1]) <= 1 for found in sides) or bool(_STYLED.search(given.get("style", "")))


def _largest(srcset: str) -> str:
    """The widest candidate of a `srcset`; the first of equals."""
    found = _CANDIDATE.findall(srcset[:8192])
    return max(found, key=lambda one: int(one[1] or 1), default=("", ""))[0]
