"""CSV files as they really come: any encoding, any delimiter, broken in every way a spreadsheet breaks them."""

import unicodedata
from pathlib import Path

import pytest

from content.errors import ContentError
from content.exchange.sheet import CELL_MAX, ROWS_MAX
from tests.content.exchange.tables import csv_text, errors, read, row, write_csv

TITLE = "Giấy hẹn trả kết quả: Ủy ban, đường, người, ưu tiên"
TONES = str.maketrans({"\u0300": "\u0300", "\u0301": "\u0301"})


def one_title(path: Path) -> str:
    table = read(path)
    assert errors(table) == []
    [found] = table.rows
    assert found.post is not None
    return found.post.title


def cp1258(text: str) -> bytes:
    """As Windows saves Vietnamese in 1258: base letters precomposed, tones behind them."""
    out = bytearray()
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            apart = unicodedata.normalize("NFD", letter)
            tones = [mark for mark in apart if mark in "\u0300\u0301\u0303\u0309\u0323"]
            base = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in tones))
            out += base.encode("cp1258") + "".join(tones).encode("cp1258")
    return bytes(out)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_table_is_read_in_every_unicode_encoding_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    assert one_title(write_csv(tmp_path, [row(Tiêu_đề=TITLE)], encoding=encoding, delimiter=delimiter)) == TITLE


def test_windows_1258_becomes_unicode_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bang.csv"
    path.write_bytes(cp1258(csv_text([row(Tiêu_đề=TITLE)])))
    table = read(path)
    assert one_title(path) == TITLE
    assert any("Windows-1258" in note for note in table.notes)


def test_a_file_whose_letters_are_lost_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "bang.csv"
    path.write_bytes(csv_text([row(Tiêu_đề="Mình là người Huế, đường về Cố đô")]).encode("cp1252", "replace"))
    with pytest.raises(ContentError, match=r"bang\.csv: tệp lưu bằng bảng mã Windows-1252.*CSV UTF-8"):
        read(path)


def test_text_encoded_twice_is_restored_and_told(tmp_path: Path) -> None:
    data = csv_text([row(Tiêu_đề=TITLE)]).encode("utf-8")
    twice = "".join(bytes([one]).decode("cp1252") if one not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(one)
                    for one in data)  # fmt: skip
    path = tmp_path / "bang.csv"
    path.write_text(twice, encoding="utf-8", newline="")
    assert one_title(path) == TITLE
    assert any("chuyển mã hai lần" in note for note in read(path).notes)


def test_ordinary_capitals_are_not_taken_for_text_encoded_twice(tmp_path: Path) -> None:
    title = "Ã “trích dẫn” Ä – ÂU CƠ, CÃ NHÂN"
    assert one_title(write_csv(tmp_path, [row(Tiêu_đề=title)])) == title


def test_decomposed_text_is_composed(tmp_path: Path) -> None:
    assert one_title(write_csv(tmp_path, [row(Tiêu_đề=unicodedata.normalize("NFD", TITLE))])) == TITLE


def test_mixed_line_ends_quoted_lines_and_empty_lines_are_read_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = csv_text([row(Nội_dung="Câu một.\r\n\r\nCâu hai.\rCâu ba."), row(Mã_bài="d-hai", Điểm="z")])
    head, rest = text.split("\r\n", 1)
    path = tmp_path / "bang.csv"
    path.write_bytes(f"{head}\n\r\n;;;\r\n{rest}\n\n".encode())
    table = read(path)
    assert table.rows[0].post is not None
    assert table.rows[0].post.body == "Câu một.\n\nCâu hai.\nCâu ba."
    assert [one.number for one in table.rows] == [4, 5]
    assert errors(table)[0].startswith("Dòng 5, cột “Điểm”: ")


def test_a_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "bang.csv"
    path.write_text("DANH SÁCH BÀI ĐĂNG THÁNG 12;;\n\n" + csv_text([row()]), encoding="utf-8", newline="")
    assert [one.number for one in read(path).rows] == [4]


def test_the_line_that_tells_excel_the_delimiter_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "bang.csv"
    path.write_text("sep=,\r\n" + csv_text([row()], ","), encoding="utf-8", newline="")
    assert [one.number for one in read(path).rows] == [3]


def test_a_short_row_is_filled_and_a_long_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bang.csv"
    text = csv_text([row(Thẻ="")])
    path.write_text(text + "d-hai;Tiêu đề\r\n", encoding="utf-8", newline="")
    assert any(one.startswith("Dòng 3, cột “Nội dung”") for one in errors(read(path)))
    path.write_text(text.rstrip("\r\n") + ";thừa\r\n", encoding="utf-8", newline="")
    assert errors(read(path)) == [
        "Dòng 2: có ô nằm ngoài các cột có tiêu đề; hãy kiểm tra dấu phân cách hoặc đặt tiêu đề cho cột đó."
    ]


def test_a_cell_of_a_million_letters_is_told_and_not_a_crash(tmp_path: Path) -> None:
    [told] = [one for one in errors(read(write_csv(tmp_path, [row(Nội_dung="a" * 1_000_000)]))) if "ký tự" in one]
    assert told.startswith("Dòng 2, cột “Nội dung”: ô có 1.000.000 ký tự")
    assert errors(read(write_csv(tmp_path, [row(Nội_dung="chữ " * (CELL_MAX // 4))]))) == []


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "tệp trống"),
        (b" \r\n\r\n", "tệp trống"),
        (b"Ti\x00\xc3\xaau", "ký tự rỗng"),
        ("Tiêu đề;Nội dung\n\"mở mà không đóng;x\ny;z\n".encode(), "dòng 2: dấu nháy kép đặt sai"),
        ("Một;Hai\n1;2\n".encode(), "không thấy dòng tiêu đề cột"),
        (csv_text([row()]).split("\r\n")[0].encode(), "không có dòng nào"),
        ("Tiêu đề;Nội dung;Tiêu đề\n1;2;3\n".encode(), "cột viết hai lần: Tiêu đề"),
        ("Tiêu đề;Nội dung;Nguồn\n1;2;3\n".encode(), "thiếu cột: Điểm, Hình thức, Đối tượng, Kênh"),
        (b"\xff\xfe\x00", "UTF-16 nhưng nội dung hỏng"),
        (b"\x8a\x8d\x8e" * 9, "không nhận ra bảng mã"),
        (b"%PDF-1.7 ...", "tài liệu PDF"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "trang web hoặc XML"),
        (b"\x1f\x8b\x08rest", "tệp nén"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"Workbook" * 9, r"Excel đời cũ \(\.xls\)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "đặt mật khẩu"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_told_in_one_sentence(tmp_path: Path, data: bytes, told: str) -> None:
    path = tmp_path / "bang.csv"
    path.write_bytes(data)
    with pytest.raises(ContentError, match=told) as error:
        read(path)
    assert error.value.words.startswith("bang.csv: ")
    assert "\n" not in error.value.words


def test_too_many_rows_are_refused_with_the_number(tmp_path: Path) -> None:
    line = csv_text([row(Mã_bài="")]).split("\r\n")
    path = tmp_path / "bang.csv"
    path.write_text("\n".join([line[0], *["a;b;c;d;e;f;g;h;i"] * (ROWS_MAX + 50)]), encoding="utf-8")
    with pytest.raises(ContentError, match=r"có hơn 5\.000 dòng"):
        read(path)


def test_a_name_says_nothing_about_the_kind_of_file(tmp_path: Path) -> None:
    assert one_title(write_csv(tmp_path, [row(Tiêu_đề=TITLE)], name="bang.xlsx")) == TITLE
