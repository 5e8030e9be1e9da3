"""The pages of activities: what they show, who logs what, hostile files, two at once, tables in and out."""

from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from content.activities import KINDS, Asked, activities, find_activity
from content.documents import documents_in
from content.record_tables import Activity, Evidence
from scheduler.db import reading
from tests.content import papers
from tests.web.activity_case import CLASS, PDF, PRESS, furnished, logged, proven
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.tables import DeskAct, Staff

FORM = {
    "kind": "tap_huan", "title": "Lớp ở phường", "first": "2026-11-10", "last": "", "agency": "snv", "topic": "d",
    "audiences": ["noi_bo"], "so-classes": "2", "so-people": "1.250", "cost": "12.500.000", "funding": "Sở",
    "place": "Hội trường", "form": "", "url": "", "words": "",
}  # fmt: skip
HERE = "/hoat-dong"


@pytest.fixture
def full(desk: Desk) -> Desk:
    return furnished(desk)


def look(desk: Desk, path: str, who: Staff | None = None) -> str:
    answer = desk.visit(who or desk.lan).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(desk: Desk, path: str, who: Staff | None = None, **facts: Any) -> requests.Response:
    return desk.visit(who or desk.lan).post(path, facts, allow_redirects=False)


def rows(desk: Desk) -> list[Activity]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Activity).order_by(col(Activity.id))))


def standing(desk: Desk, number: int = 1) -> Activity:
    with reading(desk.engine) as session:
        return find_activity(session, number)


def edited(desk: Desk, number: int = 1, **changes: Any) -> dict[str, Any]:
    row = standing(desk, number)
    return {
        **FORM, "title": row.title, "last": row.last.isoformat(), "place": row.place, "funding": row.funding,
        "so-classes": "3", "so-people": "120", "words": row.words, "seen": str(row.version), **changes,
    }  # fmt: skip


# What is shown ---------------------------------------------------------------------------------------------


def test_the_list_shows_what_there_is_and_what_it_adds_up_to(full: Desk) -> None:
    text = look(full, HERE)
    assert "3 hoạt động" in text and "Lớp nhập nhầm" not in text
    assert "<strong>120</strong> lượt người" in text and "<strong>-</strong> câu trả lời" in text
    assert "12.500.000" in text and "2 hoạt động chưa ghi kinh phí" in text
    assert "Lớp nhập nhầm" in look(full, f"{HERE}?xem=da-rut")


def test_the_list_is_narrowed_and_nothing_in_an_address_breaks_it(full: Desk) -> None:
    assert "1 hoạt động" in look(full, f"{HERE}?loai=bao_chi")
    assert "2 hoạt động" in look(full, f"{HERE}?co_quan=co-quan-chu-tri")
    assert "1 hoạt động" in look(full, f"{HERE}?tim=tap+huan&hinh_thuc=a&noi_dung=d")
    assert "0 hoạt động" in look(full, f"{HERE}?tu=2025-01-01&den=2025-12-31")
    for query in ("tu=x", "den=%00", "loai=" + "a" * 3000, "co_quan='--", "trang=-1", "trang=99999999", "tim=%25_\\"):
        assert full.visit(full.lan).get(f"{HERE}?{query}").status_code == 200


def test_without_an_activity_the_page_says_what_to_do(desk: Desk) -> None:
    assert "Hãy ghi tập huấn" in look(desk, HERE)
    assert "/hoat-dong/moi" not in look(desk, HERE, desk.charlie)


def test_one_activity_shows_its_figures_files_and_history(full: Desk) -> None:
    text = look(full, f"{HERE}/1")
    for words in ("Sở Nội vụ", "12.500.000 đồng", "Biên bản hội nghị.pdf", "Có chữ ký", "Ghi vào sổ", "120"):
        assert words in text
    for path in (f"{HERE}/999", f"{HERE}/{10**30}", f"{HERE}/0", f"{HERE}/tep/{10**25}"):
        assert full.visit(full.lan).get(path).status_code == 404


def test_the_list_costs_the_same_however_much_there_is(full: Desk) -> None:
    def cost() -> int:
        with counted(full.engine) as statements:
            look(full, HERE)
        return len(statements)

    before = cost()
    for one in range(30):
        proven(full, logged(full, CLASS.__class__(**{**_values(CLASS), "title": f"Lớp {one}"})))
    assert cost() == before < 12


