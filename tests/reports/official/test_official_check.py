"""The checker sees each rule of the official form, and can fail on each of them alone."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from docx import Document
from lxml import etree

from reports.official import form
from reports.official.check import NotWord, check
from reports.official.docx import docx
from tests.reports.official.papers import W, changed, document, heading, paragraph, picture

GOOD = docx(document())
CORE, BODY, HEADER = "docProps/core.xml", "word/document.xml", "word/header1.xml"
Change = Callable[[Any], None]


def unmet(content: bytes) -> set[str]:
    return {one.code for one in check(content) if not one.met}


def _child(parent: Any, name: str) -> Any:
    found = parent.find(f"{W}{name}")
    return parent.makeelement(f"{W}{name}") if found is None else found


def of_runs(words: str, **told: str) -> Change:
    """Every run of the paragraph says this of itself: sz="30", b="0"."""

    def change(root: Any) -> None:
        for run in paragraph(root, words).iter(f"{W}r"):
            properties = run.find(f"{W}rPr")
            for name, value in told.items():
                element = _child(properties, name)
                element.set(f"{W}val", value)
                properties.append(element)

    return change


def of_par(words: str, name: str, **told: str) -> Change:
    """The paragraph says this of itself."""

    def change(root: Any) -> None:
        properties = paragraph(root, words).find(f"{W}pPr")
        element = _child(properties, name)
        for key, value in told.items():
            element.set(f"{W}{key}", value)
        properties.append(element)

    return change


def text(words: str, other: str) -> Change:
    """Other words in the place of these."""

    def change(root: Any) -> None:
        for one in root.iter(f"{W}t"):
            if words in (one.text or ""):
                one.text = one.text.replace(words, other, 1)
                return
        raise AssertionError(words)

    return change


def attribute(path: str, name: str, value: str | None, place: int = 0) -> Change:
    """One attribute of one element; None takes it away."""

    def change(root: Any) -> None:
        element = root.findall(f".//{path.replace('w:', W)}")[place]
        if value is None:
            del element.attrib[f"{W}{name}"]
        else:
            element.set(f"{W}{name}", value)

    return change


def without(path: str, place: int = 0) -> Change:
    def change(root: Any) -> None:
        element = root.findall(f".//{path.replace('w:', W)}")[place]
        element.getparent().remove(element)

    return change


def rule_length(words: str, side: str) -> Change:
    """The drawn line after the paragraph with these words is indented by so much from both sides."""

    def change(root: Any) -> None:
        indent = paragraph(root, words).getnext().find(f"{W}pPr/{W}ind")
        indent.set(f"{W}left", side)
        indent.set(f"{W}right", side)

    return change


def underlined_instead(words: str) -> Change:
    def change(root: Any) -> None:
        par = paragraph(root, words)
        par.getparent().remove(par.getnext())
        for run in par.iter(f"{W}r"):
            etree.SubElement(run.find(f"{W}rPr"), f"{W}u").set(f"{W}val", "single")

    return change


def moved_picture(words: str) -> Change:
    """The chart of the annex stands in the paragraph with these words."""

    def change(root: Any) -> None:
        paragraph(root, words).append(next(root.iter(f"{W}drawing")).getparent())

    return change


def signed(root: Any) -> None:
    space = paragraph(root, "PHÓ GIÁM ĐỐC").getnext()
    space.append(next(root.iter(f"{W}drawing")).getparent())


def bordered(root: Any) -> None:
    borders = etree.SubElement(root.find(f".//{W}tblPr"), f"{W}tblBorders")
    etree.SubElement(borders, f"{W}top").set(f"{W}val", "single")


def property_of(name: str, value: str) -> Change:
    def change(root: Any) -> None:
        next(one for one in root if etree.QName(one).localname == name).text = value

    return change


NUMBER_ROW, BLANK = "Số:", form.BLANK_NUMBER
BROKEN: list[tuple[str, str, Change, set[str]]] = [
    ("R1", BODY, attribute("w:pgSz", "w", "12240"), set()),
    ("R1", BODY, attribute("w:pgSz", "h", "15840", 1), set()),
    ("R2", BODY, attribute("w:pgMar", "left", "1134"), set()),
    ("R2", BODY, attribute("w:pgMar", "top", "567", 2), set()),
    ("R3", BODY, attribute("w:rFonts", "eastAsia", "Calibri", 20), set()),
    ("R3", BODY, of_runs("Trong năm", color="FF0000"), set()),
    ("R3", BODY, text("Trong năm", "Trong na\u0306m"), set()),
    ("R3", HEADER, attribute("w:rFonts", "ascii", "Arial", 3), set()),
    ("R4", HEADER, attribute("w:pStyle", "val", "body"), set()),
    ("R4", BODY, without("w:titlePg"), set()),
    ("R4", BODY, attribute("w:pgNumType", "fmt", "lowerRoman"), set()),
    ("R5", BODY, text("HÒA", "HOÀ"), {"R8"}),
    ("R5", BODY, of_runs("CỘNG HÒA", sz="22"), set()),
    ("R6", BODY, text("Độc lập - Tự do - Hạnh phúc", "Độc lập – Tự do – Hạnh phúc"), set()),
    ("R6", BODY, of_runs("Độc lập", b="0"), set()),
    ("R7", BODY, rule_length("Độc lập", "2000"), set()),
    ("R7", BODY, underlined_instead("Độc lập"), {"R6"}),
    ("R8", BODY, of_par("CỘNG HÒA", "spacing", after="120"), set()),
    ("R9", BODY, of_runs("ỦY BAN NHÂN DÂN", b="1"), set()),
    ("R10", BODY, of_runs("SỞ KHOA HỌC", b="0"), set()),
    ("R10", BODY, text("SỞ KHOA HỌC", "Sở khoa học"), set()),
    ("R11", BODY, rule_length("SỞ KHOA HỌC", "100"), set()),
    ("R12", BODY, text(BLANK, " 5"), set()),
    ("R12", BODY, text("/BC-SKHCN", "/BC - SKHCN"), set()),
    ("R12", BODY, of_runs(NUMBER_ROW, sz="28"), set()),
    ("R13", BODY, text("tháng 11", "tháng 03"), set()),
    ("R13", BODY, text("Huế, ngày", "Huế ngày"), set()),
    ("R13", BODY, of_runs("Huế, ngày", i="0"), set()),
    ("R14", BODY, text("BÁO CÁO", "Báo cáo"), set()),
    ("R15", BODY, of_par("Kết quả công tác", "jc", val="left"), set()),
    ("R15", BODY, of_runs("Kết quả công tác", sz="24"), set()),
    ("R16", BODY, rule_length("Kết quả công tác", "0"), set()),
    ("R17", BODY, text("- Sở Nội vụ.", "- Sở Nội vụ"), set()),
    ("R17", BODY, of_runs("Kính gửi:", i="1"), set()),
    ("R18", BODY, of_runs("Căn cứ", i="0"), set()),
    ("R18", BODY, text("về tuyên truyền.", "về tuyên truyền;"), set()),
    ("R19", BODY, of_par("Trong năm", "jc", val="left"), set()),
    ("R19", BODY, of_par("Trong năm", "ind", firstLine="0"), set()),
    ("R19", BODY, of_par("Trong năm", "spacing", line="480"), set()),
    ("R19", BODY, of_runs("Trong năm", sz="24"), set()),
    ("R20", BODY, text(" ngày 29 tháng 12 năm 2022", ""), set()),
    ("R21", BODY, text("I. KẾT QUẢ", "I. Kết quả"), set()),
    ("R21", BODY, text("II. ĐỀ XUẤT", "III. ĐỀ XUẤT"), set()),
    ("R22", BODY, text("đ) ", "e) "), set()),
    ("R22", BODY, of_runs("1. Kết quả chung", b="0"), set()),
    ("R23", BODY, text("./.", "."), set()),
    ("R23", BODY, text("của đơn vị.", "của đơn vị./."), set()),
    ("R24", BODY, text("PHÓ GIÁM ĐỐC", "Phó Giám đốc"), set()),
    ("R24", BODY, of_runs("KT. GIÁM ĐỐC", b="0"), set()),
    ("R25", BODY, text("Lê Thị Lan", "TS. Lê Thị Lan"), set()),
    ("R25", BODY, text("Lê Thị Lan", "LÊ THỊ LAN"), set()),
    ("R26", BODY, signed, set()),
    ("R26", BODY, lambda root: [_drop(paragraph(root, "PHÓ GIÁM ĐỐC").getnext()) for _ in range(3)] and None, set()),
    ("R27", BODY, of_runs("Nơi nhận:", i="0"), set()),
    ("R28", BODY, text("- Lưu: VT, CĐS.", "- Lưu: CĐS"), set()),
    ("R28", BODY, text("- Như trên;", "- Sở Tài chính;"), set()),
    ("R28", BODY, of_runs("- Các phòng", sz="28"), set()),
    ("R29", BODY, text("Phụ lục II", "Phụ lục 2"), set()),
    ("R29", BODY, text("(Kèm theo Báo cáo", "(Theo Báo cáo"), set()),
    ("R29", BODY, attribute("w:pgNumType", "start", None, 1), set()),
    ("R30", BODY, without("w:tblHeader"), set()),
    ("R30", BODY, text("3.702", "3,702.5"), set()),
    ("R30", BODY, of_runs("Bài số 2", sz="18"), set()),
    ("R30", BODY, of_par("3.702", "jc", val="left"), set()),
    ("R31", BODY, attribute("w:tcW", "w", "7000"), {"R11"}),  # the rule of the left column grows with it
    ("R31", BODY, bordered, set()),
    ("R32", BODY, moved_picture("Trong năm"), set()),
    ("R32", BODY, of_runs("Trong năm", highlight="yellow"), set()),
    ("R33", BODY, text("báo cáo của Sở Khoa học và Công nghệ", "báo cáo của Sở Khoa Học Và Công Nghệ"), set()),
    ("R33", BODY, text("được triển khai", "được Ủy Ban nhân dân giao"), set()),
    ("R34", CORE, property_of("creator", "Nguyễn Văn An"), set()),
    ("R34", CORE, property_of("title", ""), set()),
    ("R34", BODY, attribute("w:lang", "val", "en-US", 20), set()),
]


def _drop(element: Any) -> None:
    element.getparent().remove(element)


def test_a_document_of_ours_meets_every_rule() -> None:
    results = check(GOOD)
    assert [one.code for one in results] == [f"R{n}" for n in range(1, 35)]
    assert {one.code: one.seen for one in results if not one.met} == {}


@pytest.mark.parametrize(
    ("code", "part", "change", "also"), BROKEN, ids=[f"{n}-{one[0]}" for n, one in enumerate(BROKEN)]
)
def test_what_breaks_one_rule_is_told_as_that_rule_and_no_other(
    code: str, part: str, change: Change, also: set[str]
) -> None:
    assert unmet(changed(GOOD, part, change)) == {code} | also


def test_every_rule_is_seen_to_fail_somewhere() -> None:
    assert {one[0] for one in BROKEN} == {rule.code for rule in form.RULES}


def test_what_is_seen_names_the_place_in_words_that_can_be_searched_for() -> None:
    broken = changed(GOOD, BODY, of_runs("Trong năm", sz="24"))
    told = next(one for one in check(broken) if one.code == "R19")
    assert "cỡ 12" in told.seen
    assert "“Trong năm, công tác tuyên truyền" in told.seen


def test_filling_in_number_day_and_name_by_hand_keeps_every_rule() -> None:
    filled = changed(GOOD, BODY, text(BLANK, " 05"))
    filled = changed(filled, BODY, text(f"Huế, ngày{form.BLANK_DAY}", "Huế, ngày 05 "))
    assert unmet(filled) == set()


def test_a_document_without_parent_addressees_basis_sections_annexes_and_signer_meets_every_rule() -> None:
    bare = heading(parent="", addressees=(), basis=(), signer="", recipients=())
    assert unmet(docx(document(heading=bare, annexes=(), blocks=document().blocks[2:3]))) == set()


def test_a_file_written_by_another_program_is_answered_rule_by_rule() -> None:
    other = Document()
    other.add_paragraph("Xin chào")
    file = io.BytesIO()
    other.save(file)
    assert {"R1", "R3", "R5", "R14", "R23", "R27", "R34"} <= unmet(file.getvalue())


def _packed(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


def _other_body(content: bytes) -> bytes:
    return _replaced(GOOD, BODY, content)


def _replaced(content: bytes, name: str, text: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return _packed(**{part: text if part == name else old.read(part) for part in old.namelist()})


BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><d>&b;</d>'


@pytest.mark.parametrize(
    "content",
    [
        b"", b"PK", b"%PDF-1.7", GOOD[: len(GOOD) // 2], GOOD[:200] + b"\0" * 200 + GOOD[400:], picture().png,
        _packed(**{"a.txt": b"a"}), _other_body(b"<not xml"), _other_body(BOMB), _other_body(b"<a/>"),
        _other_body(b"<w:p>" * 2_000), _packed(**{"[Content_Types].xml": b"\0" * (300 * 2**20)}),
    ],
    ids=range(12),
)  # fmt: skip
def test_what_is_no_word_file_is_answered_with_one_sentence(content: bytes) -> None:
    with pytest.raises(NotWord) as told:
        check(content)
    assert str(told.value).count(".") <= 3
    assert str(told.value).endswith(".")


def test_an_empty_body_and_wild_attributes_are_answered_rule_by_rule() -> None:
    names = f'xmlns:w="{W[1:-1]}"'
    wild = '<w:spacing w:line="x" w:before=""/><w:ind w:left="?"/>'
    run = '<w:r><w:rPr><w:sz w:val="vô"/></w:rPr><w:t>Phụ lục</w:t></w:r>'
    for body in ("", "<w:tbl/>", "<w:tbl><w:tr/></w:tbl>", f"<w:p><w:pPr>{wild}</w:pPr>{run}</w:p>"):
        content = _other_body(f"<w:document {names}><w:body>{body}</w:body></w:document>".encode())
        assert len(check(content)) == 34


@pytest.mark.parametrize(("long_mm", "wrong"), [(56, set()), (20, {"R7"})])
def test_a_line_of_the_drawing_tools_is_a_rule_as_long_as_it_is(long_mm: int, wrong: set[str]) -> None:
    def drawn(root: Any) -> None:
        par = paragraph(root, "Độc lập").getnext()
        par.remove(par.find(f"{W}pPr"))
        drawing = etree.SubElement(etree.SubElement(par, f"{W}r"), f"{W}drawing")
        place = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
        anchor = etree.SubElement(drawing, f"{place}anchor")
        etree.SubElement(anchor, f"{place}extent").set("cx", str(long_mm * 36_000))

    assert unmet(changed(GOOD, BODY, drawn)) == wrong


def test_styles_that_are_based_on_each_other_end() -> None:
    def loop(root: Any) -> None:
        for style in root.iter(f"{W}basedOn"):
            style.set(f"{W}val", "body")

    assert len(check(changed(GOOD, "word/styles.xml", loop))) == 34


def test_fonts_sizes_and_colours_that_come_from_a_style_are_seen() -> None:
    def smaller(root: Any) -> None:
        for style in root.iter(f"{W}style"):
            if style.get(f"{W}styleId") == "body":
                style.find(f"{W}rPr/{W}sz").set(f"{W}val", "24")

    assert unmet(changed(GOOD, "word/styles.xml", smaller)) == {"R19"}
