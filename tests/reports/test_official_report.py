"""The official report of a year whose sums are written out by hand; the same on both databases, to the byte."""

import dataclasses
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from content.plan import active_plan, load_plan
from reports.coverage import coverage
from reports.official import grids
from reports.official.build import Wanted
from reports.official.check import check
from reports.official.citing import Citations, lowered
from reports.official.data import ReportData
from reports.official.docx import docx
from reports.official.gather import gathered
from reports.official.keeping import document_of, make_report, wanted, written
from reports.official.places import places
from reports.official.presets import offered, period, period_named
from reports.official.words import period as told_period
from reports.official.words import short_day, subject
from reports.periods import ReportError
from reports.spans import Preset, Span, preset_span
from reports.weekly import make_weekly
from scheduler.db import reading
from tests.reports.official_year import CUTOFF, LATER, Year, at, next_year, the_plan, to_deadline
from tests.web.desk import counted

YEAR = preset_span(Preset.YEAR, 2026)


@pytest.fixture
def year(session: Session) -> Year:
    return Year(session)


def data_at(engine: Engine, asked: Wanted | None = None) -> ReportData:
    with reading(engine) as session:
        return gathered(session, asked or to_deadline(), LATER)[0]


# Figures ---------------------------------------------------------------------------------------------------


def test_what_was_public_in_the_period_before_the_cut_off_is_counted_and_nothing_else(
    engine: Engine, year: Year
) -> None:
    data = data_at(engine)
    # page: 3/2, 10/3, 31/1 (taken down later), 7/4; OA: 4/2, 1/1, 10/5. Not 31/12/2025, not 30/10 18:00, no comment.
    assert [(one.key, one.published, one.posts) for one in data.channels] == [("fanpage", 4, 4), ("oa", 3, 3)]
    assert (data.published, data.posts) == (7, 6), "one post went out on both"
    assert data.forms == {"infographic": 3, "van_ban": 4}
    assert [one.gone for one in data.items] == [False, True, False, False, False, False, False]
    assert data.beyond == 1, "the greeting belongs to no point of the plan"


def test_table_1_has_the_plans_points_in_their_order_by_network_portal_press_and_direct(
    engine: Engine, year: Year
) -> None:
    data = data_at(engine)
    table = grids.topics(data)
    assert [column.title for column in table.columns] == [
        "Điểm", "Nội dung", "Facebook", "Zalo OA", "Cổng, Trang thông tin điện tử", "Báo chí", "Trực tiếp",
    ]  # fmt: skip
    assert [row[0] for row in table.rows] == ["a", "b", "c", "d", "đ", "e", ""], "đ stands behind d"
    # d: page 3/2 and 7/4, OA 4/2 and 10/5; two articles of the feed; 3 news and 1 article; 2 classes and 1 class
    assert table.rows[3][2:] == (2, 2, 2, 4, 3)
    assert table.rows[4][2:] == (1, 0, 0, 0, 0)
    assert table.rows[6][2:] == (0, 1, None, None, None)
    assert table.total[2:] == (4, 3, 2, 4, 3)


def test_the_report_counts_what_the_coverage_page_counts(engine: Engine, year: Year) -> None:
    data, asked = data_at(engine), to_deadline()
    with reading(engine) as session:
        seen = coverage(session, asked.span, active_plan(session), asked.cutoff)
    lines = {one.letter: one for one in seen.topics}
    for topic in data.topics:
        line = lines[topic.letter]
        assert (topic.published, topic.posts, topic.wanted) == (line.done, line.posts, line.wanted)
    assert (data.done, data.wanted, data.published) == (seen.fulfilled, seen.planned, seen.published)


def test_a_target_is_held_against_publications_and_a_surplus_covers_no_other_topic(engine: Engine, year: Year) -> None:
    data = data_at(engine)
    # ten months ask for ten of d (one a month); the other points name numbers for a whole year alone
    assert [(one.letter, one.published, one.wanted, one.missing) for one in data.topics[2:]] == [
        ("c", 1, 0, 0), ("d", 4, 10, 6), ("đ", 1, 0, 0), ("e", 0, 0, 0),
    ]  # fmt: skip
    assert (data.done, data.wanted) == (4, 10)
    months = {one.first.month: (one.published, one.wanted) for one in data.months}
    assert months == {1: (2, 1), 2: (2, 1), 3: (1, 1), 4: (1, 1), 5: (1, 1), 6: (0, 1), 7: (0, 1), 8: (0, 1), 9: (0, 1)}
    assert 10 not in months, "October was not over at the cut-off"


