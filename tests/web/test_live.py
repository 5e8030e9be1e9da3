"""The composer's look at what is being written: previews by the code that sends, checks by the code that submits."""

import os
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from connectors import CONNECTORS
from content.tables import Post, PostAsset
from scheduler.db import reading, writing
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from tests.web.test_assets import png, send
from web.previews import fold_at, pieces

SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>"


def form(**facts: Any) -> dict[str, Any]:
    """A whole form, as the composer's page sends it."""
    return {
        "title": "Nộp hồ sơ trực tuyến tại nhà", "body": "Bà con nộp hồ sơ tại nhà.\nNguồn: Cổng TTĐT.", "topic": "đ",
        "form": "van_ban", "audiences": ["nguoi_dan"], "source": "Cổng Thông tin điện tử", "hashtags": "#CCHC",
        "platforms": list(CONNECTORS), "evergreen": "1", "late_rule": "expire", "late_minutes": "180", **facts,
    }  # fmt: skip


def look(desk: Desk, /, **facts: Any) -> str:
    answer = desk.visit(desk.lan).post("/soan/xem-truoc?phan=1", form(**facts))
    assert answer.status_code == 200, answer.text
    return answer.text


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def said_in(text: str) -> set[str]:
    """What the checks say beside the fields, in small letters."""
    return {unescape(one).lower() for one in re.findall(r"<span>([^<]*)</span></li>", text.partition("tung-muc")[2])}


def test_each_chosen_platform_has_its_preview_under_its_channels_own_name(desk: Desk) -> None:
    desk.connect("facebook")
    text = look(desk, platforms=["facebook", "youtube"])
    assert re.findall(r'data-platform="(\w+)"', text) == ["facebook", "youtube"]
    with reading(desk.engine) as session:
        assert session.exec(select(Post)).first() is None
    assert "chưa kết nối kênh" in text.partition('data-platform="youtube"')[2]
    assert "chưa kết nối kênh" not in text.partition('data-platform="youtube"')[0]


def test_a_preview_shows_what_the_connector_would_send(desk: Desk) -> None:
    text = plain(look(desk, platforms=["facebook"], hashtags="CCHC HueS"))
    assert "Nguồn: Cổng TTĐT. #CCHC #HueS" in text
    own = plain(look(desk, platforms=["facebook"], **{"v.facebook.text": "Lời riêng cho Fanpage."}))
    assert "Lời riêng cho Fanpage." in own and "Bà con nộp hồ sơ" not in own


def test_lengths_are_counted_as_each_platform_counts(desk: Desk) -> None:
    text = look(desk, body="ă" * 1000, title="𝐀" * 60, hashtags="")
    assert "YouTube: 2.000 / 5.000 byte" in text and "Facebook: 1.000 / 63.206 ký tự" in text
    assert '<li data-for="title" class="over">YouTube: 120 / 100 ký tự</li>' in text
    assert 'data-for="v.zalo.text"' not in text
    own = look(desk, **{"v.zalo.text": "Ngắn."})
    assert 'data-for="v.zalo.text"' in own


def test_the_findings_are_those_that_would_stop_the_submission(desk: Desk) -> None:
    """The same words, saved: what stops them is what the composer said before."""
    facts = form(body="Bà con xem tại http://bit.ly/abc … ghi [Tên cơ quan].")
    said = said_in(look(desk, **facts))
    names = ("title", "body", "topic", "form", "audiences", "source", "platforms")
    post = desk.post(**{name: facts[name] for name in names}, state="draft")
    with reading(desk.engine) as session:
        found = {one.words.lower() for one in desk.house.submissions.findings(session, post, now=desk.clock.now())}
    assert found and found == said


def test_a_finding_stands_under_the_name_of_its_field(desk: Desk) -> None:
    text = look(desk, title="A" * 150, **{"v.zalo.text": "b " * 11000, "v.facebook.link": "khong-phai"})
    assert 'data-field="v.zalo.text"' in text
    assert 'data-field="v.facebook.link"' in text
    assert 'data-field="assets"' in text  # an article wants a cover
    assert re.search(r'data-blockers="[1-9]', text)


def test_a_form_that_is_wrong_is_told_and_still_shown(desk: Desk) -> None:
    text = look(
        desk, topic="zzz", late_minutes="mười", valid_from="31/02/2026", title="x" * 5000,
        **{"a.0.sha256": "../etc", "a.1.sha256": "0" * 64, "a.1.role": "image", "v.youtube.o.license": "mine"},
    )  # fmt: skip
    for field in ("topic", "late_minutes", "valid_from", "title", "assets", "v.youtube.o.license"):
        assert f'data-field="{field}"' in text, field
    assert "không còn trong kho" in text


