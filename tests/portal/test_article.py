"""One pasted page: what it tells of itself is believed as far as it can be, and no further."""

from datetime import datetime
from typing import Any

import pytest

from portal.article import WORDS, read_article
from portal.page import read_page
from portal.values import Item, Reading

ADDRESS = "https://www.xa.vidu.example/Default.aspx?gd=7&cn=198&tc=22782"
FETCHED_AT = datetime.fromisoformat("2026-11-22T08:00:00+07:00")


def read(head: str, body: str = "", **facts: Any) -> Reading:
    html = f'<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    return read_article(html.encode(), **{"address": ADDRESS, "fetched_at": FETCHED_AT, **facts})


def one(head: str, body: str = "") -> Item:
    reading = read(head, body)
    assert reading.ok, reading.words
    (item,) = reading.items
    return item


def test_a_page_that_tells_everything_is_read_whole() -> None:
    reading = read(
        '<title>Mở thêm quầy số - Cổng Thông tin điện tử tỉnh</title><link rel="canonical" href="/tin/mo-quay.html">'
        '<meta property="og:title" content="Mở thêm quầy&nbsp;số"><meta property="og:site_name" content="Cổng tỉnh">'
        '<meta property="og:description" content="Quầy &amp;amp; &lt;b&gt;lối&lt;/b&gt; đi">'
        '<meta property="og:image" content="/anh/quay so.jpg"><meta property="article:section" content="Một cửa">'
        '<meta property="article:published_time" content="2026-11-20T01:00:00Z">'
    )
    assert (reading.title, reading.warnings) == ("Cổng tỉnh", ())
    assert reading.items[0].as_dict() == {
        "title": "Mở thêm quầy số",
        "link": "https://www.xa.vidu.example/tin/mo-quay.html",
        "published": "2026-11-20T08:00:00+07:00",
        "summary": "Quầy & lối đi",
        "image": "https://www.xa.vidu.example/anh/quay%20so.jpg",
        "guid": None,
        "categories": ["Một cửa"],
    }


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<meta name="twitter:title" content="Từ thẻ khác"><title>x</title>', "", "Từ thẻ khác"),
        ("<title>Trang</title>", "<h1>Họp <b>thôn</b></h1>", "Họp thôn"),
        ("<title>Họp thôn - Trang thông tin điện tử xã Ví Dụ</title>", "", "Họp thôn"),
        ("<title>Trang thông tin điện tử xã Ví Dụ | Họp thôn</title>", "", "Họp thôn"),
        ("<title>Huế - thành phố di sản » Sở Du lịch</title>", "", "Huế - thành phố di sản"),
        ("<title>Một cửa - hai cấp</title>", "", "Một cửa - hai cấp"),
        ('<meta property="og:site_name" content="Xã Ví Dụ"><title>Họp thôn - Xã Ví Dụ</title>', "", "Họp thôn"),
        ("<title>Kết quả họp thôn | lạ</title>", "<h1>Kết quả họp thôn</h1><h1>Khối</h1>", "Kết quả họp thôn"),
        ('<script type="application/ld+json">{"headline":"Trong dữ liệu"}</script>', "", "Trong dữ liệu"),
        ("<title>Quên đóng<meta name=x content=y>", "<p>x</p>", "Quên đóng"),
    ],
)  # fmt: skip
def test_the_title_is_the_articles_and_not_the_sites(head: str, body: str, title: str) -> None:
    assert one(head, body).title == title


def test_titles_and_headings_without_end_are_looked_at_in_part() -> None:
    site = '<meta property="og:site_name" content="' + "b" * 80_000 + '">'
    reading = read(f"<title>{'a - ' * 5}{'Sở x - ' * 2000}</title>{site}")
    assert reading.title == "b" * 1000 and reading.items[0].title == "a - a - a - a - a"
    page = read_page("<title>x</title>" + f"<h1>{'đầu đề ' * 1000}</h1>" * 2000)
    assert len(page.heads) == 20 and {len(head) for head in page.heads} == {1000}
    assert len(one(f"<title>{'dài ' * 5000}</title>").title) == 999


def test_an_address_of_its_own_is_read_from_the_pages_base() -> None:
    head = '<title>Họp thôn</title><base href="{}"><link rel="canonical" href="tin/1">'
    assert one(head.format("/vi/")).link == "https://www.xa.vidu.example/vi/tin/1"
    elsewhere = read(head.format("https://cdn.vidu.example/x/"))
    assert elsewhere.items[0].link == ADDRESS and "cdn.vidu.example" in elsewhere.warnings[0]


