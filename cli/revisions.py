"""How old the database is, told without Alembic: it weighs as much as all connectors, and only who changes the tables
needs it (`cli.database`)."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from cli.errors import UserError
from scheduler.db import is_full, looking

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def known_revisions() -> list[str]:
    """The revisions that this program knows, the oldest first; each is what its file's name begins with."""
    return sorted(one.name[:4] for one in (FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def newest_revision() -> str:
    """The revision that this program's tables have."""
    return known_revisions()[-1]


def revision(engine: Engine) -> str | None:
    """The revision that the tables have; None without tables. Raises what the database raises."""
    with looking(engine) as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def check(engine: Engine) -> None:
    """Raises `UserError` when the tables are missing, older or newer than this program."""
    current = refuse_newer(engine)
    if current is None:
        raise UserError("Thư mục dữ liệu chưa được khởi tạo; hãy chạy lệnh: cchc init.")
    if current != newest_revision():
        raise UserError("Cơ sở dữ liệu thuộc phiên bản cũ hơn; sao lưu rồi chạy lệnh: cchc init để nâng cấp.")


def is_older(engine: Engine) -> bool:
    """Whether there are tables of an earlier version. Raises `UserError` for a newer one."""
    current = refuse_newer(engine)
    return current is not None and current != newest_revision()


def revision_of(engine: Engine) -> str:
    """The revision the tables have; empty without tables. Raises `UserError` for one this program does not know."""
    return refuse_newer(engine) or ""


def refuse_newer(engine: Engine) -> str | None:
    """The revision the tables have; raises `UserError` for one this program has never heard of."""
    try:
        current = revision(engine)
    except DBAPIError as error:
        if is_full(error):
            raise
        words = " ".join(str(error.orig).split())
        raise UserError(
            f"Không mở được cơ sở dữ liệu ({words}); hãy kiểm tra CCHC_DATABASE_URL và CCHC_DATA_DIR."
        ) from None
    if current is not None and current not in known_revisions():
        raise UserError(
            f"Cơ sở dữ liệu do một phiên bản mới hơn tạo ra (mã {current}); "
            "hãy cập nhật chương trình, không mở bằng phiên bản này."
        )
    return current
