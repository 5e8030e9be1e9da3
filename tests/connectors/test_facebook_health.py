"""The daily look at a Page's access: one finding for each thing, with the step to take where it is not well."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.base import Credentials, Finding
from connectors.errors import Misconfigured, Reconnect
from connectors.facebook import FacebookPage, versions
from connectors.facebook.health import PURPOSES
from tests.conftest import NOW, Sandbox
from tests.connectors.facebook_case import PAGE_ID, FacebookCase

WEEK = timedelta(days=7)


class TestFacebookHealth(FacebookCase):
    def page(self, sandbox: Sandbox, type: str = "PAGE", **facts: Any) -> FacebookPage:
        """The sandbox's Page with a token that somebody made."""
        body = {"type": type, "scopes": list(PURPOSES), **facts}
        told = sandbox.http.post(f"{sandbox.url('facebook')}/_sandbox/tokens", json=body, timeout=10).json()
        account = self.connected(sandbox)[0].account
        return FacebookPage(self.settings(sandbox), account, Credentials(told), self.http)

    def bad(self, page: FacebookPage) -> list[Finding]:
        return [one for one in page.health(now=NOW) if not one.ok]

    def test_a_sound_access_is_well_in_every_point_and_each_is_named(self, sandbox: Sandbox) -> None:
        found = self.connect(sandbox).health(now=NOW)
        assert [one.what for one in found if not one.ok or one.step] == []
        named = " ".join(one.what for one in found)
        assert all(scope in named for scope in PURPOSES)
        assert all(one.words.endswith(".") for one in found)
        assert "Development" in found[-1].words

    @pytest.mark.parametrize("scope", PURPOSES)
    def test_a_missing_permission_is_named_with_what_it_is_for(self, sandbox: Sandbox, scope: str) -> None:
        page = self.page(sandbox, scopes=[one for one in PURPOSES if one != scope])
        [bad] = self.bad(page)
        assert scope in bad.what and scope in bad.step and PURPOSES[scope] in bad.words
        assert bad.blocks is (scope in ("pages_show_list", "pages_read_engagement", "pages_manage_posts"))

    def test_a_token_for_other_pages_only_is_said(self, sandbox: Sandbox) -> None:
        bad = self.bad(self.page(sandbox, targets=["42"]))
        assert bad and all("Fanpage này" in one.words + one.step for one in bad)
        assert [one.what for one in bad if one.blocks] == [
            "Quyền pages_show_list",
            "Quyền pages_read_engagement",
            "Quyền pages_manage_posts",
        ]
        assert self.bad(self.page(sandbox, targets=None)) == []

    def test_a_permission_to_publish_that_is_not_among_those_told_with_their_pages_is_missing(
        self, sandbox: Sandbox
    ) -> None:
        [bad] = self.bad(self.page(sandbox, granular={"pages_show_list": [PAGE_ID]}))
        assert (bad.what, bad.blocks) == ("Quyền pages_manage_posts", True)
        scopes = [one for one in PURPOSES if one != "pages_manage_posts"]
        [bad] = self.bad(self.page(sandbox, scopes=scopes, granular={"pages_manage_posts": [PAGE_ID]}))
        assert (bad.what, bad.blocks) == ("Quyền pages_manage_posts", True)
        # the sheet's own sample of a sound token tells no other permission there
        assert self.bad(self.page(sandbox, granular={"pages_manage_posts": [PAGE_ID]})) == []
        assert self.bad(self.page(sandbox, granular={})) == []

    def test_a_token_that_is_told_to_be_of_another_page_is_said_and_stops_nothing(self, sandbox: Sandbox) -> None:
        [bad] = self.bad(self.page(sandbox, profile_id="42"))
        assert (bad.what, bad.blocks, "42" in bad.words) == ("Loại mã truy cập", False, True)

    @pytest.mark.parametrize("type", ["USER", "SYSTEM_USER"])
    def test_a_token_that_is_not_of_a_page_blocks(self, sandbox: Sandbox, type: str) -> None:
        [bad] = self.bad(self.page(sandbox, type))
        assert (bad.what, bad.blocks, type in bad.words) == ("Loại mã truy cập", True, True)

    @pytest.mark.parametrize(("life", "is_well"), [(WEEK, False), (WEEK + timedelta(hours=1), True)])
    def test_an_end_within_a_week_is_told_with_its_day(self, sandbox: Sandbox, life: timedelta, is_well: bool) -> None:
        bad = self.bad(self.page(sandbox, seconds=int(life.total_seconds())))
        assert [one.what for one in bad] == ([] if is_well else ["Hạn dùng của mã truy cập"])
        assert is_well or "30/11/2026" in bad[0].words

    def test_a_dead_token_is_an_error(self, sandbox: Sandbox) -> None:
        page = self.page(sandbox, seconds=60)
        sandbox.at(NOW + timedelta(minutes=2))
        with pytest.raises(Reconnect):
            page.health(now=NOW + timedelta(minutes=2))

    def test_without_the_app_secret_only_the_page_can_be_read(self, sandbox: Sandbox) -> None:
        page = self.connect(sandbox)
        settings = self.settings(sandbox).model_copy(update={"app_secret": SecretStr("")})
        [bad] = self.bad(FacebookPage(settings, page.account, page.credentials, self.http))
        assert (bad.what, bad.blocks) == ("Khóa bí mật của ứng dụng", False)

    @pytest.mark.parametrize("wrong", [{"app_id": "5"}, {"app_secret": SecretStr("wrong")}])
    def test_a_wrong_app_is_a_fault_of_the_configuration(self, sandbox: Sandbox, wrong: dict[str, Any]) -> None:
        page = self.connect(sandbox)
        settings = self.settings(sandbox).model_copy(update=wrong)
        with pytest.raises(Misconfigured, match="app secret"):
            FacebookPage(settings, page.account, page.credentials, self.http).health(now=NOW)

    def test_another_version_than_the_pinned_one_is_told(self, sandbox: Sandbox) -> None:
        sandbox.fault("facebook", "served_version", times=9, values={"version": "v25.0"})
        page = self.connect(sandbox)
        sandbox.fault("facebook", "served_version", times=9, values={"version": "v25.0"})
        [bad] = self.bad(page)
        assert bad.what == "Phiên bản Graph API" and "v25.0" in bad.words


@pytest.mark.parametrize(
    ("pinned", "at", "words"),
    [
        ("v26.0", "2027-12-01", ""),
        ("v25.0", "2026-11-23", ""),
        ("v21.0", "2026-11-23", "21/01/2027"),
        ("v21.0", "2027-01-21", "đã hết hạn"),
        ("v20.0", "2026-11-23", "đã hết hạn"),
        ("v27.0", "2026-11-23", "không biết"),
    ],
)
def test_a_pin_near_its_end_or_past_it_or_unknown_is_told(pinned: str, at: str, words: str) -> None:
    [found] = versions.look_at(pinned, pinned, datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found.ok is (words == "")
    assert words in found.words
