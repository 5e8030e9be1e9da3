"""`cchc portal read`: what a feed or a page would give is shown, and nothing is stored."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cchc
from tests.portal.server import running

FEEDS = Path(__file__).parents[1] / "portal" / "feeds"
EXPECTED = json.loads((FEEDS / "expected.json").read_text(encoding="utf-8"))
FROM = ("--address", "https://cong.vidu.example/vi-vn/rss.aspx", "--fetched-at", "2026-11-22T08:00:00+07:00")


@pytest.mark.parametrize("name", ["duplicates", "nfd", "windows-1258", "html-page", "entity-bomb"])
def test_the_json_of_a_file_is_the_contract(cchc: Cchc, name: str) -> None:
    out = cchc.ok("portal", "read", str(FEEDS / f"{name}.xml"), *FROM, "--json")
    assert json.loads(out) == EXPECTED[name]
    assert list(cchc.folder.iterdir()) == [], "something was stored"


def test_a_person_sees_the_articles_and_what_is_odd(cchc: Cchc) -> None:
    out = cchc.ok("portal", "read", str(FEEDS / "duplicates.xml"), *FROM, COLUMNS="200")
    assert "15:00 ngày 20/11/2026" in out and "bản cập nhật" in out


def test_signs_that_a_screen_could_take_for_orders_are_shown_as_they_are(cchc: Cchc, tmp_path: Path) -> None:
    file = tmp_path / "ngoac.xml"
    file.write_text(
        "<rss><channel><title>[red]Cổng[/x]</title><item><title>[bold]Họp [/thôn]</title></item></channel></rss>",
        encoding="utf-8",
    )
    out = cchc.ok("portal", "read", str(file), *FROM, COLUMNS="200")
    assert "[red]Cổng[/x]" in out and "[bold]Họp [/thôn]" in out


def test_what_is_no_feed_is_one_sentence(cchc: Cchc) -> None:
    assert "không trả về nguồn tin" in cchc("portal", "read", str(FEEDS / "html-page.xml"), *FROM).sentence


def test_an_address_inside_is_refused_until_it_is_allowed(cchc: Cchc) -> None:
    with running() as portal:
        portal.says("/rss", (FEEDS / "nfd.xml").read_bytes(), Content_Type="text/xml")
        address = portal.url("/rss", host="127.0.0.1")
        assert "nhờ người quản trị thêm 127.0.0.1:" in cchc("portal", "read", f"{address}?khoa=bimat").sentence
        assert portal.asked == []
        allowed = ("--allow", f"127.0.0.1:{portal.port}", *FROM[2:])
        out = json.loads(cchc.ok("portal", "read", address, *allowed, "--json"))
        assert [item["title"] for item in out["items"]] == [EXPECTED["nfd"]["items"][0]["title"]]
        assert "nguồn tin" in cchc("portal", "read", address, *allowed, "--page").sentence


def test_an_error_on_the_way_is_told_in_json_too(cchc: Cchc) -> None:
    assert json.loads(cchc.ok("portal", "read", "http://10.0.0.1/", "--json"))["error"] == "private_address"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("khong-co.xml",), "khong-co.xml"),
        (("ftp://cong.vidu.example/",), "http://"),
        (("https://cong.vidu.example/", "--allow", "a/b"), "--allow: “a/b”"),
        (("x.xml", "--fetched-at", "hôm qua"), "--fetched-at"),
        (("x.xml", "--fetched-at", "2026-11-22T08:00:00"), "--fetched-at"),
    ],
)
def test_what_is_mistyped_is_one_sentence(cchc: Cchc, arguments: tuple[str, ...], words: str) -> None:
    assert words in cchc("portal", "read", *arguments).sentence
