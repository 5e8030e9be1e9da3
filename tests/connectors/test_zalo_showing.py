"""The hidden article is shown at its hour: what Zalo says of the update, and what stands there, decide."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, Account, Found, NotThere, Outgoing, Receipt, Unclear
from connectors.errors import Rejected, Unavailable, Unconfirmed
from connectors.zalo import ZaloOA
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive, look
from tests.connectors.test_zalo_video import make_video
from tests.connectors.zalo_case import DETAIL, OA_ID, UPDATE, VERIFY, ZaloCase, set_oa, turn

MINUTE = timedelta(minutes=1)


class TestZaloShowing(ZaloCase):
    def film(self, tmp_path: Path) -> Outgoing:
        return Outgoing("bai-1", "Phim", "Ba bước.", video=make_video(tmp_path), cover=self.host.picture())

    def sent(self, sandbox: Sandbox, outgoing: Outgoing) -> tuple[ZaloOA, dict[str, Any]]:
        """The public call was made at NOW and answered with a ticket."""
        connector = self.connect(sandbox)
        assert isinstance(connector, ZaloOA)
        saved = drive(connector, outgoing, NOW - timedelta(hours=1), sandbox)
        sandbox.at(NOW)
        answer = connector.publish(outgoing, saved, now=NOW)
        assert isinstance(answer, Accepted)
        return connector, answer.saved

    def found(self, sandbox: Sandbox, connector: ZaloOA, outgoing: Outgoing, saved: Any, minutes: int = 1) -> Found:
        now = NOW + minutes * MINUTE
        sandbox.at(now)
        return connector.find(outgoing, saved, since=NOW, known=frozenset(), now=now)

    # What Zalo says of the update -----------------------------------------------------------------------

    def test_pictures_that_could_not_be_fetched_again_are_named_and_nothing_is_called_public(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing = self.simplest(tmp_path)
        connector = self.connect(sandbox)
        saved = drive(connector, outgoing, NOW, sandbox)
        outgoing.images[0].path.unlink()
        answer = connector.publish(outgoing, saved, now=NOW)
        assert isinstance(answer, Accepted)
        with pytest.raises(Rejected, match=outgoing.images[0].path.name):
            look(connector, outgoing, answer.saved, NOW, sandbox)
        assert self.public(sandbox) == []

    @pytest.mark.parametrize("code", [-200, -248, -987])
    @pytest.mark.parametrize("effect", [True, False])
    def test_an_update_that_zalo_gave_up_is_told_unless_the_article_is_shown(
        self, sandbox: Sandbox, tmp_path: Path, code: int, effect: bool
    ) -> None:
        outgoing = self.simplest(tmp_path)
        if not effect:
            sandbox.fault("zalo", "slow_verify", path=UPDATE, values={"seconds": 7200})
        connector, saved = self.sent(sandbox, outgoing)
        turn(sandbox, path=VERIFY, error_code=code, times=9)
        if effect:
            assert isinstance(self.found(sandbox, connector, outgoing, saved), Receipt)
            return
        with pytest.raises(Rejected, match=str(code)):
            self.found(sandbox, connector, outgoing, saved)

    @pytest.mark.parametrize("seconds", [6, 7200])
    def test_a_ticket_that_is_not_known_any_more_means_look(
        self, sandbox: Sandbox, tmp_path: Path, seconds: int
    ) -> None:
        set_oa(sandbox, ticket_seconds=30)
        outgoing = self.simplest(tmp_path)
        sandbox.fault("zalo", "slow_verify", path=UPDATE, values={"seconds": seconds})
        connector, saved = self.sent(sandbox, outgoing)
        assert isinstance(self.found(sandbox, connector, outgoing, saved), Receipt if seconds == 6 else NotThere)

    @pytest.mark.parametrize(("minutes", "expected"), [(1, NotThere), (14, NotThere), (15, Receipt)])
    def test_after_a_quarter_of_an_hour_in_work_what_stands_there_decides(
        self, sandbox: Sandbox, tmp_path: Path, minutes: int, expected: type
    ) -> None:
        outgoing = self.simplest(tmp_path)
        connector, saved = self.sent(sandbox, outgoing)
        turn(sandbox, path=VERIFY, error_code=-214, times=9)
        assert isinstance(self.found(sandbox, connector, outgoing, saved, minutes), expected)

    # What stands there ----------------------------------------------------------------------------------

    @pytest.mark.parametrize("ticket", [True, False])
    @pytest.mark.parametrize(
        "change", [{"title": "Khác"}, {"text": "Khác."}, {"summary": "Khác."}, {"options": {"author": "Khác"}}], ids=str
    )
    def test_an_article_that_is_shown_with_other_words_is_for_a_person(
        self, sandbox: Sandbox, tmp_path: Path, change: dict[str, Any], ticket: bool
    ) -> None:
        outgoing = self.simplest(tmp_path)
        connector, saved = self.sent(sandbox, outgoing)
        theirs = {"id": saved["id"]}
        connector.publish(dataclasses.replace(outgoing, **change), theirs, now=NOW)
        found = self.found(sandbox, connector, outgoing, saved if ticket else theirs)
        assert isinstance(found, Unclear)
        assert "nội dung" in found.words

    def test_a_draft_that_somebody_shows_by_hand_is_not_what_was_wanted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing, connector = self.simplest(tmp_path), self.connect(sandbox)
        assert isinstance(connector, ZaloOA)
        saved = drive(connector, outgoing, NOW, sandbox)
        work = connector._work(outgoing, NOW)
        draft = {**work.payload("hide", saved), "status": "show", "id": saved["id"]}
        work.api.change(UPDATE, draft, now=NOW)
        turn(sandbox, path=UPDATE, drop_before_commit=True)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=NOW)
        assert isinstance(self.found(sandbox, connector, outgoing, saved), Unclear)

    def test_a_video_article_that_shows_another_video_is_for_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.film(tmp_path)
        connector, saved = self.sent(sandbox, outgoing)
        told = {"error": 0, "data": {"id": saved["id"], "video_id": "another", "status": 1}}
        sandbox.fault("zalo", "error", path=DETAIL, values=told)
        assert isinstance(self.found(sandbox, connector, outgoing, saved), Unclear)
        assert isinstance(self.found(sandbox, connector, outgoing, saved), Receipt)

    @pytest.mark.parametrize(
        "more",
        [{"comment": "hide"}, {"author": None}, {"body": None}, {"cover": None}, {"cite": {"url": "x"}}],
        ids=str,
    )
    def test_what_zalo_tells_otherwise_or_not_at_all_does_not_make_a_shown_article_doubtful(
        self, sandbox: Sandbox, tmp_path: Path, more: dict[str, Any]
    ) -> None:
        outgoing = self.simplest(tmp_path)
        connector, saved = self.sent(sandbox, outgoing)
        sandbox.at(NOW + MINUTE)
        told = connector._api.read(DETAIL, {"id": saved["id"]}, now=NOW)
        sandbox.fault("zalo", "error", path=DETAIL, values={"error": 0, "data": {**told, **more}})
        assert isinstance(self.found(sandbox, connector, outgoing, saved), Receipt)

    # A draft that is gone -------------------------------------------------------------------------------

    def test_a_draft_that_is_gone_at_the_hour_is_made_again_without_a_person(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        connector.withdraw(saved["id"], now=due)
        with pytest.raises(Unavailable, match="không còn"):
            connector.publish(outgoing, saved, now=due)
        again = drive(connector, outgoing, due + MINUTE, sandbox, saved)
        answer = connector.publish(outgoing, again, now=due + 2 * MINUTE)
        self.finished(connector, outgoing, again, answer, due + 2 * MINUTE, sandbox)
        assert [item["id"] for item in self.public(sandbox)] == [again["id"]] != [saved["id"]]

    def test_words_that_are_refused_at_the_hour_are_told(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        turn(sandbox, path=UPDATE, error_code=-201, message="title is invalid")
        with pytest.raises(Rejected):
            connector.publish(outgoing, saved, now=due)

    # Whose name signs -----------------------------------------------------------------------------------

    def test_an_oa_whose_name_was_not_told_at_first_signs_with_its_name_all_the_same(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        known = self.connect(sandbox)
        connector = ZaloOA(self.settings(sandbox), Account(OA_ID, OA_ID), known.credentials, self.http)
        outgoing = self.simplest(tmp_path)
        self.shown(sandbox, connector, outgoing, NOW)
        [row] = self.listed(sandbox, connector, NOW + MINUTE)
        assert connector._api.read(DETAIL, {"id": row["id"]}, now=NOW)["author"] == known.account.name
