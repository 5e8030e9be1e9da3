"""The database itself refuses to delete a record, whoever asks: a trigger on each table of `records.kinds`.

They are made with the read-only views: dropped before a migration changes the tables, because SQLite changes a table
by making a new one and would lose them in silence, and made anew when the newest revision stands (`cli.database`).
Copies of the database (the backup's file, pg_dump) carry them along. The audit log has guards of its own, which refuse
a change as well (`records.append_only`).
"""

from collections.abc import Iterable

from sqlalchemy import Connection, inspect, text

from records import append_only
from records.kinds import kept_for_good

PREFIX = "cchc_keep_"
_FUNCTION = "cchc_keep_record"
_WORDS = "a record of the office is not deleted"
_MAKE_FUNCTION = f"""CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{_WORDS}: %', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"""


def make(connection: Connection) -> None:
    """Guard every table of records that is there. They must not be guarded yet; the caller commits."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_MAKE_FUNCTION.replace("%", "%%"))
    for table in _tables(connection):
        for order in _orders(table, connection.dialect.name):
            connection.exec_driver_sql(order)


def drop(connection: Connection) -> None:
    """Take the guards away, for a migration alone: the caller makes them again in the same transaction."""
    for name, table in there(connection):
        on = f' ON "{table}"' if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"{on}')


def missing(connection: Connection) -> list[str]:
    """The tables of records that nothing guards; for whoever looks whether all is well."""
    guarded = {table for _name, table in there(connection)}
    return [table for table in _tables(connection) if table not in guarded]


def there(connection: Connection) -> list[tuple[str, str]]:
    """Our guards in this database: (trigger, table)."""
    if connection.dialect.name == "postgresql":
        asked = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE starts_with(t.tgname, :prefix) AND c.relnamespace = current_schema()::regnamespace ORDER BY 1"
        )
    else:
        asked = (
            "SELECT name, tbl_name FROM sqlite_master "
            "WHERE type = 'trigger' AND substr(name, 1, length(:prefix)) = :prefix ORDER BY name"
        )
    return [(str(name), str(table)) for name, table in connection.execute(text(asked), {"prefix": PREFIX})]


def _tables(connection: Connection) -> Iterable[str]:
    known = set(inspect(connection).get_table_names())
    return [name for name in kept_for_good() if name in known and name != append_only.TABLE]


def _orders(table: str, dialect: str) -> list[str]:
    if dialect != "postgresql":
        return [
            f'CREATE TRIGGER "{PREFIX}{table}" BEFORE DELETE ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}: {table}'); END"
        ]
    refuse = f"EXECUTE FUNCTION {_FUNCTION}()"
    return [
        f'CREATE TRIGGER "{PREFIX}{table}" BEFORE DELETE ON "{table}" FOR EACH ROW {refuse}',
        f'CREATE TRIGGER "{PREFIX}all_{table}" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {refuse}',
    ]
