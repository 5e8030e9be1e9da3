"""The database itself refuses to change or remove an entry of the audit log, whoever asks.

The triggers are made with the read-only views: dropped before a migration changes the tables, because SQLite changes a
table by making a new one and would lose them in silence, and made anew when the newest revision stands
(`cli.database`). Copies of the database carry them along.
"""

from sqlalchemy import Connection, inspect, text

TABLE = "audit_entry"
_WORDS = "audit_entry is append-only"
_FUNCTION = "cchc_append_only"
_SQLITE = {
    "cchc_append_update": f"BEFORE UPDATE ON {TABLE}",
    "cchc_append_delete": f"BEFORE DELETE ON {TABLE}",
    # INSERT OR REPLACE takes the old row away without asking the trigger above
    "cchc_append_insert": "BEFORE INSERT ON audit_entry "
    "WHEN EXISTS (SELECT 1 FROM audit_entry WHERE sequence = NEW.sequence "
    "OR (source = NEW.source AND stage = NEW.stage AND source_id = NEW.source_id))",
}
_POSTGRESQL = {
    "cchc_append_change": f"BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW",
    "cchc_append_truncate": f"BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT",
}


def make(connection: Connection) -> None:
    """Make the triggers where the table is, if they are not there; the caller commits."""
    if not inspect(connection).has_table(TABLE):
        return
    drop(connection)
    if connection.dialect.name == "sqlite":
        for name, when in _SQLITE.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END")
        return
    connection.exec_driver_sql(
        f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation'; END $$"
    )
    for name, when in _POSTGRESQL.items():
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {_FUNCTION}()")


def missing(connection: Connection) -> list[str]:
    """The tables that nothing guards, for whoever looks whether all is well: none, or the one there is."""
    if not inspect(connection).has_table(TABLE):
        return []
    if connection.dialect.name == "sqlite":
        asked = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        wanted = set(_SQLITE)
    else:
        asked = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname = :table AND c.relnamespace = current_schema()::regnamespace AND t.tgenabled <> 'D'"
        )
        wanted = set(_POSTGRESQL)
    there = {str(name) for (name,) in connection.execute(text(asked), {"table": TABLE})}
    return [] if wanted <= there else [TABLE]


def drop(connection: Connection) -> None:
    """Take the triggers away, for a migration alone: the caller makes them again in the same transaction."""
    if not inspect(connection).has_table(TABLE):
        return
    ours = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    on = "" if connection.dialect.name == "sqlite" else f" ON {TABLE}"
    for name in ours:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
