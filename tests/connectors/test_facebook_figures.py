"""Figures of a Page: many posts in few calls, nothing lost to one bad name, nothing invented."""

import dataclasses
from datetime import timedelta
from pathlib import Path

from connectors.base import Metric, Receipt
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import (
    INSIGHTS,
    FacebookCase,
    by_metric,
)


class TestFacebookFigures(FacebookCase):
    def test_taking_down_twice_is_success(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        connector.withdraw(receipt.external_id, now=NOW)
        connector.withdraw(receipt.external_id, now=NOW)
        assert sandbox.public("facebook") == []

    def test_all_six_figures_of_a_post_are_read_in_one_call(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts([receipt.external_id], now=NOW)
        assert len(sandbox.requests("facebook")) == before + 1
        assert set(by_metric(figures)) == set(Metric) - {Metric.FOLLOWERS}
        assert all(value for value in by_metric(figures).values())

    def test_no_shares_yet_is_a_true_zero(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.at(NOW + timedelta(hours=1))
        assert by_metric(connector.read_posts([receipt.external_id], now=NOW))[Metric.SHARES] == 0

    def test_one_dead_metric_does_not_lose_the_others(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        values = {"name": "post_clicks"}
        sandbox.fault("facebook", "dead_metric", method="GET", path=INSIGHTS, times=99, values=values)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.CLICKS] is None
        assert all(value for metric, value in figures.items() if metric != Metric.CLICKS)
        before = len(sandbox.requests("facebook"))
        assert by_metric(connector.read_posts([receipt.external_id], now=NOW)) == figures
        assert len(sandbox.requests("facebook")) == before + 1

    def test_reactions_that_the_token_may_not_see_do_not_lose_the_shares(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "no_user_content", method="GET", times=99)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert (figures[Metric.REACTIONS], figures[Metric.COMMENTS]) == (None, None)
        assert figures[Metric.SHARES] and figures[Metric.VIEWS]

    def test_an_item_that_timed_out_is_unknown_not_zero(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "null_item", method="GET", path=INSIGHTS)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.VIEWS] is None
        assert figures[Metric.REACTIONS]

    def test_many_posts_are_read_in_few_calls_and_the_deleted_one_is_left_out(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        receipts = [
            connector.publish(dataclasses.replace(outgoing, text=f"Bài số {number}"), {}, now=NOW)
            for number in range(30)
        ]
        ids = [receipt.external_id for receipt in receipts if isinstance(receipt, Receipt)]
        connector.withdraw(ids[7], now=NOW)
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) == before + 2
        assert {figure.ref for figure in figures} == set(ids) - {ids[7]}

    def test_the_page_tells_its_followers(self, sandbox: Sandbox) -> None:
        (figure,) = self.connect(sandbox).read_channel(now=NOW)
        assert (figure.ref, figure.metric, figure.name) == ("", Metric.FOLLOWERS, "followers_count")
        assert figure.value
