"""The page of what is kept: who sees it, who changes it, and what it says."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from content.tables import Campaign, CampaignPost
from records.holds import held, holds
from records.keeping_tables import LegalHold, RetentionPeriod
from records.retention import carry_out
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.records.chain_case import put, row_of
from tests.records.tampering import remove
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from tests.web.door import caller
from tests.web.test_sign_in import tries
from web.archiving import archive
from web.retention import acts_of, all_rules
from web.tables import DeskAct, SignInTry

HERE = "/kiem-chung/luu-tru"
PERIOD = {"pham_vi": "period", "tu": "2026-10-01", "den": "2026-10-31", "ly_do": "Công văn 12/TTr"}


def test_everybody_who_reads_sees_it_and_only_the_system_admin_changes_it(desk: Desk) -> None:
    for staff in (desk.lan, desk.minh, desk.quang, desk.charlie):
        visitor = desk.visit(staff)
        page = visitor.get(HERE)
        assert page.status_code == 200 and "Đặt lệnh giữ" not in page.text
        assert visitor.get(f"{HERE}/het-han").status_code == 200
        for path, data in ((f"{HERE}/giu", PERIOD), (f"{HERE}/giu/1/do", {"ly_do_do": "x"}),
                           (f"{HERE}/thoi-han", {"loai": "notice", "so_ngay": "60"})):  # fmt: skip
            assert visitor.post(path, data).status_code == 403
    assert desk.visit(desk.tu).get(HERE).status_code == 403
    assert "Đặt lệnh giữ" in desk.visit(desk.son).get(HERE).text
    with reading(desk.engine) as session:
        assert not holds(session) and not session.exec(select(RetentionPeriod)).all()


def test_a_hold_is_placed_shown_and_lifted_with_its_acts(both: Desk) -> None:
    son = both.visit(both.son)
    page = son.post(f"{HERE}/giu", PERIOD)
    assert page.status_code == 200 and "từ 01/10/2026 đến 31/10/2026" in page.text and "Công văn 12/TTr" in page.text
    page = son.post(f"{HERE}/giu/1/do", {"ly_do_do": "Đã kết luận"})
    assert "Đã dỡ lệnh giữ số 1" in page.text and "Đã kết luận" in page.text
    assert "đã được dỡ từ trước" in son.post(f"{HERE}/giu/1/do", {"ly_do_do": "x"}).text
    with reading(both.engine) as session:
        assert len(session.exec(select(DeskAct).where(DeskAct.act == "hold")).all()) == 2
        assert session.exec(select(LegalHold.lifted_by)).one() == "Sơn"


@pytest.mark.parametrize(
    "sent",
    [{"ly_do": ""}, {"pham_vi": "x"}, {"pham_vi": "post", "doi_tuong": "khong-co"}, {"den": "2026-09-01"},
     {"pham_vi": "publication", "doi_tuong": "9" * 40}, {"tu": "hôm qua"}, {"ly_do": "x" * 5000}],
)  # fmt: skip
def test_what_cannot_be_held_stands_beside_its_field(desk: Desk, sent: dict[str, str]) -> None:
    page = desk.visit(desk.son).post(f"{HERE}/giu", PERIOD | sent)
    assert page.status_code == 422 and "Chưa lưu được" in page.text
    with reading(desk.engine) as session:
        assert holds(session) == []


def test_a_period_is_set_within_its_limits_and_what_is_due_is_shown(desk: Desk) -> None:
    son = desk.visit(desk.son)
    with writing(desk.engine) as session:
        session.add(SignInTry(at=NOW.replace(year=2025), login="x", address="y", ok=False))
    assert "Lần thử đăng nhập" in son.get(f"{HERE}/het-han").text
    assert "Đã đặt thời hạn" in son.post(f"{HERE}/thoi-han", {"loai": "sign_in_try", "so_ngay": "800"}).text
    assert "Lần thử đăng nhập" not in son.get(f"{HERE}/het-han").text
    for data in ({"loai": "sign_in_try", "so_ngay": "99999"}, {"loai": "reading", "so_ngay": "9"}, {"so_ngay": "x"}):
        assert "Đã đặt thời hạn" not in son.post(f"{HERE}/thoi-han", data).text


def test_an_archive_is_offered_and_nothing_else_of_its_folder(desk: Desk) -> None:
    made = archive(desk.engine, desk.folder, "2026-10", by="Sơn", now=NOW)
    charlie = desk.visit(desk.charlie)
    page = charlie.get(HERE).text
    assert made.seal.manifest_sha256 in page and f"{HERE}/goi/{made.seal.name}" in page
    answer = charlie.get(f"{HERE}/goi/{made.seal.name}")
    assert answer.status_code == 200 and len(answer.content) == made.seal.size
    with reading(desk.engine) as session:
        taken = session.exec(select(DeskAct).where(DeskAct.act == "archive", DeskAct.actor == "Charlie")).all()
    assert [(one.subject, one.words) for one in taken] == [(made.seal.name, "tải về")]
    for name in (".khoa", "..%2fcchc.key", "luu-tru-2026-10-v2.zip", "luu-tru-2026-10-v1.zip%00"):
        assert charlie.get(f"{HERE}/goi/{name}").status_code == 404
    (desk.folder / "archive" / made.seal.name).unlink()
    assert "Tệp không có trên máy chủ này" in charlie.get(HERE).text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_are_for_everybody(desk: Desk, browser: Browser, width: int) -> None:
    archive(desk.engine, desk.folder, "2026-10", by="Sơn", now=NOW)
    son = desk.visit(desk.son)
    son.post(f"{HERE}/giu", PERIOD)
    with writing(desk.engine) as session:
        session.add(SignInTry(at=NOW.replace(year=2020), login="x", address="y", ok=False))
    with window(browser, desk, desk.son, width) as page:
        for path in (HERE, f"{HERE}/het-han", f"/nguoi-dung/{desk.lan.id}", "/tai-khoan"):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert violations(page) == []


def test_data_that_were_archived_before_get_no_second_archive_whatever_came_between(desk: Desk) -> None:
    """As when a month is archived with its videos, without them, and with them again."""

    def made() -> str:
        return archive(desk.engine, desk.folder, "2026-10", by="Sơn", now=NOW).seal.name

    first = made()
    put(desk.engine, "desk_act", row_of("desk_act", 900, at=NOW.replace(month=10), act="setting"))
    second = made()
    remove(desk.engine, "desk_act", id=900)
    assert first != second and made() == first
    (desk.folder / "archive" / first).unlink()
    assert made() == first and (desk.folder / "archive" / first).is_file()


def test_no_post_is_taken_out_of_a_campaign_under_a_hold(desk: Desk) -> None:
    post = desk.post()
    with writing(desk.engine) as session:
        campaign = Campaign(
            key="he", name="Hè", channels=[], targets={}, first=NOW.date(), last=NOW.date(), created_by="Lan",
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        session.add(campaign)
        session.flush()
        session.add(CampaignPost(campaign_id=campaign.id or 0, post_id=post.id or 0, added_by="Lan", added_at=NOW))
    son, lan = desk.visit(desk.son), desk.visit(desk.lan)
    son.post(f"{HERE}/giu", {"pham_vi": "campaign", "doi_tuong": "he", "ly_do": "Thanh tra"}).raise_for_status()
    assert "lệnh giữ hồ sơ số 1" in lan.post("/chien-dich/he/bo-bai", {"bai": [post.key]}).text
    with reading(desk.engine) as session:
        assert held(session).posts == {post.id}
    son.post(f"{HERE}/giu/1/do", {"ly_do_do": "Đã kết luận"}).raise_for_status()
    assert "Đã bỏ 1 bài" in lan.post("/chien-dich/he/bo-bai", {"bai": [post.key]}).text


def test_tries_are_forgotten_and_unknown_names_are_not_kept_in_clear(desk: Desk) -> None:
    caller(desk).sign_in("my-password-by-mistake", "x")
    with reading(desk.engine) as session:
        assert "password" not in session.exec(select(SignInTry.login)).one()
    desk.clock.set(desk.clock.now() + timedelta(days=8))
    now = desk.clock.now()
    carry_out(desk.engine, all_rules(desk.folder, raw_days=1), acts_of("Hệ thống", now), now=now)
    assert tries(desk) == 0
