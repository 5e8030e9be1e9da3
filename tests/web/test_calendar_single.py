"""One item seen close, the form that gives it another time, and a post for an empty slot."""

from datetime import date, timedelta

import pytest

from scheduler.lifecycle import State
from tests.web.desk import Desk
from tests.web.test_calendar import at, cell, look, slotted

# One item, another time ------------------------------------------------------------------------------------


def test_the_essentials_say_why_it_stands_there_and_where_to_go_on(desk: Desk) -> None:
    post = desk.post(key="mot-cua", title="Một cửa")
    row = desk.publication(post_id=post.id, due_at=at(9), reason="Chọn vì điểm d tuần này mới có 1 bài.")
    text = look(desk, f"/lich/muc/{row.id}")
    for part in (
        "Chọn vì điểm d tuần này mới có 1 bài.",
        "09:00 ngày 23/11/2026",
        "/bai/mot-cua",
        f"/muc/{row.id}",
        f"/lich/doi/{row.id}",
    ):
        assert part in text
    short = look(desk, f"/lich/muc/{row.id}?phan=1")
    assert "Một cửa" in short and "<html" not in short


@pytest.mark.parametrize("number", ["0", "-1", "x", "999", "1e3", "9" * 40, "٣"])
def test_an_item_that_is_not_there_is_not_found(desk: Desk, number: str) -> None:
    visitor = desk.visit(desk.lan)
    for path in (f"/lich/muc/{number}", f"/lich/doi/{number}"):
        assert visitor.get(path).status_code == 404


def test_the_way_back_leads_to_our_own_calendar_only(desk: Desk) -> None:
    row = desk.publication(due_at=at(9))
    assert 'href="/lich?thang=2026-12"' in look(desk, f"/lich/doi/{row.id}?tiep=/lich%3Fthang%3D2026-12")
    for evil in ("https://evil.example", "//evil.example", "/dang-xuat", "javascript:alert(1)"):
        text = look(desk, f"/lich/doi/{row.id}?tiep={evil}")
        assert "evil" not in text and 'class="back" href="/lich?thang=2026-11"' in text


def test_the_form_offers_the_channels_next_free_slots(desk: Desk) -> None:
    channel = slotted(desk, 17 * 60)
    row = desk.publication(channel_id=channel.id, due_at=at(17))
    text = look(desk, f"/lich/doi/{row.id}")
    assert 'name="ngay" value="2026-11-24"' in text and "17:00, thứ Ba 24/11/2026" in text
    assert text.count('<li><form method="post"') == 6 and "thứ Hai 23/11/2026" not in text
    assert f'name="cu" value="{desk.load(row.id).due_at.isoformat()}"' in text, "so that a stale form is refused"


@pytest.mark.parametrize("state", [State.PUBLISHED, State.CANCELLED, State.UNCONFIRMED, State.NEEDS_PERSON])
def test_what_does_not_wait_offers_no_other_time(desk: Desk, state: State) -> None:
    row = desk.publication(due_at=at(9), state=state)
    assert 'draggable="true"' not in look(desk, "/lich?trang_thai=da-dung") and 'draggable="true"' not in look(desk)
    text = look(desk, f"/lich/doi/{row.id}")
    assert "Không dời được mục này" in text and "doi-gio" not in text


# A post for an empty slot ----------------------------------------------------------------------------------

SLOT = {"kenh": "fanpage", "ngay": "2026-11-24", "gio": "17:00", "tiep": "/lich?thang=2026-11"}


def test_an_approved_post_is_put_into_a_slot_and_the_calendar_shows_it(desk: Desk) -> None:
    channel = slotted(desk, 17 * 60, key="fanpage")
    desk.post(key="chua-duyet", title="Bài chưa duyệt", state="draft")
    desk.post(key="het-han", title="Bài hết hạn", valid_to=date(2026, 11, 23))
    desk.post(key="khac-kenh", title="Bài kênh khác", platforms=[])
    old, new = desk.post(key="cu", title="Bài đã đăng"), desk.post(key="moi", title="Bài mới tinh")
    desk.publication(post_id=old.id, channel_id=channel.id, due_at=at(9) - timedelta(days=9), state=State.PUBLISHED)
    visitor = desk.visit(desk.lan)
    text = visitor.get("/lich/khung-gio", params=SLOT).text
    assert text.index("Bài mới tinh") < text.index("Bài đã đăng"), "what the channel has not had stands first"
    assert not any(words in text for words in ("Bài chưa duyệt", "Bài hết hạn", "Bài kênh khác"))
    text = visitor.post("/lich/khung-gio", {**SLOT, "bai": new.key}).text
    assert "Đã lên lịch lúc 17:00 ngày 24/11/2026" in text and "Bài mới tinh" in cell(text, date(2026, 11, 24))


def test_a_post_that_may_not_go_out_is_refused_with_the_reason(desk: Desk) -> None:
    slotted(desk, 17 * 60, key="fanpage")
    desk.post(key="nhap", state="draft")
    visitor = desk.visit(desk.lan)
    for key in ("nhap", "khong-co", "", "x" * 5000, "<b>"):
        text = visitor.post("/lich/khung-gio", {**SLOT, "bai": key}).text
        assert 'class="flash bad"' in text and "Khung giờ trống" in cell(text, date(2026, 11, 24)), key


def test_the_same_post_twice_in_a_slot_is_refused(desk: Desk) -> None:
    slotted(desk, 17 * 60, key="fanpage")
    desk.post(key="mot-cua")
    visitor = desk.visit(desk.lan)
    visitor.post("/lich/khung-gio", {**SLOT, "bai": "mot-cua"})
    assert 'class="flash bad"' in visitor.post("/lich/khung-gio", {**SLOT, "bai": "mot-cua"}).text


@pytest.mark.parametrize(
    "wrong",
    [{"kenh": "khong-co"}, {"ngay": "2026-13-01"}, {"ngay": "9999-12-31"}, {"ngay": ""}, {"gio": "25:00"}, {"gio": "7"},
     {"gio": "07:00:00.5"}, {"gio": "07:00+09:00"}],
)  # fmt: skip
def test_a_slot_that_cannot_be_is_not_found(desk: Desk, wrong: dict[str, str]) -> None:
    slotted(desk, 17 * 60, key="fanpage")
    visitor = desk.visit(desk.lan)
    assert visitor.get("/lich/khung-gio", params={**SLOT, **wrong}).status_code == 404
    assert visitor.post("/lich/khung-gio", {**SLOT, **wrong, "bai": "x"}).status_code == 404


def test_a_slot_that_has_passed_leads_back_and_says_so(desk: Desk) -> None:
    slotted(desk, 17 * 60, key="fanpage")
    text = desk.visit(desk.lan).get("/lich/khung-gio", params={**SLOT, "ngay": "2026-11-22"}).text
    assert "đã qua; hãy chọn khung giờ khác" in text
