"""Figures as platforms tell them, and what must be known before they are compared. Values only."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Metric(StrEnum):
    """Our words for what platforms count. Two platforms' values under one word are not the same thing."""

    REACH = "reach"
    VIEWS = "views"
    REACTIONS = "reactions"
    COMMENTS = "comments"
    SHARES = "shares"
    CLICKS = "clicks"
    FOLLOWERS = "followers"
    VIDEO_VIEWS = "video_views"
    ENGAGED_VIEWS = "engaged_views"
    WATCH_SECONDS = "watch_seconds"
    ENGAGEMENTS = "engagements"
    PROFILE_VIEWS = "profile_views"
    IMPRESSIONS = "impressions"
    NEW_FOLLOWERS = "new_followers"
    LOST_FOLLOWERS = "lost_followers"
    SENT = "sent"
    """Followers a broadcast was sent to; as the next two, only a platform's console tells it."""
    DELIVERED = "delivered"
    OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of one metric at the moment it was read.

    `ref` is the post's external id, or "" for the channel itself. `metric` is our word (`Metric`);
    `name`, `version` and `definition` are the platform's, kept with the value for ever. `day` is the
    platform's own day that a daily value is of; None for a counter as it stands at the moment.
    """

    ref: str
    metric: str
    value: int | None
    name: str
    version: str
    definition: str
    day: date | None = None


@dataclass(frozen=True, slots=True)
class DefinitionBreak:
    """From `on` (the platform's day, local) the platform counts `metric` in another way, or counts it no more.

    A difference of two readings on both sides of that day is not growth. `words` is one Vietnamese sentence for
    staff, `source` names the fact sheet's section; `sure` is False where the day itself is unverified.
    """

    metric: Metric
    on: date
    words: str
    source: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class ByHand:
    """A figure that no call tells and a person may copy from the platform's own console.

    `part`: of which `Part` of a post it is ("": of the channel). `where` names the place in the console; it becomes
    the stored definition, so that the figure is labelled wherever it is shown.
    """

    metric: Metric
    part: str
    label: str
    where: str
