"""Channels and their tokens: who refreshes, who stops what, and who may open it again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from connectors import connector_class
from connectors.base import Connector, Credentials
from connectors.errors import Limited, Misconfigured, Reconnect, Unavailable, Unconfirmed
from scheduler.access import Access
from scheduler.channels import (
    BLOCKED,
    CONNECTED,
    OFF,
    RECONNECT,
    find_channel,
    open_channel,
    stop_channel,
    store_credentials,
)
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.sweep import sweep
from scheduler.tables import Channel, Credential, PublicationEvent, TokenRefresh
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, House, Running
from tests.scheduler.test_publishing import PUBLIC_CALL, suited


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    return running.connect("facebook")


# Tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", ["zalo", "youtube"])
def test_a_token_the_platform_will_not_take_is_refreshed_once_and_then_a_person_is_asked(
    running: Running, platform: str
) -> None:
    channel = running.connect(platform)
    row = running.queue(suited(running, platform), channel)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    before = refreshes(running)
    running.sandbox.fault(platform, "expired_token", times=200, effect=False, **PUBLIC_CALL[platform])
    running.pass_time(NOW + HOUR + timedelta(minutes=30))
    assert len(refreshes(running)) - len(before) == 1
    with reading(running.engine) as session:
        assert find_channel(session, channel.key).state == RECONNECT
    assert running.load(row.id).state == State.RETRY_WAIT


def test_a_refresh_that_fails_for_the_networks_sake_is_tried_again_without_a_person(running: Running) -> None:
    oa = running.connect("zalo")
    row = running.queue(suited(running, "zalo"), oa)
    running.sandbox.fault("zalo", "expired_token", path="/v2.0/article/.*")
    running.sandbox.fault("zalo", "status", path="/v4/oa/access_token", effect=False, values={"status": 503})
    running.pass_time(NOW + 2 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED


def refreshes(running: Running) -> list[str]:
    with reading(running.engine) as session:
        return [one.outcome for one in session.exec(select(TokenRefresh).order_by(col(TokenRefresh.id)))]


def test_a_person_who_connects_anew_wins_over_a_refresh_under_way(running: Running) -> None:
    oa = running.connect("zalo")
    vault = running.service.vault
    settings, session_of = running.service.platforms.settings, running.service.platforms.session

    class Slow:
        capabilities = connector_class("zalo").capabilities

        def refresh(self, *, now: Any) -> Credentials:
            with writing(running.engine) as session:
                store_credentials(session, vault, oa.id or 0, Credentials({"access_token": "PERSON"}), now=NOW)
            return Credentials({"access_token": "OLD LINE"})

    class SlowPlatforms(type(running.service.platforms)):  # type: ignore[misc]  # a stand-in for one platform's slowness
        def open(self, channel: Channel, credentials: Credentials) -> Connector:
            return Slow()  # type: ignore[return-value]  # only refresh is asked of it

    access = Access(running.engine, vault, SlowPlatforms(settings, session_of))
    access.refresh_now(oa, now=NOW)
    assert access._load(oa)[0].values["access_token"] == "PERSON"
    assert refreshes(running) == ["superseded"]


def test_a_try_that_was_given_up_stays_so_however_late_its_answer_comes(running: Running) -> None:
    oa = running.connect("zalo")
    access = Access(running.engine, running.service.vault, running.service.platforms)
    with writing(running.engine) as session:
        row = TokenRefresh(
            channel_id=oa.id or 0, credential_version=1, started_at=NOW, finished_at=NOW, outcome="unknown"
        )
        session.add(row)
        session.flush()
        number = row.id or 0
    access._end_refresh(number, "done", "", now=NOW + timedelta(hours=2))
    assert refreshes(running) == ["unknown"], "the audit log has sealed it"


# A lost answer of a refresh that rotates (zalo 1.8) -----------------------------------------------------

TOKENS, OLD_TOKEN = "/v4/oa/access_token", "/v2.0/oa/getoa"


def asked_for(running: Running, since: int) -> list[str]:
    """The token endpoint and the probe, in the order they were asked."""
    paths = [one["path"] for one in running.sandbox.requests("zalo")[since:]]
    return [path for path in paths if path in (TOKENS, OLD_TOKEN)]


def lost(running: Running, *, effect: bool, times: int = 1) -> int:
    """Order lost answers at the token endpoint; how many requests there were before."""
    running.sandbox.fault("zalo", "hang_up", path=TOKENS, effect=effect, times=times)
    return len(running.sandbox.requests("zalo"))


def test_after_a_lost_refresh_the_old_token_is_asked_and_the_refresh_is_tried_once_more(running: Running) -> None:
    oa = running.connect("zalo")
    before = lost(running, effect=False)
    assert running.service.access.refresh_now(oa, now=NOW)
    assert asked_for(running, before) == [TOKENS, OLD_TOKEN, TOKENS]
    assert refreshes(running) == ["unknown", "done"]
    assert running.service.access.connector(oa, now=NOW).health(now=NOW) is not None


@pytest.mark.parametrize(
    ("consumed", "outcome"), [({"kind": "no_body"}, "unknown"), ({"kind": "consumed_reply"}, "refused")]
)
def test_a_pair_that_was_rotated_and_lost_is_a_persons_after_one_more_try_and_is_not_asked_for_again(
    running: Running, consumed: dict[str, Any], outcome: str
) -> None:
    oa = running.connect("zalo")
    before = lost(running, effect=True)
    running.sandbox.fault("zalo", path=TOKENS, **consumed)  # an empty body is what Zalo's own answer is, too
    for _ in range(3):
        with pytest.raises(Reconnect, match="kết nối lại"):
            running.service.access.refresh_now(oa, now=NOW)
    assert asked_for(running, before)[:3] == [TOKENS, OLD_TOKEN, TOKENS]
    assert asked_for(running, before).count(TOKENS) == 2
    assert refreshes(running)[:2] == ["unknown", outcome]


@pytest.mark.parametrize("effect", [True, False])
def test_an_empty_answer_to_a_refresh_takes_one_confirmation(running: Running, effect: bool) -> None:
    oa, access = running.connect("zalo"), running.service.access
    before = len(running.sandbox.requests("zalo"))
    running.sandbox.fault("zalo", "no_body", path=TOKENS, effect=effect)
    if effect:
        with pytest.raises(Reconnect, match="kết nối lại"):
            access.refresh_now(oa, now=NOW)
    else:
        assert access.refresh_now(oa, now=NOW), "the pair lived"
    assert asked_for(running, before) == [TOKENS, OLD_TOKEN, TOKENS]


def test_two_lost_answers_and_a_dead_old_token_are_a_persons_at_once(running: Running) -> None:
    oa = running.connect("zalo")
    before = lost(running, effect=True, times=2)
    with pytest.raises(Reconnect, match="kết nối lại"):
        running.service.access.refresh_now(oa, now=NOW)
    assert asked_for(running, before) == [TOKENS, OLD_TOKEN, TOKENS]


@pytest.mark.parametrize("code", [-14004, -14999])
def test_a_refusal_for_another_reason_says_nothing_about_the_pair(running: Running, code: int) -> None:
    oa, access = running.connect("zalo"), running.service.access
    refusal = {"error": code, "error_name": "refused"}
    running.sandbox.fault("zalo", "error", path=TOKENS, times=3, values=refusal)
    for _ in range(3):
        with pytest.raises(Misconfigured):
            access.refresh_now(oa, now=NOW)
    before = len(running.sandbox.requests("zalo"))
    assert access.refresh_now(oa, now=NOW)
    assert asked_for(running, before) == [TOKENS]


def test_a_question_that_was_refused_for_its_frequency_is_no_lost_refresh(running: Running) -> None:
    oa, access = running.connect("zalo"), running.service.access
    before = lost(running, effect=False)
    running.sandbox.fault("zalo", "rate_limit", path=OLD_TOKEN)
    with pytest.raises(Limited):
        access.refresh_now(oa, now=NOW)
    later = NOW + timedelta(minutes=2)
    running.sandbox.at(later)
    assert access.refresh_now(oa, now=later)
    assert asked_for(running, before) == [TOKENS, OLD_TOKEN, OLD_TOKEN, TOKENS]


def test_a_refresh_is_never_tried_a_third_time_for_the_same_pair(running: Running) -> None:
    oa, access = running.connect("zalo"), running.service.access
    before = lost(running, effect=False, times=9)
    with pytest.raises(Unconfirmed):
        access.refresh_now(oa, now=NOW)
    for _ in range(4):
        with pytest.raises(Unavailable, match="hãy kết nối lại"):
            access.refresh_now(oa, now=NOW)
    assert asked_for(running, before).count(TOKENS) == 2
    due = NOW + timedelta(hours=13)
    running.sandbox.at(due)
    assert access.connector(oa, now=due) is not None, "the old token lives on for its 25 hours"
    dead = NOW + timedelta(hours=26)
    running.sandbox.at(dead)
    with pytest.raises(Reconnect, match="kết nối lại"):
        access.refresh_now(oa, now=dead)
    assert asked_for(running, before).count(TOKENS) == 2


def test_a_refresh_whose_process_died_is_looked_at_before_the_next_one(running: Running) -> None:
    oa, access = running.connect("zalo"), running.service.access
    with writing(running.engine) as session:
        started = NOW - timedelta(minutes=10)
        session.add(TokenRefresh(channel_id=oa.id or 0, credential_version=1, started_at=started))
    before = len(running.sandbox.requests("zalo"))
    assert access.refresh_now(oa, now=NOW)
    assert asked_for(running, before) == [OLD_TOKEN, TOKENS]


def test_one_secret_that_cannot_be_opened_does_not_keep_the_others_from_being_refreshed(running: Running) -> None:
    broken, sound = running.connect("zalo"), running.connect("youtube")
    with writing(running.engine) as session:
        for channel in (broken, sound):
            row = session.get_one(Credential, channel.id)
            row.secret = b"rubbish" if channel is broken else row.secret
            row.refresh_at = NOW
            session.add(row)
    running.clock.set(NOW + HOUR)
    running.sandbox.at(NOW + HOUR)
    words = running.service.refresh_tokens()
    assert words.startswith("Làm mới 1 mã truy cập. zalo: Không mở được mã truy cập đã lưu")


def test_a_secret_that_cannot_be_opened_is_told_in_words_and_uses_up_no_try(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    with writing(running.engine) as session:
        secret = session.get_one(Credential, page.id)
        secret.secret = b"rubbish"
        session.add(secret)
    running.pass_time(NOW + HOUR)
    waiting = running.load(row.id)
    assert (waiting.state, waiting.attempts) == (State.RETRY_WAIT, 0)
    assert "khôi phục đúng tệp khóa" in waiting.problem


# Channels that stop -----------------------------------------------------------------------------------


def channel_now(engine: Engine, channel: Channel) -> Channel:
    with reading(engine) as session:
        return session.get_one(Channel, channel.id)


def test_a_short_limit_does_not_end_a_long_block(engine: Engine) -> None:
    channel = House(engine).channel()
    for state, until in ((BLOCKED, NOW + timedelta(days=1)), ("", NOW + timedelta(minutes=5))):
        with writing(engine) as session:
            stop_channel(session, channel.id or 0, state, "chờ", until)
    sweep(engine, now=NOW + timedelta(minutes=6))
    assert channel_now(engine, channel).state == BLOCKED
    sweep(engine, now=NOW + timedelta(days=2))
    assert channel_now(engine, channel).state == CONNECTED


@pytest.mark.parametrize("state", [OFF, RECONNECT])
def test_what_only_a_person_may_open_is_not_opened_by_the_clock(engine: Engine, state: str) -> None:
    channel = House(engine).channel(state=state)
    with writing(engine) as session:
        stop_channel(session, channel.id or 0, BLOCKED, "khóa", NOW + timedelta(hours=1))
    sweep(engine, now=NOW + timedelta(days=2))
    assert channel_now(engine, channel).state == state


def test_the_words_about_a_limit_go_when_the_limit_is_over(engine: Engine) -> None:
    channel = House(engine).channel()
    with writing(engine) as session:
        stop_channel(session, channel.id or 0, "", "Hết lượt gọi.", NOW + timedelta(minutes=5))
    assert channel_now(engine, channel).state_words == "Hết lượt gọi."
    sweep(engine, now=NOW + timedelta(minutes=6))
    assert (channel_now(engine, channel).state_words, channel_now(engine, channel).not_before) == ("", None)


def test_a_person_opens_a_channel_at_once(engine: Engine) -> None:
    channel = House(engine).channel(state=RECONNECT, not_before=NOW + timedelta(days=1))
    with writing(engine) as session:
        open_channel(session, channel.id or 0)
    assert (channel_now(engine, channel).state, channel_now(engine, channel).not_before) == (CONNECTED, None)


# Nothing is late without a word --------------------------------------------------------------------------


def test_what_waits_for_a_stopped_channel_says_so_and_its_history_says_why_it_was_late(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(late_rule="any_time"), page)
    with writing(running.engine) as session:
        stop_channel(session, page.id or 0, BLOCKED, "Facebook đang chặn Fanpage.", NOW + 3 * HOUR)
    running.pass_time(NOW + HOUR)
    assert "Facebook đang chặn Fanpage." in running.load(row.id).problem
    running.pass_time(NOW + 3 * HOUR)
    done = running.load(row.id)
    assert (done.state, done.problem) == (State.PUBLISHED, "")
    [words] = [one for one in words_of(running, row.id) if "Đăng muộn" in one]
    assert "120 phút" in words and "Facebook đang chặn Fanpage." in words


def test_what_was_missed_on_a_stopped_channel_says_what_it_had_waited_for(running: Running) -> None:
    page = running.connect("facebook")
    row = running.queue(running.post(late_rule="expire", late_minutes=60), page)
    with writing(running.engine) as session:
        stop_channel(session, page.id or 0, RECONNECT, "Mã truy cập đã hết hạn.", None)
    running.pass_time(NOW + 3 * HOUR)
    missed = running.load(row.id)
    assert missed.state == State.MISSED
    assert "Mã truy cập đã hết hạn." in missed.problem


def words_of(running: Running, number: int | None) -> list[str]:
    with reading(running.engine) as session:
        return list(session.exec(select(PublicationEvent.words).where(PublicationEvent.publication_id == number)).all())
