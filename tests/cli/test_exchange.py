"""`cchc library import`, `export`, `template`, `media` and `cchc queue month` as staff use them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from content.editing import fields_of, save
from content.tables import Post
from scheduler.db import open_engine, writing
from scheduler.lifecycle import State
from tests.cli.conftest import Cchc
from tests.cli.test_queue import put, queued
from tests.conftest import LAN
from tests.content.exchange.tables import picture, row, write_csv, write_xlsx


def test_a_dry_run_tells_every_row_and_writes_nothing(office: Cchc) -> None:
    picture(office.folder)
    cells = {"Ảnh/Video": "giay-hen.png", "Văn bản thay thế": "Tờ giấy có mã hồ sơ."}
    write_xlsx(
        office.folder,
        [row(Mã_bài="d-moi", **cells), row(Mã_bài="d-hai", Điểm="f"), row(Mã_bài="d-ba", Hiệu_lực_đến="mai")],
    )
    before = sorted((office.folder / "data").rglob("*.*"))
    told = office("library", "import", "bang.xlsx", "--dry-run")
    assert "Lỗi: Dòng 3, cột “Điểm”: kế hoạch không có nội dung “f”" in told.out
    assert "Lỗi: Dòng 4, cột “Hiệu lực đến”: “mai” không phải ngày" in told.out
    assert told.sentence.startswith("Chưa nhập dòng nào vì 2 dòng còn lỗi: 3-4.")
    out = office.ok("library", "import", "bang.xlsx", "--dry-run", "--rows", "2")
    assert "Chạy thử, chưa ghi gì: sẽ có 1 bài mới, 0 bài thay đổi, 0 bài giữ nguyên." in out
    assert sorted((office.folder / "data").rglob("*.*")) == before
    assert "d-moi" not in office.ok("library", "list")


def test_the_good_rows_are_imported_when_they_are_named_and_need_approval(office: Cchc) -> None:
    write_csv(office.folder, [row(Mã_bài="d-mot"), row(Mã_bài="d-hai", Điểm="f"), row(Mã_bài="d-ba")])
    assert office("library", "import", "bang.csv").code == 1
    assert "d-mot" not in office.ok("library", "list")
    out = office.ok("library", "import", "bang.csv", "--rows", "2,4", "--by", LAN)
    assert "Đã nhập bang.csv: 2 bài mới, 0 bài thay đổi, 0 bài giữ nguyên." in out
    shown = office.ok("post", "show", "d-mot")
    assert "Bản nháp" in shown and LAN in shown
    assert "0 bài mới, 0 bài thay đổi, 2 bài giữ nguyên" in office.ok("library", "import", "bang.csv", "--rows", "2,4")


@pytest.mark.parametrize(("form", "file"), [("csv", "thu-vien.csv"), ("xlsx", "thu-vien.xlsx")])
def test_an_exported_table_is_taken_back_without_a_change(office: Cchc, form: str, file: str) -> None:
    assert "Đã xuất 3 bài" in office.ok("library", "export", "ra", "--format", form)
    out = office.ok("library", "import", f"ra/{file}")
    assert "0 bài mới, 0 bài thay đổi, 3 bài giữ nguyên" in out
    assert "thư mục đã có tệp" in office("library", "export", "ra", "--format", form).sentence


def test_exported_markdown_is_a_library(office: Cchc) -> None:
    office.ok("library", "export", "ra")
    assert "0 bài mới, 0 bài thay đổi, 3 bài giữ nguyên" in office.ok("library", "load", CCHC_LIBRARY_DIR="ra")


def test_a_topic_and_a_search_choose_what_goes_out(office: Cchc) -> None:
    office.ok("library", "export", "ra", "--topic", "d", "--search", "giay HEN")
    assert {path.name for path in (office.folder / "ra").glob("*.md")} == {"README.md", "d-giay-hen.md"}
    assert "--topic" in office("library", "export", "ra2", "--topic", "z").sentence


def test_the_template_is_written_once(office: Cchc) -> None:
    assert "Đã ghi tệp mẫu mau.xlsx" in office.ok("library", "template", "mau.xlsx")
    assert "đã có tệp này" in office("library", "template", "mau").sentence
    assert "chỉ có dòng ví dụ" in office("library", "import", "mau.xlsx").sentence


def test_a_folder_of_pictures_goes_into_the_store_and_a_bad_file_is_named(office: Cchc) -> None:
    picture(office.folder / "anh")
    assert "Đã đưa 1 tệp" in office.ok("library", "media", "anh")
    assert len(list((office.folder / "data" / "assets").rglob("*.png"))) == 1
    (office.folder / "anh" / "gia.jpg").write_bytes(b"no picture")
    told = office("library", "media", "anh")
    assert told.code == 1
    assert told.err.startswith("gia.jpg: không phải ảnh")
    assert "không tìm thấy thư mục" in office("library", "media", "khong-co").sentence


@pytest.mark.parametrize("file", ["khong-co.xlsx", "library", "data"])
def test_a_table_that_is_not_there_is_named(office: Cchc, file: str) -> None:
    assert "không tìm thấy tệp" in office("library", "import", file).sentence


def test_the_month_is_written_as_a_sheet_and_a_calendar_and_again(office: Cchc) -> None:
    out = office.ok("queue", "month", "12/2026", "--out", "lich")
    assert "tháng 12 năm 2026 (0 mục)" in out
    names = {path.name for path in (office.folder / "lich").iterdir()}
    assert names == {"lich-dang-2026-12.xlsx", "lich-dang-2026-12.ics"}
    office.ok("queue", "month", "2026-12", "--out", "lich")
    assert {path.name for path in Path(office.folder / "lich").iterdir()} == names


@pytest.mark.parametrize("month", ["13/2026", "12", "thang 12", "0/2026", "1/1999"])
def test_a_month_that_is_none_is_told(office: Cchc, month: str) -> None:
    assert "hãy viết như 12/2026" in office("queue", "month", month).sentence


# Posts that wait to go out, and posts that are out ---------------------------------------------------------


def rows_of(cchc: Cchc, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection:
        return connection.execute(statement).fetchall()


def test_a_dry_run_tells_what_changes_and_that_an_approval_and_a_place_in_the_queue_end(fanpage: Cchc) -> None:
    queued(fanpage)
    write_csv(fanpage.folder, [row(), row(Mã_bài="d-moi")])
    out = fanpage.ok("library", "import", "bang.csv", "--dry-run")
    assert "Lưu ý: Dòng 2: d-giay-hen, sửa: " in out
    assert "“Đã duyệt”; sửa thì trở lại bản nháp, lần duyệt hết hiệu lực" in out
    assert "Dòng 2: d-giay-hen: đang có 1 lượt đăng trong hàng đợi; sửa thì lần duyệt hết hiệu lực" in out
    assert "sẽ có 1 bài mới, 1 bài thay đổi, 0 bài giữ nguyên" in out
    fanpage.ok("library", "import", "bang.csv")
    again = fanpage.ok("library", "import", "bang.csv", "--dry-run")
    assert "0 bài mới, 0 bài thay đổi, 2 bài giữ nguyên" in again
    assert "Dòng 2" not in again


def test_an_import_over_a_published_post_keeps_its_history(fanpage: Cchc) -> None:
    put(fanpage, queued(fanpage), State.PUBLISHED)
    publications, events = "SELECT * FROM publication", "SELECT * FROM publication_event"
    reviews = "SELECT action FROM review JOIN post ON post.id = post_id WHERE key = 'd-giay-hen' ORDER BY review.id"
    before = rows_of(fanpage, publications), rows_of(fanpage, events), rows_of(fanpage, reviews)
    write_csv(fanpage.folder, [row()])
    out = fanpage.ok("library", "import", "bang.csv")
    assert "1 bài thay đổi" in out
    assert "hàng đợi" not in out
    assert (rows_of(fanpage, publications), rows_of(fanpage, events)) == before[:2]
    assert rows_of(fanpage, reviews) == [*before[2], ("changed",)]
    assert ("approved",) in before[2]
    assert fanpage.ok("library", "import", "bang.csv").count("1 bài giữ nguyên") == 1


def test_errors_are_told_before_what_only_changes(office: Cchc) -> None:
    write_csv(office.folder, [row(), row(Mã_bài="d-hai", Điểm="f")])
    told = office("library", "import", "bang.csv", "--dry-run").out
    assert told.index("Lỗi: Dòng 3") < told.index("Lưu ý: Dòng 2")


def test_no_file_and_no_table_writes_over_what_was_written_at_the_desk_and_both_say_so(office: Cchc) -> None:
    with writing(open_engine(f"sqlite:///{office.folder}/data/cchc.sqlite3")) as session:
        post = session.exec(select(Post).where(Post.key == "d-giay-hen")).one()
        fields = replace(fields_of(session, post), body="Lời viết ở trang Soạn bài.")
        save(session, post.key, fields, by=LAN, now=post.updated_at, seen=post.content_hash)
    for command in ("init", "library load"):
        out = office.ok(*command.split())
        assert "d-giay-hen: bài đã được soạn hoặc sửa trên trang Soạn bài nên giữ nguyên" in out
        assert "1 bài thuộc trang Soạn bài nên không nạp đè" in out
    write_csv(office.folder, [row(Mã_bài="d-giay-hen")])
    for options in (("--dry-run",), ()):
        out = office.ok("library", "import", "bang.csv", *options)
        assert "giữ nguyên, không lấy lời ở dòng này" in out and "1 bài thuộc trang Soạn bài" in out
    assert "Lời viết ở trang Soạn bài." in office.ok("post", "show", "d-giay-hen")
