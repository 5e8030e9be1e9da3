"""`cchc channels …`, `collect` and `summary`: what works, what does not and what to do; figures flow back."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from connectors import CONNECTORS, connector_class
from connectors.base import Capabilities, Finding, Metric
from connectors.errors import Blocked, ConnectorError, Misconfigured, Unavailable
from connectors.facebook import FacebookPage
from reports.abilities import about_platform
from reports.phrases import METRIC_WORDS
from tests.cli.conftest import Browser, Cchc
from tests.conftest import LAN, Sandbox

SOON = "31/12/2030 07:30"

WORKS = Finding("Mã truy cập", True, "còn hiệu lực đến 31/12/2030")
LACKS = Finding("Quyền đọc số liệu", False, "chưa được cấp nên một số số liệu để trống", "Cấp thêm quyền")
STOPS = Finding("Gói dịch vụ", False, "đã hết hạn ngày 01/11/2026", "Mua lại gói", blocks=True)


class Telling(FacebookPage):
    """A Page that tells what a test wants, after it was asked for real."""

    capabilities: ClassVar[Capabilities] = connector_class("facebook").capabilities
    tells: ClassVar[list[Finding] | Exception] = []

    def health(self, *, now: datetime) -> list[Finding]:
        super().health(now=now)
        return self._told()

    def prove(self, option: str, *, now: datetime) -> list[Finding]:
        super().health(now=now)
        return self._told()

    def _told(self) -> list[Finding]:
        if isinstance(self.tells, Exception):
            raise self.tells
        return self.tells


@pytest.fixture
def telling(fanpage: Cchc, monkeypatch: pytest.MonkeyPatch) -> Cchc:
    """The connected Page, one of whose options has to be proved."""
    limits = replace(Telling.capabilities, proven_options=frozenset({"hidden_first"}))
    monkeypatch.setattr(Telling, "capabilities", limits)
    monkeypatch.setitem(CONNECTORS, "facebook", f"{__name__}:Telling")
    return fanpage


def tell(monkeypatch: pytest.MonkeyPatch, *findings: Finding, error: Exception | None = None) -> None:
    monkeypatch.setattr(Telling, "tells", error or list(findings))


def row(cchc: Cchc, columns: str) -> tuple[Any, ...]:
    """The fanpage as it is kept."""
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection:
        found: tuple[Any, ...] = connection.execute(f"SELECT {columns} FROM channel WHERE key = 'fanpage'").fetchone()
    return found


def put(cchc: Cchc, column: str, value: str) -> None:
    with closing(sqlite3.connect(cchc.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute(f"UPDATE channel SET {column} = ? WHERE key = 'fanpage'", (value,))


# Checking ----------------------------------------------------------------------------------------------


def test_each_finding_is_told_with_its_mark_and_the_step_to_take(
    telling: Cchc, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, WORKS, LACKS)
    out = telling.ok("channels", "check")
    assert "fanpage: dùng được, kiểm tra lúc" in out
    assert "✓ Mã truy cập: còn hiệu lực đến 31/12/2030" in out
    assert "! Quyền đọc số liệu: chưa được cấp" in out and "→ Cấp thêm quyền" in out
    tell(monkeypatch, WORKS, STOPS)
    told = telling("channels", "check")
    assert "chưa dùng được: fanpage;" in told.sentence and "fanpage: CHƯA dùng được" in told.out
    assert "✗ Gói dịch vụ: đã hết hạn ngày 01/11/2026" in told.out and "→ Mua lại gói" in told.out


def test_a_script_reads_one_line_of_json(telling: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, LACKS, STOPS)
    told = telling("channels", "check", "--json")
    facts = json.loads(told.out)
    assert told.code == 1 and facts["ok"] is False
    assert datetime.fromisoformat(facts["checked_at"]).tzinfo is not None
    [channel] = facts["channels"]
    assert (channel["key"], channel["platform"], channel["state"], channel["ok"]) == (
        "fanpage", "facebook", "connected", False,
    )  # fmt: skip
    assert channel["findings"][1] == {
        "what": STOPS.what, "ok": False, "words": STOPS.words, "step": STOPS.step, "blocks": True,
    }  # fmt: skip
    tell(monkeypatch, WORKS)
    assert json.loads(telling.ok("channels", "check", "--json"))["ok"] is True


def test_a_channel_that_needs_pictures_by_address_says_when_there_is_none(online: Cchc, sandbox: Sandbox) -> None:
    told = online("connect", "zalo", "--key", "oa", input=Browser(sandbox.http), CCHC_MEDIA_URL="").out
    assert "oa: CHƯA dùng được" in told and "CCHC_MEDIA_URL" in told
    assert "oa: dùng được" in online.ok("channels", "check")


def test_the_daily_look_stops_a_dead_channel_and_notes_what_will_go_wrong(
    telling: Cchc, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(monkeypatch, WORKS, LACKS)
    assert "kiểm tra kênh" in telling.ok("tick", "--now", "31/12/2030 05:31")
    assert "Quyền đọc số liệu: chưa được cấp" in telling.ok("status")
    tell(monkeypatch, WORKS)
    telling.ok("tick", "--now", "01/01/2031 05:31")
    assert row(telling, "state, state_words") == ("connected", "")
    tell(monkeypatch, error=Misconfigured("Thiếu quyền đăng bài."))
    telling.ok("tick", "--now", "02/01/2031 05:31")
    assert row(telling, "state, state_words") == ("misconfigured", "Thiếu quyền đăng bài.")


def test_what_is_left_of_each_limit_is_told(fanpage: Cchc) -> None:
    assert "✓ Hạn mức: còn 30/30 thước phim (reel) trong 24 giờ." in fanpage.ok("channels", "check")
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as database, database:
        database.execute(
            "INSERT INTO spending (scope, budget, at, units) SELECT 'channel:' || id, 'reels', ?, 30 FROM channel",
            [datetime.now(UTC).isoformat(" ")],
        )
    assert "! Hạn mức: còn 0/30" in fanpage.ok("channels", "check")


def test_a_dead_access_is_told_and_the_channel_opens_again_when_it_is_renewed(fanpage: Cchc, sandbox: Sandbox) -> None:
    sandbox.fault("facebook", "expired_token", times=5)
    told = fanpage("channels", "check", "fanpage")
    assert "chưa dùng được" in told.sentence and "✗" in told.out
    assert "cchc connect facebook --key fanpage" in told.out
    assert "Cần kết nối lại" in fanpage.ok("channels", "list", COLUMNS="200")
    sandbox._ask("DELETE", "facebook", "faults")
    fanpage.ok("connect", "facebook", "--key", "fanpage", input=Browser(sandbox.http))
    assert "Đang hoạt động" in fanpage.ok("channels", "list", COLUMNS="200")


def test_an_access_token_that_a_refresh_revives_is_no_trouble(online: Cchc, sandbox: Sandbox) -> None:
    online.ok("connect", "youtube", "--key", "tube", input=Browser(sandbox.http))
    sandbox.fault("youtube", "expired_token")
    assert "tube: dùng được" in online.ok("channels", "check")


@pytest.mark.parametrize("state", ["reconnect", "misconfigured"])
def test_a_stopped_channel_is_opened_only_when_nothing_blocks(
    telling: Cchc, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    put(telling, "state", state)
    tell(monkeypatch, STOPS)
    assert telling("channels", "check").code == 1
    assert row(telling, "state") == (state,)
    tell(monkeypatch, LACKS)
    telling.ok("channels", "check")
    assert row(telling, "state") == ("connected",)


def test_what_is_set_up_wrongly_is_told_with_both_ways_out(telling: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, error=Misconfigured("Thiếu quyền đăng bài.", code="200"))
    told = telling("channels", "check")
    assert told.code == 1 and "✗ Quyền truy cập: Thiếu quyền đăng bài. [200]" in told.out
    assert all(way in told.out for way in ("CCHC_FACEBOOK__", "cchc connect facebook", "cchc channels check fanpage"))
    assert row(telling, "state, state_words") == ("misconfigured", "Thiếu quyền đăng bài.")


def test_a_platform_that_cannot_be_reached_stops_nothing(fanpage: Cchc) -> None:
    told = fanpage("channels", "check", CCHC_FACEBOOK__GRAPH_URL="http://127.0.0.1:9")
    assert "fanpage" in told.sentence and "Kiểm tra đường truyền" in told.out
    assert row(fanpage, "state, state_words, not_before") == ("connected", "", None)


def test_a_block_stops_the_channel_until_its_end(telling: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, error=Blocked("Trang bị tạm khóa.", until=datetime(2099, 12, 31, tzinfo=UTC)))
    told = telling("channels", "check")
    assert told.code == 1 and "Chờ đến 07:00 ngày 31/12/2099" in told.out
    assert row(telling, "state")[0] == "blocked" and str(row(telling, "not_before")[0]).startswith("2099-12-31")


def test_a_channel_that_waits_or_is_off_says_so_although_its_access_works(fanpage: Cchc) -> None:
    put(fanpage, "not_before", "2099-12-31 00:00:00.000000")
    put(fanpage, "state_words", "Hết lượt gọi trong giờ.")
    out = fanpage.ok("channels", "check")
    assert "! Trạng thái: Kênh tạm dừng đến 07:00 ngày 31/12/2099. Hết lượt gọi trong giờ." in out
    put(fanpage, "state", "off")
    assert "chưa có kênh nào" in fanpage("channels", "check").sentence.casefold()
    assert "! Trạng thái: Đã tắt" in fanpage.ok("channels", "check", "fanpage")
    assert row(fanpage, "state") == ("off",)


def test_one_secret_that_cannot_be_opened_does_not_keep_the_others_from_being_checked(
    fanpage: Cchc, sandbox: Sandbox
) -> None:
    fanpage.ok("connect", "youtube", "--key", "tube", input=Browser(sandbox.http))
    with closing(sqlite3.connect(fanpage.folder / "data" / "cchc.sqlite3")) as connection, connection:
        connection.execute("UPDATE credential SET secret = x'00' WHERE channel_id = 1")
    told = fanpage("channels", "check")
    assert "fanpage: CHƯA dùng được" in told.out and "tube: dùng được" in told.out
    assert "cchc connect facebook --key fanpage" in told.out


# Proving -----------------------------------------------------------------------------------------------

PROVE = ("channels", "prove", "fanpage", "hidden_first")


def test_an_option_is_proved_after_a_person_agreed(telling: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, WORKS)
    out = telling.ok(*PROVE, input="Có\n")
    assert "công chúng có thể nhìn thấy bài thử" in out and f"✓ {WORKS.what}" in out
    proof = json.loads(row(telling, "proofs")[0])["hidden_first"]
    assert datetime.fromisoformat(proof["at"]).tzinfo is not None
    assert proof["found"] == [f"{WORKS.what}: {WORKS.words}"]


def test_a_page_proves_it_for_real_and_nothing_stays_behind(fanpage: Cchc, sandbox: Sandbox) -> None:
    out = fanpage.ok(*PROVE, input="có\n")
    assert "✓" in out and "✗" not in out and "Đã kiểm chứng" in out
    assert list(json.loads(row(fanpage, "proofs")[0])) == ["hidden_first"]
    assert sandbox.public("facebook") == []


def test_what_was_not_all_well_is_told_and_proves_nothing(telling: Cchc, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, WORKS, LACKS)
    told = telling(*PROVE, input="có\n")
    assert "không qua được kiểm chứng" in told.sentence and f"! {LACKS.what}" in told.out
    assert row(telling, "proofs") == ("{}",)


@pytest.mark.parametrize("typed", ["", "\n", "không\n", "n\n"])
def test_nothing_is_tried_out_when_nobody_agrees(
    telling: Cchc, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    tell(monkeypatch, WORKS)
    before = len(sandbox.requests("facebook"))
    assert "chưa được đồng ý" in telling(*PROVE, input=typed).sentence
    assert len(sandbox.requests("facebook")) == before
    assert row(telling, "proofs") == ("{}",)


@pytest.mark.parametrize("error", [Unavailable("Nền tảng chưa trả lời."), ConnectorError("Lạ.", code="1")])
def test_a_try_that_breaks_off_says_what_to_look_at(
    telling: Cchc, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    tell(monkeypatch, error=error)
    sentence = telling(*PROVE, input="có\n").sentence
    assert str(error).rstrip(".") in sentence and "còn bài thử" in sentence
    assert row(telling, "proofs") == ("{}",)


def test_only_what_has_to_be_proved_is_tried_out(telling: Cchc, sandbox: Sandbox) -> None:
    assert "hidden_first" in telling("channels", "prove", "fanpage", "reel", input="có\n").sentence
    telling.ok("connect", "zalo", "--key", "oa", input=Browser(sandbox.http))
    assert "không phải lựa chọn cần kiểm chứng" in telling("channels", "prove", "oa", "x", input="có\n").sentence


@pytest.mark.parametrize(("column", "value"), [("state", "reconnect"), ("not_before", "2099-12-31 00:00:00.000000")])
def test_nothing_is_tried_out_on_a_channel_that_is_stopped(telling: Cchc, column: str, value: str) -> None:
    put(telling, column, value)
    told = telling(*PROVE, input="có\n")
    assert "đang dừng" in told.sentence and "đồng ý" not in told.out


# The rest ----------------------------------------------------------------------------------------------


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
    assert "cchc connect" in office("channels", "check").sentence
    assert "khong-co" in office("channels", "check", "khong-co").sentence


def test_every_metric_has_its_words() -> None:
    assert set(METRIC_WORDS) == set(Metric)


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
