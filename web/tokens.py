"""Personal keys for programs: what they may do, made once and shown once, ended by their owner."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, or_, select, update

from scheduler.db import reading, writing
from web.door import IDLE_STEP, as_person, hashed
from web.roles import DELEGABLE, Permission, Person
from web.tables import LARGEST_ID, ApiToken, Staff, StaffSession

BEGINS = "cchc_"
"""So that a key that went astray is recognised."""
MOST = 20
"""Living keys of one person."""


class Scope(StrEnum):
    """What a key may do at most; never more than its owner."""

    READ = "read"
    WRITE = "write"
    APPROVE = "approve"
    PAUSE = "pause"
    CHANNELS = "channels"


SCOPE_WORDS = {
    Scope.READ: "Đọc: bài đăng, lịch, kênh, số liệu",
    Scope.WRITE: "Soạn và lên lịch: sửa bài, trình duyệt, xếp và dời lịch",
    Scope.APPROVE: "Duyệt và trả lại bài",
    Scope.PAUSE: "Tạm dừng và cho đăng tiếp",
    Scope.CHANNELS: "Đặt khung giờ và quy tắc giờ đăng của kênh",
}

P = Permission
ALLOWS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset({P.READ}),
    Scope.WRITE: frozenset({P.PROPOSE, P.EDIT, P.SCHEDULE}),
    Scope.APPROVE: DELEGABLE - {P.PAUSE},
    Scope.PAUSE: frozenset({P.PAUSE}),
    Scope.CHANNELS: frozenset({P.CHANNELS}),
}


def scopes_of(person: Person) -> list[Scope]:
    """What the person may put into a key, by their own roles. Reading is for everybody: they see what is theirs."""
    return [scope for scope in Scope if scope is Scope.READ or ALLOWS[scope] & person.own]


def new_token(session: Session, person: Person, name: str, scopes: list[Scope], *, days: int, now: datetime) -> str:
    """Make a key and return it: it is kept only as a hash. `days` 0: until it is ended. The caller commits."""
    raw = BEGINS + secrets.token_urlsafe(32)
    expires = now + timedelta(days=days) if days else None
    row = ApiToken(
        staff_id=person.id, name=name, token_hash=hashed(raw), scopes=list(scopes), created_at=now, expires_at=expires
    )
    session.add(row)
    return raw


def living(session: Session, staff_id: int, *, now: datetime) -> list[ApiToken]:
    """The person's keys that open something, newest first."""
    statement = select(ApiToken).where(ApiToken.staff_id == staff_id, *_lives(now)).order_by(col(ApiToken.id).desc())
    return list(session.exec(statement.limit(MOST + 1)))


def end_token(session: Session, staff_id: int, token_id: int, *, now: datetime) -> ApiToken | None:
    """End one of the person's own keys; None when it is not theirs, or ended. The caller commits."""
    return end_own(session, ApiToken, staff_id, token_id, now=now)


Own = TypeVar("Own", StaffSession, ApiToken)
"""What opens the door to a person."""


def end_own(session: Session, kind: type[Own], staff_id: int, number: int, *, now: datetime) -> Own | None:
    """End one of what opens the door to a person; None when it is not theirs, or ended. The caller commits."""
    row = session.get(kind, number) if number < LARGEST_ID else None
    if row is None or row.staff_id != staff_id or row.ended_at is not None:
        return None
    row.ended_at = now
    session.add(row)
    return row


def end_tokens(session: Session, staff_id: int, *, now: datetime) -> None:
    """End all of a person's keys. The caller commits."""
    of_theirs = (col(ApiToken.staff_id) == staff_id, col(ApiToken.ended_at).is_(None))
    session.exec(update(ApiToken).where(*of_theirs).values(ended_at=now))


def token_person(session: Session, raw_token: str, now: datetime) -> Person | None:
    """Who a key speaks for, limited to what the key allows (`Person.only`); None when it opens nothing.

    Only reads; `person_of_token` also remembers when a key was last used.
    """
    found = _found(session, raw_token, now)
    return found[0] if found else None


def person_of_token(engine: Engine, raw_token: str, now: datetime) -> Person | None:
    """As `token_person`, and writes down the use, no more often than every ten minutes."""
    with reading(engine) as session:
        found = _found(session, raw_token, now)
    if found is None:
        return None
    someone, row = found
    if row.used_at is None or row.used_at < now - IDLE_STEP:
        with writing(engine) as session:
            session.exec(update(ApiToken).where(col(ApiToken.id) == row.id).values(used_at=now))
    return someone


def _found(session: Session, raw_token: str, now: datetime) -> tuple[Person, ApiToken] | None:
    if not raw_token.startswith(BEGINS):
        return None
    rows = select(ApiToken, Staff).where(
        col(ApiToken.staff_id) == col(Staff.id),
        ApiToken.token_hash == hashed(raw_token),
        col(Staff.active).is_(True),
        *_lives(now),
    )
    found = session.exec(rows).first()
    if found is None:
        return None
    row, staff = found
    only = frozenset[Permission]().union(*(ALLOWS[Scope(scope)] for scope in row.scopes))
    return as_person(session, staff, now, only=only), row


def _lives(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(ApiToken.ended_at).is_(None), or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now))
