"""Collected and entered: what waits, the form and its refusals, the log with what is missing, the answers as a file."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from connectors.base import Part
from connectors.transcript import packed
from content.vietnamese import local
from scheduler.db import reading, writing
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import LAN, NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG = "Hướng dẫn nộp hồ sơ trực tuyến toàn trình trên Cổng Dịch vụ công quốc gia cho người dân ở các phường mới"


def oa_of(desk: Desk, **facts: Any) -> Channel:
    return desk.channel("zalo", name="Zalo OA Cải cách hành chính thành phố Huế", **facts)


def sent(desk: Desk, channel: Channel, at: datetime = NOW - 3 * DAY, title: str = LONG) -> Publication:
    """A broadcast that is out."""
    return desk.publication(
        post_id=desk.post(title=title).id, channel_id=channel.id, part=Part.BROADCAST, state=State.PUBLISHED,
        due_at=at, published_at=at, next_attempt_at=None,
    )  # fmt: skip


def collected(desk: Desk, channel: Channel, at: datetime, words: str = "", **facts: Any) -> Collection:
    payload, size = packed([{"call": "getoa", "of": "", "told": {"num_follower": 5200}}])
    values = {"asked": 12, "calls": 3, "payload": payload, "payload_bytes": size, **facts}
    row = Collection(channel_id=channel.id or 0, taken_at=at, words=words, **values)
    with writing(desk.engine) as session:
        session.add(row)
    return row


def form(**fields: str) -> dict[str, str]:
    now = local(NOW)
    return {"ngay": f"{now:%Y-%m-%d}", "gio": "07:00", "ghi_chu": "", **fields}


def stored(desk: Desk) -> list[tuple[str, int | None]]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Reading.metric, Reading.value).order_by(Reading.id)))  # type: ignore[arg-type]  # a column


def test_what_waits_is_entered_once_and_then_stands_in_the_log_with_who(both: Desk) -> None:
    row = sent(both, oa_of(both))
    lan = both.visit(both.lan)
    page = lan.get("/nhap-so-lieu").text
    assert LONG in page and f"/nhap-so-lieu/{row.id}" in page
    assert "Nhập tay từ OA Manager" in lan.get(f"/nhap-so-lieu/{row.id}").text
    after = lan.post(f"/nhap-so-lieu/{row.id}", form(sent="1.200", delivered="1.100", opened=""))
    assert after.url.endswith("/nhap-so-lieu") and "Đã lưu số liệu." in after.text
    assert "Không có tin nào chờ nhập số liệu." in after.text
    assert f"{LAN} nhập tay" in after.text
    assert stored(both) == [("sent", 1200), ("delivered", 1100)], "what was left open is no zero"


def test_a_second_press_adds_nothing_and_a_correction_stands_beside_the_old_entry(both: Desk) -> None:
    row = sent(both, oa_of(both))
    lan = both.visit(both.lan)
    for _ in range(2):
        told = lan.post(f"/nhap-so-lieu/{row.id}", form(sent="9999")).text
    assert "không lưu thêm lần nữa" in told
    lan.post(f"/nhap-so-lieu/{row.id}", form(sent="999", ghi_chu="Gõ thừa một số 9."))
    page = lan.get(f"/nhap-so-lieu/{row.id}").text
    assert "9.999" in page and "999" in page and "Gõ thừa một số 9." in page
    assert page.index("Đang dùng") < page.index("9.999")
    assert stored(both) == [("sent", 9999), ("sent", 999)]


def test_what_is_doubtful_is_stored_and_said(desk: Desk) -> None:
    row = sent(desk, oa_of(desk))
    told = desk.visit(desk.lan).post(f"/nhap-so-lieu/{row.id}", form(sent="10", opened="11"))
    assert "lớn hơn" in told.text and len(stored(desk)) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"sent": ""}, "ít nhất một số liệu"),
        ({"sent": "-5"}, "phải là số nguyên"),
        ({"sent": "1,5"}, "phải là số nguyên"),
        ({"sent": "<script>alert(1)</script>"}, "phải là số nguyên"),
        ({"sent": "9" * 40}, "phải là số nguyên"),
        ({"sent": "5", "ngay": "2030-01-01"}, "tương lai"),
        ({"sent": "5", "ngay": "2026-11-01"}, "không được trước lúc tin được gửi"),
        ({"sent": "5", "ngay": "hôm nay"}, "phải là một ngày"),
        ({"sent": "5", "gio": "99:99"}, "phải là giờ và phút"),
        ({"sent": "5", "ghi_chu": "x" * 600}, "tối đa 500 ký tự"),
    ],
)
def test_what_cannot_be_stands_beside_its_field_and_nothing_is_stored(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    row = sent(desk, oa_of(desk))
    told = desk.visit(desk.lan).post(f"/nhap-so-lieu/{row.id}", form(**fields))
    assert told.status_code == 422 and said in told.text
    assert "<script>alert" not in told.text
    assert stored(desk) == []


def test_only_who_edits_may_enter_and_who_reads_may_look(desk: Desk) -> None:
    row = sent(desk, oa_of(desk))
    charlie = desk.visit(desk.charlie)
    page = charlie.get(f"/nhap-so-lieu/{row.id}")
    assert page.status_code == 200 and "Lưu số liệu" not in page.text
    assert charlie.post(f"/nhap-so-lieu/{row.id}", form(sent="5")).status_code == 403
    assert desk.visit().get("/nhap-so-lieu", allow_redirects=False).status_code in (302, 303, 401)
    assert stored(desk) == []


@pytest.mark.parametrize("number", ["0", "99999", "abc", "-1", "2147483648", "1%27"])
def test_there_is_no_form_for_what_is_no_such_item(both: Desk, number: str) -> None:
    post = both.publication(state=State.PUBLISHED, published_at=NOW - DAY)
    lan = both.visit(both.lan)
    for one in (number, str(post.id)):
        assert lan.get(f"/nhap-so-lieu/{one}").status_code == 404
        assert lan.post(f"/nhap-so-lieu/{one}", form(sent="5")).status_code == 404
        assert lan.get(f"/nhap-so-lieu/lan/{one}").status_code == 404


def test_the_log_says_what_is_missing_and_why_for_all_channels_or_one(both: Desk) -> None:
    oa, page = oa_of(both), both.channel(name="Fanpage")
    collected(both, oa, NOW - HOUR)
    collected(both, page, NOW, "Facebook tạm thời không trả lời được.")
    lan = both.visit(both.lan)
    every = lan.get("/nhap-so-lieu").text
    assert "Facebook tạm thời không trả lời được." in every and "thiếu 12" in every
    only = lan.get("/nhap-so-lieu", params={"kenh": oa.key}).text
    assert "không trả lời được" not in only
    assert lan.get("/nhap-so-lieu", params={"kenh": "<b>", "sau": "x"}).status_code == 200


def test_the_answers_of_a_collection_come_as_a_file_until_they_are_put_away(desk: Desk) -> None:
    oa = oa_of(desk)
    row, old = collected(desk, oa, NOW), collected(desk, oa, NOW - DAY, payload=None)
    charlie = desk.visit(desk.charlie)
    answer = charlie.get(f"/nhap-so-lieu/lan/{row.id}")
    assert answer.json()["answers"] == [{"call": "getoa", "of": "", "told": {"num_follower": 5200}}]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert charlie.get(f"/nhap-so-lieu/lan/{old.id}").status_code == 404
    page = charlie.get("/nhap-so-lieu").text
    assert f"/nhap-so-lieu/lan/{row.id}" in page and f"/nhap-so-lieu/lan/{old.id}" not in page
    assert "nguyên văn đã bỏ" in page


def test_the_log_goes_on_page_by_page_and_takes_no_statement_for_each_line(both: Desk) -> None:
    oa = oa_of(both)
    for hours in range(60):
        collected(both, oa, NOW - hours * HOUR, asked=hours)
    lan = both.visit(both.lan)
    with counted(both.engine) as few:
        first = lan.get("/nhap-so-lieu").text
    assert len(few) <= 12
    assert "sau=" in first and "Trang sau" in first
    following = first.split("sau=")[1].split('"')[0]
    assert lan.get(f"/nhap-so-lieu?sau={following}").text.count("nguyên văn<") == 10


def test_the_figures_lead_there(desk: Desk) -> None:
    assert 'href="/nhap-so-lieu' in desk.visit(desk.charlie).get("/so-lieu").text


def test_both_pages_have_no_barriers_at_three_widths(browser: Browser, desk: Desk) -> None:
    oa = oa_of(desk)
    row = sent(desk, oa)
    other = sent(desk, oa, NOW - 5 * DAY)
    collected(desk, oa, NOW - HOUR)
    collected(desk, oa, NOW, "Zalo tạm thời không trả lời được; hệ thống sẽ tự thử lại.")
    desk.visit(desk.lan).post(f"/nhap-so-lieu/{other.id}", form(sent="1200", opened="300", ghi_chu="Xem lại."))
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            page.goto("/nhap-so-lieu")
            assert violations(page) == []
            page.goto(f"/nhap-so-lieu/{row.id}")
            page.get_by_label("Số người được gửi").fill("-5")
            page.get_by_role("button", name="Lưu số liệu").click()
            page.get_by_role("alert").wait_for()
            assert violations(page) == []
            page.goto(f"/nhap-so-lieu/{other.id}")
            assert violations(page) == []
