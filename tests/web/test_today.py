"""The front page: what each person finds on it, and how little it asks the database."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from content.tables import Editorial, OfficeSetting, Post, Suggestion
from scheduler.channels import set_slots
from scheduler.db import writing
from scheduler.lifecycle import Event, State
from scheduler.pauses import begin
from scheduler.tables import Channel, Credential, Heartbeat
from tests.conftest import LAN, NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.roles import Role

DAY = timedelta(days=1)
LONG = "Công khai kết quả giải quyết thủ tục hành chính quý IV năm 2026 tại Trung tâm Phục vụ hành chính công thành phố"


def beat(desk: Desk) -> None:
    with writing(desk.engine) as session:
        session.add(Heartbeat(owner="a", started_at=NOW - DAY, at=NOW))


def ends(desk: Desk, channel: Channel, at: Any) -> None:
    with writing(desk.engine) as session:
        session.add(Credential(channel_id=channel.id or 0, secret=b"x", expires_at=at, updated_at=NOW))


def suggest(desk: Desk, number: int) -> None:
    with writing(desk.engine) as session:
        for one in range(number):
            session.add(
                Suggestion(dedupe_key=f"k{one}", title="Tin", categories=[], notes=[], seen_at=NOW, updated_at=NOW)
            )


def submitted(desk: Desk, by: str, **facts: Any) -> Post:
    from content.editorial import record

    post = desk.post(state=Editorial.SUBMITTED, **facts)
    with writing(desk.engine) as session:
        record(session, post, "submitted", by, NOW)
    return post


def returned(desk: Desk, author: str, why: str, **facts: Any) -> Post:
    from content.editorial import record

    post = desk.post(state=Editorial.RETURNED, author=author, **facts)
    with writing(desk.engine) as session:
        record(session, post, "returned", "Minh", NOW, why)
    return post


def furnish(desk: Desk) -> list[Channel]:
    """A day in an office where much is going on."""
    beat(desk)
    page = desk.channel("facebook", key="fanpage", name="Trang Cải cách hành chính thành phố Huế")
    oa = desk.channel("zalo", key="zalo-oa", name="Zalo OA Cải cách hành chính")
    video = desk.channel(
        "youtube", key="youtube", name="Kênh YouTube CCHC", state="reconnect",
        state_words="Mã truy cập đã bị thu hồi; hãy kết nối lại.",
    )  # fmt: skip
    ends(desk, page, NOW + 2 * DAY)
    for hours, state in enumerate(
        (State.PUBLISHED, State.SCHEDULED, State.READY, State.SCHEDULED, State.SCHEDULED), -1
    ):
        post = desk.post(title=LONG if hours % 2 else f"Bảy bước nộp hồ sơ trực tuyến, phần {hours + 2}")
        desk.publication(
            post_id=post.id, channel_id=(page, oa)[hours % 2].id, due_at=NOW + hours * HOUR + 30 * HOUR / 60,
            state=state, permalink="https://example.vn/1" if state == State.PUBLISHED else "",
        )  # fmt: skip
    desk.publication(post_id=desk.post(title="Giấy hẹn").id, channel_id=page.id, due_at=NOW + 3 * DAY)
    desk.publication(
        post_id=desk.post(title=LONG).id, channel_id=video.id, due_at=NOW - 2 * HOUR, state=State.NEEDS_PERSON,
        problem="Đã gửi nhiều lần nhưng bài không xuất hiện trên kênh; cần người xem.",
    )  # fmt: skip
    desk.publication(
        post_id=desk.post(title="Một cửa liên thông").id, channel_id=page.id, due_at=NOW - DAY, state=State.FAILED,
        problem="Nền tảng từ chối ảnh vì quá lớn.",
    )  # fmt: skip
    desk.publication(
        post_id=desk.post(title="Đối thoại trực tuyến", state=Editorial.DRAFT).id, channel_id=oa.id,
        due_at=NOW + 5 * HOUR, state=State.HELD, held_by=Event.APPROVAL_LOST, problem="Chờ duyệt.",
    )  # fmt: skip
    submitted(desk, LAN, title="Kết quả Chỉ số CCHC năm 2025", author=LAN)
    returned(desk, LAN, "Thiếu nguồn số liệu ở đoạn hai.", title="Tập huấn chữ ký số cho cán bộ phường, xã")
    suggest(desk, 3)
    return [page, oa, video]


def everybody(desk: Desk) -> Any:
    """Somebody who may do nearly everything, so that the page reads everything it ever reads."""
    roles = (Role.EDITOR, Role.APPROVER_2, Role.CHANNEL_ADMIN, Role.SYSTEM_ADMIN)
    return desk.person("tat-ca", "Tất Cả", *roles)


def text_of(desk: Desk, staff: Any) -> str:
    answer = desk.visit(staff).get("/")
    assert answer.status_code == 200
    return answer.text


def test_the_next_three_come_first_and_the_rest_of_the_day_by_channel(desk: Desk) -> None:
    furnish(desk)
    page = text_of(desk, desk.lan)
    upcoming, rest = page.split('id="can-ban"')[0], page.split('id="trong-ngay"')[1].split("</section>")[0]
    assert [one in upcoming for one in ("08:30", "09:30", "10:30", "11:30")] == [True, True, True, False]
    assert "07:30" in rest and "11:30" in rest and "09:30" not in rest
    assert page.index('id="sap-dang"') < page.index('id="can-ban"') < page.index('id="cac-kenh"')


def test_an_editor_finds_what_the_queue_needs_and_what_came_back(desk: Desk) -> None:
    furnish(desk)
    page = text_of(desk, desk.lan)
    for words in (
        "3 mục trong hàng chờ cần người xử lý", "cần người xem", "quá lớn", "Chờ duyệt", "/ket-luan?tiep=/",
        "1 bài được trả lại", "Thiếu nguồn số liệu ở đoạn hai.", "3 đề xuất mới", "2 kênh còn ngày trống",
    ):  # fmt: skip
        assert words in page, words
    assert "chờ bạn duyệt" not in page and "/tam-dung" not in page


def test_an_approver_finds_what_they_may_decide_about_and_never_their_own(desk: Desk) -> None:
    furnish(desk)
    submitted(desk, "Minh", title="Bài do Minh trình", author="Minh")
    page = text_of(desk, desk.minh)
    assert (
        "1 bài chờ bạn duyệt" in page
        and "Lan trình lúc 08:00 ngày 23/11/2026." in page
        and "Kết quả Chỉ số CCHC năm 2025" in page
    )
    assert "Bài do Minh trình" not in page
    for foreign in ("cần người xử lý", "đề xuất mới", "ngày trống", "được trả lại"):
        assert foreign not in page.split('id="trong-ngay"')[0], foreign


def test_a_sensitive_post_waits_for_another_person_of_the_second_level(desk: Desk) -> None:
    from content.editorial import record

    post = submitted(desk, LAN, title="Phát biểu của lãnh đạo", sensitive=True)
    with writing(desk.engine) as session:
        record(session, post, "endorsed", "Minh", NOW)
    assert "chờ bạn duyệt" not in text_of(desk, desk.minh)
    assert "1 bài chờ bạn duyệt" in text_of(desk, desk.ha)


def test_a_channel_admin_finds_channels_that_stand_still_and_what_dies_before_a_publication(desk: Desk) -> None:
    furnish(desk)
    page = text_of(desk, desk.quang)
    assert "Kênh YouTube CCHC: cần kết nối lại" in page
    assert (
        "hết hạn lúc 08:00 ngày 25/11/2026; sau đó còn 1 mục trong hàng chờ, mục đầu tiên lúc 08:00 ngày 26/11" in page
    )
    assert "cần người xử lý" not in page


def test_an_access_that_renews_itself_is_no_alarm(desk: Desk) -> None:
    beat(desk)
    ends(desk, desk.channel("youtube"), NOW + HOUR)
    assert "hết hạn" not in text_of(desk, desk.quang)


def test_a_viewer_finds_the_day_and_nothing_to_do(desk: Desk) -> None:
    furnish(desk)
    page = text_of(desk, desk.charlie)
    assert "Không có việc gì đang chờ bạn." in page and "08:30" in page


def test_what_failed_long_ago_is_history_and_no_task(desk: Desk) -> None:
    beat(desk)
    desk.publication(state=State.FAILED, due_at=NOW - 15 * DAY)
    desk.publication(state=State.NEEDS_PERSON, due_at=NOW - 60 * DAY)
    assert "1 mục trong hàng chờ cần người xử lý" in text_of(desk, desk.lan)


def test_a_clock_that_does_not_run_is_the_first_thing_one_reads(desk: Desk) -> None:
    assert "Dịch vụ đăng bài không chạy" in text_of(desk, desk.charlie)
    beat(desk)
    assert "không chạy nên" not in text_of(desk, desk.charlie)
    desk.clock.set(NOW + HOUR)
    assert "Dịch vụ đăng bài không chạy từ 08:00 ngày 23/11/2026" in text_of(desk, desk.charlie)


def test_while_everything_is_paused_the_button_ends_the_pause_instead_of_beginning_one(desk: Desk) -> None:
    beat(desk)
    button = '<a class="button danger" href="/tam-dung">'
    assert button in desk.visit(desk.ha).get("/").text
    begin(desk.engine, "thien_tai", "", now=NOW, by="Hà")
    page = desk.visit(desk.ha).get("/").text
    assert button not in page and '<a class="button" href="/tam-dung">' in page


def test_a_returned_post_that_came_from_a_file_waits_for_the_editors(desk: Desk) -> None:
    beat(desk)
    returned(desk, "", "Bổ sung số điện thoại.", title="Bài nạp từ tệp")
    assert "Bổ sung số điện thoại." in desk.visit(desk.lan).get("/").text
    assert "Bài nạp từ tệp" not in desk.visit(desk.minh).get("/").text


def test_a_channel_has_the_same_mark_here_as_in_the_calendar_also_where_days_are_empty(desk: Desk) -> None:
    beat(desk)
    for platform in ("facebook", "zalo"):
        channel = desk.channel(key=platform, platform=platform, name="UBND thành phố Huế")
        with writing(desk.engine) as session:
            set_slots(session, channel, {weekday: [7 * 60] for weekday in range(7)})
    lan = desk.visit(desk.lan)
    lacks = lan.get("/").text.split("còn ngày trống")[1].split("</section>")[0]
    for label, mark in (("Facebook", "FB"), ("Zalo OA", "ZA")):
        assert f'title="{label}" aria-hidden="true">{mark}</abbr>' in lacks
        assert f">{mark}</abbr>" in lan.get("/lich").text


def test_an_empty_day_is_told_with_its_holiday_and_only_on_weekdays_the_channel_has(desk: Desk) -> None:
    beat(desk)
    channel = desk.channel(name="Kênh chỉ đăng thứ Ba")
    with writing(desk.engine) as session:
        set_slots(session, channel, {1: [450]})
        session.add(
            OfficeSetting(name="holidays", data=[{"on": "2026-11-24", "name": "Ngày Văn hóa Việt Nam"}], updated_at=NOW)
        )
    page = text_of(desk, desk.lan)
    assert "Chưa có bài: T3 24/11 (Ngày Văn hóa Việt Nam)." in page
    desk.publication(channel_id=channel.id, due_at=NOW + DAY)
    assert "ngày trống" not in text_of(desk, desk.lan)


def test_a_new_office_is_told_what_to_do_first(desk: Desk) -> None:
    page = text_of(desk, desk.lan)
    assert "chưa có bài nào sắp đăng" in page and "Chưa có kênh nào" in page


def test_a_contributor_sees_their_own_and_what_became_of_it_and_nothing_else(desk: Desk) -> None:
    furnish(desk)
    page = desk.channel(name="Kênh của tỉnh")
    out = desk.post(title="Bài của Sở Nội vụ", agency="snv")
    desk.publication(
        post_id=out.id, channel_id=page.id, state=State.PUBLISHED, permalink="https://example.vn/2", due_at=NOW - HOUR
    )
    returned(desk, "Tú", "Sửa tiêu đề.", title="Bài của Tú")
    text = text_of(desk, desk.tu)
    for words in (
        "Bài của Sở Nội vụ",
        "https://example.vn/2",
        "Đã đăng",
        "Bài của Tú",
        "Sửa tiêu đề.",
        "Kênh của tỉnh",
    ):
        assert words in text, words
    for foreign in ("Giấy hẹn", "Một cửa liên thông", "cần người xử lý", "hết hạn", "đề xuất"):
        assert foreign not in text, foreign


def test_a_contributor_without_posts_is_told_how_to_begin(desk: Desk) -> None:
    assert "Hãy soạn bài đầu tiên" in text_of(desk, desk.tu)


def test_a_script_in_a_title_or_a_reason_stays_text(desk: Desk) -> None:
    beat(desk)
    bad = "<script>alert(1)</script>{x}"
    desk.publication(post_id=desk.post(title=bad).id, due_at=NOW + HOUR)
    desk.publication(post_id=desk.post(title=bad).id, due_at=NOW - HOUR, state=State.FAILED, problem=bad)
    returned(desk, LAN, bad, title=bad)
    page = text_of(desk, desk.lan)
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;{x}" in page


def test_the_page_asks_the_database_fewer_than_fifteen_times_whoever_looks(desk: Desk) -> None:
    furnish(desk)
    begin(desk.engine, "chi_dao", now=NOW, by="Hà", until=NOW + HOUR)
    for staff in (everybody(desk), desk.lan, desk.tu):
        visitor = desk.visit(staff)
        with counted(desk.engine) as statements:
            assert visitor.get("/").ok
        assert len(statements) < 15, (staff.login, len(statements), statements)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_a_full_day(desk: Desk, browser: Browser, width: int, scheme: str) -> None:
    furnish(desk)
    begin(desk.engine, "chi_dao", "Theo công điện của Thủ tướng Chính phủ.", now=NOW, by="Hà", until=NOW + HOUR)
    with window(browser, desk, everybody(desk), width, color_scheme=scheme) as page:
        page.goto("/")
        assert violations(page) == []
    with window(browser, desk, desk.tu, width, color_scheme=scheme) as page:
        page.goto("/")
        assert violations(page) == []
