"""`cchc records …`, and what `cchc staff` does with personal data: what is told, what is refused with a sentence."""

import io
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from cli.keeping import sealed_by_itself
from cli.logfile import Both, DailyFile
from cli.settings import load
from records.keeping_tables import ArchiveSeal
from scheduler.db import open_engine, reading
from scheduler.jobs import mark_installed
from tests.cli.conftest import Cchc
from tests.room import no_room
from web.tables import DeskAct


@pytest.fixture
def engine_of(office: Cchc) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{office.folder / 'data' / 'cchc.sqlite3'}")
    yield engine
    engine.dispose()


def test_a_hold_is_placed_listed_and_lifted_and_each_leaves_an_act(office: Cchc, engine_of: Engine) -> None:
    said = office.ok("records", "hold", "period", "--from", "01/03/2026", "--to", "31/03/2026", "--reason", "CV 12")
    assert "lệnh giữ số 1" in said
    office.ok("records", "hold", "post", "d-giay-hen", "--reason", "Khiếu nại")
    assert "bài d-giay-hen" in office.ok("records", "holds", COLUMNS="200")
    office.ok("records", "lift", "1", "--reason", "Kết luận 15")
    assert "Kết luận 15" in office.ok("records", "holds", COLUMNS="300")
    with reading(engine_of) as session:
        assert len(session.exec(select(DeskAct).where(DeskAct.act == "hold")).all()) == 3
    for wrong in (["hold", "post", "khong-co", "--reason", "x"], ["hold", "everything"], ["lift", "1", "--reason", "x"],
                  ["hold", "gi-do", "--reason", "x"], ["keep", "reading", "--days", "1"],
                  ["keep", "notice", "--days", "1"], ["archive", "--month", "2099-01"]):  # fmt: skip
        told = office("records", *wrong)
        assert told.code == 1 and len(told.err.strip()) > 10, wrong


def test_periods_are_shown_set_and_carried_out(office: Cchc) -> None:
    assert "sign_in_try" in office.ok("records", "rules", COLUMNS="250")
    assert "30 ngày" in office.ok("records", "keep", "sign_in_try", "--days", "30")
    assert "chưa có gì" in office.ok("records", "due")
    folder = office.folder / "data" / "demo-20200101-000000-1"
    folder.mkdir()
    assert "demo" in office.ok("records", "due", COLUMNS="200") and folder.exists()
    assert "Thư mục chạy thử: 1" in office.ok("records", "clear") and not folder.exists()


def test_a_month_is_sealed_checked_and_a_changed_file_is_found(office: Cchc) -> None:
    said = office.ok("records", "archive", "--month", "2026-01")
    assert "Đã niêm phong" in said and "Mã kiểm chứng" in said
    assert "không đổi" in office.ok("records", "archive", "--month", "2026-01")
    file = office.folder / "data" / "archive" / "luu-tru-2026-01-v1.zip"
    assert "Đúng gói đã niêm phong" in office.ok("records", "check", str(file))
    assert "nguyên vẹn" in office.ok("records", "archives", COLUMNS="200")
    other = office.folder / "khac.zip"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    other.write_bytes(data)
    told = office("records", "check", str(other))
    assert told.code == 1 and "KHÔNG nguyên vẹn" in told.err


def test_the_house_seals_the_month_before_by_itself_once_and_not_before_it_was_opened(
    office: Cchc, engine_of: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(office.folder)
    settings, second = load(), datetime(2026, 2, 2, tzinfo=UTC)

    def night(now: datetime) -> str:
        return sealed_by_itself(engine_of, settings, now.date(), now)

    assert "Chưa đến ngày 2" in night(second - timedelta(days=1))
    with reading(engine_of) as session:
        assert session.exec(select(ArchiveSeal)).all() == []
    later = datetime(2099, 2, 2, tzinfo=UTC)
    mark_installed(engine_of, now=later - timedelta(days=40))
    assert "Chưa vận hành" in night(second)
    assert "Đã niêm phong luu-tru-2099-01-v1.zip" in night(later)
    assert "đã niêm phong" in night(later + timedelta(days=1))


def test_a_persons_data_are_written_once_and_erased_only_when_it_is_meant(office: Cchc) -> None:
    office.ok("staff", "add", "son", "--name", "Sơn", "--role", "system_admin")
    office.ok("staff", "add", "mai", "--name", "Mai Hoa", "--role", "editor")
    office.ok("staff", "export-data", "mai", "--out", "mai.json")
    facts = json.loads((office.folder / "mai.json").read_text(encoding="utf-8"))
    assert facts["name"] == "Mai Hoa" and facts["tables"]["invitation"]
    assert office("staff", "export-data", "mai", "--out", "mai.json").code == 1
    assert office("staff", "erase", "mai").code == 1 and "Mai Hoa" in office.ok("staff", "list", COLUMNS="200")
    assert "Người dùng đã xóa số" in office.ok("staff", "erase", "mai", "--yes")
    assert "Mai Hoa" not in office.ok("staff", "list", COLUMNS="200")
    assert office("staff", "erase", "mai", "--yes").code == 1
    told = office("staff", "erase", "son", "--yes")
    assert told.code == 1 and "ít nhất một người" in told.err


def test_what_goes_to_the_screen_stands_in_the_days_file_as_well(tmp_path: Path) -> None:
    screen = (tmp_path / "screen").open("w+", encoding="utf-8")
    now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    both = Both(screen, DailyFile(tmp_path / "logs", lambda: now))
    print('{"event": "x"}', file=both, flush=True)
    screen.seek(0)
    assert screen.read() == '{"event": "x"}\n'
    assert (tmp_path / "logs" / "cchc-2026-11-24.log").read_text() == '{"event": "x"}\n', "the local day"
    screen.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a file's size is POSIX's")
def test_a_line_that_finds_no_room_is_let_go_and_stands_on_the_screen(tmp_path: Path) -> None:
    screen, folder = io.StringIO(), tmp_path / "logs"
    both = Both(screen, DailyFile(folder, lambda: datetime(2026, 11, 23, tzinfo=UTC)))
    both.write("một\n")
    with no_room():
        both.write("hai\n")
    both.write("ba\n")
    assert screen.getvalue() == "một\nhai\nba\n"
    assert (folder / "cchc-2026-11-23.log").read_text(encoding="utf-8") == "một\nba\n"
