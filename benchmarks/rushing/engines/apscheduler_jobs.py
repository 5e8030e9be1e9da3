"""APScheduler 3.11 with a job for each post, as its guide shows: `add_job(publish, "date", run_date=…)`.

The jobs are kept in its own store (SQLAlchemy), so that they outlive a restart.
"""

from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, make_url

from benchmarks.rushing.body import Body
from benchmarks.rushing.engine import POSTGRES as NEEDS_POSTGRES
from benchmarks.rushing.engine import Place
from benchmarks.rushing.peer import Peer, until_stopped

_HERE: list[Body] = []
"""The body of this process: a stored job names a function and takes nothing that cannot be pickled."""


def publish(number: int) -> None:
    """The job."""
    _HERE[0].publish(number)


class APSchedulerJobs(Peer):
    """`grace` off means that a job runs however late it is; its default lets a job go after one second."""

    package = "apscheduler"
    lead_each = 1 / 80

    def __init__(
        self, name: str, label: str, *, postgres: bool = False, grace_off: bool = True, hands: int = 10
    ) -> None:
        self.name, self.label = name, label
        self.postgres_books = postgres
        self.needs = frozenset({NEEDS_POSTGRES}) if postgres else frozenset()
        self._grace_off, self._hands = grace_off, hands
        if not grace_off:
            self.loses = "a job that begins more than a second late is dropped (`misfire_grace_time` is 1 by default)"

    def _database(self, place: Place) -> Database:
        if self.postgres_books:
            return create_engine(make_url(place.database).set(drivername="postgresql+psycopg"))
        database = create_engine(f"sqlite:///{place.folder / 'jobs.sqlite3'}")
        event.listen(database, "connect", _safe)
        return database

    def _scheduler(self, place: Place) -> BackgroundScheduler:
        defaults: dict[str, Any] = {"misfire_grace_time": None} if self._grace_off else {}
        return BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": SQLAlchemyJobStore(engine=self._database(place))},
            executors={"default": ThreadPoolExecutor(self._hands)},
            job_defaults=defaults,
        )

    def queue(self, place: Place) -> None:
        """One `add_job` for each post, in the store."""
        scheduler = self._scheduler(place)
        scheduler.start(paused=True)
        at = datetime.fromtimestamp(place.due, UTC)
        for number in range(place.posts):
            scheduler.add_job(publish, "date", run_date=at, args=[number], id=str(number))
        scheduler.shutdown()

    def work(self, place: Place, number: int) -> None:
        """The scheduler with its threads."""
        _HERE[:] = [self.body(place)]
        scheduler = self._scheduler(place)
        scheduler.start()
        place.tell_ready(number)
        until_stopped()
        scheduler.shutdown(wait=False)


def _safe(connection: Any, _record: object) -> None:
    """What is committed outlives a power cut, and a reader does not wait."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")


DEFAULT = APSchedulerJobs("apscheduler", "APScheduler, SQLite job store, default settings", grace_off=False)
SQLITE_10 = APSchedulerJobs("apscheduler-sqlite-10", "APScheduler, SQLite job store, grace off, 10 threads")
SQLITE_50 = APSchedulerJobs("apscheduler-sqlite-50", "APScheduler, SQLite job store, grace off, 50 threads", hands=50)
POSTGRES_10 = APSchedulerJobs(
    "apscheduler-postgres-10", "APScheduler, PostgreSQL job store, grace off, 10 threads", postgres=True
)
POSTGRES_50 = APSchedulerJobs(
    "apscheduler-postgres-50", "APScheduler, PostgreSQL job store, grace off, 50 threads", postgres=True, hands=50
)
