"""Never lost, never twice: the whole way from the queue to the public page, over real HTTP, with faults."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import select

from connectors.errors import Unavailable
from content.tables import Post
from scheduler.channels import find_channel
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.queue import QueueError
from scheduler.tables import Channel, Reading, TokenRefresh
from tests.conftest import LAN, NOW, Sandbox
from tests.scheduler.house import HOUR, Running

FEED = r"/v[0-9.]+/\d+/feed"


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, facebook={"read_timeout": 1})
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    return running.connect("facebook")


def test_a_post_goes_out_at_its_hour_and_not_before(running: Running, page: Channel) -> None:
    post = running.post()
    row = running.queue(post, page)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    assert running.load(row.id).state == State.READY
    assert running.sandbox.public("facebook") == []
    running.pass_time(NOW + HOUR)
    done = running.load(row.id)
    assert done.state == State.PUBLISHED
    assert done.published_at == NOW + HOUR
    assert done.permalink.startswith("http")
    assert running.events(row.id) == ["queued", "claimed", "prepared", "claimed", "succeeded"]
    [seen] = running.sandbox.public("facebook")
    assert post.body in seen["text"]


def test_an_attempt_is_written_down_before_anything_public_is_sent(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = running.queue(running.post(), page)
    open_attempts: list[list[str]] = []
    real = running.http.request

    def watched(method: str, url: str, **kwargs: Any) -> Any:
        if url.endswith("/feed"):
            open_attempts.append([one.action for one in running.attempts(row.id) if not one.outcome])
        return real(method, url, **kwargs)

    monkeypatch.setattr(running.http, "request", watched)
    running.pass_time(NOW + HOUR)
    assert open_attempts == [["publish"]]
    assert [(one.action, one.outcome) for one in running.attempts(row.id)] == [("prepare", "ok"), ("publish", "ok")]


@pytest.mark.parametrize("fault", ["hang_up", "delay", "status", "html"])
def test_it_does_not_publish_twice_when_the_answer_is_lost(running: Running, page: Channel, fault: str) -> None:
    row = running.queue(running.post(), page)
    running.sandbox.fault("facebook", fault, path=FEED, method="POST", effect=True, values={"seconds": 1.5})
    running.pass_time(NOW + 2 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert "no_answer" in running.events(row.id)
    assert "found" in running.events(row.id)
    assert len(running.sandbox.public("facebook")) == 1


@pytest.mark.parametrize("fault", ["hang_up", "status", "html"])
def test_it_publishes_after_looking_when_nothing_had_arrived(running: Running, page: Channel, fault: str) -> None:
    row = running.queue(running.post(), page)
    running.sandbox.fault("facebook", fault, path=FEED, method="POST", effect=False)
    running.pass_time(NOW + 2 * HOUR)
    events = running.events(row.id)
    assert events.index("no_answer") < events.index("not_found") < events.index("succeeded")
    assert len(running.sandbox.public("facebook")) == 1


def test_a_worker_that_died_while_publishing_is_looked_for_and_not_repeated(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    running.clock.set(NOW + HOUR)
    running.sandbox.at(NOW + HOUR)
    [taken] = claim(running.engine, now=NOW + HOUR, owner="dead", limit=5)
    connector = running.service.access.connector(taken.channel, now=NOW + HOUR)
    [brief] = running.service.worker.brief([taken])
    outgoing = running.service.worker._outgoing(brief)
    connector.publish(outgoing, dict(taken.publication.saved), now=NOW + HOUR)
    running.pass_time(NOW + 2 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert running.events(row.id)[-4:] == ["claimed", "lease_ran_out", "claimed", "found"]
    assert len(running.sandbox.public("facebook")) == 1


def test_a_worker_that_died_while_preparing_only_makes_it_prepare_again(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    assert len(claim(running.engine, now=NOW, owner="dead", limit=5)) == 1
    running.pass_time(NOW + HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert "lease_ran_out" in running.events(row.id)
    assert "no_answer" not in running.events(row.id)
    assert len(running.sandbox.public("facebook")) == 1


def test_a_post_that_changed_after_its_approval_is_held_and_goes_out_after_a_new_one(
    running: Running, page: Channel
) -> None:
    post = running.post()
    row = running.queue(post, page)
    running.pass_time(NOW + HOUR / 2)
    assert running.load(row.id).state == State.READY
    with writing(running.engine) as session:
        running.change(session, post, body="Nội dung đã sửa, chưa ai duyệt.")
    running.pass_time(NOW + HOUR)
    held = running.load(row.id)
    assert (held.state, held.held_by) == (State.HELD, Event.APPROVAL_LOST)
    assert running.sandbox.public("facebook") == []
    running.approve_again(post, body="Nội dung đã sửa và đã duyệt.")
    running.pass_time(NOW + HOUR + timedelta(minutes=1))
    [seen] = running.sandbox.public("facebook")
    assert "đã sửa và đã duyệt" in seen["text"]


def test_what_was_prepared_from_older_words_is_prepared_again(running: Running, page: Channel) -> None:
    post = running.post()
    running.picture(post)
    row = running.queue(post, page)
    running.pass_time(NOW + HOUR / 2)
    running.approve_again(post, body="Lời mới.")
    running.pass_time(NOW + HOUR)
    assert "stale" in running.events(row.id)
    [seen] = running.sandbox.public("facebook")
    assert "Lời mới." in seen["text"]


def test_a_post_that_is_not_approved_cannot_be_queued(running: Running, page: Channel) -> None:
    with pytest.raises(QueueError, match="chưa được duyệt"):
        running.queue(running.post(state="draft"), page)


def test_a_time_in_the_past_is_refused_in_words(running: Running, page: Channel) -> None:
    with pytest.raises(QueueError, match="đã qua"):
        running.queue(running.post(), page, NOW - HOUR)


def test_a_text_over_the_platforms_limit_is_refused_and_nothing_is_queued(running: Running, page: Channel) -> None:
    with pytest.raises(QueueError, match="text"):
        running.queue(running.post(body="ă" * 70_000), page)
    assert running.service.desk.waiting() == []


def test_a_missed_hour_is_told_and_nothing_is_sent_late(running: Running, page: Channel) -> None:
    row = running.queue(running.post(late_minutes=30), page)
    running.clock.set(NOW + 3 * HOUR)
    running.pass_time(NOW + 4 * HOUR)
    assert running.load(row.id).state == State.MISSED
    assert running.sandbox.public("facebook") == []


def test_a_post_worth_sending_at_any_time_goes_out_late(running: Running, page: Channel) -> None:
    running.queue(running.post(late_rule="any_time"), page)
    running.clock.set(NOW + 30 * HOUR)
    running.pass_time(NOW + 31 * HOUR)
    assert len(running.sandbox.public("facebook")) == 1


def test_a_dead_token_stops_only_its_own_channel_and_loses_nothing(running: Running, page: Channel) -> None:
    tube = running.connect("youtube")
    row = running.queue(running.post(late_rule="any_time"), page)
    running.sandbox.fault("facebook", "expired_token", path=FEED, method="POST")
    running.pass_time(NOW + 2 * HOUR)
    with reading(running.engine) as session:
        assert find_channel(session, page.key).state == "reconnect"
        assert find_channel(session, tube.key).state == "connected"
    assert running.load(row.id).state == State.RETRY_WAIT
    assert "hết hạn" in running.load(row.id).problem or "kết nối lại" in running.load(row.id).problem
    running.connect("facebook")
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED


def test_a_limit_waits_until_the_time_the_platform_told(running: Running, page: Channel) -> None:
    row = running.queue(running.post(late_rule="any_time"), page)
    running.sandbox.fault("facebook", "rate_limit", path=FEED, method="POST")
    running.pass_time(NOW + HOUR + timedelta(minutes=1))
    waiting = running.load(row.id)
    assert waiting.state == State.RETRY_WAIT
    with reading(running.engine) as session:
        until = find_channel(session, page.key).not_before
    assert until is not None and until > NOW + HOUR
    running.pass_time(until + timedelta(minutes=2))
    assert running.load(row.id).state == State.PUBLISHED


def test_a_refused_post_fails_with_the_platforms_reason_and_a_person_can_resume_it(
    running: Running, page: Channel
) -> None:
    row = running.queue(running.post(late_rule="any_time"), page)
    running.sandbox.fault("facebook", "error", path=FEED, method="POST", effect=False, values={"code": 1500})
    running.pass_time(NOW + 2 * HOUR)
    failed = running.load(row.id)
    assert (failed.state, failed.problem_code) == (State.FAILED, "1500")
    running.service.desk.act(row.id or 0, Event.RESUMED, now=running.clock.now(), actor=LAN)
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED


def test_a_late_listing_does_not_lead_to_a_second_post(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    running.sandbox.fault("facebook", "late_listing", path=FEED, method="POST", values={"seconds": 45})
    running.sandbox.fault("facebook", "hang_up", path=FEED, method="POST", effect=True)
    running.pass_time(NOW + 2 * HOUR)
    assert running.events(row.id).count("look_again") >= 1
    assert running.load(row.id).state == State.PUBLISHED
    assert len(running.sandbox.public("facebook")) == 1


def test_no_transaction_is_open_while_a_platform_is_called(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_here = threading.local()
    calls = []

    def begun(_connection: object) -> None:
        open_here.count = getattr(open_here, "count", 0) + 1

    def ended(_connection: object) -> None:
        open_here.count = getattr(open_here, "count", 0) - 1

    event.listen(running.engine, "begin", begun)
    event.listen(running.engine, "commit", ended)
    event.listen(running.engine, "rollback", ended)
    real = running.http.request

    def watched(*args: object, **kwargs: object) -> object:
        calls.append(getattr(open_here, "count", 0))
        return real(*args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(running.http, "request", watched)
    try:
        running.queue(running.post(), page)
        running.pass_time(NOW + HOUR)
        running.service.collect()
    finally:
        event.remove(running.engine, "begin", begun)
        event.remove(running.engine, "commit", ended)
        event.remove(running.engine, "rollback", ended)
    assert len(calls) >= 3
    assert set(calls) == {0}


def test_figures_come_back_with_their_names_and_a_missing_one_is_not_zero(running: Running, page: Channel) -> None:
    running.queue(running.post(), page)
    running.pass_time(NOW + 26 * HOUR)
    collected = running.service.collect()
    assert collected.failed == {}
    with reading(running.engine) as session:
        rows = session.exec(select(Reading)).all()
    assert len(rows) == collected.readings > 3
    assert all(row.name and row.version and row.definition for row in rows)
    assert {row.publication_id is None for row in rows} == {True, False}


PUBLIC_CALL = {
    "facebook": {"method": "POST", "path": FEED},
    "zalo": {"method": "POST", "path": "/v2.0/article/update"},
    "youtube": {"method": "PUT", "path": "/youtube/v3/videos"},
}


@pytest.fixture
def everywhere(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    """A service whose pictures have a public address, as the OA needs."""
    house = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield house
    house.close()


def suited(house: Running, platform: str) -> Post:
    """A post this platform can carry."""
    post = house.post(variants={"zalo": {"summary": "Tóm tắt."}})
    house.video(post) if platform == "youtube" else house.picture(post)
    return post


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("platform", PUBLIC_CALL)
def test_on_every_platform_a_lost_answer_ends_in_exactly_one_public_post(
    everywhere: Running, platform: str, effect: bool
) -> None:
    row = everywhere.queue(suited(everywhere, platform), everywhere.connect(platform))
    everywhere.sandbox.fault(platform, "hang_up", effect=effect, **PUBLIC_CALL[platform])
    everywhere.pass_time(NOW + 3 * HOUR)
    assert "no_answer" in everywhere.events(row.id)
    assert everywhere.load(row.id).state == State.PUBLISHED
    assert len(everywhere.sandbox.public(platform)) == 1


@pytest.mark.parametrize("platform", PUBLIC_CALL)
def test_on_every_platform_nothing_is_public_before_its_hour(everywhere: Running, platform: str) -> None:
    row = everywhere.queue(suited(everywhere, platform), everywhere.connect(platform))
    everywhere.pass_time(NOW + HOUR - timedelta(seconds=1))
    assert everywhere.load(row.id).state == State.READY
    assert everywhere.sandbox.public(platform) == []
    everywhere.pass_time(NOW + HOUR + timedelta(minutes=1))
    assert len(everywhere.sandbox.public(platform)) == 1


def test_what_failed_beside_the_post_is_told_and_does_not_stop_it(everywhere: Running) -> None:
    post = everywhere.post()
    everywhere.picture(post)
    everywhere.video(post)
    row = everywhere.queue(post, everywhere.connect("youtube"))
    refused = {"status": 403, "reason": "forbidden"}
    everywhere.sandbox.fault("youtube", "error", path=".*/thumbnails/set", times=50, effect=False, values=refused)
    everywhere.pass_time(NOW + HOUR / 2)
    ready = everywhere.load(row.id)
    assert (ready.state, ready.problem != "") == (State.READY, True)
    everywhere.pass_time(NOW + HOUR + timedelta(minutes=1))
    assert (everywhere.load(row.id).state, everywhere.load(row.id).problem) == (State.PUBLISHED, "")


def test_a_zalo_token_that_died_is_refreshed_once_and_the_post_goes_out(everywhere: Running) -> None:
    row = everywhere.queue(suited(everywhere, "zalo"), everywhere.connect("zalo"))
    everywhere.sandbox.fault("zalo", "expired_token", path="/v2.0/article/.*")
    everywhere.pass_time(NOW + 2 * HOUR)
    assert everywhere.load(row.id).state == State.PUBLISHED
    with reading(everywhere.engine) as session:
        assert [one.outcome for one in session.exec(select(TokenRefresh))] == ["done"]
    assert len(everywhere.sandbox.public("zalo")) == 1


def test_a_zalo_pair_is_refreshed_in_time_and_lives_on(everywhere: Running) -> None:
    everywhere.connect("zalo")
    for hours in (13, 30):
        everywhere.clock.set(NOW + hours * HOUR)
        everywhere.sandbox.at(NOW + hours * HOUR)
        assert everywhere.service.refresh_tokens() == "Làm mới 1 mã truy cập."
    assert everywhere.service.collect().failed == {}


def test_an_hour_in_which_no_access_is_due_says_what_the_refresh_would_say_and_one_that_is_due_is_not_idle(
    everywhere: Running,
) -> None:
    everywhere.connect("zalo")
    assert everywhere.service.nothing_to_refresh(NOW) == everywhere.service.refresh_tokens() == "Làm mới 0 mã truy cập."
    assert everywhere.service.nothing_to_refresh(NOW + 13 * HOUR) == ""


def test_a_refresh_whose_answer_is_lost_stops_the_channel_and_says_who_must_act(everywhere: Running) -> None:
    oa = everywhere.connect("zalo")
    everywhere.clock.set(NOW + 13 * HOUR)
    everywhere.sandbox.at(NOW + 13 * HOUR)
    everywhere.sandbox.fault("zalo", "hang_up", path="/v4/oa/access_token", effect=True)
    everywhere.service.refresh_tokens()
    everywhere.service.refresh_tokens()
    with reading(everywhere.engine) as session:
        channel = find_channel(session, oa.key)
        outcomes = [one.outcome for one in session.exec(select(TokenRefresh))]
    assert outcomes == ["unknown", "unknown"]
    assert channel.state == "reconnect"
    assert "kết nối lại" in channel.state_words or "cấp quyền lại" in channel.state_words


def test_only_one_worker_refreshes_a_pair_that_rotates(everywhere: Running) -> None:
    oa = everywhere.connect("zalo")
    everywhere.clock.set(NOW + 13 * HOUR)
    everywhere.sandbox.at(NOW + 13 * HOUR)
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(everywhere.service.access.connector, oa, now=NOW + 13 * HOUR) for _ in range(6)]
        told = [one.exception() for one in tries]
    assert all(error is None or isinstance(error, Unavailable) for error in told)
    with reading(everywhere.engine) as session:
        assert [one.outcome for one in session.exec(select(TokenRefresh))] == ["done"]
    assert everywhere.service.collect().failed == {}
