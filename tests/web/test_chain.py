"""The page for auditors: how the chain stands, who did what from where, and a file that others can check."""

import io
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text
from sqlmodel import col, select

from content.tables import Review
from records.chain import Stamps, head, seal
from records.nightly import told_unsound, verify_nightly
from records.sources import BY_TABLE
from scheduler.db import reading
from scheduler.tables import PublicationEvent
from tests.conftest import NOW
from tests.records.tampering import tampering
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from web.acts import Act
from web.rooms.history.chain import SOURCE_WORDS
from web.tables import DeskAct

STAMPS = Stamps([b"a key of this test"])
HERE = "/nhat-ky/chuoi"
LATER = NOW + timedelta(minutes=5)


def acted(desk: Desk) -> int:
    """Lan held a post back and Sơn ended his other sessions; it is sealed. The number of Lan's publication."""
    row = desk.publication()
    desk.visit(desk.lan).post(f"/muc/{row.id}/giu", {"ly_do": "Chờ số liệu."}).raise_for_status()
    desk.visit(desk.son).post("/tai-khoan/phien/ket-thuc-khac").raise_for_status()
    seal(desk.engine, STAMPS, now=LATER)
    return row.id or 0


def test_an_auditor_reads_who_did_what_from_where_and_how_the_chain_stands(both: Desk) -> None:
    number = acted(both)
    verify_nightly(both.engine, STAMPS, now=LATER)
    visitor = both.visit(both.son)
    page = visitor.get(HERE).text
    with reading(both.engine) as session:
        assert str(head(session)) in page
    assert "Nguyên vẹn ở lần kiểm tra" in page
    assert "Kết thúc phiên" in page and "bàn làm việc" in page and "127.0.0.1" in page
    mine = visitor.get(f"{HERE}?nguoi=Lan&viec=publication_event&tim={number}").text
    assert "held" in mine and "Kết thúc phiên" not in mine
    assert "Không có mục nào" in visitor.get(f"{HERE}?tu=2020-01-01&den=2020-01-31").text


@pytest.mark.parametrize(
    "query", ["tu=x&den=y", "tu=2026-12-01&den=2026-01-01", "truoc=-1", "truoc=9999999999999999999999", "viec=x",
              "tu=0001-01-01", "den=9999-12-31", "tim=%25&nguoi=%00", "tu=2020-01-01&den=2026-01-01"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_answered_with_a_page(desk: Desk, query: str) -> None:
    assert desk.visit(desk.charlie).get(f"{HERE}?{query}").status_code == 200


def test_what_is_done_at_the_desk_tells_from_where(both: Desk) -> None:
    acted(both)
    with reading(both.engine) as session:
        event = session.exec(select(PublicationEvent).where(PublicationEvent.event == "held")).one()
        act = session.exec(select(DeskAct).where(DeskAct.act == Act.SESSION_ENDED)).one()
        others = session.exec(select(Review.via).distinct()).all()
    assert (event.via, event.address) == ("desk", "127.0.0.1")
    assert (act.via, act.address) == ("desk", "127.0.0.1")
    assert set(others) <= {"machine"}, "what the test itself writes comes from nobody's browser"


def test_what_was_changed_bears_its_hash_from_before_and_after(both: Desk) -> None:
    channel = both.channel(key="fanpage")
    visitor = both.visit(both.quang)
    for verb in ("tat", "bat"):
        visitor.post(f"/kenh/{channel.key}/{verb}")
    with reading(both.engine) as session:
        rows = session.exec(select(DeskAct).where(DeskAct.act == Act.CHANNEL).order_by(col(DeskAct.id))).all()
    off, on = rows[0], rows[1]
    assert len(off.after_hash) == 64 and off.after_hash == on.before_hash != on.after_hash


def test_a_file_that_others_can_check_is_handed_out_and_that_is_recorded(both: Desk, tmp_path: Path) -> None:
    acted(both)
    answer = both.visit(both.son).post(f"{HERE}/xuat", {"tu": "2026-11-01", "den": "2026-11-30"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path / "ra")
    [folder] = (tmp_path / "ra").iterdir()
    command = [sys.executable, "-I", "-X", "utf8", "kiem_tra.py"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    with reading(both.engine) as session:
        assert str(head(session)) in ran.stdout.decode()
        assert session.exec(select(DeskAct.actor).where(DeskAct.act == Act.EXPORT)).all() == ["Sơn"]


def test_who_does_not_read_the_office_gets_neither_page_nor_file(desk: Desk) -> None:
    visitor = desk.visit(desk.tu)
    assert visitor.get(HERE).status_code == 403
    assert visitor.post(f"{HERE}/xuat", {"tu": "2026-11-01", "den": "2026-11-30"}).status_code == 403
    assert desk.visit(desk.son).post(f"{HERE}/xuat", {"tu": "2026-11-30", "den": "2026-11-01"}).status_code == 422


def test_where_colleagues_worked_is_told_only_to_who_manages_people_or_settings(desk: Desk) -> None:
    acted(desk)
    for staff in (desk.lan, desk.minh, desk.charlie):
        visitor = desk.visit(staff)
        page = visitor.get(HERE)
        assert page.status_code == 200 and "127.0.0.1" not in page.text and "Xuất để bên khác" not in page.text
        assert visitor.post(f"{HERE}/xuat", {"tu": "2026-11-01", "den": "2026-11-30"}).status_code == 403


def test_every_table_of_evidence_has_its_word() -> None:
    assert set(SOURCE_WORDS) == set(BY_TABLE)


def test_a_night_that_finds_something_is_an_alarm_until_all_is_well_again(both: Desk) -> None:
    acted(both)
    with tampering(both.engine) as connection:
        connection.execute(text("UPDATE desk_act SET actor = 'Charlie'"))
    assert "không đúng" in verify_nightly(both.engine, STAMPS, now=LATER)
    with reading(both.engine) as session:
        [finding] = told_unsound(session)
    assert finding.grade == "alarm" and finding.path == HERE and "đã bị sửa" in finding.words
    assert "thấy dấu hiệu bị sửa" in both.visit(both.charlie).get(HERE).text
    with tampering(both.engine) as connection:
        connection.execute(text("UPDATE desk_act SET actor = 'Sơn'"))
    verify_nightly(both.engine, STAMPS, now=LATER)
    with reading(both.engine) as session:
        assert told_unsound(session) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_page_for_auditors(desk: Desk, browser: Browser, width: int) -> None:
    acted(desk)
    verify_nightly(desk.engine, STAMPS, now=LATER)
    with window(browser, desk, desk.son, width) as page:
        page.goto(HERE)
        page.get_by_text("Lọc nhật ký").click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
