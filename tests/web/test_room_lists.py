"""What the rooms read of the queue: which rows stand in a list, in which order, and which are left out."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from content.tables import Editorial
from content.vietnamese import LOCAL
from scheduler.db import reading
from scheduler.lifecycle import OPEN, Event, State
from scheduler.rows import OCCUPIES
from tests.conftest import NOW
from tests.scheduler.house import HOUR, House
from web.marks import marks
from web.roles import Person, Role
from web.rooms.approvals.reading import Wanted, waiting
from web.rooms.autopilot.reading import decided
from web.rooms.calendar.single import Place, _choice
from web.rooms.today.reading import LISTED, in_trouble

DAY = timedelta(days=1)
MINH = Person(1, "minh", "Minh", frozenset({Role.APPROVER_1}))


@pytest.fixture
def house(engine: Engine) -> House:
    return House(engine)


TROUBLE = (
    (-2 * HOUR, State.FAILED, ""),
    (-13 * DAY, State.FAILED, ""),
    (20 * HOUR, State.HELD, Event.HELD),
    (-1 * HOUR, State.NEEDS_PERSON, ""),
    (-2 * HOUR, State.HELD, Event.APPROVAL_LOST),
    (DAY, State.HELD, Event.APPROVAL_LOST),
    (-1 * HOUR, State.HELD, Event.HELD),
    (-5 * HOUR, State.MISSED, ""),
    (40 * DAY, State.NEEDS_PERSON, ""),
    (-2 * HOUR, State.NEEDS_PERSON, ""),
    (1 * HOUR, State.HELD, Event.APPROVAL_LOST),
    (2 * HOUR, State.MISSED, ""),
)
"""What a scheduler has to decide about: when it is or was due, and what stops it. The list ends within a tie."""
NO_TROUBLE = (
    *((3 * HOUR, State.HELD, Event.PAUSED), (-1 * HOUR, State.HELD, Event.PAUSED)),
    *((2 * DAY, State.HELD, Event.APPROVAL_LOST), (-15 * DAY, State.MISSED, "")),
    *((HOUR, state, "") for state in State if state in OCCUPIES - {State.HELD, State.NEEDS_PERSON}),
    *((HOUR, state, "") for state in (State.CANCELLED, State.EXPIRED)),
)


def test_the_newest_troubles_are_listed_in_order_and_all_of_them_counted(house: House) -> None:
    channel = house.channel()
    made = [
        house.publication(due_at=NOW + after, state=state, held_by=by, channel_id=channel.id)
        for after, state, by in (*TROUBLE, *NO_TROUBLE)
    ]
    wanted = sorted(made[: len(TROUBLE)], key=lambda one: (-one.due_at.timestamp(), one.id))
    with reading(house.engine) as session:
        lines, count = in_trouble(session, NOW)
    assert [(one.due_at, one.id) for one in lines] == [(one.due_at, one.id) for one in wanted[:LISTED]]
    assert wanted[LISTED - 1].due_at == wanted[LISTED].due_at, "the list ends within a tie"
    assert count == len(TROUBLE)


def test_a_post_stands_before_its_approvers_by_what_is_still_to_come_of_it(house: House) -> None:
    later, sooner = house.post(state=Editorial.SUBMITTED), house.post(state=Editorial.SUBMITTED)
    held = {"state": State.HELD, "held_by": Event.APPROVAL_LOST}
    house.publication(post_id=later.id, due_at=NOW - DAY, state=State.PUBLISHED)
    house.publication(post_id=later.id, due_at=NOW + HOUR, state=State.CANCELLED)
    house.publication(post_id=later.id, due_at=NOW + 3 * HOUR, **held)
    house.publication(post_id=sooner.id, due_at=NOW + 2 * HOUR, **held)
    with reading(house.engine) as session:
        found, _ = waiting(session, MINH, Wanted(), NOW)
    assert [one.post.id for one in found] == [sooner.id, later.id]
    assert [(one.at, one.state) for one in found[1].places] == [(NOW + 3 * HOUR, State.HELD)]


def test_the_autopilots_decisions_are_shown_as_long_as_they_are_open(house: House) -> None:
    channel = house.channel()
    for state in State:
        house.publication(channel_id=channel.id, due_at=NOW + HOUR, state=state, origin="autopilot")
    with reading(house.engine) as session:
        [day] = decided(session, marks([channel]), [], now=NOW)
    assert {one.state for one in day.items} == OPEN


def test_what_came_to_nothing_is_no_last_time_on_a_channel(house: House) -> None:
    channel = house.channel()
    then, later = NOW - 9 * DAY, NOW - 2 * DAY
    posts = {state: house.post(key=state) for state in State}
    for state, post in posts.items():
        house.publication(post_id=post.id, channel_id=channel.id, due_at=then, state=State.PUBLISHED)
        house.publication(post_id=post.id, channel_id=channel.id, due_at=later, state=state)
    place = Place(channel, datetime(2026, 11, 24, 17, tzinfo=LOCAL))
    with reading(house.engine) as session:
        found = {one.post.key: one.last for one in _choice(session, "", place)}
    assert found == {state: later if state in OCCUPIES else then for state in posts}