def test_a_channel_tells_its_last_values_before_the_cut_off_under_the_platforms_own_names(
    engine: Engine, year: Year
) -> None:
    page, oa = data_at(engine).channels
    # 1,000 + 500 + 200; what was read at the cut-off itself is too late
    assert (page.base_metric, page.bases) == ("reach", {"reach": 1_700, "views": None})
    assert page.parts == {"reactions": 80, "comments": 14, "shares": 6, "clicks": None}
    assert page.engagement == 100, "60 + 4 + 6 of the first, 20 + 10 of the second"
    assert page.rate == pytest.approx(100 / 1_500), "the publication without interactions does not thin the rate"
    assert page.names["reach"] == ("post_reach_old", "post_total_media_view_unique")
    assert (page.followers_before, page.followers, page.gained) == (1_000, 1_250, 250)
    assert (oa.bases["views"], oa.engagement, oa.rate) == (70, 3, pytest.approx(3 / 70))
    assert (oa.followers_before, oa.followers, oa.gained) == (None, 390, None)
    assert (oa.followers_first, oa.followers_first_on) == (400, date(2026, 3, 7))


def test_breaks_missing_values_and_what_was_entered_by_hand_are_said(engine: Engine, year: Year) -> None:
    notes = "\n".join(data_at(engine).notes)
    for words in (
        "Facebook: 1 lượt đăng chưa có số liệu, ghi “-”.",
        "“lượt tiếp cận” của các bài trong kỳ được đo theo 2 cách khác nhau",
        "15/06/2026 Facebook bỏ số người tiếp cận",
        "Zalo OA: không có số người theo dõi đầu kỳ; số liệu sớm nhất trong kỳ là 400 (ngày 07/3/2026).",
        "Zalo OA: 1 số liệu “chia sẻ” do cán bộ nhập tay",
        "1 lượt đăng đã được gỡ",
    ):
        assert words in notes, notes


def test_a_change_of_counting_after_the_period_that_its_counters_went_on_across_is_said(
    engine: Engine, year: Year
) -> None:
    spring = wanted(None, Span(date(2026, 2, 1), date(2026, 5, 31)), CUTOFF)
    assert "15/06/2026 Facebook bỏ số người tiếp cận" in "\n".join(data_at(engine, spring).notes)
    winter = wanted(None, Span(date(2026, 2, 1), date(2026, 5, 31)), at(14, 6))
    assert "15/06/2026" not in "\n".join(data_at(engine, winter).notes)


def test_followers_on_both_sides_of_a_change_of_counting_are_not_subtracted(
    session: Session, engine: Engine, year: Year
) -> None:
    year.read(year.page, None, at(1, 11, year=2025), followers=2_000)
    session.commit()
    data = data_at(engine, wanted(None, Span(date(2025, 11, 10), date(2025, 12, 31)), CUTOFF))
    page = data.channel(year.page)
    assert page is not None
    assert (page.followers_before, page.followers, page.gained) == (2_000, 1_000, None)
    assert "cách đếm người theo dõi thay đổi trong kỳ" in "\n".join(data.notes)


def test_what_failed_is_told_unless_it_went_out_after_all_or_failed_after_the_cut_off(
    engine: Engine, year: Year
) -> None:
    found = [(one.channel, one.state, one.words, one.count) for one in data_at(engine).troubles]
    assert found == [(year.page, "missed", "", 1), (year.oa, "failed", "Ảnh bìa lớn hơn 1 MB.", 1)]


