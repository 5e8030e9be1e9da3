"""The page of one post: what it tells, to whom, and the copy that is made of it."""

import io
import re
from datetime import timedelta
from zipfile import ZipFile

from sqlmodel import select

from content.tables import Editorial, Post, PostAsset, Review
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.web.desk import Desk, Visitor, counted
from tests.web.library_case import shelf, went


def text_of(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.text


def test_it_tells_the_text_the_facts_and_what_each_platform_gets(desk: Desk) -> None:
    post = desk.post(
        key="giay-hen", title="Giấy hẹn", body="Giữ giấy hẹn.\n\nNguồn: Cổng.", legal_refs=["61/2018/NĐ-CP", "9/9/ABC"],
        source_url="https://cchc.gov.vn/bai", hashtags=["CCHC", "#MotCua"],
        variants={"facebook": {"text": "Riêng cho Facebook", "first_comment": "Xem thêm"}, "la": {"title": "Kênh lạ"}},
    )  # fmt: skip
    desk.picture(post)
    text = text_of(desk.visit(desk.charlie), "/bai/giay-hen")
    for words in (
        "Giữ giấy hẹn.", "d. Một cửa, một cửa liên thông", "Văn bản", "Người dân", 'href="https://cchc.gov.vn/bai"',
        "Hết hiệu lực", "Chưa có trong danh mục văn bản", "#CCHC", "#MotCua", "Riêng trên Facebook",
        "Riêng cho Facebook", "Bình luận đầu tiên", "Kênh lạ", 'alt="Ảnh thử"', "Đã duyệt", "Dùng lại được",
    ):  # fmt: skip
        assert words in text, words
    assert text.count("/nho") == 1, "a cover that is the picture itself is not shown twice"


def test_it_tells_what_has_to_be_mended_now(desk: Desk) -> None:
    desk.post(key="thieu", title="Bài thiếu", body="[Viết ở đây]", state="draft")
    text = text_of(desk.visit(desk.lan), "/bai/thieu")
    assert "Cần điền" in text and "[Viết ở đây]" in text


def test_it_tells_what_was_done_with_it_and_by_whom(desk: Desk) -> None:
    post = desk.post(key="mot", state="draft")
    with writing(desk.engine) as session:
        for action, actor, reason in (("submitted", "Lan", ""), ("returned", "Minh", "Thiếu nguồn <b>số liệu</b>")):
            row = Review(post_id=post.id or 0, at=NOW, action=action, actor=actor, reason=reason, content_hash="x")
            session.add(row)
    text = text_of(desk.visit(desk.ha), "/bai/mot")
    assert "Trình duyệt</strong> – Lan" in text and "Trả lại</strong> – Minh" in text
    assert "Thiếu nguồn &lt;b&gt;số liệu&lt;/b&gt;" in text


def test_it_tells_where_it_was_and_will_be_with_the_last_figures_that_were_told(both: Desk) -> None:
    post, channel = both.post(key="mot"), both.channel(name="Fanpage tỉnh")
    row = went(both, post, channel.id, NOW - timedelta(days=2), reach=1234, reactions=56)
    waiting = both.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + timedelta(days=1))
    text = text_of(both.visit(both.lan), "/bai/mot")
    assert f'href="/muc/{row.id}"' in text and f'href="/muc/{waiting.id}"' in text
    assert text.index(f"/muc/{waiting.id}") < text.index(f"/muc/{row.id}"), "the newest first"
    assert "Fanpage tỉnh, 08:00 ngày 21/11/2026" in text and "https://www.facebook.com/1_2" in text
    assert re.search(r"lượt tiếp cận <strong>1\.234</strong>.*cảm xúc <strong>56</strong>", text)
    assert "số liệu lúc 08:00 ngày 23/11/2026" in text, "what was asked and not answered is not a figure"


def test_each_person_is_offered_what_they_may_do(desk: Desk) -> None:
    desk.post(key="duyet", title="Bài đã duyệt")
    desk.post(key="cho", title="Bài chờ duyệt", state="submitted")
    desk.post(key="cua-tu", title="Bài của Tú", state="draft", author="Tú")
    lan, minh, tu = desk.visit(desk.lan), desk.visit(desk.minh), desk.visit(desk.tu)
    ways = {"Sửa": 'href="/soan/{key}"', "Lên lịch": "#lich", "Đăng ngay": "/dang-ngay", "Xem duyệt": "/duyet/{key}",
            "Nhân bản": "/nhan-ban"}  # fmt: skip
    for visitor, key, offered in (
        (lan, "duyet", {"Sửa", "Lên lịch", "Đăng ngay", "Nhân bản"}),
        (lan, "cho", {"Sửa", "Lên lịch", "Xem duyệt", "Nhân bản"}),
        (minh, "cho", {"Xem duyệt"}),
        (minh, "duyet", set()),
        (desk.visit(desk.charlie), "duyet", set()),
        (tu, "cua-tu", {"Sửa", "Nhân bản"}),
    ):
        text = text_of(visitor, f"/bai/{key}")
        assert {name for name, address in ways.items() if address.format(key=key) in text} == offered, key


def test_a_post_that_is_not_theirs_is_not_there_for_a_contributor(desk: Desk) -> None:
    shelf(desk)
    tu = desk.visit(desk.tu)
    assert tu.get("/bai/cua-so-noi-vu").status_code == tu.get("/bai/cua-tu").status_code == 200
    for path in ("/bai/giay-hen", "/bai/giay-hen/xuat", "/bai/cua-tu-phap", "/bai/khong-co"):
        assert tu.get(path).status_code == 404, path
    assert tu.post("/bai/giay-hen/nhan-ban").status_code == 404


