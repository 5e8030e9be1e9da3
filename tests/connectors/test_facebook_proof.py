"""Hidden-first publishing is tried out on the very Page, told statement by statement, and always cleaned up."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.base import Connector, Finding
from connectors.errors import Reconnect, Unsupported
from connectors.facebook import FacebookPage
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import FEED, LISTING, PAGE_ID, PHOTOS, FacebookCase

POST = r"/v[0-9.]+/[0-9]+_[0-9]+"


class TestFacebookProof(FacebookCase):
    def proved(self, sandbox: Sandbox) -> list[Finding]:
        return self.connect(sandbox).prove("hidden_first", now=NOW)

    def everything(self, sandbox: Sandbox, connector: Connector) -> list[dict[str, Any]]:
        """Every post of the Page, hidden ones included."""
        headers = {"Authorization": f"Bearer {connector.credentials.values['access_token']}"}
        address = f"{sandbox.url('facebook')}/v26.0/{PAGE_ID}/feed?fields=id"
        return list(sandbox.http.get(address, headers=headers, timeout=10).json()["data"])

    def test_a_page_that_keeps_the_rule_passes_and_nothing_is_left(self, sandbox: Sandbox) -> None:
        findings = self.proved(sandbox)
        assert [one.what for one in findings if not one.ok] == []
        assert [one.what for one in findings] == [
            "Tạo bài ẩn",
            "Bài ẩn không ai thấy",
            "Bài ẩn không có trong danh sách bài đã đăng",
            "Cho bài hiện",
            "Gửi lại lệnh cho hiện",
            "Bài đã hiện",
            "Giờ đăng mà Facebook ghi",
            "Chỉ có một bài trong danh sách",
            "Xóa bài thử",
        ]
        assert all(one.words.endswith(".") and not one.step for one in findings)
        assert self.everything(sandbox, self.connect(sandbox)) == []
        calls = [(one["method"], one["path"].rpartition("/")[2]) for one in sandbox.requests("facebook")]
        assert len([call for call in calls if call[0] == "POST" and call[1].startswith(f"{PAGE_ID}_")]) == 2

    def test_the_time_facebook_writes_is_told_and_decides_nothing(self, sandbox: Sandbox) -> None:
        told = next(one for one in self.proved(sandbox) if one.what == "Giờ đăng mà Facebook ghi")
        assert told.ok and "vẫn ghi giờ tạo bài ẩn" in told.words
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "show_dates", method="POST", path=POST)
        self.http.hooks["response"].append(
            lambda answer, **_: sandbox.at(NOW + timedelta(seconds=9)) if answer.url.endswith("/feed") else None
        )
        findings = connector.prove("hidden_first", now=NOW)
        assert all(one.ok for one in findings)
        assert "đổi giờ đăng" in next(one for one in findings if one.what == "Giờ đăng mà Facebook ghi").words

    @pytest.mark.parametrize(
        ("kind", "facts", "failed"),
        [
            ("hidden_leaks", {"method": "GET", "path": LISTING}, "Bài ẩn không có trong danh sách bài đã đăng"),
            ("show_ignored", {"method": "POST", "path": POST, "times": 2}, "Bài đã hiện"),
            ("show_doubles", {"method": "POST", "path": POST}, "Chỉ có một bài trong danh sách"),
            ("late_listing", {"method": "POST", "path": FEED}, "Chỉ có một bài trong danh sách"),
            ("error", {"method": "POST", "path": FEED, "effect": False, "values": {"code": 100}}, "Tạo bài ẩn"),
            ("hang_up", {"method": "POST", "path": FEED}, "Tạo bài ẩn"),
            ("empty", {"method": "POST", "path": FEED, "effect": False}, "Tạo bài ẩn"),
            ("hang_up", {"method": "GET", "path": POST}, "Bài ẩn không ai thấy"),
            ("hang_up", {"method": "GET", "path": LISTING}, "Bài ẩn không có trong danh sách bài đã đăng"),
            ("hang_up", {"method": "POST", "path": POST}, "Cho bài hiện"),
            ("blocked", {"method": "POST", "path": POST}, "Cho bài hiện"),
        ],
    )
    def test_a_statement_that_does_not_hold_is_named_and_the_trial_is_deleted(
        self, sandbox: Sandbox, kind: str, facts: dict[str, Any], failed: str
    ) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", kind, **facts)
        findings = connector.prove("hidden_first", now=NOW)
        bad = [one for one in findings if not one.ok]
        assert [one.what for one in bad] == [failed]
        assert bad[0].step and bad[0].words
        assert findings[-1].what == "Xóa bài thử"
        sandbox.at(NOW + timedelta(minutes=5))
        assert self.everything(sandbox, connector) == []

    def test_a_deletion_whose_answer_is_lost_is_looked_at(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "hang_up", method="DELETE", path=POST, effect=True)
        assert all(one.ok for one in connector.prove("hidden_first", now=NOW))

    def test_a_trial_that_could_not_be_deleted_is_named_to_a_person(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "hang_up", method="DELETE", path=POST, effect=False)
        [bad] = [one for one in connector.prove("hidden_first", now=NOW) if not one.ok]
        [left] = self.everything(sandbox, connector)
        assert bad.what == "Xóa bài thử" and left["id"] in bad.step

    def test_a_trial_that_cannot_be_deleted_keeps_no_other_from_being_deleted(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "show_doubles", method="POST", path=POST)
        sandbox.fault("facebook", "no_permission", method="DELETE", path=POST)
        bad = [one for one in connector.prove("hidden_first", now=NOW) if not one.ok]
        [left] = self.everything(sandbox, connector)
        assert bad[-1].what == "Xóa bài thử" and left["id"] in bad[-1].step

    def test_when_not_even_the_picture_goes_up_it_is_an_error(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        sandbox.fault("facebook", "expired_token", method="POST", path=PHOTOS)
        with pytest.raises(Reconnect):
            connector.prove("hidden_first", now=NOW)

    def test_only_what_is_declared_can_be_proved(self, sandbox: Sandbox) -> None:
        assert FacebookPage.capabilities.proven_options == {"hidden_first"}
        with pytest.raises(Unsupported):
            self.connect(sandbox).prove("reel", now=NOW)
