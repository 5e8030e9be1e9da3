"""The month's plan: the sheet as the office prints it, and the calendar as any program reads it."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import openpyxl
import pytest
from sqlmodel import Session

from content.editorial import submit
from content.errors import LibraryError
from content.holidays import Holiday, read_holidays
from content.tables import Post
from reports.month_calendar import month_calendar
from reports.month_sheet import NOTHING, month_sheet
from reports.monthly import Month, MonthRow, month_rows, write_month
from scheduler.lifecycle import Event, State
from tests.conftest import LAN, NOW
from tests.content.shelf import PLANS
from tests.reports.campaign import Campaign, at

DECEMBER = Month(2026, 12)
LABELS = {"facebook": "Facebook", "zalo": "Zalo OA"}
HOLIDAYS = {date(2026, 12, 22): Holiday.model_validate({"on": "22/12/2026", "name": "Ngày lễ", "off": True})}


def a_row(**changes: Any) -> MonthRow:
    facts: dict[str, Any] = {
        "id": 7, "due_at": at(5, 7, 12).astimezone(UTC), "platform": "facebook", "account": "123",
        "channel": "Fanpage Huế",
        "post_key": "d-giay-hen", "topic": "d", "title": "Giữ giấy hẹn", "form": "van_ban", "state": State.SCHEDULED,
        "permalink": "", "created_at": NOW, "changed_at": NOW, "moves": 1, "person": LAN, **changes,
    }  # fmt: skip
    return MonthRow(**facts)


def sheet(rows: list[MonthRow], month: Month = DECEMBER) -> Any:
    return openpyxl.load_workbook(io.BytesIO(month_sheet(month, rows, HOLIDAYS, LABELS, NOW))).active


def events(rows: list[MonthRow], now: datetime = NOW) -> list[Any]:
    return list(icalendar.Calendar.from_ical(month_calendar(DECEMBER, rows, LABELS, now)).walk("VEVENT"))


# Rows --------------------------------------------------------------------------------------------------


def test_the_month_begins_and_ends_at_midnight_in_việt_nam(session: Session) -> None:
    campaign = Campaign(session)
    page = campaign.channel()
    ends = (at(1, 0, 12), at(31, 23, 12) + timedelta(minutes=59))
    for when in (*ends, ends[0] - timedelta(minutes=1), ends[1] + timedelta(minutes=1)):
        campaign.publication(page, campaign.post(), when)
    assert [row.due_at for row in month_rows(session, DECEMBER)] == [when.astimezone(UTC) for when in ends]


def test_a_row_knows_who_submitted_its_post_last_and_how_often_it_was_moved(session: Session) -> None:
    campaign = Campaign(session)
    first = campaign.post("Một", state="draft")
    key = session.get_one(Post, first).key
    submit(session, key, LAN, NOW)
    page = campaign.channel(name="Fanpage Huế")
    number = campaign.publication(page, first, at(5, 7, 12))
    other = campaign.publication(page, campaign.post("Hai"), at(6, 7, 12))
    campaign.event(number, Event.HELD, at(24), State.HELD)
    campaign.event(number, Event.RESUMED, at(25), State.SCHEDULED)
    rows = month_rows(session, DECEMBER)
    assert [(row.id, row.person, row.moves, row.changed_at) for row in rows] == [
        (number, LAN, 2, at(25).astimezone(UTC)),
        (other, "", 0, at(1).astimezone(UTC)),
    ]


def test_comments_and_broadcasts_are_no_posts(session: Session) -> None:
    campaign = Campaign(session)
    page, post = campaign.channel(), campaign.post()
    campaign.publication(page, post, at(5, 7, 12))
    campaign.publication(page, post, at(5, 7, 12), part="comment")
    assert len(month_rows(session, DECEMBER)) == 1


# The sheet ---------------------------------------------------------------------------------------------


def test_the_sheet_prints_across_with_its_head_on_every_page() -> None:
    page = sheet([a_row()])
    assert page["A1"].value == "Lịch đăng tháng 12 năm 2026"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.print_title_rows == "$4:$4"
    assert page.freeze_panes == "A5"
    assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (True, 0)
    assert [cell.value for cell in page[4]] == [
        "Ngày", "Thứ", "Giờ", "Kênh", "Điểm", "Tiêu đề", "Hình thức", "Trạng thái", "Người phụ trách",
    ]  # fmt: skip


def test_every_day_stands_there_and_a_day_with_nothing_is_drawn_as_a_gap() -> None:
    page = sheet([a_row(), a_row(id=8, due_at=at(5, 19, 12).astimezone(UTC), platform="zalo", channel="Zalo OA Huế")])
    lines = [[cell.value for cell in line] for line in page.iter_rows(min_row=5)]
    assert {line[0].date() for line in lines} == set(DECEMBER.days)
    [first, second] = [line for line in lines if line[0].day == 5]
    assert [first[1], first[2].strftime("%H:%M"), *first[3:]] == [
        "thứ Bảy", "07:00", "Facebook: Fanpage Huế", "d", "Giữ giấy hẹn", "Văn bản", "Đã lên lịch", LAN,
    ]  # fmt: skip
    assert second[3] == "Zalo OA Huế"
    assert sum(line[5] == NOTHING for line in lines) == 30
    assert page["A2"].value == "2 mục; 30 ngày chưa có bài. Số liệu lúc 08:00 ngày 23/11/2026."
    assert page["A5"].number_format == "dd/mm/yyyy"


def test_a_holiday_is_named_on_its_day() -> None:
    lines = [[cell.value for cell in line] for line in sheet([]).iter_rows(min_row=5)]
    assert [line[5] for line in lines if line[0].day == 22] == ["Nghỉ lễ: Ngày lễ", NOTHING]


def test_a_day_on_which_everything_was_cancelled_is_a_gap() -> None:
    page = sheet([a_row(state=State.CANCELLED)])
    lines = [line for line in page.iter_rows(min_row=5) if line[0].value.day == 5]
    assert [line[5].value for line in lines] == ["Giữ giấy hẹn", NOTHING]
    assert lines[0][5].font.strike is True
    assert lines[0][7].value == "Đã hủy"


def test_a_title_is_never_a_formula() -> None:
    data = month_sheet(DECEMBER, [a_row(title='=HYPERLINK("http://x")')], {}, LABELS, NOW)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        text = package.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in text and b"hyperlink" not in text.lower()


@pytest.mark.parametrize(
    ("month", "label"), [(Month(2026, 2), "tháng 02 năm 2026"), (Month(2027, 3), "tháng 3 năm 2027")]
)
def test_months_are_written_as_decree_30_writes_them(month: Month, label: str) -> None:
    assert month.label == label


def test_february_has_the_days_it_has() -> None:
    assert len(Month(2026, 2).days) == 28
    assert len(Month(2028, 2).days) == 29


# The calendar ------------------------------------------------------------------------------------------


def test_an_event_says_when_in_utc_and_what_and_where() -> None:
    [event] = events([a_row(permalink="https://example.vn/1", state=State.PUBLISHED)])
    assert event.decoded("dtstart") == datetime(2026, 12, 5, 0, 0, tzinfo=UTC)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=15)
    assert event["summary"] == "Giữ giấy hẹn (Fanpage Huế)"
    assert "Trạng thái: Đã đăng" in event["description"]
    assert "Giờ đăng: 07:00 ngày 05/12/2026" in event["description"]
    assert (event["status"], event["url"], event["transp"]) == ("CONFIRMED", "https://example.vn/1", "TRANSPARENT")


def test_times_are_plain_utc_so_no_time_zone_has_to_be_told() -> None:
    text = month_calendar(DECEMBER, [a_row()], LABELS, NOW).decode()
    assert "DTSTART:20261205T000000Z" in text
    assert "TZID" not in text


def test_an_item_keeps_its_identifier_and_its_number_rises_when_it_changes() -> None:
    [before] = events([a_row()])
    [after] = events([a_row(title="Khác", due_at=at(9, 8, 12).astimezone(UTC), moves=4)], NOW + timedelta(days=1))
    assert before["uid"] == after["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstamp") > before.decoded("dtstamp")
    [other] = events([a_row(id=8)])
    [elsewhere] = events([a_row(account="456")])
    assert len({before["uid"], other["uid"], elsewhere["uid"]}) == 3
    assert before["uid"] == "0bf1479f-7357-5955-9ba1-5945677466a9", "never another one, or calendars show things twice"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.CANCELLED, "CANCELLED"),
        (State.EXPIRED, "CANCELLED"),
        (State.WITHDRAWN, "CANCELLED"),
        (State.HELD, "TENTATIVE"),
        (State.FAILED, "TENTATIVE"),
        (State.READY, "CONFIRMED"),
    ],
)
def test_what_was_cancelled_is_cancelled_in_the_calendar_too(state: State, status: str) -> None:
    [event] = events([a_row(state=state)])
    assert event["status"] == status


def test_long_vietnamese_lines_are_folded_at_75_octets_between_letters_and_signs_are_escaped() -> None:
    title = "Đăng ký hộ tịch; trực tuyến, “ở nhà”\\được\nkhông? " * 6 + "\x07"
    data = month_calendar(DECEMBER, [a_row(title=title)], LABELS, NOW)
    lines = data.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode("utf-8")
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    assert event["summary"] == title.replace("\x07", " ") + " (Fanpage Huế)"


def test_nobody_is_invited_and_nobody_is_named() -> None:
    text = month_calendar(DECEMBER, [a_row(person="Nguyễn Thị Lan")], LABELS, NOW).decode()
    assert "ATTENDEE" not in text and "ORGANIZER" not in text and "Nguyễn Thị Lan" not in text


def test_an_empty_month_is_a_calendar_too() -> None:
    assert events([]) == []


# Files and holidays ------------------------------------------------------------------------------------


def test_both_files_are_written_and_replaced(tmp_path: Path) -> None:
    for rows in ([], [a_row()]):
        files = write_month(tmp_path / "lich", DECEMBER, rows, {}, LABELS, NOW)
    assert [path.name for path in files] == ["lich-dang-2026-12.xlsx", "lich-dang-2026-12.ics"]
    assert len(icalendar.Calendar.from_ical(files[1].read_bytes()).walk("VEVENT")) == 1
    assert len(list((tmp_path / "lich").iterdir())) == 2


def test_the_shipped_holidays_are_read_and_a_plan_may_have_its_own(tmp_path: Path) -> None:
    shipped = read_holidays(PLANS / "mau-nam")
    assert shipped[date(2026, 10, 10)].name == "Ngày Chuyển đổi số quốc gia" and date(2026, 3, 26) not in shipped
    hue = read_holidays(PLANS / "thua-thien-hue-2023")
    assert hue[date(2026, 3, 26)].off is False and date(2026, 10, 10) in hue
    own = tmp_path / "ke-hoach"
    own.mkdir()
    assert read_holidays(own) == {}
    (own / "ngay-le.yml").write_text("- {on: 31/12/2026, name: Riêng}\n", encoding="utf-8")
    assert list(read_holidays(own)) == [date(2026, 12, 31)]
    (own / "ngay-le.yml").write_text("- {on: 31/02/2026, name: Riêng}\n", encoding="utf-8")
    with pytest.raises(LibraryError, match=r"ngay-le\.yml: 0\.on: phải là ngày"):
        read_holidays(own)
