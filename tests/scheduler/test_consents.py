"""Consents over the sandbox: what is kept, what is refused, and what becomes of the account that was chosen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine
from sqlmodel import select

from cli.when import parse_slots
from connectors import CONNECTORS, connector_class
from connectors.base import Finding
from connectors.errors import Misconfigured
from scheduler.channels import ChannelError, find_channel
from scheduler.consents import LIFETIME, Begun, Consents, Offer, Wish, keep_proof, usual_slots
from scheduler.db import reading, writing
from scheduler.tables import Channel, Credential, PendingConsent, Slot
from scheduler.vault import Vault
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import House, Running

BACK = "http://127.0.0.1:8765/cchc/callback"
EXCHANGE = {"facebook": "/v26.0/oauth/access_token", "zalo": "/v4/oa/access_token", "youtube": "/token"}
REFUSAL = {"facebook": "refuse_consent", "youtube": "access_denied"}
"""The imitated Zalo has no refusal: its form is not known."""

ALL = pytest.mark.parametrize("platform", list(CONNECTORS))


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path)
    yield house
    house.close()


def consents_of(running: Running) -> Consents:
    """Made anew each time, as in another process."""
    return Consents(running.engine, running.service.vault, running.service.platforms)


def begin(running: Running, platform: str = "facebook", wish: Wish | None = None) -> Begun:
    now = running.clock.now()
    return consents_of(running).begin(platform, wish or Wish(platform), redirect_uri=BACK, now=now)


def allow(running: Running, begun: Begun) -> dict[str, str]:
    """What comes back after an administrator opened the address and decided."""
    landed = running.http.get(begun.url, allow_redirects=False, timeout=10).headers["Location"]
    assert landed.startswith(BACK)
    return dict(parse_qsl(urlsplit(landed).query))


def finish(running: Running, begun: Begun, answer: dict[str, str] | None = None) -> Offer:
    answer = allow(running, begun) if answer is None else answer
    return consents_of(running).finish(begun.state, answer, now=running.clock.now())


def save(running: Running, offer: Offer) -> Channel:
    return consents_of(running).save(offer, offer.accounts[0].external_id, now=running.clock.now())


def pending(running: Running) -> list[PendingConsent]:
    with reading(running.engine) as session:
        return list(session.exec(select(PendingConsent)).all())


def exchanges(running: Running, platform: str) -> int:
    return sum(request["path"] == EXCHANGE[platform] for request in running.sandbox.requests(platform))


def posting_times(running: Running, channel: Channel) -> set[tuple[int, int]]:
    with reading(running.engine) as session:
        return {(slot.weekday, slot.minute) for slot in session.exec(select(Slot).where(Slot.channel_id == channel.id))}


# The whole way -----------------------------------------------------------------------------------------


@ALL
def test_an_answer_becomes_a_channel_whoever_takes_it(running: Running, platform: str) -> None:
    offer = finish(running, begin(running, platform, Wish("kenh", agency="so-noi-vu", slots={0: [450]})))
    channel = save(running, offer)
    assert (channel.key, channel.agency, channel.platform) == ("kenh", "so-noi-vu", platform)
    assert posting_times(running, channel) == {(0, 450)}
    assert pending(running) == []
    connector = running.service.access.connector(channel, now=running.clock.now())
    connector.health(now=running.clock.now())


@ALL
def test_no_secret_stands_in_the_row_the_offer_or_its_errors(running: Running, platform: str) -> None:
    begun = begin(running, platform)
    [row] = pending(running)
    verifier = running.service.vault.open(0, row.secret).values["verifier"]
    answer = allow(running, begun)
    offer = finish(running, begun, answer)
    told = repr(row) + repr(begun) + repr(offer)
    with pytest.raises(ChannelError) as refused:
        finish(running, begun, answer)
    kept = offer.connected[0].credentials.values
    assert len(verifier) >= 43
    for secret in (verifier, answer["code"], *(value for name, value in kept.items() if name.endswith("token"))):
        assert secret not in told + str(refused.value)


def test_a_channel_begins_with_the_usual_times_and_keeps_its_own_when_it_is_renewed(running: Running) -> None:
    channel = save(running, finish(running, begin(running)))
    usual = posting_times(running, channel)
    assert usual == {(day, minute) for day, minutes in usual_slots("facebook").items() for minute in minutes}
    save(running, finish(running, begin(running, wish=Wish("facebook", slots={5: [555]}))))
    save(running, finish(running, begin(running)))
    assert posting_times(running, channel) == {(5, 555)}


@ALL
def test_the_usual_times_are_read_as_the_command_line_reads_them(platform: str) -> None:
    read = parse_slots(list(connector_class(platform).capabilities.usual_slots))
    assert usual_slots(platform) == {day: list(minutes) for day, minutes in read.items()}


@ALL
def test_pasted_tokens_are_offered_like_a_consent(running: Running, platform: str) -> None:
    channel = save(running, finish(running, begin(running, platform)))
    with reading(running.engine) as session:
        values = running.service.vault.open(channel.id or 0, session.get_one(Credential, channel.id).secret).values
    offer = consents_of(running).adopt(platform, values, Wish(platform), now=running.clock.now())
    assert [account.external_id for account in offer.accounts] == [channel.external_id]
    assert save(running, offer).id == channel.id


# The exchange ------------------------------------------------------------------------------------------


@ALL
def test_the_exchange_is_made_with_no_transaction_open_and_the_row_already_gone(
    running: Running, platform: str
) -> None:
    begun, seen = begin(running, platform), []

    def look(*_answer: Any, **_facts: Any) -> None:
        seen.append((running.engine.pool.checkedout(), pending(running)))  # type: ignore[attr-defined]  # a QueuePool

    answer = allow(running, begun)
    running.http.hooks["response"].append(look)
    finish(running, begun, answer)
    assert seen and all(one == (0, []) for one in seen)


@ALL
def test_an_answer_is_good_for_one_exchange(running: Running, platform: str) -> None:
    begun = begin(running, platform)
    answer = allow(running, begun)
    finish(running, begun, answer)
    before = exchanges(running, platform)
    with pytest.raises(ChannelError, match="đã được dùng rồi hoặc đã quá 15 phút; hãy kết nối lại"):
        finish(running, begun, answer)
    assert exchanges(running, platform) == before


def test_of_two_answers_at_once_one_is_exchanged(running: Running) -> None:
    begun = begin(running)
    answer = allow(running, begun)

    def attempt(_number: int) -> str:
        try:
            return type(finish(running, begun, answer)).__name__
        except ChannelError as error:
            return type(error).__name__

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, range(4)))
    assert outcomes == ["ChannelError"] * 3 + ["Offer"]


@pytest.mark.parametrize("platform", REFUSAL)
def test_a_person_who_does_not_allow_is_told_and_the_consent_is_over(running: Running, platform: str) -> None:
    begun = begin(running, platform)
    running.sandbox.fault(platform, REFUSAL[platform])
    with pytest.raises(Misconfigured, match="hãy"):
        finish(running, begun)
    assert pending(running) == [] and exchanges(running, platform) == 0


@ALL
@pytest.mark.parametrize("effect", [True, False])
def test_an_exchange_without_an_answer_promises_nothing_and_names_the_way_out(
    running: Running, platform: str, effect: bool
) -> None:
    begun = begin(running, platform)
    answer = allow(running, begun)
    running.sandbox.fault(platform, "hang_up", path=EXCHANGE[platform], effect=effect)
    with pytest.raises(ChannelError, match="kết nối lại từ đầu") as told:
        finish(running, begun, answer)
    assert "tự thử lại" not in str(told.value) and answer["code"] not in str(told.value)


# What is refused ---------------------------------------------------------------------------------------


def test_a_consent_of_a_quarter_of_an_hour_is_too_old(running: Running) -> None:
    begun = begin(running)
    answer = allow(running, begun)
    running.clock.set(NOW + LIFETIME)
    with pytest.raises(ChannelError, match="quá 15 phút"):
        finish(running, begun, answer)
    assert exchanges(running, "facebook") == 0


def test_a_consent_just_younger_is_taken(running: Running) -> None:
    begun = begin(running)
    running.clock.set(NOW + LIFETIME - timedelta(seconds=1))
    assert finish(running, begun).accounts


def test_what_nobody_finished_is_forgotten_when_the_next_one_is_begun(running: Running) -> None:
    old = begin(running)
    running.clock.set(NOW + LIFETIME / 2)
    young = begin(running)
    running.clock.set(NOW + LIFETIME)
    newest = begin(running)
    assert {row.state for row in pending(running)} == {young.state, newest.state} != {old.state}


def test_an_answer_of_another_consent_is_refused_and_uses_up_neither(running: Running) -> None:
    mine, other = begin(running), begin(running)
    with pytest.raises(ChannelError, match="không khớp"):
        finish(running, mine, allow(running, other))
    with pytest.raises(ChannelError, match="không khớp"):
        finish(running, mine, {"code": "x"})
    assert exchanges(running, "facebook") == 0
    assert finish(running, mine).accounts and finish(running, other).accounts


def test_an_answer_that_nobody_asked_for_is_refused(running: Running) -> None:
    with pytest.raises(ChannelError, match="hãy kết nối lại từ đầu"):
        consents_of(running).finish("made-up", {"state": "made-up", "code": "x"}, now=NOW)


def test_a_consent_that_another_key_has_sealed_is_refused(running: Running) -> None:
    begun = begin(running)
    answer = allow(running, begun)
    stranger = Consents(running.engine, Vault([Fernet.generate_key()]), running.service.platforms)
    with pytest.raises(ChannelError, match="hãy kết nối lại từ đầu"):
        stranger.finish(begun.state, answer, now=NOW)
    assert exchanges(running, "facebook") == 0


def test_a_verifier_copied_from_another_consent_is_refused(running: Running) -> None:
    mine, other = begin(running), begin(running)
    answer = allow(running, mine)
    with writing(running.engine) as session:
        row = session.get_one(PendingConsent, mine.state)
        row.secret = session.get_one(PendingConsent, other.state).secret
        session.add(row)
    with pytest.raises(ChannelError, match="hãy kết nối lại từ đầu"):
        finish(running, mine, answer)
    assert exchanges(running, "facebook") == 0


@pytest.mark.parametrize(
    ("platform", "wish", "says"),
    [
        ("tiktok", Wish("moi"), "tiktok"),
        ("youtube", Wish("trang"), "đã dùng cho Kênh thử"),
        ("youtube", Wish("moi", options={"colour": "red"}), "colour"),
        ("youtube", Wish(" "), "để trống"),
    ],
)
def test_a_wish_that_cannot_come_true_sends_nobody_to_a_platform(
    running: Running, platform: str, wish: Wish, says: str
) -> None:
    running.channel("facebook", key="trang")
    with pytest.raises(ChannelError, match=says):
        begin(running, platform, wish)
    assert pending(running) == []


def test_a_key_means_the_account_it_has(running: Running) -> None:
    theirs = running.channel("facebook", key="trang", name="Trang của sở")
    with pytest.raises(ChannelError, match="không mở được Trang của sở"):
        finish(running, begin(running, wish=Wish("trang")))
    with reading(running.engine) as session:
        assert session.get(Credential, theirs.id) is None


def test_an_account_that_was_not_offered_is_not_saved(running: Running) -> None:
    offer = finish(running, begin(running))
    with pytest.raises(ChannelError, match=offer.accounts[0].external_id):
        consents_of(running).save(offer, "12345", now=NOW)
    with reading(running.engine) as session, pytest.raises(ChannelError):
        find_channel(session, "facebook")


def test_a_key_that_was_given_away_meanwhile_is_refused(running: Running) -> None:
    offer = finish(running, begin(running, wish=Wish("trang")))
    running.channel("facebook", key="trang")
    with pytest.raises(ChannelError, match="hãy chọn tên khác"):
        save(running, offer)


# Proofs ------------------------------------------------------------------------------------------------

GOOD, BAD = Finding("Bài thử", True, "đã hiện"), Finding("Bài thử", False, "không hiện", "gỡ bài thử")


def proved(engine: Engine, channel: Channel, *findings: Finding, option: str = "hidden_first") -> dict[str, Any]:
    with writing(engine) as session:
        keep_proof(session, channel.id or 0, option, findings, now=NOW)
    with reading(engine) as session:
        return session.get_one(Channel, channel.id).proofs


def test_a_proof_is_kept_with_its_time_and_what_was_seen(engine: Engine) -> None:
    channel = House(engine).channel(proofs={"other": {"at": "", "found": []}})
    proofs = proved(engine, channel, GOOD, GOOD)
    assert proofs == {
        "other": {"at": "", "found": []},
        "hidden_first": {"at": NOW.isoformat(), "found": ["Bài thử: đã hiện"] * 2},
    }


@pytest.mark.parametrize("findings", [(), (BAD,), (GOOD, BAD)])
def test_what_was_not_all_well_proves_nothing_and_ends_an_earlier_proof(
    engine: Engine, findings: tuple[Finding, ...]
) -> None:
    channel = House(engine).channel()
    assert proved(engine, channel, *findings) == {}
    proved(engine, channel, GOOD)
    assert proved(engine, channel, *findings) == {}
