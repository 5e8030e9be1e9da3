"""Holds the whole chain against the rows that it seals, in one pass and little memory.

Found are: a changed byte in an entry or in a sealed row, a removed entry or row, a row that was put in afterwards among
those that are sealed, another order, and a tail that was cut off before a head that somebody kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlmodel import Session, col
from sqlmodel import select as rows_of

from content.vietnamese import number
from records.canonical import beyond, read_rows, table_named
from records.chain import FIRST, Head, Stamps, entries_after, entry_hash, waiting_ends
from records.chain_tables import AuditCheck
from records.gone import gone_before
from records.sources import BY_TABLE, SOURCES, Row, Source, Stage, leaf
from scheduler.db import looking

BATCH = 1_000
_STAGES = frozenset(Stage)
TOLD_MOST = 100
"""So many findings are told one by one; the others are counted."""


class Kind(StrEnum):
    """What can be wrong."""

    ENTRY_CHANGED = "entry_changed"
    ENTRY_MISSING = "entry_missing"
    ORDER = "order"
    STAMP = "stamp"
    KEY = "key"
    ROW_CHANGED = "row_changed"
    ROW_REMOVED = "row_removed"
    ROW_INSERTED = "row_inserted"
    CUT = "cut"


WORDS = {
    Kind.ENTRY_CHANGED: "Mục {place} của nhật ký đã bị sửa.",
    Kind.ENTRY_MISSING: "Nhật ký thiếu mục {place}.",
    Kind.ORDER: "Mục {place} của nhật ký không nối tiếp mục đứng trước.",
    Kind.STAMP: "Mục {place} của nhật ký mang dấu sai: không phải chương trình này ghi.",
    Kind.KEY: "Mục {place} của nhật ký mang dấu của một khóa khác; hãy kiểm tra với đúng tệp khóa.",
    Kind.ROW_CHANGED: "Dòng {place} đã bị sửa sau khi niêm phong.",
    Kind.ROW_REMOVED: "Dòng {place} đã bị xóa sau khi niêm phong.",
    Kind.ROW_INSERTED: "Dòng {place} được chèn vào giữa các dòng đã niêm phong.",
    Kind.CUT: "Nhật ký không còn đúng đến mục {place} đã được ghi lại ở nơi khác: phần cuối bị cắt hoặc thay.",
}
"""What was found, as a sentence for an auditor."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    place: str
    """The entry's number, or table and number of the row."""

    @property
    def words(self) -> str:
        """For people."""
        return WORDS[self.kind].format(place=self.place)


@dataclass(slots=True)
class Checked:
    """What one verification came to."""

    entries: int = 0
    head: Head = field(default_factory=Head)
    unsealed: int = 0
    """Rows, or ends of rows, that wait to be sealed."""
    gone: int = 0
    """Sealed rows that went with their period of keeping."""
    unstamped: int = 0
    """Entries whose stamp was made with a key that is not at hand any more; later stamps vouch for them."""
    findings: list[Finding] = field(default_factory=list)
    """The first ones."""
    count: int = 0
    """All of them."""
    most: int = TOLD_MOST

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.count

    @property
    def words(self) -> str:
        """What was found, in sentences; empty when nothing was."""
        more = self.count - len(self.findings)
        told = [one.words for one in self.findings]
        return " ".join([*told, *([f"Còn {number(more)} điểm khác."] if more else [])])

    def find(self, kind: Kind, place: object, count: int = 1) -> None:
        """Note what is wrong."""
        self.count += count
        if len(self.findings) < self.most:
            self.findings.append(Finding(kind, str(place)))


def verify(
    engine: Engine, stamps: Stamps, *, now: datetime, heads: Sequence[Head] = (), told: int = TOLD_MOST
) -> Checked:
    """Read everything once. `heads`: ends of the chain that were written down elsewhere; `now` is aware; `told`: how
    many findings are told one by one."""
    walk = _Walk(stamps, now, heads, told)
    with looking(engine) as connection:
        walk.gone = gone_before(connection, now)
        known = connection.execute(_last_check()).first()
    walk.heads += [Head(*known)] if known else []
    walk.find_heads_at(0, FIRST)
    after: int | None = None
    while True:
        with looking(engine) as connection:
            batch = entries_after(connection, after, BATCH)
            walk.chain(batch)
            walk.rows(connection, batch)
        last = batch[-1]["sequence"] if batch else None
        if len(batch) < BATCH or not isinstance(last, int):
            break
        after = last
    with looking(engine) as connection:
        walk.end(connection)
    return walk.checked


def keep(session: Session, checked: Checked, *, actor: str = "", now: datetime) -> AuditCheck:
    """Remember what a verification came to; the caller commits."""
    row = AuditCheck(
        at=now, actor=actor, is_sound=checked.is_sound, entries=checked.entries, unsealed=checked.unsealed,
        sequence=checked.head.sequence, hash=checked.head.hash, words=checked.words,
    )  # fmt: skip
    session.add(row)
    return row


def last_check(session: Session) -> AuditCheck | None:
    """The last verification; None before the first one."""
    return session.exec(rows_of(AuditCheck).order_by(col(AuditCheck.id).desc()).limit(1)).first()


def _last_check() -> Any:
    """The head of the last verification that found nothing: kept in the database, it still tells of a cut tail."""
    row = select(col(AuditCheck.sequence), col(AuditCheck.hash)).where(col(AuditCheck.is_sound).is_(True))
    return row.order_by(col(AuditCheck.id).desc()).limit(1)


