"""Every refusal of YouTube has its class, and every class its sentence."""

import json
from datetime import UTC, datetime

import pytest
import requests

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
from connectors.youtube.codes import (
    Refusal,
    classify,
    classify_token,
    processing_error,
    read_refusal,
    read_retry_after,
)
from connectors.youtube.quota import next_reset
from tests.conftest import NOW


def test_pacific_midnight_follows_daylight_saving() -> None:
    assert next_reset(datetime(2026, 7, 1, 6, 59, tzinfo=UTC)) == datetime(2026, 7, 1, 7, 0, tzinfo=UTC)
    assert next_reset(datetime(2026, 11, 1, 7, 30, tzinfo=UTC)) == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


REFUSALS: list[tuple[int, str, type[ConnectorError]]] = [
    (401, "authError", Reconnect),
    (401, "expired", Reconnect),
    (401, "required", Reconnect),
    (401, "authorizationRequired", Reconnect),
    (401, "youtubeSignupRequired", Misconfigured),
    (403, "insufficientPermissions", Reconnect),
    (403, "quotaExceeded", Limited),
    (403, "dailyLimitExceeded", Limited),
    (403, "rateLimitExceeded", Unavailable),
    (429, "rateLimitExceeded", Unavailable),
    (429, "userRateLimitExceeded", Unavailable),
    (403, "servingLimitExceeded", Unavailable),
    (429, "uploadRateLimitExceeded", Limited),
    (400, "uploadLimitExceeded", Limited),
    (403, "accessNotConfigured", Misconfigured),
    (403, "forbidden", Misconfigured),
    (403, "forbiddenPrivacySetting", Rejected),
    (403, "forbiddenLicenseSetting", Rejected),
    (403, "authenticatedUserAccountSuspended", Blocked),
    (403, "channelClosed", Blocked),
    (403, "accountDelegationForbidden", Blocked),
    (403, "playlistItemsNotAccessible", Blocked),
    (400, "invalidTitle", Rejected),
    (400, "invalidTags", Rejected),
    (400, "mediaBodyRequired", Rejected),
    (400, "invalidImage", Rejected),
    (409, "captionExists", Rejected),
    (404, "videoNotFound", Rejected),
    (404, "playlistNotFound", Rejected),
    (400, "badRequest", Rejected),
    (400, "processingFailure", Rejected),
    (413, "uploadTooLarge", Rejected),
    (416, "requestedRangeNotSatisfiable", Rejected),
    (409, "conflict", Rejected),
    (412, "conditionNotMet", Rejected),
    (400, "", Rejected),
    (418, "neverSeen", Rejected),
    (429, "", Unavailable),
    (408, "", Unavailable),
]


@pytest.mark.parametrize(("status", "reason", "error"), REFUSALS)
def test_every_refusal_has_its_class_and_a_sentence(status: int, reason: str, error: type[ConnectorError]) -> None:
    for changes in (True, False):
        found = classify(Refusal(status, reason), now=NOW, changes=changes)
        assert type(found) is error
        assert found.words.endswith(".")
        assert found.section.startswith("youtube")


@pytest.mark.parametrize("status", [200, 302, 500, 502, 503, 504])
def test_an_unreadable_answer_is_unconfirmed_only_when_something_may_have_been_done(status: int) -> None:
    assert type(classify(Refusal(status), now=NOW, changes=True)) is Unconfirmed
    assert type(classify(Refusal(status), now=NOW, changes=False)) is Unavailable


def test_a_new_video_that_a_playlist_does_not_know_yet_is_waited_for() -> None:
    refusal = Refusal(404, "videoNotFound", domain="youtube.playlistItem")
    assert type(classify(refusal, now=NOW, changes=False)) is Unavailable


