"""Settings: who may change what, what a change does, what two people at once and hostile input do not."""

import dataclasses
import io
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Browser
from sqlmodel import select

from content import office
from content.plan import Agency, Plan, active_plan
from content.tables import Asset, Editorial, PortalSource, Post, PostAsset, Suggestion
from portal.guard import Guard
from scheduler.db import reading, writing
from scheduler.intake import Intake
from scheduler.portals import Portals
from tests.conftest import NOW
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Portal, article, portal_server
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from web.door import csrf_of
from web.roles import Role
from web.tables import DeskAct

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


def fields(visitor: Visitor, path: str) -> dict[str, str]:
    """What a form shows, as a browser would send it back."""
    text = visitor.get(path).text
    main = text[text.index("<main") :]
    inputs = [one for one in re.findall(r"<input[^>]*>", main) if 'type="checkbox"' not in one or " checked" in one]
    found = dict(re.findall(r' name="([^"]+)"[^>]*? value="([^"]*)"', " ".join(inputs)))
    found |= {name: value.strip() for name, value in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)<', main)}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', main, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return {name: value for name, value in found.items() if name not in ("csrf", "seen", "xem")}


def changed(visitor: Visitor, path: str, **values: str) -> requests.Response:
    """Open the form, change something, save it."""
    return visitor.post(path, fields(visitor, path) | values)


def acts(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        return [(one.actor, one.subject, one.words) for one in session.exec(select(DeskAct).order_by("id"))]


def logo(size: tuple[int, int] = (240, 200), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind)
    return out.getvalue()


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
        *("/cau-hinh/co-quan/khong-co", "/cau-hinh/ngay-nghi/hom-nay", "/cau-hinh/ngay-nghi/2026-02-18"),
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
    new = {"on": "18/02/2026", "name": "Tết Nguyên đán (mùng 2)", "off": "1"}
    assert "Đã lưu ngày 18/02/2026" in son.post("/cau-hinh/ngay-nghi", new).text
    changed(son, "/cau-hinh/ngay-nghi/2026-02-18", on="19/02/2026", off="")
    page = son.get("/cau-hinh/ngay-nghi?nam=2026").text
    assert "19/02/2026" in page and "18/02/2026" not in page and "Giỗ Tổ Hùng Vương" in page
    mark = re.findall(r'/2026-02-19/xoa">.*?name="dau" value="([^"]+)"', page)[0]
    assert "Đã xóa ngày 19/02/2026" in son.post("/cau-hinh/ngay-nghi/2026-02-19/xoa", {"dau": mark}).text
    with reading(both.engine) as session:
        found = office.holidays(session, both.house.plan_dir)
    assert date(2026, 2, 19) not in found and found[date(2026, 9, 2)].name == "Quốc khánh" and len(found) == 24
    assert len(acts(both)) == 3


def test_a_day_that_is_there_already_is_not_added_again(desk: Desk) -> None:
    answer = desk.visit(desk.son).post("/cau-hinh/ngay-nghi", {"on": "02/09/2026", "name": "Quốc khánh"})
    assert answer.status_code == 422 and "Đã có trong danh sách" in answer.text


def test_a_day_that_somebody_changed_meanwhile_is_not_removed(desk: Desk) -> None:
    son = desk.visit(desk.son)
    mark = re.findall(r'/2026-09-02/xoa">.*?name="dau" value="([^"]+)"', son.get("/cau-hinh/ngay-nghi").text)[0]
    changed(son, "/cau-hinh/ngay-nghi/2026-09-02", name="Quốc khánh (ngày 1)")
    assert "Chưa xóa" in son.post("/cau-hinh/ngay-nghi/2026-09-02/xoa", {"dau": mark}).text
    assert "Quốc khánh (ngày 1)" in son.get("/cau-hinh/ngay-nghi").text


@pytest.mark.parametrize("year", ["2028", "99999", "abc", "-1", "٢٠٢٦"])
def test_a_year_without_days_says_what_to_do_and_nonsense_is_this_year(desk: Desk, year: str) -> None:
    text = desk.visit(desk.charlie).get("/cau-hinh/ngay-nghi", params={"nam": year}).text
    assert ("Chưa ghi ngày nào" in text) is (year == "2028")


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


# Feeds -------------------------------------------------------------------------------------------------------


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def reads(desk: Desk, portal: Portal) -> Desk:
    """A desk that may read the test's own portal."""
    guard, limits = loopback(portal)
    desk.service.intake = Intake(desk.engine, desk.clock, Portals(guard, limits).feed, days=60)
    desk.server.app.state.house = dataclasses.replace(desk.house, guard=guard)
    return desk


def test_a_feed_is_added_read_at_once_paused_and_kept_when_it_has_suggestions(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    new = {"key": "cong", "address": portal.feed("/rss", article(1), article(2)), "topic": "d", "every_minutes": "15"}
    assert "Đã thêm nguồn “cong”" in son.post(f"{here}-moi", new).text
    assert "2 đề xuất mới" in son.post(f"{here}/cong/doc").text
    with reading(reads.engine) as session:
        assert {one.topic for one in session.exec(select(Suggestion))} == {"d"}
    assert "Đang tạm dừng." in son.post(f"{here}/cong/tam-dung").text
    assert "đọc lại từ lượt tới" in son.post(f"{here}/cong/doc-lai").text
    assert "đã có 2 đề xuất nên không xóa được" in son.post(f"{here}/cong/xoa").text
    changed(son, f"{here}/cong", name="Cổng tỉnh", topic="a", agency="snv", every_minutes="60")
    with reading(reads.engine) as session:
        source = session.exec(select(PortalSource)).one()
    assert (source.name, source.topic, source.agency, source.every_minutes) == ("Cổng tỉnh", "a", "snv", 60)
    assert [subject for _, subject, _ in acts(reads)] == ["cong"] * 5


def test_a_feed_that_cannot_be_read_says_why_and_may_be_removed(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    son.post(f"{here}-moi", {"key": "hong", "address": portal.url("/khong-co"), "every_minutes": "15"})
    answer = son.post(f"{here}/hong/doc")
    assert "flash bad" in answer.text and "Không đọc được" in answer.text
    assert "Đã xóa nguồn “hong”" in son.post(f"{here}/hong/xoa").text
    assert "Chưa có nguồn tin nào" in son.get(here).text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"address": "http://169.254.169.254/latest"}, "không bao giờ được đọc"),
        ({"address": "http://10.0.0.8/rss"}, "mạng nội bộ"),
        ({"address": "http://localhost/rss"}, "mạng nội bộ"),
        ({"address": "file:///etc/passwd"}, "không phải địa chỉ trang"),
        ({"address": "https://ten:matkhau@cong.example/rss"}, "không được chứa tên đăng nhập"),
        ({"address": "javascript:alert(1)"}, "không phải địa chỉ trang"),
        ({"address": ""}, "Hãy điền “Địa chỉ nguồn tin”."),
        ({"key": "Cổng tỉnh"}, "phải là chữ thường không dấu"),
        ({"topic": "z"}, "Hãy chọn “Nội dung tuyên truyền” trong danh sách."),
        ({"agency": "soyte"}, "Hãy chọn “Cơ quan, đơn vị” trong danh sách."),
        ({"every_minutes": "1"}, "phải là số nguyên từ 5 đến 1440"),
        ({"every_minutes": "nhiều"}, "phải là số nguyên từ 5 đến 1440"),
    ],
)
def test_a_feed_that_may_not_be_read_is_refused_beside_its_field(desk: Desk, values: dict[str, str], told: str) -> None:
    guard = Guard.of("", resolve=lambda _host, _port: ["203.113.10.10"])
    desk.server.app.state.house = dataclasses.replace(desk.house, guard=guard)
    good = {"key": "cong", "address": "https://cong.tinhvidu.vn/rss", "every_minutes": "30"}
    answer = desk.visit(desk.son).post("/cau-hinh/nguon-tin-moi", good | values)
    assert answer.status_code == 422 and told in answer.text
    with reading(desk.engine) as session:
        assert session.exec(select(PortalSource)).all() == []