class _Walk:
    """One pass over the chain."""

    def __init__(self, stamps: Stamps, now: datetime, heads: Iterable[Head], told: int) -> None:
        self.stamps, self.now, self.heads = stamps, now, list(heads)
        self.gone: dict[str, datetime] = {}
        self.checked = Checked(most=told)
        self.previous = FIRST
        self.expected = 1
        self.marks: dict[str, int] = {}
        self.knew_key = False
        self.last_key = ""

    def chain(self, batch: Sequence[Row]) -> None:
        """The entries in themselves: numbers, order, hashes, stamps."""
        for entry in batch:
            sequence = entry["sequence"]
            if sequence != self.expected:
                self._gap(sequence)
            own = entry_hash(entry)
            if own != entry["hash"]:
                self.checked.find(Kind.ENTRY_CHANGED, sequence)
            if entry["previous"] != self.previous:
                self.checked.find(Kind.ORDER, sequence)
            self._stamp(entry, own)
            self.previous = str(entry["hash"])
            self.expected = sequence + 1 if isinstance(sequence, int) else self.expected + 1
            self.checked.entries += 1
            if isinstance(sequence, int):
                self.find_heads_at(sequence, own)
                self.checked.head = Head(sequence, own)

    def _gap(self, sequence: object) -> None:
        missing = sequence - self.expected if isinstance(sequence, int) else 1
        if missing < 0:
            self.checked.find(Kind.ORDER, sequence)
            return
        place = str(self.expected) if missing == 1 else f"{self.expected}–{self.expected + missing - 1}"
        self.checked.find(Kind.ENTRY_MISSING, place, missing)

    def _stamp(self, entry: Row, own: str) -> None:
        key = str(entry["key"])
        self.last_key = key
        if not self.stamps.knows(key):
            self.checked.unstamped += 1
            if self.knew_key:  # keys are replaced by newer ones, never by older ones
                self.checked.find(Kind.KEY, entry["sequence"])
            return
        self.knew_key = True
        if self.stamps.stamp(key, own) != entry["stamp"]:
            self.checked.find(Kind.STAMP, entry["sequence"])

    def find_heads_at(self, sequence: int, own: str) -> None:
        """Whether the heads that others kept of this entry are its own."""
        for one in [head for head in self.heads if head.sequence <= sequence]:
            self.heads.remove(one)
            if one != Head(sequence, own):
                self.checked.find(Kind.CUT, one.sequence)

    def rows(self, connection: Connection, batch: Sequence[Row]) -> None:
        """The rows that these entries seal, and those between them that none does."""
        of_source: dict[str, list[Row]] = defaultdict(list)
        for entry in batch:
            is_known = str(entry["source"]) in BY_TABLE and str(entry["stage"]) in _STAGES
            if is_known and isinstance(entry["source_id"], int):
                of_source[str(entry["source"])].append(entry)
            else:  # its own hash tells that it was changed; a table of a newer program is not read here
                self.checked.find(Kind.ENTRY_CHANGED, entry["sequence"])
        for name, entries in of_source.items():
            self._rows(connection, BY_TABLE[name], entries)

    def _rows(self, connection: Connection, source: Source, entries: Sequence[Row]) -> None:
        table, names = table_named(source.table), source.names(Stage.ROW)
        numbers = {int(str(one["source_id"])) for one in entries}
        rows = read_rows(connection, source.table, names, numbers)
        for entry in entries:
            self._row(source, entry, rows.get(int(str(entry["source_id"]))))
        mark = self.marks.get(source.table)
        last = max((int(str(one["source_id"])) for one in entries if one["stage"] != Stage.ENDED), default=None)
        if last is not None and (mark is None or last > mark):
            among = (*beyond(table.c.id, mark), table.c.id <= last, table.c.id.not_in(numbers))
            self._inserted(connection, source, among)
            self.marks[source.table] = last

    def _row(self, source: Source, entry: Row, row: Row | None) -> None:
        place = f"{source.table} {entry['source_id']}"
        if row is not None:
            if leaf(source, Stage(str(entry["stage"])), row) != entry["leaf"]:
                self.checked.find(Kind.ROW_CHANGED, place)
        elif source.table in self.gone and str(entry["at"]) < self.gone[source.table].isoformat():
            self.checked.gone += 1
        else:
            self.checked.find(Kind.ROW_REMOVED, place)

    def _inserted(self, connection: Connection, source: Source, among: Sequence[Any]) -> None:
        table = table_named(source.table)
        count = connection.scalar(select(func.count()).select_from(table).where(*among)) or 0
        if not count:
            return
        numbers: Iterator[int] = iter(
            connection.scalars(select(table.c.id).where(*among).order_by(table.c.id).limit(TOLD_MOST)).all()
        )
        for one in numbers:
            self.checked.find(Kind.ROW_INSERTED, f"{source.table} {one}")
        self.checked.count += max(0, count - TOLD_MOST)

    def end(self, connection: Connection) -> None:
        """What is left: heads that the chain does not reach, rows that wait, a tail with another key."""
        for one in self.heads:
            self.checked.find(Kind.CUT, one.sequence)
        if self.checked.entries and not self.stamps.knows(self.last_key):
            self.checked.find(Kind.KEY, self.checked.head.sequence)
        for source in SOURCES:
            table = table_named(source.table)
            after = beyond(table.c.id, self.marks.get(source.table))
            self.checked.unsealed += connection.scalar(select(func.count()).select_from(table).where(*after)) or 0
            if source.ends:
                ends = select(func.count()).select_from(waiting_ends(source).subquery())
                self.checked.unsealed += connection.scalar(ends, {"cutoff": self.now}) or 0
