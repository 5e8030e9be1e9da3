"""The composer's look at what is being written: previews by the code that sends, checks by the code that submits."""

import re
from typing import Any

import pytest
from sqlmodel import select

from connectors import CONNECTORS
from content.tables import Post, PostAsset
from scheduler.db import reading, writing
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


def test_each_chosen_platform_has_its_preview_under_its_channels_own_name(desk: Desk) -> None:
    desk.connect("facebook")
    text = look(desk, platforms=["facebook", "youtube"])
    assert re.findall(r'data-platform="(\w+)"', text) == ["facebook", "youtube"]
    with reading(desk.engine) as session:
        assert session.exec(select(Post)).first() is None
    assert "(chưa kết nối kênh)" in text.partition('data-platform="youtube"')[2]
    assert "(chưa kết nối kênh)" not in text.partition('data-platform="youtube"')[0]


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
    said = set(re.findall(r'class="finding-words">([^<]*)<', look(desk, **facts)))
    names = ("title", "body", "topic", "form", "audiences", "source", "platforms")
    post = desk.post(**{name: facts[name] for name in names}, state="draft")
    with reading(desk.engine) as session:
        found = {one.words for one in desk.house.submissions.findings(session, post, now=desk.clock.now())}
    assert found and {plain(one) for one in found} == {plain(one) for one in said}


def test_a_finding_stands_under_the_name_of_its_field(desk: Desk) -> None:
    text = look(desk, title="A" * 150, **{"v.zalo.text": "b " * 11000, "v.facebook.link": "khong-phai"})
    assert 'data-field="v.zalo.text" data-grade="error"' in text
    assert 'data-field="v.facebook.link" data-grade="error"' in text
    assert 'data-field="assets" data-grade="error"' in text  # an article wants a cover
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
    assert "còn chỗ chưa điền: “[Tên cơ quan]”" in text


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
