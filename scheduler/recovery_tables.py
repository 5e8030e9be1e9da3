"""Tables by which an office notices that its database is an older copy (`scheduler.recovery`). Times are aware UTC."""

from datetime import datetime

from sqlmodel import Field, SQLModel

import scheduler.tables  # noqa: F401  times are stored aware, as declared there


class Lineage(SQLModel, table=True):
    """How far this database has come: a number that only rises, of which the data folder keeps a copy. One row."""

    __tablename__ = "lineage"
    id: int | None = Field(default=None, primary_key=True)
    number: int
    at: datetime


class Restoration(SQLModel, table=True):
    """This database is a copy from an earlier moment. Every copy is born with such a row; never deleted."""

    __tablename__ = "restoration"
    id: int | None = Field(default=None, primary_key=True)
    copied_at: datetime
    """Nothing that happened after this is known here."""
    noticed_at: datetime | None = None
    """When what waits was put aside to be compared with the channels; None: not yet."""
    how: str
    """copy (made by us), number (older than the data folder's number), told (by a person)."""
    put_aside: int = 0
    """Publications that were to be compared then."""
