"""The pages of indices and of submissions: what they show, who enters what, two at once, deadlines at the desk."""

from datetime import date
from typing import Any

import pytest
import requests
from sqlmodel import select

from content.plan import Plan, active_plan
from content.plan_goals import IndexResult
from content.record_tables import Evidence, Submission
from scheduler.db import reading
from tests.web.activity_case import PDF, furnished
from tests.web.desk import Desk, counted
from web.tables import Staff

INDICES, HERE = "/hoat-dong/chi-so", "/hoat-dong/nop-bao-cao"
PAR = f"{INDICES}/PAR%20Index/2024"
RESULT = {
    "value": "88,38", "unit": "%", "rank": "17", "out_of": "63", "source": "Công bố của Bộ Nội vụ", "published": "",
    "target": "Trong nhóm 10", "target_rank": "10", "target_out_of": "63",
}  # fmt: skip
DEADLINE = {
    "code": "bao_cao_quy", "what": "Báo cáo quý IV", "on": "15/12/2026", "by": "Các sở", "to": "Sở TT&TT",
    "agencies": ["snv"], "note": "",
}  # fmt: skip


@pytest.fixture
def full(desk: Desk) -> Desk:
    return furnished(desk)


def look(desk: Desk, path: str, who: Staff | None = None) -> str:
    answer = desk.visit(who or desk.lan).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def mark(text: str) -> str:
    return text.partition('name="dau" value="')[2].partition('"')[0]


def send(desk: Desk, path: str, who: Staff | None = None, **facts: Any) -> requests.Response:
    return desk.visit(who or desk.lan).post(path, facts, allow_redirects=False)


def plan_of(desk: Desk) -> Plan:
    with reading(desk.engine) as session:
        return active_plan(session)


def submissions(desk: Desk) -> list[Submission]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Submission)))


# Indices ---------------------------------------------------------------------------------------------------


def test_the_year_is_shown_beside_the_year_before_and_the_target(full: Desk) -> None:
    text = look(full, INDICES, full.charlie)
    for words in ("88,38%", "87,9%", "hạng 17/63", "hạng 19/63", "Chưa đạt mục tiêu", "Tăng 2 bậc", "nhóm 10/63"):
        assert words in text
    assert "Nhập kết quả" not in text and "SIPAS" in text
    for query in ("nam=x", "nam=99999999999", "nam=1", "nam=%00"):
        assert full.visit(full.lan).get(f"{INDICES}?{query}").status_code == 200


def test_a_result_is_entered_with_its_source_and_others_stay(both: Desk) -> None:
    furnished(both)
    seen = mark(look(both, PAR))
    assert send(both, PAR, **RESULT, dau=seen).status_code == 303
    index = plan_of(both).indices[0]
    assert [one.year for one in index.results] == [2022, 2023, 2024]
    assert index.of(2024) == IndexResult(
        year=2024, value=88.38, unit="%", rank=17, denominator=63, source="Công bố của Bộ Nội vụ"
    )
    assert send(both, PAR, **RESULT, dau=seen).status_code == 303, "a double click"
    late = send(both, PAR, **{**RESULT, "rank": "3"}, dau=seen)
    assert late.status_code == 409 and "Thứ hạng" in late.text and plan_of(both).indices[0].of(2024).rank == 17  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": ""}, "phải ghi nguồn"),
        ({"out_of": ""}, "63 hoặc 34"),
        ({"rank": "64"}, "không thể lớn hơn"),
        ({"value": "nhiều"}, "phải là số"),
        ({"value": "1e999"}, "phải là số"),
        ({"value": "nan"}, "phải là số"),
        ({"rank": "0"}, "số nguyên"),
        ({"rank": "1,5"}, "số nguyên"),
        ({"target_out_of": ""}, "63 hoặc 34"),
        ({"published": "hôm qua"}, "phải là một ngày"),
        ({"source": "x" * 600}, "tối đa"),
    ],
)
def test_a_result_that_makes_no_sense_is_told_beside_its_field(full: Desk, change: dict[str, str], words: str) -> None:
    answer = send(full, PAR, **{**RESULT, **change}, dau=mark(look(full, PAR)))
    assert answer.status_code == 422 and words in answer.text
    assert plan_of(full).indices[0].of(2024) is None


def test_an_emptied_form_takes_the_result_away_and_leaves_the_target(full: Desk) -> None:
    path = f"{INDICES}/PAR%20Index/2023"
    empty = {**dict.fromkeys(RESULT, ""), **{name: RESULT[name] for name in RESULT if "target" in name}}
    assert send(full, path, **empty, dau=mark(look(full, path))).status_code == 303
    index = plan_of(full).indices[0]
    assert index.of(2023) is None and index.target_rank == 10 and "Chưa có kết quả" in look(full, f"{INDICES}?nam=2023")


def test_only_editors_enter_results_and_unknown_indices_are_not_there(full: Desk) -> None:
    for who in (full.charlie, full.minh, full.tu, full.son):
        assert send(full, PAR, who, **RESULT).status_code == 403
    for path in (f"{INDICES}/KHAC/2023", f"{INDICES}/PAR%20Index/1800", f"{INDICES}/PAR%20Index/{10**30}"):
        assert full.visit(full.lan).get(path).status_code == 404
        assert send(full, path, **RESULT).status_code == 404


# Submissions -----------------------------------------------------------------------------------------------


