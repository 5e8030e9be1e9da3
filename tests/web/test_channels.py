"""Channels at the desk: how each stands in words, a real check, and what may be changed about one by whom."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlmodel import Session, select

from scheduler.channels import OFF, RECONNECT, set_slots
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Channel, Credential, JobRun, Pause, Slot
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.together import while_uncommitted
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, Visitor, counted
from tests.web.forms import acts, sent_by
from web.rooms.channels.wording import time_left

DAY = timedelta(days=1)
LONG = "Cải cách hành chính thành phố Huế – Trang thông tin chính thức của Ủy ban nhân dân thành phố"
VERBS = ("kiem-tra", "khung-gio", "tuy-chon", "co-quan", "tat", "bat")


def row(desk: Desk, key: str) -> Channel:
    with reading(desk.engine) as session:
        return session.exec(select(Channel).where(Channel.key == key)).one()


def change(desk: Desk, channel: Channel, **facts: Any) -> None:
    with writing(desk.engine) as session:
        found = session.get_one(Channel, channel.id)
        for name, value in facts.items():
            setattr(found, name, value)
        session.add(found)


def access(desk: Desk, channel: Channel, **facts: Any) -> None:
    with writing(desk.engine) as session:
        session.add(Credential(channel_id=channel.id or 0, secret=b"x", updated_at=NOW, **facts))


def slots_of(desk: Desk, channel: Channel) -> set[tuple[int, int]]:
    with reading(desk.engine) as session:
        return {(one.weekday, one.minute) for one in session.exec(select(Slot).where(Slot.channel_id == channel.id))}


def form(visitor: Visitor, which: str) -> dict[str, str]:
    """What the form of that part of the channel's page would send."""
    text = visitor.get("/kenh/fanpage").text
    start = text.index(f'action="/kenh/fanpage/{which}"')
    return sent_by(text[start : text.index("</form>", start)])


# Who may -----------------------------------------------------------------------------------------------------


def test_who_reads_sees_the_channels_and_only_a_channel_administrator_sees_a_form(desk: Desk) -> None:
    desk.channel(key="fanpage", name=LONG)
    for staff in (desk.lan, desk.minh, desk.ha, desk.son, desk.charlie):
        visitor = desk.visit(staff)
        for path in ("/kenh", "/kenh/fanpage"):
            answer = visitor.get(path)
            assert answer.status_code == 200 and LONG in answer.text
            assert 'action="/kenh' not in answer.text and "/kenh/ket-noi" not in answer.text, staff.login
    assert desk.visit(desk.tu).get("/kenh").status_code == 403
    assert 'action="/kenh/fanpage/kiem-tra"' in desk.visit(desk.quang).get("/kenh/fanpage").text


def test_nobody_but_a_channel_administrator_changes_a_channel(desk: Desk) -> None:
    channel = desk.channel(key="fanpage")
    for staff in (desk.lan, desk.minh, desk.ha, desk.tu, desk.son, desk.charlie):
        visitor = desk.visit(staff)
        assert {visitor.post(f"/kenh/fanpage/{verb}", {"slot0": "07:30"}).status_code for verb in VERBS} == {403}
    assert row(desk, "fanpage") == channel and slots_of(desk, channel) == set() and acts(desk) == []


def test_a_channel_that_does_not_exist_is_not_found_by_any_verb(desk: Desk) -> None:
    quang = desk.visit(desk.quang)
    assert quang.get("/kenh/khong-co").status_code == 404
    assert {quang.post(f"/kenh/khong-co/{verb}").status_code for verb in VERBS} == {404}
    assert quang.post("/kenh/khong-co/bay").status_code in (404, 405)


def test_without_a_channel_the_page_says_what_to_do_next(desk: Desk) -> None:
    assert "Kết nối kênh đầu tiên" in desk.visit(desk.quang).get("/kenh").text
    text = desk.visit(desk.lan).get("/kenh").text
    assert "Quản trị kênh cần kết nối" in text and "/kenh/ket-noi" not in text


