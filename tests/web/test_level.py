"""The helper for the level file: it tells what runs and nothing else, to nobody but the system's administrator."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from cli.settings import load
from cli.surroundings import surroundings
from tests.web.browser import violations, window
from tests.web.desk import Desk, counted
from web.roles import ROLE_WORDS, Role
from web.surroundings import components

PAGE = "/cau-hinh/cap-do"
SECRETS = {
    "CCHC_WEBHOOKS": "https://hook.example:8443/in?token=SECRETQUERY",
    "CCHC_WEBHOOK_SECRET": "whsec_" + "c2VjcmV0" * 4,
    "CCHC_PROXY": "http://user:SECRETPASS@proxy.example:3128",
    "CCHC_SMTP_HOST": "thu.example",
    "CCHC_SMTP_USER": "user",
    "CCHC_SMTP_PASSWORD": "SECRETMAIL",
    "CCHC_MAIL_FROM": "cchc@example.vn",
    "CCHC_MEDIA_URL": "https://anh.example",
    "CCHC_MEDIA_TARGET": "sftp://SECRETUSER@media.example/srv",
    "CCHC_SECURITY_LEVEL": "2",
}


def test_the_page_tells_components_lines_roles_and_the_level_that_was_set(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    object.__setattr__(desk.house, "surroundings", surroundings(load(_env_file=None, data_dir=tmp_path)))
    text = desk.visit(desk.son).get(PAGE).text
    for told in (
        "fastapi",
        "sqlalchemy",
        "SQLite",
        "hook.example:8443",
        "thu.example:587",
        "media.example",
        "proxy.example:3128",
    ):
        assert told in text, told
    assert all(ROLE_WORDS[role] in text for role in Role) and "cấu hình: 2." in text
    assert "SECRET" not in text and "/srv" not in text and str(tmp_path) not in text


def test_only_who_keeps_the_settings_sees_it(desk: Desk) -> None:
    for person in (desk.lan, desk.minh, desk.quang, desk.charlie, desk.tu):
        assert desk.visit(person).get(PAGE).status_code == 403
    assert PAGE in desk.visit(desk.son).get("/cau-hinh").text
    assert PAGE not in desk.visit(desk.lan).get("/cau-hinh").text


def test_without_anything_told_it_invents_nothing(desk: Desk) -> None:
    text = desk.visit(desk.son).get(PAGE).text
    assert "chưa ghi (CCHC_SECURITY_LEVEL)" in text and "Chưa có bản sao lưu nào" in text


def test_every_component_has_a_version() -> None:
    found = dict(components())
    assert len(found) > 20 and all(found.values()) and "pytest" not in found


def test_the_page_asks_the_database_ten_times_at_most(desk: Desk) -> None:
    visitor = desk.visit(desk.son)
    visitor.get(PAGE)
    with counted(desk.engine) as asked:
        visitor.get(PAGE)
    assert len(asked) <= 10


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (768, "dark"), (1440, "light")])
def test_axe_finds_nothing_wrong_with_it(desk: Desk, browser: Browser, width: int, scheme: str) -> None:
    with window(browser, desk, desk.son, width, color_scheme=scheme) as page:
        page.goto(PAGE)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
