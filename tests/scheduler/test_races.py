"""What happens between two steps: words that change, leases that run out, two who act at the same moment."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import Session, select

from connectors.facebook import FacebookPage
from content.tables import Asset, Post, PostAsset
from content.vietnamese import local_day
from scheduler import filling, queue
from scheduler.channels import (
    set_slots,
)
from scheduler.claim import LEASES, Claim, claim
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.move import apply
from scheduler.moving import move
from scheduler.record import Record
from scheduler.retry import PUBLISH
from scheduler.sweep import sweep
from scheduler.tables import Attempt, Channel, Publication
from tests.conftest import LAN, NOW, Sandbox
from tests.scheduler.house import HOUR, House, Running
from tests.scheduler.test_publishing import FEED, PUBLIC_CALL, suited

DAY = local_day(NOW) + timedelta(days=1)


@pytest.fixture
def running(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    house = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield house
    house.close()


@pytest.fixture
def page(running: Running) -> Channel:
    return running.connect("facebook")


def at_the_hour(running: Running) -> Claim:
    """The one publication, claimed for its public call."""
    running.pass_time(NOW + HOUR - timedelta(seconds=1))
    running.clock.set(NOW + HOUR)
    running.sandbox.at(NOW + HOUR)
    [taken] = claim(running.engine, now=NOW + HOUR, owner="slow", limit=5)
    return taken


def feed_calls(running: Running) -> int:
    return sum(one["path"].endswith("/feed") for one in running.sandbox.requests("facebook"))


# Words that change ------------------------------------------------------------------------------------


def test_a_post_edited_after_its_answer_was_lost_is_not_sent_a_second_time(running: Running, page: Channel) -> None:
    post = running.post()
    row = running.queue(post, page)
    running.sandbox.fault("facebook", "hang_up", path=FEED, method="POST", effect=True)
    running.pass_time(NOW + HOUR)
    running.approve_again(post, body="Lời mới hoàn toàn khác.")
    running.pass_time(NOW + 2 * HOUR)
    assert len(running.sandbox.public("facebook")) == 1
    assert running.load(row.id).state == State.NEEDS_PERSON


@pytest.mark.parametrize("platform", ["zalo", "youtube"])
def test_where_a_post_is_found_by_its_id_an_edit_does_not_matter(running: Running, platform: str) -> None:
    post = suited(running, platform)
    row = running.queue(post, running.connect(platform))
    running.sandbox.fault(platform, "hang_up", effect=True, **PUBLIC_CALL[platform])
    running.pass_time(NOW + HOUR)
    running.approve_again(post, body="Lời mới hoàn toàn khác.", title="Tên mới")
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.PUBLISHED
    assert len(running.sandbox.public(platform)) == 1


def test_an_approval_lost_between_the_claim_and_the_call_stops_the_call(running: Running, page: Channel) -> None:
    post = running.post()
    row = running.queue(post, page)
    taken = at_the_hour(running)
    with writing(running.engine) as session:
        running.change(session, post, body="Sửa vào phút chót.")
    running.service.worker.run(taken)
    assert running.sandbox.public("facebook") == []
    assert (running.load(row.id).state, running.load(row.id).sent_at) == (State.HELD, None)


def test_a_picture_nobody_approved_is_never_uploaded(running: Running, page: Channel) -> None:
    post = running.post()
    running.picture(post, "purple")
    running.queue(post, page)
    [taken] = claim(running.engine, now=NOW, owner="slow", limit=5)
    approved = swap_picture(running, post, "red")
    running.service.worker.run(taken)
    assert not any(one["path"].endswith("/photos") for one in running.sandbox.requests("facebook"))
    swap_back(running, post, approved)
    running.pass_time(NOW + 2 * HOUR)
    assert len(running.sandbox.public("facebook")) == 1


def swap_picture(running: Running, post: Post, colour: str) -> str:
    """Put another picture in place of the approved one, as an editor does; the approved one's hash."""
    path = running.store.folder.parent / f"{colour}.png"
    Image.new("RGB", (640, 360), colour).save(path)
    stored = running.store.put(path)
    with writing(running.engine) as session:
        session.add(Asset(sha256=stored.sha256, mime=stored.mime, size=stored.size, created_at=NOW))
        session.flush()
        approved = _use(session, post, stored.sha256)
        running.change(session, post)
    return approved


