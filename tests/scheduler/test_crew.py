"""A worker's crew ends when it is told to, whatever it is at."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from procrastinate import PsycopgConnector
from sqlalchemy import Engine

from scheduler.crew import Crew
from tests.conftest import Sandbox
from tests.scheduler.crew_case import IN_FLIGHT, PATIENCE, Crewed

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Crewed]:
    made = Crewed(engine, sandbox, tmp_path)
    yield made
    made.close()


def test_a_worker_told_to_stop_while_its_connections_are_made_ends(
    house: Crewed, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = house.another("this:1")
    really = PsycopgConnector.open_async

    async def run() -> None:
        crew = Crew(service, list(service.access.platforms.settings), IN_FLIGHT)

        async def opened(connector: PsycopgConnector, **facts: Any) -> None:
            await really(connector, **facts)
            crew.stop()
            for _ in range(5):  # as `asyncio.wait_for` does until Python 3.12 when what it waits for has just come
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0)

        monkeypatch.setattr(PsycopgConnector, "open_async", opened)
        await asyncio.wait_for(crew.run(), PATIENCE)

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(run())
    service.close()
