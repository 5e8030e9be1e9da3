"""The chain of the audit log: what seals rows of evidence into it, a little after they were written.

The transactions that publish, approve or sign in know nothing of it. A sealer reads what is older than a minute,
reckons the entries without a lock, and adds a batch in one short transaction when the head is still the one it reckoned
from; of two sealers one finds that it is not, and leaves the rest to the other. What a crash leaves unsealed the next
run seals: the marks are the chain itself.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, exists, func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from records.canonical import Value, beyond, reader, selected, sha256, table_named, teller
from records.chain_tables import AuditEntry
from records.sources import SOURCES, Extras, Row, Source, Stage, leaf
from scheduler.db import looking, recording
from scheduler.vault import Vault

PURPOSE = "cchc audit chain"
"""What the stamps' key is derived for."""
FIRST = "0" * 64
AGE = timedelta(minutes=1)
"""A row is sealed when it is so old."""
AHEAD = timedelta(hours=1)
"""A row that says it was written so far in the future was written under a clock that has been turned back since."""
BATCH, PAGE = 500, 500
MOST = 50_000
"""Entries of one run; the next run goes on."""
LOOKS = 20
"""So often a hole in the numbers is looked at again before it is left to the next run."""
PROVEN = (
    *("sequence", "sealed_at", "at", "actor", "via", "address", "act", "subject_kind", "subject_key"),
    *("before_hash", "after_hash", "source", "stage", "source_id", "leaf", "previous", "key"),
)
"""What an entry's hash is over."""
NAMES = (*PROVEN, "hash", "stamp")
_proven = teller(PROVEN)


class ChainError(Exception):
    """The chain cannot be gone on with, or not be read; in words for whoever looks after the server."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain ends: what an office writes down elsewhere."""

    sequence: int = 0
    hash: str = FIRST

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @property
    def kept(self) -> str:
        """As it is written down beside a copy or an archive; empty where nothing was sealed yet."""
        return str(self) if self.sequence else ""


