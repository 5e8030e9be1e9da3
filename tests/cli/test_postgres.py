"""The commands over PostgreSQL: the same words, the same outcome, and a post that goes out."""

import pytest
from sqlalchemy import Engine

from tests.cli.conftest import LIBRARY, Browser, Cchc
from tests.conftest import LAN, MINH, Sandbox

POSTGRES = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def abroad(cchc: Cchc, engine: Engine, sandbox: Sandbox) -> Cchc:
    """The command in an empty folder whose database is elsewhere and whose platforms are the sandbox."""
    cchc.env["CCHC_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)
    for platform, settings in sandbox.settings.items():
        sandbox._ask("POST", platform, "clock", {"now": None})
        cchc.env |= {f"CCHC_{platform}__{name}".upper(): str(value) for name, value in settings.items()}
    cchc.write_library()
    return cchc


@POSTGRES
def test_a_post_goes_the_whole_way_on_postgresql(abroad: Cchc, sandbox: Sandbox) -> None:
    abroad.ok("init")
    abroad.ok("init")
    assert not list(abroad.folder.rglob("*.sqlite3")), "nothing of SQLite is made beside it"
    abroad.ok("post", "submit", "d-giay-hen", "--by", LAN)
    assert "không được tự duyệt" in abroad("post", "approve", "d-giay-hen", "--by", LAN).sentence
    abroad.ok("post", "approve", "d-giay-hen", "--by", MINH)
    abroad.ok("connect", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    abroad.ok("queue", "add", "d-giay-hen", "fanpage", "--by", LAN, "--at", "31/12/2030 07:30")
    abroad.ok("queue", "hold", "1", "--by", LAN)
    abroad.ok("queue", "resume", "1", "--by", LAN)
    for minute in ("07:29", "07:30", "07:31"):
        abroad.ok("tick", "--now", f"31/12/2030 {minute}")
    [seen] = sandbox.public("facebook")
    assert LIBRARY["d-giay-hen"][1] in seen["text"]
    assert "Đã đăng" in abroad.ok("status")
    abroad.ok("collect")
    assert abroad("summary", "--week", "2026-W99").code == 1


def test_a_database_that_cannot_be_reached_is_one_sentence_without_its_password(cchc: Cchc) -> None:
    told = cchc("status", CCHC_DATABASE_URL="postgresql+psycopg://cchc:mat-khau@127.0.0.1:9/cchc")
    assert told.code == 1
    assert "mat-khau" not in told.sentence
