"""How posts and sources are called: the shape of a key, and the key of words that have none yet."""

import re
import unicodedata

from content.vietnamese import fold

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_MAX = 60


def slug(text: str) -> str:
    """A key made of words: ASCII, cut at a hyphen; "" when no letter of it is left."""
    found = "-".join(re.findall(r"[a-z0-9]+", _ascii(fold(text))))
    return found if len(found) <= SLUG_MAX else found[: SLUG_MAX + 1].rpartition("-")[0] or found[:SLUG_MAX]


def key_of(topic: str, title: str) -> str:
    """The key of a post that was given none: its topic's letter (đ as dd) and its title."""
    letter = "dd" if topic == "đ" else slug(topic)
    return "-".join(part for part in (letter, slug(title)) if part)


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
