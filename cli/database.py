"""Bringing the tables up to date, with Alembic (`cli.revisions` tells without it how old they are)."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from cli.errors import UserError
from cli.revisions import FOLDER, newest_revision, refuse_newer
from records import append_only, guards
from reports import views
from scheduler.db import forget_statistics, in_turn


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(engine: Engine) -> None:
    """Bring tables, read-only views and guards up to date; on both databases all of it or nothing happens."""
    refuse_newer(engine)
    migrate(engine, "head")
    forget_statistics(engine)


def migrate(engine: Engine, revision: str) -> None:
    """Bring the tables to `revision`, all of it or nothing. Of several at once the first does it.

    SQLite changes a table by making a new one; the rows of other tables that point there must not be taken
    for orphans meanwhile, so foreign keys are off and checked at the end.
    """
    config = _config()
    with engine.connect() as connection:
        keys = _SqliteKeys(connection) if engine.dialect.name == "sqlite" else nullcontext()
        with keys, connection.begin():
            in_turn(connection, "tables")
            config.attributes["connection"] = connection
            with _others_told(connection):
                command.upgrade(config, revision)
            if revision in ("head", newest_revision()):  # the tables are then as this program's views need them
                views.make(connection)
                guards.make(connection)
                append_only.make(connection)
            if isinstance(keys, _SqliteKeys):
                keys.check()


@contextmanager
def _others_told(connection: Connection) -> Iterator[None]:
    """Our read-only views are dropped before the tables change, and made anew afterwards. Those that the office made
    on our tables or views stay, and a database may refuse to change what they stand on: then they are named."""
    ours = {view.name for view in views.VIEWS} | set(views.RETIRED)
    others = sorted(set(inspect(connection).get_view_names()) - ours)
    try:
        yield
    except DBAPIError as error:
        words = " ".join(str(error.orig).split())
        if not others:
            raise
        raise UserError(
            f"Chưa nâng cấp được cơ sở dữ liệu, mọi dữ liệu giữ nguyên ({words}). Đơn vị có khung nhìn riêng: "
            f"{', '.join(others)}; hãy lưu lại câu lệnh tạo chúng, xóa chúng, nâng cấp, rồi tạo lại."
        ) from None


class _SqliteKeys:
    """Foreign keys off for one connection; SQLite takes that order only outside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._order("OFF")

    def __exit__(self, *_error: object) -> None:
        self._order("ON")

    def check(self) -> None:
        """Raises RuntimeError when a row points to nothing; the migration is then undone."""
        broken = self._connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"{len(broken)} rows point to nothing after the migration, first {tuple(broken[0])}")

    def _order(self, word: str) -> None:
        raw = self._connection.connection.dbapi_connection
        assert raw is not None
        raw.execute(f"PRAGMA foreign_keys={word}")
