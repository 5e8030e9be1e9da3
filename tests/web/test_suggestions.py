"""Suggestions on the page: seen by readers, taken up or put away by editors, each once."""

import io
import re
import threading
from collections.abc import Iterator

import pytest
from PIL import Image
from sqlmodel import select

from content.articles import articles
from content.plan import active_plan
from content.sources import add_source
from content.suggestions import DISMISSED, NEW, TAKEN, record
from content.tables import PortalSource, Post, PostAsset, Suggestion
from portal.feed import read_feed
from scheduler.db import reading, writing
from scheduler.portals import Portals
from tests.conftest import NOW
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Page, Portal, article, portal_server, rss
from tests.web.desk import Desk, Visitor, counted

HTML = "text/html; charset=utf-8"
TAKE = {"noi_dung": "d", "nen_tang": ["facebook"]}


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def office(desk: Desk, portal: Portal) -> Desk:
    """A desk that reads this portal."""
    return opened(desk, portal)


def opened(desk: Desk, portal: Portal) -> Desk:
    desk.service.portals = Portals(*loopback(portal))
    return desk


def suggest(desk: Desk, portal: Portal, *told: dict[str, str], topic: str = "") -> None:
    """These articles as a feed tells them."""
    got = read_feed(rss(*told), address=portal.url("/rss"), fetched_at=NOW, content_type="application/rss+xml")
    with writing(desk.engine) as session:
        source = session.exec(select(PortalSource)).first() or add_source(
            session,
            active_plan(session),
            key="cong",
            address=portal.url("/rss"),
            name="Cổng tỉnh",
            topic=topic,
            now=NOW,
        )
        record(session, source, articles(got), NOW)


def with_picture(portal: Portal) -> dict[str, str]:
    """An article whose picture the portal has."""
    out = io.BytesIO()
    Image.new("RGB", (800, 450), "teal").save(out, "JPEG")
    portal.pages["/anh.jpg"] = Page(out.getvalue(), kind="image/jpeg")
    return article(1, description=f'&lt;img src="{portal.url("/anh.jpg")}"&gt; Nộp hồ sơ được cả sáng thứ Bảy.')


def rows(desk: Desk) -> dict[int, Suggestion]:
    with reading(desk.engine) as session:
        return {one.id or 0: one for one in session.exec(select(Suggestion))}


def posts(desk: Desk) -> list[Post]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Post)))


# Seen ----------------------------------------------------------------------------------------------------


def test_readers_see_them_and_contributors_do_not(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1))
    for staff in (office.lan, office.minh, office.quang, office.charlie):
        visitor = office.visit(staff)
        assert "Một cửa làm việc thứ Bảy, đợt 1" in visitor.get("/de-xuat").text, staff.name
        assert visitor.get("/de-xuat/1").status_code == 200
        assert ("Lấy thành bài" in visitor.get("/de-xuat/1").text) == (staff is office.lan)
    tu = office.visit(office.tu)
    assert tu.get("/de-xuat").status_code == tu.get("/de-xuat/1").status_code == 403


def test_the_list_tells_source_date_lag_and_what_an_editor_should_look_at(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1, title="CÔNG BỐ CHỈ SỐ HÀI LÒNG"), topic="đ")
    text = office.visit(office.charlie).get("/de-xuat").text
    for words in (
        "Cổng tỉnh",
        "07:30 ngày 23/11/2026",
        "đã đăng trên cổng 30 phút",
        "đ. Dịch vụ công",
        "viết hoa toàn bộ",
    ):
        assert words in text, words


def test_the_list_is_narrowed_by_words_source_topic_and_state(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1), article(2, title="Ngày hội chuyển đổi số"))
    lan = office.visit(office.lan)
    lan.post("/de-xuat/1/bo", {"ly_do": "Đã có bài tương tự"})

    def found(query: str) -> list[str]:
        return re.findall(r'<h2><a href="/de-xuat/(\d+)"', lan.get(f"/de-xuat{query}").text)

    assert found("") == found("?tim=ngay+hoi") == found("?nguon=cong") == ["2"]
    assert found("?nguon=dan") == found("?noi_dung=e") == found("?tim=khong+co") == []
    assert found("?trang_thai=dismissed") == ["1"] and found("?trang_thai=taken") == []
    assert "Đã bỏ qua bởi Lan" in lan.get("/de-xuat?trang_thai=dismissed").text


