"""`cchc audit seal`, `verify` and `export`, and what a command leaves in the log."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from content.vietnamese import day, local_day
from scheduler.clock import SystemClock
from tests.cli.conftest import Cchc


@contextmanager
def tables(cchc: Cchc) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection, connection:
        yield connection


def _older(cchc: Cchc, *, first: int = 1) -> None:
    """What was done, or by command from this row on, is some minutes old, so that it is sealed."""
    earlier = "at = strftime('%Y-%m-%d %H:%M:%f', at, '-5 minutes') || '000'"
    with tables(cchc) as connection:
        for table in ("desk_act", "review", "post_revision") if first == 1 else ("desk_act",):
            connection.execute(f"UPDATE {table} SET {earlier} WHERE id >= ?", (first,))


@pytest.fixture
def house(cchc: Cchc) -> Cchc:
    """A data folder with a library and a person, sealed."""
    cchc.ok("init")
    cchc.ok("staff", "add", "lan", "--name", "Lan", "--role", "editor")
    _older(cchc)
    return cchc


def _head(told: str) -> str:
    found = re.search(r"\d+:[0-9a-f]{64}", told)
    assert found
    return found[0]


def test_what_was_sealed_is_verified_and_a_changed_row_is_found(house: Cchc) -> None:
    head = _head(house.ok("audit", "seal"))
    assert "Nhật ký nguyên vẹn." in house.ok("audit", "verify", "--head", head)
    with tables(house) as connection:
        connection.execute("UPDATE desk_act SET actor = 'Charlie' WHERE act = 'person'")
    told = house("audit", "verify")
    assert told.code == 1 and re.search(r"Dòng desk_act \d+ đã bị sửa", told.out)
    assert "1 điểm" in told.err
    assert "đã được ghi lại ở nơi khác" in house("audit", "verify", "--head", f"3:{'a' * 64}").out
    assert "dạng số:mã" in house("audit", "verify", "--head", "abc").sentence


def test_a_command_tells_who_gave_it_on_which_machine_before_and_after_once(house: Cchc) -> None:
    house.ok("staff", "off", "lan")
    with tables(house) as connection:
        rows = connection.execute(
            "SELECT actor, via, address, before_hash, after_hash FROM desk_act WHERE act = 'person' ORDER BY id"
        ).fetchall()
        acts = {act for (act,) in connection.execute("SELECT act FROM desk_act")}
    assert {"plan", "library", "person"} <= acts
    added, off = rows
    assert added[0].startswith("máy chủ") and added[1] == "cli" and added[2]
    assert added[4] == off[3] and off[3] != off[4] and len(off[4]) == 64
    with tables(house) as connection:
        [before] = connection.execute("SELECT count(*) FROM desk_act").fetchone()
    house.ok("library", "load")  # the same again
    with tables(house) as connection:
        assert connection.execute("SELECT count(*) FROM desk_act").fetchone() == (before,)


def test_an_export_is_checked_without_the_product_and_a_changed_byte_in_it_is_found(house: Cchc) -> None:
    head = _head(house.ok("audit", "seal"))
    today = local_day(SystemClock().now())
    days = ("--from", day(today - timedelta(days=1)), "--to", day(today))
    house.ok("audit", "export", *days, "--out", "ra")
    folder = house.folder / "ra"
    ran = _run(folder)
    assert ran.returncode == 0 and head in ran.stdout and "0 mục không kèm dòng gốc" in ran.stdout
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["head"] == head and set(manifest["files"]) == {"nhat-ky.jsonl", "nhat-ky.csv", "kiem_tra.py"}
    checked = subprocess.run(
        ["sha256sum", "-c", "-"], cwd=folder, text=True, capture_output=True,
        input="".join(f"{hash_}  {name}\n" for name, hash_ in manifest["files"].items()),
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    lines = folder / "nhat-ky.jsonl"
    lines.write_text(lines.read_text("utf-8").replace('"actor":"máy chủ', '"actor":"máy chu', 1), "utf-8")
    assert _run(folder).returncode != 0 and "SAI" in _run(folder).stderr
    assert "đã có một bản xuất" in house("audit", "export", *days, "--out", "ra").sentence
    with tables(house) as connection:
        assert connection.execute("SELECT count(*) FROM desk_act WHERE act = 'export'").fetchone() == (1,)


def test_a_secret_in_a_row_is_blotted_out_of_the_export_which_says_so_and_its_other_words_stay(house: Cchc) -> None:
    with tables(house) as connection:
        connection.execute(
            "UPDATE desk_act SET words = 'Lệnh cchc: chạy; access_token=s3cretS3cret' WHERE act = 'person'"
        )
    house.ok("audit", "seal")
    today = local_day(SystemClock().now())
    house.ok("audit", "export", "--from", day(today - timedelta(days=1)), "--to", day(today), "--out", "ra")
    folder = house.folder / "ra"
    assert "s3cretS3cret" not in "".join(path.read_text("utf-8") for path in folder.iterdir())
    lines = [json.loads(line) for line in (folder / "nhat-ky.jsonl").read_text("utf-8").splitlines()]
    [line] = [line for line in lines if "blotted" in line]
    assert line["row"] is None and line["blotted"]["words"] == "Lệnh cchc: chạy; access_token=***"
    assert all(one["row"] for one in lines if one is not line), "no other row is left out"
    assert _run(folder).returncode == 0
    assert "“blotted”" in (folder / "DOC-TRUOC.txt").read_text("utf-8")


def _run(folder: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-I", "-O", "-X", "utf8", "kiem_tra.py"],
        cwd=str(folder),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_the_lost_key_file_is_told_and_a_person_says_that_it_goes_on(house: Cchc) -> None:
    house.ok("audit", "seal")
    (house.folder / "data" / "cchc.key").unlink()
    house.ok("init")
    assert "tệp khóa" in house("audit", "verify").out
    assert "--new-key" in house("audit", "seal").sentence
    house.ok("staff", "off", "lan")
    with tables(house) as connection:
        [last] = connection.execute("SELECT max(id) FROM desk_act").fetchone()
    _older(house, first=last)
    assert "2 mục" in house.ok("audit", "seal", "--new-key"), "the order itself, too"
    assert "0 mục" in house.ok("audit", "seal", "--new-key"), "it is needed once"
    with tables(house) as connection:
        acts = connection.execute("SELECT id, actor, via, words FROM desk_act WHERE act = 'key'").fetchall()
        [(number, actor, via, words)] = acts
        sealed = connection.execute(
            "SELECT actor, act FROM audit_entry WHERE source = 'desk_act' AND source_id = ?", (number,)
        ).fetchall()
    assert actor.startswith("máy chủ") and via == "cli" and "tệp khóa mới" in words
    assert sealed == [(actor, "desk_act.key")], "who had the log go on stands in the log"
    assert "các dấu về sau bảo đảm" in house.ok("audit", "verify")


def test_a_head_that_was_typed_wrong_raises_no_alarm_at_the_desk(house: Cchc) -> None:
    house.ok("audit", "seal")
    told = house("audit", "verify", "--head", f"2:{'a' * 64}")
    assert told.code == 1 and "không kèm --head" in told.out
    with tables(house) as connection:
        assert connection.execute("SELECT count(*) FROM audit_check").fetchone() == (0,)
    house.ok("audit", "verify")
    with tables(house) as connection:
        assert connection.execute("SELECT is_sound FROM audit_check").fetchall() == [(1,)]
