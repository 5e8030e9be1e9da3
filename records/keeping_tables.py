"""The tables of keeping: what must not go, how long the rest stays, and which archives were sealed.

Only this package writes them. Rows are never deleted: a hold is lifted, a seal stands for good. Times are aware UTC,
days are local.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  it names the constraints


class LegalHold(SQLModel, table=True):
    """An order that something stays whatever its period says: an inspection, a complaint, a lawsuit."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        CheckConstraint("scope IN ('post','publication','campaign','period','everything')", name="scope"),
    )
    id: int | None = Field(default=None, primary_key=True)
    scope: str
    """See `records.holds.Scope`."""
    subject_id: int | None = None
    """Of a post, a publication or a campaign."""
    first: date | None = None
    """Of a period: the first local day."""
    last: date | None = None
    """Of a period: the last local day."""
    reason: str = Field(sa_type=Text)
    placed_by: str
    placed_at: datetime
    lifted_by: str = ""
    lifted_at: datetime | None = None
    lifted_words: str = Field(default="", sa_type=Text)


class RetentionPeriod(SQLModel, table=True):
    """How long one kind of thing stays in this office, where it is not the default."""

    __tablename__ = "retention_period"
    kind: str = Field(primary_key=True)
    """The name of a rule in `records.rules`."""
    days: int
    actor: str
    updated_at: datetime


class ArchiveSeal(SQLModel, table=True):
    """One monthly archive as it was made: whoever has the file can be held against this row. Rows are only added."""

    __tablename__ = "archive_seal"
    __table_args__ = (UniqueConstraint("month", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    month: str
    """Such as 2026-10."""
    version: int
    """1, and one more each time that the data of the month had changed."""
    name: str
    """The file's name in the archive's folder."""
    size: int = Field(sa_type=BigInteger)
    """Bytes."""
    sha256: str
    """Of the whole file."""
    manifest_sha256: str
    """Of its manifest: what an office writes in its book."""
    data_sha256: str
    """Over what it tells, without how: the same data have the same one."""
    chain_head: str = ""
    """The head of the audit log's chain when it was made; empty: there was none."""
    made_by: str
    made_at: datetime
