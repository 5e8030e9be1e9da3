"""The doctor: each thing that would go wrong is found, named with its way out, and nothing is changed by looking."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from cli.doctor import _dated, _skew
from cli.settings import ROOT
from tests.cli.conftest import Cchc


def looked(cchc: Cchc, *arguments: str, **env: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The exit code and what was found, by what it is about."""
    told = cchc("doctor", "--json", *arguments, **env)
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(told.out)["found"]:
        found.setdefault(one["what"], []).append(one)
    assert (told.code == 1) == any(one["bad"] for several in found.values() for one in several)
    return told.code, found


def database(cchc: Cchc) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3", isolation_level=None))


def test_a_well_folder_is_told_point_by_point(office: Cchc) -> None:
    code, found = looked(office)
    assert code == 0
    assert {"Đĩa", "Múi giờ", "Phông chữ", "Tệp khóa", "Cơ sở dữ liệu", "Toàn vẹn", "Dịch vụ"} <= set(found)
    assert found["Dịch vụ"][0]["warn"], "nothing runs yet"


def test_a_row_that_points_nowhere_is_found(office: Cchc) -> None:
    with database(office) as raw:
        raw.execute("INSERT INTO slot (channel_id, weekday, minute, form) VALUES (999, 1, 60, '')")
    code, found = looked(office)
    assert code == 1 and "slot" in found["Toàn vẹn"][0]["words"]


@pytest.mark.parametrize("trigger", ["cchc_keep_review", "cchc_append_delete"])
def test_a_record_that_the_database_lets_anybody_delete_is_found(office: Cchc, trigger: str) -> None:
    assert "Hồ sơ" not in looked(office)[1]
    with database(office) as raw:
        raw.execute(f"DROP TRIGGER {trigger}")
    code, found = looked(office)
    assert code == 1 and ("review" if "keep" in trigger else "audit_entry") in found["Hồ sơ"][0]["words"]
    office.ok("init")
    assert "Hồ sơ" not in looked(office)[1]


def test_a_damaged_file_is_found(office: Cchc) -> None:
    path = office.folder / "data" / "cchc.sqlite3"
    with database(office) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        [(page,)] = raw.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'ix_publication_waiting'").fetchall()
        [(size,)] = raw.execute("PRAGMA page_size").fetchall()
    whole = bytearray(path.read_bytes())
    whole[(page - 1) * size : (page - 1) * size + 8] = b"\x0a\x00\x00\xff\xff\xff\xff\xff"
    path.write_bytes(whole)
    code, found = looked(office)
    assert code == 1 and "bị hỏng" in found["Toàn vẹn"][0]["words"]


@pytest.mark.parametrize(("mode", "bad"), [(0o755, False), (0o770, True), (0o700, None)])
def test_a_data_folder_that_others_enter_is_told_and_one_they_write_is_bad(
    office: Cchc, mode: int, bad: bool | None
) -> None:
    (office.folder / "data").chmod(mode)
    _, found = looked(office)
    told = found.get("Thư mục dữ liệu")
    assert told is None if bad is None else told and told[0]["bad"] is bad and "chmod 700" in told[0]["words"]


def test_init_makes_a_folder_for_nobody_else(office: Cchc) -> None:
    assert (office.folder / "data").stat().st_mode & 0o777 == 0o700


def test_an_old_backup_and_a_missing_one_are_found(office: Cchc) -> None:
    with database(office) as raw:
        raw.execute("UPDATE job_run SET slot = datetime('now', '-9 days') WHERE job = 'installed'")
    code, found = looked(office)
    assert code == 1 and "chưa có bản nào" in found["Sao lưu"][0]["words"]
    for days, bad in ((3, True), (0, False)):
        with database(office) as raw:
            raw.execute(
                "INSERT INTO job_run (job, slot, started_at, finished_at, outcome, words)"
                f" SELECT 'backup', t, t, t, 'ok', '' FROM (SELECT datetime('now', '-{days} days', '-1 hour') AS t)"
            )
        assert looked(office)[1]["Sao lưu"][0]["bad"] is bad


def test_a_channel_that_is_stopped_or_ends_soon_is_found(fanpage: Cchc) -> None:
    name = "Kênh fanpage"
    assert not looked(fanpage)[1][name][0]["bad"]
    with database(fanpage) as raw:
        raw.execute("UPDATE credential SET expires_at = datetime('now', '+3 days', '+1 hour')")
    told = looked(fanpage)[1][name][0]
    assert told["warn"] and not told["bad"] and "còn 3 ngày" in told["words"]
    with database(fanpage) as raw:
        raw.execute("UPDATE channel SET state = 'reconnect', state_words = 'Mã bị thu hồi.'")
    told = looked(fanpage)[1][name][0]
    assert told["bad"] and "Mã bị thu hồi" in told["words"]


def test_the_platforms_are_asked_only_when_that_is_wanted(fanpage: Cchc, sandbox: Any) -> None:
    before = len(sandbox.requests("facebook"))
    looked(fanpage)
    assert len(sandbox.requests("facebook")) == before
    _, found = looked(fanpage, "--channels")
    assert len(sandbox.requests("facebook")) > before
    assert any("khớp với nền tảng" in one["words"] for one in found["Đồng hồ"]), found


@pytest.mark.parametrize(
    ("seconds", "bad", "warn", "words"),
    [
        (0, False, False, "khớp"),
        (20, False, True, "chậm 20"),
        (-20, False, True, "nhanh 20"),
        (4000, True, True, "chậm"),
    ],
)
def test_a_clock_that_differs_is_told_with_its_side(seconds: int, bad: bool, warn: bool, words: str) -> None:
    found = _skew("máy kia", timedelta(seconds=seconds))
    assert (found.bad, found.warn) == (bad, warn) and words in found.words


def test_a_date_that_is_none_is_passed_over() -> None:
    now, off = datetime(2026, 1, 1, tzinfo=UTC), list[timedelta]()
    for told in ("", "nonsense", "Thu, 01 Jan 2026 00:00:00", format_datetime(now + timedelta(minutes=2), usegmt=True)):
        answer = type("Answer", (), {"headers": {"Date": told}})()
        _dated(off, lambda: now)(answer)
    assert off == [timedelta(minutes=2)]


def test_a_proxy_that_is_none_or_does_not_answer_is_told(office: Cchc) -> None:
    assert looked(office, CCHC_PROXY="ftp://proxy")[1]["Proxy"][0]["bad"]
    told = looked(office, CCHC_PROXY="http://user:s3cretS3cret@127.0.0.1:9")[1]["Proxy"][0]
    assert told["warn"] and "s3cret" not in told["words"]


def test_a_crash_is_told_without_its_secrets() -> None:
    program = (
        "import threading, cli.logs\n"
        "cli.logs.quiet_crashes()\n"
        "def broken(): raise RuntimeError({'app_secret': 's3cretS3cret'}, 'https://x/?access_token=s3cretS3cret')\n"
        "one = threading.Thread(target=broken); one.start(); one.join()\n"
        "broken()\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 1 and ran.stderr.count("RuntimeError") == 2
    assert "'app_secret': '***'" in ran.stderr and "access_token=***" in ran.stderr
    assert "s3cretS3cret" not in "".join(line for line in ran.stderr.splitlines() if "def broken" not in line)
