"""The Zalo OA connector against the sandbox: articles made hidden, shown once, counted, and tokens that rotate."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Accepted, NotThere, Outgoing, Receipt
from connectors.errors import Limited, Reconnect, Rejected, Unavailable, Unconfirmed
from connectors.zalo import ZaloOA
from connectors.zalo.api import appsecret_proof
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, drive, look
from tests.connectors.zalo_case import APP_SECRET, CREATE, DETAIL, GETOA, REMOVE, TITLE, UPDATE, ZaloCase, go_on, turn


class TestZaloOA(ZaloCase, ConnectorConformance):
    # Checking -------------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("field", "change"),
        [
            ("title", {"title": "a" * 141}),
            ("title", {"title": " "}),
            ("summary", {"summary": "a" * 251}),
            ("text", {"text": "", "images": (), "link": ""}),
            ("author", {"options": {"author": "a" * 51}}),
            ("link", {"link": "ftp://example.gov.vn"}),
            ("images", {"images": ()}),
        ],
    )
    def test_it_refuses_what_zalo_would_refuse(
        self, sandbox: Sandbox, tmp_path: Path, field: str, change: dict[str, Any]
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        found = connector.check(dataclasses.replace(outgoing, **change))
        assert field in {problem.field for problem in found if problem.blocks}

    def test_it_counts_characters_after_nfc(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        decomposed = "e\u0302\u0301" * 140
        assert connector.check(dataclasses.replace(outgoing, title=decomposed)) == []

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"url": ""}, "địa chỉ công khai"),
            ({"mime": "image/webp"}, "JPG hoặc PNG"),
            ({"size": 1_000_001}, "1 MB"),
        ],
    )
    def test_it_names_the_picture_that_zalo_could_not_take(
        self, sandbox: Sandbox, change: dict[str, Any], words: str
    ) -> None:
        connector = self.connect(sandbox)
        bad = dataclasses.replace(self.host.picture(), **change)
        found = connector.check(Outgoing("bai-1", TITLE, "Nội dung.", images=(bad,)))
        assert [problem.field for problem in found] == ["images"]
        assert words in found[0].words
        assert bad.path.name in found[0].words

    def test_it_is_public_with_its_text_pictures_and_address(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        outgoing = dataclasses.replace(self.simplest(tmp_path), summary="Tóm tắt ngắn.")
        saved = drive(connector, outgoing, NOW, sandbox)
        answer = connector.publish(outgoing, saved, now=NOW + timedelta(hours=2))
        assert isinstance(answer, Accepted)
        due = NOW + timedelta(hours=2)
        sandbox.at(due)
        found = self.finished(connector, outgoing, saved, answer, due, sandbox)
        item = self.public(sandbox)[0]
        assert item["title"] == TITLE
        assert item["text"] == "Tóm tắt ngắn.\n\nHồ sơ nộp tại nhà.\nKết quả trả qua bưu điện."
        assert self.http.get(sandbox.url("zalo") + item["pictures"][0], timeout=5).content[:3] == b"\xff\xd8\xff"
        assert found.permalink == item["url"]

    def test_the_receipt_tells_when_it_was_shown_not_when_it_was_made(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        answer = connector.publish(outgoing, saved, now=due)
        found = self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert found.published_at == due + timedelta(seconds=6)

    # Preparing ------------------------------------------------------------------------------------------

    def test_it_asks_again_with_growing_pauses_while_zalo_works(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "slow_verify", values={"seconds": 120})
        connector, outgoing, saved = self.second_step(sandbox, tmp_path)
        now, pauses = NOW, []
        for _ in range(20):
            sandbox.at(now)
            step = connector.prepare(outgoing, saved, now=now)
            saved = step.saved
            if step.ready:
                break
            pauses.append(step.again_after)
            now += step.again_after
        assert step.ready
        assert pauses[0] == timedelta(seconds=4)
        assert pauses == sorted(pauses)
        assert pauses[-1] <= timedelta(seconds=60)

    def test_after_a_quarter_of_an_hour_of_processing_it_says_so(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "slow_verify", values={"seconds": 7200})
        connector, outgoing, saved = self.second_step(sandbox, tmp_path)
        saved = connector.prepare(outgoing, saved, now=NOW).saved
        late = NOW + timedelta(minutes=16)
        sandbox.at(late)
        with pytest.raises(Unavailable, match="15 phút"):
            connector.prepare(outgoing, saved, now=late)

    def test_changed_content_goes_into_the_same_hidden_article(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = drive(connector, outgoing, NOW, sandbox)
        changed = dataclasses.replace(outgoing, text="Nội dung đã sửa.", images=(self.host.picture("khác.jpg"),))
        later = NOW + timedelta(minutes=5)
        second = drive(connector, changed, later, sandbox, first)
        assert drive(connector, changed, later + timedelta(minutes=1), sandbox, second) == second
        assert [row["id"] for row in self.listed(sandbox, connector, later)] == [first["id"]] == [second["id"]]
        assert self.public(sandbox) == []
        answer = connector.publish(changed, second, now=later)
        self.finished(connector, changed, second, answer, later, sandbox)
        [item] = self.public(sandbox)
        assert "Nội dung đã sửa." in item["text"]

    def test_content_that_changes_while_zalo_works_goes_into_the_article_in_work(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing, saved = self.second_step(sandbox, tmp_path)
        saved = connector.prepare(outgoing, saved, now=NOW).saved
        changed = dataclasses.replace(outgoing, text="Nội dung đã sửa.")
        saved = drive(connector, changed, NOW + timedelta(seconds=10), sandbox, saved)
        assert [row["id"] for row in self.listed(sandbox, connector, NOW + timedelta(minutes=5))] == [saved["id"]]
        told = connector._api.read(DETAIL, {"id": saved["id"]}, now=NOW)
        assert "Nội dung đã sửa." in told["body"][0]["content"]

    @pytest.mark.parametrize("effect", [True, False])
    def test_a_lost_answer_to_the_change_of_a_hidden_article_does_no_harm(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = drive(connector, outgoing, NOW, sandbox)
        changed = dataclasses.replace(outgoing, text="Nội dung đã sửa.")
        sandbox.fault("zalo", "hang_up", path=UPDATE, effect=effect)
        with pytest.raises(Unconfirmed):
            connector.prepare(changed, first, now=NOW)
        saved = drive(connector, changed, NOW + timedelta(minutes=1), sandbox, first)
        assert saved["id"] == first["id"]
        assert self.public(sandbox) == []

    def test_a_changed_post_whose_hidden_article_was_removed_is_created_anew(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        first = drive(connector, outgoing, NOW, sandbox)
        connector.withdraw(first["id"], now=NOW)
        changed = dataclasses.replace(outgoing, text="Nội dung đã sửa.")
        assert drive(connector, changed, NOW + timedelta(minutes=5), sandbox, first)["id"] != first["id"]

    def test_a_hidden_article_that_somebody_removed_is_created_anew(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        connector.withdraw(saved["id"], now=due)
        assert drive(connector, outgoing, due, sandbox, saved)["id"] != saved["id"]

    @pytest.mark.parametrize("trouble", ["too big", "not there", "not a picture"])
    def test_a_picture_that_zalo_could_not_take_is_named(self, sandbox: Sandbox, tmp_path: Path, trouble: str) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        path = outgoing.images[0].path
        if trouble == "not there":
            path.unlink()
        else:
            path.write_bytes(b"GIF89a" if trouble == "not a picture" else path.read_bytes() + bytes(1_000_000))
        with pytest.raises(Rejected, match="-200") as refused:
            drive(connector, outgoing, NOW, sandbox)
        assert path.name in refused.value.words

    def test_a_mended_picture_is_taken_as_soon_as_a_person_tries_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        picture = outgoing.images[0].path
        kept = picture.read_bytes()
        picture.unlink()
        created, _ = go_on(connector, outgoing, {}, NOW)
        later = NOW + timedelta(seconds=10)
        sandbox.at(later)
        refused, error = go_on(self.connect(sandbox), outgoing, created.saved, later)
        assert isinstance(error, Rejected)
        picture.write_bytes(kept)
        mended = drive(self.connect(sandbox), outgoing, later + timedelta(minutes=1), sandbox, refused.saved)
        assert [row["id"] for row in self.listed(sandbox, connector, later + timedelta(minutes=5))] == [mended["id"]]

    # Publishing -----------------------------------------------------------------------------------------

    @pytest.mark.parametrize("effect", [True, False])
    @pytest.mark.parametrize("kind", ["http_status", "html_body", "empty_body"])
    def test_an_unreadable_answer_to_the_public_call_is_decided_by_looking(
        self, sandbox: Sandbox, tmp_path: Path, kind: str, effect: bool
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        turn(sandbox, path=UPDATE, commit=effect, **{kind: 502 if kind == "http_status" else True})
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=due)
        found = look(connector, outgoing, saved, due, sandbox)
        assert isinstance(found, Receipt if effect else NotThere)

    def test_publishing_twice_shows_it_once(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        for _ in range(2):
            answer = connector.publish(outgoing, saved, now=due)
        self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert len(self.public(sandbox)) == 1

    def test_a_late_listing_costs_only_the_address(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.fault("zalo", "late_listing", path=CREATE, values={"seconds": 86_400})
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        answer = connector.publish(outgoing, saved, now=due)
        found = self.finished(connector, outgoing, saved, answer, due, sandbox)
        assert (found.external_id, found.permalink) == (saved["id"], "")

    def test_the_list_decides_when_the_detail_says_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        connector.publish(outgoing, saved, now=due)
        sandbox.fault("zalo", "error", path=DETAIL, times=9, values={"error": -999, "message": "?"})
        assert isinstance(look(connector, outgoing, saved, due, sandbox), Receipt)

    @pytest.mark.parametrize("code", ["-216", -220, 216, 401, -401])
    def test_a_dead_token_asks_for_a_refresh_first_and_nothing_happened(
        self, sandbox: Sandbox, tmp_path: Path, code: Any
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=UPDATE, values={"error": code, "message": "Access token is invalid"})
        with pytest.raises(Reconnect) as dead:
            connector.publish(outgoing, saved, now=due)
        assert dead.value.refresh_first
        assert look(connector, outgoing, saved, due, sandbox) == NotThere()

    def test_a_token_past_its_time_asks_for_a_refresh_and_the_new_pair_goes_on(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing, saved, _ = self.ready(sandbox, tmp_path)
        late = NOW + timedelta(hours=26)
        sandbox.at(late)
        with pytest.raises(Reconnect):
            connector.publish(outgoing, saved, now=late)
        renewed = self.renewed(sandbox, connector, connector.refresh(now=late))
        answer = renewed.publish(outgoing, saved, now=late)
        self.finished(renewed, outgoing, saved, answer, late, sandbox)
        assert len(self.public(sandbox)) == 1

    def test_a_limit_waits_more_than_a_minute(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("zalo", "rate_limit", path=UPDATE)
        with pytest.raises(Limited) as limited:
            connector.publish(outgoing, saved, now=due)
        assert limited.value.until >= due + timedelta(seconds=60)

    def test_withdrawing_takes_it_down_and_twice_is_success(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        article_id = self.shown(sandbox, connector, outgoing, NOW)
        connector.withdraw(article_id, now=NOW)
        assert self.public(sandbox) == []
        connector.withdraw(article_id, now=NOW)

    def test_a_refused_removal_of_an_article_that_is_there_is_told(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, _, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("zalo", "error", path=REMOVE, values={"error": -201, "message": "id is invalid"})
        with pytest.raises(Rejected):
            connector.withdraw(saved["id"], now=due)

    # Figures --------------------------------------------------------------------------------------------

    def test_figures_are_read_over_more_than_one_page(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        ids, now = [], NOW
        for number in range(12):
            ids.append(self.shown(sandbox, connector, dataclasses.replace(outgoing, title=f"Bài {number}"), now))
            now += timedelta(minutes=10)
        now += timedelta(hours=20)
        sandbox.at(now)
        figures = connector.read_posts([ids[0], ids[11]], now=now)
        assert {(figure.ref, figure.metric) for figure in figures} == {
            (ref, metric) for ref in (ids[0], ids[11]) for metric in ("views", "shares")
        }
        assert all(figure.value for figure in figures if figure.metric == "views")

    def test_the_channel_figure_is_the_number_of_followers(self, sandbox: Sandbox) -> None:
        figures = self.connect(sandbox).read_channel(now=NOW)
        assert [(figure.ref, figure.metric) for figure in figures] == [("", "followers")]
        assert (figures[0].value or 0) > 12_000

    # What must never be seen ----------------------------------------------------------------------------

    def test_no_token_is_in_an_address_or_in_an_error_that_repeats_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        seen: list[str] = []
        self.http.hooks["response"].append(lambda answer, **_: seen.append(str(answer.request.url)))
        values = {"error": -201, "message": f"bad {connector.credentials.values['access_token']}"}
        sandbox.fault("zalo", "error", path=UPDATE, values=values)
        with pytest.raises(Rejected) as refused:
            connector.publish(outgoing, saved, now=due)
        connector.read_posts(["x"], now=due)
        connector.refresh(now=due)
        text = " ".join([*seen, str(refused.value), refused.value.evidence])
        assert len(seen) >= 3
        assert not [secret for secret in self.secrets(connector) if secret in text]

    def test_the_signature_is_sent_when_the_setting_asks_for_it(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        seen: list[Any] = []
        self.http.hooks["response"].append(lambda answer, **_: seen.append(answer.request.headers))
        for wanted in (False, True):
            settings = self.settings(sandbox, use_appsecret_proof=wanted)
            ZaloOA(settings, connector.account, connector.credentials, self.http).probe(now=NOW)
        token = connector.credentials.values["access_token"]
        assert "appsecret_proof" not in seen[0]
        assert seen[1]["appsecret_proof"] == appsecret_proof(APP_SECRET, token)
        assert all(headers["access_token"] == token and "Authorization" not in headers for headers in seen)

    def test_a_body_without_a_numeric_error_is_not_success(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        for body in ({}, {"error": None}, {"error": True}, {"error": "ok", "data": {"num_follower": 1}}):
            sandbox.fault("zalo", "error", path=GETOA, values=body)
            with pytest.raises(Unavailable):
                connector.read_channel(now=NOW)
