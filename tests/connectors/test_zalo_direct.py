"""Publishing in one phase: the article is created public at its hour, and a lost answer is looked for first."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from connectors.base import Accepted, Connector, Found, NotThere, Outgoing, Receipt, Saved, Unclear
from connectors.errors import Limited, Rejected, Unconfirmed
from connectors.zalo import ZaloOA, lookup
from connectors.zalo.listing import Row
from connectors.zalo.settings import Settings
from connectors.zalo.work import PATIENCE, Work
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, drive, look
from tests.connectors.test_zalo_video import make_video
from tests.connectors.zalo_case import CREATE, DETAIL, SLICE, TITLE, UPDATE, VERIFY, ZaloCase, turn

DUE = NOW + timedelta(hours=1)


class TestZaloDirect(ZaloCase, ConnectorConformance):
    publish_call = ("POST", CREATE)

    def settings(self, sandbox: Sandbox, **more: Any) -> Settings:
        return super().settings(sandbox, **{"two_phase_publish": False, **more})

    def lost(self, sandbox: Sandbox, tmp_path: Path, *, effect: bool) -> tuple[Connector, Outgoing, Saved]:
        """A post whose public call was sent at DUE and not answered."""
        connector, outgoing, saved, _ = self.ready(sandbox, tmp_path)
        saved = drive(connector, outgoing, DUE, sandbox, saved)
        sandbox.fault("zalo", "hang_up", path=CREATE, effect=effect)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=DUE)
        return connector, outgoing, saved

    def stranger(self, sandbox: Sandbox, outgoing: Outgoing, now: Any) -> str:
        """Another system publishes an article."""
        connector = self.connect(sandbox)
        saved = drive(connector, outgoing, now, sandbox)
        answer = connector.publish(outgoing, saved, now=now)
        return self.finished(connector, outgoing, saved, answer, now, sandbox).external_id

    def test_preparing_creates_nothing_and_only_the_public_call_does(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        assert self.listed(sandbox, connector, due) == []
        answer = connector.publish(outgoing, saved, now=due)
        found = self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert found.permalink == self.public(sandbox)[0]["url"]
        assert found.published_at == due + timedelta(seconds=6)
        paths = [one["path"] for one in sandbox.requests("zalo")]
        assert (paths.count(CREATE), paths.count(UPDATE)) == (1, 0)

    def test_the_list_is_read_again_when_the_hour_comes(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        step = connector.prepare(outgoing, {}, now=NOW)
        assert step.ready
        assert step.good_until is not None
        assert step.good_until <= NOW + timedelta(minutes=10)
        self.stranger(sandbox, dataclasses.replace(outgoing, title="Bài khác"), NOW + timedelta(minutes=20))
        again = connector.prepare(outgoing, step.saved, now=DUE)
        assert (again.ready, len(again.saved["seen_before"])) == (True, 1)

    def test_a_twin_that_appears_before_the_hour_is_for_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, _ = self.ready(sandbox, tmp_path)
        theirs = self.stranger(sandbox, outgoing, NOW + timedelta(minutes=20))
        sandbox.at(DUE)
        with pytest.raises(Rejected, match=theirs):
            connector.prepare(outgoing, saved, now=DUE)
        renamed = dataclasses.replace(outgoing, title="Tiêu đề khác")
        assert connector.prepare(renamed, saved, now=DUE).ready

    @pytest.mark.parametrize("facts", [{"summary": "Khác."}, {"text": "Lời khác."}, {"options": {"author": "X"}}])
    def test_it_does_not_adopt_an_article_of_the_same_title_with_other_words(
        self, sandbox: Sandbox, tmp_path: Path, facts: dict[str, Any]
    ) -> None:
        connector, outgoing, saved = self.lost(sandbox, tmp_path, effect=False)
        theirs = self.stranger(sandbox, dataclasses.replace(outgoing, **facts), DUE)
        found = look(connector, outgoing, saved, DUE, sandbox)
        assert isinstance(found, Unclear)
        assert theirs in found.words

    @pytest.mark.parametrize("words", ["Lời khác.", ""])
    def test_of_two_candidates_a_person_chooses(self, sandbox: Sandbox, tmp_path: Path, words: str) -> None:
        connector, outgoing, saved = self.lost(sandbox, tmp_path, effect=True)
        self.stranger(sandbox, dataclasses.replace(outgoing, text=words or outgoing.text), DUE)
        assert isinstance(look(connector, outgoing, saved, DUE, sandbox), Unclear)

    def test_what_was_there_before_or_belongs_to_another_post_is_no_candidate(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing = self.simplest(tmp_path)
        self.stranger(sandbox, outgoing, NOW)
        sandbox.at(NOW + timedelta(minutes=1))
        connector = self.connect(sandbox)
        saved = connector.prepare(outgoing, {}, now=NOW + timedelta(minutes=1)).saved
        second = self.stranger(sandbox, outgoing, DUE)
        sandbox.at(late := DUE + timedelta(minutes=5))
        known = frozenset({second})
        assert connector.find(outgoing, saved, since=DUE, known=known, now=late) == NotThere()
        assert connector.find(outgoing, saved, since=DUE, known=frozenset(), now=late) != NotThere()

    def test_after_a_restore_an_article_is_found_behind_any_number_of_newer_ones_or_not_called_missing(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        outgoing, first = self.simplest(tmp_path), self.connect(sandbox)
        self.stranger(sandbox, dataclasses.replace(outgoing, title="Bài cũ hơn"), NOW)
        self.stranger(sandbox, dataclasses.replace(outgoing, title="Bài cũ"), NOW + timedelta(minutes=20))
        copied_at, at = NOW + timedelta(hours=6), NOW + timedelta(hours=7)
        ours = self.stranger(sandbox, outgoing, at)
        for number in range(5):
            at += timedelta(minutes=20)
            self.stranger(sandbox, dataclasses.replace(outgoing, title=f"Bài mới {number}"), at)
        sandbox.at(at := at + timedelta(hours=1))
        connector = ZaloOA(self.settings(sandbox, page_limit=1), first.account, first.credentials, self.http)
        found = connector.find(outgoing, {}, since=copied_at, known=frozenset(), now=at)
        assert isinstance(found, Receipt) and found.external_id == ours
        other = dataclasses.replace(outgoing, title="Chưa từng đăng")
        before = len(sandbox.requests("zalo"))
        assert connector.find(other, {}, since=copied_at, known=frozenset(), now=at) == NotThere()
        read = [one for one in sandbox.requests("zalo")[before:] if one["path"] == SLICE]
        assert len(read) == 7, "six newer ones, and one that is older than the copy"
        monkeypatch.setattr(lookup, "FAR_PAGES", 3)
        for one in (outgoing, other):
            told = connector.find(one, {}, since=copied_at, known=frozenset(), now=at)
            assert isinstance(told, Unclear) and "quá nhiều bài mới" in told.words

    @pytest.mark.parametrize("order", [[1, 9, 8], [1, 2, 3], [1, 1, 1]])
    def test_an_old_page_ends_a_look_only_where_the_newest_come_first(
        self, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: list[int]
    ) -> None:
        rows = [Row(str(number), "", "show", "", 0, 0, NOW + timedelta(hours=hours), None)
                for number, hours in enumerate([*order, 20])]  # fmt: skip
        monkeypatch.setattr(lookup, "pages_of", lambda *_a, **_k: iter([[row] for row in rows]))
        work = Work(cast(Any, None), self.settings(sandbox), "", self.simplest(tmp_path), NOW + timedelta(days=1))
        found, is_whole = lookup.listed_since(work, NOW + timedelta(hours=15))
        assert is_whole and found == rows

    def test_an_article_made_long_before_is_no_candidate_even_if_it_was_not_seen(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing, connector = self.simplest(tmp_path), self.connect(sandbox)
        self.stranger(sandbox, outgoing, NOW)
        late = DUE + timedelta(hours=3)
        forgetful = {**drive(connector, outgoing, late, sandbox), "seen_before": []}
        assert look(connector, outgoing, forgetful, late, sandbox) == NotThere()

    def test_it_does_not_look_before_a_minute_has_passed(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.lost(sandbox, tmp_path, effect=True)
        before = len(sandbox.requests("zalo"))
        early = DUE + timedelta(seconds=59)
        sandbox.at(early)
        assert connector.find(outgoing, saved, since=DUE, known=frozenset(), now=early) == NotThere()
        assert len(sandbox.requests("zalo")) == before

    def test_an_article_that_is_listed_late_is_found_by_a_later_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "late_listing", path=CREATE, values={"seconds": 500})
        connector, outgoing, saved = self.lost(sandbox, tmp_path, effect=True)
        assert isinstance(look(connector, outgoing, saved, DUE, sandbox), Receipt)

    # What Zalo has given a ticket for -------------------------------------------------------------------

    def accepted(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing, Saved]:
        connector, outgoing, saved, _ = self.ready(sandbox, tmp_path)
        answer = connector.publish(outgoing, saved, now=DUE)
        assert isinstance(answer, Accepted)
        return connector, outgoing, answer.saved

    @pytest.mark.parametrize(("seconds", "expected"), [(800, Receipt), (7200, Unclear)])
    def test_what_zalo_is_working_on_is_never_called_missing(
        self, sandbox: Sandbox, tmp_path: Path, seconds: int, expected: type
    ) -> None:
        sandbox.fault("zalo", "slow_verify", values={"seconds": seconds})
        connector, outgoing, saved = self.accepted(sandbox, tmp_path)
        # as after an answer: the first look soon, the others at the pauses that follow
        pauses = [timedelta(seconds=10), *connector.capabilities.looks[1:]]
        assert sum(pauses, timedelta(0)) >= PATIENCE
        now, found = DUE, cast(Found, NotThere())
        for pause in pauses:
            now += pause
            sandbox.at(now)
            found = connector.find(outgoing, saved, since=DUE, known=frozenset(), now=now)
            if found != NotThere():
                break
        assert isinstance(found, expected)

    def test_a_ticket_that_zalo_does_not_know_any_more_means_look(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.accepted(sandbox, tmp_path)
        turn(sandbox, path=VERIFY, error_code=-201, times=9)
        assert isinstance(look(connector, outgoing, saved, DUE, sandbox), Receipt)

    def test_a_dead_ticket_and_an_empty_list_are_for_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.accepted(sandbox, tmp_path)
        turn(sandbox, path=VERIFY, error_code=-201, times=9)
        values = {"error": 0, "data": {"medias": [], "total": 0}}
        sandbox.fault("zalo", "error", path=SLICE, times=99, values=values)
        assert isinstance(look(connector, outgoing, saved, DUE, sandbox), Unclear)

    def test_pictures_that_zalo_could_not_fetch_are_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, _ = self.ready(sandbox, tmp_path)
        outgoing.images[0].path.unlink()
        answer = connector.publish(outgoing, saved, now=DUE)
        assert isinstance(answer, Accepted)
        with pytest.raises(Rejected, match=outgoing.images[0].path.name):
            look(connector, outgoing, answer.saved, DUE, sandbox)
        assert self.public(sandbox) == []

    def test_an_article_that_stays_hidden_is_told_to_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.accepted(sandbox, tmp_path)
        row = {"id": "x", "title": TITLE, "status": "hide"}
        sandbox.at(DUE + timedelta(minutes=1))
        sandbox.fault("zalo", "error", path=VERIFY, values={"error": 0, "data": {"id": "x"}})
        sandbox.fault("zalo", "error", path=SLICE, values={"error": 0, "data": {"medias": [row]}})
        found = connector.find(outgoing, saved, since=DUE, known=frozenset(), now=DUE + timedelta(minutes=1))
        assert isinstance(found, Unclear)
        assert "ẩn" in found.words

    def test_a_candidate_that_cannot_be_compared_is_for_a_person(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved = self.lost(sandbox, tmp_path, effect=True)
        sandbox.fault("zalo", "error", path=DETAIL, times=9, values={"error": -999, "message": "?"})
        assert isinstance(look(connector, outgoing, saved, DUE, sandbox), Unclear)

    def test_a_refusal_created_nothing_and_is_sent_again_as_it_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        turn(sandbox, path=CREATE, error_code=-32)
        with pytest.raises(Limited):
            connector.publish(outgoing, saved, now=due)
        due += timedelta(minutes=2)
        saved = drive(connector, outgoing, due, sandbox, saved)
        answer = connector.publish(outgoing, saved, now=due)
        self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert len(self.public(sandbox)) == 1

    # Changing the way -----------------------------------------------------------------------------------

    def test_an_article_that_was_made_hidden_is_shown_whatever_the_setting_says_now(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        direct, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        settings = super().settings(sandbox, two_phase_publish=True)
        hiding = ZaloOA(settings, direct.account, direct.credentials, self.http)
        saved = drive(hiding, outgoing, NOW, sandbox)
        saved = drive(direct, outgoing, NOW + timedelta(minutes=1), sandbox, saved)
        answer = direct.publish(outgoing, saved, now=DUE)
        found = self.finished(direct, outgoing, saved, answer, DUE, sandbox)
        assert [item["id"] for item in self.public(sandbox)] == [saved["id"]] == [found.external_id]

    def test_a_video_is_uploaded_before_the_hour(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        outgoing = Outgoing("bai-1", TITLE, "Ba bước.", video=make_video(tmp_path), cover=self.host.picture())
        saved = drive(connector, outgoing, NOW, sandbox)
        assert self.listed(sandbox, connector, NOW, "video") == []
        sandbox.fault("zalo", "hang_up", path=CREATE, effect=True)
        sandbox.at(DUE)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=DUE)
        found = look(connector, outgoing, saved, DUE, sandbox)
        assert isinstance(found, Receipt)
        assert [item["id"] for item in self.public(sandbox)] == [found.external_id]
