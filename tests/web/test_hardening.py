"""What a browser, a cache between or a forged name could make of the desk's answers."""

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
import requests
from sqlalchemy import Engine
from sqlmodel import col, update

from content.tables import Asset
from scheduler.db import writing
from tests.conftest import Sandbox
from tests.room import no_room
from tests.web.desk import Desk
from tests.web.door import PASSWORD, caller
from tests.web.routes import addresses
from tests.web.test_assets import assets, left_behind, png, send
from web.door import COOKIE
from web.roles import Role

FRAMING = ("X-Frame-Options", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Request-ID")


def answers(desk: Desk) -> Iterator[tuple[str, requests.Response]]:
    """One answer of every kind: pages, files, programs, refusals, errors."""
    lan, nobody = desk.visit(desk.lan), desk.visit()
    for path in ("/", "/khong-co", "/static/desk.css", "/static/khong-co", "/healthz", "/nguoi-dung"):
        yield path, lan.get(path)
    for path in ("/dang-nhap", "/lich", "/moi/khong-co", "/api/v1/posts", "/api/v1/openapi.json", "/api/v1/khong-co"):
        yield path, nobody.get(path, allow_redirects=False)
    yield "no token", requests.post(f"{desk.address}/soan", data={"a": "b"}, timeout=20)
    yield "no verb", nobody.http.request("DELETE", f"{desk.address}/dang-nhap", timeout=20)
    file = {"file": b"x" * 25_000_001}
    yield "too large", nobody.http.post(f"{desk.address}/dang-nhap", files=file, timeout=30)
    desk.engine.dispose()
    with desk.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE suggestion RENAME TO lost")
    yield "500", desk.visit(desk.lan).get("/de-xuat")


def test_no_answer_may_be_framed_sniffed_or_kept_by_others_errors_included(desk: Desk) -> None:
    statuses = set()
    for name, answer in answers(desk):
        assert all(header in answer.headers for header in FRAMING), (name, answer.status_code)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], name
        if not name.startswith("/static/desk"):
            assert answer.headers.get("Cache-Control", "") in ("no-store", "no-cache"), (name, answer.headers)
        statuses.add(answer.status_code)
    assert {200, 303, 401, 403, 404, 405, 413, 500} <= statuses


def test_a_public_picture_is_nothing_but_a_picture(desk: Desk) -> None:
    told = send(desk.visit(desk.lan), png(), "<script>.png")[1]
    answer = desk.visit().get(f"/media/{told['sha256']}.png")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_page_of_a_person_is_kept_by_a_cache_between(desk: Desk) -> None:
    visitor, seen = desk.visit(desk.ha), 0
    for one in addresses():
        if "GET" in one.methods and "{" not in one.path:
            answer = visitor.get(one.path, allow_redirects=False)
            kept = answer.headers.get("Cache-Control", "")
            assert "no-store" in kept or kept.startswith("private"), (one.path, kept)
            seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    "name", ['a"\r\nSet-Cookie: x=1\r\n.png', "Ảnh “Đẹp”; filename=b.html.png", "..\\..\\a.png", "\u202egnp.exe"]
)
def test_a_file_name_is_a_name_and_no_header_of_its_own(desk: Desk, name: str) -> None:
    sha256 = send(desk.visit(desk.lan), png(), "a.png")[1]["sha256"]
    with writing(desk.engine) as session:
        session.exec(update(Asset).where(col(Asset.sha256) == sha256).values(name=name))
    answer = desk.visit(desk.lan).get(f"/tu-lieu/{sha256}?tai=1")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    told = answer.headers["Content-Disposition"]
    assert told.startswith("attachment; filename") and told.isascii() and "\r" not in told
    assert unquote(told.partition("''")[2] or told) and "filename=b" not in re.sub(r"''.*", "", told)


def test_a_forged_host_leads_no_link_elsewhere(
    engine: Engine, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    desk = Desk(engine, sandbox, tmp_path_factory.mktemp("d"), address="https://cchc.hue.gov.vn")
    try:
        visitor = desk.visit(desk.son)
        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Origin": "https://cchc.hue.gov.vn"}
        for path in ("/", "/nguoi-dung", f"/nguoi-dung/{desk.lan.id}", "/tai-khoan", "/dang-nhap", "/kenh"):
            answer = visitor.get(path, headers=forged, allow_redirects=False)
            assert "evil.example" not in answer.text and "evil.example" not in str(answer.headers), path
        made = visitor.post(f"/nguoi-dung/{desk.lan.id}/moi", headers=forged, allow_redirects=False)
        assert "evil.example" not in made.text + made.headers.get("Location", "")
    finally:
        desk.close()


def test_a_cookie_that_somebody_planted_is_worth_nothing_after_signing_in(desk: Desk) -> None:
    """A session begun by the attacker ends when its browser signs in as somebody else, and a new token is given."""
    desk.person("mai", "Mai", Role.EDITOR, password=PASSWORD)
    planted = desk.token(desk.charlie)
    victim = caller(desk)
    victim.http.cookies.set(COOKIE, planted, domain=urlsplit(desk.address).hostname or "")
    victim.get("/dang-nhap")
    victim.sign_in("mai", PASSWORD)
    tokens = [one.value for one in victim.http.cookies if one.name == COOKIE]
    assert tokens and planted not in tokens[-1:], "another token"
    attacker = desk.visit()
    attacker.http.cookies.set(COOKIE, planted)
    name = attacker.get("/tai-khoan").text
    assert "Mai" not in name


def test_wrong_keys_of_the_api_open_nothing_however_many(desk: Desk) -> None:
    with requests.Session() as program:
        program.trust_env = False
        for number in range(40):
            program.headers["Authorization"] = f"Bearer cchc_{number:043d}"
            answer = program.get(f"{desk.address}/api/v1/posts", timeout=20)
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"


# A full disk -----------------------------------------------------------------------------------------------


def test_a_full_disk_is_told_in_one_sentence_and_leaves_nothing(desk: Desk) -> None:
    lan, large = desk.visit(desk.lan), png(size=(1200, 900)) + b"\0" * 6_000_000
    with no_room(3_000_000):
        answer = lan.post("/tu-lieu/tai-len", files=[("tep", ("a.png", large))])
        status, told = send(desk.visit(desk.lan), large)
    assert answer.status_code == 507 and "Ổ đĩa của máy chủ đã đầy" in answer.text
    assert status == 422 and "giải phóng chỗ trống" in told["detail"]
    assert assets(desk) == [] and left_behind(desk) == []
