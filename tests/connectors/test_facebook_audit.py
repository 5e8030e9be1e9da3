"""What stands on the Page: every public post once, reels too, and never a part for the whole."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.base import NotThere, Receipt, Unclear
from connectors.errors import Rejected
from connectors.facebook import listing
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import LISTING, TEXT, FacebookCase
from tests.connectors.facebook_video_case import VideoCase

HOUR = timedelta(hours=1)


class TestFacebookAudit(FacebookCase):
    def test_it_tells_the_words_the_time_and_that_our_application_made_it(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        [one] = connector.list_published(since=NOW, until=NOW + 2 * HOUR, now=NOW + 2 * HOUR)
        assert (one.external_id, one.permalink, one.text, one.own) == (
            receipt.external_id, receipt.permalink, TEXT, True,
        )  # fmt: skip
        assert one.published_at == NOW + HOUR

    @pytest.mark.parametrize(("since", "until"), [(NOW - HOUR, NOW + HOUR), (NOW + HOUR + HOUR / 60, NOW + 9 * HOUR)])
    def test_what_lies_outside_the_period_is_left_out(
        self, sandbox: Sandbox, tmp_path: Path, since: datetime, until: datetime
    ) -> None:
        connector, _ = self.published(sandbox, tmp_path)
        assert connector.list_published(since=since, until=until, now=NOW + 9 * HOUR) == []

    def test_a_list_that_was_not_read_to_its_end_is_refused(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "PAGE_SIZE", 1)
        monkeypatch.setattr(listing, "PAGES_MAX", 1)
        connector, _ = self.published(sandbox, tmp_path)
        another = dataclasses.replace(self.simplest(tmp_path), text="Bài thứ hai")
        connector.publish(another, {}, now=NOW + 2 * HOUR)
        with pytest.raises(Rejected, match="ngắn hơn"):
            connector.list_published(since=NOW, until=NOW + 72 * HOUR, now=NOW + 72 * HOUR)

    def test_a_list_that_goes_on_without_a_cursor_does_not_pass_for_the_whole(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, ids = self.many(sandbox, tmp_path, 30)
        sandbox.fault("facebook", "no_cursor", method="GET", path=LISTING, times=2)
        with pytest.raises(Rejected, match="chưa đọc hết"):
            connector.list_published(since=NOW - HOUR, until=NOW + HOUR, now=NOW)
        absent = dataclasses.replace(self.simplest(tmp_path), text="Bài chưa đăng")
        assert isinstance(connector.find(absent, {}, since=NOW, known=frozenset(ids), now=NOW), Unclear)

    def test_a_list_that_does_not_look_at_the_period_is_read_no_further_than_needed(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, _ = self.many(sandbox, tmp_path, 60)
        later = NOW + timedelta(days=2)
        receipt = connector.publish(self.simplest(tmp_path), {}, now=later)
        assert isinstance(receipt, Receipt)
        sandbox.fault("facebook", "since_ignored", method="GET", path=LISTING, times=99)
        before = len(sandbox.requests("facebook"))
        assert connector.find(self.simplest(tmp_path), {}, since=later, known=frozenset(), now=later) == receipt
        absent = dataclasses.replace(self.simplest(tmp_path), text="Bài chưa đăng")
        assert connector.find(absent, {}, since=later, known=frozenset(), now=later) == NotThere()
        assert len(sandbox.requests("facebook")) == before + 4  # the second page of each is older
        listed = connector.list_published(since=later, until=later + HOUR, now=later)
        assert [one.external_id for one in listed] == [receipt.external_id]


class TestFacebookReelAudit(VideoCase):
    options = {"reel": True}

    @pytest.mark.parametrize("apart", [True, False])
    def test_a_reel_is_listed_once_whether_or_not_it_stands_among_the_posts(
        self, sandbox: Sandbox, tmp_path: Path, apart: bool
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        answer = build().publish(outgoing, saved, now=now)
        receipt = self.finished(build(), outgoing, saved, answer, now, sandbox)
        if apart:
            sandbox.fault("facebook", "reels_apart", path=LISTING)
        found = build().list_published(since=NOW - HOUR, until=now + HOUR, now=now + HOUR)
        assert [one.external_id for one in found] == [receipt.external_id]

    def test_a_reel_that_was_uploaded_before_the_period_is_listed_in_the_period_in_which_it_was_published(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build)
        due = NOW + 5 * HOUR
        sandbox.at(due)
        answer = build().publish(outgoing, saved, now=due)
        receipt = self.finished(build(), outgoing, saved, answer, due, sandbox)
        sandbox.fault("facebook", "reels_apart", path=LISTING)
        found = build().list_published(since=due - HOUR, until=due + HOUR, now=due + HOUR)
        assert [one.external_id for one in found] == [receipt.external_id]
