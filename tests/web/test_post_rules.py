"""When a post goes out, wherever it is written or read at the desk: the composer, the library, approvals, the API."""

import re
import unicodedata
from datetime import date
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser

from content.tables import Editorial
from tests.web.browser import WIDTHS, violations, window
from tests.web.desk import Desk
from tests.web.test_api import DRAFT, program
from tests.web.writing import GOOD, begin, draft, post_of, sent

RULES: dict[str, Any] = {
    "tags": ["thong-bao", "canh-bao"],
    "tags_own": "Mùa lũ, #hue-s",
    "season_from": "01/9",
    "season_to": "15/12",
    "repeat_days": "45",
    "repeat_most": "1.000",
    "repeat_until": "31/12/2026",
    "late_rule": "next_slot",
    "late_minutes": "60",
}
PARTED: dict[str, Any] = {"evergreen": "", "series": "Sáu bước nộp hồ sơ", "series_part": "2"}


def put(desk: Desk, **facts: Any) -> tuple[int, str]:
    """A new post sent by the form: the status, and the page or the post's key."""
    visitor = desk.visit(desk.lan)
    key = begin(visitor)
    answer = visitor.post(f"/soan/{key}", {**GOOD, **facts}, allow_redirects=False)
    found = answer.headers.get("Location", "").removeprefix("/soan/")
    return answer.status_code, found or answer.text


def told(desk: Desk, path: str) -> str:
    answer = desk.visit(desk.minh).get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.text)).split())


# The composer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_form_saves_them_and_shows_them_again(both: Desk, form: Any) -> None:
    written = {
        name: unicodedata.normalize(form, value) if isinstance(value, str) else value for name, value in RULES.items()
    }
    status, key = put(both, **written)
    assert status == 303, key
    post = post_of(both, key)
    assert post.tags == ["thong-bao", "canh-bao", "mua-lu", "hue-s"]
    assert (post.season, post.late_rule, post.late_minutes) == ("09-01/12-15", "next_slot", 60)
    assert (post.repeat_days, post.repeat_most, post.repeat_until) == (45, 1000, date(2026, 12, 31))
    page = unescape(both.visit(both.lan).get(f"/soan/{key}").text)
    for words in ('value="canh-bao" checked', 'value="mua-lu, hue-s"', 'value="01/9"', 'value="15/12"', 'value="45"',
                  'value="2026-12-31"', '<option value="next_slot" selected>Chuyển sang khung giờ trống kế tiếp',
                  '<details class="part rules" open>'):  # fmt: skip
        assert words in page, words
    status, key = put(both, **PARTED)
    post = post_of(both, key)
    assert (post.series, post.series_part, post.evergreen) == ("Sáu bước nộp hồ sơ", 2, False)


def test_a_part_in_which_nothing_is_set_is_folded_away(desk: Desk) -> None:
    post = draft(desk)
    page = desk.visit(desk.lan).get(f"/soan/{post.key}").text
    assert '<details class="part rules">' in page


