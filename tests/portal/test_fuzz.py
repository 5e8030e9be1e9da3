"""Hostile and broken input: the readers always answer, and what they answer is always well-formed."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content.vietnamese import nfc
from portal.article import read_article
from portal.dates import read_date
from portal.errors import Refused
from portal.feed import read_feed
from portal.guard import Guard
from portal.links import absolute, dedupe_key
from portal.text import plain
from portal.values import Reading

ADDRESS = "https://cong.vidu.example/rss"
FETCHED_AT = datetime.fromisoformat("2026-11-22T08:00:00+07:00")
SEEDS = [path.read_bytes() for path in sorted((Path(__file__).parent / "feeds").glob("*.xml"))]
CODES = {None, "not_a_feed", "dtd_forbidden", "truncated", "too_large", "not_a_page", "no_title"}
PIECES = st.sampled_from(
    [b"<", b">", b"&", b"&amp;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<item>", b"</item>", b"<title>", b"</title>",
     b"<link>", b"<rss>", b"</rss>", b"<channel>", b"<feed>", b"<entry>", b"<?xml ", b"?>", b"<!DOCTYPE rss [",
     b"<!ENTITY ", b"'", b'"', b"=", b"\0", b"\xff", b"\xcc", b"<media:group>", b"xml:base='//'", b"<img src=",
     b"&#1;", b"&#xD800;", b"<content type='xhtml'>", b"<pubDate>31/02/2026", b"<script>", b"<head>", b"<meta name=",
     b"<h1>"]
)  # fmt: skip
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(reading: Reading) -> None:
    """What every reading promises, whatever it was made of."""
    told = json.loads(json.dumps(reading.as_dict()))
    assert reading.error in CODES and bool(reading.words) is (not reading.ok)
    assert reading.ok or not reading.items
    for item in reading.items:
        assert item.link is None or item.link.lower().startswith(("http://", "https://"))
        assert item.image is None or item.image.lower().startswith(("http://", "https://"))
        assert nfc(item.title) == item.title and item.title == item.title.strip()
        assert item.published is None or item.published.tzinfo is not None
        assert item.updates is None or 0 <= item.updates < len(reading.items)
    assert len(told["items"]) == len(reading.items)


@given(st.binary(max_size=2000) | st.lists(PIECES | st.binary(max_size=6), max_size=60).map(b"".join))
@QUICK
def test_any_bytes_are_answered(data: bytes) -> None:
    sound(read_feed(data, address=ADDRESS, fetched_at=FETCHED_AT))
    sound(read_feed(b"<rss><channel>" + data, address=ADDRESS, fetched_at=FETCHED_AT))
    sound(read_article(data, address=ADDRESS, fetched_at=FETCHED_AT))
    sound(read_article(b"<html><title>x</title>" + data, address=ADDRESS, fetched_at=FETCHED_AT))


@given(st.sampled_from(SEEDS), st.data())
@QUICK
def test_a_feed_that_was_damaged_is_answered(seed: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(seed)))
        lost = data.draw(st.integers(0, 40))
        seed = seed[:place] + data.draw(PIECES | st.binary(max_size=4)) + seed[place + lost :]
    sound(read_feed(seed, address=ADDRESS, fetched_at=FETCHED_AT, content_type=data.draw(st.text(max_size=40))))
    sound(read_article(seed, address=ADDRESS, fetched_at=FETCHED_AT))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_feed_that_is_cut_anywhere_tells_no_half_article(seed: bytes) -> None:
    whole = {item.link for item in read_feed(seed, address=ADDRESS, fetched_at=FETCHED_AT).items}
    for place in range(0, len(seed), max(1, len(seed) // 60)):
        reading = read_feed(seed[:place], address=ADDRESS, fetched_at=FETCHED_AT)
        sound(reading)
        # a feed whose own link is missing has another base, and one without its guids knows less
        if not {None} & whole and b"relative" not in seed:
            assert {item.link for item in reading.items} <= whole


@given(st.text(max_size=300))
@QUICK
def test_any_text_is_cleaned_dated_and_taken_for_an_address(text: str) -> None:
    assert plain(text) == nfc(plain(text)).strip()
    read_date(text)
    assert isinstance(dedupe_key(text), str)
    link = absolute(text, ADDRESS)
    assert link is None or link.lower().startswith(("http://", "https://"))
    for address in (text, f"http://{text}", f"http://cong.vidu.example{text}"):
        try:
            checked = Guard.of(resolve=lambda _host, _port: ["10.0.0.1"]).check(address)
        except Refused:
            continue
        raise AssertionError(f"{checked} was let through")


HOSTILE = {
    "open brackets": b"<" * 300_000,
    "open tags": b"<a " * 100_000,
    "open quotes": b'<a b="' * 50_000,
    "ampersands": b"&" * 300_000,
    "open comments": b"<!--" * 75_000,
    "open sections": b"<![CDATA[" * 35_000,
    "open items": b"<item>" * 50_000,
    "unknown tags": b"<item><zz>" * 30_000,
    "deep groups": b"<media:group>" * 25_000,
    "a name": b"<item><title>&lt;a " + b"a" * 300_000 + b"&gt;</title></item></channel></rss>",
    "labels": b"<item><description><![CDATA["
    + b"<div><b>Ab: </b>" * 20_000
    + b"]]></description></item></channel></rss>",
    "attributes": b"<item " + b" ".join(b'a%d="1"' % place for place in range(30_000)) + b"/></channel></rss>",
    "dates": b"<item><pubDate>" + b"1:1 " * 75_000 + b"</pubDate></item></channel></rss>",
    "sizes": b'<item><description><![CDATA[<img srcset="'
    + b"a," * 150_000
    + b'">]]></description></item></channel></rss>',
}
"""What makes patterns that look back run for hours; here each ends because no pattern passes a "<" twice."""


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_meant_to_take_for_ever_ends(name: str) -> None:
    sound(read_feed(b"<rss><channel><title>x</title>" + HOSTILE[name], address=ADDRESS, fetched_at=FETCHED_AT))
    sound(read_article(b"<html><title>x</title>" + HOSTILE[name], address=ADDRESS, fetched_at=FETCHED_AT))
