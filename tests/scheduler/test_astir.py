"""The look before a sweep: silent only when the sweep would change nothing, and never loud for nothing for long."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import SQLModel, select

from content.tables import Editorial, LateRule, Post
from scheduler.astir import look
from scheduler.db import reading, writing
from scheduler.lifecycle import WORKING, Event, State
from scheduler.sweep import sweep
from scheduler.tables import Attempt, Channel, Pause, Publication, PublicationEvent, UsageLevel
from tests.conftest import NOW
from tests.records.unguarded import unguarded
from tests.scheduler.house import HOUR, House

MINUTE = timedelta(minutes=1)
TABLES: tuple[type[SQLModel], ...] = (PublicationEvent, Attempt, Publication, Channel, Post, Pause, UsageLevel)


def rows(engine: Engine) -> list[str]:
    """Everything a sweep may touch."""
    with reading(engine) as session:
        return sorted(repr(row) for table in TABLES for row in session.exec(select(table)))


def add(engine: Engine, *found: SQLModel) -> None:
    with writing(engine) as session:
        session.add_all(found)


def pause(**facts: Any) -> Pause:
    return Pause(**{"reason": "thien_tai", "since": NOW - HOUR, "started_by": "minh", **facts})


def sweeps(engine: Engine) -> bool:
    """Whether a sweep changes anything now."""
    before = rows(engine)
    sweep(engine, now=NOW)
    return rows(engine) != before


def a_limit_ran_out(house: House) -> None:
    house.channel(not_before=NOW)


def a_worker_died(house: House) -> None:
    house.publication(state=State.PUBLISHING, lease_owner="a", lease_until=NOW - MINUTE, next_attempt_at=NOW)


def a_stopped_channel_keeps_one_waiting(house: House) -> None:
    house.publication(channel_id=house.channel(state="reconnect").id)


def a_full_limit_keeps_one_waiting(house: House) -> None:
    channel = house.channel()
    house.publication(channel_id=channel.id, due_at=NOW + HOUR, next_attempt_at=NOW)
    add(house.engine, UsageLevel(scope=f"channel:{channel.id}", percent=99, at=NOW - MINUTE))


def one_is_too_late(house: House) -> None:
    house.publication(due_at=NOW - HOUR, next_attempt_at=NOW + HOUR, late_until=NOW - MINUTE)


def one_too_late_moves_by_itself(house: House) -> None:
    post = house.post(late_rule=LateRule.NEXT_SLOT)
    house.publication(post_id=post.id, due_at=NOW - HOUR, next_attempt_at=NOW + HOUR, late_until=NOW - MINUTE)


def its_approval_came(house: House) -> None:
    house.publication(state=State.HELD, held_by=Event.APPROVAL_LOST, due_at=NOW + HOUR, next_attempt_at=None)


def two_are_late_at_once(house: House) -> None:
    channel = house.channel()
    for minutes in (60, 61):
        house.publication(channel_id=channel.id, state=State.READY, due_at=NOW - minutes * MINUTE, next_attempt_at=NOW)


def a_pause_is_in_force(house: House) -> None:
    house.publication(next_attempt_at=NOW + HOUR)
    add(house.engine, pause())


def a_pause_is_over_in_which_one_was_due(house: House) -> None:
    house.publication(due_at=NOW - 30 * MINUTE, next_attempt_at=NOW + HOUR)
    add(house.engine, pause(since=NOW - HOUR, until=NOW - MINUTE))


EVERY = (
    a_limit_ran_out, a_worker_died, a_stopped_channel_keeps_one_waiting, a_full_limit_keeps_one_waiting,
    one_is_too_late, one_too_late_moves_by_itself, its_approval_came, two_are_late_at_once, a_pause_is_in_force,
    a_pause_is_over_in_which_one_was_due,
)  # fmt: skip


@pytest.mark.parametrize("happened", EVERY, ids=lambda one: one.__name__)
def test_the_look_sees_each_thing_that_a_sweep_mends(engine: Engine, happened: Callable[[House], None]) -> None:
    happened(House(engine))
    seen = look(engine, now=NOW)
    assert sweeps(engine)
    assert seen.sweep


def test_an_idle_house_is_not_swept_again_and_again(engine: Engine) -> None:
    house = House(engine)
    house.publication(due_at=NOW + HOUR, next_attempt_at=NOW + MINUTE, late_until=NOW + 2 * HOUR)
    house.publication(state=State.READY, due_at=NOW, next_attempt_at=NOW + MINUTE)
    house.publication(state=State.PUBLISHING, lease_owner="a", lease_until=NOW + MINUTE, next_attempt_at=NOW)
    house.publication(state=State.PUBLISHED, due_at=NOW - HOUR, late_until=NOW - MINUTE, next_attempt_at=None)
    house.publication(state=State.HELD, held_by=Event.PAUSED, due_at=NOW - HOUR, next_attempt_at=None)
    waiting = house.post(state=Editorial.DRAFT)
    house.publication(post_id=waiting.id, state=State.HELD, held_by=Event.APPROVAL_LOST, next_attempt_at=None)
    told = house.channel(state="reconnect")
    house.publication(channel_id=told.id, problem="Chờ kênh.")
    house.channel(not_before=NOW + MINUTE)
    add(house.engine, pause(since=NOW - 3 * HOUR, until=NOW - 2 * HOUR), pause(since=NOW + HOUR))
    assert not look(engine, now=NOW).sweep
    assert not sweeps(engine)


def test_the_look_names_where_something_may_be_claimed(engine: Engine) -> None:
    house = House(engine)
    house.publication(channel_id=house.channel("zalo").id)
    house.publication(channel_id=house.channel("facebook").id)
    house.publication(channel_id=house.channel("youtube").id, next_attempt_at=NOW + MINUTE)
    assert look(engine, now=NOW) == (False, ["facebook", "zalo"])


def houses(engine: Engine, count: int) -> Iterator[int]:
    """So many houses, one after the other, each with a few things as they may stand."""
    for seed in range(count):
        with unguarded(engine), writing(engine) as session:
            for table in TABLES:
                session.connection().execute(delete(table))
        rng = random.Random(seed)
        furnish(House(engine), rng)
        yield seed


def furnish(house: House, rng: random.Random) -> None:
    def about(*more: Any) -> Any:
        return rng.choice((*(NOW + minutes * MINUTE for minutes in (-90, -30, -5, 0, 5, 60)), *more))

    channel = house.channel(state=rng.choice(("connected",) * 4 + ("blocked", "reconnect", "off")),
                            not_before=about(*[None] * 9))  # fmt: skip
    state = rng.choice((State.SCHEDULED, State.READY, State.RETRY_WAIT, State.UNCONFIRMED, *WORKING, *State))
    post = house.post(state=rng.choice((Editorial.APPROVED, Editorial.APPROVED, Editorial.DRAFT)),
                      late_rule=rng.choice(list(LateRule)), allowed_in_pause=rng.random() < 0.2)  # fmt: skip
    house.publication(
        channel_id=channel.id, post_id=post.id, state=state, due_at=about(), next_attempt_at=about(None),
        late_until=about(None, None), lease_until=about() if state in WORKING else None,
        lease_owner="a" if state in WORKING else "", problem=rng.choice(("", "", "Lý do.")),
        held_by=rng.choice((Event.APPROVAL_LOST, Event.PAUSED)) if state == State.HELD else "",
        prepared_hash=post.content_hash,
    )  # fmt: skip
    if rng.random() < 0.3:
        since = about()
        add(house.engine, pause(since=since, until=rng.choice((None, since + HOUR)), at_once=rng.random() < 0.3))
    if rng.random() < 0.3:
        add(house.engine, UsageLevel(scope=f"channel:{channel.id}", percent=rng.choice((20, 60, 99)), at=about(),
                                     until=about(None, None)))  # fmt: skip


def test_a_sweep_after_a_silent_look_changes_nothing(engine: Engine) -> None:
    silent = mended = 0
    for seed in houses(engine, 30):
        seen, changes = look(engine, now=NOW).sweep, sweeps(engine)
        assert seen or not changes, f"house {seed}: the sweep changed what the look did not see"
        silent, mended = silent + (not seen), mended + changes
    assert silent > 5
    assert mended > 5
