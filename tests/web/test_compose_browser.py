"""The composer in a real browser: typing, losing the session, two windows, the keyboard, axe."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select, update

from content.tables import Editorial, Post
from scheduler.db import reading, writing
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from tests.web.writing import BODY, TITLE, begin, copies, draft, keep, post_of, ready, sent
from web.door import COOKIE
from web.tables import StaffSession

HOLD_THE_ANSWER = """() => {
  const real = window.fetch;
  window.fetch = async (address, ...rest) => {
    const answer = await real(address, ...rest);
    if (String(address).endsWith("/tu-luu")) await new Promise((done) => { window.letGo = done; });
    return answer;
  };
}"""
"""The server has kept the copy, and the page does not know it yet."""


def type_into(page: Page, words: str) -> None:
    page.get_by_label("Tiêu đề", exact=True).fill("Giấy hẹn điện tử")
    page.get_by_label("Nội dung bài").fill(words)


def kept(page: Page) -> None:
    """Until the server has everything that stands in the fields."""
    expect(page.locator("#da-giu:not([aria-busy])")).to_have_text("Đã giữ bản nháp lúc 08:00")


def test_what_is_typed_is_kept_and_gone_on_with_after_a_reload(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto("/soan")
        page.get_by_role("button", name="Soạn bài mới").click()
        type_into(page, "Viết dở.")
        page.get_by_label("Facebook", exact=True).check()
        kept(page)
        page.reload()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết dở.")
        page.get_by_label("Nội dung bài").press("Control+End")
        page.keyboard.type(" Viết tiếp.")
        page.get_by_label("Tiêu đề", exact=True).press("Enter")
        expect(page.get_by_text("Đã lưu bài “Giấy hẹn điện tử”.")).to_be_visible()
        assert page.evaluate("Object.keys(localStorage)") == []
        page.get_by_label("Nội dung bài").fill("Sửa sau khi lưu.")
        kept(page)
        page.reload()
        page.get_by_role("link", name="Tiếp tục bản đó").click()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Sửa sau khi lưu.")
    assert post_of(desk, "giay-hen-dien-tu").body == "Viết dở. Viết tiếp."


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in_again(desk: Desk, browser: Browser) -> None:
    post = draft(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{post.key}")
        with writing(desk.engine) as session:
            session.exec(update(StaffSession).values(ended_at=NOW))
        page.get_by_label("Nội dung bài").fill("Viết khi phiên đã hết.")
        expect(page.locator("#chua-giu")).to_contain_text("Phiên đăng nhập đã hết. Chữ bạn viết vẫn còn")
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết khi phiên đã hết.")
        page.context.add_cookies([{"name": COOKIE, "value": desk.token(desk.lan), "url": desk.address}])
        page.goto(f"/soan/{post.key}")
        page.get_by_role("button", name="Dùng lại chữ đó").click()
        expect(page.get_by_label("Nội dung bài")).to_have_value("Viết khi phiên đã hết.")
        kept(page)
    assert len(copies(desk)) == 1


def test_a_button_pressed_while_the_copy_is_on_its_way_goes_on_with_it(desk: Desk, browser: Browser) -> None:
    post = draft(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{post.key}")
        page.evaluate(HOLD_THE_ANSWER)
        page.get_by_label("Nội dung bài").fill("Viết thêm.")
        page.get_by_label("Tiêu đề", exact=True).focus()
        page.wait_for_function("() => window.letGo")
        page.get_by_role("button", name="Thêm ảnh, video").click(no_wait_after=True)
        page.evaluate("() => window.letGo()")
        page.wait_for_url("**/tu-lieu/chon**")
    assert [dict(map(tuple, one.fields["form"]))["body"] for one in copies(desk)] == ["Viết thêm."]


def test_a_second_window_is_told_and_may_take_over(desk: Desk, browser: Browser) -> None:
    post = draft(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{post.key}")
        keep(desk.visit(desk.lan), post.key, sent(desk, post, body="Ở cửa sổ kia."))
        page.get_by_label("Nội dung bài").fill("Ở cửa sổ này.")
        expect(page.locator("#chua-giu")).to_contain_text("Bạn có một bản khác của bài này")
        page.get_by_role("button", name="Giữ bản ở đây thay bản kia").click()
        kept(page)
        expect(page.locator("#chua-giu")).to_be_hidden()
    assert dict(map(tuple, copies(desk)[0].fields["form"]))["body"] == "Ở cửa sổ này."


def test_a_post_is_written_and_submitted_with_the_keyboard_alone(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/soan/{begin(desk.visit(desk.lan))}")
        page.get_by_label("Tiêu đề", exact=True).focus()
        page.keyboard.type(TITLE)
        page.keyboard.press("Tab")
        page.keyboard.type(BODY)
        for name in ("Facebook", "Người dân"):
            page.get_by_label(name, exact=True).press("Space")
        for _ in "abcdđ":
            page.get_by_label("Nội dung tuyên truyền").press("ArrowDown")
        page.get_by_label("Nguồn", exact=True).focus()
        page.keyboard.type("Cổng Thông tin điện tử")
        page.get_by_role("button", name="Trình duyệt").press("Enter")
        expect(page.get_by_text("Đã trình duyệt bài")).to_be_visible()
    with reading(desk.engine) as session:
        assert session.exec(select(Post.state)).one() == Editorial.SUBMITTED


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_composer(desk: Desk, browser: Browser, width: int) -> None:
    post, lan, panel = ready(desk)
    lan.post(f"/soan/{post.key}/len-lich", {**panel, "cach": "nhieu", "so_ngay": "2"})
    desk.picture(post)
    other = draft(desk, title="Hướng dẫn đăng ký khai sinh, khai tử, kết hôn trực tuyến trên Cổng Dịch vụ công " * 2)
    keep(lan, other.key, sent(desk, other, body="Viết."))
    clash = draft(desk)
    with window(browser, desk, desk.lan, width, color_scheme="dark" if width == 768 else "light") as page:
        for path in ("/soan", f"/soan/{begin(lan)}", f"/soan/{post.key}", f"/soan/{other.key}?tiep=1"):
            page.goto(path)
            page.evaluate(
                "document.querySelectorAll('details').forEach((one) => { one.open = !one.closest('header'); })"
            )
            assert violations(page) == [], path
        page.get_by_role("button", name="Trình duyệt").first.click()
        expect(page.locator("#loi")).to_be_visible()
        assert violations(page) == []
        page.goto(f"/soan/{clash.key}")
        lan.post(f"/soan/{clash.key}", sent(desk, clash, body="Lời của người khác."))
        page.get_by_label("Nội dung bài").fill("Lời của tôi.")
        page.get_by_role("button", name="Lưu", exact=True).first.click()
        expect(page.get_by_role("heading", name="Bài này vừa được lưu bởi người khác")).to_be_visible()
        assert violations(page) == []
