"""An office from a copy: nothing that lives is overwritten, a damaged copy is refused, the drill proves and touches
nothing."""

import json
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from cli import backup as backup_module
from cli import manifest
from cli.backup import back_up, make_copy
from cli.database import migrate
from cli.sealing import copy_key
from scheduler.db import open_engine, reading
from scheduler.recovery_tables import Restoration
from scheduler.vault import Vault
from tests.cli.conftest import Cchc
from tests.cli.test_backup import TODAY, data_of, engine_of, files_below, filled, save
from tests.conftest import NOW, Sandbox
from tests.postgres import own_database
from tests.records.unguarded import unguarded
from tests.scheduler.house import House

__all__ = ["filled"]


def newest(cchc: Cchc) -> manifest.Manifest:
    found = manifest.newest_of(data_of(cchc) / "backup")
    assert found is not None
    return found


def states_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as raw:
        return [state for (state,) in raw.execute("SELECT state FROM publication ORDER BY id")]


def test_a_copy_has_a_list_by_which_everything_in_it_can_be_proved(filled: Cchc) -> None:
    assert "đã đọc lại và kiểm tra" in filled.ok("backup")
    made = newest(filled)
    assert made.kind == "sqlite" and made.revision and made.program
    assert made.rows["publication"] == 1 and made.rows["asset"] == 1
    assert {one.path.split("/")[0] for one in made.files} == {"assets", "evidence", "summaries"}
    for kept in (made.database, *made.files):
        assert manifest.Path(made.place(kept)).is_file()
        assert backup_module.hash_of(made.place(kept)) == kept.sha256
    with closing(sqlite3.connect(made.place(made.database))) as raw:
        assert raw.execute("SELECT how, noticed_at FROM restoration").fetchall() == [("copy", None)]
    assert not list(made.folder.glob("*-wal")) and not list(made.folder.glob("*.tmp*")), "one file, whole by itself"
    with reading(engine_of(filled)) as session:
        assert session.exec(select(Restoration)).all() == [], "the living office is no copy"


def test_a_copy_is_refused_where_an_office_lives_and_nothing_there_changes(filled: Cchc) -> None:
    filled.ok("backup")
    before = files_below(data_of(filled))
    assert "không khôi phục đè lên" in filled("restore", "data/backup", "--into", "data").sentence
    assert files_below(data_of(filled)) == before


def test_an_office_comes_back_whole_with_what_waits_put_aside(filled: Cchc, sandbox: Sandbox) -> None:
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    filled.ok("backup")
    told = filled.ok("restore", "data/backup", "--into", "moi", "--secrets", "data/cchc.key")
    assert "1 mục đang chờ được giữ lại" in told and "đăng lần nữa" in told
    for kind in ("assets", "evidence", "summaries"):
        assert files_below(filled.folder / "moi" / kind) == files_below(data_of(filled) / kind)
    assert states_in(filled.folder / "moi" / "cchc.sqlite3") == ["published", "unconfirmed"]
    here = {"CCHC_DATA_DIR": "moi"}
    assert "Không thấy vấn đề" in filled.ok("doctor", **here)
    assert "còn 1 mục" in filled.ok("restored", **here)
    assert len(sandbox.public("facebook")) == 1
    assert "chưa từng" in filled.ok("restored"), "the office it was copied from is no copy"


def test_files_copied_back_by_hand_are_noticed_at_the_next_command(filled: Cchc) -> None:
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    filled.ok("backup")
    data = data_of(filled)
    for file in data.glob("cchc.sqlite3*"):
        file.unlink()
    shutil.copy(newest(filled).place(newest(filled).database), data / "cchc.sqlite3")
    told = filled("status")
    assert told.code == 0 and "bản sao từ lúc" in told.err
    assert states_in(data / "cchc.sqlite3")[-1] == "unconfirmed"
    assert filled("status").err == "", "it is noticed once"


def test_an_office_that_cron_drives_notices_its_older_files_as_well(filled: Cchc) -> None:
    data = data_of(filled)
    filled.ok("tick")
    shutil.copy(data / "cchc.sqlite3", filled.folder / "cu.sqlite3")
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    filled.ok("tick")
    assert filled("status").err == ""
    for file in data.glob("cchc.sqlite3*"):
        file.unlink()
    shutil.copy(filled.folder / "cu.sqlite3", data / "cchc.sqlite3")
    assert "bản sao từ lúc" in filled("status").err


def test_a_machine_that_was_set_back_as_a_whole_is_told_of_by_a_person(filled: Cchc) -> None:
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    assert "đã qua" in filled("restored", "--since", "01/01/2099 02:00").sentence
    told = filled("restored", "--since", "01/11/2026 02:00")
    assert told.code == 0 and "02:00" in told.out and "còn 1 mục" in told.out


