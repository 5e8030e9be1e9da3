"""Access to an OA: consent, the pasted pair, and the refresh that rotates both tokens."""

import logging
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from connectors.base import Account
from connectors.errors import ConnectorError, Misconfigured, Reconnect, Unavailable, Unconfirmed
from connectors.http import new_session
from connectors.zalo import ZaloOA
from connectors.zalo.consent import challenge_of
from connectors.zalo.settings import Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import GETOA, OA_ID, TOKEN, ZaloCase, set_oa, turn


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


@pytest.mark.parametrize(
    "knob",
    [{"http_status": 502}, {"error_code": -32}, {"error_code": -223}, {"error_code": -216}, {"empty_body": True}],
)
def test_a_pair_that_was_granted_is_kept_whatever_becomes_of_the_question_after_it(
    zalo: ZaloCase, sandbox: Sandbox, knob: dict[str, Any]
) -> None:
    settings = zalo.settings(sandbox, oa_id=OA_ID)
    consent, answer = zalo.consent(settings)
    turn(sandbox, path=GETOA, **knob)
    [one] = ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)
    assert one.account.external_id == OA_ID
    assert ZaloOA(settings, one.account, one.credentials, zalo.http).health(now=NOW)


def test_an_oa_that_does_not_tell_its_id_is_the_one_of_the_consent(zalo: ZaloCase, sandbox: Sandbox) -> None:
    settings = zalo.settings(sandbox)
    consent, answer = zalo.consent(settings)
    told = {"error": 0, "data": {"name": "UBND xã"}}
    for _ in range(2):
        sandbox.fault("zalo", "error", path=GETOA, values=told)
    assert ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)[0].account == Account(
        OA_ID, "UBND xã"
    )
    consent, answer = zalo.consent(settings)
    with pytest.raises(Misconfigured, match="không cho biết mã"):
        ZaloOA.finish_consent(settings, consent, {**answer, "oa_id": ""}, now=NOW, http=zalo.http)


def test_a_pair_of_another_oa_than_the_consent_told_is_refused(zalo: ZaloCase, sandbox: Sandbox) -> None:
    settings = zalo.settings(sandbox)
    consent, answer = zalo.consent(settings)
    with pytest.raises(Misconfigured, match="không trùng"):
        ZaloOA.finish_consent(settings, consent, {**answer, "oa_id": "1"}, now=NOW, http=zalo.http)


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
    with pytest.raises(Reconnect, match="API Explorer") as dead:
        ZaloOA.adopt(settings, {**pasted, "access_token": "old"}, now=NOW, http=zalo.http)
    assert not dead.value.refresh_first


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


@pytest.mark.parametrize(("fault", "expected"), [("", Unconfirmed), ("consumed_reply", Reconnect)])
def test_a_used_refresh_token_needs_a_person_or_at_first_a_confirmation(
    zalo: ZaloCase, sandbox: Sandbox, fault: str, expected: type[ConnectorError]
) -> None:
    connector = zalo.connect(sandbox)
    connector.refresh(now=NOW)
    if fault:
        sandbox.fault("zalo", fault)
    with pytest.raises(expected) as refused:
        connector.refresh(now=NOW)
    assert not getattr(refused.value, "refresh_first", False)


