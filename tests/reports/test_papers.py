"""The week on paper: what a reader finds in each file is what the summary says, whatever the titles hold."""

import io
import re
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import docx
import pikepdf
import pypdfium2
import pytest
from openpyxl import load_workbook
from PIL import Image

from content.vietnamese import number, percent
from postbox.mail import as_message
from reports import told
from reports.edits import laid_over
from reports.official.check import check
from reports.official.heads import from_plan
from reports.official.values import Heading
from reports.papers import MAKE, papers
from reports.papers.letter import PICTURES_MOST, mailed
from reports.papers.printing import printed
from reports.papers.word import document, word
from reports.papers.workbook import workbook
from reports.summary import ByHandLine, HandFigure, MetricName, WeeklySummary
from tests.conftest import NOW
from tests.reports.campaign import at
from tests.reports.conftest import FORMULAS, the_plan

HEADING = Heading(
    parent="", issuer="Sở Nội vụ thành phố Huế", symbol="SNV", place="Huế", dated=date.min, subject="",
    signing=("GIÁM ĐỐC",),
)  # fmt: skip
SIZE_MOST = 500_000


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    text = "\n".join(pages[n].get_textpage().get_text_range() for n in range(len(pages)))
    return text.replace("\r\n", "\n").replace("\u200b", "").replace("\ufffe", "")


def flat(text: str) -> str:
    return " ".join(text.split())


# PDF -----------------------------------------------------------------------------------------------------


def test_the_print_is_tagged_vietnamese_and_has_the_same_bytes_again(normal: WeeklySummary) -> None:
    made = printed(normal, "Sở Nội vụ")
    assert printed(normal, "Sở Nội vụ") == made
    with pikepdf.open(io.BytesIO(made)) as file:
        assert str(file.Root.Lang) == "vi" and file.Root.MarkInfo.Marked
        assert str(file.docinfo["/Title"]) == "Tổng hợp tương tác tuần 48 năm 2026"
        assert str(file.docinfo["/Author"]) == "Sở Nội vụ"
        with file.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
        tags = tagged(file.Root.StructTreeRoot)
    kinds = [kind for kind, _ in tags]
    assert kinds.count("H1") == 1 and kinds.count("H2") == 7
    assert {"Table", "TH", "TD", "L", "Figure"} <= set(kinds)
    described = [alt for kind, alt in tags if kind == "Figure"]
    assert len(described) == 6 and all(described) and any("T2: 1" in alt for alt in described)


def tagged(node: Any, depth: int = 0) -> list[tuple[str, str]]:
    """Every element of the structure: its kind and its alternative text."""
    if depth > 60 or not isinstance(node, pikepdf.Dictionary | pikepdf.Array):
        return []
    if isinstance(node, pikepdf.Array):
        return [one for kid in node for one in tagged(kid, depth + 1)]
    kind = str(node.get("/S", "")).removeprefix("/")
    here = [(kind, str(node.get("/Alt", "")))] if kind else []
    return here + (tagged(node["/K"], depth + 1) if "/K" in node else [])


def test_a_normal_week_is_one_page_with_every_figure_on_it(normal: WeeklySummary) -> None:
    made = printed(normal)
    assert len(pypdfium2.PdfDocument(made)) == 1
    text = flat(text_of(made))
    for channel in normal.channels:
        for figure in (channel.published, channel.base, channel.engagement, channel.followers):
            assert number(figure.value) in text
        assert percent(channel.rate, 2) in text
    for words in (*normal.lead, normal.label, *(post.title for post in normal.top), *normal.notes):
        assert flat(words) in text, words
    page = pypdfium2.PdfDocument(made)[0]
    assert [round(side) for side in page.get_size()] == [595, 842]


def test_long_names_of_accounts_take_no_second_page(normal: WeeklySummary) -> None:
    meant = [MetricName(metric="views", name=f"so_{n}", version="v3", definition="Số đếm " * 2) for n in range(6)]
    long = [
        one.model_copy(update={"account": "UBND thành phố Huế (thử nghiệm)", "names": tuple(meant)})
        for one in normal.channels
    ]
    made = printed(normal.model_copy(update={"channels": tuple(long)}))
    assert len(pypdfium2.PdfDocument(made)) == 1


def test_what_looks_like_code_in_a_title_stays_text_and_leads_nowhere(awkward: WeeklySummary) -> None:
    made = printed(awkward)
    text = flat(text_of(made))
    for title in FORMULAS:
        assert title in text
    assert "Nghiêngngả" * 20 in re.sub(r"\s", "", text)
    assert b"javascript" not in made


def test_an_empty_week_says_so_in_every_block(empty: WeeklySummary) -> None:
    text = text_of(printed(empty))
    for words in ("Chưa có kênh nào", "Chưa có bài nào", "Chưa nạp kế hoạch", "Không có sự cố", "Không có bài chờ"):
        assert words in text


