"""The Word file of an official document: what stands in it, whatever texts it is given; the same bytes each time."""

import io
import unicodedata
import zipfile
from datetime import date

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.official import form
from reports.official.check import check
from reports.official.docx import docx
from reports.official.values import Annex, Article, Column, Dash, Paragraph, Point, Section, Table
from tests.reports.official.papers import BODY, W, document, heading, picture, read, table

HOSTILE = "Đề án\x00 <b>&amp; “Ẵ”\x0b\ud800 \u202eđảo 😀 \ufffe]]> " + unicodedata.normalize("NFD", "Huế")


def texts(content: bytes) -> list[str]:
    """All paragraphs, those of tables too."""
    return ["".join(run.text or "" for run in par.iter(f"{W}t")) for par in read(content).iter(f"{W}p")]


def body(content: bytes) -> list[str]:
    """Paragraphs outside tables that say something."""
    return [par.text for par in Document(io.BytesIO(content)).paragraphs if par.text]


def test_the_same_document_gives_the_same_bytes_and_no_trace_of_a_tool_or_a_person() -> None:
    made = docx(document())
    assert docx(document()) == made
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert {one.date_time for one in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {name for name in file.namelist() if "media" not in name} == {
            "[Content_Types].xml", "_rels/.rels", "docProps/core.xml", "word/document.xml", "word/styles.xml",
            "word/settings.xml", "word/header1.xml", "word/_rels/document.xml.rels",
        }  # fmt: skip
        whole = b"".join(map(file.read, file.namelist()))
    for trace in (b"python", b"Macintosh", b"Calibri", b"Cambria", b"2013-12-23"):
        assert trace not in whole
    core = Document(io.BytesIO(made)).core_properties
    assert (core.author, core.last_modified_by, core.language) == ("Sở Khoa học và Công nghệ",) * 2 + ("vi-VN",)
    assert core.title.startswith("Báo cáo Kết quả công tác")
    assert core.created is not None and core.created.isoformat() == "2026-10-30T10:00:00+00:00"


def test_every_run_of_every_part_names_the_face_four_times_and_the_language() -> None:
    made = docx(document())
    for part in ("word/document.xml", "word/header1.xml"):
        runs = list(read(made, part).iter(f"{W}r"))
        assert runs
        for run in runs:
            fonts, language = run.find(f"{W}rPr/{W}rFonts"), run.find(f"{W}rPr/{W}lang")
            assert {fonts.get(f"{W}{slot}") for slot in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
            assert language.get(f"{W}val") == "vi-VN"
    for style in read(made, "word/styles.xml").iter(f"{W}rFonts"):
        assert set(style.attrib.values()) == {"Times New Roman"}


@given(st.text(), st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_text_anywhere_gives_a_file_that_opens_and_can_be_checked(text: str, word: str) -> None:
    told = heading(parent=word, issuer=text, subject=text, place=word, signing=(word,), signer=word, symbol=word,
                   addressees=(text, word), basis=(text,), recipients=(word,), archive=word)  # fmt: skip
    columns = (Column(word, 0.0), Column(text, -1.0, True))
    blocks = (Section(text), Article(word), Point(word, text), Paragraph(text), Dash(text),
              Table(text, columns, ((text, 1), (None,), (1, 2, 3)), notes=(text,)))  # fmt: skip
    made = docx(document(heading=told, blocks=blocks, annexes=(Annex(text, blocks),), title=text, author=word))
    Document(io.BytesIO(made))
    assert len(check(made)) == 34


def test_user_text_stays_as_it_is_but_for_signs_that_no_file_holds() -> None:
    made = docx(document(blocks=(Paragraph(HOSTILE), Paragraph("Hết"))))
    shown = body(made)
    # a line break of the form's box begins a paragraph
    assert shown[shown.index("Đề án <b>&amp; “Ẵ”") + 1] == "đảo 😀 ]]> Huế"


@pytest.mark.parametrize(("spelled", "shown"), [
    ("Ủy ban nhân dân thị xã Hương Thuỷ", "ỦY BAN NHÂN DÂN THỊ XÃ HƯƠNG THUỶ"),
    ("Sở Văn hoá, Đài đường ưu", "SỞ VĂN HOÁ, ĐÀI ĐƯỜNG ƯU"),
])  # fmt: skip
def test_names_become_capitals_with_the_spelling_they_have(spelled: str, shown: str) -> None:
    words = [word for one in texts(docx(document(heading=heading(issuer=spelled)))) for word in one.split()]
    assert shown.replace(" ", "") in "".join(words)


@pytest.mark.parametrize(("day", "shown"), [
    (date(2027, 1, 5), "tháng 01 năm 2027"), (date(2027, 2, 5), "tháng 02 năm 2027"),
    (date(2027, 3, 5), "tháng 3 năm 2027"), (date(2026, 11, 1), "tháng 11 năm 2026"),
])  # fmt: skip
def test_number_and_day_are_left_blank_and_only_the_first_two_months_are_padded(day: date, shown: str) -> None:
    made = texts(docx(document(heading=heading(dated=day))))
    assert f"Huế, ngày{form.BLANK_DAY}{shown}" in made
    assert f"Số:{form.BLANK_NUMBER}/BC-SKHCN" in made


@pytest.mark.parametrize(("last", "ends"), [
    ((Paragraph("Kính báo cáo."),), ["Kính báo cáo./."]),
    ((Paragraph("Kính báo cáo./."),), ["Kính báo cáo./."]),
    ((Paragraph("Xong./."), Paragraph("Kính báo cáo:")), ["Xong.", "Kính báo cáo./."]),
    ((Dash("một;"), Dash("hai;")), ["- một;", "- hai./."]),
    ((table(),), ["Ghi chú: “-” là chưa có.", "./."]),
    ((Section("Kiến nghị"),), ["I. KIẾN NGHỊ", "./."]),
    ((), ["./."]),
])  # fmt: skip
def test_the_body_ends_once(last: tuple[Paragraph, ...], ends: list[str]) -> None:
    made = docx(document(blocks=last, annexes=()))
    assert body(made)[-len(ends) :] == ends
    assert [text for text in texts(made) if text.endswith("./.")] == ends[-1:]


def test_one_addressee_stands_on_the_line_and_several_below_it() -> None:
    one = body(docx(document(heading=heading(addressees=("- Ủy ban nhân dân thành phố;",)))))
    assert "Kính gửi: Ủy ban nhân dân thành phố." in one
    several = body(docx(document(heading=heading(addressees=("A.", " - B ", "")))))
    assert several[several.index("Kính gửi:") :][1:3] == ["- A;", "- B."]


def test_who_is_told_as_above_only_when_there_is_somebody_above() -> None:
    told = heading(recipients=("- Sở Nội vụ;", "Như trên", "Lưu: VT"), archive="Lưu")
    made = texts(docx(document(heading=told)))
    assert made[made.index("Nơi nhận:") :][1:4] == ["- Như trên;", "- Sở Nội vụ;", "- Lưu: Lưu."]
    assert "- Như trên;" not in texts(docx(document(heading=heading(addressees=()))))


def test_tables_tell_what_is_missing_and_number_themselves_over_the_annexes() -> None:
    made = docx(document())
    cells = texts(made)
    assert {"1.234", "-", "3.702", "4.936"} <= set(cells)
    assert [text for text in cells if text.startswith("Bảng ")] == [f"Bảng {n}. Kết quả theo bài" for n in (1, 2)]
    rows = list(read(made).iter(f"{W}tbl"))[1].findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False, False, False, False]
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)


def test_a_narrow_column_keeps_the_words_of_its_heading_whole() -> None:
    narrow = Table(
        "Hẹp", (Column("STT", 0.01), Column("Nội dung", 5), Column("Lượt", 0.01, True)), (("1", "b", 123456),)
    )
    made = read(docx(document(blocks=(narrow,), annexes=())))
    widths = [int(one.get(f"{W}w")) for one in list(made.iter(f"{W}tblGrid"))[1]]
    assert widths[0] / 20 * form.MM_PER_POINT > form.width_mm("STT", 12)
    assert widths[2] / 20 * form.MM_PER_POINT > form.width_mm("123.456", 12)
    assert abs(sum(widths) / 20 * form.MM_PER_POINT - 160) < 0.5


def test_annexes_have_pages_of_their_own_and_only_several_are_numbered() -> None:
    made = docx(document())
    sections = list(read(made).iter(f"{W}sectPr"))
    assert [one.find(f"{W}pgSz").get(f"{W}orient") for one in sections] == [None, "landscape", None]
    assert [one.find(f"{W}pgNumType").get(f"{W}start") for one in sections] == ["1"] * 3
    assert [text for text in body(made) if text.startswith("Phụ lục")] == ["Phụ lục I", "Phụ lục II"]
    single = docx(document(annexes=(Annex("Danh mục", (picture(),)),)))
    assert [text for text in body(single) if text.startswith("Phụ lục")] == ["Phụ lục"]
    assert {one.code for one in check(single) if not one.met} == set()


@pytest.mark.parametrize("issuer", [
    "Sở Nội vụ", "Trung tâm Giám sát, điều hành đô thị thông minh và Chuyển đổi số thành phố Huế",
    "Ban Quản lý Khu kinh tế, công nghiệp thành phố Huế", "UBND phường An Cựu", "Ô",
])  # fmt: skip
def test_names_of_any_length_keep_the_form(issuer: str) -> None:
    made = docx(document(heading=heading(issuer=issuer, parent=f"{issuer} và {issuer}"), blocks=BODY, author=""))
    assert {one.code: one.seen for one in check(made) if not one.met} == {}
