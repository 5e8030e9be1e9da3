"""Links: official domains pass, doubtful ones are asked about, and what pretends to be official blocks."""

from dataclasses import replace
from typing import Any

import pytest

from content.checks import Drawn, Finding, check
from content.plan import Plan
from content.postfile import PostFile, read_post
from tests.content.shelf import plan, shelf
from tests.content.test_checks import said


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> PostFile:
    return read_post(shelf(tmp_path_factory.mktemp("shelf")), plan())


def findings(post: PostFile, the_plan: Plan | None = None, **changes: Any) -> list[Finding]:
    changed = replace(post, **changes)
    return check(changed, changed.places(), the_plan or plan())


@pytest.mark.parametrize(
    "address",
    [
        "https://bit.ly/abc",
        "https://example.com/x",
        "https://baochinhphu.vn/x",
        "https://egov.vn/x",
        "http://hue.gov.vn.",
        "https://hue.gov.vn:8443/x",
        "https://192.168.1.9/x",
        "https://tênmiền.vn/x",
        "ftp://hue.gov.vn/x",
        "bit.ly/abc",
        "www.example.com",
        "HTTPS://EXAMPLE.COM/",
    ],
)
def test_a_doubtful_link_is_asked_about(good: PostFile, address: str) -> None:
    found = findings(good, **said(f"Xem {address}"))
    assert [(one.field, one.blocks) for one in found] == [("body", False)], found


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://gov.vn.example.com/x", "giả dạng gov.vn"),
        ("https://dichvucong-gov.vn", "giả dạng gov.vn"),
        ("https://dichvucong.gov-vn.com", "giả dạng gov.vn"),
        ("https://govvn.net", "giả dạng gov.vn"),
        ("dichvucong-gov.vn/dang-nhap", "giả dạng gov.vn"),
        ("https://hue.gоv.vn/x", "chữ của hệ chữ khác"),  # a Cyrillic o
        ("https://xn--hue-gov-9xa.vn/x", "viết bằng mã xn--"),
        ("https://gov.vn@example.com/x", "che địa chỉ thật (example.com)"),
        ("https://hue.gov.vn\\@example.com/x", "che địa chỉ thật"),
        ("https://hue.gov.vn:99999/x", "không đọc được địa chỉ"),
        ("https://:443/x", "không đọc được địa chỉ"),
    ],
)
def test_a_link_in_disguise_blocks(good: PostFile, address: str, words: str) -> None:
    found = findings(good, **said(f"Xem {address}"))
    assert [one.field for one in found if one.keeps_out and words in one.words] == ["body"], found


@pytest.mark.parametrize(
    "text",
    [
        "Xem https://dichvucong.gov.vn.",
        "Xem https://xaydungchinhsach.chinhphu.vn/bai-viet",
        "Xem (https://hue.gov.vn/a?x=1#y), rồi hỏi.",
        "Xem https://HUE.GOV.VN./x",
        "Xem https://hue.gov.vn:443/x",
        "Xem dichvucong.gov.vn",
        "Trang của cơ quan nhà nước thường có đuôi .gov.vn",
        "Cảnh giác với dichvucong-gov[.]vn",
        "Gửi thư tới motcua@hue.gov.vn hoặc a@example.com",
        "Tệp mau-don.docx, số 1.234.567, lúc 7.30",
    ],
)
def test_official_links_and_things_that_are_no_links_raise_no_alarm(good: PostFile, text: str) -> None:
    assert findings(good, **said(text)) == []


def test_the_domains_are_the_plans_own(good: PostFile) -> None:
    wider = plan().model_copy(update={"link_domains": (" .Example.com", "gov.vn", "")})
    assert findings(good, wider, **said("Xem https://bao.example.com/x")) == []
    assert findings(good, wider, **said("Xem https://notexample.com/x")) != []


def test_a_page_of_the_office_on_a_foreign_domain_is_allowed_and_no_other_page_there(good: PostFile) -> None:
    own = plan().model_copy(update={"link_domains": ("gov.vn", "https://example.com/Hue-OA/")})
    for address in ("https://example.com/hue-oa", "https://www.example.com/Hue-OA/bai?x=1", "example.com/hue-oa"):
        assert findings(good, own, **said(f"Xem {address}")) == [], address
    for address in (
        "https://example.com",
        "https://example.com/hue-oa-gia",
        "https://example.com/x/hue-oa",
        "https://m.example.com/x",
        "https://example.com/hue-oa/../x",
    ):
        found = findings(good, own, **said(f"Xem {address}"))
        assert [(one.field, one.blocks) for one in found] == [("body", False)], address
        assert "link_domains trong plan.yml" in found[0].words and "example.com/ten-trang" in found[0].words
    assert findings(good, own, **said("Xem https://hue-gov.vn/x"))[0].keeps_out


@pytest.mark.parametrize("address", ["hue.gov.vn", "javascript:alert(1)", "ftp://hue.gov.vn", "xem trang tỉnh"])
def test_a_field_that_is_an_address_takes_nothing_else(good: PostFile, address: str) -> None:
    for field, changes in (
        ("source_url", {"source_url": address}),
        ("variants.zalo.link", {"variants": {"zalo": {"link": address}}}),
    ):
        found = findings(good, **changes)
        assert [(one.field, one.keeps_out) for one in found] == [(field, True)], found
        assert "hãy viết đủ https://" in found[0].words


def test_links_in_sources_comments_and_pictures_are_seen(good: PostFile) -> None:
    assert [one.field for one in findings(good, source="https://example.com/tin")] == ["source"]
    comment = {"zalo": {"first_comment": "https://example.com/tin"}}
    assert [one.field for one in findings(good, variants=comment)] == ["variants.zalo.first_comment"]
    found = check(good, good.places(), plan(), drawn=[Drawn("hinh.yml", ("Xem example.com/tin",))])
    assert [one.field for one in found] == ["assets (hinh.yml)"]