def test_it_keeps_the_old_refresh_token_when_no_new_one_is_told(
    zalo: ZaloCase, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    connector = zalo.connect(sandbox)
    sandbox.fault("zalo", "token_not_told")
    with caplog.at_level(logging.WARNING):
        fresh = connector.refresh(now=NOW)
    old = connector.credentials.values
    assert {name: fresh.values[name] for name in ("refresh_token", "refreshed_at")} == {
        name: old[name] for name in ("refresh_token", "refreshed_at")
    }
    assert fresh.values["access_token"] != old["access_token"]
    assert fresh.values["not_rotated_at"] == NOW.isoformat()
    assert "refresh_token" in caplog.text
    assert not [secret for secret in zalo.secrets(connector) if secret in caplog.text]


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", ["hang_up", "status", "html", "delay"])
def test_a_lost_refresh_is_unconfirmed_and_the_probe_tells_what_happened(
    zalo: ZaloCase, sandbox: Sandbox, kind: str, effect: bool
) -> None:
    account, credentials = (one := zalo.connected(sandbox)[0]).account, one.credentials
    hasty = zalo.settings(sandbox, read_timeout=0.3 if kind == "delay" else 10)
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
        ({"error": -14014, "error_name": "x", "message": "", "access_token": "", "refresh_token": ""}, Reconnect),
        ({"error": -118}, Reconnect),
        ({"error": "-118", "access_token": "a", "refresh_token": "r"}, Reconnect),
        ({"error": "invalid_grant"}, Reconnect),
        ({"error": -1, "error_name": "invalid_grant"}, Reconnect),
        ({"error_name": "invalid_grant"}, Reconnect),
        ({"error": "server says no"}, Misconfigured),
        ({"error": -14004, "error_name": "wrong"}, Misconfigured),
        ({"error": -19999, "error_name": "new"}, Misconfigured),
        ({"error": 0, "access_token": "", "refresh_token": ""}, Unconfirmed),
        ({"error": 0, "error_name": "", "access_token": ""}, Unconfirmed),
        ({"error_name": "no numeric error"}, Misconfigured),
        ({"error": None, "error_name": "no numeric error", "access_token": None}, Misconfigured),
        ({"error": 0, "error_name": "no numeric error"}, Misconfigured),
        ({"error_name": "Invalid refresh token."}, Reconnect),
        ({"error": {"code": 1}, "error_name": "x"}, Misconfigured),
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


@pytest.mark.parametrize(
    "body",
    [
        {"access_token": "a", "refresh_token": "r", "expires_in": "90000", "error": 0},
        {"access_token": "a", "refresh_token": "r", "expires_in": 90000, "error": "0", "message": "Success"},
        {"access_token": "a", "refresh_token": "r", "expires_in": "soon", "refresh_token_expires_in": "7776000"},
        {"access_token": "a", "refresh_token": "r", "error": -31999},
        {"access_token": "a", "refresh_token": "r", "expires_in": 90000.0, "error_name": ""},
    ],
)
def test_a_pair_that_came_is_never_thrown_away(zalo: ZaloCase, sandbox: Sandbox, body: dict[str, Any]) -> None:
    connector = zalo.connect(sandbox)
    sandbox.fault("zalo", "error", path=TOKEN, values=body)
    fresh = connector.refresh(now=NOW)
    assert fresh.values == {"access_token": "a", "refresh_token": "r", "refreshed_at": NOW.isoformat()}
    assert fresh.expires_at == NOW + timedelta(hours=25)


@pytest.mark.parametrize(
    ("knob", "expected"),
    [
        ({"drop_before_commit": True}, Unconfirmed),
        ({"drop_after_commit": True}, Unconfirmed),
        ({"delay": 1}, Unconfirmed),
        ({"http_status": 502, "commit": True}, Unconfirmed),
        ({"http_status": 200, "commit": True}, Unconfirmed),
        ({"http_status": 302}, Unconfirmed),
        ({"html_body": True, "commit": True}, Unconfirmed),
        ({"empty_body": True}, Unconfirmed),
        ({"error_code": -14014}, Reconnect),
        ({"error_code": -14014, "error_as_string": True}, Reconnect),
        ({"error_code": -118, "error_as_string": True}, Reconnect),
    ],
)
def test_a_refresh_says_whether_the_pair_may_have_changed(
    zalo: ZaloCase, sandbox: Sandbox, knob: dict[str, Any], expected: type[ConnectorError]
) -> None:
    one = zalo.connected(sandbox)[0]
    hasty = zalo.settings(sandbox, read_timeout=0.3 if "delay" in knob else 10)
    turn(sandbox, path=TOKEN, **knob)
    with pytest.raises(expected) as lost:
        ZaloOA(hasty, one.account, one.credentials, zalo.http).refresh(now=NOW)
    assert type(lost.value) is expected
    assert not getattr(lost.value, "refresh_first", False)


@pytest.mark.parametrize("body", [b"", b'{"access_token":"a","refresh_to', b"<html>", b"[]", b"null", b'"a"', b"  "])
@pytest.mark.parametrize("length", [0, 400])
def test_a_truncated_foreign_or_empty_answer_to_a_refresh_is_unknown(
    zalo: ZaloCase, sandbox: Sandbox, body: bytes, length: int
) -> None:
    one = zalo.connected(sandbox)[0]
    with Answering(body, length) as address:
        settings = zalo.settings(sandbox).model_copy(update={"oauth_url": address})
        with pytest.raises(Unconfirmed) as lost:
            ZaloOA(settings, one.account, one.credentials, zalo.http).refresh(now=NOW)
    assert (lost.value.code == "empty") == (not body.strip() and not length)


@pytest.mark.parametrize("code", [-216, -220, 216, 401, -401])
@pytest.mark.parametrize("as_string", [True, False])
def test_the_probe_says_that_the_old_token_is_dead(
    zalo: ZaloCase, sandbox: Sandbox, code: int, as_string: bool
) -> None:
    connector = zalo.connect(sandbox)
    turn(sandbox, path=GETOA, error_code=code, error_as_string=as_string)
    with pytest.raises(Reconnect):
        connector.probe(now=NOW)


def test_the_probe_decides_nothing_when_zalo_does_not_answer(zalo: ZaloCase, sandbox: Sandbox) -> None:
    connector = zalo.connect(sandbox)
    for knob in ({"http_status": 503}, {"html_body": True}, {"empty_body": True}, {"drop_before_commit": True}):
        turn(sandbox, path=GETOA, **knob)
        with pytest.raises(Unavailable):
            connector.probe(now=NOW)
    assert connector.probe(now=NOW).external_id == OA_ID


# The link of the console, and the one OA -----------------------------------------------------------------


def test_a_link_from_the_console_is_opened_as_it_is_with_our_state(zalo: ZaloCase, sandbox: Sandbox) -> None:
    fixed = "A" * 43
    plain, _ = zalo.consent(zalo.settings(sandbox, pkce_verifier=fixed))
    link = plain.url.replace("state=state-of-this-test", "state=theirs")
    settings = zalo.settings(sandbox, pkce_verifier=fixed, console_link=link)
    consent, answer = zalo.consent(settings)
    assert consent.url == plain.url
    assert ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)


