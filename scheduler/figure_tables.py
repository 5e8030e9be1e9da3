"""One collection of figures: when, from where, by whom, and what the platform answered, word for word.

Only this package writes it. The readings it brought point here (`Reading.collection_id`).
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  it names constraints


class Collection(SQLModel, table=True):
    """One time that figures of one channel came in: read from the platform, or entered by a person."""

    __tablename__ = "collection"
    __table_args__ = (
        CheckConstraint("source IN ('platform','manual')", name="source"),
        Index("ix_collection_channel", "channel_id", "taken_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    channel_id: int = Field(foreign_key="channel.id")
    source: str = "platform"
    taken_at: datetime
    actor: str = ""
    """Who entered it by hand."""
    words: str = Field(default="", sa_type=Text)
    """A person's note, or why the platform could not be read; empty when all is well."""
    asked: int = 0
    """How many publications it was asked of."""
    calls: int = 0
    """How many requests it took."""
    readings: int = 0
    """How many values it brought."""
    payload: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The platform's answers as they came, without what tells of persons: zlib over JSON. None once it was put away."""
    payload_bytes: int = 0
    """Its size before packing; stays when it is put away."""
