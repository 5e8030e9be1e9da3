"""The Facebook Page against the sandbox, over real HTTP: what goes out, and what Facebook refuses."""

import dataclasses
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Media, Receipt
from connectors.errors import (
    Limited,
    Reconnect,
    Rejected,
    Unavailable,
)
from tests.conftest import NOW, Sandbox
from tests.connectors.conformance import ConnectorConformance, drive
from tests.connectors.facebook_case import (
    FEED,
    PAGE_ID,
    PHOTOS,
    TEXT,
    FacebookCase,
)


class TestFacebookPage(FacebookCase, ConnectorConformance):
    def test_the_receipt_carries_the_platforms_own_address_and_time(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        receipt = connector.publish(outgoing, saved, now=due)
        assert isinstance(receipt, Receipt)
        assert receipt.external_id.startswith(f"{PAGE_ID}_")
        assert receipt.permalink == sandbox.public("facebook")[0]["url"]
        assert receipt.published_at == due

    def test_a_link_goes_out_as_a_link(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        outgoing = dataclasses.replace(self.simplest(tmp_path), link="https://dichvucong.gov.vn/huong-dan")
        connector.publish(outgoing, drive(connector, outgoing, NOW, sandbox), now=NOW)
        (item,) = sandbox.public("facebook")
        assert (item["text"], item["link"]) == (TEXT, "https://dichvucong.gov.vn/huong-dan")

    def test_an_album_of_ten_keeps_its_order(self, sandbox: Sandbox, tmp_path: Path) -> None:
        ten = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin", "muoi")
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, *ten)
        connector.publish(outgoing, drive(connector, outgoing, NOW, sandbox), now=NOW)
        (item,) = sandbox.public("facebook")
        shown = [sandbox.http.get(sandbox.url("facebook") + path, timeout=10).content for path in item["pictures"]]
        assert shown == [image.path.read_bytes() for image in outgoing.images]

    def test_a_picture_carries_its_alternative_text(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot")
        saved = drive(connector, outgoing, NOW, sandbox)
        token = connector.credentials.values["access_token"]
        photo = sandbox.http.get(
            f"{sandbox.url('facebook')}/v26.0/{saved['photos'][0]['id']}",
            params={"fields": "alt_text_custom"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        )
        assert photo.json()["alt_text_custom"] == "Ảnh mot"

    def test_each_step_uploads_one_picture_and_none_twice_after_a_crash(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.album(tmp_path, "mot", "hai")
        first = self.connect(sandbox).prepare(outgoing, {}, now=NOW)
        assert not first.ready
        second = self.connect(sandbox).prepare(outgoing, first.saved, now=NOW)
        assert second.ready
        again = self.connect(sandbox).prepare(outgoing, second.saved, now=NOW + timedelta(hours=20))
        assert again.saved == second.saved
        assert len([one for one in sandbox.requests("facebook") if one["path"].endswith("/photos")]) == 2

    def test_what_was_prepared_is_good_until_an_hour_before_the_oldest_photo_dies(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot", "hai")
        first = connector.prepare(outgoing, {}, now=NOW)
        second = connector.prepare(outgoing, first.saved, now=NOW + timedelta(minutes=5))
        assert second.good_until == NOW + timedelta(hours=23)
        assert connector.prepare(outgoing, second.saved, now=NOW + timedelta(hours=23)).saved != second.saved

    def test_a_photo_that_grew_old_is_uploaded_again_and_the_post_goes_out(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot", "hai")
        saved = drive(connector, outgoing, NOW, sandbox)
        next_day = NOW + timedelta(hours=25)
        saved = drive(connector, outgoing, next_day, sandbox, saved)
        connector.publish(outgoing, saved, now=next_day)
        assert len(sandbox.public("facebook")) == 1

    def test_an_upload_whose_answer_is_lost_is_simply_repeated(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.album(tmp_path, "mot")
        sandbox.fault("facebook", "hang_up", method="POST", path=PHOTOS)
        with pytest.raises(Unavailable):
            connector.prepare(outgoing, {}, now=NOW)
        connector.publish(outgoing, drive(connector, outgoing, NOW, sandbox), now=NOW)
        assert len(sandbox.public("facebook")[0]["pictures"]) == 1

    def test_a_picture_facebook_cannot_read_is_a_fault_of_the_content(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.album(tmp_path, "mot")
        outgoing.images[0].path.write_bytes(b"not a picture")
        with pytest.raises(Rejected) as caught:
            self.connect(sandbox).prepare(outgoing, {}, now=NOW)
        assert caught.value.code == "324"

    def test_a_picture_that_is_not_on_the_disk_is_named(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = self.album(tmp_path, "mot")
        outgoing.images[0].path.unlink()
        with pytest.raises(Rejected, match=r"mot\.jpg"):
            self.connect(sandbox).prepare(outgoing, {}, now=NOW)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"text": "  "}, "text"),
            ({"options": {"reel": "nhiều"}}, "options"),
            ({"text": "ă" * 63_207}, "text"),
            ({"link": "https://www.facebook.com/ubnd"}, "link"),
            ({"link": "dichvucong.gov.vn"}, "link"),
            ({"images": tuple(Media(Path("a.jpg"), "image/jpeg", 10, "0") for _ in range(11))}, "images"),
            ({"images": (Media(Path("a.gif"), "image/gif", 10, "0"),)}, "images"),
            ({"images": (Media(Path("a.jpg"), "image/jpeg", 4_000_001, "0"),)}, "images"),
            ({"video": Media(Path("a.avi"), "video/avi", 10, "0")}, "video"),
            ({"video": Media(Path("a.mp4"), "video/mp4", 1_000_000_001, "0")}, "video"),
            ({"video": Media(Path("a.mp4"), "video/mp4", 0, "0")}, "video"),
            ({"video": Media(Path("a.mp4"), "video/mp4", 10, "0", seconds=1201)}, "video"),
            ({"video": Media(Path("a.mp4"), "video/mp4", 10, "0"), "title": "a" * 256}, "title"),
        ],
    )
    def test_what_facebook_would_refuse_is_said_before_anything_is_scheduled(
        self, sandbox: Sandbox, tmp_path: Path, change: dict[str, Any], field: str
    ) -> None:
        outgoing = dataclasses.replace(self.simplest(tmp_path), **change)
        assert [problem.field for problem in self.connect(sandbox).check(outgoing) if problem.blocks] == [field]

    def test_a_link_that_pictures_will_hide_is_a_warning(self, sandbox: Sandbox, tmp_path: Path) -> None:
        outgoing = dataclasses.replace(self.album(tmp_path, "mot"), link="https://dichvucong.gov.vn")
        (problem,) = self.connect(sandbox).check(outgoing)
        assert (problem.field, problem.blocks) == ("link", False)

    def test_an_expired_token_asks_a_person_to_connect_again(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "expired_token", method="POST", path=FEED)
        with pytest.raises(Reconnect) as caught:
            connector.publish(outgoing, saved, now=due)
        assert (caught.value.code, caught.value.refresh_first) == ("190/463", False)
        assert sandbox.public("facebook") == []

    def test_a_limit_waits_as_long_as_the_header_says(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "rate_limit", method="POST", path=FEED, values={"minutes": 42})
        with pytest.raises(Limited) as caught:
            connector.publish(outgoing, saved, now=due)
        assert caught.value.until == due + timedelta(minutes=42)
        assert sandbox.public("facebook") == []

    def test_a_limit_without_a_time_waits_a_quarter_of_an_hour(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault("facebook", "rate_limit", method="POST", path=FEED, values={"minutes": 0})
        with pytest.raises(Limited) as caught:
            connector.publish(outgoing, saved, now=due)
        assert caught.value.until == due + timedelta(minutes=15)

    def test_429_without_an_error_object_is_a_limit(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        sandbox.fault(
            "facebook", "status", method="POST", path=FEED, effect=False, values={"status": 429, "body": "{}"}
        )
        with pytest.raises(Limited):
            connector.publish(outgoing, saved, now=due)

    def test_another_version_than_the_pinned_one_is_logged_and_kept_with_the_figures(
        self, sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        connector, receipt = self.published(sandbox, tmp_path)
        sandbox.fault("facebook", "served_version", method="POST", values={"version": "v27.0"})
        with caplog.at_level(logging.WARNING):
            figures = connector.read_posts([receipt.external_id], now=NOW)
        assert {figure.version for figure in figures} == {"v27.0"}
        assert "v27.0" in caplog.text
