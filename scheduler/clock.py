"""Where time comes from. Read once per operation and passed down as a value; aware UTC, always."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Something that knows what time it is."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """Stands still until it is set: for tests, and for a week that passes in a minute."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def now(self) -> datetime:
        """Aware UTC."""
        return self._at

    def set(self, at: datetime) -> None:
        """Stand at `at` (aware)."""
        if at.utcoffset() is None:
            raise ValueError("a clock needs an aware time")
        self._at = at.astimezone(UTC)
