"""Activities as tables: what goes out comes back to the letter, every slip is told with its row, all or none."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine

from content.activities import Asked, activities, count, create
from content.activity_fields import fields_of
from content.errors import ContentError, LibraryError
from content.exchange.activity_file import as_csv, as_xlsx, template
from content.exchange.activity_table import ActivityTable, compare, read_table, write
from content.plan import load_plan
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.content.shelf import plan
from tests.content.test_activities import CLASS, PRESS, TALK

TODAY = date(2026, 11, 23)
HEAD = "Loại hoạt động;Tên hoạt động;Từ ngày;Đến ngày;Cơ quan thực hiện;Số lớp;Kinh phí (đồng);Nội dung tuyên truyền"
GOOD = "Tập huấn, bồi dưỡng;Lớp một;10/11/2026;;Sở Nội vụ;2;12.500.000;d. Một cửa"


@pytest.fixture
def office(engine: Engine) -> Engine:
    with writing(engine) as session:
        load_plan(session, plan(), NOW)
    return engine


def table(folder: Path, *lines: str, head: str = HEAD, agency: str = "") -> ActivityTable:
    path = folder / "hoat-dong.csv"
    path.write_text("\r\n".join((head, *lines)), encoding="utf-8-sig")
    return read_table(path, plan(), TODAY, agency=agency)


def wrong(found: ActivityTable) -> dict[int, list[str]]:
    return {one.number: [f"{it.column}: {it.words}" for it in one.problems] for one in found.rows if one.problems}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_comes_back_to_the_letter(office: Engine, tmp_path: Path, kind: str) -> None:
    several = [
        CLASS, PRESS, replace(TALK, words="=1+1\nDòng hai; “nháy”, '@", title="-- Đối thoại \"một\" =cmd"),
        replace(CLASS, agency="", topic="đ", audiences=("nguoi_dan", "doanh_nghiep"), figures={"people": 0}),
    ]  # fmt: skip
    with writing(office) as session:
        for one in several:
            create(session, one, by=LAN, now=NOW)
    with reading(office) as session:
        rows = activities(session, Asked())
    path = tmp_path / f"a.{kind}"
    path.write_bytes(as_csv(rows, plan(), {1: 2}) if kind == "csv" else as_xlsx(rows, plan(), {}, NOW))
    found = read_table(path, plan(), TODAY)
    assert not wrong(found)
    assert not found.notes
    assert [one.fields for one in found.rows] == [fields_of(one) for one in rows]
    with writing(office) as session:
        compare(session, found)
        assert {one.outcome for one in found.rows} == {"same"}
        assert write(session, found, by=MINH, now=NOW) == (0, 4)
        assert count(session, Asked()) == 4


def test_a_table_of_an_office_is_read_by_its_words(office: Engine, tmp_path: Path) -> None:
    found = table(tmp_path, GOOD, "tap_huan;Lớp hai;2026-11-11;12/11/2026;snv;;;Đ")
    assert not wrong(found)
    with writing(office) as session:
        compare(session, found)
        assert write(session, found, by=LAN, now=NOW) == (2, 0)
        second, first = activities(session, Asked())
    assert (first.agency, first.cost, first.figures, first.topic, first.form) == (
        "snv", 12_500_000, {"classes": 2}, "d", "a",
    )  # fmt: skip
    assert (second.topic, second.last, second.figures) == ("đ", date(2026, 11, 12), {})


def test_every_slip_is_told_with_its_row_and_its_column_and_nothing_is_written(office: Engine, tmp_path: Path) -> None:
    found = table(
        tmp_path,
        GOOD,
        "Đám cưới;;32/13/2026;;Sở Lạ;hai;12,5 triệu;z",
        "Đối thoại trực tuyến;Cuộc;10/11/2026;;;3;;",
        "Tập huấn;;10/11/2026;;;;;",
        "Tập huấn, bồi dưỡng;Chưa tới;24/11/2026;;;;;",
        "Tập huấn, bồi dưỡng;lỚP một;10/11/2026;;Sở Nội vụ;9;;",
    )
    told = wrong(found)
    assert set(told) == {3, 4, 5, 6, 7}
    assert [one.split(":")[0] for one in told[3]] == [
        "Loại hoạt động", "Từ ngày", "Cơ quan thực hiện", "Số lớp", "Kinh phí (đồng)", "Nội dung tuyên truyền",
    ]  # fmt: skip
    assert "Số lớp" in told[4][0]
    assert "giống dòng 2" in told[7][0]
    with writing(office) as session, pytest.raises(LibraryError) as caught:
        write(session, found, by=LAN, now=NOW)
    assert "hoat-dong.csv: dòng 3: Loại hoạt động: " in caught.value.problems[0]
    with writing(office) as session:
        assert count(session, Asked()) == 0
        assert write(session, found, by=LAN, now=NOW, only_good=True) == (1, 0)


def test_whoever_imports_for_one_agency_logs_for_no_other(office: Engine, tmp_path: Path) -> None:
    other = GOOD.replace("Sở Nội vụ", "Sở Tư pháp").replace("một", "hai")
    nobody = GOOD.replace("Sở Nội vụ", "").replace("một", "ba")
    found = table(tmp_path, GOOD, other, nobody, agency="snv")
    assert list(wrong(found)) == [3]
    assert found.rows[2].fields is not None
    assert found.rows[2].fields.agency == "snv"


def test_one_like_it_that_is_logged_already_is_told_and_may_be_imported(office: Engine, tmp_path: Path) -> None:
    found = table(tmp_path, GOOD)
    with writing(office) as session:
        write(session, found, by=LAN, now=NOW)
    again = table(tmp_path, GOOD.replace(";2;", ";3;"))
    with reading(office) as session:
        compare(session, again)
    assert "gần giống hoạt động số 1" in wrong(again)[2][0]
    assert (again.count("new"), again.rows[0].blocked) == (1, False)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("A;B;C", "không thấy dòng tiêu đề"),
        ("Loại hoạt động;Tên hoạt động;Ghi chú", "thiếu cột: Từ ngày"),
        (f"{HEAD};Loại", "viết hai lần"),
    ],
)
def test_a_file_that_is_no_table_of_activities_is_refused(tmp_path: Path, head: str, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        table(tmp_path, GOOD, head=head)


def test_columns_that_are_not_used_are_told(tmp_path: Path) -> None:
    assert table(tmp_path, f"{GOOD};x", head=f"{HEAD};Cỡ giày").notes == ["Không dùng đến các cột: “Cỡ giày”."]


def test_the_template_is_read_and_its_example_is_no_activity(tmp_path: Path) -> None:
    path = tmp_path / "mau.xlsx"
    path.write_bytes(template(plan(), NOW))
    with pytest.raises(ContentError, match="không có hoạt động nào"):
        read_table(path, plan(), TODAY)
    book = load_workbook(path)
    sheet = book["Hoạt động"]
    sheet["B2"] = "Lớp thật"
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(out.getvalue())
    found = read_table(path, plan(), TODAY)
    assert not wrong(found)
    assert found.rows[0].fields is not None
    assert (found.rows[0].fields.first, found.rows[0].fields.cost) == (date(2026, 3, 9), 12_500_000)
