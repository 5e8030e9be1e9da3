"""What is left of a text when it is compared with others: its runs of four syllables.

Without case, marks, punctuation, links, hashtags and the source line, so that a changed title or an added greeting
hides nothing.
"""

import re
import unicodedata
from functools import lru_cache

RUN = 4
_LEFT_OUT = re.compile(r"https?://\S+|#\w+", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=1024)
def runs(text: str) -> frozenset[int]:
    """The text's runs of `RUN` syllables, as hashes that hold within this process.

    Kept for a while: the composer compares with the same few hundred posts at every pause in writing.
    """
    lines = _bare(_LEFT_OUT.sub(" ", text)).splitlines()
    words = _WORD.findall("\n".join(line for line in lines if not line.lstrip().startswith("nguon:")))
    return frozenset(map(hash, zip(*(words[place:] for place in range(RUN)), strict=False)))


def _bare(text: str) -> str:
    """As `fold`, but keeping the lines, and quick: thousands of texts are compared before a post is submitted."""
    return unicodedata.normalize("NFD", text.casefold().replace("đ", "d")).encode("ascii", "ignore").decode()
