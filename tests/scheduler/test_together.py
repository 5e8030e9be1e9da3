"""Two processes or two people who do the same at once, where neither finds it: it is done once, and both go on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from connectors import connector_class
from connectors.base import Part
from scheduler import moving
from scheduler.channels import ChannelError, save_channel, set_slots, switch_off, weekly_slots_of
from scheduler.db import in_turn, reading, writing
from scheduler.jobs import INSTALLED, mark_installed
from scheduler.lifecycle import Event, State
from scheduler.moving import move
from scheduler.queue import QueueError, one_at_a_time
from scheduler.queue_parts import broadcast, revise
from scheduler.service import Service
from scheduler.signs import Who, beat
from scheduler.tables import Channel, Heartbeat, JobRun, Publication
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.content.test_approving import until_somebody_waits
from tests.scheduler.crew_case import Crewed
from tests.scheduler.house import HOUR, House, Running, granted
from tests.scheduler.test_parts import publish
from tests.together import while_uncommitted

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


def again(engine: Engine, act: Callable[[Session], object]) -> Callable[[], object]:
    """The same in a transaction of its own."""

    def second() -> object:
        with writing(engine) as session:
            return act(session)

    return second


def test_the_first_day_of_an_office_is_written_down_once(engine: Engine) -> None:
    def first(session: Session) -> None:
        in_turn(session.connection(), INSTALLED)
        session.add(JobRun(job=INSTALLED, slot=NOW, started_at=NOW, finished_at=NOW, outcome="ok"))

    assert while_uncommitted(engine, first, lambda: mark_installed(engine, now=NOW + MINUTE)) is None
    with reading(engine) as session:
        assert session.exec(select(JobRun.slot).where(JobRun.job == INSTALLED)).all() == [NOW]


def test_two_processes_of_one_name_leave_their_signs_in_one_row(engine: Engine) -> None:
    second = again(engine, lambda session: beat(session, "may:1", Who.WORKER, now=NOW + MINUTE))
    assert while_uncommitted(engine, lambda session: beat(session, "may:1", Who.CLOCK, now=NOW), second) is None
    with reading(engine) as session:
        row = session.exec(select(Heartbeat)).one()
    assert (row.kind, row.started_at, row.at) == (Who.WORKER, NOW, NOW + MINUTE)


def test_of_two_who_connect_one_account_at_once_the_second_is_told(house: Running) -> None:
    settings = house.service.platforms.settings["facebook"]
    [found, *_] = granted(connector_class("facebook"), settings, house.http, now=NOW)

    def connect(session: Session) -> Channel:
        return save_channel(session, house.service.vault, "facebook", found, key="fanpage", now=NOW)

    answer = while_uncommitted(house.engine, connect, again(house.engine, connect))
    if house.engine.dialect.name == "postgresql":
        assert isinstance(answer, ChannelError) and "vừa kết nối" in str(answer)
    with reading(house.engine) as session:
        assert [one.key for one in session.exec(select(Channel))] == ["fanpage"]


def test_of_two_who_replace_the_slots_of_a_channel_at_once_the_later_word_stands(engine: Engine) -> None:
    channel = House(engine).channel()
    second = again(engine, lambda session: set_slots(session, channel, {0: [450, 600], 1: [450]}))
    assert while_uncommitted(engine, lambda session: set_slots(session, channel, {0: [450]}), second) is None
    with reading(engine) as session:
        assert weekly_slots_of(session, channel) == {0: {450: "", 600: ""}, 1: {450: ""}}


def test_of_two_who_send_new_words_at_once_one_does(house: Running) -> None:
    row = publish(house, house.connect("facebook"))
    desk, now = house.service.desk, house.clock.now()

    def first(session: Session) -> None:
        one_at_a_time(session, row.channel_id)
        session.add(
            Publication(
                post_id=row.post_id, channel_id=row.channel_id, part=Part.REVISION, follows_id=row.id, due_at=now,
                saved={}, created_at=now,
            )
        )  # fmt: skip

    answer = while_uncommitted(house.engine, first, lambda: revise(desk, row.id or 0, now=now + MINUTE, actor=MINH))
    assert isinstance(answer, QueueError) and "đang có một lần sửa" in str(answer)


def test_of_two_who_push_an_article_to_followers_at_once_one_does(house: Running) -> None:
    row = publish(house, house.connect("zalo"))
    desk, now = house.service.desk, house.clock.now()

    def first(session: Session) -> None:
        one_at_a_time(session, row.channel_id)
        session.add(
            Publication(
                post_id=row.post_id, channel_id=row.channel_id, part=Part.BROADCAST, follows_id=row.id,
                due_at=now + HOUR, details={"articles": [row.id]}, saved={}, created_at=now,
            )
        )  # fmt: skip

    at = now + HOUR + MINUTE
    answer = while_uncommitted(house.engine, first, lambda: broadcast(desk, [row.id or 0], {}, at, now=now, actor=LAN))
    assert isinstance(answer, QueueError) and "không gửi hai lần" in str(answer)


def a_stopped_push(house: Running, article: Publication) -> Publication:
    """A push to followers that failed."""
    at = house.clock.now() + HOUR
    row = broadcast(house.service.desk, [article.id or 0], {}, at, now=house.clock.now(), actor=LAN)
    with writing(house.engine) as session:
        found = session.get_one(Publication, row.id)
        found.state, found.next_attempt_at = State.FAILED, None
    return row


@pytest.mark.parametrize("how", ["resumed", "moved"])
def test_a_push_that_goes_on_while_somebody_queues_another_one_is_sent_once(house: Running, how: str) -> None:
    row = publish(house, house.connect("zalo"))
    stopped = a_stopped_push(house, row)
    desk, now, number = house.service.desk, house.clock.now(), stopped.id or 0

    def first(session: Session) -> None:
        one_at_a_time(session, row.channel_id)
        session.add(
            Publication(
                post_id=row.post_id, channel_id=row.channel_id, part=Part.BROADCAST, follows_id=row.id,
                due_at=now + 2 * HOUR, details={"articles": [row.id]}, saved={}, created_at=now,
            )
        )  # fmt: skip

    def second() -> State:
        if how == "resumed":
            return desk.act(number, Event.RESUMED, now=now, actor=LAN)
        return move(desk, number, now + 3 * HOUR, now=now, actor=LAN)

    answer = while_uncommitted(house.engine, first, second)
    assert isinstance(answer, QueueError) and "không gửi hai lần" in str(answer)


def test_who_asks_for_a_push_at_the_hour_to_which_another_one_is_moved_is_told(
    house: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = publish(house, house.connect("zalo"))
    stopped = a_stopped_push(house, row)
    desk, now = house.service.desk, house.clock.now()
    at = now + 2 * HOUR
    answers = ThreadPoolExecutor(1)
    asked: list[Future[Publication]] = []
    real = moving.apply

    def apply_and_wait(*told: Any, **facts: Any) -> State:
        state = real(*told, **facts)
        asked.append(answers.submit(broadcast, desk, [row.id or 0], {}, at, now=now, actor=MINH))
        until_somebody_waits(house.engine)
        return state

    monkeypatch.setattr(moving, "apply", apply_and_wait)
    move(desk, stopped.id or 0, at, now=now, actor=LAN)
    with answers, pytest.raises(QueueError):
        asked[0].result(timeout=20)


@pytest.mark.parametrize("what", ["words", "push"])
def test_what_follows_a_post_is_refused_when_its_channel_is_switched_off_at_that_moment(
    house: Running, what: str
) -> None:
    row = publish(house, house.connect("zalo"))
    desk, now, number = house.service.desk, house.clock.now(), row.id or 0

    def second() -> Publication:
        if what == "words":
            return revise(desk, number, now=now, actor=LAN)
        return broadcast(desk, [number], {}, now + HOUR, now=now, actor=LAN)

    def first(session: Session) -> None:
        switch_off(session, session.get_one(Channel, row.channel_id), MINH, now)

    answer = while_uncommitted(house.engine, first, second)
    assert isinstance(answer, QueueError) and "đã tắt" in str(answer)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_worker_whose_first_sign_of_life_fails_begins_all_the_same(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Crewed(engine, sandbox, tmp_path, media_host)
    page = house.connect("facebook")
    real, tried = Service.beat, list[str]()

    def beat_once_in_vain(service: Service) -> None:
        tried.append(service.owner)
        if len(tried) == 1:
            raise IntegrityError("INSERT INTO lineage", {}, ValueError("duplicate key"))
        real(service)

    monkeypatch.setattr(Service, "beat", beat_once_in_vain)
    row = house.due(page)
    try:
        with house.working():
            house.service.tick()
            house.until(lambda: house.load(row.id).state == State.PUBLISHED)
    finally:
        house.close()
    assert tried[:2] == ["this:1", "this:1"]
