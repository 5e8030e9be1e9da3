"""The tables of the reports floor: the stored figures of a period, so that a printed number can be found again.

Reports write only these two tables; everywhere else they only SELECT.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

import scheduler.tables  # noqa: F401  the foreign key below points there


class Summary(SQLModel, table=True):
    """One made summary. The same cut-off again is the same summary."""

    __tablename__ = "summary"
    __table_args__ = (UniqueConstraint("kind", "period", "cutoff_at"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """week."""
    period: str
    """Such as 2026-W48."""
    starts_on: date
    ends_on: date
    """The last day that belongs to it."""
    cutoff_at: datetime
    """Nothing that happened or was read after this moment is in the figures."""
    made_at: datetime
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The whole `reports.summary.WeeklySummary`."""


class SummaryFigure(SQLModel, table=True):
    """One figure of a summary, of a channel or of a topic, for comparing periods in SQL."""

    __tablename__ = "summary_figure"
    id: int | None = Field(default=None, primary_key=True)
    summary_id: int = Field(foreign_key="summary.id", index=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    topic: str | None = None
    metric: str
    value: int | None = None
    """None: the platform told nothing. It is never turned into 0."""
    previous: int | None = None
    """The same figure of the period before."""
