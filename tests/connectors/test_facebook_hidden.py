"""Hidden first: the photo post exists unseen before its hour, and showing it may be repeated (facebook 3.10)."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.base import Accepted, Connector, NotThere, Outgoing, Receipt, Saved
from connectors.errors import Rejected, Unavailable, Unconfirmed
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, drive, look
from tests.connectors.facebook_case import FEED, PHOTOS, picture
from tests.connectors.facebook_video_case import VideoCase

POST = r"/v[0-9.]+/[0-9]+_[0-9]+"
HIDDEN = {"hidden_first": True}


class TestHiddenConformance(VideoCase, ConnectorConformance):
    publish_call = ("POST", POST)

    def simplest(self, tmp_path: Path) -> Outgoing:
        return dataclasses.replace(self.album(tmp_path, "mot", "hai"), options=HIDDEN)


class TestHiddenFirst(VideoCase):
    def hidden(self, tmp_path: Path, *names: str) -> Outgoing:
        return dataclasses.replace(self.album(tmp_path, *(names or ("mot", "hai"))), options=HIDDEN)

    def everything(self, sandbox: Sandbox, build: Callable[..., Connector]) -> list[dict[str, object]]:
        """Every post of the Page, hidden ones included."""
        headers = {"Authorization": f"Bearer {build().credentials.values['access_token']}"}
        address = f"{sandbox.url('facebook')}/v26.0/723701000000001/feed?fields=id,is_published"
        return list(sandbox.http.get(address, headers=headers, timeout=10).json()["data"])

    def test_the_post_is_made_hidden_and_shown_at_its_hour(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        assert sandbox.public("facebook") == []
        receipt = build().publish(outgoing, saved, now=NOW)
        assert isinstance(receipt, Receipt)
        (item,) = sandbox.public("facebook")
        assert (item["id"], item["url"], len(item["pictures"])) == (receipt.external_id, receipt.permalink, 2)

    def test_showing_it_twice_shows_it_once(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        assert build().publish(outgoing, saved, now=NOW) == build().publish(outgoing, saved, now=NOW)
        assert len(self.everything(sandbox, build)) == 1

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("path", [PHOTOS, FEED, POST])
    def test_the_answer_to_any_call_may_be_lost(
        self, sandbox: Sandbox, tmp_path: Path, path: str, effect: bool, kind: str
    ) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", kind, method="POST", path=path, effect=effect)
        saved: Saved = {}
        for _ in range(12):
            try:
                step = build().prepare(outgoing, json.loads(json.dumps(saved)), now=NOW)
            except Unavailable:
                continue
            saved = step.saved
            if step.ready:
                break
        assert sandbox.public("facebook") == []
        receipt = self.shown_at_last(sandbox, outgoing, saved, NOW, build)
        assert [item["id"] for item in sandbox.public("facebook")] == [receipt.external_id]
        assert len(self.everything(sandbox, build)) == 1

    def test_a_hidden_post_listed_late_costs_new_photos_and_no_second_post_is_seen(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "late_listing", method="POST", path=FEED, values={"seconds": 600})
        sandbox.fault("facebook", "hang_up", method="POST", path=FEED)
        saved, now = self.walk(sandbox, outgoing, build=build)
        self.shown_at_last(sandbox, outgoing, saved, now, build)
        sandbox.at(now + timedelta(hours=1))
        assert len(sandbox.public("facebook")) == 1

    @pytest.mark.parametrize("values", [{"code": 506, "subcode": 1455006}, {"code": 368, "subcode": 1404082}])
    def test_a_hidden_post_refused_as_a_twin_is_a_fault_of_the_content_unless_it_is_our_own_lost_one(
        self, sandbox: Sandbox, tmp_path: Path, values: dict[str, int]
    ) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        with pytest.raises(Rejected, match="sửa lời"):
            sandbox.fault("facebook", "error", method="POST", path=FEED, effect=False, values=values)
            drive(build(), outgoing, NOW, sandbox)
        assert self.everything(sandbox, build) == []
        sandbox.fault("facebook", "error", method="POST", path=FEED, effect=True, values=values)
        saved = drive(build(), outgoing, NOW, sandbox)
        build().publish(outgoing, saved, now=NOW)
        assert len(self.everything(sandbox, build)) == 1

    def test_a_picture_refused_as_a_twin_is_not_sent_for_ever(self, sandbox: Sandbox, tmp_path: Path) -> None:
        values = {"code": 368, "subcode": 1404082}
        sandbox.fault("facebook", "error", method="POST", path=PHOTOS, effect=False, values=values)
        with pytest.raises(Rejected):
            self.connect(sandbox).prepare(self.album(tmp_path, "mot"), {}, now=NOW)

    def test_after_a_lost_call_the_post_itself_is_asked(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        assert build().find(outgoing, saved, since=NOW, known=frozenset(), now=NOW) == NotThere()
        sandbox.fault("facebook", "hang_up", method="POST", path=POST)
        with pytest.raises(Unconfirmed):
            build().publish(outgoing, saved, now=NOW)
        assert isinstance(look(build(), outgoing, saved, NOW, sandbox), Receipt)

    def test_what_is_public_already_is_left_alone(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        build().publish(outgoing, saved, now=NOW)
        before = sandbox.public("facebook")
        changed = dataclasses.replace(outgoing, text="Lời mới", images=(picture(tmp_path, "ba"),))
        assert build().prepare(changed, saved, now=NOW + timedelta(hours=30)).ready
        assert sandbox.public("facebook") == before

    def test_when_it_cannot_be_read_back_the_look_tells_the_result(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        sandbox.fault("facebook", "hang_up", method="GET", path=POST)
        assert isinstance(build().publish(outgoing, saved, now=NOW), Accepted)
        assert isinstance(look(build(), outgoing, saved, NOW, sandbox), Receipt)

    def test_new_words_reach_the_hidden_post(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        changed = dataclasses.replace(outgoing, text="Lời mới")
        saved = drive(build(), changed, NOW, sandbox, saved)
        build().publish(changed, saved, now=NOW)
        assert [item["text"] for item in sandbox.public("facebook")] == ["Lời mới"]
        assert len(self.everything(sandbox, build)) == 1

    def test_other_pictures_make_another_post_and_the_old_one_goes(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        changed = dataclasses.replace(outgoing, images=(picture(tmp_path, "ba"),))
        saved = drive(build(), changed, NOW, sandbox, saved)
        build().publish(changed, saved, now=NOW)
        assert [len(item["pictures"]) for item in sandbox.public("facebook")] == [1]
        assert len(self.everything(sandbox, build)) == 1

    def test_a_hidden_post_that_was_deleted_is_made_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        build().withdraw(saved["draft"]["id"], now=NOW)
        with pytest.raises(Unavailable):
            build().publish(outgoing, saved, now=NOW)
        saved = drive(build(), outgoing, NOW, sandbox, saved)
        build().publish(outgoing, saved, now=NOW)
        assert len(sandbox.public("facebook")) == 1

    def test_a_draft_whose_photos_grew_old_is_made_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        next_day = NOW + timedelta(hours=25)
        saved = drive(build(), outgoing, next_day, sandbox, saved)
        build().publish(outgoing, saved, now=next_day)
        assert len(self.everything(sandbox, build)) == 1

    def test_when_the_choice_is_taken_back_the_post_goes_the_usual_way(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.hidden(tmp_path), self.once_connected(sandbox)
        saved = drive(build(), outgoing, NOW, sandbox)
        usual = dataclasses.replace(outgoing, options={})
        saved = drive(build(), usual, NOW, sandbox, saved)
        assert "draft" not in saved
        build().publish(usual, saved, now=NOW)
        assert len(self.everything(sandbox, build)) == 1

    def test_a_post_without_pictures_goes_the_usual_way(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = dataclasses.replace(self.album(tmp_path), options=HIDDEN)
        build = self.once_connected(sandbox)
        step = build().prepare(outgoing, {}, now=NOW)
        assert (step.ready, step.saved) == (True, {})
        assert isinstance(build().publish(outgoing, {}, now=NOW), Receipt)
