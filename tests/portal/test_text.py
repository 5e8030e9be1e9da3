"""Text, links, alphabets and pictures: the small steps that the contract is made of."""

import unicodedata

import pytest

from portal.encoding import decode
from portal.images import attached, in_text
from portal.links import absolute, dedupe_key, is_home, is_picture
from portal.text import has_look_alikes, is_garbled, is_shouting, plain, read_markup, without_authors

BASE = "https://cong.vidu.example/vi-vn/rss.aspx"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Cải <b>cách</b>, hành chính", "Cải cách, hành chính"),
        ("<p>Một</p><p>Hai</p>", "Một Hai"),
        ("Một<br>Hai<br/>Ba</br>Bốn", "Một Hai Ba Bốn"),
        ("<b>Trích yếu:</b>Nội dung lúc <b>7:</b>30", "Trích yếu: Nội dung lúc 7:30"),
        ("Trước<script>var a='<p>không</p>'</script>Sau<style>p{}</style>", "Trước Sau"),
        ("Trước<noscript>Bật script <img src=x></noscript>Sau", "Trước Sau"),
        ("Trước<SCRIPT src=x>không đóng", "Trước"),
        ("3 &lt; 5 &amp;amp; &quot;7&quot;", "3 < 5 & \"7\""),
        ("&amp;lt;b&amp;gt;Đậm&amp;lt;/b&amp;gt;", "Đậm"),
        ("&amp;amp;amp;lt;", "&amp;lt;"),
        ("T&ecirc;n&nbsp;g&#7885;i &#x1EBF;", "Tên gọi ế"),
        ("?gd=7&sect=2&copy=3 &khongco;", "?gd=7&sect=2&copy=3 &khongco;"),
        ("a\u200bb\u00adc\u00a0\u2003d\r\n\te\ufeff", "abc d e"),
        ("Viê\u0323t \u00d0ông \u0008\u202eẩn", "Việt Đông ẩn"),
        ("so sánh a < b và c > d", "so sánh a < b và c > d"),
        ("<tên cơ quan> và <a@b.vn>", "<tên cơ quan> và <a@b.vn>"),
        ("Bị cắt <a href=\"http://x", "Bị cắt"),
        ('<img alt="Tin tức > Hình <ảnh>" src="/a.jpg">Chữ', "Chữ"),
        ('<a href="x>Quên dấu</a> và <a href="y">đủ dấu</a>', "Quên dấu và đủ dấu"),
        ("<!-- ghi chú -->Chữ<!-- không đóng", "Chữ"),
        ("<?xml:namespace prefix=o /><o:p>Từ Word</o:p><![if !x]>.<![endif]>", "Từ Word ."),
        ("<![CDATA[Bọc <i>hai</i> lần]]>", "Bọc hai lần"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_is_what_a_reader_sees(raw: str, text: str) -> None:
    assert plain(raw) == text


def test_names_of_persons_in_labelled_lines_are_dropped_and_other_lines_stay() -> None:
    raw = (
        "<div><b>Tác giả:</b> <span>Nguyễn Văn A</span></div><div><b>Đơn vị:</b> Sở Nội vụ</div>"
        "<p><strong>Created By</strong>: A</p>"
    )
    assert plain(without_authors(raw)) == "Đơn vị: Sở Nội vụ"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>Tác giả: Trần B</p><p>Mở thêm quầy</p>", "Mở thêm quầy"),
        ("<b>Tác giả:</b> Lê C<br><b>Nơi họp:</b> Hội trường xã", "Nơi họp: Hội trường xã"),
        ("Mở thêm quầy<br/><i>Người đăng</i>: <span>Hồ D</span>", "Mở thêm quầy"),
        ("&lt;p&gt;Tác giả: Trần B&lt;/p&gt;&lt;p&gt;Mở thêm quầy&lt;/p&gt;", "Mở thêm quầy"),
        ("<p>Mở thêm quầy</p><p>(tac.gia@vidu.example)</p><p>b@vidu.example (Trần B)</p>", "Mở thêm quầy"),
        ("Mở thêm quầy\nTác giả: Trần B", "Mở thêm quầy"),
        ("<p>Liên hệ <a href='mailto:a@b.vn'>a@b.vn</a></p>", "Liên hệ a@b.vn"),
        ("<p>Tác giả: người kể" + " chuyện" * 20 + "</p>", "Tác giả: người kể" + " chuyện" * 20),
        ("<p>Giải nhất thuộc về tác giả: Trần B</p>", "Giải nhất thuộc về tác giả: Trần B"),
        ("<p>Đơn vị: Sở Nội vụ</p>", "Đơn vị: Sở Nội vụ"),
    ],
)  # fmt: skip
def test_a_line_that_only_names_an_author_is_dropped(raw: str, text: str) -> None:
    assert read_markup(raw, authors=False).text == text


