"""The portals as the scheduler asks them: feeds, single pages, pictures, all through one guarded fetch."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from content.errors import ContentError
from content.tables import PortalSource
from portal.errors import PortalError
from portal.fetch import Fetched, Limits, fetch
from portal.guard import Guard, shown
from portal.values import Reading
from scheduler.intake import Answer

PAGE, PICTURE = "text/html, application/xhtml+xml;q=0.9, */*;q=0.5", "image/jpeg, image/png, image/*;q=0.5"
"""What is asked for, where it is no feed."""


class Portals:
    """Feeds, pages and pictures of portals, through one guard and one set of limits."""

    def __init__(self, guard: Guard, limits: Limits, proxy: str = "") -> None:
        """`proxy`: the office's own, where it has one; the guard is then one made for it."""
        self.guard = guard
        self.limits = limits
        self.proxy = proxy

    def feed(self, source: PortalSource, now: datetime) -> Answer:
        """What a feed tells now; see `scheduler.intake.Ask`."""
        asked = partial(fetch, etag=source.etag, last_modified=source.last_modified)
        try:
            got = self._get(asked, source.address)
        except PortalError as error:
            return Answer(Reading(error=error.code, words=error.words), wait=_wait(error, now))
        told = None
        if not got.not_modified:
            from portal.feed import read_feed  # with all that parses XML: an office without feeds carries none of it

            told = read_feed(got.data, address=got.address, fetched_at=now, content_type=got.content_type)
            if got.moved_to and told.ok:
                moved = f"Nguồn đã chuyển hẳn sang {shown(got.moved_to)}; hãy thêm địa chỉ mới rồi tạm dừng nguồn cũ."
                told = replace(told, warnings=(moved, *told.warnings))
        return Answer(told, got.etag, got.last_modified)

    def article(self, address: str, now: datetime) -> Reading:
        """What a single page tells of itself. Raises `ContentError` when it cannot be fetched or tells nothing."""
        from portal.article import read_article  # as above

        got = self._given(address, PAGE)
        told = read_article(got.data, address=got.address, fetched_at=now, content_type=got.content_type)
        if not told.ok:
            raise ContentError(told.words)
        return told

    def picture(self, address: str) -> bytes:
        """The bytes behind a picture's address. Raises `ContentError`."""
        return self._given(address, PICTURE).data

    def _given(self, address: str, accept: str) -> Fetched:
        try:
            return self._get(partial(fetch, accept=accept), address)
        except PortalError as error:
            raise ContentError(error.words) from error

    def _get(self, asked: Callable[..., Fetched], address: str) -> Fetched:
        return asked(address, guard=self.guard, limits=self.limits, proxy=self.proxy)


def _wait(error: PortalError, now: datetime) -> timedelta | None:
    """How long the server asked to be left alone, counted from `now` (aware)."""
    told = error.retry_after
    return told - now if isinstance(told, datetime) else told
