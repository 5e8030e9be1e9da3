"""Zalo's limits, its article format, its codes and its test vectors, without a server."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.base import Media, Outgoing
from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    LimitedWork,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
)
from connectors.zalo import ZaloOA
from connectors.zalo.api import appsecret_proof
from connectors.zalo.article import payload, problems
from connectors.zalo.codes import MEANINGS, UNKNOWN_CHANGE, UNKNOWN_READ, StillProcessing, error_for, number
from connectors.zalo.compare import line_in
from connectors.zalo.consent import challenge_of
from connectors.zalo.settings import Options, Settings
from connectors.zalo.text import address_of, squeezed
from tests.conftest import NOW
from tests.connectors.zalo_case import TITLE

PICTURE = Media(
    Path("anh bìa.jpg"), "image/jpeg", 1000, "0", "Người dân nộp hồ sơ", url="https://example.gov.vn/ảnh bìa.jpg"
)


def test_options_are_held_to_zalos_limits() -> None:
    assert Options().comment == "show"
    for wrong in ({"author": "a" * 51}, {"comment": "enable"}, {"authr": "x"}):
        with pytest.raises(ValidationError):
            Options.model_validate(wrong)


# Numbers and addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("-216", -216),
        (" 90000 ", 90000),
        (90000.0, 90000),
        ("1763784000000.0", 1763784000000),
        *((value, None) for value in (None, True, "", "x", 1.5, "1.5", "inf", "nan", float("nan"), [], {})),
    ],
)
def test_a_number_may_come_as_a_text_or_as_a_decimal_and_nothing_else_is_one(
    value: object, expected: int | None
) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://example.gov.vn/ảnh bìa.jpg", "https://example.gov.vn/%E1%BA%A3nh%20b%C3%ACa.jpg"),
        ("https://example.gov.vn/%E1%BA%A3nh%20a.jpg", "https://example.gov.vn/%E1%BA%A3nh%20a.jpg"),
        ("https://example.gov.vn/50% a.jpg", "https://example.gov.vn/50%25%20a.jpg"),
        ("https://example.gov.vn/a[1].jpg?x=[2] é", "https://example.gov.vn/a%5B1%5D.jpg?x=%5B2%5D%20%C3%A9"),
        ("https://xã.example.vn:8443/a.jpg", "https://xn--x-yfa.example.vn:8443/a.jpg"),
        ("ftp://example.gov.vn/a.jpg", ""),
        ("https:///a.jpg", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_picture_is_sent_in_the_letters_that_zalo_takes(url: str, sent: str) -> None:
    assert address_of(dataclasses.replace(PICTURE, url=url)) == sent


@pytest.mark.parametrize(
    ("url", "is_refused"),
    [
        ("https://media.example.gov.vn/a.jpg", False),
        ("https://8.8.8.8/a.jpg", False),
        ("http://192.168.1.5/a.jpg", True),
        ("http://10.0.0.1:8000/a.jpg", True),
        ("http://169.254.1.1/a.jpg", True),
        ("http://127.0.0.1/a.jpg", True),
        ("http://[::1]/a.jpg", True),
        ("http://localhost:8000/a.jpg", True),
        ("http://media/a.jpg", True),
        ("http://media.local/a.jpg", True),
        ("https:///a.jpg", True),
    ],
)
def test_an_address_that_only_the_office_can_open_is_told_before_anything_is_scheduled(
    url: str, is_refused: bool
) -> None:
    outgoing = Outgoing("bai-1", TITLE, "Lời.", images=(dataclasses.replace(PICTURE, url=url),))
    found = problems(outgoing, ZaloOA.capabilities, Settings(), "UBND")
    assert [problem.field for problem in found] == ["images"] * is_refused
    rehearsal = problems(outgoing, ZaloOA.capabilities, Settings(api_url="http://127.0.0.1:9"), "UBND")
    assert bool(rehearsal) is (url == "https:///a.jpg"), "a stand-in for Zalo is in the office, too"


def test_an_empty_picture_is_told() -> None:
    outgoing = Outgoing("bai-1", TITLE, "Lời.", images=(dataclasses.replace(PICTURE, size=0),))
    [problem] = problems(outgoing, ZaloOA.capabilities, Settings(), "UBND")
    assert "rỗng" in problem.words


# The article ----------------------------------------------------------------------------------------


def test_the_article_is_whole_escaped_and_ends_with_its_link() -> None:
    outgoing = Outgoing(
        "bai-1",
        TITLE,
        "Phí < 50.000 đồng & lệ phí.\nDòng hai.\n\n#CảiCáchHànhChính",
        link="https://example.gov.vn/?a=1&b=2",
        images=(PICTURE,),
        options={"author": "Văn phòng", "comment": "hide"},
    )
    sent = payload(outgoing, Settings(), "UBND", status="show")
    assert [block["type"] for block in sent["body"]] == ["text", "image", "text"]
    assert sent["body"][0]["content"] == (
        "<p>Phí &lt; 50.000 đồng &amp; lệ phí.<br>Dòng hai.</p><p>#CảiCáchHànhChính</p>"
    )
    assert sent["body"][1]["caption"] == "Người dân nộp hồ sơ"
    assert squeezed(sent["body"][2]["content"]).endswith("https://example.gov.vn/?a=1&b=2")
    assert sent["cover"]["photo_url"] == sent["body"][1]["url"]
    assert sent["cover"]["photo_url"].isascii()
    assert " " not in sent["cover"]["photo_url"]
    assert (sent["author"], sent["comment"], sent["status"]) == ("Văn phòng", "hide", "show")


def test_a_hidden_article_ends_with_a_line_that_says_whose_it_is_and_a_shown_one_does_not() -> None:
    outgoing = Outgoing("cchc-7", TITLE, "Mã tin: 5", images=(PICTURE,))
    hidden, shown = (payload(outgoing, Settings(), "UBND", status=status) for status in ("hide", "show"))
    assert hidden["body"] == [*shown["body"], {"type": "text", "content": "<p>Mã tin: cchc-7</p>"}]
    assert line_in(hidden) == "Mã tin: cchc-7"
    assert line_in({"body": [{"type": "text", "content": "<div>Mã tin: 5 Mã  tin: cchc-7</div>"}]}) == "Mã tin: cchc-7"
    assert line_in({"body": [{"type": "text", "content": "Lời."}]}) == line_in({}) == ""


def test_long_text_is_split_into_blocks_and_nothing_is_lost() -> None:
    words = [f"chữ{number}&" for number in range(1500)] + ["a" * 5000]
    outgoing = Outgoing("bai-1", TITLE, " ".join(words), images=())
    blocks = [block["content"] for block in payload(outgoing, Settings(), "UBND", status="show")["body"]]
    assert all(len(block) <= 2000 for block in blocks)
    assert squeezed(" ".join(blocks)).replace(" ", "") == "".join(words)


@pytest.mark.parametrize(
    ("verifier", "challenge"),
    [
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("A" * 43, "DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo"),
    ],
)
def test_the_challenge_is_that_of_the_test_vectors(verifier: str, challenge: str) -> None:
    assert challenge_of(verifier) == challenge


def test_the_signature_is_that_of_the_test_vector() -> None:
    assert appsecret_proof("test-app-secret", "test-access-token") == (
        "c7a7a56a58d03b05def128144d755b6c5bd4ba6b88fbfd8a59a909c862e52d7b"
    )


CLASSES: dict[type[ConnectorError], list[int | str]] = {
    Reconnect: [-124, -216, 216, 401, -401, -220, -14005, -14014, -118, "invalid_grant", "Invalid refresh token."],
    Limited: [-32],
    LimitedWork: [-211, -218, -234],
    Rejected: [
        *(-100, -200, -201, -210, -213, -217, -227, -230, -232, -233, -237, -238, -241),
        *(-403, -244, -248, -249, -1340, -1341),
    ],
    Misconfigured: [-209, -212, -221, -223, -224, -235, -240, -242, -320, -321, -14002, -14003, -14004, -14018],
    Blocked: [-204, -205, -219],
    StillProcessing: [-214],
}


@pytest.mark.parametrize(("code", "expected"), [(code, kind) for kind, codes in CLASSES.items() for code in codes])
def test_every_code_of_the_sheet_has_its_class_a_sentence_and_a_section(
    code: int | str, expected: type[ConnectorError]
) -> None:
    error = error_for(code, "message", UNKNOWN_CHANGE, now=NOW)
    assert type(error) is expected
    assert error.code == str(code)
    assert error.section.startswith("zalo ")
    assert error.words[-1] == "."


def test_no_row_of_the_table_is_untested() -> None:
    assert set(MEANINGS) == {code for codes in CLASSES.values() for code in codes}


def test_one_code_has_two_meanings_and_its_message_decides() -> None:
    error = error_for(-223, "Your OA has reach the limit quota create article", UNKNOWN_CHANGE, now=NOW)
    assert isinstance(error, Limited)
    assert error.until == datetime(2026, 11, 23, 17, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 11, 23, 15, 30, tzinfo=UTC), datetime(2026, 11, 23, 23, 5, tzinfo=UTC)),
        (datetime(2026, 11, 23, 22, 30, tzinfo=UTC), datetime(2026, 11, 23, 23, 5, tzinfo=UTC)),
    ],
)
def test_the_night_ends_at_five_past_six_in_vietnam(now: datetime, until: datetime) -> None:
    error = error_for(-234, "cannot be sent at night", UNKNOWN_CHANGE, now=now)
    assert isinstance(error, Limited)
    assert error.until == until


def test_an_unknown_code_never_repeats_a_change_by_itself() -> None:
    assert isinstance(error_for(-987, "?", UNKNOWN_CHANGE, now=NOW), Rejected)
    assert isinstance(error_for(-987, "?", UNKNOWN_READ, now=NOW), Unavailable)
