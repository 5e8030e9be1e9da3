"""The big button: who may press it, what the form refuses, and what becomes of everything that was held."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from content.tables import OfficeSetting
from scheduler.channels import set_slots
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.pauses import begin, end
from scheduler.tables import Channel, Pause, Publication
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.tables import Delegation, DeskAct

DAY = timedelta(days=1)
LONG = "Công khai kết quả giải quyết thủ tục hành chính quý IV năm 2026 tại Trung tâm Phục vụ hành chính công thành phố"


def pauses(desk: Desk) -> list[Pause]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Pause).order_by(Pause.id)))  # type: ignore[arg-type]  # a column


def held(desk: Desk, number: int = 3) -> tuple[Channel, list[Publication]]:
    """What a pause has held on a channel with two hours a day; it is over."""
    page = desk.connect("facebook")
    with writing(desk.engine) as session:
        set_slots(session, page, {weekday: [450, 690] for weekday in range(7)})
    rows = [desk.queue(desk.post(title=LONG), page, NOW + (one + 1) * HOUR) for one in range(number)]
    made = begin(desk.engine, "thien_tai", now=NOW, by="Hà")
    desk.pass_time(NOW + 5 * HOUR)
    end(desk.engine, made.id or 0, now=desk.clock.now(), by="Hà")
    return page, rows


def test_only_who_may_pause_finds_the_button_and_presses_it(desk: Desk) -> None:
    for name in ("lan", "minh", "tu", "quang", "son", "charlie"):
        visitor = desk.visit(getattr(desk, name))
        assert "/tam-dung" not in visitor.get("/").text, name
        assert visitor.get("/tam-dung").status_code == 403, name
        assert visitor.post("/tam-dung", {"ly_do": "chi_dao"}).status_code == 403, name
        assert visitor.post("/tam-dung/1/ket-thuc").status_code == 403, name
    assert pauses(desk) == []
    assert "Tạm dừng toàn bộ" in desk.visit(desk.ha).get("/").text


def test_a_leader_who_is_away_puts_the_button_into_anothers_hands(desk: Desk) -> None:
    with writing(desk.engine) as session:
        session.add(
            Delegation(
                from_id=desk.ha.id or 0, to_id=desk.minh.id or 0, since=date(2026, 11, 23), until=date(2026, 11, 24),
                created_by="Hà", created_at=NOW,
            )
        )  # fmt: skip
    assert desk.visit(desk.minh).post("/tam-dung", {"ly_do": "chi_dao"}).ok
    assert pauses(desk)[0].started_by == "Minh (thay Hà)"


def test_the_button_stops_everything_and_everybody_reads_why(desk: Desk) -> None:
    page = desk.connect("facebook")
    row = desk.queue(desk.post(), page)
    answer = desk.visit(desk.ha).post("/tam-dung", {"ly_do": "quoc_tang"})
    assert "Đã tạm dừng." in answer.text and answer.url == f"{desk.address}/"
    [one] = pauses(desk)
    assert (one.reason, one.channel_id, one.until, one.started_by) == ("quoc_tang", None, None, "Hà")
    assert one.words.startswith("Dừng đăng trong thời gian Quốc tang")
    banner = desk.visit(desk.charlie).get("/").text
    assert "Đang tạm dừng toàn bộ các kênh." in banner and "Do Hà đặt." in banner
    desk.pass_time(NOW + 2 * HOUR)
    assert (desk.load(row.id).state, desk.sandbox.public("facebook")) == (State.HELD, [])
    assert "Xem 1 mục đang giữ lại" in desk.visit(desk.lan).get("/").text
    with reading(desk.engine) as session:
        acts = session.exec(select(DeskAct)).all()
    assert [(act.actor, act.act) for act in acts] == [("Hà", "paused")] and "Quốc tang" in acts[0].words


def test_the_offices_own_words_stand_for_a_reason(desk: Desk) -> None:
    own = [{"reason": "chi_dao", "words": "Theo ý kiến của Chánh Văn phòng."}]
    with writing(desk.engine) as session:
        session.add(OfficeSetting(name="pauses", data=own, updated_at=NOW))
    visitor = desk.visit(desk.ha)
    assert "Theo ý kiến của Chánh Văn phòng." in visitor.get("/tam-dung").text
    visitor.post("/tam-dung", {"ly_do": "chi_dao"})
    visitor.post("/tam-dung", {"ly_do": "thien_tai", "loi": "  Bão số 12.  "})
    assert [one.words for one in pauses(desk)] == ["Theo ý kiến của Chánh Văn phòng.", "Bão số 12."]


def test_one_channel_and_an_end_can_be_named(desk: Desk) -> None:
    page = desk.channel(name="Fanpage của tỉnh")
    desk.visit(desk.ha).post(
        "/tam-dung", {"ly_do": "su_co_bao_mat", "kenh": page.key, "den_ngay": "2026-11-24", "den_gio": "07:30"}
    )
    [one] = pauses(desk)
    assert (one.channel_id, one.until) == (page.id, NOW + DAY - HOUR / 2)
    assert "Đang tạm dừng Fanpage của tỉnh." in desk.visit(desk.lan).get("/").text


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 422, "Hãy chọn “Lý do tạm dừng”"),
        ({"ly_do": "vui"}, 422, "Hãy chọn “Lý do tạm dừng”"),
        ({"ly_do": "chi_dao", "kenh": "khong-co"}, 422, "Hãy chọn “Kênh”"),
        ({"ly_do": "chi_dao", "loi": "x" * 1001}, 422, "tối đa 1000"),
        ({"ly_do": "chi_dao", "den_ngay": "2026-11-24"}, 422, "phải là giờ và phút"),
        ({"ly_do": "chi_dao", "den_gio": "09:00"}, 422, "Hãy chọn “Kết thúc”"),
        ({"ly_do": "chi_dao", "den_ngay": "2026-11-22", "den_gio": "09:00"}, 409, "đã qua"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused_beside_its_field(
    desk: Desk, fields: dict[str, str], status: int, says: str
) -> None:
    answer = desk.visit(desk.ha).post("/tam-dung", fields)
    assert answer.status_code == status and says in answer.text
    assert pauses(desk) == []


def test_a_double_click_pauses_once(both: Desk) -> None:
    both.channel()
    visitors = [both.visit(both.ha) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda one: one.post("/tam-dung", {"ly_do": "chi_dao"}), visitors))
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    assert len(pauses(both)) == 1


def test_the_end_of_a_pause_leads_to_what_it_held(desk: Desk) -> None:
    visitor = desk.visit(desk.ha)
    visitor.post("/tam-dung", {"ly_do": "chi_dao"})
    desk.publication(state=State.HELD, held_by="paused")
    answer = visitor.post(f"/tam-dung/{pauses(desk)[0].id}/ket-thuc")
    assert answer.url == f"{desk.address}/tam-dung/giu-lai" and "Hãy quyết định" in answer.text
    again = visitor.post(f"/tam-dung/{pauses(desk)[0].id}/ket-thuc")
    assert "đã được Hà kết thúc" in again.text
    for number in (99, 2**70):
        assert "Không có lệnh tạm dừng" in visitor.post(f"/tam-dung/{number}/ket-thuc").text


def test_a_held_item_gets_a_new_time_is_dropped_or_goes_back_to_its_editor(desk: Desk) -> None:
    _, rows = held(desk)
    visitor, back = desk.visit(desk.lan), {"tiep": "/tam-dung/giu-lai"}
    listed = visitor.get("/tam-dung/giu-lai").text
    assert "3 mục đang chờ quyết định." in listed and "Thiên tai, bão lũ" in listed
    visitor.post(f"/muc/{rows[0].id}/doi-gio", {"ngay": "2026-11-24", "gio": "09:00", **back})
    visitor.post(f"/muc/{rows[1].id}/huy", back)
    answer = visitor.post(f"/muc/{rows[2].id}/ve-nhap", back)
    assert "0 mục đang chờ quyết định." in answer.text and "Không có mục nào" in answer.text
    states = [desk.load(row.id).state for row in rows]
    assert states == [State.SCHEDULED, State.CANCELLED, State.CANCELLED]


def test_all_held_items_are_spread_over_free_slots_by_one_button(desk: Desk) -> None:
    _, rows = held(desk)
    for staff in (desk.minh, desk.quang, desk.charlie, desk.tu):
        assert desk.visit(staff).post("/tam-dung/giu-lai/xep-lai").status_code == 403
    answer = desk.visit(desk.ha).post("/tam-dung/giu-lai/xep-lai")
    assert "Đã xếp lại 3 mục" in answer.text
    hours = [desk.load(row.id).due_at for row in rows]
    assert len(set(hours)) == 3 and min(hours) > desk.clock.now()


def test_what_could_not_be_spread_is_told_with_its_reason(desk: Desk) -> None:
    desk.publication(state=State.HELD, held_by="paused", due_at=NOW - HOUR)
    answer = desk.visit(desk.lan).post("/tam-dung/giu-lai/xep-lai")
    assert "Còn 1 mục cần tự quyết định" in answer.text and "không còn khung giờ trống" in answer.text


def test_a_contributor_does_not_see_what_is_held(desk: Desk) -> None:
    assert desk.visit(desk.tu).get("/tam-dung/giu-lai").status_code == 403


def test_the_pages_of_a_pause_ask_the_database_little(desk: Desk) -> None:
    for _ in range(20):
        desk.publication(state=State.HELD, held_by="paused")
    visitor = desk.visit(desk.ha)
    for path in ("/tam-dung", "/tam-dung/giu-lai"):
        with counted(desk.engine) as statements:
            assert visitor.get(path).ok
        assert len(statements) <= 7, (path, statements)


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_pages_of_a_pause(desk: Desk, browser: Browser, width: int) -> None:
    held(desk, 2)
    begin(desk.engine, "chi_dao", "Theo công điện.", now=desk.clock.now(), by="Hà")
    with window(browser, desk, desk.ha, width) as page:
        page.goto("/tam-dung")
        page.locator("summary", has_text="Phạm vi, lời ghi riêng").click()
        assert violations(page) == []
    with window(browser, desk, desk.lan, width) as page:
        page.goto("/tam-dung/giu-lai")
        assert violations(page) == []


def test_a_leader_stops_everything_on_a_phone_in_three_taps(desk: Desk, browser: Browser) -> None:
    with window(browser, desk, desk.ha, 360) as page:
        page.goto("/")
        page.get_by_role("link", name="Tạm dừng toàn bộ").click()
        page.get_by_label("Quốc tang").check()
        page.get_by_role("button", name="Đặt lệnh tạm dừng").click()
        page.get_by_text("Đang tạm dừng toàn bộ các kênh.").wait_for()
    assert len(pauses(desk)) == 1
