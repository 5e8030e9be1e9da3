from datetime import timedelta
from tests.web.test_compose import *
from scheduler.db import writing
from contextlib import contextmanager
from web.door import COOKIE


@contextmanager
def raw(browser, desk, staff, width):
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=desk.address, locale="vi-VN")
    context.add_cookies([{"name": COOKIE, "value": desk.token(staff), "url": desk.address}])
    page = context.new_page()
    page.on("console", lambda told: print("CONSOLE", told.text) if told.type == "error" else None)
    page.on("pageerror", lambda e: print("PAGEERROR", e))
    yield page
    context.close()


SHOTS = "/tmp/wt/shots-compose"


def test_look(desk: Desk, browser: Browser) -> None:
    for p in ("facebook", "zalo"):
        desk.connect(p)
    lan, minh = desk.visit(desk.lan), desk.visit(desk.minh)
    quyen = desk.person("mai", "Hoàng Thị Ngọc Mai", __import__("web.roles").roles.Role.EDITOR)
    mai = desk.visit(quyen)
    one = draft(
        desk,
        title="Hướng dẫn nộp hồ sơ đăng ký khai sinh, khai tử, kết hôn trực tuyến trên Cổng Dịch vụ công quốc gia",
        body=BODY * 4,
        legal_refs=["61/2018/NĐ-CP", "118/2025/NĐ-CP"],
    )
    desk.picture(one)
    with writing(desk.engine) as s:
        r = s.get_one(Post, one.id)
        r.state = "returned"
        r.platforms = ["facebook", "zalo"]
        r.variants = {"zalo": {"summary": "Năm bước làm tại nhà."}}
        s.add(r)
        s.add(
            Review(
                post_id=one.id,
                at=NOW,
                action="returned",
                actor="Minh",
                reason="Thiếu ngày trả kết quả và số điện thoại hỗ trợ.",
                content_hash="x",
            )
        )
        from content.editorial import content_hash

        r.content_hash = content_hash(r, s.exec(select(PostAsset).where(PostAsset.post_id == r.id)).all())
        for m in (450, 690, 1170):
            for d in range(7):
                for c in (1, 2):
                    s.add(Slot(channel_id=c, weekday=d, minute=m))
    keep(mai, one.key, {**GOOD, "seen": "0" * 64})
    lan.post(
        f"/soan/{one.key}/len-lich",
        {
            "cach": "nhieu",
            "so_ngay": "3",
            "kenh": ["facebook", "zalo"],
            "hang_cho": hidden(lan.get(f"/soan/{one.key}").text, "hang_cho"),
        },
    )
    two = draft(desk, title="Ghi chú", author="Lan")
    keep(lan, one.key, {**sent(desk, one), "body": "Đang viết"})
    k = begin(lan)
    keep(
        lan,
        k,
        {
            "copy": hidden(lan.get(f"/soan/{k}").text, "copy"),
            **GOOD,
            "title": "Chiến dịch cao điểm 60 ngày đêm cấp tài khoản định danh điện tử",
        },
    )
    tu = desk.visit(desk.tu)
    kk = begin(tu)
    r = tu.post(f"/soan/{kk}/de-xuat", {**GOOD, "title": "Sở Nội vụ công bố kết quả chỉ số hài lòng"})
    for width in WIDTHS:
        with raw(browser, desk, desk.lan, width) as page:
            for name, path in (
                ("choose", "/soan"),
                ("new", f"/soan/{begin(lan)}"),
                ("edit", f"/soan/{one.key}"),
                ("two", f"/soan/{two.key}"),
            ):
                page.goto(path)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=width > 400)
                (page.evaluate("window.scrollTo(0, 1500)"), page.screenshot(path=f"{SHOTS}/{name}-{width}b.png"))
                print(name, width, violations(page))
            page.goto(f"/soan/{one.key}")
            page.get_by_role("button", name="Trình duyệt").first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=f"{SHOTS}/asks-{width}.png", full_page=width > 400)
            print("asks", width, violations(page))
            page.goto(f"/soan/{two.key}")
            page.get_by_label("Nội dung bài").fill(
                "Bản của tôi dài hơn một chút, có vài chữ khác. Nguồn: Cổng Thông tin điện tử."
            )
            with writing(desk.engine) as s:
                from content.editing import save
                from dataclasses import replace

                p = s.get_one(Post, two.id)
                save(
                    s,
                    two.key,
                    replace(
                        fields_of(s, p),
                        body=f"Bản của Mai dài hơn {width} chút, có chữ khác hẳn. Nguồn: Cổng Thông tin điện tử.",
                        title=f"Ghi chú mới {width}",
                    ),
                    by="Hoàng Thị Ngọc Mai",
                    now=desk.clock.now(),
                    seen=p.content_hash,
                )
            page.get_by_role("button", name="Lưu", exact=True).first.click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=f"{SHOTS}/conflict-{width}.png", full_page=True)
            print("conflict", width, violations(page))
            page.get_by_role("button", name="Ghép bằng tay").click()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=f"{SHOTS}/hand-{width}.png", full_page=True)
            page.locator(".beside").screenshot(path=f"{SHOTS}/beside-{width}.png")
