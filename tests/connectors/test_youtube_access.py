"""Connecting, refreshing and what a check of the channel says: which right for what, and what expires when."""

import dataclasses
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.base import Credentials, Finding
from connectors.errors import Blocked, Misconfigured, Reconnect, Unavailable
from connectors.youtube import YouTubeChannel
from connectors.youtube.scopes import ANALYTICS_SCOPE, SCOPES
from tests.conftest import NOW
from tests.connectors.youtube_case import REFRESH_TOKEN, FreshChannel, Session

PREFIX = "https://www.googleapis.com/auth/"
BOTH = " ".join((*SCOPES, ANALYTICS_SCOPE))


def connect(youtube: Session, now: datetime = NOW) -> Credentials:
    """Through the consent page, with the analytics."""
    settings = youtube.build(use_analytics=True).settings
    consent = FreshChannel.begin_consent(settings, redirect_uri="http://127.0.0.1/back", state="s", verifier="v" * 43)
    landed = youtube.http.get(consent.url, allow_redirects=False, timeout=5).headers["Location"]
    answer = {name: words[0] for name, words in parse_qs(urlsplit(landed).query).items()}
    [found] = FreshChannel.finish_consent(settings, consent, answer, now=now, http=youtube.http)
    return found.credentials


def check(youtube: Session, now: datetime = NOW, **tuning: bool) -> dict[str, Finding]:
    found = youtube.build(**tuning).health(now=now)
    assert all(one.words.endswith(".") for one in found)
    assert all(one.step.endswith(".") for one in found if not one.ok), "what is not well has a way out"
    return {one.what: one for one in found}


def granted(youtube: Session, scope: str) -> None:
    values = {**youtube.credentials.values, "scope": scope}
    youtube.credentials = dataclasses.replace(youtube.credentials, values=values)


# What is kept ------------------------------------------------------------------------------------------------


def test_the_day_of_the_consent_is_kept_over_every_refresh(youtube: Session) -> None:
    youtube.credentials = connect(youtube)
    later = NOW + timedelta(days=40)
    youtube.sandbox.at(later)
    fresh = youtube.build().refresh(now=later).values
    assert (fresh["authorized_at"], fresh["checked_at"]) == ("2026-11-23T01:00:00Z", "2027-01-02T01:00:00Z")
    assert fresh["scope"] == BOTH


def test_what_was_granted_is_kept_and_not_what_was_asked_for(youtube: Session) -> None:
    youtube.fault("partial_grant", values={"scope": SCOPES[0]})
    assert connect(youtube).values["scope"] == SCOPES[0]


def test_a_grant_that_cannot_publish_is_refused_with_the_way_out(youtube: Session) -> None:
    youtube.fault("partial_grant", values={"scope": f"{PREFIX}youtube.readonly"})
    with pytest.raises(Misconfigured, match="kết nối lại"):
        connect(youtube)


def test_a_refresh_asks_for_the_granted_scopes_only(youtube: Session) -> None:
    youtube.fault("partial_grant", values={"scope": SCOPES[0]})
    youtube.credentials = connect(youtube)
    assert youtube.build(use_analytics=True).refresh(now=NOW).values["scope"] == SCOPES[0]


def test_the_date_of_a_token_of_a_project_in_testing_is_kept_and_told_and_warned_of(youtube: Session) -> None:
    youtube.fault("testing_project")
    youtube.credentials = connect(youtube)
    youtube.credentials = youtube.build().refresh(now=NOW)
    finding = check(youtube)["Mã làm mới"]
    assert finding.ok
    assert "30/11/2026" in finding.words
    later = NOW + timedelta(days=4)
    youtube.sandbox.at(later)
    finding = check(youtube, later)["Mã làm mới"]
    assert not finding.ok
    assert "In production" in finding.step
    youtube.sandbox.at(NOW + timedelta(days=8))
    with pytest.raises(Reconnect):
        youtube.build().refresh(now=NOW + timedelta(days=8))