def swap_back(running: Running, post: Post, sha256: str) -> None:
    with writing(running.engine) as session:
        _use(session, post, sha256)
    running.approve_again(post)


def _use(session: Session, post: Post, sha256: str) -> str:
    before = ""
    for use in session.exec(select(PostAsset).where(PostAsset.post_id == post.id)):
        before, use.sha256 = use.sha256, sha256
        session.add(use)
    session.flush()
    return before


# Leases that run out ----------------------------------------------------------------------------------


def test_a_worker_that_slept_past_its_lease_does_not_send(running: Running, page: Channel) -> None:
    running.queue(running.post(), page)
    taken = at_the_hour(running)
    running.pass_time(NOW + 2 * HOUR)
    assert feed_calls(running) == 1
    running.service.worker.run(taken)
    assert feed_calls(running) == 1


def test_a_machine_that_sleeps_just_before_the_call_does_not_send_when_somebody_else_may_have(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = running.queue(running.post(), page)
    taken = at_the_hour(running)
    publish = FacebookPage.publish

    def asleep(connector: FacebookPage, *rest: Any, **more: Any) -> Any:
        running.clock.set(NOW + HOUR + LEASES[PUBLISH] + timedelta(seconds=1))
        return publish(connector, *rest, **more)

    monkeypatch.setattr(FacebookPage, "publish", asleep)
    running.service.worker.run(taken)
    assert feed_calls(running) == 0
    assert running.load(row.id).state == State.RETRY_WAIT, "nobody else had it: it is tried again"


def test_an_answer_that_comes_after_the_lease_ran_out_is_not_thrown_away(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = running.queue(running.post(), page)
    taken = at_the_hour(running)
    in_time = Record.receipt

    def late(record: Record, *arguments: Any) -> None:
        sweep(running.engine, now=NOW + HOUR + timedelta(minutes=6))
        in_time(record, *arguments)

    monkeypatch.setattr(Record, "receipt", late)
    running.service.worker.run(taken)
    done = running.load(row.id)
    assert (done.state, done.permalink != "") == (State.PUBLISHED, True)
    assert running.attempts(row.id)[-1].outcome == "ok"


@pytest.mark.parametrize("person", ["moves it", "holds it"])
def test_an_answer_that_comes_after_a_person_moved_the_item_is_not_thrown_away_and_nothing_goes_out_twice(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch, person: str
) -> None:
    row = running.queue(running.post(), page)
    taken = at_the_hour(running)
    in_time, number, desk = Record.receipt, row.id or 0, running.service.desk
    late_now = NOW + HOUR + timedelta(minutes=6)

    def late(record: Record, *arguments: Any) -> None:
        sweep(running.engine, now=late_now)
        with writing(running.engine) as session:
            apply(
                session, session.get_one(Publication, number), Event.NOT_FOUND, now=late_now, next_attempt_at=late_now
            )
        if person == "moves it":
            move(desk, number, NOW + 3 * HOUR, now=late_now, actor=LAN)
        else:
            desk.act(number, Event.HELD, now=late_now, actor=LAN)
        in_time(record, *arguments)

    monkeypatch.setattr(Record, "receipt", late)
    running.service.worker.run(taken)
    monkeypatch.undo()
    running.pass_time(NOW + 4 * HOUR)
    assert running.load(number).state == State.PUBLISHED
    assert len(running.sandbox.public(page.platform)) == 1


def test_a_preparation_that_keeps_killing_its_worker_fails_in_the_end(engine: Engine) -> None:
    house = House(engine)
    row = house.publication()
    now = NOW
    for _ in range(12):
        if claim(engine, now=now, owner="dies", limit=1):
            now += timedelta(minutes=16)
            sweep(engine, now=now)
        now += timedelta(hours=3)
    assert house.load(row.id).state == State.FAILED
    assert "ngắt" in house.load(row.id).problem


def test_an_upload_that_gets_on_does_not_run_out_of_tries(running: Running) -> None:
    post = running.post(late_rule="any_time")
    running.video(post, 5)
    row = running.queue(post, running.connect("youtube"), NOW + 9 * HOUR)
    running.sandbox.fault("youtube", "status", method="PUT", times=6, effect=False, values={"status": 503})
    running.pass_time(NOW + HOUR)
    assert running.load(row.id).attempts >= 5
    running.pass_time(NOW + 8 * HOUR)
    assert (running.load(row.id).state, running.load(row.id).attempts) == (State.READY, 0)


def test_a_service_that_is_stopped_lets_go_after_the_step_it_is_at(running: Running) -> None:
    row = running.queue(suited(running, "youtube"), running.connect("youtube"))
    [taken] = claim(running.engine, now=NOW, owner="stopping", limit=1)
    running.service.worker.stop()
    running.service.worker.run(taken)
    assert (running.load(row.id).state, running.events(row.id)[-1]) == (State.SCHEDULED, "step_done")
    assert running.load(row.id).saved


# Two at the same moment -------------------------------------------------------------------------------


def test_a_lane_filled_while_another_clock_was_looking_is_not_filled_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: the second clock cannot come in between")
    from scheduler import claim as claim_module

    house = House(engine)
    channel = house.channel()
    for minutes in range(2):
        house.publication(channel_id=channel.id, due_at=NOW - timedelta(minutes=minutes))
    real, got = claim_module._first_in_free_lanes, []

    def slow(*arguments: Any) -> Any:
        if not got:
            got.append("once")
            got.extend(claim(engine, now=NOW, owner="A", limit=1))
        return real(*arguments)

    monkeypatch.setattr(claim_module, "_first_in_free_lanes", slow)
    second = claim(engine, now=NOW, owner="B", limit=1)
    assert len(got[1:]) + len(second) == 1


def test_a_busy_channels_queue_never_hides_another_channel(engine: Engine) -> None:
    house = House(engine)
    busy, quiet = house.channel(), house.channel()
    for minutes in range(30):
        house.publication(channel_id=busy.id, due_at=NOW - timedelta(hours=1, minutes=minutes))
    row = house.publication(channel_id=quiet.id)
    claim(engine, now=NOW, owner="a", limit=1)
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=1)] == [row.id]


