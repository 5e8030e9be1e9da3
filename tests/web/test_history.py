"""The history: all that was done as sentences, page by page; one publication's life, with what may be done about it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlmodel import select

from connectors.base import Part
from content.editorial import record
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.queue import MOST
from scheduler.tables import Attempt, Publication, PublicationEvent, Reading
from tests.conftest import LAN, MINH, NOW
from tests.scheduler.house import HOUR
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk, counted
from web.acts import Act, note
from web.rooms.history.telling import PER_PAGE, WINDOW, After, Wanted, after_of, stories

DAY = timedelta(days=1)
TOKEN = "EAABsbCS1ihnBAKx9ZCq0ZBZCabcdefghijklmnopqrstuvwxyz0123456789"


def happened(desk: Desk, publication: Publication, event: str = "held", **facts: Any) -> None:
    values = {"at": NOW, "state_before": "scheduled", "state_after": "held", "fence": 1, "actor": LAN, **facts}
    with writing(desk.engine) as session:
        session.add(PublicationEvent(publication_id=publication.id or 0, event=event, **values))


def unknown(desk: Desk) -> Publication:
    """A publication whose answer was lost, as the service leaves it."""
    post = desk.post(title="Bài mất trả lời")
    row = desk.publication(
        post_id=post.id, channel_id=desk.connect("facebook").id, state=State.NEEDS_PERSON, sent_at=NOW - HOUR,
        problem="Có hai bài giống nhau trên kênh.", prepared_hash=post.content_hash,
    )  # fmt: skip
    happened(desk, row, "queued", at=NOW - DAY, state_before="", state_after="scheduled", fence=0)
    happened(desk, row, Event.NO_ANSWER, at=NOW - HOUR, state_after="unconfirmed", fence=2, actor="")
    happened(desk, row, Event.UNCLEAR, at=NOW, state_after="needs_person", fence=3, actor="")
    with writing(desk.engine) as session:
        session.add(
            Attempt(
                publication_id=row.id or 0, fence=2, action="publish", started_at=NOW - HOUR, outcome="unconfirmed",
                finished_at=NOW - HOUR + timedelta(seconds=31), words="Đã gửi nhưng không nhận được trả lời.",
                code="HTTP 502", section="facebook 6.2", evidence=f"HTTP 502 access_token={TOKEN}",
            )
        )  # fmt: skip
        session.add(Attempt(publication_id=row.id or 0, fence=3, action="find", started_at=NOW, outcome="unclear"))
    return row


# The stream ----------------------------------------------------------------------------------------------


def test_everything_that_was_done_stands_in_one_stream_newest_first(both: Desk) -> None:
    channel = both.channel(name="Fanpage tỉnh")
    post = both.post(title="Một cửa")
    row = both.publication(post_id=post.id, channel_id=channel.id)
    happened(both, row, at=NOW)
    with writing(both.engine) as session:
        record(session, post, "approved", MINH, NOW - HOUR, "Thay mặt Hà.")
        note(session, None, "Sơn", Act.SETTING, "Ngày lễ", "Thêm một ngày", now=NOW - 2 * HOUR)
    page = both.visit(both.charlie).get("/nhat-ky").text
    sentences = (
        "Lan giữ lại bài “Một cửa” trên Fanpage tỉnh.", "Minh duyệt bài “Một cửa”.", "Thay mặt Hà.",
        "Sơn sửa cấu hình.", "Ngày lễ: Thêm một ngày",
    )  # fmt: skip
    places = [page.index(one) for one in sentences]
    assert places == sorted(places)
    assert f'href="/muc/{row.id}"' in page and f'href="/bai/{post.key}"' in page and "23/11/2026, thứ Hai" in page


@pytest.mark.parametrize("name", ["tu"])
def test_who_does_not_read_the_office_does_not_read_its_history(desk: Desk, name: str) -> None:
    assert desk.visit(getattr(desk, name)).get("/nhat-ky").status_code == 403


def test_the_steps_of_the_system_are_told_only_when_asked_for(desk: Desk) -> None:
    row = desk.publication()
    happened(desk, row, Event.PREPARED, state_after="ready", actor="")
    visitor = desk.visit(desk.lan)
    assert "chuẩn bị xong" not in visitor.get("/nhat-ky").text
    assert "chuẩn bị xong" in visitor.get("/nhat-ky?chi_tiet=1").text


def test_the_stream_is_narrowed_by_person_kind_channel_and_period(both: Desk) -> None:
    one, other = both.channel(name="Kênh một"), both.channel(name="Kênh hai", platform="zalo")
    happened(both, both.publication(channel_id=one.id, post_id=both.post(title="Bài A").id))
    happened(both, both.publication(channel_id=other.id, post_id=both.post(title="Bài B").id), actor="Minh (thay Hà)")
    with writing(both.engine) as session:
        record(session, both.post(title="Bài C"), "submitted", LAN, NOW - 3 * DAY)
        note(session, None, MINH, Act.SIGNED_IN, now=NOW)
    visitor = both.visit(both.lan)
    for query, shown in (
        ("nguoi=Lan", "AC"), ("nguoi=Minh", "B"), ("loai=dang", "AB"), ("loai=duyet", "C"), ("loai=khac", ""),
        (f"kenh={one.key}", "A"), ("tu=2026-11-20&den=2026-11-20", "C"), ("tu=2026-11-21", "AB"),
        ("den=2026-11-22", "C"), ("nguoi=Lan&loai=dang", "A"), ("nguoi=Sơn", ""),
    ):  # fmt: skip
        page = visitor.get(f"/nhat-ky?{query}").text
        assert "".join(letter for letter in "ABC" if f"Bài {letter}”" in page) == shown, query
        assert ("Minh đăng nhập." in page) is (query in ("loai=khac", "nguoi=Minh", "tu=2026-11-21")), query


@pytest.mark.parametrize(
    "query",
    [
        "nguoi=%00", "loai=xyz", "kenh=../x", "tu=31/02/2026", "den=0001-01-01", "tu=2026-12-31&den=2026-01-01",
        "sau=x", "sau=99999999999999999-9-9", "sau=99999999999999999-3-1", "sau=" + "1" * 5000, "tu=%F0%9F%98%80",
        "sau=1764000000000000-0-999999999999999999",
    ],
)  # fmt: skip
def test_a_hostile_address_shows_a_page(both: Desk, query: str) -> None:
    happened(both, both.publication())
    assert both.visit(both.lan).get(f"/nhat-ky?{query}").status_code == 200


def everything(desk: Desk, wanted: Wanted, now: Any = NOW) -> tuple[list[tuple[str, str]], int]:
    """All pages of the stream in a row, and how many there were."""
    found: list[tuple[str, str]] = []
    for pages in range(1, 60):
        with reading(desk.engine) as session:
            page = stories(session, wanted, now)
        found += [(str(one.sentence), one.kind) for one in page.stories]
        if page.after is None:
            return found, pages
        wanted = Wanted(**{**{name: getattr(wanted, name) for name in wanted.__slots__}, "after": page.after})
    raise AssertionError("the stream does not end")


def test_each_thing_is_told_once_however_many_happened_at_the_same_moment(both: Desk) -> None:
    row, post = both.publication(), both.post()
    with writing(both.engine) as session:
        for number in range(80):
            at = NOW - timedelta(minutes=number // 40)
            session.add(
                PublicationEvent(
                    publication_id=row.id or 0, at=at, event="held", state_before="", state_after="", fence=1,
                    actor=f"Người {number}",
                )
            )  # fmt: skip
            record(session, post, "changed", f"Biên tập {number}", at)
            note(session, None, f"Khách {number}", Act.SIGNED_IN, now=at)
    found, pages = everything(both, Wanted())
    assert len(found) == len(set(found)) == 240 and pages == 5
    page = both.visit(both.lan).get("/nhat-ky").text
    link = re.search(r'href="(/nhat-ky\?sau=[^"]+)" rel="next"', page)
    assert link and PER_PAGE == 50
    assert "Trang trước" in both.visit(both.lan).get(link[1]).text


def test_a_search_for_little_looks_through_a_window_and_goes_on_behind_it(both: Desk) -> None:
    row = both.publication()
    happened(both, row, at=NOW - 3 * WINDOW, actor=LAN)
    happened(both, row, at=NOW - 9 * WINDOW, actor=MINH)
    page = both.visit(both.lan).get("/nhat-ky?nguoi=Lan").text
    assert "Không có gì từ đây đến hết ngày" in page and "Tìm xa hơn" in page
    found, pages = everything(both, Wanted(person=LAN))
    assert [sentence.split()[0] for sentence, _ in found] == [LAN]
    assert pages == 9, "as far as anything was done, and no further"


def test_a_cursor_is_exact_to_the_microsecond() -> None:
    at = NOW.replace(microsecond=123_457)
    assert after_of(str(After(at, 1, 42))) == After(at, 1, 42)


def test_the_stream_asks_the_database_as_often_for_much_as_for_little(desk: Desk) -> None:
    visitor, asked = desk.visit(desk.lan), []
    for count in (1, 70):
        for _ in range(count):
            happened(desk, desk.publication(channel_id=desk.channel().id))
        with counted(desk.engine) as statements:
            visitor.get("/nhat-ky")
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 11, asked


# One publication -----------------------------------------------------------------------------------------


def test_a_life_is_told_from_the_queue_to_the_public_page_with_its_figures(both: Desk) -> None:
    channel = both.connect("facebook")
    post = both.post(title="Một cửa", variants={"facebook": {"first_comment": "Xem thêm ở đây."}})
    row = both.queue(post, channel)
    both.pass_time(NOW + 2 * HOUR)
    with writing(both.engine) as session:
        for value, at in ((100, NOW + HOUR), (250, NOW + 2 * HOUR)):
            session.add(
                Reading(
                    channel_id=channel.id or 0, publication_id=row.id, metric="reach", value=value, name="reach",
                    version="1", taken_at=at,
                )
            )  # fmt: skip
    page = both.visit(both.charlie).get(f"/muc/{row.id}").text
    sentences = (
        f"Lan xếp bài này vào hàng chờ của {channel.name}.", "Chuẩn bị: xong", "Gửi lên nền tảng: xong",
        f"Bài này đã hiện trên {channel.name}.",
    )  # fmt: skip
    places = [page.index(one) for one in sentences]
    assert places == sorted(places)
    assert "Đã đăng" in page and both.load(row.id).permalink in page
    assert "250" in page and ">100<" not in page and "Lượt tiếp cận" in page
    with reading(both.engine) as session:
        comment = session.exec(select(Publication).where(Publication.part == Part.COMMENT)).one()
    assert f'href="/muc/{comment.id}"' in page and "Bình luận đầu tiên" in page
    child = both.visit(both.charlie).get(f"/muc/{comment.id}").text
    assert f'href="/muc/{row.id}"' in child and "bài này (bình luận đầu tiên)" in child


def test_what_the_platform_answered_is_shown_without_any_token(desk: Desk) -> None:
    row = unknown(desk)
    with writing(desk.engine) as session:
        found = session.get_one(Publication, row.id)
        found.saved = {"upload_url": f"https://upload.example/{TOKEN}"}
    page = desk.visit(desk.charlie).get(f"/muc/{row.id}").text
    assert "HTTP 502" in page and "facebook 6.2" in page and TOKEN not in page


def test_an_unknown_outcome_tells_what_is_known_and_offers_the_two_ways_out(desk: Desk) -> None:
    row = unknown(desk)
    page = desk.visit(desk.lan).get(f"/muc/{row.id}").text
    for words in (
        "Chưa rõ bài đã có trên kênh hay chưa", "Gửi lúc 07:00 ngày 23/11/2026", "đã gửi mà không có trả lời",
        "Hỏi lúc 08:00 ngày 23/11/2026", "không xác định được", "Có hai bài giống nhau", "31,0 giây",
    ):  # fmt: skip
        assert words in page, words
    assert f'action="/muc/{row.id}/hoi-lai"' in page and f'action="/muc/{row.id}/ket-luan"' in page
    for staff in (desk.charlie, desk.minh):
        page = desk.visit(staff).get(f"/muc/{row.id}").text
        assert "Chưa rõ bài đã có" in page and "/hoi-lai" not in page and "/ket-luan" not in page


def test_the_button_has_the_platform_asked_again(desk: Desk) -> None:
    row = unknown(desk)
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/hoi-lai")
    assert answer.status_code == 200 and desk.load(row.id).state == State.UNCONFIRMED
    assert "Lan yêu cầu hỏi lại" in answer.text


def test_a_person_decides_with_a_reason_and_the_life_tells_it(desk: Desk) -> None:
    row = unknown(desk)
    fields = {"ket_qua": "co", "dia_chi": "https://facebook.com/1", "ly_do": "Đã xem trên trang."}
    answer = desk.visit(desk.lan).post(f"/muc/{row.id}/ket-luan", fields)
    assert answer.status_code == 200 and desk.load(row.id).state == State.PUBLISHED
    assert "Lan kết luận: bài này đã có trên" in answer.text and "Đã xem trên trang." in answer.text


VERBS: dict[State, Callable[[set[str]], bool]] = {
    State.SCHEDULED: {"doi-gio", "dang-ngay", "giu", "huy"}.__eq__,
    State.HELD: {"doi-gio", "dang-ngay", "tiep-tuc", "huy"}.__eq__,
    State.FAILED: {"doi-gio", "dang-ngay", "tiep-tuc", "huy"}.__eq__,
    State.PUBLISHED: {"go-bai"}.__eq__,
    State.PUBLISHING: set[str]().__eq__,
    State.CANCELLED: set[str]().__eq__,
    State.WITHDRAWN: set[str]().__eq__,
    State.NEEDS_PERSON: {"huy"}.__eq__,
}


@pytest.mark.parametrize("state", VERBS)
def test_only_what_the_life_cycle_allows_now_is_offered(desk: Desk, state: State) -> None:
    row = desk.publication(state=state, external_id="1")
    pattern = rf'href="/muc/{row.id}/([a-z-]+)"'
    found = set(re.findall(pattern, desk.visit(desk.lan).get(f"/muc/{row.id}").text))
    assert VERBS[state](found), found
    assert re.findall(pattern, desk.visit(desk.charlie).get(f"/muc/{row.id}").text) == []
    for verb in found:
        answer = desk.visit(desk.lan).get(f"/muc/{row.id}/{verb}")
        assert answer.status_code == 200 and "Không làm được việc này" not in answer.text


def test_an_approver_may_take_down_and_nothing_else(desk: Desk) -> None:
    public, waiting = desk.publication(state=State.PUBLISHED, external_id="1"), desk.publication()
    assert f"/muc/{public.id}/go-bai" in desk.visit(desk.minh).get(f"/muc/{public.id}").text
    assert f"/muc/{waiting.id}/" not in desk.visit(desk.minh).get(f"/muc/{waiting.id}").text


@pytest.mark.parametrize("number", ["0", str(MOST + 1), "9" * 40, "999999", "-1", "x", "1%00"])
def test_a_number_that_is_not_there_is_not_found(both: Desk, number: str) -> None:
    assert both.visit(both.lan).get(f"/muc/{number}").status_code == 404


def test_an_agency_sees_the_life_of_its_own_posts_only(desk: Desk) -> None:
    own, other = desk.post(agency="snv"), desk.post(agency="stc")
    rows = [desk.publication(post_id=post.id) for post in (own, other)]
    assert [desk.visit(desk.tu).get(f"/muc/{row.id}").status_code for row in rows] == [200, 404]


def test_script_in_words_and_addresses_stays_letters(desk: Desk) -> None:
    evil = "<script>alert(1)</script>"
    row = desk.publication(post_id=desk.post(title=evil).id, permalink="javascript:alert(1)", state=State.PUBLISHED)
    happened(desk, row, words=evil, actor=evil)
    for path in ("/nhat-ky", f"/muc/{row.id}"):
        page = desk.visit(desk.lan).get(path).text
        assert evil not in page and "&lt;script&gt;" in page and 'href="javascript:' not in page


def test_a_life_costs_the_same_statements_however_long_it_was(desk: Desk) -> None:
    short, long = desk.publication(), desk.publication()
    for number in range(120):
        happened(desk, long, at=NOW + timedelta(minutes=number))
    for _ in range(5):
        desk.publication(part="revision", follows_id=long.id, post_id=long.post_id, channel_id=long.channel_id,
                         due_at=NOW + DAY * (_ + 1))  # fmt: skip
    visitor, asked = desk.visit(desk.lan), []
    visitor.get(f"/muc/{short.id}")  # what stands too close to what is looked up once after each change of the queue
    for row in (short, long):
        with counted(desk.engine) as statements:
            assert visitor.get(f"/muc/{row.id}").status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 8, asked


# In the browser ------------------------------------------------------------------------------------------


def test_the_keyboard_alone_settles_an_unknown_outcome(desk: Desk, browser: Browser) -> None:
    row = unknown(desk)
    with window(browser, desk, desk.lan) as page:
        page.goto(f"/muc/{row.id}")
        page.locator(".decision > summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("Đã xem trên trang, thấy bài.")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("Đã ghi")
    assert desk.load(row.id).state == State.PUBLISHED


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_wrong_with_the_history(desk: Desk, browser: Browser, width: int) -> None:
    row = unknown(desk)
    with writing(desk.engine) as session:
        note(session, None, "Sơn", Act.SETTING, "Ngày lễ", "x" * 300, now=NOW)
    with window(browser, desk, desk.lan, width) as page:
        for path in ("/nhat-ky", "/nhat-ky?nguoi=Lan", "/nhat-ky?nguoi=Tú", f"/muc/{row.id}"):
            page.goto(path)
            page.evaluate("for (const one of document.querySelectorAll('main details')) one.open = true")
            assert violations(page) == [], path
