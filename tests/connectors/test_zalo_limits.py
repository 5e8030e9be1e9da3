"""Limits: every call is counted before it is sent, Zalo's own counter is heard, and figures take few calls."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import BaseAdapter

from connectors.base import Account, Credentials, Meter
from connectors.errors import Limited, Misconfigured, OverBudget, Unavailable
from connectors.meter import Left, Per
from connectors.zalo import ZaloOA
from connectors.zalo.settings import Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import CREATE, SLICE, VERIFY, ZaloCase, go_on, set_oa, turn

WRITTEN = [{"dates": "s"}, {"dates": "text"}, {"id_key": "oa_id", "followers_as_text": True}]


class TestZaloLimits(ZaloCase):
    def metered(self, sandbox: Sandbox, meter: Meter, **more: Any) -> ZaloOA:
        plain = self.connect(sandbox)
        return ZaloOA(self.settings(sandbox, **more), plain.account, plain.credentials, self.http, meter)

    def asked(self, sandbox: Sandbox) -> list[str]:
        return [one["path"] for one in sandbox.requests("zalo") if one["path"].startswith("/v2.0")]

    def test_the_budgets_are_those_of_the_settings(self) -> None:
        told = ZaloOA.budgets(Settings(articles_per_month=90))
        calls, articles, broadcasts = told
        assert (calls.name, calls.per, calls.amount) == ("calls", Per.CHANNEL, 60)
        assert calls.window.end(NOW) - NOW == timedelta(minutes=1)
        assert (articles.amount, broadcasts.amount) == (90, 0)
        first = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
        assert articles.window.start(NOW) == broadcasts.window.start(NOW) == first
        assert all(one.words and not one.words.endswith(".") for one in told)

    def test_figures_leave_room_for_publishing_in_every_minute(self) -> None:
        calls = ZaloOA.budgets(Settings())[0]
        for_figures = int(calls.amount * calls.reading_share)
        assert 1 + 50 <= for_figures <= calls.amount - 6

    def test_every_call_of_a_whole_post_is_counted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.metered(sandbox, Meter())
        before = len(self.asked(sandbox))
        article_id = self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        connector.read_channel(now=NOW)
        connector.read_posts([article_id], now=NOW)
        connector.health(now=NOW)
        connector.probe(now=NOW)
        connector.list_published(since=NOW, until=NOW, now=NOW)
        connector.withdraw(article_id, now=NOW)
        sent = self.asked(sandbox)[before:]
        assert connector.meter.spent == {"calls": len(sent), "articles": sent.count(CREATE)}
        assert sent.count(CREATE) == 1

    @pytest.mark.parametrize(("budget", "units"), [("calls", 1), ("articles", 0)])
    def test_what_is_used_up_is_not_called(self, sandbox: Sandbox, tmp_path: Path, budget: str, units: int) -> None:
        until = NOW + timedelta(seconds=40)
        connector = self.metered(sandbox, Meter({budget: Left(units, until)}))
        _, over = go_on(connector, self.simplest(tmp_path), {}, NOW)
        assert isinstance(over, OverBudget)
        assert (over.budget, over.until) == (budget, until)
        assert CREATE not in self.asked(sandbox)

    def test_the_apps_own_counter_is_heard_in_percent_whatever_the_answer_is(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector = self.metered(sandbox, Meter())
        connector.read_channel(now=NOW)
        level = connector.meter.levels[Per.APP]
        assert 0 < level.percent < 1
        assert level.until == NOW + timedelta(minutes=1)
        connector.meter.levels.clear()
        set_oa(sandbox, groups=["article"])
        with pytest.raises(Misconfigured, match="-223"):
            connector.read_channel(now=NOW)
        assert connector.meter.levels[Per.APP].percent > level.percent

    @pytest.mark.parametrize(
        ("headers", "percent"),
        [
            ({"X-RateLimit-Limit": "4000", "X-RateLimit-Remain": "1000"}, 75.0),
            ({"x-ratelimit-limit": "100", "x-ratelimit-remain": "0"}, 100.0),
            ({"X-RateLimit-Remain": "3000"}, 25.0),
            ({"X-RateLimit-Limit": "100", "X-RateLimit-Remain": "-5"}, 100.0),
            ({"X-RateLimit-Limit": "100", "X-RateLimit-Remain": "many"}, None),
            ({"X-RateLimit-Limit": "100"}, None),
            ({}, None),
        ],
    )
    def test_the_header_of_the_limit_is_read_as_it_is_spelt(
        self, headers: dict[str, str], percent: float | None
    ) -> None:
        meter = Meter()
        listed = Listed([], headers)
        listed.connector(meter).read_channel(now=NOW)
        found = meter.levels.get(Per.APP)
        assert (found.percent if found else None) == percent

    # Figures --------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("normal", "video", "wanted", "calls"),
        [
            (500, 0, range(500), 50),
            (500, 300, range(500), 50),
            (0, 500, range(500), 51),
            (500, 0, range(95, 100), 11),
            (500, 0, range(3), 1),
            (500, 500, [*range(100), *range(500, 600)], 21),
            (505, 0, range(505), 51),
            (20, 0, [], 0),
        ],
    )
    def test_figures_take_no_more_calls_than_their_pages(
        self, normal: int, video: int, wanted: list[int], calls: int
    ) -> None:
        listed = Listed(["normal"] * normal + ["video"] * video, {})
        ids = [f"id{number}" for number in wanted]
        figures = listed.connector(Meter()).read_posts(ids, now=NOW)
        assert {figure.ref for figure in figures} == set(ids)
        assert len(figures) == 2 * len(ids)
        assert len(listed.asked) == calls
        assert all(query["limit"] == "10" for query in listed.asked)

    def test_a_post_that_is_gone_is_looked_for_to_the_end_and_no_further_than_allowed(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        listed = Listed(["normal"] * 35 + ["video"] * 12, {})
        assert listed.connector(Meter()).read_posts(["gone"], now=NOW) == []
        assert len(listed.asked) == 6
        assert "zalo_figures_cut" not in caplog.text
        long = Listed(["normal"] * 900 + ["video"] * 900, {})
        with caplog.at_level(logging.WARNING):
            assert long.connector(Meter()).read_posts(["gone"], now=NOW) == []
        assert len(long.asked) == 60
        assert "zalo_figures_cut: 1 articles" in caplog.text

    def test_figures_do_not_take_what_is_kept_for_publishing(self, caplog: pytest.LogCaptureFixture) -> None:
        listed = Listed(["normal"] * 500, {})
        ids = [f"id{number}" for number in range(500)]
        meter = Meter({"calls": Left(30, NOW + timedelta(minutes=1))})
        with caplog.at_level(logging.WARNING):
            connector = listed.connector(meter)
            figures = connector.read_posts(ids, now=NOW)
        assert {figure.ref for figure in figures} == set(ids[:300])
        assert len(listed.asked) == 30
        assert connector.transcript.cut
        assert {one["of"] for one in connector.transcript.heard} == set(ids[:300])
        assert "zalo_figures_cut" in caplog.text
        with pytest.raises(OverBudget):
            listed.connector(meter).read_posts(ids, now=NOW)

    def test_counters_may_be_set_and_may_fall_and_are_told_as_they_are(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        article_id = self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        for views in (900, 850):
            sandbox._ask("POST", "zalo", "counters", {"id": article_id, "total_view": views, "total_share": 3})
            told = {figure.metric: figure.value for figure in connector.read_posts([article_id], now=NOW)}
            assert told == {"views": views, "shares": 3}

    @pytest.mark.parametrize("facts", WRITTEN)
    def test_the_ways_in_which_zalo_writes_numbers_make_no_difference(
        self, sandbox: Sandbox, tmp_path: Path, facts: dict[str, Any]
    ) -> None:
        set_oa(sandbox, **facts)
        connector = self.connect(sandbox)
        assert (connector.read_channel(now=NOW)[0].value or 0) > 12_000
        article_id = self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        hour = timedelta(hours=1)
        [one] = connector.list_published(since=NOW - hour, until=NOW + hour, now=NOW)
        assert (one.external_id, one.published_at) == (article_id, NOW + timedelta(seconds=6))

    def test_too_many_calls_of_the_oa_wait_for_the_next_minute(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        set_oa(sandbox, calls_per_minute=0)
        with pytest.raises(Limited, match="-32") as limited:
            connector.read_channel(now=NOW)
        assert NOW + timedelta(seconds=60) <= limited.value.until <= NOW + timedelta(seconds=90)

    def test_a_broken_answer_of_a_look_is_no_answer(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.second_step(sandbox, tmp_path)
        saved = connector.prepare(outgoing, saved, now=NOW).saved
        turn(sandbox, path=VERIFY, http_status=503)
        with pytest.raises(Unavailable):
            connector.prepare(outgoing, saved, now=NOW)


class Listed(BaseAdapter):
    """An OA with these articles, newest first: `id0`, `id1`, …; answers getslice and getoa in memory."""

    def __init__(self, kinds: list[str], headers: dict[str, str]) -> None:
        super().__init__()
        self.rows = [{"id": f"id{place}", "type": kind, "status": "show"} for place, kind in enumerate(kinds)]
        self.headers = headers
        self.asked: list[dict[str, str]] = []

    def connector(self, meter: Meter) -> ZaloOA:
        http = requests.Session()
        http.mount("http://", self)
        settings = Settings(api_url="http://127.0.0.1:9")
        return ZaloOA(settings, Account("1", "OA"), Credentials({"access_token": "x"}), http, meter)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code = 200
        answer.headers.update(self.headers)
        answer._content = self._body(request).encode()
        return answer

    def _body(self, request: requests.PreparedRequest) -> str:
        address = urlsplit(request.url or "")
        if address.path != SLICE:
            return '{"error":0,"data":{"num_follower":1}}'
        query = dict(parse_qsl(str(address.query)))
        self.asked.append(query)
        rows = [row for row in self.rows if row["type"] == query["type"]]
        start = int(query["offset"])
        page = rows[start : start + int(query["limit"])]
        return json.dumps({"error": 0, "data": {"medias": page, "total": len(rows)}})

    def close(self) -> None:
        pass