def test_uploads_leave_workers_for_the_hour(engine: Engine) -> None:
    house = House(engine)
    for _ in range(4):
        house.publication()
    post = house.post()
    house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash)
    claims = claim(engine, now=NOW, owner="a", limit=5, preparing=2)
    assert sorted(one.action for one in claims) == ["prepare", "prepare", "publish"]


def test_an_item_somebody_else_moved_is_told_in_words(running: Running, page: Channel) -> None:
    row = running.queue(running.post(), page)
    running.service.desk.act(row.id or 0, Event.CANCELLED, now=NOW, actor=LAN)
    with pytest.raises(queue.QueueError, match="Đã hủy"):
        running.service.desk.act(row.id or 0, Event.HELD, now=NOW, actor=LAN)


# The autopilot ----------------------------------------------------------------------------------------


def slot_tomorrow(running: Running, channel: Channel) -> None:
    with writing(running.engine) as session:
        set_slots(session, channel, {DAY.weekday(): [450]})


def test_a_post_a_person_cancelled_is_not_queued_again_for_that_day(running: Running, page: Channel) -> None:
    running.post()
    slot_tomorrow(running, page)
    assert "Xếp 1 bài" in running.service.fill_days(DAY, 1)
    [(row, _, _)] = running.service.desk.waiting()
    running.service.desk.act(row.id or 0, Event.CANCELLED, now=NOW, actor=LAN)
    assert "Xếp 0 bài" in running.service.fill_days(DAY, 1)


