"""What a page of figures or of proof may be asked for: spans, channels, points of the plan; the same choice on each."""

from collections.abc import Sequence

from content.plan import Plan
from reports.spans import SPAN_WORDS
from scheduler.tables import Channel
from web.channel_names import channel_names

OWN = "tuy-chon"
"""Days of one's own instead of a span that has a name."""


class Offered:
    """What may be chosen. Not a page's own: it knows the channels and the plan."""

    channels: Sequence[Channel]
    plan: Plan | None

    @property
    def spans(self) -> list[tuple[str, str]]:
        """The spans to choose from."""
        return [*SPAN_WORDS.items(), (OWN, "Khoảng ngày khác")]

    @property
    def channel_choices(self) -> list[tuple[str, str]]:
        """The channels to choose from."""
        return channel_names(self.channels)

    @property
    def topics(self) -> list[tuple[str, str]]:
        """The plan's points to choose from."""
        return [(one.letter, f"{one.letter}. {one.label}") for one in self.plan.topics] if self.plan else []
