"""Every fault script of the sheet's Appendix A, on every route: what the connector makes of it.

A read that brought no answer of Zalo's was surely not done; a change may have been. A refusal is what its code says,
whether it came as a number or as text. What a script leaves behind at Zalo is tested where the step itself is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.base import Connector, Credentials, Outgoing, Part, Saved
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
from connectors.zalo import ZaloOA
from connectors.zalo.api import trusted_code
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.test_zalo_video import make_video
from tests.connectors.zalo_case import (
    CREATE,
    DETAIL,
    GETOA,
    MESSAGE,
    REMOVE,
    SEND,
    SLICE,
    STATE,
    TITLE,
    TOKEN,
    UPDATE,
    VERIFY,
    ZaloCase,
    go_on,
    turn,
)

EARLY, SOON = NOW + timedelta(seconds=4), NOW + timedelta(seconds=10)
"""Before, and after, a created article is there."""
READS = (GETOA, SLICE, DETAIL, VERIFY, STATE)
CHANGES = (CREATE, UPDATE, REMOVE, SEND, MESSAGE, TOKEN)
NONSENSE: tuple[dict[str, Any], ...] = (
    {"delay": 0.8},
    {"http_status": 500},
    {"http_status": 502, "commit": True},
    {"http_status": 404},
    {"html_body": True},
    {"html_body": True, "commit": True},
    {"drop_before_commit": True},
    {"drop_after_commit": True},
)
CODES: tuple[tuple[int, type[ConnectorError]], ...] = (
    (-32, Limited),
    (-204, Blocked),
    (-216, Reconnect),
    (-220, Reconnect),
    (216, Reconnect),
    (401, Reconnect),
    (-401, Reconnect),
    (-219, Blocked),
    (-242, Misconfigured),
    (-248, Rejected),
)


def steps(connector: Connector, outgoing: Outgoing, saved: Saved, now: datetime) -> None:
    """One piece of work of the scheduler; raises what ended it."""
    _, error = go_on(connector, outgoing, saved, now)
    if error:
        raise error


class TestZaloFaults(ZaloCase):
    def step(self, sandbox: Sandbox, tmp_path: Path, path: str, patience: float = 10) -> Callable[[], object]:
        """The step of the connector whose first call of this path is about to be made, and waited for so long."""
        plain = self.connect(sandbox)
        settings = self.settings(sandbox, read_timeout=patience)
        connector = ZaloOA(settings, plain.account, plain.credentials, self.http)
        outgoing = self.simplest(tmp_path)
        film = Outgoing("bai-1", TITLE, "Ba bước.", video=make_video(tmp_path), cover=self.host.picture())
        calls: dict[str, Callable[[], object]] = {
            GETOA: lambda: connector.probe(now=NOW),
            SLICE: lambda: connector.read_posts(["x"], now=NOW),
            TOKEN: lambda: connector.refresh(now=NOW),
            SEND: lambda: connector.prepare(film, {}, now=NOW),
            REMOVE: lambda: connector.withdraw("x", now=NOW),
        }
        if path in calls:
            return calls[path]
        if path == STATE:
            begun = plain.prepare(film, {}, now=NOW).saved
            return lambda: connector.prepare(film, begun, now=SOON)
        if path == CREATE:
            return lambda: steps(connector, outgoing, {}, NOW)
        if path == VERIFY:
            begun = go_on(plain, outgoing, {}, NOW)[0].saved
            sandbox.at(EARLY)
            return lambda: steps(connector, outgoing, begun, EARLY)
        ready = drive(plain, outgoing, NOW, sandbox)
        if path == MESSAGE:
            refs = (ready["id"],)
            broadcast = Outgoing("tin-1", TITLE, "", part=Part.BROADCAST, refs=refs)
            return lambda: connector.publish(broadcast, {}, now=NOW)
        return lambda: getattr(connector, "publish" if path == UPDATE else "prepare")(outgoing, ready, now=SOON)

    @pytest.mark.parametrize("knob", NONSENSE, ids=str)
    @pytest.mark.parametrize("path", READS + CHANGES)
    def test_nonsense_instead_of_an_answer_is_surely_not_done_or_perhaps_done(
        self, sandbox: Sandbox, tmp_path: Path, path: str, knob: dict[str, Any]
    ) -> None:
        call = self.step(sandbox, tmp_path, path, 0.4 if "delay" in knob else 10)
        turn(sandbox, path=path, **knob)
        with pytest.raises(Unavailable if path in READS else Unconfirmed) as lost:
            call()
        assert type(lost.value) is (Unavailable if path in READS else Unconfirmed)

    @pytest.mark.parametrize("commit", [True, False])
    @pytest.mark.parametrize("path", READS + CHANGES)
    def test_an_empty_body_is_no_answer(self, sandbox: Sandbox, tmp_path: Path, path: str, commit: bool) -> None:
        call = self.step(sandbox, tmp_path, path)
        turn(sandbox, path=path, empty_body=True, commit=commit)
        with pytest.raises(Unavailable if path in READS else Unconfirmed):
            call()

    @pytest.mark.parametrize(("code", "expected"), CODES)
    @pytest.mark.parametrize("path", [*READS, CREATE, UPDATE, SEND, MESSAGE])
    def test_a_refusal_is_what_its_code_says_as_a_number_and_as_text(
        self, sandbox: Sandbox, tmp_path: Path, path: str, code: int, expected: type[ConnectorError]
    ) -> None:
        call = self.step(sandbox, tmp_path, path)
        turn(sandbox, path=path, error_code=code, error_as_string=code % 2 == 0)
        if path == DETAIL and expected is Rejected:
            call()  # an article that is refused in detail is looked for in the list
            return
        with pytest.raises(expected, match=str(code)) as refused:
            call()
        if isinstance(refused.value, Reconnect):
            assert refused.value.refresh_first

    @pytest.mark.parametrize("path", [*READS, *CHANGES])
    def test_a_code_that_nobody_knows_is_never_repeated_as_a_change(
        self, sandbox: Sandbox, tmp_path: Path, path: str
    ) -> None:
        call = self.step(sandbox, tmp_path, path)
        turn(sandbox, path=path, error_code=-987, message="?")
        expected: dict[str, type[ConnectorError]] = {
            **dict.fromkeys((GETOA, SLICE, STATE), Unavailable),
            **dict.fromkeys((CREATE, UPDATE, SEND, VERIFY), Rejected),
            MESSAGE: Unconfirmed,
            TOKEN: Misconfigured,
        }
        if path in (DETAIL, REMOVE):
            call()  # the list decides: it is there, and it is gone
            return
        with pytest.raises(expected[path], match="-987"):
            call()

    @pytest.mark.parametrize("path", [*READS, CREATE, UPDATE, SEND, MESSAGE])
    def test_a_success_whose_zero_is_text_is_a_success(self, sandbox: Sandbox, tmp_path: Path, path: str) -> None:
        call = self.step(sandbox, tmp_path, path)
        turn(sandbox, path=path, error_as_string=True)
        call()

    def test_a_fault_strikes_as_often_as_ordered(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        turn(sandbox, path=GETOA, http_status=503, times=2)
        for _ in range(2):
            with pytest.raises(Unavailable):
                connector.probe(now=NOW)
        assert connector.probe(now=NOW)

    def test_a_status_of_refusal_with_a_code_of_zalos_is_that_refusal(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        elsewhere = self.settings(sandbox, api_url=f"{sandbox.url('zalo')}/v9")
        lost = ZaloOA(elsewhere, connector.account, connector.credentials, self.http)
        with pytest.raises(Misconfigured, match="-209"):
            lost.probe(now=NOW)

    def test_no_connection_means_that_not_a_byte_was_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        nowhere = self.settings(sandbox, api_url="http://127.0.0.1:9", oauth_url="http://127.0.0.1:9")
        lost: Connector = ZaloOA(nowhere, connector.account, connector.credentials, self.http)
        for call in (
            lambda: lost.publish(outgoing, saved, now=due),
            lambda: lost.withdraw("x", now=due),
            lambda: lost.refresh(now=due),
            lambda: lost.probe(now=due),
        ):
            with pytest.raises(Unavailable):
                call()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"error": 0}, 0),
        (200, {"error": "-216"}, -216),
        (200, {"error": -987}, -987),
        (200, {"error": True}, None),
        (200, {"error": None}, None),
        (200, {}, None),
        (201, {"error": 0}, None),
        (302, {"error": -216}, None),
        (404, {"error": -209}, -209),
        (401, {"error": 401}, 401),
        (404, {"error": 404}, None),
        (400, {"error": 0}, None),
        (500, {"error": -201}, None),
        (503, {"error": -32}, None),
    ],
)
def test_only_what_zalo_said_is_believed(status: int, body: dict[str, Any], code: int | None) -> None:
    answer = requests.Response()
    answer.status_code = status
    assert trusted_code(answer, body) == code


# The scripts of the OA itself ---------------------------------------------------------------------------


class TestZaloScripts(ZaloCase):
    def test_a_title_of_a_hundred_and_fifty_is_never_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        for length, blocked in ((140, False), (141, True), (150, True)):
            long = Outgoing(outgoing.key, "a" * length, outgoing.text, images=outgoing.images)
            assert bool(connector.check(long)) is blocked

    def test_a_title_that_zalo_counts_otherwise_is_a_refusal(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox._ask("POST", "zalo", "oa", {"title_max_exclusive": True})
        connector = self.connect(sandbox)
        brave = ZaloOA(self.settings(sandbox, title_max=150), connector.account, connector.credentials, self.http)
        outgoing = Outgoing("bai-1", "a" * 150, "Nội dung.", images=(self.host.picture(),))
        with pytest.raises(Rejected, match="-201"):
            drive(brave, outgoing, NOW, sandbox)

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({"has_api": False}, Misconfigured),
            ({"groups": ["oa", "message"]}, Misconfigured),
            ({"app_groups": ["oa", "message"]}, Misconfigured),
            ({"articles_left": 0}, Limited),
            ({"calls_per_minute": 0}, Limited),
        ],
    )
    def test_what_the_oa_lacks_is_told_before_the_hour(
        self, sandbox: Sandbox, tmp_path: Path, facts: dict[str, Any], expected: type[ConnectorError]
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        sandbox._ask("POST", "zalo", "oa", facts)
        with pytest.raises(expected) as refused:
            drive(connector, outgoing, NOW, sandbox)
        assert refused.value.words.endswith(".")
        assert self.public(sandbox) == []

    def test_a_quota_of_articles_waits_for_the_next_day_and_goes_on(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        sandbox._ask("POST", "zalo", "oa", {"articles_left": 0})
        step, limited = go_on(connector, outgoing, {}, NOW)
        assert isinstance(limited, Limited)
        assert limited.code == "-223"
        later = limited.until
        sandbox._ask("POST", "zalo", "oa", {"articles_left": 1})
        assert NOW + timedelta(hours=16) < later < NOW + timedelta(hours=17)
        sandbox.at(later)
        created, _ = go_on(self.connect(sandbox), outgoing, step.saved, later)
        assert created.saved["ticket"], "nothing was lost, so nothing is waited for"

    def test_a_government_oa_publishes_articles_and_is_refused_messages(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        headers = {"access_token": connector.credentials.values["access_token"]}
        for kind, code in ((4, -235), (2, -201)):
            sandbox._ask("POST", "zalo", "oa", {"oa_type": kind})
            answer = self.http.post(f"{sandbox.url('zalo')}/v3.0/oa/message/cs", headers=headers, json={}, timeout=5)
            assert answer.json()["error"] == code

    def test_tokens_that_are_wrong_or_elsewhere_are_refused(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        token = connector.credentials.values["access_token"]
        address = sandbox.url("zalo") + GETOA
        for headers, query, code in (
            ({}, {}, -216),
            ({"access_token": "unknown"}, {}, -216),
            ({"Authorization": f"Bearer {token}"}, {}, -216),
            ({"access_token": token, "Authorization": f"Bearer {token}"}, {}, -216),
            ({"access_token": token}, {"access_token": token}, -216),
            ({}, {"access_token": token}, -216),
            ({"access_token": token}, {}, 0),
        ):
            assert self.http.get(address, headers=headers, params=query, timeout=5).json()["error"] == code
        dead = ZaloOA(connector.settings, connector.account, Credentials({"access_token": "x"}), self.http)
        with pytest.raises(Reconnect, match="-216"):
            dead.probe(now=NOW)
        none = ZaloOA(connector.settings, connector.account, Credentials({}), self.http)
        with pytest.raises(Reconnect) as missing:
            none.probe(now=NOW)
        assert missing.value.evidence == "Access token is invalid"
