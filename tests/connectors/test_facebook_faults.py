"""Every fault of the sheet's list (facebook 8) and what the connector makes of it, one line for each."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Metric, NotThere, Receipt, Unclear
from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect, Unconfirmed
from connectors.facebook import FacebookPage
from connectors.facebook.graph import Graph
from connectors.meter import Meter, Per
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.facebook_case import FEED, INSIGHTS, FacebookCase, by_metric

LOST, NOTHING = True, False
"""Whether the post exists although the call failed."""
AT_THE_PUBLIC_CALL: list[tuple[str, dict[str, Any], bool, type[ConnectorError]]] = [
    ("hang_up", {}, LOST, Unconfirmed),
    ("hang_up", {}, NOTHING, Unconfirmed),
    ("html", {"status": 502}, LOST, Unconfirmed),
    ("html", {"status": 502}, NOTHING, Unconfirmed),
    ("empty", {}, LOST, Unconfirmed),
    ("empty", {}, NOTHING, Unconfirmed),
    *(
        ("error", {"code": code, "status": status, "is_transient": code == 2}, effect, Unconfirmed)
        for code in (1, 2)
        for status in (400, 500)
        for effect in (LOST, NOTHING)
    ),
    *(
        ("expired_token", {"subcode": subcode, "status": status}, NOTHING, error)
        for subcode, error in ((463, Reconnect), (460, Reconnect), (492, Misconfigured), (0, Reconnect))
        for status in (400, 401)
    ),
    ("no_permission", {"status": 400}, NOTHING, Misconfigured),
    ("no_permission", {"status": 403}, NOTHING, Misconfigured),
    *(("rate_limit", {"code": code}, NOTHING, Limited) for code in (4, 17, 32, 613, 80001)),
    ("blocked", {"subcode": 1390008}, NOTHING, Blocked),
    ("blocked", {"subcode": 4854002}, NOTHING, Blocked),
    ("blocked", {"subcode": 1404082}, NOTHING, Unconfirmed),
    ("error", {"code": 506}, LOST, Unconfirmed),
]


class TestFacebookFaults(FacebookCase):
    @pytest.mark.parametrize(("kind", "values", "effect", "expected"), AT_THE_PUBLIC_CALL)
    def test_each_fault_at_the_public_call_has_its_class_and_the_look_tells_the_truth(
        self,
        sandbox: Sandbox,
        tmp_path: Path,
        kind: str,
        values: dict[str, Any],
        effect: bool,
        expected: type[ConnectorError],
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", kind, method="POST", path=FEED, effect=effect, values=values)
        with pytest.raises(ConnectorError) as caught:
            connector.publish(outgoing, saved, now=due)
        assert type(caught.value) is expected
        found = look(self.connect(sandbox), outgoing, saved, due, sandbox)  # the next piece of work
        items = sandbox.public("facebook")
        assert [item["id"] for item in items] == ([found.external_id] if isinstance(found, Receipt) else [])
        assert len(items) == int(effect)

    def test_delay_beyond_the_time_out_means_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("facebook", "delay", method="POST", path=FEED, effect=True, values={"seconds": 0.5})
        with pytest.raises(Unconfirmed):
            self.impatient(sandbox).publish(self.simplest(tmp_path), {}, now=NOW)
        assert isinstance(look(self.connect(sandbox), self.simplest(tmp_path), {}, NOW, sandbox), Receipt)

    def test_javascript_is_read_as_json(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "javascript", method="POST", path=FEED)
        assert isinstance(connector.publish(outgoing, saved, now=due), Receipt)

    def test_refused_comment_counts_leave_the_other_figures(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "no_user_content", times=9)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.COMMENTS] is None and figures[Metric.VIEWS] and figures[Metric.SHARES]

    def test_a_dead_metric_leaves_the_other_figures(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "dead_metric", path=INSIGHTS, times=9, values={"name": "post_clicks"})
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.CLICKS] is None and figures[Metric.VIEWS]

    def test_the_dead_way_of_asking_many_is_never_taken_for_a_passing_trouble(self, sandbox: Sandbox) -> None:
        page = self.connect(sandbox)
        graph = Graph(self.settings(sandbox), page.credentials.values["access_token"], self.http, now=NOW)
        with pytest.raises(Misconfigured):  # although it comes with status 500
            graph.read("", ids="1_2,1_3")
        page.read_posts(["1_2", "1_3"], now=NOW)
        seen = sandbox.http.get(f"{sandbox.url('facebook')}/_sandbox/queries", timeout=10).json()
        assert len([one for one in seen if "ids=" in one["query"]]) == 1

    def test_a_list_that_lags_is_asked_until_the_last_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "late_listing", method="POST", path=FEED, values={"seconds": 600})
        sandbox.fault("facebook", "hang_up", method="POST", path=FEED)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=due)
        assert connector.find(outgoing, saved, since=due, known=frozenset(), now=due) == NotThere()
        assert isinstance(look(connector, outgoing, saved, due, sandbox), Receipt)

    def test_a_list_that_is_too_much_at_once_is_read_in_smaller_parts(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        for number in range(14):
            connector.publish(dataclasses.replace(outgoing, text=f"Bài số {number}"), {}, now=due)
        sandbox.fault("facebook", "too_much", times=6, values={"limit": 5})
        assert connector.find(outgoing, saved, since=due, known=frozenset(), now=due) == receipt
        sandbox.fault("facebook", "too_much", times=99, values={"limit": 1})
        before = len(sandbox.requests("facebook"))
        with pytest.raises(ConnectorError):
            connector.find(outgoing, saved, since=due, known=frozenset(), now=due)
        assert len(sandbox.requests("facebook")) - before <= 4

    def test_a_twin_is_looked_for_before_anything_is_said(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=due)
        assert look(connector, outgoing, saved, due, sandbox) == receipt

    def test_where_facebook_takes_the_same_words_twice_a_person_decides(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "no_twin_check", method="POST", path=FEED, times=2)
        for _ in range(2):
            connector.publish(outgoing, saved, now=due)
        assert isinstance(look(connector, outgoing, saved, due, sandbox), Unclear)

    def test_pictures_that_expired_are_uploaded_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot", "hai")
        saved = drive(connector, outgoing, NOW, sandbox)
        later = NOW + timedelta(hours=24)
        again = drive(connector, outgoing, later, sandbox, saved)
        assert {photo["id"] for photo in again["photos"]}.isdisjoint(photo["id"] for photo in saved["photos"])
        assert isinstance(connector.publish(outgoing, again, now=later), Receipt)

    def test_an_empty_list_of_pages_is_gone_round(self, sandbox: Sandbox) -> None:
        sandbox.fault("facebook", "empty_accounts")
        assert len(self.connected(sandbox)) == 1

    def test_another_served_version_is_a_finding(self, sandbox: Sandbox) -> None:
        page = self.connect(sandbox)
        sandbox.fault("facebook", "served_version", times=9, values={"version": "v21.0"})
        assert [one.what for one in page.health(now=NOW) if not one.ok] == ["Phiên bản Graph API"]

    def test_rising_usage_reaches_the_meter(self, sandbox: Sandbox) -> None:
        first, meter = self.connected(sandbox)[0], Meter()
        page = FacebookPage(self.settings(sandbox), first.account, first.credentials, self.http, meter)
        told = []
        for percent in (60, 72, 88, 96):
            sandbox.fault("facebook", "usage", path=r"/v26\.0.*", values={"percent": percent})
            page.read_channel(now=NOW)
            told.append(meter.levels[Per.CHANNEL].percent)
        assert told == [60, 72, 88, 96]

    def test_an_item_of_a_batch_that_is_null_is_asked_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "null_item", times=2)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.VIEWS] and figures[Metric.REACTIONS]

    def test_every_answer_has_keys_that_nobody_announced(self, sandbox: Sandbox) -> None:
        page: Connector = self.connect(sandbox)
        headers = {"Authorization": f"Bearer {page.credentials.values['access_token']}"}
        for path in ("me?fields=id", f"{page.account.external_id}/published_posts", "1_2"):
            answer = sandbox.http.get(f"{sandbox.url('facebook')}/v26.0/{path}", headers=headers, timeout=10).json()
            assert "new_key" in answer.get("error", answer)
