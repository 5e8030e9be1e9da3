"""What channels are called where one is chosen by its name alone."""

from collections import Counter
from collections.abc import Collection

from connectors import connector_class
from scheduler.tables import Channel


def channel_names(channels: Collection[Channel]) -> list[tuple[str, str]]:
    """Key and name of each; the platform stands before a name that several share, as an office's page and its OA do."""
    count = Counter(one.name for one in channels)
    return [(one.key, one.name if count[one.name] == 1 else f"{label(one)}: {one.name}") for one in channels]


def label(channel: Channel) -> str:
    """The platform's name."""
    return connector_class(channel.platform).capabilities.label