def test_who_has_handed_in_is_shown_as_of_a_day(full: Desk) -> None:
    text = look(full, HERE, full.charlie)
    for words in (
        "2/3",
        "Đã nộp",
        "Nộp trễ",
        "Chưa nộp, quá hạn",
        "kế hoạch ghi trước ngày 01/11/2023",
        "Cần đôn đốc (1)",
    ):
        assert words in text
    assert "1/3" in look(full, f"{HERE}?ngay=2023-10-25") and "Cần đôn đốc (2)" in look(full, f"{HERE}?ngay=2023-10-25")
    for query in ("ngay=x", "han=%00", "han=" + "a" * 2000, "ngay=0000-00-00"):
        assert full.visit(full.lan).get(f"{HERE}?{query}").status_code == 200
    assert full.visit(full.tu).get(HERE).status_code == 403


def test_a_submission_is_entered_with_its_document_and_file(both: Desk) -> None:
    path, fields = f"{HERE}/bao_cao_nam/snv", {"received_on": "2023-10-20", "document": "15/BC-SNV", "seen": "0"}
    answer = both.visit(both.lan).post(path, fields, files={"tep": PDF})
    assert answer.status_code == 200 and "15/BC-SNV" in answer.text
    (row,) = submissions(both)
    with reading(both.engine) as session:
        (file,) = session.exec(select(Evidence))
    assert (row.received_on, file.submission_id) == (date(2023, 10, 20), row.id)
    assert both.visit(both.charlie).get(f"/hoat-dong/tep/{file.id}").content == PDF[1]
    late = send(both, path, **{**fields, "document": "16/BC-SNV"})
    assert late.status_code == 409 and "15/BC-SNV" in late.text
    assert send(both, path, **{**fields, "document": "16/BC-SNV", "seen": "1"}).status_code == 303
    assert send(both, f"{path}/rut").status_code == 303
    assert submissions(both)[0].withdrawn_at is not None and "0/3" in look(both, HERE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"received_on": "2026-11-24"}, "chưa tới"),
        ({"received_on": ""}, "Hãy chọn"),
        ({"document": "x" * 300}, "tối đa"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_entered(desk: Desk, change: dict[str, str], words: str) -> None:
    fields = {"received_on": "2023-10-20", "document": "15", "seen": "0"}
    answer = send(desk, f"{HERE}/bao_cao_nam/snv", **{**fields, **change})
    assert answer.status_code == 422 and words in answer.text and submissions(desk) == []


def test_forged_agencies_and_deadlines_are_not_there_and_others_may_not(desk: Desk) -> None:
    fields = {"received_on": "2023-10-20", "seen": "0"}
    for path in (f"{HERE}/bao_cao_nam/ma", f"{HERE}/khac/snv", f"{HERE}/lan-nop/7", f"{HERE}/lan-nop/{10**20}"):
        assert desk.visit(desk.lan).get(path).status_code == 404
    assert send(desk, f"{HERE}/bao_cao_nam/ma", **fields).status_code == 404
    for who in (desk.charlie, desk.minh, desk.tu, desk.son, desk.quang):
        assert send(desk, f"{HERE}/bao_cao_nam/snv", who, **fields).status_code == 403
        assert send(desk, f"{HERE}/bao_cao_nam/snv/rut", who).status_code == 403
    assert submissions(desk) == []


def test_a_deadline_is_added_changed_and_dropped_at_the_desk(both: Desk) -> None:
    assert send(both, f"{HERE}/han", **DEADLINE).status_code == 303
    assert plan_of(both).deadlines[-1].on == date(2026, 12, 15)
    text = look(both, f"{HERE}?han=bao_cao_quy")
    assert "Báo cáo quý IV" in text and "0/1" in text
    path = f"{HERE}/han/bao_cao_quy"
    seen = mark(look(both, f"{path}/sua"))
    assert send(both, f"{path}/sua", both.son, **{**DEADLINE, "before": "1"}, dau=seen).status_code == 303
    assert plan_of(both).deadlines[-1].last_day == date(2026, 12, 14)
    assert send(both, f"{path}/sua", **{**DEADLINE, "what": "Khác"}, dau=seen).status_code == 409
    assert send(both, f"{path}/bo", dau=mark(look(both, f"{path}/sua"))).status_code == 303
    assert [one.code for one in plan_of(both).deadlines] == ["bao_cao_nam", "so_tong_ket"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"code": "Báo cáo"}, "chữ thường"),
        ({"code": "han"}, "chữ thường"),
        ({"code": "bao_cao_nam"}, "viết hai lần"),
        ({"agencies": ["snv", "khong"]}, "trong danh sách"),
        ({"on": "31/02/2026"}, "phải là một ngày"),
        ({"what": ""}, "Hãy điền"),
    ],
)
def test_a_deadline_that_makes_no_sense_is_refused(desk: Desk, change: dict[str, Any], words: str) -> None:
    answer = send(desk, f"{HERE}/han", **{**DEADLINE, **change})
    assert answer.status_code == 422 and words in answer.text and len(plan_of(desk).deadlines) == 2


def test_a_deadline_with_submissions_stays_and_readers_set_none(full: Desk) -> None:
    path = f"{HERE}/han/bao_cao_nam"
    seen = mark(look(full, f"{path}/sua"))
    answer = full.visit(full.lan).post(f"{path}/bo", {"dau": seen})
    assert "không xóa được" in answer.text and len(plan_of(full).deadlines) == 2
    for who in (full.charlie, full.minh, full.tu, full.quang):
        assert send(full, f"{HERE}/han", who, **DEADLINE).status_code == 403
        assert send(full, f"{path}/bo", who, dau=seen).status_code == 403


def test_the_pages_cost_little(full: Desk) -> None:
    for path in (INDICES, HERE, f"{HERE}/bao_cao_nam/snv"):
        with counted(full.engine) as statements:
            look(full, path)
        assert len(statements) < 12, path