# How it stands -----------------------------------------------------------------------------------------------


def test_the_access_and_the_queue_before_and_after_its_end_are_told_in_words(both: Desk) -> None:
    dies, renews, bare = (both.channel(key=key) for key in ("fanpage", "oa", "moi"))
    access(both, dies, expires_at=NOW + 12 * DAY + HOUR)
    access(both, renews, expires_at=NOW + 20 * HOUR, refresh_at=NOW)
    for days in (1, 5, 13, 40):
        both.publication(channel_id=dies.id, due_at=NOW + days * DAY)
    both.publication(channel_id=dies.id, due_at=NOW + 41 * DAY, state=State.CANCELLED)
    visitor = both.visit(both.charlie)
    text = visitor.get("/kenh/fanpage").text
    assert "Hết hạn lúc 09:00 ngày 05/12/2026, còn 12 ngày." in text
    assert "4 lượt đăng đang chờ, 2 lượt hẹn sau khi mã truy cập hết hạn" in text
    assert "Tự gia hạn; mã hiện tại còn 20 giờ." in visitor.get("/kenh/oa").text
    assert "Chưa có mã truy cập" in visitor.get(f"/kenh/{bare.key}").text
    everything = visitor.get("/kenh").text
    assert "còn 12 ngày" in everything and "còn 20 giờ" in everything


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=12, hours=3), "còn 12 ngày"),
        (timedelta(hours=47), "còn 47 giờ"),
        (timedelta(minutes=119), "còn 119 phút"),
        (timedelta(seconds=5), "còn 1 phút"),
        (timedelta(0), "đã hết hạn"),
        (-DAY, "đã hết hạn"),
    ],
)
def test_the_time_that_is_left_is_told_in_one_unit(left: timedelta, words: str) -> None:
    assert time_left(NOW + left, NOW) == words


def test_every_stop_is_told_with_its_end(desk: Desk) -> None:
    channel = desk.channel(
        key="fanpage", state="blocked", state_words="Facebook tạm khóa Fanpage.", not_before=NOW + 3 * HOUR
    )  # fmt: skip
    with writing(desk.engine) as session:
        session.add(Pause(reason="thien_tai", words="Bão số 12.", since=NOW - HOUR, until=NOW + DAY, started_by="Hà"))
        session.add(Pause(channel_id=channel.id, reason="chi_dao", words="", since=NOW - HOUR, started_by="Hà"))
        session.add(JobRun(job="check", slot=NOW - HOUR, started_at=NOW - HOUR, finished_at=NOW - HOUR))
    for path in ("/kenh", "/kenh/fanpage"):
        text = desk.visit(desk.charlie).get(path).text
        for words in (
            *("Bị nền tảng tạm khóa", "Facebook tạm khóa Fanpage.", "Tạm dừng đến 11:00 ngày 23/11/2026"),
            *("Thiên tai, bão lũ, đến 08:00 ngày 24/11/2026. Bão số 12.", "Theo chỉ đạo, đến khi có người bấm"),
            "07:00 ngày 23/11/2026",
        ):
            assert words in text, (path, words)


def test_a_script_in_a_name_or_in_a_sentence_is_shown_as_text(desk: Desk) -> None:
    desk.channel(key="fanpage", name="<script>alert(1)</script>", state_words="{x}<img src=x onerror=alert(1)>")
    for path in ("/kenh", "/kenh/fanpage"):
        text = desk.visit(desk.quang).get(path).text
        assert "<script>alert" not in text and "<img src=x" not in text and "&lt;script&gt;" in text


# A check -----------------------------------------------------------------------------------------------------


