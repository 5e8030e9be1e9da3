"""What a view and its columns are made of. Values, and the few words that SQLite and PostgreSQL spell differently.

A column's SQL is written once. Times go through `Kind.MOMENT` and `Kind.LOCAL`, so that both databases tell the same
second: SQLite keeps them as text in UTC, PostgreSQL as its own type.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

ZONE = "Asia/Ho_Chi_Minh"
SQLITE = "sqlite"


class Kind(StrEnum):
    """What a column holds."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    """A second in UTC: text such as 2026-11-23T01:00:00Z on SQLite, timestamptz on PostgreSQL."""
    LOCAL = "local"
    """The same as clocks in Việt Nam show it, without an offset."""
    LOCAL_DAY = "local_day"
    """The local day of a moment."""
    LOCAL_MONTH = "local_month"
    """The local month of a moment: 2026-11."""
    SECONDS = "seconds"
    """Whole seconds from the second moment to the first: "a.later - b.earlier"."""
    LIST = "list"
    """A JSON list of texts, told as one text with "; " between them."""


KIND_WORDS = {
    Kind.INTEGER: "số nguyên",
    Kind.TEXT: "chữ",
    Kind.BOOLEAN: "có/không",
    Kind.DATE: "ngày",
    Kind.MOMENT: "thời điểm UTC",
    Kind.LOCAL: "thời điểm giờ Việt Nam",
    Kind.LOCAL_DAY: "ngày",
    Kind.LOCAL_MONTH: "chữ",
    Kind.SECONDS: "số nguyên",
    Kind.LIST: "chữ",
}
"""How the documentation calls them."""


_PLAIN = {
    Kind.LOCAL_DAY: Kind.DATE,
    Kind.LOCAL_MONTH: Kind.TEXT,
    Kind.LIST: Kind.TEXT,
    Kind.SECONDS: Kind.INTEGER,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what it holds, where that comes from, and what it means, in Vietnamese."""

    name: str
    kind: Kind
    source: str
    words: str

    def sql(self, dialect: str) -> str:
        """The column as part of a SELECT."""
        return f"{_spelled(self.kind, self.source, dialect)} AS {self.name}"

    @property
    def type(self) -> Kind:
        """What a reader gets: days and months of moments are plain dates and texts."""
        return _PLAIN.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class View:
    """One read-only view. `tail` is everything after the columns; `key` puts its rows into one full order."""

    name: str
    words: str
    columns: tuple[Column, ...]
    tail: str
    key: tuple[str, ...]
    group: tuple[str, ...] = ()
    """Names of columns that the rows are gathered by."""

    def sql(self, dialect: str) -> str:
        """The statement that makes it. The one-row table beside it keeps PostgreSQL from taking writes through it."""
        columns = ", ".join(one.sql(dialect) for one in self.columns)
        grouped = [_spelled(one.kind, one.source, dialect) for one in self.columns if one.name in self.group]
        together = f" GROUP BY {', '.join(grouped)}" if grouped else ""
        return f"CREATE VIEW {self.name} AS SELECT {columns} {_tail(self.tail, dialect)}{together}"


def _tail(text: str, dialect: str) -> str:
    """The FROM part: `{only}` keeps writes out, `{pairs}` makes rows of a JSON object, `{day:x}` is a local day."""
    pairs = "json_each" if dialect == SQLITE else "json_each_text"
    text = text.replace("{only}", "CROSS JOIN (SELECT 1 AS one) AS fixed").replace("{pairs}", pairs)
    return re.sub(r"\{day:([\w.]+)\}", lambda found: _spelled(Kind.LOCAL_DAY, found[1], dialect), text)


def _spelled(kind: Kind, source: str, dialect: str) -> str:
    """A column's SQL. SQLite's texts are cut to the second before they are read, for it would round them."""
    return (_SQLITE if dialect == SQLITE else _POSTGRESQL).get(kind, _as_it_is)(source)


def _seconds(pair: str, one: Callable[[str], str]) -> str:
    later, earlier = pair.split(" - ")
    return f"({one(later)} - {one(earlier)})"


def _as_it_is(source: str) -> str:
    return source


_SQLITE: dict[Kind, Callable[[str], str]] = {
    Kind.MOMENT: lambda x: f"replace(substr({x}, 1, 19), ' ', 'T') || 'Z'",
    Kind.LOCAL: lambda x: f"strftime('%Y-%m-%dT%H:%M:%S', substr({x}, 1, 19), '+7 hours')",
    Kind.LOCAL_DAY: lambda x: f"date(substr({x}, 1, 19), '+7 hours')",
    Kind.LOCAL_MONTH: lambda x: f"strftime('%Y-%m', substr({x}, 1, 19), '+7 hours')",
    Kind.SECONDS: lambda x: _seconds(x, lambda one: f"CAST(strftime('%s', substr({one}, 1, 19)) AS INTEGER)"),
    Kind.LIST: lambda x: f"coalesce((SELECT group_concat(value, '; ') FROM json_each({x})), '')",  # noqa: S608  words of our own
}
_POSTGRESQL: dict[Kind, Callable[[str], str]] = {
    Kind.MOMENT: lambda x: f"date_trunc('second', {x})",
    Kind.LOCAL: lambda x: f"date_trunc('second', {x} AT TIME ZONE '{ZONE}')",
    Kind.LOCAL_DAY: lambda x: f"({x} AT TIME ZONE '{ZONE}')::date",
    Kind.LOCAL_MONTH: lambda x: f"to_char({x} AT TIME ZONE '{ZONE}', 'YYYY-MM')",
    Kind.SECONDS: lambda x: _seconds(x, lambda one: f"extract(epoch FROM date_trunc('second', {one}))::bigint"),
    Kind.LIST: lambda x: (
        "coalesce((SELECT string_agg(part.value, '; ' ORDER BY part.place) "  # noqa: S608  words of our own
        f"FROM json_array_elements_text({x}) WITH ORDINALITY AS part(value, place)), '')"
    ),
}