def test_activities_of_the_period_are_told_with_what_was_counted_and_not_what_was_logged_later_or_by_mistake(
    engine: Engine, year: Year
) -> None:
    data = data_at(engine)
    assert [one.title for one in data.activities] == [
        "Tập huấn một cửa", "Tập huấn phường, xã", "Phóng sự một cửa", "Đối thoại",
    ]  # fmt: skip
    assert [(one.name, one.proves) for one in data.evidence] == [("danh-sach.pdf", "Tập huấn một cửa")]
    row = make_report(engine, to_deadline(), by="Lan", now=LATER)
    words = {code: one.words for code, one in written(row, data).items()}
    assert "2 hoạt động tập huấn, bồi dưỡng (3 lớp, 120 lượt người ghi ở 1/2 hoạt động)." in words["II.3.a"]
    assert "1 hoạt động đối thoại trực tuyến (1 cuộc, 10 câu hỏi, 8 câu trả lời)." in words["II.3.d"]
    assert "12.000.000 đồng (1/4 hoạt động có ghi kinh phí)" in words["I.2"]


def test_what_the_office_logged_at_the_very_cut_off_is_known_to_the_report(
    session: Session, engine: Engine, year: Year
) -> None:
    cutoff = to_deadline().cutoff
    year.activity("cuoc_thi", "Ghi lúc chốt", date(2026, 9, 10), topic="d", created_at=cutoff)
    year.activity("cuoc_thi", "Rút lúc chốt", date(2026, 9, 10), topic="d", withdrawn_at=cutoff, withdrawn_by="Lan")
    session.commit()
    titles = [one.title for one in data_at(engine).activities]
    assert "Ghi lúc chốt" in titles and "Rút lúc chốt" not in titles


def test_table_3_says_who_proposed_who_was_published_and_who_handed_in_when(engine: Engine, year: Year) -> None:
    table = grids.agencies(data_at(engine))
    assert [row[1:] for row in table.rows] == [
        ("Ủy ban nhân dân thành phố Huế", 0, 0, 0, ""),
        ("Sở Khoa học và Công nghệ", 0, 0, 0, ""),
        ("Sở Nội vụ", 2, 2, 1, "20/10/2026"),
        ("Sở Tư pháp", 1, 1, 0, "Chưa nộp"),  # it came on 01/11, after the cut-off
        ("Ủy ban nhân dân phường Phú Xuân", 0, 0, 0, "Chưa nộp"),
    ]
    later = dataclasses.replace(to_deadline(), cutoff=at(2, 11))
    assert grids.agencies(data_at(engine, later)).rows[3][5] == "01/11/2026 (nộp trễ)", "“trước ngày 01/11”"


def test_the_lag_from_the_portal_is_of_articles_whose_hour_is_known(engine: Engine, year: Year) -> None:
    portal = data_at(engine).portal
    assert portal is not None
    # three articles until the cut-off; one was public on a channel four hours later
    assert (portal.suggested, portal.shared, portal.measured) == (3, 1, 1)
    assert (portal.mean_minutes, portal.median_minutes) == (240, 240)
    assert data_at(engine).portal_read == 2, "the article without a topic belongs to no point"


def test_ranks_of_63_and_of_34_places_are_not_compared(engine: Engine, year: Year) -> None:
    data = data_at(engine)
    assert data.index_years == (2024, 2025), "nothing is published for the report's year yet"
    row = make_report(engine, to_deadline(), by="Lan", now=LATER)
    par, digital = written(row, data)["II.6"].words.splitlines()[1:]
    assert "năm 2025 đạt 90,1%, xếp hạng 12/34; năm 2024 đạt 88,38%, xếp hạng 17/63" in par
    assert "không so sánh thứ hạng" in par and "không so sánh với mục tiêu" in par and "bậc" not in par
    assert digital.endswith("tăng 2 bậc; đạt mục tiêu nhóm 5/34 địa phương.")
    assert grids.indices(data).rows[0][1:5] == ("88,38%", "90,1%", "17/63", "12/34")


def test_the_next_plans_targets_are_copied_where_it_is_there(session: Session, engine: Engine, year: Year) -> None:
    next_year(session)
    row = make_report(engine, to_deadline(), by="Lan", now=LATER)
    ahead = written(row, ReportData.model_validate(row.data))["IV"].words.splitlines()
    assert ahead[0] == (
        "Triển khai Kế hoạch về tuyên truyền cải cách hành chính trên địa bàn thành phố Huế năm 2027 với các chỉ tiêu:"
    )
    assert "- Điểm c. Nhiệm vụ CCHC: tối thiểu 4 lượt đăng." in ahead and "- DTI: trong nhóm 5." in ahead
    assert row.plan == "ke-hoach-2026", "the report of 2026 is held against its own plan, whichever is active now"