def test_a_feed_changed_meanwhile_is_shown_both_ways(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    son.post(f"{here}-moi", {"key": "cong", "address": portal.url("/rss"), "every_minutes": "15"})
    mine = fields(son, f"{here}/cong") | {"name": "Tên của tôi"}
    changed(son, f"{here}/cong", name="Tên của họ")
    answer = son.post(f"{here}/cong", mine)
    assert answer.status_code == 409 and "Tên của họ" in answer.text and "Tên của tôi" in answer.text


# Brands ------------------------------------------------------------------------------------------------------


def brand_form(desk: Desk, visitor: Visitor, agency: str, **values: str) -> dict[str, Any]:
    return {"csrf": csrf_of(visitor.token), **fields(visitor, f"/cau-hinh/nhan-dien/{agency}"), **values}


def test_a_logo_that_is_handed_in_signs_pictures_and_is_kept_until_it_is_taken_away(both: Desk) -> None:
    son, here = both.visit(both.son), "/cau-hinh/nhan-dien/snv"
    answer = son.http.post(
        both.address + here, data=brand_form(both, son, "snv", line="snv.hue.gov.vn"),
        files={"file": ("C:\\anh\\logo.png", logo(), "image/png")}, timeout=20,
    )  # fmt: skip
    assert "Đã lưu nhận diện" in answer.text
    brand = the_plan(both).brand("snv")
    assert (brand.line, brand.logo, brand.palette) == ("snv.hue.gov.vn", "logo.png", "cung_dinh")
    shown = son.get(here + "/logo.png")
    assert shown.headers["Content-Type"] == "image/png" and Image.open(io.BytesIO(shown.content)).size == (240, 200)
    assert son.get(here + "/xem.png").content[:4] == b"\x89PNG"
    changed(son, here, name="Sở Nội vụ")
    assert the_plan(both).brand("snv").picture == brand.picture
    changed(son, here, no_logo="1")
    assert (the_plan(both).brand("snv").picture, the_plan(both).brand("snv").logo) == ("", "")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("logo.png", b"MZ this is a program", "tệp logo hỏng"),
        ("logo.png", logo(kind="JPEG"), "đuôi tệp không khớp"),
        ("logo.exe", logo(), "logo phải là tệp"),
        ("logo", logo(), "logo phải là tệp"),
        ("nho.png", logo((20, 20)), "logo quá nhỏ"),
        ("dai.png", logo((1200, 100)), "logo quá dài hoặc quá dẹt"),
        ("nang.png", b"\x89PNG" + b"0" * 2_000_001, "nặng hơn 2 MB"),
        ("la.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>', "la.svg"),
    ],
)
def test_a_file_that_is_no_logo_is_refused_beside_its_field(desk: Desk, name: str, data: bytes, told: str) -> None:
    son = desk.visit(desk.son)
    answer = son.http.post(
        f"{desk.address}/cau-hinh/nhan-dien/snv", data=brand_form(desk, son, "snv"), files={"file": (name, data)},
        timeout=20,
    )  # fmt: skip
    assert answer.status_code == 422 and told in answer.text
    assert the_plan(desk).brand("snv").picture == ""


