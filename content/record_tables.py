"""The tables of what the office did outside the platforms, and of what its agencies handed in (domain 1.4, 3.3).

Only this package writes them. Nothing is deleted: what was entered by mistake is withdrawn, with who and when.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  it names constraints, and must be known before these
from content.origin import address_now, via_now


class Activity(SQLModel, table=True):
    """One activity that no connector publishes: a training, a contest, a press article, a dialogue, a print run."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_first", "first", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str
    """See `content.activities.KINDS`."""
    title: str
    first: date
    """The local day it took place, or began."""
    last: date
    """The last local day; the same as `first` for one day."""
    place: str = ""
    agency: str = ""
    """The code of the agency that did it; empty: the office itself."""
    topic: str = ""
    """The letter of the plan's content it belongs to."""
    form: str = ""
    """The letter of the plan's form (section II.2)."""
    audiences: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    figures: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """What was counted: classes, people, entries, questions, answers, items, copies; what is unknown is left out."""
    cost: int | None = Field(default=None, sa_type=BigInteger)
    """In đồng; None: not told."""
    funding: str = ""
    outlet: str = ""
    """Of a press item: who printed or broadcast it."""
    url: str = ""
    tone: str = ""
    """Of a press item: "tich_cuc", "can_chan_chinh" or empty (domain 1.2, I.1.c-1)."""
    words: str = Field(default="", sa_type=Text)
    version: int = 1
    """Rises with every change; who saves says which one they saw."""
    created_by: str
    created_at: datetime
    updated_by: str = ""
    updated_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdrawn_words: str = ""


class Submission(SQLModel, table=True):
    """What one agency handed in for one deadline of one plan, such as its own plan or its year's report."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("plan", "deadline", "agency"),)
    id: int | None = Field(default=None, primary_key=True)
    plan: str
    """The plan's code."""
    deadline: str
    """The deadline's code in that plan."""
    agency: str
    received_on: date
    """The local day the office received it."""
    document: str = ""
    """Its number and symbol."""
    words: str = Field(default="", sa_type=Text)
    version: int = 1
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


class Evidence(SQLModel, table=True):
    """A file that proves an activity or a submission, kept once by its hash."""

    __tablename__ = "evidence"
    id: int | None = Field(default=None, primary_key=True)
    activity_id: int | None = Field(default=None, foreign_key="activity.id", index=True)
    submission_id: int | None = Field(default=None, foreign_key="submission.id", index=True)
    """Exactly one of the two is set."""
    sha256: str = Field(index=True)
    name: str
    mime: str
    size: int
    """Bytes."""
    words: str = ""
    added_by: str
    added_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""


class ActRecord(SQLModel, table=True):
    """What a person did to one of the rows above, or to the office's index results. Rows are only ever added."""

    __tablename__ = "act_record"
    __table_args__ = (Index("ix_act_record_subject", "subject", "subject_id"),)
    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    subject: str
    """activity, submission or evidence."""
    subject_id: int
    action: str
    """recorded, changed, withdrawn, restored."""
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """The row as it stood afterwards."""
    via: str = Field(default_factory=via_now, sa_column_kwargs={"default": via_now, "server_default": ""})
    """From where it came, see `content.origin`; empty in rows from before it was kept."""
    address: str = Field(default_factory=address_now, sa_column_kwargs={"default": address_now, "server_default": ""})
