"""The page of notices: what is open by grade, what is over, how each was told; its count in every menu."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from scheduler.calendar_tables import NoticeDelivery
from scheduler.db import writing
from scheduler.notices import Grade, Kind, clear, raise_notice
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from tests.web.test_api import Program
from web.tokens import Scope

DAY = timedelta(days=1)
LONG = (
    "Bài “Công khai kết quả giải quyết thủ tục hành chính quý IV năm 2026 tại Trung tâm Phục vụ hành chính công” trên "
    "kênh “Trang Cải cách hành chính thành phố Huế” hẹn đăng lúc 07:30 ngày 23/11/2026 nhưng vẫn chưa đăng (sẵn sàng "
    "đăng). Hãy xem kênh và dịch vụ đăng bài có đang chạy không."
)


def happens(desk: Desk, kind: Kind, subject: str, grade: Grade, words: str, path: str = "", **sent: Any) -> int:
    with writing(desk.engine) as session:
        row = raise_notice(session, kind, subject, grade, words, path, now=desk.clock.now())
        session.flush()
        for way, (target, state, told) in sent.items():
            session.add(
                NoticeDelivery(
                    notice_id=row.id or 0, way=way, target=target, state=state, words=told, attempts=1,
                    started_at=NOW, finished_at=NOW,
                )
            )  # fmt: skip
        return row.id or 0


def furnish(desk: Desk) -> None:
    happens(
        desk, Kind.LATE, "late:1", Grade.ALARM, LONG, "/muc/1", mail=("lan@hue.example", "sent", ""),
        webhook=("hook.example/a", "waiting", "hook.example/a trả lời mã 503."),
    )  # fmt: skip
    happens(desk, Kind.CHANNEL_STOPPED, "c", Grade.ALARM, "Kênh “Zalo OA” đang dừng: cần kết nối lại.", "/kenh/oa")
    happens(desk, Kind.QUOTA, "q", Grade.WARNING, "Ngày 24/11/2026, hàng chờ cần 5 lượt tải lên, chỉ còn 2.", "/lich")
    happens(desk, Kind.PAUSE, "p", Grade.NEWS, "Lệnh tạm dừng số 1 đã tự kết thúc lúc 07:00 ngày 23/11/2026.")
    happens(desk, Kind.PORTAL, "over", Grade.WARNING, "Nguồn tin “Cổng tỉnh” không đọc được.", "/cau-hinh/nguon-tin/a")
    with writing(desk.engine) as session:
        clear(session, ["over"], now=NOW)


def test_open_ones_stand_by_grade_and_what_is_over_after_them(desk: Desk) -> None:
    furnish(desk)
    page = desk.visit(desk.lan).get("/thong-bao").text
    order = ['id="muc-alarm"', "Zalo OA", 'id="muc-warning"', "chỉ còn 2", 'id="muc-news"', 'id="da-het"', "Cổng tỉnh"]
    places = [page.index(words) for words in order]
    assert places == sorted(places)
    assert 'href="/muc/1"' in page and 'href="/cau-hinh/nguon-tin/a"' not in page, "what is over asks for nothing"


def test_it_tells_how_each_was_delivered_and_nobody_s_address(desk: Desk) -> None:
    furnish(desk)
    page = desk.visit(desk.charlie).get("/thong-bao").text
    assert "Thư: đã gửi lúc 08:00 ngày 23/11/2026." in page and "lan@hue.example" not in page
    assert "Webhook hook.example/a: chờ gửi lại" in page and "mã 503" in page


def test_an_empty_page_says_that_all_is_well_and_that_nothing_is_sent_anywhere(desk: Desk) -> None:
    page = desk.visit(desk.lan).get("/thong-bao").text
    assert "Không có thông báo nào đang mở" in page and "CCHC_SMTP_HOST" in page


def test_who_may_not_read_sees_neither_the_page_nor_the_count(desk: Desk) -> None:
    furnish(desk)
    assert desk.visit(desk.tu).get("/thong-bao").status_code == 403
    assert 'class="count"' not in desk.visit(desk.tu).get("/").text
    assert desk.visit().get("/thong-bao", allow_redirects=False).status_code == 303


def test_every_menu_counts_the_open_alarms_without_a_question_of_its_own(desk: Desk) -> None:
    furnish(desk)
    visitor = desk.visit(desk.lan)
    with counted(desk.engine) as statements:
        assert '<span class="count">2<' in visitor.get("/thu-vien").text
    assert not any(one.startswith("SELECT count") and "notice" in one for one in statements)
    with writing(desk.engine) as session:
        clear(session, ["c"], now=NOW)
    assert '<span class="count">1<' in visitor.get("/no-such-page").text


def test_the_front_page_tells_alarms_that_it_does_not_tell_in_its_own_way(desk: Desk) -> None:
    furnish(desk)
    page = desk.visit(desk.minh).get("/").text
    assert page.index("Công khai kết quả giải quyết") < page.index('id="sap-dang"')
    assert "cần kết nối lại." not in page, "the channels' health tells that"
    assert "chỉ còn 2" not in page, "a warning waits on its own page"


def test_a_script_in_a_notice_stays_text(desk: Desk) -> None:
    happens(desk, Kind.LATE, "x", Grade.ALARM, "<script>alert(1)</script>{x}", '/muc/1"><script>')
    for path in ("/thong-bao", "/"):
        page = desk.visit(desk.lan).get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;{x}" in page


def test_the_page_asks_the_database_no_more_for_many_than_for_few(desk: Desk) -> None:
    furnish(desk)
    visitor = desk.visit(desk.lan)
    visitor.get("/thong-bao")
    with counted(desk.engine) as few:
        visitor.get("/thong-bao")
    for number in range(150):
        happens(desk, Kind.LATE, f"more:{number}", Grade.ALARM, LONG, "/muc/1", mail=("a@b.c", "sent", ""))
    with counted(desk.engine) as many:
        assert visitor.get("/thong-bao").ok
    assert len(few) == len(many) <= 8, many


def test_the_api_lists_what_is_open_and_all_of_it_page_by_page(desk: Desk) -> None:
    furnish(desk)
    program = Program(desk, desk.charlie, [Scope.READ])
    answer = program.get("/notices")
    assert [one["grade"] for one in answer["items"]] == ["news", "warning", "alarm", "alarm"]
    assert answer["items"][-1]["deliveries"][0]["way"] == "mail" and "lan@hue.example" not in str(answer)
    first = program.get("/notices?open=false&limit=3")
    rest = program.get(f"/notices?open=false&limit=3&cursor={first['next']}")
    assert len(first["items"]) + len(rest["items"]) == 5 and rest["next"] is None
    other = Program(desk, desk.tu, [Scope.READ])
    assert other.ask("GET", "/notices").status_code == 403
    for one in (program, other):
        one.http.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(desk: Desk, browser: Browser, width: int, scheme: str) -> None:
    furnish(desk)
    with window(browser, desk, desk.lan, width, color_scheme=scheme) as page:
        for path in ("/thong-bao", "/"):
            page.goto(path)
            assert violations(page) == [], path
    desk.clock.set(NOW + HOUR)
    with writing(desk.engine) as session:
        clear(session, ["late:1", "c", "q", "p"], now=NOW - 20 * DAY)
    with window(browser, desk, desk.lan, width, color_scheme=scheme) as page:
        page.goto("/thong-bao")
        assert violations(page) == []
