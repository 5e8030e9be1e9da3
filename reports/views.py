"""Read-only views over the tables, for spreadsheets, dashboards and whoever asks for the office's figures.

`cchc init` makes them and makes them anew after every upgrade; before one they are dropped, because no database
rebuilds a table that a view stands on. Other programs read these, never the tables: tables change with the program,
a view's column keeps its name and meaning (docs/data.md).
"""

from sqlalchemy import Connection, inspect

from reports.open_data import catalogue, figures
from reports.open_data.columns import KIND_WORDS, View

VIEWS: tuple[View, ...] = (
    catalogue.PUBLICATION,
    catalogue.POST,
    catalogue.CHANNEL,
    catalogue.EVENT,
    figures.READING_LAST,
    figures.READING_DAY,
    figures.FOLLOWER_DAY,
    figures.CHANNEL_DAY,
    figures.TOPIC_MONTH,
    figures.ACTIVITY,
    figures.ACTIVITY_FIGURE,
    figures.SUBMISSION,
)
"""Everything that may leave the house, in the order in which it is told."""
RETIRED: tuple[str, ...] = ()
"""Names of views that earlier versions made."""


def view_named(name: str) -> View | None:
    """The view of that name."""
    return next((one for one in VIEWS if one.name == name), None)


def make(connection: Connection) -> None:
    """Make every view. They must not be there; the caller commits."""
    for view in VIEWS:
        connection.exec_driver_sql(view.sql(connection.dialect.name))


def drop(connection: Connection) -> None:
    """Drop those of our views that are there; the caller commits. Views of others are not touched."""
    there = set(inspect(connection).get_view_names())
    for name in (*(view.name for view in VIEWS), *RETIRED):
        if name in there:
            connection.exec_driver_sql(f"DROP VIEW {name}")


def documentation() -> str:
    """docs/data.md's tables: every view and column with what it means."""
    parts = []
    for view in VIEWS:
        rows = "\n".join(f"| `{one.name}` | {KIND_WORDS[one.type]} | {one.words} |" for one in view.columns)
        key = ", ".join(f"`{name}`" for name in view.key)
        parts.append(
            f"### {view.name}\n\n{view.words}\n\nKhóa: {key}.\n\n| cột | kiểu | nghĩa |\n| --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(parts)
