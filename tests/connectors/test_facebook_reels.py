"""A reel on the Page: its bytes ahead of time, one call at the hour, and a look that waits for the result."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, NotThere, Receipt, Unclear
from connectors.errors import Limited, OverBudget, Rejected, Unavailable, Unconfirmed
from connectors.facebook import Settings
from connectors.facebook.reels import is_protected
from connectors.meter import Left, Meter, Per, Rolling
from tests.conftest import Sandbox
from tests.connectors.conformance import ConnectorConformance, look
from tests.connectors.facebook_video_case import BYTES, FILM_SIZE, REELS, VideoCase, film

LATER = timedelta(minutes=2)


class TestReelConformance(VideoCase, ConnectorConformance):
    publish_call = ("POST", REELS)
    options = {"reel": True}


class TestFacebookReels(VideoCase):
    options = {"reel": True}

    def test_a_reel_is_hidden_until_its_hour_and_then_public_once(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        sandbox.at(now + timedelta(hours=1))
        assert sandbox.public("facebook") == []
        answer = build().publish(outgoing, saved, now=now)
        assert isinstance(answer, Accepted)
        sandbox.at(now + timedelta(hours=2))
        found = build().find(outgoing, answer.saved, since=now, known=frozenset(), now=now + timedelta(hours=2))
        (item,) = sandbox.public("facebook")
        assert isinstance(found, Receipt)
        assert found.external_id == item["id"]
        assert (item["title"], item["text"]) == (outgoing.title, outgoing.text)

    def test_while_facebook_works_on_it_the_last_look_decides_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        sandbox.fault("facebook", "slow_processing", path=REELS, values={"seconds": 100_000})
        build().publish(outgoing, saved, now=now)
        with pytest.raises(Unavailable):
            look(build(), outgoing, saved, now, sandbox)
        late = now + timedelta(hours=25)
        sandbox.at(late)
        assert isinstance(build().find(outgoing, saved, since=now, known=frozenset(), now=late), Unclear)

    def test_a_call_that_was_answered_with_success_is_never_taken_for_lost(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        saved["video"]["early"] = True  # as on a server that processes a reel before it is told to publish it
        sandbox.fault("facebook", "slow_processing", path=REELS, values={"seconds": 100_000})
        answer = build().publish(outgoing, saved, now=now)
        assert isinstance(answer, Accepted)
        with pytest.raises(Unavailable):
            look(build(), outgoing, answer.saved, now, sandbox)

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("call", [REELS, BYTES])
    def test_the_answer_to_any_step_may_be_lost(
        self, sandbox: Sandbox, tmp_path: Path, call: str, effect: bool, kind: str
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", kind, method="POST", path=call, effect=effect)
        saved, now = self.walk(sandbox, outgoing, build=build)
        assert sandbox.public("facebook") == []
        build().publish(outgoing, saved, now=now)
        sandbox.at(now + LATER)
        assert len(sandbox.public("facebook")) == 1

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    def test_a_lost_answer_to_the_public_call_means_look_and_never_a_second_reel(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool, kind: str
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        sandbox.fault("facebook", kind, method="POST", path=REELS, effect=effect)
        with pytest.raises(Unconfirmed):
            build().publish(outgoing, saved, now=now)
        now += LATER
        sandbox.at(now)
        found = build().find(outgoing, saved, since=now - LATER, known=frozenset(), now=now)
        if not effect:
            assert found == NotThere()
            build().publish(outgoing, saved, now=now)
            now += LATER
            sandbox.at(now)
            found = build().find(outgoing, saved, since=now - LATER, known=frozenset(), now=now)
        assert isinstance(found, Receipt)
        assert [item["id"] for item in sandbox.public("facebook")] == [found.external_id]

    def test_a_repeated_public_call_is_refused_by_facebook_and_understood(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        for _ in range(2):
            assert isinstance(build().publish(outgoing, saved, now=now), Accepted)
        sandbox.at(now + LATER)
        assert len(sandbox.public("facebook")) == 1

    def test_an_upload_cut_off_goes_on_with_the_bytes_that_are_missing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: "upload_url" in film)
        assert outgoing.video is not None
        token = build().credentials.values["access_token"]
        headers = {"Authorization": f"OAuth {token}", "offset": "0", "file_size": str(FILM_SIZE)}
        headers["Content-Type"] = "application/octet-stream"
        part = outgoing.video.path.read_bytes()[:1000]
        cut = sandbox.http.post(saved["video"]["upload_url"], data=part, headers=headers, timeout=10)
        assert cut.json()["debug_info"]["type"] == "PartialRequestError"
        sizes = self.sizes_sent()
        saved, now = self.walk(sandbox, outgoing, saved, build=build)
        assert max(sizes) == FILM_SIZE - 1000
        build().publish(outgoing, saved, now=now)
        sandbox.at(now + LATER)
        (item,) = sandbox.public("facebook")
        shown = sandbox.http.get(sandbox.url("facebook") + item["video"], timeout=10).content
        assert shown == outgoing.video.path.read_bytes()

    def test_a_wrong_offset_is_asked_again_and_bounded(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "upload_named", path=BYTES, times=2, values={"name": "OffsetInvalidError"})
        saved, _ = self.walk(sandbox, outgoing, build=build)
        assert saved["video"]["uploaded_at"]
        sandbox.fault("facebook", "upload_named", path=BYTES, times=99, values={"name": "OffsetInvalidError"})
        with pytest.raises(Rejected):
            self.walk(sandbox, outgoing, build=build)

    def test_bytes_facebook_cannot_use_are_a_fault_of_the_file(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("facebook", "upload_named", path=BYTES, values={"name": "ProcessingFailedError"})
        with pytest.raises(Rejected) as caught:
            self.walk(sandbox, self.simplest(tmp_path))
        assert caught.value.code == "ProcessingFailedError"

    def test_a_reel_that_fails_after_the_call_is_refused_with_its_reason(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        sandbox.fault("facebook", "failed_processing", path=REELS, values={"reason": "Video too dark"})
        build().publish(outgoing, saved, now=now)
        now += LATER
        sandbox.at(now)
        assert build().find(outgoing, saved, since=now, known=frozenset(), now=now) == NotThere()
        with pytest.raises(Rejected, match="Video too dark"):
            build().prepare(outgoing, saved, now=now)

    def test_the_thirty_first_reel_of_a_day_waits(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        for _ in range(30):
            saved, now = self.walk(sandbox, outgoing, build=build)
            build().publish(outgoing, saved, now=now)
        saved, now = self.walk(sandbox, outgoing, build=build)
        with pytest.raises(Limited):
            build().publish(outgoing, saved, now=now)
        sandbox.at(now + LATER)
        assert len(sandbox.public("facebook")) == 30

    def test_our_own_count_stops_a_reel_before_facebook_has_to(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, connect = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=connect)
        [budget] = type(connect()).budgets(connect().settings)
        assert (budget.amount, budget.per, budget.window) == (30, Per.CHANNEL, Rolling(timedelta(hours=24)))
        free, until = connect(), now + timedelta(hours=3)
        used_up = connect()
        used_up.meter = Meter({budget.name: Left(0, until)})
        before = self.called(sandbox, "POST", "/video_reels")
        with pytest.raises(OverBudget) as caught:
            used_up.publish(outgoing, saved, now=now)
        assert (caught.value.until, self.called(sandbox, "POST", "/video_reels")) == (until, before)
        free.publish(outgoing, saved, now=now)
        assert free.meter.spent == {budget.name: 1}

    def test_the_token_is_sent_only_to_a_protected_address(self) -> None:
        assert is_protected("https://rupload.facebook.com/video-upload/1", Settings())
        assert not is_protected("http://rupload.facebook.com/video-upload/1", Settings())
        assert not is_protected("", Settings())

    @pytest.mark.parametrize(
        ("facts", "words"),
        [
            ({"seconds": 91, "width": 1080, "height": 1920}, "3 đến 90 giây"),
            ({"seconds": 2, "width": 1080, "height": 1920}, "3 đến 90 giây"),
            ({"seconds": 30, "width": 1920, "height": 1080}, "9:16"),
            ({"seconds": 30, "width": 360, "height": 640}, "540×960"),
        ],
    )
    def test_a_film_that_is_no_reel_is_explained(
        self, sandbox: Sandbox, tmp_path: Path, facts: dict[str, Any], words: str
    ) -> None:
        outgoing = dataclasses.replace(self.simplest(tmp_path), video=film(tmp_path, **facts))
        (problem,) = self.connect(sandbox).check(outgoing)
        assert (problem.field, problem.blocks) == ("video", True)
        assert words in problem.words

    def test_what_is_not_known_of_a_film_is_left_to_facebook(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = dataclasses.replace(self.simplest(tmp_path), video=film(tmp_path))
        (problem,) = self.connect(sandbox).check(outgoing)
        assert (problem.field, problem.blocks) == ("video", False)
        assert [one for one in self.connect(sandbox).check(self.simplest(tmp_path)) if one.blocks] == []
