"""Reports as they are kept, on both databases: words, headings, figures anew, finished and taken back."""

import dataclasses

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from reports.official import keeping
from reports.official.changes import changes
from reports.official.document import document
from reports.official.heads import HeadingError
from reports.official.keeping import ReportConflict, data_of, heading_mark, make_report, mark_of, renewed, written
from reports.official.values import Paragraph
from reports.periods import ReportError
from reports.tables import Report
from scheduler.db import in_turn, reading, writing
from tests.reports.official_year import LATER, Year, to_deadline
from tests.together import while_uncommitted

LAN, NGA = {"by": "Lan", "now": LATER}, {"by": "Nga", "now": LATER}


@pytest.fixture
def number(session: Session, engine: Engine) -> int:
    """The id of a draft."""
    Year(session)
    return make_report(engine, to_deadline(), by="Lan", now=LATER).id or 0


def now_of(engine: Engine, number: int) -> Report:
    with reading(engine) as session:
        return keeping.find_report(session, number)


def test_of_two_who_write_at_one_place_the_second_sees_both_and_the_first_stays(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        keeping.write(session, number, "V", "Của Lan", seen="", **LAN)
    with pytest.raises(ReportConflict) as refused, writing(engine) as session:
        keeping.write(session, number, "V", "Của Nga", seen="", **NGA)
    assert (refused.value.theirs, refused.value.who) == ("Của Lan", "Lan")
    with pytest.raises(ReportConflict), writing(engine) as session:
        keeping.put_back(session, number, "V", seen="", **NGA)
    with writing(engine) as session:
        keeping.write(session, number, "V", "Cả hai", seen=mark_of("Của Lan"), **NGA)
    row = now_of(engine, number)
    assert (row.texts["V"]["text"], row.version, row.updated_by) == ("Cả hai", 3, "Nga")


def test_a_report_asked_for_twice_at_once_is_one_draft(engine: Engine, number: int) -> None:
    with reading(engine) as session:
        facts = keeping.find_report(session, number).model_dump(exclude={"id"})

    def first(session: Session) -> None:
        in_turn(session.connection(), "report of Nga")
        session.add(Report(**facts | {"made_by": "Nga"}))

    def second() -> object:
        return make_report(engine, to_deadline(), by="Nga", now=LATER).id

    answer = while_uncommitted(engine, first, second)
    with reading(engine) as session:
        assert session.exec(select(Report.id).order_by(col(Report.id))).all() == [number, answer]


def test_words_are_kept_in_one_form_of_unicode(engine: Engine, number: int) -> None:
    decomposed = "Đề xuất"
    with writing(engine) as session:
        keeping.write(session, number, "V", f"  {decomposed}\r\nDòng hai  \n", seen="", **LAN)
    assert now_of(engine, number).texts["V"]["text"] == "Đề xuất\nDòng hai"


def test_what_a_person_cites_whole_is_cited_short_behind_it(engine: Engine, number: int) -> None:
    row = now_of(engine, number)
    first = written(row, data_of(row))["mo-dau"].words.replace("\xa0", " ")
    assert "số 12/KH-UBND ngày 05 tháng 01 năm 2026" in first
    with writing(engine) as session:
        keeping.write(session, number, "mo-dau", "Sở báo cáo như sau:", seen="", **LAN)
    row = now_of(engine, number)
    # nobody names the plan at the head now, so the next place does it whole
    assert "ngày 05 tháng 01 năm 2026" in written(row, data_of(row))["I.1"].words
    assert not written(row, data_of(row))["I.1"].moved


def test_the_cut_off_is_printed_whatever_is_written_over(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        keeping.write(session, number, "mo-dau", "Lời khác", seen="", **LAN)
    blocks = keeping.document_of(now_of(engine, number)).blocks
    assert [one.text.replace("\xa0", " ") for one in blocks[:2] if isinstance(one, Paragraph)] == [
        "Lời khác", "Số liệu chốt lúc 17:00 ngày 30/10/2026.",
    ]  # fmt: skip


def test_later_figures_change_what_they_change_and_no_word_of_a_person(engine: Engine, number: int) -> None:
    with writing(engine) as session:
        keeping.write(session, number, "II.1", "Lời của Lan", seen="", **LAN)
    with reading(engine) as session:
        row = keeping.find_report(session, number)
        fresh = renewed(session, row, LATER, LATER)
    told = {one.what: (one.before, one.after) for one in changes(data_of(row), fresh)}
    # one publication at 18:00 on 30/10; a report that came on 01/11; an activity logged on 01/11; a failure of 31/10
    assert told["Tổng số lượt đăng"] == ("7", "8") and told["Điểm c: lượt đăng"] == ("1", "2")
    assert told["Sở Tư pháp"][1].endswith("nộp ngày 01/11/2026")
    assert told["Hoạt động ngoài mạng xã hội"] == ("4", "5")
    assert told["Lượt đăng đến hạn không lên kênh"] == ("2", "3")
    mark = keeping.data_mark(fresh)
    keeping.take_over(engine, number, LATER, seen=mark, from_=row.cutoff_at, **NGA)
    row = now_of(engine, number)
    place = written(row, data_of(row))["II.1"]
    assert (place.words, place.moved, data_of(row).published) == ("Lời của Lan", True, 8)
    with pytest.raises(ReportError):
        keeping.take_over(engine, number, LATER, seen=mark, from_=row.cutoff_at, **NGA)
    with writing(engine) as session:
        keeping.keep_words(session, number, "II.1", seen=mark_of("Lời của Lan"), **LAN)
    row = now_of(engine, number)
    assert not written(row, data_of(row))["II.1"].moved


def test_the_heading_is_the_last_ones_of_the_kind_else_the_last_one_there_is(engine: Engine, number: int) -> None:
    row = now_of(engine, number)
    given = {**row.heading, "dated": row.cutoff_at.date(), "signer": "Nguyễn Văn A"}
    with writing(engine) as session:
        keeping.change_heading(session, number, given, seen=heading_mark(row), **LAN)
    later = dataclasses.replace(to_deadline(), cutoff=LATER)
    assert make_report(engine, later, by="Nga", now=LATER).heading["signer"] == "Nguyễn Văn A"
    with writing(engine) as session:
        for found in session.exec(select(Report.id)).all():
            keeping.withdraw(session, found or 0, "nhầm", **LAN)
    assert make_report(engine, later, by="Ba", now=LATER).heading["signer"] == "", "what was withdrawn is no model"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"issuer": ""}, "issuer"),
        ({"symbol": "s khcn"}, "symbol"),
        ({"dated": None}, "dated"),
        ({"recipients": ["x"] * 31}, "recipients"),
        ({"subject": "x" * 301}, "subject"),
    ],
)
def test_a_heading_that_cannot_be_printed_is_refused_by_its_field(
    engine: Engine, number: int, change: dict[str, object], field: str
) -> None:
    row = now_of(engine, number)
    given = {**row.heading, "dated": row.cutoff_at.date(), **change}
    with pytest.raises(HeadingError) as refused, writing(engine) as session:
        keeping.change_heading(session, number, given, seen=heading_mark(row), **LAN)
    assert [name for name, _ in refused.value.problems] == [field]


def test_the_prefilled_document_is_the_same_from_the_row_as_from_its_values(engine: Engine, number: int) -> None:
    row = now_of(engine, number)
    assert document(data_of(row), keeping.heading_of(row.heading), row.texts) == keeping.document_of(row)
