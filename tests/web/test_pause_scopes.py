"""Pauses of an agency and of a tag at the desk: set, shown on every page, listed, and decided about by one rule."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from scheduler.lifecycle import State
from scheduler.pauses import begin, end
from scheduler.tables import Pause
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from tests.web.test_pausing import DAY, LONG, held, pauses
from web.tokens import Scope


def made(desk: Desk, reason: str = "quoc_tang", **facts: object) -> Pause:
    return begin(desk.engine, reason, **{"now": NOW, "by": "Hà", **facts})  # type: ignore[arg-type]  # facts of a test


# Setting one ------------------------------------------------------------------------------------------------


def test_one_agency_or_one_tag_is_paused_from_a_later_hour_on(desk: Desk) -> None:
    hours = {"tu_ngay": "2026-11-24", "tu_gio": "07:00", "den_ngay": "2026-11-26", "den_gio": "00:00"}
    ha = desk.visit(desk.ha)
    answer = ha.post("/tam-dung", {"ly_do": "quoc_tang", "nhan": "#tin-vui", **hours})
    assert "Đã đặt lịch tạm dừng bài có nhãn “Tin vui, giải trí”." in answer.text
    ha.post("/tam-dung", {"ly_do": "chi_dao", "co_quan": "snv"})
    one, other = pauses(desk)
    assert (one.tag, one.since, one.until) == ("tin-vui", NOW + DAY - HOUR, NOW + 3 * DAY - 8 * HOUR)
    assert (other.agency, other.until) == ("snv", None)
    front = desk.visit(desk.charlie).get("/").text
    assert (
        "Sắp tạm dừng bài có nhãn “Tin vui, giải trí”." in front and "Đang tạm dừng kênh và bài của Sở Nội vụ." in front
    )


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"kenh": "facebook", "nhan": "tin-vui"}, 422, "chỉ chọn một phạm vi"),
        ({"co_quan": "snv", "nhan": "tin-vui"}, 422, "chỉ chọn một phạm vi"),
        ({"co_quan": "khong-co"}, 422, "Hãy chọn “Cơ quan, đơn vị”"),
        ({"nhan": "<script>alert(1)</script>"}, 409, "không đúng mẫu"),
        ({"nhan": "x" * 61}, 422, "tối đa 60"),
        ({"tu_ngay": "2026-11-20", "tu_gio": "07:00"}, 409, "đã qua"),
        ({"tu_ngay": "2026-11-24"}, 422, "phải là giờ và phút"),
        ({"tu_ngay": "2026-11-25", "tu_gio": "7:00", "den_ngay": "2026-11-24", "den_gio": "7:00"}, 409, "phải sau"),
    ],
)
def test_a_scope_or_a_time_that_makes_no_sense_is_refused(
    desk: Desk, fields: dict[str, str], status: int, says: str
) -> None:
    desk.connect("facebook")
    answer = desk.visit(desk.ha).post("/tam-dung", {"ly_do": "chi_dao", **fields})
    assert (answer.status_code, pauses(desk)) == (status, [])
    assert says in answer.text and "<script>alert" not in answer.text


def test_who_ends_one_of_several_pauses_is_told_what_still_holds(desk: Desk) -> None:
    first = made(desk)
    made(desk, "thien_tai", tag="tin-vui")
    answer = desk.visit(desk.ha).post(f"/tam-dung/{first.id}/ket-thuc")
    assert "Vẫn còn lệnh khác có hiệu lực: Tạm dừng bài có nhãn “Tin vui, giải trí”" in answer.text


# Shown everywhere -------------------------------------------------------------------------------------------


def test_every_page_says_that_something_is_paused_and_none_does_afterwards(desk: Desk) -> None:
    one = made(desk, until=NOW + DAY)
    made(desk, "chi_dao", tag="tin-vui")
    words = "Đang tạm dừng toàn bộ các kênh (quốc tang) đến 08:00 ngày 24/11/2026."
    for staff in (desk.lan, desk.minh, desk.ha, desk.tu, desk.quang, desk.son, desk.charlie):
        for path in ("/thu-vien", "/tai-khoan"):
            text = desk.visit(staff).get(path).text
            assert words in text and "Và 1 lệnh khác." in text, (staff.name, path)
    assert 'href="/tam-dung"' in desk.visit(desk.ha).get("/thu-vien").text
    assert "/tam-dung" not in desk.visit(desk.tu).get("/thu-vien").text, "a contributor may not read the list"
    for number in (one.id, (one.id or 0) + 1):
        end(desk.engine, number or 0, now=NOW, by="Hà")
    assert "paused-strip" not in desk.visit(desk.lan).get("/thu-vien").text


def test_a_page_asks_nothing_more_while_nothing_is_paused(desk: Desk) -> None:
    lan = desk.visit(desk.lan)
    made(desk, since=NOW + HOUR)  # not yet
    with counted(desk.engine) as statements:
        lan.get("/tai-khoan")
    assert not [one for one in statements if one.startswith("SELECT pause.")]


def test_all_pauses_past_and_present_are_listed_for_whoever_reads(desk: Desk) -> None:
    first = made(desk, words="Theo công điện <b>số 1</b>.")
    end(desk.engine, first.id or 0, now=NOW + HOUR, by="Minh")
    taken_back = made(desk, "su_co_bao_mat", since=NOW + 9 * HOUR)
    end(desk.engine, taken_back.id or 0, now=NOW + HOUR, by="Hà")
    made(desk, "thien_tai", until=NOW + HOUR)
    made(desk, "chi_dao", agency="snv")
    made(desk, "chi_dao", tag="cuoc-thi", since=NOW + DAY)
    desk.clock.set(NOW + 2 * HOUR)
    text = desk.visit(desk.charlie).get("/tam-dung/tat-ca").text
    rows = text.partition("<tbody>")[2].split("</tr>")[:-1]
    told = [("Đang tạm dừng" in row, "Sắp tạm dừng" in row, "Đã kết thúc" in row, "Đã rút" in row) for row in rows[:5]]
    assert told == [
        (False, True, False, False),
        (True, False, False, False),
        (False, False, True, False),
        (False, False, False, True),
        (False, False, True, False),
    ]
    assert "Minh" in rows[4] and "&lt;b&gt;" in rows[4] and "Kênh và bài của Sở Nội vụ" in rows[1]
    assert desk.visit(desk.tu).get("/tam-dung/tat-ca").status_code == 403


def test_a_long_list_of_pauses_has_pages(desk: Desk) -> None:
    for number in range(52):
        made(desk, "chi_dao", tag=f"nhan-{number}")
    charlie = desk.visit(desk.charlie)
    assert "/tam-dung/tat-ca?truoc=3" in charlie.get("/tam-dung/tat-ca").text
    older = charlie.get("/tam-dung/tat-ca?truoc=3").text
    assert "nhan-0”" in older and "nhan-2”" not in older
    for nonsense in ("0", "-1", "abc", "9" * 30):
        assert "nhan-51”" in charlie.get("/tam-dung/tat-ca", params={"truoc": nonsense}).text


def test_the_calendar_draws_pauses_and_the_rules_of_days(desk: Desk) -> None:
    page = desk.channel(name="Fanpage của tỉnh")
    made(desk, since=NOW + DAY, until=NOW + 3 * DAY)
    made(desk, "chi_dao", channel_key=page.key, since=NOW + DAY, until=NOW + DAY + HOUR)
    charlie = desk.visit(desk.charlie)
    for path in ("/lich?thang=2026-11", "/lich?tuan=2026-W48", "/lich?thang=2026-11&xem=danh-sach"):
        text = charlie.get(path).text
        for words in (
            "Tạm dừng: quốc tang, từ 08:00", "Tạm dừng: quốc tang<", "Tạm dừng: quốc tang, đến 08:00",
            "Tạm dừng Fanpage của tỉnh: theo chỉ đạo, 08:00-09:00",
        ):  # fmt: skip
            assert words in text, (path, words)
    assert "Tạm dừng: quốc tang" in charlie.get("/lich?ngay=2026-11-25").text
    assert "Tạm dừng" not in charlie.get("/lich?ngay=2026-11-23").text.partition('id="lich"')[2]
    assert "Mỗi kênh nhiều nhất 1 bài; không đăng thông báo hành chính." in charlie.get("/lich?ngay=2027-02-06").text
    other = desk.channel("zalo", name="Zalo")
    assert "Fanpage của tỉnh: theo" not in charlie.get(f"/lich?thang=2026-11&kenh={other.key}").text


# Deciding about all that was held ---------------------------------------------------------------------------


def test_one_rule_decides_about_what_one_pause_held(desk: Desk) -> None:
    _, rows = held(desk)
    extra = desk.publication(state=State.HELD, held_by="paused", due_at=NOW, details={"pause": 77})
    lan = desk.visit(desk.lan)
    page = lan.get("/tam-dung/giu-lai?lenh=1").text
    assert "Quyết định cho 3 mục của lệnh số 1" in page
    answer = lan.post("/tam-dung/giu-lai/quyet-dinh", {"cach": "bo-qua", "lenh": "1", "ly_do": "Hết thời sự."})
    assert "Đã bỏ qua 3 mục." in answer.text
    assert [desk.load(row.id).state for row in (*rows, extra)] == [State.CANCELLED] * 3 + [State.HELD]
    answer = lan.post("/tam-dung/giu-lai/quyet-dinh", {"cach": "ve-nhap"})
    assert "Đã chuyển 1 bài về nháp." in answer.text and desk.load(extra.id).state == State.CANCELLED


@pytest.mark.parametrize(
    ("who", "rule", "status"),
    [
        *((name, "bo-qua", 403) for name in ("minh", "quang", "charlie", "tu")),
        *(("ha", rule, 422) for rule in ("bo-qua", "ve-nhap")),  # a leader may only give new hours
        *(("lan", rule, 422) for rule in ("", "dang-het", "<script>")),
    ],
)
def test_who_may_not_decide_for_all_changes_nothing(desk: Desk, who: str, rule: str, status: int) -> None:
    _, rows = held(desk, 1)
    answer = desk.visit(getattr(desk, who)).post("/tam-dung/giu-lai/quyet-dinh", {"cach": rule})
    assert answer.status_code == status
    assert desk.load(rows[0].id).state == State.HELD


@pytest.mark.parametrize("number", ["0", "-1", "abc", "9" * 30])
def test_a_forged_number_of_a_pause_decides_about_nothing(desk: Desk, number: str) -> None:
    _, rows = held(desk, 1)
    lan = desk.visit(desk.lan)
    assert lan.get("/tam-dung/giu-lai", params={"lenh": number}).ok
    assert lan.post("/tam-dung/giu-lai/quyet-dinh", {"cach": "bo-qua", "lenh": number}).ok
    assert desk.load(rows[0].id).state == State.HELD


def test_what_a_pause_that_still_stands_covers_has_no_button_to_send_it(desk: Desk) -> None:
    page = desk.connect("facebook")
    rows = [desk.queue(desk.post(tags=tags), page, NOW + HOUR) for tags in (["tin-vui"], [])]
    everything = made(desk)
    made(desk, "chi_dao", tag="tin-vui")
    desk.pass_time(NOW + 2 * HOUR)
    end(desk.engine, everything.id or 0, now=desk.clock.now(), by="Hà")
    text = desk.visit(desk.lan).get("/tam-dung/giu-lai").text
    assert f"/muc/{rows[0].id}/tiep-tuc" not in text and f"/muc/{rows[1].id}/tiep-tuc" in text


def test_who_schedules_a_notice_on_a_day_off_at_the_desk_is_warned(desk: Desk) -> None:
    page = desk.connect("facebook")
    post = desk.post(tags=["thong-bao"])
    lan = desk.visit(desk.lan)
    answer = lan.post("/lich/khung-gio", {"kenh": page.key, "ngay": "2027-01-01", "gio": "07:30", "bai": post.key})
    assert "Lưu ý: Ngày 01/01/2027 là Tết Dương lịch, không nên đăng thông báo hành chính" in answer.text
    row = desk.queue(desk.post(tags=["thong-bao"]), page, NOW + HOUR)
    answer = lan.post(f"/muc/{row.id}/doi-gio", {"ngay": "2027-02-06", "gio": "09:00", "tiep": "/lich"})
    assert "Lưu ý: Ngày 06/02/2027 là Tết Nguyên đán (mùng 1)" in answer.text
    assert desk.load(row.id).due_at == NOW.replace(year=2027, month=2, day=6, hour=2)


# Programs, what it costs, how it looks ----------------------------------------------------------------------


def test_a_program_pauses_an_agency_or_a_tag(desk: Desk) -> None:
    from tests.web.test_api import program

    ha = program(desk, desk.ha, Scope.READ, Scope.PAUSE)
    made = ha.post("/pauses", {"reason": "quoc_tang", "tag": "tin-vui"}).json()
    assert (made["tag"], made["agency"], made["channel"]) == ("tin-vui", "", "")
    assert ha.post("/pauses", {"reason": "quoc_tang", "agency": "snv"}).status_code == 201
    for wrong in ({"tag": "Tin Vui"}, {"agency": "khong-co"}, {"agency": "snv", "tag": "tin-vui"}):
        assert ha.post("/pauses", {"reason": "chi_dao", **wrong}).status_code == 409, wrong
    assert [(one["tag"], one["agency"]) for one in ha.get("/pauses")["items"]] == [("tin-vui", ""), ("", "snv")]


def test_the_pages_of_pauses_ask_the_database_little(desk: Desk) -> None:
    for number in range(20):
        one = made(desk, "chi_dao", tag=f"nhan-{number}")
        desk.publication(state=State.HELD, held_by="paused", details={"pause": one.id})
    made(desk, "chi_dao", agency="snv")
    visitor = desk.visit(desk.ha)
    for path in ("/tam-dung", "/tam-dung/giu-lai", "/tam-dung/tat-ca"):
        with counted(desk.engine) as statements:
            assert visitor.get(path).ok
        assert len(statements) <= 11, (path, statements)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_list_the_strip_and_the_calendar(
    desk: Desk, browser: Browser, width: int
) -> None:
    page, _ = held(desk, 2)
    now = desk.clock.now()
    begin(desk.engine, "chi_dao", f"{LONG}. {LONG}.", agency="snv", now=now, by="Hà", until=now + timedelta(days=5))
    begin(desk.engine, "quoc_tang", channel_key=page.key, now=now, by="Hà")
    with window(browser, desk, desk.lan, width) as opened:
        for path in ("/tam-dung/tat-ca", "/tam-dung/giu-lai", "/thu-vien", "/lich", "/lich?tuan=2026-W48", "/kenh"):
            opened.goto(path)
            assert violations(opened) == [], path
