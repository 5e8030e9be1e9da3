"""Edges of what follows a post: taken down, asked for twice, out of date, settled by a person."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from content.tables import Post
from reports.periods import week_named
from reports.queries import trouble_rows
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.queue import QueueError
from scheduler.queue_parts import broadcast, revise
from scheduler.record import Record
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication, PublicationEvent
from tests.conftest import LAN, NOW, Sandbox
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_parts import COMMENTS, WITH_COMMENT, followers, publish


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


@pytest.fixture
def page(house: Running) -> Channel:
    return house.connect("facebook")


@pytest.fixture
def oa(house: Running) -> Channel:
    return house.connect("zalo")


def push(house: Running, *rows: Publication, after: timedelta = HOUR, **audience: Any) -> Publication:
    now = house.clock.now()
    numbers = [row.id or 0 for row in rows]
    return broadcast(house.service.desk, numbers, audience, now + after, now=now, actor=LAN)


def post_of(house: Running, row: Publication) -> Post:
    with reading(house.engine) as session:
        return session.get_one(Post, row.post_id)


def test_only_the_post_itself_is_taken_down(house: Running, oa: Channel) -> None:
    row = publish(house, oa)
    sent = push(house, row)
    revision = revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + 2 * HOUR)
    for part in (sent, revision):
        assert house.load(part.id).state == State.PUBLISHED
        with pytest.raises(QueueError, match=f"gỡ mục {row.id}"):
            house.service.desk.withdraw(part.id or 0, "Sai.", now=house.clock.now(), actor=LAN)
    assert len(house.sandbox.public("zalo")) == 1


def test_a_broadcast_loses_its_hour_when_any_of_its_articles_is_taken_down(house: Running, oa: Channel) -> None:
    first, second = publish(house, oa), publish(house, oa)
    waiting = push(house, first, second)
    house.service.desk.withdraw(second.id or 0, "Sai.", now=house.clock.now(), actor=LAN)
    assert house.load(waiting.id).state == State.CANCELLED
    house.pass_time(house.clock.now() + 2 * HOUR)
    assert house.sandbox.broadcasts() == []


def test_a_broadcast_in_doubt_stays_a_persons_when_its_article_is_taken_down(house: Running, oa: Channel) -> None:
    row = publish(house, oa)
    sent = push(house, row)
    house.sandbox.fault("zalo", "hang_up", method="POST", path="/v2.0/oa/message", effect=True)
    house.pass_time(house.clock.now() + 2 * HOUR)
    house.service.desk.withdraw(row.id or 0, "Sai.", now=house.clock.now(), actor=LAN)
    assert house.load(sent.id).state == State.NEEDS_PERSON


def test_the_same_article_is_not_pushed_twice_in_a_week_by_mistake(house: Running, oa: Channel) -> None:
    first, second = publish(house, oa), publish(house, oa)
    sent = push(house, first)
    with pytest.raises(QueueError, match=f"tin truyền thông số {sent.id}"):
        push(house, second, first, after=2 * HOUR)
    house.service.desk.act(sent.id or 0, Event.CANCELLED, now=house.clock.now(), actor=LAN)
    with pytest.raises(QueueError, match="đúng giờ này"):
        push(house, first)
    assert push(house, first, after=2 * HOUR).id


@pytest.mark.parametrize("ended", [State.FAILED, State.MISSED, State.HELD])
def test_a_broadcast_goes_on_only_while_no_other_one_has_its_article(house: Running, oa: Channel, ended: State) -> None:
    row = publish(house, oa)
    first = push(house, row)
    as_ended(house, first, State.FAILED)
    second = push(house, row, after=2 * HOUR)
    as_ended(house, first, ended)
    with pytest.raises(QueueError, match=f"tin truyền thông số {second.id}"):
        house.service.desk.act(first.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + 3 * HOUR)
    assert (house.load(first.id).state, house.load(second.id).state) == (ended, State.PUBLISHED)
    assert len(house.sandbox.broadcasts()) == 1


def test_a_broadcast_that_stopped_goes_on_when_no_other_one_has_its_article(house: Running, oa: Channel) -> None:
    sent = push(house, publish(house, oa))
    as_ended(house, sent, State.FAILED)
    house.service.desk.act(sent.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + 2 * HOUR)
    assert (house.load(sent.id).state, len(house.sandbox.broadcasts())) == (State.PUBLISHED, 1)


def test_a_broadcast_that_stopped_does_not_go_on_at_night_and_the_next_hour_is_told(
    house: Running, oa: Channel
) -> None:
    sent = push(house, publish(house, oa))
    as_ended(house, sent, State.FAILED)
    night = house.clock.now().replace(hour=16)  # 23:00 in Việt Nam
    with pytest.raises(QueueError, match="giờ gần nhất gửi được"):
        house.service.desk.act(sent.id or 0, Event.RESUMED, now=night, actor=LAN)


def test_what_was_let_go_on_days_after_its_hour_counts_from_when_it_goes_out(house: Running, oa: Channel) -> None:
    row = publish(house, oa)
    late = push(house, row)
    as_ended(house, late, State.FAILED)
    house.clock.set(late.due_at + timedelta(days=8))
    house.service.desk.act(late.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    with pytest.raises(QueueError, match=f"tin truyền thông số {late.id}"):
        push(house, row)


def test_new_words_go_on_only_while_no_other_new_words_wait(house: Running, page: Channel) -> None:
    row = publish(house, page, variants={})
    desk, now = house.service.desk, house.clock.now()
    first = revise(desk, row.id or 0, now=now, actor=LAN)
    as_ended(house, first, State.FAILED)
    second = revise(desk, row.id or 0, now=now + timedelta(minutes=1), actor=LAN)
    with pytest.raises(QueueError, match=f"đang có một lần sửa chưa xong .mục {second.id}"):
        desk.act(first.id or 0, Event.RESUMED, now=now + timedelta(minutes=1), actor=LAN)
    desk.act(second.id or 0, Event.CANCELLED, now=now, actor=LAN)
    assert desk.act(first.id or 0, Event.RESUMED, now=now, actor=LAN) is State.SCHEDULED


def as_ended(house: Running, row: Publication, state: State) -> None:
    with writing(house.engine) as session:
        found = session.get_one(Publication, row.id)
        found.state, found.next_attempt_at = state, None


def test_a_post_may_be_queued_at_the_hour_of_its_broadcast(house: Running, oa: Channel) -> None:
    row = publish(house, oa)
    sent = push(house, row)
    assert house.queue(post_of(house, row), oa, sent.due_at).id


def test_a_broadcast_that_waited_longer_than_a_night_is_not_sent_any_more(house: Running, oa: Channel) -> None:
    sent = push(house, publish(house, oa))
    with writing(house.engine) as session:
        session.get_one(Channel, oa.id).not_before = house.clock.now() + 48 * HOUR
    house.pass_time(house.clock.now() + 60 * HOUR)
    assert house.load(sent.id).state == State.MISSED
    assert house.sandbox.broadcasts() == []


def test_a_refused_comment_is_no_trouble_of_the_post(house: Running, page: Channel) -> None:
    values = {"code": 200, "status": 403}
    house.sandbox.fault("facebook", "error", method="POST", path=COMMENTS, values=values, times=5)
    row = publish(house, page)
    assert [one.state for one in followers(house, row)] == [State.FAILED]
    week = week_named("2026-W48")
    with reading(house.engine) as session:
        assert trouble_rows(session, week.since, week.until) == ()


def test_a_wrong_number_is_corrected_although_the_post_is_past_its_validity(house: Running, page: Channel) -> None:
    row = publish(house, page, variants={}, valid_to=NOW.date())
    house.clock.set(NOW + 48 * HOUR)
    house.sandbox.at(house.clock.now())
    house.approve_again(post_of(house, row), body="Số điện thoại đúng.")
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + HOUR)
    assert "Số điện thoại đúng." in house.sandbox.public("facebook")[0]["text"]


def test_a_comment_that_was_taken_out_of_the_post_is_not_sent(house: Running, page: Channel) -> None:
    house.sandbox.fault("facebook", "rate_limit", method="POST", path=COMMENTS)
    post = house.post(variants=WITH_COMMENT)
    row = house.queue(post, page, NOW + HOUR)
    house.pass_time(NOW + HOUR + timedelta(minutes=2))
    house.approve_again(post, variants={})
    house.pass_time(NOW + 5 * HOUR)
    assert [one.state for one in followers(house, row)] == [State.CANCELLED]
    assert house.sandbox.comments() == []


def test_an_answer_that_comes_after_a_person_had_settled_gives_the_post_its_id_and_its_comment(
    house: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = house.queue(house.post(variants=WITH_COMMENT), page, NOW + HOUR)
    house.pass_time(NOW + HOUR - timedelta(minutes=1))
    house.clock.set(NOW + HOUR)
    [taken] = claim(house.engine, now=NOW + HOUR, owner="slow", limit=1)
    in_time = Record.receipt

    def late(record: Record, *arguments: Any) -> None:
        sweep(house.engine, now=NOW + HOUR + timedelta(minutes=6))
        with writing(house.engine) as session:
            found = session.get_one(Publication, row.id)
            found.state = State.NEEDS_PERSON
        house.service.desk.settle(row.id or 0, "https://example.vn/1", now=house.clock.now(), actor=LAN)
        in_time(record, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Record, "receipt", late)
        house.service.worker.run(taken)
    assert house.load(row.id).external_id == house.sandbox.public("facebook")[0]["id"]
    house.pass_time(NOW + 2 * HOUR)
    assert len(house.sandbox.comments()) == 1


def test_a_post_that_somebody_had_held_says_so_when_it_goes_out_late(house: Running, page: Channel) -> None:
    row = house.queue(house.post(late_rule="any_time"), page, NOW + HOUR)
    house.service.desk.act(row.id or 0, Event.HELD, now=NOW, actor=LAN, words="Chờ ý kiến lãnh đạo.")
    house.clock.set(NOW + 3 * HOUR)
    house.service.desk.act(row.id or 0, Event.RESUMED, now=house.clock.now(), actor=LAN)
    house.pass_time(NOW + 4 * HOUR)
    with reading(house.engine) as session:
        words = session.exec(select(PublicationEvent.words).where(PublicationEvent.publication_id == row.id)).all()
    assert [one for one in words if "Đăng muộn" in one and "Chờ ý kiến lãnh đạo." in one]
