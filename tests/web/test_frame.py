"""The frame of every page: who may come in, what a change must carry, what the browser is told."""

import re

import pytest
from playwright.sync_api import Browser

from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from tests.web.routes import addresses
from web import statics
from web.door import COOKIE, csrf_of, from_ourselves, safe_way_back
from web.roles import Role, permissions_of
from web.words import say, told


def test_nobody_sees_a_page_without_signing_in(desk: Desk) -> None:
    answer = desk.visit().get("/?x=1", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dang-nhap?tiep=/%3Fx%3D1")


def test_a_session_that_ended_opens_nothing(desk: Desk) -> None:
    assert Visitor(desk.address, "not-a-token").get("/", allow_redirects=False).status_code == 303


def test_every_answer_carries_the_headers_that_keep_a_browser_safe(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    for path in ("/", "/no-such-page", "/static/desk.css", "/dang-nhap"):
        headers = visitor.get(path).headers
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; ")
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"


def test_every_change_is_refused_without_the_token(desk: Desk) -> None:
    """Every route of the desk that changes something, whatever it is: none was forgotten."""
    visitor = desk.visit(desk.lan)
    changing = [(one.path, method) for one in addresses() for method in one.methods - {"GET", "HEAD", "OPTIONS"}]
    assert len(changing) > 60, "the walk finds the routes"
    for path, method in changing:
        concrete = re.sub(r"\{[^}]+\}", "1", path)
        answer = visitor.http.request(method, desk.address + concrete, data={"csrf": "0" * 64}, timeout=20)
        assert answer.status_code == 403, (method, path, answer.status_code)


def test_each_role_is_refused_at_every_address_that_its_permissions_do_not_open(desk: Desk) -> None:
    """The table of `web/roles.py` against all routes: who lacks the permission sees nothing and does nothing."""
    guarded = [one for one in addresses() if one.needs]
    assert len(guarded) > 60
    people = (desk.lan, desk.minh, desk.ha, desk.tu, desk.quang, desk.son, desk.charlie)
    for person in people:
        visitor, may = desk.visit(person), permissions_of(Role(one) for one in person.roles)
        for one in guarded:
            concrete = re.sub(r"\{[^}]+\}", "1", one.path)
            for method in one.methods if not one.needs <= may else ():
                answer = visitor.http.request(
                    method, desk.address + concrete, data={"csrf": csrf_of(visitor.token)}, timeout=20
                )
                assert answer.status_code in (403, 404), (person.login, method, concrete, answer.status_code)


def test_what_goes_wrong_inside_is_told_in_vietnamese_with_a_way_back(desk: Desk) -> None:
    desk.engine.dispose()
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE suggestion RENAME TO lost")
    answer = desk.visit(desk.lan).get("/de-xuat")
    assert answer.status_code == 500
    assert "Hệ thống gặp lỗi" in answer.text and 'href="/"' in answer.text
    assert "suggestion" not in answer.text, "nothing of the inside is told"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    asked = desk.visit(desk.lan).get("/de-xuat", headers={"Accept": "application/json"})
    assert asked.status_code == 500 and asked.json()["detail"].startswith("Hệ thống gặp lỗi")


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "https://cchc.hue.gov.vn", "host": "cchc.hue.gov.vn"}, True),
        ({"origin": "https://evil.example", "host": "cchc.hue.gov.vn"}, False),
        ({"origin": "null", "host": "cchc.hue.gov.vn"}, False),
        ({"origin": "https://desk.hue.gov.vn", "host": "127.0.0.1:8480"}, True),
    ],
)
def test_a_change_from_another_origin_is_refused(headers: dict[str, str], ours: bool) -> None:
    assert from_ourselves(headers, "https://desk.hue.gov.vn") is ours


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "", "x", "/\t/e"]
)
def test_the_way_back_never_leads_elsewhere(wanted: str) -> None:
    assert safe_way_back(wanted) == "/"


def test_the_way_back_keeps_the_page_that_was_wanted() -> None:
    assert safe_way_back("/lich?thang=2026-12") == "/lich?thang=2026-12"


def test_a_path_that_leads_out_of_the_static_folder_finds_nothing(desk: Desk) -> None:
    visitor = desk.visit()
    for name in ("..%2Fapp.py", "%2e%2e/app.py", "desk.css%00", "..\\app.py", "layout.html"):
        assert visitor.get(f"/static/{name}").status_code in (404, 400)


def test_scripts_and_styles_name_what_they_load_with_its_mark() -> None:
    for name in statics.names():
        if not name.endswith(".woff2"):
            found = statics.static(name)
            assert found is not None
            for one in re.findall(rb'(?:url\("|from "\./)([^"]+)"', found.body):
                assert b"?v=" in one, (name, one)


def test_a_signed_in_page_asks_the_database_three_times_at_most_for_its_frame(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    with counted(desk.engine) as statements:
        visitor.get("/no-such-page")
    assert len(statements) <= 3, statements


def test_the_session_token_is_kept_nowhere(desk: Desk) -> None:
    visitor = desk.visit(desk.lan)
    visitor.get("/")
    assert visitor.http.cookies[COOKIE].encode() not in (desk.folder / "cchc.sqlite3").read_bytes()


def test_a_sentence_is_told_in_the_language_of_who_reads_it() -> None:
    sentence = say("Đã lưu bài “{title}”.", title="Một cửa")
    assert sentence == "Đã lưu bài “Một cửa”." == told(sentence, "vi")
    assert told("Hôm nay", "en") == "Today"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_frame(desk: Desk, browser: Browser, width: int, scheme: str) -> None:
    with window(browser, desk, desk.lan, width, color_scheme=scheme) as page:
        page.goto("/")
        assert violations(page) == []
