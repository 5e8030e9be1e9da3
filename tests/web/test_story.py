"""The work of an office in real windows: written, returned, approved by another, moved by drag, gone out, counted."""

from datetime import timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from content.vietnamese import LOCAL, local
from scheduler.tables import Channel, Publication
from tests.conftest import NOW
from tests.web.browser import violations, window
from tests.web.desk import Desk

TITLE = "Nộp hồ sơ trực tuyến, nhận kết quả tại nhà"
BODY = "Bà con nộp hồ sơ trực tuyến trên Cổng Dịch vụ công rồi nhận kết quả tại nhà, không phải đi lại nhiều lần."
MORE = " Cần hỗ trợ, bà con gọi tổng đài 19001075."
TOMORROW, DAY_AFTER = "2026-11-24", "2026-11-25"
NUMBER = 1


def test_a_post_is_written_returned_approved_moved_published_and_counted(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    channel = desk.connect("facebook")
    picture = tmp_path / "nop-ho-so.png"
    Image.effect_noise((1080, 1350), 60).convert("RGB").save(picture)
    with window(browser, desk, desk.lan) as lan, window(browser, desk, desk.minh, width=360) as minh:
        key = write(lan, picture)
        give_it_a_time(lan, channel)
        submit(lan)
        send_back(minh, key)
        mend_and_submit_again(lan, key)
        approve(minh)
        move_to_the_next_day(lan, desk)
        desk.pass_time(NOW + timedelta(days=3))
        assert [one["text"].startswith(BODY + MORE) for one in desk.sandbox.public("facebook")] == [True]
        assert desk.load(NUMBER).published_at == desk.load(NUMBER).due_at
        desk.sandbox.at(NOW + timedelta(days=4))
        desk.clock.set(NOW + timedelta(days=4))
        assert desk.service.collect().failed == {}
        look_at_its_life_and_figures(lan)


def write(page: Page, picture: Path) -> str:
    """A new post with a picture, and what the people will see of it."""
    page.goto("/")
    page.get_by_role("link", name="Soạn bài").first.click()
    page.get_by_role("button", name="Soạn bài mới").click()
    page.get_by_label("Tiêu đề", exact=True).fill(TITLE)
    page.get_by_label("Nội dung bài").fill(BODY)
    page.get_by_label("Facebook", exact=True).check()
    page.locator("#f-topic").select_option("đ")
    page.get_by_label("Người dân", exact=True).check()
    page.locator("#f-source").fill("Cổng Thông tin điện tử thành phố Huế")
    expect(preview(page)).to_contain_text(BODY)
    page.get_by_role("button", name="Thêm ảnh, video").click()
    page.wait_for_url("**/tu-lieu/chon**")
    page.locator("input[type=file]").set_input_files(picture)
    expect(page.get_by_role("checkbox", name="nop-ho-so.png")).to_be_checked()
    page.get_by_role("button", name="Thêm vào bài").click()
    page.get_by_label("Văn bản thay thế").first.fill("Người dân nộp hồ sơ trên điện thoại tại nhà.")
    page.get_by_role("button", name="Lưu").first.click()
    expect(page.locator(".flash.good", has_text="Đã lưu bài")).to_be_visible()
    expect(preview(page).locator("img").first).to_be_visible()
    assert violations(page) == []
    return page.url.partition("/soan/")[2].partition("?")[0].partition("#")[0]


def preview(page: Page) -> Locator:
    return page.get_by_role("region", name="Xem trước", exact=True)


def give_it_a_time(page: Page, channel: Channel) -> None:
    page.get_by_label("Vào giờ đã chọn").check()
    page.get_by_label("Ngày đăng").fill(TOMORROW)
    page.get_by_label("Giờ đăng").fill("09:15")
    page.get_by_role("button", name="Lên lịch").click()
    expect(page.locator("#len-lich")).to_contain_text("09:15 ngày 24/11/2026")
    expect(page.locator("#len-lich")).to_contain_text(channel.name)


def submit(page: Page) -> None:
    page.get_by_role("button", name="Trình duyệt").first.click()
    accept = page.locator("input[type=checkbox][name^=chap_nhan]")
    if accept.count():
        for place in range(accept.count()):
            accept.nth(place).check()
        page.get_by_role("button", name="Trình duyệt").last.click()
    expect(page.get_by_text("Chờ duyệt").first).to_be_visible()


def send_back(page: Page, key: str) -> None:
    page.goto(f"/duyet/{key}")
    expect(page.locator("main")).to_contain_text("09:15")
    page.get_by_text("Trả lại", exact=True).first.click()
    page.get_by_label("Lý do khác, hoặc ghi rõ thêm").fill("Xin thêm số điện thoại hỗ trợ.")
    page.get_by_role("button", name="Trả lại cho người soạn").click()
    expect(page.locator(".flash").first).to_be_visible()


def mend_and_submit_again(page: Page, key: str) -> None:
    page.goto("/soan")
    expect(page.locator("main")).to_contain_text("Xin thêm số điện thoại hỗ trợ.")
    page.goto(f"/soan/{key}")
    page.get_by_label("Nội dung bài").fill(BODY + MORE)
    page.get_by_role("button", name="Lưu").first.click()
    expect(page.locator(".flash.good", has_text="Đã lưu bài")).to_be_visible()
    submit(page)


def approve(page: Page) -> None:
    """Three taps on a phone: the post that waits, a yes to what was accepted, the decision."""
    page.goto("/")
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.locator("main")).to_contain_text(MORE.strip())
    accept = page.locator("#f-chap_nhan")
    if accept.count():
        accept.check()
    page.locator("#quyet button").click()
    expect(page.locator(".flash.good").first).to_be_visible()


def move_to_the_next_day(page: Page, desk: Desk) -> None:
    desk.service.settle()
    page.goto("/lich")
    page.locator(f"[data-muc='{NUMBER}']").first.drag_to(page.locator(f"td[data-ngay='{DAY_AFTER}']"))
    expect(page.locator("#thong-bao .flash.good")).to_contain_text("09:15 ngày 25/11/2026")
    row: Publication = desk.load(NUMBER)
    assert local(row.due_at).isoformat() == f"{DAY_AFTER}T09:15:00+07:00"
    assert local(row.due_at).tzinfo == LOCAL


def look_at_its_life_and_figures(page: Page) -> None:
    page.goto(f"/muc/{NUMBER}")
    expect(page.locator("main")).to_contain_text("Đã đăng")
    assert violations(page) == []
    page.goto("/so-lieu/bai?ky=thang-nay")
    line = page.locator("tr", has_text=TITLE)
    reach = line.locator("td").nth(2).inner_text().strip()
    assert reach not in ("", "-"), "the figures came back"
