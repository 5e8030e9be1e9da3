"""Settings: who may change what, what a change does, what two people at once and hostile input do not."""

import re
from datetime import date

import pytest
from playwright.sync_api import Browser

from content import office
from content.plan import Agency, Plan, active_plan
from content.tables import PortalSource
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from tests.web.forms import acts, changed, fields
from web.roles import Role

PAGES = (
    *("/cau-hinh", "/cau-hinh/co-quan", "/cau-hinh/ngay-nghi", "/cau-hinh/nguon-tin", "/cau-hinh/tam-dung"),
    "/cau-hinh/nhan-dien",
)
FORMS = (
    *("/cau-hinh/co-quan-moi", "/cau-hinh/co-quan/snv", "/cau-hinh/ngay-nghi/2026-02-17", "/cau-hinh/nguon-tin-moi"),
    *("/cau-hinh/nhan-dien-moi", "/cau-hinh/nhan-dien/vpubnd"),
)
CHANGES = (
    "/cau-hinh/co-quan-moi",
    "/cau-hinh/co-quan/snv",
    "/cau-hinh/co-quan/theo-tep",
    "/cau-hinh/ngay-nghi",
    "/cau-hinh/ngay-nghi/2026-02-17",
    "/cau-hinh/ngay-nghi/2026-02-17/xoa",
    "/cau-hinh/nguon-tin-moi",
    "/cau-hinh/nguon-tin/cong",
    "/cau-hinh/nguon-tin/cong/doc",
    "/cau-hinh/nguon-tin/cong/xoa",
    "/cau-hinh/tam-dung/quoc_tang",
    "/cau-hinh/nhan-dien-moi",
    "/cau-hinh/nhan-dien/snv",
    "/cau-hinh/nhan-dien/snv/xoa",
    "/cau-hinh/nhan-dien/snv/mac-dinh",
)
LONG = "Trung tâm Phục vụ hành chính công và Giám sát điều hành đô thị thông minh thành phố trực thuộc trung ương"


def the_plan(desk: Desk) -> Plan:
    with reading(desk.engine) as session:
        return active_plan(session)


def agency(desk: Desk, code: str) -> Agency:
    return next(one for one in the_plan(desk).agencies if one.code == code)


# Who may -----------------------------------------------------------------------------------------------------


def test_everybody_who_reads_sees_the_settings_and_only_a_system_administrator_sees_a_form(desk: Desk) -> None:
    for staff in (desk.lan, desk.minh, desk.ha, desk.quang, desk.charlie):
        visitor = desk.visit(staff)
        for path in PAGES:
            answer = visitor.get(path)
            assert answer.status_code == 200, path
            assert 'method="post" action="/cau-hinh' not in answer.text, (staff.login, path)
        assert [visitor.get(path).status_code for path in FORMS] == [403] * len(FORMS)
    assert [desk.visit(desk.tu).get(path).status_code for path in PAGES] == [403] * len(PAGES)


def test_nobody_but_a_system_administrator_changes_anything(desk: Desk) -> None:
    with writing(desk.engine) as session:
        session.add(PortalSource(key="cong", name="Cổng", address="https://x.example/rss", created_at=NOW))
    for staff in (desk.lan, desk.minh, desk.ha, desk.tu, desk.quang, desk.charlie):
        visitor = desk.visit(staff)
        assert {visitor.post(path, {"name": "X", "words": "X"}).status_code for path in CHANGES} == {403}, staff.login
    assert acts(desk) == []


def test_what_does_not_exist_is_not_found_whatever_it_is_called(desk: Desk) -> None:
    son = desk.visit(desk.son)
    for path in (
        *("/cau-hinh/co-quan/khong-co", "/cau-hinh/ngay-nghi/hom-nay", "/cau-hinh/ngay-nghi/2026-03-02"),
        *("/cau-hinh/nguon-tin/khong-co", "/cau-hinh/nhan-dien/bao_chi", "/cau-hinh/nhan-dien/..%2Fsnv/logo.png"),
        "/cau-hinh/nhan-dien/snv/logo.png",
    ):
        assert son.get(path).status_code == 404, path
    for path in ("/cau-hinh/co-quan/khong-co", "/cau-hinh/topics/theo-tep", "/cau-hinh/nhan-dien/snv/bay"):
        assert son.post(path, {"name": "X", "short": "X", "kind": "nhom"}).status_code == 404, path


