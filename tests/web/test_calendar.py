"""The calendar's pages: the right days, what stands on them, what is empty, who sees it, and what costs how much."""

import re
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert

from content import office
from content.vietnamese import LOCAL
from scheduler.channels import set_slots
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication
from tests.conftest import NOW
from tests.web.desk import Desk, counted
from web.rooms.calendar.asked import View, asked
from web.tables import Staff

TODAY = date(2026, 11, 23)


def at(hour: int, minute: int = 0, on: date = TODAY) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=LOCAL)


def look(desk: Desk, path: str = "/lich", who: Staff | None = None) -> str:
    answer = desk.visit(who or desk.lan).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def cell(text: str, on: date) -> str:
    """What stands on one day of a month's table."""
    return text.partition(f'data-ngay="{on.isoformat()}"')[2].partition("</td>")[0]


def slotted(desk: Desk, *minutes: int, **facts: str) -> Channel:
    channel = desk.channel(**facts)
    with writing(desk.engine) as session:
        set_slots(session, channel, {weekday: list(minutes) for weekday in range(7)})
    return channel


# Which days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "view", "first", "last", "count"),
    [
        ({}, View.MONTH, "2026-10-26", "2026-12-06", 42),
        ({"thang": "2026-02"}, View.MONTH, "2026-01-26", "2026-03-01", 35),
        ({"thang": "2027-02"}, View.MONTH, "2027-02-01", "2027-02-28", 28),
        ({"thang": "2028-02"}, View.MONTH, "2028-01-31", "2028-03-05", 35),
        ({"thang": "2026-12"}, View.MONTH, "2026-11-30", "2027-01-03", 35),
        ({"thang": "2026-12", "xem": "danh-sach"}, View.LIST, "2026-12-01", "2026-12-31", 31),
        ({"tuan": "2026-W48"}, View.WEEK, "2026-11-23", "2026-11-29", 7),
        ({"tuan": "2026-W53"}, View.WEEK, "2026-12-28", "2027-01-03", 7),
        ({"tuan": "2027-W01"}, View.WEEK, "2027-01-04", "2027-01-10", 7),
        ({"ngay": "2028-02-29"}, View.DAY, "2028-02-29", "2028-02-29", 1),
    ],
)
def test_a_time_shows_its_own_days(query: dict[str, str], view: View, first: str, last: str, count: int) -> None:
    found = asked(query, TODAY)
    assert (found.view, found.problem) == (view, None)
    assert (found.days[0].isoformat(), found.days[-1].isoformat(), len(found.days)) == (first, last, count)


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ({"thang": "2026-12"}, "/lich?thang=2026-11", "/lich?thang=2027-01"),
        ({"thang": "2027-01", "xem": "danh-sach"}, "/lich?thang=2026-12&xem=danh-sach",
         "/lich?thang=2027-02&xem=danh-sach"),
        ({"tuan": "2026-W53"}, "/lich?tuan=2026-W52", "/lich?tuan=2027-W01"),
        ({"ngay": "2026-12-31"}, "/lich?ngay=2026-12-30", "/lich?ngay=2027-01-01"),
        ({"thang": "2000-01"}, "", "/lich?thang=2000-02"),
        ({"thang": "2100-12"}, "/lich?thang=2100-11", ""),
        ({"thang": "2026-12", "diem": "đ"}, "/lich?thang=2026-11&diem=%C4%91", "/lich?thang=2027-01&diem=%C4%91"),
    ],
)  # fmt: skip
def test_one_step_leads_to_the_time_before_and_after(query: dict[str, str], before: str, after: str) -> None:
    found = asked(query, TODAY)
    assert (found.step(-1), found.step(1)) == (before, after)


def test_a_month_that_is_now_leads_to_this_week() -> None:
    assert asked({"thang": "2026-11"}, TODAY).address("tuan") == "/lich?tuan=2026-W48"
    assert asked({"thang": "2026-12"}, TODAY).address("tuan") == "/lich?tuan=2026-W49"


