"""Official reports over the JSON API: listed by cursor, read with their words and frozen figures, as the Word file."""

import dataclasses
from datetime import timedelta

from sqlmodel import Session

from reports.official.check import check
from reports.official.keeping import make_report, withdraw
from scheduler.db import writing
from tests.reports.official_year import LATER, Year, to_deadline
from tests.web.desk import Desk
from tests.web.test_api import Program, program


def filled(desk: Desk, count: int = 1) -> Program:
    """So many reports, an hour between their cut-offs, and the program of somebody who may read."""
    with Session(desk.engine) as session:
        Year(session)
    for place in range(count):
        asked = dataclasses.replace(to_deadline(), cutoff=to_deadline().cutoff + timedelta(hours=place))
        make_report(desk.engine, asked, by="Lan", now=LATER)
    return program(desk, desk.charlie)


def test_a_report_is_read_with_its_words_and_its_figures(both: Desk) -> None:
    charlie = filled(both)
    found = charlie.get("/reports/1")
    assert (found["preset"], found["state"], found["version"]) == ("den-31-10", "draft", 1)
    assert found["cutoff_at"] == "2026-10-30T10:00:00+00:00"
    places = {one["code"]: one for one in found["places"]}
    assert places["II.2.đ"]["words"].startswith("Dịch vụ công trực tuyến: 1 lượt đăng") and not places["V"]["words"]
    assert found["figures"]["channels"][1]["bases"] == {"reach": None, "views": 70}, "what nobody told is null"
    file = charlie.ask("GET", "/reports/1/docx")
    assert file.headers["Content-Type"].endswith("wordprocessingml.document") and len(check(file.content)) == 34


def test_reports_are_listed_page_by_page_and_the_withdrawn_ones_apart(desk: Desk) -> None:
    charlie = filled(desk, 3)
    with writing(desk.engine) as session:
        withdraw(session, 2, "nhầm", by="Lan", now=LATER)
    page = charlie.get("/reports", params={"limit": 1})
    assert [one["id"] for one in page["items"]] == [3]
    rest = charlie.get("/reports", params={"limit": 1, "cursor": page["next"]})
    assert [one["id"] for one in rest["items"]] == [1] and rest["next"] is None
    assert [one["id"] for one in charlie.get("/reports", params={"withdrawn": True})["items"]] == [2]


def test_what_is_not_there_or_not_theirs_is_refused(desk: Desk) -> None:
    charlie = filled(desk)
    assert charlie.ask("GET", "/reports/9").status_code == 404
    assert charlie.ask("GET", "/reports/0").status_code == 422
    assert charlie.ask("GET", "/reports/99999999999").status_code == 422
    assert charlie.ask("GET", "/reports", params={"cursor": "x"}).status_code == 422
    assert program(desk, desk.tu).ask("GET", "/reports/1").status_code == 403
    assert program(desk, None).ask("GET", "/reports/1/docx").status_code == 401
