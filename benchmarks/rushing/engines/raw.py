"""The raw loop: the least that publishes a table of posts without losing or doubling one. No approvals, no channels'
order, no limits, no retries, no pages; everything else is measured against it.

One table, claims in batches with an attempt row each before the call, pooled `requests` in threads, results recorded
in batches by the one writer. After a crash what was being sent is looked for at the platform before it is sent again.
"""

import json
import signal
import sqlite3
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

import requests

from benchmarks.rushing.body import TOKEN, VERSION, message, new_session, open_postgres, open_sqlite, page_of, send
from benchmarks.rushing.engine import POSTGRES as NEEDS_POSTGRES
from benchmarks.rushing.engine import Engine, Place

WAITING, SENDING, SENT = 0, 1, 2
_TABLES = (
    "CREATE TABLE item (number INTEGER PRIMARY KEY, message TEXT NOT NULL, due_at DOUBLE PRECISION NOT NULL,"
    " state INTEGER NOT NULL, external_id TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX ix_item_due ON item (state, due_at)",
    "CREATE TABLE attempt (number INTEGER NOT NULL, begun_at DOUBLE PRECISION NOT NULL, ended_at DOUBLE PRECISION)",
    "CREATE INDEX ix_attempt_number ON attempt (number)",
)
IDLE = 0.2
"""Seconds between two looks when nothing is due."""


