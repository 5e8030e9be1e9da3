"""What stands on the OA: shown articles of both lists, and never a part for the whole."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import Rejected
from connectors.zalo import ZaloOA
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.zalo_case import SLICE, TITLE, ZaloCase

HOUR = timedelta(hours=1)


class TestZaloAudit(ZaloCase):
    def test_a_shown_article_is_listed_and_a_hidden_one_is_not(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        article_id = self.shown(sandbox, connector, outgoing, NOW)
        drive(connector, dataclasses.replace(outgoing, title="Bài còn ẩn"), NOW + HOUR, sandbox)
        found = connector.list_published(since=NOW - HOUR, until=NOW + 2 * HOUR, now=NOW + 2 * HOUR)
        assert [(one.external_id, one.title, one.own) for one in found] == [(article_id, TITLE, None)]
        assert {one["path"] for one in sandbox.requests("zalo")} >= {SLICE}

    @pytest.mark.parametrize(("since", "until"), [(NOW - 2 * HOUR, NOW - HOUR), (NOW + HOUR, NOW + 2 * HOUR)])
    def test_what_was_neither_made_nor_changed_in_the_period_is_left_out(
        self, sandbox: Sandbox, tmp_path: Path, since: datetime, until: datetime
    ) -> None:
        connector = self.connect(sandbox)
        self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        assert connector.list_published(since=since, until=until, now=NOW + 3 * HOUR) == []

    def test_a_list_that_was_not_read_to_its_end_is_refused(self, sandbox: Sandbox, tmp_path: Path) -> None:
        patient, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        settings = self.settings(sandbox, page_limit=1, pages_max=2)
        connector = ZaloOA(settings, patient.account, patient.credentials, self.http)
        self.shown(sandbox, connector, outgoing, NOW)
        period = {"since": NOW - HOUR, "until": NOW + 2 * HOUR, "now": NOW + 2 * HOUR}
        assert len(connector.list_published(**period)) == 1
        self.shown(sandbox, connector, dataclasses.replace(outgoing, title="Bài thứ hai"), NOW + HOUR)
        with pytest.raises(Rejected, match="pages_max"):
            connector.list_published(**period)
