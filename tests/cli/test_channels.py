"""`cchc channels …`, `collect` and `summary`: accounts are connected through a real consent, figures flow back."""

import pytest

from cli.channels import about_platform
from connectors import CONNECTORS
from tests.cli.conftest import Browser, Cchc, kept, tokens
from tests.conftest import LAN, Sandbox

SOON = "31/12/2030 07:30"


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_an_account_is_connected_by_pasting_the_address_it_landed_on(
    online: Cchc, sandbox: Sandbox, platform: str
) -> None:
    browser = Browser(sandbox.http)
    told = online("channels", "add", platform, "--key", "kenh", "--slot", "07:30", "--slot", "T2 19:30", input=browser)
    assert told.code == 0 and "Đã kết nối" in told.out and "“kenh”" in told.out, told
    assert not any(code in told.out + told.err for code in browser.codes), "the code was shown"
    listed = online.ok("channels", "list", COLUMNS="200")
    assert "kenh" in listed and "Đang hoạt động" in listed and "07:30" in listed and "19:30" in listed
    assert "dùng được" in online.ok("channels", "check")


def test_connecting_the_same_account_again_renews_it(fanpage: Cchc, sandbox: Sandbox) -> None:
    fanpage.ok("channels", "slots", "fanpage", "--slot", "T7 09:15")
    out = fanpage.ok("channels", "add", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    assert "“fanpage”" in out
    listed = fanpage.ok("channels", "list", COLUMNS="200")
    assert listed.count("fanpage") == 1 and "09:15" in listed, "its own posting times stay"


def test_a_key_in_use_is_refused(fanpage: Cchc, sandbox: Sandbox) -> None:
    told = fanpage("channels", "add", "youtube", "--key", "fanpage", input=Browser(sandbox.http))
    assert "fanpage" in told.sentence and "tên khác" in told.sentence
    assert "http" not in told.out, "nobody is sent through a consent in vain"
    assert "YouTube" not in fanpage.ok("channels", "list")


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("https://localhost/cchc/callback", "chép lại"),
        ("what?", "chép lại"),
        ("", "chép lại"),
        ("https://localhost/cchc/callback?code=abcdef&state=of-another-try", "không khớp"),
        ("https://localhost/cchc/callback?error=access_denied&state=of-another-try", "không khớp"),
    ],
)
def test_an_address_that_is_not_the_answer_is_refused(online: Cchc, pasted: str, says: str) -> None:
    assert says in online("channels", "add", "facebook", "--key", "fanpage", input=pasted + "\n").sentence
    assert "chưa có gì" in online.ok("channels", "list")


@pytest.mark.parametrize("platform", list(CONNECTORS))
def test_tokens_that_a_person_has_are_pasted(online: Cchc, sandbox: Sandbox, platform: str) -> None:
    online.ok("channels", "add", platform, "--key", "kenh", input=Browser(sandbox.http))
    values = kept(online)[0]
    online.secrets |= tokens(online)
    pasted = "\n".join([values.get("access_token", ""), values.get("refresh_token", ""), ""])
    assert "“kenh”" in online.ok("channels", "add", platform, "--key", "kenh", "--paste", input=pasted)
    assert "dùng được" in online.ok("channels", "check", "kenh")


def test_a_pasted_token_that_opens_nothing_is_refused(online: Cchc) -> None:
    told = online("channels", "add", "facebook", "--key", "fanpage", "--paste", input="no-such-token\n\n")
    assert told.code == 1 and "no-such-token" not in told.out + told.err
    assert "chưa có gì" in online.ok("channels", "list")


def test_pasting_nothing_is_refused(online: Cchc) -> None:
    assert "Chưa dán" in online("channels", "add", "zalo", "--key", "oa", "--paste", input="\n\n").sentence


@pytest.mark.parametrize("arguments", [("add", "tiktok", "--key", "x"), ("add", "tiktok", "--key", "x", "--paste")])
def test_an_unknown_platform_is_named(online: Cchc, arguments: tuple[str, ...]) -> None:
    sentence = online("channels", *arguments).sentence
    assert "tiktok" in sentence and all(name in sentence for name in CONNECTORS)


def test_an_app_that_is_not_configured_is_told_before_anything_is_asked(office: Cchc) -> None:
    for platform in CONNECTORS:
        assert "CCHC" in office("channels", "add", platform, "--key", "kenh").sentence, platform


