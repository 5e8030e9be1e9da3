"""New words for a post that is public: repeatable, compared with what stands there, and only the words."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, NotThere, Outgoing, Part, Receipt
from connectors.errors import Misconfigured, Rejected, Unavailable, Unconfirmed
from connectors.facebook import FacebookPage
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import drive
from tests.connectors.facebook_case import FEED, PAGE_ID, FacebookCase, picture
from tests.connectors.facebook_video_case import NODE, VideoCase, film

POST = r"/v[0-9.]+/[0-9]+_[0-9]+"
NEW = "Từ 01/12/2026 nộp hồ sơ tại một cửa.\n\n#CCHC"
LATER = NOW + timedelta(days=2, hours=1)


def revised(outgoing: Outgoing, ref: str, **changes: Any) -> Outgoing:
    return dataclasses.replace(outgoing, **{"text": NEW, **changes}, part=Part.REVISION, refs=(ref,))


class TestFacebookRevision(FacebookCase):
    def revision(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing]:
        connector, receipt = self.published(sandbox, tmp_path)
        return connector, revised(self.simplest(tmp_path), receipt.external_id)

    def test_the_people_read_the_new_words_under_the_same_address(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revision(sandbox, tmp_path)
        before = sandbox.public("facebook")[0]
        assert connector.check(outgoing) == []
        saved = drive(connector, outgoing, LATER, sandbox)
        assert connector.find(outgoing, saved, since=LATER, known=frozenset(), now=LATER) == NotThere()
        receipts = [connector.publish(outgoing, saved, now=LATER) for _ in range(2)]
        assert receipts == [Receipt(outgoing.refs[0])] * 2
        [after] = sandbox.public("facebook")
        assert (after["text"], after["id"], after["url"]) == (NEW, before["id"], before["url"])

    @pytest.mark.parametrize("kind", ["hang_up", "html", "empty"])
    @pytest.mark.parametrize("effect", [True, False])
    def test_after_a_lost_answer_the_post_itself_is_compared(
        self, sandbox: Sandbox, tmp_path: Path, effect: bool, kind: str
    ) -> None:
        connector, outgoing = self.revision(sandbox, tmp_path)
        saved = drive(connector, outgoing, LATER, sandbox)
        sandbox.fault("facebook", kind, method="POST", path=POST, effect=effect)
        with pytest.raises(Unconfirmed):
            connector.publish(outgoing, saved, now=LATER)
        found = connector.find(outgoing, saved, since=LATER, known=frozenset(outgoing.refs), now=LATER)
        if effect:
            assert isinstance(found, Receipt)
            assert found.external_id == outgoing.refs[0]
        else:
            assert found == NotThere()

    def test_white_space_and_the_form_of_letters_make_no_difference(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revision(sandbox, tmp_path)
        connector.publish(dataclasses.replace(outgoing, text="Từ  01/12/2026\nnộp"), {}, now=LATER)
        same = dataclasses.replace(outgoing, text="Từ 01/12/2026 nộp")
        assert isinstance(connector.find(same, {}, since=LATER, known=frozenset(), now=LATER), Receipt)

    def test_a_post_of_another_application_is_refused_before_anything_is_sent(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "foreign_app", method="POST", path=FEED)
        receipt = connector.publish(self.simplest(tmp_path), {}, now=NOW)
        assert isinstance(receipt, Receipt)
        outgoing = revised(self.simplest(tmp_path), receipt.external_id)
        with pytest.raises(Rejected, match="chính ứng dụng này"):
            connector.prepare(outgoing, {}, now=NOW)
        with pytest.raises(Misconfigured):
            connector.publish(outgoing, {}, now=NOW)

    def test_a_post_that_is_gone_is_said(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.revision(sandbox, tmp_path)
        connector.withdraw(outgoing.refs[0], now=LATER)
        with pytest.raises(Rejected, match="không còn trên Fanpage"):
            connector.prepare(outgoing, {}, now=LATER)
        with pytest.raises(Unavailable):
            connector.publish(outgoing, {}, now=LATER)
        assert connector.find(outgoing, {}, since=LATER, known=frozenset(), now=LATER) == NotThere()

    def test_other_pictures_are_refused_in_words_and_the_words_still_change(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, album = self.connect(sandbox), self.album(tmp_path, "mot", "hai")
        receipt = connector.publish(album, drive(connector, album, NOW, sandbox), now=NOW)
        assert isinstance(receipt, Receipt)
        same = revised(album, receipt.external_id)
        assert connector.prepare(same, {}, now=NOW).warnings == ()
        [problem] = connector.check(same)
        assert (problem.field, problem.blocks) == ("images", False)
        assert "gỡ bài rồi đăng bài mới" in problem.words
        other = revised(album, receipt.external_id, images=(picture(tmp_path, "ba"),))
        step = connector.prepare(other, {}, now=NOW)
        assert "gỡ bài rồi đăng bài mới" in step.warnings[0]
        connector.publish(other, step.saved, now=NOW)
        [item] = sandbox.public("facebook")
        assert (item["text"], len(item["pictures"])) == (NEW, 2)
        assert len([one for one in sandbox.requests("facebook") if one["path"].endswith("/photos")]) == 2

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"text": " "}, "text"),
            ({"text": "ă" * 63_207}, "text"),
            ({"refs": ("122168909288960180",)}, "refs"),
        ],
    )
    def test_what_cannot_be_changed_is_said_before(
        self, sandbox: Sandbox, tmp_path: Path, changes: dict[str, Any], field: str
    ) -> None:
        outgoing = dataclasses.replace(revised(self.simplest(tmp_path), f"{PAGE_ID}_1"), **changes)
        assert [one.field for one in self.connect(sandbox).check(outgoing) if one.blocks] == [field]


class TestFacebookFilmRevision(VideoCase):
    @pytest.mark.parametrize("bare", [False, True])
    def test_the_words_of_a_film_are_changed_at_its_video(self, sandbox: Sandbox, tmp_path: Path, bare: bool) -> None:
        original, build = self.simplest(tmp_path), self.once_connected(sandbox)
        saved, now = self.walk(sandbox, original, build=build)
        receipt = build().publish(original, saved, now=now)
        assert isinstance(receipt, Receipt)
        ref = saved["video"]["video_id"] if bare else receipt.external_id
        outgoing = revised(original, ref, title="Tên mới")
        assert [problem.blocks for problem in build().check(outgoing)] == [False]
        step = build().prepare(outgoing, {}, now=now)
        assert (step.ready, step.warnings) == (True, ())
        assert build().find(outgoing, step.saved, since=now, known=frozenset(), now=now) == NotThere()
        sandbox.fault("facebook", "hang_up", method="POST", path=NODE)
        with pytest.raises(Unconfirmed):
            build().publish(outgoing, step.saved, now=now)
        assert build().find(outgoing, step.saved, since=now, known=frozenset(), now=now) == Receipt(ref)
        assert build().publish(outgoing, step.saved, now=now) == Receipt(ref)
        [item] = sandbox.public("facebook")
        assert (item["title"], item["text"], item["id"]) == ("Tên mới", NEW, receipt.external_id)

    def test_another_film_is_refused_in_words(self, sandbox: Sandbox, tmp_path: Path) -> None:
        text = self.reworded(self.simplest(tmp_path), video=None)
        connector = self.connect(sandbox)
        receipt = connector.publish(text, {}, now=NOW)
        assert isinstance(receipt, Receipt)
        outgoing = revised(text, receipt.external_id, video=film(tmp_path))
        [problem] = connector.check(outgoing)
        assert (problem.field, problem.blocks) == ("video", False)
        assert FacebookPage.capabilities.parts >= {Part.REVISION, Part.COMMENT}