# Plan and agencies -------------------------------------------------------------------------------------------


def test_the_plan_is_told_with_topics_owners_deadlines_and_what_is_in_force(desk: Desk) -> None:
    text = desk.visit(desk.charlie).get("/cau-hinh").text
    for words in (
        *("481/KH-UBND", "a) Chủ trương, chính sách CCHC", "Sở TT&amp;TT, Sở Nội vụ, Sở Tư pháp", "01/11/2023"),
        *("Hết hiệu lực", "đến hết 30/06/2025", "thay bằng 118/2025/NĐ-CP", "CCHC_PLAN_DIR"),
        str(desk.house.plan_dir),
    ):
        assert words in text, words


def test_a_renamed_agency_is_renamed_in_the_plan_and_the_record_says_who_and_what(both: Desk) -> None:
    son = both.visit(both.son)
    answer = changed(son, "/cau-hinh/co-quan/snv", name=LONG, valid_to="31/12/2027", replaced_by="Sở Khác")
    assert answer.url.endswith("/cau-hinh/co-quan") and f"Đã lưu “{LONG}”." in answer.text
    found = agency(both, "snv")
    assert (found.name, found.valid_to, found.replaced_by, found.short) == (
        *(LONG, date(2027, 12, 31), "Sở Khác"),
        "Sở Nội vụ",
    )
    [(actor, subject, words)] = acts(both)
    assert (actor, subject) == ("Sơn", "Cơ quan, đơn vị: snv")
    assert f"Tên đầy đủ: “Sở Nội vụ” → “{LONG}”" in words and "Loại" not in words
    assert "lần cuối lúc 08:00 ngày 23/11/2026 (Sơn)" in answer.text


def test_an_agency_is_added_and_its_code_cannot_be_taken_twice(desk: Desk) -> None:
    son = desk.visit(desk.son)
    new = {"code": "sct", "name": "Sở Công Thương", "short": "Sở CT", "kind": "so_nganh"}
    assert son.post("/cau-hinh/co-quan-moi", new).url.endswith("/cau-hinh/co-quan")
    assert agency(desk, "sct").name == "Sở Công Thương"
    again = son.post("/cau-hinh/co-quan-moi", new)
    assert again.status_code == 422 and "“sct” viết hai lần" in again.text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": ""}, "Hãy điền “Tên đầy đủ”."),
        ({"name": "x" * 201}, "dài 201 ký tự; tối đa 200 ký tự"),
        ({"short": " "}, "Hãy điền “Tên ngắn”."),
        ({"kind": "vua"}, "Hãy chọn “Loại” trong danh sách."),
        ({"valid_to": "31/02/2026"}, "phải là một ngày, như 31/12/2026"),
        ({"valid_from": "02/01/2026", "valid_to": "01/01/2026"}, "Phải từ ngày bắt đầu trở đi."),
        ({"code": "Sở"}, "Mã chỉ gồm chữ thường không dấu"),
        ({"code": "../snv"}, "Mã chỉ gồm chữ thường không dấu"),
        ({"code": "x" * 41}, "dài 41 ký tự; tối đa 40 ký tự"),
    ],
)
def test_a_slip_stands_beside_its_field_and_nothing_is_saved(desk: Desk, values: dict[str, str], told: str) -> None:
    good = {"code": "moi", "name": "Sở Mới", "short": "Sở Mới", "kind": "so_nganh"}
    answer = desk.visit(desk.son).post("/cau-hinh/co-quan-moi", good | values)
    assert answer.status_code == 422 and told in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert len(the_plan(desk).agencies) == 9 and acts(desk) == []


def test_a_script_in_a_name_is_shown_as_text(desk: Desk) -> None:
    son = desk.visit(desk.son)
    changed(son, "/cau-hinh/co-quan/snv", name='<script>alert("x")</script>', duties="{kind}{{ 7 * 7 }}")
    text = son.get("/cau-hinh/co-quan").text
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text
    assert son.get("/cau-hinh/co-quan/snv").status_code == 200