def test_a_check_shows_what_the_platform_tells_and_is_noted(both: Desk) -> None:
    both.connect("facebook")
    answer = both.visit(both.quang).post("/kenh/facebook/kiem-tra")
    assert answer.status_code == 200 and "Kết quả kiểm tra lúc 08:00 ngày 23/11/2026: dùng được" in answer.text
    assert "Quyền pages_manage_posts" in answer.text
    assert acts(both) == [("Quang", "facebook", "Kiểm tra ngay")]
    assert "08:00 ngày 23/11/2026" in both.visit(both.lan).get("/kenh").text.partition("Kiểm tra lần cuối")[2]


def test_a_dead_access_is_told_with_the_step_and_the_channel_is_stopped_and_offered_to_be_connected_again(
    both: Desk,
) -> None:
    both.connect("facebook")
    both.sandbox.fault("facebook", "expired_token", method="GET", times=20)
    answer = both.visit(both.quang).post("/kenh/facebook/kiem-tra")
    assert "chưa dùng được" in answer.text and "Phải xử lý" in answer.text and "Kết nối lại ở trang Kênh" in answer.text
    assert 'href="/kenh/ket-noi?kenh=facebook"' in answer.text
    assert row(both, "facebook").state == RECONNECT
    assert "Cần kết nối lại" in both.visit(both.lan).get("/kenh").text


def test_a_platform_that_does_not_answer_stops_nothing(desk: Desk) -> None:
    desk.connect("facebook")
    desk.sandbox.fault("facebook", "hang_up", method="GET", times=20)
    answer = desk.visit(desk.quang).post("/kenh/facebook/kiem-tra")
    assert answer.status_code == 200 and "Kiểm tra đường truyền" in answer.text
    assert row(desk, "facebook").state == "connected"


# Slots -------------------------------------------------------------------------------------------------------


def test_slots_are_written_as_people_write_them(both: Desk) -> None:
    channel, quang = both.channel(key="fanpage"), both.visit(both.quang)
    sent = form(quang, "khung-gio") | {"slot0": "19:30, 7h30;11:05", "slot6": "8"}
    answer = quang.post("/kenh/fanpage/khung-gio", sent)
    assert "có 4 khung giờ mỗi tuần" in answer.text
    assert slots_of(both, channel) == {(0, 450), (0, 665), (0, 1170), (6, 480)}
    assert 'value="07:30, 11:05, 19:30"' in answer.text
    assert acts(both) == [
        ("Quang", "fanpage", "Thứ Hai: “” → “07:30, 11:05, 19:30”; Chủ nhật: “” → “08:00”")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("24:00", "“24:00” không phải giờ trong ngày"),
        ("7:60", "“7:60” không phải giờ trong ngày"),
        ("07:30, 7h30", "07:30 ghi hai lần"),
        ("sáng sớm", "“sáng” không phải giờ trong ngày"),
        ("-1:00", "“-1:00” không phải giờ trong ngày"),
        ("٠٧:٣٠", "không phải giờ trong ngày"),
        ("<b>7:30</b>", "&lt;b&gt;7:30&lt;/b&gt;"),
        (", ".join(f"{n:02}:{m:02}" for n in range(13) for m in (0, 30)), "tối đa 24 khung giờ"),
        ("7:30 " * 200, "tối đa 300 ký tự"),
    ],
)
def test_what_is_no_slot_is_refused_beside_its_day_and_nothing_changes(desk: Desk, text: str, told: str) -> None:
    channel, quang = desk.channel(key="fanpage"), desk.visit(desk.quang)
    answer = quang.post("/kenh/fanpage/khung-gio", form(quang, "khung-gio") | {"slot1": "07:30", "slot3": text})
    assert answer.status_code == 422 and told in answer.text
    assert 'id="e-slot3"' in answer.text and 'id="e-slot1"' not in answer.text and 'value="07:30"' in answer.text
    assert slots_of(desk, channel) == set()