def test_saving_what_is_there_changes_nothing_whatever_the_order_of_its_tags(desk: Desk) -> None:
    post = draft(desk, tags=["mua-lu", "canh-bao"], season="12-15/02-28", repeat_days=7, series="")
    form = sent(desk, post)
    assert desk.visit(desk.lan).post(f"/soan/{post.key}", form).status_code == 200
    after = post_of(desk, post.key)
    assert (after.tags, after.season, after.repeat_days) == (["mua-lu", "canh-bao"], "12-15/02-28", 7)
    assert after.content_hash == post.content_hash


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"tags": ["<script>"]}, "tags", "Hãy chọn “Nhãn” trong danh sách."),
        ({"tags_own": "!!!"}, "tags_own", "“!!!” không đúng mẫu; chỉ dùng chữ thường không dấu"),
        ({"tags_own": "a" * 50}, "tags_own", "không đúng mẫu"),
        ({"tags_own": ", ".join(f"t{one}" for one in range(30))}, "tags_own", "Có 30 nhãn; tối đa 20 nhãn."),
        ({"tags_own": "x, " * 5_000}, "tags_own", "“Nhãn riêng” dài"),
        ({"season_from": "01/9"}, "season_to", "Mùa trong năm cần cả ngày đầu và ngày cuối"),
        ({"season_to": "01/9"}, "season_from", "Mùa trong năm cần cả ngày đầu và ngày cuối"),
        ({"season_from": "31/9", "season_to": "1/10"}, "season_from", "Ngày 31/9 không có trong năm"),
        ({"season_from": "<script>", "season_to": "'; --"}, "season_from", "không phải mùa trong năm"),
        ({"season_from": "1" * 9_999, "season_to": "2"}, "season_from", "“Mùa trong năm” dài 9999 ký tự"),
        ({"repeat_days": "367"}, "repeat_days", "phải là số nguyên từ 0 đến 366."),
        ({"repeat_most": "-1"}, "repeat_most", "phải là số nguyên từ 0 đến 1000."),
        ({"repeat_until": "31/02/2026"}, "repeat_until", "phải là một ngày, như 31/12/2026."),
        ({"series": "đ" * 121, "series_part": "1"}, "series", "dài 121 ký tự; tối đa 120 ký tự."),
        ({"series": "Loạt", "series_part": "1e3"}, "series_part", "phải là số nguyên từ 0 đến 1000."),
        ({"late_rule": "whenever"}, "late_rule", "Hãy chọn “Khi đã quá giờ” trong danh sách."),
    ],
)
def test_what_cannot_be_stands_beside_its_field_and_nothing_is_saved(
    desk: Desk, facts: dict[str, Any], field: str, words: str
) -> None:
    status, page = put(desk, **facts)
    assert status == 422
    beside = re.search(rf'id="e-{field}">([^<]*)<', page)
    assert beside and words in unescape(beside[1]), page[page.find('class="error"') :][:300]
    assert '<details class="part rules" open>' in page
    with pytest.raises(Exception, match="No row"):
        post_of(desk, "nop-ho-so-truc-tuyen-tai-nha")


def test_a_contradiction_is_told_beside_its_field_while_it_is_written(desk: Desk) -> None:
    looked = desk.visit(desk.lan).post("/soan/xem-truoc?phan=1", {**GOOD, **PARTED, "repeat_days": "30"}).text
    fields = dict(re.findall(r'data-field="([\w.]+)">(.*?)</div>', looked, re.DOTALL))
    assert "Bài chỉ đăng một lần mà lại có quy tắc đăng lại" in unescape(fields["repeat_days"])
    assert "không có quy tắc đăng lại riêng" in unescape(fields["series"])


def test_two_posts_in_one_place_of_a_series_are_refused_at_submission(both: Desk) -> None:
    _, first = put(both, **PARTED | {"series_part": "1"})
    _, second = put(both, **PARTED | {"series_part": "1", "title": "Phần một, viết lại"})
    post = post_of(both, second)
    answer = both.visit(both.lan).post(f"/soan/{second}/trinh-duyet", sent(both, post), allow_redirects=False)
    assert f"Bài “{first}” đã là phần 1 của loạt bài này" in unescape(answer.text)
    assert post_of(both, second).state == Editorial.DRAFT


def test_two_versions_of_a_post_are_compared_in_them_too(desk: Desk) -> None:
    post = draft(desk)
    mine, theirs = sent(desk, post), sent(desk, post, **RULES)
    assert desk.visit(desk.minh).post(f"/soan/{post.key}", theirs).status_code in (200, 403)
    assert desk.visit(desk.lan).post(f"/soan/{post.key}", theirs).status_code == 200
    shown = unescape(desk.visit(desk.lan).post(f"/soan/{post.key}", mine | {"title": "Khác"}).text)
    for words in ("Nhãn", "Mùa trong năm", "từ 01/9 đến 15/12 hằng năm", "Đăng lại đến hết ngày", "Khi đã quá giờ"):
        assert words in shown, words
    kept = re.findall(r'name="(\w+)" value="([^"]*)"', shown)
    assert ("title", "Khác") in kept and not any(name == "season_from" for name, _ in kept)


# Reading -----------------------------------------------------------------------------------------------