# Excel ---------------------------------------------------------------------------------------------------


def rows(content: bytes, sheet: str) -> list[tuple[Any, ...]]:
    book = load_workbook(io.BytesIO(content))
    return [row for row in book[sheet].iter_rows(min_row=3, values_only=True) if any(cell is not None for cell in row)]


def test_the_workbook_holds_the_summarys_figures_as_numbers_and_a_dash_for_what_is_missing(
    normal: WeeklySummary,
) -> None:
    content = workbook(normal)
    names = load_workbook(io.BytesIO(content)).sheetnames
    assert names == ["Tóm tắt", "Theo kênh", "Top", "Độ phủ", "Sự cố", "Tuần tới", "Ghi chú"]
    head, *lines = rows(content, "Theo kênh")
    for channel, line in zip(normal.channels, lines, strict=False):
        cells = dict(zip(head, line, strict=True))
        assert line[0] == channel.title and cells["Số bài đăng"] == channel.published.value
        assert cells["Tuần này"] == shown(channel.base.value) and cells["Tuần trước"] == shown(channel.base.previous)
        assert cells["Lượt tương tác"] == shown(channel.engagement.value)
        assert cells["Người theo dõi cuối tuần"] == shown(channel.followers.value)
        assert cells["Tỷ lệ tương tác"] == shown(channel.rate)
    assert "-" in lines[2], "the third channel told no followers"
    covered = rows(content, "Độ phủ")[1:]
    assert [line[:7] for line in covered[: len(normal.coverage)]] == [
        (one.letter, one.label, one.this_week, one.last_week, one.minimum, one.missing, one.this_year)
        for one in normal.coverage
    ]
    top = rows(content, "Top")[1:]
    assert [(line[1], line[5], line[6]) for line in top] == [
        (post.title, shown(post.base), shown(post.engagement)) for post in normal.top
    ]
    queue = rows(content, "Tuần tới")[1:8]
    assert [line[2:6] for line in queue] == [(*on.per_channel, on.total) for on in normal.next_week]


def shown(value: float | None) -> float | str:
    return "-" if value is None else value


