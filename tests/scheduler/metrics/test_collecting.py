"""Collections over the real sandbox: what is asked, what is kept of the answers, and what a failure leaves behind."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from connectors import CONNECTORS
from connectors.base import Connector, Credentials
from connectors.errors import Reconnect
from connectors.meter import Per
from connectors.transcript import unpacked
from records.retention import carry_out
from records.rules import below
from sandbox.faults import LEAKED, PERSON
from scheduler.db import reading
from scheduler.figure_tables import Collection
from scheduler.metrics import BUSY_WORDS, Collected, collect, is_quiet
from scheduler.metrics.keeping import UNFINISHED
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_limits import told
from tests.scheduler.test_publishing import suited
from tests.web.desk import counted

DAY = timedelta(days=1)
COUNTERS = {
    "facebook": ["value", "total_count", "count"],
    "zalo": ["total_view", "total_share"],
    "youtube": ["viewCount", "likeCount", "commentCount"],
}


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


def published(house: Running, platform: str) -> tuple[Channel, Publication]:
    """A post on a channel, three hours after it went out."""
    channel = house.connect(platform)
    row = house.queue(suited(house, platform), channel)
    house.pass_time(NOW + 3 * HOUR)
    return channel, house.load(row.id)


def gathered(house: Running, **how: Any) -> Collected:
    return collect(house.engine, house.service.access, now=house.clock.now(), **how)


def go_to(house: Running, after: timedelta) -> None:
    house.clock.set(house.clock.now() + after)
    house.sandbox.at(house.clock.now())


def rows(house: Running) -> list[Collection]:
    with reading(house.engine) as session:
        return list(session.exec(select(Collection).order_by(col(Collection.id))))


def values(session: Session, row: Publication) -> list[tuple[str, int | None]]:
    """What was told of a publication, oldest first."""
    found = select(Reading.metric, Reading.value).where(Reading.publication_id == row.id)
    return list(session.exec(found.order_by(col(Reading.taken_at), col(Reading.id))))


# One collection --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", CONNECTORS)
def test_every_value_points_to_its_collection_and_bears_name_version_and_definition(
    house: Running, platform: str
) -> None:
    channel, row = published(house, platform)
    before = len(house.sandbox.requests(platform))
    collected = gathered(house)
    [kept] = rows(house)
    assert (kept.channel_id, kept.source, kept.words, kept.actor) == (channel.id, "platform", "", "")
    asked = [one for one in house.sandbox.requests(platform)[before:] if one["path"] != "/token"]
    assert kept.calls == len(asked) > 0
    assert (kept.asked, kept.readings) == (1, collected.readings)
    with reading(house.engine) as session:
        found = session.exec(select(Reading)).all()
    assert {one.collection_id for one in found} == {kept.id}
    assert {one.publication_id for one in found} == {None, row.id}
    assert all(one.name and one.version and one.definition.endswith(".") for one in found)


@pytest.mark.parametrize("platform", CONNECTORS)
def test_what_is_due_later_is_not_asked_again(house: Running, platform: str) -> None:
    published(house, platform)
    gathered(house)
    before = len(house.sandbox.requests(platform))
    go_to(house, HOUR / 4)
    collected = gathered(house)
    assert (collected.asked, collected.readings) == (0, 0)
    assert len(house.sandbox.requests(platform)) == before
    assert len(rows(house)) == 1


def test_an_hour_in_which_nothing_is_due_costs_one_statement_however_many_channels_there_are(house: Running) -> None:
    for platform in CONNECTORS:
        house.queue(suited(house, platform), house.connect(platform))
    house.pass_time(NOW + 3 * HOUR)
    assert gathered(house).asked == len(CONNECTORS)
    go_to(house, HOUR / 4)
    with counted(house.engine) as statements:
        assert gathered(house).asked == 0
    assert len(statements) == 1


def test_channels_that_are_due_together_are_looked_up_and_begun_together(house: Running) -> None:
    for platform in CONNECTORS:
        house.queue(suited(house, platform), house.connect(platform))
    house.pass_time(NOW + 3 * HOUR)
    with counted(house.engine) as statements:
        assert gathered(house).asked == len(CONNECTORS)
    assert sum(one.startswith("INSERT INTO collection") for one in statements) == 1
    assert sum(one.startswith("SELECT publication.channel_id") for one in statements) == 1
    assert {(one.asked, one.words) for one in rows(house)} == {(1, "")}


def test_accesses_of_channels_that_are_due_together_are_opened_together(house: Running) -> None:
    for platform in CONNECTORS:
        house.queue(suited(house, platform), house.connect(platform))
    house.pass_time(NOW + 3 * HOUR)
    house.service.refresh_tokens()
    with counted(house.engine) as statements:
        assert gathered(house).asked == len(CONNECTORS)
    assert sum(one.startswith("SELECT credential.channel_id") for one in statements) == 1


def test_an_access_that_was_renewed_since_it_was_opened_is_opened_anew(house: Running) -> None:
    channel = house.connect("zalo")
    access, now = house.service.access, house.clock.now()
    opened = access.at_hand([channel], now=now)[channel.id or 0]
    assert access.refresh_now(channel, now=now)

    def work(connector: Connector) -> Credentials:
        if connector is opened:
            raise Reconnect("Mã truy cập đã hết hạn.", refresh_first=True)
        return connector.credentials

    assert access.ask(channel, work, now=now, opened=opened) != opened.credentials


def test_when_it_is_quiet_nothing_is_asked_and_what_went_out_since_ends_it(house: Running) -> None:
    channel, _ = published(house, "facebook")
    assert not is_quiet(house.engine, now=house.clock.now())
    gathered(house)
    for _ in range(31):  # to just after a mark
        go_to(house, HOUR / 2)
        quiet = is_quiet(house.engine, now=house.clock.now())
        assert gathered(house).asked == 0 or not quiet
    assert is_quiet(house.engine, now=house.clock.now())
    house.queue(suited(house, "facebook"), channel, house.clock.now() + HOUR / 4)
    house.pass_time(house.clock.now() + HOUR / 2)
    assert not is_quiet(house.engine, now=house.clock.now())


@pytest.mark.parametrize("platform", CONNECTORS)
def test_after_an_outage_of_days_there_is_one_reading_and_no_burst(house: Running, platform: str) -> None:
    published(house, platform)
    gathered(house)
    go_to(house, 9 * DAY)
    house.service.refresh_tokens()
    assert gathered(house).asked == 1
    assert gathered(house).asked == 0
    assert len(rows(house)) == 2


# The answers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", CONNECTORS)
def test_every_value_can_be_found_in_the_answers_that_are_kept(house: Running, platform: str) -> None:
    _, row = published(house, platform)
    gathered(house)
    [kept] = rows(house)
    assert kept.payload is not None
    heard = unpacked(kept.payload)
    assert kept.payload_bytes == len(json.dumps(heard, ensure_ascii=False, separators=(",", ":")).encode())
    of_post = json.dumps([one["told"] for one in heard if one["of"] == row.external_id])
    with reading(house.engine) as session:
        told = [value for metric, value in values(session, row) if metric != "watch_seconds" and value]
    assert told
    assert all(str(value) in of_post for value in told)


@pytest.mark.parametrize("platform", CONNECTORS)
def test_no_person_and_no_token_is_kept_however_much_a_platform_tells(house: Running, platform: str) -> None:
    published(house, platform)
    house.sandbox.fault(platform, "talkative", times=99)
    collected = gathered(house)
    assert collected.failed == {}
    assert collected.readings > 0
    [kept] = rows(house)
    assert kept.payload is not None
    text = json.dumps(unpacked(kept.payload), ensure_ascii=False)
    for secret in (PERSON, LEAKED, "access_token", "http", "people", "from", "title"):
        assert secret not in text


@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_name_in_the_place_of_a_number_is_no_value_and_is_not_kept(house: Running, platform: str) -> None:
    published(house, platform)
    texts = {
        "facebook": {"path": "/v26.0/?", "json": None},
        "zalo": {"path": "/v2.0/oa/getoa", "json": {"error": 0, "data": {"num_follower": PERSON, "name": PERSON}}},
        "youtube": {
            "path": "/youtube/v3/channels",
            "json": {"items": [{"id": "x", "snippet": {"title": PERSON}, "statistics": {"subscriberCount": PERSON}}]},
        },
    }[platform]
    if texts["json"] is None:
        body = json.dumps({"followers_count": PERSON, "name": PERSON, "fan_count": 7})
        texts["json"] = [{"code": 200, "body": body}, {"code": 200, "body": json.dumps({"data": [{"name": PERSON}]})}]
    path = {"path": texts["path"], "effect": False}
    house.sandbox.fault(platform, "status", values={"status": 200, "json": texts["json"]}, **path)
    gathered(house)
    [kept] = rows(house)
    assert kept.payload is not None
    text = json.dumps(unpacked(kept.payload), ensure_ascii=False)
    assert PERSON not in text
    assert "(str)" in text


def test_an_office_that_keeps_no_answers_has_their_size_alone(house: Running) -> None:
    published(house, "zalo")
    gathered(house, keep_raw=False)
    [kept] = rows(house)
    assert (kept.payload, kept.payload_bytes > 0) == (None, True)


def test_answers_are_put_away_after_their_time_and_their_size_stays(house: Running) -> None:
    published(house, "zalo")
    gathered(house)
    go_to(house, 10 * DAY)
    house.service.refresh_tokens()
    gathered(house)
    rules, said = below(raw_days=5), list[str]()
    words = carry_out(house.engine, rules, lambda _, told: said.append(told), now=house.clock.now())
    assert words == "Đã xóa theo thời hạn: Nguyên văn trả lời của nền tảng khi thu số liệu: 1." and len(said) == 1
    old, new = rows(house)
    assert (old.payload, old.payload_bytes > 0, new.payload is None) == (None, True, False)
    assert "Không có gì" in carry_out(house.engine, rules, lambda *_: None, now=house.clock.now())


# What goes wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_read_that_fails_leaves_a_row_that_says_why_and_no_values(house: Running, platform: str) -> None:
    published(house, platform)
    house.sandbox.fault(platform, "status", path="/(v|youtube).*", effect=False, values={"status": 503}, times=99)
    [words] = gathered(house).failed.values()
    [kept] = rows(house)
    assert (kept.words, kept.readings, kept.payload) == (words, 0, None)
    assert words not in ("", UNFINISHED)
    assert kept.calls > 0


def test_what_fails_half_way_is_not_stored_as_if_it_were_whole_and_is_asked_again_at_the_next_waking(
    house: Running,
) -> None:
    _, row = published(house, "zalo")
    house.sandbox.fault("zalo", "status", path="/v2.0/article/getslice", effect=False, values={"status": 503})
    assert gathered(house).failed
    [kept] = rows(house)
    assert kept.words
    assert kept.readings == 1, "the followers"
    assert kept.payload is not None
    assert [one["call"] for one in unpacked(kept.payload)] == ["getoa"]
    go_to(house, HOUR / 4)
    collected = gathered(house)
    assert (collected.failed, collected.readings) == ({}, 2)
    with reading(house.engine) as session:
        assert len(values(session, row)) == 2


def test_near_a_limit_nothing_is_asked_and_the_row_says_why_and_the_next_waking_catches_up(house: Running) -> None:
    channel, row = published(house, "facebook")
    told(house.engine, channel, Per.CHANNEL, 86, house.clock.now() + HOUR)
    [words] = gathered(house).failed.values()
    assert words == BUSY_WORDS
    assert [one.words for one in rows(house)] == [BUSY_WORDS]
    assert [one.calls for one in rows(house)] == [0]
    go_to(house, 2 * HOUR)  # the level has ended
    assert gathered(house).failed == {}
    with reading(house.engine) as session:
        assert values(session, row)


def test_a_limit_that_the_reading_of_one_channel_tells_holds_for_the_next_of_its_app(house: Running) -> None:
    published(house, "facebook")
    house.channel("facebook", key="trang-sau")
    house.sandbox.fault("facebook", "usage", path=r"/v26\.0.*", values={"app_percent": 90}, times=9)
    assert gathered(house).failed["trang-sau"] == BUSY_WORDS


@pytest.mark.parametrize("platform", CONNECTORS)
def test_a_counter_that_falls_is_kept_as_it_was_told(house: Running, platform: str) -> None:
    _, row = published(house, platform)
    go_to(house, DAY)
    gathered(house)
    go_to(house, 6 * HOUR)
    house.sandbox.fault(platform, "smaller", values={"names": COUNTERS[platform], "share": 0.1}, times=99)
    assert gathered(house).failed == {}
    with reading(house.engine) as session:
        views = [value for metric, value in values(session, row) if metric == "views"]
    assert len(views) == 2
    assert views[0] is not None and views[1] is not None
    assert 0 < views[1] < views[0]


def test_what_is_hidden_is_stored_as_not_told_and_never_as_zero(house: Running) -> None:
    _, row = published(house, "youtube")
    house.sandbox.fault("youtube", "hidden_counters", times=99)
    house.sandbox.fault("youtube", "hidden_subscribers", times=99)
    gathered(house)
    with reading(house.engine) as session:
        told_of_post = dict(values(session, row))
        followers = session.exec(select(Reading.value).where(Reading.metric == "followers")).all()
    assert told_of_post["reactions"] is None
    assert followers == [None]
