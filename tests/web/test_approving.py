"""Decisions at the desk: nobody decides who may not, nothing is decided that was not shown, all or none of many."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from content.editorial import is_approved
from content.tables import Editorial
from scheduler.db import reading
from tests.conftest import LAN, MINH, NOW
from tests.web.approvals_case import (
    BODY,
    DOUBTFUL,
    KEY,
    OTHER,
    SAMPLE,
    acts,
    change,
    decide,
    delegate,
    post_of,
    state,
    submitted,
    submitted_quickly,
)
from tests.web.desk import Desk
from web.roles import Role

# Deciding ------------------------------------------------------------------------------------------------


def test_after_a_decision_the_next_post_comes(both: Desk) -> None:
    submitted(both)
    submitted(both, "bao-lu", title="Chuẩn bị trước mùa mưa lũ", body=OTHER)
    assert decide(both, both.minh) == (303, "/duyet/bao-lu")
    assert decide(both, both.minh, "bao-lu") == (303, "/duyet")
    assert acts(both)[-1] == ("approved", MINH, "")
    visitor = both.visit(both.minh)
    with reading(both.engine) as session:
        assert is_approved(post_of(session, KEY)) and is_approved(post_of(session, "bao-lu"))
    assert visitor.get("/duyet").status_code == 200


def test_a_return_keeps_the_ready_reason_and_the_written_one(both: Desk) -> None:
    submitted(both)
    assert decide(both, both.minh, verb="tra-lai", san="nguon", ly_do="  Thêm số điện thoại.  ")[0] == 303
    assert acts(both)[-1] == (
        "returned", MINH, "Cần bổ sung nguồn hoặc văn bản làm căn cứ. Thêm số điện thoại.",
    )  # fmt: skip
    assert state(both) == Editorial.RETURNED


def test_a_return_without_a_reason_says_so_beside_the_field(desk: Desk) -> None:
    submitted(desk)
    for fields in (
        {},
        {"ly_do": "   "},
        {"san": "khong-co"},
        {"ly_do": "x" * 3000},
        {"ly_do": "x", "trang_thai": "draft"},
    ):
        status, page = decide(desk, desk.minh, verb="tra-lai", **fields)
        assert status == 422 and 'id="loi"' in page, fields
    assert state(desk) == Editorial.SUBMITTED and len(acts(desk)) == 1


def test_an_approval_is_taken_back_from_the_same_page(desk: Desk) -> None:
    submitted(desk)
    decide(desk, desk.minh)
    page = desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    assert "Đã duyệt" in page and f"/duyet/{KEY}/tra-lai" in page and 'id="quyet"' not in page
    assert decide(desk, desk.minh, verb="tra-lai", ly_do="Số liệu vừa đổi.")[0] == 303
    assert state(desk) == Editorial.RETURNED


@pytest.mark.parametrize("name", ["lan", "tu", "quang", "son", "charlie"])
@pytest.mark.parametrize("verb", ["duyet", "tra-lai"])
def test_who_does_not_approve_decides_nothing(desk: Desk, name: str, verb: str) -> None:
    submitted(desk)
    assert decide(desk, getattr(desk, name), verb=verb, ly_do="x")[0] == 403
    with reading(desk.engine) as session:
        chosen = f"{KEY}:{post_of(session, KEY).content_hash}"
    assert desk.visit(getattr(desk, name)).post("/duyet/nhieu", {"bai": chosen}).status_code == 403
    assert state(desk) == Editorial.SUBMITTED and len(acts(desk)) == 1


def test_an_approver_who_wrote_it_is_told_why_not(desk: Desk) -> None:
    submitted(desk, by=MINH, author=LAN)
    for verb in ("duyet", "tra-lai"):
        status, page = decide(desk, desk.minh, verb=verb, ly_do="x")
        assert status == 409 and "nên không được tự duyệt" in page
    assert state(desk) == Editorial.SUBMITTED


def test_content_that_changed_since_the_page_was_shown_is_not_approved(desk: Desk) -> None:
    submitted(desk)
    with reading(desk.engine) as session:
        old = post_of(session, KEY).content_hash
    change(desk, KEY, body=OTHER)
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now())
    for verb in ("duyet", "tra-lai"):
        status, page = decide(desk, desk.minh, verb=verb, ban=old, ly_do="x")
        assert status == 409 and "vừa được người khác thay đổi" in page
    assert state(desk) == Editorial.SUBMITTED


@pytest.mark.parametrize(
    "fields", [{"ban": ""}, {"buoc": ""}, {"buoc": "xyz"}, {"buoc": "urgent"}, {"ban": "x" * 5000}, {"buoc": "second"}]
)
def test_a_forged_form_approves_nothing(desk: Desk, fields: dict[str, str]) -> None:
    submitted(desk)
    assert decide(desk, desk.minh, **fields)[0] in (409, 422)
    assert state(desk) == Editorial.SUBMITTED and len(acts(desk)) == 1


def test_of_two_who_approve_at_once_one_is_told(both: Desk) -> None:
    submitted(both)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: decide(both, who), (both.minh, both.ha)))
    assert sorted(status for status, _ in answers) == [303, 409], answers
    assert [action for action, _, _ in acts(both)].count("approved") == 1


def test_a_double_click_approves_once(both: Desk) -> None:
    submitted(both)
    assert decide(both, both.minh)[0] == 303
    assert decide(both, both.minh, trang_thai="submitted")[0] == 409
    assert [action for action, _, _ in acts(both)].count("approved") == 1


# Warnings ------------------------------------------------------------------------------------------------


def test_warnings_are_accepted_by_a_tick_and_only_those_that_were_shown(desk: Desk) -> None:
    submitted(desk, body=DOUBTFUL)
    visitor = desk.visit(desk.minh)
    page = visitor.get(f"/duyet/{KEY}").text
    mark = page.split('name="thay" value="')[1].split('"')[0]
    assert "Điểm cần xem lại" in page and "61/2018/NĐ-CP" in page and len(mark) == 32
    for fields in ({"thay": mark}, {"chap_nhan": "1"}, {"chap_nhan": "1", "thay": "0" * 32}):
        status, page = decide(desk, desk.minh, **fields)
        assert status == 422 and "Có điểm cần xem lại" in page and mark in page, fields
    assert decide(desk, desk.minh, thay=mark, chap_nhan="1")[0] == 303
    assert acts(desk)[-1][2].startswith("Chấp nhận cảnh báo (1)")


def test_a_warning_that_arose_meanwhile_is_shown_before_anything_is_approved(desk: Desk) -> None:
    submitted(desk)
    twin = desk.post(key="ban-truoc", title="Nộp hồ sơ ở một nơi", body=BODY, platforms=["facebook"])
    desk.publication(post_id=twin.id, state="published", published_at=NOW)
    status, page = decide(desk, desk.minh)
    assert status == 422 and "ban-truoc" in page and "Tôi đã xem các điểm cần xem lại" in page
    mark = page.split('name="thay" value="')[1].split('"')[0]
    assert decide(desk, desk.minh, thay=mark, chap_nhan="1")[0] == 303


def test_what_must_be_mended_is_told_and_no_tick_helps(desk: Desk) -> None:
    [post] = submitted_quickly(desk, 1, source="", platforms=["facebook"])
    status, page = decide(desk, desk.minh, post.key, chap_nhan="1", thay="0" * 32)
    assert status == 422 and "Chưa duyệt được. Người soạn cần sửa" in page and "thiếu nguồn" in page


# Two levels, urgent, delegation --------------------------------------------------------------------------


def test_a_sensitive_post_goes_from_the_first_level_to_the_second(both: Desk) -> None:
    submitted(both, title=SAMPLE, sensitive=True)
    assert "Duyệt cấp 1" in both.visit(both.minh).get(f"/duyet/{KEY}").text
    assert decide(both, both.minh, buoc="first") == (303, "/duyet")
    assert state(both) == Editorial.SUBMITTED
    page = both.visit(both.minh).get("/duyet").text
    assert "Minh đã duyệt cấp 1 bài này" in page or "cần người duyệt cấp 2 phê duyệt" in page
    page = both.visit(both.ha).get(f"/duyet/{KEY}").text
    assert "Phê duyệt" in page and "Minh đã duyệt cấp 1" in page
    assert decide(both, both.minh, buoc="second")[0] == 409
    assert decide(both, both.ha, buoc="second") == (303, "/duyet")
    assert [(action, actor) for action, actor, _ in acts(both)[-2:]] == [("endorsed", MINH), ("approved", "Hà")]


def test_the_urgent_lane_is_for_the_second_level_with_a_reason_and_is_listed(desk: Desk) -> None:
    submitted(desk, title=SAMPLE, sensitive=True)
    assert "Duyệt khẩn một mình" not in desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    assert "Duyệt khẩn một mình" in desk.visit(desk.ha).get(f"/duyet/{KEY}").text
    assert decide(desk, desk.minh, buoc="urgent", ly_do_khan="Lũ.")[0] == 409
    assert decide(desk, desk.ha, buoc="urgent", ly_do_khan="  ")[0] == 422
    assert state(desk) == Editorial.SUBMITTED
    assert decide(desk, desk.ha, buoc="urgent", ly_do_khan="Lũ đang lên.")[0] == 303
    page = desk.visit(desk.minh).get("/duyet").text
    assert "Đã duyệt khẩn trong 30 ngày qua" in page and SAMPLE in page and "Khẩn: Lũ đang lên." in page


def test_who_stands_in_for_another_says_so_and_the_history_keeps_it(both: Desk) -> None:
    delegate(both, both.ha, both.minh)
    submitted(both, title=SAMPLE, sensitive=True)
    nam = both.person("nam", "Nam", Role.APPROVER_1)
    assert decide(both, nam, buoc="first")[0] == 303
    page = both.visit(both.minh).get(f"/duyet/{KEY}").text
    assert "Bạn duyệt thay mặt Hà." in page and "Phê duyệt" in page
    assert decide(both, both.minh, buoc="second")[0] == 303
    assert acts(both)[-1] == ("approved", MINH, "Thay mặt Hà.")


def test_nobody_stands_in_for_who_wrote_but_another_name_may_do(both: Desk) -> None:
    """Charlie stands in for two approvers; one of them wrote the post."""
    delegate(both, both.minh, both.charlie)
    submitted(both, author=MINH)
    assert decide(both, both.charlie)[0] == 409
    delegate(both, both.ha, both.charlie)
    assert decide(both, both.charlie)[0] == 303
    assert acts(both)[-1] == ("approved", "Charlie", "Thay mặt Hà.")


def test_a_delegation_that_is_over_opens_nothing(desk: Desk) -> None:
    delegate(desk, desk.ha, desk.tu)
    submitted(desk)
    assert desk.visit(desk.tu).get(f"/duyet/{KEY}").status_code == 200
    visitor = desk.visit(desk.tu)
    desk.clock.set(NOW + timedelta(days=1))
    assert visitor.get("/duyet").status_code == 403


# Many at once --------------------------------------------------------------------------------------------


def chosen(desk: Desk, *keys: str) -> dict[str, list[str]]:
    with reading(desk.engine) as session:
        return {"bai": [f"{key}:{post_of(session, key).content_hash}" for key in keys]}


def test_many_plain_posts_are_approved_together(both: Desk) -> None:
    submitted(both)
    submitted(both, "bao-lu", title="Chuẩn bị trước mùa mưa lũ", body=OTHER)
    assert "Duyệt nhiều bài thường cùng lúc" in both.visit(both.minh).get("/duyet").text
    answer = both.visit(both.minh).post("/duyet/nhieu", chosen(both, KEY, "bao-lu"))
    assert "Đã duyệt 2 bài." in answer.text
    assert state(both) == state(both, "bao-lu") == Editorial.APPROVED


def test_of_many_none_is_approved_when_one_may_not_be(both: Desk) -> None:
    submitted(both)
    submitted(both, "nhay-cam", title=SAMPLE, sensitive=True, body=OTHER)
    submitted(both, "cua-minh", by=MINH, author=MINH, title="Bài của Minh")
    submitted_quickly(both, 1, source="")
    visitor = both.visit(both.minh)
    for other, status in (("nhay-cam", 409), ("cua-minh", 409), ("cho-0", 422)):
        answer = visitor.post("/duyet/nhieu", chosen(both, KEY, other))
        assert answer.status_code == status and "Chưa duyệt bài nào" in answer.text, other
        assert state(both) == Editorial.SUBMITTED


@pytest.mark.parametrize("value", ["", "x", "d-mot-cua", "d-mot-cua:" + "0" * 63, "../x:" + "0" * 64, "x" * 9999])
def test_a_forged_choice_of_many_approves_nothing(desk: Desk, value: str) -> None:
    submitted(desk)
    assert desk.visit(desk.minh).post("/duyet/nhieu", {"bai": value}).status_code in (409, 422)
    assert state(desk) == Editorial.SUBMITTED


def test_of_many_whose_content_changed_none_is_approved(desk: Desk) -> None:
    submitted(desk)
    answer = desk.visit(desk.minh).post("/duyet/nhieu", {"bai": f"{KEY}:{'0' * 64}"})
    assert answer.status_code == 409 and "vừa được người khác thay đổi" in answer.text