class Stamps:
    """The keys that stamp entries: derived from the key file, which is not in the database. The first one stamps."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {hashlib.sha256(b"name of " + key).hexdigest()[:16]: key for key in keys}
        self.newest = next(iter(self._keys))

    @classmethod
    def of(cls, vault: Vault) -> "Stamps":
        """The keys of this vault."""
        return cls(vault.derived(PURPOSE))

    def knows(self, key: str) -> bool:
        """Whether the key of this name is at hand."""
        return key in self._keys

    def stamp(self, key: str, hash_: str) -> str:
        """The stamp of an entry's hash. Raises KeyError when the key is not at hand."""
        return hmac.digest(self._keys[key], hash_.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run came to."""

    count: int
    head: Head
    is_complete: bool
    """False: there is more, for the next run or another sealer."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A row that is ready to be sealed."""

    at: datetime
    source: Source
    stage: Stage
    id: int
    row: Row
    extras: Extras


def head(session: Session) -> Head:
    """The chain's end, for whoever keeps it elsewhere: the backup, the monthly archive."""
    return _head(session.connection())


def parse_head(told: str) -> Head:
    """A head as it was written down, "12:ab…". Raises `ChainError` for anything else."""
    number, _, hash_ = told.strip().partition(":")
    if not (number.isascii() and number.isdecimal() and len(number) < 19 and len(hash_) == 64):
        raise ChainError("Đầu chuỗi phải có dạng số:mã, như cchc audit seal đã in: số mục, dấu hai chấm, 64 chữ số.")
    if hash_.strip("0123456789abcdef"):
        raise ChainError("Mã của đầu chuỗi chỉ gồm chữ số và các chữ a đến f.")
    return Head(int(number), hash_)


def entry_hash(facts: Row) -> str:
    """The hash of an entry from its proven values in canonical form."""
    return sha256(_proven(facts))


def seal(engine: Engine, stamps: Stamps, *, now: datetime, age: timedelta = AGE, new_key: bool = False) -> Sealed:
    """Put what is old enough into the chain. `now` is aware.

    Raises `ChainError` when the last entry is not as a sealer with one of our keys wrote it: nothing is put on top of
    that. `new_key`: a person says that the key file is another one since.
    """
    count = 0
    with looking(engine) as connection:
        end = _sound_head(connection, stamps, new_key)
        spans = _spans(connection)
    found = merge(*_streams(engine, spans, now - age, now), key=lambda one: one.at)
    while rows := list(islice(found, BATCH)):
        entries = list(_entries(rows, end, stamps, now))
        if not _add(engine, entries, end):
            return Sealed(count, end, False)
        count += len(entries)
        end = Head(entries[-1]["sequence"], entries[-1]["hash"])
        if count >= MOST:
            return Sealed(count, end, False)
    return Sealed(count, end, True)


def is_stamped(engine: Engine, stamps: Stamps) -> bool:
    """Whether the chain's end is as one of these keys stamped it, so that it can be gone on with."""
    with looking(engine) as connection:
        try:
            _sound_head(connection, stamps, False)
        except ChainError:
            return False
    return True


def _add(engine: Engine, entries: list[dict[str, Any]], end: Head) -> bool:
    """Add a batch in one transaction; False when another sealer was quicker."""
    try:
        with recording(engine) as connection:
            if _head(connection) != end:
                return False
            connection.execute(insert(AuditEntry), entries)
    except IntegrityError:
        return False
    return True


def _entries(rows: Iterable[_Found], end: Head, stamps: Stamps, now: datetime) -> Iterator[dict[str, Any]]:
    for one in rows:
        told = one.source.tell(one.row, one.extras, one.stage)
        facts: dict[str, Any] = {
            "sequence": end.sequence + 1, "sealed_at": now, "at": one.at, "actor": told.actor, "via": told.via,
            "address": told.address, "act": told.act, "subject_kind": told.subject_kind,
            "subject_key": told.subject_key, "before_hash": told.before, "after_hash": told.after,
            "source": one.source.table, "stage": one.stage.value, "source_id": one.id,
            "leaf": leaf(one.source, one.stage, one.row), "previous": end.hash, "key": stamps.newest,
        }  # fmt: skip
        facts["hash"] = entry_hash({**facts, "sealed_at": _canonical(now), "at": _canonical(one.at)})
        facts["stamp"] = stamps.stamp(stamps.newest, facts["hash"])
        yield facts
        end = Head(facts["sequence"], facts["hash"])


def _canonical(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# What is ready ---------------------------------------------------------------------------------------------


def _head(connection: Connection) -> Head:
    entry = select(col(AuditEntry.sequence), col(AuditEntry.hash)).order_by(col(AuditEntry.sequence).desc()).limit(1)
    row = connection.execute(entry).first()
    return Head(*row) if row else Head()


def _sound_head(connection: Connection, stamps: Stamps, new_key: bool) -> Head:
    last = entries_after(connection, None, 1, newest=True)
    if not last:
        return Head()
    [row] = last
    is_whole = row["hash"] == entry_hash(row)
    if not stamps.knows(str(row["key"])):
        if not new_key or not is_whole:
            raise ChainError(
                "Mục cuối của nhật ký không mang dấu của tệp khóa hiện có: hãy khôi phục đúng tệp khóa; nếu tệp khóa "
                "đã được thay, hãy chạy cchc audit verify, rồi cchc audit seal --new-key."
            )
    elif not is_whole or stamps.stamp(str(row["key"]), str(row["hash"])) != row["stamp"]:
        raise ChainError("Mục cuối của nhật ký đã bị sửa; không ghi tiếp. Hãy chạy cchc audit verify để xem.")
    if not isinstance(row["sequence"], int):
        raise ChainError("Số của mục cuối đã bị sửa; hãy chạy cchc audit verify để xem.")
    return Head(row["sequence"], str(row["hash"]))


def entries_after(connection: Connection, sequence: int | None, limit: int, *, newest: bool = False) -> list[Row]:
    """The next entries after this one (None: from the very first, whatever its number), or the newest ones, in
    canonical form."""
    is_sqlite = connection.dialect.name == "sqlite"
    read, statement = reader("audit_entry", NAMES, is_sqlite), _told(connection.dialect.name, sequence is None, newest)
    return [read(row) for row in connection.execute(statement, {"mark": sequence, "most": limit})]


@cache
def _told(dialect: str, from_the_first: bool, newest: bool) -> Select[Any]:
    table = table_named("audit_entry")
    order = table.c.sequence.desc() if newest else table.c.sequence
    wanted = select(*selected(dialect, table, NAMES)).order_by(order).limit(bindparam("most"))
    return wanted if from_the_first else wanted.where(table.c.sequence > bindparam("mark"))


def marks_of(connection: Connection, sources: Sequence[Source] = SOURCES) -> dict[str, int | None]:
    """The last row of each source that is in the chain; its rows up to there all are. None: no row is."""
    told = connection.execute(_marks(tuple(one.table for one in sources))).one()
    return {
        one.table: max((mark for mark in told[2 * at : 2 * at + 2] if mark is not None), default=None)
        for at, one in enumerate(sources)
    }


@cache
def _marks(names: tuple[str, ...]) -> Select[Any]:
    entry = table_named("audit_entry").c
    asked = [
        select(func.max(entry.source_id)).where(entry.source == name, entry.stage == stage.value).scalar_subquery()
        for name in names
        for stage in (Stage.ROW, Stage.BEGUN)
    ]
    return select(*asked)


@cache
def _newest() -> Select[Any]:
    return select(*(select(func.max(table_named(one.table).c.id)).scalar_subquery() for one in SOURCES))


def _spans(connection: Connection) -> dict[str, tuple[int | None, int]]:
    """Of the sources that have more: the last row that is in the chain, and the last one that there is."""
    marks = marks_of(connection)
    told = connection.execute(_newest()).one()
    newest = {one.table: last for one, last in zip(SOURCES, told, strict=True) if last is not None}
    return {
        name: (mark, newest[name])
        for name, mark in marks.items()
        if name in newest and (mark is None or mark < newest[name])
    }


class _Holes:
    """Whether a number that is missing below one that was seen stays missing.

    On PostgreSQL the transaction that drew it may still be open, however old the rows above it say they are. It was
    open when the larger number was seen, so once all that were open a moment later are over, the row is there to be
    read, or never comes. SQLite has one writer at a time: its numbers are committed in order.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open = self._writers()
        self._looks = LOOKS

    def are_settled(self) -> bool:
        """After the rows above were seen to be there, and before those that are sealed are read."""
        while self._open and self._looks:
            self._looks -= 1
            self._open &= self._writers()
        return not self._open

    def _writers(self) -> frozenset[tuple[int, int]]:
        """The transactions that write now, as (process, beginning in microseconds)."""
        if self._engine.dialect.name != "postgresql":
            return frozenset()
        with looking(self._engine) as connection:
            rows = connection.execute(text(
                "SELECT pid, CAST(extract(epoch FROM xact_start) * 1000000 AS bigint) FROM pg_stat_activity "
                "WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
            ))  # fmt: skip
            return frozenset((int(pid), int(began or 0)) for pid, began in rows)


def _streams(
    engine: Engine, spans: Mapping[str, tuple[int | None, int]], cutoff: datetime, now: datetime
) -> Iterator[Iterator[_Found]]:
    holes = _Holes(engine)
    for source in SOURCES:
        if source.table in spans:
            yield _new(engine, source, spans[source.table], cutoff, now, holes)
    with looking(engine) as connection:
        waiting = [
            one
            for one in SOURCES
            if one.ends and connection.scalar(select(waiting_ends(one).exists()), {"cutoff": cutoff})
        ]
    for source in waiting:
        yield _over(engine, source, cutoff, now)


def _new(
    engine: Engine, source: Source, span: tuple[int | None, int], cutoff: datetime, now: datetime, holes: _Holes
) -> Iterator[_Found]:
    """Rows of the span in the order of their numbers, up to the first one that is too young, or to a hole that may
    still be filled."""
    table, names = table_named(source.table), source.names(Stage.ROW)
    mark, newest = span
    while True:
        is_settled = holes.are_settled()  # asked before the rows are read
        with looking(engine) as connection:
            wanted = _wanted(connection, source, names).where(*beyond(table.c.id, mark), table.c.id <= newest)
            read = reader(source.table, names, connection.dialect.name == "sqlite")
            page = connection.execute(wanted.order_by(table.c.id).limit(PAGE))
            rows = [(read(row), row._mapping) for row in page]
        for row, extras in rows:
            number, at = extras["_id"], _moment(row[source.at])
            if at is not None and cutoff < at <= now + AHEAD:
                return
            if not is_settled and number > (mark or 0) + 1:
                return
            mark = number
            ended = _moment(row[source.ended]) if source.ended else None
            over = not source.ends or (ended is not None and ended <= cutoff)
            kept = row if over else {name: row[name] for name in source.columns}
            yield _Found(at or now, source, Stage.ROW if over else Stage.BEGUN, number, kept, extras)
        if len(rows) < PAGE:
            return


def _moment(value: Value) -> datetime | None:
    """A time in canonical form; None for what is none: it must not keep everything after it from being sealed."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _over(engine: Engine, source: Source, cutoff: datetime, now: datetime) -> Iterator[_Found]:
    """Rows whose beginning is sealed and that have come to their end since."""
    names = source.names(Stage.ENDED)
    with looking(engine) as connection:
        table = table_named(source.table)
        ids = waiting_ends(source).order_by(table.c.id).limit(MOST)
        numbers = list(connection.scalars(ids, {"cutoff": cutoff}))
        read = reader(source.table, names, connection.dialect.name == "sqlite")
        for at in range(0, len(numbers), PAGE):
            wanted = _wanted(connection, source, names).where(table.c.id.in_(numbers[at : at + PAGE]))
            for found in connection.execute(wanted.order_by(table.c.id)):
                row, extras = read(found), found._mapping
                yield _Found(_moment(row[source.ended]) or now, source, Stage.ENDED, extras["_id"], row, extras)


@cache
def waiting_ends(source: Source) -> Select[int]:
    """Rows whose beginning is sealed, that ended by `:cutoff`, and whose end is not sealed yet."""
    table, entry = table_named(source.table), table_named("audit_entry")
    later = entry.alias("later")
    done = exists().where(
        later.c.source == source.table, later.c.stage == Stage.ENDED.value, later.c.source_id == entry.c.source_id
    )
    return (
        select(table.c.id)
        .join(entry, entry.c.source_id == table.c.id)
        .where(
            entry.c.source == source.table, entry.c.stage == Stage.BEGUN.value,
            table.c[source.ended] <= bindparam("cutoff"), ~done,
        )
    )  # fmt: skip


def _wanted(connection: Connection, source: Source, names: Sequence[str]) -> Select[Any]:
    table = table_named(source.table)
    beside = [one.label(name) for name, one in source.extras(table).items()]
    return select(*selected(connection.dialect.name, table, names), table.c.id.label("_id"), *beside)
