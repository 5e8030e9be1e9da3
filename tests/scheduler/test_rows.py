"""How rows of the queue are found."""

from collections.abc import Collection

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from scheduler.db import reading
from scheduler.lifecycle import OPEN, State
from scheduler.rows import OCCUPIES, one_of
from scheduler.tables import Publication
from tests.conftest import NOW
from tests.scheduler.house import HOUR, House


@pytest.mark.parametrize(
    "states",
    [(), (State.PUBLISHED,), (State.MISSED, State.FAILED), OPEN, OCCUPIES, tuple(State)],
    ids=["none", "one", "two", "open", "occupies", "all"],
)
def test_rows_told_by_the_states_left_out_are_those_meant(engine: Engine, states: Collection[State]) -> None:
    house = House(engine)
    channel, post = house.channel(), house.post()
    for hours, state in enumerate(State):
        house.publication(post_id=post.id, channel_id=channel.id, due_at=NOW + hours * HOUR, state=state)
    with reading(engine) as session:
        found, meant = (
            session.exec(select(Publication.state).where(condition).order_by(col(Publication.id))).all()
            for condition in (one_of(states), col(Publication.state).in_(states))
        )
    assert found == meant == [state for state in State if state in states]
