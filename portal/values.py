"""What is read from a portal: plain values, no network, no tables.

Text is NFC without tags. Times are aware and stand at +07:00 (Asia/Ho_Chi_Minh), as portals write them.
Names and addresses of authors are not kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from content.vietnamese import local


@dataclass(frozen=True, slots=True)
class Item:
    """One article as a feed or a page tells it (domain 6)."""

    title: str
    link: str | None
    """Absolute, written as the server wrote it; None when the item has none."""
    published: datetime | None
    """None when missing, unreadable or more than 24 hours after the reading: never the time of the reading."""
    summary: str
    image: str | None = None
    guid: str | None = None
    categories: tuple[str, ...] = ()
    date_only: bool = False
    """Whether only the day was told; `published` then is 00:00."""
    published_raw: str = ""
    """What stood there, for the editor to look at."""
    key: str = ""
    """What makes two items the same article (contract 5); see `portal.links.dedupe_key`."""
    updates: int | None = None
    """The place (from 0) of the earlier item in the same feed that this one renews."""
    superseded_by: int | None = None
    """The place (from 0) of the later item in the same feed that renews this one."""
    shouting: bool = False
    """Whether the title is all capitals: told to the editor, never changed."""

    def as_dict(self) -> dict[str, Any]:
        """The item as plain JSON values; what is only sometimes true stands there only when it is."""
        told: dict[str, Any] = {
            "title": self.title,
            "link": self.link,
            "published": local(self.published).isoformat(timespec="seconds") if self.published else None,
            "summary": self.summary,
            "image": self.image,
            "guid": self.guid,
            "categories": list(self.categories),
        }
        if self.date_only:
            told["date_only"] = True
        if self.updates is not None:
            told["updates"] = self.updates
        if self.superseded_by is not None:
            told["superseded_by"] = self.superseded_by
        return told


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one feed or page."""

    items: tuple[Item, ...] = ()
    title: str | None = None
    """The feed's own."""
    error: str | None = None
    """A short code such as `not_a_feed`; None when it could be read, even with no items."""
    words: str = ""
    """The error as one Vietnamese sentence for staff."""
    warnings: tuple[str, ...] = ()
    """What was odd, in Vietnamese, for staff."""

    @property
    def ok(self) -> bool:
        """Whether it could be read."""
        return self.error is None

    def as_dict(self) -> dict[str, Any]:
        """The reading as plain JSON values."""
        return {
            "ok": self.ok,
            "error": self.error,
            "feed_title": self.title,
            "items": [item.as_dict() for item in self.items],
            "warnings": list(self.warnings),
        }
