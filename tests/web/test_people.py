"""People: who manages them, what an administrator may not do, and what each change ends."""

import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from content.tables import Post
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.together import while_uncommitted
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from tests.web.door import PASSWORD, caller, fresh, link_of
from web import totp
from web.acts import Act
from web.roles import Role
from web.staff import Facts, StaffError, change
from web.staff import add as add_person
from web.tables import Delegation, DeskAct, Staff
from web.tokens import token_person


def add(visitor: Visitor, **fields: Any) -> requests.Response:
    told = {"ten": "Nguyễn Thị Bích", "dang_nhap": "bich", "vai_tro": ["editor"], "co_quan": "snv", **fields}
    return visitor.post("/nguoi-dung/them", told)


def save(visitor: Visitor, staff: Staff, **fields: Any) -> requests.Response:
    """Send the person's own form with some fields changed."""
    page = visitor.get(f"/nguoi-dung/{staff.id}").text
    told = {"ten": staff.name, "vai_tro": list(staff.roles), "co_quan": staff.agency, "dang_dung": "1"}
    told["da_xem"] = re.findall(r'name="da_xem" value="(\w*)"', page)[0]
    return visitor.post(f"/nguoi-dung/{staff.id}", {**told, **fields})


def acts(desk: Desk, act: Act = Act.PERSON) -> list[tuple[str, str, str]]:
    with reading(desk.engine) as session:
        rows = session.exec(select(DeskAct).where(DeskAct.act == act).order_by(col(DeskAct.id))).all()
    return [(row.actor, row.subject, row.words) for row in rows]


# Who may -------------------------------------------------------------------------------------------------


def test_only_who_manages_people_sees_and_changes_them(desk: Desk) -> None:
    paths = ["/nguoi-dung", "/nguoi-dung/them", f"/nguoi-dung/{desk.lan.id}", "/nguoi-dung/uy-quyen"]
    verbs = ["", "/moi", "/bo-xac-thuc", "/ket-thuc-phien"]
    posts = [f"/nguoi-dung/{desk.lan.id}{verb}" for verb in verbs]
    posts += ["/nguoi-dung/them", "/nguoi-dung/uy-quyen", "/nguoi-dung/uy-quyen/1/ket-thuc"]
    for staff in (desk.lan, desk.minh, desk.ha, desk.tu, desk.quang, desk.charlie):
        visitor = desk.visit(staff)
        assert {visitor.get(path).status_code for path in paths} == {403}, staff.login
        assert {visitor.post(path).status_code for path in posts} == {403}, staff.login
        assert "/nguoi-dung" not in visitor.get("/").text
    assert {desk.visit(desk.son).get(path).status_code for path in paths} == {200}


def test_of_two_who_add_the_first_person_at_once_the_second_is_told(engine: Engine) -> None:
    def come(session: Session) -> Staff:
        return add_person(session, "bich", Facts("Bích", (Role.SYSTEM_ADMIN,), ""), agencies=(), now=NOW)

    def second() -> Staff:
        with writing(engine) as session:
            return come(session)

    answer = while_uncommitted(engine, come, second)
    assert isinstance(answer, StaffError) and "Đã có người dùng tên đăng nhập “bich”" in str(answer)


# Adding --------------------------------------------------------------------------------------------------


