"""Handing due work over to workers: in the claim's transaction, no more than they can take, and never twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from scheduler.lifecycle import State
from tests.conftest import Sandbox
from tests.scheduler.crew_case import Crewed

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Crewed]:
    """A service that hands over."""
    made = Crewed(engine, sandbox, tmp_path, media_host)
    yield made
    made.close()


def test_a_worker_publishes_what_a_clock_hands_over(house: Crewed, sandbox: Sandbox) -> None:
    page, post = house.connect("facebook"), house.post()
    publication = house.publication(post_id=post.id, channel_id=page.id)
    with house.working():
        house.service.tick()
        house.until(lambda: house.load(publication.id).state == State.PUBLISHED)
    assert len(sandbox.public("facebook")) == 1
    assert house.events(publication.id) == ["claimed", "prepared", "claimed", "succeeded"]
    assert house.jobs() == [], "done is gone"
