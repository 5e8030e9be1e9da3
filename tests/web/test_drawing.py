"""An infographic drawn at the desk: from a template's form to pictures in the post, and back to its words."""

import base64
import io
import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlmodel import col, select

from content.drawings import infographics_of, spec_in
from content.infographic import TEMPLATES, read_spec
from content.infographic.canvas import icon_exists
from content.infographic.gallery import TEMPLATE_NAMES
from content.plan import active_plan
from content.postfile import PROJECT
from content.tables import Asset, Post, PostAsset
from scheduler.db import reading
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.forms import Form
from web.rooms.compose import drawing_words
from web.rooms.compose.drawing_fields import asked, check, start_of
from web.tables import WorkCopy

SPECS = sorted((PROJECT / "assets" / "infographics").glob("*.yml"))
SCRIPT = "<script>alert(1)</script>"


def facts(**more: str) -> dict[str, str]:
    """A form of the template "facts", filled in."""
    heads = ("Mật khẩu riêng", "Không đưa mã OTP", "Xem kỹ địa chỉ")
    rows = {f"s.items.{place}.head": head for place, head in enumerate(heads)}
    return {
        "s.title": "Ba thói quen an toàn", "s.source": "Cổng Thông tin điện tử", "s.numbered": "1", "kho": "portrait",
        "bia": "1", **rows, **more,
    }  # fmt: skip


def draft(desk: Desk, **more: Any) -> Post:
    return desk.post(state="draft", **more)


def picture(desk: Desk, key: str, form: dict[str, str], template: str = "facts", kho: str = "portrait") -> Any:
    return desk.visit(desk.lan).post(f"/soan/{key}/hinh/{template}/anh?kho={kho}", form)


# The form --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_every_shipped_picture_comes_back_from_its_form_as_it_was(file: Path) -> None:
    spec = read_spec(file)
    form = Form(**start_of(spec.model_dump(mode="json")))
    made = asked(type(spec), form)
    more = {"palette": spec.palette, "agency": spec.agency, "sizes": spec.sizes}
    again = check(type(spec), form, made, more)
    assert form.errors == {} and again is not None and again.model_dump() == spec.model_dump()


def test_every_template_has_a_name_a_word_and_icons_that_exist() -> None:
    assert set(TEMPLATES) == set(TEMPLATE_NAMES) == set(drawing_words.TEMPLATES)
    assert [icon for icon in drawing_words.ICONS if not icon_exists(icon)] == []


def test_every_field_of_every_template_has_a_vietnamese_label(desk: Desk) -> None:
    key = draft(desk).key
    for template in TEMPLATES:
        text = desk.visit(desk.lan).get(f"/soan/{key}/hinh/{template}").text
        labels = [piece.partition("<")[0] for piece in text.split("<label for=")[1:]]
        assert labels and not any(label.rpartition(">")[2].isascii() and "_" in label for label in labels), template
        assert "<legend>items" not in text


def test_a_new_picture_begins_with_the_posts_title_and_source(desk: Desk) -> None:
    key = draft(desk, title="Giấy hẹn điện tử", source="Sở Nội vụ").key
    text = desk.visit(desk.lan).get(f"/soan/{key}/hinh/facts").text
    assert 'value="Giấy hẹn điện tử"' in text and 'value="Sở Nội vụ"' in text
    assert "Chưa lưu được" not in text  # nobody has sent anything yet


