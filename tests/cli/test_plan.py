"""`cchc plan`: a month tried beforehand is printed, fails loudly when something would, and changes nothing."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from cli.plan import BANNER
from content.vietnamese import LOCAL
from reports.monthly import Month
from scheduler.clock import SystemClock
from tests.cli.conftest import LIBRARY, Cchc
from tests.conftest import LAN


def next_month() -> datetime:
    """A morning in the middle of next month, local; the command reads the real clock."""
    today = SystemClock().now().astimezone(LOCAL)
    return (today.replace(day=1, hour=9, minute=0) + timedelta(days=45)).replace(day=15)


def queued(cchc: Cchc) -> datetime:
    when = next_month()
    cchc.ok("queue", "add", "d-giay-hen", "fanpage", "--at", f"{when:%d/%m/%Y %H:%M}", "--by", LAN)
    return when


def rows(cchc: Cchc) -> dict[str, int]:
    """Every table with its number of rows."""
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


@pytest.mark.parametrize(
    ("month", "says"),
    [
        ("13/2026", "tháng"),
        ("tháng sau", "hãy viết như 12/2026"),
        ("2026-12-31", "hãy viết như 12/2026"),
        ("01/2020", "đã qua"),
        ("12/2099", "còn xa quá"),
    ],
)
def test_a_month_that_cannot_be_tried_is_one_clear_sentence(office: Cchc, month: str, says: str) -> None:
    assert says in office("plan", "--month", month).sentence


def test_a_month_is_printed_at_80_columns_as_calendar_lists_and_coverage(fanpage: Cchc) -> None:
    when = queued(fanpage)
    told = fanpage("plan", "--month", f"{when:%m/%Y}")
    assert told.code == 0, told.err
    assert all(
        len(line) <= 80 for line in told.out.splitlines() if not line.startswith(("Chạy thử", "Có ", "Dấu", "Giả"))
    )
    assert BANNER in told.out and "09:00" in told.out and "fanpage" in told.out
    assert "Độ phủ sẽ đạt" in told.out and "thiếu" in told.out
    words = " ".join(told.out.split())
    assert "đăng được" in words and LIBRARY["d-giay-hen"][1].split()[0] in words


def test_nothing_is_written_and_no_platform_hears_of_it(fanpage: Cchc) -> None:
    when = queued(fanpage)
    before = rows(fanpage)
    fanpage("plan", "--month", f"{when:%Y-%m}")
    fanpage("plan", "--month", f"{when:%Y-%m}", "--json")
    fanpage("plan", "why", "d-giay-hen", "fanpage", f"{when:%d/%m/%Y} 19:30")
    assert rows(fanpage) == before


def test_what_would_fail_is_told_with_its_reason_and_the_exit_code_says_so(fanpage: Cchc) -> None:
    when = queued(fanpage)
    file = fanpage.folder / "library" / "d-giay-hen.md"
    file.write_text(file.read_text(encoding="utf-8").replace("mời bà con", "xin mời bà con"), encoding="utf-8")
    fanpage.ok("library", "load")
    told = fanpage("plan", "--month", f"{when:%m/%Y}", COLUMNS="160")
    assert told.code == 1 and told.err == ""
    assert "Không đăng được" in told.out and "chưa được duyệt" in told.out and "Việc cần người làm" in told.out


def test_the_whole_forecast_is_printed_as_json(fanpage: Cchc) -> None:
    when = queued(fanpage)
    found = json.loads(fanpage.ok("plan", "--month", f"{when:%Y-%m}", "--json"))
    mine = [item for one in found["days"] for item in one["items"] if item["number"]]
    assert [(one["at"], one["post_key"], one["grade"]) for one in mine] == [
        (when.replace(second=0, microsecond=0).isoformat(), "d-giay-hen", "goes")
    ]
    assert found["first"] == f"{when:%Y-%m}-01" and found["counts"]["fails"] == 0
    assert {line["letter"] for line in found["coverage"]} >= {"a", "d", "đ", "l"}


def test_this_month_is_tried_when_none_is_named(fanpage: Cchc) -> None:
    today = SystemClock().now().astimezone(LOCAL)
    assert f"Chạy thử {Month(today.year, today.month).label}" in fanpage("plan").out


@pytest.mark.parametrize(
    ("post", "hour", "says"),
    [
        ("a-gioi-thieu", "07:30", "được phép tự xếp"),
        ("a-gioi-thieu", "07:31", "không phải khung giờ"),
        ("a-gioi-thieu", "23:30", "giờ yên lặng"),
        ("k-canh-bao", "07:30", "chưa được duyệt"),
    ],
)
def test_why_a_post_would_be_taken_or_not_is_said(fanpage: Cchc, post: str, hour: str, says: str) -> None:
    told = fanpage.ok("plan", "why", post, "fanpage", f"{next_month():%d/%m/%Y} {hour}")
    assert says in told and LIBRARY[post][1] in told


@pytest.mark.parametrize(
    ("post", "channel", "hour", "says"),
    [
        ("khong-co", "fanpage", "31/12/2030 07:30", "Không có bài"),
        ("a-gioi-thieu", "khong-co", "31/12/2030 07:30", "Không có kênh"),
        ("a-gioi-thieu", "fanpage", "mai", "không hiểu thời gian"),
        ("a-gioi-thieu", "fanpage", "32/12/2030 07:30", "không hiểu thời gian"),
    ],
)
def test_a_question_about_nothing_is_one_clear_sentence(
    fanpage: Cchc, post: str, channel: str, hour: str, says: str
) -> None:
    assert says in fanpage("plan", "why", post, channel, hour).sentence