def test_pictures_and_links_are_found_at_every_depth_of_escaping() -> None:
    markup = read_markup("<img src=\"/a.jpg?x=1&amp;y=2\">&lt;img src='/b.jpg'&gt; &lt;a href=/c.png&gt;x&lt;/a&gt;")
    assert [given["src"] for given in markup.images] == ["/a.jpg?x=1&y=2", "/b.jpg"]
    assert markup.links == ["/c.png"]


@pytest.mark.parametrize("text", ["L?y l?i mật khẩu", "b\ufffdo mật", "Cáº£i cÃ¡ch", "Tá»\u0089nh"])
def test_lost_letters_are_seen(text: str) -> None:
    assert is_garbled(text)


HONEST = ("Bạn hỏi gì? Chúng tôi đáp", "Vì sao?Tôi", "xem ?a=b", "http://a.vn/x?y=z", "ĐÃ CÓ", "Ở đâu?", "CẤP XÃ”")


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_not_called_garbled(text: str) -> None:
    assert not is_garbled(text)


def test_capitals_and_look_alikes_are_told() -> None:
    assert is_shouting("LỄ PHÁT ĐỘNG CUỘC THI 2026") and not is_shouting("UBND tỉnh HỌP") and not is_shouting("CCHC")
    assert has_look_alikes("\u00d0ông") and not has_look_alikes("Đông")


