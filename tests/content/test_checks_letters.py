"""Characters that do not belong, spoilt text, and keys of Telex and VNI that were left over."""

from dataclasses import replace
from typing import Any

import pytest

from content.checks import Finding, check
from content.checks.charsets import twice_encoded
from content.checks.slips import find_slips
from content.checks.syllables import is_syllable
from content.postfile import PostFile, read_post
from tests.content.shelf import ROOT, plan, shelf
from tests.content.test_checks import said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, **changes: Any) -> list[Finding]:
    changed = replace(post, **changes)
    return check(changed, changed.places(), plan())


@pytest.mark.parametrize(
    ("text", "words", "blocks"),
    [
        ("L\ufffdy l\ufffdi", "dấu hỏi đen", True),
        ("Cáº£i cÃ¡ch hÃ nh chÃ\xadnh", "bị hỏng khi chuyển mã: “áº£”", True),
        ("Äá»\x81 Ã¡n", "bị hỏng khi chuyển mã", True),
        ("Thá»§ tá»¥c", "bị hỏng khi chuyển mã", True),
        ("â€œMột cửaâ€\x9d", "bị hỏng khi chuyển mã", True),
        ("Thñ tôc hµnh chÝnh, c¶i c¸ch nhµ n­íc, viÖc lµm, gi¶i quyÕt ®óng hÑn", "bảng mã cũ", False),
        ("cải сách", "U+0441 (с)", False),  # a Cyrillic letter
        ("𝐂𝐚̉𝐢 cách", "U+1D402", False),
        ("ＣＣＨＣ", "U+FF23", False),
        ("Cɑi cách", "U+0251", False),
        ("b\u0323\u0301", "U+0301", False),
        ("cải\u202ecách", "U+202E", False),
        ("cải\x07cách", "U+0007", False),
        ("cải\u2800cách", "U+2800", False),
        ("Thur tucj hanhf chinhs", "“tucj” (tục?), “hanhf” (hành?), “chinhs” (chính?)", False),
        ("thur tục", "“thur” (thủ?)", False),
        ("caỉ cách", "“caỉ” (cải?)", False),
        ("dduwowcj khoong", "“dduwowcj” (được?), “khoong” (không?)", False),
        ("Thu3 tu5c ha2nh chi1nh", "“Thu3” (thủ?)", False),
        ("d9u7o7c5 vie65t", "“d9u7o7c5” (được?)", False),
        ("hòá đơn", "“hòá” (hòa hay hóa?)", False),
        ("đươc giải quyết", "“đươc” (đước hay được?)", False),
    ],
)
def test_a_doubtful_text_is_found(good: PostFile, text: str, words: str, blocks: bool) -> None:
    found = findings(good, **said(text))
    assert any(one.field == "body" and words in one.words and one.blocks is blocks for one in found), found
    assert all(one.field == "body" for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "“Đề án 06” (giai đoạn 2) tăng 88,38% – 🎉 1️⃣ 👨‍👩‍👧",
        "Hòa hoà, thủy thuỷ, khỏe khoẻ, quý, giếng, gì, nghiêng, khuỷu, xoong",
        "Bus, gas, tips, fax, box, Google Chrome, Windows, Alex, Lens, server, marketing, test, post, list",
        "PCI, ICT, SMS, THUR, GAS, VNeID, Hue-S, covid19, A4, CO2, km2, Q1, bai1",
        "Đắk Lắk, Krông Năng, Pleiku, ôtô, axít, vắcxin, karaôkê, résumé, São Paulo, Müller",
        "Viết thư tới thur.tucj@hue.gov.vn, thẻ #ThurTucj, tệp thur-tucj.docx, https://hue.gov.vn/thur/tucj",
        "Nhiệt độ 37º, 5 µm, 100 m², 1ª, ½, ₫, €",
        "số\u00a0481/KH-UBND\tngày",
    ],
)
def test_good_vietnamese_and_foreign_words_raise_no_alarm(good: PostFile, text: str) -> None:
    assert [one.words for one in findings(good, **said(text)) if "chữ" in one.words or "ký tự" in one.words] == []


OLD_SETS = [
    "Thñ tôc hµnh chÝnh, c¶i c¸ch nhµ n­íc",
    "viÖc lµm, gi¶i quyÕt ®óng hÑn",
    "Thuû tuïc haønh chính, caûi caùch nhaø nöôùc",
    "Soá ñieän thoaïi, quyeát ñònh, ngöôøi daân",
    "UÛY BAN NHAÂN DAÂN TÆNH, QUYEÁT ÑÒNH",
]
FOREIGN = [
    "Æbelø, Müller, Françoise, Łukasz",
    "Ông Jürgen Müller, bà Zoë Brontë, ông Søren Kierkegård, bà Noëlle, ông Øyvind, ông Niño, bà Çelik",
    "Citroën, naïve, Köln, Zürich, Malmö, Łódź, Gdańsk, Kraków, Århus, Tromsø, Reykjavík, Curaçao, Besançon",
    "«Một cửa», «Thu gọn», Google®, Zalo™, 5 µm, 37º, m², chú thích¹, a·b, ©2026, §5, ½",
]