def answered(status: int, body: object, **headers: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    answer._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    answer.headers.update(headers)
    return answer


def envelope(status: int, reason: str, message: str = "", **more: object) -> dict[str, object]:
    detail = {"message": message, "domain": "global", "reason": reason}
    return {"error": {"code": status, "message": "x", "errors": [detail], **more}}


SHAPES: list[tuple[int, object, str]] = [
    (403, envelope(403, "quotaExceeded"), "403/quotaExceeded"),
    (403, {"error": {"code": 403, "errors": [{"extra": 1, "reason": "forbidden"}], "new": {}}}, "403/forbidden"),
    (
        403,
        {"error": {"code": 403, "details": [{"@type": "t"}, {"reason": "SERVICE_DISABLED"}], "status": "X"}},
        "403/SERVICE_DISABLED",
    ),
    (401, envelope(401, "authError", details=[{"reason": "OTHER"}]), "401/authError"),
    (400, {"error": "invalid_grant", "error_description": "Bad Request"}, "400/invalid_grant"),
    (400, {"error": None}, "400"),
    (400, {"error": {"errors": "none"}}, "400"),
    (400, {"error": {"errors": [None]}}, "400"),
    (502, "<html>Bad Gateway</html>", "502"),
    (404, "", "404"),
    (500, "[1]", "500"),
]


@pytest.mark.parametrize(("status", "body", "code"), SHAPES, ids=[code for _, _, code in SHAPES])
def test_a_body_of_any_shape_is_read_for_its_reason(status: int, body: object, code: str) -> None:
    assert read_refusal(answered(status, body), now=NOW).code == code


@pytest.mark.parametrize("place", ["outer", "inner"])
def test_the_words_per_day_are_found_wherever_the_message_stands(place: str) -> None:
    message = "Quota exceeded for quota metric 'Video Uploads' and limit 'Video Uploads per day' of service"
    detail = {"domain": "global", "reason": "rateLimitExceeded"}
    outer, inner = (message, "x") if place == "outer" else ("x", message)
    body = {"error": {"code": 429, "message": outer, "errors": [{**detail, "message": inner}]}}
    found = classify(read_refusal(answered(429, body), now=NOW), now=NOW, changes=False)
    assert isinstance(found, Limited)
    assert found.until == next_reset(NOW)


def test_an_unreadable_body_is_kept_for_the_engineer_without_secrets() -> None:
    body = "<html>no ya29.secret-token here, upload_id=abc123 neither</html>"
    found = classify(read_refusal(answered(502, body), now=NOW), now=NOW, changes=True)
    assert "<html>no" in found.evidence
    assert "secret-token" not in found.evidence
    assert "abc123" not in found.evidence


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("90", 90),
        ("Mon, 23 Nov 2026 01:05:00 GMT", 300),
        ("Mon, 23 Nov 2026 00:05:00 GMT", 0),
        ("999999", 86_400),
        ("soon", None),
        ("", None),
    ],
)
def test_a_named_pause_is_read_as_seconds_or_as_a_moment(told: str, pause: int | None) -> None:
    found = read_retry_after(answered(503, "", **{"Retry-After": told}), now=NOW)
    assert (None if found is None else found.total_seconds()) == pause


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        (429, "uploadRateLimitExceeded", "ảnh bìa"),
        (403, "playlistContainsMaximumNumberOfVideos", "Danh sách phát"),
        (400, "unexpectedParameter", "bộ phận kỹ thuật"),
        (400, "invalidTags", "thẻ"),
    ],
)
def test_the_words_name_what_is_meant(status: int, reason: str, words: str) -> None:
    assert words in classify(Refusal(status, reason), now=NOW, changes=False).words


def test_a_closed_uploader_account_blocks_the_channel() -> None:
    assert isinstance(processing_error("uploaderAccountSuspended", now=NOW), Blocked)
    assert isinstance(processing_error("somethingNew", now=NOW), Rejected)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "invalid_grant", Reconnect),
        (401, "invalid_client", Misconfigured),
        (401, "deleted_client", Misconfigured),
        (400, "redirect_uri_mismatch", Misconfigured),
        (401, "unauthorized_client", Misconfigured),
        (400, "invalid_request", Misconfigured),
        (400, "unsupported_grant_type", Misconfigured),
        (400, "invalid_scope", Reconnect),
        (403, "admin_policy_enforced", Blocked),
        (403, "org_internal", Blocked),
        (403, "access_denied", Blocked),
        (400, "", Unavailable),
        (408, "", Unavailable),
        (500, "internal_failure", Unavailable),
        (503, "", Unavailable),
        (429, "invalid_grant", Unavailable),
    ],
)
def test_every_token_refusal_has_its_class(status: int, code: str, error: type[ConnectorError]) -> None:
    assert type(classify_token(Refusal(status, code), now=NOW)) is error
