"""The plan's words for what posts keep as letters and codes; a desk without a plan shows those themselves."""

from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session

from connectors import CONNECTORS, connector_class
from content.errors import ContentError
from content.plan import LEGAL_WORDS, Plan, active_plan


@dataclass(frozen=True)
class Words:
    """How the active plan calls things."""

    plan: Plan | None

    @cached_property
    def topics(self) -> dict[str, str]:
        """Letter -> "đ. Dịch vụ công trực tuyến", in the plan's order."""
        return {one.letter: f"{one.letter}. {one.label}" for one in self.plan.topics} if self.plan else {}

    @cached_property
    def agencies(self) -> dict[str, str]:
        """Code -> name."""
        return {one.code: one.name for one in self.plan.agencies} if self.plan else {}

    @cached_property
    def audiences(self) -> dict[str, str]:
        """Code -> label."""
        return {one.code: one.label for one in self.plan.audiences} if self.plan else {}

    @cached_property
    def platforms(self) -> dict[str, str]:
        """Name -> label, of every platform the product knows."""
        return {name: connector_class(name).capabilities.label for name in CONNECTORS}

    def legal(self, code: str) -> tuple[str, str]:
        """A document's state (a value of `LegalState`, "" when the plan does not know it) and the words for it."""
        ref = self.plan.legal_ref(code) if self.plan else None
        return (ref.state, LEGAL_WORDS[ref.state]) if ref else ("", "Chưa có trong danh mục văn bản")


def plan_words(session: Session) -> Words:
    """The words of the active plan; there may be none yet."""
    try:
        return Words(active_plan(session))
    except ContentError:
        return Words(None)
