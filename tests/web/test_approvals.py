"""The approvers' room: what waits for whom, what a page shows, and that nothing is decided by who may not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from content.editorial import is_approved
from content.tables import Editorial
from scheduler.db import reading, writing
from tests.conftest import LAN, MINH, NOW
from tests.web.approvals_case import (
    BODY,
    DOUBTFUL,
    OTHER,
    acts,
    change,
    due,
    post_of,
    state,
    submitted,
    submitted_quickly,
)
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.roles import Role
from web.tables import Delegation, Staff

KEY = "d-mot-cua"
SAMPLE = "Gương điển hình"


def decide(desk: Desk, who: Staff, key: str = KEY, verb: str = "duyet", **fields: str) -> tuple[int, str]:
    """As the page would send it; the status and what the answer says."""
    with reading(desk.engine) as session:
        post = post_of(session, key)
    start = {"ban": post.content_hash, "buoc": "only", "trang_thai": str(post.state), "thay": ""}
    answer = desk.visit(who).post(f"/duyet/{key}/{verb}", {**start, **fields}, allow_redirects=False)
    return answer.status_code, answer.headers.get("Location", "") or answer.text


def delegate(desk: Desk, giver: Staff, taker: Staff) -> None:
    with writing(desk.engine) as session:
        session.add(
            Delegation(
                from_id=giver.id or 0, to_id=taker.id or 0, since=NOW.date(), until=NOW.date(), created_by="Sơn",
                created_at=NOW,
            )
        )  # fmt: skip


# The list ------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_for_whom_and_why_not(desk: Desk) -> None:
    submitted(desk, title="Bài của Lan")
    submitted(desk, "cua-minh", by=MINH, author=MINH, title="Bài của Minh", body=OTHER)
    page = desk.visit(desk.minh).get("/duyet").text
    mine, others = page.split("Chờ người khác duyệt")
    assert "Bài của Lan" in mine and "Bài của Minh" not in mine
    assert "Bài của Minh" in others and "Minh đã soạn, sửa hoặc trình bài này nên không được tự duyệt" in others


def test_warnings_to_the_people_come_first_then_the_earliest_hour(desk: Desk) -> None:
    later, sooner, plain = submitted_quickly(desk, 3)
    [alarm] = submitted_quickly(desk, 1, "lu", allowed_in_pause=True)
    due(desk, later, timedelta(days=3))
    due(desk, sooner, timedelta(hours=2))
    page = desk.visit(desk.minh).get("/duyet").text
    places = [page.index(f'/duyet/{post.key}">{post.title}') for post in (alarm, sooner, later, plain)]
    assert places == sorted(places)
    assert "Khẩn: tin cảnh báo" in page and "Gấp: đăng trong 24 giờ tới" in page


def test_the_list_is_narrowed_by_topic_agency_and_kind(desk: Desk) -> None:
    submitted_quickly(desk, 1, topic="d", agency="snv")
    submitted(desk, "nhay-cam", title=SAMPLE, sensitive=True, topic="h")
    visitor = desk.visit(desk.minh)
    for query, shown in (("diem=d", "Bài cho số 0"), ("don_vi=snv", "Bài cho số 0"), ("nhay_cam=1", SAMPLE)):
        page = visitor.get(f"/duyet?{query}").text
        hidden = ({"Bài cho số 0", SAMPLE} - {shown}).pop()
        assert shown in page and hidden not in page, query
    assert "Không có bài nào đúng với lựa chọn này" in visitor.get("/duyet?diem=k").text
    for query in (
        "diem=zz",
        "trang=-1",
        "trang=99999999999999999999",
        "don_vi=%00",
        "nhay_cam=x",
        "trang=%F0%9F%98%80",
    ):
        assert visitor.get(f"/duyet?{query}").status_code == 200


def test_who_reads_sees_the_list_and_decides_nothing(desk: Desk) -> None:
    submitted(desk)
    for staff in (desk.charlie, desk.lan, desk.quang, desk.son):
        page = desk.visit(staff).get("/duyet").text
        assert "Đang chờ duyệt" in page and "Nộp hồ sơ ở một nơi" in page and "Duyệt lần lượt" not in page
        assert "/duyet/d-mot-cua/duyet" not in desk.visit(staff).get(f"/duyet/{KEY}").text
    assert desk.visit(desk.tu).get("/duyet").status_code == 403


def test_with_nothing_to_do_the_page_says_where_to_go(desk: Desk) -> None:
    assert "Không còn bài nào chờ duyệt" in desk.visit(desk.minh).get("/duyet").text
    assert "Không có bài nào đang chờ duyệt" in desk.visit(desk.charlie).get("/duyet").text


def test_the_list_asks_the_database_as_often_for_forty_posts_as_for_one(desk: Desk) -> None:
    visitor, asked = desk.visit(desk.minh), []
    for count in (1, 45):
        for post in submitted_quickly(desk, count, f"lo-{count}"):
            due(desk, post)
        with counted(desk.engine) as statements:
            assert visitor.get("/duyet").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 10, asked
    assert "trang=2" in visitor.get("/duyet").text
    assert "lo-45-44" in visitor.get("/duyet?trang=2").text


# One post ------------------------------------------------------------------------------------------------


def test_the_page_shows_all_it_takes_to_decide(desk: Desk) -> None:
    channel = desk.connect("facebook")
    post = submitted(
        desk, source="Sở Nội vụ", source_url="https://snv.hue.gov.vn", legal_refs=["118/2025/NĐ-CP"], agency="snv",
        variants={"facebook": {"text": OTHER, "first_comment": "Xem thêm tại dichvucong.gov.vn"}},
    )  # fmt: skip
    due(desk, post, timedelta(hours=3), channel_id=channel.id)
    page = desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    for words in (
        "giữ giấy hẹn", "Sạc đầy pin", "Xem thêm tại dichvucong.gov.vn", "11:00 ngày 23/11/2026", channel.name,
        "Lan trình lúc", "Sở Nội vụ", "https://snv.hue.gov.vn", "118/2025/NĐ-CP", "Bài chưa từng được duyệt", "#CCHC",
    ):  # fmt: skip
        assert words in page, words


def test_what_changed_since_the_last_approval_is_marked_by_words_not_by_colour_alone(desk: Desk) -> None:
    submitted(desk)
    decide(desk, desk.minh)
    change(desk, KEY, body=BODY.replace("một nơi và", "hai nơi và"))
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    page = desk.visit(desk.minh).get(f"/duyet/{KEY}").text
    assert "Thay đổi từ lần duyệt trước" in page and "Minh duyệt lúc 08:00 ngày 23/11/2026" in page
    assert '<del><span class="visually-hidden"> Bỏ: </span>một</del>' in page
    assert '<ins><span class="visually-hidden"> Thêm: </span>hai</ins>' in page


@pytest.mark.parametrize("key", ["khong-co", "..%2f..%2fetc", "%00", "a" * 3000, "D-MOT-CUA"])
def test_a_post_that_is_not_there_is_not_found_in_any_way(desk: Desk, key: str) -> None:
    visitor = desk.visit(desk.minh)
    assert visitor.get(f"/duyet/{key}").status_code == 404
    assert visitor.post(f"/duyet/{key}/duyet", {"ban": "0" * 64, "buoc": "only"}).status_code == 404
    assert visitor.post(f"/duyet/{key}/tra-lai", {"ly_do": "x"}).status_code == 404


def test_script_in_a_post_stays_letters(desk: Desk) -> None:
    evil = "<script>alert(1)</script> {{ 7777 * 77777 }} {who}"
    [post] = submitted_quickly(desk, 1, body=evil, source=evil, source_url="javascript:alert(1)", legal_refs=[evil])
    with writing(desk.engine) as session:
        post_of(session, post.key).title = evil
    for path in ("/duyet", f"/duyet/{post.key}"):
        page = desk.visit(desk.minh).get(path).text
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page and "604871729" not in page
        assert 'href="javascript:' not in page


def test_one_post_costs_a_bounded_number_of_statements(desk: Desk) -> None:
    post = submitted(desk)
    for number in range(30):
        due(desk, post, timedelta(hours=number + 1))
    submitted_quickly(desk, 30)
    visitor = desk.visit(desk.minh)
    with counted(desk.engine) as statements:
        assert visitor.get(f"/duyet/{KEY}").status_code == 200
    assert len(statements) <= 18, statements


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


# In the browser ------------------------------------------------------------------------------------------


def test_three_taps_lead_from_today_to_approved_on_a_phone(desk: Desk, browser: Browser) -> None:
    desk.picture(submitted(desk, author=""), "teal")  # that approves it again
    change(desk, KEY, title="Nộp hồ sơ ở một nơi, nhận kết quả ở đó")
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    with window(browser, desk, desk.minh, 360, has_touch=True) as page:
        page.goto("/")
        page.get_by_role("navigation", name="Các trang chính").get_by_role("link", name="Chờ duyệt").tap()
        page.get_by_role("link", name="Nộp hồ sơ ở một nơi, nhận kết quả ở đó").tap()
        button = page.locator("#quyet button")
        expect(button).to_be_in_viewport()
        if page.locator("#f-chap_nhan").count():
            page.locator("#f-chap_nhan").check()
        button.tap()
        expect(page.get_by_role("status")).to_contain_text("Đã duyệt")
    assert state(desk) == Editorial.APPROVED


def test_the_keyboard_alone_returns_a_post(desk: Desk, browser: Browser) -> None:
    submitted(desk)
    with window(browser, desk, desk.minh, 1440) as page:
        page.goto(f"/duyet/{KEY}")
        page.locator(".back > summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        expect(page.locator("#f-san-nguon")).to_be_checked()
        for _ in range(6):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Đã trả lại")
    assert acts(desk)[-1][2] == "Cần bổ sung nguồn hoặc văn bản làm căn cứ."


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_approvers_pages(desk: Desk, browser: Browser, width: int) -> None:
    long = "Hướng dẫn liên thông đăng ký khai sinh, thường trú và thẻ bảo hiểm y tế cho trẻ dưới sáu tuổi"
    desk.picture(submitted(desk, title=long, body=DOUBTFUL), "teal")
    change(desk, KEY, body=DOUBTFUL.replace("một nơi", "Trung tâm Phục vụ hành chính công"))
    desk.house.submissions.submit([KEY], LAN, now=desk.clock.now(), accept_warnings=True)
    submitted(desk, "nhay-cam", title=SAMPLE, sensitive=True, body=OTHER)
    submitted_quickly(desk, 2)
    with window(browser, desk, desk.ha, width) as page:
        for path in ("/duyet", f"/duyet/{KEY}", "/duyet/nhay-cam"):
            page.goto(path)
            for details in page.locator("main details > summary").all():
                details.click()
            assert violations(page) == [], path
    with window(browser, desk, desk.charlie, width) as page:
        page.goto("/duyet")
        assert violations(page) == []
