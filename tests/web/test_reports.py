"""The room of the official reports: begun, written on by several, renewed, finished, taken back, handed out."""

import io
import re

import docx as word
import pytest
from playwright.sync_api import Browser
from sqlmodel import Session, select

from reports.official.heads import shown as shown_heading
from reports.official.keeping import data_of, find_report, mark_of
from reports.tables import Report
from scheduler.db import reading
from scheduler.lifecycle import State
from tests.reports.official_year import Year, at
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from web.tables import DeskAct

PERIOD = {"period": "den-31-10-2026", "cutoff_day": "30/10/2026", "cutoff_hour": "17:00"}


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A desk with the year that is summed up by hand."""
    with Session(desk.engine) as session:
        Year(session)
    return desk


def begun(desk: Desk, visitor: Visitor | None = None) -> str:
    """A draft of the year's report; its address."""
    answer = (visitor or desk.visit(desk.lan)).post("/bao-cao/tao-moi", PERIOD)
    assert answer.status_code == 200
    found = re.search(r"/bao-cao/\d+$", answer.url)
    assert found, answer.text[:500]
    return found[0]


def row_of(desk: Desk, address: str) -> Report:
    with reading(desk.engine) as session:
        return find_report(session, int(address.rsplit("/", 1)[1]))


def seen_in(text: str) -> str:
    """The mark in the form of a page."""
    found = re.search(r'name="seen" value="([^"]*)"', text)
    assert found
    return found[1]


def write(visitor: Visitor, address: str, code: str, text: str, seen: str | None = None) -> int:
    where = f"{address}/muc/{code}"
    mark = seen_in(visitor.get(where).text) if seen is None else seen
    return visitor.post(where, {"text": text, "seen": mark}).status_code


# Making ----------------------------------------------------------------------------------------------------


def test_a_draft_is_made_for_a_period_and_stands_with_its_cut_off_its_tables_and_its_words(filled: Desk) -> None:
    visitor = filled.visit(filled.lan)
    address = begun(filled, visitor)
    page = visitor.get(address).text
    for words in (
        "Số liệu chốt lúc 17:00 ngày\xa030/10/2026.", "Bảng 1. Kết quả theo nội dung", "Bảng 4. Kết quả các chỉ số",
        "II. Kết quả thực hiện", "1.700 lượt tiếp cận", "Sở Khoa học và Công nghệ", "Còn 2 mục chưa có nội dung",
    ):  # fmt: skip
        assert words in page, words
    assert "Kết quả công tác tuyên truyền" in visitor.get("/bao-cao").text


def test_a_double_click_makes_one_report(filled: Desk) -> None:
    assert begun(filled) == begun(filled)
    with reading(filled.engine) as session:
        assert len(session.exec(select(Report.id)).all()) == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"period": "nam-1800"}, "Không có kỳ này"),
        ({"period": "<script>"}, "Không có kỳ báo cáo này"),
        ({"period": ""}, "Hãy điền"),
        ({"cutoff_day": "30/10/2030"}, "Chưa đến thời điểm chốt"),
        ({"cutoff_day": "01/01/2020"}, "bắt đầu sau thời điểm chốt"),
        ({"cutoff_hour": "25:00"}, "phải là giờ và phút"),
        ({"period": "tuy-chon"}, "Hãy chọn"),
        ({"period": "tuy-chon", "first": "02/02/2026", "last": "01/01/2026"}, "Ngày cuối phải sau"),
        ({"period": "tuy-chon", "first": "01/01/2020", "last": "01/01/2026"}, "tối đa một năm"),
    ],
)
def test_what_cannot_be_made_is_said_beside_its_field(filled: Desk, facts: dict[str, str], words: str) -> None:
    answer = filled.visit(filled.lan).post("/bao-cao/tao-moi", {**PERIOD, **facts})
    assert answer.status_code == 422 and words in answer.text
    with reading(filled.engine) as session:
        assert session.exec(select(Report.id)).all() == []


