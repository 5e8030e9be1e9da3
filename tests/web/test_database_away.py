"""The database stops while people work: one sentence, nothing lost, and all goes on when it is back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from itertools import count
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect
from sqlalchemy.exc import DBAPIError

from cli.database import upgrade
from cli.web import is_alive
from scheduler.db import is_away, open_engine
from tests.conftest import NOW, Sandbox, _emptied
from tests.postgres import OwnServer, own_server
from tests.web.browser import WIDTHS, violations
from tests.web.desk import Desk
from tests.web.test_api import program
from tests.web.writing import draft, post_of, sent
from web.app import create_app
from web.away import SECRETIVE
from web.door import COOKIE
from web.server import WebServer

TEMPLATES = Path(__file__).parents[2] / "web" / "templates"
TITLE = "Giờ mở cửa của bộ phận <một cửa> & “đường dây nóng”"


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as made:
        engine = open_engine(made.url)
        upgrade(engine)
        engine.dispose()
        yield made


@pytest.fixture
def desk(server: OwnServer, tmp_path: Path, sandbox: Sandbox) -> Iterator[Desk]:
    server.start()
    engine = _emptied(open_engine(server.url))
    made = Desk(engine, sandbox, tmp_path)
    yield made
    server.start()
    made.close()
    engine.dispose()


def sentence(answer: requests.Response) -> str:
    """What an answer of 503 says; it has everything such an answer must have."""
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"Traceback|psycopg|sqlalchemy|connection", answer.text)
    if answer.headers["content-type"].startswith("application/json"):
        return str(answer.json()["detail"])
    return unescape(re.findall(r'<p class="lead">(.*?)</p>', answer.text)[0])


def fields(answer: requests.Response) -> list[tuple[str, str]]:
    """What the page sends again when its button is pressed."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', answer.text)
    return [(unescape(name), unescape(value)) for name, value in found]


def test_everything_answers_503_with_one_sentence_and_works_again_at_once(desk: Desk, server: OwnServer) -> None:
    lan = desk.visit(desk.lan)
    machine = program(desk, desk.lan)
    assert lan.get("/").status_code == 200
    assert machine.http.get(f"{machine.url}/posts").status_code == 200

    server.stop()
    for path in ("/", "/lich", "/duyet", "/soan"):
        assert "tạm thời không truy cập được" in sentence(lan.get(path))
    assert "tạm thời" in sentence(lan.get("/", headers={"Accept": "application/json"}))
    assert "tạm thời" in sentence(machine.http.get(f"{machine.url}/posts"))
    assert "tạm thời" in sentence(machine.http.post(f"{machine.url}/posts", json={}))
    assert lan.get("/khong-co-trang-nay").status_code == 404
    assert lan.get("/static/desk.css").status_code == 200

    server.start()
    assert lan.get("/").status_code == 200
    assert machine.http.get(f"{machine.url}/posts").status_code == 200
    machine.http.close()


def test_what_was_written_is_sent_again_with_one_button(desk: Desk, server: OwnServer) -> None:
    post, lan = draft(desk), desk.visit(desk.lan)
    written = sent(desk, post, title=TITLE, body="Dòng một.\n\nDòng “hai” <b>đậm</b>.\n")
    server.stop()
    kept = lan.post(f"/soan/{post.key}?tu=lich", written)
    assert "Gửi lại" in sentence(kept) and "chưa rõ" in sentence(kept)
    assert f'action="/soan/{post.key}?tu=lich"' in kept.text and "Tệp đính kèm" not in kept.text
    again = fields(kept)
    assert {name: value for name, value in again if name in written and isinstance(written[name], str)} == {
        name: value for name, value in written.items() if isinstance(value, str)
    }

    server.start()
    saved = lan.http.post(f"{desk.address}/soan/{post.key}?tu=lich", data=again, timeout=20)
    assert saved.status_code == 200
    assert post_of(desk, post.key).title == TITLE and "<b>đậm</b>" in post_of(desk, post.key).body


def test_a_file_that_came_along_is_said_to_be_gone(desk: Desk, server: OwnServer) -> None:
    post, lan = draft(desk), desk.visit(desk.lan)
    written = sent(desk, post)
    server.stop()
    answer = lan.post(f"/soan/{post.key}", written, files={"tep": ("anh.png", b"...")})
    assert "Gửi lại" in sentence(answer) and "Tệp đính kèm không giữ lại được" in answer.text


def test_a_password_is_never_written_into_the_page(desk: Desk, server: OwnServer) -> None:
    nobody = desk.visit()
    csrf = re.findall(r'name="csrf" value="([^"]+)"', nobody.get("/dang-nhap").text)[0]
    server.stop()
    answer = nobody.post("/dang-nhap", {"csrf": csrf, "dang_nhap": "lan", "mat_khau": "bí mật của Lan"})
    assert "gửi lại" in sentence(answer)
    assert "bí mật" not in answer.text and fields(answer) == []


def test_every_page_with_a_field_for_a_secret_is_below_an_address_that_keeps_it() -> None:
    folders = {"sign_in": "/dang-nhap", "account": "/tai-khoan", "people": "/nguoi-dung", "channels": "/kenh"}
    asking = {
        path.relative_to(TEMPLATES).parts[0]
        for path in TEMPLATES.rglob("*.html")
        if re.search(r'type="password"|kind="password"|one-time-code', path.read_text(encoding="utf-8"))
    }
    assert {one for one in asking if not one.endswith(".html")} <= set(folders)
    assert set(folders.values()) <= set(SECRETIVE)


def test_the_sign_of_life_says_that_the_database_is_away(desk: Desk, server: OwnServer) -> None:
    desk.service.beat()
    app = create_app(desk.service.store.folder, lambda: is_alive(desk.service), watch=count().__next__)
    with WebServer(app, "127.0.0.1", 0) as web:
        ask = lambda: desk.visit().get(f"{web.address}/healthz")  # noqa: E731  asked three times below
        assert (ask().status_code, ask().json()) == (200, {"ok": True, "database": True})
        server.stop()
        assert (ask().status_code, ask().json()) == (503, {"ok": False, "database": False})
        server.start()
        assert ask().status_code == 200
        desk.clock.set(NOW + timedelta(minutes=5))
        assert (ask().status_code, ask().json()) == (503, {"ok": False, "database": True})


def test_a_wrong_question_is_no_database_that_is_away(desk: Desk) -> None:
    with desk.house.engine.connect() as connection, pytest.raises(DBAPIError) as wrong:
        connection.exec_driver_sql("SELECT no_such_column FROM post")
    assert not is_away(wrong.value)


def test_somebody_who_writes_waits_and_goes_on(desk: Desk, server: OwnServer, browser: Browser) -> None:
    post = draft(desk)
    context = browser.new_context(base_url=desk.address, locale="vi-VN")
    context.add_cookies([{"name": COOKIE, "value": desk.token(desk.lan), "url": desk.address}])
    page = context.new_page()
    page.goto(f"/soan/{post.key}")
    page.locator("#f-title").fill(TITLE)
    server.stop()
    page.get_by_role("button", name="Lưu", exact=True).first.click()
    expect(page.get_by_role("heading", name="Tạm thời chưa mở được")).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == []
    server.start()
    page.get_by_role("button", name="Gửi lại").press("Enter")
    expect(page.get_by_role("heading", name="Tạm thời chưa mở được")).to_have_count(0)
    assert post_of(desk, post.key).title == TITLE
    context.close()
