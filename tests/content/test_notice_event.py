"""Announcements and events: told as Vietnamese write them, and understood without colour."""

from datetime import date

import pytest
from PIL import ImageChops

from content.errors import ContentError
from content.infographic import SIZES, Spec, compose, paint, parse_spec
from content.infographic.answers import unbroken
from content.infographic.event import Event
from content.infographic.typesetting import NO_BREAK
from content.palette import PALETTES
from tests.content.shelf import plan
from tests.content.test_infographic_words import out_of_place

NOTICE = {
    "template": "notice",
    "title": "Tạm dừng nhận hồ sơ trực tuyến do sự cố đường truyền",
    "what": "Hồ sơ đã nộp vẫn được giữ nguyên và giải quyết đúng hạn; việc gấp có thể nộp tại Bộ phận Một cửa.",
    "who": "Người dân, doanh nghiệp đang nộp hồ sơ trực tuyến",
    "when": "Từ 17 giờ 00 thứ Sáu, 11/12/2026 đến 7 giờ 00 thứ Hai, 14/12/2026",
    "ask": "Tổng đài của Trung tâm Phục vụ hành chính công",
    "note": "Khi có thay đổi, Cổng Thông tin điện tử sẽ báo lại ngay.",
    "source": "Trung tâm Phục vụ hành chính công",
}
EVENT = {
    "template": "event",
    "kicker": "Đối thoại trực tuyến",
    "title": "Lãnh đạo thành phố đối thoại với người dân, doanh nghiệp",
    "date": "12/12/2026",
    "start": "8:00",
    "end": "11h30",
    "place": "Cổng Thông tin điện tử thành phố Huế",
    "about": "Cải cách thủ tục hành chính, dịch vụ công trực tuyến và đất đai",
    "who": "Người dân, doanh nghiệp, hợp tác xã, hộ kinh doanh trên địa bàn",
    "action": "Gửi câu hỏi trước ngày 10/12 tại mục Đối thoại",
    "source": "Quyết định số 1834/QĐ-UBND ngày 17/9/2013",
}


def notice(**changes: object) -> Spec:
    return parse_spec({**NOTICE, **changes}, "tb.yml")


def event(**changes: object) -> Event:
    spec = parse_spec({**EVENT, **changes}, "sk.yml")
    assert isinstance(spec, Event)
    return spec


def words(spec: Spec, size: str) -> str:
    lines = compose(spec, size, plan().brand("vpubnd")).lines
    return " ".join(line.text for line in lines).replace(NO_BREAK, " ")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("values", [NOTICE, EVENT], ids=["notice", "event"])
def test_full_texts_fit_every_size_and_nothing_touches(values: dict[str, object], palette: str, size: str) -> None:
    spec = parse_spec({**values, "palette": palette}, "thu.yml")
    assert not out_of_place(compose(spec, size, plan().brand("vpubnd")).lines, size)


@pytest.mark.parametrize("size", ["portrait", "square", "story"])
def test_an_announcement_says_what_who_when_and_where_to_ask(size: str) -> None:
    told = words(notice(), size)
    for answer in ("what", "who", "when", "ask", "note"):
        assert str(NOTICE[answer]) in told


def test_a_cover_says_who_when_and_where_to_ask() -> None:
    told = words(notice(), "wide")
    assert all(str(NOTICE[answer]) in told for answer in ("who", "when", "ask"))
    assert str(NOTICE["what"]) not in told


@pytest.mark.parametrize("size", SIZES)
def test_urgency_is_told_by_a_word_and_by_a_shape(size: str) -> None:
    urgencies = ("thuong", "quan_trong", "khan")
    told = [words(notice(urgency=urgency), size) for urgency in urgencies]
    assert all(word in text for word, text in zip(("Thông báo", "uan trọng", "hẩn"), told, strict=True))
    grey = [
        paint(notice(urgency=urgency), size).convert("L").point(lambda value: 255 * (value > 128))
        for urgency in urgencies
    ]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert ImageChops.difference(grey[one], grey[other]).getbbox()


def test_only_what_is_urgent_has_a_band_over_the_sheet() -> None:
    def top(urgency: str) -> object:
        return paint(notice(urgency=urgency, palette="tim_hue"), "portrait").getpixel((540, 10))

    assert top("khan") != top("quan_trong") == top("thuong")