def test_whoever_reads_or_approves_a_post_reads_when_it_goes_out(desk: Desk) -> None:
    facts: dict[str, Any] = {
        "tags": ["canh-bao", "mua-lu"], "season": "09-01/12-15", "repeat_days": 45, "repeat_most": 6,
        "repeat_until": date(2026, 12, 31), "late_rule": "next_slot", "late_minutes": 60,
    }  # fmt: skip
    desk.post(key="mua-lu", **facts)
    desk.post(key="cho-duyet", state=Editorial.SUBMITTED, **facts)
    for path in ("/bai/mua-lu", "/duyet/cho-duyet"):
        text = told(desk, path)
        for words in ("Cảnh báo khẩn cấp; mua-lu", "từ 01/9 đến 15/12 hằng năm", "cách nhau ít nhất 45 ngày",
                      "tối đa 6 lần trên một kênh", "đến hết ngày 31/12/2026",
                      "Trễ quá 60 phút thì chuyển sang khung giờ trống kế tiếp"):  # fmt: skip
            assert words in text, (path, words)
    desk.post(key="phan-hai", evergreen=False, series="Sáu bước <b>", series_part=2)
    assert "Sáu bước <b>, phần 2" in " ".join(unescape(desk.visit(desk.minh).get("/bai/phan-hai").text).split())
    assert "Sáu bước <b>" not in desk.visit(desk.minh).get("/bai/phan-hai").text, "it stays words"


def test_the_library_is_narrowed_to_a_tag_beside_other_conditions(both: Desk) -> None:
    for key, tags in (("mot", ["mua-lu"]), ("hai", ["canh-bao", "mua-lu"]), ("ba", ["mua-lu-lon"]), ("bon", [])):
        both.post(key=key, title=f"Bài {key}", tags=tags)
    both.publication(post_id=both.post(key="nam", title="Bài nam", tags=["mua-lu"]).id)

    def found(query: str) -> set[str]:
        answer = both.visit(both.lan).get(f"/thu-vien?xem=danh-sach&{query}")
        assert answer.status_code == 200
        return set(re.findall(r'href="/bai/([\w-]+)"', answer.text))

    assert found("nhan=mua-lu") == {"mot", "hai", "nam"}
    assert found("nhan=mua-lu&dang=cho") == {"nam"}
    assert found("nhan=canh-bao&tim=Bai") == {"hai"}
    assert found("nhan=khong-co") == set()
    for odd in ("%22", "mua_lu", "%25", "%00", "x" * 5_000, "<script>"):
        assert len(found(f"nhan={odd}")) in (0, 5), odd


# The API -----------------------------------------------------------------------------------------------


def test_a_program_writes_and_reads_them(desk: Desk) -> None:
    lan = program(desk, desk.lan)
    rules = {
        "tags": ["thong-bao"], "season": unicodedata.normalize("NFD", "từ 1/9 đến 15/12"), "repeat_days": 45,
        "repeat_most": 6, "repeat_until": "2026-12-31", "late_rule": "next_slot", "series": "", "series_part": 0,
    }  # fmt: skip
    made = lan.post("/posts", {**DRAFT, **rules}).json()
    assert {name: made[name] for name in rules} == {**rules, "season": "09-01/12-15"}
    again = lan.ask("PUT", f"/posts/{made['key']}?seen={made['content_hash']}", json={**DRAFT, **rules})
    assert again.json()["content_hash"] == made["content_hash"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"tags": ["Ồn ào"]},
        {"tags": [f"t{one}" for one in range(21)]},
        {"tags": "thong-bao"},
        {"season": "31/9 - 1/10"},
        {"season": "x" * 10_000},
        {"repeat_days": 367},
        {"repeat_most": -1},
        {"repeat_until": "31/02/2026"},
        {"series": "đ" * 121},
        {"series_part": 2**70},
        {"late_rule": "whenever"},
    ],
)
def test_a_program_is_told_what_cannot_be(desk: Desk, wrong: dict[str, Any]) -> None:
    answer = program(desk, desk.lan).post("/posts", {**DRAFT, **wrong})
    assert answer.status_code == 422 and next(iter(wrong)) in answer.text


# In a browser ------------------------------------------------------------------------------------------


def test_the_part_reads_well_at_every_width_and_the_page_asks_for_no_more_than_ten_things(
    desk: Desk, browser: Browser
) -> None:
    _, key = put(desk, **RULES, title="Một tiêu đề rất dài về việc chuẩn bị hồ sơ trực tuyến trong mùa mưa lũ của tỉnh")
    for width in WIDTHS:
        asked: list[str] = []
        with window(browser, desk, desk.lan, width) as page:
            page.on("requestfinished", lambda request, kept=asked: kept.append(request.url))
            page.goto(f"/soan/{key}", wait_until="networkidle")
            assert violations(page) == []
            assert page.locator("details.rules[open] #f-season_from").input_value() == "01/9"
        counted = [one for one in asked if "/tu-lieu/" not in one]
        assert len(counted) <= 10, counted