def test_days_of_ones_own_make_a_report_too(filled: Desk) -> None:
    answer = filled.visit(filled.lan).post(
        "/bao-cao/tao-moi", {**PERIOD, "period": "tuy-chon", "first": "01/02/2026", "last": "28/02/2026"}
    )
    assert "từ ngày\xa001/02/2026 đến ngày\xa028/02/2026" in answer.text


def test_who_may_only_read_reads_and_downloads_and_writes_nothing(filled: Desk) -> None:
    address = begun(filled)
    reader, outsider = filled.visit(filled.charlie), filled.visit(filled.tu)
    page = reader.get(address)
    assert page.status_code == 200 and "/muc/" not in page.text and "Chốt báo cáo" not in page.text
    assert reader.get(f"{address}/tai/bao-cao.docx").status_code == 200
    assert reader.get(f"{address}/kiem-tra").status_code == 200
    for visitor in (reader, filled.visit(filled.minh)):
        for path in ("/bao-cao/tao-moi", f"{address}/muc/V", f"{address}/the-thuc", f"{address}/so-lieu"):
            assert visitor.get(path).status_code == 403
            assert visitor.post(path, {**PERIOD, "text": "x", "seen": ""}).status_code == 403
        for verb in ("chot", "mo-lai", "rut", "khoi-phuc", "muc/V/dung-lai"):
            assert visitor.post(f"{address}/{verb}", {"reason": "x"}).status_code == 403
    for path in ("/bao-cao", address, f"{address}/tai/bao-cao.docx", f"{address}/tai/xem-truoc.pdf"):
        assert outsider.get(path).status_code == 403
    assert row_of(filled, address).version == 1


# Writing ---------------------------------------------------------------------------------------------------


