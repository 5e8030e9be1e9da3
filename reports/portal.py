"""From the portal to the channels: how long an article took, and how many were shared (V.2.b-3 of the plan).

An article belongs to the period in which the portal published it, by its own date, or in which we first read it
where it has none. Only articles with an hour have a lag: a date alone is no moment. Nothing is filled in: what
is not known is None and becomes "-" only when it is shown.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func
from sqlmodel import Session, col, select

from connectors.base import Part
from content.tables import PortalSource, Post, Suggestion
from scheduler.tables import Publication

PASTED = "Địa chỉ dán tay"
ALL = "Tất cả"


class LagLine(BaseModel):
    """One source's articles of a period, or those of all sources."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    suggested: int
    """Articles of the period."""
    shared: int
    """Of these, those that became public on at least one channel."""
    measured: int
    """Of these, those whose hour on the portal is known."""
    median_minutes: int | None = None
    p90_minutes: int | None = None
    """Nine of ten articles took at most this long."""

    @property
    def share(self) -> float | None:
        """Shared per suggested, as a share of one."""
        return self.shared / self.suggested if self.suggested else None


class PortalLag(BaseModel):
    """All sources together, then each by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: LagLine
    sources: tuple[LagLine, ...]


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One article, and when it first became public on any channel (None: not yet)."""

    source: str
    """The source's key; empty for a pasted address."""
    published_at: datetime | None
    date_only: bool
    public_at: datetime | None


def portal_lag(session: Session, since: datetime, until: datetime, as_of: datetime) -> PortalLag | None:
    """The articles of [since, until), as things stood at `as_of` (all aware); None while there is no portal source."""
    names = dict(session.exec(select(PortalSource.key, PortalSource.name).order_by(PortalSource.key)).all())
    return summed_up(article_rows(session, since, until, as_of), names) if names else None


def article_rows(session: Session, since: datetime, until: datetime, as_of: datetime) -> list[ArticleRow]:
    """Every article of the period, taken up or not; what became public from `as_of` on is not public yet."""
    told_at = func.coalesce(col(Suggestion.published_at), col(Suggestion.seen_at))
    first = (
        select(col(Post.key).label("key"), func.min(col(Publication.published_at)).label("public_at"))
        .join(Publication, col(Publication.post_id) == col(Post.id))
        .where(col(Publication.part) == Part.POST.value, col(Publication.published_at) < as_of)
        .group_by(col(Post.key))
        .subquery()
    )
    statement = (
        select(PortalSource.key, Suggestion.published_at, Suggestion.date_only, first.c.public_at)
        .select_from(Suggestion)
        .join(PortalSource, col(PortalSource.id) == col(Suggestion.source_id), isouter=True)
        .join(first, first.c.key == col(Suggestion.post_key), isouter=True)
        .where(told_at >= since, told_at < until)
        .order_by(col(Suggestion.id))
    )
    return [
        ArticleRow(key or "", published, date_only, public_at)
        for key, published, date_only, public_at in session.exec(statement)
    ]


def summed_up(rows: Sequence[ArticleRow], names: Mapping[str, str]) -> PortalLag:
    """The lines of all sources, named by key; a source without articles has its line, too."""
    often = Counter(names.values())
    labels = {key: name if often[name] == 1 else f"{name} ({key})" for key, name in names.items()}
    if any(not row.source for row in rows):
        labels[""] = PASTED
    return PortalLag(
        total=_line(ALL, rows),
        sources=tuple(_line(label, [row for row in rows if row.source == key]) for key, label in labels.items()),
    )


def _line(name: str, rows: Sequence[ArticleRow]) -> LagLine:
    lags = sorted(lag for row in rows if (lag := lag_of(row)) is not None)
    return LagLine(
        name=name,
        suggested=len(rows),
        shared=sum(row.public_at is not None for row in rows),
        measured=len(lags),
        median_minutes=round(median(lags)) if lags else None,
        # the smallest lag that nine of ten do not exceed: always one that was seen
        p90_minutes=round(lags[math.ceil(0.9 * len(lags)) - 1]) if lags else None,
    )


def lag_of(row: ArticleRow) -> float | None:
    """Minutes from the portal to the first channel; None when one of the two hours is not known.

    An article that was public before the hour the portal tells has an hour that says nothing.
    """
    if row.published_at is None or row.date_only or row.public_at is None or row.public_at < row.published_at:
        return None
    return (row.public_at - row.published_at) / timedelta(minutes=1)


def minutes_words(minutes: int | None) -> str:
    """95 as "1 giờ 35 phút", 4.000 as "2 ngày 18 giờ"; None is "-"."""
    if minutes is None:
        return "-"
    hours, rest = divmod(minutes, 60)
    days, over = divmod(hours, 24)
    if days:
        return f"{days} ngày {over} giờ" if over else f"{days} ngày"
    if hours:
        return f"{hours} giờ {rest} phút" if rest else f"{hours} giờ"
    return f"{rest} phút"