@pytest.mark.parametrize(
    "query",
    [
        "thang=2026-13", "thang=2026-00", "thang=0001-01", "thang=9999-12", "thang=12/2026", "thang=x",
        "tuan=2026-W54", "tuan=2026-W00", "tuan=2025-W53", "tuan=0001-W01", "tuan=9999-W53", "tuan=2026W48",
        "ngay=2026-02-29", "ngay=9999-12-31", "ngay=0001-01-01", "ngay=%00", "thang=%E0%A5%A6%E0%A5%A6",
        "thang=" + "9" * 9000,
    ],
)  # fmt: skip
def test_a_time_that_does_not_exist_shows_this_one_and_says_so(desk: Desk, query: str) -> None:
    text = look(desk, f"/lich?{query}")
    assert "đang xem thời gian hiện tại" in text and 'aria-current="date"' in text


def test_an_unknown_filter_is_left_out_and_said(desk: Desk) -> None:
    desk.publication(due_at=at(9))
    for query in ("kenh=khong-co", "diem=zz", "trang_thai=%3Cscript%3E", "don_vi=" + "x" * 3000):
        text = look(desk, f"/lich?{query}")
        assert "không còn trong danh sách nên được bỏ qua" in text and "Bài số" in text
        assert "<script>" not in text


# What stands on a day --------------------------------------------------------------------------------------


def test_an_item_stands_on_its_local_day_with_time_channel_title_and_state(desk: Desk) -> None:
    post = desk.post(title="Làm hộ chiếu tại nhà", key="ho-chieu")
    channel = desk.channel(name="Cải cách hành chính tỉnh")
    row = desk.publication(
        post_id=post.id, channel_id=channel.id, due_at=datetime(2026, 11, 23, 17, 30, tzinfo=NOW.tzinfo)
    )
    text = look(desk)
    there = cell(text, date(2026, 11, 24))
    assert "00:30" in there and "Làm hộ chiếu tại nhà" in there and "Đã lên lịch" in there
    assert f"/lich/muc/{row.id}?" in there and "Cải cách hành chính tỉnh" in there
    assert "Làm hộ chiếu" not in cell(text, TODAY)


def test_what_follows_a_post_is_marked_as_that(desk: Desk) -> None:
    desk.publication(due_at=at(9), part="comment")
    assert "bình luận đầu tiên" in cell(look(desk), TODAY)


def test_a_day_of_sixty_items_shows_four_and_leads_to_the_others(desk: Desk) -> None:
    channel = desk.channel()
    for number in range(60):
        desk.publication(channel_id=channel.id, due_at=at(9) + timedelta(minutes=number))
    there = cell(look(desk), TODAY)
    assert there.count('<li class="item') == 4 and "còn 56 mục nữa" in there
    assert "/lich?ngay=2026-11-23" in there
    assert look(desk, "/lich?ngay=2026-11-23").count('<li class="item') == 60
    week = look(desk, "/lich?tuan=2026-W48")
    assert week.count('<li class="item') == 3 and "còn 57 mục nữa" in week


def test_a_title_of_two_hundred_signs_with_a_script_in_it_is_only_text(desk: Desk) -> None:
    title = "<script>alert(1)</script>" + "Nghịđịnh" * 25
    row = desk.publication(post_id=desk.post(title=title[:200]).id, due_at=at(9))
    for path in ("/lich", "/lich?tuan=2026-W48", f"/lich/muc/{row.id}", f"/lich/doi/{row.id}"):
        assert "<script>alert" not in look(desk, path)


def test_two_channels_of_one_platform_are_told_apart_by_their_names(desk: Desk) -> None:
    one, other = desk.channel(name="Trang thứ nhất"), desk.channel(name="Trang thứ hai")
    desk.publication(channel_id=one.id, due_at=at(9))
    assert '<span class="channel-name">Trang thứ nhất' in cell(look(desk), TODAY)
    assert other.platform == one.platform


