"""The seals of monthly archives: which file of which month was made when, under which hash. A seal stands for good.

A month has one version for each state of its data. Made again from the same data it is the file that is there; made
after something changed it is a new version, and the older ones stay with their seals.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from records.errors import RecordsError
from records.keeping_tables import ArchiveSeal


def of_month(session: Session, month: str) -> Sequence[ArchiveSeal]:
    """The versions of a month, the newest first."""
    statement = select(ArchiveSeal).where(ArchiveSeal.month == month).order_by(col(ArchiveSeal.version).desc())
    return session.exec(statement).all()


def seals(session: Session, *, limit: int = 200) -> Sequence[ArchiveSeal]:
    """All of them, the newest month first, its newest version first."""
    order = (col(ArchiveSeal.month).desc(), col(ArchiveSeal.version).desc())
    return session.exec(select(ArchiveSeal).order_by(*order).limit(limit)).all()


def name_of(month: str, version: int) -> str:
    """The file's name, safe on every system."""
    return f"luu-tru-{month}-v{version}.zip"


def seal(
    session: Session, month: str, version: int, file: Path, *, manifest_sha256: str, data_sha256: str, chain_head: str,
    by: str, now: datetime,
) -> ArchiveSeal:  # fmt: skip
    """Write a seal down; the caller commits. Raises `RecordsError` when somebody sealed that version meanwhile."""
    row = ArchiveSeal(
        month=month, version=version, name=name_of(month, version), size=file.stat().st_size, sha256=digest(file),
        manifest_sha256=manifest_sha256, data_sha256=data_sha256, chain_head=chain_head, made_by=by, made_at=now,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise RecordsError(f"Gói lưu trữ tháng {month} vừa được người khác niêm phong; hãy xem lại.") from None
    return row


def sealed_as(session: Session, sha256: str) -> ArchiveSeal | None:
    """The seal of this very file; None when it is none of ours."""
    return session.exec(select(ArchiveSeal).where(ArchiveSeal.sha256 == sha256).order_by(col(ArchiveSeal.id))).first()


def digest(file: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
