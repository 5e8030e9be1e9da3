"""Procrastinate by itself on PostgreSQL: a job for each post with `schedule_at`, 50 at a time.

The body blocks, so its task is a plain function: Procrastinate runs it in the event loop's threads, of which there are
as many as jobs at a time.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.tasks import Task
from procrastinate.types import JSONDict

from benchmarks.rushing.engine import POSTGRES, Place
from benchmarks.rushing.peer import Peer

EVERY = 10.0
"""Seconds between two looks for jobs whose worker is gone, where they are tried again."""


class ProcrastinateJobs(Peer):
    """`again`: jobs whose worker gave no sign of life for 30 seconds are run again, as its guide advises."""

    package = "procrastinate"
    needs = frozenset({POSTGRES})
    postgres_books = True

    def __init__(self, name: str, label: str, *, again: bool = False) -> None:
        self.name, self.label, self._again = name, label, again

    def set_up(self, place: Place) -> None:
        """The books and the queue's tables."""
        super().set_up(place)
        with App(connector=SyncPsycopgConnector(conninfo=place.database)).open() as app:
            app.schema_manager.apply_schema()

    def queue(self, place: Place) -> None:
        """All jobs in one batch."""
        app = App(connector=SyncPsycopgConnector(conninfo=place.database))
        task = self._task(app, place)
        with app.open():
            job = task.configure(schedule_at=datetime.fromtimestamp(place.due, UTC))
            work: list[JSONDict] = [{"number": number} for number in range(place.posts)]
            job.batch_defer(*work)

    def _task(self, app: App, place: Place) -> "Task[[int], None, [int]]":
        body = self.body(place)

        def publish(number: int) -> None:
            body.publish(number)

        return app.task(name="publish")(publish)

    def work(self, place: Place, number: int) -> None:
        """`run_worker_async`."""
        asyncio.run(self._work(place, number))

    async def _work(self, place: Place, number: int) -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(place.in_flight))
        app = App(connector=PsycopgConnector(conninfo=place.database, min_size=1, max_size=10))
        self._task(app, place)
        async with app.open_async():
            again = asyncio.create_task(_again(app)) if self._again else None
            place.tell_ready(number)
            await app.run_worker_async(concurrency=place.in_flight, fetch_job_polling_interval=0.5)
            if again is not None:
                again.cancel()
                with suppress(asyncio.CancelledError):
                    await again


async def _again(app: App) -> None:
    while True:
        for job in await app.job_manager.get_stalled_jobs():
            await app.job_manager.retry_job(job)
        await asyncio.sleep(EVERY)


PLAIN = ProcrastinateJobs("procrastinate", "Procrastinate, 50 at a time")
AGAIN = ProcrastinateJobs("procrastinate-again", "Procrastinate, 50 at a time, stalled jobs again", again=True)