def test_rows_come_and_go_without_scripts_and_within_their_bounds(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    address = f"/soan/{key}/hinh/facts"
    text = lan.get(address).text
    assert text.count('value="bo.s.items') == 0 and 'value="them.s.items.3"' in text
    text = lan.post(address, facts(act="them.s.items.3")).text
    assert 'name="s.items.3.head"' in text and text.count('value="bo.s.items') == 4
    assert 'value="Không đưa mã OTP"' in text
    text = lan.post(address, facts(**{"s.items.3.head": "Thứ tư", "act": "bo.s.items.1"})).text
    assert "Không đưa mã OTP" not in text and 'value="Thứ tư"' in text
    full = facts(**{f"s.items.{place}.head": "Ý" for place in range(7)}, act="ve")
    assert 'value="them.s.items' not in lan.post(address, full).text


def test_a_fault_stands_beside_its_field_and_nothing_is_lost(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    bad = facts(**{"s.items.1.head": "", "s.items.1.text": "Có lời mà không có ý", "s.items.2.icon": "khong-co"})
    answer = lan.post(f"/soan/{key}/hinh/facts", bad)
    assert answer.status_code == 422
    assert 'id="e-s.items.1.head"' in answer.text and 'id="e-s.items.2.icon"' in answer.text
    assert "Có lời mà không có ý" in answer.text
    with reading(desk.engine) as session:
        assert session.exec(select(Asset)).first() is None and session.exec(select(WorkCopy)).first() is None


# The live picture ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "pixels"), [("portrait", (1080, 1350)), ("wide", (1280, 720)), ("x", (1080, 1350))])
def test_the_form_as_it_stands_is_a_picture(desk: Desk, size: str, pixels: tuple[int, int]) -> None:
    answer = picture(desk, draft(desk).key, facts(), kho=size)
    assert answer.headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(answer.content)) as seen:
        assert seen.size == pixels


def test_words_that_do_not_fit_are_told_beside_their_field(desk: Desk) -> None:
    key = draft(desk).key
    long = "Cải cách thủ tục hành chính phải lấy người dân làm trung tâm. " * 7
    answer = picture(desk, key, facts(**{"s.items.1.text": long}))
    assert answer.status_code == 422
    [(field, words)] = answer.json()["problems"].items()
    assert field == "s.items.1.text" and "không vừa khổ dọc 4:5 (1080 x 1350)" in words


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({f"s.items.{place}.head": "Ý" for place in range(200)}, "s.items"),
        ({"s.title": "x" * 500}, "s.title"),
        ({"s.title": "x" * 5000}, "s.title"),
        ({"s.title": ""}, "s.title"),
        ({"palette": "#ff0000"}, "palette"),
        ({"agency": "khong_co"}, "agency"),
        ({"s.items.9999.head": "Ý", "s.items.12345.head": "?", "s.items.x.head": "?"}, ""),
        ({"s.items.0.head": "Ý\x00\u202e"}, ""),
    ],
)
def test_hostile_input_is_a_picture_or_a_sentence(desk: Desk, more: dict[str, str], field: str) -> None:
    answer = picture(desk, draft(desk).key, facts(**more))
    if field:
        assert answer.status_code == 422 and field in answer.json()["problems"]
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("template", ["x", "..%2f..", "facts%00", "Facts", "__class__"])
def test_an_unknown_template_is_not_found(desk: Desk, template: str) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    assert lan.get(f"/soan/{key}/hinh/{template}").status_code == 404
    assert lan.post(f"/soan/{key}/hinh/{template}", facts()).status_code == 404
    assert lan.post(f"/soan/{key}/hinh/{template}/anh", facts()).status_code == 404
    assert lan.get(f"/soan/{key}/hinh/{template}/mau").status_code == 404