def test_what_was_written_is_never_markup(desk: Desk) -> None:
    _, told = send(desk.visit(desk.lan), png(), f"{SCRIPT}.png")
    facts = dict.fromkeys(("title", "body", "source", "hashtags", "legal_refs", "topic", "agency"), SCRIPT)
    for platform in CONNECTORS:
        for name in ("title", "summary", "text", "link", "first_comment"):
            facts[f"v.{platform}.{name}"] = f"https://x.vn/{SCRIPT}" if name == "link" else SCRIPT
    pictures = {"a.0.sha256": told["sha256"], "a.0.role": "image", "a.0.alt": f'"{SCRIPT}'}
    text = look(desk, **facts, **pictures)
    assert "<script" not in text and "<img src=x" not in text and "&lt;script&gt;" in text
    page = look(desk, **{**facts, "form": "lien_ket", "source_url": f"https://x.vn/{SCRIPT}"})
    assert "<script" not in page and "<img src=x" not in page


@pytest.mark.parametrize(("count", "shown", "more"), [(1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 4, 0), (5, 5, 0), (8, 5, 3)])
def test_an_album_is_cut_as_the_feed_cuts_it(desk: Desk, count: int, shown: int, more: int) -> None:
    lan = desk.visit(desk.lan)
    facts = {}
    for place in range(count):
        _, told = send(lan, png(size=(300 + place, 300)), f"{place}.png")
        facts |= {f"a.{place}.sha256": told["sha256"], f"a.{place}.role": "image", f"a.{place}.alt": f"Ảnh {place}"}
    text = look(desk, platforms=["facebook"], **facts)
    assert f"album-{shown}" in text and text.count('class="cell"') == shown
    assert (f"+{more}" in text) == bool(more)


def test_a_shared_link_has_a_card_that_goes_when_there_are_pictures(desk: Desk) -> None:
    facts = {"form": "lien_ket", "source_url": "https://www.hue.gov.vn/tin/1", "platforms": ["facebook"]}
    assert "link-card" in look(desk, **facts) and "hue.gov.vn" in look(desk, **facts)
    _, told = send(desk.visit(desk.lan), png())
    assert "link-card" not in look(desk, **facts, **{"a.0.sha256": told["sha256"], "a.0.role": "image"})


def test_a_picture_of_one_platform_stands_in_its_preview_only(desk: Desk) -> None:
    _, told = send(desk.visit(desk.lan), png())
    place = {"a.0.sha256": told["sha256"], "a.0.role": "image", "a.0.platform": "zalo"}
    text = look(desk, platforms=["facebook", "zalo"], **place)
    before, _, after = text.partition('data-platform="zalo"')
    assert told["sha256"] not in before and told["sha256"] in after


def test_a_picture_that_was_drawn_is_read_by_the_checks_before_it_is_saved_again(desk: Desk) -> None:
    """Its words are known from any post that has it."""
    post = desk.post(state="draft")
    desk.picture(post)
    texts = ["Liên hệ [Tên cơ quan]"]
    facts = {"file": "a.yml", "agency": "", "signed": True, "texts": texts, "colours": [], "made_of": "x"}
    with writing(desk.engine) as session:
        for row in session.exec(select(PostAsset)):
            row.drawn = facts
            session.add(row)
        sha256 = row.sha256
    text = look(desk, **{"a.0.sha256": sha256, "a.0.role": "image", "a.0.alt": "Ảnh"})
    assert "òn chỗ chưa điền: “[Tên cơ quan]”" in text


def test_nobody_looks_into_a_post_that_is_not_theirs(desk: Desk) -> None:
    post = desk.post(state="draft", author="Lan")
    tu = desk.visit(desk.tu)
    assert tu.post("/soan/xem-truoc?phan=1", form(key=post.key)).status_code == 404
    assert tu.post(f"/soan/{post.key}/xem-truoc?phan=1", form()).status_code == 404
    assert tu.post("/soan/xem-truoc?phan=1", form(key="~000000000000")).status_code == 404
    assert tu.post("/soan/xem-truoc?phan=1", form()).status_code == 200
    for person in (desk.minh, desk.charlie, desk.son):
        assert desk.visit(person).post("/soan/xem-truoc?phan=1", form()).status_code == 403


def test_a_look_writes_nothing_and_asks_the_database_a_few_times(desk: Desk) -> None:
    lan, post = desk.visit(desk.lan), desk.post(state="draft")
    desk.connect("facebook")
    told = []
    for count in (1, 6):
        facts = {}
        for place in range(count):
            _, file = send(lan, png(size=(300 + place, 300)), f"{place}.png")
            facts |= {f"a.{place}.sha256": file["sha256"], f"a.{place}.role": "image"}
        with counted(desk.engine) as statements:
            lan.post(f"/soan/{post.key}/xem-truoc?phan=1", form(**facts))
        assert all(one.lstrip().upper().startswith("SELECT") for one in statements), statements
        told.append(len(statements))
    assert told[0] == told[1] <= 12


