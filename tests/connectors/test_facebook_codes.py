"""Every line of the sheet's table of codes, for a read and for a write (facebook 6.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import (
    Blocked,
    ConnectorError,
    Limited,
    Misconfigured,
    Reconnect,
    Rejected,
    Unavailable,
    Unconfirmed,
)
from connectors.facebook.codes import Purpose, classify

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "subcode", "read", "write"),
    [
        (1, 99, Unavailable, Unconfirmed),
        (2, 1363047, Unavailable, Unconfirmed),
        (3, 0, Misconfigured, Misconfigured),
        (4, 0, Limited, Limited),
        (10, 0, Misconfigured, Misconfigured),
        (12, 0, Misconfigured, Misconfigured),
        (17, 2446079, Limited, Limited),
        (21, 0, Misconfigured, Misconfigured),
        (32, 0, Limited, Limited),
        (80000, 0, Limited, Limited),
        (80001, 0, Limited, Limited),
        (80014, 0, Limited, Limited),
        (100, 0, Misconfigured, Rejected),
        (100, 33, Misconfigured, Misconfigured),
        (100, 1366046, Rejected, Rejected),
        (100, 2061006, Rejected, Rejected),
        (100, 1349125, Rejected, Rejected),
        (100, 1609008, Rejected, Rejected),
        (102, 463, Reconnect, Reconnect),
        (104, 0, Misconfigured, Misconfigured),
        (2500, 0, Misconfigured, Misconfigured),
        *((190, subcode, Reconnect, Reconnect) for subcode in (0, 458, 459, 460, 463, 464, 467)),
        (190, 492, Misconfigured, Misconfigured),
        (194, 0, Rejected, Rejected),
        (197, 0, Rejected, Rejected),
        (200, 0, Misconfigured, Misconfigured),
        (299, 0, Misconfigured, Misconfigured),
        (200, 1404078, Misconfigured, Misconfigured),
        (283, 0, Misconfigured, Misconfigured),
        (324, 0, Rejected, Rejected),
        (341, 0, Limited, Limited),
        (368, 0, Blocked, Blocked),
        (368, 1390008, Blocked, Blocked),
        (368, 4854002, Blocked, Blocked),
        (368, 1404006, Blocked, Blocked),
        (368, 1404082, Rejected, Unconfirmed),
        (368, 1346003, Rejected, Rejected),
        (368, 1404112, Blocked, Blocked),
        (382, 0, Rejected, Rejected),
        (389, 1363057, Rejected, Rejected),
        (506, 0, Rejected, Unconfirmed),
        (613, 1996, Limited, Limited),
        (803, 0, Misconfigured, Misconfigured),
        (1500, 0, Rejected, Rejected),
        (1609005, 0, Rejected, Rejected),
        (3001, 1504028, Misconfigured, Misconfigured),
        (6000, 1363019, Rejected, Rejected),
        (6001, 1363037, Unavailable, Unavailable),
        (424242, 0, Rejected, Rejected),
    ],
)
def test_every_code_has_its_class_for_reading_and_for_writing(
    code: int, subcode: int, read: type[ConnectorError], write: type[ConnectorError]
) -> None:
    error = {"code": code, "error_subcode": subcode, "type": "OAuthException", "message": "…"}
    for status in (400, 401, 403, 500):
        if code == 424242 and status == 500:
            continue
        assert type(classify(error, purpose=Purpose.READ, now=AT, status=status)) is read
        assert type(classify(error, purpose=Purpose.PUBLISH, now=AT, status=status)) is write
    told = classify(error, purpose=Purpose.PUBLISH, now=AT, status=400)
    assert told.section and told.code.startswith(str(code)) and told.words.endswith(".")


@pytest.mark.parametrize("code", [1, 2])
def test_an_unclear_answer_to_something_repeatable_is_repeated(code: int) -> None:
    assert type(classify({"code": code}, purpose=Purpose.REPEATABLE, now=AT, status=500)) is Unavailable


@pytest.mark.parametrize(("code", "subcode"), [(506, 0), (368, 1404082)])
def test_a_twin_of_something_unseen_is_a_fault_of_the_content(code: int, subcode: int) -> None:
    error = {"code": code, "error_subcode": subcode}
    for purpose in (Purpose.REPEATABLE, Purpose.CHUNK):
        assert type(classify(error, purpose=purpose, now=AT, status=400)) is Rejected


def test_an_unknown_code_goes_by_transience_and_then_by_status() -> None:
    transient = {"code": 424242, "is_transient": True}
    assert type(classify(transient, purpose=Purpose.PUBLISH, now=AT, status=400)) is Unconfirmed
    assert type(classify(transient, purpose=Purpose.READ, now=AT, status=400)) is Unavailable
    assert type(classify({"code": 424242}, purpose=Purpose.PUBLISH, now=AT, status=503)) is Unconfirmed


@pytest.mark.parametrize("kind", ["GraphMethodException", "OAuthException", ""])
@pytest.mark.parametrize(
    "message",
    ["Invalid appsecret_proof provided in the API argument", "Cần có appsecret_proof khi máy chủ gọi API"],
)
def test_a_wrong_proof_is_a_fault_of_the_configuration_whatever_its_type(kind: str, message: str) -> None:
    error = {"code": 100, "type": kind, "message": message}
    for purpose in Purpose:
        told = classify(error, purpose=purpose, now=AT, status=400)
        assert (type(told), "app secret" in told.words) == (Misconfigured, True)


def test_content_that_is_refused_stays_a_fault_of_the_content_whatever_its_type() -> None:
    error = {"code": 100, "type": "GraphMethodException", "message": "(#100) Param message is too long"}
    assert type(classify(error, purpose=Purpose.PUBLISH, now=AT, status=400)) is Rejected


@pytest.mark.parametrize(("code", "minutes"), [(4, 60), (17, 60), (32, 60), (613, 60), (80001, 15)])
def test_a_limit_without_a_header_waits_by_its_kind(code: int, minutes: int) -> None:
    limited = classify({"code": code}, purpose=Purpose.PUBLISH, now=AT, status=400)
    assert isinstance(limited, Limited)
    assert limited.until == AT + timedelta(minutes=minutes)


def test_429_with_an_unknown_code_is_a_limit() -> None:
    assert type(classify({"code": 424242}, purpose=Purpose.PUBLISH, now=AT, status=429)) is Limited


def test_posting_too_fast_leaves_the_page_alone_for_three_days() -> None:
    blocked = classify({"code": 368, "error_subcode": 1390008}, purpose=Purpose.PUBLISH, now=AT, status=400)
    assert isinstance(blocked, Blocked)
    assert blocked.until == AT + timedelta(days=3)