def test_a_token_without_a_date_is_told_to_last(youtube: Session) -> None:
    youtube.credentials = connect(youtube)
    finding = check(youtube)["Mã làm mới"]
    assert finding.ok
    assert "6 tháng" in finding.words
    assert "23/11/2026" in check(youtube)["Mã truy cập"].words


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"status": 400, "error": "invalid_grant"}, Reconnect),
        ({"status": 400, "error": "invalid_grant", "subtype": "invalid_rapt"}, Reconnect),
        ({"status": 401, "error": "deleted_client"}, Misconfigured),
        ({"status": 401, "error": "invalid_client"}, Misconfigured),
        ({"status": 403, "error": "admin_policy_enforced"}, Blocked),
        ({"status": 500, "error": "internal_failure"}, Unavailable),
        ({"status": 429, "error": "rate_limited"}, Unavailable),
    ],
)
def test_every_refusal_of_the_token_address_has_its_class(
    youtube: Session, values: dict[str, object], error: type[Exception]
) -> None:
    youtube.fault("token_error", values=values)
    with pytest.raises(error):
        youtube.build().refresh(now=NOW)


def test_a_page_of_a_proxy_in_place_of_the_token_address_costs_only_time(youtube: Session) -> None:
    youtube.fault("html", path="/token", values={"status": 403})
    with pytest.raises(Unavailable):
        youtube.build().refresh(now=NOW)


# Connecting and refreshing ------------------------------------------------------------------------------------


def test_a_refresh_dates_the_token_by_the_given_moment_and_keeps_the_refresh_token(youtube: Session) -> None:
    moment = datetime(2031, 5, 4, 3, 2, tzinfo=UTC)
    youtube.sandbox.at(moment)
    fresh = youtube.build().refresh(now=moment)
    assert fresh.expires_at == moment + timedelta(seconds=3599)
    assert fresh.refresh_at == fresh.expires_at - timedelta(minutes=5)
    assert fresh.values["refresh_token"] == REFRESH_TOKEN
    assert fresh.values["scope"] == youtube.credentials.values["scope"]


def test_a_revoked_refresh_token_needs_a_person(youtube: Session) -> None:
    youtube.fault("invalid_grant")
    with pytest.raises(Reconnect) as caught:
        youtube.build().refresh(now=NOW)
    assert not caught.value.refresh_first


def test_a_busy_token_server_is_asked_once_and_never_waited_for(youtube: Session) -> None:
    before = youtube.count("POST", "/token")
    youtube.fault("status", path="/token", times=9, values={"status": 503})
    with pytest.raises(Unavailable):
        youtube.build().refresh(now=NOW)
    assert youtube.count("POST", "/token") == before + 1


def test_a_wrong_client_secret_is_a_setting_to_mend(youtube: Session) -> None:
    with pytest.raises(Misconfigured):
        youtube.build(client_secret="wrong").refresh(now=NOW)


def test_an_account_without_a_channel_is_told_so(youtube: Session) -> None:
    for kind, values in (("no_channel", {}), ("error", {"status": 401, "reason": "youtubeSignupRequired"})):
        youtube.fault(kind, path="/youtube/v3/channels", values=values)
        with pytest.raises(Misconfigured, match="chưa có kênh"):
            youtube.build().health(now=NOW)


def test_a_refused_consent_is_told_in_words(youtube: Session) -> None:
    consent = YouTubeChannel.begin_consent(
        youtube.settings, redirect_uri="http://127.0.0.1/back", state="s", verifier="v" * 43
    )
    with pytest.raises(Misconfigured):
        YouTubeChannel.finish_consent(
            youtube.settings, consent, {"state": "s", "error": "access_denied"}, now=NOW, http=youtube.http
        )


def test_another_verifier_cannot_use_the_code(youtube: Session) -> None:
    consent = YouTubeChannel.begin_consent(
        youtube.settings, redirect_uri="http://127.0.0.1/back", state="s", verifier="v" * 43
    )
    answer = youtube.http.get(consent.url, allow_redirects=False, timeout=5)
    code = answer.headers["location"].split("code=")[1]
    stolen = dataclasses.replace(consent, verifier="w" * 43)
    with pytest.raises(Misconfigured, match="bắt đầu kết nối lại"):
        YouTubeChannel.finish_consent(
            youtube.settings, stolen, {"state": "s", "code": code.replace("%2F", "/")}, now=NOW, http=youtube.http
        )


