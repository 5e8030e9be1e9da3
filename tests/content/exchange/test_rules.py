"""Tags, seasons, repeats and series in tables and files: they come back as they went, and bad cells are told."""

import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from content.exchange.markdown import as_markdown, write_markdown
from content.exchange.shelf import export, gather
from content.exchange.tablefile import csv_writer, xlsx_writer
from content.library import load_library
from content.postfile import read_post
from content.store import AssetStore
from content.tables import Post
from tests.conftest import LAN, NOW
from tests.content.exchange.tables import bring_in, errors, look, read, row, warnings, write_csv, write_xlsx
from tests.content.shelf import draw, plan

CELLS: dict[str, Any] = {
    "Nhãn": "Tin vui, giải trí; mua-lu",
    "Mùa trong năm": "15/12 - 28/02",
    "Khi quá giờ": "Chuyển khung giờ",
    "Đăng lại sau số ngày": 45,
    "Số lần đăng tối đa": "1.000",
    "Đăng lại đến ngày": date(2026, 12, 31),
}
PARTED: dict[str, Any] = {"Dùng lại được": "Không", "Loạt bài": "Sáu bước: nộp hồ sơ", "Phần": 2}


def posts(session: Session) -> dict[str, Post]:
    session.expire_all()
    return {one.key: one for one in session.exec(select(Post))}


def both(**changes: Any) -> list[dict[str, Any]]:
    return [row(**CELLS, **changes), row(Mã_bài="d-hai", Tiêu_đề="Phần hai", **PARTED)]


def test_a_table_tells_them_in_the_words_of_staff(session: Session, tmp_path: Path, store: AssetStore) -> None:
    bring_in(session, write_xlsx(tmp_path, both()), store)
    one, two = posts(session)["d-giay-hen"], posts(session)["d-hai"]
    assert (one.tags, one.season, one.late_rule) == (["tin-vui", "mua-lu"], "12-15/02-28", "next_slot")
    assert (one.repeat_days, one.repeat_most, one.repeat_until) == (45, 1000, date(2026, 12, 31))
    assert (two.series, two.series_part, two.evergreen) == ("Sáu bước: nộp hồ sơ", 2, False)


def test_a_table_in_decomposed_text_tells_the_same(session: Session, tmp_path: Path, store: AssetStore) -> None:
    bring_in(session, write_csv(tmp_path, both(Đăng_lại_đến_ngày="31/12/2026")), store)
    apart = tmp_path / "bang.csv"
    apart.write_text(unicodedata.normalize("NFD", apart.read_text("utf-8-sig")), "utf-8")
    assert sorted(bring_in(session, apart, store).same) == ["d-giay-hen", "d-hai"]


@pytest.mark.parametrize("form", ["md", "csv", "xlsx"])
def test_they_go_out_and_come_back_without_a_change(
    session: Session, tmp_path: Path, store: AssetStore, form: str
) -> None:
    bring_in(session, write_xlsx(tmp_path, both()), store)
    session.commit()
    writer = {"md": write_markdown, "csv": csv_writer(plan()), "xlsx": xlsx_writer(plan(), NOW)}[form]
    folder = tmp_path / "ra"
    export(gather(session, plan()), store, folder, writer)
    if form == "md":
        report = load_library(session, folder, plan(), store, NOW, draw, LAN)
    else:
        assert errors(look(session, folder / f"thu-vien.{form}", store, folder)) == []
        report = bring_in(session, folder / f"thu-vien.{form}", store, folder)
    assert (report.new, report.changed, sorted(report.same)) == ([], [], ["d-giay-hen", "d-hai"])


