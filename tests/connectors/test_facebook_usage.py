"""What Facebook tells of its limits reaches the meter after every answer, and a refusal waits as long as it says."""

import dataclasses
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, Meter, Receipt
from connectors.errors import ConnectorError, Limited
from connectors.facebook import FacebookPage
from connectors.facebook.usage import levels, named_wait
from connectors.meter import Level, Per
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.facebook_case import FEED, PAGE_ID, FacebookCase

BUSINESS = "x-business-use-case-usage"
QUIET = {"type": "pages", "call_count": 3, "total_cputime": 4, "total_time": 2, "estimated_time_to_regain_access": 0}
BUSY = {"type": "pages", "call_count": 97, "total_cputime": 23, "total_time": 23, "estimated_time_to_regain_access": 12}


def told(headers: dict[str, Any]) -> dict[Per, Level]:
    return levels({name: json.dumps(value) for name, value in headers.items()}, PAGE_ID, now=NOW)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, {}),
        ({BUSINESS: {PAGE_ID: [BUSY]}}, {Per.CHANNEL: Level(97, NOW + timedelta(minutes=12))}),
        ({BUSINESS: {"551": [BUSY], PAGE_ID: [QUIET]}}, {Per.CHANNEL: Level(4)}),
        ({BUSINESS: {PAGE_ID: [{**BUSY, "type": "instagram"}, QUIET]}}, {Per.CHANNEL: Level(4)}),
        ({BUSINESS: {"551": [QUIET], "552": [BUSY]}}, {Per.CHANNEL: Level(97, NOW + timedelta(minutes=12))}),
        ({BUSINESS: {PAGE_ID: [{**QUIET, "type": "something_new"}]}}, {Per.CHANNEL: Level(4)}),
        ({"x-app-usage": {"call_count": 28, "total_time": 25, "total_cputime": 26}}, {Per.APP: Level(28)}),
        ({"x-app-usage": {"call_volume": 1, "cpu_time": 71}}, {Per.APP: Level(71)}),
        ({"x-page-usage": {"call_count": 85, "total_cputime": 56, "total_time": 60}}, {Per.CHANNEL: Level(85)}),
        (
            {BUSINESS: {PAGE_ID: [QUIET]}, "x-page-usage": {"call_count": 85}, "x-app-usage": {"call_count": 0}},
            {Per.CHANNEL: Level(85), Per.APP: Level(0)},
        ),
        (
            {BUSINESS: {PAGE_ID: [{**QUIET, "total_time": "100"}]}},
            {Per.CHANNEL: Level(100, NOW + timedelta(minutes=15))},
        ),
        ({"x-app-usage": {"call_count": 103}}, {Per.APP: Level(103, NOW + timedelta(minutes=60))}),
        ({BUSINESS: "rubbish", "x-app-usage": [1], "x-page-usage": {"call_count": "much"}}, {}),
    ],
)
def test_the_highest_of_the_shares_of_this_page_and_of_the_app_is_told(
    headers: dict[str, Any], expected: dict[Per, Level]
) -> None:
    assert told(headers) == expected


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": 1}', '{"a": [1, null]}', '{"a": [{"x": true}]}'])
def test_a_header_that_makes_no_sense_says_nothing(text: str) -> None:
    headers = dict.fromkeys((BUSINESS, "x-app-usage"), text)
    assert levels(headers, PAGE_ID, now=NOW) == {}
    assert named_wait(headers, PAGE_ID) == timedelta(0)


def test_no_header_stops_a_page_for_more_than_a_week() -> None:
    headers = {BUSINESS: json.dumps({PAGE_ID: [{**BUSY, "estimated_time_to_regain_access": 1e300}]})}
    assert named_wait(headers, PAGE_ID) == timedelta(days=7)


