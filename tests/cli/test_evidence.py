"""`cchc evidence make|verify` and `cchc export-data` as staff and auditors use them."""

import json
import re
import sqlite3
import zipfile
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from content.vietnamese import LOCAL, day, local_day
from scheduler.clock import SystemClock
from tests.cli.conftest import Cchc
from tests.cli.test_queue import queued
from tests.conftest import LAN


@pytest.fixture
def proven(fanpage: Cchc) -> Cchc:
    """An office with one post that went out, an hour ago by its record."""
    at = (SystemClock().now() + timedelta(minutes=5)).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")
    number = queued(fanpage, at=at)
    fanpage.ok("tick", "--now", at)
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as connection, connection:
        for table, column, which in (
            ("publication", "published_at", "id"),
            ("publication_event", "at", "publication_id"),
        ):
            for key, stored in connection.execute(
                f"SELECT id, {column} FROM {table} WHERE {which} = ?", (number,)
            ).fetchall():
                earlier = (datetime.fromisoformat(stored) - timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (earlier, key))
    return fanpage


def period() -> tuple[str, ...]:
    today = local_day(SystemClock().now())
    return ("--from", day(today - timedelta(days=2)), "--to", day(today))


def test_what_was_made_is_verified_with_the_hash_that_was_printed(proven: Cchc) -> None:
    out = proven.ok("evidence", "make", *period(), "--out", "ho-so.zip", "--by", LAN)
    assert "Gồm 1 lượt đăng (0 đã gỡ)" in out.replace("\n", " ")
    book = re.search(r"[0-9a-f]{64}", out)
    assert book is not None
    told = proven.ok("evidence", "verify", "ho-so.zip", "--hash", book[0])
    assert "nguyên vẹn" in told and "đúng như trong sổ" in told
    assert "Chưa đối chiếu với sổ" in proven.ok("evidence", "verify", "ho-so.zip")
    with closing(sqlite3.connect(proven.folder / "data" / "cchc.sqlite3")) as connection:
        [(actor, words)] = connection.execute("SELECT actor, words FROM desk_act WHERE act = 'evidence'").fetchall()
    assert actor == LAN and book[0] in words


def test_a_changed_file_ends_with_code_1_and_says_what(proven: Cchc) -> None:
    proven.ok("evidence", "make", *period(), "--out", "ho-so.zip")
    with zipfile.ZipFile(proven.folder / "ho-so.zip") as old, zipfile.ZipFile(proven.folder / "sua.zip", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + (b" " if name == "index.html" else b""))
    told = proven("evidence", "verify", "sua.zip")
    assert told.code == 1 and "index.html" in told.err and "KHÔNG nguyên vẹn" in told.err
    assert proven("evidence", "verify", "khong-co.zip").sentence.startswith("khong-co.zip")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--from", "31/12/2026", "--to", "01/12/2026"), "trước ngày đầu"),
        (("--from", "x", "--to", "01/12/2026"), "--from"),
        (("--from", "01/01/2026", "--to", "31/12/2026", "--cutoff", "01/01/2099 07:00"), "chưa đến"),
        (("--from", "01/01/2026", "--to", "31/12/2026", "--channel", "khong-co"), "khong-co"),
        (("--from", "01/01/2026", "--to", "31/12/2026", "--topic", "z"), "--topic"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_makes_nothing(
    office: Cchc, more: tuple[str, ...], words: str
) -> None:  # fmt: skip
    assert words in office("evidence", "make", *more, "--out", "ho-so.zip").sentence
    assert not (office.folder / "ho-so.zip").exists()


def test_everything_is_exported_once_into_a_new_folder(proven: Cchc) -> None:
    out = proven.ok("export-data", "--out", "du-lieu")
    assert "v_publication.csv: 1 dòng." in out
    package = json.loads((proven.folder / "du-lieu" / "datapackage.json").read_text(encoding="utf-8"))
    assert len(package["resources"]) == 12
    assert "đã có tệp" in proven("export-data", "--out", "du-lieu").sentence
    proven.ok("export-data", "--out", "parquet", "--format", "parquet")
    assert (proven.folder / "parquet" / "v_post.parquet").is_file()
