"""Where a post stands with those who approve it, read from its history: who wrote it, who has looked, what comes next.

Pure: a post and its reviews in, values out; `content.editorial` reads them and acts. An ordinary post needs one
approver. A sensitive one needs two different people: the first endorses it, and one of the second level approves.
In an urgent case one of the second level may approve alone, with a reason that is looked at afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from content.tables import APPROVALS, Post, Review
from content.vietnamese import fold, nfc

LIBRARY = "Thư viện"
"""Who loads files: nobody's words."""
DECISIONS = frozenset({"endorsed", "returned", *APPROVALS})
"""Acts of approvers. Whatever else stands in the history, somebody wrote."""


class Step(StrEnum):
    """What an approver's yes means now."""

    ONLY = "only"
    """An ordinary post: it is approved."""
    FIRST = "first"
    """A sensitive post, not looked at yet: it is endorsed and waits for the second level."""
    SECOND = "second"
    """A sensitive post that somebody endorsed: it is approved."""
    URGENT = "urgent"
    """A sensitive post, approved by one person alone."""


ACTION = {
    Step.ONLY: "approved",
    Step.FIRST: "endorsed",
    Step.SECOND: "approved",
    Step.URGENT: "approved_urgently",
}
"""What the history calls it."""
LEVEL = {Step.ONLY: 1, Step.FIRST: 1, Step.SECOND: 2, Step.URGENT: 2}
"""How far an approver's rights must go."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the history says about the post as it is now."""

    writers: tuple[str, ...]
    """Whoever created, changed, proposed or submitted it since the last approval, each once, in order."""
    submitted: Review | None
    """The last submission."""
    endorsed: Review | None
    """The first of two levels, given to exactly this content since the last submission."""
    approved: Review | None
    """The last approval that was not taken back."""
    sensitive: bool

    @property
    def step(self) -> Step:
        """What comes next."""
        if not self.sensitive:
            return Step.ONLY
        return Step.FIRST if self.endorsed is None else Step.SECOND

    def wrote(self, name: str) -> bool:
        """Whether this person's words are in it; "" is nobody."""
        return bool(name) and fold(name) in map(fold, self.writers)


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides."""

    name: str
    level: int = 2
    """0: nobody who approves; 1: ordinary posts and the first of two levels; 2: the second level, too."""
    behalf: str = ""
    """In whose name, by delegation; "" in their own."""


def standing_of(post: Post, reviews: Sequence[Review]) -> Standing:
    """Read the history (in any order) of one post."""
    writers: dict[str, str] = {}
    approvals: list[tuple[Review, dict[str, str]]] = []
    submitted: Review | None = None
    endorsed: Review | None = None
    decided = False  # an approval stands and nothing was submitted since: a return takes it back
    for row in sorted(reviews, key=lambda one: one.id or 0):
        if row.action in APPROVALS:
            approvals.append((row, writers))
            writers, endorsed, decided = {}, None, True
        elif row.action == "returned":
            if decided and approvals:
                writers, decided = approvals.pop()[1] | writers, False
            endorsed = None
        elif row.action == "endorsed":
            endorsed = row
        else:
            if row.action == "submitted":
                submitted, endorsed, decided = row, None, False
            if not _is_nobody(row):
                writers.setdefault(fold(row.actor), row.actor)
    if not approvals and post.author:
        writers = {fold(post.author): post.author} | writers
    bound = endorsed if endorsed is not None and endorsed.content_hash == post.content_hash else None
    approved = approvals[-1][0] if approvals else None
    return Standing(tuple(writers.values()), submitted, bound, approved, post.sensitive)


def _is_nobody(row: Review) -> bool:
    return row.action == "loaded" or (row.action == "changed" and row.actor == LIBRARY)


def why_not(standing: Standing, who: Approver, *, urgent: bool = False) -> str:
    """Why this person may not say yes to the submitted post now, as a sentence; "" when they may."""
    name, step = nfc(who.name.strip()), Step.URGENT if urgent else standing.step
    if who.level < 1:
        return "Chỉ người duyệt mới được duyệt bài."
    if refusal := why_not_return(standing, who):
        return refusal
    if urgent and not standing.sensitive:
        return "Bài thường chỉ cần một người duyệt nên không cần duyệt khẩn."
    if who.level < LEVEL[step]:
        if urgent:
            return "Chỉ người duyệt cấp 2 mới được duyệt khẩn."
        first = standing.endorsed.actor if standing.endorsed else ""
        return f"Bài nhạy cảm đã được {first} duyệt cấp 1; cần người duyệt cấp 2 phê duyệt."
    if step is Step.SECOND and standing.endorsed is not None:
        for one in (name, who.behalf):
            if one and fold(one) == fold(standing.endorsed.actor):
                return f"{one} đã duyệt cấp 1 bài này; người phê duyệt cấp 2 phải là người khác."
    return ""


def why_not_return(standing: Standing, who: Approver) -> str:
    """Why this person may not decide about the submitted post at all, in either way; "" when they may."""
    name = nfc(who.name.strip())
    if standing.wrote(name):
        return f"{name} đã soạn, sửa hoặc trình bài này nên không được tự duyệt; hãy nhờ người duyệt khác."
    if standing.wrote(who.behalf):
        return (
            f"{who.behalf} đã soạn, sửa hoặc trình bài này nên {name} không được duyệt thay mặt {who.behalf}; "
            "hãy nhờ người duyệt khác."
        )
    return ""