def test_a_brand_is_looked_at_before_it_is_saved(desk: Desk) -> None:
    son = desk.visit(desk.son)
    first = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", name="Tên khác")
    second = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", name="Tên khác nữa")
    assert first.headers["Content-Type"] == "image/png" and first.content != second.content
    assert the_plan(desk).brand("snv").name == "Sở Nội vụ thành phố Huế"
    answer = changed(son, "/cau-hinh/nhan-dien/snv", xem="1", palette="xanh")
    assert answer.status_code == 422 and "Hãy chọn “Bảng màu”" in answer.text


def test_a_brand_is_added_made_the_first_and_removed(desk: Desk) -> None:
    son, here = desk.visit(desk.son), "/cau-hinh/nhan-dien"
    son.post(f"{here}-moi", {"agency": "bao_chi", "name": "Báo Huế", "palette": ""})
    assert the_plan(desk).brand("bao_chi").name == "Báo Huế"
    mark = re.findall(r'/bao_chi/mac-dinh">.*?name="dau" value="([^"]+)"', son.get(here).text)[0]
    son.post(f"{here}/bao_chi/mac-dinh", {"dau": mark})
    assert the_plan(desk).brand().name == "Báo Huế"
    mark = re.findall(r'/bao_chi/xoa">.*?name="dau" value="([^"]+)"', son.get(here).text)[0]
    son.post(f"{here}/bao_chi/xoa", {"dau": mark})
    assert the_plan(desk).brand().agency == "ubnd" and len(the_plan(desk).brands) == 5
    for forged in ("soyte", "snv", ""):
        assert son.post(f"{here}-moi", {"agency": forged, "name": "X"}).status_code == 422


def test_a_changed_brand_says_how_many_approved_posts_show_the_old_one_and_ends_no_approval(both: Desk) -> None:
    son = both.visit(both.son)
    with writing(both.engine) as session:
        session.add(Asset(sha256="a" * 64, mime="image/png", size=1, created_at=NOW))
    for agency_code, state in (("snv", Editorial.APPROVED), ("", Editorial.APPROVED), ("snv", Editorial.DRAFT)):
        post = both.post(state=state)
        with writing(both.engine) as session:
            facts = {"file": "x", "agency": agency_code, "signed": True, "texts": [], "colours": [], "made_of": "x"}
            for role in ("image", "cover"):
                session.add(PostAsset(post_id=post.id or 0, sha256="a" * 64, role=role, drawn=facts))
    assert "1 bài đã duyệt có ảnh vẽ theo nhận diện trước đó" in changed(son, "/cau-hinh/nhan-dien/snv", name="A").text
    assert "1 bài đã duyệt" in changed(son, "/cau-hinh/nhan-dien/ubnd", name="B").text
    assert "bài đã duyệt" not in changed(son, "/cau-hinh/nhan-dien/stp", name="C").text.partition("<h1")[0]
    with reading(both.engine) as session:
        assert len(session.exec(select(Post).where(Post.state == Editorial.APPROVED)).all()) == 2


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
        for path in (*PAGES, *FORMS, "/cau-hinh/nguon-tin/cong", "/cau-hinh/ngay-nghi?nam=2029"):
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
