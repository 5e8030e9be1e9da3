"""What became of a letter that was not delivered, named by what to do next.

    PostError
     ├─ Refused       the other side, or our own settings, say no: a person mends the settings
     ├─ Unavailable   surely not accepted: safe to send again later
     └─ Unknown       it was handed over and no whole answer came back: perhaps accepted

A mail that is `Unknown` is never sent again by itself. A webhook is, because its receiver drops doubles by their id.
"""

from datetime import timedelta


class PostError(Exception):
    """`words` is one Vietnamese sentence for staff, without any secret."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Refused(PostError):
    """Sending again is useless until a person has changed the settings, here or there."""


class Unavailable(PostError):
    """Nothing was accepted; `retry_after` when the other side named a time."""

    def __init__(self, words: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class Unknown(PostError):
    """It may have been accepted."""