def test_a_markdown_file_says_only_what_was_said(session: Session, tmp_path: Path, store: AssetStore) -> None:
    bring_in(session, write_xlsx(tmp_path, [*both(), row(Mã_bài="d-ba", Tiêu_đề="Bài ba")]), store)
    shelf = {one.post.key: as_markdown(one) for one in gather(session, plan()).posts}
    assert "\ntags:\n  - tin-vui\n  - mua-lu\nseason: 15/12 - 28/02\n" in shelf["d-giay-hen"]
    assert "\nrepeat:\n  days: 45\n  most: 1000\n  until: 31/12/2026\n" in shelf["d-giay-hen"]
    assert "\nseries:\n  name: 'Sáu bước: nộp hồ sơ'\n  part: 2\n" in shelf["d-hai"]
    assert not any(f"\n{name}:" in shelf["d-ba"] for name in ("tags", "season", "repeat", "series"))
    (tmp_path / "d-hai.md").write_text(shelf["d-hai"], "utf-8")
    assert read_post(tmp_path / "d-hai.md", plan()).series == "Sáu bước: nộp hồ sơ"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"Nhãn": "Ồn ào"}, "cột “Nhãn”: “Ồn ào” không đúng mẫu"),
        ({"Nhãn": "=HYPERLINK(1)"}, "cột “Nhãn”: “=HYPERLINK(1)” không đúng mẫu"),
        ({"Nhãn": "; ".join(f"t{one}" for one in range(30))}, "cột “Nhãn”: có 30 nhãn; tối đa 20 nhãn."),
        ({"Mùa trong năm": "mùa hè"}, "cột “Mùa trong năm”: “mùa hè” không phải mùa trong năm"),
        ({"Mùa trong năm": "30/2 - 1/3"}, "cột “Mùa trong năm”: ngày 30/2 không có trong năm"),
        ({"Mùa trong năm": date(2026, 9, 1)}, "cột “Mùa trong năm”: Excel đã đổi ô thành ngày 01/09/2026"),
        ({"Đăng lại sau số ngày": "ba mươi"}, "cột “Đăng lại sau số ngày”: “ba mươi” phải là số nguyên"),
        ({"Đăng lại sau số ngày": 367}, "cột “Đăng lại sau số ngày”: phải là số trong khoảng cho phép."),
        ({"Số lần đăng tối đa": 99_999_999}, "cột “Số lần đăng tối đa”: phải là số trong khoảng cho phép."),
        ({"Đăng lại đến ngày": "31/02/2026"}, "cột “Đăng lại đến ngày”: không có ngày “31/02/2026”"),
        ({"Loạt bài": "Loạt"}, "cột “Phần”: bài thuộc một loạt bài nhưng chưa ghi là phần mấy"),
        ({"Loạt bài": "Loạt", "Phần": ""}, "cột “Phần”: bài thuộc một loạt bài nhưng chưa ghi là phần mấy"),
        ({"Phần": 3, "Loạt bài": ""}, "cột “Loạt bài”: có số phần nhưng chưa ghi tên loạt bài"),
        ({"Phần": 1001, "Loạt bài": "Loạt"}, "cột “Phần”: phải là số trong khoảng cho phép."),
        ({"Loạt bài": "đ" * 121, "Phần": 1}, "cột “Loạt bài”: tên dài 121 ký tự"),
        ({"Khi quá giờ": "hôm sau"}, "chỉ nhận “Bỏ qua”, “Chuyển khung giờ”, “Vẫn đăng”."),
    ],
)
def test_a_bad_cell_is_told_by_its_column_with_the_way_out(tmp_path: Path, cells: dict[str, Any], told: str) -> None:
    found = errors(read(write_xlsx(tmp_path, [row(**cells)])))
    assert any(told in one for one in found), found


def test_a_table_without_these_columns_leaves_them_and_an_empty_cell_clears_them(
    session: Session, tmp_path: Path, store: AssetStore
) -> None:
    bring_in(session, write_xlsx(tmp_path, both()), store)
    bring_in(session, write_xlsx(tmp_path, [row(Tiêu_đề="Giấy hẹn mới", Nhãn=CELLS["Nhãn"])]), store)
    assert posts(session)["d-giay-hen"].season == "12-15/02-28"
    cleared = write_xlsx(tmp_path, [row(**{**CELLS, "Mùa trong năm": "", "Đăng lại sau số ngày": "", "Nhãn": ""})])
    told = " ".join(warnings(look(session, cleared, store)))
    assert "sửa: tiêu đề; bỏ: nhãn, mùa trong năm, đăng lại sau số ngày" in told
    bring_in(session, cleared, store)
    one = posts(session)["d-giay-hen"]
    assert (one.tags, one.season, one.repeat_days, one.repeat_most) == ([], "", 0, 1000)
