"""The coverage matrix and the best times: what the pages show, hand on as files, and cost."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook

from content.plan import active_plan, load_plan
from content.record_tables import Activity
from scheduler.db import writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import NOW
from tests.web.desk import Desk, counted
from tests.web.test_api import program

PAGE, OA = "Facebook: Cải cách hành chính Huế", "Zalo OA: Cổng TTĐT thành phố Huế"
MONTH = "tu=2026-11-01&den=2026-11-30&ky=tuy-chon"


@pytest.fixture
def full(both: Desk) -> Desk:
    """Topic d on both channels, e on one; one waits; a training; half a year of evenings that were answered more."""
    page = both.channel("facebook", key="fanpage", name="Cải cách hành chính Huế")
    oa = both.channel("zalo", key="oa", name="Cổng TTĐT thành phố Huế")
    two, one = both.post(topic="d"), both.post(topic="e", agency="snv", form="video")
    for post, channel, days in ((two, page, 3), (two, oa, 3), (one, page, 5), (one, page, 40)):
        published(both, post.id, channel, NOW - timedelta(days=days))
    both.publication(post_id=both.post(topic="k").id, channel_id=page.id, due_at=NOW + timedelta(days=1))
    with writing(both.engine) as session:
        session.add(
            Activity(kind="tap_huan", title="Lớp", topic="d", first=date(2026, 11, 5), last=date(2026, 11, 5),
                     created_by="Lan", created_at=NOW, updated_at=NOW)
        )  # fmt: skip
    return both


def published(desk: Desk, post_id: int | None, channel: Channel, at: Any) -> Publication:
    return desk.publication(
        post_id=post_id, channel_id=channel.id, state=State.PUBLISHED, due_at=at, published_at=at, next_attempt_at=None
    )


def rows(desk: Desk, query: str) -> dict[str, dict[str, str]]:
    """The table of the CSV: label -> column -> value."""
    text = desk.visit(desk.charlie).get(f"/so-lieu/do-phu.csv?{query}").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    place = lines.index([]) + 1
    head = lines[place]
    at = head.index("Nội dung") if "Nội dung" in head else 0
    return {line[at]: dict(zip(head, line, strict=True)) for line in lines[place + 1 :]}


def test_the_page_says_how_far_the_plan_is_fulfilled_and_what_is_missing(full: Desk) -> None:
    text = full.visit(full.charlie).get(f"/so-lieu/do-phu?{MONTH}").text
    # 2 of d and 1 of e; the month asks for 4 of eight topics and 8 of i, k, l: 3 of 56
    assert "3 trên 56 lượt đăng" in text and "5,3%" in text, "5.36 % is cut off, not rounded"
    assert "11 nội dung" in text and "thiếu 2" in text and "chờ 1" in text
    assert "của 2 bài" in text and "75,0%" in text, "three publications and one training"


def test_the_file_holds_exactly_what_the_page_shows(full: Desk) -> None:
    found = rows(full, MONTH)
    assert len(found) == 12
    d, total = found["Một cửa, một cửa liên thông"], found["Cộng"]
    assert (d["Lượt đăng"], d["Chỉ tiêu"], d["Còn thiếu"], d["Số bài"]) == ("2", "4", "2", "1")
    assert d[PAGE] == "1" and d[OA] == "1" and d["Trực tiếp"] == "1"
    assert (total["Lượt đăng"], total["Chỉ tiêu"], total["Còn thiếu"], total["Đang chờ"]) == ("3", "56", "53", "1")
    for column in (PAGE, OA, "Lượt đăng", "Còn thiếu"):
        assert sum(int(row[column]) for name, row in found.items() if name != "Cộng") == int(total[column])


def test_accounts_of_one_name_on_two_platforms_are_told_apart(both: Desk) -> None:
    for platform in ("facebook", "zalo"):
        published(both, both.post(topic="d").id, both.channel(platform, key=platform, name="UBND thành phố Huế"), NOW)
    heads = both.visit(both.charlie).get(f"/so-lieu/do-phu?{MONTH}").text.split("<thead>")[1].split("</thead>")[0]
    assert ">Facebook</abbr>" in heads and ">Zalo OA</abbr>" in heads


def test_a_past_year_is_held_against_its_own_plan_when_the_next_is_in_force(full: Desk) -> None:
    with writing(full.engine) as session:
        now = active_plan(session)
        own = [one.model_copy(update={"minimum_per_year": 7}) for one in now.topics]
        load_plan(session, now.model_copy(update={"code": "nam-2026", "year": 2026, "topics": tuple(own)}), NOW)
        load_plan(session, now.model_copy(update={"code": "nam-2027", "year": 2027}), NOW)
    found = rows(full, "ky=nam-nay")
    assert {row["Chỉ tiêu"] for name, row in found.items() if name != "Cộng"} == {"7"}
    answer = program(full, full.charlie).get("/coverage", params={"span": "nam-nay"})
    assert {one["wanted"] for one in answer["topics"]} == {7}


def test_the_workbook_holds_the_same_numbers(full: Desk) -> None:
    answer = full.visit(full.charlie).get(f"/so-lieu/do-phu.xlsx?{MONTH}")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    head = next(row for row in cells if row[0] == "Điểm")
    total = dict(zip(head, cells[-1], strict=True))
    assert (total["Nội dung"], total["Lượt đăng"], total["Chỉ tiêu"]) == ("Cộng", 3, 56)


def test_every_way_across_has_its_table(full: Desk) -> None:
    agencies = rows(full, f"{MONTH}&xem=co-quan")
    assert agencies["Sở Nội vụ"]["Lượt đăng"] == "1" and agencies["Cơ quan chủ trì"]["Lượt đăng"] == "2"
    assert agencies["Sở Tư pháp"]["Lượt đăng"] == "0", "an agency of the register that has nothing is seen"
    assert "Sở TT&TT" not in agencies, "it was dissolved in 2025"
    forms = rows(full, f"{MONTH}&xem=hinh-thuc")
    assert (forms["Cộng"]["Văn bản"], forms["Cộng"]["Video"], forms["Cộng"]["Infographic"]) == ("2", "1", "0")
    months = rows(full, "ky=nam-nay&xem=thang")["Chính quyền số, chuyển đổi số"]
    october = "01/10/2026–31/10/2026"
    assert (months[october], months[f"{october}: còn thiếu"], months["Lượt đăng"]) == ("1", "3", "2")


def test_a_part_of_the_office_is_told_without_a_target(full: Desk) -> None:
    text = full.visit(full.charlie).get(f"/so-lieu/do-phu?{MONTH}&kenh=oa").text
    assert "đặt cho toàn cơ quan chủ trì" in text and "thiếu 2" not in text
    found = rows(full, f"{MONTH}&kenh=oa")
    assert "Chỉ tiêu" not in found["Cộng"] and found["Cộng"]["Lượt đăng"] == "1"


def test_a_month_that_has_not_begun_lacks_nothing_yet(full: Desk) -> None:
    text = full.visit(full.charlie).get("/so-lieu/do-phu?ky=quy-nay&xem=thang").text
    row = text[text.index(">Chủ trương, chính sách CCHC</a>") :]
    cells = row[: row.index("</tr>")].split("<td")[4:7]
    assert ["lacks" in cell for cell in cells] == [True, True, False], "October, November, December"


def test_files_of_another_kind_are_not_there_and_a_contributor_sees_none(full: Desk) -> None:
    assert full.visit(full.charlie).get("/so-lieu/do-phu.exe").status_code == 404
    for path in ("/so-lieu/do-phu", "/so-lieu/do-phu.csv", "/so-lieu/do-phu.xlsx", "/so-lieu/gio-dang"):
        assert full.visit(full.tu).get(path).status_code == 403, path


def test_a_name_that_looks_like_a_formula_stays_a_text(full: Desk) -> None:
    with writing(full.engine) as session:
        session.get_one(Channel, 1).name = "=cmd|' /C calc'!A0"
    visitor = full.visit(full.charlie)
    assert ",=cmd" not in visitor.get(f"/so-lieu/do-phu.csv?{MONTH}").text
    book = load_workbook(io.BytesIO(visitor.get(f"/so-lieu/do-phu.xlsx?{MONTH}").content))
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)


def test_what_nothing_changed_is_not_counted_anew_and_what_changed_is(full: Desk) -> None:
    visitor = full.visit(full.charlie)
    with counted(full.engine) as first:
        visitor.get("/so-lieu/do-phu?ky=nam-nay&xem=thang")
    assert len(first) <= 20, first
    with counted(full.engine) as again:
        visitor.get("/so-lieu/do-phu?ky=nam-nay&xem=thang")
    assert len(again) <= len(first) - 6
    full.clock.set(NOW + timedelta(minutes=1))
    published(full, 1, full.channel("youtube", key="yt", name="Truyền hình"), NOW)
    assert "4 trên 56 lượt đăng" in visitor.get(f"/so-lieu/do-phu?{MONTH}").text


def test_a_program_gets_cells_that_add_up(full: Desk) -> None:
    someone = program(full, full.charlie)
    found = someone.get("/coverage", params={"first": "2026-10-01", "last": "2026-11-30", "steps": "month"})
    assert (found["published"], found["posts"]) == (4, 2) == (sum(one["done"] for one in found["cells"]), 2)
    topic = next(one for one in found["topics"] if one["letter"] == "e")
    assert (topic["done"], topic["wanted"], topic["missing"], topic["posts"]) == (2, 8, 6, 1)
    assert next(one for one in found["topics"] if one["letter"] == "d")["outside"] == {"direct": 1}
    assert [one["first"] for one in found["periods"]] == ["2026-10-01", "2026-11-01"]
    assert {"topic": "l", "period": 1, "wanted": 8} in found["targets"]
    assert found["completion"] == pytest.approx(4 / 112)
    assert someone.get("/figures", params={"span": "thang-nay"})["topics"][3]["done"] == 2
    for wrong in ({"span": "nam-3000"}, {"first": "2026-12-01", "last": "2026-01-01"}, {"steps": "day"}):
        assert someone.ask("GET", "/coverage", params=wrong).status_code == 422, wrong


def test_figures_that_nothing_changed_are_not_counted_anew_for_a_program(full: Desk) -> None:
    someone = program(full, full.charlie)
    someone.get("/figures", params={"span": "nam-nay"})
    with counted(full.engine) as again:
        someone.get("/figures", params={"span": "nam-nay"})
    assert len(again) <= 8, again


# Best times ------------------------------------------------------------------------------------------------


def evenings(desk: Desk, evening: int) -> None:
    """Twenty mornings and twenty evenings of the fanpage, with their reactions on the seventh day."""
    with writing(desk.engine) as session:
        for number in range(40):
            day = (NOW - timedelta(days=20 + number)).replace(hour=0, minute=0)
            at, value = (day, 10 + number % 5) if number % 2 else (day + timedelta(hours=13), evening + number % 5)
            row = Publication(
                post_id=1, channel_id=1, state=State.PUBLISHED, due_at=at, published_at=at, saved={}, created_at=at
            )
            session.add(row)
            session.flush()
            session.add(
                Reading(channel_id=1, publication_id=row.id, metric="reactions", value=value, name="reactions",
                        version="v26.0", taken_at=day + timedelta(days=7, hours=10))
            )  # fmt: skip


def test_no_difference_is_claimed_where_intervals_touch(full: Desk) -> None:
    evenings(full, evening=11)
    text = full.visit(full.charlie).get("/so-lieu/gio-dang?kenh=fanpage").text
    assert "Chưa thấy khác biệt rõ giữa các khung." in text and "có thể ưu tiên" not in text
    assert "40 bài, so bằng lượt tương tác (cảm xúc)." in text


def test_an_hour_that_was_surely_answered_more_is_named(full: Desk) -> None:
    evenings(full, evening=30)
    text = full.visit(full.charlie).get("/so-lieu/gio-dang?kenh=fanpage").text
    assert "19–22 giờ cao hơn rõ so với mọi khung còn lại có đủ bài" in text
    assert "chưa đủ bài để so sánh (0 bài)" in text


def test_too_few_posts_are_told_as_such(full: Desk) -> None:
    text = full.visit(full.charlie).get("/so-lieu/gio-dang").text
    assert "Chưa có bài nào có số liệu của ngày thứ bảy" in text