def test_a_place_is_written_over_shows_who_wrote_and_is_put_back(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    assert write(lan, address, "II.2.đ", "Dịch vụ công trực tuyến: lời của cơ quan.") == 200
    page = lan.get(address).text
    assert "lời của cơ quan" in page and "Lan sửa lúc" in page
    made = word.Document(io.BytesIO(lan.get(f"{address}/tai/bao-cao.docx").content))
    assert any(one.text == "đ) Dịch vụ công trực tuyến: lời của cơ quan." for one in made.paragraphs)
    mark = mark_of("Dịch vụ công trực tuyến: lời của cơ quan.")
    lan.post(f"{address}/muc/II.2.đ/dung-lai", {"seen": mark})
    assert row_of(filled, address).texts == {}
    assert "lời của cơ quan" not in lan.get(address).text.partition("Đã làm với báo cáo này")[0]


def test_of_two_who_write_at_one_place_both_texts_are_shown_and_none_is_lost(filled: Desk) -> None:
    lan, other = filled.visit(filled.lan), filled.visit(filled.person("nga", "Nga", *filled.lan.roles))
    address = begun(filled, lan)
    assert write(lan, address, "V", "Đề xuất của Lan.") == 200
    answer = other.post(f"{address}/muc/V", {"text": "Đề xuất của Nga.", "seen": ""})
    assert answer.status_code == 409
    assert "Đề xuất của Lan." in answer.text and "Đề xuất của Nga." in answer.text
    assert row_of(filled, address).texts["V"]["text"] == "Đề xuất của Lan."
    assert other.post(f"{address}/muc/V", {"text": "Cả hai.", "seen": seen_in(answer.text)}).status_code == 200
    assert row_of(filled, address).texts["V"]["text"] == "Cả hai."
    # another place is nobody's conflict, and the same words again change nothing
    assert write(other, address, "IV", "Nhiệm vụ.", seen="") == 200
    version = row_of(filled, address).version
    assert write(other, address, "IV", "Nhiệm vụ.", seen="") == 200
    assert row_of(filled, address).version == version


def test_forged_places_long_and_empty_texts_are_refused_with_a_sentence(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    assert lan.get(f"{address}/muc/IX.9").status_code == 404
    assert lan.post(f"{address}/muc/IX.9", {"text": "x", "seen": ""}).status_code in (404, 422)
    assert lan.post(f"{address}/muc/V/xoa", {"seen": ""}).status_code == 404
    for text in ("x" * 20_001,):
        assert lan.post(f"{address}/muc/V", {"text": text, "seen": ""}).status_code == 422
    assert row_of(filled, address).texts == {}
    assert write(lan, address, "V", "<script>alert(1)</script>") == 200
    page = lan.get(address).text
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    for path in ("/bao-cao/99999", "/bao-cao/99999999999999999999", "/bao-cao/0", f"{address}/tai/a.exe"):
        assert lan.get(path).status_code == 404


def test_the_heading_is_kept_for_the_next_report_of_the_kind_and_two_who_change_it_see_each_other(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    form = lan.get(f"{address}/the-thuc").text
    seen, facts = seen_in(form), {**shown_heading(row_of(filled, address).heading), "dated": "30/10/2026"}
    assert facts["symbol"] == "SKHCN" and facts["addressees"] == "Ủy ban nhân dân thành phố Huế"
    changed = {**facts, "signing": "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC", "seen": seen}
    assert lan.post(f"{address}/the-thuc", changed).status_code == 200
    answer = lan.post(f"{address}/the-thuc", {**facts, "place": "Đà Nẵng", "seen": seen})
    assert answer.status_code == 409 and "PHÓ GIÁM ĐỐC" in answer.text and "Đà Nẵng" in answer.text
    wrong = lan.post(f"{address}/the-thuc", {**changed, "symbol": "sở khcn", "seen": seen_in(answer.text)})
    assert wrong.status_code == 422 and "Ký hiệu viết hoa" in wrong.text
    again = lan.post("/bao-cao/tao-moi", {**PERIOD, "period": "quy-2026-3"})
    heading = row_of(filled, again.url[again.url.index("/bao-cao") :]).heading
    assert heading["signing"] == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"] and "quý III" in heading["subject"]


# Figures anew ----------------------------------------------------------------------------------------------


def test_later_figures_are_shown_before_they_are_taken_over_and_never_touch_a_persons_words(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    write(lan, address, "II.5", "Lời của Lan về hiệu quả.")
    before = row_of(filled, address)
    page = lan.get(f"{address}/so-lieu").text
    # until 23/11: one publication of 30/10, a submission and an activity of 01/11, a failure after the cut-off
    assert "Tổng số lượt đăng" in page and "giữ nguyên lời, số liệu bên dưới đổi" in page
    assert row_of(filled, address).data == before.data, "looking changes nothing"
    fields = dict(re.findall(r'name="(cutoff|from|seen)" value="([^"]*)"', page))
    assert lan.post(f"{address}/so-lieu", {**fields, "seen": "khác"}).status_code == 200
    assert row_of(filled, address).data == before.data, "what was not shown is not taken over"
    lan.post(f"{address}/so-lieu", fields)
    after = row_of(filled, address)
    assert data_of(after).published == 8 and after.cutoff_at == filled.clock.now()
    assert after.texts["II.5"]["text"] == "Lời của Lan về hiệu quả."
    page = lan.get(address).text
    assert "Số liệu đã đổi sau khi viết" in page
    lan.post(f"{address}/muc/II.5/giu-loi", {"seen": mark_of("Lời của Lan về hiệu quả.")})
    assert "Số liệu đã đổi sau khi viết" not in lan.get(address).text


# Where it stands -------------------------------------------------------------------------------------------


def test_a_report_is_finished_when_everything_is_written_and_nothing_changes_it_afterwards(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)

    def finish() -> str:
        return lan.post(f"{address}/chot", {"seen": str(row_of(filled, address).version)}).text

    assert "Còn mục chưa có nội dung: IV" in finish() and row_of(filled, address).state == "draft"
    write(lan, address, "IV", "Nhiệm vụ năm 2027.")
    write(lan, address, "V", "Không.")
    assert "hãy đọc lại bản mới" in lan.post(f"{address}/chot", {"seen": "1"}).text
    finish()
    final = row_of(filled, address)
    assert final.state == "final"
    first = lan.get(f"{address}/tai/bao-cao.docx").content
    for path, facts in (("muc/V", {"text": "Khác", "seen": mark_of("Không.")}), ("so-lieu", {}), ("the-thuc", {})):
        lan.post(f"{address}/{path}", facts)
        assert "không còn là bản nháp" in lan.get(f"{address}/{path}").text
    assert row_of(filled, address) == final
    filled.publication(channel_id=1, state=State.PUBLISHED, published_at=at(1, 9), due_at=at(1, 9))
    assert lan.get(f"{address}/tai/bao-cao.docx").content == first, "the same report is the same file for ever"


def test_a_finished_report_is_taken_back_only_with_a_reason_that_stays(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    write(lan, address, "IV", "Nhiệm vụ.")
    write(lan, address, "V", "Không.")
    lan.post(f"{address}/chot", {"seen": str(row_of(filled, address).version)})
    assert "Hãy ghi lý do" in lan.post(f"{address}/mo-lai", {"reason": "  "}).text
    assert row_of(filled, address).state == "final"
    assert "Lãnh đạo yêu cầu bổ sung" in lan.post(f"{address}/mo-lai", {"reason": "Lãnh đạo yêu cầu bổ sung"}).text
    assert row_of(filled, address).state == "draft"
    with reading(filled.engine) as session:
        acts = [one.words for one in session.exec(select(DeskAct).where(DeskAct.act == "report")).all()]
    assert "Mở lại báo cáo đã chốt: Lãnh đạo yêu cầu bổ sung" in acts


def test_a_withdrawn_report_is_put_aside_not_deleted_and_comes_back(filled: Desk) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    lan.post(f"{address}/rut", {"reason": "Lập nhầm kỳ"})
    assert "Lập báo cáo đầu tiên" in lan.get("/bao-cao").text and address in lan.get("/bao-cao?loc=da-rut").text
    assert lan.get(address).status_code == 200
    assert write(lan, address, "V", "x", seen="") == 422
    lan.post(f"{address}/khoi-phuc")
    assert address in lan.get("/bao-cao").text


# Files, pages ----------------------------------------------------------------------------------------------


def test_the_preview_opens_in_the_browser_and_the_checker_tells_every_rule(filled: Desk) -> None:
    reader = filled.visit(filled.charlie)
    address = begun(filled)
    preview = reader.get(f"{address}/tai/xem-truoc.pdf")
    assert preview.content.startswith(b"%PDF") and preview.headers["Content-Disposition"].startswith("inline")
    page = reader.get(f"{address}/kiem-tra").text
    assert "Đạt 34/34 quy tắc" in page and all(f">R{number}<" in page for number in range(1, 35))


def test_the_pages_ask_the_database_little(filled: Desk) -> None:
    visitor = filled.visit(filled.charlie)
    address = begun(filled)
    for path, most in (("/bao-cao", 6), (address, 5), (f"{address}/kiem-tra", 4)):
        with counted(filled.engine) as found:
            assert visitor.get(path).status_code == 200
        assert len(found) <= most, (path, found)


def test_an_empty_room_says_what_to_do(desk: Desk) -> None:
    assert "Lập báo cáo đầu tiên" in desk.visit(desk.lan).get("/bao-cao").text
    assert "Biên tập viên lập báo cáo" in desk.visit(desk.charlie).get("/bao-cao").text


def test_nothing_is_wrong_with_the_pages_at_any_width(filled: Desk, browser: Browser) -> None:
    lan = filled.visit(filled.lan)
    address = begun(filled, lan)
    write(lan, address, "III.1", "Lời của cơ quan.")
    for width in WIDTHS:
        with window(browser, filled, filled.lan, width) as page:
            for path in ("/bao-cao", "/bao-cao/tao-moi", address, f"{address}/muc/II.2", f"{address}/the-thuc",
                         f"{address}/so-lieu", f"{address}/kiem-tra"):  # fmt: skip
                page.goto(path)
                assert violations(page) == [], (path, width)