def test_a_past_year_is_held_against_its_own_plan_in_the_week_and_in_the_report_when_the_next_is_in_force(
    session: Session, engine: Engine, year: Year, tmp_path: Path
) -> None:
    topics = tuple(one.model_copy(update={"minimum_per_year": 99}) for one in the_plan().topics)
    load_plan(session, the_plan(code="ke-hoach-2027", year=2027, topics=topics), at(1, 10))
    session.commit()
    asked = {one.letter: one.wanted for one in data_at(engine, wanted(Preset.YEAR, YEAR, CUTOFF, year=2026)).topics}
    assert (asked["c"], asked["d"], asked["đ"]) == (4, 12, 2)
    told = make_weekly(engine, "2026-W44", LATER, tmp_path).summary.coverage
    assert {one.letter: one.year_minimum for one in told} == asked


def test_nothing_that_no_figure_says_is_said(session: Session, engine: Engine, year: Year) -> None:
    row = make_report(engine, to_deadline(), by="Lan", now=LATER)
    found = written(row, ReportData.model_validate(row.data))
    assert found["V"].words == "" and found["IV"].words == ""
    everything = "\n".join(one.words for one in found.values())
    for judgement in ("tốt", "tích cực tham gia", "hiệu quả cao", "đáng kể", "mạnh mẽ"):
        assert judgement not in everything


# Periods, days, citations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("nam-2026", "năm 2026"),
        ("nam-15-2026", "năm 2026 (từ ngày 15/12/2025 đến ngày 14/12/2026)"),
        ("den-31-10-2026", "năm 2026 (từ ngày 01/01/2026 đến ngày 31/10/2026)"),
        ("sau-thang-2026-1", "6 tháng đầu năm 2026"),
        ("quy-2026-4", "quý IV năm 2026"),
        ("thang-2026-2", "tháng 02 năm 2026"),
        ("thang-15-2026-3", "tháng 3 năm 2026 (từ ngày 15/02/2026 đến ngày 14/3/2026)"),
        ("tuan-2026-48", "tuần 48 năm 2026 (từ ngày 23/11/2026 đến ngày 29/11/2026)"),
    ],
)
def test_a_period_is_called_as_staff_write_it(code: str, words: str) -> None:
    one = period_named(code)
    assert one.code == code
    data = ReportData(
        preset=one.preset, number=one.number, year=one.year, first=one.span.first, last=one.span.last, cutoff_at=LATER
    )
    assert told_period(data).replace("\xa0", " ") == words
    assert subject(data).startswith("Kết quả công tác tuyên truyền cải cách hành chính ")


@pytest.mark.parametrize(
    "code", ["", "nam", "nam-26", "quy-2026-5", "tuan-2025-53", "thang-2026-0", "x-2026", "nam-1999"]
)
def test_a_period_there_is_not_is_refused(code: str) -> None:
    with pytest.raises(ReportError):
        period_named(code)


def test_only_periods_that_have_begun_are_offered_and_the_plans_own_first() -> None:
    found = offered(CUTOFF)
    assert next(iter(found)) is Preset.TO_DEADLINE
    assert all(one.span.since < CUTOFF for several in found.values() for one in several)
    assert found[Preset.QUARTER][0] == period(Preset.QUARTER, 2026, 4)


def test_days_are_padded_as_decrees_are() -> None:
    assert [short_day(date(2026, month, day)) for day, month in ((5, 3), (15, 7), (2, 1), (31, 12))] == [
        "05/3/2026", "15/7/2026", "02/01/2026", "31/12/2026",
    ]  # fmt: skip


def test_a_document_is_named_whole_once_and_short_afterwards() -> None:
    from reports.official.bodies import plan_facts

    cite, plan = Citations(), plan_facts(the_plan())
    assert cite(plan).replace("\xa0", " ") == (
        "Kế hoạch số 12/KH-UBND ngày 05 tháng 01 năm 2026 của Ủy ban nhân dân thành phố Huế về tuyên truyền cải cách "
        "hành chính trên địa bàn thành phố Huế năm 2026"
    )
    assert cite(plan).replace("\xa0", " ") == "Kế hoạch số 12/KH-UBND"
    own = Citations()
    own.read("Thực hiện Kế hoạch số 12/KH-UBND của thành phố")
    assert own(plan).replace("\xa0", " ") == "Kế hoạch số 12/KH-UBND", "a person cited it already"
    assert lowered("Trong nhóm 10") == "trong nhóm 10" and lowered("CCHC năm 2026") == "CCHC năm 2026"