# What a check says -------------------------------------------------------------------------------------------


def test_a_sound_channel_has_findings_and_all_are_well(youtube: Session) -> None:
    youtube.credentials = connect(youtube)
    found = check(youtube, use_analytics=True)
    assert set(found) == {
        "Kênh",
        "Mã truy cập",
        "Mã làm mới",
        "Quyền đăng video",
        "Quyền phụ đề",
        "Quyền phân tích",
        "Số liệu phân tích",
        "Video dài",
    }
    assert all(one.ok and not one.blocks for one in found.values())


@pytest.mark.parametrize(
    ("scope", "missing", "blocks"),
    [
        (f"{PREFIX}youtube.readonly", {"Quyền đăng video", "Quyền phụ đề"}, True),
        (f"{PREFIX}youtube.upload", {"Quyền đăng video", "Quyền phụ đề", "Quyền phân tích"}, True),
        (f"{PREFIX}youtube", {"Quyền phụ đề"}, False),
        (SCOPES[0], {"Quyền phân tích"}, False),
        (BOTH, set(), False),
    ],
)
def test_every_right_that_is_missing_is_named_with_what_it_is_for(
    youtube: Session, scope: str, missing: set[str], blocks: bool
) -> None:
    youtube.credentials = connect(youtube)
    granted(youtube, scope)
    found = check(youtube, use_analytics=True)
    assert {what for what, one in found.items() if not one.ok} == missing
    assert any(one.blocks for one in found.values()) is blocks


def test_an_access_of_another_channel_blocks(youtube: Session) -> None:
    other = dataclasses.replace(youtube.connected.account, external_id="UCsomebodyelse", name="Kênh khác")
    youtube.connected = dataclasses.replace(youtube.connected, account=other)
    finding = check(youtube)["Kênh"]
    assert not finding.ok
    assert finding.blocks
    assert "Kênh khác" in finding.words


@pytest.mark.parametrize(("told", "ok"), [("allowed", True), ("eligible", False), ("disallowed", False)])
def test_a_channel_that_may_not_post_long_videos_is_told_how_to(youtube: Session, told: str, ok: bool) -> None:
    youtube.fault("long_uploads", values={"status": told})
    finding = check(youtube)["Video dài"]
    assert finding.ok is ok
    assert ok or "youtube.com/verify" in finding.step


def test_nothing_is_said_of_long_videos_when_the_platform_says_nothing(youtube: Session) -> None:
    youtube.fault("long_uploads", values={"status": "longUploadsUnspecified"})
    assert "Video dài" not in check(youtube)


def test_an_analytics_api_that_is_switched_off_is_told_with_the_step(youtube: Session) -> None:
    youtube.credentials = connect(youtube)
    youtube.fault("error", path="/v2/reports", values={"status": 403, "reason": "accessNotConfigured"})
    finding = check(youtube, use_analytics=True)["Số liệu phân tích"]
    assert not finding.ok
    assert not finding.blocks
    assert "YouTube Analytics API" in finding.step


def test_a_data_api_that_is_switched_off_is_an_error_with_the_step(youtube: Session) -> None:
    youtube.fault("error", path="/youtube/v3/channels", values={"status": 403, "reason": "accessNotConfigured"})
    with pytest.raises(Misconfigured, match="Google Cloud Console"):
        youtube.build().health(now=NOW)


def test_an_unknown_grant_is_left_to_the_calls(youtube: Session) -> None:
    granted(youtube, "")
    assert all(one.ok for one in check(youtube).values())


def test_a_pasted_token_dates_the_consent_by_the_day_it_was_pasted(youtube: Session) -> None:
    pasted = {"refresh_token": f" {REFRESH_TOKEN} "}
    [found] = FreshChannel.adopt(youtube.settings, pasted, now=NOW, http=youtube.http)
    assert found.credentials.values["authorized_at"] == "2026-11-23T01:00:00Z"