def test_who_saves_over_another_is_shown_both_values_and_may_then_decide(both: Desk) -> None:
    son, other = both.visit(both.son), both.visit(both.person("an", "An", Role.SYSTEM_ADMIN))
    mine = fields(son, "/cau-hinh/co-quan/snv") | {"name": "Sở Nội vụ (Sơn)"}
    changed(other, "/cau-hinh/co-quan/snv", name="Sở Nội vụ (An)")
    changed(other, "/cau-hinh/co-quan/stp", name="Sở Tư pháp (An)")
    answer = son.post("/cau-hinh/co-quan/snv", mine)
    assert answer.status_code == 409
    assert "An đã sửa mục này" in answer.text and "Sở Nội vụ (An)" in answer.text and "Sở Nội vụ (Sơn)" in answer.text
    assert agency(both, "snv").name == "Sở Nội vụ (An)"
    mark = re.findall(r'name="dau" value="([^"]+)"', answer.text)[0]
    son.post("/cau-hinh/co-quan/snv", mine | {"dau": mark})
    assert agency(both, "snv").name == "Sở Nội vụ (Sơn)" and agency(both, "stp").name == "Sở Tư pháp (An)"


def test_two_people_who_change_different_agencies_do_not_disturb_each_other(desk: Desk) -> None:
    son = desk.visit(desk.son)
    mine = fields(son, "/cau-hinh/co-quan/snv") | {"name": "Sở Nội vụ mới"}
    changed(desk.visit(desk.son), "/cau-hinh/co-quan/stp", name="Sở Tư pháp mới")
    assert son.post("/cau-hinh/co-quan/snv", mine).status_code == 200
    assert {agency(desk, "snv").name, agency(desk, "stp").name} == {"Sở Nội vụ mới", "Sở Tư pháp mới"}


def test_the_same_form_sent_twice_is_saved_once_and_is_no_conflict(desk: Desk) -> None:
    son = desk.visit(desk.son)
    mine = fields(son, "/cau-hinh/co-quan/snv") | {"name": "Sở Nội vụ mới"}
    assert [son.post("/cau-hinh/co-quan/snv", mine).status_code for _ in range(2)] == [200, 200]
    assert len(acts(desk)) == 1


def test_the_files_list_comes_back_when_the_desks_is_given_up(desk: Desk) -> None:
    son = desk.visit(desk.son)
    changed(son, "/cau-hinh/co-quan/snv", name="Sở Nội vụ mới")
    seen = re.findall(r'name="seen" value="(\d+)"', son.get("/cau-hinh/co-quan").text)[0]
    assert "Chưa đổi" in son.post("/cau-hinh/co-quan/theo-tep", {"seen": str(int(seen) - 1)}).text
    assert agency(desk, "snv").name == "Sở Nội vụ mới"
    assert "dùng lại theo tệp" in son.post("/cau-hinh/co-quan/theo-tep", {"seen": seen}).text
    assert agency(desk, "snv").name == "Sở Nội vụ"


# Holidays and pauses -----------------------------------------------------------------------------------------


def test_a_holiday_is_added_moved_and_removed_and_the_other_days_stay(both: Desk) -> None:
    son = both.visit(both.son)
    new = {"on": "24/12/2026", "name": "Ngày truyền thống", "off": "1"}
    assert "Đã lưu ngày 24/12/2026" in son.post("/cau-hinh/ngay-nghi", new).text
    changed(son, "/cau-hinh/ngay-nghi/2026-12-24", on="25/12/2026", off="")
    page = son.get("/cau-hinh/ngay-nghi?nam=2026").text
    assert "25/12/2026" in page and "24/12/2026" not in page and "Giỗ Tổ Hùng Vương" in page
    assert (
        "Đã xóa ngày 25/12/2026"
        in son.post("/cau-hinh/ngay-nghi/2026-12-25/xoa", {"dau": mark(page, "2026-12-25")}).text
    )
    with reading(both.engine) as session:
        found = office.own_holidays(session, both.house.plan_dir)
    assert date(2026, 12, 25) not in found and found[date(2026, 10, 10)].name == "Ngày Chuyển đổi số quốc gia"
    assert len(found) == 12, "what the files said is kept, and nothing that is built in is copied"
    assert len(acts(both)) == 3