@pytest.mark.parametrize("place", ["database", "picture", "list", "rows"])
def test_a_copy_with_one_changed_byte_is_refused_and_leaves_nothing_behind(filled: Cchc, place: str) -> None:
    filled.ok("backup")
    made = newest(filled)
    file = made.folder / f"{made.name}.json"
    if place in ("list", "rows"):
        body = json.loads(file.read_text(encoding="utf-8"))
        if place == "rows":
            body["rows"]["publication"] += 1
        else:
            body["files"][0]["path"] = "../../etc/passwd"
        file.write_text(json.dumps(body), encoding="utf-8")
    else:
        target = made.place(made.database if place == "database" else made.files[0])
        data = bytearray(target.read_bytes())
        data[len(data) // 2] ^= 1
        target.unlink()  # the picture has two names
        target.write_bytes(data)
    told = filled("restore", str(file), "--into", "moi")
    assert told.sentence
    assert not (filled.folder / "moi").exists() and not list(filled.folder.glob(".moi*"))
    assert filled("restore-drill").code == 1 or place == "list", "a list that cannot be read is passed over"


def test_an_encrypted_copy_tells_nothing_without_its_key_and_everything_with_it(filled: Cchc, tmp_path: Path) -> None:
    filled.ok("keys", "backup-key", "--out", "sao-luu.key")
    key = {"CCHC_BACKUP_KEY_FILE": str(filled.folder / "sao-luu.key")}
    filled.ok("backup", "--to", "ngoai", **key)
    outside = filled.folder / "ngoai"
    everything = b"".join((outside / one).read_bytes() for one in files_below(outside) if not one.endswith(".json"))
    # Whole marks: three letters of one stand somewhere in a megabyte of ciphertext by chance.
    for told in (b"SQLite format 3\x00", b"\x89PNG\r\n\x1a\n", "Bản đầu".encode()):
        assert told not in everything, told
    assert "hãy chỉ tệp khóa" in filled("restore", "ngoai", "--into", "moi").sentence
    filled.ok("keys", "backup-key", "--out", "khac.key")
    assert "sai tệp khóa" in filled("restore", "ngoai", "--into", "moi", "--key-file", "khac.key").sentence
    assert "Diễn tập đạt" in filled.ok("restore-drill", "--from", "ngoai", **key)
    filled.ok("restore", "ngoai", "--into", "moi", "--key-file", "sao-luu.key")
    for kind in ("assets", "evidence", "summaries"):
        assert files_below(filled.folder / "moi" / kind) == files_below(data_of(filled) / kind)
    public = next(line for line in (filled.folder / "sao-luu.key").read_text().splitlines() if "public" in line)
    (filled.folder / "cong-khai.key").write_text(public.partition(": ")[2])
    half = {"CCHC_BACKUP_KEY_FILE": str(filled.folder / "cong-khai.key")}
    filled.ok("backup", "--to", "xa", **half)
    assert "hãy chỉ tệp khóa" in filled("restore", "xa", "--into", "moi2", **half).sentence
    filled.ok("restore", "xa", "--into", "moi2", "--key-file", "sao-luu.key")


def test_a_sealed_month_comes_back_out_of_an_encrypted_copy_and_is_still_whole(filled: Cchc) -> None:
    filled.ok("records", "archive", "--month", "2026-01")
    name = "luu-tru-2026-01-v1.zip"
    made = (data_of(filled) / "archive" / name).read_bytes()
    filled.ok("keys", "backup-key", "--out", "sao-luu.key")
    filled.ok("backup", "--to", "ngoai", CCHC_BACKUP_KEY_FILE=str(filled.folder / "sao-luu.key"))
    [copied] = (filled.folder / "ngoai").rglob(f"{name}*")
    assert copied.suffix == ".age" and made not in copied.read_bytes()
    copied.write_bytes(copied.read_bytes()[:-1])
    assert filled("restore", "ngoai", "--into", "moi", "--key-file", "sao-luu.key").sentence
    assert not (filled.folder / "moi").exists(), "a month that was cut off is no reason to bring back half an office"
    copied.unlink()
    filled.ok("backup", "--to", "ngoai", CCHC_BACKUP_KEY_FILE=str(filled.folder / "sao-luu.key"))
    secrets = str(data_of(filled) / "cchc.key")
    filled.ok("restore", "ngoai", "--into", "moi", "--key-file", "sao-luu.key", "--secrets", secrets)
    moved = {"CCHC_DATA_DIR": "moi", "CCHC_DATABASE_URL": ""}
    assert (filled.folder / "moi" / "archive" / name).read_bytes() == made
    assert name in filled.ok("records", "archives", COLUMNS="200", **moved)
    filled.ok("records", "check", f"moi/archive/{name}", **moved)


def test_a_copy_from_before_there_were_lists_still_comes_back(filled: Cchc) -> None:
    save(filled)
    backup = data_of(filled) / "backup"
    (backup / "cchc-2026-12-31.json").unlink()
    engine = open_engine(f"sqlite:///{backup / 'cchc-2026-12-31.sqlite3'}")
    with unguarded(engine), engine.begin() as connection:
        connection.execute(text("DELETE FROM restoration"))
    engine.dispose()
    told = filled.ok("restore", "data/backup/cchc-2026-12-31.sqlite3", "--into", "moi")
    assert "không có danh mục" in told
    assert files_below(filled.folder / "moi" / "assets") == files_below(data_of(filled) / "assets")


def test_a_copy_of_a_newer_program_is_refused(filled: Cchc) -> None:
    filled.ok("backup")
    made = newest(filled)
    file = made.folder / f"{made.name}.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(body | {"format": 99}), encoding="utf-8")
    assert "phiên bản mới hơn" in filled("restore", str(file), "--into", "moi").sentence


def test_a_copy_that_breaks_off_keeps_the_one_before(filled: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    save(filled)
    before = newest(filled)
    with monkeypatch.context() as patch:
        patch.setattr(backup_module, "_proved", lambda _file: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError):
            save(filled)
    assert newest(filled) == before and backup_module.hash_of(before.place(before.database)) == before.database.sha256
    assert not list(before.folder.glob("*.tmp*"))


def test_an_office_from_before_the_audit_log_is_copied_and_brought_up_to_date(tmp_path: Path) -> None:
    cchc = Cchc(tmp_path, {"CCHC_DATA_DIR": "data"})
    engine = open_engine(f"sqlite:///{tmp_path / 'data' / 'cchc.sqlite3'}")
    migrate(engine, "0012")
    with engine.begin() as connection:
        words = "INSERT INTO job_run (job, slot, started_at, outcome, words) VALUES ('backup', :at, :at, 'ok', '')"
        connection.execute(text(words), {"at": "2026-11-01 19:00:00.000000"})
    engine.dispose()
    assert "sao lưu trước khi nâng cấp" in cchc.ok("init")
    made = newest(cchc)
    assert made.revision == "0012" and made.chain_head == "" and made.rows["job_run"] == 1
    assert "Diễn tập đạt" in cchc.ok("restore-drill")
    cchc.ok("restore", str(made.folder), "--into", "moi")
    assert "sao lưu trước khi nâng cấp" not in cchc.ok("init"), "there is nothing to bring up to date any more"


def test_a_key_survives_whatever_happens_to_a_restore_and_a_second_try_succeeds(
    filled: Cchc, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ok("backup")
    new = filled.folder / "moi"
    new.mkdir()
    secret = (data_of(filled) / "cchc.key").read_bytes()
    (new / "cchc.key").write_bytes(secret)

    def refused(path: Path, *_rest: Any) -> Path:
        raise OSError(39, "Directory not empty", str(path))

    real = Path.replace
    for count in range(4):  # the first, the second… rename does not work
        left = [count]

        def once(path: Path, target: Path, left: list[int] = left) -> Path:
            left[0] -= "khoi-phuc" in str(path)
            return refused(path) if left[0] < 0 else real(path, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", once)
            assert filled("restore", "data/backup", "--into", "moi").code == 1
        assert files_below(new) == ["cchc.key"] and (new / "cchc.key").read_bytes() == secret
    filled.ok("restore", "data/backup", "--into", "moi")
    assert (new / "cchc.key").read_bytes() == secret and (new / "cchc.sqlite3").is_file()


def test_an_office_is_built_within_its_own_folder_as_a_volume_on_a_read_only_disk_needs_it(filled: Cchc) -> None:
    filled.ok("backup")
    new = filled.folder / "goc" / "data"
    new.mkdir(parents=True)
    place = new.stat().st_ino
    new.parent.chmod(0o500)
    try:
        filled.ok("restore", "data/backup", "--into", str(new), "--secrets", "data/cchc.key")
        assert new.stat().st_ino == place, "the folder itself may be the root of a volume"
    finally:
        new.parent.chmod(0o700)
    assert not (new / ".khoi-phuc").exists()
    assert "Không thấy vấn đề" in filled.ok("doctor", CCHC_DATA_DIR=str(new))


def test_keys_that_are_there_are_neither_replaced_nor_passed_over_in_silence(filled: Cchc) -> None:
    filled.ok("backup")
    new, other = filled.folder / "moi", filled.folder / "khac.key"
    Vault.at(other)
    new.mkdir()
    shutil.copy(other, new / "cchc.key")
    assert "khác với" in filled("restore", "data/backup", "--into", "moi", "--secrets", "data/cchc.key").sentence
    assert files_below(new) == ["cchc.key"] and (new / "cchc.key").read_bytes() == other.read_bytes()
    (new / "cchc.key").unlink()
    where = {"CCHC_KEY_FILE": str(filled.folder / "ket" / "cchc.key")}
    (filled.folder / "ket").mkdir()
    filled.ok("restore", "data/backup", "--into", "moi", "--secrets", "data/cchc.key", **where)
    assert not (new / "cchc.key").exists(), "the office looks for it where the setting says"
    assert (filled.folder / "ket" / "cchc.key").read_bytes() == (data_of(filled) / "cchc.key").read_bytes()


@pytest.mark.parametrize("path", ["cchc.sqlite3", "cchc.key", "cchc.number", "assets", ".khoi-phuc/x"])
def test_a_list_names_nothing_but_what_a_copy_may_hold(filled: Cchc, path: str) -> None:
    filled.ok("backup")
    made = newest(filled)
    file = made.folder / f"{made.name}.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    body["files"][0]["path"] = path
    file.write_text(json.dumps(body), encoding="utf-8")
    assert "nêu tệp ngoài bản sao" in filled("restore", str(file), "--into", "moi").sentence


def test_a_copied_file_is_never_taken_for_newer_than_what_stands_in_it(filled: Cchc) -> None:
    filled.ok("queue", "add", "d-giay-hen", "fanpage", "--at", "31/12/2099 07:30", "--by", "Lan")
    shutil.copy(data_of(filled) / "cchc.sqlite3", filled.folder / "cu.sqlite3")
    os.utime(filled.folder / "cu.sqlite3", (4_000_000_000, 4_000_000_000))  # copied long after it was written
    with closing(sqlite3.connect(filled.folder / "cu.sqlite3")) as raw:
        last = raw.execute("SELECT max(at) FROM publication_event").fetchone()[0]
        known = raw.execute("SELECT max(at) FROM lineage").fetchone()[0]
    filled.ok("restore", "cu.sqlite3", "--into", "moi")
    with closing(sqlite3.connect(filled.folder / "moi" / "cchc.sqlite3")) as raw:
        assert raw.execute("SELECT copied_at FROM restoration").fetchone()[0] == (known or last)


def test_a_postgresql_database_is_copied_from_one_moment_and_comes_back(
    engine: Engine, _postgres_url: str, worker_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("the other kind is what the tests above are about")
    house = House(engine)
    rows = [house.publication(due_at=NOW + timedelta(hours=number)) for number in range(40)]
    made, _ = make_copy(engine, tmp_path, "cchc-2026-11-23", now=NOW)
    assert made.kind == "postgresql" and made.rows["publication"] == 40
    with own_database(_postgres_url, f"cchc_again_{worker_id}") as url:
        cchc = Cchc(tmp_path, {"CCHC_DATABASE_URL": url, "CCHC_DATA_DIR": str(tmp_path / "moi")})
        words = ("restore", str(tmp_path / "backup"), "--into", str(tmp_path / "moi"))
        with monkeypatch.context() as patch:  # the disk is full when the folder is put in its place
            patch.setattr("cli.restoring.sync_folder", lambda _folder: (_ for _ in ()).throw(OSError(28, "No space")))
            assert cchc(*words).code == 1
        assert not (tmp_path / "moi").exists()
        told = cchc.ok(*words)
        assert "40 mục đang chờ" in told
        assert not (tmp_path / "moi" / "cchc.sqlite3").exists()
        again = open_engine(url)
        with again.connect() as connection:
            found = connection.execute(text("SELECT id, state FROM publication ORDER BY id")).all()
        again.dispose()
    assert found == [(row.id, "unconfirmed") for row in rows]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are POSIX's")
def test_neither_key_is_ever_in_a_copy(filled: Cchc) -> None:
    engine = engine_of(filled)
    secret = (data_of(filled) / "cchc.key").read_bytes().strip()
    filled.ok("keys", "backup-key", "--out", "sao-luu.key")
    back_up(engine, data_of(filled), TODAY, key=copy_key(filled.folder / "sao-luu.key"))
    engine.dispose()
    for one in files_below(data_of(filled) / "backup"):
        data = (data_of(filled) / "backup" / one).read_bytes()
        assert secret not in data and b"AGE-SECRET-KEY" not in data
