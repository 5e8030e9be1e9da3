"""One's own account: password, second factor, sessions, keys for programs, delegation."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from scheduler.db import reading, writing
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import QUICK, Desk, Visitor, counted
from tests.web.door import PASSWORD, caller, code, fresh
from web import totp
from web.acts import Act
from web.delegations import delegate
from web.devices import device_words
from web.roles import Permission, Role
from web.tables import ApiToken, Delegation, DeskAct, Staff
from web.tokens import person_of_token, token_person

PAGES = ("/tai-khoan", "/tai-khoan/bao-mat", "/tai-khoan/uy-quyen", "/tai-khoan/ma-truy-cap")
NEW = "một câu khác hẳn 2027"


@pytest.fixture
def mai(both: Desk) -> Staff:
    """An editor with a password, on each kind of database."""
    return both.person("mai", "Mai", Role.EDITOR, password=PASSWORD)


def shows(answer_text: str, words: str) -> bool:
    return words in re.sub(r"\s+", " ", answer_text)


# Password ------------------------------------------------------------------------------------------------


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(both: Desk, mai: Staff) -> None:
    here, elsewhere = both.visit(mai), both.visit(mai)
    fields = {"mat_khau_cu": "wrong", "mat_khau_moi": NEW, "nhac_lai": NEW}
    answer = here.post("/tai-khoan/mat-khau", fields)
    assert answer.status_code == 422 and "Mật khẩu hiện tại không đúng" in answer.text
    assert QUICK.verify(fresh(both, mai).password_hash, PASSWORD)
    done = here.post("/tai-khoan/mat-khau", {**fields, "mat_khau_cu": PASSWORD})
    assert "Đã đổi mật khẩu" in done.text
    assert QUICK.verify(fresh(both, mai).password_hash, NEW)
    assert here.get("/tai-khoan", allow_redirects=False).status_code == 200
    assert elsewhere.get("/tai-khoan", allow_redirects=False).status_code == 303


def test_whoever_finds_the_desk_open_does_not_guess_the_password(desk: Desk) -> None:
    visitor = desk.visit(desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD))
    fields = {"mat_khau_moi": NEW, "nhac_lai": NEW}
    for number in range(8):
        answer = visitor.post("/tai-khoan/mat-khau", {**fields, "mat_khau_cu": f"guess {number}"})
    assert "hãy đợi" in answer.text
    assert "hãy đợi" in visitor.post("/tai-khoan/mat-khau", {**fields, "mat_khau_cu": PASSWORD}).text
    assert caller(desk).sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303, "the door is another one"


# The second factor ---------------------------------------------------------------------------------------


def test_the_second_factor_is_switched_on_and_off_with_the_password(both: Desk, mai: Staff) -> None:
    visitor = both.visit(mai)
    assert visitor.post("/tai-khoan/xac-thuc/bat", {"mat_khau": "wrong"}).status_code == 422
    page = visitor.post("/tai-khoan/xac-thuc/bat", {"mat_khau": PASSWORD}).text
    offer = re.findall(r'name="hen" value="([^"]+)"', page)[0]
    secret = re.findall(r'"secret"[^>]*>([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    assert fresh(both, mai).totp is None, "nothing is kept before the phone has shown a code"
    wrong = visitor.post("/tai-khoan/xac-thuc/xac-nhan", {"hen": offer, "ma": "000000"})
    assert wrong.status_code == 422 and offer in wrong.text, "the same picture stays"
    assert "Đã bật" in visitor.post("/tai-khoan/xac-thuc/xac-nhan", {"hen": offer, "ma": code(secret, both)}).text
    again = visitor.post("/tai-khoan/xac-thuc/xac-nhan", {"hen": offer, "ma": code(secret, both)})
    assert "đã bật từ trước" in again.text
    assert fresh(both, mai).totp is not None
    assert visitor.post("/tai-khoan/xac-thuc/tat", {"mat_khau": "wrong"}).status_code == 422
    assert "Đã tắt" in visitor.post("/tai-khoan/xac-thuc/tat", {"mat_khau": PASSWORD}).text
    assert fresh(both, mai).totp is None


def test_an_offer_for_one_person_sets_up_nobody_else(desk: Desk) -> None:
    secret, sealed = totp.new_offer(desk.service.vault, desk.lan.id or 0, now=desk.clock.now())
    answer = desk.visit(desk.minh).post("/tai-khoan/xac-thuc/xac-nhan", {"hen": sealed, "ma": code(secret, desk)})
    assert "quá hạn" in answer.text and fresh(desk, desk.minh).totp is None
    desk.clock.set(desk.clock.now() + timedelta(hours=1))
    desk.visit(desk.lan).post("/tai-khoan/xac-thuc/xac-nhan", {"hen": sealed, "ma": code(secret, desk)})
    assert fresh(desk, desk.lan).totp is None, "nor the same person an hour later"


# Sessions ------------------------------------------------------------------------------------------------


def test_a_session_of_mine_is_ended_and_nobody_elses(both: Desk, mai: Staff) -> None:
    here, elsewhere, lan = both.visit(mai), both.visit(mai), both.visit(both.lan)
    page = here.get("/tai-khoan").text
    ends = re.findall(r"/tai-khoan/phien/(\d+)/ket-thuc", page)
    assert len(ends) == 1 and "Phiên này" in page
    assert "Đã kết thúc phiên" in here.post(f"/tai-khoan/phien/{ends[0]}/ket-thuc").text
    assert elsewhere.get("/tai-khoan", allow_redirects=False).status_code == 303
    for number in (int(ends[0]) + 1, 99, 10**30):
        assert "kết thúc từ trước" in here.post(f"/tai-khoan/phien/{number}/ket-thuc").text
    assert lan.get("/tai-khoan", allow_redirects=False).status_code == 200


def test_all_other_sessions_are_ended_at_once(desk: Desk) -> None:
    here, others = desk.visit(desk.lan), [desk.visit(desk.lan) for _ in range(3)]
    assert "Đã kết thúc 3 phiên" in here.post("/tai-khoan/phien/ket-thuc-khac").text
    assert [one.get("/", allow_redirects=False).status_code for one in (here, *others)] == [200, 303, 303, 303]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) AppleWebKit/605 Version/19.0 Safari/604.1", "Safari, iPhone"),
        ("curl/8", "curl/8"),
        ("", "-"),
        ("<script>" * 20, ("<script>" * 20)[:40]),
    ],
)
def test_a_device_is_told_in_a_few_words(said: str, words: str) -> None:
    assert device_words(said) == words


# Keys for programs ---------------------------------------------------------------------------------------


def make_key(visitor: Visitor, name: str = "Bảng điều hành", **fields: object) -> str:
    answer = visitor.post("/tai-khoan/ma-truy-cap", {"ten": name, "pham_vi": ["read"], "han": "30", **fields})
    return (re.findall(r'value="(cchc_[\w-]+)"', answer.text) or [""])[0]


def test_a_key_is_shown_once_and_speaks_for_its_owner_within_its_scopes(both: Desk, mai: Staff) -> None:
    visitor = both.visit(mai)
    key = make_key(visitor)
    assert key and key not in visitor.get("/tai-khoan/ma-truy-cap").text
    now = both.clock.now()
    with reading(both.engine) as session:
        someone = token_person(session, key, now)
        assert someone and (someone.id, someone.name) == (mai.id, "Mai")
        assert someone.may(Permission.READ) and not someone.may(Permission.EDIT)
        assert session.exec(select(ApiToken)).one().token_hash not in key
        assert token_person(session, key + "x", now) is None
        assert token_person(session, "", now) is None
        assert token_person(session, key, now + timedelta(days=31)) is None
    assert person_of_token(both.engine, key, now) is not None
    with reading(both.engine) as session:
        assert session.exec(select(ApiToken)).one().used_at == now


def test_a_key_never_does_more_than_its_owner(desk: Desk) -> None:
    tu = desk.visit(desk.tu)
    assert 'value="approve"' not in tu.get("/tai-khoan/ma-truy-cap").text
    for forged in (["approve"], ["read", "people"], [], ["read", "approve"]):
        assert make_key(tu, pham_vi=forged) == ""
    key = make_key(tu, pham_vi=["read", "write"])
    with reading(desk.engine) as session:
        someone = token_person(session, key, desk.clock.now())
    assert someone is not None
    assert [one for one in Permission if someone.may(one)] == [Permission.PROPOSE]


def test_a_delegated_right_is_not_in_a_key_that_does_not_allow_it(desk: Desk) -> None:
    key = make_key(desk.visit(desk.lan))
    with writing(desk.engine) as session:
        today = date(2026, 11, 23)
        delegate(session, desk.minh.id or 0, desk.lan.id or 0, today, today, reason="", by="Minh", now=desk.clock.now())
    with reading(desk.engine) as session:
        someone = token_person(session, key, desk.clock.now())
    assert someone and not someone.may(Permission.APPROVE)


def test_a_key_ends_by_its_owner_and_with_its_owner(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    first, second = make_key(visitor, "một"), make_key(visitor, "hai")
    assert make_key(visitor, "hai") == "", "two keys of one name cannot be told apart"
    with reading(desk.engine) as session:
        ids = {row.name: row.id for row in session.exec(select(ApiToken))}
    assert "từ trước" in desk.visit(desk.minh).post(f"/tai-khoan/ma-truy-cap/{ids['một']}/ket-thuc").text
    visitor.post(f"/tai-khoan/ma-truy-cap/{ids['một']}/ket-thuc")
    with reading(desk.engine) as session:
        assert token_person(session, first, desk.clock.now()) is None
        assert token_person(session, second, desk.clock.now()) is not None
    with writing(desk.engine) as session:
        session.get_one(Staff, desk.lan.id).active = False
    with reading(desk.engine) as session:
        assert token_person(session, second, desk.clock.now()) is None


# Delegation ----------------------------------------------------------------------------------------------


def lend(visitor: Visitor, to: Staff, since: str = "2026-11-23", until: str = "2026-11-30", **more: str) -> int:
    fields = {"cho": str(to.id), "tu_ngay": since, "den_ngay": until, "ly_do": "Đi công tác", **more}
    return visitor.post("/tai-khoan/uy-quyen", fields, allow_redirects=False).status_code


def test_an_approver_who_is_away_lends_the_right_for_some_days(both: Desk) -> None:
    minh, lan = both.visit(both.minh), both.visit(both.lan)
    assert lend(minh, both.lan, "2026-11-24", "2026-11-25") == 303
    assert "thay Minh" not in lan.get("/tai-khoan").text
    both.clock.set(both.clock.now() + timedelta(days=1))
    assert "thay Minh" in lan.get("/tai-khoan").text
    assert lend(minh, both.lan, "2026-11-24", "2026-12-01") == 303, "days that overlap do no harm"
    both.clock.set(both.clock.now() + timedelta(days=9))
    assert "thay Minh" not in lan.get("/tai-khoan").text
    with reading(both.engine) as session:
        told = session.exec(select(DeskAct).where(DeskAct.act == Act.DELEGATED)).first()
    assert told and "Minh → Lan, từ 24/11/2026 đến 25/11/2026; lý do: Đi công tác" in told.words


def test_a_delegation_is_ended_at_once_by_who_gave_it_only(desk: Desk) -> None:
    minh, lan = desk.visit(desk.minh), desk.visit(desk.lan)
    lend(minh, desk.lan)
    with reading(desk.engine) as session:
        number = session.exec(select(Delegation.id)).one()
    assert "không phải của bạn" in lan.post(f"/tai-khoan/uy-quyen/{number}/ket-thuc").text
    assert "thay Minh" in lan.get("/tai-khoan").text
    assert "Đã kết thúc" in minh.post(f"/tai-khoan/uy-quyen/{number}/ket-thuc").text
    assert "thay Minh" not in lan.get("/tai-khoan").text
    assert "Đã kết thúc sớm" in minh.get("/tai-khoan/uy-quyen").text


def test_what_cannot_be_delegated_is_refused(desk: Desk) -> None:
    minh = desk.visit(desk.minh)
    assert lend(minh, desk.minh) == 422, "to oneself"
    assert lend(minh, desk.quang) == 422, "to who holds the keys of the channels"
    assert lend(minh, desk.lan, "2026-11-22", "2026-11-30") == 422, "from yesterday"
    assert lend(minh, desk.lan, "2026-11-25", "2026-11-24") == 422, "backwards"
    assert lend(minh, desk.lan, "2026-11-25", "2029-11-24") == 422, "for years"
    assert lend(minh, desk.lan, "hôm nay", "mai") == 422
    assert lend(minh, desk.lan, cho="999") == 422
    assert lend(minh, desk.lan, cho="1; DROP") == 422
    with writing(desk.engine) as session:
        session.get_one(Staff, desk.lan.id).active = False
    assert lend(minh, desk.lan) == 422, "to who is switched off"
    for nobody in (desk.tu, desk.son, desk.charlie):
        assert lend(desk.visit(nobody), desk.ha) == 403, "by who approves nothing"
    with reading(desk.engine) as session:
        assert session.exec(select(Delegation)).all() == []


# The pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_an_account_without_signing_in(desk: Desk, path: str) -> None:
    assert desk.visit().get(path, allow_redirects=False).status_code == 303


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_account_asks_the_database_six_times_at_most(desk: Desk, path: str) -> None:
    visitor = desk.visit(desk.minh)
    for _ in range(5):
        desk.token(desk.minh)
        make_key(visitor)
        lend(visitor, desk.lan)
    with counted(desk.engine) as statements:
        visitor.get(path)
    assert len(statements) <= 6, statements


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong_with_the_account(desk: Desk, browser: Browser, path: str) -> None:
    visitor = desk.visit(desk.minh)
    make_key(visitor, "Bảng điều hành của Văn phòng Ủy ban nhân dân tỉnh Thừa Thiên Huế")
    lend(visitor, desk.lan)
    desk.token(desk.minh)
    for width, scheme in zip(WIDTHS, ("light", "dark", "light"), strict=True):
        with window(browser, desk, desk.minh, width, color_scheme=scheme) as page:
            page.goto(path)
            assert violations(page) == []


def test_the_keyboard_alone_switches_the_second_factor_on(desk: Desk, browser: Browser) -> None:
    mai = desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    with window(browser, desk, mai, 360) as page:
        page.goto("/tai-khoan/bao-mat")
        page.locator("#f-mat_khau").focus()
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/xac-thuc/bat")
        assert violations(page) == []
        secret = page.locator(".secret").text_content() or ""
        page.locator("#f-ma:focus").wait_for()
        page.keyboard.type(code(secret.replace(" ", ""), desk))
        page.keyboard.press("Enter")
        page.wait_for_url("**/bao-mat")
        assert page.get_by_text("Đang bật").is_visible()
