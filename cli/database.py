"""The database's age: bring it up to date, and refuse one this program does not understand."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cli.errors import UserError

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(engine: Engine) -> None:
    """Bring the tables up to date; on both databases all of it or nothing happens."""
    _refuse_newer(engine)
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check(engine: Engine) -> None:
    """Raises `UserError` when the tables are missing, older or newer than this program."""
    current = _refuse_newer(engine)
    if current is None:
        raise UserError("Thư mục dữ liệu chưa được khởi tạo; hãy chạy lệnh: cchc init.")
    if current != ScriptDirectory.from_config(_config()).get_current_head():
        raise UserError("Cơ sở dữ liệu thuộc phiên bản cũ hơn; sao lưu rồi chạy lệnh: cchc init để nâng cấp.")


def _refuse_newer(engine: Engine) -> str | None:
    """The revision the tables have; raises `UserError` for one this program has never heard of."""
    try:
        with engine.execution_options(readonly=True).connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
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
