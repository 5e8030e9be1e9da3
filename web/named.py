"""Where a person's name stands in records: it is theirs for good, and nobody else gets it."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import Session, SQLModel

from records.personal import Erased, Finds, columns

COPIES = frozenset({"audit_entry", "audit_check", "post_search"})
"""Tables whose names are those of other tables' rows."""


def named(column: Any, name: str) -> ColumnElement[bool]:
    """The person's own act, one in another's name, or one that another did in theirs."""
    return or_(
        column == name, column.startswith(f"{name} (thay ", autoescape=True),
        column.endswith(f" (thay {name})", autoescape=True),
    )  # fmt: skip


def is_theirs(actor: str, name: str) -> bool:
    """The same of a name that was read."""
    return actor == name or actor.startswith(f"{name} (thay ") or actor.endswith(f" (thay {name})")


def is_named(session: Session, name: str) -> bool:
    """Whether any record names this person, as who did it or as who stood in for somebody."""
    for table, column in columns(Finds.NAME, Erased.KEPT):
        one = SQLModel.metadata.tables[table].c[column]
        if table not in COPIES and session.connection().execute(select(one).where(named(one, name)).limit(1)).first():
            return True
    return False
