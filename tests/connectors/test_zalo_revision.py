"""New words for an article that is shown: sent whole, verified, compared, repeated without harm."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, Connector, NotThere, Outgoing, Part, Receipt
from connectors.errors import Rejected, Unconfirmed, Unsupported
from connectors.zalo.compare import same_article, same_content
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.test_zalo_video import MP4, make_video
from tests.connectors.zalo_case import DETAIL, SEND, TITLE, UPDATE, ZaloCase, turn

LATER = NOW + timedelta(hours=3)
TEXT = "Đoạn đầu.\n\nĐoạn giữa.\n\nĐoạn cuối."


class TestZaloRevision(ZaloCase):
    def simplest(self, tmp_path: Path) -> Outgoing:
        return dataclasses.replace(super().simplest(tmp_path), text=TEXT)

    def film(self, tmp_path: Path) -> Outgoing:
        return Outgoing("bai-1", TITLE, "Ba bước nộp hồ sơ.", video=make_video(tmp_path), cover=self.host.picture())

    def revising(self, sandbox: Sandbox, outgoing: Outgoing, **changes: Any) -> tuple[Connector, Outgoing]:
        """The OA with this article shown, three hours later, and a revision of it."""
        connector = self.connect(sandbox)
        article_id = self.shown(sandbox, connector, outgoing, NOW)
        sandbox.at(LATER)
        return connector, dataclasses.replace(outgoing, part=Part.REVISION, refs=(article_id,), **changes)

    def text(self, sandbox: Sandbox) -> str:
        [item] = self.public(sandbox)
        return str(item["text"])

    def test_the_new_words_are_public_under_the_same_address_and_the_receipt_names_the_article(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), text="Đoạn đầu.\n\nĐã sửa.\n\nĐoạn cuối.")
        before = self.public(sandbox)[0]
        assert connector.check(outgoing) == []
        saved = drive(connector, outgoing, LATER, sandbox)
        assert self.text(sandbox) == before["text"]
        answer = connector.publish(outgoing, saved, now=LATER)
        assert isinstance(answer, Accepted)
        assert connector.find(outgoing, answer.saved, since=LATER, known=frozenset(), now=LATER) == NotThere()
        found = look(connector, outgoing, answer.saved, LATER, sandbox)
        assert found == Receipt(outgoing.refs[0], before["url"], LATER + timedelta(seconds=6))
        assert "Đã sửa." in self.text(sandbox)
        assert "Đoạn giữa." not in self.text(sandbox)

    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize(
        "change",
        [
            {"title": "Tiêu đề khác"},
            {"text": "Đoạn đầu.\n\nĐã sửa.\n\nĐoạn cuối."},
            {"options": {"comment": "hide"}},
            {"images": ()},
            {"cover": None},
        ],
        ids=str,
    )
    def test_a_lost_answer_is_decided_by_looking_and_the_call_may_be_repeated(
        self, sandbox: Sandbox, tmp_path: Path, change: dict[str, Any], effect: bool
    ) -> None:
        outgoing = dataclasses.replace(self.simplest(tmp_path), cover=self.host.picture("bìa.jpg"))
        connector, revised = self.revising(sandbox, outgoing, **change)
        saved = drive(connector, revised, LATER, sandbox)
        sandbox.fault("zalo", "hang_up", path=UPDATE, effect=effect)
        with pytest.raises(Unconfirmed):
            connector.publish(revised, saved, now=LATER)
        found = look(connector, revised, saved, LATER, sandbox)
        assert isinstance(found, Receipt if effect else NotThere)
        again = LATER + timedelta(hours=1)
        sandbox.at(again)
        saved = drive(connector, revised, again, sandbox, saved)
        answer = connector.publish(revised, saved, now=again)
        assert self.finished(connector, revised, saved, answer, again, sandbox).external_id == revised.refs[0]
        assert len(self.public(sandbox)) == 1

    def test_new_pictures_are_not_there_before_zalo_has_them(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), images=(self.host.picture("mới.jpg"),))
        answer = connector.publish(outgoing, drive(connector, outgoing, LATER, sandbox), now=LATER)
        assert isinstance(answer, Accepted)
        assert connector.find(outgoing, answer.saved, since=LATER, known=frozenset(), now=LATER) == NotThere()
        assert isinstance(look(connector, outgoing, answer.saved, LATER, sandbox), Receipt)

    def test_an_article_that_somebody_changed_meanwhile_is_not_what_we_wanted(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), text="Đã sửa.")
        answer = connector.publish(outgoing, drive(connector, outgoing, LATER, sandbox), now=LATER)
        assert isinstance(answer, Accepted)
        theirs = dataclasses.replace(outgoing, text="Người khác sửa.")
        other = connector.publish(theirs, {}, now=LATER)
        assert isinstance(other, Accepted)
        assert look(connector, outgoing, answer.saved, LATER, sandbox) == NotThere()

    def test_pictures_that_zalo_could_not_fetch_again_are_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), text="Đã sửa.")
        outgoing.images[0].path.unlink()
        answer = connector.publish(outgoing, drive(connector, outgoing, LATER, sandbox), now=LATER)
        assert isinstance(answer, Accepted)
        with pytest.raises(Rejected, match=outgoing.images[0].path.name):
            look(connector, outgoing, answer.saved, LATER, sandbox)
        assert "Đoạn giữa." in self.text(sandbox)

    def test_an_article_that_was_hidden_or_removed_by_hand_is_left_alone(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), text="Đã sửa.")
        hidden = {"error": 0, "data": {"id": outgoing.refs[0], "type": "normal", "status": "hide"}}
        sandbox.fault("zalo", "error", path=DETAIL, values=hidden)
        with pytest.raises(Rejected, match="đang bị ẩn"):
            connector.prepare(outgoing, {}, now=LATER)
        connector.withdraw(outgoing.refs[0], now=LATER)
        with pytest.raises(Rejected, match="không còn"):
            connector.prepare(outgoing, {}, now=LATER)

    def test_an_article_cannot_become_a_video_and_a_revision_needs_its_post(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path))
        film = dataclasses.replace(self.film(tmp_path), part=Part.REVISION, refs=outgoing.refs)
        with pytest.raises(Rejected, match="bài video"):
            connector.prepare(film, {}, now=LATER)
        lost = dataclasses.replace(outgoing, refs=())
        assert [problem.field for problem in connector.check(lost)] == ["refs"]
        with pytest.raises(Rejected):
            connector.prepare(lost, {}, now=LATER)

    def test_new_words_keep_the_film_and_a_new_film_is_uploaded(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revising(sandbox, self.film(tmp_path), text="Bốn bước nộp hồ sơ.")
        before = self.public(sandbox)[0]
        answer = connector.publish(outgoing, saved := drive(connector, outgoing, LATER, sandbox), now=LATER)
        self.finished(connector, outgoing, saved, answer, LATER, sandbox)
        item = self.public(sandbox)[0]
        assert (item["text"], item["video"]) == ("Bốn bước nộp hồ sơ.", before["video"])
        assert len([one for one in sandbox.requests("zalo") if one["path"] == SEND]) == 1
        other = dataclasses.replace(outgoing, video=make_video(tmp_path, MP4 + b"new", "mới.mp4"))
        now = LATER + timedelta(hours=1)
        saved = drive(connector, other, now, sandbox)
        assert self.public(sandbox)[0]["video"] == before["video"]
        now += timedelta(hours=1)
        sandbox.at(now)
        self.finished(connector, other, saved, connector.publish(other, saved, now=now), now, sandbox)
        assert self.public(sandbox)[0]["video"] != before["video"]

    def test_a_ticket_that_zalo_does_not_know_any_more_means_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revising(sandbox, self.simplest(tmp_path), text="Đã sửa.")
        answer = connector.publish(outgoing, drive(connector, outgoing, LATER, sandbox), now=LATER)
        assert isinstance(answer, Accepted)
        turn(sandbox, path="/v2.0/article/verify", error_code=-201, times=9)
        assert isinstance(look(connector, outgoing, answer.saved, LATER, sandbox), Receipt)

    def test_there_are_no_comments(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        comment = Outgoing("bl-1", "", "Bình luận.", part=Part.COMMENT, refs=("1",))
        assert [problem.blocks for problem in connector.check(comment)] == [True]
        with pytest.raises(Unsupported):
            connector.publish(comment, {}, now=NOW)


# Comparing ---------------------------------------------------------------------------------------------

WANTED = {
    "title": "Tiêu đề",
    "author": "UBND",
    "description": "Tóm tắt",
    "comment": "show",
    "body": [
        {"type": "text", "content": "<p>Một &amp; hai</p><p>ba</p>"},
        {"type": "image", "url": "https://example.gov.vn/a.jpg", "caption": "Ảnh"},
        {"type": "text", "content": "<p>bốn</p>"},
    ],
}
REWRITTEN = {"type": "text", "content": "<div>Một &#38; hai ba</div>"}


@pytest.mark.parametrize(
    ("told", "same", "content"),
    [
        (WANTED, True, True),
        ({**WANTED, "body": [REWRITTEN, *WANTED["body"][1:]]}, True, True),
        ({**WANTED, "title": "Khác"}, False, False),
        ({**WANTED, "author": None}, True, True),
        ({**WANTED, "comment": "hide"}, True, False),
        ({**WANTED, "comment": 1}, True, True),
        ({**WANTED, "body": [WANTED["body"][0], WANTED["body"][2]]}, True, False),
        ({**WANTED, "body": [*WANTED["body"][:2], {"type": "text", "content": "năm"}]}, False, False),
        ({**WANTED, "body": [WANTED["body"][0], {"type": "image", "url": "x"}, WANTED["body"][2]]}, True, True),
        ({"title": "Tiêu đề"}, None, True),
    ],
)  # fmt: skip
def test_words_are_compared_and_the_way_they_are_written_is_not(
    told: dict[str, Any], same: bool | None, content: bool
) -> None:
    assert same_article(told, WANTED) is same
    assert same_content(told, WANTED) is content


def test_a_video_article_is_known_by_its_video() -> None:
    wanted = {"title": "Tiêu đề", "description": "Lời", "video_id": "v1"}
    assert same_article({"title": "Tiêu đề", "video_id": "v1"}, wanted) is True
    assert same_article({"title": "Tiêu đề", "video_id": "v2"}, wanted) is False
    assert same_article({"title": "Tiêu đề"}, wanted) is None
