"""The calendar in a real browser: dragging, its twin by keyboard alone, three widths, paper."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from content.vietnamese import LOCAL, local
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from tests.web.test_calendar import TODAY, at, slotted

WEDNESDAY = date(2026, 11, 25)


def furnish(desk: Desk) -> Publication:
    """A few days as they are: what went out, what waits, what is held, gaps, a very long title."""
    channel = slotted(desk, 7 * 60 + 30, 17 * 60, key="fanpage", name="Cải cách hành chính tỉnh")
    other = desk.channel("zalo", name="Văn phòng Ủy ban nhân dân tỉnh")
    long = "Thông báo bảo trì hệ thống thông tin giải quyết thủ tục hành chính " * 3
    desk.publication(
        post_id=desk.post(title=long[:200]).id, channel_id=channel.id, due_at=at(7, 30), state=State.FAILED
    )
    desk.publication(channel_id=other.id, due_at=at(9, on=date(2026, 11, 26)), state=State.HELD)
    for day in range(1, 23):
        state = State.PUBLISHED if day % 5 else State.NEEDS_PERSON
        desk.publication(channel_id=channel.id, due_at=at(17, on=date(2026, 11, day)), state=state)
    return desk.publication(post_id=desk.post(title="Một cửa liên thông").id, channel_id=channel.id, due_at=at(9, 15))


def carry(page: Page, row: Publication, onto: str) -> None:
    """Drag an item with the mouse onto a cell, the way a hand does it."""
    page.locator(f"[data-muc='{row.id}']").scroll_into_view_if_needed()
    page.locator(f"[data-muc='{row.id}'] time").hover()
    page.mouse.down()
    cell = page.locator(onto)
    cell.hover(position={"x": 8, "y": 8})
    cell.hover(position={"x": 12, "y": 12})


def due(desk: Desk, row: Publication) -> datetime:
    return local(desk.load(row.id).due_at)


def test_dragging_in_the_month_keeps_the_hour_and_can_be_undone(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich")
        carry(page, row, f"td[data-ngay='{WEDNESDAY}']")
        expect(page.locator(".target .landing")).to_have_text("→ 09:15")
        expect(page.locator("#da-noi")).to_have_text("Sẽ dời đến 09:15 thứ Tư, 25/11/2026.")
        page.mouse.up()
        expect(page.locator("#thong-bao .flash.good")).to_contain_text("09:15 ngày 25/11/2026")
        assert due(desk, row) == at(9, 15, WEDNESDAY)
        assert page.locator(f"td[data-ngay='{WEDNESDAY}'] [data-muc='{row.id}']").count() == 1
        assert page.locator(".landing, .target").count() == 0
        assert violations(page) == []
        expect(page.get_by_role("button", name="Hoàn tác")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#thong-bao .flash.good")).to_contain_text("09:15 ngày 23/11/2026")
        expect(page.locator(f"td[data-ngay='{TODAY}'] [data-muc='{row.id}']")).to_be_visible()
    assert due(desk, row) == at(9, 15)
    assert desk.events(row.id) == ["moved", "moved"]


def test_dragging_in_the_week_takes_the_hour_too(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich?tuan=2026-W48")
        carry(page, row, f"td[data-ngay='{WEDNESDAY}'][data-gio='14']")
        page.mouse.up()
        expect(page.locator("#thong-bao .flash.good")).to_contain_text("14:15 ngày 25/11/2026")
    assert due(desk, row) == at(14, 15, WEDNESDAY)


def _off(desk: Desk, row: Publication) -> None:
    with writing(desk.engine) as session:
        session.get_one(Channel, row.channel_id).state = "off"


def _moved_by_another(desk: Desk, row: Publication) -> None:
    desk.visit(desk.lan).post(f"/muc/{row.id}/doi-gio", {"ngay": "2026-11-30", "gio": "10:00"})


def _cancelled(desk: Desk, row: Publication) -> None:
    desk.visit(desk.lan).post(f"/muc/{row.id}/huy", {"ly_do": "Không cần nữa"})


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [(_off, "đã tắt"), (_moved_by_another, "vừa được người khác đổi"), (_cancelled, "Đã hủy")],
    ids=["channel off", "moved by another", "cancelled"],
)
def test_what_is_refused_goes_back_to_its_place_with_the_reason(
    desk: Desk, browser: Browser, meanwhile: Callable[[Desk, Publication], None], why: str
) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich")
        before = page.locator(f"td[data-ngay='{TODAY}'] li").all_inner_texts()
        meanwhile(desk, row)
        stood = due(desk, row)
        carry(page, row, f"td[data-ngay='{WEDNESDAY}']")
        page.mouse.up()
        expect(page.get_by_role("alert")).to_contain_text(why)
        assert page.locator(f"td[data-ngay='{TODAY}'] li").all_inner_texts() == before
        assert page.get_by_role("button", name="Hoàn tác").count() == 0
    assert due(desk, row) == stood


def test_nothing_is_dropped_into_the_past_or_dragged_out_of_it(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich")
        assert page.locator(":is(td[data-past] .item, .item.over)[draggable=true]").count() == 0
        assert page.locator(".item.over").count() > 20
        carry(page, row, "td[data-ngay='2026-11-20']")
        assert page.locator(".target").count() == 0
        page.mouse.up()
        expect(page.locator("#da-noi")).to_have_text("Mục ở lại chỗ cũ.")
        assert page.locator(f"td[data-ngay='{TODAY}'] [data-muc='{row.id}']").count() == 1
    assert desk.events(row.id) == []


def test_a_reader_drags_nothing(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.charlie) as page:
        page.goto("/lich")
        carry(page, row, f"td[data-ngay='{WEDNESDAY}']")
        page.mouse.up()
        assert page.locator(f"td[data-ngay='{TODAY}'] [data-muc='{row.id}']").count() == 1
    assert due(desk, row) == at(9, 15)


def test_an_item_is_moved_by_the_keyboard_alone(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich")
        _tab_to(page, f"/lich/doi/{row.id}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Dời lịch")).to_be_visible()
        _tab_to(page, "07:30, thứ Ba 24/11/2026")
        page.keyboard.press("Enter")
        expect(page.locator(".flash.good")).to_contain_text("07:30 ngày 24/11/2026")
        expect(page).to_have_url(f"{desk.address}/lich?thang=2026-11")
    assert due(desk, row) == at(7, 30, TODAY + timedelta(days=1))


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted link or button has the focus, and can be seen."""
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "[document.activeElement.getAttribute('href') ?? '', document.activeElement.innerText ?? '']"
        )
        if any(wanted in one for one in found):
            assert page.evaluate("getComputedStyle(document.activeElement).opacity") != "0"
            return
    raise AssertionError(f"Tab does not reach {wanted}")


