"""Beginning, settings and the database's age: `init`, `doctor`, and what is refused before anything happens."""

import sqlite3
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Cchc

COMMANDS = (
    ("status",),
    ("run",),
    ("tick",),
    ("collect",),
    ("summary",),
    ("library", "load"),
    ("library", "list"),
    ("post", "show", "a"),
    ("post", "submit", "a", "--by", "Lan"),
    ("post", "approve", "a", "--by", "Minh"),
    ("queue", "list"),
    ("queue", "cancel", "1", "--by", "Lan"),
    ("channels", "list"),
    ("channels", "check"),
    ("channels", "slots", "fanpage", "--slot", "07:30"),
)


def database(cchc: Cchc) -> Path:
    return cchc.folder / "data" / "cchc.sqlite3"


def test_init_twice_is_safe(cchc: Cchc) -> None:
    cchc.write_library()
    first = cchc.ok("init")
    key = (cchc.folder / "data" / "cchc.key").read_bytes()
    second = cchc.ok("init")
    assert "3 bài mới" in first and "3 bài giữ nguyên" in second
    assert (cchc.folder / "data" / "cchc.key").read_bytes() == key


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_uninitialised_folder_says_what_to_run_and_stays_empty(cchc: Cchc, command: tuple[str, ...]) -> None:
    assert "cchc init" in cchc(*command).sentence
    assert list(cchc.folder.iterdir()) == []


@pytest.mark.parametrize("command", [("init",), ("status",), ("run",)], ids=" ".join)
def test_a_database_from_a_newer_version_is_refused(office: Cchc, command: tuple[str, ...]) -> None:
    with closing(sqlite3.connect(database(office))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "phiên bản mới hơn" in office(*command).sentence


def test_a_database_from_an_older_version_is_refused_until_init(office: Cchc) -> None:
    with closing(sqlite3.connect(database(office))) as connection, connection:
        connection.execute("DELETE FROM alembic_version")
    assert "cchc init" in office("status").sentence


def test_a_file_that_is_no_database_is_named_in_one_sentence(office: Cchc) -> None:
    database(office).write_bytes(b"not a database at all, " * 100)
    assert "cơ sở dữ liệu" in office("status").sentence


def test_a_data_folder_that_cannot_be_made_is_named(cchc: Cchc) -> None:
    (cchc.folder / "data").write_text("a file stands in the way")
    assert "data" in cchc("init").sentence


def test_a_database_that_is_busy_is_told_in_one_sentence(office: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.db._PRAGMAS", ("busy_timeout=10",))
    with closing(sqlite3.connect(database(office))) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        assert "đang bận" in office("post", "submit", "k-canh-bao", "--by", "Lan").sentence
        assert "k-canh-bao" in office.ok("library", "list"), "whoever only reads need not wait"


# Settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CCHC_TICK_SECONDS", "soon", "phải là một số nguyên"),
        ("CCHC_TICK_SECONDS", "0", "nhỏ nhất là 1"),
        ("CCHC_WEB_PORT", "70000", "lớn nhất là 65535"),
        ("CCHC_DATABASE_URL", "mysql://localhost/cchc", "sqlite"),
        ("CCHC_DATABASE_URL", "no address", "không phải địa chỉ"),
        ("CCHC_DATABASE_URL", "postgresql+asyncpg://cchc@localhost/cchc", "postgresql+psycopg"),
        ("CCHC_MEDIA_URL", "example.vn", "https://"),
        ("CCHC_FACEBOOK__VERSION", "26", "không đúng dạng"),
        ("CCHC_YOUTUBE__CHUNK_BYTES", "1000", "bội số"),
        ("CCHC_ZALO__NO_SUCH_NAME", "1", "không phải tên cấu hình"),
    ],
)
def test_a_malformed_setting_is_named(cchc: Cchc, name: str, value: str, says: str) -> None:
    sentence = cchc("status", **{name: value}).sentence
    assert name in sentence and says in sentence


