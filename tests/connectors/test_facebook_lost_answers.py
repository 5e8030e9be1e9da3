"""Facebook has no idempotency key: a lost answer means look, and the look must tell the truth."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import NotThere, Receipt, Unclear
from connectors.errors import (
    Unavailable,
    Unconfirmed,
)
from connectors.facebook import FacebookPage, lookup
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.facebook_case import (
    FEED,
    LISTING,
    FacebookCase,
)


class TestFacebookLostAnswers(FacebookCase):
    @pytest.mark.parametrize(
        ("kind", "values"),
        [
            ("hang_up", {}),
            ("status", {"status": 502}),
            ("status", {"status": 500}),
            ("html", {"status": 200}),
            ("empty", {}),
            ("error", {"code": 1, "subcode": 99, "status": 500}),
            ("error", {"code": 2, "is_transient": True, "status": 500}),
            ("error", {"code": 424242, "is_transient": True}),
        ],
    )
    @pytest.mark.parametrize("effect", [True, False])
    def test_an_unclear_answer_means_look_and_the_look_tells_the_truth(
        self, sandbox: Sandbox, tmp_path: Path, kind: str, values: dict[str, Any], effect: bool
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", kind, method="POST", path=FEED, effect=effect, values=values)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=due)
        found = look(connector, outgoing, saved, due, sandbox)
        items = sandbox.public("facebook")
        if effect:
            assert isinstance(found, Receipt)
            assert [item["id"] for item in items] == [found.external_id]
        else:
            assert (found, items) == (NotThere(), [])

    def test_an_answer_later_than_the_time_out_is_looked_for(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.impatient(sandbox), self.simplest(tmp_path)
        sandbox.fault("facebook", "delay", method="POST", path=FEED, effect=True, values={"seconds": 0.5})
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, {}, now=NOW)
        patient = self.connect(sandbox)
        assert isinstance(look(patient, outgoing, {}, NOW, sandbox), Receipt)
        assert len(sandbox.public("facebook")) == 1

    def test_a_server_that_cannot_be_reached_got_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        there = self.connect(sandbox)
        settings = self.settings(sandbox).model_copy(update={"graph_url": "http://127.0.0.1:1"})
        gone = FacebookPage(settings, there.account, there.credentials, self.http)
        with pytest.raises(Unavailable):
            gone.publish(self.simplest(tmp_path), {}, now=NOW)

    def test_an_answer_as_javascript_is_a_success(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "javascript", method="POST", path=FEED)
        assert isinstance(connector.publish(outgoing, saved, now=due), Receipt)

    def test_vietnamese_words_are_found_in_a_list_that_names_no_charset(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        sandbox.fault("facebook", "javascript", method="GET", path=LISTING, times=9)
        assert look(connector, outgoing, saved, due, sandbox) == receipt
        [listed] = connector.list_published(since=due, until=due + timedelta(hours=1), now=due)
        assert listed.text == outgoing.text

    def test_a_post_is_found_when_the_listing_catches_up(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "late_listing", method="POST", path=FEED, values={"seconds": 90})
        sandbox.fault("facebook", "hang_up", method="POST", path=FEED)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=due)
        early = due + timedelta(seconds=10)
        sandbox.at(early)
        assert connector.find(outgoing, saved, since=due, known=frozenset(), now=early) == NotThere()
        assert isinstance(look(connector, outgoing, saved, due, sandbox), Receipt)

    def test_our_photos_prove_the_post_even_when_the_words_were_changed(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot", "hai")
        saved = drive(connector, outgoing, NOW, sandbox)
        sandbox.fault("facebook", "hang_up", method="POST", path=FEED)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=NOW)
        changed = dataclasses.replace(outgoing, text="Trang đã sửa chữ")
        assert isinstance(look(connector, changed, saved, NOW, sandbox), Receipt)

    def test_the_same_words_of_another_publication_are_not_ours(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        outgoing, sent = self.simplest(tmp_path), NOW + timedelta(hours=1)
        known = frozenset({receipt.external_id})
        assert connector.find(outgoing, {}, since=sent, known=known, now=sent) == NotThere()
        later = sent + lookup.EARLIER + timedelta(seconds=30)  # still listed, but older than any clock is wrong
        assert connector.find(outgoing, {}, since=later, known=frozenset(), now=later) == NotThere()

    def test_the_same_words_by_another_app_are_not_ours(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, _ = self.published(sandbox, tmp_path)
        settings = self.settings(sandbox).model_copy(update={"app_id": "5"})
        other = FacebookPage(settings, connector.account, connector.credentials, self.http)
        sent = NOW + timedelta(hours=1)
        assert other.find(self.simplest(tmp_path), {}, since=sent, known=frozenset(), now=sent) == NotThere()

    def test_two_posts_that_both_could_be_ours_need_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        between = dataclasses.replace(outgoing, text="Bài khác xen giữa")
        for one in (outgoing, between, outgoing):
            connector.publish(one, {}, now=NOW)
        found = connector.find(outgoing, {}, since=NOW, known=frozenset(), now=NOW)
        assert isinstance(found, Unclear)

    def test_the_same_words_with_strange_pictures_need_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, theirs, ours = self.connect(sandbox), self.album(tmp_path, "mot"), self.album(tmp_path, "hai")
        connector.publish(theirs, drive(connector, theirs, NOW, sandbox), now=NOW)
        saved = drive(connector, ours, NOW, sandbox)
        assert isinstance(connector.find(ours, saved, since=NOW, known=frozenset(), now=NOW), Unclear)

    def test_posts_without_words_are_not_taken_for_each_other(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        pictures = dataclasses.replace(self.album(tmp_path, "mot"), text="")
        link = dataclasses.replace(self.simplest(tmp_path), text="", link="https://dichvucong.gov.vn/huong-dan")
        saved = drive(connector, pictures, NOW, sandbox)
        shown = connector.publish(link, {}, now=NOW)
        assert connector.find(pictures, saved, since=NOW, known=frozenset(), now=NOW) == NotThere()
        other = dataclasses.replace(self.album(tmp_path, "hai"), text="")
        connector.publish(other, drive(connector, other, NOW, sandbox), now=NOW)
        assert connector.find(pictures, saved, since=NOW, known=frozenset(), now=NOW) == NotThere()
        assert connector.find(link, {}, since=NOW, known=frozenset(), now=NOW) == shown
        connector.withdraw(sandbox.public("facebook")[-1]["id"], now=NOW)
        assert connector.find(link, {}, since=NOW, known=frozenset(), now=NOW) == NotThere()

    def test_the_same_words_under_pictures_are_not_our_post_without_any(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, theirs = self.connect(sandbox), self.album(tmp_path, "mot")
        connector.publish(theirs, drive(connector, theirs, NOW, sandbox), now=NOW)
        found = connector.find(self.simplest(tmp_path), {}, since=NOW, known=frozenset(), now=NOW)
        assert isinstance(found, Unclear)

    def test_it_looks_through_every_page_of_a_long_listing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = connector.publish(outgoing, {}, now=NOW)
        for number in range(30):
            connector.publish(dataclasses.replace(outgoing, text=f"Bài số {number}"), {}, now=NOW)
        assert connector.find(outgoing, {}, since=NOW, known=frozenset(), now=NOW) == first

    def test_a_cursor_that_died_while_looking_is_no_fault_of_the_configuration(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        for number in range(26):
            connector.publish(dataclasses.replace(outgoing, text=f"Bài số {number}"), {}, now=NOW)
        sandbox.fault("facebook", "dead_cursor", method="GET", path=LISTING)
        with pytest.raises(Unavailable):
            connector.find(outgoing, {}, since=NOW, known=frozenset(), now=NOW)

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    def test_a_look_that_fails_decides_nothing(self, sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
        connector, _ = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", kind, method="GET", path=LISTING)
        with pytest.raises(Unavailable):
            connector.find(self.simplest(tmp_path), {}, since=NOW, known=frozenset(), now=NOW)

    def test_a_twin_refused_by_facebook_means_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        with pytest.raises(Unconfirmed) as caught:
            connector.publish(outgoing, saved, now=due)
        assert caught.value.code == "506"
        assert look(connector, outgoing, saved, due, sandbox) == receipt
