"""The database's age: bring it up to date, and refuse one this program does not understand."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import DBAPIError

from cli.errors import UserError
from records import append_only, guards
from reports import views
from scheduler.db import forget_statistics, is_full

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(engine: Engine) -> None:
    """Bring tables, read-only views and guards up to date; on both databases all of it or nothing happens."""
    _refuse_newer(engine)
    migrate(engine, "head")
    forget_statistics(engine)


def migrate(engine: Engine, revision: str) -> None:
    """Bring the tables to `revision`, all of it or nothing.

    SQLite changes a table by making a new one; the rows of other tables that point there must not be taken
    for orphans meanwhile, so foreign keys are off and checked at the end.
    """
    config = _config()
    with engine.connect() as connection:
        keys = _SqliteKeys(connection) if engine.dialect.name == "sqlite" else nullcontext()
        with keys, connection.begin():
            config.attributes["connection"] = connection
            with _others_told(connection):
                command.upgrade(config, revision)
            if _newest(config, revision):
                views.make(connection)
                guards.make(connection)
                append_only.make(connection)
            if isinstance(keys, _SqliteKeys):
                keys.check()


def _newest(config: Config, revision: str) -> bool:
    """Whether the tables are then as this program's views need them."""
    return revision in ("head", ScriptDirectory.from_config(config).get_current_head())


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


def check(engine: Engine) -> None:
    """Raises `UserError` when the tables are missing, older or newer than this program."""
    current = _refuse_newer(engine)
    if current is None:
        raise UserError("Thư mục dữ liệu chưa được khởi tạo; hãy chạy lệnh: cchc init.")
    if current != ScriptDirectory.from_config(_config()).get_current_head():
        raise UserError("Cơ sở dữ liệu thuộc phiên bản cũ hơn; sao lưu rồi chạy lệnh: cchc init để nâng cấp.")


def is_older(engine: Engine) -> bool:
    """Whether there are tables of an earlier version. Raises `UserError` for a newer one."""
    current = _refuse_newer(engine)
    return current is not None and current != ScriptDirectory.from_config(_config()).get_current_head()


def revision_of(engine: Engine) -> str:
    """The revision the tables have; empty without tables. Raises `UserError` for one this program does not know."""
    return _refuse_newer(engine) or ""


def _refuse_newer(engine: Engine) -> str | None:
    """The revision the tables have; raises `UserError` for one this program has never heard of."""
    try:
        with engine.execution_options(readonly=True).connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        if is_full(error):
            raise
        words = " ".join(str(error.orig).split())
        raise UserError(
            f"Không mở được cơ sở dữ liệu ({words}); hãy kiểm tra CCHC_DATABASE_URL và CCHC_DATA_DIR."
        ) from None
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise UserError(
            f"Cơ sở dữ liệu do một phiên bản mới hơn tạo ra (mã {current}); "
            "hãy cập nhật chương trình, không mở bằng phiên bản này."
        )
    return current


def newest_revision() -> str | None:
    """The revision that this program's tables have."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revision(engine: Engine) -> str | None:
    """The revision that the tables have; None without tables. Raises what the database raises."""
    with engine.execution_options(readonly=True).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
