"""The page of posts that recur: list, choose, set, end."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from content.vietnamese import local
from scheduler.calendar_tables import Recurrence
from scheduler.db import reading, writing
from scheduler.recurring import queue_coming
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted

HERE = "/lich/lap-lai"
TODAY = local(NOW).date()
FIELDS = {
    "bai": "nhac-lich", "kenh": "fanpage", "chu_ky": "week", "thu": "2", "ngay": "1", "cach": "1", "gio": "7h30",
    "tu": f"{TODAY}", "den": f"{TODAY + timedelta(days=60)}", "so_lan": "",
}  # fmt: skip


def ready(desk: Desk) -> None:
    desk.channel(key="fanpage", name="Fanpage Cải cách hành chính")
    desk.post(key="nhac-lich", title="Nhắc lịch tiếp công dân")


def rules(desk: Desk) -> list[Recurrence]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Recurrence)))


def test_a_post_is_found_chosen_and_recurs_until_somebody_ends_it(both: Desk) -> None:
    ready(both)
    lan = both.visit(both.lan)
    text = lan.get(HERE, params={"tim": "tiep cong dan"}).text
    assert "Nhắc lịch tiếp công dân" in text and "Chưa có bài nào lặp lại" in text
    assert 'name="thu"' in lan.get(HERE, params={"bai": "nhac-lich"}).text
    text = lan.post(HERE, FIELDS).text
    assert "Đã đặt lịch lặp lại số 1: thứ Tư mỗi tuần lúc 07:30" in text
    assert "Sắp xếp tiếp: 07:30 ngày 25/11/2026" in text and "Lan đặt" in text
    queue_coming(both.service.desk, 9, now=NOW)
    assert "đã xếp 2 lượt" in lan.get(HERE).text
    text = lan.post(f"{HERE}/1/ket-thuc").text
    assert "Đã kết thúc lịch lặp lại số 1" in text and "Chưa có bài nào lặp lại" in text
    assert "đã được Lan kết thúc" in lan.post(f"{HERE}/1/ket-thuc").text


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"gio": "24:00"}, "phải là giờ và phút"),
        ({"chu_ky": "day"}, "Hãy chọn “Chu kỳ”"),
        ({"thu": "7"}, "Hãy chọn “Ngày trong tuần”"),
        ({"chu_ky": "month", "ngay": "32"}, "phải là số nguyên từ 1 đến 31"),
        ({"cach": "0"}, "phải là số nguyên từ 1 đến 12"),
        ({"so_lan": "-3"}, "phải là số nguyên từ 0 đến 200"),
        ({"tu": "", "den": ""}, "Hãy chọn “Từ ngày”"),
        ({"den": "2026-11-01"}, "trước ngày bắt đầu"),
        ({"den": "2099-01-01"}, "dài nhất hai năm"),
        ({"gio": "23:00"}, "giờ yên lặng"),
        ({"kenh": "<script>"}, "Không có kênh “&lt;script&gt;”"),
        ({"kenh": "x" * 500}, "tối đa 100 ký tự"),
        ({"bai": "khong-co"}, "Không có bài"),
        ({"bai": "\x00"}, "Không có bài"),
    ],
)
def test_what_makes_no_sense_is_told_and_nothing_is_written(desk: Desk, facts: dict[str, Any], told: str) -> None:
    ready(desk)
    answer = desk.visit(desk.lan).post(HERE, FIELDS | facts)
    assert answer.status_code == 422 and told in answer.text and "<script>" not in answer.text.replace("<script ", "")
    assert rules(desk) == []


@pytest.mark.parametrize("number", ["0", "-1", "x", "99", "9" * 30])
def test_what_does_not_recur_cannot_be_ended(desk: Desk, number: str) -> None:
    assert desk.visit(desk.lan).post(f"{HERE}/{number}/ket-thuc").status_code == 404


def test_only_who_schedules_sets_and_ends_what_recurs(desk: Desk) -> None:
    ready(desk)
    desk.visit(desk.lan).post(HERE, FIELDS)
    for who in (desk.charlie, desk.tu, desk.quang):
        visitor = desk.visit(who)
        assert visitor.post(HERE, FIELDS | {"thu": "4"}).status_code == 403
        assert visitor.post(f"{HERE}/1/ket-thuc").status_code == 403
    text = desk.visit(desk.charlie).get(HERE, params={"bai": "nhac-lich"}).text
    assert "Nhắc lịch tiếp công dân" in text and "/ket-thuc" not in text and 'name="thu"' not in text
    assert [one.ended_at for one in rules(desk)] == [None]


def test_many_rules_cost_no_more_statements(desk: Desk) -> None:
    ready(desk)
    lan = desk.visit(desk.lan)
    lan.post(HERE, FIELDS)
    lan.get(HERE)
    with counted(desk.engine) as few:
        lan.get(HERE)
    with writing(desk.engine) as session:
        for day in range(7):
            for minute in range(420, 430):
                session.add(
                    Recurrence(
                        post_id=1, channel_id=1, every="week", day=day, minute=minute, since=TODAY,
                        until=TODAY + timedelta(days=300), actor="Lan", created_at=NOW,
                    )
                )  # fmt: skip
    with counted(desk.engine) as many:
        assert lan.get(HERE).text.count("/ket-thuc") == 71
    assert len(many) == len(few)


def test_the_page_is_reached_from_the_calendar_and_usable_for_everybody(browser: Browser, desk: Desk) -> None:
    ready(desk)
    desk.post(
        key="dai",
        title="Hướng dẫn người dân, doanh nghiệp nộp hồ sơ trực tuyến toàn trình và theo dõi kết quả giải quyết",
    )
    desk.visit(desk.lan).post(HERE, FIELDS)
    desk.visit(desk.lan).post(HERE, FIELDS | {"bai": "dai", "chu_ky": "month", "ngay": "31", "so_lan": "6"})
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            page.goto(f"{desk.address}/lich")
            page.get_by_role("link", name="Bài lặp lại").click()
            assert page.url.endswith(HERE) and violations(page) == []
            page.goto(f"{desk.address}{HERE}?bai=dai")
            assert violations(page) == []
            page.get_by_label(re.compile("Ngày trong tháng")).fill("45")
            page.get_by_label("Chu kỳ").select_option("month")
            page.get_by_role("button", name="Đặt lịch lặp lại").click()
            assert page.get_by_text("phải là số nguyên từ 1 đến 31").first.is_visible() and violations(page) == []
