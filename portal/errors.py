"""Why an address could not be read, told so that staff can act on it."""

from datetime import datetime, timedelta


class PortalError(Exception):
    """An address that was not read.

    `code`         short and stable, such as "not_found" or "private_address"
    `words`        one Vietnamese sentence; shows host and path of an address, never its query
    `status`       the server's HTTP status, when it answered
    `retry_after`  how long, or until when (aware), the server asked to be left alone
    """

    def __init__(
        self, code: str, words: str, *, status: int | None = None, retry_after: timedelta | datetime | None = None
    ) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.status = status
        self.retry_after = retry_after


class Refused(PortalError):
    """An address that the guard does not let through; trying again is useless."""
