"""The door: who comes in, what guessing is worth, the second step, the invitation."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser
from sqlalchemy import Engine
from sqlmodel import col, delete, func, select

from scheduler.db import reading, writing
from tests.conftest import Sandbox
from tests.records.unguarded import unguarded
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import QUICK, Desk, counted
from tests.web.door import PASSWORD, Caller, caller, code, fresh, link_of, second_factor
from web import totp
from web.acts import Act
from web.door import COOKIE
from web.roles import Role
from web.tables import DeskAct, SignInTry, Staff, StaffSession

WRONG = "Tên đăng nhập hoặc mật khẩu không đúng."


@pytest.fixture
def mai(both: Desk) -> Staff:
    """An editor with a password, on each kind of database."""
    return both.person("mai", "Mai", Role.EDITOR, password=PASSWORD)


@pytest.fixture
def strict(engine: Engine, tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    """A desk where editors do not come in without a second factor."""
    made = Desk(engine, sandbox, tmp_path, totp_roles=frozenset({Role.EDITOR}))
    yield made
    made.close()


def tries(desk: Desk) -> int:
    with reading(desk.engine) as session:
        return session.exec(select(func.count()).select_from(SignInTry)).one()


# Coming in -----------------------------------------------------------------------------------------------


def test_the_right_password_leads_to_the_page_that_was_wanted(both: Desk, mai: Staff) -> None:
    visitor = caller(both)
    page = visitor.get("/dang-nhap?tiep=/lich%3Fthang%3D2026-12")
    assert "Ủy ban nhân dân tỉnh Thừa Thiên Huế" in page.text
    answer = visitor.sign_in(" MAI ", PASSWORD, "/lich?thang=2026-12", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/lich?thang=2026-12")
    assert visitor.get("/", allow_redirects=False).status_code == 200
    assert visitor.get("/dang-nhap?tiep=/lich", allow_redirects=False).headers["Location"] == "/lich"
    with reading(both.engine) as session:
        assert session.exec(select(DeskAct.actor, DeskAct.act)).all() == [("Mai", Act.SIGNED_IN)]


def test_every_failure_reads_the_same(both: Desk, mai: Staff) -> None:
    both.person("off", "Off", Role.EDITOR, password=PASSWORD)
    both.person("new", "New", Role.EDITOR)
    with writing(both.engine) as session:
        row = session.exec(select(Staff).where(Staff.login == "off")).one()
        row.active = False
        session.add(row)
    texts = set()
    for login, password in (
        ("mai", "not it at all"), ("nobody", PASSWORD), ("off", PASSWORD), ("new", ""), ("mai", ""), ("", ""),
        ("m" * 10_000, PASSWORD), ("mai", PASSWORD + "x" * 100_000), ("<script>", "'"),
    ):  # fmt: skip
        answer = caller(both).sign_in(login, password)
        assert answer.status_code == 422 and WRONG in answer.text, login[:20]
        assert COOKIE not in answer.cookies
        texts.add(re.sub(r'(value|data-csrf)="[^"]*"|autofocus| +', "", answer.text))
    assert len(texts) == 1


def test_a_password_with_marks_is_the_same_from_every_keyboard(both: Desk, mai: Staff) -> None:
    assert caller(both).sign_in("mai", unicodedata.normalize("NFD", PASSWORD), allow_redirects=False).status_code == 303


def test_a_hash_of_weaker_parameters_is_renewed_at_sign_in(both: Desk, mai: Staff) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=16)
    with writing(both.engine) as session:
        session.get_one(Staff, mai.id).password_hash = weak.hash(PASSWORD)
    assert caller(both).sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303
    assert not QUICK.check_needs_rehash(fresh(both, mai).password_hash)
    assert caller(both).sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/%0d%0aSet-Cookie:x=1\r\nx",
        "\\/evil",
        "javascript:x",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(desk: Desk, wanted: str) -> None:
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    visitor = caller(desk)
    visitor.get("/dang-nhap", params={"tiep": wanted})
    answer = visitor.sign_in("mai", PASSWORD, wanted, allow_redirects=False)
    where = urlsplit(answer.headers["Location"])
    assert (
        (where.scheme, where.netloc) == ("", "") and where.path.startswith("/") and "Set-Cookie:x" not in answer.headers
    )


def test_a_session_that_somebody_planted_is_not_the_one_that_signs_in(desk: Desk) -> None:
    mai = desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    planted = desk.token(desk.charlie)
    visitor = caller(desk)
    visitor.http.cookies.set(COOKIE, planted)
    visitor.http.cookies.set("cchc_door", "planted too")
    visitor.post("/dang-xuat")  # the planted one is a living session: whoever has it is Charlie until it ends
    visitor.http.cookies.set(COOKIE, planted)
    visitor.sign_in("mai", PASSWORD)
    token = visitor.http.cookies.get(COOKIE, domain="127.0.0.1")
    assert token and token != planted
    with reading(desk.engine) as session:
        alive = session.exec(select(StaffSession.staff_id).where(col(StaffSession.ended_at).is_(None))).all()
    assert alive == [mai.id]
    attacker = Caller(desk.address, planted)
    assert attacker.get("/", allow_redirects=False).status_code == 303
    attacker.http.close()


def test_a_form_from_before_signing_in_is_refused_afterwards(desk: Desk) -> None:
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    visitor = caller(desk)
    visitor.get("/dang-nhap")
    stale = visitor.csrf
    visitor.sign_in("mai", PASSWORD)
    answer = visitor.post("/dang-nhap", {"csrf": stale, "dang_nhap": "mai", "mat_khau": PASSWORD})
    assert answer.status_code == 403 and "Biểu mẫu đã cũ" in answer.text


def test_signing_out_ends_the_session_on_the_server(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    answer = visitor.post("/dang-xuat", allow_redirects=False)
    assert answer.headers["Location"] == "/dang-nhap"
    visitor.http.cookies.set(COOKIE, visitor.token)
    assert visitor.get("/", allow_redirects=False).status_code == 303


def test_the_language_is_chosen_before_and_after_signing_in(desk: Desk) -> None:
    visitor = caller(desk)
    visitor.get("/dang-nhap?tiep=/lich")
    answer = visitor.post("/ngon-ngu", {"ngon_ngu": "en", "tiep": "/dang-nhap?tiep=/lich"}, allow_redirects=False)
    assert answer.headers["Location"] == "/dang-nhap?tiep=/lich"
    assert '<html lang="en">' in visitor.get("/dang-nhap").text
    assert (
        visitor.post("/ngon-ngu", {"ngon_ngu": "xx", "tiep": "//evil"}, allow_redirects=False).headers["Location"]
        == "/"
    )
    lan = desk.visit(desk.lan)
    lan.post("/ngon-ngu", {"ngon_ngu": "en", "tiep": "/"})
    assert fresh(desk, desk.lan).language == "en" and '<html lang="en">' in lan.get("/").text


def test_an_empty_office_is_told_how_its_first_person_comes_in(desk: Desk) -> None:
    assert "cchc staff add" not in caller(desk).get("/dang-nhap").text
    with unguarded(desk.engine), writing(desk.engine) as session:
        session.exec(delete(Staff))
    assert "cchc staff add" in caller(desk).get("/dang-nhap").text


# Guessing ------------------------------------------------------------------------------------------------


def test_two_hundred_wrong_passwords_lead_nowhere_and_keep_nobody_out_for_ever(both: Desk, mai: Staff) -> None:
    at_home = caller(both)
    at_home.sign_in("mai", PASSWORD)
    at_home.post("/dang-xuat")
    stranger = caller(both)
    stranger.get("/dang-nhap")
    answers = [
        stranger.post("/dang-nhap", {"dang_nhap": "mai", "mat_khau": f"guess number {number}"}).status_code
        for number in range(200)
    ]
    assert answers == [422] * 5 + [429] * 195
    assert tries(both) == 6, "while the door is shut no password is looked at"
    shut = stranger.sign_in("mai", PASSWORD)
    assert shut.status_code == 429 and "hãy đợi 30 giây" in shut.text and shut.headers["Retry-After"] == "30"
    assert at_home.sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303, "a known browser comes in"
    both.clock.set(both.clock.now() + timedelta(seconds=31))
    assert caller(both).sign_in("mai", PASSWORD, allow_redirects=False).status_code == 303, "and any other, later"


def test_the_wait_grows_and_has_an_end(desk: Desk) -> None:
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    visitor, waits = caller(desk), []
    for _ in range(40):
        answer = visitor.sign_in("mai", "wrong again")
        if answer.status_code == 429:
            waits.append(int(answer.headers["Retry-After"]))
            desk.clock.set(desk.clock.now() + timedelta(seconds=waits[-1] + 1))
    assert waits[:5] == [30, 60, 120, 240, 480] and set(waits[5:]) == {900}
    assert visitor.sign_in("mai", PASSWORD, allow_redirects=False).status_code in (303, 429)


def test_one_address_does_not_try_every_name(desk: Desk) -> None:
    visitor = caller(desk)
    answers = [visitor.sign_in(f"name{number}", "12345678").status_code for number in range(25)]
    assert answers == [422] * 20 + [429] * 5
    desk.clock.set(desk.clock.now() + timedelta(hours=2))
    assert visitor.sign_in("name1", "12345678").status_code == 422


def test_a_forged_mark_of_a_known_browser_is_worth_nothing(desk: Desk) -> None:
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    minh = desk.person("own", "Own", Role.EDITOR, password=PASSWORD)
    own = caller(desk)
    own.sign_in(minh.login, PASSWORD)
    mark = own.http.cookies["cchc_device"]
    for forged in ("x" * 200, mark, ""):
        visitor = caller(desk)
        visitor.http.cookies.set("cchc_device", forged)
        visitor.sign_in("mai", "wrong")
    with reading(desk.engine) as session:
        assert set(session.exec(select(SignInTry.address).where(SignInTry.login == "mai"))) == {"127.0.0.1"}


# The second step -----------------------------------------------------------------------------------------


def test_nothing_is_open_between_the_password_and_the_code(both: Desk, mai: Staff) -> None:
    secret = second_factor(both, mai)
    visitor = caller(both)
    answer = visitor.sign_in("mai", PASSWORD, "/lich", allow_redirects=False)
    assert answer.headers["Location"] == "/dang-nhap/ma?tiep=%2Flich"
    halfway = visitor.http.cookies.get(COOKIE)
    assert visitor.get("/", allow_redirects=False).headers["Location"] == "/dang-nhap"
    visitor.get("/dang-nhap/ma")
    done = visitor.post("/dang-nhap/ma", {"ma": code(secret, both), "tiep": "/lich"}, allow_redirects=False)
    assert (done.status_code, done.headers["Location"]) == (303, "/lich")
    assert visitor.http.cookies.get(COOKIE) != halfway
    assert visitor.get("/", allow_redirects=False).status_code == 200


def test_a_code_works_once(both: Desk, mai: Staff) -> None:
    secret = second_factor(both, mai)
    shown = code(secret, both)
    for first, status in ((True, 303), (False, 422)):
        visitor = caller(both)
        visitor.sign_in("mai", PASSWORD)
        answer = visitor.post("/dang-nhap/ma", {"ma": shown}, allow_redirects=False)
        assert answer.status_code == status, first
    earlier = visitor.post("/dang-nhap/ma", {"ma": code(secret, both, -1)}, allow_redirects=False)
    assert earlier.status_code == 422, "nor does one from before it"
    assert visitor.post("/dang-nhap/ma", {"ma": code(secret, both, 1)}, allow_redirects=False).status_code == 303


def test_two_requests_with_one_code_let_one_in(both: Desk, mai: Staff) -> None:
    """Both have read the row before either of them wrote it."""
    secret = second_factor(both, mai)
    read_by_both, taken = fresh(both, mai), []
    for _ in range(2):
        with writing(both.engine) as session:
            shown = code(secret, both)
            taken.append(totp.use(session, both.service.vault, read_by_both, shown, now=both.clock.now()))
    assert taken == [True, False]


@pytest.mark.parametrize("given", ["", "000", "abcdef", "١٢٣٤٥٦", "1" * 5000, "-12345", "\x00"])
def test_what_is_no_code_is_refused_in_words(desk: Desk, given: str) -> None:
    mai = desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    second_factor(desk, mai)
    visitor = caller(desk)
    visitor.sign_in("mai", PASSWORD)
    answer = visitor.post("/dang-nhap/ma", {"ma": given})
    assert answer.status_code == 422 and "08:00 ngày 23/11/2026" in answer.text, "the server's clock is told"


def test_codes_are_not_guessed(desk: Desk) -> None:
    secret = second_factor(desk, desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD))
    visitor = caller(desk)
    visitor.sign_in("mai", PASSWORD)
    answers = [visitor.post("/dang-nhap/ma", {"ma": "000000"}).status_code for _ in range(8)]
    assert answers == [422] * 5 + [429] * 3
    assert visitor.post("/dang-nhap/ma", {"ma": code(secret, desk)}).status_code == 429


def test_the_second_step_is_not_left_open(desk: Desk) -> None:
    secret = second_factor(desk, desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD))
    visitor = caller(desk)
    visitor.sign_in("mai", PASSWORD)
    desk.clock.set(desk.clock.now() + timedelta(minutes=11))
    answer = visitor.post("/dang-nhap/ma", {"ma": code(secret, desk)}, allow_redirects=False)
    assert answer.headers["Location"] == "/dang-nhap"
    assert visitor.get("/", allow_redirects=False).status_code == 303


def test_a_role_that_must_have_a_second_factor_sets_it_up_on_the_way_in(strict: Desk) -> None:
    mai = strict.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    visitor = caller(strict)
    answer = visitor.sign_in("mai", PASSWORD, "/lich", allow_redirects=False)
    assert answer.headers["Location"] == "/dang-nhap/thiet-lap?tiep=%2Flich"
    assert visitor.get("/", allow_redirects=False).status_code == 303
    page = visitor.get("/dang-nhap/thiet-lap").text
    assert "<svg" in page and "style=" not in page
    offer, secret = (
        re.findall(r'name="hen" value="([^"]+)"', page)[0],
        re.findall(r'"secret"[^>]*>([A-Z2-7 ]+)<', page)[0],
    )
    secret = secret.replace(" ", "")
    assert visitor.post("/dang-nhap/thiet-lap", {"ma": "000000", "hen": offer}).status_code == 422
    assert fresh(strict, mai).totp is None
    forged = visitor.post("/dang-nhap/thiet-lap", {"ma": code(secret, strict), "hen": "forged"})
    assert forged.status_code == 422 and fresh(strict, mai).totp is None
    done = visitor.post(
        "/dang-nhap/thiet-lap", {"ma": code(secret, strict), "hen": offer, "tiep": "/lich"}, allow_redirects=False
    )
    assert done.headers["Location"] == "/lich" and visitor.get("/", allow_redirects=False).status_code == 200
    assert secret.encode() not in (fresh(strict, mai).totp or b""), "kept sealed"
    free = caller(strict)
    strict.person("xem", "Xem", Role.VIEWER, password=PASSWORD)
    assert free.sign_in("xem", PASSWORD, allow_redirects=False).headers["Location"] == "/"


# In a browser --------------------------------------------------------------------------------------------


def test_the_keyboard_alone_signs_in(desk: Desk, browser: Browser) -> None:
    secret = second_factor(desk, desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD))
    with window(browser, desk) as page:
        page.goto("/")
        page.locator("#f-dang_nhap:focus").wait_for()  # a person sees where the cursor stands
        page.keyboard.type("mai")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert page.locator("#f-mat_khau").get_attribute("type") == "text", "and looks at what was typed"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/dang-nhap/ma")
        page.locator("#f-ma:focus").wait_for()
        page.keyboard.type(code(secret, desk))
        page.keyboard.press("Enter")
        page.wait_for_url(f"{desk.address}/")
        assert page.locator("h1").inner_text() == "Hôm nay"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_doors(strict: Desk, browser: Browser, scheme: str) -> None:
    mai = strict.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    link = link_of(strict, strict.lan)
    for width in WIDTHS:
        with window(browser, strict, width=width, color_scheme=scheme) as page:
            page.goto("/dang-nhap")
            assert violations(page) == []
            page.goto(link)
            assert violations(page) == []
            page.goto("/dang-nhap")
            page.fill("#f-dang_nhap", "mai")
            page.fill("#f-mat_khau", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/dang-nhap/thiet-lap")
            assert violations(page) == []
    second_factor(strict, mai)
    with window(browser, strict, width=360, color_scheme=scheme) as page:
        page.goto("/dang-nhap")
        page.fill("#f-dang_nhap", "mai")
        page.fill("#f-mat_khau", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/dang-nhap/ma")
        assert violations(page) == []


def test_axe_finds_nothing_wrong_with_a_link_that_opens_nothing(desk: Desk, browser: Browser) -> None:
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.goto(f"{desk.address}/moi/none")
        assert violations(page) == []
        page.close()


def test_the_door_asks_the_database_twice_at_most(desk: Desk) -> None:
    (visitor := caller(desk)).get("/dang-nhap")
    with counted(desk.engine) as found:
        visitor.get("/dang-nhap")
    assert len(found) <= 2