def test_slots_that_another_person_changed_meanwhile_are_shown_both_ways(desk: Desk) -> None:
    channel, quang = desk.channel(key="fanpage"), desk.visit(desk.quang)
    mine = form(quang, "khung-gio") | {"slot0": "07:30"}
    quang.post("/kenh/fanpage/khung-gio", form(quang, "khung-gio") | {"slot0": "19:30"})
    answer = quang.post("/kenh/fanpage/khung-gio", mine)
    assert answer.status_code == 409 and "19:30" in answer.text and 'value="07:30"' in answer.text
    assert slots_of(desk, channel) == {(0, 1170)}
    assert quang.post("/kenh/fanpage/khung-gio", mine | {"slot0": "19:30"}).status_code == 200, "it is there already"


def test_who_saves_while_another_person_changes_the_same_is_shown_both_ways(both: Desk) -> None:
    channel, quang = both.channel(key="fanpage"), both.visit(both.quang)
    slots, rules = form(quang, "khung-gio") | {"slot0": "07:30"}, form(quang, "quy-tac") | {"gap": "45"}

    def first(session: Session) -> None:
        found = session.get_one(Channel, channel.id)
        set_slots(session, found, {0: [1170]})
        found.gap_minutes = 90

    answer = while_uncommitted(both.engine, first, lambda: quang.post("/kenh/fanpage/khung-gio", slots))
    assert getattr(answer, "status_code", answer) == 409
    assert slots_of(both, channel) == {(0, 1170)}
    answer = while_uncommitted(both.engine, first, lambda: quang.post("/kenh/fanpage/quy-tac", rules))
    assert getattr(answer, "status_code", answer) == 409
    assert row(both, "fanpage").gap_minutes == 90


# Options, whose it is, on and off ----------------------------------------------------------------------------


def test_options_are_chosen_by_the_platforms_own_words_and_left_open_again(both: Desk) -> None:
    change(both, both.channel("youtube", key="fanpage"), options={"captions_text": "giữ nguyên"})
    quang = both.visit(both.quang)
    sent = form(quang, "tuy-chon")
    assert "o.captions_text" not in sent
    answer = quang.post("/kenh/fanpage/tuy-chon", sent | {"o.made_for_kids": "1", "o.license": "creativeCommon"})
    assert "Đã lưu tùy chọn" in answer.text
    assert row(both, "fanpage").options == {
        "captions_text": "giữ nguyên", "made_for_kids": True, "license": "creativeCommon"
    }  # fmt: skip
    quang.post("/kenh/fanpage/tuy-chon", form(quang, "tuy-chon") | {"o.made_for_kids": ""})
    assert "made_for_kids" not in row(both, "fanpage").options


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"o.license": "của tôi"}, "Hãy chọn “Giấy phép” trong danh sách."),
        ({"o.category_id": "âm nhạc"}, "giá trị này không đúng quy cách"),
        ({"o.playlist_id": "x" * 101}, "giá trị này không đúng quy cách"),
        ({"o.made_for_kids": "có"}, "trong danh sách"),
    ],
)
def test_a_choice_that_the_platform_does_not_take_is_refused_beside_its_field(
    desk: Desk, values: dict[str, str], told: str
) -> None:
    desk.channel("youtube", key="fanpage")
    quang = desk.visit(desk.quang)
    answer = quang.post("/kenh/fanpage/tuy-chon", form(quang, "tuy-chon") | values)
    assert answer.status_code == 422 and told in answer.text
    assert row(desk, "fanpage").options == {}


def test_an_option_that_has_to_be_proved_says_whether_it_is(desk: Desk) -> None:
    channel = desk.channel(key="fanpage")
    assert "cchc channels prove fanpage hidden_first" in desk.visit(desk.lan).get("/kenh/fanpage").text
    desk.prove(channel, "hidden_first")
    text = desk.visit(desk.lan).get("/kenh/fanpage").text
    assert "Đã kiểm chứng" in text and "cchc channels prove" not in text


