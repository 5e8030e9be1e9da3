"""What stands too close to something like it is marked in the calendar and said on the item's pages."""

import re
from datetime import timedelta
from html import unescape

import pytest
from playwright.sync_api import Browser

from content.vietnamese import local
from scheduler.tables import Channel, Publication
from tests.conftest import NOW
from tests.scheduler.test_conflicts import RAIN
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted

DAY = timedelta(days=1)
MARK = "Trùng, gần giống"


def two(desk: Desk, gap: int = 3) -> tuple[Channel, list[Publication]]:
    """Two posts with nearly the same words on one channel, and one that is like no other."""
    channel = desk.channel(name="Fanpage tỉnh")
    posts = [
        desk.post(title="Chuẩn bị trước mưa lớn: những việc bà con làm ngay hôm nay cho an toàn", body=RAIN),
        desk.post(title="Mưa lớn kéo dài", body=RAIN + " Xin cảm ơn."),
        desk.post(title="Bài không giống ai"),
    ]
    rows = [
        desk.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + days * DAY, next_attempt_at=None)
        for post, days in zip(posts, (1, 1 + gap, 2), strict=True)
    ]
    return channel, rows


def shown(desk: Desk, path: str) -> str:
    answer = desk.visit(desk.lan).get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


@pytest.mark.parametrize("view", ["thang={:%Y-%m}", "thang={:%Y-%m}&xem=danh-sach", "ngay={:%Y-%m-%d}"])
def test_the_calendar_marks_both_with_words_and_leaves_others_alone(both: Desk, view: str) -> None:
    _, (first, second, alone) = two(both)
    pages = {row.id: shown(both, "/lich?" + view.format(local(row.due_at))) for row in (first, second, alone)}
    for row in (first, second, alone):
        line = re.search(rf'data-muc="{row.id}".*?</li>', pages[row.id], re.DOTALL)
        assert line and (MARK in line[0]) is (row is not alone)
        if row is second and "thang=" not in view:
            assert f"Lời gần giống bài “{'Chuẩn bị trước mưa lớn'}" in line[0]


def test_the_items_own_pages_say_what_it_is_close_to(desk: Desk) -> None:
    _, (first, second, alone) = two(desk)
    for path in ("/lich/muc/{}", "/lich/muc/{}?phan=1", "/muc/{}"):
        assert f"(mục {first.id}, " in shown(desk, path.format(second.id)), path
        assert f"(mục {second.id}, " in shown(desk, path.format(first.id)), path
        assert "Lời gần giống" not in shown(desk, path.format(alone.id)), path


def test_a_contributor_is_not_told_of_posts_that_are_not_theirs(desk: Desk) -> None:
    channel = desk.channel()
    for title, agency in (("Bài của đơn vị khác", ""), ("Bài của tôi", "snv")):
        post = desk.post(title=title, body=RAIN + title, agency=agency)
        row = desk.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + DAY, next_attempt_at=None)
    answer = desk.visit(desk.tu).get(f"/muc/{row.id}")
    assert answer.status_code == 200 and "Bài của đơn vị khác" not in answer.text


def test_who_schedules_by_hand_is_warned_and_not_refused(both: Desk) -> None:
    channel = both.connect("facebook")
    there, mine = both.post(title="Đã có", body=RAIN), both.post(key="moi", body=RAIN + " Xin cảm ơn.")
    both.publication(post_id=there.id, channel_id=channel.id, due_at=NOW + DAY, next_attempt_at=None)
    at = local(NOW + 3 * DAY)
    slot = {"kenh": channel.key, "ngay": f"{at:%Y-%m-%d}", "gio": "09:00", "bai": mine.key}
    told = unescape(both.visit(both.lan).post("/lich/khung-gio", slot).text)
    assert "Đã lên lịch lúc 09:00" in told and "Nên xem lại: Lời gần giống bài “Đã có”" in told
    page = shown(both, "/soan/moi")
    mark = re.search(r'name="hang_cho" value="([^"]*)"', page)
    assert mark
    form = {"kenh": [channel.key], "cach": "gio", "ngay": f"{at:%Y-%m-%d}", "gio": "19:00", "hang_cho": mark[1]}
    told = unescape(both.visit(both.lan).post("/soan/moi/len-lich", form).text)
    assert "Đã lên lịch: 19:00" in told and "Nên xem lại" in told and "Cùng bài với mục" in told


def test_a_calendar_full_of_conflicts_asks_no_more_of_the_database(desk: Desk) -> None:
    channel, _ = two(desk)

    def statements() -> int:
        visitor = desk.visit(desk.lan)
        visitor.get(f"/lich?thang={local(NOW):%Y-%m}")
        with counted(desk.engine) as asked:
            visitor.get(f"/lich?thang={local(NOW):%Y-%m}")
        return len(asked)

    few = statements()
    for number in range(20):
        post = desk.post(body=f"{RAIN} Lần {number}.")
        desk.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + number * DAY / 4, next_attempt_at=None)
    assert statements() == few


def test_the_marks_read_well_at_every_width(desk: Desk, browser: Browser) -> None:
    two(desk)
    for width in WIDTHS:
        with window(browser, desk, desk.lan, width) as page:
            for view in ("", "&xem=danh-sach"):
                page.goto(f"/lich?thang={local(NOW + DAY):%Y-%m}{view}")
                assert page.get_by_text(MARK).first.is_visible()
                assert violations(page) == []