def mark(page: str, on: str) -> str:
    return str(re.findall(rf'/{on}/xoa">.*?name="dau" value="([^"]+)"', page, re.DOTALL)[0])


def test_a_built_in_day_gets_rules_of_its_own_and_is_given_back(both: Desk) -> None:
    son, where = both.visit(both.son), "/cau-hinh/ngay-nghi/2027-02-06"
    page = son.get("/cau-hinh/ngay-nghi?nam=2027").text
    assert "Tết Nguyên đán (mùng 1)" in page and "2027-02-06/xoa" not in page
    assert "Mỗi kênh nhiều nhất 1 bài; không đăng thông báo hành chính." in page
    answer = changed(son, where, at_most="2", only="chuc-mung, canh-bao")
    assert "Mỗi kênh nhiều nhất 2 bài; không đăng thông báo hành chính; chỉ đăng cảnh báo khẩn cấp" in answer.text
    assert "Đơn vị đặt" in answer.text
    told = son.post(f"{where}/xoa", {"dau": mark(answer.text, "2027-02-06")}).text
    assert "Đã trả ngày 06/02/2027 về “Tết Nguyên đán (mùng 1)”" in told and "2027-02-06/xoa" not in told


def test_a_day_of_the_file_that_was_changed_goes_back_to_the_file(desk: Desk) -> None:
    son, where = desk.visit(desk.son), "/cau-hinh/ngay-nghi/2026-10-10"
    assert fields(son, where)["name"] == "Ngày Chuyển đổi số quốc gia"
    page = changed(son, where, name="Ngày Chuyển đổi số", without="cuoc-thi").text
    assert "Ngày Chuyển đổi số quốc gia" not in page and "Không đăng cuộc thi." in page
    page = son.post(f"{where}/xoa", {"dau": mark(page, "2026-10-10")}).text
    row = page.partition("10/10/2026 <")[2].partition("</tr>")[0]
    assert "Ngày Chuyển đổi số quốc gia" in row and "Tệp của kế hoạch" in row


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"off": "1", "working": "1"}, "Ngày làm bù thì không nghỉ"),
        ({"at_most": "nhiều"}, "phải là số nguyên từ 0 đến 50"),
        ({"at_most": "51"}, "phải là số nguyên từ 0 đến 50"),
        ({"without": "Thông báo"}, "không đúng mẫu"),
        ({"only": "tin-vui", "without": "tin-vui"}, "vừa chỉ được đăng vừa không được đăng"),
        ({"only": " ".join(f"nhan-{n}" for n in range(21))}, "tối đa 20 nhãn"),
        ({"on": "07/02/2027"}, "Ngày có sẵn không chuyển sang ngày khác được"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(desk: Desk, facts: dict[str, str], says: str) -> None:
    answer = changed(desk.visit(desk.son), "/cau-hinh/ngay-nghi/2027-02-06", **facts)
    assert answer.status_code == 422 and says in answer.text
    with reading(desk.engine) as session:
        assert office.read(session, office.HOLIDAYS).version == 0


def test_two_who_change_one_built_in_day_at_once_see_each_other(desk: Desk) -> None:
    son, where = desk.visit(desk.son), "/cau-hinh/ngay-nghi/2027-02-06"
    stale = fields(son, where)
    changed(son, where, at_most="2")
    answer = son.post(where, {**stale, "at_most": "5"})
    assert answer.status_code == 409 and "Sơn" in answer.text


def test_a_day_that_is_there_already_is_not_added_again(desk: Desk) -> None:
    answer = desk.visit(desk.son).post("/cau-hinh/ngay-nghi", {"on": "10/10/2026", "name": "Chuyển đổi số"})
    assert answer.status_code == 422 and "Đã có trong danh sách" in answer.text


def test_a_day_that_somebody_changed_meanwhile_is_not_removed(desk: Desk) -> None:
    son = desk.visit(desk.son)
    old = mark(son.get("/cau-hinh/ngay-nghi").text, "2026-10-10")
    changed(son, "/cau-hinh/ngay-nghi/2026-10-10", name="Chuyển đổi số")
    assert "Chưa xóa" in son.post("/cau-hinh/ngay-nghi/2026-10-10/xoa", {"dau": old}).text
    assert "Chuyển đổi số" in son.get("/cau-hinh/ngay-nghi").text


@pytest.mark.parametrize(
    ("year", "tet"),
    [
        *(("2028", "26/01/2028"), ("2100", "09/02/2100")),
        *((nonsense, "17/02/2026") for nonsense in ("99999", "abc", "-1", "٢٠٢٦")),
    ],
)
def test_a_year_that_nobody_entered_has_its_days_off_and_nonsense_is_this_year(desk: Desk, year: str, tet: str) -> None:
    assert f"{tet} <" in desk.visit(desk.charlie).get("/cau-hinh/ngay-nghi", params={"nam": year}).text


def test_the_words_of_a_pause_are_the_offices_own_and_both_are_shown_when_two_write(desk: Desk) -> None:
    son = desk.visit(desk.son)
    page = son.get("/cau-hinh/tam-dung").text
    mark = re.findall(r'/quoc_tang">.*?name="dau" value="([^"]+)"', page)[0]
    assert "Đã lưu mẫu" in son.post("/cau-hinh/tam-dung/quoc_tang", {"words": "Dừng.", "dau": mark}).text
    answer = son.post("/cau-hinh/tam-dung/quoc_tang", {"words": "Ngừng đăng.", "dau": mark})
    assert answer.status_code == 409 and "Dừng." in answer.text and "Ngừng đăng." in answer.text
    assert son.post("/cau-hinh/tam-dung/quoc_tang", {"words": " ", "dau": mark}).status_code == 422
    assert son.post("/cau-hinh/tam-dung/le_hoi", {"words": "x", "dau": mark}).status_code == 422
    with reading(desk.engine) as session:
        assert office.pauses(session)[0].words == "Dừng." and office.pauses(session)[1:] == office.PAUSES[1:]


# What it costs, and how it looks -----------------------------------------------------------------------------


def test_each_page_asks_the_database_a_few_times_however_much_there_is(desk: Desk) -> None:
    with writing(desk.engine) as session:
        session.add_all(
            PortalSource(key=f"cong-{n}", name=f"Cổng {n}", address=f"https://x.example/{n}", created_at=NOW)
            for n in range(40)
        )
    son = desk.visit(desk.son)
    for path in (*PAGES, *FORMS):
        with counted(desk.engine) as statements:
            assert son.get(path).status_code == 200
        assert len(statements) <= 6, (path, statements)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_settings(desk: Desk, browser: Browser, width: int) -> None:
    son = desk.visit(desk.son)
    changed(son, "/cau-hinh/co-quan/snv", name=LONG)
    far = "https://127.0.0.1/" + "x" * 300
    son.post("/cau-hinh/nguon-tin-moi", {"key": "cong", "address": far, "every_minutes": 30})
    with window(browser, desk, desk.son, width) as page:
        for path in (
            *PAGES,
            *FORMS,
            "/cau-hinh/nguon-tin/cong",
            "/cau-hinh/ngay-nghi?nam=2029",
            "/cau-hinh/ngay-nghi/2026-10-10",
        ):
            page.goto(path)
            assert violations(page) == [], path
        page.goto("/cau-hinh/co-quan-moi")
        page.get_by_label("Mã", exact=True).fill("Sai Mã")
        page.get_by_label("Tên đầy đủ").fill("Tên")
        page.get_by_label("Tên ngắn").fill("Tên")
        page.get_by_role("button", name="Lưu").click()
        page.get_by_role("alert").wait_for()
        assert violations(page) == []


def test_a_keyboard_alone_adds_a_holiday(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.son) as page:
        page.goto("/cau-hinh/ngay-nghi")
        page.get_by_label("Ngày", exact=True).focus()
        page.keyboard.type("24/12/2026")
        page.keyboard.press("Tab")
        page.keyboard.type("Ngày truyền thống")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.get_by_role("status").filter(has_text="Đã lưu ngày 24/12/2026").wait_for()
        row = page.get_by_role("row").filter(has_text="Ngày truyền thống")
        assert "Không nghỉ" in row.inner_text()
