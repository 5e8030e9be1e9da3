"""What figures are narrowed to, and the conditions that say so to the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import col

from connectors.base import Part
from content.campaigns import posts_of
from content.tables import Post
from reports.spans import Span
from scheduler.tables import Channel, Publication

OFFICE = ""
"""The agency of posts that name none: the office that runs the channels."""


@dataclass(frozen=True, slots=True)
class Only:
    """What the figures are of; an empty value means everything."""

    channel: str = ""
    topic: str = ""
    agency: str | None = None
    """None: every agency; "" is the office itself."""
    campaign: str = ""
    """The key of a campaign: only publications of its posts."""

    @property
    def whole(self) -> bool:
        """Whether they are of the whole office, so that they can be held against the plan's minimums."""
        return not (self.channel or self.campaign) and self.agency is None

    @property
    def where(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions, over publications joined with their posts and channels."""
        found: list[ColumnElement[bool]] = []
        if self.channel:
            found.append(col(Channel.key) == self.channel)
        if self.topic:
            found.append(col(Post.topic) == self.topic)
        if self.agency is not None:
            found.append(col(Post.agency) == self.agency)
        if self.campaign:
            found.append(col(Post.id).in_(posts_of(self.campaign)))
        return tuple(found)


def is_post() -> ColumnElement[bool]:
    """Comments, broadcasts and corrections are rows of the queue, too, and no posts."""
    return col(Publication.part) == Part.POST.value


def went_public(span: Span, until: datetime | None = None) -> tuple[Any, ...]:
    """The publications of posts that became public in the span, and before `until`; whether or not they stand yet."""
    at = col(Publication.published_at)
    return is_post(), at >= span.since, at < min(span.until, until or span.until)