def test_the_alternative_text_of_an_announcement_begins_with_its_urgency() -> None:
    told = notice(urgency="khan").alternative_text("Sở Nội vụ")
    assert told.startswith(f"{NOTICE['title']}. Thông báo khẩn. {NOTICE['what']} Ai cần biết: {NOTICE['who']}.")
    assert told.endswith("Sở Nội vụ.")


def test_lines_do_not_end_inside_an_hour_or_a_weekday() -> None:
    told = unbroken("Từ 17 giờ 00 thứ Sáu đến 7 giờ 30 phút Chủ nhật, hai thứ hai bên").replace(NO_BREAK, "_")
    assert told == "Từ 17_giờ 00 thứ_Sáu đến 7_giờ 30_phút Chủ_nhật, hai thứ hai bên"


def test_the_day_is_the_hero_and_its_weekday_is_reckoned() -> None:
    spec = event()
    assert spec.moment == "thứ Bảy, 12/12/2026 · 8 giờ 00 – 11 giờ 30"
    for size in SIZES:
        lines = compose(spec, size, plan().brand()).lines
        hero = next(line for line in lines if line.text == "12")
        others = [line.face.size for line in lines if line.text not in {"12", "8 giờ 00 – 11 giờ 30"}]
        assert hero.face.size > max(others)
        told = " ".join(line.text for line in lines).replace(NO_BREAK, " ")
        assert "Thứ Bảy, 12/12/2026" in told
        assert "Tháng 12" in told


def test_an_event_of_a_whole_day_shows_the_weekday_for_the_hours() -> None:
    told = words(event(start="", end="", date="09/11/2027"), "portrait")
    assert "Tháng 11 9 Thứ Ba 09/11/2027" in told
    assert event(start="", end="", date="09/11/2027").moment == "thứ Ba, 09/11/2027"


@pytest.mark.parametrize("written", ["8:00", "08:00", "8h", "8h00", "8 giờ", "8 giờ 00", "8 giờ 00 phút"])
def test_an_hour_is_read_as_people_write_it(written: str) -> None:
    assert event(start=written).start == "8 giờ 00"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"start": "25:00"}, "sk.yml: start: không đọc được giờ “25:00”; hãy viết như 8 giờ 00 hoặc 08:00."),
        ({"start": "sáng"}, "sk.yml: start: không đọc được giờ “sáng”"),
        ({"start": "8:75"}, "sk.yml: start: không đọc được giờ “8:75”"),
        ({"end": "7:30"}, "giờ kết thúc (end) phải đứng sau giờ bắt đầu (start)."),
        ({"start": ""}, "giờ kết thúc (end) phải đứng sau giờ bắt đầu (start)."),
        ({"date": "31/02/2026"}, "sk.yml: date: phải là ngày, viết như 31/12/2026."),
        ({"action": ""}, "sk.yml: action: không được để trống."),
        ({"action_icon": "khong-co"}, "sk.yml: action_icon: không có biểu tượng “khong-co”"),
    ],
)
def test_a_slip_in_an_event_is_told_with_the_way_out(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ContentError) as caught:
        event(**changes)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"urgency": "gap"}, "tb.yml: urgency: chỉ nhận một trong: 'thuong', 'quan_trong', 'khan'."),
        ({"ask": ""}, "tb.yml: ask: không được để trống."),
        ({"kicker": "Tin mới"}, "tb.yml: kicker: thông báo mở đầu bằng mức độ (urgency); hãy bỏ kicker."),
    ],
)
def test_a_slip_in_an_announcement_is_told_with_the_way_out(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ContentError) as caught:
        notice(**changes)
    assert told in str(caught.value)


def test_what_finds_no_room_is_refused_with_its_words() -> None:
    with pytest.raises(ContentError, match=r"tb\.yml: chữ không vừa khổ 1280 x 720: “.*hành chính"):
        paint(notice(ask="Trung tâm Phục vụ hành chính công " * 8), "wide")


def test_every_day_of_a_year_has_its_leaf() -> None:
    for month in range(1, 13):
        spec = event(date=date(2027, month, 28).strftime("%d/%m/%Y"))
        assert f"Tháng {month}" in words(spec, "square")
