"""The tables of the reports floor: the stored figures of a period, so that a printed number can be found again.

Reports write only these tables; everywhere else they only SELECT.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
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
    texts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False, server_default="{}"))
    """What a person wrote over the generated sentences, by place; the figures are never written over."""
    edited_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    edited_at: datetime | None = None


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


class SummaryDelivery(SQLModel, table=True):
    """One summary on its way to one address. The row is committed before the mail is handed over.

    A mail whose fate is unknown is never sent again by itself: two of the same summary are worse than a question.
    """

    __tablename__ = "summary_delivery"
    __table_args__ = (
        UniqueConstraint("summary_id", "address"),
        CheckConstraint("state IN ('waiting','sending','sent','unknown','failed')", name="state"),
        Index("ix_summary_delivery_due", "state", "next_attempt_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    summary_id: int = Field(foreign_key="summary.id")
    address: str
    state: str = "waiting"
    attempts: int = 0
    next_attempt_at: datetime | None = None
    started_at: datetime | None = None
    sent_at: datetime | None = None
    problem: str = ""
    created_at: datetime


class Report(SQLModel, table=True):
    """One official report that is being written, or was finished: its frozen figures and the office's own words."""

    __tablename__ = "report"
    __table_args__ = (CheckConstraint("state IN ('draft','final')", name="state"),)
    id: int | None = Field(default=None, primary_key=True)
    preset: str
    """See `reports.official.presets`."""
    title: str
    first: date
    """The first local day."""
    last: date
    """The last local day."""
    cutoff_at: datetime
    """Nothing that happened or was read after this moment is in the figures."""
    plan: str
    """The plan's code."""
    state: str = "draft"
    heading: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The parts of `reports.official.values.Heading` that the office fills in."""
    texts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """Place in the outline -> what the office wrote there instead of the prefilled words."""
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The figures as they stood at the cut-off; a document is made of these alone."""
    version: int = 1
    """Rises with every change; who saves says which one they saw."""
    made_by: str
    made_at: datetime
    updated_by: str = ""
    updated_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