def test_the_form_moves_an_item_without_any_script(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan, java_script_enabled=False) as page:
        page.goto("/lich")
        page.locator(f"[data-muc='{row.id}']").hover()
        page.locator(f"[data-muc='{row.id}'] .move").click()
        page.locator("#f-ngay").fill("2026-11-26")
        page.locator("#f-gio").fill("15:45")
        page.get_by_role("button", name="Dời lịch").click()
        assert "15:45 ngày 26/11/2026" in page.locator(".flash.good").inner_text()
    assert due(desk, row) == at(15, 45, date(2026, 11, 26))


def test_the_details_open_in_place_and_close_with_escape(desk: Desk, browser: Browser) -> None:
    row = furnish(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto("/lich")
        link = page.locator(f"[data-muc='{row.id}'] .title")
        link.click()
        dialog = page.get_by_role("dialog", name="Một cửa liên thông")
        expect(dialog).to_contain_text("09:15 ngày 23/11/2026")
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(link).to_be_focused()


PAGES = ("/lich", "/lich?tuan=2026-W48", "/lich?xem=danh-sach", "/lich?ngay=2026-11-23", "/lich?diem=a")


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_calendar(desk: Desk, browser: Browser, width: int) -> None:
    row = furnish(desk)
    slot = "/lich/khung-gio?kenh=fanpage&ngay=2026-11-26&gio=07:30"
    with window(browser, desk, desk.lan, width) as page:
        for path in (*PAGES, f"/lich/muc/{row.id}", f"/lich/doi/{row.id}", slot):
            page.goto(path)
            assert violations(page) == [], path
            assert page.locator("main .button, main button").first.is_visible()
    with window(browser, desk, desk.lan, width, color_scheme="dark") as page:
        for path in PAGES[:3]:
            page.goto(path)
            assert violations(page) == [], f"{path}, dark"


def test_a_phone_begins_the_month_today_and_shows_the_rest_on_a_touch(desk: Desk, browser: Browser) -> None:
    furnish(desk)
    with window(browser, desk, desk.lan, 360) as page:
        page.goto("/lich")
        assert page.locator("td[data-past]:visible").count() == 0
        page.get_by_text("Xem các ngày đã qua của tháng").click()
        expect(page.locator("td[data-past]:visible")).to_have_count(22)


def test_paper_has_the_days_and_no_menus(desk: Desk, browser: Browser) -> None:
    furnish(desk)
    with window(browser, desk, desk.lan) as page:
        for path in ("/lich", "/lich?xem=danh-sach", "/lich?tuan=2026-W48"):
            page.goto(path)
            page.emulate_media(media="print")
            shown = page.locator("body").inner_text()
            assert "Một cửa liên thông" in shown and "Lịch đăng" in shown
            for word in ("Thư viện", "Soạn bài", "Lọc", "Dời lịch", "Danh sách", "Tải lịch"):
                assert word not in shown, (path, word)


def test_the_calendar_needs_few_requests_and_few_bytes(desk: Desk, browser: Browser) -> None:
    channel = slotted(desk, *range(6 * 60, 22 * 60, 60))
    post = desk.post(title="Làm hộ chiếu tại nhà: năm bước trên Cổng Dịch vụ công quốc gia, không phải chờ đợi")
    start = datetime(2026, 11, 1, 6, tzinfo=LOCAL)
    with writing(desk.engine) as session:
        session.add_all(
            Publication(post_id=post.id or 0, channel_id=channel.id or 0, due_at=start + timedelta(hours=n), saved={},
                        created_at=start)
            for n in range(24 * 29)
        )  # fmt: skip
    for path in PAGES[:3]:
        with window(browser, desk, desk.lan) as page:
            asked: list[Request] = []
            page.on("requestfinished", lambda request, kept=asked: kept.append(request))
            page.goto(path, wait_until="networkidle")
            sizes = {request.url: request.sizes()["responseBodySize"] for request in asked}
            assert len(asked) <= 10 and sum(sizes.values()) <= 150_000, (path, sizes)
