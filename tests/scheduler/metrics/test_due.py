"""What is due is found from what is stored: nothing asked twice, nothing lost, whatever became of a collection."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from connectors.base import Part
from scheduler.db import looking, writing
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.metrics.cadence import USUAL
from scheduler.metrics.due import OWN_EVERY, Due, asked, due_on
from scheduler.metrics.keeping import UNFINISHED
from scheduler.tables import Channel, Publication, Reading
from tests.conftest import NOW
from tests.scheduler.house import House

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


@pytest.fixture
def page(house: House) -> Channel:
    return house.channel()


def public(house: House, channel: Channel, at: datetime, **facts: object) -> Publication:
    """A publication that went out at `at`."""
    ref = f"1_{at:%Y%m%d%H%M%S}"
    values = {"due_at": at, "state": State.PUBLISHED, "published_at": at, "external_id": ref, **facts}
    return house.publication(channel_id=channel.id, **values)


def due(house: House, channel: Channel, now: datetime, *, only_new: bool = False, everything: bool = False) -> Due:
    with looking(house.engine) as connection:
        found = due_on(connection, asked(connection, now), USUAL, now=now, everything=everything)[channel.id or 0]
    return found.only_new() if only_new else found


def collected(
    house: House, channel: Channel, at: datetime, told: list[int | None], words: str = "", source: str = "platform"
) -> None:
    """A collection that brought a value of each of these publications (None: of the channel)."""
    with writing(house.engine) as session:
        row = Collection(channel_id=channel.id or 0, taken_at=at, words=words, source=source)
        session.add(row)
        session.flush()
        for number in told:
            session.add(
                Reading(
                    channel_id=channel.id or 0,
                    publication_id=number,
                    metric="views" if number else "followers",
                    value=1,
                    name="n",
                    version="v",
                    taken_at=at,
                    collection_id=row.id,
                )
            )


def test_what_was_never_asked_is_due_at_once_and_the_channel_with_it(house: House, page: Channel) -> None:
    post = public(house, page, NOW - HOUR)
    assert due(house, page, NOW) == Due(True, {post.external_id: post.id or 0})


@pytest.mark.parametrize(
    "facts",
    [{"state": State.WITHDRAWN}, {"external_id": ""}, {"part": Part.REVISION}, {"state": State.FAILED}],
)
def test_only_posts_that_stand_on_the_channel_are_asked_for(
    house: House, page: Channel, facts: dict[str, object]
) -> None:
    public(house, page, NOW - HOUR, **facts)
    assert due(house, page, NOW).posts == {}


def test_a_year_after_it_went_out_a_post_is_left_alone(house: House, page: Channel) -> None:
    public(house, page, NOW - 366 * DAY)
    assert due(house, page, NOW).posts == {}


def test_after_a_whole_collection_nothing_is_due_until_the_next_mark_even_of_a_post_that_is_gone(
    house: House, page: Channel
) -> None:
    post = public(house, page, NOW - HOUR)
    collected(house, page, NOW, [None])  # it was asked for, and the platform knows it no more
    assert not due(house, page, NOW + HOUR / 4)
    assert due(house, page, NOW + HOUR).posts == {post.external_id: post.id}, "08:30 is a mark of three hours"


def test_a_collection_that_failed_leaves_what_is_due_for_the_next_waking(house: House, page: Channel) -> None:
    first, second = public(house, page, NOW - HOUR), public(house, page, NOW - 2 * HOUR)
    collected(house, page, NOW, [None, first.id], "Lỗi mạng.")
    found = due(house, page, NOW + HOUR / 4)
    assert (found.own, found.posts) == (False, {second.external_id: second.id}), "what was answered is not asked again"


def test_a_collection_that_died_on_its_way_never_passes_for_whole(house: House, page: Channel) -> None:
    post = public(house, page, NOW - HOUR)
    collected(house, page, NOW, [], UNFINISHED)
    assert due(house, page, NOW + HOUR / 4) == Due(True, {post.external_id: post.id or 0})


def test_figures_entered_by_hand_do_not_stand_for_a_collection(house: House, page: Channel) -> None:
    post = public(house, page, NOW - HOUR)
    collected(house, page, NOW, [None, post.id], source="manual")
    assert due(house, page, NOW + HOUR / 4) == Due(True, {post.external_id: post.id or 0})


def test_the_channels_own_figures_come_at_least_once_a_day_without_any_post(house: House, page: Channel) -> None:
    asked: list[datetime] = []
    for hour in range(24 * 4):
        now = NOW + HOUR / 2 + hour * HOUR
        if due(house, page, now).own:
            asked.append(now)
            collected(house, page, now, [None])
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert set(gaps) <= {OWN_EVERY, 4 * HOUR, 3 * HOUR} and max(gaps) <= DAY


def test_near_a_limit_old_posts_wait_and_are_asked_when_there_is_room_again(house: House, page: Channel) -> None:
    old, new = public(house, page, NOW - 3 * DAY), public(house, page, NOW - HOUR)
    found = due(house, page, NOW, only_new=True)
    assert (found.posts, found.left_out) == ({new.external_id: new.id}, 1)
    collected(house, page, NOW, [None, new.id], "Chưa thu bài cũ.")
    assert due(house, page, NOW + HOUR / 4).posts == {old.external_id: old.id}


def test_a_person_may_ask_for_everything_at_any_moment(house: House, page: Channel) -> None:
    post = public(house, page, NOW - 3 * DAY)
    collected(house, page, NOW, [None, post.id])
    assert due(house, page, NOW + HOUR / 4, everything=True) == Due(True, {post.external_id: post.id or 0})


def test_a_collection_from_a_clock_that_stood_ahead_stops_nothing(house: House, page: Channel) -> None:
    post = public(house, page, NOW - HOUR)
    collected(house, page, NOW + 300 * DAY, [None, post.id])
    assert due(house, page, NOW) == Due(True, {post.external_id: post.id or 0})


@pytest.mark.parametrize("seed", range(3))
def test_a_channel_is_never_passed_over_while_anything_is_due_on_it(house: House, page: Channel, seed: int) -> None:
    chance = random.Random(seed)
    start = NOW + HOUR / 2
    for _ in range(5):
        public(house, page, start + chance.uniform(-40, 15) * DAY)
    now = start
    for _ in range(80):
        now += chance.choice([1, 1, 1, 2, 5, 40]) * HOUR
        with looking(house.engine) as connection:
            [one] = asked(connection, now)
        found = due(house, page, now)
        assert one.leaves(USUAL, now) or not found
        if found and chance.random() < 0.8:
            told = [None, *found.posts.values()] if chance.random() < 0.8 else []
            collected(house, page, now, told, "" if told else "Mạng bị ngắt.")


@pytest.mark.parametrize("seed", range(3))
def test_over_weeks_of_whole_cut_and_failed_collections_nothing_is_asked_twice_and_nothing_forgotten(
    house: House, page: Channel, seed: int
) -> None:
    chance = random.Random(seed)
    start = NOW + HOUR / 2
    posts = [public(house, page, start + chance.uniform(-40, 20) * DAY) for _ in range(6)]
    answered: dict[int, list[datetime]] = {one.id or 0: [] for one in posts}
    now = start
    for _ in range(120):
        now += chance.choice([1, 1, 1, 2, 5, 40]) * HOUR
        out = [one for one in posts if one.published_at and one.published_at <= now]
        found = [number for number in due(house, page, now).posts.values() if number in {one.id for one in out}]
        owed = {
            one.id
            for one in out
            if one.published_at and USUAL.is_due(one.published_at, max(answered[one.id or 0], default=None), now)
        }
        assert set(found) == owed
        told = chance.choice([found, found, found, found[: len(found) // 2], []])
        for number in told:
            answered[number].append(now)
        collected(house, page, now, [None, *told], "" if told == found else "Mạng bị ngắt.")
    assert all(answered.values())