def test_an_article_is_shown_as_the_post_it_will_become(office: Desk, portal: Portal) -> None:
    suggest(office, portal, with_picture(portal))
    text = office.visit(office.lan).get("/de-xuat/1").text
    for words in (
        "Bài sẽ thành",
        "Nguồn: Cổng tỉnh, ngày 23/11/2026.",
        "Chia sẻ liên kết",
        "Ảnh của bài gốc được tải về",
    ):
        assert words in text, words
    assert portal.asked == [], "looking fetches nothing"


def test_the_list_costs_the_same_for_many(office: Desk, portal: Portal) -> None:
    suggest(office, portal, *(article(number) for number in range(120)))
    lan = office.visit(office.lan)
    for query in ("", "?tim=dot+1", "?nguon=cong"):
        with counted(office.engine) as statements:
            text = lan.get(f"/de-xuat{query}").text
        assert len(statements) <= 10, (query, statements)
        assert len(re.findall(r'<h2><a href="/de-xuat/', text)) == 30, query
    following = re.search(r'href="(/de-xuat\?[^"]+)" rel="next"', lan.get("/de-xuat").text)
    assert following is not None and "đợt" in lan.get(following[1].replace("&amp;", "&")).text


# Taken up ------------------------------------------------------------------------------------------------


def test_it_becomes_a_draft_of_the_desk_with_its_picture(office: Desk, portal: Portal) -> None:
    suggest(office, portal, with_picture(portal))
    answer = office.visit(office.lan).post("/de-xuat/1/lay", TAKE, allow_redirects=False)
    [post] = posts(office)
    assert answer.headers["Location"] == f"/soan/{post.key}"
    assert (post.state, post.author, post.file, post.topic, post.platforms) == ("draft", "Lan", "", "d", ["facebook"])
    assert rows(office)[1].state == TAKEN and rows(office)[1].post_key == post.key
    with reading(office.engine) as session:
        [use] = session.exec(select(PostAsset))
    assert use.role == "cover" and portal.count("/anh.jpg") == 1
    assert list(office.library_dir.iterdir()) == [], "no file is written beside the desk's posts"
    assert office.visit(office.lan).get(f"/bai/{post.key}").status_code == 200


def test_nothing_is_locked_while_the_picture_is_fetched(office: Desk, portal: Portal) -> None:
    suggest(office, portal, with_picture(portal))
    lan = office.visit(office.lan)

    def meanwhile() -> None:
        with writing(office.engine) as session:
            session.get_one(Suggestion, 1).notes = ["Ghi trong lúc tải ảnh."]

    portal.pages["/anh.jpg"].meet = meanwhile
    lan.post("/de-xuat/1/lay", TAKE, allow_redirects=False)
    assert rows(office)[1].notes == ["Ghi trong lúc tải ảnh."] and rows(office)[1].state == TAKEN


def test_a_picture_that_cannot_be_had_costs_nothing_else(office: Desk, portal: Portal) -> None:
    suggest(office, portal, with_picture(portal))
    portal.pages["/anh.jpg"] = Page(b"gone", 404, "text/plain")
    lan = office.visit(office.lan)
    lan.post("/de-xuat/1/lay", TAKE, allow_redirects=False)
    assert len(posts(office)) == 1 and "Không lấy được ảnh của bài" in lan.get("/thu-vien").text


def test_of_two_who_take_it_at_once_one_does(both: Desk, portal: Portal) -> None:
    desk = opened(both, portal)
    suggest(desk, portal, with_picture(portal))
    both_there = threading.Barrier(2, timeout=20)
    portal.pages["/anh.jpg"].meet = both_there.wait
    visitors = [desk.visit(desk.lan), desk.visit(desk.lan)]
    places: list[str] = []

    def take(visitor: Visitor) -> None:
        answer = visitor.post("/de-xuat/1/lay", TAKE, allow_redirects=False)
        places.append(answer.headers["Location"])

    threads = [threading.Thread(target=take, args=(one,)) for one in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [post] = posts(desk)
    assert sorted(places) == ["/de-xuat/1", f"/soan/{post.key}"]
    assert any("đã được lấy bởi Lan" in one.get("/de-xuat/1").text for one in visitors)


def test_what_is_missing_stands_beside_its_field(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1))
    lan = office.visit(office.lan)
    for fields, place in (
        ({"noi_dung": "", "nen_tang": ["facebook"]}, "e-noi_dung"),
        ({"noi_dung": "zz", "nen_tang": ["facebook"]}, "e-noi_dung"),
        ({"noi_dung": "d"}, "Hãy chọn “Nền tảng”"),
        ({"noi_dung": "d", "nen_tang": ["tiktok"]}, "Hãy chọn “Nền tảng”"),
        ({"noi_dung": "d\x00" * 2000, "nen_tang": ["<script>"]}, "e-noi_dung"),
    ):
        answer = lan.post("/de-xuat/1/lay", fields)
        assert answer.status_code == 422 and place in answer.text, fields
    assert rows(office)[1].state == NEW and posts(office) == []