def test_a_new_person_comes_in_by_the_link_that_is_shown_once(both: Desk) -> None:
    son = both.visit(both.son)
    answer = add(son)
    link = re.findall(rf'value="{re.escape(both.address)}(/moi/[\w-]+)"', answer.text)[0]
    with reading(both.engine) as session:
        bich = session.exec(select(Staff).where(Staff.login == "bich")).one()
    assert (bich.name, bich.roles, bich.agency, bich.password_hash) == ("Nguyễn Thị Bích", ["editor"], "snv", "")
    assert link not in son.get(f"/nguoi-dung/{bich.id}").text
    visitor = caller(both)
    visitor.get(link)
    visitor.post(link, {"mat_khau_moi": PASSWORD, "nhac_lai": PASSWORD})
    assert "Nguyễn Thị Bích" in visitor.get("/tai-khoan").text
    assert acts(both) == [("Sơn", "bich", "thêm: Nguyễn Thị Bích; vai trò: Biên tập viên")]
    assert add(son).status_code == 422, "a double click adds nobody twice"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"vai_tro": ["king"]}, "Hãy chọn “Vai trò”"),
        ({"vai_tro": ["editor", "king"]}, "Hãy chọn “Vai trò”"),
        ({"vai_tro": []}, "ít nhất một vai trò"),
        ({"vai_tro": ["channel_admin", "approver_2"]}, "không vừa là"),
        ({"co_quan": "no-such"}, "Hãy chọn “Cơ quan, đơn vị”"),
        ({"co_quan": "' OR 1=1"}, "Hãy chọn “Cơ quan, đơn vị”"),
        ({"dang_nhap": "Lan"}, "Đã có người dùng tên đăng nhập"),
        ({"dang_nhap": "a b"}, "Tên đăng nhập gồm"),
        ({"dang_nhap": "../x"}, "Tên đăng nhập gồm"),
        ({"dang_nhap": "x" * 300}, "Tên đăng nhập"),
        ({"ten": "LAN"}, "Đã có người tên"),
        ({"ten": ""}, "Hãy điền"),
        ({"ten": "x" * 5000}, "Họ tên"),
        ({"ten": "\x00\x01"}, "Hãy điền"),
    ],
)
def test_what_cannot_be_stands_beside_its_field(desk: Desk, fields: dict[str, Any], words: str) -> None:
    answer = add(desk.visit(desk.son), **fields)
    assert answer.status_code == 422 and words in answer.text
    with reading(desk.engine) as session:
        assert session.exec(select(Staff).where(Staff.login == "bich")).first() is None
    assert acts(desk) == []


def test_script_in_a_name_is_only_letters(desk: Desk) -> None:
    add(desk.visit(desk.son), ten="<script>alert(1)</script>")
    assert "<script>alert" not in desk.visit(desk.son).get("/nguoi-dung").text


# Changing ------------------------------------------------------------------------------------------------


def test_a_change_of_roles_is_noted_and_ends_the_sessions(both: Desk) -> None:
    lan = both.visit(both.lan)
    assert "Đã lưu Lan" in save(both.visit(both.son), both.lan, vai_tro=["editor", "viewer"], co_quan="snv").text
    assert lan.get("/", allow_redirects=False).status_code == 303
    row = fresh(both, both.lan)
    assert (row.roles, row.agency) == (["editor", "viewer"], "snv")
    words = "vai trò: Biên tập viên → Biên tập viên, Người xem; cơ quan: - → snv"
    assert acts(both) == [("Sơn", "lan", words)]


