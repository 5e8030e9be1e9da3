"""The page of the dry run: a month as it would come out, by day, with what fails, what is missing, and the coverage."""

from datetime import date

import pytest
from playwright.sync_api import Browser
from sqlmodel import func, select

from scheduler.db import reading
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.calendar_case import A_DAY, library, page_of, trouble
from tests.web.desk import Desk, counted

BANNER = "Chế độ chạy thử: không đăng lên mạng xã hội"


@pytest.fixture
def busy(desk: Desk) -> Desk:
    library(desk)
    trouble(desk, page_of(desk))
    return desk


def test_a_month_is_shown_with_its_banner_what_fails_and_where_to_mend_it(busy: Desk) -> None:
    answer = busy.visit(busy.lan).get("/chay-thu")
    assert answer.status_code == 200 and BANNER in answer.text
    assert "Chạy thử tháng 11 năm 2026" in answer.text
    assert "chưa được duyệt" in answer.text and "Tạm dừng (Quốc tang)" in answer.text
    assert "chỉ có hiệu lực đến hết ngày 25/11/2026" in answer.text
    assert "/duyet/bai-" in answer.text and 'href="/tam-dung/giu-lai"' in answer.text
    assert "Độ phủ sẽ đạt" in answer.text and "Dịch vụ công trực tuyến" in answer.text
    assert "Việc cần người làm" in answer.text and "Dự kiến" in answer.text


def test_one_day_is_shown_whole_with_the_reason_of_each_item(busy: Desk) -> None:
    answer = busy.visit(busy.charlie).get("/chay-thu?thang=2026-11&ngay=2026-11-25")
    assert answer.status_code == 200 and BANNER in answer.text
    assert "thứ Tư, ngày 25/11/2026" in answer.text and "Chọn vì" in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "thang=2026-13",
        "thang=x",
        "thang=%00",
        "thang=2020-01",
        "thang=2099-01",
        "ngay=2026-02-31",
        "thang=" + "9" * 500,
    ],
)
def test_a_month_that_cannot_be_tried_is_said_and_this_month_is_shown(busy: Desk, query: str) -> None:
    answer = busy.visit(busy.lan).get(f"/chay-thu?{query}")
    assert answer.status_code == 200 and "Chạy thử tháng 11 năm 2026" in answer.text
    assert "ngay" in query or 'role="alert"' in answer.text


def test_a_coming_month_is_tried_whole(busy: Desk) -> None:
    answer = busy.visit(busy.lan).get("/chay-thu?thang=2026-12")
    assert "Chạy thử tháng 12 năm 2026" in answer.text and "ngay=2026-12-31" in answer.text


def test_empty_slots_are_told_with_the_mark_of_their_channel(desk: Desk) -> None:
    """An office gives its Page and its OA one name."""
    page_of(desk)
    told = desk.visit(desk.lan).get("/chay-thu?thang=2026-12").text
    missing = told[told.index('id="con-thieu"') :]
    assert '<abbr class="channel-mark' in missing[missing.index("<h3>") : missing.index("</ul>", missing.index("<h3>"))]


def test_an_office_without_channels_is_told_what_to_do_first(desk: Desk) -> None:
    answer = desk.visit(desk.lan).get("/chay-thu")
    assert answer.status_code == 200 and 'href="/kenh"' in answer.text


def test_only_who_may_read_sees_it(busy: Desk) -> None:
    assert busy.visit(busy.tu).get("/chay-thu").status_code == 403
    assert busy.visit().get("/chay-thu", allow_redirects=False).status_code == 303


def test_nothing_is_written_and_the_number_of_statements_does_not_grow_with_the_queue(both: Desk) -> None:
    library(both)
    channel = page_of(both)
    lan = both.visit(both.lan)

    def asked(count: int) -> list[str]:
        """Of the second look: what one process remembers of words and limits is asked for in the first."""
        for number in range(count):
            due = NOW + A_DAY * (number % 6 + 0.2) + A_DAY / 1440 * number
            both.publication(channel_id=channel.id, due_at=due)
        lan.get("/chay-thu")
        with counted(both.engine) as statements:
            assert lan.get("/chay-thu").status_code == 200
        return statements

    few, many = asked(2), asked(40)
    assert len(many) == len(few) <= 40
    written = [one for one in many if one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []
    with reading(both.engine) as session:
        assert session.exec(select(func.count()).select_from(Publication)).one() == 42


def test_it_is_clean_at_every_width_and_a_list_on_a_phone(busy: Desk, browser: Browser) -> None:
    on = date(2026, 11, 25)
    for width in WIDTHS:
        with window(browser, busy, busy.lan, width) as page:
            for path in ("/chay-thu", f"/chay-thu?thang=2026-11&ngay={on}", "/chay-thu?thang=2027-01"):
                page.goto(path)
                assert violations(page) == []
            page.goto("/chay-thu")
            cell = page.locator("td.today")
            box = cell.bounding_box()
            assert box is not None and (box["width"] > 300) is (width <= 1000)
