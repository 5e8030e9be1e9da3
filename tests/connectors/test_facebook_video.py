"""A video on the Page: uploaded in pieces, hidden until its hour, shown once, whatever is lost on the way."""

import hashlib
import json
import tracemalloc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, NotThere, Receipt, Saved
from connectors.errors import Limited, Rejected, Unavailable
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, look
from tests.connectors.facebook_case import PAGE_ID, picture
from tests.connectors.facebook_video_case import CHUNK, FILM_SIZE, NODE, VIDEOS, VideoCase, film

BAD_REQUEST = {"code": 100, "message": "(#100) Invalid parameter"}


class TestVideoConformance(VideoCase, ConnectorConformance):
    publish_call = ("POST", NODE)


class TestFacebookVideo(VideoCase):
    def test_the_film_the_people_see_is_the_file_with_its_words_and_its_cover(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing = self.reworded(self.simplest(tmp_path), cover=picture(tmp_path, "bia"))
        saved, now = self.walk(sandbox, outgoing)
        assert sandbox.public("facebook") == []
        receipt = self.connect(sandbox).publish(outgoing, saved, now=now)
        (item,) = sandbox.public("facebook")
        assert isinstance(receipt, Receipt)
        assert receipt.external_id == item["id"]
        assert receipt.external_id.startswith(f"{PAGE_ID}_")
        assert receipt.permalink.startswith("http")
        assert (item["title"], item["text"]) == (outgoing.title, outgoing.text)
        assert outgoing.video is not None
        shown = sandbox.http.get(sandbox.url("facebook") + item["video"], timeout=10).content
        assert hashlib.sha256(shown).hexdigest() == outgoing.video.sha256
        assert len(item["pictures"]) == 1

    @pytest.mark.parametrize("unix", [True, False])
    def test_the_receipt_carries_the_time_in_whichever_form_it_is_told(
        self, sandbox: Sandbox, tmp_path: Path, unix: bool
    ) -> None:
        outgoing = self.simplest(tmp_path)
        saved, now = self.walk(sandbox, outgoing)
        if unix:
            sandbox.fault("facebook", "unix_times", times=99)
        receipt = self.connect(sandbox).publish(outgoing, saved, now=now)
        assert isinstance(receipt, Receipt)
        assert receipt.published_at == now

    def test_a_step_sends_one_chunk_and_memory_does_not_grow_with_the_film(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sizes = self.sizes_sent()
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: film.get("start", 0) > 0)
        tracemalloc.start()
        self.walk(sandbox, outgoing, saved, build=build)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert CHUNK < max(sizes) < CHUNK + 2_000
        assert len([size for size in sizes if size > CHUNK]) == 4
        assert peak < CHUNK

    def test_each_step_tells_how_much_of_the_film_facebook_holds(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved: Saved = {}
        told = []
        for _ in range(6):
            step = build().prepare(outgoing, saved, now=NOW)
            saved, told = step.saved, [*told, step.progress]
        assert told == [0, *(number * CHUNK / FILM_SIZE for number in range(1, 5)), 1]

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("call", range(1, 9))
    def test_the_answer_to_any_call_may_be_lost_and_the_film_is_public_once(
        self, sandbox: Sandbox, tmp_path: Path, call: int, effect: bool, kind: str
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved: Saved = {}
        now, ready = NOW, False
        for number in range(1, 61):
            if number == call:
                sandbox.fault("facebook", kind, method="POST", path=f"({VIDEOS}|{NODE})", effect=effect)
            try:
                step = build().prepare(outgoing, json.loads(json.dumps(saved)), now=now)
            except Unavailable:
                continue
            saved, now, ready = step.saved, now + step.again_after, step.ready
            sandbox.at(now)
            if ready:
                break
        assert (ready, sandbox.public("facebook")) == (True, [])
        found = self.shown_at_last(sandbox, outgoing, saved, now, build)
        (item,) = sandbox.public("facebook")
        assert item["id"] == found.external_id

    def test_a_chunk_refused_for_its_offset_goes_on_where_the_server_says(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: film.get("start", 0) == 2 * CHUNK)
        saved["video"] |= {"start": CHUNK, "stop": 2 * CHUNK}  # as if the last step was never committed
        moved = build().prepare(outgoing, saved, now=NOW).saved["video"]
        assert (moved["start"], moved["stop"]) == (2 * CHUNK, 3 * CHUNK)
        self.walk(sandbox, outgoing, {"video": moved}, build=build)
        assert self.called(sandbox, "POST", "/videos") == 1 + 5 + 1 + 1

    def test_an_end_of_the_upload_whose_answer_was_lost_costs_no_second_upload(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        whole = {"start": FILM_SIZE, "stop": FILM_SIZE}.items()
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: whole <= film.items())
        sandbox.fault("facebook", "hang_up", method="POST", path=VIDEOS)
        after, _ = self.walk(sandbox, outgoing, saved, build=build)
        assert after["video"]["video_id"] == saved["video"]["video_id"]
        assert "restarts" not in after["video"]

    def test_an_upload_that_is_not_whole_at_its_end_goes_on_where_the_server_says(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        whole = {"start": FILM_SIZE, "stop": FILM_SIZE}.items()
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: whole <= film.items())
        told = {"start_offset": 4 * CHUNK, "end_offset": FILM_SIZE}
        values = {"code": 6001, "subcode": 1363037, "error_data": json.dumps(told)}
        sandbox.fault("facebook", "error", method="POST", path=VIDEOS, effect=False, values=values)
        moved = build().prepare(outgoing, saved, now=NOW).saved["video"]
        assert (moved["start"], moved["stop"]) == (4 * CHUNK, FILM_SIZE)

    def test_offsets_that_never_fit_end_in_a_new_upload_and_then_in_a_word(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "chunk_offset", path=VIDEOS, times=6)
        saved, _ = self.walk(sandbox, outgoing, build=build)
        assert len(saved["video"]["restarts"]) == 1
        sandbox.fault("facebook", "chunk_offset", path=VIDEOS, times=999)
        with pytest.raises(Rejected):
            self.walk(sandbox, outgoing, build=build)

    @pytest.mark.parametrize(
        "values",
        [
            {"code": 2, "subcode": 1363030, "is_transient": True, "status": 500},
            {"code": 6000, "is_transient": True},
            {"code": 6001, "subcode": 1363041},
        ],
    )
    def test_a_passing_trouble_with_a_chunk_is_tried_again_later(
        self, sandbox: Sandbox, tmp_path: Path, values: dict[str, Any]
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: film.get("start", 0) > 0)
        sandbox.fault("facebook", "error", method="POST", path=VIDEOS, effect=False, values=values)
        with pytest.raises(Unavailable):
            build().prepare(outgoing, saved, now=NOW)
        assert self.walk(sandbox, outgoing, saved, build=build)[0]["video"]["uploaded_at"]

    def test_a_limit_while_uploading_waits(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("facebook", "rate_limit", method="POST", path=VIDEOS, values={"minutes": 30})
        with pytest.raises(Limited) as caught:
            self.connect(sandbox).prepare(self.simplest(tmp_path), {}, now=NOW)
        assert caught.value.until == NOW + timedelta(minutes=30)

    def test_a_session_facebook_forgot_begins_again_and_says_why(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: film.get("start", 0) > 0)
        sandbox.fault("facebook", "error", method="POST", path=VIDEOS, effect=False, values=BAD_REQUEST)
        saved, _ = self.walk(sandbox, outgoing, saved, build=build)
        assert [note["why"] for note in saved["video"]["restarts"]] == ["Facebook không nhận lượt tải này (100)"]

    def test_an_upload_left_lying_for_a_day_begins_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, _ = self.walk(sandbox, outgoing, build=build, stop=lambda film: film.get("start", 0) > 0)
        saved, _ = self.walk(sandbox, outgoing, saved, build=build, now=NOW + timedelta(hours=24))
        assert len(saved["video"]["restarts"]) == 1

    def test_it_waits_ever_longer_while_facebook_works(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "slow_processing", path=VIDEOS, values={"seconds": 1500})
        saved, now = self.walk(sandbox, outgoing, build=build)
        assert now >= NOW + timedelta(seconds=1500)
        assert saved["video"]["polls"] < 12

    def test_a_film_facebook_cannot_process_is_refused_with_its_reason(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "failed_processing", path=VIDEOS, values={"reason": "Unsupported audio codec"})
        with pytest.raises(Rejected, match="Unsupported audio codec"):
            self.walk(sandbox, outgoing, build=build)
        assert sandbox.public("facebook") == []

    def test_a_person_who_insists_later_gets_a_new_upload(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        sandbox.fault("facebook", "failed_processing", path=VIDEOS)
        saved, now = self.walk(sandbox, outgoing, build=build, stop=lambda film: "uploaded_at" in film)
        saved, now = self.walk(sandbox, outgoing, saved, build=build, now=now + timedelta(hours=2))
        build().publish(outgoing, saved, now=now)
        assert len(sandbox.public("facebook")) == 1

    def test_a_file_that_is_no_film_is_refused(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.simplest(tmp_path)
        assert outgoing.video is not None
        outgoing.video.path.write_bytes(b"x" * outgoing.video.size)
        with pytest.raises(Rejected) as caught:
            self.walk(sandbox, outgoing)
        assert caught.value.code == "6000/1363019"

    def test_a_file_that_changed_or_vanished_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, connector = self.simplest(tmp_path), self.connect(sandbox)
        assert outgoing.video is not None
        outgoing.video.path.write_bytes(b"short")
        with pytest.raises(Rejected, match=r"huong-dan\.mp4 đã thay đổi"):
            connector.prepare(outgoing, {}, now=NOW)
        outgoing.video.path.unlink()
        with pytest.raises(Rejected, match=r"huong-dan\.mp4"):
            connector.prepare(outgoing, {}, now=NOW)

    def test_new_words_reach_the_hidden_film_without_a_new_upload(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        before = self.called(sandbox, "POST", "/videos")
        changed = self.reworded(outgoing, title="Tên mới", text="Lời mới")
        saved, now = self.walk(sandbox, changed, saved, now=now, build=build)
        build().publish(changed, saved, now=now)
        (item,) = sandbox.public("facebook")
        assert (item["title"], item["text"]) == ("Tên mới", "Lời mới")
        assert self.called(sandbox, "POST", "/videos") == before

    def test_another_file_is_another_upload(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        other = self.reworded(outgoing, video=film(tmp_path, "phim-khac.mp4", b"khac"))
        saved, now = self.walk(sandbox, other, saved, now=now, build=build)
        build().publish(other, saved, now=now)
        (item,) = sandbox.public("facebook")
        shown = sandbox.http.get(sandbox.url("facebook") + item["video"], timeout=10).content
        assert other.video is not None
        assert hashlib.sha256(shown).hexdigest() == other.video.sha256

    def test_a_hidden_film_that_was_deleted_is_uploaded_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        build().withdraw(saved["video"]["video_id"], now=now)
        with pytest.raises(Unavailable):
            build().publish(outgoing, saved, now=now)
        saved, now = self.walk(sandbox, outgoing, saved, now=now, build=build)
        build().publish(outgoing, saved, now=now)
        assert len(sandbox.public("facebook")) == 1

    def test_showing_it_twice_shows_it_once(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        receipts = {build().publish(outgoing, saved, now=now) for _ in range(2)}
        assert len(receipts) == 1
        assert len(sandbox.public("facebook")) == 1

    def test_when_the_film_cannot_be_read_back_the_look_tells_the_result(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        assert build().find(outgoing, saved, since=now, known=frozenset(), now=now) == NotThere()
        sandbox.fault("facebook", "hang_up", method="GET", path=NODE)
        answer = build().publish(outgoing, saved, now=now)
        assert isinstance(answer, Accepted)
        assert isinstance(look(build(), outgoing, answer.saved, now, sandbox), Receipt)

    def test_a_cover_that_facebook_refuses_does_not_stop_the_film(self, sandbox: Sandbox, tmp_path: Path) -> None:
        cover = picture(tmp_path, "bia")
        cover.path.write_bytes(b"not a picture")
        outgoing, build = self.reworded(self.simplest(tmp_path), cover=cover), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        assert saved["video"]["cover_problem"]
        again = build().prepare(outgoing, {"video": {**saved["video"], "cover": ""}}, now=now)
        assert again.ready and "ảnh bìa" in again.warnings[0]

    def test_it_can_be_taken_down_and_has_figures(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, outgoing, build=build)
        receipt = build().publish(outgoing, saved, now=now)
        assert isinstance(receipt, Receipt)
        later = now + timedelta(days=1)
        sandbox.at(later)
        assert {one.ref for one in build().read_posts([receipt.external_id, "123"], now=later)} == {receipt.external_id}
        build().withdraw(receipt.external_id, now=later)
        assert sandbox.public("facebook") == []
