"""What follows a public post keeps to its post: whole or not at all, known by its own id, never in a post's place."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine
from sqlmodel import select

from connectors import connector_class
from connectors.base import Found, Outgoing, Part
from connectors.media import MediaHost, MediaSettings
from content.plan import load_plan, read_plan
from content.tables import Asset, Post, PostAsset
from content.vietnamese import local_day
from scheduler.autopilot import slot_times
from scheduler.channels import set_slots
from scheduler.claim import claim
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.queue_parts import broadcast, revise
from scheduler.slots import free_slots
from scheduler.sweep import sweep
from scheduler.tables import Channel, Publication
from tests.conftest import LAN, NOW, Sandbox
from tests.content.shelf import PLANS
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_media_host import www as www  # a fixture
from tests.scheduler.test_parts import COMMENT, COMMENTS, WITH_COMMENT, followers, publish

MINUTES = timedelta(minutes=1)
WORDS_OF_A_POST = r"/v[0-9.]+/\d+_\d+"


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host)
    yield running
    running.close()


@pytest.fixture
def page(house: Running) -> Channel:
    return house.connect("facebook")


def post_of(house: Running, row: Publication) -> Post:
    with reading(house.engine) as session:
        return session.get_one(Post, row.post_id)


# A broadcast of several articles -------------------------------------------------------------------------


@pytest.fixture
def pair(house: Running) -> tuple[Publication, Publication, Publication]:
    """Two public articles, and the broadcast of both in an hour."""
    oa = house.connect("zalo")
    first, second = publish(house, oa), publish(house, oa)
    now = house.clock.now()
    both = [first.id or 0, second.id or 0]
    return first, second, broadcast(house.service.desk, both, {}, now + HOUR, now=now, actor=LAN)


def withdraw(house: Running, row: Publication) -> None:
    house.service.desk.withdraw(row.id or 0, "Sai số điện thoại.", now=house.clock.now(), actor=LAN)


@pytest.mark.parametrize("place", [0, 1])
def test_a_broadcast_one_of_whose_articles_was_taken_down_is_not_sent(
    house: Running, pair: tuple[Publication, Publication, Publication], place: int
) -> None:
    row = pair[2]
    withdraw(house, pair[place])
    house.pass_time(row.due_at + 2 * HOUR)
    assert house.sandbox.broadcasts() == []
    assert house.load(row.id).state in (State.FAILED, State.CANCELLED)


@pytest.mark.parametrize("action", ["prepare", "publish"])
def test_a_broadcast_in_a_workers_hands_goes_out_with_all_its_articles_or_not_at_all(
    house: Running, pair: tuple[Publication, Publication, Publication], action: str
) -> None:
    _, second, row = pair
    if action == "publish":
        house.pass_time(row.due_at - MINUTES)
        assert house.load(row.id).state == State.READY
        house.clock.set(row.due_at)
        house.sandbox.at(row.due_at)
    [taken] = claim(house.engine, now=house.clock.now(), owner="slow", limit=5)
    assert (taken.id, taken.action) == (row.id, action)
    withdraw(house, second)
    house.service.worker.run(taken)
    house.pass_time(row.due_at + 2 * HOUR)
    assert house.sandbox.broadcasts() == []
    assert house.load(row.id).state in (State.FAILED, State.CANCELLED)


# Looking for what follows --------------------------------------------------------------------------------


def test_a_look_for_new_words_may_answer_with_the_posts_own_id_and_with_no_other(
    house: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, row = publish(house, page), publish(house, page)
    [comment], [others_comment] = followers(house, row), followers(house, other)
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + 10 * MINUTES)
    assert followers(house, row)[-1].external_id == row.external_id

    taken: list[frozenset[str]] = []
    kind = connector_class("facebook")
    real = kind.find

    def watched(self: Any, outgoing: Outgoing, saved: Any, *, known: frozenset[str], **rest: Any) -> Found:
        if outgoing.part is Part.REVISION:
            taken.append(known)
        return real(self, outgoing, saved, known=known, **rest)

    monkeypatch.setattr(kind, "find", watched)
    house.approve_again(post_of(house, row), body="Lời đã sửa lần hai.")
    house.sandbox.fault("facebook", "hang_up", method="POST", path=WORDS_OF_A_POST, effect=True)
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + HOUR)
    assert followers(house, row)[-1].state == State.PUBLISHED
    assert taken and all(row.external_id not in known for known in taken)
    for one in (comment, others_comment, other):
        assert all(one.external_id in known for known in taken)


def test_a_look_for_a_comment_that_lacks_a_permission_goes_to_a_person(house: Running, page: Channel) -> None:
    house.sandbox.fault("facebook", "hang_up", method="POST", path=COMMENTS, effect=False)
    values = {"code": 200, "status": 403}
    house.sandbox.fault("facebook", "error", method="GET", path=COMMENTS, values=values, times=50)
    row = publish(house, page)
    [comment] = followers(house, row)
    assert (comment.state, comment.next_attempt_at) == (State.NEEDS_PERSON, None)
    assert "quyền" in comment.problem
    assert [one.outcome for one in house.attempts(comment.id) if one.action == "find"] == ["misconfigured"]
    with reading(house.engine) as session:
        assert session.get_one(Channel, page.id).state == "connected"


@pytest.mark.parametrize("was_found_meanwhile", [False, True])
def test_a_post_whose_answer_came_after_its_lease_gets_its_comment_once(
    house: Running, page: Channel, monkeypatch: pytest.MonkeyPatch, was_found_meanwhile: bool
) -> None:
    row = house.queue(house.post(variants=WITH_COMMENT), page)
    house.pass_time(NOW + HOUR - timedelta(seconds=1))
    house.clock.set(NOW + HOUR)
    house.sandbox.at(NOW + HOUR)
    [taken] = claim(house.engine, now=NOW + HOUR, owner="slow", limit=5)
    real = house.http.request

    def slow(method: str, url: str, **kwargs: Any) -> Any:
        answer = real(method, url, **kwargs)
        if method == "POST" and url.endswith("/feed"):
            now = house.clock.now() + 20 * MINUTES
            house.clock.set(now)
            house.sandbox.at(now)
            sweep(house.engine, now=now)
            if was_found_meanwhile:
                house.clock.set(now + 20 * MINUTES)
                [look] = claim(house.engine, now=house.clock.now(), owner="other", limit=5)
                house.service.worker.run(look)
        return answer

    monkeypatch.setattr(house.http, "request", slow)
    house.service.worker.run(taken)
    assert (house.load(row.id).state, len(followers(house, row))) == (State.PUBLISHED, 1)
    assert [one.outcome for one in house.attempts(row.id) if one.action == "publish"] == ["ok"]
    house.pass_time(house.clock.now() + HOUR)
    assert house.sandbox.comments() == [{"post": house.load(row.id).external_id, "text": COMMENT}]
    assert len(house.sandbox.public("facebook")) == 1


# The slots of a channel are for posts --------------------------------------------------------------------

DAY = local_day(NOW) + timedelta(days=1)
[AT] = slot_times(DAY, [450])


def with_a_slot(house: Running, channel: Channel) -> None:
    with writing(house.engine) as session:
        load_plan(session, read_plan(PLANS / "mau-nam"), NOW)
        set_slots(session, channel, {DAY.weekday(): [450]})


def long_public(house: Running, channel: Channel, post: Post) -> Publication:
    at = NOW - timedelta(days=60)
    facts = {"state": State.PUBLISHED, "due_at": at, "published_at": at, "next_attempt_at": None, "external_id": "1_1"}
    return house.publication(post_id=post.id, channel_id=channel.id, **facts)


def queued_for(house: Running, on: date) -> list[tuple[int, Any]]:
    with reading(house.engine) as session:
        rows = session.exec(select(Publication).where(Publication.part == Part.POST)).all()
    return [(one.post_id, one.due_at) for one in rows if local_day(one.due_at) == on]


@pytest.mark.parametrize("part", [Part.REVISION, Part.BROADCAST])
def test_what_follows_a_post_takes_no_slot(house: Running, page: Channel, part: Part) -> None:
    with_a_slot(house, page)
    parent = long_public(house, page, house.post())
    house.publication(post_id=parent.post_id, channel_id=page.id, part=part, follows_id=parent.id, due_at=AT)
    with reading(house.engine) as session:
        assert AT in free_slots(session, page, now=NOW, policy=house.service.policy)
    post = house.post(topic="e")
    house.service.fill_days(DAY, 1)
    assert queued_for(house, DAY) == [(post.id, AT)]


@pytest.mark.parametrize("part", [Part.REVISION, Part.BROADCAST])
def test_a_day_with_what_follows_a_post_is_no_day_the_post_was_queued_for(
    house: Running, page: Channel, part: Part
) -> None:
    with_a_slot(house, page)
    parent = long_public(house, page, house.post())
    facts: dict[str, Any] = {"state": State.CANCELLED, "due_at": AT + HOUR, "next_attempt_at": None}
    house.publication(post_id=parent.post_id, channel_id=page.id, part=part, follows_id=parent.id, **facts)
    house.service.fill_days(DAY, 1)
    assert queued_for(house, DAY) == [(parent.post_id, AT)]


# A new picture -------------------------------------------------------------------------------------------


def test_the_new_picture_of_an_article_is_in_the_public_folder_before_zalo_fetches_it(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, www: tuple[Path, str]
) -> None:
    folder, address = www
    media = MediaHost(MediaSettings(media_url=address, media_target=folder.as_uri()))
    house = Running(engine, sandbox, tmp_path, media=media)
    row = publish(house, house.connect("zalo"))
    before = {file.name for file in folder.iterdir()}
    new = repaint(house, post_of(house, row))
    revise(house.service.desk, row.id or 0, now=house.clock.now(), actor=LAN)
    house.pass_time(house.clock.now() + HOUR)
    house.close()
    assert followers(house, row)[-1].state == State.PUBLISHED, followers(house, row)[-1].problem
    [added] = {file.name for file in folder.iterdir()} - before
    assert added.startswith(new)


def repaint(house: Running, post: Post) -> str:
    """Another picture in place of the post's own, approved; its hash."""
    file = house.store.folder.parent / "red.png"
    Image.new("RGB", (640, 360), "red").save(file)
    stored = house.store.put(file)
    with writing(house.engine) as session:
        session.add(
            Asset(
                sha256=stored.sha256, mime=stored.mime, size=stored.size, width=stored.width, height=stored.height,
                created_at=NOW,
            )
        )  # fmt: skip
        session.flush()
        for use in session.exec(select(PostAsset).where(PostAsset.post_id == post.id)):
            use.sha256 = stored.sha256
            session.add(use)
    house.approve_again(post)
    return stored.sha256