def test_a_key_that_no_post_has_is_not_found_whatever_it_looks_like(both: Desk) -> None:
    lan = both.visit(both.lan)
    for key in ("x", "%00", "a%00b", "x" * 5000, "..%2f..%2fetc", "%27--", "%FF", "1" * 300):
        assert lan.get(f"/bai/{key}").status_code == 404, key
        assert lan.get(f"/bai/{key}/xuat").status_code == 404, key


def test_an_address_that_is_no_web_page_is_not_made_a_link(desk: Desk) -> None:
    desk.post(key="mot", source="Nguồn", source_url="javascript:alert(1)")
    assert 'href="javascript:' not in text_of(desk.visit(desk.lan), "/bai/mot")


def test_the_page_costs_the_same_however_much_happened_to_the_post(desk: Desk) -> None:
    post, channel = desk.post(key="mot"), desk.channel()
    desk.picture(post)
    for number in range(30):
        went(desk, post, channel.id, NOW - timedelta(days=number), reach=number, shares=1)
    visitor = desk.visit(desk.lan)
    with counted(desk.engine) as statements:
        text_of(visitor, "/bai/mot")
    assert len(statements) <= 25, statements


# A copy --------------------------------------------------------------------------------------------------


def posts(desk: Desk) -> dict[str, Post]:
    with reading(desk.engine) as session:
        return {one.key: one for one in session.exec(select(Post))}


def new_key(visitor: Visitor, key: str) -> str:
    found = re.search(r'name="moi" value="([^"]+)"', text_of(visitor, f"/bai/{key}"))
    assert found is not None
    return found[1]


def test_a_copy_is_a_draft_of_its_own_with_the_same_words_and_pictures(desk: Desk) -> None:
    post = desk.post(key="giay-hen", title="Giấy hẹn", variants={"zalo": {"title": "Riêng"}}, evergreen=False)
    desk.picture(post)
    lan = desk.visit(desk.lan)
    answer = lan.post("/bai/giay-hen/nhan-ban", {"moi": new_key(lan, "giay-hen")}, allow_redirects=False)
    assert answer.headers["Location"] == "/soan/giay-hen-2"
    made, old = posts(desk)["giay-hen-2"], posts(desk)["giay-hen"]
    assert (made.state, made.author, made.approved_hash, made.file) == (Editorial.DRAFT, "Lan", "", "")
    assert (made.title, made.body, made.variants, made.evergreen) == (old.title, old.body, old.variants, False)
    assert old.state == Editorial.APPROVED and old.approved_hash == old.content_hash
    with reading(desk.engine) as session:
        files = [(one.post_id, one.sha256, one.role, one.alt) for one in session.exec(select(PostAsset))]
    assert {one[1:] for one in files if one[0] == made.id} == {one[1:] for one in files if one[0] == old.id} != set()


def test_a_second_click_makes_no_second_copy(desk: Desk) -> None:
    desk.post(key="mot", title="Giấy hẹn")
    lan = desk.visit(desk.lan)
    key = new_key(lan, "mot")
    places = [lan.post("/bai/mot/nhan-ban", {"moi": key}, allow_redirects=False) for _ in range(2)]
    assert [one.headers["Location"] for one in places] == [f"/soan/{key}"] * 2
    assert set(posts(desk)) == {"mot", key}


def test_a_forged_key_never_touches_another_post(desk: Desk) -> None:
    shelf(desk)
    before = posts(desk)
    tu = desk.visit(desk.tu)
    for key in ("giay-hen", "cua-so-noi-vu", "cua-tu", "../x", "", "X", "a" * 5000, "a\x00b", "<b>"):
        assert tu.post("/bai/cua-tu/nhan-ban", {"moi": key}, allow_redirects=False).status_code == 303, key
    after = posts(desk)
    for key, post in before.items():
        assert (after[key].content_hash, after[key].agency, after[key].author) == (
            post.content_hash, post.agency, post.author
        ), key  # fmt: skip
    made = [one for key, one in after.items() if key not in before]
    assert made and {(one.author, one.agency, one.title) for one in made} == {("Tú", "snv", "Bài của Tú")}


def test_who_may_not_write_copies_nothing(desk: Desk) -> None:
    shelf(desk)
    before = set(posts(desk))
    for staff in (desk.minh, desk.ha, desk.quang, desk.son, desk.charlie):
        assert desk.visit(staff).post("/bai/giay-hen/nhan-ban").status_code == 403, staff.name
    assert set(posts(desk)) == before


# Taken along ---------------------------------------------------------------------------------------------


def test_one_post_is_exported_in_each_form_by_whoever_sees_it(desk: Desk) -> None:
    shelf(desk)
    charlie = desk.visit(desk.charlie)
    markdown = charlie.get("/bai/giay-hen/xuat?dang=md")
    assert markdown.text.startswith("---\ntitle: Giấy hẹn trả kết quả\n")
    assert markdown.headers["Content-Disposition"] == "attachment; filename*=UTF-8''giay-hen.md"
    assert markdown.headers["X-Content-Type-Options"] == "nosniff"
    table = charlie.get("/bai/giay-hen/xuat?dang=csv").content.decode("utf-8-sig")
    assert len(table.splitlines()) >= 2 and "giay-hen" in table and "cua-tu" not in table
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(charlie.get("/bai/giay-hen/xuat?dang=xlsx").content)).namelist()
    assert charlie.get("/bai/giay-hen/xuat?dang=exe").text == markdown.text
