"""The tables of the desk: who may come in, what they have open, what they did. Only this package writes them.

Passwords are argon2 hashes; session, invitation and API tokens are kept as SHA-256 of a random token that only its
owner has; TOTP secrets are sealed by the vault. Times are aware UTC.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

import content.tables  # noqa: F401  it names the constraints
from content.origin import via_now

LARGEST_ID = 2**31
"""No row has such a number; PostgreSQL does not even take the question."""


class Staff(SQLModel, table=True):
    """One person of the office. Never deleted: the history names them."""

    __tablename__ = "staff"
    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(unique=True)
    """Lower case; what the person types at the door."""
    name: str
    """As the history tells it."""
    name_key: str = Field(unique=True)
    """The folded name: no two people read the same in the history."""
    roles: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Values of `web.roles.Role`."""
    agency: str = ""
    """The code of the agency in the plan's register; empty: the office that runs the channels."""
    active: bool = True
    password_hash: str = ""
    """Empty until the invitation is used."""
    totp: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The sealed secret of the second factor; None when it is not set up."""
    totp_step: int = 0
    """The last time step that was used: a code works once."""
    language: str = "vi"
    created_at: datetime
    updated_at: datetime


class StaffSession(SQLModel, table=True):
    """One browser that is signed in."""

    __tablename__ = "staff_session"
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    passed: bool = True
    """False between the password and the second factor: nothing but the second step is open."""
    address: str = ""
    device: str = ""
    flash: list[dict[str, str]] = Field(sa_column=Column(JSON, nullable=False))
    """Sentences for the next page: [{"kind": "good" | "bad" | "warn", "words": …}]."""


class Invitation(SQLModel, table=True):
    """A link with which a person sets a password, once."""

    __tablename__ = "invitation"
    token_hash: str = Field(primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class SignInTry(SQLModel, table=True):
    """One try at the door, so that guessing is slow in every process at once. Old rows go by `web.retention`."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_login", "login", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    login: str
    address: str
    ok: bool


class Delegation(SQLModel, table=True):
    """An approver's right in another's hands, from one local day to another (both included)."""

    __tablename__ = "delegation"
    id: int | None = Field(default=None, primary_key=True)
    from_id: int = Field(foreign_key="staff.id", index=True)
    to_id: int = Field(foreign_key="staff.id", index=True)
    since: date
    until: date
    reason: str = ""
    created_by: str
    created_at: datetime
    ended_at: datetime | None = None


class WorkCopy(SQLModel, table=True):
    """What somebody is writing and has not saved: one for each person and post."""

    __tablename__ = "work_copy"
    __table_args__ = (UniqueConstraint("staff_id", "post_key"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    post_key: str = Field(index=True)
    """The post's key; for a post that is not saved yet a made-up one that starts with "~"."""
    base_hash: str = ""
    """The content hash of what was opened; another one in the post now means that somebody else saved."""
    fields: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    updated_at: datetime


class ApiToken(SQLModel, table=True):
    """A person's key for programs, with what it may do."""

    __tablename__ = "api_token"
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    name: str
    token_hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None
    ended_at: datetime | None = None


class IdempotentAnswer(SQLModel, table=True):
    """What a program's request with an idempotency key was answered, so that asking again does nothing again."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (UniqueConstraint("staff_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id")
    key: str
    request_hash: str
    """Over method, path and body: the same key with another request is refused."""
    status: int = 0
    """0 while the first request is being worked on."""
    answer: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime


class DeskAct(SQLModel, table=True):
    """Something a person did at the desk that no other table tells: people, settings, the door. Only ever added."""

    __tablename__ = "desk_act"
    __table_args__ = (Index("ix_desk_act_subject", "act", "subject"),)
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(index=True)
    actor: str
    act: str
    """A word of `web.acts.Act`."""
    subject: str = ""
    words: str = Field(default="", sa_type=Text)
    address: str = ""
    via: str = Field(default_factory=via_now, sa_column_kwargs={"default": via_now, "server_default": ""})
    """From where it was done, see `content.origin`; empty in rows from before it was kept."""
    before_hash: str = Field(default="", sa_column_kwargs={"server_default": ""})
    after_hash: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Of what it changed, as it stood before and after (`web.acts.hashes`); empty where the act changes nothing."""