@pytest.mark.parametrize(
    ("head", "link", "warned"),
    [
        ('<link rel="canonical" href="https://xa.vidu.example/tin/1">', "https://xa.vidu.example/tin/1", False),
        ('<meta property="og:url" content="/tin/2">', "https://www.xa.vidu.example/tin/2", False),
        ('<link rel="canonical" href="https://khac.vidu.example/tin/1">', ADDRESS, True),
        ('<meta property="og:url" content="https://ca-do.example/">', ADDRESS, True),
        ('<link rel="canonical" href="https://www.xa.vidu.example/">', ADDRESS, True),
        ('<link rel="canonical" href="javascript:1">', ADDRESS, False),
        ("", ADDRESS, False),
    ],
)
def test_a_page_may_name_its_own_address_but_no_other_hosts(head: str, link: str, warned: bool) -> None:
    reading = read(f"<title>Họp thôn</title>{head}")
    assert reading.items[0].link == link
    assert any("địa chỉ gốc" in warning for warning in reading.warnings) is warned


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ('<script type="application/ld+json">{"@graph":[{"@type":"WebSite"},[{"@type":"NewsArticle","headline":"x",'
         '"datePublished":"2026-11-19T07:30:00"}]]}</script>', "", "2026-11-19T07:30:00+07:00"),
        ('<meta itemprop="datePublished" content="19/11/2026 2:05:00 CH">', "", "2026-11-19T14:05:00+07:00"),
        ("", '<time pubdate datetime="2026-11-18T00:00:00Z">hôm kia</time>', "2026-11-18T07:00:00+07:00"),
        ("", "<div>Ngày cập nhật 11/12/2021</div>", "2021-12-11T00:00:00+07:00"),
        ("", "<p>Cập nhật lúc 07:30, 09/11/2026 (GMT + 7) | Lượt xem: 15</p>", "2026-11-09T07:30:00+07:00"),
        ("", "<p>Ngày đăng:&nbsp;<b>Thứ Hai, 09/11/2026</b> Tác giả: A</p>", "2026-11-09T00:00:00+07:00"),
        # the day it is today, a script, a law's day, the end of a month that has none
        ("", "<div>Chủ nhật, ngày 22/11/2026</div>", None),
        ("", "<script>Ngày cập nhật 11/12/2021</script>", None),
        ("", "<p>Ngày ban hành: 29/12/2022</p>", None),
        ("", "<p>Ngày đăng: 31/11/2026</p>", None),
        ('<meta property="article:published_time" content="2027-11-20">', "", None),
        ('<meta property="article:published_time" content="vừa xong">', "", None),
    ],
)  # fmt: skip
def test_a_date_is_taken_only_from_where_it_says_what_it_is(head: str, body: str, published: str | None) -> None:
    reading = read(f"<title>Họp thôn</title>{head}", body)
    assert reading.items[0].as_dict()["published"] == published
    assert any("Ngày đăng" in warning or "ngày đăng" in warning for warning in reading.warnings) is (published is None)


def test_a_description_that_is_html_is_read_as_text() -> None:
    item = one('<title>Họp thôn</title><meta content="<p>Tin &gt; <b>mới</b></p>" name="description">')
    assert item.summary == "Tin > mới"


def test_the_alphabet_is_the_one_that_the_page_declares() -> None:
    title = unicodedata_1258("Kết quả họp thôn")
    data = b'<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1258"><title>' + title
    assert (
        read_article(data + b"</title></head></html>", address=ADDRESS, fetched_at=FETCHED_AT).items[0].title
        == "Kết quả họp thôn"
    )


def unicodedata_1258(text: str) -> bytes:
    """windows-1258 as Windows writes it: a letter with its shape, then the tone."""
    parts = {"ế": "ê\u0301", "ả": "a\u0309", "ọ": "o\u0323"}
    return "".join(parts.get(letter, letter) for letter in text).encode("cp1258")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html><head></head><body><p>x</p></body></html>", "no_title"),
        (b"<html><title> </title></html>", "no_title"),
        (b'<?xml version="1.0"?><!-- x --><rss><channel><title>x</title></channel></rss>', "not_a_page"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>', "not_a_page"),
        (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 10, "not_a_page"), (b"", "not_a_page"), (b'{"a": 1}', "not_a_page"),
        (b"<html>" + b" " * 10_000_000, "too_large"),
    ],
)  # fmt: skip
def test_what_is_no_article_is_told_in_words(data: bytes, code: str) -> None:
    reading = read_article(data, address=ADDRESS, fetched_at=FETCHED_AT)
    assert (reading.error, reading.words, reading.items) == (code, WORDS[code], ())


def test_a_page_with_entities_of_its_own_reads_no_file_and_does_not_grow() -> None:
    bomb = (
        '<!DOCTYPE html [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<html><head><title>Tin &b;&x;</title></head></html>"
    )
    reading = read_article(bomb.encode(), address=ADDRESS, fetched_at=FETCHED_AT)
    assert "aaaa" not in repr(reading) and "root:" not in repr(reading)


def test_a_reading_needs_the_zone_of_its_time() -> None:
    with pytest.raises(ValueError):
        read_article(b"", address=ADDRESS, fetched_at=FETCHED_AT.replace(tzinfo=None))