@pytest.mark.parametrize("slot", ["25:00", "T9 07:30", "morning"])
def test_a_posting_time_that_is_none_is_refused_before_the_consent(online: Cchc, slot: str) -> None:
    told = online("channels", "add", "facebook", "--key", "fanpage", "--slot", slot)
    assert slot in told.sentence and "http" not in told.out


def test_an_option_that_the_platform_does_not_know_is_refused(online: Cchc, sandbox: Sandbox) -> None:
    browser = Browser(sandbox.http)
    arguments = ("channels", "add", "youtube", "--key", "tube", "--option")
    assert "colour" in online(*arguments, "colour=red", input=browser).sentence
    assert "tên=giá trị" in online(*arguments, "colour", input=browser).sentence


def test_a_dead_access_is_told_and_the_channel_opens_again_when_it_is_renewed(fanpage: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "expired_token", times=5)
    told = fanpage("channels", "check", "fanpage")
    assert "chưa dùng được" in told.sentence and "fanpage:" in told.out
    assert "Cần kết nối lại" in fanpage.ok("channels", "list", COLUMNS="200")
    sandbox._ask("DELETE", "facebook", "faults")
    fanpage.ok("channels", "add", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    assert "Đang hoạt động" in fanpage.ok("channels", "list", COLUMNS="200")


def test_the_doctor_finds_tokens_that_the_key_does_not_open(fanpage: Cchc) -> None:
    key = fanpage.folder / "data" / "cchc.key"
    assert "Không thấy vấn đề" in fanpage.ok("doctor")
    key.unlink()
    assert "Thiếu tệp khóa" in fanpage("doctor").out
    assert not key.exists(), "the doctor only looks"
    assert "cchc init --new-key" in fanpage("status").sentence
    assert not key.exists(), "no new key is made while tokens lie under the lost one"
    fanpage.ok("init", "--new-key")
    assert "tệp khóa" in fanpage("doctor").out, "a new key opens nothing old"
    key.write_text("spoiled")
    assert "không đúng dạng" in fanpage("doctor").out
    assert "không đúng dạng" in fanpage("channels", "check").sentence


def test_checking_without_a_channel_says_what_to_run(office: Cchc) -> None:
    assert "cchc channels add" in office("channels", "check").sentence
    assert "khong-co" in office("channels", "check", "khong-co").sentence


def test_about_tells_every_limit_within_80_columns(cchc: Cchc) -> None:
    out = cchc.ok("channels", "about")
    assert all(len(line) <= 80 for line in out.splitlines())
    for platform in CONNECTORS:
        one = " ".join(cchc.ok("channels", "about", platform).split())
        assert all(label in one for label in about_platform(platform))
    assert "tiktok" in cchc("channels", "about", "tiktok").sentence


# Figures -----------------------------------------------------------------------------------------------


def test_figures_are_collected_and_summed_up(fanpage: Cchc) -> None:
    assert "Đã thu" in fanpage.ok("collect")
    out = fanpage.ok("summary")
    assert out.startswith("Tuần ")
    files = [fanpage.folder / line for line in out.splitlines() if line.startswith("data/") or line.startswith("/")]
    assert files and all(file.is_file() for file in files)


def test_a_channel_whose_figures_fail_is_named(fanpage: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "expired_token", times=50)
    assert "fanpage" in fanpage("collect").sentence


@pytest.mark.parametrize("week", ["48", "2026-48", "2026-W60", "2026-W00", "W48-2026", "../2026-W48"])
def test_a_malformed_week_is_refused_and_writes_nothing(office: Cchc, week: str) -> None:
    assert "2026-W48" in office("summary", "--week", week).sentence
    assert not (office.folder / "data" / "summaries").exists()


def test_a_week_that_has_not_begun_is_refused(office: Cchc) -> None:
    assert "chưa bắt đầu" in office("summary", "--week", "2099-W01").sentence


def test_status_tells_what_needs_a_person(fanpage: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "expired_token", times=5)
    fanpage("channels", "check")
    fanpage.ok("queue", "add", "d-giay-hen", "fanpage", "--at", SOON, "--by", LAN)
    out = fanpage.ok("status")
    assert "KHÔNG chạy" in out and "Cần kết nối lại" in " ".join(out.split()) and "fanpage" in out
    assert all(len(line) <= 80 for line in out.splitlines() if not line.startswith("Dịch vụ"))
