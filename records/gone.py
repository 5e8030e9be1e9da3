"""Which rows of evidence may be gone: those whose period of keeping was over, by the periods that the acts tell of.

Whoever sets a period leaves an act, and acts are sealed: a row that is missing although it was younger than any period
ever let go was taken away by somebody.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from content.vietnamese import number
from records.canonical import reader, selected, table_named
from records.rules import Rule, below
from records.sources import SOURCES

ACT = "retention"
"""How the desk and the commands call such an act; its subject is the kind (a test holds it against theirs)."""
_DAYS = re.compile(r": (\d{1,3}(?:\.\d{3})*) ngày$", re.ASCII)


def words_of(rule: Rule, days: int) -> str:
    """What an act says of a period that was set."""
    return f"{rule.label}: {number(days)} ngày"


def gone_before(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Table -> what is older than this may be gone, of the tables of evidence that have a period. `now` is aware."""
    rules = {one.kind: one for one in below(raw_days=1)}
    return {one.table: _of(connection, rules[one.table], now) for one in SOURCES if one.expires}


def _of(connection: Connection, rule: Rule, now: datetime) -> datetime:
    """The end of each time in which a period was in force, less that period: the latest of these."""
    days, latest = rule.days, None
    for at, told in _periods(connection, rule):
        if at > now:
            continue
        latest = _later(latest, at - timedelta(days=days))
        days = min(max(told, rule.least), rule.most)
    return _later(latest, now - timedelta(days=days))


def _periods(connection: Connection, rule: Rule) -> Iterator[tuple[datetime, int]]:
    """When a period was set (aware), and its days, in the order of the acts. An act that somebody has spoilt tells
    nothing here: verification finds it."""
    acts, names = table_named("desk_act"), ("at", "words")
    dialect = connection.dialect.name
    read = reader("desk_act", names, dialect == "sqlite")
    told = select(*selected(dialect, acts, names)).where(acts.c.act == ACT, acts.c.subject == rule.kind)
    for row in connection.execute(told.order_by(acts.c.id)):
        facts = read(row)
        found = _DAYS.search(str(facts["words"]))
        if found is not None:
            with suppress(ValueError, OverflowError):
                yield datetime.fromisoformat(str(facts["at"])), int(found[1].replace(".", ""))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