def test_script_in_every_field_is_text_everywhere(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    form = dict.fromkeys(facts(), SCRIPT) | {"s.items.0.icon": SCRIPT, "alt": SCRIPT, "s.note": SCRIPT, "tu": SCRIPT}
    answer = lan.post(f"/soan/{key}/hinh/facts", form)
    assert answer.status_code == 422 and "<script>alert" not in answer.text
    drawn = lan.post(f"/soan/{key}/hinh/facts", facts(**{"s.title": "<i>An toàn", "alt": f'"{SCRIPT}', "tu": SCRIPT}))
    assert drawn.status_code == 200 and "<i>An toàn" not in drawn.text and "<script>alert" not in drawn.text
    assert "&lt;script&gt;alert(1)" in lan.get(f"/soan/{key}?tiep=1").text


def test_a_picture_in_an_address_is_drawn_and_a_bomb_is_not(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    text = lan.post(f"/soan/{key}/hinh/facts", facts(act="ve")).text
    source = text.partition('id="hinh-anh" src="')[2].partition('"')[0].replace("&amp;", "&")
    assert lan.get(source).headers["Content-Type"] == "image/png"
    deep = json.dumps({"items": json.loads("[" * 400 + "]" * 400)}).encode()
    for raw in (b"x" * 10_000_000, b"[" * 100_000, deep, b'{"items": 7, "title": {"a": []}}', b"null"):
        packed = base64.urlsafe_b64encode(zlib.compress(raw)).decode()
        assert lan.get(f"/soan/{key}/hinh/facts/anh", params={"s": packed[:8000]}).status_code == 404
    assert lan.get(f"/soan/{key}/hinh/facts/anh", params={"s": "không phải"}).status_code == 404


def test_who_may_not_change_the_post_draws_nothing_for_it(desk: Desk) -> None:
    key = draft(desk, author="Lan").key
    for person, status in ((desk.tu, 404), (desk.minh, 403), (desk.charlie, 403)):
        visitor = desk.visit(person)
        for path in ("", "/facts", "/facts/anh"):
            assert visitor.get(f"/soan/{key}/hinh{path}").status_code == status, (person.name, path)
        assert visitor.post(f"/soan/{key}/hinh/facts", facts()).status_code == status
        assert visitor.post(f"/soan/{key}/hinh/facts/anh", facts()).status_code == status
    assert desk.visit(desk.tu).get("/soan/~000000000000/hinh").status_code == 404
    with reading(desk.engine) as session:
        assert session.exec(select(Asset)).first() is None


# Into the post ---------------------------------------------------------------------------------------------


def saved(desk: Desk, key: str) -> list[PostAsset]:
    """Save the post as the composer's page would, and read its files."""
    lan = desk.visit(desk.lan)
    with reading(desk.engine) as session:
        copy = session.exec(select(WorkCopy).where(WorkCopy.post_key == key)).one()
    pairs = dict(copy.fields["form"])
    platforms = [value for name, value in copy.fields["form"] if name == "platforms"]
    audiences = [value for name, value in copy.fields["form"] if name == "audiences"]
    lists = {"platforms": platforms, "audiences": audiences, "seen": copy.base_hash, "copy": copy.fields["version"]}
    answer = lan.post(f"/soan/{key}", {**pairs, **lists})
    assert answer.status_code == 200, answer.text
    with reading(desk.engine) as session:
        rows = select(PostAsset, Post).where(col(PostAsset.post_id) == col(Post.id), Post.key == key)
        return [row for row, _ in session.exec(rows.order_by(col(PostAsset.role).desc(), col(PostAsset.position)))]


def test_what_was_drawn_stands_in_the_post_as_picture_and_cover_with_its_words(both: Desk) -> None:
    key = draft(both).key
    answer = both.visit(both.lan).post(f"/soan/{key}/hinh/facts", facts(agency="snv", palette="cung_dinh"))
    assert answer.status_code == 200 and "Đã đưa hình “Ba thói quen an toàn” vào bài" in answer.text
    image, cover = saved(both, key)
    assert (image.role, cover.role) == ("image", "cover") and image.alt == cover.alt
    assert image.alt.startswith("Ba thói quen an toàn. Mật khẩu riêng.") and "Sở Nội vụ" in image.alt
    assert image.drawn and image.drawn["signed"] and "Không đưa mã OTP" in image.drawn["texts"]
    spec = spec_in(image.drawn)
    assert spec and spec["template"] == "facts" and spec["palette"] == "cung_dinh" and spec_in(cover.drawn) == spec


def test_the_picture_is_the_one_the_library_draws(desk: Desk, tmp_path: Path) -> None:
    """The same words in a file give the same pixels and the same hash of what they are made of."""
    file = tmp_path / "ba.yml"
    file.write_text(
        "template: facts\ntitle: Ba thói quen an toàn\nsource: Cổng Thông tin điện tử\nitems:\n"
        "  - head: Mật khẩu riêng\n  - head: Không đưa mã OTP\n  - head: Xem kỹ địa chỉ\n",
        encoding="utf-8",
    )
    key = draft(desk).key
    desk.visit(desk.lan).post(f"/soan/{key}/hinh/facts", facts())
    with reading(desk.engine) as session:
        sketch = infographics_of(active_plan(session))(file, "portrait")
    image, _ = saved(desk, key)
    assert image.drawn and image.drawn["made_of"] == sketch.made_of
    with reading(desk.engine) as session:
        asset = session.get_one(Asset, image.sha256)
    assert desk.store.path(asset.sha256, asset.mime).read_bytes() == sketch.paint()


def test_a_drawn_picture_is_opened_again_with_its_words_and_takes_its_own_place(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    desk.visit(desk.lan).post(f"/soan/{key}/hinh/facts", facts())
    image, cover = saved(desk, key)
    text = lan.get(f"/soan/{key}/hinh?tu={image.sha256}").text
    assert 'value="Không đưa mã OTP"' in text and f'name="tu" value="{image.sha256}"' in text
    assert f'value="hinh.{image.sha256}"' in lan.get(f"/soan/{key}").text
    lan.post(f"/soan/{key}/hinh/facts", facts(**{"s.items.1.head": "Giữ kín mã OTP", "tu": image.sha256}))
    first, second = saved(desk, key)
    assert {first.sha256, second.sha256} & {image.sha256, cover.sha256} == set()
    assert (first.role, second.role) == ("image", "cover") and "Giữ kín mã OTP" in first.alt
    lan.post(f"/soan/{key}/hinh/facts", {**facts(tu=first.sha256), "bia": ""})
    [only] = saved(desk, key)
    assert only.role == "image"


def test_a_picture_whose_words_are_not_known_leads_to_a_new_one(desk: Desk) -> None:
    post = draft(desk)
    desk.picture(post)
    with reading(desk.engine) as session:
        sha256 = session.exec(select(PostAsset.sha256)).first()
    for wrong in (sha256, "0" * 64, "<x>"):
        answer = desk.visit(desk.lan).get(f"/soan/{post.key}/hinh", params={"tu": wrong})
        assert answer.status_code == 200 and "hãy vẽ hình mới" in answer.text


def test_the_words_of_another_posts_picture_are_not_handed_out(desk: Desk) -> None:
    mine, other = draft(desk, author="Tú", agency="snv"), draft(desk)
    desk.visit(desk.lan).post(f"/soan/{other.key}/hinh/facts", facts(**{"s.title": "Chuyện kín"}))
    image, _ = saved(desk, other.key)
    text = desk.visit(desk.tu).get(f"/soan/{mine.key}/hinh", params={"tu": image.sha256}).text
    assert "Chuyện kín" not in text


def test_a_picture_can_be_drawn_for_a_post_that_is_not_saved_yet(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    key = lan.post("/soan/moi").url.rpartition("/")[2].partition("?")[0]
    answer = lan.post(f"/soan/{key}/hinh/facts", facts())
    assert answer.status_code == 200 and "Ba thói quen an toàn" in answer.text


def test_the_page_of_a_picture_asks_the_database_a_few_times(desk: Desk) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    with counted(desk.engine) as statements:
        lan.post(f"/soan/{key}/hinh/facts/anh", facts())
    assert len(statements) <= 5, statements


# In a browser ----------------------------------------------------------------------------------------------


def test_a_picture_is_drawn_while_its_form_is_filled_in(desk: Desk, browser: Browser) -> None:
    key = draft(desk).key
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{key}")
        expect(page.locator("#kiem-tra")).not_to_be_empty()
        page.get_by_role("button", name="Vẽ infographic").click()
        page.wait_for_url("**/hinh")
        page.get_by_role("link", name="Điều cần biết").click()
        expect(page.locator("#hinh-anh")).to_have_class("sample")
        for place, head in enumerate(("Mật khẩu riêng", "Không đưa mã OTP", "Xem kỹ địa chỉ")):
            page.locator(f'[name="s.items.{place}.head"]').fill(head)
        expect(page.locator("#hinh-anh")).not_to_have_class("sample")
        page.locator('[name="s.items.1.text"]').fill("Cải cách thủ tục hành chính lấy người dân làm trung tâm. " * 8)
        expect(page.locator(".live-error")).to_contain_text("không vừa khổ")
        expect(page.locator("#hinh-tinh-trang")).to_contain_text("hình trước đó")
        assert page.evaluate("document.getElementById('hinh-anh').naturalWidth") == 1080
        page.locator('[name="s.items.1.text"]').fill("Không ai được hỏi mã này.")
        expect(page.locator(".live-error")).to_have_count(0)
        page.get_by_role("button", name="Thêm vào “Các ý”").click()
        expect(page.locator('[name="s.items.3.head"]')).to_be_focused()
        page.locator('[name="s.items.3.head"]').fill("Cập nhật phần mềm")
        page.get_by_role("button", name="Đưa vào bài").click()
        expect(page.locator(".assets li")).to_have_count(2)
        assert "Cập nhật phần mềm" in page.locator('[name="a.0.alt"]').input_value()


def test_axe_finds_nothing_wrong_with_drawing(desk: Desk, browser: Browser) -> None:
    key, lan = draft(desk).key, desk.visit(desk.lan)
    lan.post(f"/soan/{key}/hinh/facts", facts())
    image = saved(desk, key)[0].sha256
    pages = [f"/soan/{key}/hinh", f"/soan/{key}/hinh/facts?tu={image}", f"/soan/{key}/hinh/compare",
             f"/soan/{key}/hinh/ranking", f"/soan/{key}/hinh/event"]  # fmt: skip
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            for place, path in enumerate(pages):
                page.goto(path)
                page.wait_for_load_state("networkidle")
                assert violations(page) == [], (path, width)
                if os.environ.get("LOOK"):
                    page.screenshot(path=Path(os.environ["LOOK"]) / f"draw-{place}-{width}.png")