def test_a_link_from_the_console_that_belongs_to_another_verifier_is_refused(zalo: ZaloCase, sandbox: Sandbox) -> None:
    link = f"https://oauth.zaloapp.com/v4/oa/permission?app_id=1&code_challenge={challenge_of('B' * 43)}"
    for verifier in ("", "A" * 43):
        settings = zalo.settings(sandbox, pkce_verifier=verifier, console_link=link)
        with pytest.raises(Misconfigured, match="pkce_verifier"):
            ZaloOA.begin_consent(settings, redirect_uri="http://127.0.0.1/", state="s", verifier="v" * 43)


def test_a_verifier_of_the_wrong_form_is_no_setting(zalo: ZaloCase, sandbox: Sandbox) -> None:
    with pytest.raises(ValidationError):
        zalo.settings(sandbox, pkce_verifier="too short")


def test_only_the_configured_oa_is_connected_and_its_code_is_not_wasted(zalo: ZaloCase, sandbox: Sandbox) -> None:
    ours = zalo.settings(sandbox, oa_id=OA_ID)
    consent, answer = zalo.consent(ours)
    pasted = zalo.connected(sandbox)[0].credentials.values
    other = zalo.settings(sandbox, oa_id="1")
    before = len(sandbox.requests("zalo"))
    with pytest.raises(Misconfigured, match=OA_ID):
        ZaloOA.finish_consent(other, consent, answer, now=NOW, http=zalo.http)
    assert len(sandbox.requests("zalo")) == before
    with pytest.raises(Misconfigured, match=OA_ID):
        ZaloOA.adopt(other, pasted, now=NOW, http=zalo.http)
    assert ZaloOA.finish_consent(ours, consent, answer, now=NOW, http=zalo.http)


@pytest.mark.parametrize("knob", ["drop_after_commit", "empty_body"])
def test_a_lost_answer_to_the_code_asks_for_a_new_consent(zalo: ZaloCase, sandbox: Sandbox, knob: str) -> None:
    settings = zalo.settings(sandbox)
    consent, answer = zalo.consent(settings)
    turn(sandbox, path=TOKEN, **{knob: True})
    with pytest.raises(Unconfirmed, match="kết nối lại"):
        ZaloOA.finish_consent(settings, consent, answer, now=NOW, http=zalo.http)


def test_a_wrong_callback_address_is_told_by_the_page(zalo: ZaloCase, sandbox: Sandbox) -> None:
    set_oa(sandbox, redirect_uri="https://example.gov.vn/back")
    consent = ZaloOA.begin_consent(
        zalo.settings(sandbox), redirect_uri="https://example.gov.vn/other", state="s", verifier="v" * 43
    )
    assert zalo.http.get(consent.url, allow_redirects=False, timeout=5).json()["error"] == -14003


class Answering:
    """A server that answers one request with these bytes, and says that there are `more` of them."""

    def __init__(self, body: bytes, more: int) -> None:
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
            len(body) + more
        )
        self.answer += body

    def __enter__(self) -> str:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(65536)
            wanted = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
            while len(head.partition(b"\r\n\r\n")[2]) < wanted:
                head += connection.recv(65536)
            connection.sendall(self.answer)

    def __exit__(self, *_: object) -> None:
        self.thread.join(5)
        self.listener.close()
