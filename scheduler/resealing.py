"""Every stored secret under the newest key (`cchc keys rotate`), and whether each can be opened (`cchc keys check`).

A secret is re-sealed as it is, whatever it is for; nothing else of its row changes, so a running refresh or consent
notices nothing. The owner of a table hands over its columns: here those of the scheduler, in `web.totp` the desk's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, text, update
from sqlmodel import Session, SQLModel, col, select

from scheduler.tables import Credential, PendingConsent
from scheduler.vault import Vault


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of secrets: its table, the column that names the row, what the secret is to a person."""

    table: type[SQLModel]
    key: Any
    secret: Any
    words: str


SEALED = (
    Sealed(Credential, Credential.channel_id, Credential.secret, "mã truy cập của kênh"),
    Sealed(PendingConsent, PendingConsent.state, PendingConsent.secret, "lượt cấp quyền đang dở"),
)
"""The scheduler's own; `web.totp.SEALED` are the desk's. A test holds both against every column of bytes there is."""


def reseal(session: Session, vault: Vault, column: Sealed) -> int:
    """Seal the secrets of this column with the vault's first key; how many. The caller commits.

    Nobody else stores or holds one until then: a secret that was sealed with the old key is either seen here, or its
    process learns of the new key first. Raises `VaultError`, and nothing is changed, when one cannot be opened.
    """
    if session.connection().dialect.name == "postgresql":  # on SQLite a writing transaction is alone anyway
        session.connection().execute(text(f'LOCK TABLE "{column.table.__tablename__}" IN EXCLUSIVE MODE'))
    count = 0
    for key, secret in _rows(session, column):
        mine: ColumnElement[bool] = col(column.key) == key
        anew = update(column.table).where(mine).values({column.secret: vault.sealed_anew(secret)})
        session.connection().execute(anew)
        count += 1
    return count


def unopened(session: Session, vault: Vault, columns: Sequence[Sealed]) -> tuple[int, list[str]]:
    """How many secrets are stored, and those that the vault does not open, as a person knows them."""
    count, lost = 0, []
    for one in columns:
        for key, secret in _rows(session, one):
            count += 1
            if not vault.opens(secret):
                lost.append(f"{one.words} {key}" if isinstance(key, int) else one.words)
    return count, lost


def _rows(session: Session, one: Sealed) -> Iterator[tuple[Any, bytes]]:
    """Every secret that is there, in the order of its rows."""
    statement = select(one.key, one.secret).where(col(one.secret).is_not(None)).order_by(col(one.key))
    yield from session.exec(statement).all()
