"""The autopilot's pages: what it decided and why, what it will decide, and a person's word in it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser
from sqlmodel import col, select

from content.vietnamese import LOCAL, local_day
from scheduler.calendar_tables import Choice
from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.web.browser import WIDTHS, violations, window
from tests.web.calendar_case import A_DAY, library, page_of
from tests.web.desk import Desk, Visitor, counted

TOMORROW = "2026-11-24"


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """The coming days are filled."""
    library(desk)
    page_of(desk)
    desk.service.fill_days(local_day(NOW) + A_DAY, 2)
    return desk


def items(desk: Desk) -> list[Publication]:
    with reading(desk.engine) as session:
        statement = select(Publication).where(Publication.origin == "autopilot")
        return list(session.exec(statement.order_by(col(Publication.due_at), col(Publication.id))))


def standing(desk: Desk) -> list[Publication]:
    return [one for one in items(desk) if one.state != State.CANCELLED]


def wishes(desk: Desk) -> list[Choice]:
    with reading(desk.engine) as session:
        return list(session.exec(select(Choice).where(col(Choice.ended_at).is_(None)).order_by(col(Choice.id))))


def test_every_decision_of_the_coming_days_is_shown_with_its_sentence(filled: Desk) -> None:
    answer = filled.visit(filled.charlie).get("/tu-dong")
    assert answer.status_code == 200
    rows = items(filled)
    assert len(rows) == 4
    for row in rows:
        assert row.reason and row.reason[:40] in answer.text and f'href="/muc/{row.id}"' in answer.text
    assert "Thứ Ba, 24/11/2026" in answer.text
    assert "Đổi bài khác" not in answer.text, "who only reads has no buttons"


def test_what_comes_next_is_told_as_planned_with_empty_slots_and_what_is_missing(filled: Desk) -> None:
    answer = filled.visit(filled.lan).get("/tu-dong/du-kien")
    assert answer.status_code == 200 and "Chưa mục nào ở đây vào hàng chờ" in answer.text
    assert "27/11/2026" in answer.text and "Chọn vì" in answer.text
    assert len(items(filled)) == 4, "looking writes nothing"


def test_an_empty_library_says_what_is_missing(desk: Desk) -> None:
    page_of(desk)
    answer = desk.visit(desk.lan).get("/tu-dong/du-kien")
    assert "Kế hoạch cần mà chưa đáp ứng được" in answer.text and "thư viện chưa có bài đã duyệt" in answer.text
    assert "Khung giờ trống" in answer.text


def test_an_office_without_channels_is_told_the_first_step(desk: Desk) -> None:
    assert 'href="/kenh"' in desk.visit(desk.lan).get("/tu-dong").text


def test_running_it_now_fills_the_coming_days_and_again_adds_nothing(desk: Desk) -> None:
    library(desk)
    page_of(desk)
    lan = desk.visit(desk.lan)
    assert "Xếp 4 bài" in lan.post("/tu-dong/xep").text
    assert "Xếp 0 bài" in lan.post("/tu-dong/xep").text
    assert len(items(desk)) == 4


def test_an_item_is_kept_by_a_pin_that_can_be_taken_back(filled: Desk) -> None:
    lan, row = filled.visit(filled.lan), items(filled)[0]
    assert "Đã ghim" in lan.post(f"/tu-dong/muc/{row.id}/ghim").text
    assert "Đã ghim" in lan.get("/tu-dong").text
    [wish] = wishes(filled)
    assert (wish.kind, wish.post_id, wish.since, wish.until) == (
        "pin",
        row.post_id,
        local_day(row.due_at),
        local_day(row.due_at),
    )
    assert "Lan" in lan.get("/tu-dong/y-kien").text
    lan.post(f"/tu-dong/y-kien/{wish.id}/bo")
    assert wishes(filled) == []


def test_another_post_is_chosen_among_the_offers_each_with_its_sentence(filled: Desk) -> None:
    lan, row = filled.visit(filled.lan), items(filled)[0]
    page = lan.get(f"/tu-dong/muc/{row.id}/doi").text
    offered = re.findall(r'name="bai" value="([^"]+)"', page)
    assert len(offered) >= 3 and page.count("Chọn vì") > len(offered) - 1
    answer = lan.post(f"/tu-dong/muc/{row.id}/doi", {"bai": offered[1]})
    assert answer.status_code == 200 and "Đã đổi" in answer.text
    with reading(filled.engine) as session:
        every = session.exec(select(Publication).where(Publication.state != State.CANCELLED)).all()
    [there] = [one for one in every if one.due_at == row.due_at]
    assert there.post_id != row.post_id and "Lan đổi bài" in there.reason
    assert len(every) == 4, "one for one"


def test_a_form_that_shows_another_hour_than_the_item_has_now_changes_nothing(filled: Desk) -> None:
    lan, row = filled.visit(filled.lan), items(filled)[0]
    for verb, sent in (("doi", {"bai": "thu-vien-30"}), ("loai", {"ly_do": "x"})):
        for seen in ((row.due_at + A_DAY).isoformat(), "hôm qua", "2026-11-24T07:30"):
            answer = lan.post(f"/tu-dong/muc/{row.id}/{verb}", {**sent, "cu": seen})
            assert answer.status_code == 422 and "tải lại trang" in answer.text
    assert len(standing(filled)) == 4 and wishes(filled) == []


def test_a_post_that_breaks_a_rule_is_not_taken_in_exchange(filled: Desk) -> None:
    lan, (row, *_) = filled.visit(filled.lan), items(filled)
    draft = filled.post(key="nhap", state="draft")
    for key in (draft.key, "khong-co", "", "x" * 400, "<script>"):
        answer = lan.post(f"/tu-dong/muc/{row.id}/doi", {"bai": key})
        assert answer.status_code in (404, 422), key
    assert [one.id for one in standing(filled)] == [one.id for one in items(filled)]


def test_a_refused_post_leaves_the_queue_and_is_not_chosen_again_before_its_day(filled: Desk) -> None:
    lan, row = filled.visit(filled.lan), items(filled)[0]
    missing = lan.post(f"/tu-dong/muc/{row.id}/loai", {"den": "2026-12-31", "ly_do": ""})
    assert missing.status_code == 422 and 'href="#f-ly_do"' in missing.text
    told = lan.post(f"/tu-dong/muc/{row.id}/loai", {"den": "2026-12-31", "ly_do": "Số liệu cũ"})
    assert told.status_code == 200 and "Đã bỏ" in told.text
    assert row.id not in {one.id for one in standing(filled)}
    [wish] = wishes(filled)
    assert (wish.kind, wish.reason, str(wish.until)) == ("veto", "Số liệu cũ", "2026-12-31")
    lan.post("/tu-dong/xep")
    assert row.post_id not in {one.post_id for one in standing(filled)}


def test_a_post_is_pinned_for_a_day_from_a_search_and_gets_its_slot(desk: Desk) -> None:
    library(desk)
    channel = page_of(desk)
    lan = desk.visit(desk.lan)
    found = lan.get("/tu-dong/ghim?tim=trang+giả+mạo").text
    assert "Nhận ra trang giả mạo" in found and "Bảy nhóm nhiệm vụ" not in found
    key = re.findall(r"/tu-dong/ghim\?bai=([^\"]+)", found)[0]
    assert f'value="{TOMORROW}"' in lan.get(f"/tu-dong/ghim?bai={key}").text, "today is filled already"
    assert lan.get(f"/tu-dong/ghim?bai={key}&kenh={channel.key}&ngay=2026-11-25").status_code == 200
    sent = {"bai": key, "kenh": channel.key, "tu": "2026-11-25", "den": "", "ly_do": "Đúng dịp"}
    assert lan.post("/tu-dong/ghim", sent).status_code == 200
    lan.post("/tu-dong/xep")
    [row] = [one for one in standing(desk) if "Đúng dịp" in one.reason]
    assert row.due_at.astimezone(LOCAL).date().isoformat() == "2026-11-25"


def test_a_veto_by_hand_keeps_a_post_out(desk: Desk) -> None:
    posts = library(desk, 2)
    page_of(desk)
    lan = desk.visit(desk.lan)
    sent = {"bai": posts[0].key, "kenh": "", "tu": "2026-11-23", "den": "", "ly_do": "Chờ số liệu mới"}
    assert lan.post("/tu-dong/loai", sent).status_code == 200
    lan.post("/tu-dong/xep")
    assert {one.post_id for one in standing(desk)} == {posts[1].id}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/tu-dong/ghim", {"bai": "thu-vien-1", "kenh": "khong-co", "tu": TOMORROW}),
        ("/tu-dong/ghim", {"bai": "thu-vien-1", "kenh": "fanpage", "tu": "31/02/2026"}),
        ("/tu-dong/ghim", {"bai": "thu-vien-1", "kenh": "fanpage", "tu": "2026-11-30", "den": TOMORROW}),
        ("/tu-dong/ghim", {"bai": "thu-vien-1", "kenh": "fanpage", "tu": "2026-01-01"}),
        ("/tu-dong/ghim", {"bai": "thu-vien-1", "kenh": "fanpage", "tu": TOMORROW, "ly_do": "x" * 600}),
        ("/tu-dong/loai", {"bai": "thu-vien-1", "kenh": "", "tu": TOMORROW, "ly_do": ""}),
        ("/tu-dong/loai", {"bai": "thu-vien-1", "kenh": "", "tu": TOMORROW, "den": "2026-11-01", "ly_do": "a"}),
        ("/tu-dong/ghim", {"bai": "khong-co", "kenh": "fanpage", "tu": TOMORROW}),
        ("/tu-dong/ghim", {"bai": "a\x00b", "kenh": "fanpage", "tu": TOMORROW}),
        ("/tu-dong/muc/999999/ghim", {}),
        ("/tu-dong/muc/99999999999999999999/ghim", {}),
        ("/tu-dong/muc/0/doi", {"bai": "thu-vien-1"}),
        ("/tu-dong/y-kien/999/bo", {}),
        ("/tu-dong/y-kien/99999999999999999999/bo", {}),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(filled: Desk, path: str, sent: dict[str, str]) -> None:
    before = [(one.id, one.state) for one in items(filled)]
    answer = filled.visit(filled.lan).post(path, sent)
    assert answer.status_code in (200, 404, 422), answer.status_code
    assert "500" not in str(answer.status_code)
    assert wishes(filled) == [] and [(one.id, one.state) for one in items(filled)] == before


VERBS = ("/tu-dong/xep", "/tu-dong/ghim", "/tu-dong/loai", "/tu-dong/y-kien/1/bo")


def test_only_who_schedules_may_say_anything(filled: Desk) -> None:
    row = items(filled)[0]
    every = [*VERBS, *(f"/tu-dong/muc/{row.id}/{verb}" for verb in ("ghim", "doi", "loai"))]
    for staff in (filled.minh, filled.charlie, filled.tu, filled.quang, filled.son):
        visitor: Visitor = filled.visit(staff)
        assert {visitor.post(path, {"bai": "thu-vien-1"}).status_code for path in every} == {403}
    assert wishes(filled) == [] and len(standing(filled)) == 4
    assert filled.visit(filled.tu).get("/tu-dong").status_code == 403
    assert filled.visit().get("/tu-dong", allow_redirects=False).status_code == 303


def test_an_item_that_is_out_or_that_a_person_queued_is_left_alone(filled: Desk) -> None:
    lan, row = filled.visit(filled.lan), items(filled)[0]
    own = filled.publication(post_id=row.post_id, channel_id=row.channel_id, due_at=NOW + timedelta(days=9))
    assert lan.post(f"/tu-dong/muc/{own.id}/loai", {"ly_do": "x"}).status_code == 404
    filled.pass_time(NOW + timedelta(days=1, hours=1))
    assert lan.get(f"/tu-dong/muc/{row.id}/doi").status_code in (404, 409)


def test_the_item_s_own_page_tells_the_reason_and_leads_to_another_choice(filled: Desk) -> None:
    row = items(filled)[0]
    mine = filled.visit(filled.lan).get(f"/muc/{row.id}").text
    assert row.reason[:40] in mine and f"/tu-dong/muc/{row.id}/doi" in mine
    assert f"/tu-dong/muc/{row.id}/doi" not in filled.visit(filled.charlie).get(f"/muc/{row.id}").text


def test_the_overview_asks_the_database_a_few_times_however_many_items_there_are(both: Desk) -> None:
    posts, channel = library(both), page_of(both)
    lan = both.visit(both.lan)
    lan.get("/tu-dong")
    with counted(both.engine) as few:
        lan.get("/tu-dong")
    for number in range(60):
        both.publication(
            post_id=posts[number % 30].id, channel_id=channel.id, due_at=NOW + timedelta(hours=2 + number),
            origin="autopilot", reason="Chọn vì điểm d.",
        )  # fmt: skip
    with counted(both.engine) as many:
        assert lan.get("/tu-dong").text.count("Chọn vì điểm d.") == 60
    assert len(many) == len(few) <= 10


def test_its_pages_are_clean_at_every_width(filled: Desk, browser: Browser) -> None:
    row = items(filled)[0]
    lan = filled.visit(filled.lan)
    lan.post(f"/tu-dong/muc/{row.id}/ghim")
    paths = ["/tu-dong", "/tu-dong/du-kien", "/tu-dong/y-kien", "/tu-dong/ghim", "/tu-dong/ghim?bai=thu-vien-1"]
    paths += [f"/tu-dong/muc/{row.id}/doi", f"/tu-dong/muc/{row.id}/loai", "/tu-dong/loai?bai=thu-vien-1"]
    for width in WIDTHS:
        with window(browser, filled, filled.lan, width) as page:
            for path in paths:
                page.goto(path)
                assert violations(page) == [], path
