"""The reading contract: awkward feeds made by hand, and what must come out of each, field by field.

Each value in `feeds/expected.json` was checked by hand against its feed. Every site, person and article is invented.
"""

import json
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.feed import WORDS, read_feed
from portal.links import absolute
from portal.values import Reading

FEEDS = Path(__file__).parent / "feeds"
EXPECTED: dict[str, dict[str, Any]] = json.loads((FEEDS / "expected.json").read_text(encoding="utf-8"))
ADDRESS = "https://cong.vidu.example/vi-vn/rss.aspx"
FETCHED_AT = datetime.fromisoformat("2026-11-22T08:00:00+07:00")


def reading_of(name: str, **facts: Any) -> Reading:
    data = (FEEDS / f"{name}.xml").read_bytes()
    return read_feed(data, **{"address": ADDRESS, "fetched_at": FETCHED_AT, **facts})


def test_every_feed_has_its_expected_reading() -> None:
    assert sorted(path.stem for path in FEEDS.glob("*.xml")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_feed_is_read_field_by_field_as_expected(name: str) -> None:
    assert reading_of(name).as_dict() == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_everything_that_is_kept_is_nfc_and_clean(name: str) -> None:
    reading = reading_of(name)
    for item in reading.items:
        for text in (item.title, item.summary, *item.categories):
            assert unicodedata.is_normalized("NFC", text) and text == " ".join(text.split())
            assert not {"\u200b", "\u00ad", "\u00a0"} & set(text)
        assert item.published is None or item.published.utcoffset() is not None
        assert item.key


def test_an_error_comes_with_words_for_staff() -> None:
    refused = [name for name, told in EXPECTED.items() if not told["ok"]]
    assert {EXPECTED[name]["error"] for name in refused} == {"not_a_feed", "dtd_forbidden", "truncated"}
    assert all(reading_of(name).words == WORDS[EXPECTED[name]["error"]] for name in refused)


def test_the_server_may_call_a_feed_a_page_or_declare_another_alphabet() -> None:
    for told in (
        "text/html; charset=iso-8859-1",
        'application/xml; charset="utf-16"',
        "text/xml; charset=nonsense",
        "",
    ):
        assert reading_of("nfd", content_type=told).items == reading_of("nfd").items


def test_the_header_names_the_alphabet_where_the_feed_does_not() -> None:
    data = "<rss><channel><title>Café</title></channel></rss>".encode("cp1252")
    reading = read_feed(data, address=ADDRESS, fetched_at=FETCHED_AT, content_type="text/xml; charset=windows-1252")
    assert (reading.title, reading.warnings) == ("Café", ())
    guessed = read_feed(data, address=ADDRESS, fetched_at=FETCHED_AT)
    assert guessed.title == "Café" and len(guessed.warnings) == 1


def test_a_date_that_is_not_used_is_kept_as_it_stood() -> None:
    dates = reading_of("vietnamese-dates")
    assert (dates.items[4].published, dates.items[4].published_raw) == (None, "hôm qua")
    future = reading_of("duplicates").items[2]
    assert (future.published, future.published_raw) == (None, "Sat, 20 Nov 2027 08:00:00 +0700")


def test_capitals_are_told_and_not_changed() -> None:
    assert [item.shouting for item in reading_of("duplicates").items] == [False, True, False, False]


def test_names_and_addresses_of_authors_are_kept_nowhere() -> None:
    for name in ("gmt7-cdata-image", "sharepoint-labels", "atom-xml-base", "rss10"):
        kept = repr(reading_of(name))
        assert "Nguyễn Văn Ví Dụ" not in kept and "Người Viết" not in kept and "@vidu.example" not in kept


def test_a_feed_of_thousands_is_read_whole_and_its_oddities_make_one_sentence() -> None:
    items = "".join(f"<item><title>Bài {n}</title><link>/bai/{n}</link></item>" for n in range(5000))
    reading = read_feed(f"<rss><channel>{items}</channel></rss>".encode(), address=ADDRESS, fetched_at=FETCHED_AT)
    assert len(reading.items) == 5000
    assert reading.items[4999].link == "https://cong.vidu.example/bai/4999"
    assert reading.warnings == ("Bài 1-5000: không ghi ngày đăng.",)


def test_an_archive_is_cut_at_ten_thousand_and_says_so() -> None:
    data = b"<rss><channel>" + b"<item><title>a</title></item>" * 10_001 + b"</channel></rss>"
    reading = read_feed(data, address=ADDRESS, fetched_at=FETCHED_AT)
    assert len(reading.items) == 10_000
    assert "10.001" in reading.warnings[0] and "10.000" in reading.warnings[0]


def test_a_feed_that_is_too_large_is_refused_before_it_is_read() -> None:
    reading = read_feed(b"<rss>" + b" " * 10_000_000, address=ADDRESS, fetched_at=FETCHED_AT)
    assert reading.error == "too_large" and "10 MB" in reading.words


def test_an_element_with_more_attributes_than_anybody_writes_has_none() -> None:
    for extra, image in ((90, "https://cong.vidu.example/a.jpg"), (100, None)):
        told = " ".join(f'x{place}="1"' for place in range(extra))
        item = f'<item><title>a</title><enclosure url="/a.jpg" type="image/jpeg" {told}/></item>'
        data = f"<rss><channel>{item}</channel></rss>"
        assert read_feed(data.encode(), address=ADDRESS, fetched_at=FETCHED_AT).items[0].image == image


def test_three_versions_of_an_article_form_a_chain_in_the_order_they_were_published() -> None:
    items = "".join(
        f"<item><title>{hour}</title><link>/bai</link><pubDate>10/11/2026 {hour}:00</pubDate></item>"
        for hour in (9, 7, 8)
    )
    read = read_feed(f"<rss><channel>{items}</channel></rss>".encode(), address=ADDRESS, fetched_at=FETCHED_AT).items
    assert [(item.updates, item.superseded_by) for item in read] == [(2, None), (None, 2), (1, 0)]


def read(items: str, head: str = "") -> Reading:
    data = f"<rss><channel{head}><title>Cổng</title>{items}</channel></rss>"
    return read_feed(data.encode(), address=ADDRESS, fetched_at=FETCHED_AT)


def test_a_guid_that_articles_share_is_the_address_of_none() -> None:
    guid = "<guid>https://cong.vidu.example/tin-tuc</guid>"
    shared = read("".join(f"<item><title>Bài {n}</title>{guid}</item>" for n in range(3)))
    assert [item.link for item in shared.items] == [None] * 3 and len({item.key for item in shared.items}) == 3
    assert read(f"<item><title>Bài</title>{guid}</item>").items[0].link == "https://cong.vidu.example/tin-tuc"


def test_articles_that_all_lead_to_the_front_page_are_told_apart_by_their_guids() -> None:
    link = "<link>https://cong.vidu.example/#/tin/{n}</link>"
    one_page = "".join(f'<item><title>a</title>{link}<guid isPermaLink="false">{n}</guid></item>' for n in (1, 2))
    assert [item.updates for item in read(one_page).items] == [None, None]
    assert len({item.key for item in read(one_page).items}) == 2


def test_articles_of_one_title_are_the_same_only_when_they_say_the_same() -> None:
    def notice(words: str) -> str:
        return f"<item><title>Thông báo</title><description>{words}</description></item>"

    different = read(notice("Lịch nghỉ Tết") + notice("Tuyển dụng"))
    assert [item.updates for item in different.items] == [None, None]
    same = read(notice("Lịch nghỉ Tết") + notice("<b>LỊCH</b> nghỉ Tết"))
    assert [item.updates for item in same.items] == [None, 0]
    assert "Bài 2 là bản cập nhật của bài 1 (cùng tiêu đề), không phải bài mới." in same.warnings


def test_an_article_inside_an_article_is_none() -> None:
    nested = "<item><title>Ngoài</title><link>/1</link>" * 120 + "<description>a</description>" + "</item>" * 120
    assert [item.title for item in read(nested + "<item><title>Sau</title></item>").items] == ["Ngoài", "Sau"]


@pytest.mark.parametrize("head", [' xml:base="https://a.vn/{}/"', "><link>https://a.vn/{}/</link><x /"])
def test_an_endless_address_is_not_repeated_in_every_article(head: str) -> None:
    items = "".join(f"<item><title>a</title><link>bai/{n}</link></item>" for n in range(500))
    reading = read(items, head.format("a" * 200_000))
    assert reading.items[499].link == "https://cong.vidu.example/vi-vn/bai/499"
    assert len(repr(reading)) < 500_000


def test_bases_inside_one_another_are_joined_and_each_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    joined: list[str] = []

    def watched(raw: str | None, base: str) -> str | None:
        joined.append(base)
        return absolute(raw, base)

    monkeypatch.setattr("portal.elements.absolute", watched)
    items = "".join(f"<item><title>a</title><link>{n}</link><guid>{n}</guid></item>" for n in range(100))
    reading = read('<x xml:base="b/">' * 50 + items + "</x>" * 50)
    assert reading.items[99].link == "https://cong.vidu.example/vi-vn/" + "b/" * 50 + "99"
    assert len(joined) < 50 + 2 * 100


def test_a_time_without_zone_is_of_the_zone_that_is_asked_for() -> None:
    data = b"<rss><channel><item><title>a</title><pubDate>2026-11-20 08:00</pubDate></item></channel></rss>"
    read = read_feed(data, address=ADDRESS, fetched_at=FETCHED_AT, zone=ZoneInfo("Asia/Tokyo"))
    assert read.as_dict()["items"][0]["published"] == "2026-11-20T06:00:00+07:00"


def test_a_reading_needs_the_zone_of_its_time() -> None:
    with pytest.raises(ValueError):
        read_feed(b"", address=ADDRESS, fetched_at=FETCHED_AT.replace(tzinfo=None))
