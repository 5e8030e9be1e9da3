"""Activities as tables at the desk: out as the list is narrowed, in after a look, for one's own agency alone."""

import io

import pytest
from openpyxl import load_workbook

from tests.content import papers
from tests.web.activity_case import CLASS, PRESS, TALK, furnished, logged
from tests.web.desk import Desk
from tests.web.test_activities import HERE, rows


@pytest.fixture
def full(desk: Desk) -> Desk:
    return furnished(desk)


def test_the_list_goes_out_as_it_is_narrowed(full: Desk) -> None:
    text = full.visit(full.charlie).get(f"{HERE}/xuat?dang=csv&loai=bao_chi").content.decode("utf-8-sig")
    assert PRESS.title in text and CLASS.title not in text
    assert PRESS.title not in full.visit(full.tu).get(f"{HERE}/xuat?dang=csv").content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(full.visit(full.lan).get(f"{HERE}/xuat").content))
    assert book["Hoạt động"].max_row == 4


def test_a_table_is_looked_at_first_and_imported_once(both: Desk) -> None:
    logged(both, TALK)
    data = (
        both.visit(both.lan)
        .get(f"{HERE}/xuat?dang=csv")
        .content.replace("Đối thoại trực tuyến với".encode(), "Mới".encode())
    )
    visitor = both.visit(both.lan)
    answer = visitor.post(f"{HERE}/nhap", {}, files={"bang": ("a.csv", data)})
    assert "1 hoạt động mới, 0 đã ghi từ trước, 0 dòng phải sửa" in answer.text and len(rows(both)) == 1
    name = answer.text.partition('action="/hoat-dong/nhap/')[2].partition('"')[0]
    assert both.visit(both.minh).get(f"{HERE}/nhap/{name}").status_code == 403
    assert "Đã nhập 1 hoạt động mới" in visitor.post(f"{HERE}/nhap/{name}").text
    assert "đã được nhập" in visitor.post(f"{HERE}/nhap/{name}").text and len(rows(both)) == 2


def test_a_table_with_slips_imports_nothing_or_what_is_good(desk: Desk) -> None:
    data = "Loại hoạt động;Tên hoạt động;Từ ngày\r\ntap_huan;Tốt;10/11/2026\r\ntap_huan;;10/11/2026\r\n".encode()
    visitor = desk.visit(desk.lan)
    answer = visitor.post(f"{HERE}/nhap", {}, files={"bang": ("a.csv", data)})
    assert "1 dòng phải sửa" in answer.text and "chưa có tên" in answer.text
    name = answer.text.partition('action="/hoat-dong/nhap/')[2].partition('"')[0]
    assert "Chưa nhập dòng nào" in visitor.post(f"{HERE}/nhap/{name}").text and rows(desk) == []
    visitor.post(f"{HERE}/nhap/{name}", {"dong": "tot"})
    assert [one.title for one in rows(desk)] == ["Tốt"]


def test_a_contributors_table_logs_for_their_agency_alone(desk: Desk) -> None:
    data = "Loại hoạt động;Tên hoạt động;Từ ngày;Cơ quan\r\ntap_huan;A;10/11/2026;stp\r\ntap_huan;B;10/11/2026;\r\n"
    answer = desk.visit(desk.tu).post(f"{HERE}/nhap", {}, files={"bang": ("a.csv", data.encode())})
    assert "chỉ ghi được hoạt động của cơ quan mình" in answer.text
    name = answer.text.partition('action="/hoat-dong/nhap/')[2].partition('"')[0]
    desk.visit(desk.tu).post(f"{HERE}/nhap/{name}", {"dong": "tot"})
    assert [(one.title, one.agency) for one in rows(desk)] == [("B", "snv")]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4", b"PK\x03\x04xx", b"a;b\r\n1;2", papers.an_xlsx()])
def test_what_is_no_table_is_refused(desk: Desk, data: bytes) -> None:
    answer = desk.visit(desk.lan).post(f"{HERE}/nhap", {}, files={"bang": ("a.csv", data)})
    assert answer.status_code == 422 and "a.csv" in answer.text


def test_the_template_is_for_those_who_log(desk: Desk) -> None:
    assert load_workbook(io.BytesIO(desk.visit(desk.tu).get(f"{HERE}/mau").content)).sheetnames[0] == "Hoạt động"
    assert desk.visit(desk.charlie).get(f"{HERE}/mau").status_code == 403
