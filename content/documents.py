"""Files that prove an activity or a submission: looked at at the door, kept once by their hash, never deleted.

What a file is, is read from its content. A picture loses what it tells besides itself (place, camera); a document is
kept as it came or refused. Withdrawing hides a file from lists and evidence; its bytes and its row stay.
"""

import hashlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from content.act_records import Action, Subject, as_it_stands, record
from content.errors import ContentError
from content.media import office, pdf
from content.media.intake import clean_name
from content.media.kinds import HEAD, OTHER_ENDINGS, sniff
from content.media.pictures import clean
from content.media.verdict import Unfit
from content.record_tables import Activity, Evidence, Submission
from content.store import write_whole
from content.vietnamese import nfc, number

FILE_MOST = 24_000_000
"""Bytes of one file; the desk takes 25 MB in one form."""
FILES_MOST = 100
"""Files of one activity or submission."""
WORDS_MOST = 300
PDF = "application/pdf"
ENDINGS = {
    PDF: ".pdf",
    office.DOCX: ".docx",
    office.XLSX: ".xlsx",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}
MIME_WORDS = {
    PDF: "PDF",
    office.DOCX: "Word",
    office.XLSX: "Excel",
    "image/jpeg": "Ảnh JPEG",
    "image/png": "Ảnh PNG",
    "image/webp": "Ảnh WebP",
}
"""What is taken, as staff call it."""
_TAKEN = "chỉ nhận PDF, Word (.docx), Excel (.xlsx) và ảnh JPEG, PNG, WebP, dù tên tệp ghi gì; hãy xuất lại tệp"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A stored file: its hash, what it is, bytes, the name it came with; `notes`: what was taken out of it."""

    sha256: str
    mime: str
    size: int
    name: str
    notes: tuple[str, ...] = ()


class Documents:
    """The folder in which such files live. Any number of processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, file: BinaryIO, name: str) -> DocumentFile:
        """Store a file that nobody else writes to; the same one is stored once.

        Raises `ContentError` naming it when it is empty, too large, broken, locked, of another kind, or carries
        something that runs; nothing is left behind then. `DiskError` when it cannot be written.
        """
        name = clean_name(Path(nfc(name).replace("\\", "/")).name) or "tệp không tên"
        file.seek(0)
        data = file.read(FILE_MOST + 1)
        try:
            data, mime, notes = _looked_at(data)
        except Unfit as error:
            raise ContentError(f"{name}: {error.words}") from error
        sha256 = hashlib.sha256(data).hexdigest()
        if not self.has(sha256, mime, len(data)):
            write_whole(self.path(sha256, mime), data)
        if _another_ending(name, mime):
            name = f"{name}{ENDINGS[mime]}"
        return DocumentFile(sha256, mime, len(data), name, notes)

    def path(self, sha256: str, mime: str) -> Path:
        """Where the file of that hash lies, whether or not it is there. Raises ValueError for what is no hash."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(sha256)
        return self.folder / sha256[:2] / f"{sha256}{ENDINGS[mime]}"

    def has(self, sha256: str, mime: str, size: int) -> bool:
        """Whether the file is there with all its bytes."""
        try:
            return self.path(sha256, mime).stat().st_size == size
        except (OSError, KeyError, ValueError):
            return False


def documents_in(data_dir: Path) -> Documents:
    """Where an office keeps them."""
    return Documents(data_dir / "evidence")


def _looked_at(data: bytes) -> tuple[bytes, str, tuple[str, ...]]:
    """The bytes to keep, what they are, and what staff should know. Raises `Unfit`."""
    if not data:
        raise Unfit("tệp rỗng (0 byte); hãy chép lại hoặc xuất lại tệp.")
    if len(data) > FILE_MOST:
        raise Unfit(f"tệp lớn hơn {number(FILE_MOST / 1e6, 0)} MB; hãy giảm dung lượng hoặc tách thành nhiều tệp.")
    mime = sniff(data[:HEAD])
    if mime in ENDINGS:
        picture = clean(data, mime)
        return picture.data, mime, picture.notes
    if data.startswith(b"%PDF-"):
        pdf.check(data)
        return data, PDF, ()
    if data.startswith(b"PK\x03\x04"):
        return data, office.check(io.BytesIO(data)), ()
    raise Unfit(f"{_TAKEN}.")


def _another_ending(name: str, mime: str) -> bool:
    """Whether a name promises another kind than the content is, so that no program is fooled by it."""
    ending = Path(name).suffix.casefold()
    return ending != ENDINGS[mime] and OTHER_ENDINGS.get(ending) != mime


# Rows ------------------------------------------------------------------------------------------------------


class NoEvidence(ContentError):
    """There is none of that number."""


def find_evidence(session: Session, number_: int) -> Evidence:
    """The file of that number. Raises `NoEvidence`."""
    row = session.get(Evidence, number_, populate_existing=True)
    if row is None:
        raise NoEvidence(f"Không có tài liệu kiểm chứng số {number_}.")
    return row


def evidence_of_activities(session: Session, ids: Iterable[int | None], *, all_: bool = False) -> list[Evidence]:
    """The files of these activities, as they were added; `all_`: withdrawn ones as well."""
    return _of(session, col(Evidence.activity_id).in_({one for one in ids if one is not None}), all_)


def evidence_of_submissions(session: Session, ids: Iterable[int | None], *, all_: bool = False) -> list[Evidence]:
    """The same for submissions."""
    return _of(session, col(Evidence.submission_id).in_({one for one in ids if one is not None}), all_)


def add_evidence(
    session: Session, file: DocumentFile, subject: Activity | Submission, *, words: str = "", by: str, now: datetime
) -> Evidence:
    """A row for a stored file; the caller commits. A file that is there already is only told again, or comes back.

    Raises `ContentError` for too many files, or for words that are too long.
    """
    told = " ".join(nfc(words).split())
    if len(told) > WORDS_MOST:
        raise ContentError(f"Chú thích của tệp dài quá; tối đa {WORDS_MOST} ký tự.")
    of_activity = isinstance(subject, Activity)
    # one file of a subject at a time: a button pressed twice must find what the first press stored
    session.exec(select(type(subject).id).where(type(subject).id == subject.id).with_for_update(key_share=True)).one()
    rows = (
        evidence_of_activities(session, [subject.id], all_=True)
        if of_activity
        else evidence_of_submissions(session, [subject.id], all_=True)
    )
    if there := next((one for one in rows if one.sha256 == file.sha256), None):
        return restore_evidence(session, there.id or 0, by=by, now=now)
    if len(rows) >= FILES_MOST:
        raise ContentError(f"Mỗi hoạt động hoặc lần nộp chỉ kèm được tối đa {FILES_MOST} tệp.")
    row = Evidence(
        activity_id=subject.id if of_activity else None, submission_id=None if of_activity else subject.id,
        sha256=file.sha256, name=file.name, mime=file.mime, size=file.size, words=told, added_by=by, added_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Subject.EVIDENCE, row.id or 0, Action.RECORDED, as_it_stands(row), by=by, now=now)
    return row


def withdraw_evidence(session: Session, number_: int, *, by: str, now: datetime) -> Evidence:
    """Hide a file from lists and evidence; the caller commits. Withdrawing again changes nothing."""
    return _turned(session, number_, Action.WITHDRAWN, by, now)


def restore_evidence(session: Session, number_: int, *, by: str, now: datetime) -> Evidence:
    """Show it again; the caller commits."""
    return _turned(session, number_, Action.RESTORED, by, now)


def _turned(session: Session, number_: int, action: Action, by: str, now: datetime) -> Evidence:
    gone = action is Action.WITHDRAWN
    find_evidence(session, number_)
    stands = col(Evidence.withdrawn_at).is_(None) if gone else col(Evidence.withdrawn_at).is_not(None)
    values = {"withdrawn_at": now, "withdrawn_by": by} if gone else {"withdrawn_at": None, "withdrawn_by": ""}
    done = session.exec(update(Evidence).where(col(Evidence.id) == number_, stands).values(**values)).rowcount
    row = find_evidence(session, number_)
    if done:
        record(session, Subject.EVIDENCE, number_, action, as_it_stands(row), by=by, now=now)
    return row


def _of(session: Session, which: ColumnElement[bool], all_: bool) -> list[Evidence]:
    statement = select(Evidence).where(which)
    if not all_:
        statement = statement.where(col(Evidence.withdrawn_at).is_(None))
    return list(session.exec(statement.order_by(col(Evidence.added_at), col(Evidence.id))))