@pytest.mark.parametrize("text", OLD_SETS)
def test_the_old_character_sets_are_known_by_the_words_they_would_make(good: PostFile, text: str) -> None:
    assert any("bảng mã cũ" in one.words and not one.blocks for one in findings(good, **said(text)))


@pytest.mark.parametrize("text", FOREIGN)
def test_foreign_guests_are_no_old_character_set(good: PostFile, text: str) -> None:
    assert not any("bảng mã" in one.words for one in findings(good, **said(text)))


HONEST = [
    "CHÍNH QUYỀN CẤP XÃ”", "“QUÉT MÃ”", "Bấm ‘QUÉT MÃ’", "NGÃ", "XÃ…", "XÃ\u00a0HỘI", "XÃ•", "XÃ – PHƯỜNG", "XÃ—TỈNH",
    "«QUÉT MÃ»", "‹MÃ›", "XÃ·HUYỆN", "CẤP XÃ¹", "MÃ…", "MÃ\u00a0QR", "LÃ", "«Đánh giá» rồi", "«Đánh giá»… hết",
    "«Đánh giá»\u00a0: tốt", "SÃO PAULO", "37º, á, â", "Quý giá",
]  # fmt: skip
BROKEN = [
    "Cáº£i cÃ¡ch", "lÃ\u00a0 ngÆ°á»\x9di", "Tỉnh ta lÃ\u00a0m rồi", "nÃ³i", "Ä‘Ã£", "Äƒn", "Ã”NG", "HÃ€ NỘI", "há»“i",
    "Sá»‘ 5", "CÃ”NG VIÃŠN", "cà ngÃ´n ngữ", "QUYá»€N", "â€œMá»™t", "hÃ nh", "Tá»nh", "nháºn", "THÃ\x81NG", "quÃ½ vá»‹",
    "Ã¡o", "Ã\x9d KIẾN", "CÆ\u00a0 QUAN",
]  # fmt: skip


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_letter_before_a_mark_is_not_called_spoilt(good: PostFile, text: str) -> None:
    assert twice_encoded(text) == []
    assert not any("bị hỏng" in one.words for one in findings(good, title=text))


@pytest.mark.parametrize("text", BROKEN)
def test_a_text_that_was_encoded_twice_is_spoilt(good: PostFile, text: str) -> None:
    assert any("bị hỏng" in one.words and one.keeps_out for one in findings(good, title=text))


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_every_text_of_our_library_is_spoilt_once_it_was_encoded_twice(codec: str) -> None:
    for path in (ROOT / "content" / "library").glob("*.md"):
        text = path.read_text("utf-8")
        assert twice_encoded(text) == []
        for line in text.splitlines():
            spoilt = "".join(_misread(letter, codec) for letter in line)
            assert spoilt == line or twice_encoded(spoilt) or len(line) < 10, line


def _misread(letter: str, codec: str) -> str:
    """What the letter's bytes look like in that set; the five that windows-1252 does not know stay as they are."""
    return "".join(bytes([one]).decode(codec, "ignore") or chr(one) for one in letter.encode())


def test_each_place_people_read_is_looked_at(good: PostFile) -> None:
    assert [one.field for one in findings(good, title="Thủ tucj hành chính")] == ["title"]
    assert [one.field for one in findings(good, source="Văn phòng tucj")] == ["source"]
    alone = [replace(good.assets[0], alt="Một tờ giấy có thủ tucj trên bàn")]
    assert [one.field for one in findings(good, assets=alone)] == ["assets"]


@pytest.mark.parametrize(
    ("word", "possible"),
    [
        *(
            (word, True)
            for word in ("nghiêng", "Quốc", "quýt", "giặt", "gìn", "khuya", "ngoằn", "yếu", "ỦY", "uỷ", "thuở")
        ),
        *(
            (word, False)
            for word in ("caỉ", "qúy", "gìa", "nge", "kách", "cê", "tuc", "đươc", "hàf", "", "ccc", "tục1")
        ),
    ],
)
def test_the_set_of_syllables_is_made_by_rule(word: str, possible: bool) -> None:
    assert is_syllable(word) is possible


def test_no_word_of_our_own_vietnamese_is_doubted() -> None:
    files = [
        *(ROOT / "content").rglob("*.yml"),
        *(ROOT / "content" / "library").glob("*.md"),
        *(ROOT / "assets").rglob("*.yml"),
    ]
    assert len(files) > 50
    doubted = {
        (path.name, word): meant for path in files for word, meant in find_slips(path.read_text("utf-8")).items()
    }
    assert doubted == {}


def test_a_word_of_seventy_thousand_letters_is_looked_at_once() -> None:
    """Every place of a word is tried as a key that was left over; for a word that long this took a minute."""
    assert find_slips("x" * 70_000) == {}
