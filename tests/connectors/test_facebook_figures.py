"""Figures of a Page: many posts in few calls, nothing lost to one bad name, nothing invented."""

import dataclasses
import re
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.base import Metric, Receipt
from connectors.errors import Limited, Misconfigured
from connectors.facebook import FacebookPage, measures
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import INSIGHTS, PAGE_ID, FacebookCase, by_metric
from tests.connectors.facebook_video_case import VideoCase

PAGE_INSIGHTS = rf"/v[0-9.]+/{PAGE_ID}/insights"
OF_POST = {Metric.VIEWS, Metric.REACH, Metric.CLICKS, Metric.SHARES, Metric.REACTIONS, Metric.COMMENTS}


class TestFacebookFigures(FacebookCase):
    def test_taking_down_twice_is_success(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        connector.withdraw(receipt.external_id, now=NOW)
        connector.withdraw(receipt.external_id, now=NOW)
        assert sandbox.public("facebook") == []

    def test_all_figures_of_a_post_are_read_in_one_call(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        before = len(sandbox.requests("facebook"))
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert len(sandbox.requests("facebook")) == before + 1
        assert set(figures) == OF_POST  # it has no video
        assert all(figures.values())

    def test_no_shares_yet_is_a_true_zero(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.at(NOW + timedelta(hours=1))
        assert by_metric(connector.read_posts([receipt.external_id], now=NOW))[Metric.SHARES] == 0

    @pytest.mark.parametrize(
        ("name", "metric"),
        [("post_media_view", Metric.VIEWS), ("post_clicks", Metric.CLICKS), ("post_video_views", Metric.VIDEO_VIEWS)],
    )
    def test_one_dead_metric_does_not_lose_the_others(
        self, sandbox: Sandbox, tmp_path: Path, name: str, metric: Metric
    ) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "dead_metric", method="GET", path=INSIGHTS, times=99, values={"name": name})
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures.get(metric) is None
        assert all(figures[one] for one in OF_POST - {metric})
        before = len(sandbox.requests("facebook"))
        assert by_metric(connector.read_posts([receipt.external_id], now=NOW)) == figures
        assert len(sandbox.requests("facebook")) == before + 1

    def test_a_metric_that_does_not_apply_is_unknown_and_never_zero(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "missing_metric", path=INSIGHTS, values={"name": "post_clicks"})
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert figures[Metric.CLICKS] is None and figures[Metric.VIEWS]

    def test_reactions_that_the_token_may_not_see_do_not_lose_the_shares(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "no_user_content", method="GET", times=99)
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert (figures[Metric.REACTIONS], figures[Metric.COMMENTS]) == (None, None)
        assert figures[Metric.SHARES] and figures[Metric.VIEWS]

    def test_an_item_that_timed_out_is_asked_once_more(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "null_item", method="GET", path=INSIGHTS)
        before = len(sandbox.requests("facebook"))
        assert by_metric(connector.read_posts([receipt.external_id], now=NOW))[Metric.VIEWS]
        assert len(sandbox.requests("facebook")) == before + 2

    def test_an_item_that_timed_out_twice_is_left_out_and_never_zero(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "null_item", method="GET", path=INSIGHTS, times=9)
        before = len(sandbox.requests("facebook"))
        figures = by_metric(connector.read_posts([receipt.external_id], now=NOW))
        assert set(figures) == {Metric.SHARES, Metric.REACTIONS, Metric.COMMENTS}
        assert all(figures.values())
        assert len(sandbox.requests("facebook")) == before + 2

    def test_a_limit_in_the_middle_of_a_batch_stops_the_reading(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        values = {"code": 80001, "status": 400}
        sandbox.fault("facebook", "error", method="GET", path=INSIGHTS, effect=False, values=values)
        with pytest.raises(Limited):
            connector.read_posts([receipt.external_id], now=NOW)

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

    def test_five_hundred_posts_take_no_more_calls_than_batches_of_fifty_demand(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 500)
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) - before == 2 * 500 / 50
        assert list(dict.fromkeys(figure.ref for figure in figures)) == ids
        # one dead name costs one more batch, and only for the first posts that met it
        again = self.connect(sandbox)
        values = {"name": "post_media_view"}
        sandbox.fault("facebook", "dead_metric", method="GET", path=INSIGHTS, times=9999, values=values)
        before = len(sandbox.requests("facebook"))
        figures = again.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) - before == 2 * 500 / 50 + 1
        assert {figure.value for figure in figures if figure.metric == Metric.VIEWS} == {None}
        assert None not in {figure.value for figure in figures if figure.metric == Metric.CLICKS}

    def test_when_nothing_but_shares_may_be_seen_the_shares_are_read(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, ids = self.many(sandbox, tmp_path, 60)
        sandbox.fault("facebook", "no_user_content", method="GET", times=999)
        sandbox.fault("facebook", "no_permission", method="GET", path=INSIGHTS, times=999)
        before = len(sandbox.requests("facebook"))
        figures = connector.read_posts(ids, now=NOW)
        assert len(sandbox.requests("facebook")) - before == 4
        seen = {figure.metric for figure in figures if figure.value is not None}
        assert (seen, len(figures)) == ({Metric.SHARES}, 6 * 60)

    def test_no_name_that_is_dead_is_ever_asked(self) -> None:
        asked = {one.name for one in (*measures.INSIGHTS, *measures.VIDEO, *measures.DAYS)}
        dead = re.compile(r"(post|page)_impressions|page_fan|page_posts_|_engaged_users|negative_feedback|consumptions")
        assert not [name for name in asked if dead.match(name)]
        assert not asked & {"page_video_views_unique", "post_video_views_unique", "page_views_logout"}


class TestFacebookPageFigures(FacebookCase):
    def test_the_page_tells_its_followers_now_and_its_last_days_in_one_call(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        before = len(sandbox.requests("facebook"))
        now, *days = connector.read_channel(now=NOW)
        assert len(sandbox.requests("facebook")) == before + 1
        assert (now.ref, now.metric, now.name, now.day) == ("", Metric.FOLLOWERS, "followers_count", None)
        assert now.value
        assert {figure.name for figure in days} == {one.name for one in measures.DAYS}
        assert all(figure.value is not None and figure.day and figure.version == "v26.0" for figure in days)
        assert len(days) >= 7 * len(measures.DAYS)

    def test_a_day_is_the_one_before_its_end_in_california(self, sandbox: Sandbox) -> None:
        days = {figure.day for figure in self.connect(sandbox).read_channel(now=NOW) if figure.day}
        # NOW is Sunday 22/11/2026 17:00 there, so the 21st is the last day that is over
        assert max(days) == date(2026, 11, 21)
        assert days == {date(2026, 11, 21) - timedelta(days=number) for number in range(len(days))}

    def test_a_day_stays_a_day_when_the_clocks_there_change(self) -> None:
        values = [
            {"value": 1, "end_time": "2026-11-01T07:00:00+0000"},
            {"value": "2", "end_time": "2026-11-02T08:00:00+0000"},
            {"value": "many", "end_time": "2026-11-03T08:00:00+0000"},
            {"value": 4, "end_time": "soon"},
        ]
        rows = [{"name": "page_follows", "period": "week", "values": [{"value": 99}]}]
        rows.append({"name": "page_follows", "period": "day", "values": values})
        told = list(measures.daily({"data": rows}, "page_follows"))
        assert told == [(date(2026, 10, 31), 1), (date(2026, 11, 1), 2)]

    @pytest.mark.parametrize("kind", ["dead_metric", "missing_metric"])
    def test_one_bad_name_of_the_page_costs_only_itself(self, sandbox: Sandbox, kind: str) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", kind, path=PAGE_INSIGHTS, times=99, values={"name": "page_media_view"})
        figures = connector.read_channel(now=NOW)
        views = [figure for figure in figures if figure.metric == Metric.VIEWS]
        assert [(figure.value, figure.day) for figure in views] == [(None, date(2026, 11, 21))]
        assert all(figure.value is not None for figure in figures if figure.metric != Metric.VIEWS)
        before = len(sandbox.requests("facebook"))
        assert connector.read_channel(now=NOW) == figures
        assert len(sandbox.requests("facebook")) == before + 1

    def test_without_the_permission_for_figures_the_followers_are_still_told(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "no_permission", path=PAGE_INSIGHTS, times=99)
        figures = connector.read_channel(now=NOW)
        assert {figure.name for figure in figures if figure.value is not None} == {"followers_count"}

    def test_no_window_is_longer_than_facebook_allows_and_no_page_of_time_is_followed(self, sandbox: Sandbox) -> None:
        question = list(measures.of_page(PAGE_ID, NOW))[1]
        asked = dict(parse_qsl(urlsplit(question.relative_url).query))
        assert asked["period"] == "day"
        length = timedelta(seconds=int(asked["until"]) - int(asked["since"]))
        assert timedelta(days=7) <= length <= timedelta(days=90)

    def test_a_page_the_token_does_not_see_is_a_fault_of_the_configuration(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        elsewhere = dataclasses.replace(connector.account, external_id="42")
        other = FacebookPage(self.settings(sandbox), elsewhere, connector.credentials, self.http)
        with pytest.raises(Misconfigured):
            other.read_channel(now=NOW)


class TestFacebookFilmFigures(VideoCase):
    def test_a_film_tells_how_often_and_how_long_it_was_seen(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        receipt = build().publish(outgoing, saved, now=now)
        assert isinstance(receipt, Receipt)
        later = now + timedelta(days=2)
        sandbox.at(later)
        figures = {figure.metric: figure for figure in build().read_posts([receipt.external_id], now=later)}
        assert figures[Metric.VIDEO_VIEWS].value
        watched = figures[Metric.WATCH_SECONDS]
        assert (watched.name, "mili giây" in watched.definition) == ("post_video_view_time", True)
        assert watched.value is not None and 100 < watched.value < 100_000  # milliseconds would be millions

    def test_a_reel_without_a_known_post_is_asked_by_its_video(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.reworded(self.simplest(tmp_path), options={"reel": True}), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        build().publish(outgoing, saved, now=now)
        later, video_id = now + timedelta(days=2), saved["video"]["video_id"]
        sandbox.at(later)
        figures = {
            one.name: one.value for one in build().read_posts([video_id, "123"], now=later) if one.ref == video_id
        }
        assert set(figures) == {"blue_reels_play_count", "post_video_view_time"}
        assert all(figures.values())
        assert {one.ref for one in build().read_posts([video_id, "123"], now=later)} == {video_id}
