"""The tables of the calendar that runs itself: what staff told the autopilot, recurring posts, notices.

Only this package writes them; times are aware UTC, days are local.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import scheduler.tables  # noqa: F401  the foreign keys below point there


class Choice(SQLModel, table=True):
    """What staff told the autopilot: this post then (pin), or not this post then (veto). Never deleted."""

    __tablename__ = "choice"
    __table_args__ = (
        CheckConstraint("kind IN ('pin','veto')", name="kind"),
        Index("ix_choice_open", "ended_at", "until"),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    post_id: int = Field(foreign_key="post.id", index=True)
    channel_id: int | None = Field(default=None, foreign_key="channel.id")
    """None: every channel (of a veto)."""
    since: date
    """The first local day it counts for."""
    until: date | None = None
    """The last one; None: for good (of a veto)."""
    reason: str = ""
    actor: str
    created_at: datetime
    ended_at: datetime | None = None
    """When it was taken back, or a pin was carried out."""
    ended_by: str = ""


class Recurrence(SQLModel, table=True):
    """One post on one channel again and again at a fixed hour, until a day or a number of times. Never deleted."""

    __tablename__ = "recurrence"
    __table_args__ = (CheckConstraint("every IN ('week','month')", name="every"),)
    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", index=True)
    channel_id: int = Field(foreign_key="channel.id", index=True)
    every: str
    """week or month."""
    step: int = 1
    """Every so many weeks or months, counted from `since`."""
    day: int
    """week: the weekday (0 is Monday). month: the day of the month, or the month's last one where it has fewer."""
    minute: int
    """Minutes after midnight, local."""
    since: date
    until: date
    """The last local day; there always is one."""
    most: int = 0
    """At most so many publications; 0: as many as there are days."""
    actor: str
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""


class Notice(SQLModel, table=True):
    """Something people have to know before it is too late. One row for one event, however often it is seen."""

    __tablename__ = "notice"
    __table_args__ = (
        CheckConstraint("grade IN ('alarm','warning','news')", name="grade"),
        Index("ix_notice_open", "cleared_at", "raised_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """empty_day, token_expiry, quota, not_sent, channel_stopped…; see `scheduler.notices`."""
    subject: str = Field(unique=True)
    """What it is about, with its day or its number: two findings of one event have one subject."""
    grade: str
    words: str = Field(sa_type=Text)
    path: str = ""
    """Where at the desk something can be done about it, such as "/muc/12"."""
    raised_at: datetime
    seen_at: datetime
    """When it was found last."""
    cleared_at: datetime | None = None
    """When its cause was gone."""


class NoticeDelivery(SQLModel, table=True):
    """One notice on its way to one target, written before it is sent: no event is mailed twice."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "way", "target"),
        CheckConstraint("way IN ('mail','webhook')", name="way"),
        CheckConstraint("state IN ('waiting','sending','sent','unknown','failed')", name="state"),
        Index("ix_notice_delivery_due", "state", "next_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    notice_id: int = Field(foreign_key="notice.id", index=True)
    way: str
    target: str
    """The mail's recipients, or the webhook's address."""
    state: str = "waiting"
    attempts: int = 0
    next_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    words: str = Field(default="", sa_type=Text)
    """What went wrong last, without a secret."""