# Making ----------------------------------------------------------------------------------------------------


def test_a_year_in_which_nothing_happened_is_a_report_that_says_so(session: Session, engine: Engine) -> None:
    row = make_report(engine, wanted(None, Span(date(2020, 1, 1), date(2020, 12, 31)), LATER), by="Lan", now=LATER)
    data = ReportData.model_validate(row.data)
    assert (data.published, data.topics, data.portal, data.plan) == (0, (), None, None)
    words = {code: one.words for code, one in written(row, data).items()}
    assert words["II.1"] == "Trong kỳ chưa có lượt đăng nào trên mạng xã hội."
    assert words["II.4"].startswith("Trong kỳ chưa có bài nào do cơ quan, đơn vị đề xuất"), "never “0 cơ quan”"
    made = document_of(row)
    assert row.heading["issuer"] == "" and docx(made)
    assert made.annexes == (), "a list of nothing is not attached"


def test_a_period_that_had_not_begun_and_a_cut_off_that_has_not_come_are_refused(engine: Engine, year: Year) -> None:
    for asked in (to_deadline(LATER + timedelta(days=1)), to_deadline(at(31, 12, 8, 2025))):
        with pytest.raises(ReportError):
            data_at(engine, asked)
    with pytest.raises(ReportError):
        wanted(None, Span(date(2026, 2, 1), date(2026, 1, 1)), CUTOFF)


def test_the_statements_do_not_grow_with_what_there_is(session: Session, engine: Engine, year: Year) -> None:
    with counted(engine) as few, reading(engine) as open_session:
        gathered(open_session, to_deadline(), LATER)
    for number in range(40):
        year.published(year.page, at(1 + number % 28, 8), year.post(f"Bài {number}", "d"))
    session.commit()
    with counted(engine) as many, reading(engine) as open_session:
        gathered(open_session, to_deadline(), LATER)
    assert len(many) == len(few) <= 16


def test_every_point_of_the_plan_has_its_place_and_the_outline_is_the_reports(engine: Engine, year: Year) -> None:
    assert list(places(data_at(engine))) == [
        "mo-dau", "I.1", "I.2", "II.1", "II.2", "II.2.a", "II.2.b", "II.2.c", "II.2.d", "II.2.đ", "II.2.e",
        "II.3.a", "II.3.b", "II.3.c", "II.3.d", "II.3.đ", "II.3.e", "II.4", "II.5", "II.6",
        "III.1", "III.2", "III.3", "IV", "V", "ket-thuc",
    ]  # fmt: skip


def test_both_databases_give_the_same_word_file_to_the_byte(engines: tuple[Engine, Engine]) -> None:
    made = []
    for engine in engines:
        with Session(engine, expire_on_commit=False) as session:
            Year(session)
            next_year(session)
        row = make_report(engine, to_deadline(), by="Lan", now=LATER)
        made.append(docx(document_of(row)))
        with reading(engine) as open_session:
            again = open_session.get_one(type(row), row.id)
            assert docx(document_of(again)) == made[-1], "the row alone makes the document"
    assert made[0] == made[1]


def test_the_checker_of_the_form_finds_every_rule_met(session: Session, engine: Engine, year: Year) -> None:
    next_year(session)
    results = check(docx(document_of(make_report(engine, to_deadline(), by="Lan", now=LATER))))
    assert len(results) == 34
    assert [(one.code, one.seen) for one in results if not one.met] == []


def test_other_presets_are_made_of_the_same_rows(engine: Engine, year: Year) -> None:
    month = wanted(Preset.MONTH, preset_span(Preset.MONTH, 2026, 3), CUTOFF, year=2026, number=3)
    data = data_at(engine, month)
    assert (data.published, data.months, data.next_plan) == (1, (), None)
    assert [(one.letter, one.published, one.wanted) for one in data.topics if one.wanted] == [("d", 0, 1)]
