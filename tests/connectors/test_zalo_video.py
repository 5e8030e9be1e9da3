"""Video articles of the Zalo OA connector: the file sent once, converted, shown once, counted."""

import dataclasses
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, Media, NotThere, Outgoing, Receipt, Saved
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.zalo import ZaloOA
from connectors.zalo.multipart import PIECE, FileBody
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, drive, look
from tests.connectors.zalo_case import CREATE, DETAIL, SEND, SLICE, STATE, TITLE, VERIFY, ZaloCase

MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 1200
TEXT = "Ba bước nộp hồ sơ trực tuyến.\n\n#CảiCáchHànhChính"
CRASH = timedelta(minutes=6)
"""After this the lease of a process that died has run out."""


def make_video(tmp_path: Path, data: bytes = MP4, name: str = "hướng dẫn.mp4") -> Media:
    path = tmp_path / name
    path.write_bytes(data)
    return Media(path, "video/mp4", len(data), hashlib.sha256(data).hexdigest(), seconds=60)


class TestZaloVideo(ZaloCase, ConnectorConformance):
    def simplest(self, tmp_path: Path) -> Outgoing:
        return Outgoing("bai-1", TITLE, TEXT, video=make_video(tmp_path), cover=self.host.picture())

    def sent(self, sandbox: Sandbox, path: str = SEND) -> int:
        return len([one for one in sandbox.requests("zalo") if one["path"] == path])

    def uploaded(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing, Saved]:
        """A connector whose file has just been sent."""
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        return connector, outgoing, connector.prepare(outgoing, {}, now=NOW).saved

    # Checking -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("cover", {"cover": None}),
            ("title", {"title": " "}),
            ("title", {"title": "a" * 141}),
            ("summary", {"text": "a" * 251}),
            ("summary", {"summary": "a" * 251}),
            ("summary", {"summary": "a" * 230, "link": "https://example.gov.vn/nop-ho-so"}),
            ("link", {"link": "ftp://example.gov.vn"}),
        ],
    )
    def test_it_refuses_what_a_video_article_cannot_carry(
        self, sandbox: Sandbox, tmp_path: Path, field: str, change: dict[str, Any]
    ) -> None:
        found = self.connect(sandbox).check(dataclasses.replace(self.simplest(tmp_path), **change))
        assert {problem.field for problem in found if problem.blocks} == {field}

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"size": 50_000_001}, "50 MB"),
            ({"size": 0}, "rỗng"),
            ({"mime": "video/webm"}, "MP4 hoặc AVI"),
        ],
    )
    def test_it_names_the_video_that_zalo_could_not_take(
        self, sandbox: Sandbox, tmp_path: Path, change: dict[str, Any], words: str
    ) -> None:
        outgoing = self.simplest(tmp_path)
        bad = dataclasses.replace(make_video(tmp_path), **change)
        found = self.connect(sandbox).check(dataclasses.replace(outgoing, video=bad))
        assert [problem.field for problem in found] == ["video"]
        assert words in found[0].words
        assert bad.path.name in found[0].words

    def test_fifty_megabytes_are_enough_and_avi_is_taken(self, sandbox: Sandbox, tmp_path: Path) -> None:
        video = dataclasses.replace(make_video(tmp_path), size=50_000_000, mime="video/x-msvideo")
        assert self.connect(sandbox).check(dataclasses.replace(self.simplest(tmp_path), video=video)) == []

    def test_what_will_not_be_shown_is_told_and_does_not_block(self, sandbox: Sandbox, tmp_path: Path) -> None:
        more = (self.host.picture("khác.jpg"),)
        outgoing = dataclasses.replace(self.simplest(tmp_path), summary="Tóm tắt.", images=more)
        found = self.connect(sandbox).check(outgoing)
        assert {(problem.field, problem.blocks) for problem in found} == {("text", False), ("images", False)}

    # The file -------------------------------------------------------------------------------------------

    def test_the_public_article_plays_the_very_bytes_that_were_sent(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        outgoing = dataclasses.replace(self.simplest(tmp_path), link="https://example.gov.vn/nop")
        self.shown(sandbox, connector, outgoing, NOW)
        item = self.public(sandbox)[0]
        assert (item["title"], item["text"]) == (TITLE, f"{TEXT}\nXem thêm: https://example.gov.vn/nop")
        assert self.http.get(sandbox.url("zalo") + item["video"], timeout=5).content == MP4
        assert self.http.get(sandbox.url("zalo") + item["pictures"][0], timeout=5).content[:3] == b"\xff\xd8\xff"

    def test_the_file_is_read_in_pieces_while_it_is_sent(self, tmp_path: Path) -> None:
        path = make_video(tmp_path, MP4 * 2).path
        with path.open("rb") as file:
            body = FileBody(file, name="video.mp4", mime="video/mp4", mark="sha")
            pieces = list(body)
            assert list(body) == pieces
            assert len(body) == sum(map(len, pieces))
        assert max(map(len, pieces)) == PIECE
        assert MP4 * 2 in b"".join(pieces)

    def test_the_request_tells_its_length_and_carries_the_token_in_its_header_only(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        seen: list[Any] = []
        self.http.hooks["response"].append(lambda answer, **_: seen.append(answer.request))
        connector.prepare(outgoing, {}, now=NOW)
        request = seen[0]
        assert int(request.headers["Content-Length"]) > len(MP4)
        assert "Transfer-Encoding" not in request.headers
        assert request.headers["access_token"] == connector.credentials.values["access_token"]
        assert request.url == sandbox.url("zalo") + SEND

    @pytest.mark.parametrize("fault", ["", "token_in_query"])
    def test_the_state_is_asked_with_the_ticket_in_header_and_query(
        self, sandbox: Sandbox, tmp_path: Path, fault: str
    ) -> None:
        if fault:
            sandbox.fault("zalo", fault, times=99)
        assert drive(self.connect(sandbox), self.simplest(tmp_path), NOW, sandbox)["id"]

    def test_it_asks_every_five_seconds_then_once_a_minute_then_says_so(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "slow_convert", values={"seconds": 86_400})
        connector, outgoing, saved = self.uploaded(sandbox, tmp_path)
        now, pauses = NOW, []
        with pytest.raises(Unavailable, match="1 giờ"):
            for _ in range(200):
                now += timedelta(seconds=5) if not pauses else pauses[-1]
                sandbox.at(now)
                step = connector.prepare(outgoing, saved, now=now)
                saved, pauses = step.saved, [*pauses, step.again_after]
        assert pauses[:30] == [timedelta(seconds=5)] * 30
        assert set(pauses[30:]) == {timedelta(minutes=1)}
        assert self.sent(sandbox) == 1

    @pytest.mark.parametrize(("fault", "code"), [("convert_failed", 4), ("video_locked", 2)])
    def test_a_video_that_zalo_will_not_have_is_named(
        self, sandbox: Sandbox, tmp_path: Path, fault: str, code: int
    ) -> None:
        sandbox.fault("zalo", fault)
        with pytest.raises(Rejected, match=f"status {code}") as refused:
            drive(self.connect(sandbox), self.simplest(tmp_path), NOW, sandbox)
        assert "hướng dẫn.mp4" in refused.value.words
        assert self.sent(sandbox, CREATE) == 0

    def test_a_video_that_failed_is_sent_again_when_a_person_tries_later(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        sandbox.fault("zalo", "convert_failed")
        connector, outgoing, saved = self.uploaded(sandbox, tmp_path)
        sandbox.at(NOW + timedelta(minutes=1))
        with pytest.raises(Rejected):
            connector.prepare(outgoing, saved, now=NOW + timedelta(minutes=1))
        assert drive(connector, outgoing, NOW + timedelta(hours=1), sandbox, saved)["id"]
        assert self.sent(sandbox) == 2

    def test_a_video_that_zalo_deleted_is_sent_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "video_deleted")
        assert drive(self.connect(sandbox), self.simplest(tmp_path), NOW, sandbox)["id"]
        assert self.sent(sandbox) == 2

    def test_a_video_that_zalo_deletes_again_and_again_is_not_sent_for_ever(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        sandbox.fault("zalo", "video_deleted", times=99)
        with pytest.raises(Rejected, match="3 lần"):
            drive(self.connect(sandbox), self.simplest(tmp_path), NOW, sandbox)
        assert self.sent(sandbox) == 3

    @pytest.mark.parametrize(
        "body", [{"status": 0}, {"status": "3"}, {"status": 1}, {}, {"status": 9, "video_id": "x"}]
    )
    def test_a_state_without_a_ready_video_means_ask_again(
        self, sandbox: Sandbox, tmp_path: Path, body: dict[str, Any]
    ) -> None:
        connector, outgoing, saved = self.uploaded(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=STATE, values={"error": 0, "data": body})
        step = connector.prepare(outgoing, saved, now=NOW + timedelta(seconds=5))
        assert (step.ready, step.again_after) == (False, timedelta(seconds=5))

    @pytest.mark.parametrize("code", [-201, -210])
    def test_a_refused_file_is_named(self, sandbox: Sandbox, tmp_path: Path, code: int) -> None:
        sandbox.fault("zalo", "error", path=SEND, values={"error": code, "message": "file is invalid"})
        with pytest.raises(Rejected, match=str(code)) as refused:
            self.uploaded(sandbox, tmp_path)
        assert "hướng dẫn.mp4" in refused.value.words

    def test_a_file_that_is_not_there_any_more_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        (tmp_path / "hướng dẫn.mp4").unlink()
        with pytest.raises(Rejected, match=r"hướng dẫn\.mp4"):
            connector.prepare(outgoing, {}, now=NOW)

    def test_changed_words_go_into_the_same_article_with_the_same_video(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = drive(connector, outgoing, NOW, sandbox)
        second = drive(connector, dataclasses.replace(outgoing, text="Đã sửa."), NOW + CRASH, sandbox, first)
        assert second["id"] == first["id"]
        assert second["video"]["id"] == first["video"]["id"]
        assert self.sent(sandbox) == 1

    def test_a_changed_file_is_sent_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = drive(connector, outgoing, NOW, sandbox)
        changed = dataclasses.replace(outgoing, video=make_video(tmp_path, MP4 + b"new", "mới.mp4"))
        second = drive(connector, changed, NOW + CRASH, sandbox, first)
        assert second["video"]["id"] != first["video"]["id"]
        assert second["id"] == first["id"]

    # Lost answers and crashes ---------------------------------------------------------------------------

    @pytest.mark.parametrize("dies_at", range(7))
    def test_a_crash_after_any_step_leaves_one_public_article(
        self, sandbox: Sandbox, tmp_path: Path, dies_at: int
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        now, saved, ready = NOW, Saved(), False
        for number in range(30):
            sandbox.at(now)
            step = connector.prepare(outgoing, json.loads(json.dumps(saved)), now=now)
            if number == dies_at:
                now += CRASH
                continue
            saved, ready = step.saved, step.ready
            if ready:
                break
            now += step.again_after
        assert ready
        self.show(sandbox, connector, outgoing, saved, now + timedelta(hours=1))

    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("kind", ["hang_up", "status", "html"])
    @pytest.mark.parametrize("path", [SEND, STATE, CREATE, VERIFY, SLICE])
    def test_a_lost_answer_at_any_call_leaves_one_public_article(
        self, sandbox: Sandbox, tmp_path: Path, path: str, kind: str, effect: bool
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        sandbox.fault("zalo", kind, path=path, effect=effect)
        saved, now = self.persist(sandbox, connector, outgoing, NOW)
        assert [row["id"] for row in self.listed(sandbox, connector, now + CRASH, "video")] == [saved["id"]]
        self.show(sandbox, connector, outgoing, saved, now + timedelta(hours=1))

    def persist(
        self, sandbox: Sandbox, connector: Connector, outgoing: Outgoing, now: datetime
    ) -> tuple[Saved, datetime]:
        """Prepare as the scheduler does: what is lost is tried again a minute later."""
        saved: Saved = {}
        for _ in range(60):
            sandbox.at(now)
            try:
                step = connector.prepare(outgoing, saved, now=now)
            except (Unavailable, Unconfirmed):
                now += timedelta(minutes=1)
                continue
            saved = step.saved
            if step.ready:
                return saved, now
            now += step.again_after
        raise AssertionError("not ready")

    def show(self, sandbox: Sandbox, connector: Connector, outgoing: Outgoing, saved: Saved, due: datetime) -> None:
        """Publish, and see exactly this one."""
        sandbox.at(due)
        answer = connector.publish(outgoing, saved, now=due)
        found = self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert [item["id"] for item in self.public(sandbox)] == [found.external_id] == [saved["id"]]
        assert found.permalink == self.public(sandbox)[0]["url"]

    def test_a_lost_article_is_known_by_its_video(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        stranger = dataclasses.replace(outgoing, video=make_video(tmp_path, MP4 + b"other", "khác.mp4"))
        saved = drive(connector, outgoing, NOW, sandbox)
        mark = {name: saved[name] for name in ("video", "digest", "seen_before", "started_at")}
        connector.withdraw(saved["id"], now=NOW)
        theirs = drive(connector, stranger, NOW + timedelta(minutes=1), sandbox)
        ours = drive(connector, outgoing, NOW + timedelta(minutes=5), sandbox, mark)
        assert ours["id"] != theirs["id"]

    def test_a_video_deleted_before_its_article_was_made_is_found_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        saved = drive(connector, outgoing, NOW, sandbox)
        connector.withdraw(saved["id"], now=NOW)
        mark = {name: saved[name] for name in ("video", "digest", "seen_before", "started_at")}
        sandbox.fault("zalo", "error", path=STATE, values={"error": 0, "data": {"status": 5}})
        again = drive(connector, outgoing, NOW + timedelta(hours=1), sandbox, mark)
        assert again["video"]["id"] != saved["video"]["id"]

    # Showing and figures --------------------------------------------------------------------------------

    @pytest.mark.parametrize(("told", "expected"), [("show", Receipt), ("hide", NotThere), (1, NotThere)])
    def test_only_show_means_shown_whatever_the_detail_tells_of_a_video(
        self, sandbox: Sandbox, tmp_path: Path, told: Any, expected: type
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=DETAIL, times=9, values={"error": 0, "data": {"status": told}})
        assert isinstance(look(connector, outgoing, saved, due, sandbox), expected)

    def test_figures_of_both_types_are_read_in_two_calls(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, video = self.connect(sandbox), self.simplest(tmp_path)
        article = dataclasses.replace(video, title="Bài có ảnh", video=None)
        ids = [self.shown(sandbox, connector, one, NOW) for one in (video, article)]
        later = NOW + timedelta(hours=20)
        sandbox.at(later)
        before = self.sent(sandbox, SLICE)
        figures = connector.read_posts([*ids, self.unknown_id], now=later)
        assert {(figure.ref, figure.metric) for figure in figures} == {
            (ref, metric) for ref in ids for metric in ("views", "shares")
        }
        assert self.sent(sandbox, SLICE) - before == 2
        connector.read_posts(ids[1:], now=later)
        assert self.sent(sandbox, SLICE) - before == 3

    def test_withdrawing_takes_the_video_article_down_and_twice_is_success(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector = self.connect(sandbox)
        article_id = self.shown(sandbox, connector, self.simplest(tmp_path), NOW)
        connector.withdraw(article_id, now=NOW)
        assert self.public(sandbox) == []
        connector.withdraw(article_id, now=NOW)

    def test_a_poster_that_zalo_cannot_fetch_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        assert outgoing.cover
        outgoing.cover.path.unlink()
        with pytest.raises(Rejected, match="-200") as refused:
            drive(connector, outgoing, NOW, sandbox)
        assert outgoing.cover.path.name in refused.value.words

    # Signed calls ---------------------------------------------------------------------------------------

    def test_every_call_is_signed_when_the_setting_asks_for_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        plain, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        sandbox.fault("zalo", "proof_required", times=999)
        with pytest.raises(Misconfigured, match="-242"):
            plain.prepare(outgoing, {}, now=NOW)
        settings = self.settings(sandbox, use_appsecret_proof=True)
        signed = ZaloOA(settings, plain.account, plain.credentials, self.http)
        self.shown(sandbox, signed, outgoing, NOW)
        assert len(self.public(sandbox)) == 1

    def test_a_wrong_signature_is_refused_even_where_none_is_required(self, sandbox: Sandbox) -> None:
        plain = self.connect(sandbox)
        settings = self.settings(sandbox, use_appsecret_proof=True, app_secret="wrong")
        with pytest.raises(Misconfigured, match="-242"):
            ZaloOA(settings, plain.account, plain.credentials, self.http).health(now=NOW)
