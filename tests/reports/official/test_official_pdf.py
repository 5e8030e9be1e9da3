"""The preview of an official document: tagged, of one face, the same words as the Word file."""

import io

import pikepdf
import pypdfium2

from reports import typesetting
from reports.official import form
from reports.official.pdf import ROWS, pdf
from reports.official.values import Annex, Article, Column, Paragraph, Picture, Table
from tests.conftest import NOW
from tests.reports.official.papers import document, heading, picture, table


def words(content: bytes) -> list[str]:
    """The text of each page."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def test_the_preview_is_tagged_vietnamese_and_the_same_each_time() -> None:
    made = pdf(document(), NOW)
    assert pdf(document(), NOW) == made
    with pikepdf.open(io.BytesIO(made)) as file:
        assert str(file.Root.Lang).startswith("vi")
        assert file.Root.MarkInfo.Marked
        assert str(file.docinfo.Title).startswith("Báo cáo Kết quả")
        assert str(file.docinfo.Author) == "Sở Khoa học và Công nghệ"


def test_all_letters_come_from_one_face() -> None:
    with pikepdf.open(io.BytesIO(pdf(document(), NOW))) as file:
        names = {str(font.BaseFont) for page in file.pages for font in page.Resources.Font.values()}
    families = {name.partition("+")[2].partition("-")[0] for name in names}
    assert families == {typesetting.serif().replace(" ", "")}


def test_annexes_begin_their_pages_with_one_and_do_not_show_it() -> None:
    lines = "\n".join(f"Dòng {n}" for n in range(80))
    pages = words(pdf(document(annexes=(Annex("Một", (Paragraph(lines),)), Annex("Hai", (Paragraph(lines),)))), NOW))
    begins = [page.split("\r\n")[0] for page in pages]
    assert begins.count("Phụ lục I") == begins.count("Phụ lục II") == 1
    after = begins[begins.index("Phụ lục I") + 1 : begins.index("Phụ lục II")]
    assert after == [str(n) for n in range(2, 2 + len(after))]
    assert begins[begins.index("Phụ lục II") + 1] == "2"


def test_the_preview_says_when_it_leaves_rows_out() -> None:
    pages = "\n".join(words(pdf(document(annexes=(Annex("Dài", (table(ROWS + 1),)),)), NOW)))
    assert f"chỉ hiện 1.000 trong {ROWS + 1:,}".replace(",", ".") in pages.replace("\r\n", " ")
    assert f"Bài số {ROWS} " in pages
    assert f"Bài số {ROWS + 1} " not in pages


def test_the_signature_never_stands_on_a_page_of_its_own() -> None:
    for lines in range(18, 34):
        made = document(blocks=tuple(Paragraph(f"Dòng {n}.") for n in range(lines)), annexes=())
        last = words(pdf(made, NOW))[-1]
        assert "Nơi nhận" in last and f"Dòng {lines - 1}" in last, lines


def test_a_long_address_stays_inside_its_column() -> None:
    address = "https://www.facebook.com/" + "1221849988528322510" * 6
    long = Table("Địa chỉ", (Column("Tiêu đề", 3), Column("Đường dẫn", 1)), (("Bài", address),))
    file = pypdfium2.PdfDocument(pdf(document(annexes=(Annex("Dài", (long,)),)), NOW))
    page = file[len(file) - 1].get_textpage()
    right = max(page.get_charbox(place)[2] for place in range(page.count_chars()))
    assert right <= (form.PAPER_MM[0] - form.MARGINS_MM["right"].written) / form.MM_PER_POINT + 1


def test_any_signs_blank_texts_and_headings_out_of_order_give_a_preview() -> None:
    strange = "#pagebreak() *đậm* $x$ \ud800\x00 ệ 😀 漢 \U000f0000 <nhãn>"
    told = heading(subject=strange, issuer="", kind="", parent="", signing=(), signer="", addressees=(), basis=())
    blank = Picture(picture().png, "", "")
    made = pdf(document(heading=told, blocks=(Article(strange), Article(""), table(0), Paragraph("")),
                        annexes=(Annex("", (blank,)),), title="", author=""), NOW)  # fmt: skip
    assert "#pagebreak() *đậm* $x$" in words(made)[0]


def test_a_mark_below_the_text_says_that_it_is_a_preview() -> None:
    assert all("Bản xem trước" in page for page in words(pdf(document(), NOW)))
