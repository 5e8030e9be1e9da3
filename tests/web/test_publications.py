"""The verbs of a publication at the desk: who may, what is refused beside which field, what a script is answered."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from content.tables import Editorial, Post
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.tables import Publication, PublicationEvent
from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.rooms.publications.verbs import VERBS

DAY = timedelta(days=1)
JSON = {"Accept": "application/json"}
LATER = {"ngay": "2026-11-25", "gio": "09:30"}
FIELDS: dict[str, dict[str, str]] = {
    "doi-gio": LATER,
    "ket-luan": {"ket_qua": "da_gui", "ly_do": "Đã xem."},
    "go-bai": {"ly_do": "Sai số liệu."},
}


def last(desk: Desk, number: int | None) -> PublicationEvent:
    with reading(desk.engine) as session:
        rows = session.exec(select(PublicationEvent).where(PublicationEvent.publication_id == number)).all()
    return max(rows, key=lambda row: row.id or 0)


def in_state(desk: Desk, verb: str, **facts: Any) -> Publication:
    """A publication for which this verb is possible."""
    state = {
        "tiep-tuc": State.HELD, "ve-nhap": State.HELD, "hoi-lai": State.NEEDS_PERSON, "ket-luan": State.NEEDS_PERSON,
        "go-bai": State.PUBLISHED,
    }.get(verb, State.SCHEDULED)  # fmt: skip
    return desk.publication(state=state, due_at=NOW + DAY, held_by="held" if state == State.HELD else "", **facts)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_nobody_without_the_right_does_anything_to_a_publication(desk: Desk, verb: str) -> None:
    row = in_state(desk, verb)
    may = {"lan": True, "minh": verb == "go-bai", "ha": verb == "go-bai"}
    for name in ("minh", "ha", "quang", "son", "charlie"):
        visitor = desk.visit(getattr(desk, name))
        expected = 200 if may.get(name) else 403
        assert visitor.get(f"/muc/{row.id}/{verb}").status_code == expected, name
        if not may.get(name):
            assert visitor.post(f"/muc/{row.id}/{verb}", FIELDS.get(verb, {})).status_code == 403, name
    assert desk.load(row.id).state == row.state


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_contributor_finds_nothing_of_others_and_may_not_touch_their_own(desk: Desk, verb: str) -> None:
    theirs = in_state(desk, verb, post_id=desk.post(agency="snv").id)
    others = in_state(desk, verb)
    visitor = desk.visit(desk.tu)
    assert visitor.post(f"/muc/{others.id}/{verb}", FIELDS.get(verb, {})).status_code == 404
    assert visitor.post(f"/muc/{theirs.id}/{verb}", FIELDS.get(verb, {})).status_code == 403


@pytest.mark.parametrize("verb", sorted(set(VERBS) - {"hoi-lai", "go-bai"}))
def test_each_verb_does_what_it_says_and_says_what_it_did(desk: Desk, verb: str) -> None:
    row = in_state(desk, verb)
    desk.sandbox.at(NOW)
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/{verb}", {**FIELDS.get(verb, {}), "tiep": "/"})
    assert answer.status_code == 200 and answer.url == f"{desk.address}/"
    after = {
        "doi-gio": State.SCHEDULED, "giu": State.HELD, "tiep-tuc": State.SCHEDULED, "huy": State.CANCELLED,
        "dang-ngay": State.SCHEDULED, "ket-luan": State.PUBLISHED, "ve-nhap": State.CANCELLED,
    }  # fmt: skip
    assert desk.load(row.id).state == after[verb]
    assert 'class="flash good"' in answer.text and "Bài số" in answer.text
    assert last(desk, row.id).actor == desk.lan.name


def test_a_script_is_answered_in_facts(desk: Desk) -> None:
    row, visitor = desk.publication(due_at=NOW + DAY), desk.visit(desk.lan)
    done = visitor.post(f"/muc/{row.id}/doi-gio", LATER, headers=JSON)
    assert (done.status_code, done.json()["ok"]) == (200, True)
    assert "09:30 ngày 25/11/2026" in done.json()["words"]
    past = visitor.post(f"/muc/{row.id}/doi-gio", {"ngay": "2026-11-01", "gio": "09:30"}, headers=JSON)
    assert past.status_code == 409 and "đã qua" in past.json()["detail"]
    wrong = visitor.post(f"/muc/{row.id}/doi-gio", {"ngay": "hôm qua", "gio": "25:00"}, headers=JSON)
    assert wrong.status_code == 422 and "phải là một ngày" in wrong.json()["detail"]
    assert visitor.post("/muc/999/doi-gio", LATER, headers=JSON).status_code == 404
    assert desk.visit(desk.charlie).post(f"/muc/{row.id}/doi-gio", LATER, headers=JSON).status_code == 403


def test_who_saw_an_older_time_is_told_and_the_newer_one_stays(desk: Desk) -> None:
    row = desk.publication(due_at=NOW + DAY)
    page = desk.visit(desk.lan).get(f"/muc/{row.id}/doi-gio").text
    assert f'name="cu" value="{row.due_at.isoformat()}"' in page
    stale = {**LATER, "cu": (NOW + 2 * DAY).isoformat()}
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/doi-gio", stale)
    assert answer.status_code == 409 and "vừa được người khác đổi" in answer.text
    assert desk.load(row.id).due_at == NOW + DAY


@pytest.mark.parametrize(
    ("verb", "fields", "says"),
    [
        ("doi-gio", {"ngay": "", "gio": "09:00"}, "Hãy chọn “Ngày và giờ đăng”"),
        ("doi-gio", {**LATER, "cu": "<script>"}, "Biểu mẫu đã cũ"),
        ("ket-luan", {"ly_do": "Đã xem."}, "Hãy chọn “Kết luận”"),
        ("ket-luan", {"ket_qua": "co", "ly_do": "Đã xem."}, "Hãy điền “Địa chỉ bài đăng”"),
        ("ket-luan", {"ket_qua": "co", "ly_do": "x", "dia_chi": "javascript:alert(1)"}, "phải bắt đầu bằng https"),
        ("ket-luan", {"ket_qua": "co", "ly_do": "x", "dia_chi": "https://[x"}, "phải bắt đầu bằng https"),
        ("ket-luan", {"ket_qua": "chua_co", "ly_do": " "}, "Hãy điền “Lý do”"),
        ("ket-luan", {"ket_qua": "xong", "ly_do": "x"}, "Hãy chọn “Kết luận”"),
        ("go-bai", {"ly_do": ""}, "Hãy điền “Lý do”"),
        ("huy", {"ly_do": "x" * 501}, "tối đa 500"),
    ],
)
def test_what_is_wrong_with_a_form_stands_beside_its_field_and_nothing_happens(
    desk: Desk, verb: str, fields: dict[str, str], says: str
) -> None:
    row = in_state(desk, verb)
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/{verb}", fields)
    assert answer.status_code == 422 and says in answer.text
    assert (desk.load(row.id).state, desk.load(row.id).due_at) == (row.state, row.due_at)


@pytest.mark.parametrize("path", ["/muc/0/huy", "/muc/abc/huy", "/muc/99999999999999999999/huy", "/muc/1/xoa"])
def test_an_address_that_is_no_publications_finds_nothing(desk: Desk, path: str) -> None:
    assert desk.visit(desk.lan).get(path).status_code == 404
    assert desk.visit(desk.lan).post(path).status_code == 404


def test_a_decision_keeps_its_reason_and_a_script_in_it_stays_text(desk: Desk) -> None:
    row = in_state(desk, "ket-luan")
    why = "Đã xem <script>alert(1)</script> trên trang."
    desk.visit(desk.lan).post(f"/muc/{row.id}/ket-luan", {"ket_qua": "chua_co", "ly_do": why})
    assert why in last(desk, row.id).words
    assert desk.load(row.id).state == State.RETRY_WAIT


def test_the_way_back_never_leads_elsewhere(desk: Desk) -> None:
    row = desk.publication(due_at=NOW + DAY)
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/huy", {"tiep": "//evil.example"}, allow_redirects=False)
    assert answer.headers["Location"] == "/"


def test_a_published_post_is_taken_down_with_its_reason_and_only_once(desk: Desk) -> None:
    page = desk.connect("facebook")
    row = desk.queue(desk.post(), page)
    desk.pass_time(NOW + HOUR)
    told = desk.visit(desk.minh).get(f"/muc/{row.id}/go-bai").text
    assert "sẽ bị gỡ khỏi" in told and "Bài số" in told and page.name in told
    for _ in range(2):
        assert desk.visit(desk.minh).post(f"/muc/{row.id}/go-bai", {"ly_do": "Sai số liệu.", "tiep": "/"}).ok
    assert desk.sandbox.public("facebook") == []
    assert (last(desk, row.id).words, last(desk, row.id).actor) == ("Sai số liệu.", desk.minh.name)


def test_a_platform_that_does_not_answer_is_told_and_the_post_stays_public(desk: Desk) -> None:
    page = desk.connect("facebook")
    row = desk.queue(desk.post(), page)
    desk.pass_time(NOW + HOUR)
    desk.sandbox.fault("facebook", "status", method="DELETE", times=9, values={"status": 503}, effect=False)
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/go-bai", {"ly_do": "Sai số liệu."})
    assert answer.status_code == 409 and "Chưa chắc bài đã gỡ được" in answer.text
    assert desk.load(row.id).state == State.PUBLISHED


def test_an_unknown_outcome_is_asked_about_again_by_a_button(desk: Desk) -> None:
    row = desk.publication(state=State.NEEDS_PERSON, channel_id=desk.connect("facebook").id, sent_at=NOW)
    assert desk.visit(desk.lan).post(f"/muc/{row.id}/hoi-lai", {"tiep": "/"}).ok
    assert desk.load(row.id).state == State.UNCONFIRMED
    again = desk.visit(desk.lan).post(f"/muc/{row.id}/hoi-lai", headers=JSON)
    assert again.status_code == 409 and "Đang kiểm tra kết quả" in again.json()["detail"]


def test_what_is_not_possible_now_offers_no_button(desk: Desk) -> None:
    row = desk.publication(state=State.PUBLISHED)
    text = desk.visit(desk.lan).get(f"/muc/{row.id}/huy").text
    assert "Không làm được việc này" in text and "<form class" not in text


# A post at once -----------------------------------------------------------------------------------------


def test_a_post_is_published_now_exactly_once_however_often_the_button_is_pressed(both: Desk) -> None:
    page, post = both.connect("facebook"), both.post()
    visitors = [both.visit(staff) for staff in (both.lan, both.lan, both.lan, both.lan)]
    for visitor in visitors:
        visitor.http.headers["Accept"] = "application/json"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: one.post(f"/bai/{post.key}/dang-ngay", {"kenh": page.key}), visitors))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    both.pass_time(NOW + timedelta(minutes=5))
    assert len(both.sandbox.public("facebook")) == 1
    late = both.visit(both.lan).post(f"/bai/{post.key}/dang-ngay", {"kenh": page.key})
    assert late.status_code == 409 and "không đăng thêm lần nữa" in late.text


def test_only_who_schedules_publishes_now_and_only_what_is_approved(desk: Desk) -> None:
    page, post, draft = desk.channel(), desk.post(), desk.post(state=Editorial.DRAFT)
    for staff in (desk.minh, desk.ha, desk.quang, desk.son, desk.charlie):
        assert desk.visit(staff).post(f"/bai/{post.key}/dang-ngay", {"kenh": page.key}).status_code == 403
    assert desk.visit(desk.tu).post(f"/bai/{post.key}/dang-ngay", {"kenh": page.key}).status_code == 404
    lan = desk.visit(desk.lan)
    assert "chưa được duyệt" in lan.get(f"/bai/{draft.key}/dang-ngay").text
    assert lan.post(f"/bai/{draft.key}/dang-ngay", {"kenh": page.key}).status_code == 409
    assert lan.post(f"/bai/{post.key}/dang-ngay", {"kenh": "khong-co"}).status_code == 422
    assert lan.get("/bai/khong-co/dang-ngay").status_code == 404
    assert lan.get("/bai/x%00y/dang-ngay").status_code == 404


def test_a_channel_that_stands_still_is_told_when_publishing_now(desk: Desk) -> None:
    page, post = desk.channel(state="reconnect"), desk.post()
    answer = desk.visit(desk.lan).post(f"/bai/{post.key}/dang-ngay", {"kenh": page.key, "tiep": "/"})
    assert 'class="flash warn"' in answer.text and "Cần kết nối lại" in answer.text


def test_a_verbs_page_asks_the_database_little(desk: Desk) -> None:
    row, visitor = desk.publication(due_at=NOW + DAY), desk.visit(desk.lan)
    with counted(desk.engine) as statements:
        visitor.get(f"/muc/{row.id}/doi-gio")
    assert len(statements) <= 7, statements


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_verbs(desk: Desk, browser: Browser, width: int) -> None:
    title = "Công khai kết quả giải quyết thủ tục hành chính quý IV năm 2026 tại Trung tâm Phục vụ hành chính công"
    post = desk.post(title=title)
    with window(browser, desk, desk.lan, width) as page:
        for verb in sorted(VERBS):
            row = in_state(desk, verb, post_id=post.id, problem="Chờ kênh “facebook-1”: mã truy cập đã hết hạn.")
            page.goto(f"/muc/{row.id}/{verb}")
            assert violations(page) == [], verb
        page.goto(f"/bai/{post.key}/dang-ngay")
        assert violations(page) == []


def test_an_officer_settles_an_unknown_outcome_in_the_browser(desk: Desk, browser: Browser) -> None:
    row = in_state(desk, "ket-luan")
    with window(browser, desk, desk.lan, 360) as page:
        page.goto(f"/muc/{row.id}/ket-luan?tiep=/")
        page.get_by_label("Đã có trên kênh").check()
        page.get_by_label("Địa chỉ bài đăng").fill("https://example.vn/bai/1")
        page.get_by_label("Lý do").fill("Thấy bài lúc 09:00.")
        page.get_by_role("button", name="Ghi kết luận").click()
        page.get_by_text("đã có trên").wait_for()
    assert desk.load(row.id).permalink == "https://example.vn/bai/1"


def test_a_post_that_is_deleted_from_the_lists_of_others_is_not_named(desk: Desk) -> None:
    """What a contributor may not see is not told apart from what does not exist."""
    row = desk.publication(due_at=NOW + DAY)
    with writing(desk.engine) as session:
        post = session.get_one(Post, row.post_id)
        post.title = "Bài của cơ quan khác"
        session.add(post)
    answer = desk.visit(desk.tu).get(f"/muc/{row.id}/huy")
    assert answer.status_code == 404 and "Bài của cơ quan khác" not in answer.text


def test_an_hour_against_the_rules_of_the_channel_is_taken_and_the_person_is_told(desk: Desk) -> None:
    row = desk.publication(due_at=NOW + timedelta(hours=2))
    sent = {"ngay": "2026-11-23", "gio": "23:00"}
    text = desk.visit(desk.lan).post(f"/muc/{row.id}/doi-gio", sent).text
    assert "Lưu ý: 23:00 nằm trong giờ yên lặng" in text
    assert desk.load(row.id).due_at == NOW + timedelta(hours=15)
