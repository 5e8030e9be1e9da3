"""Workbooks as they really come, and as an attacker would make them."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from content.errors import ContentError
from content.exchange import xlsxfile
from tests.content.exchange.tables import ROW, errors, grid, read, row, warnings, write_csv, write_xlsx

Part = Callable[[str, bytes], bytes | None]


def rewrite(path: Path, change: Part, **more: bytes) -> Path:
    """The same package with its parts changed (None: left out) and more parts added."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in more.items():
            new.writestr(name.replace("__", "/"), data)
    path.write_bytes(out.getvalue())
    return path


def refused(path: Path) -> str:
    with pytest.raises(ContentError) as told:
        read(path)
    assert told.value.words.startswith(f"{path.name}: ")
    assert "\n" not in told.value.words
    return told.value.words


def test_dates_numbers_and_answers_are_read_whatever_type_excel_gave_them(tmp_path: Path) -> None:
    table = read(
        write_xlsx(
            tmp_path,
            [
                row(Hiệu_lực_từ=date(2026, 12, 1), Hiệu_lực_đến="31/12/2026", Nhạy_cảm=True, Số_phút_được_trễ=90),
                row(Mã_bài="d-2", Hiệu_lực_đến="2026-12-31", Nhạy_cảm="x", Dùng_lại_được="KHÔNG",
                    Khi_quá_giờ="vẫn đăng", Số_phút_được_trễ="1.440", Tiêu_đề=2026),
            ],
        )
    )  # fmt: skip
    assert errors(table) == []
    first, second = (one.post for one in table.rows)
    assert first is not None and second is not None
    assert (first.valid_from, first.valid_to) == (date(2026, 12, 1), date(2026, 12, 31))
    assert (first.sensitive, first.evergreen, first.late_rule, first.late_minutes) == (True, True, "expire", 90)
    assert (second.sensitive, second.evergreen, second.late_rule, second.late_minutes) == (
        True,
        False,
        "any_time",
        1440,
    )
    assert (second.title, second.valid_to) == ("2026", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"Hiệu lực đến": "31/02/2026"}, "cột “Hiệu lực đến”: không có ngày “31/02/2026”"),
        ({"Hiệu lực đến": "12/31/2026"}, "không có ngày “12/31/2026”; hãy viết ngày/tháng/năm"),
        ({"Hiệu lực đến": "mai"}, "“mai” không phải ngày"),
        ({"Hiệu lực đến": 46387}, "“46387” không phải ngày"),
        ({"Hiệu lực đến": datetime.fromisoformat("2026-12-31T07:30")}, "ô là ngày kèm giờ"),
        ({"Tiêu đề": date(2026, 12, 1)}, "cột “Tiêu đề”: Excel đã đổi ô thành ngày 01/12/2026"),
        ({"Văn bản": 76.5}, "cột “Văn bản”: Excel đã đổi ô thành số 76,5"),
        ({"Tiêu đề": time(7, 30)}, "ô là giờ"),
        ({"Nhạy cảm": "có lẽ"}, "cột “Nhạy cảm”: “có lẽ”: chỉ nhận Có hoặc Không"),
        ({"Số phút được trễ": "nhiều"}, "cột “Số phút được trễ”: “nhiều” phải là số nguyên"),
        ({"Số phút được trễ": 0}, "cột “Số phút được trễ”: phải là số trong khoảng cho phép"),
        ({"Khi quá giờ": "tùy"}, "chỉ nhận “Bỏ qua”, “Chuyển khung giờ”, “Vẫn đăng”"),
        ({"youtube: tùy chọn": "một hai ba"}, "cột “youtube: tùy chọn”: không hiểu tùy chọn"),
        ({"youtube: tùy chọn": '{"a": NaN}'}, "không hiểu tùy chọn"),
        ({"Kênh": "facebook; loa phường"}, "cột “Kênh”: không có kênh “loa phường”; chỉ có: facebook, zalo, youtube"),
        ({"Kênh": "facebook; facebook"}, "cột “Kênh”: có nền tảng viết hai lần"),
        ({"Mã bài": "Giấy Hẹn"}, "cột “Mã bài”: “Giấy Hẹn”: chỉ dùng chữ thường không dấu, số và gạch nối, như giay"),
        ({"Điểm": "f"}, "cột “Điểm”: kế hoạch không có nội dung “f”"),
        ({"Hình thức": "thơ"}, "cột “Hình thức”: không có hình thức “thơ”"),
        ({"Đối tượng": "ai đó"}, "cột “Đối tượng”: không có đối tượng “ai đó”"),
        ({"Nguồn": ""}, "cột “Nguồn”: thiếu nguồn chính thống"),
        ({"youtube: tiêu đề": "x"}, "cột “youtube: tiêu đề”: có lời riêng cho nền tảng này"),
        ({"Ảnh/Video": "x.png"}, "cột “Ảnh/Video”: không tìm thấy tệp “x.png”; hãy chỉ thư mục ảnh"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_told_by_row_and_column_with_the_way_out(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    found = errors(read(write_xlsx(tmp_path, [row(), {**row(Mã_bài="d-hai"), **change}])))
    assert any(told in one for one in found), found
    assert all(one.startswith("Dòng 3, ") for one in found)


def test_everything_wrong_with_a_row_is_told_at_once(tmp_path: Path) -> None:
    found = errors(
        read(
            write_xlsx(
                tmp_path,
                [row(Tiêu_đề="", Điểm="f", Hiệu_lực_đến="mai", Kênh="facebook; facebook", Số_phút_được_trễ=0)],
            )
        )
    )
    assert {one.split("“")[1].split("”")[0] for one in found} == {
        "Tiêu đề", "Điểm", "Hiệu lực đến", "Kênh", "Số phút được trễ",
    }  # fmt: skip


def test_a_formula_is_told_and_what_excel_remembered_of_it_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, cells in enumerate(grid([row(), row(Mã_bài="d-hai")])):
        sheet.write_row(number, 0, cells)
    sheet.write_formula(2, 1, '="Giấy"&" hẹn"', None, "Giấy hẹn")
    book.close()
    assert errors(read(path)) == [
        "Dòng 3, cột “Tiêu đề”: ô có công thức; hãy chép rồi dán lại dưới dạng giá trị (Paste Special, Values)."
    ]


def test_a_text_that_looks_like_a_formula_stays_a_text(tmp_path: Path) -> None:
    [only] = read(write_xlsx(tmp_path, [row(Tiêu_đề="=1+1")])).rows
    assert only.post is not None
    assert only.post.title == "=1+1"


def test_merged_cells_are_told_on_every_row_they_cover(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 8, "DANH SÁCH BÀI ĐĂNG THÁNG 12")
    for number, cells in enumerate(grid([row(), row(Mã_bài="d-2"), row(Mã_bài="d-3")])):
        sheet.write_row(number + 1, 0, cells)
    sheet.merge_range(2, 3, 3, 3, "d")
    book.close()
    table = read(path)
    assert [one.number for one in table.rows] == [3, 4, 5], "the merged title above the header does no harm"
    assert [one for one in errors(table) if "bị gộp" in one] == [
        "Dòng 4, cột “Điểm”: ô bị gộp với ô của dòng 3; hãy bỏ gộp ô (Unmerge) rồi điền từng ô."
    ]


def test_three_hundred_sheets_are_read_and_the_right_one_is_found(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for number in range(300):
        sheet = book.add_worksheet(f"Trang {number}")
        for line, cells in enumerate(grid([row()]) if number == 222 else [["không", "phải"]]):
            sheet.write_row(line, 0, cells)
    book.close()
    table = read(path)
    assert errors(table) == []
    assert table.notes == ["Đọc trang tính “Trang 222”; 299 trang khác không dùng đến."]


def test_of_several_sheets_with_posts_a_person_chooses_and_hidden_ones_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name in ("Tháng 11", "Tháng 12", "Ẩn"):
        sheet = book.add_worksheet(name)
        for line, cells in enumerate(grid([row(Tiêu_đề=f"Bài {name}")])):
            sheet.write_row(line, 0, cells)
    sheet.hide()
    book.close()
    assert "có 2 trang tính dùng được (“Tháng 11”, “Tháng 12”); hãy chọn một trang bằng --sheet" in refused(path)
    [only] = read(path, sheet="tháng 12").rows
    assert only.post is not None and only.post.title == "Bài Tháng 12"
    with pytest.raises(ContentError, match="không có trang tính “Tháng 1”; tệp có: “Tháng 11”"):
        read(path, sheet="Tháng 1")


def test_too_many_sheets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xlsx(tmp_path, [row()])
    monkeypatch.setattr(xlsxfile, "SHEETS_MAX", 0)
    assert "có 1 trang tính, nhiều hơn 0" in refused(path)


def test_a_post_far_below_the_others_is_not_lost(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    gap = b"".join(b'<row r="%d" ht="15"><c r="A%d" s="1"/></row>' % (n, n) for n in range(4, 3_000))

    def with_gap(name: str, data: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return data
        second = data[data.index(b'<row r="2"') : data.index(b"</sheetData>")]
        far = second.replace(b'r="2"', b'r="3001"', 1).replace(b'2" t=', b'3001" t=')
        return data.replace(b"</sheetData>", gap + far + b"</sheetData>")

    assert [one.number for one in read(rewrite(path, with_gap)).rows] == [2, 3001]


def test_hundreds_of_thousands_of_empty_formatted_rows_cost_little_and_are_told(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    empty = b"".join(b'<row r="%d" ht="15"><c r="A%d" s="1"/><c r="B%d"/></row>' % (n, n, n) for n in range(3, 400_000))
    table = read(rewrite(path, lambda name, data: data.replace(b"</sheetData>", empty + b"</sheetData>")
                         if name.endswith("sheet1.xml") else data))  # fmt: skip
    assert [one.number for one in table.rows] == [2]
    assert table.notes == ["Từ dòng 150.002 trở xuống không đọc nữa vì quá nhiều dòng trống."]


def test_a_row_number_beyond_any_sheet_does_not_count_to_it(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    far = b'<row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    change = lambda name, data: data.replace(b"</sheetData>", far) if name.endswith("sheet1.xml") else data  # noqa: E731
    try:
        assert [one.number for one in read(rewrite(path, change)).rows] == [2]
    except ContentError as error:
        assert "hỏng" in error.words


def test_the_dimension_a_sheet_tells_is_not_believed(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row(), row(Mã_bài="d-hai")])
    lie = lambda name, data: re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:A1"', data)  # noqa: E731
    assert len(read(rewrite(path, lie)).rows) == 2


def test_a_macro_is_left_out_and_told(tmp_path: Path) -> None:
    path = rewrite(
        write_xlsx(tmp_path, [row()], "bang.xlsm"), lambda _, data: data, **{"xl__vbaProject.bin": b"\xcc\x61"}
    )
    table = read(path)
    assert errors(table) == []
    assert table.notes == ["Tệp có macro; chỉ đọc dữ liệu trong ô, macro bị bỏ qua và không được chạy."]


def test_links_to_other_workbooks_are_not_followed_and_told(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, cells in enumerate(grid([row()])):
        sheet.write_row(number, 0, cells)
    book.close()
    part = {"xl__externalLinks__externalLink1.xml": b"<externalLink/>"}
    table = read(rewrite(path, lambda _, data: data, **part))
    assert table.notes == ["Tệp có liên kết tới bảng tính khác; liên kết bị bỏ qua, không mở tệp nào khác."]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"a" * 50 + b'"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("padding", [b"", b"<!--" + b" -" * 700_000 + b"-->"], ids=["first", "behind a long comment"])
def test_an_entity_bomb_in_any_part_is_refused(tmp_path: Path, part: str, padding: bytes) -> None:
    path = write_xlsx(tmp_path, [row()])

    def plant(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        body = data.partition(b"?>")[2]
        return BOMB[:21] + padding + BOMB[21:] + body.replace(b"<t>", b"<t>&b;")

    told = refused(rewrite(path, plant))
    assert "một kiểu tấn công" in told


def test_an_entity_bomb_in_utf16_is_refused_too(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    wide = (BOMB.decode() + "<sst/>").encode("utf-16")
    told = refused(rewrite(path, lambda name, data: wide if name == "xl/sharedStrings.xml" else data))
    assert "một kiểu tấn công" in told


def test_a_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    told = refused(rewrite(path, lambda _, data: data, **{"xl__media__image1.png": bytes(40_000_000)}))
    assert "giải nén ra quá lớn" in told


def test_a_package_of_very_many_parts_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    told = refused(rewrite(path, lambda _, data: data, **{f"xl__media__{n}.bin": b"" for n in range(3_001)}))
    assert "cấu trúc bất thường" in told


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"xl__workbook.bin": b""}, "bảng tính nhị phân .xlsb"),
    ],
)
def test_other_kinds_of_workbooks_are_named(tmp_path: Path, part: dict[str, bytes], told: str) -> None:
    assert told in refused(rewrite(write_xlsx(tmp_path, [row()]), lambda _, data: data, **part))


def test_a_zip_of_something_else_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("word/document.xml", "<x/>")
    assert "không phải bảng tính Excel" in refused(path)


def test_a_package_with_a_password_is_named(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    data = bytearray(path.read_bytes())
    for found in re.finditer(rb"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    path.write_bytes(data)
    assert "đặt mật khẩu" in refused(path)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.8, 0.95, 0.999])
def test_half_a_workbook_is_told_as_broken(tmp_path: Path, keep: float) -> None:
    path = write_xlsx(tmp_path, [row()])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    assert "bảng tính hỏng" in refused(path)


def test_damage_at_any_byte_is_a_clean_reading_or_one_sentence(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path, [row()])
    whole = path.read_bytes()
    for place in range(0, len(whole), 37):
        data = bytearray(whole)
        data[place] ^= 0x55
        path.write_bytes(data)
        try:
            read(path)
        except ContentError as error:
            assert "\n" not in error.words


@pytest.mark.parametrize(
    "gone",
    ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/sharedStrings.xml", "xl/styles.xml"],
)
def test_a_missing_part_is_no_crash(tmp_path: Path, gone: str) -> None:
    path = rewrite(write_xlsx(tmp_path, [row()]), lambda name, data: None if name == gone else data)
    try:
        read(path)
    except ContentError as error:
        assert "\n" not in error.words


def test_a_sheet_without_a_workbook_header_is_told(tmp_path: Path) -> None:
    assert "không thấy dòng tiêu đề cột" in refused(write_xlsx(tmp_path, [{"Một": 1, "Hai": 2}]))


def test_the_other_writer_of_workbooks_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "bang.xlsx"
    book = openpyxl.Workbook()
    for cells in grid([row(Nội_dung="Một.\r\nHai.")]):
        book.active.append(cells)
    book.save(path)
    [only] = read(path).rows
    assert only.post is not None
    assert only.post.body == "Một.\nHai."


def test_columns_are_found_in_any_order_case_and_spelling_and_unknown_ones_are_told(tmp_path: Path) -> None:
    named = {
        "GHI CHÚ": "x", "kenh": "Facebook, ZALO", "Nguồn (*)": ROW["Nguồn"], "TIÊU ĐỀ *": "Một", "topic": "Điểm D",
        "noi dung": "Hai.", "form": "van_ban", "audiences": "Cán bộ, công chức, viên chức; nguoi_dan",
        "Zalo: Tóm tắt": "Ba", "variants.zalo.title": "Bốn",
    }  # fmt: skip
    table = read(write_csv(tmp_path, [named], delimiter="\t"))
    assert errors(table) == []
    assert "Bảng: không dùng đến các cột: “GHI CHÚ”; xem tên cột trong tệp mẫu." in warnings(table)
    [only] = table.rows
    assert only.post is not None
    assert (only.post.topic, only.post.form, only.post.platforms) == ("d", "van_ban", ["facebook", "zalo"])
    assert only.post.audiences == ["noi_bo", "nguoi_dan"]
    assert only.post.variants == {"zalo": {"title": "Bốn", "summary": "Ba"}}


@pytest.mark.parametrize(
    ("written", "letter"),
    [
        ("đ", "đ"),
        ("Đ", "đ"),
        ("điểm đ", "đ"),
        ("đ. Dịch vụ công trực tuyến", "đ"),
        ("d)", "d"),
        ("dich vu cong truc tuyen", "đ"),
    ],
)
def test_the_topic_is_taken_as_staff_write_it_and_d_is_not_đ(tmp_path: Path, written: str, letter: str) -> None:
    [only] = read(write_csv(tmp_path, [row(Điểm=written)])).rows
    assert only.post is not None
    assert only.post.topic == letter
