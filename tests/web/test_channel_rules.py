"""A channel's page: its rules, the forms of its slots, and the hours of its platform."""

import pytest

from scheduler.channels import weekly_slots_of
from scheduler.db import reading
from tests.web.desk import Desk
from tests.web.forms import acts
from tests.web.test_channels import form, row


def test_a_slot_is_kept_for_a_form_as_people_write_it(both: Desk) -> None:
    channel, quang = both.channel(key="fanpage"), both.visit(both.quang)
    sent = form(quang, "khung-gio") | {"slot0": "7h30 Văn bản, 11:05 19:30 video"}
    answer = quang.post("/kenh/fanpage/khung-gio", sent)
    assert 'value="07:30 văn bản, 11:05, 19:30 video"' in answer.text
    with reading(both.engine) as session:
        assert weekly_slots_of(session, channel) == {0: {450: "van_ban", 665: "", 1170: "video"}}
    answer = quang.post("/kenh/fanpage/khung-gio", form(quang, "khung-gio") | {"slot0": "07:30 phim truyện"})
    assert answer.status_code == 422 and "“phim truyện” không phải hình thức nào" in answer.text


def test_the_rules_of_a_channel_are_kept_and_told(both: Desk) -> None:
    both.channel(key="fanpage")
    quang = both.visit(both.quang)
    sent = form(quang, "quy-tac") | {"gap": "30", "most": "4", "quiet_from": "21h30", "quiet_until": "6"}
    assert "Đã lưu quy tắc giờ đăng" in quang.post("/kenh/fanpage/quy-tac", sent).text
    kept = row(both, "fanpage")
    assert (kept.gap_minutes, kept.daily_most, kept.quiet_from, kept.quiet_until) == (30, 4, 21 * 60 + 30, 360)
    text = both.visit(both.charlie).get("/kenh/fanpage").text
    assert "Cách nhau ít nhất 30 phút; tối đa 4 mục mỗi ngày; yên lặng từ 21:30 đến 06:00." in text
    sent = form(quang, "quy-tac") | {"gap": "0", "most": "", "quiet_from": "", "quiet_until": ""}
    quang.post("/kenh/fanpage/quy-tac", sent)
    kept = row(both, "fanpage")
    assert (kept.gap_minutes, kept.daily_most) == (0, 0) and kept.quiet_from == kept.quiet_until
    assert "Khoảng cách giữa hai mục (phút): “30” → “0”" in acts(both)[-1][2]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"gap": "-1"}, "gap"), ({"gap": "721"}, "gap"), ({"most": "101"}, "most"), ({"most": "x"}, "most"),
        ({"quiet_from": "24:00"}, "quiet_from"), ({"quiet_until": "25:10"}, "quiet_until"),
        ({"quiet_from": ""}, "quiet_from"),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_refused_beside_their_field(desk: Desk, facts: dict[str, str], field: str) -> None:
    before = desk.channel(key="fanpage")
    quang = desk.visit(desk.quang)
    good = {"gap": "15", "most": "4", "quiet_from": "22:00", "quiet_until": "06:00"}
    answer = quang.post("/kenh/fanpage/quy-tac", form(quang, "quy-tac") | good | facts)
    assert answer.status_code == 422 and f'id="e-{field}"' in answer.text
    assert row(desk, "fanpage") == before and acts(desk) == []


def test_who_may_not_keep_channels_changes_no_rules(desk: Desk) -> None:
    desk.channel(key="fanpage")
    assert desk.visit(desk.lan).post("/kenh/fanpage/quy-tac", {"gap": "15"}).status_code == 403


def test_a_slot_in_quiet_hours_is_kept_and_the_person_is_told(desk: Desk) -> None:
    desk.channel(key="fanpage")
    quang = desk.visit(desk.quang)
    text = quang.post("/kenh/fanpage/khung-gio", form(quang, "khung-gio") | {"slot0": "07:30, 23:00"}).text
    assert text.count("23:00 nằm trong giờ yên lặng") == 2


def test_the_hours_of_the_platform_itself_stand_beside_the_rules(desk: Desk) -> None:
    desk.channel("zalo", key="oa")
    desk.channel(key="fanpage")
    quang = desk.visit(desk.quang)
    assert "nền tảng chỉ nhận từ 06:00 đến 21:15" in quang.get("/kenh/oa").text
    assert "nền tảng chỉ nhận" not in quang.get("/kenh/fanpage").text
