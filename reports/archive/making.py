"""Makes the archive of a month: the evidence file of its days, the rows of the month, and the reports as documents.

The cut-off is the month's end, so that what is told does not change afterwards: made again it is the same to the last
byte, unless somebody changed what was written down. Reports only SELECT; who seals it is `records.seals`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from content.documents import Documents
from reports.archive.rows import TABLES, Facts, Table
from reports.evidence import values
from reports.evidence.making import canonical
from reports.evidence.making import make as make_evidence
from reports.evidence.pack import Pack
from reports.evidence.values import ARCHIVE_FORMAT, Asked, Listed, Made
from reports.official.docx import docx
from reports.official.keeping import FINAL, document_of
from reports.official.pdf import pdf
from reports.periods import ReportError, midnight
from reports.tables import Report
from scheduler.db import reading

PAPERS = "bao-cao"
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_SAYS = (f"{values.MEDIA}/", f"{values.OUTSIDE}/", "du-lieu/", f"{PAPERS}/")
"""Folders whose files are what the archive says; pages and lists only show it."""


def asked_for(month: str, now: datetime, *, videos: bool = True) -> Asked:
    """The days of "2026-10" with their end as the cut-off. Raises `ReportError` for what is no month, or not over."""
    found = _MONTH.fullmatch(month.strip())
    if found is None:
        raise ReportError(f"“{month[:40]}” không phải một tháng; hãy viết như 2026-10.")
    first = date(int(found[1]), int(found[2]), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    asked = Asked(first, last, midnight(last + timedelta(days=1)), videos=videos)
    if asked.cutoff > now:
        raise ReportError(f"Tháng {first:%m/%Y} chưa hết; gói lưu trữ chỉ lập cho tháng đã qua.")
    return asked


def month_before(on: date) -> str:
    """The month before a local day's, as "2026-10"."""
    return f"{on.replace(day=1) - timedelta(days=1):%Y-%m}"


@dataclass
class Archive:
    """What a month's archive has beside an evidence file's. `beside`: files of data that a higher floor gives."""

    engine: Engine
    asked: Asked
    chain_head: str = ""
    beside: Sequence[Table] = ()
    data_sha256: str = field(default="", init=False)

    @property
    def format(self) -> str:
        """How its manifest calls it."""
        return ARCHIVE_FORMAT

    @property
    def name(self) -> str:
        """Such as "Gói lưu trữ tháng 10/2026"."""
        return f"Gói lưu trữ tháng {self.asked.first:%m/%Y}"

    def add(self, pack: Pack) -> list[Listed]:
        """The rows of the month, and the reports that were finished."""
        listed = []
        for table in (*TABLES, *self.beside):
            entry = pack.add_pieces(table.path, self._lines(table), table.about)
            listed.append(Listed(entry.path, table.about))
        listed += self._papers(pack)
        self.data_sha256 = _digest(pack)
        return listed

    def _lines(self, table: Table) -> Iterator[bytes]:
        with reading(self.engine) as session:
            yield from map(canonical, table.rows(session, self.asked))

    def _papers(self, pack: Pack) -> Iterator[Listed]:
        with reading(self.engine) as session:
            finished = list(_finished(session, self.asked))
        for row in finished:
            document = document_of(row)
            for ending, data in (("docx", docx(document)), ("pdf", pdf(document, row.updated_at))):
                path = f"{PAPERS}/{hashlib.sha256(data).hexdigest()}.{ending}"
                about = f"báo cáo số {row.id}: {row.title}"
                if path not in pack.entries:
                    pack.add(path, data, about)
                yield Listed(path, f"{about} ({ending.upper()})")

    def facts(self) -> Mapping[str, object]:
        """The month, the hash over what is said, and where the audit log stood when it was made first."""
        month = f"{self.asked.first:%Y-%m}"
        return {"month": month, "data_sha256": self.data_sha256, "audit_head": self.chain_head}


def _finished(session: Session, asked: Asked) -> Iterator[Report]:
    within = (col(Report.updated_at) >= asked.since, col(Report.updated_at) < asked.until)
    final = (Report.state == FINAL, col(Report.withdrawn_at).is_(None))
    yield from session.exec(select(Report).where(*final, *within).order_by(col(Report.id)))


def _digest(pack: Pack) -> str:
    """Over the names and hashes of all that is said."""
    texts = re.compile(rf"{values.TEXTS}/\d+\.txt")
    said = (one for one in pack.entries.values() if one.path.startswith(_SAYS) or texts.fullmatch(one.path))
    lines = sorted(f"{one.sha256}  {one.path}\n" for one in said)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def make(
    engine: Engine, store: Path, documents: Documents, asked: Asked, target: Path, *, chain_head: str = "",
    beside: Sequence[Table] = (),
) -> tuple[Made, str]:  # fmt: skip
    """Write the archive, whole or not at all: what came of it, and the hash over what it says.

    Raises `ContentError` when it cannot be written.
    """
    more = Archive(engine, asked, chain_head, beside)
    made = make_evidence(engine, store, documents, asked, target, more=more)
    return made, more.data_sha256


__all__ = ["Archive", "Facts", "Table", "asked_for", "make", "month_before"]