# Links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("/tin/1", "https://cong.vidu.example/tin/1"),
        ("tin/1", "https://cong.vidu.example/vi-vn/tin/1"),
        ("?id=5", "https://cong.vidu.example/vi-vn/rss.aspx?id=5"),
        ("//anh.vidu.example/a.jpg", "https://anh.vidu.example/a.jpg"),
        (" \n https://a.vn/b c \t", "https://a.vn/b%20c"),
        ("HTTP://A.vn/%c3%a1?x=%7E#", "HTTP://A.vn/%c3%a1?x=%7E#"),
        ("https://a.vn/tin/../ảnh.jpg?", "https://a.vn/tin/../ảnh.jpg?"),
        ("https://a.vn/?gd=7&amp;cn=1&copy=2", "https://a.vn/?gd=7&cn=1&copy=2"),
        ("www.tinh.vidu.example/1", "https://www.tinh.vidu.example/1"),
        ("javascript:alert(1)", None), ("mailto:a@b.vn", None), ("data:image/gif;base64,R0", None),
        ("ftp://a.vn/", None),
        ("http:///x", None), ("http://[x/", None), ("http://a.vn:x/", None), ("#top", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_an_address_is_made_absolute_and_otherwise_left_alone(raw: str | None, address: str | None) -> None:
    assert absolute(raw, BASE) == address


def test_nothing_relative_is_made_up_without_a_base() -> None:
    assert absolute("/tin/1", "") is None and absolute("https://a.vn/1", "") == "https://a.vn/1"


@pytest.mark.parametrize(
    "same",
    [
        "http://bao.vidu.example/đoi-thoai.html?a=1&b=2",
        "https://BAO.vidu.example/%C4%91oi-thoai.html?a=1&b=2#binh-luan",
        "https://bao.vidu.example:443/%c4%91oi-thoai.html?utm_source=rss&a=1&UTM_x=y&b=2&fbclid=Z",
        "http://bao.vidu.example:80/" + unicodedata.normalize("NFD", "đoi-thoai.html") + "?a=1&b=2&fbclid",
    ],
)
def test_one_article_has_one_key_however_it_is_addressed(same: str) -> None:
    assert dedupe_key(same) == "https://bao.vidu.example/đoi-thoai.html?a=1&b=2"


def test_different_articles_have_different_keys() -> None:
    links = [
        "https://a.vn/1",
        "https://a.vn/2",
        "https://b.vn/1",
        "https://a.vn/1?id=1",
        "https://a.vn:8443/1",
        "https://a.vn/1?utm=1",
    ]
    assert len({dedupe_key(link) for link in links}) == len(links)
    assert dedupe_key("https://a.vn") == dedupe_key("https://a.vn/") and dedupe_key("http://[") == "http://["


def test_letters_of_an_old_alphabet_keep_addresses_apart() -> None:
    assert dedupe_key("http://a.vn/th%F4ng") == "https://a.vn/th%F4ng" != dedupe_key("http://a.vn/th%F5ng")
    assert dedupe_key("http://a.vn/th%f4ng?x=%C3%B4%ff") == "https://a.vn/th%F4ng?x=ô%FF"


def test_an_address_of_thousands_of_characters_is_none() -> None:
    long = "a" * 4096
    assert absolute(f"https://a.vn/{long}", BASE) is None and absolute(long, BASE) is None
    assert absolute("tin/1", f"https://a.vn/{long}/") is None
    assert absolute("https://a.vn/1", f"https://a.vn/{long}/") == "https://a.vn/1"
    assert absolute("https://a.vn/" + long[:4000], BASE) == "https://a.vn/" + long[:4000]


def test_a_key_and_an_old_alphabet_are_made_in_time_whatever_stands_on_a_letter() -> None:
    assert len(dedupe_key("https://a.vn/a" + "\u0301\u0323" * 100_000)) < 60
    data = b"a\xec" * 20_000 + b"\xec\xf2" * 1000
    assert (decode(data).encoding, len(decode(data).text)) == ("cp1258", 20_029)


def test_a_front_page_and_a_picture_are_known_by_their_path() -> None:
    assert is_home("https://a.vn/") and is_home("https://a.vn") and not is_home("https://a.vn/?gd=7")
    assert is_picture("https://a.vn/x.JPG?v=1") and not is_picture("https://a.vn/x.pdf?y=.jpg")


# Alphabets ---------------------------------------------------------------------------------------------

WORDS = "<rss>Ủy ban nhân dân xã</rss>"


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("header", ["", "text/xml; charset=windows-1258", "text/xml; charset=utf-7"])
def test_unicode_is_known_by_its_bytes_whatever_is_declared(name: str, header: str) -> None:
    assert decode(WORDS.encode(name), header).text.lstrip("\ufeff") == WORDS


def test_utf_7_is_never_read_as_such() -> None:
    data = b'<?xml version="1.0" encoding="utf-7"?>+ADw-rss+AD4-'
    assert "<rss>" not in decode(data).text


def test_a_few_lost_bytes_do_not_make_utf_8_another_alphabet() -> None:
    data = "Ủy ban nhân dân tỉnh họp về cải cách thủ tục hành chính".encode() + "ế".encode()[:2] + b" m"
    assert decode(data).encoding == "utf-8" and decode(data).text.count("\ufffd") == 1


def test_french_in_windows_1252_is_not_taken_for_vietnamese() -> None:
    text = "Coopération décentralisée: été, forêt, Noël, où, çà et là, naïf"
    assert decode(text.encode("cp1252"), "text/xml; charset=windows-1252").text == text


# Pictures ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "image"),
    [
        ('<img src="/a.jpg">', "/a.jpg"),
        ('<img src="/loading.gif" data-original="/a.jpg">', "/a.jpg"),
        ('<img src="data:image/gif;base64,R0" data-src="/a.jpg">', "/a.jpg"),
        ('<img srcset="/a-1.jpg 1x, /a-2.jpg 2x">', "/a-2.jpg"),
        ("<IMG SRC=/a.jpg WIDTH=600>", "/a.jpg"),
        ('<img src="/a.jpg" width="100%" height="auto">', "/a.jpg"),
        ('<img src="/x.jpg" width="1" height="1">', None), ('<img src="/x.jpg" width="0">', None),
        ('<img src="/x.jpg" style="height: 1px">', None),
        ('<img src="/spacer.gif">', None), ('<img src="/x.svg">', None),
        ("<img alt='không có'>", None),
        ('<video controls><source src="/phim.jpg"></video>', None), ('<audio><source src="/a.mp3"></audio>', None),
        ('<picture><source srcset="/a.avif"><img src="/a.jpg"></picture>', "/a.jpg"),
        ('<picture><source srcset="/a.webp 1x, /b.webp 2x"><img src="data:x"></picture>', "/b.webp"),
        ('<img src="data:x"><noscript>Bật script <img src="/a.jpg"></noscript>', "/a.jpg"),
        ('<noscript><img src="/a.jpg"></noscript><img src="/b.jpg">', "/b.jpg"),
        ('<picture></picture><source srcset="/a.webp">', None),
    ],
)  # fmt: skip
def test_the_picture_of_a_tag_is_the_one_that_is_seen_in_the_end(tag: str, image: str | None) -> None:
    assert in_text(read_markup(tag), BASE) == (f"https://cong.vidu.example{image}" if image else None)


def test_only_a_picture_that_is_attached_is_one() -> None:
    media = [
        ("enclosure", {"url": "/nghe.mp3", "type": "audio/mpeg"}),
        ("enclosure", {"url": "/van-ban.jpg", "type": "application/pdf"}),
        ("enclosure", {"url": "/khong-ro", "type": ""}),
        ("media:content", {"url": "/cham.gif", "medium": "image", "width": "1"}),
        ("media:thumbnail", {"url": "/thu.jpg"}),
    ]
    assert attached(media, BASE) == "https://cong.vidu.example/thu.jpg"
    assert attached(media[:4], BASE) is None
