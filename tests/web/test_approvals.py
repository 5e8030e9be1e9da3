"""The approvers' room: what waits for whom, what a page shows, and that nothing is decided by who may not."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from content.tables import Editorial
from scheduler.db import writing
from tests.conftest import LAN, MINH
from tests.web.approvals_case import (
    BODY,
    DOUBTFUL,
    KEY,
    OTHER,
    SAMPLE,
    acts,
    change,
    decide,
    due,
    post_of,
    state,
    submitted,
    submitted_quickly,
)
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted

# The list ------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_for_whom_and_why_not(desk: Desk) -> None:
    submitted(desk, title="Bài của Lan")
    submitted(desk, "cua-minh", by=MINH, author=MINH, title="Bài của Minh", body=OTHER)
    page = desk.visit(desk.minh).get("/duyet").text
    mine, others = page.split("Chờ người khác duyệt")
    assert "Bài của Lan" in mine and "Bài của Minh" not in mine
    assert "Bài của Minh" in others and "Minh đã soạn, sửa hoặc trình bài này nên không được tự duyệt" in others


def test_warnings_to_the_people_come_first_then_the_earliest_hour(desk: Desk) -> None:
    later, sooner, plain = submitted_quickly(desk, 3)
    [alarm] = submitted_quickly(desk, 1, "lu", allowed_in_pause=True)
    due(desk, later, timedelta(days=3))
    due(desk, sooner, timedelta(hours=2))
    page = desk.visit(desk.minh).get("/duyet").text
    places = [page.index(f'/duyet/{post.key}">{post.title}') for post in (alarm, sooner, later, plain)]
    assert places == sorted(places)
    assert "Khẩn: tin cảnh báo" in page and "Gấp: đăng trong 24 giờ tới" in page


def test_the_list_is_narrowed_by_topic_agency_and_kind(desk: Desk) -> None:
    submitted_quickly(desk, 1, topic="d", agency="snv")
    submitted(desk, "nhay-cam", title=SAMPLE, sensitive=True, topic="h")
    visitor = desk.visit(desk.minh)
    for query, shown in (("diem=d", "Bài cho số 0"), ("don_vi=snv", "Bài cho số 0"), ("nhay_cam=1", SAMPLE)):
        page = visitor.get(f"/duyet?{query}").text
        hidden = ({"Bài cho số 0", SAMPLE} - {shown}).pop()
        assert shown in page and hidden not in page, query
    assert "Không có bài nào đúng với lựa chọn này" in visitor.get("/duyet?diem=k").text
    for query in (
        "diem=zz",
        "trang=-1",
        "trang=99999999999999999999",
        "don_vi=%00",
        "nhay_cam=x",
        "trang=%F0%9F%98%80",
    ):
        assert visitor.get(f"/duyet?{query}").status_code == 200


def test_who_reads_sees_the_list_and_decides_nothing(desk: Desk) -> None:
    submitted(desk)
    for staff in (desk.charlie, desk.lan, desk.quang, desk.son):
        page = desk.visit(staff).get("/duyet").text
        assert "Đang chờ duyệt" in page and "Nộp hồ sơ ở một nơi" in page and "Duyệt lần lượt" not in page
        assert "/duyet/d-mot-cua/duyet" not in desk.visit(staff).get(f"/duyet/{KEY}").text
    assert desk.visit(desk.tu).get("/duyet").status_code == 403


def test_with_nothing_to_do_the_page_says_where_to_go(desk: Desk) -> None:
    assert "Không còn bài nào chờ duyệt" in desk.visit(desk.minh).get("/duyet").text
    assert "Không có bài nào đang chờ duyệt" in desk.visit(desk.charlie).get("/duyet").text


def test_the_list_asks_the_database_as_often_for_forty_posts_as_for_one(desk: Desk) -> None:
    visitor, asked = desk.visit(desk.minh), []
    for count in (1, 45):
        for post in submitted_quickly(desk, count, f"lo-{count}"):
            due(desk, post)
        with counted(desk.engine) as statements:
            assert visitor.get("/duyet").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 10, asked
    assert "trang=2" in visitor.get("/duyet").text
    assert "lo-45-44" in visitor.get("/duyet?trang=2").text


# One post ------------------------------------------------------------------------------------------------


def test_the_page_shows_all_it_takes_to_decide(desk: Desk) -> None:
    channel = desk.connect("facebook")
    post = submitted(
        desk, source="Sở Nội vụ", source_url="https://snv.hue.gov.vn", legal_refs=["118/2025/NĐ-CP"], agency="snv",
        variants={"facebook": {"text": OTHER, "first_comment": "Xem thêm tại dichvucong.gov.vn"}},
    )  # fmt: skip
    due(desk, post, timedelta(hours=3), channel_id=channel.id)
    page = desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    for words in (
        "giữ giấy hẹn", "Sạc đầy pin", "Xem thêm tại dichvucong.gov.vn", "11:00 ngày 23/11/2026", channel.name,
        "Lan trình lúc", "Sở Nội vụ", "https://snv.hue.gov.vn", "118/2025/NĐ-CP", "Bài chưa từng được duyệt", "#CCHC",
    ):  # fmt: skip
        assert words in page, words


def test_what_changed_since_the_last_approval_is_marked_by_words_not_by_colour_alone(desk: Desk) -> None:
    submitted(desk)
    decide(desk, desk.minh)
    change(desk, KEY, body=BODY.replace("một nơi và", "hai nơi và"))
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    page = desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    assert "Thay đổi từ lần duyệt trước" in page and "Minh duyệt lúc 08:00 ngày 23/11/2026" in page
    assert '<del><span class="visually-hidden"> Bỏ: </span>một</del>' in page
    assert '<ins><span class="visually-hidden"> Thêm: </span>hai</ins>' in page


@pytest.mark.parametrize("key", ["khong-co", "..%2f..%2fetc", "%00", "a" * 3000, "D-MOT-CUA"])
def test_a_post_that_is_not_there_is_not_found_in_any_way(desk: Desk, key: str) -> None:
    visitor = desk.visit(desk.minh)
    assert visitor.get(f"/duyet/{key}").status_code == 404
    assert visitor.post(f"/duyet/{key}/duyet", {"ban": "0" * 64, "buoc": "only"}).status_code == 404
    assert visitor.post(f"/duyet/{key}/tra-lai", {"ly_do": "x"}).status_code == 404


def test_script_in_a_post_stays_letters(desk: Desk) -> None:
    evil = "<script>alert(1)</script> {{ 7777 * 77777 }} {who}"
    [post] = submitted_quickly(desk, 1, body=evil, source=evil, source_url="javascript:alert(1)", legal_refs=[evil])
    with writing(desk.engine) as session:
        post_of(session, post.key).title = evil
    for path in ("/duyet", f"/duyet/{post.key}"):
        page = desk.visit(desk.minh).get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "604871729" not in page
        assert 'href="javascript:' not in page


def test_one_post_costs_a_bounded_number_of_statements(desk: Desk) -> None:
    post = submitted(desk)
    for number in range(30):
        due(desk, post, timedelta(hours=number + 1))
    submitted_quickly(desk, 30)
    visitor = desk.visit(desk.minh)
    with counted(desk.engine) as statements:
        assert visitor.get(f"/duyet/{KEY}").status_code == 200
    assert len(statements) <= 18, statements


# In the browser ------------------------------------------------------------------------------------------


def test_three_taps_lead_from_today_to_approved_on_a_phone(desk: Desk, browser: Browser) -> None:
    desk.picture(submitted(desk, author=""), "teal")  # that approves it again
    change(desk, KEY, title="Nộp hồ sơ ở một nơi, nhận kết quả ở đó")
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    with window(browser, desk, desk.minh, 360, has_touch=True) as page:
        page.goto("/")
        page.get_by_role("navigation", name="Các trang chính").get_by_role("link", name="Chờ duyệt").tap()
        page.get_by_role("link", name="Nộp hồ sơ ở một nơi, nhận kết quả ở đó").tap()
        button = page.locator("#quyet button")
        expect(button).to_be_in_viewport()
        if page.locator("#f-chap_nhan").count():
            page.locator("#f-chap_nhan").check()
        button.tap()
        expect(page.get_by_role("status")).to_contain_text("Đã duyệt")
    assert state(desk) == Editorial.APPROVED


def test_the_keyboard_alone_returns_a_post(desk: Desk, browser: Browser) -> None:
    submitted(desk)
    with window(browser, desk, desk.minh, 1440) as page:
        page.goto(f"/duyet/{KEY}")
        page.locator(".back > summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator("#f-san-nguon")).to_be_checked()
        for _ in range(6):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Đã trả lại")
    assert acts(desk)[-1][2] == "Cần bổ sung nguồn hoặc văn bản làm căn cứ."


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_approvers_pages(desk: Desk, browser: Browser, width: int) -> None:
    long = "Hướng dẫn liên thông đăng ký khai sinh, thường trú và thẻ bảo hiểm y tế cho trẻ dưới sáu tuổi"
    desk.picture(submitted(desk, title=long, body=DOUBTFUL), "teal")
    change(desk, KEY, body=DOUBTFUL.replace("một nơi", "Trung tâm Phục vụ hành chính công"))
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    submitted(desk, "nhay-cam", title=SAMPLE, sensitive=True, body=OTHER)
    submitted_quickly(desk, 2)
    with window(browser, desk, desk.ha, width) as page:
        for path in ("/duyet", f"/duyet/{KEY}", "/duyet/nhay-cam"):
            page.goto(path)
            for details in page.locator("main details > summary").all():
                details.click()
            assert violations(page) == [], path
    with window(browser, desk, desk.charlie, width) as page:
        page.goto("/duyet")
        assert violations(page) == []
