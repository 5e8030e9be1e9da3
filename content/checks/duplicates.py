"""The same wording not long ago: readers who see a text twice stop reading, and platforms show it to fewer.

Near-duplicates count too: texts are compared by their runs of syllables.
"""

from collections.abc import Iterator, Sequence

from content.checks.runs import runs
from content.checks.values import Earlier, Finding, Words, bodies_of, warn
from content.vietnamese import day, fold, local_day, percent

DAYS = 60
"""How far back wording is compared."""
ALIKE = 0.6
"""The share of the shorter text's runs that must be in the other one."""
RUNS_MIN = 12
"""A shorter text ("Mời bà con xem.") proves nothing."""


def find_duplicates(post: Words, earlier: Sequence[Earlier]) -> Iterator[Finding]:
    """The post most like this one, and whoever has the same title. A post is no duplicate of itself."""
    own = str(getattr(post, "key", ""))
    others = [other for other in earlier if other.key != own]
    best = max(
        (
            (share_of(ours, theirs), field, other)
            for field, ours in [(field, runs(text)) for field, text in bodies_of(post)]
            for other in others
            for theirs in other.runs
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


def share_of(ours: frozenset[int], theirs: frozenset[int]) -> float:
    """How much of the shorter text stands in the other one, from 0 to 1."""
    fewest = min(len(ours), len(theirs))
    return len(ours & theirs) / fewest if fewest >= RUNS_MIN else 0.0
