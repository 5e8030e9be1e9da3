"""Which rows of evidence may be gone: those whose period of keeping was over, by the periods that the acts tell of.

Whoever sets a period leaves an act, and acts are sealed: a row that is missing although it was younger than any period
ever let go was taken away by somebody.
"""

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from content.vietnamese import number
from records.canonical import table_named
from records.rules import Rule, below
from records.sources import SOURCES

ACT = "retention"
"""How the desk and the commands call such an act; its subject is the kind (a test holds it against theirs)."""
_DAYS = re.compile(r": ([\d.]+) ngày$")


def words_of(rule: Rule, days: int) -> str:
    """What an act says of a period that was set."""
    return f"{rule.label}: {number(days)} ngày"


def gone_before(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Table -> what is older than this may be gone, of the tables of evidence that have a period. `now` is aware."""
    rules = {one.kind: one for one in below(raw_days=1)}
    return {one.table: _of(connection, rules[one.table], now) for one in SOURCES if one.expires}


def _of(connection: Connection, rule: Rule, now: datetime) -> datetime:
    """The end of each time in which a period was in force, less that period: the latest of these."""
    acts = table_named("desk_act")
    told = select(acts.c.at, acts.c.words).where(acts.c.act == ACT, acts.c.subject == rule.kind)
    days, latest = rule.days, None
    for at, words in connection.execute(told.order_by(acts.c.id)):
        found = _DAYS.search(words)
        if found is None or at > now:
            continue
        latest = _later(latest, at - timedelta(days=days))
        days = min(max(int(found[1].replace(".", "")), rule.least), rule.most)
    return _later(latest, now - timedelta(days=days))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)
