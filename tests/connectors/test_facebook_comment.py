"""The first comment: written once by the Page under its own public post, and looked for before it is repeated."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, Connector, NotThere, Outgoing, Part, Receipt, Unclear
from connectors.errors import Blocked, Misconfigured, Rejected, Unavailable, Unconfirmed, Unsupported
from connectors.facebook import FacebookPage
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.facebook_case import PAGE_ID, FacebookCase, picture
from tests.connectors.facebook_video_case import VideoCase

COMMENTS = r"/v[0-9.]+/[0-9]+_[0-9]+/comments"
WORDS = "Xem hướng dẫn từng bước tại https://dichvucong.gov.vn/huong-dan"
LATER = NOW + timedelta(days=2, hours=1)


class TestFacebookComment(FacebookCase):
    def under(self, post_id: str, words: str = WORDS) -> Outgoing:
        return Outgoing(key="k3", title="", text=words, part=Part.COMMENT, refs=(post_id,))

    def commented(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing]:
        """A public post, and the comment that is to stand under it."""
        connector, receipt = self.published(sandbox, tmp_path)
        return connector, self.under(receipt.external_id)

    def standing(self, sandbox: Sandbox, connector: Connector, post_id: str) -> list[dict[str, Any]]:
        """Every comment under the post."""
        address = f"{sandbox.url('facebook')}/v26.0/{post_id}/comments?filter=stream&limit=100"
        headers = {"Authorization": f"Bearer {connector.credentials.values['access_token']}"}
        return list(sandbox.http.get(address, headers=headers, timeout=10).json()["data"])

    def somebody_writes(self, sandbox: Sandbox, post_id: str, message: str, author: str = "777") -> None:
        body = {"post_id": post_id, "message": message, "author": author}
        sandbox.http.post(f"{sandbox.url('facebook')}/_sandbox/comments", json=body, timeout=10).raise_for_status()

    def test_it_stands_once_under_the_post_in_the_words_of_the_page(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        assert connector.check(outgoing) == []
        receipt = connector.publish(outgoing, drive(connector, outgoing, LATER, sandbox), now=LATER)
        assert isinstance(receipt, Receipt)
        [comment] = self.standing(sandbox, connector, outgoing.refs[0])
        assert (comment["id"], comment["message"], comment["from"]["id"]) == (receipt.external_id, WORDS, PAGE_ID)
        assert receipt.external_id.partition("_")[0] == outgoing.refs[0].partition("_")[2]

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    def test_it_does_not_comment_twice_when_the_answer_is_lost(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool, kind: str
    ) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        sandbox.fault("facebook", kind, method="POST", path=COMMENTS, effect=effect)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, {}, now=LATER)
        found = look(connector, outgoing, {}, LATER, sandbox)
        standing = self.standing(sandbox, connector, outgoing.refs[0])
        if effect:
            assert isinstance(found, Receipt)
            assert [one["id"] for one in standing] == [found.external_id]
        else:
            assert (found, standing) == (NotThere(), [])

    def test_it_is_found_by_its_words_whatever_white_space_facebook_folds(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        connector.publish(dataclasses.replace(outgoing, text=f"  {WORDS} \n"), {}, now=LATER)
        assert isinstance(connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER), Receipt)

    def test_it_is_found_when_the_list_names_no_charset(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        connector.publish(outgoing, {}, now=LATER)
        sandbox.fault("facebook", "javascript", method="GET", path=COMMENTS)
        assert isinstance(connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER), Receipt)

    def test_it_is_found_among_many_newer_ones(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        receipt = connector.publish(outgoing, {}, now=LATER)
        for number in range(130):
            self.somebody_writes(sandbox, outgoing.refs[0], f"Cảm ơn {number}")
        found = connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER)
        assert isinstance(found, Receipt) and isinstance(receipt, Receipt)
        assert found.external_id == receipt.external_id
        seen = sandbox.http.get(f"{sandbox.url('facebook')}/_sandbox/queries", timeout=10).json()
        assert {one["path"] for one in seen if "access_token=" in one["query"]} == {"/v26.0/debug_token"}

    def test_it_is_found_when_the_list_catches_up(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        sandbox.fault("facebook", "late_listing", method="POST", path=COMMENTS, values={"seconds": 90})
        sandbox.fault("facebook", "hang_up", method="POST", path=COMMENTS)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, {}, now=LATER)
        assert connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER) == NotThere()
        assert isinstance(look(connector, outgoing, {}, LATER, sandbox), Receipt)

    def test_the_same_words_by_somebody_else_are_not_ours(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        self.somebody_writes(sandbox, outgoing.refs[0], WORDS)
        assert connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER) == NotThere()

    @pytest.mark.parametrize("authors", [("",), (PAGE_ID, PAGE_ID)])
    def test_the_same_words_by_nobody_knows_whom_or_twice_by_the_page_need_a_person(
        self, sandbox: Sandbox, tmp_path: Path, authors: tuple[str, ...]
    ) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        for author in authors:
            self.somebody_writes(sandbox, outgoing.refs[0], WORDS, author)
        assert isinstance(connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER), Unclear)

    def test_a_comment_of_another_publication_is_not_ours(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        receipt = connector.publish(outgoing, {}, now=LATER)
        assert isinstance(receipt, Receipt)
        known = frozenset({receipt.external_id})
        assert connector.find(outgoing, {}, since=LATER, known=known, now=LATER) == NotThere()

    def test_it_is_not_written_under_a_post_that_is_gone_or_not_shown_yet(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        album = dataclasses.replace(self.album(tmp_path, "mot"), options={"hidden_first": True})
        hidden = drive(connector, album, NOW, sandbox)["draft"]["id"]
        with pytest.raises(Unavailable):
            connector.prepare(self.under(hidden), {}, now=LATER)
        connector.withdraw(outgoing.refs[0], now=LATER)
        with pytest.raises(Rejected, match="không còn trên Fanpage"):
            connector.prepare(outgoing, {}, now=LATER)
        with pytest.raises(Unavailable):
            connector.publish(outgoing, {}, now=LATER)
        assert connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER) == NotThere()

    def test_comments_that_may_not_be_seen_are_not_taken_for_missing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        values = {"code": 100, "subcode": 33, "type": "GraphMethodException"}
        sandbox.fault("facebook", "error", method="GET", path=COMMENTS, effect=False, values=values)
        with pytest.raises(Misconfigured):
            connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER)

    def test_a_missing_permission_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        sandbox.fault("facebook", "no_permission", method="POST", path=COMMENTS)
        with pytest.raises(Misconfigured, match="pages_manage_engagement"):
            connector.publish(outgoing, {}, now=LATER)

    @pytest.mark.parametrize("code", [368, 100, 200])
    def test_a_security_check_stops_the_page_whatever_code_it_comes_with(
        self, sandbox: Sandbox, tmp_path: Path, code: int
    ) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        values = {"code": code, "subcode": 1404006}
        sandbox.fault("facebook", "error", method="POST", path=COMMENTS, effect=False, values=values)
        with pytest.raises(Blocked, match="bảo mật"):
            connector.publish(outgoing, {}, now=LATER)

    @pytest.mark.parametrize(
        ("change", "field", "blocks"),
        [
            ({"text": " \n"}, "text", True),
            ({"text": "ă" * 8001}, "text", True),
            ({"images": True}, "images", False),
        ],
    )
    def test_what_cannot_be_a_comment_is_said_before(
        self, sandbox: Sandbox, tmp_path: Path, change: dict[str, Any], field: str, blocks: bool
    ) -> None:
        if "images" in change:
            change = {"images": (picture(tmp_path, "mot"),)}
        outgoing = dataclasses.replace(self.under(f"{PAGE_ID}_1"), **change)
        [problem] = self.connect(sandbox).check(outgoing)
        assert (problem.field, problem.blocks) == (field, blocks)

    def test_before_the_post_is_public_its_comment_can_be_checked(self, sandbox: Sandbox) -> None:
        assert self.connect(sandbox).check(dataclasses.replace(self.under(""), refs=())) == []

    def test_it_can_be_taken_down(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.commented(sandbox, tmp_path)
        receipt = connector.publish(outgoing, {}, now=LATER)
        assert isinstance(receipt, Receipt)
        connector.withdraw(receipt.external_id, now=LATER)
        assert self.standing(sandbox, connector, outgoing.refs[0]) == []

    def test_a_part_that_no_page_knows_is_refused(self, sandbox: Sandbox) -> None:
        connector, outgoing = self.connect(sandbox), dataclasses.replace(self.under("1_2"), part=Part.BROADCAST)
        assert Part.BROADCAST not in FacebookPage.capabilities.parts
        assert [problem.blocks for problem in connector.check(outgoing)] == [True]
        with pytest.raises(Unsupported):
            connector.prepare(outgoing, {}, now=NOW)


class TestFacebookCommentUnderFilm(VideoCase):
    def test_a_film_whose_post_was_not_told_yet_is_commented_on_when_it_is(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        film, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, film, build=build)
        sandbox.fault("facebook", "no_post_id", times=2)
        answer = build().publish(film, saved, now=now)
        assert isinstance(answer, Accepted)
        receipt = build().find(film, answer.saved, since=now, known=frozenset(), now=now)
        assert isinstance(receipt, Receipt) and "_" not in receipt.external_id
        outgoing = Outgoing(key="k3", title="", text=WORDS, part=Part.COMMENT, refs=(receipt.external_id,))
        assert build().check(outgoing) == []
        sandbox.fault("facebook", "no_post_id")
        with pytest.raises(Unavailable):
            build().prepare(outgoing, {}, now=now)
        step = build().prepare(outgoing, {}, now=now)
        sandbox.fault("facebook", "hang_up", method="POST", path=COMMENTS)
        with pytest.raises(Unconfirmed):
            build().publish(outgoing, step.saved, now=now)
        assert isinstance(build().find(outgoing, step.saved, since=now, known=frozenset(), now=now), Receipt)
        [post] = sandbox.public("facebook")
        assert sandbox.comments() == [{"post": post["id"], "text": WORDS}]
