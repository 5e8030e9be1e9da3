"""The library and the suggestions in a real browser: axe at three widths, and everything by the keyboard alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from scheduler.portals import Portals
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Portal, article, portal_server
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from tests.web.library_case import shelf
from tests.web.test_library_exchange import BAD, GOOD, csv
from tests.web.test_suggestions import suggest

PAGES = {
    "/thu-vien": "Thư viện nội dung",
    "/thu-vien?xem=danh-sach": "Thư viện nội dung",
    "/thu-vien?noi_dung=đ&dang=chua&tim=so": "Thư viện nội dung",
    "/thu-vien?tim=khong+co": "Thư viện nội dung",
    "/bai/giay-hen": "Giấy hẹn trả kết quả",
    "/bai/cua-so-noi-vu": "Sở Nội vụ hướng dẫn",
    "/thu-vien/mau": "Mẫu infographic",
    "/thu-vien/nhap": "Nhập bài từ bảng",
    "/de-xuat": "Đề xuất từ cổng",
    "/de-xuat/1": "Một cửa làm việc thứ Bảy",
}


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def office(desk: Desk, portal: Portal) -> Desk:
    """A desk with a library and a suggestion."""
    desk.service.portals = Portals(*loopback(portal))
    shelf(desk)
    suggest(desk, portal, article(1), article(2, title="NGÀY HỘI CHUYỂN ĐỔI SỐ"))
    return desk


@pytest.mark.parametrize(("width", "scheme"), [*((width, "light") for width in WIDTHS), (1440, "dark")])
def test_every_page_is_whole_for_everybody(office: Desk, browser: Browser, width: int, scheme: str) -> None:
    with window(browser, office, office.lan, width, color_scheme=scheme) as page:
        for path, heading in PAGES.items():
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
            assert violations(page) == [], path
        page.goto("/thu-vien/nhap")
        page.set_input_files("#f-bang", {"name": "bang.csv", "mimeType": "text/csv", "buffer": csv(GOOD, BAD)})
        page.get_by_role("button", name="Chạy thử").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Chạy thử")
        assert violations(page) == []


@pytest.mark.parametrize("path", ["/thu-vien", "/bai/giay-hen", "/de-xuat", "/thu-vien/mau"])
def test_a_page_has_few_requests_and_is_light(office: Desk, browser: Browser, path: str) -> None:
    with window(browser, office, office.lan) as page:
        asked: list[str] = []
        page.on("requestfinished", lambda one: asked.append(one.url))
        page.goto(path, wait_until="networkidle")
        sizes = page.evaluate("performance.getEntries().map(one => [one.name, one.transferSize || 0])")
    own = [url for url in asked if "/nho" not in url and "/thu-vien/mau/" not in url]
    assert len(own) <= 10, own
    assert sum(size for url, size in sizes if "/nho" not in url and "/thu-vien/mau/" not in url) <= 150_000, sizes


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_the_keyboard_alone_finds_a_post_and_opens_all_of_it(office: Desk, browser: Browser) -> None:
    with window(browser, office, office.lan) as page:
        page.goto("/thu-vien")
        tab_to(page, "#f-tim")
        page.keyboard.type("giay hen")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="bài")).to_contain_text("1 bài")
        tab_to(page, 'a[href="/bai/giay-hen"]')
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Giấy hẹn trả kết quả")
        tab_to(page, ".save summary")
        page.keyboard.press("Enter")
        tab_to(page, 'a[href="/bai/giay-hen/xuat?dang=csv"]')
        with page.expect_download() as download:
            page.keyboard.press("Enter")
        assert download.value.suggested_filename == "giay-hen.csv"


def test_the_keyboard_alone_puts_a_suggestion_away(office: Desk, browser: Browser) -> None:
    with window(browser, office, office.lan, 360) as page:
        page.goto("/de-xuat")
        tab_to(page, 'a[href="/de-xuat/1"]')
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Một cửa")
        tab_to(page, "#f-ly_do")
        page.keyboard.type("Đã có bài tương tự")
        page.keyboard.press("Enter")
        expect(page.locator(".flash")).to_contain_text("Đã bỏ qua")


def test_the_words_of_a_filter_work_without_scripts(office: Desk, browser: Browser) -> None:
    with window(browser, office, office.lan, 360, java_script_enabled=False) as page:
        page.goto("/thu-vien")
        page.get_by_role("link", name="Đang trong hàng chờ").click()
        expect(page.locator(".post .name")).to_have_text(["Bài của Sở Tư pháp"])
        page.locator(".chip").click()
        expect(page.locator(".post")).to_have_count(5)
