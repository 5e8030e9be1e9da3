"""Files and posts of another agency: to know a hash or a key opens nothing."""

import re

from sqlmodel import select

from content.tables import Editorial, Post
from scheduler.db import reading, writing
from tests.web.desk import Desk
from tests.web.test_api import DRAFT, program
from tests.web.test_assets import png, send
from tests.web.test_drawing import facts
from tests.web.writing import sent


def test_a_contributor_does_not_open_a_file_of_another_agency_by_its_hash(desk: Desk) -> None:
    secret = send(desk.visit(desk.lan), png("black"), "bảng lương.png")[1]["sha256"]
    tu = desk.visit(desk.tu)
    for path in ("", "/nho", "/xem"):
        answer = tu.get(f"/tu-lieu/{secret}{path}")
        assert answer.status_code == 404 and "bảng lương" not in answer.text, path
        assert desk.visit(desk.charlie).get(f"/tu-lieu/{secret}{path}").status_code == 200
    assert program(desk, desk.tu).ask("GET", f"/assets/{secret}").status_code == 404
    own = send(tu, png("blue"), "xanh.png")[1]["sha256"]
    assert tu.get(f"/tu-lieu/{own}").status_code == tu.get(f"/tu-lieu/{own}/xem").status_code == 200


def test_a_contributor_does_not_get_a_file_by_putting_its_hash_into_a_post(desk: Desk) -> None:
    secret = send(desk.visit(desk.lan), png("black"), "bảng lương.png")[1]["sha256"]
    mine = desk.post(agency="snv", state="draft", title="Bài của sở")
    tu = desk.visit(desk.tu)
    added = tu.post(f"/soan/{mine.key}/them-tu-lieu", {"tu_lieu": secret})
    assert "không còn trong kho" in added.text
    forged = {"a.0.sha256": secret, "a.0.role": "image", "a.0.platform": "", "a.0.alt": "x"}
    saved = tu.post(f"/soan/{mine.key}", sent(desk, mine) | forged)
    assert saved.status_code == 422 and "Không nhận ra một tư liệu" in saved.text
    made = program(desk, desk.tu).post("/posts", {**DRAFT, "assets": [{"sha256": secret, "role": "image"}]})
    assert made.status_code == 409 and "kho tư liệu không có tệp" in made.text
    assert tu.get(f"/tu-lieu/{secret}").status_code == 404


def test_what_the_desk_drew_for_a_contributors_unsaved_post_is_theirs_to_see_and_to_save(desk: Desk) -> None:
    mine = desk.post(agency="snv", state="draft", title="Bài của sở")
    tu = desk.visit(desk.tu)
    drawn = tu.post(f"/soan/{mine.key}/hinh/facts", facts())
    assert drawn.status_code == 200, drawn.text
    hashes = re.findall(r'name="a\.\d+\.sha256" value="([0-9a-f]{64})"', drawn.text)
    assert hashes and all(tu.get(f"/tu-lieu/{one}/nho").status_code == 200 for one in hashes)
    pictures = {f"a.{place}.sha256": one for place, one in enumerate(hashes)}
    pictures |= {f"a.{place}.role": "image" for place in range(len(hashes))}
    saved = tu.post(f"/soan/{mine.key}", sent(desk, mine) | pictures, allow_redirects=False)
    assert saved.status_code == 303, saved.text
    assert all(tu.get(f"/tu-lieu/{one}").status_code == 200 for one in hashes)


def test_a_contributors_program_does_not_change_what_waits_or_is_approved(desk: Desk) -> None:
    tu = program(desk, desk.tu)
    made = tu.post("/posts", DRAFT).json()
    path = f"/posts/{made['key']}?seen={made['content_hash']}"
    for state in (Editorial.SUBMITTED, Editorial.APPROVED):
        with writing(desk.engine) as session:
            session.exec(select(Post).where(Post.key == made["key"])).one().state = state
        assert tu.ask("PUT", path, json={**DRAFT, "title": "Đổi sau lưng"}).status_code == 403
    with reading(desk.engine) as session:
        assert session.exec(select(Post).where(Post.key == made["key"])).one().title == DRAFT["title"]
    tu_page = desk.visit(desk.tu).get(f"/bai/{made['key']}").text
    assert f'href="/soan/{made["key"]}"' not in tu_page, "no button that leads back to the same page"
