"""A house on PostgreSQL whose due work is handed over, and workers in threads of this process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text
from sqlmodel import Session

from scheduler import handover_tables
from scheduler.crew import Crew
from scheduler.db import writing
from scheduler.handover import Handover
from scheduler.service import Service
from scheduler.signs import Who, beat
from scheduler.tables import Publication
from tests.scheduler.house import Running

PATIENCE = 60
"""Seconds until what does not come is taken for stuck; never waited for in full when all is well."""


class Crewed(Running):
    """The service as `cchc run` builds it in workers mode."""

    def __init__(self, engine: Engine, *rest: Any) -> None:
        super().__init__(engine, *rest)
        handover_tables.make(engine)
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))
        self.service.handover = Handover(engine, self.service.access.platforms.settings, in_flight=4)

    def a_worker_is_alive(self, owner: str = "elsewhere:1") -> None:
        """A sign of life of a worker on some other machine."""
        with writing(self.engine) as session:
            beat(session, owner, Who.WORKER, now=self.clock.now())

    def jobs(self) -> list[dict[str, Any]]:
        """What stands in the queues, oldest first."""
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id"))
            return [dict(row) for row in found.mappings()]

    def lease_owner(self, publication: Publication) -> str:
        return self.load(publication.id).lease_owner

    @contextmanager
    def working(self, in_flight: int = 4) -> Iterator[Crew]:
        """A worker process's crew at work, until the block ends; then it has drained."""
        service = Service(
            self.engine, clock=self.clock, vault=self.service.vault, platforms=self.service.access.platforms,
            store=self.store, rng=self.service.worker.rng, media_address=self.service.worker.media_address,
            offer_media=self.service.worker.offer_media, handover=self.service.handover,
        )  # fmt: skip
        service.owner, service.kind = "this:1", Who.WORKER
        begun: list[tuple[Crew, asyncio.AbstractEventLoop]] = []
        ready = threading.Event()

        async def work() -> None:
            begun.append(
                (Crew(service, list(service.access.platforms.settings), in_flight), asyncio.get_running_loop())
            )
            ready.set()
            await begun[0][0].run()

        def run() -> None:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(work())

        thread = threading.Thread(target=run, name="crew")
        thread.start()
        assert ready.wait(PATIENCE)
        crew, loop = begun[0]
        try:
            yield crew
        finally:
            loop.call_soon_threadsafe(crew.stop)
            thread.join(PATIENCE)
            service.close()
        assert not thread.is_alive(), "the worker does not drain"

    def until(self, come: Callable[[], bool]) -> None:
        """Look until it is so; a bounded number of quick looks."""
        pause = threading.Event()
        for _ in range(PATIENCE * 20):
            if come():
                return
            pause.wait(0.05)
        raise AssertionError("it does not come")

    def deferred_by(self, session: Session, sql: str) -> int:
        return int(session.connection().execute(text(sql)).scalar_one())
