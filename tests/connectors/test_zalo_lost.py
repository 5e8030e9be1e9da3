"""A hidden article was perhaps created and its answer was lost: it is looked for, told from others, created once."""

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Outgoing, Saved
from connectors.errors import ConnectorError, Limited, Reconnect, Rejected, Unavailable, Unconfirmed
from connectors.zalo import ZaloOA
from connectors.zalo.settings import Settings
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.test_zalo_video import make_video
from tests.connectors.zalo_case import CREATE, DETAIL, SLICE, VERIFY, ZaloCase, go_on, set_oa, turn

MINUTE = timedelta(minutes=1)


class TestZaloLost(ZaloCase):
    patience = 10.0
    lost_at: datetime
    """When the lost answer was not heard: the time of the mark."""

    def settings(self, sandbox: Sandbox, **more: Any) -> Settings:
        return super().settings(sandbox, **{"read_timeout": self.patience, **more})

    def film(self, tmp_path: Path, key: str = "bai-1") -> Outgoing:
        return Outgoing(key, "Phim", "Ba bước.", video=make_video(tmp_path), cover=self.host.picture())

    def creates(self, sandbox: Sandbox) -> int:
        return len([one for one in sandbox.requests("zalo") if one["path"] == CREATE])

    def carried_on(
        self, sandbox: Sandbox, outgoing: Outgoing, saved: Saved, now: datetime, *, through: bool = True
    ) -> tuple[Saved, ConnectorError | None, datetime]:
        """As the scheduler goes on: each piece of work with a connector of its own, and again a minute after what may
        be tried again (not without `through`). What is on record at last, what ended it, and when."""
        one = self.connected(sandbox)[0]
        for _ in range(60):
            sandbox.at(now)
            connector = ZaloOA(self.settings(sandbox), one.account, one.credentials, self.http)
            step, error = go_on(connector, outgoing, saved, now)
            saved = step.saved
            if step.ready or (error and not (through and isinstance(error, Unavailable | Unconfirmed))):
                return saved, error, now
            now += MINUTE if error else step.again_after
        raise AssertionError("it does not end")

    def lost(self, sandbox: Sandbox, outgoing: Outgoing, kind: str = "hang_up", *, effect: bool) -> Saved:
        """What is on record after the answer to `create` was lost."""
        values = {"seconds": 1} if kind == "delay" else {}
        sandbox.fault("zalo", kind, path=CREATE, effect=effect, values=values)
        saved, error, self.lost_at = self.carried_on(sandbox, outgoing, {}, NOW, through=False)
        assert isinstance(error, Unconfirmed)
        return saved

    def published(self, sandbox: Sandbox, outgoing: Outgoing, saved: Saved, now: datetime) -> str:
        connector = self.connect(sandbox)
        sandbox.at(now)
        answer = connector.publish(outgoing, saved, now=now)
        return self.finished(connector, outgoing, saved, answer, now, sandbox).external_id

    # One article ----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("late", [0, 90, 240, 600])
    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("kind", ["hang_up", "status", "html", "no_body", "delay"])
    def test_a_lost_answer_of_create_leaves_exactly_one_article(
        self, sandbox: Sandbox, tmp_path: Path, kind: str, effect: bool, late: int
    ) -> None:
        outgoing = self.simplest(tmp_path)
        sandbox.fault("zalo", "late_listing", path=CREATE, values={"seconds": late})
        self.patience = 0.4 if kind == "delay" else 10
        saved = self.lost(sandbox, outgoing, kind, effect=effect)
        self.patience = 10
        saved, error, now = self.carried_on(sandbox, outgoing, saved, NOW + 0.9 * MINUTE)
        assert (error, self.creates(sandbox)) == (None, 1 if effect else 2)
        now += timedelta(hours=1)
        listed = self.listed(sandbox, self.connect(sandbox), now)
        assert [row["id"] for row in listed] == [saved["id"]] == [self.published(sandbox, outgoing, saved, now)]
        assert [item["id"] for item in self.public(sandbox)] == [saved["id"]]

    def test_it_looks_after_one_two_five_ten_and_fifteen_minutes_and_only_then_creates_it_again(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing = self.simplest(tmp_path)
        saved, now = self.lost(sandbox, outgoing, effect=False), NOW + timedelta(seconds=1)
        looks: list[float] = []
        while self.creates(sandbox) == 1:
            before = len(sandbox.requests("zalo"))
            sandbox.at(now)
            step, error = go_on(self.connect(sandbox), outgoing, saved, now)
            assert error is None
            if SLICE in [one["path"] for one in sandbox.requests("zalo")[before:]]:
                looks.append((now - NOW) / MINUTE)
            saved, now = step.saved, now + step.again_after
        assert looks == [1, 2, 5, 10, 15]

    @pytest.mark.parametrize("effect", [True, False])
    def test_it_is_created_again_once_and_then_a_person_looks(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool
    ) -> None:
        set_oa(sandbox, lists_hidden=False)
        outgoing = self.simplest(tmp_path)
        saved = self.lost(sandbox, outgoing, effect=effect)
        sandbox.fault("zalo", "hang_up", path=CREATE, effect=effect)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, NOW + MINUTE)
        assert isinstance(error, Rejected)
        assert "OA Manager" in error.words
        assert self.creates(sandbox) == 2
        # whoever tries again has looked
        set_oa(sandbox, lists_hidden=True)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, now + MINUTE)
        if effect:
            assert isinstance(error, Rejected)
            assert "2 bài ẩn" in error.words
        assert (bool(saved.get("id")), self.creates(sandbox)) == (not effect, 2 if effect else 3)

    def test_of_two_that_are_ours_a_person_removes_one(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.simplest(tmp_path)
        saved = self.lost(sandbox, outgoing, effect=True)
        self.lost(sandbox, outgoing, effect=True)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, NOW + MINUTE)
        assert isinstance(error, Rejected)
        connector = self.connect(sandbox)
        one, other = (row["id"] for row in self.listed(sandbox, connector, now))
        assert one in error.words
        assert other in error.words
        connector.withdraw(one, now=now)
        assert self.carried_on(sandbox, outgoing, saved, now + MINUTE)[0]["id"] == other
        assert self.creates(sandbox) == 2

    @pytest.mark.parametrize("effect", [True, False])
    def test_a_process_that_died_at_the_call_leaves_exactly_one_article(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool
    ) -> None:
        connector, outgoing, saved = self.second_step(sandbox, tmp_path)
        if effect:
            connector.prepare(outgoing, saved, now=NOW)  # and nobody heard the answer
        saved, _, now = self.carried_on(sandbox, outgoing, saved, NOW + timedelta(seconds=2))
        assert [row["id"] for row in self.listed(sandbox, connector, now + MINUTE)] == [saved["id"]]
        assert self.creates(sandbox) == 1

    @pytest.mark.parametrize(
        ("code", "expected"), [(-32, Limited), (-216, Reconnect), (-201, Rejected), (-223, ConnectorError)]
    )
    def test_what_was_refused_is_not_looked_for_but_sent_again(
        self, sandbox: Sandbox, tmp_path: Path, code: int, expected: type[ConnectorError]
    ) -> None:
        outgoing = self.simplest(tmp_path)
        turn(sandbox, path=CREATE, error_code=code)
        saved, error, now = self.carried_on(sandbox, outgoing, {}, NOW, through=False)
        assert isinstance(error, expected)
        step, error = go_on(self.connect(sandbox), outgoing, saved, now)
        assert (error, bool(step.saved["ticket"])) == (None, True)

    # Ours or theirs -------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        "theirs",
        [
            {"key": "bai-2"},
            {"key": "bai-2", "images": "khác.jpg"},
            {"key": "bai-11"},
            {"text": "Bài khác, cùng tiêu đề.", "key": "bai-2"},
        ],
        ids=str,
    )
    def test_the_hidden_article_of_another_post_is_not_taken_for_the_lost_one(
        self, sandbox: Sandbox, tmp_path: Path, theirs: dict[str, Any]
    ) -> None:
        outgoing = self.simplest(tmp_path)
        saved = self.lost(sandbox, outgoing, effect=False)
        if "images" in theirs:
            theirs = {**theirs, "images": (self.host.picture(theirs["images"]),)}
        other = drive(self.connect(sandbox), dataclasses.replace(outgoing, **theirs), NOW, sandbox)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, NOW + MINUTE)
        assert error is None
        assert saved["id"] != other["id"]
        assert self.published(sandbox, outgoing, saved, now) == saved["id"]

    def test_two_posts_with_the_same_words_that_are_made_at_the_same_time_get_an_article_each(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        posts = [dataclasses.replace(self.simplest(tmp_path), key=key) for key in ("cchc-1", "cchc-2")]
        kept = [self.lost(sandbox, post, effect=True) for post in posts]
        done = [self.carried_on(sandbox, post, saved, NOW + MINUTE) for post, saved in zip(posts, kept, strict=True)]
        ids = [self.published(sandbox, post, one[0], one[2]) for post, one in zip(posts, done, strict=True)]
        assert len(set(ids)) == self.creates(sandbox) == 2

    @pytest.mark.parametrize("is_told", [True, False])
    def test_a_hidden_article_of_which_nobody_can_say_whose_it_is_is_for_a_person(
        self, sandbox: Sandbox, tmp_path: Path, is_told: bool
    ) -> None:
        outgoing = self.simplest(tmp_path)
        saved, connector = self.lost(sandbox, outgoing, effect=False), self.connect(sandbox)
        work = connector._work(outgoing, NOW)  # type: ignore[attr-defined]  # this connector's own; it writes our very words
        sent = {**work.payload("show", {}), "status": "hide"}
        if not is_told:
            sandbox.fault("zalo", "error", path=DETAIL, times=20, values={"error": -987, "message": "?"})
        work.api.change(CREATE, sent, now=NOW)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, NOW + MINUTE)
        [theirs] = [row["id"] for row in self.listed(sandbox, connector, now)]
        assert isinstance(error, Rejected)
        assert theirs in error.words
        connector.withdraw(theirs, now=now)
        assert self.carried_on(sandbox, outgoing, saved, now + MINUTE)[0]["id"] != theirs

    @pytest.mark.parametrize("effect", [True, False])
    def test_a_lost_video_article_is_known_by_its_video(self, sandbox: Sandbox, tmp_path: Path, effect: bool) -> None:
        outgoing = self.film(tmp_path)
        saved = self.lost(sandbox, outgoing, effect=effect)
        drive(self.connect(sandbox), self.film(tmp_path, "bai-2"), self.lost_at, sandbox)
        saved, error, now = self.carried_on(sandbox, outgoing, saved, self.lost_at + MINUTE)
        assert (error, self.creates(sandbox)) == (None, 2 if effect else 3)
        assert len(self.listed(sandbox, self.connect(sandbox), now + MINUTE, "video")) == 2
        assert self.published(sandbox, outgoing, saved, now + MINUTE) == saved["id"]

    def test_words_that_were_edited_meanwhile_go_into_the_lost_article(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.simplest(tmp_path)
        saved = self.lost(sandbox, outgoing, effect=True)
        edited = dataclasses.replace(outgoing, title="Tiêu đề đã sửa", text="Lời đã sửa.")
        saved, _, now = self.carried_on(sandbox, edited, saved, NOW + MINUTE)
        [row] = self.listed(sandbox, self.connect(sandbox), now + MINUTE)
        assert (row["id"], row["title"]) == (saved["id"], "Tiêu đề đã sửa")

    def test_nobody_reads_the_line_by_which_a_hidden_article_is_known(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.simplest(tmp_path)
        saved, _, now = self.carried_on(sandbox, outgoing, self.lost(sandbox, outgoing, effect=True), NOW + MINUTE)
        connector = self.connect(sandbox)
        told = connector._api.read(DETAIL, {"id": saved["id"]}, now=now)  # type: ignore[attr-defined]  # its own reader
        assert "Mã tin: bai-1" in told["body"][-1]["content"]
        self.published(sandbox, outgoing, saved, now)
        assert "Mã tin" not in str(self.public(sandbox))

    # A ticket that died ---------------------------------------------------------------------------------

    @pytest.mark.parametrize("away", [MINUTE, timedelta(hours=1)])
    def test_an_article_whose_ticket_died_is_found_and_not_created_again(
        self, sandbox: Sandbox, tmp_path: Path, away: timedelta
    ) -> None:
        set_oa(sandbox, ticket_seconds=20)
        outgoing = self.simplest(tmp_path)
        step, _ = go_on(self.connect(sandbox), outgoing, {}, NOW)
        saved, error, now = self.carried_on(sandbox, outgoing, step.saved, NOW + away)
        assert error is None
        assert [row["id"] for row in self.listed(sandbox, self.connect(sandbox), now)] == [saved["id"]]
        assert self.creates(sandbox) == 1

    @pytest.mark.parametrize("seconds", [300, 700])
    def test_a_ticket_that_dies_while_zalo_works_means_look(
        self, sandbox: Sandbox, tmp_path: Path, seconds: int
    ) -> None:
        set_oa(sandbox, ticket_seconds=60)
        sandbox.fault("zalo", "slow_verify", path=CREATE, values={"seconds": seconds})
        outgoing = self.simplest(tmp_path)
        saved, error, _ = self.carried_on(sandbox, outgoing, {}, NOW)
        assert (error, bool(saved["id"]), self.creates(sandbox)) == (None, True, 1)

    def test_a_change_whose_ticket_died_is_sent_with_the_article_when_it_is_shown(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        outgoing = self.simplest(tmp_path)
        first, _, now = self.carried_on(sandbox, outgoing, {}, NOW)
        changed = dataclasses.replace(outgoing, text="Nội dung đã sửa.")
        turn(sandbox, path=VERIFY, error_code=-201, message="token is invalid")
        saved, error, now = self.carried_on(sandbox, changed, first, now + MINUTE)
        assert (error, saved["id"]) == (None, first["id"])
        assert self.published(sandbox, changed, saved, now) == first["id"]
        assert "Nội dung đã sửa." in self.public(sandbox)[0]["text"]

    @pytest.mark.parametrize("code", [-248, -987])
    def test_what_zalo_gave_up_is_told_at_once_unless_the_article_is_there(
        self, sandbox: Sandbox, tmp_path: Path, code: int
    ) -> None:
        outgoing = self.simplest(tmp_path)
        created, _ = go_on(self.connect(sandbox), outgoing, {}, NOW)
        turn(sandbox, path=VERIFY, error_code=code, times=2)
        saved, error, now = self.carried_on(sandbox, outgoing, created.saved, NOW + timedelta(seconds=4))
        assert isinstance(error, Rejected)
        assert error.code == str(code)
        saved, error, _ = self.carried_on(sandbox, outgoing, created.saved, now + timedelta(seconds=6))
        assert (error, bool(saved["id"]), self.creates(sandbox)) == (None, True, 1)
