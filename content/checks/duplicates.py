"""The same wording not long ago: readers who see a text twice stop reading, and platforms show it to fewer.

Near-duplicates count too. Texts are compared by their runs of four syllables, without case, marks, punctuation,
links, hashtags and the source line, so that a changed title or an added greeting hides nothing.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from content.checks.values import Earlier, Finding, Words, bodies_of, warn
from content.vietnamese import day, fold, local_day, percent

DAYS = 60
"""How far back wording is compared."""
RUN = 4
ALIKE = 0.6
"""The share of the shorter text's runs that must be in the other one."""
RUNS_MIN = 12
"""A shorter text ("Mời bà con xem.") proves nothing."""

_LEFT_OUT = re.compile(r"https?://\S+|#\w+", re.IGNORECASE)
_WORD = re.compile(r"[a-z0-9]+")


def find_duplicates(post: Words, earlier: Sequence[Earlier]) -> Iterator[Finding]:
    """The post most like this one, and whoever has the same title. A post is no duplicate of itself."""
    own = str(getattr(post, "key", ""))
    others = [other for other in earlier if other.key != own]
    best = max(
        (
            (_alike(text, before), field, other)
            for field, text in bodies_of(post)
            for other in others
            for before in other.texts
        ),
        key=lambda one: one[0],
        default=None,
    )
    if best and best[0] >= ALIKE:
        share, field, other = best
        same = "trùng" if share == 1 else f"giống khoảng {percent(share, 0)}"
        yield warn(field, f"lời {same} với {_told(other)}; hãy viết lại cho khác, hoặc chờ ít nhất {DAYS} ngày.")
        others = [one for one in others if one.key != other.key]
    title = fold(post.title)
    for other in others:
        if title and fold(other.title) == title:
            yield warn("title", f"tiêu đề trùng với {_told(other)}; hãy đặt tiêu đề khác.")
            return


def _told(other: Earlier) -> str:
    verb = "đã đăng" if other.published else "đang chờ đăng"
    return f"bài “{other.key}” ({verb} ngày {day(local_day(other.at))} trên kênh {other.channel})"


def _alike(text: str, before: str) -> float:
    """How much of the shorter text stands in the other one, from 0 to 1."""
    ours, theirs = _runs(text), _runs(before)
    fewest = min(len(ours), len(theirs))
    return len(ours & theirs) / fewest if fewest >= RUNS_MIN else 0.0


@lru_cache(maxsize=2_000)
def _runs(text: str) -> frozenset[int]:
    """The text's runs of `RUN` syllables, as hashes."""
    lines = _bare(_LEFT_OUT.sub(" ", text)).splitlines()
    words = _WORD.findall("\n".join(line for line in lines if not line.lstrip().startswith("nguon:")))
    return frozenset(map(hash, zip(*(words[place:] for place in range(RUN)), strict=False)))


def _bare(text: str) -> str:
    """As `fold`, but keeping the lines, and quick: a thousand texts are compared before a post is submitted."""
    return unicodedata.normalize("NFD", text.casefold().replace("đ", "d")).encode("ascii", "ignore").decode()