def test_a_new_agency_alone_ends_no_session(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    save(desk.visit(desk.son), desk.lan, co_quan="snv")
    assert lan.get("/", allow_redirects=False).status_code == 200
    assert "Không có gì thay đổi" in save(desk.visit(desk.son), fresh(desk, desk.lan)).text


def test_whoever_is_switched_off_is_out_at_once_with_keys_and_links(both: Desk) -> None:
    mai = both.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    visitor, link = both.visit(mai), link_of(both, mai)
    answer = visitor.post("/tai-khoan/ma-truy-cap", {"ten": "x", "pham_vi": ["read"], "han": "0"})
    key = re.findall(r'value="(cchc_[\w-]+)"', answer.text)[0]
    son = both.visit(both.son)
    save(son, mai, dang_dung="")
    assert visitor.get("/", allow_redirects=False).status_code == 303
    assert caller(both).get(link).status_code == 404
    assert caller(both).sign_in("mai", PASSWORD).status_code == 422
    assert son.post(f"/nguoi-dung/{mai.id}/moi").status_code == 403
    save(son, fresh(both, mai), dang_dung="1")
    with reading(both.engine) as session:
        assert token_person(session, key, both.clock.now()) is None, "and the key stays ended"
    assert caller(both).sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303


def test_nobody_edits_their_own_roles(desk: Desk) -> None:
    son = desk.visit(desk.son)
    assert "vai_tro" not in son.get(f"/nguoi-dung/{desk.son.id}").text
    assert save(son, desk.son, vai_tro=["system_admin", "approver_2"]).status_code == 403
    for verb in ("moi", "bo-xac-thuc", "ket-thuc-phien"):
        assert son.post(f"/nguoi-dung/{desk.son.id}/{verb}").status_code == 403
    answer = save(son, desk.son, ten="Sơn (Sở Nội vụ)", vai_tro=[], co_quan=[], dang_dung=[])
    assert "Đã lưu Sơn (Sở Nội vụ)" in answer.text
    assert fresh(desk, desk.son).roles == ["system_admin"]


def test_two_administrators_do_not_switch_each_other_off(both: Desk) -> None:
    """Whoever was switched off a moment ago switches nobody off, whatever page they still have open."""
    nam = both.person("nam", "Nam", Role.SYSTEM_ADMIN)
    son = both.visit(both.son)
    assert "Đã lưu Nam" in save(son, nam, dang_dung="").text
    with writing(both.engine) as session, pytest.raises(StaffError, match="không còn quyền"):
        row = session.get_one(Staff, both.son.id)
        change(session, row, Facts(row.name, (Role.VIEWER,)), agencies=(), now=both.clock.now(), by_id=nam.id)
    with writing(both.engine) as session, pytest.raises(StaffError, match="ít nhất một người"):
        row = session.get_one(Staff, both.son.id)
        change(session, row, Facts(row.name, (Role.VIEWER,)), agencies=(), now=both.clock.now())
    assert fresh(both, both.son).roles == ["system_admin"]


def test_a_page_that_is_old_overwrites_nothing(desk: Desk) -> None:
    son = desk.visit(desk.son)
    page = son.get(f"/nguoi-dung/{desk.lan.id}").text
    seen = re.findall(r'name="da_xem" value="(\w*)"', page)[0]
    save(son, desk.lan, co_quan="snv")
    for stale in (seen, "", "forged"):
        answer = save(son, desk.lan, co_quan="stp", da_xem=stale)
        assert answer.status_code == 422 and "Người khác vừa sửa" in answer.text
    assert fresh(desk, desk.lan).agency == "snv"


def test_a_name_that_the_history_tells_is_not_given_away(desk: Desk) -> None:
    desk.post(author="Lan")
    son = desk.visit(desk.son)
    answer = save(son, desk.lan, ten="Mai")
    assert answer.status_code == 422 and "Nhật ký đã ghi tên" in answer.text
    assert "Đã lưu Ngọc" in save(son, desk.tu, ten="Ngọc").text
    with reading(desk.engine) as session:
        assert session.exec(select(Post.author)).all() == ["Lan"]


def test_the_keys_of_the_channels_are_not_given_to_who_approves_for_another(desk: Desk) -> None:
    desk.visit(desk.minh).post(
        "/tai-khoan/uy-quyen", {"cho": str(desk.lan.id), "tu_ngay": "2026-11-23", "den_ngay": "2026-11-25"}
    )
    answer = save(desk.visit(desk.son), desk.lan, vai_tro=["channel_admin"])
    assert answer.status_code == 422 and "đang được ủy quyền" in answer.text


def test_a_lost_phone_is_forgotten_by_an_administrator(desk: Desk) -> None:
    secret, _ = totp.new_offer(desk.service.vault, desk.lan.id or 0, now=desk.clock.now())
    with writing(desk.engine) as session:
        totp.keep(session, desk.service.vault, desk.lan, secret, 1, now=desk.clock.now())
    desk.visit(desk.son).post(f"/nguoi-dung/{desk.lan.id}/bo-xac-thuc")
    assert fresh(desk, desk.lan).totp is None
    assert acts(desk, Act.TOTP) == [("Sơn", "lan", "bỏ, vì mất điện thoại")]


@pytest.mark.parametrize("number", ["0", "999", "2147483648", "1" * 40, "abc", "-1", "1.5", "%00", "1%2F..%2F2"])
def test_a_number_that_is_nobodys_is_a_page_that_is_not_there(both: Desk, number: str) -> None:
    son = both.visit(both.son)
    assert son.get(f"/nguoi-dung/{number}").status_code == 404
    for verb in ("", "/moi", "/bo-xac-thuc", "/ket-thuc-phien"):
        assert son.post(f"/nguoi-dung/{number}{verb}").status_code in (404, 405)


# Delegations ---------------------------------------------------------------------------------------------


def test_an_administrator_lends_for_who_is_away_and_ends_it(both: Desk) -> None:
    son = both.visit(both.son)
    fields = {"tu": str(both.minh.id), "cho": str(both.lan.id), "tu_ngay": "2026-11-23", "den_ngay": "2026-11-30"}
    assert "Minh đã ủy quyền duyệt cho Lan" in son.post("/nguoi-dung/uy-quyen", fields).text
    assert "thay Minh" in both.visit(both.lan).get("/tai-khoan").text
    for wrong in ({"tu": str(both.lan.id)}, {"cho": str(both.minh.id)}, {"cho": str(both.quang.id)}, {"tu": "x"}):
        assert son.post("/nguoi-dung/uy-quyen", {**fields, **wrong}).status_code == 422, wrong
    with reading(both.engine) as session:
        number = session.exec(select(Delegation.id)).one()
    assert "Đã kết thúc" in son.post(f"/nguoi-dung/uy-quyen/{number}/ket-thuc").text
    assert "từ trước" in son.post(f"/nguoi-dung/uy-quyen/{number}/ket-thuc").text
    assert "từ trước" in son.post(f"/nguoi-dung/uy-quyen/{10**30}/ket-thuc").text
    assert "thay Minh" not in both.visit(both.lan).get("/tai-khoan").text


# The list ------------------------------------------------------------------------------------------------


def found(visitor: Visitor, **query: str) -> set[str]:
    page = visitor.get("/nguoi-dung", params=query).text
    return set(re.findall(r'<span class="under">([a-z]+)</span>', page))


def test_people_are_found_without_marks_and_by_role_agency_and_state(both: Desk) -> None:
    both.person("bich", "Nguyễn Thị Ngọc Bích", Role.EDITOR, password=PASSWORD)
    son = both.visit(both.son)
    assert found(son, tim="ngoc bich") == {"bich"}
    assert found(son, tim="BICH") == {"bich"}
    assert found(son, vai_tro="approver_1") == {"minh"}
    assert found(son, co_quan="snv") == {"tu"}
    assert found(son, tinh_trang="dang-dung") == {"bich"}
    assert found(son, tinh_trang="da-ngung") == set()
    assert "bỏ bớt điều kiện lọc" in son.get("/nguoi-dung?tim=100%25_'").text
    for odd in ({"vai_tro": "king"}, {"trang": "-1"}, {"trang": "9" * 30}, {"tim": "\x00"}):
        assert son.get("/nguoi-dung", params=odd).status_code == 200


def test_a_hundred_people_take_two_pages_and_no_more_questions(desk: Desk) -> None:
    son = desk.visit(desk.son)
    with counted(desk.engine) as few:
        son.get("/nguoi-dung")
    for number in range(60):
        desk.person(f"p{number}", f"Người số {number}", Role.VIEWER)
    with counted(desk.engine) as many:
        page = son.get("/nguoi-dung?tinh_trang=chua-vao").text
    assert len(many) == len(few) <= 6, many
    assert "tinh_trang=chua-vao&amp;trang=2" in page
    assert 'rel="prev"' in son.get("/nguoi-dung?trang=2").text


# In a browser --------------------------------------------------------------------------------------------


def test_axe_finds_nothing_wrong_with_the_pages_of_people(desk: Desk, browser: Browser) -> None:
    mai = desk.person("mai", "Nguyễn Thị Mai (Trung tâm Phục vụ hành chính công)", Role.EDITOR, password=PASSWORD)
    paths = ("/nguoi-dung", "/nguoi-dung/them", f"/nguoi-dung/{mai.id}", "/nguoi-dung/uy-quyen", "/nguoi-dung?tim=x+y")
    for width, scheme in zip(WIDTHS, ("dark", "light", "dark"), strict=True):
        with window(browser, desk, desk.son, width, color_scheme=scheme) as page:
            for path in paths:
                page.goto(path)
                assert violations(page) == [], path


def test_a_person_is_added_by_keyboard_and_errors_lead_to_their_fields(desk: Desk, browser: Browser) -> None:
    page_of_son = browser.new_page(base_url=desk.address)
    page_of_son.context.add_cookies([{"name": "cchc", "value": desk.token(desk.son), "url": desk.address}])
    page_of_son.goto("/nguoi-dung/them")
    page_of_son.locator("#f-ten").focus()
    page_of_son.keyboard.type("Lan")
    page_of_son.keyboard.press("Tab")
    page_of_son.keyboard.type("bich")
    page_of_son.keyboard.press("Enter")
    page_of_son.locator("#loi").wait_for()
    assert violations(page_of_son) == []
    page_of_son.locator("#f-ten").fill("Bích")
    page_of_son.locator("#f-vai_tro-editor").press("Space")
    page_of_son.keyboard.press("Enter")
    page_of_son.locator("#duong-dan").wait_for()
    assert violations(page_of_son) == []
    page_of_son.close()