class Table:
    """The table of one run, on one of two databases; one connection, one transaction at a time."""

    def __init__(self, place: Place, *, postgres: bool) -> None:
        self._mark = "%s" if postgres else "?"
        self.connection: Any = open_postgres(place.database) if postgres else _open(place)

    def __enter__(self) -> Any:
        self.connection.execute("BEGIN" if self._mark == "%s" else "BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: object, *_error: object) -> None:
        self.connection.execute("ROLLBACK" if kind else "COMMIT")

    def run(self, statement: str, *values: Any) -> Any:
        """One statement."""
        return self.connection.execute(statement.replace("?", self._mark), values)

    def many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        """One statement for each row."""
        if rows:
            self.connection.cursor().executemany(statement.replace("?", self._mark), rows)


def _open(place: Place) -> sqlite3.Connection:
    return open_sqlite(place.folder / "raw.sqlite3")


class RawLoop(Engine):
    """See above."""

    def __init__(self, name: str, label: str, *, postgres: bool) -> None:
        self.name, self.label, self._postgres = name, label, postgres
        self.needs = frozenset({NEEDS_POSTGRES}) if postgres else frozenset()

    def _table(self, place: Place) -> Table:
        return Table(place, postgres=self._postgres)

    def set_up(self, place: Place) -> None:
        """The two tables."""
        with self._table(place) as table:
            for statement in _TABLES:
                table.run(statement)

    def queue(self, place: Place) -> None:
        """One insert of many rows."""
        rows = [(number, message(number), place.due, WAITING) for number in range(place.posts)]
        with self._table(place) as table:
            table.many("INSERT INTO item (number, message, due_at, state) VALUES (?, ?, ?, ?)", rows)

    def left(self, place: Place) -> int:
        """What is not recorded as sent."""
        table = self._table(place)
        count = table.run("SELECT count(*) FROM item WHERE state <> ?", SENT).fetchone()[0]
        table.connection.close()
        return int(count)

    def work(self, place: Place, number: int) -> None:
        """Claim, send, record, until SIGTERM."""
        stopping: list[int] = []
        signal.signal(signal.SIGTERM, lambda signum, _frame: stopping.append(signum))
        table, session = self._table(place), new_session(place.in_flight)
        results: SimpleQueue[tuple[int, str]] = SimpleQueue()
        self.settle(table, place, session)
        with ThreadPoolExecutor(place.in_flight) as pool:

            def one(item: int) -> None:
                try:
                    results.put((item, send(session, place, item)))
                except (requests.RequestException, ValueError, KeyError):
                    results.put((item, ""))  # stays "sending": it is looked for before anything is sent again

            place.tell_ready(number)
            flying = 0
            while not stopping or flying:
                done = _gathered(results, flying, place)
                flying -= len(done)
                room = 0 if stopping else 2 * place.in_flight - flying
                claimed = _turn(table, [pair for pair in done if pair[1]], room)
                for item in claimed:
                    pool.submit(one, item)
                flying += len(claimed)

    def settle(self, table: Table, place: Place, session: requests.Session) -> None:
        """What a dead process was sending: ask the platform; it is there, or it waits again."""
        pages = defaultdict(list)
        for (item,) in table.run("SELECT number FROM item WHERE state = ?", SENDING).fetchall():
            pages[page_of(place, item)].append(item)
        for page, items in pages.items():
            address = f"{place.platform}/{VERSION}/{page}/published_posts"
            answer = session.get(address, params={"limit": str(place.posts), "access_token": TOKEN}, timeout=(5, 60))
            public = {one["message"]: one["id"] for one in json.loads(answer.content)["data"]}
            with table:
                for item in items:
                    told = public.get(message(item), "")
                    state = SENT if told else WAITING
                    table.run("UPDATE item SET state = ?, external_id = ? WHERE number = ?", state, told, item)


def _gathered(results: "SimpleQueue[tuple[int, str]]", flying: int, place: Place) -> list[tuple[int, str]]:
    """What is done: at least so much that every hand had work and half of what was claimed is free again."""
    if not flying:
        time_left = place.due - time.time()
        wait, least = (min(IDLE, time_left) if time_left > 0 else IDLE), 1
    else:
        wait, least = IDLE, max(1, flying - place.in_flight)
    done: list[tuple[int, str]] = []
    try:
        while len(done) < least:
            done.append(results.get(timeout=wait))
        while True:
            done.append(results.get_nowait())
    except Empty:
        return done


def _turn(table: Table, done: list[tuple[int, str]], room: int) -> list[int]:
    """One transaction: record what is done, claim what is due, with an attempt row each."""
    now = time.time()
    due = "SELECT number FROM item WHERE state = ? AND due_at <= ? ORDER BY due_at, number LIMIT ?"
    if not done and not table.run(due, WAITING, now, 1).fetchone():
        return []
    with table:
        table.many(
            "UPDATE item SET state = ?, external_id = ? WHERE number = ?", [(SENT, told, item) for item, told in done]
        )
        table.many("UPDATE attempt SET ended_at = ? WHERE number = ?", [(now, item) for item, _ in done])
        claimed = [item for (item,) in table.run(due, WAITING, now, room).fetchall()] if room > 0 else []
        table.many("UPDATE item SET state = ? WHERE number = ?", [(SENDING, item) for item in claimed])
        table.many("INSERT INTO attempt (number, begun_at) VALUES (?, ?)", [(item, now) for item in claimed])
    return claimed


SQLITE = RawLoop("raw-sqlite", "raw loop, SQLite, requests", postgres=False)
POSTGRES = RawLoop("raw-postgres", "raw loop, PostgreSQL, requests", postgres=True)


class Blind(RawLoop):
    """After a crash it sends again what it was sending, without a look: the crash run has to see that it doubles."""

    def settle(self, table: Table, place: Place, session: requests.Session) -> None:
        """Everything waits again."""
        with table:
            table.run("UPDATE item SET state = ? WHERE state = ?", WAITING, SENDING)


class Careless(RawLoop):
    """After a crash it takes what it was sending for sent, without a look: the crash run has to see that it loses."""

    def settle(self, table: Table, place: Place, session: requests.Session) -> None:
        """Everything is out, it hopes."""
        with table:
            table.run("UPDATE item SET state = ? WHERE state = ?", SENT, SENDING)


BLIND = Blind("raw-blind", "raw loop that sends again without a look", postgres=False)
BLIND_POSTGRES = Blind("raw-blind-postgres", "raw loop on PostgreSQL that sends again without a look", postgres=True)
CARELESS = Careless("raw-careless", "raw loop that takes what it was sending for sent", postgres=False)
CARELESS_POSTGRES = Careless(
    "raw-careless-postgres", "raw loop on PostgreSQL that takes what it was sending for sent", postgres=True
)