def test_a_lost_picture_keeps_only_its_own_post_out(running: Running, page: Channel) -> None:
    lost, sound = running.post(), running.post(topic="e")
    running.picture(lost)
    with writing(running.engine) as session:
        asset = session.exec(select(Asset)).one()
        asset.size = 9_000_000
        session.add(asset)
    for path in running.store.folder.rglob("*.png"):
        path.unlink()
    slot_tomorrow(running, page)
    words = running.service.fill_days(DAY, 1)
    assert "Xếp 1 bài" in words and lost.key in words
    [(row, _, _)] = running.service.desk.waiting()
    assert row.post_id == sound.id


def test_two_clocks_that_fill_the_same_day_fill_each_slot_once(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for topic in "abc":
        running.post(topic=topic)
    slot_tomorrow(running, page)
    real, once = filling.decide, []

    def decided(task: Any) -> Any:
        if not once:
            once.append(1)
            running.service.fill_days(DAY, 1)
        return real(task)

    monkeypatch.setattr(filling, "decide", decided)
    running.service.fill_days(DAY, 1)
    assert len(running.service.desk.waiting()) == 1


def test_a_result_that_cannot_be_looked_up_for_half_a_day_goes_to_a_person(running: Running, page: Channel) -> None:
    row = running.queue(running.post(late_rule="any_time"), page)
    running.sandbox.fault("facebook", "hang_up", path=FEED, method="POST", effect=True)
    listing = r"/v[0-9.]+/\d+/published_posts"
    running.sandbox.fault("facebook", "status", path=listing, times=1_000, values={"status": 503})
    running.pass_time(NOW + 15 * HOUR)
    assert running.load(row.id).state == State.NEEDS_PERSON
    assert "Không kiểm tra được kết quả đăng" in running.load(row.id).problem
    with reading(running.engine) as session:
        looks = session.exec(select(Attempt).where(Attempt.action == "find")).all()
    assert len(looks) < 30


def test_a_resumed_item_keeps_its_slot_and_goes_out_now(running: Running, page: Channel) -> None:
    row = running.queue(running.post(late_minutes=10), page)
    running.service.desk.act(row.id or 0, Event.HELD, now=NOW, actor=LAN)
    running.pass_time(NOW + 3 * HOUR)
    assert running.load(row.id).state == State.HELD
    running.service.desk.act(row.id or 0, Event.RESUMED, now=running.clock.now(), actor=LAN)
    running.pass_time(NOW + 3 * HOUR + timedelta(minutes=1))
    done: Publication = running.load(row.id)
    assert (done.state, done.due_at) == (State.PUBLISHED, NOW + HOUR)


def test_how_far_a_long_upload_is_can_be_seen_and_is_gone_when_it_is_done(running: Running) -> None:
    post = running.post()
    running.video(post)
    row = running.queue(post, running.connect("youtube"), NOW + 6 * HOUR)
    [taken] = claim(running.engine, now=NOW, owner="x", limit=1)
    told: list[int | None] = []
    keep = Record.keep

    def noted(record: Record, saved: dict[str, Any], progress: float | None = None) -> None:
        keep(record, saved, progress)
        told.append(running.load(row.id).progress)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Record, "keep", noted)
        running.service.worker.run(taken)
    known = [one for one in told if one is not None]
    assert known == sorted(known)
    assert 0 < max(one for one in known if one < 100) < 100
    running.pass_time(NOW + HOUR)
    assert (running.load(row.id).state, running.load(row.id).progress) == (State.READY, None)