def test_it_is_put_away_with_a_reason_and_stays_away(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1))
    lan = office.visit(office.lan)
    assert lan.post("/de-xuat/1/bo").status_code == 422 and rows(office)[1].state == NEW
    assert "Đã bỏ qua “Một cửa" in lan.post("/de-xuat/1/bo", {"ly_do": "<b>trùng</b>"}).text
    assert rows(office)[1].state == DISMISSED
    text = lan.get("/de-xuat/1").text
    assert "&lt;b&gt;trùng&lt;/b&gt;" in text and "/de-xuat/1/lay" not in text
    assert "đã được bỏ qua bởi Lan" in lan.post("/de-xuat/1/lay", TAKE).text and posts(office) == []
    assert "đã được bỏ qua bởi Lan" in lan.post("/de-xuat/1/bo", {"ly_do": "nữa"}).text


def test_who_may_not_edit_changes_nothing(office: Desk, portal: Portal) -> None:
    suggest(office, portal, article(1))
    for staff in (office.tu, office.minh, office.ha, office.quang, office.son, office.charlie):
        visitor = office.visit(staff)
        for path in ("/de-xuat", "/de-xuat/1/lay", "/de-xuat/1/bo"):
            fields = {**TAKE, "ly_do": "x", "dia_chi": portal.url("/bai")}
            assert visitor.post(path, fields).status_code == 403, (staff.name, path)
    assert rows(office)[1].state == NEW and portal.asked == []


# Pasted --------------------------------------------------------------------------------------------------


def test_an_address_is_read_and_suggested_once(office: Desk, portal: Portal) -> None:
    page = "<html><head><title>Lịch tiếp dân tháng 12</title></head><body><h1>Lịch tiếp dân tháng 12</h1></body></html>"
    portal.pages["/bai.htm"] = Page(page.encode(), kind=HTML)
    lan = office.visit(office.lan)
    first = lan.post("/de-xuat", {"dia_chi": f"  {portal.url('/bai.htm')} ", "noi_dung": "d"})
    assert first.url.endswith("/de-xuat/1") and "Lịch tiếp dân tháng 12" in first.text
    again = lan.post("/de-xuat", {"dia_chi": portal.url("/bai.htm")})
    assert again.url.endswith("/de-xuat/1") and "đã có trong danh sách" in again.text
    assert len(rows(office)) == 1


def test_an_address_that_leads_nowhere_good_is_refused_beside_its_field(office: Desk, portal: Portal) -> None:
    lan = office.visit(office.lan)
    for address in (
        "", "x", "javascript:alert(1)", "file:///etc/passwd", "http://169.254.169.254/latest", "http://10.0.0.1/",
        portal.url("/khong-co.htm"), "https://" + "a" * 5000, "http://[", "https://x\x00.vn",
    ):  # fmt: skip
        answer = lan.post("/de-xuat", {"dia_chi": address})
        assert answer.status_code == 422 and 'id="e-dia_chi"' in answer.text, address
    assert rows(office) == {}


def test_a_forged_number_is_not_found(both: Desk, portal: Portal) -> None:
    lan = opened(both, portal).visit(both.lan)
    for number in ("0", "-1", "x", "1", "99999999999999999999", "2147483648", "1.5", "%00", "²", "1" * 4000):
        assert lan.get(f"/de-xuat/{number}").status_code == 404, number
        for verb in ("lay", "bo"):
            assert lan.post(f"/de-xuat/{number}/{verb}", {**TAKE, "ly_do": "x"}).status_code == 404, number


def test_nothing_that_the_list_may_be_asked_for_is_an_error(both: Desk, portal: Portal) -> None:
    suggest(opened(both, portal), portal, article(1))
    lan = both.visit(both.lan)
    for query in (
        f"tim={'a' * 5000}", "tim=%00", "tim=%FF", "sau=0", "sau=-1", f"sau={'9' * 60}", "sau=x", "trang_thai=%00",
        "nguon=%27", f"nguon={'x' * 5000}", "noi_dung=<b>", "trang_thai=new&trang_thai=taken",
    ):  # fmt: skip
        assert lan.get(f"/de-xuat?{query}").status_code == 200, query
