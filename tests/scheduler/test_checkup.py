"""The daily look at the channels: what it opens, what it stops, what it tells and what it leaves alone."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.base import Credentials
from connectors.facebook.settings import PUBLISH_SCOPES
from connectors.media import MediaHost, MediaSettings
from scheduler.channels import (
    BLOCKED,
    CONNECTED,
    MISCONFIGURED,
    OFF,
    RECONNECT,
    find_channel,
    stop_channel,
    store_credentials,
)
from scheduler.checkup import look_at
from scheduler.db import reading, writing
from scheduler.tables import Channel
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, Running

OLD_WORDS = "Mã truy cập đã hết hạn."


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host)
    yield running
    running.close()


@pytest.fixture
def page(house: Running) -> Channel:
    return house.connect("facebook")


def stopped(house: Running, channel: Channel, state: str, until: datetime | None = None) -> Channel:
    with writing(house.engine) as session:
        stop_channel(session, channel.id or 0, state, OLD_WORDS, until)
    return now_of(house, channel)


def now_of(house: Running, channel: Channel) -> Channel:
    with reading(house.engine) as session:
        return find_channel(session, channel.key)


def with_scopes(house: Running, channel: Channel, *scopes: str) -> None:
    """As if an administrator had granted these permissions only."""
    body = {"type": "PAGE", "scopes": scopes}
    told = house.sandbox.http.post(f"{house.sandbox.url('facebook')}/_sandbox/tokens", json=body, timeout=10).json()
    with writing(house.engine) as session:
        store_credentials(session, house.service.vault, channel.id or 0, Credentials(told), now=NOW)


# What opens a channel, and what does not -----------------------------------------------------------------


@pytest.mark.parametrize("state", [RECONNECT, MISCONFIGURED])
def test_a_channel_that_works_again_is_opened(house: Running, page: Channel, state: str) -> None:
    channel, findings = house.service.look_at(stopped(house, page, state))
    assert findings and not any(one.blocks and not one.ok for one in findings)
    assert (channel.state, now_of(house, page).state) == (CONNECTED, CONNECTED)
    assert OLD_WORDS not in now_of(house, page).state_words


@pytest.mark.parametrize("state", [RECONNECT, MISCONFIGURED])
def test_a_channel_whose_access_may_not_publish_stays_stopped(house: Running, page: Channel, state: str) -> None:
    with_scopes(house, page, *(one for one in PUBLISH_SCOPES if one != "pages_manage_posts"))
    channel, findings = house.service.look_at(stopped(house, page, state))
    assert any("pages_manage_posts" in one.what and one.blocks and not one.ok for one in findings)
    assert (channel.state, channel.state_words) == (state, OLD_WORDS)


@pytest.mark.parametrize("state", [OFF, BLOCKED])
def test_a_look_does_not_open_what_a_person_or_the_clock_opens(house: Running, page: Channel, state: str) -> None:
    until = NOW + HOUR if state == BLOCKED else None
    channel, _ = house.service.look_at(stopped(house, page, state, until))
    assert (channel.state, channel.state_words, channel.not_before) == (state, OLD_WORDS, until)


# Pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", MISCONFIGURED])
def test_a_channel_that_needs_public_pictures_is_told_when_there_is_no_place_for_them(
    house: Running, state: str
) -> None:
    oa = house.connect("zalo")
    before = stopped(house, oa, state) if state else oa
    nowhere = MediaHost(MediaSettings()).check
    channel, findings = look_at(house.engine, house.service.access, before, nowhere, now=NOW)
    [told] = [one for one in findings if "CCHC_MEDIA_URL" in one.what]
    assert (told.ok, told.blocks) == (False, True)
    assert channel.state == (state or CONNECTED)
    if not state:
        assert told.words in now_of(house, oa).state_words


def test_a_channel_that_sends_its_pictures_itself_is_not_told(house: Running, page: Channel) -> None:
    nowhere = MediaHost(MediaSettings()).check
    channel, findings = look_at(house.engine, house.service.access, stopped(house, page, RECONNECT), nowhere, now=NOW)
    assert not any("CCHC_MEDIA_URL" in one.what for one in findings)
    assert channel.state == CONNECTED


# A platform that is away ---------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", RECONNECT, MISCONFIGURED])
@pytest.mark.parametrize("platform", ["facebook", "zalo"])
def test_a_platform_that_does_not_answer_changes_nothing_about_its_channel(
    house: Running, platform: str, state: str
) -> None:
    channel = house.connect(platform)
    before = stopped(house, channel, state)  # no state: connected, with words beside it
    assert before.state_words == OLD_WORDS
    house.sandbox.fault(platform, "status", path=".*", effect=False, values={"status": 503}, times=99)
    _, findings = house.service.look_at(before)
    assert [one.ok for one in findings] == [False]
    assert findings[0].step
    after = now_of(house, channel)
    assert (after.state, after.state_words, after.not_before) == (before.state, OLD_WORDS, None)


# All of them ---------------------------------------------------------------------------------------------


def test_one_channel_that_cannot_be_looked_at_does_not_keep_the_others_from_it(
    house: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [house.connect(platform) for platform in ("youtube", "zalo")]
    for channel in others:
        stopped(house, channel, RECONNECT)
    real = house.http.request

    def broken(method: str, url: str, **kwargs: Any) -> Any:
        if url.startswith(house.sandbox.url("facebook")):
            raise RuntimeError("nobody thought of this")
        return real(method, url, **kwargs)

    monkeypatch.setattr(house.http, "request", broken)
    words = house.service.check_channels()
    assert page.key in words and "nobody thought of this" not in words
    assert [now_of(house, one).state for one in others] == [CONNECTED, CONNECTED]
    assert now_of(house, page).state == CONNECTED


@pytest.mark.parametrize("state", [RECONNECT, MISCONFIGURED])
def test_a_platform_that_takes_no_more_calls_just_now_opens_nothing(house: Running, state: str) -> None:
    oa = stopped(house, house.connect("zalo"), state)
    house.sandbox.fault("zalo", "rate_limit", path=".*", times=99)
    channel, findings = house.service.look_at(oa)
    assert not any(one.ok for one in findings if one.what == "Quyền truy cập")
    assert (channel.state, channel.state_words) == (state, OLD_WORDS)
