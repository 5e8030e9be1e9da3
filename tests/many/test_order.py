"""Writes to one channel: one at a time, in the order of their hours, whatever is due when and whatever goes wrong."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete
from sqlmodel import SQLModel, col, select

from connectors import connector_class
from scheduler.channels import save_channel
from scheduler.db import reading, writing
from scheduler.lifecycle import Event, State
from scheduler.policy import Policy
from scheduler.tables import Channel, Publication, PublicationEvent
from tests.conftest import NOW, Sandbox
from tests.many.province import FEED
from tests.records.unguarded import unguarded
from tests.scheduler.house import Running, granted

PAGES, MINUTES = 3, 8
FAULTS = (("status", False), ("hang_up", True), ("hang_up", False), ("no_body", True))
"""Surely not done, done and lost, not done and lost, done and told without its id."""

Post = tuple[int, int]
"""On which Page, and due after how many minutes."""


@dataclass(frozen=True)
class Flood:
    """What is due, and what goes wrong on which Page."""

    posts: tuple[Post, ...]
    faults: tuple[tuple[int, int], ...]
    """Page, and which fault strikes one of its public calls."""
    away: int
    """For so many minutes nothing runs after everything was prepared, so that several posts are ready at once."""


PAGE = st.integers(0, PAGES - 1)
FLOODS = st.builds(
    Flood,
    posts=st.lists(st.tuples(PAGE, st.integers(1, MINUTES)), min_size=6, max_size=14).map(tuple),
    faults=st.lists(st.tuples(PAGE, st.integers(0, len(FAULTS) - 1)), max_size=4).map(tuple),
    away=st.integers(0, MINUTES + 1),
)


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to make a failure smaller takes many floods
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(flood=FLOODS)
def test_writes_of_a_channel_never_overlap_and_come_in_the_order_of_their_hours(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, flood: Flood
) -> None:
    with unguarded(engine), engine.begin() as connection:
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(delete(table))
    sandbox.reset()
    sandbox.at(NOW)
    house = Running(engine, sandbox, tmp_path)
    house.service.policy = Policy(catch_up=timedelta(0))  # late posts go out as soon as they can
    try:
        pages = connect(house)
        rows = [
            house.publication(channel_id=pages[page].id, due_at=NOW + timedelta(minutes=minutes))
            for page, minutes in flood.posts
        ]
        for page, fault in flood.faults:
            kind, effect = FAULTS[fault]
            values = {"status": 503} if kind == "status" else {}
            path = FEED.format(pages[page].external_id)
            sandbox.fault("facebook", kind, method="POST", path=path, effect=effect, values=values)
        house.pass_time(NOW)
        house.clock.set(NOW + timedelta(minutes=flood.away))
        house.pass_time(NOW + timedelta(hours=2))
        public = Counter(item["text"].split(",")[0] for item in sandbox.public("facebook"))
        assert set(public.values()) == {1} and len(public) == len(rows), "lost or doubled"
        assert {house.load(row.id).state for row in rows} == {State.PUBLISHED}
        for page in pages:
            assert_one_at_a_time(sandbox, page)
            assert_in_order(engine, page)
    finally:
        house.close()


def connect(house: Running) -> list[Channel]:
    house.sandbox.pages(*(f"Trang {number}" for number in range(1, PAGES)))
    found = granted(
        connector_class("facebook"), house.service.platforms.settings["facebook"], house.http, now=house.clock.now()
    )
    with writing(house.engine) as session:
        return [
            save_channel(session, house.service.vault, "facebook", one, key=f"trang-{number}", now=NOW)
            for number, one in enumerate(found)
        ]


def assert_one_at_a_time(sandbox: Sandbox, page: Channel) -> None:
    """By the platform's own log: a call began only when the one before it was over."""
    mine = [
        (place, one["ended"])
        for place, one in enumerate(sandbox.requests("facebook"))
        if one["method"] == "POST" and f"/{page.external_id}/" in one["path"]
    ]
    for (_, ended), (place, _) in pairwise(mine):
        assert ended is not None and ended <= place


def assert_in_order(engine: Engine, page: Channel) -> None:
    """By our own history: whatever was claimed for its public call was the earliest of what was ready by then."""
    with reading(engine) as session:
        due = {row.id: row.due_at for row in session.exec(select(Publication).where(Publication.channel_id == page.id))}
        events = session.exec(
            select(PublicationEvent)
            .where(col(PublicationEvent.publication_id).in_(due))
            .order_by(col(PublicationEvent.id))
        ).all()
    ready: dict[int, datetime] = {}
    for event in events:
        one = event.publication_id
        if event.event == Event.CLAIMED and event.state_before == State.READY:
            waiting = [(due[other], other) for other, since in ready.items() if since <= event.at]
            assert (due[one], one) == min(waiting), f"{one} went before {min(waiting)}"
        ready.pop(one, None)
        if event.state_after == State.READY:
            ready[one] = max(due[one], event.at)
