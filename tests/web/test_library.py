"""The list of posts: what is found, what each may see, what an address may ask for."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from content.searchwords import search_keys
from content.tables import Post
from scheduler.db import writing
from tests.conftest import NOW
from tests.web.desk import Desk, Visitor, counted
from tests.web.library_case import shelf
from web.roles import Role
from web.rooms.library.shelf import ON_A_LIST, ON_A_PAGE

ALL = {"giay-hen", "mot-cua", "cua-so-noi-vu", "cua-tu", "cua-tu-phap"}


def found(visitor: Visitor, query: str = "") -> list[str]:
    """The keys on the page, in their order; the number that is told is theirs."""
    answer = visitor.get(f"/thu-vien{query}")
    assert answer.status_code == 200
    keys = re.findall(r'href="/bai/([^"]+)"', answer.text)
    assert f"<strong>{len(keys)} bài</strong>" in answer.text
    return keys


def test_title_hits_come_first_and_marks_need_not_be_typed(desk: Desk) -> None:
    desk.post(key="trong-bai", title="Âm thanh", body="Nhớ mang giấy hẹn.")
    desk.post(key="tieu-de", title="Giấy hẹn")
    assert found(desk.visit(desk.lan), "?tim=giay+hen") == ["tieu-de", "trong-bai"]


NARROWED: tuple[tuple[str, set[str]], ...] = (
    ("", ALL),
    ("?noi_dung=đ", {"mot-cua", "cua-so-noi-vu"}),
    ("?hinh_thuc=lien_ket", {"mot-cua"}),
    ("?trang_thai=draft", {"cua-so-noi-vu"}),
    ("?nen_tang=zalo", ALL),
    ("?nen_tang=facebook", ALL - {"cua-tu"}),
    ("?co_quan=snv", {"cua-so-noi-vu"}),
    ("?loai=nhay-cam", {"cua-so-noi-vu"}),
    ("?loai=mot-lan", {"cua-tu-phap"}),
    ("?loai=dung-lai", ALL - {"cua-tu-phap"}),
    ("?dang=chua", ALL - {"giay-hen"}),
    ("?dang=cho", {"cua-tu-phap"}),
    ("?dang=chua&noi_dung=đ&trang_thai=submitted&tim=mot+cua", {"mot-cua"}),
    ("?xem=danh-sach&co_quan=snv", {"cua-so-noi-vu"}),
)


def test_every_filter_narrows_the_list(desk: Desk) -> None:
    shelf(desk)
    visitor = desk.visit(desk.lan)
    for query, keys in NARROWED:
        assert set(found(visitor, query)) == keys, query


def test_a_filter_is_shown_as_words_that_take_it_away(desk: Desk) -> None:
    shelf(desk)
    text = desk.visit(desk.lan).get("/thu-vien?noi_dung=đ&dang=chua&tim=mot").text
    chips = dict(re.findall(r'class="chip" href="([^"]+)"><span>([^<]+)<', text))
    assert {words.split(".")[0] for words in chips.values()} == {"đ", "Chưa từng đăng", "“mot”"}
    assert "/thu-vien?tim=mot&amp;noi_dung=%C4%91" in chips
    assert re.search(r'href="/thu-vien\?tim=mot&amp;noi_dung=%C4%91" aria-current="true">Chưa từng đăng<', text)


def test_a_contributor_finds_only_what_is_theirs_and_hears_of_nothing_else(desk: Desk) -> None:
    shelf(desk)
    tu = desk.visit(desk.tu)
    assert set(found(tu)) == {"cua-so-noi-vu", "cua-tu"}
    assert found(tu, "?tim=giay+hen") == found(tu, "?co_quan=stp") == []
    assert "Giấy hẹn" not in tu.get("/thu-vien").text


def test_a_contributor_without_an_agency_sees_only_what_they_wrote(desk: Desk) -> None:
    shelf(desk)
    vy = desk.person("vy", "Vy", Role.CONTRIBUTOR)
    assert found(desk.visit(vy)) == ["cua-tu-phap"]


def test_every_reader_sees_every_post(desk: Desk) -> None:
    shelf(desk)
    for staff in (desk.lan, desk.minh, desk.ha, desk.quang, desk.son, desk.charlie):
        assert set(found(desk.visit(staff))) == ALL, staff.name


def test_a_card_tells_where_the_post_was_and_will_be(desk: Desk) -> None:
    shelf(desk)
    text = desk.visit(desk.lan).get("/thu-vien").text
    assert "Đã đăng 08:00 ngày 20/11/2026" in text
    assert "Sẽ đăng 08:00 ngày 24/11/2026" in text
    assert re.search(r'<img src="/tu-lieu/[0-9a-f]{64}/nho" alt=""', text)
    assert "Nội dung bài số" in text, "a post without a picture is known by its words"


def test_an_empty_library_says_what_to_do_next(desk: Desk) -> None:
    assert "Hãy soạn bài đầu tiên" in desk.visit(desk.lan).get("/thu-vien").text
    assert "Hãy bớt điều kiện" in desk.visit(desk.lan).get("/thu-vien?tim=khong-co").text
    assert "cơ quan của bạn chưa có bài nào" in desk.visit(desk.tu).get("/thu-vien").text
    assert "Thư viện chưa có bài nào." in desk.visit(desk.charlie).get("/thu-vien").text


# Whatever an address asks for ----------------------------------------------------------------------------


HOSTILE = (
    f"tim={'a' * 5000}", f"tim={'%E1%BA%BF' * 5000}", "tim=%00", "tim=a%00b", "tim=%27+OR+1%3D1", "tim=%FF%FE",
    "noi_dung=%00", "noi_dung=zz", f"co_quan={'x' * 5000}", "trang_thai=approved%27--", "nen_tang=%25", "dang=1",
    "loai=<script>", "trang=-1", "trang=0", "trang=abc", "trang=1e9", "trang=%D9%A3", f"trang={'9' * 400}",
    "trang=²", "xem=../../etc", "tim=a&tim=b&trang=1&trang=2",
)  # fmt: skip


def test_nothing_that_an_address_may_ask_for_is_an_error(both: Desk) -> None:
    both.post(title="Một bài")
    visitor = both.visit(both.lan)
    for query in HOSTILE:
        for path in ("/thu-vien", "/thu-vien/xuat"):
            assert visitor.get(f"{path}?{query}").status_code == 200, (path, query)


def test_a_page_behind_the_last_one_leads_to_the_last_one(desk: Desk) -> None:
    desk.post(title="Một bài")
    answer = desk.visit(desk.lan).get("/thu-vien?trang=99999", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/thu-vien")


def test_a_script_in_a_title_or_in_the_search_is_only_text(desk: Desk) -> None:
    desk.post(title="<script>alert(1)</script>", body="<b>x</b>")
    text = desk.visit(desk.lan).get("/thu-vien?tim=%3Cscript%3Ealert").text
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


# Many posts ----------------------------------------------------------------------------------------------


def fill(desk: Desk, count: int) -> None:
    """So many posts, half of an agency, each third one public."""
    rows: list[dict[str, Any]] = []
    for number in range(count):
        post = Post(
            key=f"so-{number}", title=f"Giấy hẹn số {number}", body="Nội dung " * 40, topic="d", form="van_ban",
            audiences=[], source="x", legal_refs=[], hashtags=[], platforms=["zalo"], variants={}, content_hash="",
            agency="snv" if number % 2 else "", created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        rows.append({**post.model_dump(exclude={"id"}), **search_keys(post)})
    with writing(desk.engine) as session:
        session.execute(insert(Post), rows)


def test_thousands_of_posts_cost_no_more_statements_than_a_few(desk: Desk) -> None:
    fill(desk, 3_000)
    channel = desk.channel()
    for number in range(1, 40, 3):
        desk.publication(post_id=number, channel_id=channel.id, due_at=NOW + timedelta(days=number))
    visitor = desk.visit(desk.lan)
    for query, total, shown in (
        ("", "3.000", ON_A_PAGE),
        ("?tim=giay+hen", "3.000", ON_A_PAGE),
        ("?dang=chua&co_quan=snv&tim=so", "1.500", ON_A_PAGE),
        ("?xem=danh-sach&trang=9", "3.000", ON_A_LIST),
    ):
        with counted(desk.engine) as statements:
            text = visitor.get(f"/thu-vien{query}").text
        assert len(statements) <= 13, (query, statements)
        assert f"{total} bài" in text and len(re.findall(r'href="/bai/', text)) == shown, query


def test_every_post_stands_on_exactly_one_page(desk: Desk) -> None:
    fill(desk, 60)
    visitor, keys, address = desk.visit(desk.lan), [], "/thu-vien?tim=giay"
    for _ in range(5):
        text = visitor.get(address).text
        keys += re.findall(r'href="/bai/([^"]+)"', text)
        following = re.search(r'href="([^"]+)" rel="next"', text)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
    assert len(keys) == len(set(keys)) == 60
