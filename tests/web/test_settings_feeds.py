"""Feeds at the desk: only what may be read, read at once, paused, kept when articles came from it."""

import dataclasses
from collections.abc import Iterator

import pytest
from sqlmodel import select

from content.tables import PortalSource, Suggestion
from portal.guard import Guard
from scheduler.db import reading
from scheduler.intake import Intake
from scheduler.portals import Portals
from tests.scheduler.portal_case import loopback
from tests.scheduler.portal_server import Portal, article, portal_server
from tests.web.desk import Desk
from tests.web.forms import acts, changed, fields


@pytest.fixture
def portal() -> Iterator[Portal]:
    with portal_server() as server:
        yield server


@pytest.fixture
def reads(desk: Desk, portal: Portal) -> Desk:
    """A desk that may read the test's own portal."""
    guard, limits = loopback(portal)
    desk.service.intake = Intake(desk.engine, desk.clock, Portals(guard, limits).feed, days=60)
    desk.server.app.state.house = dataclasses.replace(desk.house, guard=guard)
    return desk


def test_a_feed_is_added_read_at_once_paused_and_kept_when_it_has_suggestions(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    new = {"key": "cong", "address": portal.feed("/rss", article(1), article(2)), "topic": "d", "every_minutes": "15"}
    assert "Đã thêm nguồn “cong”" in son.post(f"{here}-moi", new).text
    assert "2 đề xuất mới" in son.post(f"{here}/cong/doc").text
    with reading(reads.engine) as session:
        assert {one.topic for one in session.exec(select(Suggestion))} == {"d"}
    assert "Đang tạm dừng." in son.post(f"{here}/cong/tam-dung").text
    assert "đọc lại từ lượt tới" in son.post(f"{here}/cong/doc-lai").text
    assert "đã có 2 đề xuất nên không xóa được" in son.post(f"{here}/cong/xoa").text
    changed(son, f"{here}/cong", name="Cổng tỉnh", topic="a", agency="snv", every_minutes="60")
    with reading(reads.engine) as session:
        source = session.exec(select(PortalSource)).one()
    assert (source.name, source.topic, source.agency, source.every_minutes) == ("Cổng tỉnh", "a", "snv", 60)
    assert [subject for _, subject, _ in acts(reads)] == ["cong"] * 5


def test_a_feed_that_cannot_be_read_says_why_and_may_be_removed(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    son.post(f"{here}-moi", {"key": "hong", "address": portal.url("/khong-co"), "every_minutes": "15"})
    answer = son.post(f"{here}/hong/doc")
    assert "flash bad" in answer.text and "Không đọc được" in answer.text
    assert "Đã xóa nguồn “hong”" in son.post(f"{here}/hong/xoa").text
    assert "Chưa có nguồn tin nào" in son.get(here).text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"address": "http://169.254.169.254/latest"}, "không bao giờ được đọc"),
        ({"address": "http://10.0.0.8/rss"}, "mạng nội bộ"),
        ({"address": "http://localhost/rss"}, "mạng nội bộ"),
        ({"address": "file:///etc/passwd"}, "không phải địa chỉ trang"),
        ({"address": "https://ten:matkhau@cong.example/rss"}, "không được chứa tên đăng nhập"),
        ({"address": "javascript:alert(1)"}, "không phải địa chỉ trang"),
        ({"address": ""}, "Hãy điền “Địa chỉ nguồn tin”."),
        ({"key": "Cổng tỉnh"}, "phải là chữ thường không dấu"),
        ({"topic": "z"}, "Hãy chọn “Nội dung tuyên truyền” trong danh sách."),
        ({"agency": "soyte"}, "Hãy chọn “Cơ quan, đơn vị” trong danh sách."),
        ({"every_minutes": "1"}, "phải là số nguyên từ 5 đến 1440"),
        ({"every_minutes": "nhiều"}, "phải là số nguyên từ 5 đến 1440"),
    ],
)
def test_a_feed_that_may_not_be_read_is_refused_beside_its_field(desk: Desk, values: dict[str, str], told: str) -> None:
    guard = Guard.of("", resolve=lambda _host, _port: ["203.113.10.10"])
    desk.server.app.state.house = dataclasses.replace(desk.house, guard=guard)
    good = {"key": "cong", "address": "https://cong.tinhvidu.vn/rss", "every_minutes": "30"}
    answer = desk.visit(desk.son).post("/cau-hinh/nguon-tin-moi", good | values)
    assert answer.status_code == 422 and told in answer.text
    with reading(desk.engine) as session:
        assert session.exec(select(PortalSource)).all() == []


def test_a_feed_changed_meanwhile_is_shown_both_ways(reads: Desk, portal: Portal) -> None:
    son, here = reads.visit(reads.son), "/cau-hinh/nguon-tin"
    son.post(f"{here}-moi", {"key": "cong", "address": portal.url("/rss"), "every_minutes": "15"})
    mine = fields(son, f"{here}/cong") | {"name": "Tên của tôi"}
    changed(son, f"{here}/cong", name="Tên của họ")
    answer = son.post(f"{here}/cong", mine)
    assert answer.status_code == 409 and "Tên của họ" in answer.text and "Tên của tôi" in answer.text
