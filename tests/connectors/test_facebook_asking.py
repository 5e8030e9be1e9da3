"""What goes wrong with one item of a batch costs what it is about and nothing else (facebook 5.5, 5.6)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Metric
from connectors.errors import ConnectorError, Limited, Misconfigured, Reconnect, Unavailable
from connectors.facebook import FacebookPage
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import INSIGHTS, PAGE_ID, FacebookCase, by_metric

OF_INSIGHTS = {Metric.VIEWS, Metric.REACH, Metric.CLICKS}
OF_FIELDS = {Metric.SHARES, Metric.REACTIONS, Metric.COMMENTS}
BATCH = r"/v26\.0/?"


def insights_of(post: str) -> str:
    return rf"/v[0-9.]+/{post}/insights"


def fields_of(post: str) -> str:
    return rf"/v[0-9.]+/{post}"


class TestFacebookAsking(FacebookCase):
    def struck(self, sandbox: Sandbox, path: str, times: int = 99, **values: Any) -> None:
        """An error in the place of an answer."""
        sandbox.fault("facebook", "error", method="GET", path=path, times=times, effect=False, values=values)

    def read(self, connector: Connector, ids: list[str]) -> dict[str, dict[str, int | None]]:
        """Figures by post."""
        figures = connector.read_posts(ids, now=NOW)
        return {ref: by_metric([one for one in figures if one.ref == ref]) for ref in ids}

    @pytest.mark.parametrize("code", [100, 10, 200])
    @pytest.mark.parametrize(("path", "lost"), [(insights_of, OF_INSIGHTS), (fields_of, OF_FIELDS)])
    @pytest.mark.parametrize("read_alone_first", [True, False])
    def test_what_one_post_is_refused_costs_no_other_post(
        self, sandbox: Sandbox, tmp_path: Path, path: Any, lost: set[Metric], code: int, read_alone_first: bool
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 40)
        odd = ids[0]
        self.struck(sandbox, path(odd), code=code)
        read = self.read(connector, [odd]) if read_alone_first else {}
        before = len(sandbox.requests("facebook"))
        read |= self.read(connector, ids)
        assert len(sandbox.requests("facebook")) == before + 2
        assert {name for name, value in read[odd].items() if value is None} == lost
        assert [ref for ref in ids[1:] if None in read[ref].values()] == []

    def test_what_was_asked_in_vain_is_no_whole_answer_and_a_refusal_is_one(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 3)
        self.struck(sandbox, insights_of(ids[0]), code=100)
        connector.read_posts(ids, now=NOW)
        assert connector.transcript.cut == ""
        for path in (insights_of(ids[1]), fields_of(ids[1])):
            self.struck(sandbox, path, code=2)
        read = self.read(connector, ids)
        assert [bool(one) for one in read.values()] == [True, False, True]
        assert "hỏi lại" in connector.transcript.cut

    def test_a_name_that_is_dead_is_asked_of_two_posts_and_of_no_other(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, ids = self.many(sandbox, tmp_path, 40)
        values = {"name": "post_clicks"}
        sandbox.fault("facebook", "dead_metric", method="GET", path=INSIGHTS, times=9999, values=values)
        before = len(sandbox.requests("facebook"))
        read = self.read(connector, ids)
        assert len(sandbox.requests("facebook")) == before + 3  # 80 questions, and one batch to find the name
        assert {(one[Metric.CLICKS], None in (one[Metric.VIEWS], one[Metric.REACH])) for one in read.values()} == {
            (None, False)
        }

    def test_a_deleted_post_that_was_to_explain_a_refusal_keeps_nobody_waiting(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 4)
        for post in ids[:2]:
            connector.withdraw(post, now=NOW)
            self.struck(sandbox, insights_of(post), code=100)  # names may be looked at before the post is
        for post in ids[2:]:
            self.struck(sandbox, insights_of(post), times=1, code=100)
        read = self.read(connector, ids)
        assert [bool(one) for one in read.values()] == [False, False, True, True]
        assert None not in [*read[ids[2]].values(), *read[ids[3]].values()]

    @pytest.mark.parametrize("values", [{"code": 2, "is_transient": True, "status": 500}, {"code": 1, "status": 500}])
    def test_an_item_that_fails_for_the_moment_is_asked_once_more_and_then_left_out(
        self, sandbox: Sandbox, tmp_path: Path, values: dict[str, Any]
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 2)
        self.struck(sandbox, insights_of(ids[0]), times=1, **values)
        assert self.read(connector, ids)[ids[0]][Metric.VIEWS]
        self.struck(sandbox, insights_of(ids[0]), **values)
        before = len(sandbox.requests("facebook"))
        read = self.read(connector, ids)
        assert len(sandbox.requests("facebook")) == before + 2
        assert set(read[ids[0]]) == OF_FIELDS
        assert None not in [*read[ids[0]].values(), *read[ids[1]].values()]

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"code": 2, "is_transient": True}, Unavailable),
            ({"code": 21}, Misconfigured),
            ({"code": 190, "subcode": 492}, Misconfigured),
            ({"code": 190, "subcode": 463, "status": 401}, Reconnect),
            ({"code": 424242}, ConnectorError),
        ],
    )
    def test_when_nothing_at_all_is_answered_the_reason_is_told(
        self, sandbox: Sandbox, tmp_path: Path, values: dict[str, Any], expected: type[ConnectorError]
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 2)
        for path in (r".*/[0-9_]+", INSIGHTS):
            self.struck(sandbox, path, **values)
        with pytest.raises(expected):
            connector.read_posts(ids, now=NOW)

    def test_every_item_is_signed_and_a_refused_signature_is_no_missing_figure(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 2)
        sandbox.fault("facebook", "require_proof", path=".*", times=5)
        assert None not in [*self.read(connector, ids)[ids[1]].values()]
        unsigned = FacebookPage(
            self.settings(sandbox, use_appsecret_proof=False), connector.account, connector.credentials, self.http
        )
        sandbox.fault("facebook", "require_proof", method="GET", path=insights_of(ids[1]), times=99)
        with pytest.raises(Misconfigured, match="app secret"):
            unsigned.read_posts(ids, now=NOW)

    def test_a_post_of_a_page_that_moved_is_left_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, ids = self.many(sandbox, tmp_path, 2)
        for path in (insights_of(ids[0]), fields_of(ids[0])):
            self.struck(sandbox, path, code=21)
        read = self.read(connector, ids)
        assert read[ids[0]] == {}
        assert set(read[ids[1]]) == OF_INSIGHTS | OF_FIELDS

    def test_a_limit_told_by_an_item_lasts_as_long_as_the_header_of_the_batch_says(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 2)
        sandbox.fault("facebook", "usage", method="POST", path=BATCH, values={"percent": 100, "minutes": 37})
        self.struck(sandbox, insights_of(ids[1]), code=80001)
        with pytest.raises(Limited) as caught:
            connector.read_posts(ids, now=NOW)
        assert caught.value.until == NOW + timedelta(minutes=37)

    @pytest.mark.parametrize(("refused", "told"), [("fan_count", "followers_count"), ("followers_count", "fan_count")])
    def test_the_refusal_of_one_number_of_followers_leaves_the_other(
        self, sandbox: Sandbox, refused: str, told: str
    ) -> None:
        connector, path = self.connect(sandbox), rf"/v[0-9.]+/{PAGE_ID}"
        sandbox.fault("facebook", "refused_field", method="GET", path=path, times=99, values={"name": refused})
        [followers] = [one for one in connector.read_channel(now=NOW) if one.day is None]
        assert (followers.name, followers.value is None) == (told, False)
