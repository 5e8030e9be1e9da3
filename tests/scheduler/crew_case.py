"""A house on PostgreSQL whose due work is handed over, and workers in threads of this process."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from scheduler import handover_tables
from scheduler.clock import Clock
from scheduler.crew import Crew
from scheduler.db import writing
from scheduler.handover import Handover
from scheduler.lifecycle import State
from scheduler.service import Service
from scheduler.signs import Who, beat
from scheduler.tables import Channel, Publication
from tests.conftest import Sandbox
from tests.scheduler.house import Running

PATIENCE = 60
"""Seconds until what does not come is taken for stuck; never waited for in full when all is well."""
IN_FLIGHT = 4


class Died(BaseException):
    """The end of a process: nothing of the product may catch it."""


class DyingClock:
    """Stands still; its process dies at the first look at the time after something became public."""

    def __init__(self, clock: Clock, sandbox: Sandbox) -> None:
        self._clock, self._sandbox = clock, sandbox

    def now(self) -> datetime:
        if self._sandbox.public("facebook"):
            raise Died
        return self._clock.now()


class Crewed(Running):
    """The service as `cchc run` builds it in workers mode."""

    def __init__(self, engine: Engine, *rest: Any) -> None:
        super().__init__(engine, *rest)
        handover_tables.make(engine)
        with engine.begin() as connection:
            connection.execute(text("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE"))
        self.handover = self.service.handover = Handover(engine, IN_FLIGHT)

    def a_worker_is_alive(self, owner: str = "elsewhere:1") -> None:
        """A sign of life of a worker on some other machine."""
        with writing(self.engine) as session:
            beat(session, owner, Who.WORKER, now=self.clock.now())

    def due(self, channel: Channel) -> Publication:
        """A new post that is due on this channel now."""
        return self.publication(channel_id=channel.id)

    def ready(self, channel: Channel) -> Publication:
        """A new post that is due on this channel now, and prepared."""
        post = self.post()
        return self.publication(
            post_id=post.id, channel_id=channel.id, state=State.READY, prepared_hash=post.content_hash
        )

    def jobs(self) -> list[dict[str, Any]]:
        """What stands in the queues, oldest first."""
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id"))
            return [dict(row) for row in found.mappings()]

    def lease_owner(self, publication: Publication) -> str:
        """Whose it is now."""
        return self.load(publication.id).lease_owner

    def handed(self) -> list[tuple[int, int]]:
        """The publications in the queues, each with its fence."""
        return self.handed_of(self.jobs())

    @staticmethod
    def handed_of(jobs: list[dict[str, Any]]) -> list[tuple[int, int]]:
        """The publications of these jobs, each with its fence."""
        return [(one, fence) for job in jobs for one, fence in job["args"].get("work", [])]

    def another(self, owner: str, clock: Clock | None = None) -> Service:
        """The service of another process."""
        worker = self.service.worker
        made = Service(
            self.engine, clock=clock or self.clock, vault=self.service.vault, platforms=self.service.access.platforms,
            store=self.store, rng=worker.rng, media_address=worker.media_address, offer_media=worker.offer_media,
            handover=self.handover,
        )  # fmt: skip
        made.owner = owner
        return made

    @contextmanager
    def working(self, owner: str = "this:1") -> Iterator[Crew]:
        """A worker process's crew at work, until the block ends; then it has drained."""
        service = self.another(owner)
        service.kind = Who.WORKER
        begun: list[tuple[Crew, asyncio.AbstractEventLoop]] = []
        ready = threading.Event()

        async def work() -> None:
            crew = Crew(service, list(service.access.platforms.settings), IN_FLIGHT)
            begun.append((crew, asyncio.get_running_loop()))
            ready.set()
            await crew.run()

        def run() -> None:
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(work())

        thread = threading.Thread(target=run, name="crew")
        thread.start()
        assert ready.wait(PATIENCE)
        [(crew, loop)] = begun
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