def test_a_secret_that_is_malformed_is_not_shown(cchc: Cchc) -> None:
    cchc.secrets.add("hidden-password")
    url = "postgresql+psycopg://cchc:hidden-password@127.0.0.1:1/cchc?connect_timeout=1"
    assert "cơ sở dữ liệu" in cchc("status", CCHC_DATABASE_URL=url).sentence
    for wrong in ("my sql:hidden-password", "postgresql+psycopg://cchc:hidden-password/x@127.0.0.1/cchc"):
        assert "CCHC_DATABASE_URL" in cchc("status", CCHC_DATABASE_URL=wrong).sentence


def test_an_address_as_postgresql_writes_it_is_taken(cchc: Cchc) -> None:
    url = "postgresql://cchc@127.0.0.1:9/cchc?connect_timeout=1"
    assert "Không mở được cơ sở dữ liệu" in cchc("status", CCHC_DATABASE_URL=url).sentence


def test_an_unknown_name_in_the_env_file_is_named(cchc: Cchc) -> None:
    (cchc.folder / ".env").write_text("CCHC_TICK_SECOND=5\n")
    sentence = cchc("status").sentence
    assert "CCHC_TICK_SECOND " in sentence and "config.example.env" in sentence


# The doctor --------------------------------------------------------------------------------------------


def test_the_doctor_finds_nothing_in_a_fresh_folder(office: Cchc) -> None:
    assert "Không thấy vấn đề" in office.ok("doctor")


def test_the_doctor_finds_files_that_others_may_read(office: Cchc) -> None:
    (office.folder / ".env").write_text("CCHC_TICK_SECONDS=5\n")
    (office.folder / ".env").chmod(0o644)
    (office.folder / "data" / "cchc.key").chmod(0o640)
    told = office("doctor")
    assert "2 điều" in told.sentence
    assert "chmod 600" in told.out and "cchc.key" in told.out and ".env" in told.out


def test_the_doctor_finds_an_address_without_encryption(office: Cchc) -> None:
    assert "CCHC_MEDIA_URL" in office("doctor", CCHC_MEDIA_URL="http://anh.example.gov.vn").out
    assert "CCHC_PROXY" not in office("doctor", CCHC_PROXY="http://proxy.noi-bo:3128").out
    told = office("doctor", CCHC_ZALO__API_URL="http://zalo.example")
    assert "1 điều" in told.sentence
    assert "CCHC_ZALO__API_URL" in told.out and "https" in told.out


def test_the_doctor_finds_a_folder_without_a_database(cchc: Cchc) -> None:
    told = cchc("doctor")
    assert "1 điều" in told.sentence and "cchc init" in told.out
    assert list(cchc.folder.iterdir()) == []


# Text --------------------------------------------------------------------------------------------------


def test_vietnamese_reaches_a_screen_that_is_set_to_another_alphabet(office: Cchc) -> None:
    office.charset = "ascii"
    assert "Dịch vụ KHÔNG chạy" in office.ok("status")


def test_what_is_typed_decomposed_is_what_is_typed_composed(office: Cchc) -> None:
    by, other = (unicodedata.normalize(form, "Lệ Thủy") for form in ("NFD", "NFC"))
    office.ok("post", "submit", "k-canh-bao", "--by", by)
    assert "tự duyệt" in office("post", "approve", "k-canh-bao", "--by", other).sentence
    assert "“kênh”" in office("channels", "check", unicodedata.normalize("NFD", "kênh")).sentence


# Help --------------------------------------------------------------------------------------------------


def test_without_arguments_the_commands_are_listed(cchc: Cchc) -> None:
    told = cchc()
    for command in ("init", "run", "status", "queue", "channels", "summary", "doctor"):
        assert command in told.out + told.err


@pytest.mark.parametrize("group", ["library", "post", "queue", "channels"])
def test_every_group_lists_its_commands_within_80_columns(cchc: Cchc, group: str) -> None:
    out = cchc.ok(group, "--help")
    assert all(len(line) <= 80 for line in out.splitlines())
