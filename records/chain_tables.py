"""The tables of the audit log's chain. Only this package writes them; times are aware UTC, hashes are hexadecimal.

`audit_entry` is append-only: the database itself refuses to change or remove a row (`records.append_only`).
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  it names the constraints


class AuditEntry(SQLModel, table=True):
    """One act in the chain. What it says of the act is there to be read; what proves it is `leaf`."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("source", "stage", "source_id"), Index("ix_audit_entry_at", "at", "sequence"))
    sequence: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """1, 2, 3… without holes."""
    sealed_at: datetime
    at: datetime
    """When it was done."""
    actor: str
    """Empty: the machine."""
    via: str
    """desk, api, cli or machine (`content.origin`); empty: not told, from before it was kept."""
    address: str
    """The browser's or program's address, or the name of the machine where the command was given."""
    act: str
    """Such as "review.approved" or "publication_event.withdrawn"."""
    subject_kind: str
    subject_key: str
    before_hash: str
    """Of what it changed, before and after, where the act bears them."""
    after_hash: str
    source: str
    """The table of the row that is sealed here."""
    stage: str
    """row (nothing more comes), begun (what was known then), ended (the whole row); see `records.sources`."""
    source_id: int
    leaf: str
    """SHA-256 over the row, see `records.canonical`."""
    previous: str
    """The hash of the entry before; of the first one 64 zeros."""
    key: str
    """Which key the stamp was made with."""
    hash: str
    """SHA-256 over everything above."""
    stamp: str
    """HMAC over the hash with a key that is not in the database: who has only the database makes no other chain."""


class AuditCheck(SQLModel, table=True):
    """One time that the whole chain was held against its sources."""

    __tablename__ = "audit_check"
    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    """Empty: the nightly job."""
    is_sound: bool
    entries: int
    unsealed: int
    sequence: int = Field(sa_type=BigInteger)
    """The last entry that was read, and its hash."""
    hash: str
    words: str = Field(sa_type=Text)
    """What was found, for people; empty when all is well."""
