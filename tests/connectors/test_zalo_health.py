"""What a person is told about an OA's access: what works, what ends when, what is missing, and the step to take."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Account, Credentials, Finding
from connectors.errors import Misconfigured, Reconnect, Unavailable
from connectors.zalo import ZaloOA
from connectors.zalo.consent import NOT_ROTATED_AT, REFRESHED_AT
from tests.conftest import NOW, Sandbox
from tests.connectors.zalo_case import GETOA, SLICE, ZaloCase, set_oa, turn

PAIR = {"access_token": "a", "refresh_token": "r"}


class TestZaloHealth(ZaloCase):
    def told(self, sandbox: Sandbox, now: datetime = NOW, **credentials: Any) -> dict[str, Finding]:
        """Findings of the OA as it is now, by what was looked at."""
        connector = self.connect(sandbox)
        if credentials:
            values = {**connector.credentials.values, **credentials}
            kept = Credentials({name: value for name, value in values.items() if value}, NOW + timedelta(hours=25))
            connector = ZaloOA(self.settings(sandbox), connector.account, kept, self.http)
        return {finding.what: finding for finding in connector.health(now=now)}

    def test_an_oa_in_order_is_told_with_its_name_type_package_and_dates(self, sandbox: Sandbox) -> None:
        found = self.told(sandbox)
        assert all(finding.ok and not finding.step and not finding.blocks for finding in found.values())
        assert "UBND thành phố Huế (thử nghiệm)" in found["Zalo OA"].words
        assert "cơ quan nhà nước" in found["Zalo OA"].words
        assert "đã được xác thực" in found["Xác thực OA"].words
        assert "Truyền thông" in found["OA cơ quan nhà nước"].words
        assert "Tăng trưởng" in found["Gói dịch vụ"].words
        assert "31/12/2027" in found["Hạn gói dịch vụ"].words
        assert "Đọc được danh sách bài viết" in found["Quyền quản lý bài viết"].words
        assert "09:00 ngày 24/11/2026" in found["Mã truy cập"].words
        assert "23/11/2026" in found["Mã làm mới"].words
        assert "21/02/2027" in found["Mã làm mới"].words

    def test_every_finding_is_a_whole_sentence_and_what_is_wrong_names_a_step(self, sandbox: Sandbox) -> None:
        set_oa(sandbox, is_verified=False, package_name="Cơ bản", package_valid_through_date="01/12/2026")
        set_oa(sandbox, has_api=False)
        found = self.told(sandbox, refreshed_at=(NOW - timedelta(days=85)).isoformat()).values()
        assert all(finding.words.endswith(".") for finding in found)
        assert len([finding for finding in found if not finding.ok]) == 5
        assert all(finding.step.endswith(".") for finding in found if not finding.ok)

    @pytest.mark.parametrize(
        ("kind", "words"), [(2, "doanh nghiệp"), (4, "nhà nước"), (7, "loại 7"), (None, "chưa rõ")]
    )
    def test_the_type_of_the_oa_is_told(self, sandbox: Sandbox, kind: int | None, words: str) -> None:
        set_oa(sandbox, oa_type=kind)
        found = self.told(sandbox)
        assert words in found["Zalo OA"].words
        assert ("OA cơ quan nhà nước" in found) == (kind == 4)

    def test_an_oa_without_verification_may_still_publish(self, sandbox: Sandbox) -> None:
        set_oa(sandbox, is_verified=False)
        found = self.told(sandbox)["Xác thực OA"]
        assert (found.ok, found.blocks) == (False, False)
        assert "Truyền thông" in found.words

    @pytest.mark.parametrize("name", ["Cơ bản", "Gói Tiêu chuẩn 12 tháng"])
    def test_a_package_below_growth_has_no_api_and_is_named(self, sandbox: Sandbox, name: str) -> None:
        set_oa(sandbox, package_name=name)
        found = self.told(sandbox)["Gói dịch vụ"]
        assert not found.ok
        assert name in found.words
        assert "Open API" in found.words
        assert "Tăng trưởng" in found.step

    def test_which_packages_have_no_api_is_a_setting(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        settings = self.settings(sandbox, packages_without_api="Khởi đầu")
        for name, expected in (("Cơ bản", True), ("Khởi đầu", False)):
            set_oa(sandbox, package_name=name)
            told = ZaloOA(settings, connector.account, connector.credentials, self.http).health(now=NOW)
            assert {one.what: one.ok for one in told}["Gói dịch vụ"] is expected

    @pytest.mark.parametrize(
        ("day", "ok", "words"),
        [
            ("24/12/2026", True, "24/12/2026"),
            ("23/12/2026", False, "còn 30 ngày"),
            ("23/11/2026", False, "còn 0 ngày"),
            ("22/11/2026", False, "đã hết hạn"),
        ],
    )
    def test_the_end_of_the_package_is_told_thirty_days_before(
        self, sandbox: Sandbox, day: str, ok: bool, words: str
    ) -> None:
        set_oa(sandbox, package_valid_through_date=day)
        found = self.told(sandbox)["Hạn gói dịch vụ"]
        assert found.ok is ok
        assert words in found.words
        assert day in found.words

    @pytest.mark.parametrize("day", ["", "2026-12-31", "không rõ"])
    def test_an_end_that_zalo_does_not_tell_is_not_invented(self, sandbox: Sandbox, day: str) -> None:
        set_oa(sandbox, package_valid_through_date=day)
        assert "Hạn gói dịch vụ" not in self.told(sandbox)

    @pytest.mark.parametrize(
        ("facts", "code", "step"),
        [
            ({"app_groups": ["oa", "message"]}, "-212", "quản lý bài viết"),
            ({"groups": ["oa", "message"]}, "-223", "kết nối lại"),
            ({"has_api": False}, "-224", "nâng gói"),
        ],
    )
    def test_a_missing_group_or_package_is_told_with_its_code_and_stops_publishing(
        self, sandbox: Sandbox, facts: dict[str, Any], code: str, step: str
    ) -> None:
        set_oa(sandbox, **facts)
        found = self.told(sandbox)["Quyền quản lý bài viết"]
        assert (found.ok, found.blocks) == (False, True)
        assert code in found.words
        assert step in found.step

    @pytest.mark.parametrize(
        ("values", "ok", "words"),
        [
            ({REFRESHED_AT: (NOW - timedelta(days=79)).isoformat()}, True, "05/09/2026"),
            ({REFRESHED_AT: (NOW - timedelta(days=80)).isoformat()}, False, "80 ngày"),
            ({REFRESHED_AT: ""}, True, "Chưa biết"),
            ({"refresh_token": ""}, False, "không cấp mã làm mới"),
            ({NOT_ROTATED_AT: NOW.isoformat()}, False, "không cấp mã làm mới khác"),
        ],
    )
    def test_the_age_of_the_refresh_token_is_told_as_far_as_it_is_known(
        self, sandbox: Sandbox, values: dict[str, str], ok: bool, words: str
    ) -> None:
        found = self.told(sandbox, **values)["Mã làm mới"]
        assert found.ok is ok
        assert words in found.words
        assert bool(found.step) is not ok

    def test_an_access_that_does_not_work_is_an_error(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        other = ZaloOA(self.settings(sandbox), Account("1", "OA khác"), connector.credentials, self.http)
        with pytest.raises(Misconfigured, match="khác"):
            other.health(now=NOW)
        sandbox.fault("zalo", "error", path=GETOA, values={"error": 0, "data": {"name": "UBND xã"}})
        with pytest.raises(Misconfigured, match="không cho biết mã"):
            connector.health(now=NOW)
        turn(sandbox, path=SLICE, error_code=-216)
        with pytest.raises(Reconnect):
            connector.health(now=NOW)
        turn(sandbox, path=GETOA, http_status=502)
        with pytest.raises(Unavailable):
            connector.health(now=NOW)
        sandbox.at(NOW + timedelta(hours=26))
        with pytest.raises(Reconnect):
            connector.health(now=NOW + timedelta(hours=26))

    def test_health_changes_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector = self.connect(sandbox)
        before = len(sandbox.requests("zalo"))
        connector.health(now=datetime(2026, 11, 23, 15, 30, tzinfo=UTC))
        assert {one["method"] for one in sandbox.requests("zalo")[before:]} == {"GET"}
