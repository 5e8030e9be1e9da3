"""How pages mark a channel where there is little room: its platform's mark and colour, and its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from connectors import CONNECTORS, connector_class

TONES = 3
"""The desk's colours for platforms."""


class OfChannel(Protocol):
    """What is asked of a channel: a row of its table, or a value that was made from one."""

    @property
    def id(self) -> int | None:
        """Its number."""
        ...

    @property
    def key(self) -> str:
        """How the command line calls it."""
        ...

    @property
    def name(self) -> str:
        """How staff call it."""
        ...

    @property
    def platform(self) -> str:
        """Its platform."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A channel where there is little room: its platform's mark, and its name where that is not enough."""

    key: str
    name: str
    label: str
    mark: str
    tone: int
    """The platform's place in the list of platforms: which of the desk's colours it has."""
    alone: bool
    """Whether no other channel has the same mark."""


def marks(channels: Sequence[OfChannel]) -> dict[int, Mark]:
    """How each channel is marked, by its id."""
    tones = {platform: place % TONES for place, platform in enumerate(CONNECTORS)}
    platforms = [channel.platform for channel in channels]
    found = {}
    for channel in channels:
        facts = connector_class(channel.platform).capabilities
        alone = platforms.count(channel.platform) == 1
        mark, tone = facts.mark or facts.label, tones[channel.platform]
        found[channel.id or 0] = Mark(channel.key, channel.name, facts.label, mark, tone, alone)
    return found
