"""How a database carries a statement out: what a piece of work asks is recorded, explained, and what it reads counted.

SQLite tells a plan in words, and how many steps of its machine a statement took; PostgreSQL tells both in one answer.
Neither depends on the time it takes.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

BIG = frozenset(
    {
        *("publication", "publication_event", "attempt", "reading", "collection", "spending", "job_run"),
        *("act_record", "desk_act", "notice", "notice_delivery", "token_refresh"),
    }
)
"""Tables that grow with every day."""
FEW = 100
"""A table with so few rows may be read as a whole."""
_ASKS = ("SELECT", "WITH")
_CHANGES = ("UPDATE", "DELETE")
_STEP = 100


@dataclass
class Asked:
    """Every different statement that was executed, with the parameters of its first time."""

    engine: Engine
    statements: dict[str, Any] = field(default_factory=dict)

    def faults(self, most: int) -> list[str]:
        """What reads a whole big table, or more than `most` rows (on SQLite: steps of that many rows)."""
        judge = _on_sqlite if self.engine.dialect.name == "sqlite" else _on_postgresql
        found = []
        with self.engine.connect() as connection:
            cursor = connection.connection.cursor()
            big = {table for table in BIG if _rows(cursor, table) > FEW}
            for statement, parameters in self.statements.items():
                found += [f"{why}: {_told(statement)}" for why in judge(cursor, statement, parameters, big, most)]
            connection.rollback()
        return found


def _rows(cursor: Any, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {table}")
    return int(cursor.fetchone()[0])


def _told(statement: str) -> str:
    """From where it reads on: the columns tell nothing."""
    flat = " ".join(statement.split())
    return flat[max(0, flat.find(" FROM ")) :][:900]


@contextmanager
def asked(engine: Engine) -> Iterator[Asked]:
    """The statements that the block sends to the database."""
    found = Asked(engine)

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.lstrip(" (").upper().startswith((*_ASKS, *_CHANGES)):
            found.statements.setdefault(statement, parameters[0] if many else parameters)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _is_question(statement: str) -> bool:
    return statement.lstrip(" (").upper().startswith(_ASKS)


# SQLite ----------------------------------------------------------------------------------------------------

_STEPS_A_ROW = 12
"""About so many steps of SQLite's machine go into one row that is read, compared and handed on."""


def _on_sqlite(cursor: Any, statement: str, parameters: Any, big: set[str], most: int) -> Iterator[str]:
    cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    plan = [words for *_, words in cursor.fetchall()]
    ends = " LIMIT " in statement and not any("FOR ORDER BY" in words for words in plan)
    for words in plan if not ends else ():  # what goes along an order stops at its end
        scanned = re.match(r"SCAN (\w+)", words)
        if scanned and re.sub(r"_\d+$", "", scanned[1]) in big:
            yield words
    if not _is_question(statement):
        return
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += _STEP
        return 0

    connection = cursor.connection
    connection.set_progress_handler(count, _STEP)
    cursor.execute(statement, parameters).fetchall()
    connection.set_progress_handler(None, 0)
    if steps > most * _STEPS_A_ROW:
        yield f"{steps} steps"


# PostgreSQL ------------------------------------------------------------------------------------------------


def _on_postgresql(cursor: Any, statement: str, parameters: Any, big: set[str], most: int) -> Iterator[str]:
    how = "ANALYZE, TIMING OFF, FORMAT JSON" if _is_question(statement) else "FORMAT JSON"
    cursor.execute(f"EXPLAIN ({how}) {statement}", parameters)
    (told,) = cursor.fetchone()
    whole = told if isinstance(told, list) else json.loads(told)
    rows = 0
    for node in _nodes(whole[0]["Plan"]):
        if node["Node Type"] == "Seq Scan" and node.get("Relation Name") in big:
            yield f"Seq Scan on {node['Relation Name']}"
        elif _goes_along_all(cursor, node, big):
            yield f"all of {node['Index Name']} for {node['Index Cond'][:200]}"
        if "Scan" in node["Node Type"]:
            away = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
            rows += (node.get("Actual Rows", 0) + away) * node.get("Actual Loops", 1)
    if rows > most:
        yield f"{rows:.0f} rows"


def _goes_along_all(cursor: Any, node: dict[str, Any], big: set[str]) -> bool:
    """Whether an index is gone along without what it is ordered by first, from its begin to its end.

    Not where it skips: PostgreSQL tells since 18 how often it began anew, and each of those reads little.
    """
    if "Index Cond" not in node or node.get("Relation Name", "") not in {*big, ""}:
        return False
    skips = node.get("Index Searches", 0) > node.get("Actual Loops", 1)
    first = _first_column(cursor, node["Index Name"])
    return not skips and re.search(rf"\b{re.escape(first)}\b", node["Index Cond"]) is None


def _first_column(cursor: Any, index: str) -> str:
    """What an index is ordered by first; "" for one of a few rows alone."""
    told = (
        "SELECT pg_get_indexdef(indexrelid, 1, true) FROM pg_index WHERE indexrelid = %s::regclass AND indpred IS NULL"
    )
    cursor.execute(told, [f'"{index}"'])
    found = cursor.fetchone()
    return str(found[0]) if found else ""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