def _values(fields: Any) -> dict[str, Any]:
    return {name: getattr(fields, name) for name in fields.__slots__}


# Logging ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_asks_only_for_what_the_kind_has(desk: Desk, kind: str) -> None:
    text = look(desk, f"{HERE}/moi?loai={kind}")
    for name in ("classes", "questions", "copies", "news", "entries"):
        assert (f'name="so-{name}"' in text) == (name in KINDS[kind].figures)
    assert ('name="outlet"' in text) == KINDS[kind].press


def test_an_activity_is_logged_with_its_file_and_once(both: Desk) -> None:
    visitor = both.visit(both.lan)
    for _ in range(2):
        answer = visitor.post(f"{HERE}/moi", FORM, files={"tep": PDF})
        assert answer.status_code == 200 and "Biên bản hội nghị.pdf" in answer.text
    (row,) = rows(both)
    assert (row.title, row.figures, row.cost, row.form, row.created_by) == (
        "Lớp ở phường", {"classes": 2, "people": 1250}, 12_500_000, "a", "Lan",
    )  # fmt: skip
    with reading(both.engine) as session:
        (file,) = session.exec(select(Evidence))
        acts = session.exec(select(DeskAct.act)).all()
    assert file.activity_id == row.id and sorted(acts) == ["activity", "file", "file"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "Hãy điền"),
        ({"first": "2026-11-24"}, "chưa tới"),
        ({"first": "mai"}, "phải là một ngày"),
        ({"last": "2026-11-01"}, "trước ngày bắt đầu"),
        ({"so-classes": "nhiều"}, "phải là số nguyên"),
        ({"so-classes": "-1"}, "phải là số nguyên"),
        ({"cost": "12,5 triệu"}, "phải là số nguyên, như 12.500.000"),
        ({"agency": "khong_co"}, "không có cơ quan"),
        ({"topic": "zz"}, "không có nội dung"),
        ({"audiences": ["<script>alert(1)</script>"]}, "không có đối tượng"),
        ({"url": "javascript:alert(1)"}, "Địa chỉ trên mạng"),
        ({"title": "x" * 400}, "tối đa 300"),
        ({"kind": "doi_thoai", "so-questions": "1", "so-answered": "2"}, "lớn hơn số câu hỏi"),
        ({"kind": "bao_chi"}, "Hãy ghi tên báo"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_logged(
    desk: Desk, change: dict[str, Any], words: str
) -> None:
    answer = send(desk, f"{HERE}/moi", **{**FORM, **change})
    assert answer.status_code == 422 and words in answer.text and "<script>alert" not in answer.text
    assert 'aria-invalid="true"' in answer.text or "audiences" in change
    assert rows(desk) == []


def test_an_unknown_kind_leads_back_to_the_choice(desk: Desk) -> None:
    answer = send(desk, f"{HERE}/moi", **{**FORM, "kind": "x"})
    assert answer.status_code == 422 and "thuộc loại nào" in answer.text


def test_one_like_it_is_told(desk: Desk) -> None:
    send(desk, f"{HERE}/moi", **FORM)
    answer = desk.visit(desk.lan).post(f"{HERE}/moi", {**FORM, "so-classes": "5"})
    assert "Đã có hoạt động số 1 cùng tên" in answer.text and len(rows(desk)) == 2


def test_two_who_change_it_at_once_both_see_both(both: Desk) -> None:
    logged(both)
    form = edited(both)
    assert send(both, f"{HERE}/1/sua", **{**form, "place": "Phòng họp"}).status_code == 303
    late = send(both, f"{HERE}/1/sua", **{**form, "so-classes": "9"})
    assert late.status_code == 409 and "Phòng họp" in late.text and "9 lớp" in late.text
    assert standing(both).figures == {"classes": 3, "people": 120}
    again = {**form, "so-classes": "9", "seen": "2"}
    assert send(both, f"{HERE}/1/sua", **again).status_code == 303
    assert standing(both).figures == {"classes": 9, "people": 120}


def test_an_activity_becomes_another_kind(desk: Desk) -> None:
    logged(desk)
    assert 'name="so-sessions"' in look(desk, f"{HERE}/1/sua?loai=hoi_nghi")
    answer = send(desk, f"{HERE}/1/sua", **edited(desk, kind="hoi_nghi", **{"so-sessions": "1"}))
    assert answer.status_code == 303
    row = standing(desk)
    assert (row.kind, row.figures) == ("hoi_nghi", {"sessions": 1, "people": 120})


def test_it_is_withdrawn_with_a_reason_and_restored(both: Desk) -> None:
    logged(both)
    assert send(both, f"{HERE}/1/rut", reason=" ").status_code == 422
    assert standing(both).withdrawn_at is None
    assert send(both, f"{HERE}/1/rut", reason="Ghi nhầm").status_code == 303
    assert "Lý do: Ghi nhầm" in look(both, f"{HERE}/1")
    assert send(both, f"{HERE}/1/sua", **edited(both, place="x")).status_code == 303
    assert standing(both).place == CLASS.place, "what is withdrawn is not changed"
    assert send(both, f"{HERE}/1/khoi-phuc").status_code == 303
    assert standing(both).withdrawn_at is None


# Who may ---------------------------------------------------------------------------------------------------


def test_a_contributor_sees_and_logs_what_their_own_agency_did(full: Desk) -> None:
    text = look(full, HERE, full.tu)
    assert CLASS.title in text and PRESS.title not in text and "1 hoạt động" in text
    assert CLASS.title in look(full, f"{HERE}?co_quan=stp", full.tu), "another agency is not theirs to ask for"
    assert full.visit(full.tu).get(f"{HERE}/2").status_code == 404
    assert send(full, f"{HERE}/moi", full.tu, **{**FORM, "agency": ""}).status_code == 303
    assert rows(full)[-1].agency == "snv"


@pytest.mark.parametrize("agency", ["stp", "vpubnd", "ubnd"])
def test_a_contributor_logs_for_no_other_agency(full: Desk, agency: str) -> None:
    answer = send(full, f"{HERE}/moi", full.tu, **{**FORM, "agency": agency})
    assert answer.status_code == 422 and "cơ quan mình" in answer.text
    assert send(full, f"{HERE}/1/sua", full.tu, **edited(full, agency=agency)).status_code == 422
    assert standing(full).agency == "snv" and len(rows(full)) == 4


def test_a_contributor_touches_nothing_of_another_agency(full: Desk) -> None:
    for path in ("sua", "rut", "khoi-phuc", "tep"):
        answer = send(full, f"{HERE}/2/{path}", full.tu, **{**FORM, "reason": "x", "seen": "1"})
        assert answer.status_code == 404, path
    assert standing(full, 2).version == 1


def test_those_who_only_read_change_nothing(full: Desk) -> None:
    for who in (full.minh, full.ha, full.quang, full.son, full.charlie):
        assert full.visit(who).get(f"{HERE}/moi").status_code == 403
        assert send(full, f"{HERE}/moi", who, **FORM).status_code == 403
        for path in ("sua", "rut", "khoi-phuc", "tep"):
            assert send(full, f"{HERE}/1/{path}", who, reason="x", **FORM).status_code == 403
        assert send(full, f"{HERE}/tep/1/rut", who).status_code == 403
        assert full.visit(who).get(f"{HERE}/tep/1").status_code == 200
    assert standing(full).version == 1 and len(rows(full)) == 4


def test_a_contributor_without_an_agency_is_told_whom_to_ask(full: Desk) -> None:
    nobody = full.person("ly", "Ly", *[full.tu.roles[0]])  # type: ignore[list-item]  # a role by its name
    assert "gán cơ quan" in look(full, HERE, nobody)
    assert full.visit(nobody).get(f"{HERE}/moi").status_code == 403


def test_nobody_comes_in_without_signing_in_or_without_our_form(full: Desk) -> None:
    for path in (HERE, f"{HERE}/1", f"{HERE}/tep/1", f"{HERE}/xuat"):
        assert full.visit().get(path, allow_redirects=False).status_code in (303, 307, 401)
    answer = full.visit(full.lan).post(f"{HERE}/1/rut", {"csrf": "x", "reason": "x"}, allow_redirects=False)
    assert answer.status_code == 403


# Files -----------------------------------------------------------------------------------------------------


def test_a_file_is_downloaded_to_be_saved_and_never_opened(full: Desk) -> None:
    answer = full.visit(full.lan).get(f"{HERE}/tep/1")
    assert answer.content == PDF[1]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "application/pdf"


HOSTILE = {
    "trang.html": b"<html><script>alert(1)</script>",
    "hinh.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "chay.pdf": papers.a_pdf(papers.with_script),
    "macro.docx": papers.changed(papers.a_docx(), {"word/vbaProject.bin": b"x"}),
    "chuong-trinh.pdf": b"MZ" + b"\0" * 200,
    "rong.pdf": b"",
    "../../../etc/passwd": b"root",
}


def test_hostile_files_are_refused_one_by_one_and_good_ones_taken(full: Desk) -> None:
    several = [("tep", (name, data, "application/pdf")) for name, data in HOSTILE.items()]
    several.append(("tep", ("bang.xlsx", papers.an_xlsx(), "text/html")))
    answer = full.visit(full.lan).post(f"{HERE}/2/tep", {}, files=several)
    assert answer.status_code == 200 and "Đã nhận 1 tệp. Chưa nhận:" in answer.text
    for name in ("trang.html", "hinh.svg", "chay.pdf", "macro.docx", "chuong-trinh.pdf", "rong.pdf", "passwd"):
        assert f"{name}: " in answer.text
    kept = [one for one in documents_in(full.folder).folder.rglob("*") if one.is_file()]
    assert sorted(one.suffix for one in kept) == [".pdf", ".xlsx"]


def test_a_form_without_a_file_says_so(full: Desk) -> None:
    assert "Chưa chọn tệp nào" in full.visit(full.lan).post(f"{HERE}/1/tep", {}).text


def test_a_hidden_file_is_hidden_from_readers_and_comes_back(full: Desk) -> None:
    assert send(full, f"{HERE}/tep/1/rut").status_code == 303
    assert full.visit(full.charlie).get(f"{HERE}/tep/1").status_code == 404
    assert "Biên bản hội nghị.pdf" not in look(full, f"{HERE}/1", full.charlie)
    assert "Khôi phục" in look(full, f"{HERE}/1")
    assert send(full, f"{HERE}/tep/1/khoi-phuc").status_code == 303
    assert full.visit(full.charlie).get(f"{HERE}/tep/1").status_code == 200


def test_a_file_that_is_lost_from_disk_is_told_and_no_error(full: Desk) -> None:
    for one in documents_in(full.folder).folder.rglob("*.pdf"):
        one.unlink()
    assert "đã mất khỏi máy chủ" in full.visit(full.lan).get(f"{HERE}/tep/1").text


def test_a_contributor_gets_the_files_of_their_own_agency_only(full: Desk) -> None:
    assert full.visit(full.tu).get(f"{HERE}/tep/1").status_code == 200
    proven(full, standing(full, 2))
    assert full.visit(full.tu).get(f"{HERE}/tep/2").status_code == 404
    assert send(full, f"{HERE}/tep/2/rut", full.tu).status_code == 404


# In a browser ----------------------------------------------------------------------------------------------

PATHS = (
    HERE, f"{HERE}/1", f"{HERE}/4", f"{HERE}/moi", f"{HERE}/moi?loai=bao_chi", f"{HERE}/1/sua", f"{HERE}/nhap",
    f"{HERE}/chi-so?nam=2023", f"{HERE}/chi-so/PAR%20Index/2023", f"{HERE}/nop-bao-cao",
    f"{HERE}/nop-bao-cao/bao_cao_nam/snv", f"{HERE}/nop-bao-cao/han", f"{HERE}/nop-bao-cao/han/bao_cao_nam/sua",
)  # fmt: skip


def test_the_pages_are_for_everybody_at_every_width(browser: Browser, full: Desk) -> None:
    for width in WIDTHS:
        with window(browser, full, full.lan, width) as page:
            for path in PATHS:
                page.goto(path)
                assert violations(page) == [], (path, width)


def test_an_activity_is_logged_without_java_script(browser: Browser, full: Desk) -> None:
    with window(browser, full, full.lan, java_script_enabled=False) as page:
        page.goto(HERE)
        page.get_by_role("link", name="Ghi hoạt động").click()
        page.get_by_role("link", name="Đối thoại trực tuyến").click()
        page.get_by_label("Tên hoạt động").fill("Đối thoại tháng 11")
        page.get_by_label("Số câu hỏi nhận được").fill("12")
        page.get_by_role("button", name="Lưu hoạt động").click()
        expect(page.get_by_role("heading", name="Đối thoại tháng 11")).to_be_visible()
    with reading(full.engine) as session:
        assert activities(session, Asked(kind="doi_thoai"))[0].figures == {"questions": 12}