def test_nothing_in_the_workbook_is_a_formula_or_a_link_that_somebody_typed(awkward: WeeklySummary) -> None:
    book = load_workbook(io.BytesIO(workbook(awkward)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    assert all(cell.hyperlink is None for cell in cells), "an address that is not of the web is a text"
    texts = {cell.value for cell in cells}
    assert set(FORMULAS) <= texts


def test_the_workbook_is_set_up_for_paper_and_has_a_chart(normal: WeeklySummary) -> None:
    book = load_workbook(io.BytesIO(workbook(normal)))
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == (
            9, "landscape", 0,
        )  # fmt: skip
    cell = book["Theo kênh"]["G4"]
    assert "#,##0" in {one.number_format for one in book["Theo kênh"][4]} and cell.value is not None
    assert b"xl/charts/chart1.xml" in workbook(normal)
    assert rows(workbook(normal), "Theo kênh")[0][0] == "Kênh"


# Word ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["normal", "awkward"])
def test_the_document_keeps_the_rules_of_its_form(which: str, request: pytest.FixtureRequest) -> None:
    found = check(word(request.getfixturevalue(which), HEADING))
    assert len(found) == 34
    assert [(one.code, one.seen) for one in found if not one.met] == []


def test_the_document_says_what_the_summary_says(normal: WeeklySummary) -> None:
    read = docx.Document(io.BytesIO(word(normal, HEADING)))
    text = "\n".join(one.text for one in read.paragraphs)
    for words in (*normal.lead, *normal.notes, told.cutoff(normal)):
        assert words in text
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in read.tables]
    channels = next(table for table in tables if table[0][0] == "Kênh" and len(table[0]) == 7)
    assert channels[1:] == [
        [
            one.title, number(one.published.value), number(one.base.value), number(one.engagement.value),
            percent(one.rate, 2), number(one.followers.value), told.change(one.followers),
        ]
        for one in normal.channels
    ]  # fmt: skip
    assert read.core_properties.author == HEADING.issuer


def test_number_day_and_signature_stay_blank_and_the_frame_comes_from_the_plan(normal: WeeklySummary) -> None:
    frame = from_plan(the_plan(), date(2026, 11, 30))
    # the plan is of a province that became a city; its place went with it
    assert (frame.place, from_plan(the_plan(), date(2023, 11, 30)).place) == ("Huế", "Thừa Thiên Huế")
    assert frame.issuer and frame.symbol and not frame.signer
    made = document(normal, frame).heading
    assert (made.dated, made.subject) == (
        date(2026, 11, 30),
        "Tổng hợp tương tác tuần 48 năm 2026 (từ ngày 23/11/2026 đến ngày 29/11/2026)",
    )
    assert from_plan(None, date(2026, 11, 30)).issuer == "", "an office without a plan still gets its paper"
    assert word(normal, from_plan(None, date(2026, 11, 30)))


def test_a_sheet_of_a_page_explains_the_figures_it_shows_and_no_others(normal: WeeklySummary) -> None:
    more = MetricName(metric="watch_seconds", name="estimatedMinutesWatched", version="", definition="Giây xem.")
    for one in (known.model_copy(update={"names": (*known.names, more)}) for known in normal.channels):
        shown = {one.base_metric, "followers", *(part for part, of in one.parts.items() if of.value is not None)}
        meant = [name for name in one.names if name.metric in shown]
        lines = told.names(one)
        assert [name.name in line for name, line in zip(meant, lines, strict=True)] == [True] * len(meant)
        assert all(line[0].isupper() and line.endswith(".") and not line.endswith("..") for line in lines)


# Mail ----------------------------------------------------------------------------------------------------


def letter(summary: WeeklySummary, desk: str = "") -> tuple[EmailMessage, int]:
    raw = as_message(mailed(summary, HEADING, desk).to("cchc@hue.example", "lan@hue.example", "x-1"), NOW).as_bytes()
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read, len(raw)


def test_a_letter_has_a_text_a_page_with_its_pictures_and_the_print(normal: WeeklySummary) -> None:
    read, size = letter(normal, "https://cchc.hue.example")
    assert size < SIZE_MOST
    assert read["Subject"].startswith("[CCHC] Tổng hợp tương tác tuần 48 năm 2026 (từ ngày 23/11/2026")
    assert read["To"] == "lan@hue.example" and "mailto:cchc@hue.example" in read["List-Unsubscribe"]
    plain, page = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None and page is not None
    for words in (normal.label, number(normal.channels[0].base.value)):
        assert words in plain.get_content() and words in page.get_content()
    assert flat(normal.lead[1]) in flat(plain.get_content().replace("\n  ", " "))
    html = page.get_content()
    named = re.findall(r'src="cid:([^"]+)"', html)
    pictures = {part["Content-ID"].strip("<>"): part for part in read.walk() if part.get_content_maintype() == "image"}
    assert len(named) == 6 and set(named) == set(pictures)
    for part in pictures.values():
        with Image.open(io.BytesIO(part.get_content())) as picture:
            assert picture.format == "PNG" and picture.width == 720
    assert re.findall(r'(?:src|background|href)="(?!cid:|https://)', html) == [] and "<script" not in html
    assert all(re.search(r'alt="[^"]{10,}"', tag) for tag in re.findall(r"<img[^>]+>", html))
    [file] = list(read.iter_attachments())
    assert file.get_filename() == "tong-hop-tuan-2026-W48.pdf" and file.get_content().startswith(b"%PDF")


def test_a_letter_stays_light_and_harmless_whatever_the_week_holds(
    awkward: WeeklySummary, empty: WeeklySummary
) -> None:
    read, size = letter(awkward)
    page = read.get_body(("html",))
    assert size < SIZE_MOST and page is not None
    assert "<b>&quot;" not in page.get_content() and "&lt;b&gt;" in page.get_content()
    assert "javascript:" not in page.get_content()
    assert len(awkward.channels) * 2 > PICTURES_MOST and "cid:" not in page.get_content(), "many charts stay at home"
    assert letter(empty)[1] < SIZE_MOST


# What the week brings that is not there every week -------------------------------------------------------


def test_own_words_breaks_and_figures_entered_by_hand_stand_in_every_paper(normal: WeeklySummary) -> None:
    line = HandFigure(metric="opened", label="lượt mở xem", value=None, where="Trang quản trị, mục Thống kê")
    more = normal.model_copy(
        update={
            "breaks": ("Từ ngày 25/11/2026 lượt xem được đếm khác.",),
            "by_hand": (ByHandLine(title="Tin gửi tháng 11", channel="Zalo OA", at=at(25), figures=(line,)),),
            "channels": tuple(one.model_copy(update={"withdrawn": 2}) for one in normal.channels),
        }
    )
    texts = {"sentence-1": "Tuần này cơ quan tập trung vào dịch vụ công."}
    edited = laid_over(more.model_dump(mode="json", exclude={"edited"}), texts, "Lan", NOW)
    made = papers(edited, HEADING)
    assert list(made) == list(MAKE)
    book = load_workbook(io.BytesIO(made["summary.xlsx"]))
    found = {
        "pdf": flat(text_of(made["summary.pdf"])),
        "xlsx": "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row),
        "mail": mailed(edited, HEADING).html,
        "text": flat(mailed(edited, HEADING).text),
    }
    for where, text in found.items():
        assert texts["sentence-1"] in text, where
        assert more.sentences[0] not in text, where
        assert more.breaks[0] in text and "Tin gửi tháng 11" in text and "lượt mở xem" in text, where
        assert "2 đã gỡ" in text or where == "xlsx", where