@pytest.mark.parametrize(
    ("text", "lines", "letters", "head", "rest"),
    [
        ("một\nhai\nba", 2, 0, "một\nhai", "ba"),
        ("một\nhai", 2, 0, "một\nhai", ""),
        ("một hai ba bốn", 0, 9, "một hai", " ba bốn"),
        ("a" * 30, 0, 10, "a" * 10, "a" * 20),
        ("", 3, 10, "", ""),
        ("ngắn", 3, 100, "ngắn", ""),
    ],
)
def test_a_text_folds_between_words_and_loses_none(text: str, lines: int, letters: int, head: str, rest: str) -> None:
    assert fold_at(text, lines, letters) == (head, rest)


def test_the_pieces_of_a_text_are_the_text() -> None:
    text = "Xem https://hue.gov.vn/a?b=1 và #ChuyểnĐổiSố <b> #"
    found = list(pieces(text))
    assert "".join(one.words for one in found) == text
    assert [one.kind for one in found] == ["plain", "link", "plain", "tag", "plain"]


# In a browser ----------------------------------------------------------------------------------------------


def opened(desk: Desk, **facts: Any) -> str:
    """A draft's page."""
    return f"/soan/{desk.post(state='draft', platforms=['facebook', 'youtube'], **facts).key}"


def test_the_preview_and_the_lengths_follow_what_is_typed(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto(opened(desk))
        looks = page.locator('[data-live="xem-truoc"]')
        expect(looks.locator('[data-platform="facebook"]')).to_contain_text("Nội dung bài số 1")
        body = page.locator("#f-body")
        body.fill("Bà con <b>nộp hồ sơ</b> tại nhà.")
        expect(looks.locator('[data-platform="facebook"] .told')).to_contain_text("Bà con <b>nộp hồ sơ</b> tại nhà.")
        expect(page.locator(".counted").filter(has_text="YouTube").last).to_contain_text("/ 5.000 byte")
        assert page.evaluate("document.activeElement.id") == "f-body"
        body.press("End")
        body.type(" Liên hệ [Tên cơ quan].")
        expect(page.locator("#s-body")).to_contain_text("[Tên cơ quan]")
        assert "s-body" in (body.get_attribute("aria-describedby") or "")
        expect(page.locator("#kiem-tra")).to_contain_text("[Tên cơ quan]")
        body.fill("Bà con nộp hồ sơ tại nhà, nhận kết quả qua bưu chính.")
        expect(page.locator("#s-body")).not_to_contain_text("[Tên cơ quan]")
        page.locator("#f-platforms-youtube").uncheck()
        expect(looks.locator('[data-platform="youtube"]')).to_have_count(0)


def test_only_a_change_in_what_blocks_is_said_aloud(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto(opened(desk))
        expect(page.locator(".counted").first).to_be_attached()
        page.locator("#f-body").fill("Nội dung bài số 1, viết cho người dân.  Nguồn: Cổng TTĐT.")
        expect(page.locator('[data-platform="facebook"] .told').first).to_contain_text("Nguồn: Cổng TTĐT.")
        assert page.locator("#da-noi").count() == 0
        page.locator("#f-title").fill("")
        expect(page.locator("#da-noi")).to_contain_text("điểm phải sửa")


def test_without_scripts_a_button_shows_the_same_and_loses_nothing(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan, java_script_enabled=False) as page:
        page.goto(opened(desk))
        page.locator("#f-body").fill("Chưa lưu: bà con nộp hồ sơ tại nhà.")
        page.get_by_role("button", name="Xem trước và kiểm tra").click()
        expect(page.locator('[data-platform="facebook"] .told').first).to_contain_text("Chưa lưu: bà con")
        expect(page.locator("#f-body")).to_have_value("Chưa lưu: bà con nộp hồ sơ tại nhà.")


def test_axe_finds_nothing_wrong_with_the_previews(desk: Desk, browser: Browser) -> None:
    desk.connect("facebook")
    lan = desk.visit(desk.lan)
    body = "Từ ngày 01/12/2026, bà con nộp hồ sơ trực tuyến toàn trình tại nhà.\n\n" + "Chi tiết xem tại đây. " * 30
    post = desk.post(
        state="draft", title="Nộp hồ sơ trực tuyến toàn trình tại nhà, nhận kết quả qua bưu chính công ích", body=body,
        variants={"zalo": {"summary": "Ba bước nộp hồ sơ tại nhà."}, "facebook": {"first_comment": "Hỏi: 1022."}},
    )  # fmt: skip
    desk.picture(post, "teal", (900, 600))
    for place in range(6):
        _, told = send(lan, png("olive", (900, 600 + place)), f"{place}.png")
        with writing(desk.engine) as session:
            use = PostAsset(
                post_id=post.id or 0, sha256=told["sha256"], role="image", position=place + 1, alt="Ảnh ra quân"
            )
            session.add(use)
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            page.goto(f"/soan/{post.key}")
            expect(page.locator("[data-platform] .lengths").first).to_be_attached()
            assert violations(page) == [], width
            if os.environ.get("LOOK"):
                page.screenshot(path=Path(os.environ["LOOK"]) / f"live-{width}.png")
                page.locator("#xem-truoc").screenshot(path=Path(os.environ["LOOK"]) / f"looks-{width}.png")
