"""Figures that were counted before and are the same still: shared by the pages and the programs' door.

They are counted anew when anything was read, happened or was written since, or the hour is another one.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from connectors import connector_class
from content.campaigns import posts_of
from content.plan import Plan
from content.record_tables import ActRecord
from content.tables import CampaignPost, PostRevision, Review, Suggestion
from reports.best_times import BestTimes, best_times
from reports.coverage import Coverage, coverage
from reports.figures import Figures, figures
from reports.only import Only
from reports.spans import Span
from scheduler.db import reading
from scheduler.service import Service
from scheduler.tables import Channel, Publication, PublicationEvent, Reading
from web.house import House

_GROWING = (Reading, PublicationEvent, Publication, PostRevision, Review, ActRecord)
"""Tables that figures depend on; their last number tells whether anything was added."""


@dataclass(frozen=True)
class _Key:
    """What figures are counted from; two are the same when they ask the same of the same database."""

    service: Service
    """Whose database it is; two services are never the same."""
    span: Span
    only: Only
    plan: Plan | None
    members: tuple[int, int]
    """How many posts the campaign has and the last row of them: another set of posts has other figures."""
    steps: str = ""
    week_start: int = 0

    def __hash__(self) -> int:
        code = self.plan.code if self.plan else ""
        return hash((self.service, self.span, self.only, code, self.steps, self.week_start))


def known_figures(session: Session, house: House, span: Span, only: Only, plan: Plan | None, now: datetime) -> Figures:
    """`reports.figures.figures` as they were counted at the last change of anything, or later."""
    key = _Key(house.service, span, only, plan, _members(session, only.campaign))
    return _figures(key, _as_of(session), _hour(now), _Now(now))


def known_coverage(
    session: Session,
    house: House,
    span: Span,
    only: Only,
    plan: Plan | None,
    now: datetime,
    *,
    steps: str = "",
    week_start: int = 0,
) -> Coverage:
    """`reports.coverage.coverage` likewise; its cut-off is the moment at which it was counted."""
    key = _Key(house.service, span, only, plan, _members(session, only.campaign), steps, week_start)
    return _coverage(key, _as_of(session), _hour(now), _Now(now))


def known_times(session: Session, house: House, channel: Channel, span: Span, only: Only, now: datetime) -> BestTimes:
    """`reports.best_times.best_times` of one channel, counted once an hour: it is of days that are a week old."""
    key = _Key(house.service, span, only, None, _members(session, only.campaign))
    return _times(key, channel.id or 0, channel.platform, _hour(now), _Now(now))


class _Now:
    """A moment that is no part of what is asked: any two are equal, so that the first one asked for is kept."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Now)

    def __hash__(self) -> int:
        return 0


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def _as_of(session: Session) -> tuple[object, ...]:
    """The last number of every table that figures depend on; one statement of seeks."""
    lasts = [columns(func.max(col(table.id))).scalar_subquery() for table in _GROWING]
    seen = columns(func.max(col(Suggestion.seen_at))).scalar_subquery()
    row = session.connection().execute(columns(*lasts, seen)).one()
    return tuple(row)


def _members(session: Session, campaign: str) -> tuple[int, int]:
    if not campaign:
        return 0, 0
    mine = select(func.count(col(CampaignPost.id)), func.max(col(CampaignPost.id)))
    count, last = session.exec(mine.where(col(CampaignPost.post_id).in_(posts_of(campaign)))).one()
    return count, last or 0


@lru_cache(maxsize=32)
def _figures(key: _Key, _as_of: tuple[object, ...], _hour: datetime, now: _Now) -> Figures:
    with reading(key.service.engine) as session:
        return figures(session, key.span, key.plan, now.at, key.only)


@lru_cache(maxsize=64)
def _coverage(key: _Key, _as_of: tuple[object, ...], _hour: datetime, now: _Now) -> Coverage:
    with reading(key.service.engine) as session:
        return coverage(
            session, key.span, key.plan, now.at, key.only, steps=key.steps, first_weekday=key.week_start
        )  # fmt: skip


@lru_cache(maxsize=32)
def _times(key: _Key, channel: int, platform: str, _hour: datetime, now: _Now) -> BestTimes:
    breaks = connector_class(platform).capabilities.breaks
    with reading(key.service.engine) as session:
        return best_times(session, channel, key.span, now.at, breaks, key.only)