class TestFacebookUsage(FacebookCase):
    def metered(self, sandbox: Sandbox) -> tuple[FacebookPage, Meter]:
        first, meter = self.connected(sandbox)[0], Meter()
        return FacebookPage(self.settings(sandbox), first.account, first.credentials, self.http, meter), meter

    def test_every_kind_of_answer_tells_the_meter(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, meter = self.metered(sandbox)
        outgoing = self.simplest(tmp_path)
        calls = {
            "a read": lambda: connector.read_channel(now=NOW),
            "a batch": lambda: connector.read_posts([f"{PAGE_ID}_1"], now=NOW),
            "a post": lambda: connector.publish(outgoing, {}, now=NOW),
            "a picture": lambda: connector.prepare(self.album(tmp_path, "mot"), {}, now=NOW),
            "a deletion": lambda: connector.withdraw(f"{PAGE_ID}_1", now=NOW),
        }
        for percent, (name, call) in enumerate(calls.items(), 71):
            values = {"percent": percent, "minutes": 5, "app_percent": percent + 10}
            sandbox.fault("facebook", "usage", path=r"/v26\.0.*", values=values)
            call()
            expected = {Per.CHANNEL: Level(percent, NOW + timedelta(minutes=5)), Per.APP: Level(percent + 10)}
            assert meter.levels == expected, name
            meter.levels.clear()

    def test_a_refusal_tells_the_meter_too(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, meter = self.metered(sandbox)
        sandbox.fault("facebook", "usage", path=FEED, values={"page_percent": 92})
        sandbox.fault("facebook", "error", path=FEED, effect=False, values={"code": 100})
        with pytest.raises(ConnectorError):
            connector.publish(self.simplest(tmp_path), {}, now=NOW)
        assert meter.levels == {Per.CHANNEL: Level(92)}

    def test_what_a_business_uses_counts_for_the_page(self, sandbox: Sandbox) -> None:
        connector, meter = self.metered(sandbox)
        sandbox.fault("facebook", "usage", path=r"/v26\.0.*", values={"percent": 88, "key": "551100000000001"})
        connector.read_channel(now=NOW)
        assert meter.levels == {Per.CHANNEL: Level(88)}

    def full(self, sandbox: Sandbox, path: str, minutes: int = 20, **more: Any) -> None:
        """The next answer there is a success, and tells that the Page's limit is used up."""
        sandbox.fault("facebook", "usage", path=path, values={"percent": 100, "minutes": minutes}, **more)

    def test_nothing_more_is_read_after_a_success_that_told_of_a_full_limit(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        self.many(sandbox, tmp_path, 60)
        connector, meter = self.metered(sandbox)
        until = NOW + timedelta(minutes=20)
        for read in (
            lambda: connector.list_published(since=NOW, until=NOW + timedelta(hours=1), now=NOW),
            lambda: connector.find(self.simplest(tmp_path), {}, since=NOW, known=frozenset(), now=NOW),
        ):
            self.full(sandbox, r".*/(published_posts|video_reels)")
            before = len(sandbox.requests("facebook"))
            with pytest.raises(Limited) as caught:
                read()
            assert (caught.value.until, len(sandbox.requests("facebook")) - before) == (until, 1)
            meter.levels.clear()
        assert connector.read_channel(now=NOW)

    def test_figures_read_before_the_limit_was_full_are_told(self, sandbox: Sandbox, tmp_path: Path) -> None:
        _, ids = self.many(sandbox, tmp_path, 60)
        connector, _ = self.metered(sandbox)
        self.full(sandbox, r"/v26\.0/?", method="POST")
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) == before + 1
        assert {one.ref for one in figures} == set(ids[:25])
        with pytest.raises(Limited):
            connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) == before + 1
        assert connector.read_posts(ids, now=NOW + timedelta(minutes=21))

    def test_figures_stop_before_the_limit_is_full_where_the_rest_is_kept_for_publishing(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        _, ids = self.many(sandbox, tmp_path, 60)
        connector, meter = self.metered(sandbox)
        meter.reads_until = 85
        sandbox.fault("facebook", "usage", path=r"/v26\.0/?", method="POST", values={"percent": 86})
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) == before + 1 == before + meter.calls
        assert {one.ref for one in figures} == set(ids[:25])
        assert connector.transcript.cut

    def test_a_full_limit_never_hides_that_something_was_published(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, meter = self.metered(sandbox)
        for outgoing in (
            self.simplest(tmp_path),
            dataclasses.replace(self.album(tmp_path, "mot"), options={"hidden_first": True}),
        ):
            saved = drive(connector, outgoing, NOW, sandbox)
            self.full(sandbox, ".*", method="POST")
            answer = connector.publish(outgoing, saved, now=NOW)
            assert isinstance(answer, Receipt | Accepted)
            assert connector.publish(dataclasses.replace(outgoing, text="Bài nữa"), saved, now=NOW)
            meter.levels.clear()

    def test_on_a_quiet_day_nothing_is_told_and_later_the_share_rises(self, sandbox: Sandbox) -> None:
        connector, meter = self.metered(sandbox)
        connector.read_channel(now=NOW)
        assert meter.levels == {}
        for _ in range(60):
            connector.read_channel(now=NOW)
        assert meter.levels[Per.CHANNEL].percent >= 2

    @pytest.mark.parametrize(
        ("values", "minutes"),
        [
            ({"code": 80001, "minutes": 42}, 42),
            ({"code": 80001, "minutes": 0}, 15),
            ({"code": 4}, 60),
            ({"code": 17, "status": 403}, 60),
            ({"code": 32, "status": 403}, 60),
            ({"code": 32, "minutes": 7}, 7),
            ({"code": 613, "minutes": 0}, 60),
        ],
    )
    def test_a_limit_waits_as_long_as_facebook_says_or_as_its_kind_demands(
        self, sandbox: Sandbox, tmp_path: Path, values: dict[str, Any], minutes: int
    ) -> None:
        connector, meter = self.metered(sandbox)
        sandbox.fault("facebook", "rate_limit", method="POST", path=FEED, values=values)
        with pytest.raises(Limited) as caught:
            connector.publish(self.simplest(tmp_path), {}, now=NOW)
        assert caught.value.until == NOW + timedelta(minutes=minutes)
        assert max(level.percent for level in meter.levels.values()) == 100
        assert sandbox.public("facebook") == []
