"""Access to an OA: consent, the pasted pair, and the refresh that rotates both tokens."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.base import Account
from connectors.errors import ConnectorError, Misconfigured, Reconnect, Unavailable, Unconfirmed
from connectors.http import new_session
from connectors.zalo import ZaloOA
from connectors.zalo.consent import challenge_of
from connectors.zalo.settings import Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import OA_ID, TOKEN, ZaloCase


@pytest.fixture
def zalo(tmp_path: Path) -> Iterator[ZaloCase]:
    case = ZaloCase()
    case.http = new_session()
    yield case
    case.http.close()


def test_the_permission_page_gets_four_parameters_and_the_challenge_of_the_verifier(
    zalo: ZaloCase, sandbox: Sandbox
) -> None:
    consent, _ = zalo.consent(zalo.settings(sandbox))
    query = dict(parse_qsl(urlsplit(consent.url).query))
    assert set(query) == {"app_id", "redirect_uri", "code_challenge", "state"}
    assert query["code_challenge"] == challenge_of(consent.verifier)


def test_a_fixed_verifier_replaces_the_one_of_the_request(zalo: ZaloCase, sandbox: Sandbox) -> None:
    settings = zalo.settings(sandbox, pkce_verifier="A" * 43)
    consent, answer = zalo.consent(settings)
    assert consent.verifier == "A" * 43
    assert ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)


def test_a_consent_without_an_app_says_what_is_missing(zalo: ZaloCase, sandbox: Sandbox) -> None:
    with pytest.raises(Misconfigured, match="app_id"):
        ZaloOA.begin_consent(Settings(), redirect_uri="http://127.0.0.1/", state="s", verifier="v")


def test_it_learns_the_oa_and_when_the_token_dies(zalo: ZaloCase, sandbox: Sandbox) -> None:
    one = zalo.connected(sandbox)[0]
    assert one.account == Account(OA_ID, "UBND thành phố Huế (thử nghiệm)")
    assert one.credentials.expires_at == NOW + timedelta(hours=25)
    assert one.credentials.refresh_at == NOW + timedelta(hours=12)


def test_the_time_to_live_may_come_as_a_number(zalo: ZaloCase, sandbox: Sandbox) -> None:
    sandbox.fault("zalo", "number_expires_in")
    assert zalo.connected(sandbox)[0].credentials.expires_at == NOW + timedelta(seconds=90_000)


def test_it_refuses_another_oa_and_a_refusal(zalo: ZaloCase, sandbox: Sandbox) -> None:
    settings = zalo.settings(sandbox)
    consent, answer = zalo.consent(settings)
    for wrong in ({**answer, "code": ""}, {**answer, "oa_id": "1"}):
        with pytest.raises(Misconfigured):
            ZaloOA.finish_consent(settings, consent, wrong, now=NOW, http=zalo.http)


def test_a_code_works_once(zalo: ZaloCase, sandbox: Sandbox) -> None:
    settings = zalo.settings(sandbox)
    consent, answer = zalo.consent(settings)
    ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)
    with pytest.raises(Reconnect, match="-14005"):
        ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)


def test_a_pasted_pair_is_adopted_and_refreshed_at_the_first_chance(zalo: ZaloCase, sandbox: Sandbox) -> None:
    pasted = zalo.connected(sandbox)[0].credentials.values
    settings = zalo.settings(sandbox)
    one = ZaloOA.adopt(settings, {name: f" {value}\n" for name, value in pasted.items()}, now=NOW, http=zalo.http)
    pair = {name: pasted[name] for name in ("access_token", "refresh_token")}
    assert (one[0].account.external_id, one[0].credentials.values) == (OA_ID, pair)
    assert one[0].credentials.refresh_at == NOW
    with pytest.raises(Misconfigured, match="refresh_token"):
        ZaloOA.adopt(settings, {"access_token": pasted["access_token"]}, now=NOW, http=zalo.http)


def test_a_refresh_rotates_the_pair_and_the_old_one_is_dead(zalo: ZaloCase, sandbox: Sandbox) -> None:
    old = zalo.connect(sandbox)
    later = NOW + timedelta(hours=12)
    sandbox.at(later)
    fresh = old.refresh(now=later)
    assert not set(fresh.values.values()) & set(old.credentials.values.values())
    assert (fresh.expires_at, fresh.refresh_at) == (later + timedelta(hours=25), later + timedelta(hours=12))
    assert zalo.renewed(sandbox, old, fresh).health(now=later)
    with pytest.raises(Reconnect) as dead:
        old.health(now=later)
    assert (dead.value.code, dead.value.refresh_first) == ("-220", True)


@pytest.mark.parametrize("fault", ["", "consumed_reply"])
def test_a_used_refresh_token_needs_a_person(zalo: ZaloCase, sandbox: Sandbox, fault: str) -> None:
    connector = zalo.connect(sandbox)
    connector.refresh(now=NOW)
    if fault:
        sandbox.fault("zalo", fault)
    with pytest.raises(Reconnect) as refused:
        connector.refresh(now=NOW)
    assert not refused.value.refresh_first


def test_it_keeps_the_old_refresh_token_when_no_new_one_is_told(
    zalo: ZaloCase, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    connector = zalo.connect(sandbox)
    sandbox.fault("zalo", "token_not_told")
    with caplog.at_level(logging.WARNING):
        fresh = connector.refresh(now=NOW)
    assert fresh.values["refresh_token"] == connector.credentials.values["refresh_token"]
    assert "refresh_token" in caplog.text
    assert not [secret for secret in zalo.secrets(connector) if secret in caplog.text]


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", ["hang_up", "status", "html", "delay"])
def test_a_lost_refresh_is_unconfirmed_and_the_probe_tells_what_happened(
    zalo: ZaloCase, sandbox: Sandbox, kind: str, effect: bool
) -> None:
    account, credentials = (one := zalo.connected(sandbox)[0]).account, one.credentials
    hasty = zalo.settings(sandbox).model_copy(update={"read_timeout": 0.3})
    connector = ZaloOA(hasty, account, credentials, zalo.http)
    sandbox.fault("zalo", kind, path=TOKEN, effect=effect, values={"seconds": 1})
    with pytest.raises(Unconfirmed):
        connector.refresh(now=NOW)
    if effect:
        with pytest.raises(Reconnect):
            connector.probe(now=NOW)
    else:
        assert connector.probe(now=NOW).external_id == OA_ID


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": "-14014", "error_name": "Invalid refresh token."}, Reconnect),
        ({"error": "invalid_grant"}, Reconnect),
        ({"error": -14004, "error_name": "wrong"}, Misconfigured),
        ({"error": -19999, "error_name": "new"}, Misconfigured),
        ({"error": 0, "access_token": "", "refresh_token": ""}, Unconfirmed),
        ({"error_name": "no numeric error"}, Unconfirmed),
    ],
)
def test_no_answer_without_an_access_token_is_taken_for_a_pair(
    zalo: ZaloCase, sandbox: Sandbox, answer: dict[str, Any], expected: type[ConnectorError]
) -> None:
    connector = zalo.connect(sandbox)
    sandbox.fault("zalo", "error", path=TOKEN, values=answer)
    with pytest.raises(expected):
        connector.refresh(now=NOW)


def test_a_refresh_without_a_connection_was_surely_not_done(zalo: ZaloCase, sandbox: Sandbox) -> None:
    connector = zalo.connect(sandbox)
    nowhere = zalo.settings(sandbox).model_copy(update={"oauth_url": "http://127.0.0.1:9"})
    with pytest.raises(Unavailable):
        ZaloOA(nowhere, connector.account, connector.credentials, zalo.http).refresh(now=NOW)


def test_health_refuses_the_token_of_another_oa(zalo: ZaloCase, sandbox: Sandbox) -> None:
    connector = zalo.connect(sandbox)
    other = ZaloOA(zalo.settings(sandbox), Account("1", "OA khác"), connector.credentials, zalo.http)
    with pytest.raises(Misconfigured):
        other.health(now=NOW)