def test_today_and_holidays_are_named(desk: Desk) -> None:
    text = look(desk)
    assert "Hôm nay" in cell(text, TODAY) and 'aria-current="date"' in cell(text, TODAY).partition(">")[0]
    assert "Ngày Văn hóa Việt Nam" in cell(text, date(2026, 11, 24))
    assert "Tết Dương lịch" in look(desk, "/lich?thang=2027-01")


def test_holidays_that_the_office_changed_are_named_instead_of_the_files(desk: Desk) -> None:
    with writing(desk.engine) as session:
        own = [{"on": "26/11/2026", "name": "Ngày truyền thống của tỉnh"}]
        office.save(session, office.HOLIDAYS, own, seen=0, by="Sơn", now=NOW)
    text = look(desk)
    assert "Ngày truyền thống của tỉnh" in cell(text, date(2026, 11, 26)) and "Pháp luật" not in text


def test_holidays_that_cannot_be_read_cost_their_names_and_not_the_page(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from dataclasses import replace

    folder = tmp_path_factory.mktemp("plan")
    (folder / "ngay-le.yml").write_text("- {on: hôm qua}\n", encoding="utf-8")
    desk.server.app.state.house = replace(desk.house, plan_dir=folder)
    assert "Không đọc được danh sách ngày lễ" in look(desk)


# Gaps ------------------------------------------------------------------------------------------------------


def test_a_free_slot_is_drawn_and_leads_to_a_choice_of_posts(desk: Desk) -> None:
    channel = slotted(desk, 7 * 60, 17 * 60, key="fanpage")
    text = look(desk)
    there = cell(text, TODAY)
    assert there.count("Khung giờ trống") == 1 and "17:00" in there, "07:00 is over"
    assert "/lich/khung-gio?kenh=fanpage&amp;ngay=2026-11-24&amp;gio=07:00" in cell(text, date(2026, 11, 24))
    desk.publication(channel_id=channel.id, due_at=at(17))
    assert "Khung giờ trống" not in cell(look(desk), TODAY)


def test_a_day_with_nothing_at_all_says_so_when_it_is_still_to_come(desk: Desk) -> None:
    text = look(desk)
    assert "Chưa có bài" in cell(text, date(2026, 11, 25)) and "Chưa có bài" not in cell(text, date(2026, 11, 22))


def test_gaps_are_not_told_where_a_filter_hides_what_fills_them(desk: Desk) -> None:
    slotted(desk, 17 * 60, key="fanpage")
    slotted(desk, 18 * 60, key="other")
    assert "Khung giờ trống" not in look(desk, "/lich?diem=a") and "Chưa có bài" not in look(desk, "/lich?diem=a")
    text = look(desk, "/lich?kenh=fanpage")
    assert "17:00" in cell(text, TODAY) and "18:00" not in cell(text, TODAY)


# Filters ---------------------------------------------------------------------------------------------------


def test_each_filter_shows_its_own_items_only(desk: Desk) -> None:
    offered = look(desk).partition('name="don_vi"')[2].partition("</select>")[0]
    agency = re.findall(r'<option value="([^"]+)"', offered)[-1]
    channel = desk.channel(key="mot-kenh")
    mine = desk.post(title="Bài cần tìm", topic="h", agency=agency)
    desk.publication(post_id=mine.id, channel_id=channel.id, due_at=at(9), state=State.PUBLISHED)
    desk.publication(post_id=desk.post(title="Bài khác").id, due_at=at(10))
    for query in ("kenh=mot-kenh", "diem=h", "trang_thai=da-dang", f"don_vi={agency}"):
        text = look(desk, f"/lich?{query}")
        assert "Bài cần tìm" in text and "Bài khác" not in text, query
    text = look(desk, "/lich?don_vi=van-phong")
    assert "Bài khác" in text and "Bài cần tìm" not in text


def test_filters_stay_on_every_way_from_one_view_to_another(desk: Desk) -> None:
    desk.channel(key="fanpage")
    text = look(desk, "/lich?thang=2026-12&kenh=fanpage&diem=d")
    ways = re.findall(r'href="(/lich\?[^"]+)"', text)
    steered = [way for way in ways if "kenh=" in way]
    assert len(steered) > 30 and all("kenh=fanpage&amp;diem=d" in way for way in steered)
    assert '<input type="hidden" name="thang" value="2026-12">' in text


def test_an_empty_month_says_what_to_do_next(desk: Desk) -> None:
    assert "Kết nối kênh đầu tiên" in look(desk)
    desk.channel()
    assert "Soạn bài đầu tiên" in look(desk)
    assert "Bỏ lọc để xem tất cả" in look(desk, "/lich?diem=h")


# Who may ---------------------------------------------------------------------------------------------------


def test_who_reads_sees_the_calendar_and_moves_nothing(desk: Desk) -> None:
    slotted(desk, 17 * 60)
    row = desk.publication(due_at=at(9))
    for staff in (desk.charlie, desk.minh, desk.quang):
        text = look(desk, who=staff)
        assert "Khung giờ trống" in text and f"/lich/muc/{row.id}" in text
        assert 'draggable="true"' not in text and "/lich/doi/" not in text and "/lich/khung-gio" not in text
        visitor = desk.visit(staff)
        assert visitor.get(f"/lich/doi/{row.id}").status_code == 403
        assert visitor.get("/lich/khung-gio?kenh=x&ngay=2026-11-24&gio=07:00").status_code == 403
        assert visitor.post("/lich/khung-gio", {"bai": "x"}).status_code == 403
        assert "Dời lịch" not in look(desk, f"/lich/muc/{row.id}", staff)


def test_who_may_not_read_sees_nothing_of_it(desk: Desk) -> None:
    row = desk.publication(due_at=at(9))
    visitor = desk.visit(desk.tu)
    for path in ("/lich", f"/lich/muc/{row.id}", f"/lich/doi/{row.id}", "/lich/tai/2026-11.xlsx"):
        assert visitor.get(path).status_code == 403
        assert desk.visit().get(path, allow_redirects=False).status_code == 303


# Files -----------------------------------------------------------------------------------------------------


def test_the_month_is_handed_out_as_a_sheet_and_as_a_calendar(desk: Desk) -> None:
    desk.publication(post_id=desk.post(title="Một cửa").id, due_at=at(9))
    visitor = desk.visit(desk.charlie)
    sheet, calendar = visitor.get("/lich/tai/2026-11.xlsx"), visitor.get("/lich/tai/2026-11.ics")
    assert sheet.content[:2] == b"PK" and 'filename="lich-dang-2026-11.xlsx"' in sheet.headers["Content-Disposition"]
    assert calendar.text.startswith("BEGIN:VCALENDAR") and "Một cửa" in calendar.text
    for name in ("2026-13.xlsx", "2026-00.ics", "1999-01.ics", "2101-01.xlsx", "2026-11.exe", "..%2F2026-11.ics"):
        assert visitor.get(f"/lich/tai/{name}").status_code == 404


# What it costs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/lich", "/lich?xem=danh-sach", "/lich?tuan=2026-W48", "/lich?ngay=2026-11-23"])
def test_a_page_asks_the_database_a_dozen_times_at_most_however_full_it_is(both: Desk, path: str) -> None:
    desk = both
    visitor = desk.visit(desk.lan)
    channel = slotted(desk, *range(6 * 60, 22 * 60, 30))
    posts = [desk.post() for _ in range(3)]
    row = Publication(post_id=1, channel_id=channel.id or 0, due_at=NOW, saved={}, created_at=NOW)
    facts = row.model_dump(exclude={"id", "post_id", "due_at"})
    start = at(0) - timedelta(days=30)
    with writing(desk.engine) as session:
        rows = [
            {**facts, "post_id": post.id, "due_at": start + timedelta(minutes=30 * n)}
            for n in range(2_000)
            for post in posts
        ]
        session.execute(insert(Publication), rows)
    # what stands too close to what is looked up once after each change of the queue
    for most in (15, 13):
        with counted(desk.engine) as statements:
            assert visitor.get(path).status_code == 200
        assert len(statements) < most, statements