def test_a_channel_belongs_to_an_agency_of_the_plan_and_to_no_forged_one(desk: Desk) -> None:
    desk.channel(key="fanpage")
    quang = desk.visit(desk.quang)
    assert quang.post("/kenh/fanpage/co-quan", form(quang, "co-quan") | {"agency": "soyte"}).status_code == 422
    quang.post("/kenh/fanpage/co-quan", form(quang, "co-quan") | {"agency": "snv"})
    assert row(desk, "fanpage").agency == "snv"
    assert "Sở Nội vụ" in desk.visit(desk.lan).get("/kenh").text


def test_a_channel_that_is_off_publishes_nothing_and_on_again_it_is_looked_at(both: Desk) -> None:
    channel, quang = both.connect("facebook"), both.visit(both.quang)
    item = both.queue(both.post(platforms=["facebook"]), channel)
    for _ in range(2):
        assert "Đã tắt kênh" in quang.post("/kenh/facebook/tat").text
    both.pass_time(NOW + 2 * HOUR)
    assert both.load(item.id).state == State.SCHEDULED and row(both, "facebook").state == OFF
    assert "Kênh dùng được." in quang.post("/kenh/facebook/bat").text
    both.pass_time(NOW + 3 * HOUR)
    assert both.load(item.id).state == State.PUBLISHED
    assert [words for _, _, words in acts(both)] == ["Tắt kênh", "Bật kênh", "Kiểm tra ngay"]


def test_on_again_with_a_dead_access_says_so(desk: Desk) -> None:
    channel, quang = desk.connect("facebook"), desk.visit(desk.quang)
    change(desk, channel, state=OFF)
    desk.sandbox.fault("facebook", "expired_token", method="GET", times=20)
    assert "Nền tảng chưa cho dùng" in quang.post("/kenh/facebook/bat").text
    assert row(desk, "facebook").state == RECONNECT


# What it costs, and how it looks -----------------------------------------------------------------------------


def test_many_channels_and_publications_cost_no_more_statements_than_one(desk: Desk) -> None:
    costs = []
    for _ in range(2):
        for platform in ("facebook", "zalo", "youtube"):
            channel = desk.channel(platform)
            desk.publication(channel_id=channel.id)
        visitor = desk.visit(desk.charlie)
        with counted(desk.engine) as statements:
            visitor.get("/kenh")
        costs.append(len(statements))
        with counted(desk.engine) as statements:
            visitor.get(f"/kenh/{channel.key}")
        assert len(statements) <= 13, statements
    assert costs[0] == costs[1] <= 11, costs


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_channels(desk: Desk, browser: Browser, width: int) -> None:
    with window(browser, desk, desk.quang, width) as page:
        page.goto("/kenh")
        assert violations(page) == []
        channel = desk.connect("facebook")
        change(desk, channel, name=LONG, agency="vpubnd", state_words="Bài có thể chưa ai nhìn thấy. " * 4)
        desk.channel("youtube", key="cu", name="Kênh cũ", state=RECONNECT, state_words="Mã truy cập đã hết hạn.")
        for path in ("/kenh", "/kenh/cu"):
            page.goto(path)
            assert violations(page) == [], path
        page.goto("/kenh/facebook")
        page.get_by_role("button", name="Kiểm tra ngay").click()
        page.locator("#ket-qua").wait_for()
        assert violations(page) == []
        page.get_by_label("Thứ Hai").fill("25:00")
        page.get_by_role("button", name="Lưu khung giờ").click()
        page.get_by_role("alert").wait_for()
        assert violations(page) == []


def test_a_keyboard_alone_sets_a_slot(desk: Desk, browser: Browser) -> None:
    channel = desk.channel(key="fanpage")
    with window(browser, desk, desk.quang) as page:
        page.goto("/kenh/fanpage")
        page.get_by_label("Thứ Ba").focus()
        page.keyboard.type("16:45")
        page.keyboard.press("Enter")
        page.get_by_role("status").filter(has_text="có 1 khung giờ mỗi tuần").wait_for()
    assert slots_of(desk, channel) == {(1, 1005)}
