"""A desk with activities, files, results of indices and submissions, for the tests of their pages."""

import io
from dataclasses import replace
from datetime import date, timedelta

from content import office
from content.activities import create, withdraw
from content.activity_fields import ActivityFields
from content.documents import add_evidence, documents_in
from content.plan import active_plan
from content.record_tables import Activity, Evidence
from content.submissions import SubmissionFields, hand_in
from scheduler.db import writing
from tests.conftest import LAN, NOW
from tests.content import papers
from tests.web.desk import Desk

DAY = date(2026, 11, 10)
CLASS = ActivityFields(
    "tap_huan", "Tập huấn cải cách hành chính, dịch vụ công trực tuyến và chữ ký số cho cán bộ một cửa các phường, xã",
    DAY, date(2026, 11, 12), "Hội trường tầng 2", "snv", "d", "a", ("noi_bo",), {"classes": 3, "people": 120},
    12_500_000, "Ngân sách Sở Nội vụ", words="Giảng viên của Trường Chính trị.",
)  # fmt: skip
PRESS = ActivityFields(
    "bao_chi", "Chuyên mục Cải cách hành chính", DAY, DAY, topic="h", outlet="Báo địa phương", tone="can_chan_chinh",
    figures={"news": 2, "articles": 1}, url="https://bao.example.vn/cchc",
)  # fmt: skip
TALK = ActivityFields("doi_thoai", "Đối thoại trực tuyến với doanh nghiệp", DAY, DAY, figures={"questions": 10})
PDF = ("Biên bản hội nghị.pdf", papers.a_pdf(), "application/pdf")


def logged(desk: Desk, fields: ActivityFields = CLASS, *, by: str = LAN) -> Activity:
    """An activity."""
    with writing(desk.engine) as session:
        return create(session, fields, by=by, now=NOW).row


def proven(desk: Desk, row: Activity) -> Evidence:
    """A file for it."""
    file = documents_in(desk.folder).put(io.BytesIO(PDF[1]), PDF[0])
    with writing(desk.engine) as session:
        return add_evidence(session, file, row, words="Có chữ ký", by=LAN, now=NOW)


def furnished(desk: Desk) -> Desk:
    """Activities of several kinds, one withdrawn; results of two years; two agencies that handed in."""
    proven(desk, logged(desk))
    for one in (PRESS, TALK, replace(CLASS, title="Lớp nhập nhầm", agency="stp")):
        row = logged(desk, one)
    with writing(desk.engine) as session:
        withdraw(session, row.id or 0, "Ghi trùng với lớp của Sở Nội vụ", by=LAN, now=NOW)
        plan = active_plan(session)
        items = [one.model_dump(mode="json") for one in plan.indices]
        source = "Hội nghị công bố Chỉ số cải cách hành chính"
        items[0]["results"] = [
            {"year": 2022, "value": 87.9, "unit": "%", "rank": 19, "denominator": 63, "source": source},
            {"year": 2023, "value": 88.38, "unit": "%", "rank": 17, "denominator": 63, "source": source},
        ]
        office.save(session, office.INDICES, items, seen=0, by=LAN, now=NOW)
        for agency, on in (("snv", date(2023, 10, 20)), ("stp", date(2023, 10, 31) + timedelta(4))):
            fields = SubmissionFields("bao_cao_nam", agency, on, "15/BC")
            hand_in(session, plan, fields, seen=0, by=LAN, now=NOW)
    return desk
